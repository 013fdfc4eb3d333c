//! `check --velocity --evolved STEPS`: decode and velocities of states that have run, device against CPU in f64.

use super::CheckArgs;
use crate::{
    cli::{print, print_json, remark},
    error::{Error, Result},
    gpu::Context,
    params::Params,
    sim::parity::{Evolved, evolved},
    state::State,
};

/// A state under its name, and what was compared in it.
#[derive(serde::Serialize)]
struct Named {
    state: String,
    #[serde(flatten)]
    found: Evolved,
}

/// Everything it prints as JSON.
#[derive(serde::Serialize)]
struct Whole {
    adapter: String,
    steps: u64,
    states: Vec<Named>,
    /// States whose run ended early, and why.
    ended: Vec<(String, String)>,
    passed: bool,
}

/// Runs the states on the device and compares.
///
/// # Errors
/// `NoGpu` without a device, `CheckFailed` when a row lies outside its tolerance or a run ends early.
pub fn check(args: &CheckArgs, steps: u64, states: &[(String, State, Params)]) -> Result<()> {
    let context = Context::headless(args.adapter.as_deref())?;
    let mut whole = Whole { adapter: context.report.label(), steps, states: vec![], ended: vec![], passed: true };
    for (name, state, params) in states {
        if !args.json {
            remark(&format!("{name}: {steps} steps"));
        }
        match evolved(&context, state, params, steps) {
            Ok(found) => whole.states.push(Named { state: name.clone(), found }),
            // The others are compared all the same.
            Err(error @ Error::Run(_)) => whole.ended.push((name.clone(), error.to_string())),
            Err(error) => return Err(error),
        }
    }
    let rows = || whole.states.iter().flat_map(|s| s.found.rows.iter().map(move |row| (&s.state, row)));
    let differ = rows().filter(|(_, r)| !r.passed).map(|(s, r)| format!("{s}: {} differs", r.name));
    let ended = whole.ended.iter().map(|(state, why)| format!("{state} ended early, {why}"));
    let failed: Vec<String> = differ.chain(ended).collect();
    whole.passed = failed.is_empty();
    if args.json {
        print_json(&whole)?
    } else {
        print(&text(&whole))?
    }
    if whole.passed {
        return Ok(());
    }
    Err(Error::CheckFailed(format!("device against CPU after {steps} steps: {}", failed.join("; "))))
}

fn text(whole: &Whole) -> String {
    let mut text = format!(
        "device against CPU f64 after {} steps, errors over the largest value\ndevice   {}\n\n\
         {:<20} {:<30} {:>9} {:>9} {:>9} {:>9} {:>9}  verdict\n",
        whole.steps, whole.adapter, "state", "what", "vertices", "nodes", "compared", "error", "tolerance"
    );
    for Named { state, found } in &whole.states {
        for r in &found.rows {
            text += &format!(
                "{state:<20} {:<30} {:>9} {:>9} {:>9} {:>9} {:>9}  {}\n",
                r.name,
                found.vertices,
                found.blobs,
                r.count,
                format!("{:.1e}", r.gpu),
                format!("{:.0e}", r.tolerance),
                if r.passed { "ok" } else { "FAILED" }
            );
        }
    }
    for (state, why) in &whole.ended {
        text += &format!("{state:<20} ended early: {why}\n");
    }
    text
}
