//! A linear kernel from a file, and the reference LES beside it.

use std::{
    path::Path,
    sync::{Arc, mpsc::channel},
    thread,
};

use super::{model::LoadedKernel, reference::Reference, session::Session};
use crate::{
    error::Result,
    io,
    params::Kernel,
    spectral::modal,
    state::{Propagator, State},
};

/// Real time between two comparisons with the reference.
const COMPARE_S: f64 = 0.25;
/// Most comparisons kept; beyond it every other one goes.
const DISTANCES: usize = 2000;

/// Eigenvalues on their way from a thread.
pub(super) type Eigenvalues = std::sync::mpsc::Receiver<std::result::Result<Vec<[f64; 2]>, String>>;

impl Session {
    /// Loads A.npz: the kernel becomes linear, its time step the kernel's. On failure nothing changes.
    pub(super) fn load_kernel(&mut self, path: &Path, now_s: f64) -> Result<()> {
        let propagator = Arc::new(io::read_propagator(path)?);
        let state = self.engine.glance()?;
        propagator.fits(state.background.basis())?;
        let mut params = self.model.params;
        params.kernel = Kernel::Linear;
        if let Some(dt) = propagator.origin.dt {
            params.set("dt", dt)?;
        }
        let (old, before) = (self.engine.set_propagator(Some(propagator.clone())), self.model.params);
        self.model.params = params;
        if let Err(e) = self.load(&state) {
            self.engine.set_propagator(old);
            self.model.params = before;
            return Err(e);
        }
        let name = path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned());
        self.model.kernel.loaded = Some(LoadedKernel {
            name,
            side: propagator.side(),
            ridge_lambda: propagator.origin.ridge_lambda,
            eigenvalues: None,
        });
        self.model.inform(format!("The background moves by {}", path.display()), now_s);
        self.analyse(propagator);
        Ok(())
    }

    /// Back to the built-in kernels.
    pub(super) fn forget_kernel(&mut self) -> Result<()> {
        let state = self.engine.glance()?;
        self.engine.set_propagator(None);
        (self.model.kernel.loaded, self.eigenvalues) = (None, None);
        self.load(&state)
    }

    /// Eigenvalues take seconds, so they are found elsewhere.
    fn analyse(&mut self, propagator: Arc<Propagator>) {
        let (send, receive) = channel();
        let find = move || {
            let values = modal::eigenvalues(&propagator).map_err(|e| e.to_string());
            // Nobody listens any more when another kernel was loaded.
            let _unheard = send.send(values.map(|v| v.iter().map(|l| [l.re, l.im]).collect()));
        };
        match thread::Builder::new().name("eigenvalues".into()).spawn(find) {
            Ok(_) => self.eigenvalues = Some(receive),
            Err(e) => self.set_eigenvalues(Err(e.to_string())),
        }
    }

    fn set_eigenvalues(&mut self, values: std::result::Result<Vec<[f64; 2]>, String>) {
        if let Some(loaded) = &mut self.model.kernel.loaded {
            loaded.eigenvalues = Some(values);
        }
    }

    /// Switches the reference LES on, from the state at hand, or off.
    pub(super) fn toggle_reference(&mut self) -> Result<()> {
        let state = if self.reference.is_none() { Some(self.engine.glance()?) } else { None };
        self.refer_from(state)
    }

    /// Starts the reference anew from a state, or ends it.
    pub(super) fn refer_from(&mut self, state: Option<State>) -> Result<()> {
        self.reference = None;
        (self.model.kernel.reference, self.model.kernel.distances) = (false, vec![]);
        if let Some(state) = state {
            self.reference = Some(Reference::start(state, &self.model.params)?);
            self.model.kernel.reference = true;
        }
        Ok(())
    }

    /// Takes in what threads have found, and offers the reference a state now and then.
    pub(super) fn compare(&mut self, now_s: f64) {
        if let Some(values) = self.eigenvalues.as_ref().and_then(|receive| receive.try_recv().ok()) {
            self.eigenvalues = None;
            self.set_eigenvalues(values);
        }
        let Some(reference) = &mut self.reference else { return };
        match reference.poll() {
            Some(Ok(distance)) => {
                let distances = &mut self.model.kernel.distances;
                distances.push(distance);
                if distances.len() > DISTANCES {
                    let mut keep = false;
                    distances.retain(|_| {
                        keep = !keep;
                        keep
                    });
                }
            }
            Some(Err(e)) => {
                self.reference = None;
                self.model.kernel.reference = false;
                return self.model.complain(format!("The reference LES ended: {e}"), now_s);
            }
            None => {}
        }
        if reference.is_free() && self.clock.is_moving() && now_s - self.compared_s >= COMPARE_S {
            self.compared_s = now_s;
            // A device that cannot answer is reported by the frame itself.
            if let Ok(state) = self.engine.glance() {
                reference.offer(state);
            }
        }
    }
}
