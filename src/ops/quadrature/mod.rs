//! Segments become blobs: ephemeral points that carry a segment's circulation for the velocity sum.
//!
//! A segment of length `l` and core `eps` is `n` blobs of the same core at Gauss-Legendre nodes,
//! `n = ceil(l/eps - 1/2) + 2`, at most 8: the velocity of its own vertices (core `sqrt 2 eps`) is
//! then good to 1e-5 of its maximum for `l <= 2.5 eps`. An ellipse is 8 blobs at Gauss-Hermite
//! nodes along its long axis, spread `eps sqrt(aspect^2 - 1)`. A point is one blob.

pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;

/// Threads of a workgroup.
pub const WORKGROUP: crate::layout::Workgroup = crate::layout::Workgroup { shader: "quadrature", size: [64, 1, 1] };

/// Nodes of an ellipse.
pub const ELLIPSE_NODES: usize = 8;
/// Most nodes of a segment.
pub const MAX_NODES: usize = 8;

/// Gauss-Hermite nodes and weights for a unit Gaussian (probabilists'), half of the symmetric set.
const HERMITE: [(f64, f64); 4] = [
    (0.539_079_811_351_375_1, 0.373_012_257_679_077_3),
    (1.636_519_042_435_108, 0.117_239_907_661_759_04),
    (2.802_485_861_287_541_6, 0.009_635_220_120_788_256),
    (4.144_547_186_125_894_5, 0.000_112_614_538_375_367_62),
];

/// How many nodes a segment of `ratio = l / eps` core radii needs.
pub fn node_count(ratio: f64) -> usize {
    (ratio - 0.5).ceil().clamp(0.0, 6.0) as usize + 2
}

/// Nodes on `[-1/2, 1/2]` and weights that sum to 1, for `n` from 1 to 8.
pub fn legendre(n: usize) -> Vec<(f64, f64)> {
    let root = |i: usize| {
        let mut x = (std::f64::consts::PI * (i as f64 + 0.75) / (n as f64 + 0.5)).cos();
        let mut slope = 1.0;
        for _ in 0..50 {
            let (mut p0, mut p1) = (1.0, x);
            for k in 2..=n {
                let k = k as f64;
                (p0, p1) = (p1, ((2.0 * k - 1.0) * x * p1 - (k - 1.0) * p0) / k);
            }
            slope = n as f64 * (x * p1 - p0) / (x * x - 1.0);
            x -= p1 / slope;
        }
        (0.5 * x, 1.0 / ((1.0 - x * x) * slope * slope))
    };
    if n == 1 { vec![(0.0, 1.0)] } else { (0..n).map(root).collect() }
}

/// Nodes in standard deviations and weights that sum to 1.
pub fn hermite() -> Vec<(f64, f64)> {
    HERMITE.iter().flat_map(|(x, w)| [(-x, *w), (*x, *w)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_integrate_moments_exactly() {
        for n in 1..=MAX_NODES {
            for power in 0..2 * n as i32 {
                let sum: f64 = legendre(n).iter().map(|(x, w)| w * x.powi(power)).sum();
                let exact = if power % 2 == 0 { 0.5_f64.powi(power) / f64::from(power + 1) } else { 0.0 };
                assert!((sum - exact).abs() < 1e-14, "{n} nodes, x^{power}: {sum} against {exact}");
            }
        }
        for (power, exact) in [(0, 1.0), (2, 1.0), (4, 3.0), (6, 15.0)] {
            let sum: f64 = hermite().iter().map(|(x, w)| w * x.powi(power)).sum();
            assert!((sum - exact).abs() < 1e-12 * exact);
        }
    }
}
