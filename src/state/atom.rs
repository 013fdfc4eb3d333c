//! One atom, and what must hold of it.
//!
//! An atom is an oriented 1-current; the polyline stored here is its default chart. Sign and
//! magnitude are separate fields, never one float. Vertices are unwrapped coordinates in the
//! box of side 2 pi: the curve may leave `[0, 2 pi)^2` and the field repeats. The segment that
//! closes a closed atom goes to the nearest image of its first vertex, so a filament may also
//! close around the torus.

use glam::DVec2;

use crate::{
    error::{Error, Result},
    math::nearest,
};

/// Largest circulation, in whatever unit: the vorticity of the thinnest core, `gamma/(2 pi eps^2)`, is still a float32.
pub const GAMMA_MAX: f64 = 1e28;

/// Widest core the 3 x 3 image sums of raster and velocity carry to 1e-7.
pub const EPS_MAX: f64 = std::f64::consts::FRAC_PI_2;

/// Sense of rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// Clockwise, drawn by the right button.
    Minus = -1,
    /// Counter-clockwise, drawn by the left button.
    Plus = 1,
}

impl Sign {
    /// `-1.0` or `1.0`.
    pub fn value(self) -> f64 {
        f64::from(self as i8)
    }
}

/// How the vertices of an atom are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topology {
    /// One vertex, no segment.
    Point = 0,
    /// A curve with two ends.
    Open = 1,
    /// A curve whose last vertex joins the first.
    Closed = 2,
}

/// How the shape of an atom is written down. Codes 1 to 3 are kept for later charts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chart {
    /// Round cores along a polyline.
    Polyline = 0,
    /// One vertex, a Gaussian with an elliptical covariance.
    Ellipse = 4,
}

/// One atom, as it is made or read. [`Atoms`](super::Atoms) stores many of them by column.
#[derive(Clone, Debug, PartialEq)]
pub struct Atom {
    /// Whether the atom acts; one without support is kept but carries nothing.
    pub support: bool,
    /// Sense of rotation.
    pub sign: Sign,
    /// Total circulation, `>= 0`.
    pub gamma: f64,
    /// Core radius: standard deviation of the Gaussian (minor one for an ellipse), `> 0`.
    pub eps: f64,
    /// Major over minor standard deviation, 1 for a polyline.
    pub aspect: f64,
    /// Angle of the long axis from x, radians.
    pub angle: f64,
    /// How the shape is written down.
    pub chart: Chart,
    /// How vertices are joined.
    pub topology: Topology,
    /// Unwrapped coordinates.
    pub vertices: Vec<DVec2>,
    /// Share of the circulation in each segment; the shares sum to 1.
    pub weight: Vec<f64>,
    /// Local core radius over `eps`, one a segment.
    pub core: Vec<f64>,
    /// Accumulated shear, one a segment.
    pub twist: Vec<f64>,
}

impl Atom {
    /// A round vortex.
    pub fn point(sign: Sign, gamma: f64, eps: f64, at: DVec2) -> Self {
        Self::polyline(Topology::Point, sign, gamma, eps, vec![at])
    }

    /// A filament along a polyline, circulation spread evenly along its length. `vertices` are unwrapped coordinates,
    /// in the order of the curve.
    pub fn polyline(topology: Topology, sign: Sign, gamma: f64, eps: f64, vertices: Vec<DVec2>) -> Self {
        let lengths: Vec<f64> = segments(topology, &vertices).map(|(a, b)| (b - a).length()).collect();
        let total: f64 = lengths.iter().sum();
        let count = lengths.len().max(1);
        let weight =
            if total > 0.0 { lengths.iter().map(|l| l / total).collect() } else { vec![1.0 / count as f64; count] };
        Self {
            support: true,
            sign,
            gamma,
            eps,
            aspect: 1.0,
            angle: 0.0,
            chart: Chart::Polyline,
            topology,
            vertices,
            weight,
            core: vec![1.0; count],
            twist: vec![0.0; count],
        }
    }

    /// A Gaussian with elliptical covariance: `eps` is the minor standard deviation.
    pub fn ellipse(sign: Sign, gamma: f64, eps: f64, aspect: f64, angle: f64, at: DVec2) -> Self {
        Self { chart: Chart::Ellipse, aspect, angle, ..Self::point(sign, gamma, eps, at) }
    }
}

/// Start and end of each segment; the closing one goes to the nearest image.
fn segments(topology: Topology, v: &[DVec2]) -> impl Iterator<Item = (DVec2, DVec2)> + '_ {
    let count = segment_count(topology, v.len());
    let count = if topology == Topology::Point { 0 } else { count };
    (0..count).map(move |i| (v[i], v[i] + segment_vector(v, i)))
}

/// Vector of segment `i` of a curve through `v`; the last one of a closed curve goes to the nearest image of the first
/// vertex.
pub(super) fn segment_vector(v: &[DVec2], i: usize) -> DVec2 {
    if i + 1 < v.len() {
        v[i + 1] - v[i]
    } else {
        let d = v[0] - v[i];
        DVec2::new(nearest(d.x), nearest(d.y))
    }
}

fn segment_count(topology: Topology, vertices: usize) -> usize {
    match topology {
        Topology::Point => 1,
        Topology::Open => vertices.saturating_sub(1).max(1),
        Topology::Closed => vertices,
    }
}

/// The invariants of one atom; `i` names it in messages.
pub(super) fn check(atom: &Atom, i: usize) -> Result<()> {
    let bad =
        |field: &str, expected: &str, found: String| Err(Error::invalid(format!("atom {i} {field}"), expected, found));
    if !(atom.gamma >= 0.0 && atom.gamma <= GAMMA_MAX) {
        return bad(
            "gamma",
            "a finite circulation from 0 to 1e28 (the sign is a field of its own)",
            atom.gamma.to_string(),
        );
    }
    if !(atom.eps.is_finite() && atom.eps >= 1e-4 && atom.eps <= EPS_MAX) {
        return bad("eps", "a core radius from 1e-4 to pi/2", atom.eps.to_string());
    }
    if !(atom.aspect.is_finite() && atom.aspect >= 1.0 && atom.aspect * atom.eps <= EPS_MAX && atom.angle.is_finite()) {
        return bad(
            "aspect and angle",
            "aspect >= 1 with aspect*eps <= pi/2, finite angle",
            format!("{} {}", atom.aspect, atom.angle),
        );
    }
    let minimum = match atom.topology {
        Topology::Point => 1..2,
        Topology::Open => 2..usize::MAX,
        Topology::Closed => 3..usize::MAX,
    };
    if !minimum.contains(&atom.vertices.len()) {
        return bad(
            "vertices",
            "1 for a point, at least 2 for an open and 3 for a closed filament",
            atom.vertices.len().to_string(),
        );
    }
    if atom.chart == Chart::Ellipse && atom.topology != Topology::Point {
        return bad("chart", "an ellipse with topology point", format!("{:?}", atom.topology));
    }
    if let Some(v) = atom.vertices.iter().find(|v| !v.is_finite() || v.abs().max_element() > 1e6) {
        return bad("vertices", "finite coordinates below 1e6", v.to_string());
    }
    let limit = std::f64::consts::PI;
    if let Some((a, b)) = segments(atom.topology, &atom.vertices).find(|(a, b)| (*b - *a).abs().max_element() >= limit)
    {
        return bad("vertices", "segments shorter than half the box (pi) along each axis", format!("{a} to {b}"));
    }
    let count = segment_count(atom.topology, atom.vertices.len());
    for (name, column) in [("weight", &atom.weight), ("core", &atom.core), ("twist", &atom.twist)] {
        if column.len() != count || column.iter().any(|x| !x.is_finite()) {
            return bad(name, &format!("{count} finite numbers, one a segment"), format!("{} numbers", column.len()));
        }
    }
    let sum: f64 = atom.weight.iter().sum();
    if atom.weight.iter().any(|w| *w < 0.0) || (sum - 1.0).abs() > 1e-6 {
        return bad("weight", "shares >= 0 that sum to 1", format!("sum {sum}"));
    }
    if let Some(core) = atom.core.iter().find(|c| **c <= 0.0 || **c * atom.eps > EPS_MAX) {
        return bad("core", "factors > 0 with eps*core <= pi/2", core.to_string());
    }
    Ok(())
}
