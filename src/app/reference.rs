//! The forecast's judge: a reference LES on a thread of its own.
//!
//! It starts from the decoded field of the state at hand. Now and then the window offers its state; the
//! thread brings the LES to the same time, decodes the state on the LES's grid and answers
//! `relL2 = |state - LES| / |LES|` and their correlation. It runs on the CPU and never holds up a frame:
//! while it is busy no state is offered.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread,
};

use crate::{
    error::{Error, Result},
    math::nearness,
    params::Params,
    sim::{CpuSim, Simulator},
    spectral::{Les, LesOptions},
    state::State,
};

/// Side of the reference's grid.
pub const SIDE: u32 = 128;
/// Smagorinsky's constant.
const CS: f64 = 0.17;
/// Most parts of a step.
const SUBSTEPS: u32 = 64;

/// How far the state is from the reference at one time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distance {
    /// Simulated time.
    pub time: f64,
    /// Relative L2 difference of the fields.
    pub rel_l2: f64,
    /// Correlation of the fields.
    pub correlation: f64,
}

/// A running reference.
pub struct Reference {
    offers: Sender<State>,
    answers: Receiver<Result<Distance>>,
    stop: Arc<AtomicBool>,
    busy: bool,
}

impl Drop for Reference {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl Reference {
    /// Starts from a state.
    ///
    /// # Errors
    /// [`Error::Usage`] with a mean drift, which the LES does not have; [`Error::Run`] without a thread.
    pub fn start(state: State, params: &Params) -> Result<Self> {
        if params.drift_x != 0.0 || params.drift_y != 0.0 {
            return Err(Error::Usage("the reference LES has no mean flow: set drift_x and drift_y to 0".into()));
        }
        let ((offers, inbox), (outbox, answers)) = (channel(), channel());
        let (stop, params) = (Arc::new(AtomicBool::new(false)), *params);
        let stopped = stop.clone();
        let run = move || {
            if let Err(e) = follow(state, &params, &inbox, &outbox, &stopped) {
                // Nobody listens any more when the reference was switched off.
                let _unheard = outbox.send(Err(e));
            }
        };
        let spawned = thread::Builder::new().name("reference LES".into()).spawn(run);
        spawned.map_err(|e| Error::Run(format!("the reference LES has no thread to run on: {e}")))?;
        Ok(Self { offers, answers, stop, busy: false })
    }

    /// Whether a state may be offered.
    pub fn is_free(&self) -> bool {
        !self.busy
    }

    /// Asks for the distance of a state.
    pub fn offer(&mut self, state: State) {
        self.busy = self.offers.send(state).is_ok();
    }

    /// The answer, once. An error ends the reference.
    pub fn poll(&mut self) -> Option<Result<Distance>> {
        let answer = self.answers.try_recv().ok()?;
        self.busy = false;
        Some(answer)
    }
}

fn decoded(state: &State, params: &Params) -> Result<Vec<f64>> {
    let field = CpuSim::new(state, params)?.decode(SIDE)?;
    Ok(field.iter().map(|w| f64::from(*w)).collect())
}

fn follow(
    first: State,
    params: &Params,
    inbox: &Receiver<State>,
    outbox: &Sender<Result<Distance>>,
    stop: &AtomicBool,
) -> Result<()> {
    let options = LesOptions {
        n: SIDE as usize,
        nu0: params.nu,
        cs: CS,
        dt: params.dt,
        substeps: SUBSTEPS,
        ..Default::default()
    };
    let mut les = Les::new(&options, &decoded(&first, params)?)?;
    for state in inbox {
        while first.time + les.time() < state.time - 0.5 * options.dt {
            if stop.load(Ordering::Relaxed) {
                return Ok(());
            }
            les.step()?;
        }
        let near = nearness(&decoded(&state, params)?, &les.field());
        let distance = Distance { time: state.time, rel_l2: near.rel_l2, correlation: near.corr };
        if outbox.send(Ok(distance)).is_err() {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_viscous_vortex_stays_near_its_reference() {
        let mut params = Params { kernel: crate::params::Kernel::Galerkin, ..Params::default() };
        let state = crate::genesis::make("cells", &mut params).unwrap();
        let mut sim = CpuSim::new(&state, &params).unwrap();
        let mut reference = Reference::start(state, &params).unwrap();
        sim.advance(3).unwrap();
        assert!(reference.is_free());
        reference.offer(sim.snapshot().unwrap());
        assert!(!reference.is_free());
        let answer = loop {
            if let Some(answer) = reference.poll() {
                break answer.unwrap();
            }
            thread::sleep(std::time::Duration::from_millis(5));
        };
        assert_eq!(answer.time, sim.time());
        assert!(answer.rel_l2 < 0.05 && answer.correlation > 0.99, "{answer:?}");
    }

    #[test]
    fn a_mean_flow_is_refused() {
        let params = Params { drift_x: 0.1, ..Params::default() };
        let state = crate::genesis::make("dipole", &mut Params::default()).unwrap();
        assert!(Reference::start(state, &params).err().unwrap().to_string().contains("drift_x"));
    }
}
