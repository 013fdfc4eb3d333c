//! A rectangle of the torus sampled on nodes: what raster, low_k and compose decode onto.

use crate::math::{from_turns, to_turns};

crate::shared_struct! {
    /// Node `i` of an axis lies at `origin + floor(i span / size)` in units of 2^-32 turns, the span
    /// given as `step * size + rest`.
    Window in "raster" {
        /// Place of node (0, 0).
        origin: [u32; 2],
        /// Whole units between nodes.
        step: [u32; 2],
        /// What is left of the span, spread evenly.
        rest: [u32; 2],
        /// Nodes along x and y.
        size: [u32; 2],
    }
}

impl Window {
    /// The whole box on `n x n` nodes, `x_i = 2 pi i / n`.
    pub fn full(n: u32) -> Self {
        Self::spanning([0, 0], [1 << 32, 1 << 32], [n, n])
    }

    /// A rectangle with its lower left corner at `low` and sides `extent`, both in box units; the
    /// extent is at most the box.
    pub fn view(low: [f64; 2], extent: [f64; 2], size: [u32; 2]) -> Self {
        let span = extent.map(|e| ((e / crate::math::BOX).clamp(1e-9, 1.0) * 4_294_967_296.0).round() as u64);
        Self::spanning(low.map(|x| to_turns(x).0), span, size)
    }

    fn spanning(origin: [u32; 2], span: [u64; 2], size: [u32; 2]) -> Self {
        let axis = |i: usize| (span[i] / u64::from(size[i]), span[i] % u64::from(size[i]));
        let ((sx, rx), (sy, ry)) = (axis(0), axis(1));
        Self { origin, step: [sx as u32, sy as u32], rest: [rx as u32, ry as u32], size }
    }

    /// Coordinates of node `(i, j)`.
    pub fn node(&self, i: u32, j: u32) -> [f64; 2] {
        let axis = |a: usize, i: u32| {
            let shift = u64::from(i) * u64::from(self.step[a])
                + u64::from(i) * u64::from(self.rest[a]) / u64::from(self.size[a]);
            from_turns(self.origin[a].wrapping_add(shift as u32), 0)
        };
        [axis(0, i), axis(1, j)]
    }

    /// Number of nodes.
    pub fn cells(&self) -> usize {
        self.size[0] as usize * self.size[1] as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_of_the_full_box_are_the_grid() {
        for n in [64, 100, 640] {
            let window = Window::full(n);
            for i in [0, 1, n / 3, n - 1] {
                let x = f64::from(i) * crate::math::BOX / f64::from(n);
                assert!((window.node(i, 0)[0] - x).abs() < 1.5e-9, "N = {n}, node {i}");
            }
        }
    }
}
