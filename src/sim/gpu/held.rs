//! The state as the device holds it: atoms, background, the parcels that stand for ellipses, and what is known of all
//! that without asking.

use std::sync::Arc;

use super::{
    background::DeviceBackground,
    carried::Carried,
    job::{Ground, Next},
    learned::Learned,
    operated::Operators,
    room,
};
use crate::{
    error::{Error, Result},
    gpu::Context,
    math::BOX,
    operator::Operator,
    ops::{
        buffers::AtomBuffers,
        device::{Counts, DeviceAtoms},
    },
    params::{Effect, Kernel, Params, Switch, TABLE},
    sim::{
        cycle::{is_carried, lattice},
        linear_factors,
        rows::waits,
    },
    state::{Atoms, Background, Births, Meta, Propagator, State, Stroke},
};

/// The state on the device.
pub struct Held {
    pub(super) context: Context,
    pub(super) params: Params,
    pub(super) known: Known,
    pub(super) buffers: AtomBuffers,
    pub(super) background: Option<DeviceBackground>,
    /// Moves the background instead of the built-in linear kernel.
    pub(super) learned: Option<Learned>,
    /// Of the user.
    pub(super) operators: Operators,
    /// Stands for the ellipses.
    pub(super) carried: Option<Carried>,
}

/// What is known of the state that the device holds.
pub(super) struct Known {
    /// Basis, header and scalars; its atoms and amplitudes are those of the last upload.
    pub template: State,
    pub time: f64,
    pub step: u64,
    pub circulation: f64,
    pub births: Births,
    /// As they were uploaded.
    pub counts: Counts,
    /// Whether anything is in the background: a pass that feeds it wakes it.
    pub awake: bool,
    /// Whether there are ellipses that parcels could carry.
    pub ellipses: bool,
    /// Whether there are filaments that become rows of ellipses at the end of a cycle.
    pub waits: bool,
}

impl Known {
    fn of(state: &State, awake: bool) -> Self {
        Self {
            template: State { parcels: None, strokes: vec![], ..state.clone() },
            time: state.time,
            step: state.step,
            circulation: state.atoms.circulation(),
            births: Births::at(state.time, state.atoms.len()),
            counts: Counts::default(),
            awake,
            ellipses: false,
            waits: false,
        }
    }
}

impl Held {
    /// Room for a prepared state; its atoms are still to be uploaded.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a state or parameters that break an invariant, and a matrix that does not fit; where the
    /// device has no room.
    pub(super) fn new(
        context: &Context,
        state: &State,
        params: &Params,
        propagator: Option<&Propagator>,
    ) -> Result<Self> {
        params.validate()?;
        room::check(context, params)?;
        state.validate()?;
        if let Some(residual) = state.background.basis().residual() {
            return Err(Error::invalid(
                "state for this backend",
                "one without residual coefficients; `run --backend cpu` and a kernel alone take them",
                format!("{} of them", residual.rank()),
            ));
        }
        let capacity = (params.max_vertices as usize).max(state.atoms.vertex_count());
        let buffers = AtomBuffers::new(context, capacity, lattice(params))?;
        let awake = !state.background.is_zero() || propagator.is_some();
        let background = match awake || params.mdl == Switch::On {
            true => Some(DeviceBackground::new(context, &buffers, &state.background)?),
            false => None,
        };
        let learned = match (propagator, &background) {
            (Some(a), Some(b)) => Some(Learned::new(context, a, &state.background, b.squares())?),
            _ => None,
        };
        Ok(Self {
            context: context.clone(),
            params: *params,
            known: Known::of(state, awake),
            buffers,
            background,
            learned,
            operators: Operators::default(),
            carried: None,
        })
    }

    /// The device it is on.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Its parameters.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// Buffers of the atoms, for drawing filaments.
    pub fn buffers(&self) -> &AtomBuffers {
        &self.buffers
    }

    /// When each atom came into being.
    pub fn births(&self) -> &Births {
        &self.known.births
    }

    /// Takes over what another simulation knew of them.
    pub fn set_births(&mut self, births: Births) {
        self.known.births = births;
    }

    /// Simulated time.
    pub fn time(&self) -> f64 {
        self.known.time
    }

    /// Steps taken.
    pub fn step(&self) -> u64 {
        self.known.step
    }

    /// Mean flow.
    pub fn drift(&self) -> [f64; 2] {
        [self.params.drift_x, self.params.drift_y]
    }

    /// The operators of the user.
    pub fn operators(&self) -> &[Arc<Operator>] {
        &self.operators.list
    }

    /// Whether a matrix moves the background now.
    pub fn is_learned(&self) -> bool {
        self.learned.is_some() && self.params.kernel == Kernel::Linear
    }

    /// Bytes of its buffers.
    pub(super) fn bytes(&self) -> u64 {
        let learned = self.learned.as_ref().map_or(0, Learned::bytes);
        self.buffers.bytes() + learned + self.carried.as_ref().map_or(0, Carried::bytes)
    }

    /// The mean vorticity that balances the circulation.
    pub(super) fn mean(&self) -> f64 {
        self.known.circulation / (BOX * BOX)
    }

    /// The background's square that is decoded, and its radius.
    pub(super) fn modes(&self) -> Option<(&wgpu::Buffer, i32)> {
        self.background.as_ref().map(DeviceBackground::decoded)
    }

    /// Whether parcels carry the background.
    pub(super) fn carries_background(&self) -> bool {
        self.carried.as_ref().is_some_and(|carried| carried.cycle.carries_background())
    }

    /// Whether ellipses ride on parcels: from the first step of a cycle on.
    pub(super) fn rides(&self) -> bool {
        self.carried.as_ref().is_some_and(|carried| carried.cycle.pace.steps() > 0)
    }

    /// The background where it is awake and pushes the vertices by itself.
    pub(super) fn pushing(&self) -> Option<&DeviceBackground> {
        self.background.as_ref().filter(|_| self.known.awake && !self.carries_background())
    }

    /// Takes over the live parameters.
    pub(super) fn take_params(&mut self, params: &Params) {
        if self.learned.is_some() && (self.params.kernel == Kernel::Linear) != (params.kernel == Kernel::Linear) {
            // `z` and the square of modes are made equal. A device that cannot answer says so at the next read-back.
            if let (Ok(now), Some(learned)) = (self.read_background(), &self.learned) {
                learned.upload(&self.context, &now);
                self.known.template.background = now;
            }
        }
        self.params = Params {
            n: self.params.n,
            max_vertices: self.params.max_vertices,
            tracers: self.params.tracers,
            ..*params
        };
    }

    /// Hands its numbers to the passes of background and parcels.
    pub(super) fn retune(&mut self) {
        let atoms = [!self.known.template.atoms.is_empty(), self.carries_background()];
        if let Some(background) = &mut self.background {
            let factors = linear_factors(&self.known.template.background, &self.params);
            background.set(&self.context, &self.params, &factors, atoms);
        }
        if let Some(carried) = &mut self.carried {
            carried.set(&self.context, &self.params);
        }
    }

    /// The background as it is on the device. Waits for it.
    pub(super) fn read_background(&self) -> Result<Background> {
        match (&self.learned, &self.background) {
            (Some(learned), _) if self.params.kernel == Kernel::Linear => learned.download(&self.context),
            (_, Some(background)) => {
                let mut now = self.known.template.background.clone();
                background.download(&self.context, &mut now)?;
                Ok(now)
            }
            (_, None) => Ok(self.known.template.background.clone()),
        }
    }

    /// A state of these atoms and curves now, with the background of the last upload.
    pub(super) fn around(&self, atoms: Atoms, strokes: Vec<Stroke>) -> State {
        let Known { template, time, step, .. } = &self.known;
        let meta = Meta { dt: self.params.dt, nu: self.params.nu, ..template.meta };
        let background = template.background.clone();
        State { atoms, background, time: *time, step: *step, meta, parcels: None, strokes }
    }

    /// What a cycle to come finds here.
    pub(super) fn ground(&self) -> Ground {
        Ground {
            buffers: self.buffers.clone(),
            background: self.background.as_ref().map(|background| background.modes().clone()),
            awake: self.known.awake,
            now: self.carried.as_ref().map(Carried::kind),
        }
    }

    /// Whether there is room for a state, and the passes for these parameters.
    pub(super) fn takes(&self, state: &State, params: &Params) -> bool {
        let same = |name| self.params.get(name) == params.get(name);
        // The side of the view is that of the canvas.
        let structural = TABLE.iter().filter(|row| row.effect == Effect::Structural && row.name != "n");
        let modes = state.background.basis() == self.known.template.background.basis();
        let wakes = !state.background.is_zero() || params.mdl == Switch::On;
        structural.map(|row| row.name).all(same) && modes && (self.background.is_some() || !wakes)
    }

    /// Another state takes the place of the one that is there; its atoms are still to be uploaded.
    pub(super) fn replace(&mut self, state: &State, params: &Params, awake: bool) {
        self.params = Params { n: self.params.n, ..*params };
        self.known = Known::of(state, awake);
        if let Some(background) = &self.background {
            background.upload(&self.context, &state.background);
        }
        if let Some(learned) = &self.learned {
            learned.upload(&self.context, &state.background);
        }
    }

    /// What a pass made of the background, where it is on the device.
    pub(super) fn upload_background(&mut self, now: &Background) {
        if let Some(background) = &self.background {
            background.upload(&self.context, now);
            self.known.awake = true;
            self.known.template.background = now.clone();
        }
    }

    /// Puts other atoms on the device, with the cycle that carries their ellipses; as the device holds them.
    pub(super) fn upload_atoms(&mut self, atoms: &Atoms, next: Option<Next>) -> Result<Atoms> {
        let carries = |i| next.as_ref().is_some_and(|next| next.cycle().carries(i));
        let device = DeviceAtoms::with(atoms, carries);
        self.buffers.upload(&self.context, &device)?;
        self.buffers.show_atoms(&self.context);
        let held = device.atoms()?;
        self.known.waits = waits(atoms, &self.params);
        self.known.ellipses = (0..atoms.len()).any(|i| is_carried(atoms, i, lattice(&self.params)));
        self.carried = match (self.carried.take(), next) {
            (Some(old), Some(Next::Same(cycle))) => Some(old.with(&self.context, &self.buffers, &held, *cycle)?),
            (_, Some(Next::Other(carried))) => Some(*carried),
            (None, Some(Next::Same(_))) => {
                return Err(Error::Run("a cycle of parcels counts on passes that are gone".into()));
            }
            (_, None) => None,
        };
        self.known.circulation = held.circulation();
        self.known.counts = device.counts;
        self.known.template.atoms = held.clone();
        Ok(held)
    }
}
