//! A linear kernel from a file, and the reference LES beside it.

use std::{
    path::Path,
    sync::{
        Arc,
        mpsc::{Receiver, channel},
    },
    thread,
};

use crate::{
    app::{
        model::{LoadedKernel, reference::compared},
        run::put::Next,
        window::Session,
    },
    error::{Error, Result, caught},
    io,
    open::step_of_kernel,
    params::Kernel,
    sim::prepare_beside,
    spectral::modal::{self, Modal},
    state::Propagator,
};

/// Real time between two comparisons with the reference.
const COMPARE_S: f64 = 0.1;

/// What a thread finds out about a loaded kernel.
pub(crate) enum Analysis {
    /// Its eigenvalues, or why there are none.
    Values(std::result::Result<Vec<[f64; 2]>, String>),
    /// Its eigenbasis, where that is good enough to leap in time.
    Basis(Arc<Modal>),
}

/// Eigenvalues and eigenbasis on their way from a thread.
pub(crate) type Eigenvalues = Receiver<Analysis>;

impl Session {
    /// Loads A.npz: the kernel becomes linear, its time step the kernel's. On failure nothing changes.
    pub(crate) fn load_kernel(&mut self, path: &Path, now_s: f64) -> Result<()> {
        self.use_kernel(Arc::new(io::read_propagator(path)?), path)?;
        self.follow_kernel(path, now_s);
        self.model.inform(format!("The background moves by {}", path.display()), now_s);
        Ok(())
    }

    /// Lets a kernel move the background. On failure nothing changes.
    pub(crate) fn use_kernel(&mut self, propagator: Arc<Propagator>, path: &Path) -> Result<()> {
        let state = self.engine.glance()?;
        propagator.fits(state.background.basis())?;
        let mut params = self.model.params;
        params.kernel = Kernel::Linear;
        let told = step_of_kernel(&mut params, propagator.origin.dt, path)?;
        let next = Next { params, kernel: Some(propagator.clone()), ..self.next_state(state.clone()) };
        self.swap(next, Some(&state.atoms))?;
        let name = path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned());
        self.model.kernel.loaded = Some(LoadedKernel {
            name,
            side: propagator.side(),
            ridge_lambda: propagator.origin.ridge_lambda,
            eigenvalues: None,
        });
        self.winding.modal = None;
        let k_keep = propagator.remark_on_k_keep(&state.background.to_z(), state.background.basis());
        let now_s = self.now_s();
        told.into_iter().chain(k_keep).for_each(|what| self.model.inform(what, now_s));
        self.analyse(propagator);
        Ok(())
    }

    /// Back to the built-in kernels. On failure nothing changes.
    pub(crate) fn forget_kernel(&mut self) -> Result<()> {
        let state = self.engine.glance()?;
        let atoms = state.atoms.clone();
        self.swap(Next { kernel: None, ..self.next_state(state) }, Some(&atoms))
    }

    /// Eigenvalues take seconds, so they are found elsewhere.
    fn analyse(&mut self, propagator: Arc<Propagator>) {
        let (send, receive) = channel();
        let find = move || {
            let values = caught("the eigenvalues", || modal::eigenvalues(&propagator)).map_err(|e| e.to_string());
            // Nobody listens any more when another kernel was loaded.
            let values = values.map(|v| v.iter().map(|l| [l.re, l.im]).collect());
            if send.send(Analysis::Values(values)).is_ok()
                && let Ok(modal) = caught("the eigenbasis", || Modal::of(&propagator))
                && modal.well_conditioned()
            {
                let _unheard = send.send(Analysis::Basis(Arc::new(modal)));
            }
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
    pub(crate) fn toggle_reference(&mut self) -> Result<()> {
        if self.preparing.take().is_some() {
            return Ok(());
        }
        self.refer(!self.model.kernel.reference)
    }

    /// The canvas shows the state and the reference side by side, or the state alone.
    pub(crate) fn toggle_sides(&mut self) -> Result<()> {
        let on = !self.model.kernel.side_by_side;
        if on && !self.model.kernel.reference {
            self.refer(true)?;
        }
        (self.model.kernel.side_by_side, self.stale) = (on, true);
        Ok(())
    }

    /// Starts the reference anew from the field at hand, or ends it.
    pub(crate) fn refer(&mut self, on: bool) -> Result<()> {
        self.engine.end_beside();
        if on && !self.prepared_beside {
            return self.prepare_reference();
        }
        self.preparing = None;
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

    /// Compiles the reference's shaders on a thread, so that no frame waits for it; the reference starts after it.
    fn prepare_reference(&mut self) -> Result<()> {
        if self.preparing.is_some() {
            return Ok(());
        }
        let (send, receive) = channel();
        let (context, side) = (self.engine.context().clone(), self.engine.side_beside());
        let prepare = move || {
            // Nobody listens any more when the reference was switched off meanwhile.
            let _unheard = send.send(caught("the reference LES", || prepare_beside(&context, side)));
        };
        let thread = thread::Builder::new().name("reference LES".into()).spawn(prepare);
        thread.map_err(|e| Error::Run(format!("the reference LES has no thread to be prepared on: {e}")))?;
        self.preparing = Some(receive);
        let now_s = self.now_s();
        self.model.inform("The reference LES is being prepared", now_s);
        Ok(())
    }

    /// The reference starts once it is prepared.
    fn hear_reference(&mut self, now_s: f64) {
        let Some(Ok(done)) = self.preparing.as_ref().map(Receiver::try_recv) else { return };
        self.preparing = None;
        self.prepared_beside = done.is_ok();
        if let Err(e) = done.and_then(|()| self.refer(true)) {
            self.model.kernel.side_by_side = false;
            self.model.complain(format!("The reference LES did not start: {e}"), now_s);
        }
    }

    /// Takes in what threads and the reference have found, and asks the reference now and then.
    pub(crate) fn compare(&mut self, now_s: f64) {
        self.hear_reference(now_s);
        match self.eigenvalues.as_ref().and_then(|receive| receive.try_recv().ok()) {
            Some(Analysis::Values(values)) => self.set_eigenvalues(values),
            Some(Analysis::Basis(modal)) => (self.eigenvalues, self.winding.modal) = (None, Some(modal)),
            None => {}
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
