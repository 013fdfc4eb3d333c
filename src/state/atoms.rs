//! Vortex atoms: support x sign x circulation, a core radius, and a curve.
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

/// One atom, as it is made or read. [`Atoms`] stores many of them by column.
#[derive(Clone, Debug, PartialEq)]
pub struct Atom {
    /// Whether it acts; an atom without support is kept but carries nothing.
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

    /// A filament along a polyline, circulation spread evenly along its length.
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

fn segment_vector(v: &[DVec2], i: usize) -> DVec2 {
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

/// Many atoms, by column. Shapes: `n` atoms, `start` has `n + 1` offsets into `vertex`, segment
/// columns have `max(V - 1, 1)` entries for an open atom of `V` vertices, `V` for a closed one
/// and 1 for a point, in atom order.
#[derive(Clone, Debug, PartialEq)]
pub struct Atoms {
    support: Vec<bool>,
    sign: Vec<Sign>,
    gamma: Vec<f64>,
    eps: Vec<f64>,
    aspect: Vec<f64>,
    angle: Vec<f64>,
    chart: Vec<Chart>,
    topology: Vec<Topology>,
    start: Vec<usize>,
    segment_start: Vec<usize>,
    vertex: Vec<DVec2>,
    weight: Vec<f64>,
    core: Vec<f64>,
    twist: Vec<f64>,
}

impl Default for Atoms {
    fn default() -> Self {
        Self {
            support: vec![],
            sign: vec![],
            gamma: vec![],
            eps: vec![],
            aspect: vec![],
            angle: vec![],
            chart: vec![],
            topology: vec![],
            start: vec![0],
            segment_start: vec![0],
            vertex: vec![],
            weight: vec![],
            core: vec![],
            twist: vec![],
        }
    }
}

/// Borrowed columns of [`Atoms`].
#[derive(Clone, Copy, Debug)]
pub struct AtomsView<'a> {
    /// `[n]`
    pub support: &'a [bool],
    /// `[n]`
    pub sign: &'a [Sign],
    /// `[n]`, total circulation
    pub gamma: &'a [f64],
    /// `[n]`, core radius
    pub eps: &'a [f64],
    /// `[n]`
    pub aspect: &'a [f64],
    /// `[n]`, radians
    pub angle: &'a [f64],
    /// `[n]`
    pub chart: &'a [Chart],
    /// `[n]`
    pub topology: &'a [Topology],
    /// `[n + 1]`, offsets into `vertex`
    pub start: &'a [usize],
    /// `[n + 1]`, offsets into the segment columns
    pub segment_start: &'a [usize],
    /// `[sum V]`, unwrapped coordinates
    pub vertex: &'a [DVec2],
    /// `[segments]`
    pub weight: &'a [f64],
    /// `[segments]`
    pub core: &'a [f64],
    /// `[segments]`
    pub twist: &'a [f64],
}

impl Atoms {
    /// The thinnest core that decodes; `None` without one.
    pub fn thinnest(&self) -> Option<f64> {
        let view = self.view();
        let cores = (0..self.len()).filter(|i| view.support[*i]).flat_map(|i| {
            let segments = view.segment_start[i]..view.segment_start[i + 1];
            segments.map(move |s| view.eps[i] * view.core[s])
        });
        cores.min_by(f64::total_cmp)
    }

    /// Number of atoms.
    pub fn len(&self) -> usize {
        self.gamma.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.gamma.is_empty()
    }

    /// Number of vertices of all atoms.
    pub fn vertex_count(&self) -> usize {
        self.vertex.len()
    }

    /// All columns.
    pub fn view(&self) -> AtomsView<'_> {
        AtomsView {
            support: &self.support,
            sign: &self.sign,
            gamma: &self.gamma,
            eps: &self.eps,
            aspect: &self.aspect,
            angle: &self.angle,
            chart: &self.chart,
            topology: &self.topology,
            start: &self.start,
            segment_start: &self.segment_start,
            vertex: &self.vertex,
            weight: &self.weight,
            core: &self.core,
            twist: &self.twist,
        }
    }

    /// Unwrapped vertices, for the operators that move them.
    pub(crate) fn vertices_mut(&mut self) -> &mut [DVec2] {
        &mut self.vertex
    }

    /// Core radius and aspect of atom `i`, for the operator that widens them.
    pub(crate) fn set_core(&mut self, i: usize, eps: f64, aspect: f64) {
        (self.eps[i], self.aspect[i]) = (eps, aspect);
    }

    /// Weights, core factors and twists of atom `i`, for the operator that stretches segments.
    pub(crate) fn segments_mut(&mut self, i: usize) -> [&mut [f64]; 3] {
        let own = self.segment_start[i]..self.segment_start[i + 1];
        [&mut self.weight[own.clone()], &mut self.core[own.clone()], &mut self.twist[own]]
    }

    /// Circulation of atom `i`, for the same operator.
    pub(crate) fn set_gamma(&mut self, i: usize, gamma: f64) {
        self.gamma[i] = gamma;
    }

    /// Puts every vertex at the image nearest to the one before. Nothing moves unless a segment grew
    /// past half the box, where every operator already joins its ends the other way around the torus.
    pub(crate) fn follow_nearest(&mut self) {
        for i in 0..self.len() {
            let own = &mut self.vertex[self.start[i]..self.start[i + 1]];
            for v in 1..own.len() {
                let d = own[v] - own[v - 1];
                let turns = (d / crate::math::BOX).round();
                if turns != DVec2::ZERO {
                    own[v] -= turns * crate::math::BOX;
                }
            }
        }
    }

    /// One atom, copied out of the columns.
    pub fn get(&self, i: usize) -> Atom {
        let (v, s) = (self.start[i]..self.start[i + 1], self.segment_start[i]..self.segment_start[i + 1]);
        Atom {
            support: self.support[i],
            sign: self.sign[i],
            gamma: self.gamma[i],
            eps: self.eps[i],
            aspect: self.aspect[i],
            angle: self.angle[i],
            chart: self.chart[i],
            topology: self.topology[i],
            vertices: self.vertex[v].to_vec(),
            weight: self.weight[s.clone()].to_vec(),
            core: self.core[s.clone()].to_vec(),
            twist: self.twist[s].to_vec(),
        }
    }

    /// All atoms in order, each copied out.
    pub fn iter(&self) -> impl Iterator<Item = Atom> + '_ {
        (0..self.len()).map(|i| self.get(i))
    }

    /// Appends an atom after checking its invariants; on error nothing changes.
    pub fn push(&mut self, atom: Atom) -> Result<()> {
        check(&atom, self.len())?;
        self.support.push(atom.support);
        self.sign.push(atom.sign);
        self.gamma.push(atom.gamma);
        self.eps.push(atom.eps);
        self.aspect.push(atom.aspect);
        self.angle.push(atom.angle);
        self.chart.push(atom.chart);
        self.topology.push(atom.topology);
        self.vertex.extend(atom.vertices);
        self.weight.extend(atom.weight);
        self.core.extend(atom.core);
        self.twist.extend(atom.twist);
        self.start.push(self.vertex.len());
        self.segment_start.push(self.weight.len());
        Ok(())
    }

    /// Appends a copy of atom `i` of another set, which is valid because it stands in one.
    pub(crate) fn push_from(&mut self, other: &Self, i: usize) {
        let (v, s) = (other.start[i]..other.start[i + 1], other.segment_start[i]..other.segment_start[i + 1]);
        self.support.push(other.support[i]);
        self.sign.push(other.sign[i]);
        self.gamma.push(other.gamma[i]);
        self.eps.push(other.eps[i]);
        self.aspect.push(other.aspect[i]);
        self.angle.push(other.angle[i]);
        self.chart.push(other.chart[i]);
        self.topology.push(other.topology[i]);
        self.vertex.extend_from_slice(&other.vertex[v]);
        self.weight.extend_from_slice(&other.weight[s.clone()]);
        self.core.extend_from_slice(&other.core[s.clone()]);
        self.twist.extend_from_slice(&other.twist[s]);
        self.start.push(self.vertex.len());
        self.segment_start.push(self.weight.len());
    }

    /// Atoms from an iterator, each checked.
    pub fn try_from_iter(atoms: impl IntoIterator<Item = Atom>) -> Result<Self> {
        let mut all = Self::default();
        for atom in atoms {
            all.push(atom)?;
        }
        Ok(all)
    }

    /// Checks the invariants of every atom.
    pub fn validate(&self) -> Result<()> {
        self.iter().enumerate().try_for_each(|(i, atom)| check(&atom, i))
    }

    /// Signed circulation of all supported atoms.
    pub fn circulation(&self) -> f64 {
        self.iter().filter(|a| a.support).map(|a| a.sign.value() * a.gamma).sum()
    }
}

impl AtomsView<'_> {
    /// Number of segment entries of atom `i`.
    pub fn segment_count(&self, i: usize) -> usize {
        self.segment_start[i + 1] - self.segment_start[i]
    }

    /// Vector of segment `s` of atom `i` (zero for a point).
    pub fn segment_vector(&self, i: usize, s: usize) -> DVec2 {
        if self.topology[i] == Topology::Point {
            DVec2::ZERO
        } else {
            segment_vector(&self.vertex[self.start[i]..self.start[i + 1]], s)
        }
    }
}

/// The invariants of one atom; `i` names it in messages.
fn check(atom: &Atom, i: usize) -> Result<()> {
    let bad =
        |field: &str, expected: &str, found: String| Err(Error::invalid(format!("atom {i} {field}"), expected, found));
    if !(atom.gamma.is_finite() && atom.gamma >= 0.0 && atom.gamma <= 1e6) {
        return bad(
            "gamma",
            "a finite circulation from 0 to 1e6 (the sign is a field of its own)",
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

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> Atom {
        Atom::polyline(Topology::Open, Sign::Plus, 1.0, 0.1, vec![DVec2::ZERO, DVec2::X, DVec2::new(1.0, 0.5)])
    }

    #[test]
    fn even_weights_follow_length() {
        let atom = line();
        assert!((atom.weight[0] - 2.0 / 3.0).abs() < 1e-15 && (atom.weight[1] - 1.0 / 3.0).abs() < 1e-15);
    }

    #[test]
    fn columns_give_back_the_atoms() {
        let atoms = [line(), Atom::point(Sign::Minus, 2.0, 0.3, DVec2::ONE)];
        let all = Atoms::try_from_iter(atoms.clone()).unwrap();
        assert!(all.iter().eq(atoms));
        assert_eq!(all.circulation(), -1.0);
    }

    #[test]
    fn broken_atoms_are_refused_and_change_nothing() {
        let mut all = Atoms::default();
        let broken: [fn(&mut Atom); 8] = [
            |a| a.gamma = -1.0,
            |a| a.eps = 0.0,
            |a| a.vertices[1].x = f64::NAN,
            |a| a.weight[0] = 0.9,
            |a| a.core[1] = 0.0,
            |a| a.vertices.truncate(1),
            |a| a.vertices[1].x = 4.0,
            |a| a.chart = Chart::Ellipse,
        ];
        for change in broken {
            let mut atom = line();
            change(&mut atom);
            let message = all.push(atom).unwrap_err().to_string();
            assert!(message.starts_with("atom 0 ") && message.contains("expected"), "{message}");
            assert!(all.is_empty());
        }
    }

    #[test]
    fn a_filament_may_close_around_the_torus() {
        let n = 8;
        let vertices = (0..n).map(|i| DVec2::new(i as f64 * crate::math::BOX / n as f64, 1.0)).collect();
        let all = Atoms::try_from_iter([Atom::polyline(Topology::Closed, Sign::Plus, 1.0, 0.1, vertices)]).unwrap();
        let last = all.view().segment_vector(0, n - 1);
        assert!((last - DVec2::new(crate::math::BOX / n as f64, 0.0)).length() < 1e-12);
    }
}
