//! `dashi-vortex validate`: the laboratory's cases, which compare what the program computes with what is known.

use std::path::PathBuf;

use super::{
    backend::{self, Backend},
    les::SchemeName,
    print, print_json,
    progress::Progress,
    remark, signal,
};
use crate::{
    error::{Error, Result},
    io::propagator_file::read_propagator,
    lab::{self, CASES, Case, Lowk, Place, Report, Setup, table},
};

const NOTES: &str = "\
Rows without a threshold are reported only. Exit code 3 when a verdict fails.
--backend gpu moves the atoms and modes of the cases that say so on a device; the others run on the CPU
in any case. --N, --steps and --A-npz are those of lowk: one random field is encoded, the galerkin kernel
(and A, if given) carries the encoding forward, the LES carries the field. Its verdicts stand on the
galerkin kernel: energy of the low modes within 12 %, correlation at least 0.97 after 100 steps and 0.8
after 200. The kernel has neither the modes above its cut nor an eddy viscosity, so the outer shells
gather energy; they are printed, not judged.";

/// Arguments of `validate`.
#[derive(clap::Args)]
#[command(after_help = notes())]
pub struct ValidateArgs {
    /// Which cases; all if none is named
    #[arg(value_name = "CASE", value_parser = known)]
    cases: Vec<&'static Case>,
    /// List the cases and run none
    #[arg(long)]
    list: bool,
    /// Coarser searches and shorter runs where a case takes long
    #[arg(long)]
    quick: bool,
    /// Where atoms and modes move: cpu (f64), gpu, or auto, the CPU
    #[arg(long, value_enum, default_value = "cpu", value_name = "BACKEND")]
    backend: Backend,
    /// Any part of an adapter's name
    #[arg(long, value_name = "NAME")]
    adapter: Option<String>,
    /// Refuse to run without a GPU; software adapters do not count
    #[arg(long)]
    require_gpu: bool,
    /// Sides of the LES grid of lowk [default: 64 and 128]
    #[arg(long = "N", value_name = "N")]
    n: Vec<usize>,
    /// Steps of 0.01 of lowk
    #[arg(long, value_name = "COUNT", default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    steps: u64,
    /// Seed of the random fields
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Time scheme of every LES; rk2 for the figures of an earlier version
    #[arg(long, value_enum, value_name = "SCHEME", default_value = "rk4", ignore_case = true)]
    les_scheme: SchemeName,
    /// A linear kernel for lowk to report on too
    #[arg(long = "A-npz", value_name = "FILE")]
    a_npz: Option<PathBuf>,
    /// No progress on stderr
    #[arg(long)]
    quiet: bool,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
}

/// The cases in the order they run, and [`NOTES`].
fn notes() -> String {
    let line = |case: &Case| {
        let on = if case.on_device { "; also on a device" } else { "" };
        format!("  {:<17} {}\n  {:<17} ({}{on})\n", case.name, case.about, "", case.cost)
    };
    format!("Cases (times on two CPU cores):\n{}\n{NOTES}", CASES.iter().map(line).collect::<String>())
}

fn known(name: &str) -> std::result::Result<&'static Case, String> {
    lab::case(name).map_err(|error| error.to_string())
}

/// A case in a list.
#[derive(serde::Serialize)]
struct Listed {
    name: &'static str,
    title: &'static str,
    about: &'static str,
    cost: &'static str,
    on_device: bool,
}

/// Everything `validate` prints as JSON.
#[derive(serde::Serialize)]
struct Whole {
    cases: Vec<Report>,
    passed: bool,
}

/// Runs the cases.
///
/// # Errors
/// `CheckFailed` when a verdict fails, or whatever a case meets.
pub fn validate(args: &ValidateArgs) -> Result<()> {
    let all: Vec<&Case> = CASES.iter().collect();
    let chosen = if args.cases.is_empty() { &all } else { &args.cases };
    if args.list {
        return list(chosen, args.json);
    }
    signal::watch(|| ())?;
    let a = args.a_npz.as_ref().map(|path| read_propagator(path)).transpose()?;
    let sides = if args.n.is_empty() { Lowk::default().sides } else { args.n.clone() };
    let lowk = Lowk { sides, steps: args.steps, a };
    let setup = Setup { place: place(args)?, quick: args.quick, seed: args.seed, scheme: args.les_scheme.into(), lowk };
    let mut cases = vec![];
    for case in chosen {
        let report = run(case, &setup, args.quiet)?;
        if !args.json {
            let heading = format!("{} on {}, {:.1} s: {}\n", case.name, report.on, report.seconds, case.about);
            print(&format!("{heading}{}{}\n", report.text, table(&report.rows)))?;
        }
        cases.push(report);
    }
    let rows = || cases.iter().flat_map(|report| report.rows.iter().map(move |row| (report.case, row)));
    let failed: Vec<String> = rows()
        .filter(|(_, row)| row.passed == Some(false))
        .map(|(case, row)| format!("{case}: {}", row.name.trim()))
        .collect();
    let judged = rows().filter(|(_, row)| row.passed.is_some()).count();
    if args.json {
        print_json(&Whole { passed: failed.is_empty(), cases })?;
    } else if failed.is_empty() {
        print(&format!("{judged} of {judged} verdicts are ok\n"))?;
    }
    match failed.as_slice() {
        [] => Ok(()),
        names => Err(Error::CheckFailed(format!("{} of {judged} verdicts failed: {}", names.len(), names.join("; ")))),
    }
}

/// One case with its progress in percent.
fn run(case: &Case, setup: &Setup, quiet: bool) -> Result<Report> {
    let mut progress = Progress::new(case.name, 100, quiet);
    case.run(setup, &mut |share| {
        progress.at((100.0 * share) as u64, || format!("% of {}", case.name));
        !signal::asked_to_stop()
    })
}

fn list(cases: &[&Case], json: bool) -> Result<()> {
    let listed = |case: &&Case| {
        let Case { name, title, about, cost, on_device, .. } = **case;
        Listed { name, title, about, cost, on_device }
    };
    let listed: Vec<Listed> = cases.iter().map(listed).collect();
    match json {
        true => print_json(&listed),
        false => {
            print(&listed.iter().map(|c| format!("{:<17} {:<22} {}\n", c.name, c.cost, c.about)).collect::<String>())
        }
    }
}

/// Where the atoms move.
fn place(args: &ValidateArgs) -> Result<Place> {
    let wanted = args.backend == Backend::Gpu || args.require_gpu || args.adapter.is_some();
    if !wanted {
        return Ok(Place::Cpu);
    }
    match backend::place(args.adapter.as_deref(), args.require_gpu) {
        Err(Error::NoGpu(why)) if !args.require_gpu => {
            remark(&format!("error: no suitable GPU, so the cases run on the CPU: {why}"));
            Ok(Place::Cpu)
        }
        place => place,
    }
}
