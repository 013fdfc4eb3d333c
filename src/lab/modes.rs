//! Backgrounds and grids that cases start from.

use crate::{
    error::{Error, Result},
    math::{BOX, Complex64},
    spectral::Les,
    state::{Atoms, Background, Basis, Meta, State},
};

use super::Job;

/// A background of given low modes, `-k` included, as a state.
///
/// # Errors
/// [`Error::Invalid`] for a wave that `k_cut` does not keep.
pub fn waves(k_cut: u32, waves: &[([i32; 2], Complex64)]) -> Result<State> {
    let basis = Basis::new(k_cut, k_cut.max(12), 0, vec![])?;
    let m = basis.low().len();
    let mut z = vec![0.0; basis.dimension()];
    for (k, c) in waves {
        for (k, c) in [(*k, *c), ([-k[0], -k[1]], c.conj())] {
            let missing = || Error::invalid("wave of a case", format!("|k| <= {k_cut}"), format!("{k:?}"));
            let i = basis.low().iter().position(|l| *l == k).ok_or_else(missing)?;
            (z[i], z[m + i]) = (c.re, c.im);
        }
    }
    Ok(State::new(Atoms::default(), Background::from_z(basis, &z)?, Meta::default()))
}

/// A function on the `n x n` grid of the box, row 0 at the bottom.
pub fn grid(n: usize, f: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let x = |i: usize| BOX * i as f64 / n as f64;
    (0..n * n).map(|cell| f(x(cell % n), x(cell / n))).collect()
}

/// Steps of an LES, told every few.
///
/// # Errors
/// [`Error::Run`] where a step is not stable; what the listener returns.
pub fn march(job: &mut Job, les: &mut Les, steps: u64) -> Result<()> {
    for i in 1..=steps {
        les.step()?;
        if i.is_multiple_of(5) || i == steps {
            job.tell(i as f64 / steps as f64)?;
        }
    }
    Ok(())
}
