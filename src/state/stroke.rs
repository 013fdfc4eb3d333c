//! The curve of a filament that became ellipses, as a material line.
//!
//! It is drawn, and no part of what is described: it has no circulation of its own, counts in no budget and stands in no
//! file. The flow carries its points. Ellipses belong to it by where they lie, not by their history, for refits and
//! passes exchange them: an ellipse is of the stroke of its sign whose curve is nearest to its centre, if that is within
//! [`WITHIN`] of its smaller standard deviations.

use glam::DVec2;

use super::{Atom, Atoms, Chart, Sign, Topology};
use crate::math::nearest;

/// Points of a curve.
pub const POINTS: usize = 512;
/// Most curves; beyond them the oldest goes.
pub const MOST: usize = 24;
/// Length of a piece between two points beyond which the flow has torn it: what lies between is no longer known.
pub const TORN: f64 = 0.35;
/// Smaller standard deviations of an ellipse within which its centre lies from the curve that it belongs to.
pub const WITHIN: f64 = 2.0;

/// A drawn filament that became ellipses.
#[derive(Clone, Debug, PartialEq)]
pub struct Stroke {
    /// Tells it from the others of a run.
    pub id: u32,
    /// Sense of rotation.
    pub sign: Sign,
    /// Whether its end is its beginning.
    pub closed: bool,
    /// Circulation that it was drawn with.
    pub gamma: f64,
    /// When it became ellipses.
    pub since: f64,
    /// [`POINTS`] places along it now, each at the image nearest to the one before.
    pub points: Vec<DVec2>,
}

impl Stroke {
    /// The curve of a filament at a time; `None` for what has none.
    pub fn of(atom: &Atom, id: u32, time: f64) -> Option<Self> {
        let closed = atom.topology == Topology::Closed;
        if atom.chart == Chart::Ellipse || atom.topology == Topology::Point || atom.vertices.len() < 2 {
            return None;
        }
        let mut path = atom.vertices.clone();
        if closed {
            path.push(path[path.len() - 1] + offset(path[path.len() - 1], path[0]));
        }
        let points = even(&path, closed);
        Some(Self { id, sign: atom.sign, closed, gamma: atom.gamma, since: time, points })
    }

    /// With its points at these places of the box.
    pub fn at(&self, places: impl Iterator<Item = DVec2>) -> Self {
        let mut points: Vec<DVec2> = Vec::with_capacity(POINTS);
        for place in places.take(POINTS) {
            let before = points.last().copied().unwrap_or(place);
            points.push(before + offset(before, place));
        }
        Self { points, ..self.clone() }
    }

    /// Pieces of the curve, those that are torn left out: from where, and along.
    fn pieces(&self) -> impl Iterator<Item = (DVec2, DVec2)> + '_ {
        let closing = self.points.last().zip(self.points.first()).filter(|_| self.closed);
        let pairs = self.points.windows(2).map(|pair| (&pair[0], &pair[1])).chain(closing);
        pairs.map(|(a, b)| (*a, offset(*a, *b))).filter(|(_, along)| along.length() <= TORN)
    }

    /// Points of the curve between the places where it is torn, for drawing.
    pub fn runs(&self) -> Vec<Vec<DVec2>> {
        let mut runs: Vec<Vec<DVec2>> = vec![];
        for (from, along) in self.pieces() {
            match runs.last_mut() {
                Some(run) if run.last().is_some_and(|end| (*end - from).length() < 1e-6) => run.push(from + along),
                _ => runs.push(vec![from, from + along]),
            }
        }
        runs
    }

    /// Length of what is not torn.
    pub fn length(&self) -> f64 {
        self.pieces().map(|(_, along)| along.length()).sum()
    }

    /// Distance of a place from it.
    pub fn distance(&self, at: DVec2) -> f64 {
        let near = self.pieces().map(|(from, along)| {
            let from = offset(at, from);
            let t = (-from.dot(along) / along.length_squared().max(1e-300)).clamp(0.0, 1.0);
            (from + t * along).length()
        });
        near.fold(f64::INFINITY, f64::min)
    }
}

/// The atoms that belong to the stroke of an id, in order.
pub fn owned(atoms: &Atoms, strokes: &[Stroke], id: u32) -> Vec<usize> {
    let (view, Some(own)) = (atoms.view(), strokes.iter().find(|stroke| stroke.id == id)) else { return vec![] };
    let of_others = |distance: f64, at: DVec2| {
        let others = strokes.iter().filter(|other| other.id != id && other.sign == own.sign);
        others.map(|other| (other.distance(at), other.id)).any(|other| other < (distance, id))
    };
    let is_own = |i: &usize| {
        let (at, reach) = (view.vertex[view.start[*i]], WITHIN * view.eps[*i]);
        if view.chart[*i] != Chart::Ellipse || view.sign[*i] != own.sign {
            return false;
        }
        let distance = own.distance(at);
        distance <= reach && !of_others(distance, at)
    };
    (0..atoms.len()).filter(is_own).collect()
}

/// From one place to the nearest image of another.
fn offset(from: DVec2, to: DVec2) -> DVec2 {
    DVec2::new(nearest(to.x - from.x), nearest(to.y - from.y))
}

/// [`POINTS`] places at equal lengths along a path, on the smooth curve through its vertices (Catmull and Rom). The end
/// of a closed path is its beginning, and is left out.
fn even(path: &[DVec2], closed: bool) -> Vec<DVec2> {
    let lengths: Vec<f64> = path.windows(2).map(|pair| (pair[1] - pair[0]).length()).collect();
    let whole: f64 = lengths.iter().sum();
    let parts = if closed { POINTS } else { POINTS - 1 } as f64;
    let last = path.len() - 1;
    // Beyond its ends an open path goes on straight, a closed one around.
    let vertex = |i: isize| match (i, closed) {
        (-1, true) => path[0] - (path[last] - path[last - 1]),
        (-1, false) => path[0] * 2.0 - path[1],
        (i, true) if i as usize > last => path[last] + (path[1] - path[0]),
        (i, false) if i as usize > last => path[last] * 2.0 - path[last - 1],
        (i, _) => path[i as usize],
    };
    let (mut piece, mut before) = (0, 0.0);
    (0..POINTS)
        .map(|k| {
            let at = whole * k as f64 / parts;
            while piece + 1 < lengths.len() && before + lengths[piece] < at {
                before += lengths[piece];
                piece += 1;
            }
            let t = ((at - before) / lengths[piece].max(1e-300)).clamp(0.0, 1.0);
            let [a, b, c, d] = [-1, 0, 1, 2].map(|k| vertex(piece as isize + k));
            let (t2, t3) = (t * t, t * t * t);
            0.5 * (2.0 * b + (c - a) * t + (2.0 * a - 5.0 * b + 4.0 * c - d) * t2 + (3.0 * b - a - 3.0 * c + d) * t3)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::BOX;

    fn ring(center: DVec2) -> Atom {
        let around = (0..24).map(|i| center + DVec2::from_angle(BOX * f64::from(i) / 24.0)).collect();
        Atom::polyline(Topology::Closed, Sign::Plus, 1.0, 0.1, around)
    }

    #[test]
    fn a_curve_goes_evenly_through_its_vertices_and_around() {
        let stroke = Stroke::of(&ring(DVec2::splat(0.5)), 3, 1.5).unwrap();
        assert_eq!((stroke.id, stroke.closed, stroke.since, stroke.points.len()), (3, true, 1.5, POINTS));
        assert!(stroke.points.iter().all(|p| ((*p - DVec2::splat(0.5)).length() - 1.0).abs() < 2e-3));
        assert!((stroke.length() - BOX).abs() < 0.01, "{}", stroke.length());
        assert!((stroke.distance(DVec2::splat(0.5)) - 1.0).abs() < 2e-3);
        // Its nearest image counts.
        assert!(stroke.distance(DVec2::new(BOX - 0.5, 0.5)) < 2e-3);
        let line = Atom::polyline(Topology::Open, Sign::Minus, 1.0, 0.1, vec![DVec2::ZERO, DVec2::X]);
        let stroke = Stroke::of(&line, 0, 0.0).unwrap();
        assert_eq!((stroke.points[0], stroke.points[POINTS - 1]), (DVec2::ZERO, DVec2::X));
        assert!(stroke.points.windows(2).all(|p| (p[1].x - p[0].x - 1.0 / 511.0).abs() < 1e-9));
        assert_eq!(Stroke::of(&Atom::point(Sign::Plus, 1.0, 0.1, DVec2::ONE), 0, 0.0), None);
    }

    #[test]
    fn places_of_the_box_come_back_as_one_curve() {
        let stroke = Stroke::of(&ring(DVec2::splat(0.2)), 0, 0.0).unwrap();
        let back = stroke.at(stroke.points.iter().map(|p| p.rem_euclid(DVec2::splat(BOX))));
        assert!(back.points.windows(2).all(|p| (p[1] - p[0]).length() < 0.02));
        assert!((back.length() - stroke.length()).abs() < 1e-9);
    }

    #[test]
    fn ellipses_belong_to_the_nearest_curve_of_their_sign() {
        let strokes = [Stroke::of(&ring(DVec2::splat(2.0)), 7, 0.0), Stroke::of(&ring(DVec2::new(4.5, 2.0)), 9, 0.0)];
        let strokes = strokes.map(Option::unwrap);
        let ellipse = |sign, x: f64, y: f64| Atom::ellipse(sign, 1.0, 0.1, 2.0, 0.0, DVec2::new(x, y));
        let atoms = Atoms::try_from_iter([
            ellipse(Sign::Plus, 1.0, 2.0),
            ellipse(Sign::Plus, 3.15, 2.0),
            ellipse(Sign::Plus, 3.35, 2.0),
            ellipse(Sign::Minus, 1.0, 2.0),
            ellipse(Sign::Plus, 2.0, 2.0),
            Atom::point(Sign::Plus, 1.0, 0.1, DVec2::new(1.0, 2.0)),
        ]);
        let atoms = atoms.unwrap();
        assert_eq!([7, 9, 4].map(|id| owned(&atoms, &strokes, id)), [vec![0, 1], vec![2], vec![]]);
    }

    #[test]
    fn what_is_torn_is_no_longer_known() {
        let line = Atom::polyline(Topology::Open, Sign::Plus, 1.0, 0.1, vec![DVec2::ZERO, DVec2::X]);
        let stroke = Stroke::of(&line, 0, 0.0).unwrap();
        let far = stroke.points.iter().map(|p| if p.x > 0.5 { *p + DVec2::X } else { *p });
        let torn = stroke.at(far);
        assert!((torn.length() - 1.0).abs() < 0.01, "{}", torn.length());
        assert!(torn.distance(DVec2::X) > 0.4);
        assert_eq!((torn.runs().len(), stroke.runs().len()), (2, 1));
    }
}
