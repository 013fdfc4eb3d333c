//! `dashi-vortex bench scenes`: how long what is watched stays true, beside a fine grid and beside a spectral solver of
//! as many numbers.

mod report;
mod starts;

use std::path::PathBuf;

use crate::{
    cli::{
        backend::Backend, fitting::FittingArgs, params::Given, print, print_json, progress::Progress, remark, signal,
    },
    error::{Error, Result},
    genesis,
    lab::{
        Place,
        scenes::{BUDGET, Case, MOST_ON_CPU, Measure, Row, SIDES, TIMES, of_reference, side_of},
    },
    params::Most,
};
use report::{Against, Report};
use starts::From;

const NOTES: &str = "\
Each case starts as a scene does in the window, at its own settings, a flag of `run` changing what it says.

  live      the state as it runs: Pearson's correlation with the reference, over the reference's nodes, of the atoms
            (refitted, in the middle of a cycle a copy) and z, never of the parcels that carry them; floats are 6 an
            ellipse, 3 + 2V a filament of V vertices, 1 an independent real number of z
  reference the decoded start by pseudo-spectral RK4 on N x N nodes, 2/3 rule, Cs 0, the scene's nu, its steps at
            half of what is stable: in f32 on a hardware GPU, N = 1024, else in f64 on the CPU, N = 256
  spectral  the same equation on |kx|, |ky| <= 21 (1,849 numbers) and 40 (6,561), the start cut likewise, RK4 at
            half its limit, f64 on the CPU
  ceiling   the reference on N/2 nodes against that on N: what the reference knows of itself
  asked     the higher of a figure of the scene (states of up to 6,554 floats) and the correlation of the spectral
            solver of as many floats less 0.001, never above the ceiling less 0.002; nothing of the collapse once
            its cores have touched. What is not met is printed, and changes no exit code
  energy    and enstrophy less those of the reference, percent; below them those of the reference on N/2 nodes, and
            whether ours are within 2 %: nothing is asked where the reference on N/2 nodes is not

Times are of steps alone, without decoding; what a device compiles for them is compiled before, by a step and a refit of
another run. --cost adds the grid solver on other grids with steps at 0.7 of the limit, its error against the reference below the reference's own N, and the N from
which on it takes as long as the state and is as near.

The starts are those that the figures were measured on: a test holds every one of them to its numbers, and a scene
that is built anew leaves its old start here.";

/// Arguments of `bench scenes`.
#[derive(clap::Args)]
#[command(after_help = NOTES)]
pub struct ScenesArgs {
    /// A scene; may be repeated [default: all, unless a file is named]
    #[arg(long, value_name = "NAME")]
    scene: Vec<String>,
    /// A session, for example one with a filament drawn by hand, as a case; may be repeated
    #[arg(long, value_name = "FILE.toml")]
    session: Vec<PathBuf>,
    /// A state file as a case; may be repeated
    #[arg(long, value_name = "FILE")]
    z0_npz: Vec<PathBuf>,
    /// Side of the reference's grid, a power of two [default: 1024 on a hardware GPU, else 256]
    #[arg(long = "n", value_name = "N", value_parser = side)]
    side: Option<usize>,
    /// Times to compare at, rising, in hundredths
    #[arg(long, value_name = "T", value_delimiter = ',', default_values_t = TIMES)]
    times: Vec<f64>,
    /// Floats that a state may have: sets max_atoms to the ellipses that fit beside z [default: as the scene says,
    /// judged at 6554]
    #[arg(long, value_name = "FLOATS")]
    budget: Option<usize>,
    /// Error and cost of the grid solver on these sides, powers of two [default: 128 to 4096, on the CPU to 512]
    #[arg(long, value_name = "N,...", num_args = 0..=1, value_parser = sides)]
    cost: Option<Option<Sides>>,
    /// Where states move: auto takes a hardware GPU where there is one, else the CPU
    #[arg(long, value_enum, default_value = "auto", ignore_case = true)]
    backend: Backend,
    /// Any part of an adapter's name
    #[arg(long, value_name = "NAME")]
    adapter: Option<String>,
    /// End with exit code 4 where no hardware GPU can be used
    #[arg(long)]
    require_gpu: bool,
    /// One JSON object instead of text; rows go to stderr as they come
    #[arg(long)]
    json: bool,
    /// No progress on stderr
    #[arg(long)]
    quiet: bool,
    #[command(flatten)]
    given: Given,
}

fn side(text: &str) -> std::result::Result<usize, String> {
    let n = text.parse().ok().filter(|n: &usize| n.is_power_of_two() && (32..=4096).contains(n));
    n.ok_or_else(|| "expected a power of two from 32 to 4096".into())
}

/// Sides of grids.
#[derive(Clone, Debug)]
struct Sides(Vec<usize>);

fn sides(text: &str) -> std::result::Result<Sides, String> {
    text.split(',').map(side).collect::<std::result::Result<_, _>>().map(Sides)
}

/// What is told on the way.
pub struct Talk<'a> {
    case: &'a str,
    quiet: bool,
    stage: String,
    bar: Option<Progress>,
}

/// Parts of a progress bar.
const PARTS: u64 = 1000;

impl<'a> Talk<'a> {
    /// What is told of a case.
    pub fn new(case: &'a str, quiet: bool) -> Self {
        Self { case, quiet, stage: String::new(), bar: None }
    }

    /// A share of a stage is done.
    ///
    /// # Errors
    /// [`Error::Interrupted`] after Ctrl-C.
    pub fn step(&mut self, stage: &str, share: f64) -> Result<()> {
        if signal::asked_to_stop() {
            return Err(Error::Interrupted("the measurement is not complete".into()));
        }
        if self.stage != stage {
            self.bar = Some(Progress::new("scenes", PARTS, self.quiet));
            self.stage = stage.into();
        }
        let done = (share.clamp(0.0, 1.0) * PARTS as f64) as u64;
        if let Some(bar) = &mut self.bar {
            bar.at(done, || format!("{}: {stage}", self.case));
        }
        Ok(())
    }
}

/// Measures.
///
/// # Errors
/// Anything of [`Error`]; a state whose motion ends before the last time is part of the table.
pub fn scenes(args: &ScenesArgs) -> Result<()> {
    let times = &args.times;
    let hundredths = |t: f64| (100.0 * t - (100.0 * t).round()).abs() < 1e-6;
    let fits = |t: &f64| (0.01..=1000.0).contains(t) && hundredths(*t);
    if times.is_empty() || !times.iter().all(fits) || times.windows(2).any(|w| w[0] >= w[1]) {
        let found = times.iter().map(|t| t.to_string()).collect::<Vec<_>>().join(",");
        return Err(Error::Usage(format!(
            "--times {found}: expected rising times from 0.01 to 1000 in hundredths, for example 1,2,4,8"
        )));
    }
    let mut cases = chosen(args)?;
    signal::watch(|| ())?;
    let fitting = FittingArgs { backend: args.backend, adapter: args.adapter.clone(), require_gpu: args.require_gpu };
    let place = fitting.place()?;
    let solver = of_reference(&place);
    if !matches!(solver, Place::Cpu) {
        // As a window has it there.
        let auto = cases.iter_mut().filter(|case| case.params.parcels == Most::Auto);
        auto.for_each(|case| case.params.parcels = Most::Side(512));
    }
    let mut report = empty(args, &place, &solver);
    if !args.json {
        print(&report.head())?;
    }
    for case in &cases {
        let row = match measure(case, args, &place, &solver, report.reference.N) {
            Ok(row) => row,
            // One case that cannot be measured says so and leaves the others alone.
            Err(Error::Run(why)) => {
                let why = format!("{}: {why}", case.name);
                remark(&format!("warning: left out: {why}"));
                report.left_out.push(why);
                continue;
            }
            Err(error) => return Err(error),
        };
        match (args.json, args.quiet) {
            (false, _) => print(&row.text())?,
            (true, false) => remark(row.text().trim_end()),
            (true, true) => {}
        }
        report.rows.push(row);
    }
    if args.json { print_json(&report) } else { Ok(()) }
}

/// Every case, opened before the first one runs.
fn chosen(args: &ScenesArgs) -> Result<Vec<Case>> {
    let mut from: Vec<From> = args.scene.iter().cloned().map(From::Scene).collect();
    if from.is_empty() && args.session.is_empty() && args.z0_npz.is_empty() {
        from.extend(genesis::scenes().iter().map(|scene| From::Scene(scene.name.into())));
    }
    from.extend(args.session.iter().cloned().map(From::Session));
    from.extend(args.z0_npz.iter().cloned().map(From::State));
    from.iter().map(|from| from.open(&args.given, args.budget)).collect()
}

fn empty(args: &ScenesArgs, place: &Place, solver: &Place) -> Report {
    let on_device = !matches!(solver, Place::Cpu);
    let (adapter, driver, software_adapter) = match place {
        Place::Cpu => (None, None, None),
        #[cfg(feature = "gpu")]
        Place::Device(context) => {
            let report = &context.report;
            let driver = format!("{} {} ({})", report.driver, report.driver_info, report.backend);
            (Some(report.name.clone()), Some(driver), Some(report.software))
        }
    };
    Report {
        bench: "scenes",
        adapter,
        driver,
        software_adapter,
        threads: rayon::current_num_threads(),
        reference: Against {
            N: args.side.unwrap_or_else(|| side_of(solver)),
            scheme: "rk4",
            dtype: if on_device { "f32" } else { "f64" },
            place: solver.name(),
        },
        times: args.times.clone(),
        budget: args.budget.unwrap_or(BUDGET),
        rows: vec![],
        left_out: vec![],
    }
}

/// Measures one case.
fn measure(case: &Case, args: &ScenesArgs, place: &Place, solver: &Place, n: usize) -> Result<Row> {
    let mut talk = Talk::new(&case.name, args.quiet);
    let most = if matches!(solver, Place::Cpu) { MOST_ON_CPU } else { usize::MAX };
    let usual = || SIDES.iter().copied().filter(|side| *side <= most).collect();
    let cost = args.cost.as_ref().map(|sides| sides.as_ref().map_or_else(usual, |sides| sides.0.clone()));
    let budget = args.budget.unwrap_or(BUDGET);
    Measure { times: &args.times, budget, place, solver, n, cost }
        .row(case, &mut |stage, share| talk.step(stage, share))
}

#[cfg(test)]
mod tests;
