//! The atoms of a pass: those that came, which of them are gone, and those that were made.

use glam::DVec2;

use crate::{
    error::Result,
    state::{Atom, Atoms, Chart, Topology},
};

/// Atoms under edit. Ids count the atoms that came, then those made.
pub struct Work<'a> {
    base: &'a Atoms,
    alive: Vec<bool>,
    made: Vec<Atom>,
    /// Atoms that are left.
    pub atoms: usize,
    /// Vertices of the atoms that are left.
    pub vertices: usize,
}

impl<'a> Work<'a> {
    /// All atoms as they came.
    pub fn new(base: &'a Atoms) -> Self {
        Self { alive: vec![true; base.len()], made: vec![], atoms: base.len(), vertices: base.vertex_count(), base }
    }

    /// Ids of the atoms that are alive and act.
    pub fn ids(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.alive.len()).filter(|id| self.alive[*id] && self.acts(*id))
    }

    /// Whether an atom is still there.
    pub fn is_alive(&self, id: usize) -> bool {
        self.alive[id]
    }

    fn acts(&self, id: usize) -> bool {
        match id.checked_sub(self.base.len()) {
            None => self.base.view().support[id],
            Some(made) => self.made[made].support,
        }
    }

    /// First vertex of an atom.
    pub fn place(&self, id: usize) -> DVec2 {
        match id.checked_sub(self.base.len()) {
            None => self.base.view().vertex[self.base.view().start[id]],
            Some(made) => self.made[made].vertices[0],
        }
    }

    /// A copy of an atom.
    pub fn get(&self, id: usize) -> Atom {
        match id.checked_sub(self.base.len()) {
            None => self.base.get(id),
            Some(made) => self.made[made].clone(),
        }
    }

    /// Whether an atom is a polyline with segments.
    pub fn is_filament(&self, id: usize) -> bool {
        self.topology(id) != Topology::Point
    }

    /// Topology of an atom.
    pub fn topology(&self, id: usize) -> Topology {
        match id.checked_sub(self.base.len()) {
            None => self.base.view().topology[id],
            Some(made) => self.made[made].topology,
        }
    }

    /// Vertices of an atom.
    pub fn len(&self, id: usize) -> usize {
        match id.checked_sub(self.base.len()) {
            None => self.base.view().start[id + 1] - self.base.view().start[id],
            Some(made) => self.made[made].vertices.len(),
        }
    }

    /// Circulation without its sign, and the narrowest core.
    pub fn strength(&self, id: usize) -> (f64, f64) {
        let narrow = |core: &[f64]| core.iter().copied().fold(f64::INFINITY, f64::min);
        match id.checked_sub(self.base.len()) {
            None => {
                let a = self.base.view();
                (a.gamma[id], a.eps[id] * narrow(&a.core[a.segment_start[id]..a.segment_start[id + 1]]))
            }
            Some(made) => (self.made[made].gamma, self.made[made].eps * narrow(&self.made[made].core)),
        }
    }

    /// Long over short standard deviation of an ellipse, else 1.
    pub fn aspect(&self, id: usize) -> f64 {
        match id.checked_sub(self.base.len()) {
            None => self.base.view().aspect[id],
            Some(made) => self.made[made].aspect,
        }
    }

    /// `|omega|^2` of an atom as if it were straight and alone, without a look at its shape.
    pub fn norm(&self, id: usize) -> f64 {
        let pi = std::f64::consts::PI;
        let segment = |g: f64, l: f64, eps: f64| g * g / (2.0 * pi.sqrt() * eps * (l + 2.0 * pi.sqrt() * eps));
        let (a, made);
        let (view, i) = match id.checked_sub(self.base.len()) {
            None => (self.base.view(), id),
            Some(at) => {
                made = &self.made[at];
                if made.chart == Chart::Ellipse || made.topology == Topology::Point {
                    let eps = made.eps * made.core[0];
                    return made.gamma * made.gamma / (4.0 * pi * eps * eps * made.aspect);
                }
                a = super::nodes::Run::of(made);
                let rows = a.path.windows(2).zip(&a.g).zip(&a.eps2);
                return rows.map(|((p, g), e)| segment(*g, (p[1] - p[0]).length(), e.sqrt())).sum();
            }
        };
        let first = view.segment_start[i];
        if view.topology[i] == Topology::Point {
            let eps = view.eps[i] * view.core[first];
            return view.gamma[i] * view.gamma[i] / (4.0 * pi * eps * eps * view.aspect[i]);
        }
        let one = |s: usize| {
            let (g, eps) = (view.gamma[i] * view.weight[first + s], view.eps[i] * view.core[first + s]);
            segment(g, view.segment_vector(i, s).length(), eps)
        };
        (0..view.segment_count(i)).map(one).sum()
    }

    /// Replaces atoms by others. `take` are indices of atoms.
    pub fn replace(&mut self, take: &[usize], give: Vec<Atom>) {
        for id in take {
            self.alive[*id] = false;
            self.atoms -= 1;
            self.vertices -= self.len(*id);
        }
        for atom in give {
            self.atoms += 1;
            self.vertices += atom.vertices.len();
            self.alive.push(true);
            self.made.push(atom);
        }
    }

    /// The atoms that are left, in the order they came, then those made.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] where an edit broke an invariant of an atom.
    pub fn finish(self) -> Result<Atoms> {
        let mut atoms = Atoms::default();
        for i in (0..self.base.len()).filter(|i| self.alive[*i]) {
            atoms.push_from(self.base, i);
        }
        for (atom, _) in self.made.into_iter().zip(&self.alive[self.base.len()..]).filter(|(_, alive)| **alive) {
            atoms.push(atom)?;
        }
        Ok(atoms)
    }
}
