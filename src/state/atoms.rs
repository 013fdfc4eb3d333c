//! Vortex atoms, many of them by column: support x sign x circulation, a core radius, and a curve.

use glam::DVec2;

use super::atom::{Atom, Chart, Sign, Topology, check, segment_vector};
use crate::{error::Result, math::BOX};

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
                let turns = (d / BOX).round();
                if turns != DVec2::ZERO {
                    own[v] -= turns * BOX;
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
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] naming the atom and the field at fault.
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
    ///
    /// # Errors
    /// As [`Atoms::push`].
    pub fn try_from_iter(atoms: impl IntoIterator<Item = Atom>) -> Result<Self> {
        let mut all = Self::default();
        for atom in atoms {
            all.push(atom)?;
        }
        Ok(all)
    }

    /// Checks the invariants of every atom.
    ///
    /// # Errors
    /// As [`Atoms::push`].
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
        let vertices = (0..n).map(|i| DVec2::new(i as f64 * BOX / n as f64, 1.0)).collect();
        let all = Atoms::try_from_iter([Atom::polyline(Topology::Closed, Sign::Plus, 1.0, 0.1, vertices)]).unwrap();
        let last = all.view().segment_vector(0, n - 1);
        assert!((last - DVec2::new(BOX / n as f64, 0.0)).length() < 1e-12);
    }
}
