//! Reference: sixteen nodes a place.

use crate::{
    math::{BOX, Real},
    ops::window::Window,
};

/// Weights of the nodes at -1, 0, 1, 2 for a place `f` of the way from node 0 to node 1.
fn weights(f: f64) -> [f64; 4] {
    [
        0.5 * f * (-1.0 + f * (2.0 - f)),
        1.0 + 0.5 * f * f * (3.0 * f - 5.0),
        0.5 * f * (1.0 + f * (4.0 - 3.0 * f)),
        0.5 * f * f * (f - 1.0),
    ]
}

/// `grid[j, i]` of the whole box, `n x n`, on the nodes of a window.
pub fn field<R: Real>(grid: &[R], n: usize, window: &Window) -> Vec<R> {
    let axis = |x: f64| {
        let at = x / BOX * n as f64;
        (at.floor() as usize, weights(at - at.floor()))
    };
    let node = |cell: usize, k: usize| (cell + n + k - 1) % n;
    let nodes = (0..window.size[1]).flat_map(|j| (0..window.size[0]).map(move |i| (i, j)));
    nodes
        .map(|(i, j)| {
            let [x, y] = window.node(i, j);
            let ((cx, wx), (cy, wy)) = (axis(x), axis(y));
            let row = |b: usize| (0..4).map(|a| R::of(wx[a]) * grid[node(cy, b) * n + node(cx, a)]).sum::<R>();
            (0..4).map(|b| R::of(wy[b]) * row(b)).sum::<R>()
        })
        .collect()
}

/// `|u + drift|` of a velocity on the nodes of a window. `velocity` stands on the `n x n` nodes of the box, row by
/// row; what is given back on those of the window, row by row from the bottom.
pub fn speed<R: Real>(velocity: &[[R; 2]], n: usize, drift: [f64; 2], window: &Window) -> Vec<R> {
    let part = |p: usize| field(&velocity.iter().map(|u| u[p]).collect::<Vec<R>>(), n, window);
    let both = part(0).into_iter().zip(part(1));
    both.map(|(u, v)| ((u + R::of(drift[0])).powi(2) + (v + R::of(drift[1])).powi(2)).sqrt()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wave_is_met_between_its_nodes() {
        let n = 64;
        let x = |i: usize| i as f64 * BOX / n as f64;
        let grid: Vec<f64> = (0..n * n).map(|c| (2.0 * x(c % n)).sin() * x(c / n).cos()).collect();
        let window = Window::view([1.0, 5.5], [0.4, 1.7], [37, 23]);
        let sampled = field(&grid, n, &window);
        for (c, value) in sampled.iter().enumerate() {
            let [x, y] = window.node(c as u32 % 37, c as u32 / 37);
            assert!((value - (2.0 * x).sin() * y.cos()).abs() < 5e-4, "({x}, {y}): {value}");
        }
        // Nodes of the grid itself are its own values.
        assert!(field(&grid, n, &Window::full(64)).iter().zip(&grid).all(|(a, b)| (a - b).abs() < 1e-6));
    }
}
