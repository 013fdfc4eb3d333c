//! The one command table: identity, label, menu, shortcuts and help.
//!
//! Menus, keys, the palette and the help window all read [`TABLE`]; a test finds clashes.

mod keys;
mod table;

use egui::Key;

use crate::render::Picture;

pub use keys::{Held, Press};
pub use table::TABLE;

/// Everything a menu, a key or the palette can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// Load a state file.
    OpenState,
    /// Encode a field or a picture.
    OpenField,
    /// Encode the last field with another budget.
    EncodeAgain,
    /// Give up what is being encoded.
    CancelEncoding,
    /// Load a linear kernel.
    OpenKernel,
    /// Load an operator of the user.
    OpenOperator,
    /// Back to the built-in linear kernel.
    ForgetKernel,
    /// Load a session.
    OpenSession,
    /// Write a session.
    SaveSession,
    /// All scenes with pictures.
    Gallery,
    /// Write the state as z0.npz.
    SaveState,
    /// Write the canvas as PNG.
    ExportFrame,
    /// Write a figure for papers.
    ExportFigure,
    /// Write the field for NumPy.
    ExportField,
    /// Python that plots the field, to the clipboard.
    CopyPlot,
    /// The same to a file.
    SavePlot,
    /// Begin to record, or end it.
    Record,
    /// Give up what is being recorded.
    CancelRecording,
    /// Leave.
    Quit,
    /// Take back the last edit.
    Undo,
    /// Do it again.
    Redo,
    /// Remove every atom.
    ClearAtoms,
    /// Every parameter back to its default.
    ResetParameters,
    /// Add filaments.
    ToolDraw,
    /// Read an atom.
    ToolPick,
    /// Carry an atom.
    ToolMove,
    /// Remove atoms.
    ToolErase,
    /// The brush's other sign.
    InvertBrush,
    /// The picked atom goes.
    RemovePicked,
    /// Brush, tools and the picked atom in the right panel.
    EditTab,
    /// Back to the save before.
    Rewind,
    /// On to the save after.
    Forward,
    /// Twice as fast.
    Faster,
    /// Half as fast.
    Slower,
    /// Another course of events beside this one.
    BranchBeside,
    /// Running or paused.
    TogglePause,
    /// One step, then pause.
    StepOne,
    /// Ten steps, then pause.
    StepTen,
    /// What a card at the head of the canvas offers.
    TakeOffer,
    /// The scene from its start.
    Reset,
    /// The whole box.
    ResetView,
    /// Filament lines on the canvas.
    ToggleFilaments,
    /// What the colour of a filament says.
    FilamentColor,
    /// Dye particles on the canvas.
    ToggleTracers,
    /// Scene and parameters.
    ToggleLeft,
    /// Performance and device.
    ToggleRight,
    /// What the flow keeps, in the right panel.
    InvariantsTab,
    /// The adapter, in the right panel.
    DeviceTab,
    /// Every series as one CSV.
    ExportSeries,
    /// The right panel's other side.
    KernelTab,
    /// Known flows in the right panel.
    LabTab,
    /// Every case of the laboratory.
    RunLab,
    /// The velocity once more in f64.
    Truth,
    /// The right panel's third side.
    EncodeTab,
    /// Pictures, movies, fields and figures in the right panel.
    ExportTab,
    /// What an encoded field has beyond its state.
    ToggleResidual,
    /// Another quantity on the canvas.
    Show(Picture),
    /// Another colour map that fits.
    NextMap,
    /// Arrows, a texture of flow lines, or neither.
    NextLines,
    /// Dye leaves trails.
    ToggleTrails,
    /// A reference LES beside the kernel.
    ToggleReference,
    /// State, reference and difference on the canvas.
    SideBySide,
    /// Dark panels or light ones.
    ToggleTheme,
    /// Nothing but the picture.
    CleanPicture,
    /// A list of all commands to search.
    Palette,
    /// Keys and mouse.
    Help,
}

impl Command {
    /// Whether it leaves state and parameters of the run as they are.
    pub fn leaves_the_run(self) -> bool {
        let changes = matches!(
            self,
            Self::ForgetKernel
                | Self::Undo
                | Self::Redo
                | Self::ClearAtoms
                | Self::ResetParameters
                | Self::RemovePicked
                | Self::Rewind
                | Self::Forward
                | Self::BranchBeside
                | Self::StepOne
                | Self::StepTen
                | Self::TakeOffer
                | Self::Reset
                | Self::ToggleReference
                | Self::SideBySide
        );
        !changes
    }
}

/// A menu of the bar, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Menu {
    /// Files in and out.
    File,
    /// The state.
    Edit,
    /// Time.
    Run,
    /// What is shown.
    View,
    /// What there is.
    Help,
}

impl Menu {
    /// All, in the order of the bar.
    pub const ALL: [Menu; 5] = [Menu::File, Menu::Edit, Menu::Run, Menu::View, Menu::Help];

    /// The word on the bar.
    pub fn label(self) -> &'static str {
        match self {
            Menu::File => "File",
            Menu::Edit => "Edit",
            Menu::Run => "Run",
            Menu::View => "View",
            Menu::Help => "Help",
        }
    }
}

/// A key with its modifiers. `ctrl` is Command on a Mac.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortcut {
    /// The key.
    pub key: Key,
    /// Ctrl, or Command on a Mac.
    pub ctrl: bool,
    /// Shift.
    pub shift: bool,
}

impl Shortcut {
    const fn plain(key: Key) -> Self {
        Self { key, ctrl: false, shift: false }
    }
    const fn ctrl(key: Key) -> Self {
        Self { key, ctrl: true, shift: false }
    }
    const fn shift(key: Key) -> Self {
        Self { key, ctrl: false, shift: true }
    }
    const fn ctrl_shift(key: Key) -> Self {
        Self { key, ctrl: true, shift: true }
    }

    /// As menus write it.
    pub fn text(&self) -> String {
        let key = match self.key {
            Key::Period => ".",
            Key::Questionmark => "?",
            Key::OpenBracket => "[",
            Key::CloseBracket => "]",
            Key::Equals => "=",
            Key::Minus => "-",
            Key::Plus => "+",
            other => other.name(),
        };
        format!("{}{}{key}", if self.ctrl { "Ctrl+" } else { "" }, if self.shift { "Shift+" } else { "" })
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Which command.
    pub command: Command,
    /// Where it stands.
    pub menu: Menu,
    /// What the menu says.
    pub label: &'static str,
    /// Keys; the first is shown. Space is listed here and acts on release (a Space drag pans).
    pub keys: &'static [Shortcut],
    /// One sentence.
    pub help: &'static str,
}

/// The row of a command.
pub fn entry_of(command: Command) -> Option<&'static Entry> {
    TABLE.iter().find(|entry| entry.command == command)
}

/// Pairs of commands that share a key, a label or an identity.
pub fn clashes() -> Vec<(Command, Command)> {
    let same = |a: &Entry, b: &Entry| {
        a.command == b.command || a.label == b.label || a.keys.iter().any(|key| b.keys.contains(key))
    };
    let pairs = TABLE.iter().enumerate().flat_map(|(i, a)| TABLE[i + 1..].iter().map(move |b| (a, b)));
    pairs.filter(|(a, b)| same(a, b)).map(|(a, b)| (a.command, b.command)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_commands_share_a_key_or_a_label() {
        assert_eq!(clashes(), []);
    }

    #[test]
    fn every_row_explains_itself() {
        for row in TABLE {
            assert!(row.help.len() > 10 && !row.help.ends_with('.') && !row.label.is_empty(), "{row:?}");
        }
    }
}
