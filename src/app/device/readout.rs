//! What the simulation says, for the panels: counters, times of its passes, the ledger of its changes, the adapter.

use super::stages;
use crate::{
    app::model::{DeviceInfo, PassModel, PassRow, Readout, TwinModel},
    error::{Error, Result},
    gpu::{AdapterReport, Context, PassTime},
    sim::{GpuSim, Shown, Strokes},
    state::Kind,
};

/// The adapter in words.
pub fn info(context: &Context) -> DeviceInfo {
    let report = AdapterReport::clone(&context.report);
    let subgroup = match report.subgroup {
        [least, most] if least == most => least.to_string(),
        [least, most] => format!("{least} to {most}"),
    };
    DeviceInfo {
        limits: vec![
            ("Buffer".into(), format!("{} MiB", report.max_buffer_mb)),
            ("Storage binding".into(), format!("{} MiB", report.max_storage_binding_mb)),
            ("Workgroup memory".into(), format!("{} KiB", report.max_workgroup_memory >> 10)),
            ("Subgroup".into(), subgroup),
            ("Loops".into(), report.loops()),
        ],
        loops_end_after: report.loops_end_after(),
        adapters: stages::adapters(context),
        stages: vec![],
        name: report.name,
        backend: report.backend,
        driver: report.driver,
        driver_info: report.driver_info,
        device_type: report.device_type,
        software: report.software,
        timestamps: report.timestamps,
    }
}

/// Takes finished read-backs without waiting.
pub fn harvest(sim: &mut GpuSim, readout: &mut Readout) {
    sim.harvest();
    let counters = sim.probes().counters();
    (readout.time, readout.step) = (sim.held().time(), sim.held().step());
    (readout.atoms, readout.vertices) = (counters.atoms as usize, counters.vertices as usize);
    (readout.at_capacity, readout.runaway) = (counters.at_capacity, counters.runaway);
    (readout.largest, readout.probe) = (counters.max_abs.map(f64::from), counters.probe.map(f64::from));
    readout.max_abs = readout.largest.filter(|_| sim.views().shown() == Shown::Whole);
    readout.nodes = Some(sim.views().view().window().size);
    (readout.energy, readout.enstrophy) = (counters.energy, counters.enstrophy);
    readout.nan_inf = counters.nan_inf;
    readout.strokes = sim.views().strokes().map_or(0, Strokes::count);
    readout.solver = sim.solver();
    readout.spectrum.clear();
    readout.spectrum.extend_from_slice(sim.probes().spectrum());
    let times = sim.probes().pass_times();
    if !times.is_empty() {
        readout.passes.clear();
        readout.passes.extend(times.iter().map(pass_row));
    }
}

/// Takes in what passes and refits have done, and why one failed.
///
/// # Errors
/// What a pass or a refit failed with.
pub fn passes(sim: &mut GpuSim, model: &mut PassModel) -> Result<()> {
    let ledger = sim.between().ledger();
    let passes = ledger.pass_reports();
    if (ledger.passes(), ledger.changes()) != (model.count, model.changes) {
        *model = PassModel {
            count: ledger.passes(),
            changes: ledger.changes(),
            history: passes.kept().iter().copied().chain(passes.last()).collect(),
            kinds: Kind::ALL.iter().map(|kind| (*kind, ledger.kind(*kind))).collect(),
            events: ledger.events().copied().collect(),
            drift: Some(ledger.drift_at_last_change()),
        };
    }
    sim.between_mut().take_fault().map_or(Ok(()), Err)
}

/// Takes in what the course beside has answered; why its passes ended, if they did.
pub fn twin(sim: &mut GpuSim, model: &mut Option<TwinModel>) -> Option<Error> {
    sim.harvest();
    if let Some(model) = model {
        (model.time, model.step) = (sim.held().time(), sim.held().step());
        model.atoms = sim.probes().counters().atoms as usize;
    }
    sim.between_mut().take_fault()
}

/// A pass as the panel lists it.
fn pass_row(time: &PassTime) -> PassRow {
    PassRow {
        label: time.label.clone(),
        title: time.title.clone(),
        calls: time.calls,
        ms: time.ms,
        bytes: time.bytes,
        gb_per_s: time.gb_per_s(),
    }
}
