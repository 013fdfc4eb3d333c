//! Files that are opened: read beside the frames, then handed to whom they are for.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{encode::Encoder, encoding::Source, kernel::Kernels, operators, sessions};
use crate::{
    app::{desk::Desk, model::dialog::Purpose},
    error::Result,
    open::{self, Kind, Opened},
    process::task::{self, Task},
};

/// A file that is being read.
struct Reading {
    path: PathBuf,
    file: Option<Task<Opened>>,
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
        self.0.push_back(Reading { path: path.into(), file });
        Ok(())
    }

    /// Hands on what was read.
    pub fn hear(&mut self, desk: &mut Desk, encoder: &mut Encoder, kernels: &mut Kernels) {
        while let Some(reading) = self.0.front_mut() {
            let Some(opened) = task::answer(&mut reading.file) else { return };
            let path = std::mem::take(&mut reading.path);
            self.0.pop_front();
            if let Err(e) = opened.and_then(|opened| hand_on(opened, &path, desk, encoder, kernels)) {
                desk.complain(e.to_string());
            }
        }
    }
}

fn hand_on(opened: Opened, path: &Path, desk: &mut Desk, encoder: &mut Encoder, kernels: &mut Kernels) -> Result<()> {
    let purpose = match opened {
        Opened::State(state) => {
            desk.begin_saved(*state, path)?;
            desk.inform(format!("Opened {}", path.display()));
            Purpose::OpenState
        }
        Opened::Kernel(propagator) => {
            kernels.open(desk, Arc::new(*propagator), path)?;
            Purpose::OpenKernel
        }
        Opened::Field(field, made) => {
            encoder.encode(desk, Source { name: path.display().to_string(), field: Arc::new(*field), made })?;
            Purpose::OpenField
        }
        Opened::Operator(operator) => {
            operators::take(desk, *operator)?;
            Purpose::OpenOperator
        }
        Opened::Session(session) => {
            sessions::go_on(desk, kernels, path, *session, &[])?;
            Purpose::OpenSession
        }
    };
    desk.model.files.remember(purpose, path.into());
    desk.run.clock.forget();
    Ok(())
}
