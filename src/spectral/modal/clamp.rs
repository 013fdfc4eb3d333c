//! A stable propagator from any: eigenvalues outside the unit circle are moved onto it, along their
//! ray.
//!
//! `A + sum (lambda / |lambda| - lambda) r l / (l r)` over the eigenvalues with `|lambda| > 1`, `r` and `l` their right
//! and left eigenvectors: a correction of low rank, so what was stable keeps its bits up to rounding. Only those that
//! move count: what the others are conditioned like is none of its business. Where one that moves is too
//! ill-conditioned for it, `|r| |l| / |l r|` above [`super::CONDITION_LIMIT`], `A / rho`. A component that stands alone keeps
//! its bits either way.

use super::{
    blocked::Want,
    radius,
    reduced::{Reduced, Triple},
};
use crate::{error::Result, state::Propagator};

/// How a propagator was made stable.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Clamped {
    /// The propagator was stable.
    Unchanged,
    /// So many eigenvalues were moved onto the unit circle.
    Moved(usize),
    /// All of it was divided by this spectral radius.
    Scaled(f64),
}

/// What became of a propagator.
#[derive(Clone, Debug, PartialEq)]
pub struct Stable {
    /// With `|lambda| <= 1` up to rounding.
    pub propagator: Propagator,
    /// How it came about.
    pub how: Clamped,
    /// The spectral radius before.
    pub before: f64,
}

/// The nearest rounding of "on the circle" that counts as stable.
const ROUNDING: f64 = 1e-14;

/// A propagator with `|lambda| <= 1` up to rounding, and how it came about.
///
/// # Errors
/// [`crate::Error::Run`] without memory, or when the iteration for the eigenvalues does not converge.
pub fn clamp(propagator: Propagator) -> Result<Stable> {
    let small = Reduced::of(&propagator)?;
    let found = small.decompose(&propagator, Want::Both)?;
    let alone = small.lone.iter().map(|l| l.1.abs()).fold(0.0, f64::max);
    let before = radius(&found.values).max(alone);
    if before <= 1.0 + ROUNDING {
        return Ok(Stable { propagator, how: Clamped::Unchanged, before });
    }
    let (side, origin) = (propagator.side(), propagator.origin.clone());
    let mut a = propagator.into_matrix();
    let mut moves = Vec::new();
    let mut i = 0;
    while i < small.side {
        let (l, pair) = (found.values[i], found.values[i].im > 0.0);
        if l.norm() > 1.0 {
            let triple = small.triple(&found, i);
            if !triple.well_conditioned() {
                divide(&mut a, side, before, &small.lone);
                return Ok(Stable {
                    propagator: Propagator::new(side, a, origin)?,
                    how: Clamped::Scaled(before),
                    before,
                });
            }
            let Triple { right, left, product, .. } = triple;
            moves.push((pair, (l / l.norm() - l) / product, right, left));
        }
        i += if pair { 2 } else { 1 };
    }
    let mut moved = 0;
    for (pair, c, [p, q], [f, g]) in moves {
        // c r = u + iv; of a pair the real part twice, since its conjugate adds as much.
        let times = if pair { 2.0 } else { 1.0 };
        let u: Vec<f64> = p.iter().zip(&q).map(|(p, q)| times * (c.re * p - c.im * q)).collect();
        add_outer(&mut a, &u, &f);
        if pair {
            let v: Vec<f64> = p.iter().zip(&q).map(|(p, q)| times * (c.im * p + c.re * q)).collect();
            add_outer(&mut a, &v, &g);
        }
        moved += if pair { 2 } else { 1 };
    }
    for (i, l) in small.lone.iter().filter(|l| l.1.abs() > 1.0) {
        a[i * (side + 1)] = l.signum();
        moved += 1;
    }
    Ok(Stable { propagator: Propagator::new(side, a, origin)?, how: Clamped::Moved(moved), before })
}

/// All but what stands alone within the circle.
fn divide(a: &mut [f64], side: usize, radius: f64, lone: &[(usize, f64)]) {
    a.iter_mut().for_each(|x| *x /= radius);
    lone.iter().filter(|l| l.1.abs() <= 1.0).for_each(|(i, l)| a[i * (side + 1)] = *l);
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
        let stable = clamp(wild).unwrap();
        let after = eigenvalues(&stable.propagator).unwrap();
        let outside = before.iter().filter(|l| l.norm() > 1.0).count();
        assert!(outside > 0 && stable.how == Clamped::Moved(outside), "{:?}", stable.how);
        assert!((stable.before - radius(&before)).abs() < 1e-10);
        assert!((radius(&after) - 1.0).abs() < 1e-10, "{}", radius(&after));
        for l in before.iter().filter(|l| l.norm() < 0.99 && l.norm() > 0.01) {
            let nearest = after.iter().map(|m| (l - m).norm()).fold(1.0, f64::min);
            assert!(nearest < 1e-9, "{l} moved by {nearest}");
        }
    }

    #[test]
    fn a_defective_one_is_scaled_and_a_stable_one_kept() {
        let stable = clamp(propagator(2, vec![2.0, 1.0, 0.0, 2.0])).unwrap();
        assert!(matches!(stable.how, Clamped::Scaled(r) if (r - 2.0).abs() < 1e-6), "{:?}", stable.how);
        assert!(radius(&eigenvalues(&stable.propagator).unwrap()) <= 1.0 + 1e-6);
        let kept = propagator(2, vec![0.5, 1.0, 0.0, 0.5]);
        let stable = clamp(kept.clone()).unwrap();
        assert_eq!((stable.propagator, stable.how), (kept, Clamped::Unchanged));
    }

    #[test]
    fn a_defective_part_within_the_circle_is_no_obstacle() {
        // A shift of three, nilpotent, beside a growing turn.
        let (s, c) = 0.4_f64.sin_cos();
        let mut a = vec![0.0; 25];
        (a[1], a[7]) = (1.0, 1.0);
        (a[18], a[19], a[23], a[24]) = (1.5 * c, 1.5 * s, -1.5 * s, 1.5 * c);
        a[3] = 0.2;
        let stable = clamp(propagator(5, a.clone())).unwrap();
        assert_eq!(stable.how, Clamped::Moved(2));
        assert!((radius(&eigenvalues(&stable.propagator).unwrap()) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn what_stands_alone_keeps_its_bits() {
        let mut a = sample(40).matrix().iter().map(|x| x * 3.0).collect::<Vec<_>>();
        for i in 0..40 {
            (a[i * 40 + 9], a[9 * 40 + i]) = (0.0, 0.0);
        }
        a[9 * 41] = 1.0;
        for defective in [false, true] {
            if defective {
                // Twice the same eigenvalue with one eigenvector.
                a = vec![0.0; 1600];
                (a[0], a[1], a[41], a[9 * 41]) = (2.0, 1.0, 2.0, 1.0);
            }
            let stable = clamp(propagator(40, a.clone())).unwrap();
            assert_eq!(matches!(stable.how, Clamped::Scaled(_)), defective);
            for i in 0..40 {
                let expected = if i == 9 { 1.0 } else { 0.0 };
                let m = stable.propagator.matrix();
                assert!(m[i * 40 + 9] == expected && m[9 * 40 + i] == expected);
            }
        }
    }
}
