//! A linear kernel from a file: taken, analysed beside the frames, and read anew when its file changes.

use std::{path::Path, sync::Arc};

use crate::{
    app::{desk::Desk, model::LoadedKernel, run::put::Next, tools::follow::Watch},
    error::{Result, caught},
    io,
    open::step_of_kernel,
    params::{Kernel, Params},
    process::task::{self, Task},
    spectral::modal::{self, Modal},
    state::{Propagator, State},
};

/// Eigenvalues, or why there are none.
type Values = std::result::Result<Vec<[f64; 2]>, String>;

/// What is found out about a loaded kernel.
enum Analysis {
    /// Its eigenvalues.
    Values(Values),
    /// Its eigenbasis, where that is good enough to leap in time.
    Basis(Arc<Modal>),
}

/// What a kernel makes of parameters.
pub struct Fit {
    /// Linear, with its time step.
    pub params: Params,
    /// What was changed for it, in a sentence.
    pub told: Option<String>,
}

/// Parameters with which a kernel moves the background of a state.
///
/// # Errors
/// For a kernel of other modes than the state's.
pub fn fit(propagator: &Propagator, state: &State, mut params: Params, path: &Path) -> Result<Fit> {
    propagator.fits(state.background.basis())?;
    params.kernel = Kernel::Linear;
    let told = step_of_kernel(&mut params, propagator.origin.dt, path)?;
    Ok(Fit { params, told })
}

/// The loaded kernel's analysis and its file.
#[derive(Default)]
pub struct Kernels {
    analysis: Option<Task<Analysis>>,
    /// The file it came from.
    watch: Option<Watch>,
    /// The same file, being read anew.
    reading: Option<Task<Propagator>>,
    /// What was read, until the run is ready for it.
    read: Option<Arc<Propagator>>,
}

impl Kernels {
    /// Lets A.npz move the background, and follows the file: the kernel becomes linear, its time step the kernel's. On
    /// failure nothing changes.
    ///
    /// # Errors
    /// For a kernel of other modes than the run's.
    pub fn open(&mut self, desk: &mut Desk, propagator: Arc<Propagator>, path: &Path) -> Result<()> {
        self.take(desk, propagator, path)?;
        self.follow(path, desk.now_s());
        desk.inform(format!("The background moves by {}", path.display()));
        Ok(())
    }

    /// Lets a kernel move the background. On failure nothing changes.
    ///
    /// # Errors
    /// For a kernel of other modes than the run's.
    pub fn take(&mut self, desk: &mut Desk, propagator: Arc<Propagator>, path: &Path) -> Result<()> {
        let state = desk.device.state()?;
        let Fit { params, told } = fit(&propagator, &state, desk.model.params, path)?;
        let next = Next { params, kernel: Some(propagator.clone()), ..desk.next_state(state.clone()) };
        desk.put(next, Some(&state.atoms))?;
        self.taken(desk, propagator, path, &state, told);
        Ok(())
    }

    /// A kernel moves the background of this state from now on: what it is, and its analysis.
    pub fn taken(
        &mut self,
        desk: &mut Desk,
        propagator: Arc<Propagator>,
        path: &Path,
        state: &State,
        told: Option<String>,
    ) {
        let name = path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned());
        desk.model.kernel.loaded = Some(LoadedKernel {
            name,
            path: path.into(),
            side: propagator.side(),
            ridge_lambda: propagator.origin.ridge_lambda,
            eigenvalues: None,
        });
        desk.run.modal = None;
        let k_keep = propagator.remark_on_k_keep(&state.background.to_z(), state.background.basis());
        told.into_iter().chain(k_keep).for_each(|what| desk.inform(what));
        match analyse(propagator) {
            Ok(analysis) => self.analysis = Some(analysis),
            Err(e) => set_values(desk, Err(e.to_string())),
        }
    }

    /// The kernel's file is watched from now on.
    pub fn follow(&mut self, path: &Path, now_s: f64) {
        (self.watch, self.reading, self.read) = (Some(Watch::new(path, now_s)), None, None);
    }

    /// Takes in what was found out, and reads the kernel's file anew when it has changed; what is foreign or
    /// half-written is refused and the old kernel stays.
    pub fn hear(&mut self, desk: &mut Desk, now_s: f64) {
        if desk.device.propagator().is_none() {
            *self = Self::default();
            return;
        }
        match self.analysis.as_mut().and_then(Task::take) {
            Some(Ok(Analysis::Values(values))) => set_values(desk, values),
            Some(Ok(Analysis::Basis(modal))) => desk.run.modal = Some(modal),
            Some(Err(e)) => set_values(desk, Err(e.to_string())),
            None => {}
        }
        if desk.model.files.follow {
            self.read_anew(desk, now_s);
        }
    }

    fn read_anew(&mut self, desk: &mut Desk, now_s: f64) {
        let Some(watch) = &mut self.watch else { return };
        let path = watch.path.clone();
        if self.reading.is_none() && self.read.is_none() && watch.is_due(now_s) {
            let from = path.clone();
            match Task::once("the kernel's file", move || io::read_propagator(&from)) {
                Ok(reading) => self.reading = Some(reading),
                Err(e) => desk.complain(e.to_string()),
            }
        }
        let read = match self.read.take() {
            Some(read) => Ok(read),
            None => match task::answer(&mut self.reading) {
                Some(read) => read.map(Arc::new),
                None => return,
            },
        };
        desk.device.awaited.is_put_off();
        let kept = read.as_ref().ok().cloned();
        match read.and_then(|propagator| self.take(desk, propagator, &path)) {
            Err(_) if desk.device.awaited.is_put_off() => self.read = kept,
            Ok(()) => {
                desk.model.files.reloads += 1;
                desk.inform(format!("{} has changed and was read anew", path.display()));
            }
            Err(e) => desk.complain(format!("The kernel's file has changed; the old kernel stays: {e}")),
        }
    }

    /// In how many seconds the file is to be looked at again; `None` where none is watched.
    pub fn due_s(&self, desk: &Desk) -> Option<f64> {
        self.watch.as_ref().filter(|_| desk.model.files.follow).map(|_| Watch::LOOK_S)
    }
}

/// Back to the built-in kernels. On failure nothing changes.
///
/// # Errors
/// Where the device refuses the state.
pub fn forget(desk: &mut Desk) -> Result<()> {
    let state = desk.device.state()?;
    let atoms = state.atoms.clone();
    desk.put(Next { kernel: None, ..desk.next_state(state) }, Some(&atoms))
}

/// Eigenvalues take seconds, the eigenbasis more.
fn analyse(propagator: Arc<Propagator>) -> Result<Task<Analysis>> {
    Task::start("the eigenvalues", move |voice| {
        let values = modal::eigenvalues(&propagator)?;
        voice.say(Analysis::Values(Ok(values.iter().map(|l| [l.re, l.im]).collect())));
        // Without a basis there are eigenvalues all the same.
        if !voice.is_cancelled()
            && let Ok(modal) = caught("the eigenbasis", || Modal::of(&propagator))
            && modal.well_conditioned()
        {
            voice.say(Analysis::Basis(Arc::new(modal)));
        }
        Ok(())
    })
}

fn set_values(desk: &mut Desk, values: Values) {
    if let Some(loaded) = &mut desk.model.kernel.loaded {
        loaded.eigenvalues = Some(values);
    }
}
