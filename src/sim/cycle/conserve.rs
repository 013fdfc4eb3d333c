//! Circulation and first moments of ellipses, and the change of their peaks that makes up for what lacks of them.

use crate::{math::BOX, ops::ellipse_fit::Ellipse};

/// Circulation of an ellipse, lengths in cells.
pub(super) fn circulation(e: &Ellipse) -> f64 {
    BOX * e.determinant().sqrt() * e.peak
}

/// Offset from the middle of the axis that begins at a seam.
pub(super) fn apart(x: f64, seam: usize, n: usize) -> f64 {
    (x - seam as f64).rem_euclid(n as f64) - 0.5 * n as f64
}

/// Changes peaks by `a + b x + c y`, offsets on the torus cut at a seam, so that circulation grows by `lack` and its
/// first moments by `moments`: of all changes that do, about the one that the field feels least. Unwrapped centres
/// would not do: neighbours counted at different images hand circulation to one another in a fit.
pub(super) fn conserve(ellipses: &mut [Ellipse], n: usize, seam: [usize; 2], lack: f64, moments: [f64; 2]) {
    // Circulation of a unit peak.
    let weight = |e: &Ellipse| BOX * e.determinant().sqrt();
    let place = |e: &Ellipse| [0, 1].map(|k| apart(e.center[k], seam[k], n));
    let total: f64 = ellipses.iter().map(weight).sum();
    if total <= 0.0 {
        return;
    }
    let mean = [0, 1].map(|k| ellipses.iter().map(|e| weight(e) * place(e)[k]).sum::<f64>() / total);
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for e in ellipses.iter() {
        let (w, [x, y]) = (weight(e), place(e));
        let (x, y) = (x - mean[0], y - mean[1]);
        (xx, xy, yy) = (xx + w * x * x, xy + w * x * y, yy + w * y * y);
    }
    // About the mean the sum and the first moments part.
    let (lx, ly) = (moments[0] - lack * mean[0], moments[1] - lack * mean[1]);
    let det = xx * yy - xy * xy;
    let (b, c) = if det > 1e-9 * xx * yy { ((lx * yy - ly * xy) / det, (ly * xx - lx * xy) / det) } else { (0.0, 0.0) };
    for e in ellipses.iter_mut() {
        let [x, y] = place(e);
        e.peak += lack / total + b * (x - mean[0]) + c * (y - mean[1]);
    }
}
