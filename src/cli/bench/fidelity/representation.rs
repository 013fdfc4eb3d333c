//! How much of a field a budget keeps, at two times and two budgets, in three languages.

use std::time::Instant;

use super::{
    Table, Talk, atoms,
    fields::{Fields, N, floats},
    run::Run,
};
use crate::{error::Result, math::nearness, spectral::sparse};

/// Times of the fields.
const TIMES: [u32; 2] = [6, 24];
/// Budgets as shares of N^2.
const BUDGETS: [f64; 2] = [0.03, 0.10];

/// Keeps the largest coefficients of an `n x n` field that so many floats pay for, and decodes them.
type Sparse = fn(&[f64], usize, usize) -> Result<Vec<f64>>;

/// One seed.
///
/// # Errors
/// [`crate::Error::Interrupted`] after Ctrl-C, and what the encoder, the LES or a file of fields refuses.
pub fn measure(seed: u64, fields: &mut Fields, talk: &mut Talk, runs: &mut Vec<Run>) -> Result<()> {
    for (t, omega) in TIMES.iter().zip(fields.at(seed, &TIMES, talk)?) {
        for share in BUDGETS {
            let budget = floats(share);
            let run = |method| Run::new(Table::Representation, method, seed, f64::from(*t), N, budget);
            let known: [(&str, Sparse); 2] = [("Fourier", sparse::fourier), ("db6 wavelets", sparse::wavelets)];
            for (method, keep) in known {
                let begun = Instant::now();
                let near = nearness(&keep(&omega, N, budget)?, &omega);
                runs.push(Run {
                    floats: Some(budget),
                    seconds: Some(begun.elapsed().as_secs_f64()),
                    ..run(method).near(near)
                });
                talk.row(&runs[runs.len() - 1])?;
            }
            let begun = Instant::now();
            let what = format!("atoms for seed {seed}, t = {t}, {:.0} %", 100.0 * share);
            let encoded = atoms::encode(fields.place(), &omega, N, budget, &mut |share| talk.step(&what, share))?;
            runs.push(Run { seconds: Some(begun.elapsed().as_secs_f64()), ..run("atoms").encoded(&encoded) });
            talk.row(&runs[runs.len() - 1])?;
        }
    }
    Ok(())
}
