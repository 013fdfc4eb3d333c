//! Files that are opened: read beside the frames, then handed to whom they are for.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use super::{encode::Encoder, encoding::Source, kernel::Kernels, operators, sessions};
use crate::{
    app::{
        desk::Desk,
        model::{FieldChoice, dialog::Purpose},
    },
    error::Result,
    io::Selection,
    open::{self, Kind, Opened},
    operator::Operator,
    process::task::{self, Task},
    state::State,
};

/// A file that takes longer is said to be read.
const PATIENCE: Duration = Duration::from_millis(500);

/// A file that is being read.
struct Reading {
    path: PathBuf,
    file: Option<Task<Opened>>,
    /// What it is, once it was read: it waits until the run is ready for it.
    opened: Option<Opened>,
    since: Instant,
    told: bool,
}

impl Reading {
    /// What was read, once it is there; says that it takes long.
    fn take(&mut self, desk: &mut Desk) -> Option<Result<Opened>> {
        let opened = task::answer(&mut self.file);
        if opened.is_none() && !self.told && self.since.elapsed() > PATIENCE {
            self.told = true;
            desk.inform(format!("Reading {}", self.path.display()));
        }
        opened
    }
}

/// Files that are being read, in the order in which they were asked for.
#[derive(Default)]
pub struct Opener(VecDeque<Reading>);

impl Opener {
    /// Begins to read a file; `expected` where somebody said what it is.
    ///
    /// # Errors
    /// Where no thread can be had. What is wrong with the file is told once it was looked at.
    pub fn open(&mut self, path: &Path, expected: Option<Kind>) -> Result<()> {
        let from = path.to_path_buf();
        let file = Some(Task::once("the file", move || open::open(&from, expected))?);
        self.0.push_back(Reading { path: path.into(), file, opened: None, since: Instant::now(), told: false });
        Ok(())
    }

    /// Begins to read the field of that name of the file that waits for a word; nothing where none is meant.
    ///
    /// # Errors
    /// As [`Opener::open`].
    pub fn choose(&mut self, desk: &mut Desk, name: Option<String>) -> Result<()> {
        let (Some(FieldChoice { path, .. }), Some(name)) = (desk.model.files.choice.take(), name) else {
            return Ok(());
        };
        let (from, selection) = (path.clone(), Selection { key: Some(name), ..Selection::default() });
        let file = Some(Task::once("the file", move || open::field_of(&from, &selection))?);
        self.0.push_back(Reading { path, file, opened: None, since: Instant::now(), told: false });
        Ok(())
    }

    /// In how many seconds a file that takes long is to be named; `None` where none is read.
    pub fn due_s(&self) -> Option<f64> {
        let reading = self.0.front().filter(|reading| !reading.told)?;
        Some(PATIENCE.saturating_sub(reading.since.elapsed()).as_secs_f64() + 0.01)
    }

    /// Hands on what was read.
    pub fn hear(&mut self, desk: &mut Desk, encoder: &mut Encoder, kernels: &mut Kernels) {
        while let Some(reading) = self.0.front_mut() {
            let opened = match reading.opened.take() {
                Some(opened) => Ok(opened),
                None => match reading.take(desk) {
                    Some(opened) => opened,
                    None => return,
                },
            };
            desk.device.awaited.is_put_off();
            let handed = opened.map(|opened| (hand_on(&opened, &reading.path, desk, encoder, kernels), opened));
            let ended = match handed {
                Ok((Err(_), opened)) if desk.device.awaited.is_put_off() => {
                    reading.opened = Some(opened);
                    return;
                }
                Ok((ended, _)) => ended,
                Err(e) => Err(e),
            };
            self.0.pop_front();
            if let Err(e) = ended {
                desk.complain(e.to_string());
            }
        }
    }
}

fn hand_on(opened: &Opened, path: &Path, desk: &mut Desk, encoder: &mut Encoder, kernels: &mut Kernels) -> Result<()> {
    let purpose = match opened {
        Opened::State(state) => {
            desk.begin_saved(State::clone(state), path)?;
            desk.inform(format!("Opened {}", path.display()));
            Purpose::OpenState
        }
        Opened::Kernel(propagator) => {
            kernels.open(desk, propagator.clone(), path)?;
            Purpose::OpenKernel
        }
        Opened::Field(taken, made) => {
            taken.told.iter().for_each(|told| desk.inform(told.clone()));
            let name = path.display().to_string();
            encoder.encode(desk, Source { name, field: taken.field.clone(), made: *made })?;
            Purpose::OpenField
        }
        Opened::Choice(many) => {
            let arrays = many.iter().map(|(name, header)| (name.clone(), header.to_string())).collect();
            desk.model.files.choice = Some(FieldChoice { path: path.into(), arrays });
            return Ok(());
        }
        Opened::Operator(operator) => {
            operators::take(desk, Operator::clone(operator))?;
            Purpose::OpenOperator
        }
        Opened::Session(session) => {
            sessions::go_on(desk, kernels, path, session, &[])?;
            Purpose::OpenSession
        }
    };
    desk.model.files.remember(purpose, path.into());
    desk.run.clock.forget();
    Ok(())
}
