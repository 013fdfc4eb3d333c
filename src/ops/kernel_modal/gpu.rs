//! The pass: one launch takes many steps, every mode on its own.

use super::{KernelModal, SWEEP, WORKGROUP};
use crate::{
    error::Result,
    gpu::{Context, Dispatch, Uniform, buffer::filled, dispatch::groups, readback},
    math::Complex64,
};

/// A rollout on the device.
pub struct Modes {
    amplitudes: wgpu::Buffer,
    count: usize,
    /// One launch of [`SWEEP`] steps, one of a single step.
    long: Dispatch,
    single: Dispatch,
}

impl Modes {
    /// Uploads eigenvalues and amplitudes. `lambda[i]` multiplies `amplitude[i]`.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device has no room, or a shader does not compile there.
    pub fn new(context: &Context, lambda: &[Complex64], amplitude: &[Complex64]) -> Result<Self> {
        let narrow = |c: &[Complex64]| c.iter().map(|c| [c.re as f32, c.im as f32]).collect::<Vec<[f32; 2]>>();
        let factors = filled(context, "eigenvalues", &narrow(lambda))?;
        let amplitudes = filled(context, "modal amplitudes", &narrow(amplitude))?;
        let count = lambda.len();
        let blocks = [groups(count, WORKGROUP.size[0]), 1, 1];
        let pass = |steps: u32| {
            let value = KernelModal { count: count as u32, steps, ..Default::default() };
            let uniform = Uniform::new(context, "kernel_modal", value);
            Dispatch::new(context, "kernel_modal", &[], &[uniform.buffer(), &factors, &amplitudes], blocks)
        };
        Ok(Self { long: pass(SWEEP as u32)?, single: pass(1)?, amplitudes, count })
    }

    /// Records whole steps.
    pub fn encode(&self, encoder: &mut wgpu::CommandEncoder, steps: u64) {
        let mut pass = encoder.begin_compute_pass(&Default::default());
        (0..steps / SWEEP).for_each(|_| self.long.encode(&mut pass));
        (0..steps % SWEEP).for_each(|_| self.single.encode(&mut pass));
    }

    /// Reads the amplitudes back. Waits for the device. In the order in which they were uploaded.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device does not answer.
    pub fn read(&self, context: &Context) -> Result<Vec<Complex64>> {
        let w: Vec<[f32; 2]> = readback::read(context, &self.amplitudes, self.count)?;
        Ok(w.into_iter().map(|w| Complex64::new(f64::from(w[0]), f64::from(w[1]))).collect())
    }

    /// Bytes on the device.
    pub fn bytes(&self) -> u64 {
        2 * self.amplitudes.size()
    }
}
