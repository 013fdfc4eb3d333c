//! A stable propagator from any: eigenvalues outside the unit circle are moved onto it, along their
//! ray.
//!
//! `A + sum (lambda / |lambda| - lambda) r l` over the eigenvalues with `|lambda| > 1`, `r` and `l`
//! their right and left eigenvectors with `l r = 1`: a correction of low rank, so what was stable
//! keeps its bits up to rounding. Where the eigenvectors are too ill-conditioned for it, `A / rho`.

use super::{Modal, is_pair};
use crate::{error::Result, state::Propagator};

/// How a propagator was made stable.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Clamped {
    /// It was stable.
    Unchanged,
    /// So many eigenvalues were moved onto the unit circle.
    Moved(usize),
    /// All of it was divided by this spectral radius.
    Scaled(f64),
}

/// The nearest rounding of "on the circle" that counts as stable.
const ROUNDING: f64 = 1e-14;

/// A propagator with `|lambda| <= 1` up to rounding, and how it came about.
///
/// # Errors
/// As [`Modal::of`].
pub fn clamp(propagator: Propagator) -> Result<(Propagator, Clamped)> {
    let modal = Modal::of(&propagator)?;
    let radius = modal.spectral_radius();
    if radius <= 1.0 + ROUNDING {
        return Ok((propagator, Clamped::Unchanged));
    }
    let (side, origin) = (propagator.side(), propagator.origin.clone());
    let mut a = propagator.matrix().to_vec();
    drop(propagator);
    if !modal.well_conditioned() {
        a.iter_mut().for_each(|x| *x /= radius);
        return Ok((Propagator::new(side, a, origin)?, Clamped::Scaled(radius)));
    }
    let mut moved = 0;
    let mut i = 0;
    while i < side {
        let l = modal.outward.eigenvalues[i];
        let width = if is_pair(&l) { 2 } else { 1 };
        if l.norm() > 1.0 {
            let delta = l / l.norm() - l;
            // Columns of P times the block of B that is missing, as columns for the rows of P^-1.
            let column = |k: usize| &modal.into[k * side..(k + 1) * side];
            let row = |k: usize| &modal.outward.back[k * side..(k + 1) * side];
            if width == 2 {
                let (p, q) = (column(i), column(i + 1));
                let first: Vec<f64> = p.iter().zip(q).map(|(p, q)| delta.re * p - delta.im * q).collect();
                let second: Vec<f64> = p.iter().zip(q).map(|(p, q)| delta.im * p + delta.re * q).collect();
                add_outer(&mut a, &first, row(i));
                add_outer(&mut a, &second, row(i + 1));
            } else {
                let first: Vec<f64> = column(i).iter().map(|p| delta.re * p).collect();
                add_outer(&mut a, &first, row(i));
            }
            moved += width;
        }
        i += width;
    }
    Ok((Propagator::new(side, a, origin)?, Clamped::Moved(moved)))
}

/// `A += column row`.
fn add_outer(a: &mut [f64], column: &[f64], row: &[f64]) {
    for (line, c) in a.chunks_exact_mut(row.len()).zip(column) {
        line.iter_mut().zip(row).for_each(|(a, r)| *a += c * r);
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            eigenvalues, radius,
            tests::{propagator, sample},
        },
        *,
    };

    #[test]
    fn unstable_eigenvalues_move_onto_the_circle_and_the_others_stay() {
        let a = sample(60);
        let wild = propagator(60, a.matrix().iter().map(|x| x * 3.0).collect());
        let before = eigenvalues(&wild).unwrap();
        let (tame, how) = clamp(wild).unwrap();
        let after = eigenvalues(&tame).unwrap();
        let outside = before.iter().filter(|l| l.norm() > 1.0).count();
        assert!(outside > 0 && how == Clamped::Moved(outside), "{how:?}");
        assert!((radius(&after) - 1.0).abs() < 1e-10, "{}", radius(&after));
        for l in before.iter().filter(|l| l.norm() < 0.99 && l.norm() > 0.01) {
            let nearest = after.iter().map(|m| (l - m).norm()).fold(1.0, f64::min);
            assert!(nearest < 1e-9, "{l} moved by {nearest}");
        }
    }

    #[test]
    fn a_defective_one_is_scaled_and_a_stable_one_kept() {
        let (scaled, how) = clamp(propagator(2, vec![2.0, 1.0, 0.0, 2.0])).unwrap();
        assert!(matches!(how, Clamped::Scaled(r) if (r - 2.0).abs() < 1e-6), "{how:?}");
        assert!(radius(&eigenvalues(&scaled).unwrap()) <= 1.0 + 1e-6);
        let stable = propagator(2, vec![0.5, 1.0, 0.0, 0.5]);
        assert_eq!(clamp(stable.clone()).unwrap(), (stable, Clamped::Unchanged));
    }
}
