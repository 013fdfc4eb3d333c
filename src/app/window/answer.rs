//! Answers what the panels asked for: commands, scenes, gestures, paths. Between frames, so an
//! edit never races a step. What needs the state, or another simulation, is answered in the frame in which that is there,
//! and what was asked for after it waits for its turn.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{commands, rescue};
use crate::{
    app::{
        desk::Desk,
        model::{Ask, FilesAsk, dialog::Purpose},
        run::{edits, parameters, winding},
        tools::{Tools, export::sidecar, operators, sessions},
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
    let before = desk.run.turns.take();
    let now = std::mem::take(&mut desk.model.asks).into_iter().map(|ask| (ask, Duration::ZERO));
    for (ask, longest) in before.into_iter().chain(now) {
        match desk.run.turns.lets(&ask) {
            true => take_turn(tools, desk, ask, longest, now_s),
            false => desk.run.turns.wait(ask, longest),
        }
    }
    if desk.model.params != desk.run.applied {
        tools.safety.note_edit(desk);
        desk.device.awaited.is_put_off();
        let begun = Instant::now();
        let applied = parameters::follow(desk);
        desk.run.turns.followed = desk.run.turns.followed.max(begun.elapsed());
        if applied.is_err() && desk.device.awaited.is_put_off() {
            // They are followed in a later frame.
        } else {
            desk.model.actions.took("parameters".into(), std::mem::take(&mut desk.run.turns.followed));
            if let Err(e) = applied {
                desk.model.params = desk.run.applied;
                desk.complain(e.to_string());
            }
        }
    }
    parameters::record_params(desk);
    desk.model.run = desk.run.clock.state();
    desk.model.can_undo = desk.run.history.can();
}

/// Answers one ask; what needs something that is not at hand is answered in a later frame.
fn take_turn(tools: &mut Tools, desk: &mut Desk, ask: Ask, longest: Duration, now_s: f64) {
    desk.device.awaited.is_put_off();
    let begun = Instant::now();
    let answered = answer_one(tools, desk, ask.clone(), now_s);
    let longest = longest.max(begun.elapsed());
    if answered.is_err() && desk.device.awaited.is_put_off() {
        return desk.run.turns.wait(ask, longest);
    }
    desk.model.actions.took(ask.name(), longest);
    if let Err(e) = answered {
        desk.complain(e.to_string());
    }
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
        Purpose::SaveSession => sessions::save(&mut tools.saver, desk, path),
        Purpose::SaveState => {
            let (file, beside) = (path.to_path_buf(), tools.exports.sidecar(desk, path));
            tools.saver.save(desk, None, move |state| {
                io::write_state(&file, &state)?;
                let told = beside.map_or(Ok(String::new()), |value| sidecar::of_state(&file, value, &state))?;
                Ok(format!("State at step {} written to {}{told}", state.step, file.display()))
            });
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

/// Another adapter, from the state as it is now.
fn switch_adapter(desk: &mut Desk, label: String) -> Result<()> {
    desk.run.checkpoint = Arc::new(desk.moment()?);
    desk.model.wanted_adapter = Some(label);
    Ok(())
}
