//! What each command does.

use crate::{
    app::{
        command::Command,
        desk::Desk,
        input::Tool,
        model::{AtomAsk, LabAsk, Panels, Tab, dialog::Purpose, table::Table},
        run::{beside, edits, winding},
        tools::{Tools, kernel, lab},
        window::rescue,
    },
    error::Result,
};

/// Does what a menu, a key or the palette asks for.
pub(super) fn command(tools: &mut Tools, desk: &mut Desk, command: Command, now_s: f64) -> Result<()> {
    let Panels { left, right, tab, dark, clean, help, palette, .. } = &mut desk.model.panels;
    match command {
        Command::OpenState => desk.model.dialogs.ask(Purpose::OpenState, now_s),
        Command::OpenKernel => desk.model.dialogs.ask(Purpose::OpenKernel, now_s),
        Command::OpenField => desk.model.dialogs.ask(Purpose::OpenField, now_s),
        Command::OpenOperator => desk.model.dialogs.ask(Purpose::OpenOperator, now_s),
        Command::EncodeAgain => return tools.encoder.again(desk),
        Command::CancelEncoding => tools.encoder.cancel(desk),
        Command::ToggleResidual => desk.model.toggle_residual(now_s),
        Command::Show(picture) => desk.model.show_picture(picture, now_s),
        Command::NextMap => desk.model.view.next_map(),
        Command::NextLines => desk.model.view.lines = desk.model.view.lines.next(),
        Command::ToggleTrails => desk.model.view.trails ^= true,
        Command::ForgetKernel if desk.model.kernel.loaded.is_some() => return kernel::forget(desk),
        Command::ForgetKernel => {}
        Command::ToggleReference => return tools.reference.toggle(desk),
        Command::SideBySide => return tools.reference.toggle_sides(desk),
        Command::OpenSession => desk.model.dialogs.ask(Purpose::OpenSession, now_s),
        Command::SaveSession => desk.model.dialogs.ask(Purpose::SaveSession, now_s),
        Command::Gallery => desk.model.gallery.open ^= true,
        Command::SaveState => desk.model.dialogs.ask(Purpose::SaveState, now_s),
        Command::ExportFrame
        | Command::ExportFigure
        | Command::ExportField
        | Command::CopyPlot
        | Command::SavePlot
        | Command::Record
        | Command::CancelRecording => return tools.exports.command(desk, command, now_s),
        Command::Quit => desk.model.quit = true,
        Command::Undo | Command::Redo => return edits::travel(desk, command == Command::Undo),
        Command::ToolDraw => desk.model.gestures.tool = Tool::Draw,
        Command::ToolPick => desk.model.gestures.tool = Tool::Pick,
        Command::ToolMove => desk.model.gestures.tool = Tool::Move,
        Command::ToolErase => desk.model.gestures.tool = Tool::Erase,
        Command::InvertBrush => desk.model.gestures.inverted ^= true,
        Command::RemovePicked => return edits::atom(desk, AtomAsk::Remove),
        Command::ClearAtoms => return edits::clear(desk),
        Command::Rewind => return winding::wind(desk, false),
        Command::Forward => return winding::wind(desk, true),
        Command::Faster => winding::change_speed(desk, 2.0),
        Command::Slower => winding::change_speed(desk, 0.5),
        Command::BranchBeside => return beside::toggle(desk),
        Command::ResetParameters => desk.model.params = desk.model.home,
        Command::TogglePause => desk.run.clock.toggle(),
        Command::StepOne => desk.run.clock.step(1),
        Command::StepTen => desk.run.clock.step(10),
        Command::TakeOffer => return rescue::take_offer(tools, desk),
        Command::Reset => return winding::restart(desk),
        Command::ResetView => desk.model.view.camera = Default::default(),
        Command::ToggleFilaments => desk.model.view.filaments ^= true,
        Command::FilamentColor => desk.model.view.filament_color = desk.model.view.filament_color.next(),
        Command::ToggleTracers => desk.model.view.tracers ^= true,
        Command::ToggleLeft => *left ^= true,
        Command::ToggleRight => *right ^= true,
        Command::KernelTab => desk.model.panels.toggle(Tab::Kernel),
        Command::LabTab => desk.model.panels.toggle(Tab::Lab),
        Command::InvariantsTab => desk.model.panels.toggle(Tab::Invariants),
        Command::DeviceTab => desk.model.panels.toggle(Tab::Device),
        Command::ExportSeries => desk.model.dialogs.ask(Purpose::ExportCsv(Table::All), now_s),
        Command::RunLab => {
            (*right, *tab) = (true, Tab::Lab);
            return tools.laboratory.ask(desk, LabAsk::RunAll);
        }
        Command::Truth => {
            (*right, *tab) = (true, Tab::Lab);
            lab::ask_truth(desk);
        }
        Command::EditTab => desk.model.panels.toggle(Tab::Edit),
        Command::EncodeTab => desk.model.panels.toggle(Tab::Encode),
        Command::ExportTab => desk.model.panels.toggle(Tab::Export),
        Command::ToggleTheme => *dark ^= true,
        Command::CleanPicture => *clean ^= true,
        Command::Palette => *palette = Some(String::new()),
        Command::Help => *help ^= true,
    }
    Ok(())
}
