//! From a shaky mouse path to a filament: smoothing, thinning and the choice of topology; and what is done to a filament
//! by its curve once it has become ellipses.

use glam::DVec2;

use crate::{
    error::Result,
    params::Params,
    state::{Atom, Atoms, Sign, State, Topology, owned},
};

/// Longest segment of a drawn filament, in core radii.
pub const SEGMENT_EPS: f64 = 1.5;
/// A stroke keeps at most so many vertices; beyond it the segments grow.
pub const VERTICES_MAX: usize = 2048;

/// What a mouse stroke becomes. Points are unwrapped world coordinates.
///
/// `None` when the path is too short to have a direction: the caller drops a round vortex.
pub fn filament(points: &[DVec2], sign: Sign, gamma: f64, eps: f64) -> Option<Atom> {
    let mut path = smooth(points, eps);
    let open = length(&path);
    if !open.is_finite() || open < 0.5 * eps || path.len() < 2 {
        return None;
    }
    let gap = (path[path.len() - 1] - path[0]).length();
    let closed = gap < 2.0 * eps && open > 12.0 * eps;
    if closed && gap > 0.0 {
        path.push(path[0]);
    }
    let mut vertices = even(&path, length(&path), SEGMENT_EPS * eps);
    if closed {
        vertices.pop();
    }
    let topology = if closed && vertices.len() >= 3 { Topology::Closed } else { Topology::Open };
    Some(Atom::polyline(topology, sign, gamma, eps, vertices))
}

/// The ellipses along a stroke, and its curve, go elsewhere.
///
/// # Errors
/// [`crate::Error::Invalid`] where an atom would break an invariant.
pub fn carry(state: &mut State, id: u32, by: DVec2) -> Result<()> {
    let mut all: Vec<Atom> = state.atoms.iter().collect();
    for i in owned(&state.atoms, &state.strokes, id) {
        all[i].vertices.iter_mut().for_each(|v| *v += by);
    }
    state.atoms = Atoms::try_from_iter(all)?;
    let own = state.strokes.iter_mut().filter(|stroke| stroke.id == id);
    own.for_each(|stroke| stroke.points.iter_mut().for_each(|p| *p += by));
    Ok(())
}

/// The ellipses along a stroke, and its curve, leave the state.
///
/// # Errors
/// As [`carry`].
pub fn remove(state: &mut State, id: u32) -> Result<()> {
    let own = owned(&state.atoms, &state.strokes, id);
    let left = (0..state.atoms.len()).filter(|i| own.binary_search(i).is_err()).map(|i| state.atoms.get(i));
    state.atoms = Atoms::try_from_iter(left)?;
    state.strokes.retain(|stroke| stroke.id != id);
    Ok(())
}

fn length(path: &[DVec2]) -> f64 {
    path.windows(2).map(|pair| (pair[1] - pair[0]).length()).sum()
}

/// Drops repeated points, then averages each with its neighbours; the ends stay.
fn smooth(points: &[DVec2], eps: f64) -> Vec<DVec2> {
    let mut path: Vec<DVec2> = Vec::with_capacity(points.len());
    for p in points.iter().filter(|p| p.is_finite()) {
        if path.last().is_none_or(|last| (*p - *last).length() > 0.1 * eps) {
            path.push(*p);
        }
    }
    // The hand stopped at the last point, however near it is to the one before.
    if let (Some(end), Some(last)) = (points.iter().rfind(|p| p.is_finite()), path.last_mut())
        && points.len() > 1
    {
        *last = *end;
    }
    for _ in 0..4 {
        let old = path.clone();
        for i in 1..old.len().saturating_sub(1) {
            path[i] = (old[i - 1] + old[i] * 2.0 + old[i + 1]) * 0.25;
        }
    }
    path
}

/// Points at equal distances along the path, both ends included, no farther apart than `bound`.
fn even(path: &[DVec2], length: f64, bound: f64) -> Vec<DVec2> {
    let count = ((length / bound).ceil() as usize).clamp(1, VERTICES_MAX - 1);
    let step = length / count as f64;
    let mut vertices = vec![path[0]];
    let mut walked = 0.0;
    for pair in path.windows(2) {
        let part = (pair[1] - pair[0]).length();
        while vertices.len() < count && vertices.len() as f64 * step <= walked + part {
            let t = (vertices.len() as f64 * step - walked) / part;
            vertices.push(pair[0].lerp(pair[1], t));
        }
        walked += part;
    }
    vertices.push(path[path.len() - 1]);
    vertices
}

/// A round vortex.
pub fn vortex(at: DVec2, sign: Sign, params: &Params) -> Atom {
    Atom::point(sign, params.gamma, params.eps, at)
}

/// What a stroke along these places makes: a filament, or a round vortex where it is too short for one.
pub fn drawn(points: &[DVec2], sign: Sign, params: &Params) -> Atom {
    let filament = filament(points, sign, params.gamma, params.eps);
    filament.unwrap_or_else(|| vortex(points.first().copied().unwrap_or_default(), sign, params))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Atoms;

    #[test]
    fn a_stroke_is_thinned_to_one_and_a_half_cores() {
        let points: Vec<DVec2> =
            (0..500).map(|i| DVec2::new(i as f64 * 0.004, (i as f64 * 0.02).sin() * 0.2)).collect();
        let atom = filament(&points, Sign::Minus, 1.0, 0.06).unwrap();
        assert_eq!(atom.topology, Topology::Open);
        assert_eq!((atom.vertices[0], *atom.vertices.last().unwrap()), (points[0], points[499]));
        let longest = atom.vertices.windows(2).map(|p| (p[1] - p[0]).length()).fold(0.0, f64::max);
        assert!(longest <= SEGMENT_EPS * 0.06 + 1e-9 && atom.vertices.len() < 60, "{longest}");
        Atoms::try_from_iter([atom]).unwrap();
    }

    #[test]
    fn a_stroke_is_moved_and_removed_by_what_lies_along_it() {
        use crate::state::{Background, Meta, Stroke};
        let line = filament(&[DVec2::new(1.0, 1.0), DVec2::new(3.0, 1.0)], Sign::Plus, 1.0, 0.1).unwrap();
        let ellipse = |x: f64, y: f64| Atom::ellipse(Sign::Plus, 0.1, 0.1, 1.2, 0.0, DVec2::new(x, y));
        let along: Vec<Atom> = (0..10).map(|i| ellipse(1.1 + 0.2 * f64::from(i), 1.02)).collect();
        let atoms = Atoms::try_from_iter(along.into_iter().chain([ellipse(2.0, 4.0)])).unwrap();
        let mut state = State::new(atoms, Background::empty(), Meta::default());
        state.strokes = vec![Stroke::of(&line, 5, 0.0).unwrap()];
        carry(&mut state, 5, DVec2::new(0.5, 2.0)).unwrap();
        let at: Vec<DVec2> = state.atoms.view().vertex.to_vec();
        assert!((at[0] - DVec2::new(1.6, 3.02)).length() < 1e-12 && at[10] == DVec2::new(2.0, 4.0));
        assert!((state.strokes[0].points[0] - DVec2::new(1.5, 3.0)).length() < 1e-12);
        // What lies along it still is its own.
        remove(&mut state, 5).unwrap();
        assert_eq!((state.atoms.len(), state.strokes.len()), (1, 0));
        assert_eq!(state.atoms.view().vertex[0], DVec2::new(2.0, 4.0));
    }

    #[test]
    fn a_loop_closes() {
        let points: Vec<DVec2> = (0..=100).map(|i| DVec2::from_angle(i as f64 * 0.0628)).collect();
        let atom = filament(&points, Sign::Plus, 1.0, 0.06).unwrap();
        assert_eq!(atom.topology, Topology::Closed);
        Atoms::try_from_iter([atom]).unwrap();
    }

    #[test]
    fn a_twitch_is_no_filament_and_bad_numbers_are_dropped() {
        assert!(filament(&[DVec2::ZERO, DVec2::splat(0.001)], Sign::Plus, 1.0, 0.06).is_none());
        assert!(filament(&[], Sign::Plus, 1.0, 0.06).is_none());
        let points = [DVec2::ZERO, DVec2::NAN, DVec2::X];
        Atoms::try_from_iter([filament(&points, Sign::Plus, 1.0, 0.06).unwrap()]).unwrap();
    }

    #[test]
    fn two_far_points_give_short_segments() {
        let atom = filament(&[DVec2::ZERO, DVec2::new(9.0, 0.0)], Sign::Plus, 1.0, 0.01).unwrap();
        assert!(atom.vertices.len() > 590 && atom.vertices.len() <= VERTICES_MAX);
        Atoms::try_from_iter([atom]).unwrap();
    }
}
