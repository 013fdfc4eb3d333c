//! The passes of a step: quadrature, velocity by all pairs or through a mesh, advection, stretch, cores, background,
//! resampling.

use super::{
    carried::Carried,
    held::Held,
    stretch::Stretching,
    velocity::{mesh_passes, pairs},
};
use crate::{
    error::Result,
    gpu::{Context, Dispatch, Timer},
    ops::{advect, biot_savart, buffers::AtomBuffers, core_spread, mesh, quadrature, resample},
    params::{Integrator, Kernel, Params},
    sim::in_stages,
    state::State,
};

/// The passes of a step.
pub(super) struct Motion {
    pub(super) quadrature: Dispatch,
    pub(super) direct: biot_savart::gpu::Direct,
    /// Stands for the direct sum from some number of pairs on.
    pub(super) mesh: Option<mesh::gpu::Passes>,
    pub(super) advect: [advect::gpu::Stages; 2],
    pub(super) stretching: Option<Stretching>,
    pub(super) core_spread: core_spread::gpu::Spread,
    pub(super) resampling: resample::gpu::Resampling,
}

/// How the velocity of a state's atoms is found.
pub(super) struct Solver(biot_savart::gpu::Direct, Option<mesh::gpu::Passes>);

impl Solver {
    /// For a state and its parameters.
    ///
    /// # Errors
    /// Where the device has no room, or a shader does not compile there.
    pub fn new(context: &Context, buffers: &AtomBuffers, state: &State, params: &Params) -> Result<Self> {
        let direct = biot_savart::gpu::Direct::new(context, buffers, pairs(state, params))?;
        Ok(Self(direct, mesh_passes(context, buffers, state, params)?))
    }
}

impl Motion {
    /// For a state and its parameters.
    ///
    /// # Errors
    /// As [`Solver::new`].
    pub fn new(context: &Context, buffers: &AtomBuffers, state: &State, params: &Params) -> Result<Self> {
        let scheme = |scheme| advect::gpu::Stages::new(context, buffers, scheme);
        let Solver(direct, mesh) = Solver::new(context, buffers, state, params)?;
        Ok(Self {
            quadrature: quadrature::gpu::pass(context, buffers)?,
            direct,
            mesh,
            advect: [scheme(Integrator::Rk2)?, scheme(Integrator::Rk4)?],
            stretching: Stretching::new(context, buffers, params)?,
            core_spread: core_spread::gpu::Spread::new(context, buffers)?,
            resampling: resample::gpu::Resampling::new(context, buffers)?,
        })
    }

    /// The velocity is found in another way.
    pub fn solve_by(&mut self, solver: Solver) {
        let Solver(direct, mesh) = solver;
        (self.direct, self.mesh) = (direct, mesh);
    }

    /// Live numbers.
    pub fn set(&mut self, held: &Held) {
        let (c, b, p, pushes) = (&held.context, &held.buffers, &held.params, held.pushing().is_some());
        for stages in &mut self.advect {
            stages.set(c, b, p.dt, held.drift(), pushes);
        }
        if let Some(stretching) = &mut self.stretching {
            stretching.passes.set(c, b, p, pushes);
        }
        self.core_spread.set(c, p.nu, p.dt);
        self.resampling.set(c, b, p.segment_bound);
    }

    /// Bytes of its buffers.
    pub fn bytes(&self) -> u64 {
        self.stretching.as_ref().map_or(0, |stretching| stretching.passes.bytes())
    }

    /// Records a whole step.
    pub fn step(&mut self, held: &mut Held, timer: &Timer, encoder: &mut wgpu::CommandEncoder, timed: bool) {
        let mut pass = encoder.begin_compute_pass(&Default::default()).forget_lifetime();
        self.stages(held, timer, &mut pass, timed);
        self.stretch(held, timer, &mut pass, timed);
        let run_linear = held.params.kernel == Kernel::Linear;
        if held.params.nu > 0.0 {
            timer.run(&mut pass, &self.core_spread.pass, timed);
        }
        if let Some(learned) = held.learned.as_mut().filter(|_| run_linear) {
            learned.passes(|d| timer.run(&mut pass, d, timed));
        } else if let Some(background) = held.background.as_ref().filter(|_| run_linear && held.known.awake) {
            background.linear_passes().for_each(|d| timer.run(&mut pass, d, timed));
        }
        let by_matrix = held.learned.is_some() && run_linear;
        if let Some(on_modes) = held.operators.on_modes.as_mut().filter(|_| !by_matrix) {
            on_modes.passes(|d| timer.run(&mut pass, d, timed));
        }
        if let Some(carried) = &mut held.carried {
            carried.cycle.pace.stepped(1, 2.0 * held.params.nu * held.params.dt);
            if carried.cycle.pace.remesh_is_due() {
                carried.remesh().for_each(|d| timer.run(&mut pass, d, timed));
                carried.cycle.pace.remeshed();
            }
        }
        held.known.step += 1;
        held.known.time += held.params.dt;
        if held.params.resample == 1 && held.known.step.is_multiple_of(resample::EVERY) {
            let round = held.known.step / resample::EVERY;
            self.resampling.passes(round).for_each(|d| timer.run(&mut pass, d, timed));
            drop(pass);
            self.resampling.copy_back(encoder, &held.buffers);
        }
    }

    /// Quadrature, and the velocity of the atoms by the passes at hand.
    fn velocity(&self) -> impl Iterator<Item = &Dispatch> {
        let direct = self.mesh.is_none().then(|| self.direct.passes());
        let mesh = self.mesh.iter().flat_map(|mesh| mesh.passes());
        [&self.quadrature].into_iter().chain(mesh).chain(direct.into_iter().flatten())
    }

    fn stages(&self, held: &Held, timer: &Timer, pass: &mut wgpu::ComputePass<'static>, timed: bool) {
        let run = |pass: &mut wgpu::ComputePass<'static>, d: &Dispatch| timer.run(pass, d, timed);
        let scheme = held.params.integrator;
        // Where parcels carry every atom the vertices follow them after the step.
        let alone = held.carried.as_ref().is_some_and(Carried::alone);
        self.mesh.iter().filter(|_| !alone).for_each(|mesh| run(pass, mesh.gate()));
        for (s, advect) in self.advect[scheme as usize].passes().enumerate() {
            if !alone {
                self.velocity().for_each(|d| run(pass, d));
            }
            let background = held.background.as_ref().filter(|_| held.known.awake);
            let staged = background.filter(|_| in_stages(held.params.kernel));
            let modes = if staged.is_some() { s } else { 0 };
            held.pushing().filter(|_| !alone).into_iter().for_each(|b| run(pass, b.velocity(modes)));
            staged
                .filter(|_| !held.known.template.atoms.is_empty())
                .into_iter()
                .flat_map(|b| b.atom_modes())
                .for_each(|d| run(pass, d));
            if let Some(carried) = &held.carried {
                // Adds to the atoms' modes, too.
                carried.velocity(s, modes).for_each(|d| run(pass, d));
                run(pass, carried.move_on(s));
            }
            staged.and_then(|b| b.galerkin_pass(scheme, s)).into_iter().for_each(|d| run(pass, d));
            if !alone {
                run(pass, advect);
            }
        }
        held.carried.iter().filter_map(Carried::follow).for_each(|d| run(pass, d));
    }

    /// Records the velocities of vertices and parcels as they are between two steps.
    pub fn look(&self, held: &Held, encoder: &mut wgpu::CommandEncoder) {
        let mut pass = encoder.begin_compute_pass(&Default::default()).forget_lifetime();
        // What pictures show passes through the grid of the parcels' velocity, so that it comes first.
        held.carried.iter().flat_map(|carried| carried.show()).for_each(|d| d.encode(&mut pass));
        self.quadrature.encode(&mut pass);
        self.mesh.iter().for_each(|mesh| mesh.gate().encode(&mut pass));
        self.velocity().skip(1).for_each(|d| d.encode(&mut pass));
        held.pushing().into_iter().for_each(|background| background.velocity(0).encode(&mut pass));
        held.carried.iter().flat_map(|carried| carried.velocity(0, 0)).for_each(|d| d.encode(&mut pass));
    }
}
