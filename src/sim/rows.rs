//! Filaments and points as ellipses, so that parcels carry all of a state alike.
//!
//! ```text
//! x_c = sum w_i x_i / sum w_i,    S = sum w_i (eps_i^2 I + (l_i^2/12) t_i t_i^T + d_i d_i^T) / sum w_i,    d_i = x_i - x_c
//! ```
//!
//! A filament is cut along its length into pieces of equal length; a piece becomes the ellipse of its circulation, its
//! centroid and its second moments, summed over the parts of segments in it. Pieces of 1.5 core radii leave ripples
//! of 6e-5 of the vorticity of a straight filament: a row of Gaussians of standard deviation `s` a distance `p` apart
//! is uniform to `2 exp(-2 pi^2 s^2/p^2)`, and `s^2 = eps^2 + p^2/12`.

use glam::DVec2;

use super::{cycle::reach::resolved, forced};
use crate::{
    error::Result,
    ops::ellipse_fit::Ellipse,
    params::Params,
    state::{Atom, Atoms, Change, Chart, State, Topology},
};

/// Length of a piece in core radii.
const PIECE: f64 = 1.5;
/// Longest, where the budget asks for longer ones: ripples of 0.3 % of the vorticity.
const LONGEST: f64 = 2.0;

/// A straight part of a filament: middle, half vector along it, circulation (all signs apart), core radius.
struct Part {
    middle: DVec2,
    half: DVec2,
    weight: f64,
    eps: f64,
}

/// These atoms, filaments as rows of ellipses and points as round ellipses where parcels resolve their cores. Each
/// filament's circulation and centroid stay.
///
/// `None` where these would be more than `max_atoms` new ellipses even with the longest pieces.
///
/// # Errors
/// [`Error::Invalid`](crate::Error::Invalid) where one breaks an atom's invariants.
pub fn in_rows(atoms: &Atoms, params: &Params) -> Result<Option<Atoms>> {
    let piece = [PIECE, LONGEST].into_iter().find(|piece| count(atoms, *piece, params) <= params.most_ellipses());
    piece.map(|piece| Atoms::try_from_iter((0..atoms.len()).flat_map(|i| row(atoms, i, piece, params)))).transpose()
}

/// These atoms, points as round ellipses where parcels resolve their cores, and how many those are; filaments stay.
///
/// # Errors
/// As [`in_rows`].
pub fn rounded(atoms: &Atoms, params: &Params) -> Result<(Atoms, usize)> {
    let turns = |i: usize| atoms.view().topology[i] == Topology::Point && changes(atoms, i, params);
    let one = |i: usize| if turns(i) { row(atoms, i, PIECE, params) } else { vec![atoms.get(i)] };
    let round = Atoms::try_from_iter((0..atoms.len()).flat_map(one))?;
    Ok((round, (0..atoms.len()).filter(|i| turns(*i)).count()))
}

/// Steps between two looks for filaments that wait, where there is no cycle whose end they could join.
const LOOK: u64 = 64;

/// What became rows of ellipses.
pub struct Joined {
    /// For the ledger.
    pub change: Change,
    /// The filaments and points as they were.
    pub drawn: Vec<Atom>,
}

/// Filaments and points, drawn since the run began, become rows of ellipses where those are asked for and have room;
/// `None` where none did.
///
/// # Errors
/// As [`in_rows`].
pub fn join(state: &mut State, params: &Params) -> Result<Option<Joined>> {
    if !waits(&state.atoms, params) {
        return Ok(None);
    }
    let Some(rows) = in_rows(&state.atoms, params)? else { return Ok(None) };
    let before = std::mem::replace(&mut state.atoms, rows);
    let drawn: Vec<Atom> = (0..before.len()).filter(|i| changes(&before, *i, params)).map(|i| before.get(i)).collect();
    let reason = "filament as a row of ellipses";
    let change = forced::chart(state.step, reason, &before, &state.atoms, drawn.len(), params);
    Ok(Some(Joined { change, drawn }))
}

/// Whether [`join`] would change atoms.
pub fn waits(atoms: &Atoms, params: &Params) -> bool {
    let wanted = if params.in_rows() { count(atoms, LONGEST, params) } else { 0 };
    (1..=params.most_ellipses()).contains(&wanted)
}

/// Whether filaments and points that parcels would carry are looked for after this step, without a cycle.
pub fn joins(step: u64) -> bool {
    step.is_multiple_of(LOOK)
}

/// Ellipses of these filaments and points.
fn count(atoms: &Atoms, piece: f64, params: &Params) -> usize {
    (0..atoms.len()).filter(|i| changes(atoms, *i, params)).map(|i| pieces(atoms, i, piece)).sum()
}

/// How many ellipses a state's filaments would be, where they move as filaments because `max_atoms` or `max_vertices` is below it.
pub fn short_of_atoms(atoms: &Atoms, params: &Params) -> Option<usize> {
    let wanted = if params.in_rows() { count(atoms, LONGEST, params) } else { 0 };
    (wanted > params.most_ellipses()).then_some(wanted)
}

/// Whether an atom becomes ellipses.
fn changes(atoms: &Atoms, i: usize, params: &Params) -> bool {
    let a = atoms.view();
    a.support[i] && a.chart[i] != Chart::Ellipse && resolved(atoms, i, params)
}

/// Length of a filament.
fn length(atoms: &Atoms, i: usize) -> f64 {
    let a = atoms.view();
    (0..a.segment_count(i)).map(|s| a.segment_vector(i, s).length()).sum()
}

/// Ellipses of an atom.
fn pieces(atoms: &Atoms, i: usize, piece: f64) -> usize {
    let a = atoms.view();
    if a.topology[i] == Topology::Point {
        return 1;
    }
    let span = a.segment_start[i]..a.segment_start[i + 1];
    let thin = a.core[span].iter().fold(f64::INFINITY, |least, core| least.min(a.eps[i] * core));
    (length(atoms, i) / (piece * thin)).ceil().max(1.0) as usize
}

/// An atom as its ellipses.
fn row(atoms: &Atoms, i: usize, piece: f64, params: &Params) -> Vec<Atom> {
    if !changes(atoms, i, params) {
        return vec![atoms.get(i)];
    }
    let (a, atom) = (atoms.view(), atoms.get(i));
    // Shares come from a device to its precision; the circulation is the atom's.
    let whole: f64 = atom.weight.iter().sum();
    let ellipse = |share: f64, e: &Ellipse| {
        let (share, (minor, major, angle)) = (share / whole, e.axes());
        Atom::ellipse(atom.sign, atom.gamma * share, minor, major / minor, angle, DVec2::from_array(e.center))
    };
    if atom.topology == Topology::Point {
        let eps = atom.eps * atom.core[0];
        return vec![Atom::ellipse(atom.sign, atom.gamma, eps, 1.0, 0.0, atom.vertices[0])];
    }
    let count = pieces(atoms, i, piece);
    let long = length(atoms, i) / count as f64;
    let mut rows: Vec<Vec<Part>> = (0..count).map(|_| vec![]).collect();
    let mut before = 0.0;
    for s in 0..a.segment_count(i) {
        let (start, along) = (atom.vertices[s], a.segment_vector(i, s));
        let length = along.length();
        let after = before + length;
        let (weight, eps) = (atom.weight[s], atom.eps * atom.core[s]);
        if length == 0.0 {
            let k = ((before / long) as usize).min(count - 1);
            rows[k].push(Part { middle: start, half: DVec2::ZERO, weight, eps });
            continue;
        }
        let first = ((before / long) as usize).min(count - 1);
        for (k, row) in rows.iter_mut().enumerate().skip(first) {
            let (low, high) = (before.max(k as f64 * long), after.min((k + 1) as f64 * long));
            let high = if k + 1 == count { after } else { high };
            if high <= low {
                break;
            }
            let at = |x: f64| (x - before) / length;
            let middle = start + along * (0.5 * (at(low) + at(high)));
            let half = along * (0.5 * (at(high) - at(low)));
            row.push(Part { middle, half, weight: weight * (high - low) / length, eps });
        }
        before = after;
    }
    let moments = |parts: &Vec<Part>| {
        let total: f64 = parts.iter().map(|p| p.weight).sum();
        let center = parts.iter().map(|p| p.weight * p.middle).sum::<DVec2>() / total;
        let mut s = [0.0; 3];
        for p in parts {
            let (d, h, w) = (p.middle - center, p.half, p.weight / total);
            // l^2/12 t t^T is h h^T/3.
            s[0] += w * (p.eps * p.eps + h.x * h.x / 3.0 + d.x * d.x);
            s[1] += w * (h.x * h.y / 3.0 + d.x * d.y);
            s[2] += w * (p.eps * p.eps + h.y * h.y / 3.0 + d.y * d.y);
        }
        ellipse(total, &Ellipse { peak: 0.0, center: center.to_array(), covariance: s })
    };
    rows.iter().filter(|parts| parts.iter().any(|p| p.weight > 0.0)).map(moments).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        math::nearness,
        params::Switch,
        state::{Background, Meta, Sign, State, impulse},
    };

    fn decoded(atoms: &Atoms) -> Vec<f64> {
        crate::sim::decode(&State::new(atoms.clone(), Background::empty(), Meta::default()), 256)
    }

    #[test]
    fn a_row_is_the_filament_that_it_was() {
        let ring = |n: usize| {
            (0..n)
                .map(move |i| DVec2::splat(3.0) + 1.2 * DVec2::from_angle(std::f64::consts::TAU * i as f64 / n as f64))
        };
        let line = (0..9).map(|i| DVec2::new(1.0 + 0.13 * f64::from(i), 5.0 + 0.01 * f64::from(i * i)));
        let mut atoms = Atoms::default();
        atoms.push(Atom::polyline(Topology::Closed, Sign::Plus, 2.0, 0.1, ring(60).collect())).unwrap();
        atoms.push(Atom::polyline(Topology::Open, Sign::Minus, 0.7, 0.09, line.collect())).unwrap();
        atoms.push(Atom::point(Sign::Plus, 0.4, 0.2, DVec2::new(5.0, 1.0))).unwrap();
        // Too thin for parcels: it stays a filament.
        let thin = vec![DVec2::new(0.5, 0.5), DVec2::new(0.6, 0.5)];
        atoms.push(Atom::polyline(Topology::Open, Sign::Plus, 1e-3, 0.004, thin)).unwrap();
        let ample = Params { max_atoms: 200, ..Params::default() };
        let rows = in_rows(&atoms, &ample).unwrap().unwrap();
        let charts = rows.view().chart.iter().filter(|chart| **chart != Chart::Ellipse).count();
        assert_eq!(charts, 1);
        // A straight filament has flat ends, a row of Gaussians round ones.
        let near = nearness(&decoded(&rows), &decoded(&atoms));
        assert!(near.rel_l2 < 0.01, "{near:?}");
        let (was, is) = (impulse(&atoms), impulse(&rows));
        assert!((was.circulation - is.circulation).abs() < 1e-12);
        assert!((was.impulse_x - is.impulse_x).abs() < 1e-10 && (was.impulse_y - is.impulse_y).abs() < 1e-10);
        let few = Params { max_atoms: 20, ..ample };
        assert_eq!(in_rows(&atoms, &few).unwrap(), None);
        assert!(short_of_atoms(&atoms, &few).is_some_and(|wanted| wanted > 20));
        assert_eq!(short_of_atoms(&atoms, &Params { max_atoms: 200, ..few }), None);
        assert_eq!(short_of_atoms(&atoms, &Params { ellipses: Switch::Off, ..few }), None);
        // Ellipses are left alone, however many.
        assert_eq!(in_rows(&rows, &Params { max_atoms: 1, ..ample }).unwrap().as_ref(), Some(&rows));
    }

    #[test]
    fn a_scene_in_rows_is_the_scene() {
        for name in ["jet", "turbulence", "dipole", "sheet"] {
            let (mut given, mut rows) = (Params { ellipses: Switch::Off, ..Params::default() }, Params::default());
            let given = crate::genesis::make(name, &mut given).unwrap();
            let rows = crate::genesis::make(name, &mut rows).unwrap();
            let near = nearness(&decoded(&rows.atoms), &decoded(&given.atoms));
            assert!(near.rel_l2 < 0.02, "{name}: {near:?}");
            assert!(rows.atoms.len() <= 1038, "{name}: {}", rows.atoms.len());
        }
    }
}
