//! Which atom is meant: the nearest curve on the torus.

use glam::DVec2;

use crate::{
    math::nearest,
    state::{Atom, Atoms, Chart, Stroke, Topology},
};

/// The atom whose curve is nearest to a place, and its distance; an ellipse counts from its centre.
pub fn nearest_atom(atoms: &Atoms, at: DVec2) -> Option<(usize, f64)> {
    let all = (0..atoms.len()).map(|i| (i, distance(&atoms.get(i), at)));
    all.min_by(|a, b| a.1.total_cmp(&b.1))
}

/// Every atom whose curve comes nearer than `reach` to a path.
pub fn touched(atoms: &Atoms, path: &[DVec2], reach: f64) -> Vec<usize> {
    let near = |i: &usize| {
        let atom = atoms.get(*i);
        walk(path, reach).any(|at| distance(&atom, at) <= reach)
    };
    (0..atoms.len()).filter(near).collect()
}

/// Every stroke whose curve comes nearer than `reach` to a path, by its id.
pub fn crossed(strokes: &[Stroke], path: &[DVec2], reach: f64) -> Vec<u32> {
    let near = |stroke: &&Stroke| walk(path, reach).any(|at| stroke.distance(at) <= reach);
    strokes.iter().filter(near).map(|stroke| stroke.id).collect()
}

/// Places along a path, half a reach apart at most.
fn walk(path: &[DVec2], reach: f64) -> impl Iterator<Item = DVec2> + '_ {
    let step = move |a: DVec2, b: DVec2| (((b - a).length() / (0.5 * reach)).ceil() as usize).clamp(1, 256);
    let between = path.windows(2).flat_map(move |pair| {
        let count = step(pair[0], pair[1]);
        (1..=count).map(move |i| pair[0].lerp(pair[1], i as f64 / count as f64))
    });
    path.first().copied().into_iter().chain(between)
}

/// Distance of a place from an atom's curve.
fn distance(atom: &Atom, at: DVec2) -> f64 {
    let offset = |p: DVec2| DVec2::new(nearest(p.x - at.x), nearest(p.y - at.y));
    let v = &atom.vertices;
    if atom.chart == Chart::Ellipse || atom.topology == Topology::Point || v.len() < 2 {
        return v.first().map_or(f64::INFINITY, |p| offset(*p).length());
    }
    let closing = (atom.topology == Topology::Closed).then(|| (v[v.len() - 1], v[0]));
    let pairs = v.windows(2).map(|p| (p[0], p[1])).chain(closing);
    pairs
        .map(|(a, b)| {
            let (from, along) = (offset(a), DVec2::new(nearest(b.x - a.x), nearest(b.y - a.y)));
            let t = (-from.dot(along) / along.length_squared().max(1e-300)).clamp(0.0, 1.0);
            (from + t * along).length()
        })
        .fold(f64::INFINITY, f64::min)
}

/// Length of an atom's curve.
pub fn length(atom: &Atom) -> f64 {
    let v = &atom.vertices;
    let open: f64 = v.windows(2).map(|p| (p[1] - p[0]).length()).sum();
    match (atom.topology, v.first(), v.last()) {
        (Topology::Closed, Some(a), Some(b)) => open + DVec2::new(nearest(a.x - b.x), nearest(a.y - b.y)).length(),
        _ => open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{math::BOX, state::Sign};

    fn two() -> Atoms {
        let line = vec![DVec2::new(1.0, 1.0), DVec2::new(3.0, 1.0)];
        let line = Atom::polyline(Topology::Open, Sign::Plus, 1.0, 0.05, line);
        Atoms::try_from_iter([line, Atom::point(Sign::Minus, 1.0, 0.05, DVec2::new(0.05, 5.0))]).unwrap()
    }

    #[test]
    fn the_nearest_curve_is_found_across_the_edge_of_the_box() {
        let (i, d) = nearest_atom(&two(), DVec2::new(2.0, 1.2)).unwrap();
        assert!(i == 0 && (d - 0.2).abs() < 1e-12);
        let (i, d) = nearest_atom(&two(), DVec2::new(BOX - 0.05, 5.0)).unwrap();
        assert!(i == 1 && (d - 0.1).abs() < 1e-12);
        assert_eq!(nearest_atom(&Atoms::default(), DVec2::ONE), None);
    }

    #[test]
    fn a_path_touches_what_it_crosses() {
        let across = [DVec2::new(2.0, 0.0), DVec2::new(2.0, 3.0)];
        assert_eq!(touched(&two(), &across, 0.05), [0]);
        assert_eq!(touched(&two(), &[DVec2::new(0.0, 5.0)], 0.1), [1]);
        assert!(touched(&two(), &[], 1.0).is_empty());
    }

    #[test]
    fn a_closed_curve_counts_its_closing_segment() {
        let square = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)].map(|(x, y)| DVec2::new(x, y));
        let atom = Atom::polyline(Topology::Closed, Sign::Plus, 1.0, 0.1, square.to_vec());
        assert!((length(&atom) - 4.0).abs() < 1e-12);
        let all = Atoms::try_from_iter([atom]).unwrap();
        assert!(nearest_atom(&all, DVec2::new(0.0, 0.5)).unwrap().1 < 1e-12);
    }
}
