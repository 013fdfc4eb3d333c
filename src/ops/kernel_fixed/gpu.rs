//! The pass, forth and back between two vectors that carry a count of steps behind their last entry.

use super::{KernelFixed, Matrix, WORKGROUP};
use crate::{
    error::Result,
    gpu::{Context, Dispatch, Uniform, buffer::filled, dispatch::groups, readback, upload},
    ops::kernel_dense::{FILL, filled_up},
};

/// Most steps between two looks at the report of overflow: they must fit above the index in 32 bits.
pub const MAX_STEPS: u64 = 4096;
/// Bits of the report that hold the index.
const INDEX_BITS: u32 = 14;

/// A rollout on the device.
pub struct Fixed {
    /// The state, filled up, and how many steps were taken since [`Fixed::begin`].
    z: [wgpu::Buffer; 2],
    current: usize,
    /// The state at [`Fixed::begin`].
    saved: wgpu::Buffer,
    /// `step << 14 | index` of the first overflow; all ones where there was none.
    report: wgpu::Buffer,
    passes: [Dispatch; 2],
    side: usize,
    bytes: u64,
}

impl Fixed {
    /// Uploads a matrix and a state. `state` holds D whole numbers in units of `2^-23`.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device has no room, or a shader does not compile there.
    pub fn new(context: &Context, matrix: &Matrix, state: &[i32]) -> Result<Self> {
        let side = matrix.side;
        let wide = side.next_multiple_of(FILL);
        let a = filled(context, "A in fixed point", &filled_up(side, &matrix.entries, |x| *x))?;
        let mut bias: Vec<[u32; 2]> = matrix.bias.iter().map(|b| [*b as u32, (*b >> 32) as u32]).collect();
        bias.resize(wide, [0; 2]);
        let bias = filled(context, "bias", &bias)?;
        let mut long = state.to_vec();
        long.resize(wide + 1, 0);
        let z = [filled(context, "Z, even steps", &long)?, filled(context, "Z, odd steps", &long)?];
        let (saved, report) = (filled(context, "Z saved", &long)?, filled(context, "overflow", &[u32::MAX])?);
        let value = KernelFixed { rows: wide as u32, columns: wide as u32, bits: matrix.bits, ..Default::default() };
        let uniform = Uniform::new(context, "kernel_fixed", value);
        let blocks = [groups(wide, WORKGROUP.size[0]), 1, 1];
        let pass = |from: &wgpu::Buffer, to: &wgpu::Buffer| {
            Dispatch::new(context, "kernel_fixed", &[], &[uniform.buffer(), &a, &bias, from, to, &report], blocks)
        };
        Ok(Self {
            passes: [pass(&z[0], &z[1])?, pass(&z[1], &z[0])?],
            bytes: a.size() + bias.size() + 3 * z[0].size(),
            z,
            saved,
            report,
            current: 0,
            side,
        })
    }

    /// Records the saving of the state; the count of steps starts anew.
    pub fn begin(&self, context: &Context, encoder: &mut wgpu::CommandEncoder) {
        let current = &self.z[self.current];
        upload(&context.queue, current, 4 * self.side.next_multiple_of(FILL) as u64, std::slice::from_ref(&0_u32));
        upload(&context.queue, &self.report, 0, std::slice::from_ref(&u32::MAX));
        encoder.copy_buffer_to_buffer(current, 0, &self.saved, 0, current.size());
    }

    /// Records the return to the saved state.
    pub fn restore(&self, encoder: &mut wgpu::CommandEncoder) {
        let current = &self.z[self.current];
        encoder.copy_buffer_to_buffer(&self.saved, 0, current, 0, current.size());
    }

    /// Records whole steps, at most [`MAX_STEPS`] since the beginning.
    pub fn encode(&mut self, encoder: &mut wgpu::CommandEncoder, steps: u64) {
        let mut pass = encoder.begin_compute_pass(&Default::default());
        for _ in 0..steps {
            self.passes[self.current].encode(&mut pass);
            self.current = 1 - self.current;
        }
    }

    /// Steps taken well before the first overflow since the beginning, and the entry it met. Waits.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device does not answer.
    pub fn overflowed(&self, context: &Context) -> Result<Option<(u64, usize)>> {
        let report: Vec<u32> = readback::read(context, &self.report, 1)?;
        let word = report[0];
        Ok((word != u32::MAX).then_some((u64::from(word >> INDEX_BITS), (word & ((1 << INDEX_BITS) - 1)) as usize)))
    }

    /// Reads the state back. Waits for the device. D whole numbers in units of `2^-23`.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device does not answer.
    pub fn read(&self, context: &Context) -> Result<Vec<i32>> {
        readback::read(context, &self.z[self.current], self.side)
    }

    /// Bytes on the device.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}
