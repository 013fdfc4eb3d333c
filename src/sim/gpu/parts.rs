//! Parts of a step on their own, for the parity table.

use super::{
    FieldTarget, GpuSim,
    background::{DeviceBackground, FirstStage},
};
use crate::{
    error::{Error, Result},
    gpu::{Dispatch, readback},
    math::BOX,
    ops::{
        biot_savart::gpu::Direct,
        mesh::{self, Pyramid},
        window::Window,
    },
};

impl GpuSim {
    /// Runs quadrature, biot_savart, mode_velocity, atom_modes and the first galerkin stage.
    pub(in crate::sim) fn run_first_stage(&self) -> Result<FirstStage> {
        let mut encoder = self.context.device.create_command_encoder(&Default::default());
        let mut pass = encoder.begin_compute_pass(&Default::default()).forget_lifetime();
        self.motion.quadrature.encode(&mut pass);
        self.motion.direct.passes().for_each(|d| d.encode(&mut pass));
        let background = self.background.as_ref().ok_or_else(|| Error::Run("parity needs a background".into()))?;
        background.velocity(0).encode(&mut pass);
        background.atom_modes().iter().for_each(|d| d.encode(&mut pass));
        background.galerkin_pass(self.params.integrator, 0).into_iter().for_each(|d| d.encode(&mut pass));
        drop(pass);
        self.context.queue.submit([encoder.finish()]);
        background.read_stage(&self.context)
    }

    /// Velocity of the vertices by the direct sum, all of them as if pairs were few or as if they were many.
    pub(in crate::sim) fn run_direct(&self, many: bool) -> Result<Vec<[f64; 2]>> {
        let b = &self.buffers;
        let over: [&dyn Fn(Dispatch) -> Dispatch; 2] = [&|d| b.over_splits(d), &|d| b.over_vertices(d)];
        let direct = Direct::launched(&self.context, b, many.then_some(0), over)?;
        let mut encoder = self.context.device.create_command_encoder(&Default::default());
        let mut pass = encoder.begin_compute_pass(&Default::default()).forget_lifetime();
        self.motion.quadrature.encode(&mut pass);
        direct.passes().for_each(|d| d.encode(&mut pass));
        drop(pass);
        self.context.queue.submit([encoder.finish()]);
        let (count, stride) = (self.held.template.atoms.view().vertex.len(), b.vertex_capacity);
        let partial: Vec<[f32; 2]> = readback::read(&self.context, &b.velocity, stride * b.splits as usize)?;
        let sum = |i: usize| {
            let parts = (0..b.splits as usize).map(|p| partial[p * stride + i]);
            parts.fold([0.0, 0.0], |s: [f64; 2], v| [s[0] + f64::from(v[0]), s[1] + f64::from(v[1])])
        };
        Ok((0..count).map(sum).collect())
    }

    /// Velocity of the vertices through a mesh, left in the first partial sum.
    pub(in crate::sim) fn run_mesh(&self, pyramid: &Pyramid, binned: bool) -> Result<()> {
        let extent = super::velocity::extent(&self.held.template, &self.params);
        let passes = mesh::gpu::Passes::spread_by(&self.context, &self.buffers, pyramid, &extent, 0, binned)?;
        let mut encoder = self.context.device.create_command_encoder(&Default::default());
        let mut pass = encoder.begin_compute_pass(&Default::default()).forget_lifetime();
        self.motion.quadrature.encode(&mut pass);
        [passes.gate()].into_iter().chain(passes.passes()).for_each(|d| d.encode(&mut pass));
        drop(pass);
        self.context.queue.submit([encoder.finish()]);
        self.context.wait()
    }

    /// Decodes another window.
    pub(in crate::sim) fn decode_window(&mut self, window: Window) -> Result<Vec<f32>> {
        let modes = self.background.as_ref().map(DeviceBackground::decoded);
        self.views.view = FieldTarget::new(&self.context, &self.buffers, modes, window)?;
        self.views.view.set(&self.context, self.held.circulation / (BOX * BOX), self.held.awake);
        self.submit(Self::encode_decode);
        self.views.view.read(&self.context)
    }

    /// Decode on the flow grid, poisson, one move of the dye: omega, velocity, energy, places.
    #[expect(clippy::type_complexity, reason = "four read-backs that only the parity table takes apart")]
    pub(in crate::sim) fn run_flow(&mut self, dt: f64) -> Result<(Vec<f32>, Vec<[f32; 2]>, f64, Vec<[u32; 2]>)> {
        self.submit(|sim, encoder| sim.encode_tracers(encoder, dt));
        self.context.wait()?;
        self.harvest();
        let flow = self.views.flow.as_ref().ok_or_else(|| Error::Run("parity needs dye".into()))?;
        let read = |b: &wgpu::Buffer, n: usize| readback::read(&self.context, b, n);
        let omega = flow.target.read(&self.context)?;
        let velocity = read(&flow.poisson.velocity, omega.len())?;
        let places = readback::read(&self.context, &flow.dye.places, flow.dye.count as usize)?;
        let energy = self.probes.counters.energy.ok_or_else(|| Error::Run("the energy did not come back".into()))?;
        Ok((omega, velocity, energy, places))
    }

    /// One pass of resampling, round 1.
    pub(in crate::sim) fn run_resampling(&self) -> Result<crate::state::Atoms> {
        let mut encoder = self.context.device.create_command_encoder(&Default::default());
        let mut pass = encoder.begin_compute_pass(&Default::default()).forget_lifetime();
        self.motion.resampling.passes(1).for_each(|d| d.encode(&mut pass));
        drop(pass);
        self.motion.resampling.copy_back(&mut encoder, &self.buffers);
        self.context.queue.submit([encoder.finish()]);
        self.buffers.download(&self.context)?.atoms()
    }
}
