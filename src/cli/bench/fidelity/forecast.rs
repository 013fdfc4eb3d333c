//! How long a state's own motion stays true, with no LES.

use std::time::Instant;

use super::{
    Table, Talk, atoms,
    fields::{CS, Fields, N, NU, floats},
    run::Run,
};
use crate::{
    cli::signal,
    error::{Error, Result},
    math::nearness,
    spectral::equal_floats::{CUTS, EqualFloats, Options},
};

/// When forecasts start.
pub const STARTS: [u32; 2] = [6, 20];
/// Shares of N^2 that a start may cost, and the largest wavenumber of the LES of as many numbers.
pub const BUDGETS: [(f64, usize); 2] = [(0.03, CUTS[0]), (0.10, CUTS[1])];
/// How far ahead they are compared.
pub const AHEAD: [u32; 3] = [1, 2, 3];

/// One seed.
///
/// # Errors
/// [`Error::Interrupted`] after Ctrl-C, and what the encoder, the LES or a file of fields refuses.
pub fn measure(seed: u64, fields: &mut Fields, talk: &mut Talk, runs: &mut Vec<Run>) -> Result<()> {
    for from in STARTS {
        let times: Vec<u32> = [0].iter().chain(&AHEAD).map(|ahead| from + ahead).collect();
        let truth = fields.at(seed, &times, talk)?;
        for (share, cut) in BUDGETS {
            Cell { seed, from, budget: floats(share), cut, truth: &truth }.measure(fields, talk, runs)?;
        }
    }
    Ok(())
}

/// One start at one budget.
struct Cell<'a> {
    seed: u64,
    from: u32,
    budget: usize,
    cut: usize,
    /// The field at the start and at each time of [`AHEAD`].
    truth: &'a [Vec<f64>],
}

impl Cell<'_> {
    fn run(&self, method: &'static str, ahead: u32) -> Run {
        let run = Run::new(Table::Forecast, method, self.seed, f64::from(ahead), N, self.budget);
        Run { from: Some(f64::from(self.from)), ..run }
    }

    fn later(&self) -> impl Iterator<Item = (u32, &Vec<f64>)> {
        AHEAD.iter().copied().zip(&self.truth[1..])
    }

    fn measure(&self, fields: &mut Fields, talk: &mut Talk, runs: &mut Vec<Run>) -> Result<()> {
        let start = &self.truth[0];
        let mut put = |run: Run, talk: &mut Talk| {
            let told = talk.row(&run);
            runs.push(run);
            told
        };
        for (ahead, field) in self.later() {
            let near = nearness(start, field);
            put(Run { floats: Some(N * N), ..self.run("persistence", ahead).near(near) }, talk)?;
        }
        let begun = Instant::now();
        let what = format!("atoms for seed {}, t = {}", self.seed, self.from);
        let encoded = atoms::encode(fields.place(), start, N, self.budget, &mut |share| talk.step(&what, share))?;
        let device = Some(fields.device());
        let seconds = Some(begun.elapsed().as_secs_f64());
        put(Run { seconds, device, ..self.run("atoms", 0).encoded(&encoded) }, talk)?;

        let mut les = fields.simulate(&encoded.field, N)?;
        for (ahead, field) in self.later() {
            let begun = Instant::now();
            fields.advance(&mut les)?;
            let seconds = Some(begun.elapsed().as_secs_f64());
            let near = nearness(&les.field(), field);
            let row = Run { floats: Some(encoded.floats), seconds, ..self.run("LES from the atoms", ahead) };
            put(Run { device: Some("cpu"), ..row.near(near) }, talk)?;
        }
        let options = Options { cut: self.cut, nu: NU, cs: CS };
        let mut peer = EqualFloats::new(&options, start, N)?;
        for (ahead, field) in self.later() {
            let begun = Instant::now();
            peer.advance(f64::from(ahead), &mut |_| match signal::asked_to_stop() {
                true => Err(Error::Interrupted("the measurement is not complete".into())),
                false => Ok(()),
            })?;
            let seconds = Some(begun.elapsed().as_secs_f64());
            let near = nearness(&peer.field(N), field);
            let row = Run { floats: Some(options.floats()), seconds, ..self.run(EQUAL_FLOATS, ahead) };
            put(Run { device: Some("cpu"), ..row.near(near) }, talk)?;
        }
        let mut moving = atoms::Moving::start(fields.place(), &encoded, N)?;
        for (ahead, field) in self.later() {
            let begun = Instant::now();
            let what = format!("forecast of seed {} from {} to +{ahead}", self.seed, self.from);
            let now = moving.advance(&mut |share| talk.step(&what, share))?;
            let seconds = Some(begun.elapsed().as_secs_f64());
            let row = Run { pieces: now.pieces, vertices: Some(now.vertices), ..self.run("atoms", ahead) };
            let near = nearness(&now.field, field);
            let row = Run { atoms: Some(now.atoms), floats: Some(now.floats), ..row.near(near) };
            put(Run { seconds, device, ..row }, talk)?;
        }
        Ok(())
    }
}

/// The LES of as many numbers, as rows name it.
pub const EQUAL_FLOATS: &str = "equal-floats LES";
