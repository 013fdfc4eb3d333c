//! First pass of the residual basis: which directions the residual takes.
//!
//! ```text
//! r_t  residual of step t: [sqrt2 Re, sqrt2 Im] of its amplitudes on a half plane, p numbers
//! Y  = sum_t r_t s_t^T,   s_t l random signs,  l = rank + oversampling        Q = orth(Y), p x l
//! ```
//!
//! With R = [r_0 .. r_T], Y = R S for a random S: its columns span, nearly, the leading left singular
//! vectors of R (randomised SVD, Halko, Martinsson and Tropp 2011, algorithm 4.1). R itself is never
//! held. The wave vectors are those that a dealiased simulation on the grid resolves, `|kx|, |ky| <= N/3`, with
//! |k| up to the cut. The second pass ([`super::Learner::narrow`]) turns Q to the singular vectors and cuts it to the
//! rank. The signs come from a fixed seed; they choose a basis, and nothing of them enters a state.

use std::sync::Arc;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::factor;
use crate::{
    error::{Error, Result},
    math::Complex64,
    spectral::Encoder,
    state::{Basis, MAX_RANK, MAX_RESIDUAL_CUT, ResidualBasis},
};

/// The cut unless told otherwise.
pub const DEFAULT_RESIDUAL_CUT: u32 = 32;
/// Columns beyond the rank.
const OVERSAMPLING: usize = 16;
/// Seed of the signs.
const SEED: u64 = 0x0b;

/// Rank and cut asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Residual {
    /// Fields of the basis.
    pub rank: usize,
    /// Largest |k| of the basis.
    pub cut: u32,
}

/// Takes the fields of the first pass.
pub struct Sketch {
    encoder: Encoder,
    basis: Basis,
    cut: u32,
    modes: Vec<[i32; 2]>,
    columns: usize,
    /// Y, `[2 n, columns]`.
    y: Vec<f64>,
    random: ChaCha8Rng,
}

impl Sketch {
    /// Chooses the stored modes from the first field, as [`super::Learner::new`] does, and takes it in. `omega` is
    /// row-major, `N x N` values.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a rank or cut out of range, or that the grid does not hold; as
    /// [`Encoder::encode`].
    pub fn new(encoder: Encoder, wanted: &Residual, omega: &[f64]) -> Result<Self> {
        let Residual { rank, cut } = *wanted;
        if !(1..=MAX_RANK).contains(&rank) || !(1..=MAX_RESIDUAL_CUT).contains(&cut) {
            let expected = format!("a rank from 1 to {MAX_RANK} and a cut from 1 to {MAX_RESIDUAL_CUT}");
            return Err(Error::invalid("residual basis", expected, format!("{rank} and {cut}")));
        }
        let basis = encoder.basis(omega)?;
        let third = (encoder.n() / 3) as i32;
        let mut modes = encoder.beyond(&basis, cut);
        modes.retain(|k| k[0].abs() <= third && k[1].abs() <= third);
        if rank > 2 * modes.len() {
            let most = 2 * modes.len();
            let expected = format!("at most {most}, which the modes up to the cut {cut} allow that are not stored");
            return Err(Error::invalid(
                "residual rank",
                expected,
                format!("{rank} (raise --residual-cut or lower it)"),
            ));
        }
        let columns = (rank + OVERSAMPLING).min(MAX_RANK).min(2 * modes.len());
        let y = vec![0.0; 2 * modes.len() * columns];
        let random = ChaCha8Rng::seed_from_u64(SEED);
        let mut sketch = Self { encoder, basis, cut, modes, columns, y, random };
        sketch.push(omega)?;
        Ok(sketch)
    }

    /// Adds the next field. `omega` is row-major, `N x N` values.
    ///
    /// # Errors
    /// As [`Encoder::encode`].
    pub fn push(&mut self, omega: &[f64]) -> Result<()> {
        let residual = self.encoder.amplitudes(omega, &self.modes, self.cut)?;
        let mut bits = std::iter::repeat_with(|| self.random.next_u64())
            .flat_map(|word| (0..64).map(move |i| if word >> i & 1 == 1 { 1.0 } else { -1.0 }));
        let signs: Vec<f64> = bits.by_ref().take(self.columns).collect();
        self.y.par_chunks_mut(2 * self.columns).zip(&residual).for_each(|(rows, r)| {
            let (re, im) = rows.split_at_mut(signs.len());
            re.iter_mut().zip(&signs).for_each(|(y, s)| *y += s * r.re);
            im.iter_mut().zip(&signs).for_each(|(y, s)| *y += s * r.im);
        });
        Ok(())
    }

    /// The stored modes with Q beside them, and the encoder.
    ///
    /// # Errors
    /// [`Error::Run`] without memory.
    pub fn finish(self) -> Result<(Encoder, Basis)> {
        let rows = 2 * self.modes.len();
        let q = factor::orthonormal(self.y, rows, self.columns)?;
        let half = std::f64::consts::FRAC_1_SQRT_2;
        let fields = q.as_chunks::<2>().0.iter().map(|p| Complex64::new(p[0], p[1]) * half).collect();
        let residual = ResidualBasis::new(self.modes, fields)?;
        Ok((self.encoder, self.basis.with_residual(Some(Arc::new(residual)))?))
    }
}
