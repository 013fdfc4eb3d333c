//! The pass.

use super::{Tracers, start};
use crate::{
    error::Result,
    gpu::{Context, Dispatch, Uniform, buffer::filled, dispatch::groups},
};

/// Particles of the dye.
pub struct Dye {
    /// Places in units of 2^-32 turns.
    pub places: wgpu::Buffer,
    /// How many.
    pub count: u32,
    /// Workgroups of 64 that cover them.
    pub blocks: [u32; 3],
    uniform: Uniform<Tracers>,
    /// The launch.
    pub pass: Dispatch,
}

impl Dye {
    /// `count` particles in the velocity of an `n x n` grid.
    pub fn new(context: &Context, velocity: &wgpu::Buffer, n: u32, count: u32) -> Result<Self> {
        let places: Vec<[u32; 2]> = (0..count.max(1)).map(start).collect();
        let places = filled(context, "tracers", &places)?;
        let blocks = groups(count as usize, super::WORKGROUP.size[0]);
        let (x, y) = (blocks.min(32_768), blocks.div_ceil(32_768));
        let row = x * super::WORKGROUP.size[0];
        let uniform = Uniform::new(context, "tracers", Tracers { side: n, count, row, ..Default::default() });
        let pass = Dispatch::new(context, "tracers", &[], &[uniform.buffer(), velocity, &places], [x, y, 1])?;
        Ok(Self { places, count, blocks: [x, y, 1], uniform, pass })
    }

    /// Time of the next move and the mean flow.
    pub fn set(&mut self, context: &Context, dt: f64, drift: [f64; 2]) {
        let value = Tracers { dt: dt as f32, drift: drift.map(|u| u as f32), ..*self.uniform.value() };
        self.uniform.set(&context.queue, value);
    }
}
