//! Parts of a step on their own, for the parity table.

use super::{FieldTarget, GpuSim, background::FirstStage, headless::submit};
use crate::{
    error::{Error, Result},
    gpu::{Dispatch, readback},
    ops::{
        biot_savart::gpu::Direct,
        mesh::{self, Pyramid},
        window::Window,
    },
    state::Atoms,
};

/// Records passes after the quadrature, and submits them.
fn run<'a>(sim: &GpuSim, passes: impl Iterator<Item = &'a Dispatch>) {
    let context = &sim.held.context;
    let mut encoder = context.device.create_command_encoder(&Default::default());
    let mut pass = encoder.begin_compute_pass(&Default::default()).forget_lifetime();
    sim.motion.quadrature.encode(&mut pass);
    passes.for_each(|d| d.encode(&mut pass));
    drop(pass);
    context.queue.submit([encoder.finish()]);
}

/// Runs quadrature, biot_savart, mode_velocity, atom_modes and the first galerkin stage.
pub(in crate::sim) fn first_stage(sim: &GpuSim) -> Result<FirstStage> {
    let background = sim.held.background.as_ref();
    let background = background.ok_or_else(|| Error::Run("parity needs a background".into()))?;
    let modes = [background.velocity(0)].into_iter().chain(background.atom_modes());
    let galerkin = background.galerkin_pass(sim.held.params.integrator, 0);
    run(sim, sim.motion.direct.passes().chain(modes).chain(galerkin));
    background.read_stage(&sim.held.context)
}

/// Velocity of the vertices by the direct sum, all of them as if pairs were few or as if they were many.
pub(in crate::sim) fn direct(sim: &GpuSim, many: bool) -> Result<Vec<[f64; 2]>> {
    let (context, b) = (&sim.held.context, &sim.held.buffers);
    let over: [&dyn Fn(Dispatch) -> Dispatch; 2] = [&|d| b.over_splits(d), &|d| b.over_vertices(d)];
    run(sim, Direct::launched(context, b, many.then_some(0), over)?.passes());
    let (count, stride) = (sim.held.known.template.atoms.view().vertex.len(), b.vertex_capacity);
    let partial: Vec<[f32; 2]> = readback::read(context, &b.velocity, stride * b.splits as usize)?;
    let sum = |i: usize| {
        let parts = (0..b.splits as usize).map(|p| partial[p * stride + i]);
        parts.fold([0.0, 0.0], |s: [f64; 2], v| [s[0] + f64::from(v[0]), s[1] + f64::from(v[1])])
    };
    Ok((0..count).map(sum).collect())
}

/// Velocity of the vertices through a mesh, left in the first partial sum.
pub(in crate::sim) fn through_mesh(sim: &GpuSim, pyramid: &Pyramid, binned: bool) -> Result<()> {
    let held = &sim.held;
    let extent = super::velocity::extent(&held.known.template, &held.params);
    let passes = mesh::gpu::Passes::spread_by(&held.context, &held.buffers, pyramid, &extent, 0, binned)?;
    run(sim, [passes.gate()].into_iter().chain(passes.passes()));
    held.context.wait()
}

/// Decodes another window.
pub(in crate::sim) fn decode_window(sim: &mut GpuSim, window: Window) -> Result<Vec<f32>> {
    let held = &sim.held;
    sim.views.view = FieldTarget::new(&held.context, &held.buffers, held.modes(), window)?;
    sim.views.view.set(&held.context, held.mean(), held.known.awake);
    submit(sim, GpuSim::encode_decode);
    sim.views.view.read(&sim.held.context)
}

/// Decode on the flow grid, poisson, one move of the dye: omega, velocity, energy, places.
#[expect(clippy::type_complexity, reason = "four read-backs that only the parity table takes apart")]
pub(in crate::sim) fn flow(sim: &mut GpuSim, dt: f64) -> Result<(Vec<f32>, Vec<[f32; 2]>, f64, Vec<[u32; 2]>)> {
    submit(sim, |sim, encoder| sim.encode_tracers(encoder, dt));
    sim.held.context.wait()?;
    sim.harvest();
    let (context, flow) = (&sim.held.context, sim.views.flow.as_ref());
    let flow = flow.ok_or_else(|| Error::Run("parity needs dye".into()))?;
    let omega = flow.target.read(context)?;
    let velocity = readback::read(context, &flow.poisson.velocity, omega.len())?;
    let places = readback::read(context, &flow.dye.places, flow.dye.count as usize)?;
    let energy = sim.probes.counters.energy.ok_or_else(|| Error::Run("the energy did not come back".into()))?;
    Ok((omega, velocity, energy, places))
}

/// One pass of resampling, round 1.
pub(in crate::sim) fn resampled(sim: &GpuSim) -> Result<Atoms> {
    let (context, buffers) = (&sim.held.context, &sim.held.buffers);
    let mut encoder = context.device.create_command_encoder(&Default::default());
    let mut pass = encoder.begin_compute_pass(&Default::default()).forget_lifetime();
    sim.motion.resampling.passes(1).for_each(|d| d.encode(&mut pass));
    drop(pass);
    sim.motion.resampling.copy_back(&mut encoder, buffers);
    context.queue.submit([encoder.finish()]);
    buffers.download(context)?.atoms()
}
