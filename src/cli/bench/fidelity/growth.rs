//! A state of fixed size on growing grids: quality must settle.

use std::time::Instant;

use super::{
    Table, Talk, atoms,
    fields::{Fields, N, YOUNG_N},
    run::Run,
};
use crate::{error::Result, spectral::sparse::resampled};

/// Sizes of the state.
pub const FLOATS: [usize; 3] = [654, 2000, 6554];
/// Sides of the grids.
const SIDES: [usize; 4] = [256, 512, 1024, 2048];
/// Time of the mature field.
const TIME: u32 = 24;
/// Time of the young field.
const YOUNG_TIME: f64 = 0.3;

/// One seed.
///
/// # Errors
/// [`crate::Error::Interrupted`] after Ctrl-C, and what the encoder, the LES or a file of fields refuses.
pub fn measure(seed: u64, fields: &mut Fields, talk: &mut Talk, runs: &mut Vec<Run>) -> Result<()> {
    let mature = fields.at(seed, &[TIME], talk)?.swap_remove(0);
    let young = fields.young(seed, talk)?;
    for (omega, side, t) in [(mature, N, f64::from(TIME)), (young, YOUNG_N, YOUNG_TIME)] {
        for n in SIDES {
            let field = if n == side { omega.clone() } else { resampled(&omega, side, n)? };
            for floats in FLOATS {
                let begun = Instant::now();
                let what = format!("{floats} floats of seed {seed}, t = {t}, N = {n}");
                let encoded = atoms::encode(fields.place(), &field, n, floats, &mut |share| talk.step(&what, share))?;
                let run = Run::new(Table::Growth, "atoms", seed, t, n, floats).encoded(&encoded);
                runs.push(Run { seconds: Some(begun.elapsed().as_secs_f64()), ..run });
                talk.row(&runs[runs.len() - 1])?;
            }
        }
    }
    Ok(())
}
