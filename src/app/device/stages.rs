//! What ran where: the register of stages beside what this session compiled and timed.

use crate::{
    app::{
        device::Device,
        model::{AdapterRow, CaseState, Model, StageRow},
    },
    gpu::{Context, Stage},
};

/// What a stage of the register that was compiled and never launched says.
const IDLE: &str = "not run yet";

/// Stages of the register that were compiled here, in its order, and what the CPU has done so far.
pub(crate) fn rows(device: &Device, model: &Model) -> Vec<StageRow> {
    let context = device.context();
    let place = if context.report.software { "software" } else { "GPU" };
    let compiled = context.compiled();
    let row = |stage: Stage| {
        // The canvas draws with its own pipelines in every frame.
        let drawn = stage.name.starts_with("render_") && stage.name != "render_upload";
        if !drawn && !compiled.iter().any(|name| name == stage.name) {
            return None;
        }
        let seen = device.main.sim.probes().passes_so_far().iter().find(|pass| pass.label == stage.name);
        let idle = !drawn && context.report.timestamps && seen.is_none();
        Some(StageRow {
            name: stage.name.into(),
            title: stage.title(),
            place: if idle { IDLE } else { place }.into(),
            ms: seen.and_then(|pass| pass.ms),
        })
    };
    let mut rows: Vec<StageRow> = Stage::all().filter_map(row).collect();
    rows.push(StageRow { name: "panels".into(), title: "Panels, by egui".into(), place: place.into(), ms: None });
    rows.extend(on_cpu(model));
    rows
}

/// Work of threads that has been done.
fn on_cpu(model: &Model) -> impl Iterator<Item = StageRow> {
    let pass_ms = model.passes.history.last().map(|report| report.ms);
    let tried = |case: &CaseState| matches!(case, CaseState::Done(_) | CaseState::Failed(_));
    let eigenvalues = model.kernel.loaded.as_ref().is_some_and(|loaded| loaded.eigenvalues.is_some());
    let all = [
        (model.passes.count > 0, "mdl", "Description-length passes", pass_ms),
        (!model.invariants.samples.is_empty(), "vitals", "Invariants and spectrum of the whole field, in f64", None),
        (model.lab.iter().any(tried), "laboratory", "Known flows, in f64", None),
        (model.truth.last.is_some(), "truth", "The velocity once more, in f64", None),
        (eigenvalues, "eigenvalues", "Eigenvalues of the loaded kernel", None),
    ];
    all.into_iter().filter(|(done, ..)| *done).map(|(_, name, title, ms)| StageRow {
        name: name.into(),
        title: title.into(),
        place: "CPU".into(),
        ms,
    })
}

/// Every adapter of this machine; the one at hand is chosen.
pub(crate) fn adapters(context: &Context) -> Vec<AdapterRow> {
    let own = context.report.label();
    context
        .seen
        .iter()
        .map(|seen| AdapterRow {
            label: seen.label.clone(),
            about: seen.about.clone(),
            chosen: seen.label == own,
            why_not: seen.why_not.clone(),
        })
        .collect()
}
