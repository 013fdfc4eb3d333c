//! Nothing is lost: checkpoints, autosaves, offers after an unclean end, and a way out of numbers that are none.

pub mod marker;
mod numbers;
pub mod vault;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    app::{
        Options,
        model::{Model, RescueAsk},
        run::history::Moment,
        tools::files::view_part,
        window::{Session, inject::Plan},
    },
    error::{Error, Result},
    genesis,
    io::session::{OperatorPart, SessionFile},
    params::TABLE,
    soak::Soak,
    state::State,
};
use numbers::Numbers;
use vault::{Saved, Vault};

/// What belongs to safety and lives as long as the window, whatever becomes of its device.
#[derive(Default)]
pub struct Safety {
    pub(crate) vault: Vault,
    pub(crate) plan: Plan,
    /// A soak instead of somebody.
    pub(crate) soak: Option<Box<Soak>>,
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
    /// Of a window that has just opened.
    pub(crate) fn open(begun: Begun, options: &Options, model: &mut Model, now_s: f64) -> Self {
        let Begun { mut vault, offer, lost, fault } = begun;
        let plan = Plan::of_environment();
        vault.every_s = plan.autosave_s;
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
        let soak = Soak::begin(options, model.params, now_s).map(Box::new);
        Self { vault, plan, soak, ..Self::default() }
    }
}

impl Session {
    /// A state that is known to be good: what a lost device, a crash or an autosave goes back to.
    pub(crate) fn keep_checkpoint(&mut self, state: State) {
        let (params, scene) = (self.model.params, self.model.scene.clone());
        self.checkpoint = Arc::new(Moment { state, params, scene });
    }

    /// The checkpoint as a session.
    fn saved(&self, moment: Arc<Moment>) -> Saved {
        let operators = self.engine.operators().iter();
        let operators = operators.map(|(operator, on)| OperatorPart { file: operator.path.clone(), on: *on }).collect();
        let kernel = self.keep.watch.as_ref().filter(|_| self.model.kernel.loaded.is_some()).map(|w| w.path.clone());
        let params = &moment.params;
        let session = SessionFile {
            scene: Some(moment.scene.clone()).filter(|name| genesis::scene(name).is_ok()),
            state: None,
            kernel,
            running: self.clock.is_moving(),
            params: TABLE.iter().filter_map(|info| Some((info.name, params.get(info.name)?))).collect(),
            view: view_part(&self.model.view),
            operators,
        };
        Saved { moment, session }
    }

    /// Faults for tests, autosaves, what last words need.
    pub(crate) fn guard(&mut self, now_s: f64) {
        self.soak(now_s);
        self.inject();
        if self.safety.known.as_ref().is_none_or(|known| !Arc::ptr_eq(known, &self.checkpoint)) {
            self.safety.known = Some(self.checkpoint.clone());
            self.safety.vault.know(&self.saved(self.checkpoint.clone()));
        }
        let mut vault = std::mem::take(&mut self.safety.vault);
        let looked = vault.look(|| self.saved(self.checkpoint.clone()), now_s);
        self.safety.vault = vault;
        self.model.rescue.autosaves = self.safety.vault.written;
        if let Err(e) = looked {
            self.model.complain(format!("Nothing is saved by itself for now: {e}"), now_s);
        }
    }

    /// Saves what runs now, or what was last known to be good, and says where. Waits for the device.
    pub fn save_for_later(&mut self) -> String {
        let now = self.moment().ok().filter(|moment| moment.state.validate().is_ok()).map(Arc::new);
        let saved = self.saved(now.unwrap_or_else(|| self.checkpoint.clone()));
        let step = saved.moment.state.step;
        let written = self.safety.vault.save_now(&saved).unwrap_or_else(|| {
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
        self.safety.vault.end();
    }

    /// What a card asks for.
    pub(crate) fn rescue(&mut self, ask: RescueAsk, now_s: f64) -> Result<()> {
        match ask {
            RescueAsk::Fresh => self.model.rescue.offer = None,
            RescueAsk::Reopen => {
                if let Some(path) = self.model.rescue.offer.take() {
                    let session = self.model.files.session.take();
                    let recent = self.model.files.recent.clone();
                    let opened = self.open_session(&path, &[], now_s);
                    // The file is not the user's and will be gone some day.
                    (self.model.files.session, self.model.files.recent) = (session, recent);
                    opened?;
                    self.model.inform(format!("Step {}, as it was saved by itself", self.origin.step), now_s);
                }
            }
            RescueAsk::Fix => return self.take_fix(now_s),
            RescueAsk::Leave => self.model.rescue.fix = None,
        }
        Ok(())
    }

    /// The first button of the first card.
    pub(crate) fn take_offer(&mut self, now_s: f64) -> Result<()> {
        match (&self.model.rescue.fix, &self.model.rescue.offer) {
            (Some(_), _) => self.rescue(RescueAsk::Fix, now_s),
            (None, Some(_)) => self.rescue(RescueAsk::Reopen, now_s),
            (None, None) => {
                self.model.inform("Nothing is offered now", now_s);
                Ok(())
            }
        }
    }
}
