//! The pass.

use super::Sample;
use crate::{
    error::Result,
    gpu::{Context, Dispatch, Uniform, buffer::storage, dispatch::groups},
    ops::window::Window,
};

/// What a pass samples: the whole box on a grid of a power of two a side.
#[derive(Clone, Copy)]
pub enum Source<'a> {
    /// One f32 a node.
    Scalar(&'a wgpu::Buffer),
    /// `[u, v]`, of which the size is taken.
    Speed(&'a wgpu::Buffer),
}

/// A grid on the nodes of a window.
pub struct Sampling {
    uniform: Uniform<Sample>,
    /// The launch.
    pub pass: Dispatch,
}

impl Sampling {
    /// From a grid of `side`; `window` is the window's uniform, and `field` has its nodes. `summary` takes
    /// `[bits of the largest size, cells not finite]`; clear it before the pass.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device has no room, or a shader does not compile there.
    pub fn new(
        context: &Context,
        source: Source<'_>,
        side: u32,
        [window, field, summary]: [&wgpu::Buffer; 3],
        value: &Window,
    ) -> Result<Self> {
        let nothing = storage::<[f32; 2]>(context, "no grid", 1)?;
        let (speed, scalar, velocity) = match source {
            Source::Scalar(scalar) => (0, scalar, &nothing),
            Source::Speed(velocity) => (1, &nothing, velocity),
        };
        let uniform = Uniform::new(context, "sample", Sample { side, speed, ..Default::default() });
        let [x, y] = value.size.map(|n| groups(n as usize, super::WORKGROUP.size[0]));
        let buffers = [window, uniform.buffer(), scalar, velocity, field, summary];
        Ok(Self { pass: Dispatch::new(context, "sample", &[], &buffers, [x, y, 1])?, uniform })
    }

    /// Sets the mean flow, which is added to a velocity.
    pub fn set(&mut self, context: &Context, drift: [f64; 2]) {
        let value = Sample { drift: drift.map(|u| u as f32), ..*self.uniform.value() };
        self.uniform.set(&context.queue, value);
    }
}
