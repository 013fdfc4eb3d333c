//! A linear kernel from a file, and the reference LES beside it.

use std::{
    path::Path,
    sync::{Arc, mpsc::channel},
    thread,
};

use super::{model::LoadedKernel, reference::compared, session::Session};
use crate::{
    error::{Result, caught},
    io,
    params::Kernel,
    spectral::modal,
    state::Propagator,
};

/// Real time between two comparisons with the reference.
const COMPARE_S: f64 = 0.1;

/// Eigenvalues on their way from a thread.
pub(super) type Eigenvalues = std::sync::mpsc::Receiver<std::result::Result<Vec<[f64; 2]>, String>>;

impl Session {
    /// Loads A.npz: the kernel becomes linear, its time step the kernel's. On failure nothing changes.
    pub(super) fn load_kernel(&mut self, path: &Path, now_s: f64) -> Result<()> {
        self.use_kernel(Arc::new(io::read_propagator(path)?), path)?;
        self.follow_kernel(path, now_s);
        self.model.inform(format!("The background moves by {}", path.display()), now_s);
        Ok(())
    }

    /// Lets a kernel move the background. On failure nothing changes.
    pub(super) fn use_kernel(&mut self, propagator: Arc<Propagator>, path: &Path) -> Result<()> {
        let state = self.engine.glance()?;
        propagator.fits(state.background.basis())?;
        let mut params = self.model.params;
        params.kernel = Kernel::Linear;
        if let Some(dt) = propagator.origin.dt {
            params.set("dt", dt)?;
        }
        let (old, before) = (self.engine.set_propagator(Some(propagator.clone())), self.model.params);
        self.model.params = params;
        if let Err(e) = self.load(&state, Some(&state.atoms)) {
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
        self.winding.modal = None;
        self.analyse(propagator);
        Ok(())
    }

    /// Back to the built-in kernels.
    pub(super) fn forget_kernel(&mut self) -> Result<()> {
        let state = self.engine.glance()?;
        self.engine.set_propagator(None);
        (self.eigenvalues, self.winding.modal) = (None, None);
        self.forget_file();
        self.load(&state, Some(&state.atoms))
    }

    /// Eigenvalues take seconds, so they are found elsewhere.
    fn analyse(&mut self, propagator: Arc<Propagator>) {
        let (send, receive) = channel();
        let find = move || {
            let values = caught("the eigenvalues", || modal::eigenvalues(&propagator)).map_err(|e| e.to_string());
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

    /// Switches the reference LES on, from the field at hand, or off.
    pub(super) fn toggle_reference(&mut self) -> Result<()> {
        self.refer(!self.model.kernel.reference)
    }

    /// The canvas shows the state and the reference side by side, or the state alone.
    pub(super) fn toggle_sides(&mut self) -> Result<()> {
        let on = !self.model.kernel.side_by_side;
        if on && !self.model.kernel.reference {
            self.refer(true)?;
        }
        (self.model.kernel.side_by_side, self.stale) = (on, true);
        Ok(())
    }

    /// Starts the reference anew from the field at hand, or ends it.
    pub(super) fn refer(&mut self, on: bool) -> Result<()> {
        self.engine.end_beside();
        let kernel = &mut self.model.kernel;
        (kernel.reference, kernel.sides) = (false, None);
        kernel.distances.clear();
        if on {
            self.engine.begin_beside()?;
            self.model.kernel.reference = true;
            self.stale = true;
        }
        Ok(())
    }

    /// Takes in what threads and the reference have found, and asks the reference now and then.
    pub(super) fn compare(&mut self, now_s: f64) {
        if let Some(values) = self.eigenvalues.as_ref().and_then(|receive| receive.try_recv().ok()) {
            self.eigenvalues = None;
            self.set_eigenvalues(values);
        }
        match self.engine.take_beside() {
            Some(Ok(instant)) => {
                let (sides, distance) = compared(instant);
                let kernel = &mut self.model.kernel;
                kernel.sides = Some(sides);
                kernel.distances.push(distance);
            }
            Some(Err(e)) => {
                self.model.kernel.reference = false;
                return self.model.complain(format!("The reference LES ended: {e}"), now_s);
            }
            None => {}
        }
        if self.model.kernel.reference && self.clock.is_moving() && now_s - self.compared_s >= COMPARE_S {
            self.compared_s = now_s;
            self.engine.ask_beside();
        }
    }
}
