//! When each atom came into being.
//!
//! Steps move atoms and never reorder them; edits and passes replace some and leave the rest as they were,
//! bit for bit. An atom that an edit left alone keeps its age.

use std::collections::HashMap;

use super::Atoms;

/// What tells two atoms of one moment apart: circulation, core, number of vertices and first vertex, as bits.
type Mark = [u64; 5];

fn mark(atoms: &Atoms, i: usize) -> Mark {
    let a = atoms.view();
    let first = a.vertex[a.start[i]];
    let count = a.start[i + 1] - a.start[i];
    [a.gamma[i].to_bits(), a.eps[i].to_bits(), count as u64, first.x.to_bits(), first.y.to_bits()]
}

/// When each atom came into being, and a name of its own, which no other atom of the run bears after it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Births {
    /// Time and name, one an atom.
    atoms: Vec<(f64, u64)>,
    /// The first name that was never given.
    next: u64,
}

impl Births {
    /// All atoms at one time.
    pub fn at(time: f64, count: usize) -> Self {
        Self { atoms: (0..count as u64).map(|name| (time, name)).collect(), next: count as u64 }
    }

    /// When atom `i` came into being; `None` for one that is not known.
    pub fn of(&self, i: usize) -> Option<f64> {
        self.atoms.get(i).map(|(time, _)| *time)
    }

    /// The name of atom `i`, by which it is found when others have come or gone; `None` for one that is not known.
    pub fn name(&self, i: usize) -> Option<u64> {
        self.atoms.get(i).map(|(_, name)| *name)
    }

    /// The place of the atom of a name; `None` where it is gone.
    pub fn find(&self, name: u64) -> Option<usize> {
        self.atoms.iter().position(|(_, own)| *own == name)
    }

    /// After an edit at `time` that made `after` of `before`: what is new is born now.
    pub fn follow(&mut self, before: &Atoms, after: &Atoms, time: f64) {
        // Equal atoms have equal marks: each is taken once, in order.
        let mut known: HashMap<Mark, Vec<(f64, u64)>> = HashMap::new();
        let mut next = self.next;
        let mut fresh = || {
            next += 1;
            (time, next - 1)
        };
        for i in (0..before.len()).rev() {
            let one = self.atoms.get(i).copied().unwrap_or_else(&mut fresh);
            known.entry(mark(before, i)).or_default().push(one);
        }
        let born = |i| known.get_mut(&mark(after, i)).and_then(Vec::pop).unwrap_or_else(&mut fresh);
        self.atoms = (0..after.len()).map(born).collect();
        self.next = next;
    }
}

#[cfg(test)]
mod tests {
    use glam::DVec2;

    use super::*;
    use crate::state::{Atom, Sign};

    #[test]
    fn what_an_edit_left_alone_keeps_its_age() {
        let point = |x: f64| Atom::point(Sign::Plus, 1.0, 0.1, DVec2::splat(x));
        let of = |xs: &[f64]| Atoms::try_from_iter(xs.iter().map(|x| point(*x))).unwrap();
        let mut births = Births::at(1.0, 2);
        births.follow(&of(&[0.1, 0.2]), &of(&[0.1, 0.2, 0.3]), 5.0);
        let of_all = |births: &Births| (0..3).filter_map(|i| births.of(i).zip(births.name(i))).collect::<Vec<_>>();
        assert_eq!(of_all(&births), [(1.0, 0), (1.0, 1), (5.0, 2)]);
        // The first goes, the order changes, an equal copy of the last comes.
        births.follow(&of(&[0.1, 0.2, 0.3]), &of(&[0.3, 0.2, 0.3]), 7.0);
        assert_eq!(of_all(&births), [(5.0, 2), (1.0, 1), (7.0, 3)]);
        assert_eq!((births.of(1), births.of(3)), (Some(1.0), None));
        // A name that is gone comes to nobody again.
        assert_eq!((births.find(1), births.find(0)), (Some(1), None));
        births.follow(&of(&[0.3, 0.2, 0.3]), &of(&[0.2]), 8.0);
        births.follow(&of(&[0.2]), &of(&[0.2, 0.4]), 9.0);
        assert_eq!((births.find(1), births.name(1)), (Some(0), Some(4)));
    }
}
