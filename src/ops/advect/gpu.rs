//! The pass, one dispatch and one uniform a stage.

use super::{Advect, stages};
use crate::{
    error::Result,
    gpu::{Context, Dispatch, Uniform},
    ops::buffers::AtomBuffers,
    params::Integrator,
};

/// All stages of a scheme.
pub struct Stages {
    scheme: Integrator,
    stages: Vec<(Uniform<Advect>, Dispatch)>,
}

impl Stages {
    /// For a scheme; `set` gives it its numbers.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the shader does not compile or cannot be bound on this device.
    pub fn new(context: &Context, b: &AtomBuffers, scheme: Integrator) -> Result<Self> {
        let stage = |_| {
            let uniform = Uniform::new(context, "advect", Advect::default());
            let buffers = [uniform.buffer(), &b.counts, &b.vertices, &b.start, &b.places, &b.velocity, &b.total];
            let dispatch = b.over_vertices(Dispatch::new(context, "advect", &[], &buffers, [1, 1, 1])?);
            Ok((uniform, dispatch))
        };
        let stages = stages(scheme).iter().map(stage).collect::<Result<_>>()?;
        Ok(Self { scheme, stages })
    }

    /// Step, mean flow, and whether the background's velocity is among the partial sums.
    pub fn set(&mut self, context: &Context, b: &AtomBuffers, dt: f64, drift: [f64; 2], background: bool) {
        let numbers = stages(self.scheme);
        for (i, (uniform, _)) in self.stages.iter_mut().enumerate() {
            let value = Advect {
                drift: drift.map(|u| u as f32),
                reach: (numbers[i].reach * dt) as f32,
                share: (numbers[i].share * dt) as f32,
                parts: b.splits + u32::from(background),
                stride: b.vertex_capacity as u32,
                first: u32::from(i == 0),
                last: u32::from(i + 1 == numbers.len()),
            };
            uniform.set(&context.queue, value);
        }
    }

    /// The dispatch of each stage.
    pub fn passes(&self) -> impl Iterator<Item = &Dispatch> {
        self.stages.iter().map(|(_, dispatch)| dispatch)
    }
}
