//! What the simulation says, for the panels: counters, times of its passes, the ledger of its changes, the adapter.

use super::{Device, stages};
use crate::{
    app::model::{DeviceInfo, PassModel, PassRow, Readout},
    error::Result,
    gpu::{AdapterReport, PassTime},
    sim::{Shown, Strokes},
    state::Kind,
};

impl Device {
    /// The adapter in words.
    pub fn info(&self) -> DeviceInfo {
        let report = AdapterReport::clone(&self.context().report);
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
            adapters: stages::adapters(self.context()),
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
    pub fn harvest(&mut self, readout: &mut Readout) {
        self.main.sim.harvest();
        let counters = self.main.sim.counters();
        (readout.time, readout.step) = (self.main.sim.time(), self.main.sim.step());
        (readout.atoms, readout.vertices) = (counters.atoms as usize, counters.vertices as usize);
        (readout.at_capacity, readout.runaway) = (counters.at_capacity, counters.runaway);
        (readout.largest, readout.probe) = (counters.max_abs.map(f64::from), counters.probe.map(f64::from));
        readout.max_abs = readout.largest.filter(|_| self.main.sim.shown() == Shown::Whole);
        readout.nodes = Some(self.main.sim.view().window().size);
        (readout.energy, readout.enstrophy) = (counters.energy, counters.enstrophy);
        readout.nan_inf = counters.nan_inf;
        readout.strokes = self.main.sim.strokes().map_or(0, Strokes::count);
        readout.solver = [self.main.sim.solver_now(), self.main.sim.solver()];
        readout.spectrum.clear();
        readout.spectrum.extend_from_slice(self.main.sim.spectrum());
        let times = self.main.sim.pass_times();
        if !times.is_empty() {
            readout.passes.clear();
            readout.passes.extend(times.iter().map(pass_row));
        }
    }

    /// Takes in what passes and refits have done, and why one failed.
    ///
    /// # Errors
    /// What a pass or a refit failed with.
    pub fn read_passes(&mut self, model: &mut PassModel) -> Result<()> {
        let ledger = self.main.sim.pass_ledger();
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
        self.main.sim.take_fault().map_or(Ok(()), Err)
    }
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
