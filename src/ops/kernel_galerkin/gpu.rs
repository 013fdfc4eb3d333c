//! The pass, one dispatch and one uniform a stage.

use super::KernelGalerkin;
use crate::{
    error::Result,
    gpu::{Context, Dispatch, Uniform, dispatch::groups},
    ops::advect::stages,
    params::Integrator,
};

/// Buffers of the background, all squares of modes of one radius but `atom_amplitudes`.
pub struct ModeBuffers<'a> {
    /// 1 where a mode is stored.
    pub mask: &'a wgpu::Buffer,
    /// Amplitudes at the start of the step.
    pub start: &'a wgpu::Buffer,
    /// Amplitudes of even and of odd stages.
    pub stage: [&'a wgpu::Buffer; 2],
    /// Weighted slopes of the step so far.
    pub total: &'a wgpu::Buffer,
    /// Atoms' amplitudes, `ky >= 0`, twice the radius.
    pub atom_amplitudes: &'a wgpu::Buffer,
    /// Radius of the square.
    pub radius: i32,
}

/// All stages of a scheme.
pub struct Stages {
    scheme: Integrator,
    radius: i32,
    stages: Vec<(Uniform<KernelGalerkin>, Dispatch)>,
}

impl Stages {
    /// For a scheme with an even number of stages, so that the last leaves its result in `stage[0]`.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the shader does not compile or cannot be bound on this device.
    pub fn new(context: &Context, m: &ModeBuffers<'_>, scheme: Integrator) -> Result<Self> {
        let side = (2 * m.radius + 1) as usize;
        let count = groups(side * side, super::WORKGROUP.size[0]);
        let stage = |i: usize| {
            let uniform = Uniform::new(context, "kernel_galerkin", KernelGalerkin::default());
            let (from, to) = (m.stage[i % 2], m.stage[(i + 1) % 2]);
            let buffers = [uniform.buffer(), m.mask, m.start, from, to, m.total, m.atom_amplitudes];
            let dispatch = Dispatch::new(context, "kernel_galerkin", &[], &buffers, [count, 1, 1])?;
            Ok((uniform, dispatch))
        };
        let stages = (0..stages(scheme).len()).map(stage).collect::<Result<_>>()?;
        Ok(Self { scheme, radius: m.radius, stages })
    }

    /// Step, mean flow, viscosity, whether atoms advect the background too, and whether their amplitudes hold it.
    pub fn set(&mut self, context: &Context, dt: f64, drift: [f64; 2], nu: f64, [atoms, whole]: [bool; 2]) {
        let numbers = stages(self.scheme);
        for (i, (uniform, _)) in self.stages.iter_mut().enumerate() {
            let value = KernelGalerkin {
                drift: drift.map(|u| u as f32),
                radius: self.radius,
                nu: nu as f32,
                reach: (numbers[i].reach * dt) as f32,
                share: (numbers[i].share * dt) as f32,
                first: u32::from(i == 0),
                last: u32::from(i + 1 == numbers.len()),
                atoms: u32::from(atoms),
                whole: u32::from(whole),
                ..Default::default()
            };
            uniform.set(&context.queue, value);
        }
    }

    /// The dispatch of each stage.
    pub fn passes(&self) -> impl Iterator<Item = &Dispatch> {
        self.stages.iter().map(|(_, dispatch)| dispatch)
    }
}
