//! How long a state's own motion stays true, with no LES.

use std::time::Instant;

use super::{
    Table, Talk, atoms,
    fields::{Fields, N},
    report::Run,
    representation::floats,
};
use crate::{error::Result, math::nearness};

/// When a forecast starts, and the times it is compared at.
const TIMES: [u32; 4] = [20, 21, 22, 23];
/// Share of N^2 that the start may cost.
const SHARE: f64 = 0.10;

/// One seed.
pub fn measure(seed: u64, fields: &mut Fields, talk: &mut Talk, runs: &mut Vec<Run>) -> Result<()> {
    let truth = fields.at(seed, &TIMES, talk)?;
    let budget = floats(SHARE);
    let later = || TIMES.iter().zip(&truth).skip(1);
    let run = |method, t: u32| Run::new(Table::Forecast, method, seed, f64::from(t - TIMES[0]), N, budget);
    for (t, field) in later() {
        runs.push(Run { floats: Some(N * N), ..run("persistence", *t).near(nearness(&truth[0], field)) });
        talk.row(&runs[runs.len() - 1])?;
    }
    let begun = Instant::now();
    let what = format!("atoms for seed {seed}, t = {}", TIMES[0]);
    let encoded = atoms::encode(fields.place(), &truth[0], N, budget, &mut |share| talk.step(&what, share))?;
    runs.push(Run { seconds: begun.elapsed().as_secs_f64(), ..run("atoms", TIMES[0]).encoded(&encoded) });
    talk.row(&runs[runs.len() - 1])?;

    let mut les = fields.simulate(&encoded.field, N)?;
    for (t, field) in later() {
        let begun = Instant::now();
        fields.advance(&mut les)?;
        let near = nearness(&les.field(), field);
        let seconds = begun.elapsed().as_secs_f64();
        runs.push(Run { floats: Some(encoded.floats), seconds, ..run("LES from the atoms", *t).near(near) });
        talk.row(&runs[runs.len() - 1])?;
    }
    let mut moving = atoms::Moving::start(fields.place(), &encoded, N)?;
    for (t, field) in later() {
        let begun = Instant::now();
        let what = format!("forecast of seed {seed} to +{}", t - TIMES[0]);
        let now = moving.advance(&mut |share| talk.step(&what, share))?;
        let seconds = begun.elapsed().as_secs_f64();
        let row = Run { pieces: now.pieces, vertices: Some(now.vertices), ..run("atoms", *t) };
        let near = nearness(&now.field, field);
        runs.push(Run { atoms: Some(now.atoms), floats: Some(now.floats), seconds, ..row.near(near) });
        talk.row(&runs[runs.len() - 1])?;
    }
    Ok(())
}
