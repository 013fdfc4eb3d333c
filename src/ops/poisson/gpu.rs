//! The three passes.

use crate::{
    error::{Error, Result},
    gpu::{Context, Dispatch, buffer::storage},
    primitives::fft::gpu::{columns, half, row_pairs, rows, table},
};

/// Rows that the last pass takes at once: 32 bytes of a column.
const ROWS: u32 = 2;

/// Velocity of a field on an `n x n` grid.
pub struct Poisson {
    /// `[u, v]` on each node.
    pub velocity: wgpu::Buffer,
    /// `[energy, enstrophy]` of the columns of the spectrum; their sums are the means over the box.
    pub sums: wgpu::Buffer,
    passes: [Dispatch; 3],
}

impl Poisson {
    /// For the `n x n` vorticity in `field`; n a power of two from 16 to [`MAX_SIDE`](super::MAX_SIDE).
    ///
    /// # Errors
    /// [`Error::Invalid`] for another side.
    pub fn new(context: &Context, field: &wgpu::Buffer, n: u32) -> Result<Self> {
        if !n.is_power_of_two() || !(16..=super::MAX_SIDE).contains(&n) {
            return Err(Error::invalid("flow grid", format!("a power of two from 16 to {}", super::MAX_SIDE), n));
        }
        let table = table(context, n)?;
        let spectrum = storage::<[f32; 2]>(context, "spectrum", half(n))?;
        let turned = storage::<[f32; 4]>(context, "velocity by columns", half(n))?;
        let velocity = storage::<[f32; 2]>(context, "flow grid", n as usize * n as usize)?;
        let sums = storage::<[f32; 2]>(context, "spectrum sums", n as usize / 2 + 1)?;
        let (upright, across) = (columns(context, n)?, rows(context, n, ROWS)?);
        let new = |shader, lines: &crate::primitives::fft::lines::Lines, buffers: &[&wgpu::Buffer], count| {
            Dispatch::new(context, shader, &lines.constants(&[]), buffers, lines.groups(count))
        };
        let passes = [
            row_pairs(context, n, "fft_rows", &table, field, &spectrum)?,
            new("poisson_columns", &upright, &[&table, &spectrum, &turned, &sums], n / 2 + 1)?,
            new("poisson_velocity", &across, &[&table, &turned, &velocity], n)?,
        ];
        Ok(Self { velocity, sums, passes })
    }

    /// The passes in order.
    pub fn passes(&self) -> &[Dispatch] {
        &self.passes
    }
}
