//! Nothing is lost: checkpoints, autosaves, offers after an unclean end, and a way out of numbers that are none.

pub mod marker;
mod numbers;
pub mod vault;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    app::{Options, desk::Desk, model::Model, run::history::Moment, tools::view_part::view_part},
    error::{Error, Result},
    genesis,
    io::session::{OperatorPart, SessionFile},
    params::TABLE,
};
use numbers::Numbers;
use vault::{Saved, Vault};

/// What belongs to safety and lives as long as the window, whatever becomes of its device.
#[derive(Default)]
pub struct Safety {
    vault: Vault,
    numbers: Numbers,
    /// The last checkpoint was seen by the vault.
    known: Option<Arc<Moment>>,
}

/// What is known before the window opens.
#[derive(Default)]
pub struct Begun {
    vault: Vault,
    offer: Option<PathBuf>,
    /// A window ended without a word and left nothing.
    lost: bool,
    fault: Option<Error>,
}

impl Begun {
    /// Sets the marker; where the last starts ended early, the options become those of a safe start.
    pub fn new(options: &mut Options) -> Self {
        let (vault, left, fault) = Vault::open(options.config.clone());
        if left.unsafe_start {
            options.safe_mode = true;
        }
        if options.safe_mode {
            (options.scene, options.z0, options.session) = (None, None, None);
            options.operators.clear();
            options.preset.clear();
        }
        let offer = left.dead.iter().find_map(|id| vault.newest(id));
        Self { vault, lost: offer.is_none() && !left.dead.is_empty(), offer, fault }
    }
}

impl Safety {
    /// Of a window that has just opened; `every_s` from one autosave to the next, where that is not the usual time.
    pub fn open(begun: Begun, every_s: Option<f64>, options: &Options, model: &mut Model, now_s: f64) -> Self {
        let Begun { mut vault, offer, lost, fault } = begun;
        vault.every_s = every_s;
        model.rescue.offer = offer;
        if lost {
            model.inform("The window was closed unexpectedly last time, before anything was saved", now_s);
        }
        if let Some(e) = fault {
            model.complain(format!("Nothing is saved by itself: {e}"), now_s);
        }
        model.rescue.safe_mode = options.safe_mode.then(|| {
            "Safe mode: the default scene, no operators, no settings but the look. Close the window and start again \
             to leave it."
                .into()
        });
        Self { vault, ..Self::default() }
    }

    /// Complaints of the device, values that are no numbers, autosaves, what last words need.
    pub fn guard(&mut self, desk: &mut Desk, now_s: f64) {
        self.numbers.watch(desk);
        if self.known.as_ref().is_none_or(|known| !Arc::ptr_eq(known, &desk.run.checkpoint)) {
            self.known = Some(desk.run.checkpoint.clone());
            self.vault.know(&saved(desk, desk.run.checkpoint.clone()));
        }
        let looked = self.vault.look(|| saved(desk, desk.run.checkpoint.clone()), now_s);
        desk.model.rescue.autosaves = self.vault.written;
        if let Err(e) = looked {
            desk.complain(format!("Nothing is saved by itself for now: {e}"));
        }
    }

    /// Saves what runs now, or what was last known to be good, and says where. Waits for the device.
    pub fn save_for_later(&mut self, desk: &mut Desk) -> String {
        let now = desk.wait_for_moment().ok().filter(|moment| moment.state.validate().is_ok()).map(Arc::new);
        let saved = saved(desk, now.unwrap_or_else(|| desk.run.checkpoint.clone()));
        let step = saved.moment.state.step;
        let written = self.vault.save_now(&saved).unwrap_or_else(|| {
            let path = crate::io::beside::free(Path::new("dashi-vortex-rescued.npz"));
            let state = crate::sim::whole(&saved.moment.state, &saved.moment.params)?;
            crate::io::write_state(&path, &state).map(|()| path)
        });
        match written {
            Ok(path) => format!("the state of step {step} is saved in {}", path.display()),
            Err(e) => format!("the state could not be saved: {e}"),
        }
    }

    /// The window closes as it should.
    pub fn end_well(&mut self) {
        self.vault.end();
    }

    /// Back to the last sound state with the remedy that is offered, and on.
    ///
    /// # Errors
    /// Where the device refuses it; then nothing has changed, and it is still offered.
    pub fn take_fix(&mut self, desk: &mut Desk) -> Result<()> {
        self.numbers.take_fix(desk)
    }

    /// Parameters are about to change: what breaks soon after is their doing.
    pub fn note_edit(&mut self, desk: &Desk) {
        self.numbers.note_edit(desk);
    }
}

/// The checkpoint as a session.
fn saved(desk: &Desk, moment: Arc<Moment>) -> Saved {
    let operators = desk.device.operators.list().iter();
    let operators = operators.map(|(operator, on)| OperatorPart { file: operator.path.clone(), on: *on }).collect();
    let kernel = desk.model.kernel.loaded.as_ref().map(|loaded| loaded.path.clone());
    let params = &moment.params;
    let session = SessionFile {
        scene: Some(moment.scene.clone()).filter(|name| genesis::scene(name).is_ok()),
        state: None,
        kernel,
        running: desk.run.clock.is_moving(),
        params: TABLE.iter().filter_map(|info| Some((info.name, params.get(info.name)?))).collect(),
        view: view_part(&desk.model.view),
        operators,
    };
    Saved { moment, session }
}
