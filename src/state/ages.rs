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

/// Times of birth, one an atom.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Births(Vec<f64>);

impl Births {
    /// All atoms at one time.
    pub fn at(time: f64, count: usize) -> Self {
        Self(vec![time; count])
    }

    /// When atom `i` came into being; `None` for one that is not known.
    pub fn of(&self, i: usize) -> Option<f64> {
        self.0.get(i).copied()
    }

    /// After an edit at `time` that made `after` of `before`: what is new is born now.
    pub fn follow(&mut self, before: &Atoms, after: &Atoms, time: f64) {
        // Equal atoms have equal marks: each is taken once, in order.
        let mut known: HashMap<Mark, Vec<f64>> = HashMap::new();
        for i in (0..before.len()).rev() {
            known.entry(mark(before, i)).or_default().push(self.of(i).unwrap_or(time));
        }
        let born = |i| known.get_mut(&mark(after, i)).and_then(Vec::pop).unwrap_or(time);
        self.0 = (0..after.len()).map(born).collect();
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
        assert_eq!(births, Births(vec![1.0, 1.0, 5.0]));
        // The first goes, the order changes, an equal copy of the last comes.
        births.follow(&of(&[0.1, 0.2, 0.3]), &of(&[0.3, 0.2, 0.3]), 7.0);
        assert_eq!(births, Births(vec![5.0, 1.0, 7.0]));
        assert_eq!((births.of(1), births.of(3)), (Some(1.0), None));
    }
}
