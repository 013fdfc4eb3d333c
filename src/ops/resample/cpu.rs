//! Reference: one pass over one atom after another.

use glam::DVec2;

use super::{DROP_SHARE, FEWEST, SAGITTA, SHORTEST, TURN_COS};
use crate::{
    error::Result,
    math::nearest,
    state::{Atom, Atoms, Topology},
};

fn to(a: DVec2, b: DVec2) -> DVec2 {
    let d = b - a;
    DVec2::new(nearest(d.x), nearest(d.y))
}

/// One atom with its neighbours looked up around the ends.
struct Curve<'a> {
    atom: &'a Atom,
    bound: f64,
    parity: usize,
}

impl Curve<'_> {
    fn len(&self) -> usize {
        self.atom.vertices.len()
    }
    fn next(&self, i: usize) -> Option<usize> {
        match self.atom.topology {
            Topology::Closed => Some((i + 1) % self.len()),
            _ => (i + 1 < self.len()).then_some(i + 1),
        }
    }
    fn previous(&self, i: usize) -> Option<usize> {
        match self.atom.topology {
            Topology::Closed => Some((i + self.len() - 1) % self.len()),
            _ => i.checked_sub(1),
        }
    }
    fn along(&self, i: usize, j: usize) -> DVec2 {
        to(self.atom.vertices[i], self.atom.vertices[j])
    }

    fn may_drop(&self, i: usize) -> bool {
        let Some(next) = self.next(i) else { return false };
        if i == 0 || (i + self.parity).is_multiple_of(2) || self.len() <= FEWEST {
            return false;
        }
        let (a, b) = (self.along(i - 1, i), self.along(i, next));
        let eps = self.atom.eps * self.atom.core[i - 1].min(self.atom.core[i]);
        let sagitta = a.perp_dot(b).abs() / (a + b).length().max(1e-9);
        a.dot(b) > 0.0 && a.length() + b.length() < DROP_SHARE * self.bound * eps && sagitta < SAGITTA * eps
    }

    fn must_split(&self, i: usize, next: usize) -> bool {
        let eps = self.atom.eps * self.atom.core[i];
        let along = self.along(i, next);
        let l = along.length();
        if l > self.bound * eps || l < SHORTEST * eps {
            return l > self.bound * eps;
        }
        let sharp = |a: DVec2, b: DVec2| a.dot(b) < TURN_COS * a.length() * b.length();
        self.previous(i).is_some_and(|p| sharp(self.along(p, i), along))
            || self.next(next).is_some_and(|n| sharp(along, self.along(next, n)))
    }

    /// Catmull-Rom midpoint of segment `(i, next)`.
    fn middle(&self, i: usize, next: usize) -> DVec2 {
        let along = self.along(i, next);
        let before = self.previous(i).map_or(-along, |p| self.along(i, p));
        let after = self.next(next).map_or(2.0 * along, |n| along + self.along(next, n));
        self.atom.vertices[i] + along * 0.5625 - (before + after) * 0.0625
    }
}

fn resampled(atom: &Atom, bound: f64, parity: u32, insert: bool) -> Atom {
    let mut new = Atom { vertices: vec![], weight: vec![], core: vec![], twist: vec![], ..atom.clone() };
    let curve = Curve { atom, bound, parity: parity as usize };
    for i in (0..curve.len()).filter(|i| !curve.may_drop(*i)) {
        new.vertices.push(atom.vertices[i]);
        let Some(next) = curve.next(i) else { continue };
        let (weight, core, twist) = (atom.weight[i], atom.core[i], atom.twist[i]);
        if next != 0 && curve.may_drop(next) {
            let sum = weight + atom.weight[next];
            let share = if sum > 0.0 { weight / sum } else { 0.5 };
            new.weight.push(sum);
            new.core.push((share * core * core + (1.0 - share) * atom.core[next].powi(2)).sqrt());
            new.twist.push(share * twist + (1.0 - share) * atom.twist[next]);
        } else if insert && curve.must_split(i, next) {
            new.vertices.push(curve.middle(i, next));
            new.weight.extend([0.5 * weight; 2]);
            new.core.extend([core; 2]);
            new.twist.extend([twist; 2]);
        } else {
            new.weight.push(weight);
            new.core.push(core);
            new.twist.push(twist);
        }
    }
    new
}

/// One pass. With `insert` off, vertices are only dropped.
///
/// # Errors
/// [`crate::Error::Invalid`] where a filament breaks an invariant of an atom after it.
pub fn pass(atoms: &Atoms, bound: f64, parity: u32, insert: bool) -> Result<Atoms> {
    Atoms::try_from_iter(atoms.iter().map(|atom| match atom.topology {
        Topology::Point => atom,
        _ => resampled(&atom, bound, parity, insert),
    }))
}

/// Passes until nothing changes, or at most `budget` vertices would be passed. For genesis and drawn
/// filaments.
///
/// # Errors
/// As [`pass`].
pub fn settle(atoms: &Atoms, bound: f64, budget: usize) -> Result<Atoms> {
    let mut atoms = atoms.clone();
    for parity in 0..16 {
        let next = pass(&atoms, bound, parity, true)?;
        if next.vertex_count() > budget || next == atoms {
            break;
        }
        atoms = next;
    }
    Ok(atoms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Sign;

    fn circle(n: usize, radius: f64, eps: f64) -> Atoms {
        let at = |i: usize| DVec2::from_angle(i as f64 * crate::math::BOX / n as f64) * radius + DVec2::splat(3.0);
        let vertices = (0..n).map(at).collect();
        Atoms::try_from_iter([Atom::polyline(Topology::Closed, Sign::Plus, 2.0, eps, vertices)]).unwrap()
    }

    #[test]
    fn a_coarse_circle_becomes_round_and_keeps_its_circulation() {
        let atoms = settle(&circle(12, 1.0, 0.1), 2.25, 10_000).unwrap();
        let a = atoms.view();
        for s in 0..a.segment_count(0) {
            assert!(a.segment_vector(0, s).length() <= 2.25 * 0.1 + 1e-12);
        }
        let radius = a.vertex.iter().map(|v| (*v - DVec2::splat(3.0)).length());
        assert!(radius.into_iter().all(|r| (r - 1.0).abs() < 2e-3));
        assert!((atoms.circulation() - 2.0).abs() < 1e-14);
    }

    #[test]
    fn a_fine_straight_line_loses_vertices_but_not_its_ends() {
        let vertices: Vec<DVec2> = (0..101).map(|i| DVec2::new(0.01 * f64::from(i), 1.0)).collect();
        let line = Atom::polyline(Topology::Open, Sign::Minus, 1.0, 0.1, vertices);
        let atoms = settle(&Atoms::try_from_iter([line]).unwrap(), 2.25, 1000).unwrap();
        assert!(atoms.vertex_count() < 20, "{}", atoms.vertex_count());
        let v = atoms.view().vertex;
        assert_eq!((v[0].x, v[v.len() - 1].x), (0.0, 1.0));
        assert!((atoms.circulation() + 1.0).abs() < 1e-12);
    }
}
