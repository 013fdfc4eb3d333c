//! `dashi-vortex validate`: named cases that compare what the program computes with a reference.

mod lowk;

use super::{print, print_json};
use crate::error::{Error, Result};

const NOTES: &str = "\
Cases:
  lowk   the kernels without an LES against the LES they replace: one random field is encoded, the
         galerkin kernel (and A, if given) carries the encoding forward, the LES carries the field. Shells
         of energy |k| <= k_cut at the end, and over time the correlation of the low modes. Verdicts on
         the galerkin kernel: their energy within 12 %, their correlation at least 0.97 after 100 steps
         and 0.8 after 200. The kernel has neither the modes above its cut nor an eddy viscosity, so
         the outer shells gather energy; they are printed, not judged.

Rows without a threshold are reported only.";

/// Arguments of `validate`.
#[derive(clap::Args)]
#[command(after_help = NOTES)]
pub struct ValidateArgs {
    /// Which cases; all if none is named
    #[arg(value_name = "CASE", value_parser = known)]
    cases: Vec<&'static Case>,
    /// Sides of the LES grid [default: 64 and 128]
    #[arg(long = "N", value_name = "N")]
    n: Vec<usize>,
    /// Steps of 0.01
    #[arg(long, value_name = "COUNT", default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    steps: u64,
    /// Seed of the field
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// A linear kernel to report on too
    #[arg(long = "A-npz", value_name = "FILE")]
    a_npz: Option<std::path::PathBuf>,
    /// No progress on stderr
    #[arg(long)]
    quiet: bool,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
}

/// A named comparison.
#[derive(Debug)]
struct Case {
    name: &'static str,
    run: fn(&ValidateArgs) -> Result<Report>,
}

/// Every case, in the order they run.
static CASES: &[Case] = &[Case { name: "lowk", run: lowk::lowk }];

fn known(name: &str) -> std::result::Result<&'static Case, String> {
    let names = || CASES.iter().map(|case| case.name).collect::<Vec<_>>().join(", ");
    CASES.iter().find(|case| case.name == name).ok_or_else(|| format!("expected one of {}", names()))
}

/// What a case found.
#[derive(serde::Serialize)]
struct Report {
    case: &'static str,
    rows: Vec<Row>,
    /// Numbers behind the rows.
    details: serde_json::Value,
    /// The same for people.
    #[serde(skip)]
    text: String,
}

/// One number and what is asked of it.
#[derive(Clone, Debug, serde::Serialize)]
struct Row {
    name: String,
    expected: Option<f64>,
    measured: f64,
    /// Distance from what is expected, in the measure of the threshold.
    error: Option<f64>,
    /// Largest error; `None` where there is no verdict.
    threshold: Option<f64>,
    passed: Option<bool>,
}

impl Row {
    /// `|measured - expected|` may be at most `threshold`, relative to `expected` if that is asked for.
    fn judged(name: String, expected: f64, measured: f64, threshold: f64, relative: bool) -> Self {
        let scale = if relative { expected.abs() } else { 1.0 };
        let error = (measured - expected).abs() / scale;
        let passed = Some(error <= threshold);
        Self { name, expected: Some(expected), measured, error: Some(error), threshold: Some(threshold), passed }
    }

    /// A number without a verdict.
    fn reported(name: String, measured: f64) -> Self {
        Self { name, expected: None, measured, error: None, threshold: None, passed: None }
    }
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
    super::signal::watch()?;
    let all: Vec<&Case> = CASES.iter().collect();
    let chosen = if args.cases.is_empty() { &all } else { &args.cases };
    let cases = chosen.iter().map(|case| (case.run)(args)).collect::<Result<Vec<_>>>()?;
    let rows = || cases.iter().flat_map(|case| &case.rows);
    let failed: Vec<String> = rows().filter(|row| row.passed == Some(false)).map(|row| row.name.clone()).collect();
    let judged = rows().filter(|row| row.passed.is_some()).count();
    let whole = Whole { passed: failed.is_empty(), cases };
    if args.json {
        print_json(&whole)?;
    } else {
        let text: String = whole.cases.iter().map(|case| format!("{}\n{}", case.text, table(&case.rows))).collect();
        print(&text)?;
    }
    match failed.as_slice() {
        [] => Ok(()),
        names => Err(Error::CheckFailed(format!("{} of {judged} verdicts failed: {}", names.len(), names.join("; ")))),
    }
}

fn table(rows: &[Row]) -> String {
    let number = |x: Option<f64>| x.map_or("-".into(), |x| format!("{x:.4}"));
    let line =
        |a: &str, b: &str, c: &str, d: &str, e: &str, f: &str| format!("{a:<48} {b:>9} {c:>9} {d:>8} {e:>9}  {f}\n");
    let mut text = line("row", "expected", "measured", "error", "threshold", "verdict");
    for row in rows {
        let verdict = match row.passed {
            None => "reported",
            Some(true) => "ok",
            Some(false) => "FAILED",
        };
        let measured = number(Some(row.measured));
        text += &line(&row.name, &number(row.expected), &measured, &number(row.error), &number(row.threshold), verdict);
    }
    text
}
