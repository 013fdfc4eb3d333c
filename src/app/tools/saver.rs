//! States and sessions on their way to files: copied where somebody asked for them, refitted and written beside the frames.

use std::{path::PathBuf, time::Duration};

use crate::{
    app::desk::Desk,
    error::Result,
    gpu::{Ticket, ticket::redeem},
    process::task::{self, Task},
    sim::WholeState,
    state::State,
};

/// How long the end of the window waits for a file.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is made of a state once it is there, on any thread: where files are, in a sentence.
type Write = Box<dyn FnOnce(State) -> Result<String> + Send>;

/// A file on its way.
struct Saving {
    copy: Option<Ticket<WholeState>>,
    write: Option<Write>,
    written: Option<Task<String>>,
    /// A session, to which the window belongs from then on.
    session: Option<PathBuf>,
}

/// Files on their way, in the order in which they were asked for.
#[derive(Default)]
pub struct Saver(Vec<Saving>);

impl Saver {
    /// Copies the state as it is now, with parameters as they are now, for `write`. `session` is the file of one.
    pub fn save(
        &mut self,
        desk: &mut Desk,
        session: Option<PathBuf>,
        write: impl FnOnce(State) -> Result<String> + Send + 'static,
    ) {
        let (dt, nu) = (desk.model.params.dt, desk.model.params.nu);
        let named = move |mut state: State| {
            (state.meta.dt, state.meta.nu) = (dt, nu);
            write(state)
        };
        let copy = Some(desk.device.main.sim.whole());
        self.0.push(Saving { copy, write: Some(Box::new(named)), written: None, session });
    }

    /// Takes each file one stage further, and says where one was written.
    pub fn hear(&mut self, desk: &mut Desk) {
        let mut left = vec![];
        for mut saving in std::mem::take(&mut self.0) {
            match saving.hear() {
                None => left.push(saving),
                Some(written) => tell(desk, saving.session, written),
            }
        }
        self.0.extend(left);
    }

    /// Whether a copy is on its way, which is heard by asking the device.
    pub fn is_waiting(&self) -> bool {
        self.0.iter().any(|saving| saving.copy.is_some())
    }

    /// The window closes: what is on its way is written first.
    pub fn finish(&mut self, desk: &mut Desk) {
        for mut saving in std::mem::take(&mut self.0) {
            let written = match (saving.copy.take(), saving.write.take()) {
                (Some(copy), Some(write)) => {
                    let state = copy.wait(&desk.device.context().device).and_then(WholeState::state);
                    Some(state.and_then(write))
                }
                _ => saving.written.as_mut().and_then(|task| task.wait(PATIENCE)),
            };
            if let Some(written) = written {
                tell(desk, saving.session, written);
            }
        }
    }
}

impl Saving {
    fn hear(&mut self) -> Option<Result<String>> {
        if let Some(whole) = redeem(&mut self.copy) {
            let begun = whole.and_then(|whole| {
                let write = self.write.take();
                Task::once("the state's file", move || {
                    let state = whole.state()?;
                    write.map_or(Ok(String::new()), |write| write(state))
                })
            });
            match begun {
                Ok(task) => self.written = Some(task),
                Err(e) => return Some(Err(e)),
            }
        }
        task::answer(&mut self.written)
    }
}

fn tell(desk: &mut Desk, session: Option<PathBuf>, written: Result<String>) {
    match written {
        Ok(sentence) => {
            if session.is_some() {
                desk.model.files.session = session;
            }
            desk.inform(sentence);
        }
        Err(e) => desk.complain(e.to_string()),
    }
}
