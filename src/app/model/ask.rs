//! What panels want done.

use std::path::PathBuf;

use crate::app::{
    command::Command,
    input::Act,
    model::table::Table,
    model::{AtomAsk, FilesAsk, RescueAsk, TimeAsk, dialog::Purpose},
};

/// Something a panel wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// A row of the command table.
    Command(Command),
    /// Another scene, by name.
    Scene(String),
    /// A gesture on the canvas ended.
    Act(Act),
    /// A path was chosen.
    Path(Purpose, PathBuf),
    /// The numbers of a plot as CSV.
    Csv(Table),
    /// Another adapter, by name and backend.
    Adapter(String),
    /// A file was dropped on the window.
    Drop(PathBuf),
    /// Something of the laboratory.
    Lab(LabAsk),
    /// Something of the picked atom.
    Atom(AtomAsk),
    /// Something of time.
    Time(TimeAsk),
    /// Something of sessions, presets or recent files.
    Files(FilesAsk),
    /// Something that was offered after a fault.
    Rescue(RescueAsk),
    /// Something of an operator of the user.
    Operator(String, OperatorAsk),
    /// The time step that the winding of the flow as it is now allows.
    AutoDt,
}

impl Ask {
    /// Whether it leaves the run as it is, so that it need not wait for what was asked for before; what moves the
    /// camera waits for gestures that were made under it.
    pub fn leaves_the_run(&self) -> bool {
        match self {
            Self::Act(act) => matches!(act, Act::Pan(_) | Act::Zoom(..) | Act::TogglePause),
            Self::Command(command) => command.leaves_the_run(),
            Self::Csv(_) | Self::Lab(_) | Self::Drop(_) => true,
            _ => false,
        }
    }

    /// Takes in what is asked for after it and waits with it, where both together are one; whether it did.
    pub fn join(&mut self, next: &Self) -> bool {
        match (self, next) {
            (Self::Act(Act::Carry(by)), Self::Act(Act::Carry(more))) => *by += *more,
            (Self::Atom(set @ AtomAsk::Set { .. }), Self::Atom(last @ AtomAsk::Set { .. })) => *set = *last,
            _ => return false,
        }
        true
    }

    /// In a word or two, for measurements.
    pub fn name(&self) -> String {
        match self {
            Self::Command(command) => format!("{command:?}"),
            Self::Scene(name) => format!("scene {name}"),
            Self::Act(act) => act.name().into(),
            Self::Path(purpose, _) => purpose.title().into(),
            Self::Drop(_) => "drop".into(),
            Self::Lab(_) => "laboratory".into(),
            Self::Atom(_) => "atom".into(),
            Self::Time(_) => "time".into(),
            Self::Files(_) => "files".into(),
            Self::Rescue(_) => "rescue".into(),
            Self::Operator(..) => "operator".into(),
            Self::Csv(table) => format!("csv {}", table.file_name()),
            Self::AutoDt => "dt auto".into(),
            Self::Adapter(label) => format!("adapter {label}"),
        }
    }
}

/// What an operator, by its name, is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperatorAsk {
    /// On if off, off if on.
    Toggle,
    /// Out of the list.
    Remove,
}

/// An operator of the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorRow {
    /// Its name.
    pub name: String,
    /// One line of mathematics.
    pub title: String,
    /// z, field or carrier.
    pub acts_on: &'static str,
    /// Whether it acts.
    pub on: bool,
}

/// What the laboratory is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabAsk {
    /// How long the running scene stays true.
    Scene,
    /// A case by its name, after those that wait.
    Run(&'static str),
    /// Every case that does not wait already.
    RunAll,
    /// End the case at hand and forget those that wait.
    Stop,
}
