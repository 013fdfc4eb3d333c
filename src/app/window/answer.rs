//! Answers what the panels asked for: commands, scenes, gestures, paths. Between frames, so an
//! edit never races a step.

use std::{path::Path, sync::Arc, time::Instant};

use super::{commands, rescue};
use crate::{
    app::{
        desk::Desk,
        model::{Ask, FilesAsk, dialog::Purpose},
        run::{edits, parameters, winding},
        tools::{Tools, operators, sessions},
    },
    error::Result,
    io,
    open::Kind,
};

/// Every ask in order, then changed parameters; failures become notices.
pub(super) fn answer(tools: &mut Tools, desk: &mut Desk, now_s: f64) {
    winding::follow_speed(desk);
    if let Some((purpose, path)) = desk.model.dialogs.poll(now_s) {
        desk.model.asks.push(Ask::Path(purpose, path));
    }
    for ask in std::mem::take(&mut desk.model.asks) {
        let (begun, name) = (Instant::now(), ask.name());
        if let Err(e) = answer_one(tools, desk, ask, now_s) {
            desk.complain(e.to_string());
        }
        desk.model.actions.took(name, begun.elapsed());
    }
    if desk.model.params != desk.run.applied {
        tools.safety.note_edit(desk);
        let begun = Instant::now();
        if let Err(e) = parameters::apply_params(desk) {
            desk.model.params = desk.run.applied;
            desk.complain(e.to_string());
        }
        desk.model.actions.took("parameters".into(), begun.elapsed());
    }
    parameters::record_params(desk);
    desk.model.run = desk.run.clock.state();
    desk.model.can_undo = desk.run.history.can();
}

fn answer_one(tools: &mut Tools, desk: &mut Desk, ask: Ask, now_s: f64) -> Result<()> {
    match ask {
        Ask::Command(command) => commands::command(tools, desk, command, now_s),
        Ask::Scene(name) => desk.scene(&name),
        Ask::Act(act) => edits::act(desk, act),
        Ask::Path(purpose, path) => open_or_write(tools, desk, purpose, &path),
        Ask::Lab(ask) => tools.laboratory.ask(desk, ask),
        Ask::Atom(ask) => edits::atom(desk, ask),
        Ask::Time(ask) => winding::wind_to(desk, ask),
        Ask::Files(FilesAsk::Choose(name)) => tools.opener.choose(desk, name),
        Ask::Files(ask) => tools.files.ask(desk, ask),
        Ask::Rescue(ask) => rescue::ask(tools, desk, ask),
        Ask::Operator(name, ask) => operators::ask(desk, &name, ask),
        Ask::Csv(table) => {
            desk.model.dialogs.ask(Purpose::ExportCsv(table), now_s);
            Ok(())
        }
        Ask::Adapter(label) => switch_adapter(desk, label),
        Ask::AutoDt => parameters::auto_dt(desk),
        Ask::Drop(path) => tools.opener.open(&path, None),
    }
}

/// Opens or writes a file.
fn open_or_write(tools: &mut Tools, desk: &mut Desk, purpose: Purpose, path: &Path) -> Result<()> {
    match purpose {
        Purpose::OpenState => return tools.opener.open(path, Some(Kind::State)),
        Purpose::OpenKernel => return tools.opener.open(path, Some(Kind::Kernel)),
        Purpose::OpenField => return tools.opener.open(path, Some(Kind::Field)),
        Purpose::OpenOperator => return tools.opener.open(path, Some(Kind::Operator)),
        Purpose::OpenSession => return tools.opener.open(path, Some(Kind::Session)),
        Purpose::SaveSession => sessions::save(desk, path)?,
        Purpose::SaveState => {
            let mut state = desk.device.main.sim.snapshot()?;
            (state.meta.dt, state.meta.nu) = (desk.model.params.dt, desk.model.params.nu);
            io::write_state(path, &state)?;
            let told = tools.exports.state_beside(desk, path, &state)?;
            desk.inform(format!("State at step {} written to {}{told}", state.step, path.display()));
        }
        Purpose::ExportCsv(table) => {
            let rows = table.write(&desk.model, path)?;
            desk.inform(format!("{}: {rows} rows written to {}", table.title(), path.display()));
        }
        Purpose::ExportFrame
        | Purpose::ExportFigure
        | Purpose::ExportField
        | Purpose::SavePlot
        | Purpose::Record(_) => tools.exports.export(desk, purpose, path)?,
    }
    desk.model.files.remember(purpose, path.into());
    desk.run.clock.forget();
    Ok(())
}

/// Another adapter, from the state as it is now. Waits for the device.
fn switch_adapter(desk: &mut Desk, label: String) -> Result<()> {
    desk.run.checkpoint = Arc::new(desk.moment()?);
    desk.model.wanted_adapter = Some(label);
    Ok(())
}
