//! Stretch and twist on the device, and the circulation that comes back where the proxy changes it.

use super::GpuSim;
use crate::{
    error::Result,
    gpu::{Context, Readback},
    math::BOX,
    ops::{
        buffers::AtomBuffers,
        device::DeviceAtom,
        stretch::{ROOM, gpu::Passes, stretches, twists},
    },
    params::Params,
};

/// The passes, and the read-back of circulations.
pub(super) struct Stretching {
    pub passes: Passes,
    /// Atoms it has room for.
    back: Option<(u32, Readback)>,
}

impl Stretching {
    /// `None` where nothing is asked of them: they then take neither time nor memory.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device has no room, or a shader does not compile there.
    pub fn new(context: &Context, b: &AtomBuffers, params: &Params) -> Result<Option<Self>> {
        let wanted = stretches(params) || twists(params);
        wanted.then(|| Ok(Self { passes: Passes::new(context, b)?, back: None })).transpose()
    }
}

impl GpuSim {
    /// Records twist, core and circulation of a step whose stages were recorded.
    pub(super) fn encode_stretch(&self, pass: &mut wgpu::ComputePass<'static>, timed: bool) {
        let Some(Stretching { passes, .. }) = &self.motion.stretching else { return };
        let run = |pass: &mut wgpu::ComputePass<'static>, d| self.probes.timer.run(pass, d, timed);
        if twists(&self.params) {
            let modes = self.pushing().map(|background| background.velocity(0));
            let [left, right, sum] = passes.twist();
            let [push, push_again] = self.carried.as_ref().map_or([vec![], vec![]], |carried| carried.at_vertices());
            run(pass, &self.motion.quadrature);
            run(pass, left);
            match &self.motion.mesh {
                Some(mesh) => mesh.passes().for_each(|d| run(pass, d)),
                None => self.motion.direct.passes().for_each(|d| run(pass, d)),
            }
            modes.into_iter().chain(push).for_each(|d| run(pass, d));
            run(pass, right);
            match &self.motion.mesh {
                Some(mesh) => mesh.again().for_each(|d| run(pass, d)),
                None => self.motion.direct.passes().for_each(|d| run(pass, d)),
            }
            modes.into_iter().chain(push_again).for_each(|d| run(pass, d));
            run(pass, sum);
        }
        if stretches(&self.params) {
            run(pass, passes.stretch());
        }
        if self.params.alpha != 0.0 {
            run(pass, passes.gamma());
        }
    }

    /// Records a copy of the atoms where their circulations change.
    pub(super) fn copy_circulation(&mut self, encoder: &mut wgpu::CommandEncoder) {
        let (atoms, alpha) = (self.probes.counters.atoms, self.params.alpha);
        let Some(stretching) = self.motion.stretching.as_mut().filter(|_| alpha != 0.0 && atoms > 0) else { return };
        if stretching.back.as_ref().is_none_or(|(room, _)| *room != atoms) {
            let bytes = u64::from(atoms) * size_of::<DeviceAtom>() as u64;
            stretching.back = Some((atoms, Readback::new(&self.context, "circulations", bytes)));
        }
        if let Some((_, back)) = &mut stretching.back {
            back.copy(encoder, &self.buffers.atoms, 0);
        }
    }

    /// The mean vorticity that balances the circulation, from the newest copy, and a mesh with room for what it
    /// has grown to.
    pub(super) fn harvest_circulation(&mut self) {
        let back = self.motion.stretching.as_ref().and_then(|s| s.back.as_ref());
        let Some(bytes) = back.and_then(|(_, back)| back.take()) else { return };
        let atoms: Vec<DeviceAtom> =
            bytes.chunks_exact(size_of::<DeviceAtom>()).map(bytemuck::pod_read_unaligned).collect();
        let gamma = |a: &DeviceAtom| if a.support == 0 { 0.0 } else { f64::from(a.gamma) };
        self.held.circulation = atoms.iter().map(|a| f64::from(a.sign) * gamma(a)).sum();
        let outgrown = |sum: f64| sum > 0.5 * ROOM * self.held.template.atoms.view().gamma.iter().sum::<f64>();
        if self.motion.mesh.is_some()
            && atoms.len() == self.held.template.atoms.len()
            && outgrown(atoms.iter().map(gamma).sum())
        {
            (0..).zip(&atoms).for_each(|(i, a)| self.held.template.atoms.set_gamma(i, f64::from(a.gamma)));
            // Without one the direct sum goes on.
            self.motion.mesh =
                super::velocity::mesh_passes(&self.context, &self.buffers, &self.held.template, &self.params)
                    .ok()
                    .flatten();
        }
        let mean = self.held.circulation / (BOX * BOX);
        self.views.view.set(&self.context, mean, self.held.awake);
        if let Some(flow) = &mut self.views.flow {
            flow.set(&self.context, mean, self.held.awake);
        }
        if let Some(quantities) = &mut self.views.quantities {
            quantities.set(&self.context, mean, self.held.awake);
        }
    }
}
