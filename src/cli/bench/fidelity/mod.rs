//! `dashi-vortex bench fidelity`: how much of a field a state keeps, and how long its flow stays true.

mod atoms;
mod cell;
mod fields;
mod forecast;
mod growth;
mod report;
mod representation;
mod run;

use std::path::PathBuf;

use crate::{
    cli::{fitting::FittingArgs, les::SchemeName, progress::Progress, remark, signal},
    error::{Error, Result},
    spectral::les::LesScheme,
};
use fields::Fields;
use report::Report;
use run::Run;

const NOTES: &str = "\
Fields: decaying turbulence made here, N = 256, nu = 5e-5, Cs = 0.17, a random field with spectrum factor
exp(-((k - 6)/2.1)^2) and rms vorticity 3, by an LES with steps of 0.01 (0.0025 under rk2, whose midpoint
rule is not stable for this field with 0.01). --cache keeps them between runs.

  representation   relL2 of a field at t = 6 (young, filaments) and t = 24 (coherent vortices) from 3 % and
                   10 % of N^2 floats: the largest Fourier modes (3 floats each), the largest coefficients
                   of the periodic db6 wavelet transform (2 each), atoms and background (6 an ellipse, 1 an
                   independent real number of the background)
  forecast         fields at t = 6 and t = 20 as atoms (3 % and 10 %), carried on without an LES; correlation
                   with the true field at +1, +2, +3. Beside it the encoded field carried on by the LES (all
                   that the encoding allows), the field at the start itself (persistence), and an LES of as
                   many numbers (equal floats): the modes |kx|, |ky| <= 21 (1,849 numbers, beside 3 %) or 40
                   (6,561, beside 10 %) of the field at the start, Cs = 0.17 with Delta = 2 pi/68 or 2 pi/124,
                   by RK4 at half its limit. s is seconds for one unit of time: \"LES from the atoms\" takes
                   what the LES that made the fields takes, on the CPU; equal floats f64 on the CPU
  growth           a state of 654, 2,000 and 6,554 floats of one physical field on N = 256 to 2048 nodes:
                   beyond N = 512 relL2 may change by 2 %

Thresholds hold for the median of the seeds; \"better than Fourier and wavelets\" and \"above equal floats\" for
every seed. A missed one
ends the command with exit code 3.";

/// Arguments of `bench fidelity`.
#[derive(clap::Args)]
#[command(after_help = NOTES)]
pub struct FidelityArgs {
    /// How many fields: seeds 0, 1, ...
    #[arg(long, value_name = "COUNT", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=100))]
    seeds: u64,
    /// One table instead of all three
    #[arg(long, value_enum)]
    only: Option<Table>,
    /// Time scheme of the LES; rk2 for the figures of an earlier version
    #[arg(long, value_enum, value_name = "SCHEME", default_value = "rk4", ignore_case = true)]
    les_scheme: SchemeName,
    /// Folder that keeps the fields of the LES between runs (created if missing)
    #[arg(long, value_name = "FOLDER")]
    cache: Option<PathBuf>,
    /// One JSON object instead of text; rows go to stderr as they come
    #[arg(long)]
    json: bool,
    /// No progress on stderr
    #[arg(long)]
    quiet: bool,
    #[command(flatten)]
    fitting: FittingArgs,
}

/// A table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Table {
    /// relL2 at a budget
    Representation,
    /// Correlation with no LES
    Forecast,
    /// Fixed state, growing N
    Growth,
}

/// What is told on the way.
pub struct Talk {
    json: bool,
    quiet: bool,
    stage: String,
    bar: Option<Progress>,
}

/// Parts of a progress bar.
const PARTS: u64 = 1000;

impl Talk {
    /// A share of a stage is done.
    ///
    /// # Errors
    /// [`Error::Interrupted`] after Ctrl-C.
    pub fn step(&mut self, stage: &str, share: f64) -> Result<()> {
        if signal::asked_to_stop() {
            return Err(Error::Interrupted("the measurement is not complete".into()));
        }
        if self.stage != stage {
            self.bar = Some(Progress::new("fidelity", PARTS, self.quiet));
            self.stage = stage.into();
        }
        let done = (share.clamp(0.0, 1.0) * PARTS as f64) as u64;
        if let Some(bar) = &mut self.bar {
            bar.at(done, || stage.to_owned());
        }
        Ok(())
    }

    /// A row is there: on stdout as text, on stderr beside a JSON object.
    fn row(&mut self, run: &Run) -> Result<()> {
        self.bar = None;
        self.stage.clear();
        match (self.json, self.quiet) {
            (false, _) => crate::cli::print(&format!("{}\n", run.line())),
            (true, false) => {
                remark(&run.line());
                Ok(())
            }
            (true, true) => Ok(()),
        }
    }
}

/// Measures.
///
/// # Errors
/// `CheckFailed` when a threshold is missed, or whatever a table meets.
pub fn fidelity(args: &FidelityArgs) -> Result<()> {
    signal::watch(|| ())?;
    let place = args.fitting.place()?;
    let where_fitted = place.name();
    let mut fields = Fields::new(args.cache.as_deref(), place, args.les_scheme.into())?;
    let mut talk = Talk { json: args.json, quiet: args.quiet, stage: String::new(), bar: None };
    if !args.json {
        crate::cli::print(&Run::head())?;
    }
    let mut report =
        Report { fitted_on: where_fitted, les_scheme: LesScheme::from(args.les_scheme).name(), ..Report::default() };
    let wanted = |table| args.only.is_none_or(|only| only == table);
    let tables = [
        (Table::Representation, representation::measure as Measure),
        (Table::Forecast, forecast::measure),
        (Table::Growth, growth::measure),
    ];
    for seed in 0..args.seeds {
        for (_, measure) in tables.iter().filter(|(table, _)| wanted(*table)) {
            measure(seed, &mut fields, &mut talk, &mut report.runs)?;
        }
    }
    report.judge(args.seeds);
    if args.json {
        crate::cli::print_json(&report)?;
    } else {
        crate::cli::print(&report.text())?;
    }
    report.verdict()
}

/// Fills one table for one seed.
type Measure = fn(u64, &mut Fields, &mut Talk, &mut Vec<Run>) -> Result<()>;
