//! The three passes.

use crate::{
    error::{Error, Result},
    gpu::{
        Context, Dispatch,
        buffer::{filled, storage},
    },
    primitives::fft::twiddles,
};

/// Velocity of a field on an `n x n` grid.
pub struct Poisson {
    /// `[u, v]` on each node.
    pub velocity: wgpu::Buffer,
    /// `[energy, enstrophy]` of each column of the spectrum; their sums are the means over the box.
    pub sums: wgpu::Buffer,
    passes: [Dispatch; 3],
}

impl Poisson {
    /// For the `n x n` vorticity in `field`; n a power of two from 16 to 1024.
    pub fn new(context: &Context, field: &wgpu::Buffer, n: u32) -> Result<Self> {
        if !n.is_power_of_two() || !(16..=super::MAX_SIDE).contains(&n) {
            return Err(Error::invalid("flow grid", "a power of two from 16 to 1024", n));
        }
        let cells = n as usize * n as usize;
        let table = filled(context, "twiddles", &twiddles(n))?;
        let spectrum = storage::<[f32; 2]>(context, "spectrum", cells)?;
        let velocity = storage::<[f32; 2]>(context, "flow grid", cells)?;
        let sums = storage::<[f32; 2]>(context, "spectrum sums", n as usize)?;
        let constants = [("N", f64::from(n)), ("LANES", f64::from((n / 2).min(super::WORKGROUPS[0].size[0])))];
        let line = |shader, buffers: &[&wgpu::Buffer]| Dispatch::new(context, shader, &constants, buffers, [n, 1, 1]);
        let passes = [
            line("poisson_rows", &[&table, field, &spectrum])?,
            line("poisson_columns", &[&table, &spectrum, &sums])?,
            line("poisson_velocity", &[&table, &spectrum, &velocity])?,
        ];
        Ok(Self { velocity, sums, passes })
    }

    /// The passes in order.
    pub fn passes(&self) -> &[Dispatch] {
        &self.passes
    }
}
