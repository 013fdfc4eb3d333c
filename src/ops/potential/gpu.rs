//! The three passes.

use crate::{
    error::{Error, Result},
    gpu::{Context, Dispatch, buffer::storage},
    ops::poisson::MAX_SIDE,
    primitives::fft::gpu::{columns, half, row_pairs, table},
};

/// The potential of a source on an `n x n` grid.
pub struct Potential {
    /// `phi` on each node, f32.
    pub field: wgpu::Buffer,
    passes: [Dispatch; 3],
}

impl Potential {
    /// For the `n x n` numbers in `source`; n a power of two from 16 to [`MAX_SIDE`].
    ///
    /// # Errors
    /// [`Error::Invalid`] for another side.
    pub fn new(context: &Context, source: &wgpu::Buffer, n: u32) -> Result<Self> {
        if !n.is_power_of_two() || !(16..=MAX_SIDE).contains(&n) {
            return Err(Error::invalid("grid of a potential", format!("a power of two from 16 to {MAX_SIDE}"), n));
        }
        let table = table(context, n)?;
        let spectrum = storage::<[f32; 2]>(context, "spectrum", half(n))?;
        let field = storage::<f32>(context, "potential", n as usize * n as usize)?;
        let upright = columns(context, n)?;
        let constants = upright.constants(&[]);
        let passes = [
            row_pairs(context, n, "fft_rows", &table, source, &spectrum)?,
            Dispatch::new(context, "potential_columns", &constants, &[&table, &spectrum], upright.groups(n / 2 + 1))?,
            row_pairs(context, n, "fft_rows_back", &table, &spectrum, &field)?,
        ];
        Ok(Self { field, passes })
    }

    /// The passes in order.
    pub fn passes(&self) -> &[Dispatch] {
        &self.passes
    }
}
