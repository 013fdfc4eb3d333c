//! The seven passes.

use crate::{
    error::{Error, Result},
    gpu::{Context, Dispatch, buffer::storage, dispatch::groups},
    ops::{poisson::MAX_SIDE, potential::gpu::Potential},
    primitives::fft::gpu::{columns, half, row_pairs, rows, table},
};

/// Rows that the pass over both parts of the strain takes at once: 32 bytes of a column.
const ROWS: u32 = 2;

/// Pressure of a field on an `n x n` grid.
pub struct Pressure {
    strain: [Dispatch; 4],
    potential: Potential,
}

impl Pressure {
    /// For the `n x n` vorticity in `omega`, of zero mean; n a power of two from 16 to [`MAX_SIDE`].
    ///
    /// # Errors
    /// [`Error::Invalid`] for another side.
    pub fn new(context: &Context, omega: &wgpu::Buffer, n: u32) -> Result<Self> {
        if !n.is_power_of_two() || !(16..=MAX_SIDE).contains(&n) {
            return Err(Error::invalid("grid of the pressure", format!("a power of two from 16 to {MAX_SIDE}"), n));
        }
        let cells = n as usize * n as usize;
        let table = table(context, n)?;
        let spectrum = storage::<[f32; 2]>(context, "spectrum", half(n))?;
        let turned = storage::<[f32; 4]>(context, "strain by columns", half(n))?;
        let strain = storage::<[f32; 2]>(context, "strain", cells)?;
        let source = storage::<f32>(context, "source of the pressure", cells)?;
        let (upright, across) = (columns(context, n)?, rows(context, n, ROWS)?);
        let over_columns = upright.constants(&[]);
        let by_columns = [&table, &spectrum, &turned];
        let blocks = groups(cells, super::WORKGROUPS[1].size[0]);
        // A launch takes 65,535 workgroups along an axis at least.
        let blocks = [blocks.min(32_768), blocks.div_ceil(32_768), 1];
        let passes = [
            row_pairs(context, n, "fft_rows", &table, omega, &spectrum)?,
            Dispatch::new(context, "pressure_columns", &over_columns, &by_columns, upright.groups(n / 2 + 1))?,
            Dispatch::new(
                context,
                "poisson_velocity",
                &across.constants(&[]),
                &[&table, &turned, &strain],
                across.groups(n),
            )?,
            Dispatch::new(context, "pressure_source", &[], &[omega, &strain, &source], blocks)?,
        ];
        Ok(Self { potential: Potential::new(context, &source, n)?, strain: passes })
    }

    /// The passes in order.
    pub fn passes(&self) -> impl Iterator<Item = &Dispatch> {
        self.strain.iter().chain(self.potential.passes())
    }

    /// `p` on each node, f32.
    pub fn field(&self) -> &wgpu::Buffer {
        &self.potential.field
    }
}
