//! The pass, forth and back between two vectors.

use super::{FILL, WORKGROUP, filled_up};
use crate::{
    error::Result,
    gpu::{Context, Dispatch, buffer::filled, dispatch::groups, readback, upload},
};

/// A rollout on the device.
pub struct Dense {
    z: [wgpu::Buffer; 2],
    /// Which of them is current.
    current: usize,
    passes: [Dispatch; 2],
    side: usize,
    bytes: u64,
}

impl Dense {
    /// Uploads a row-major matrix and a state.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device has no room, or a shader does not compile there.
    pub fn new(context: &Context, a: &[f64], z: &[f64]) -> Result<Self> {
        let side = z.len();
        let wide = side.next_multiple_of(FILL);
        let a = filled(context, "A", &filled_up(side, a, |x| *x as f32))?;
        let mut z: Vec<f32> = z.iter().map(|x| *x as f32).collect();
        z.resize(wide, 0.0);
        let z = [filled(context, "z, even steps", &z)?, filled(context, "z, odd steps", &z)?];
        // One long sum a thread would wait for memory; the more parts, the shorter.
        let most = context.device.limits().max_compute_invocations_per_workgroup as usize;
        let parts = if most >= FILL * FILL { FILL } else { WORKGROUP.size[1] as usize };
        let constants = [("SIDE", wide as f64), ("PARTS", parts as f64), ("ROWS", (wide / parts) as f64)];
        let blocks = [groups(wide, WORKGROUP.size[0]), 1, 1];
        let pass = |from: &wgpu::Buffer, to: &wgpu::Buffer| {
            Dispatch::new(context, "kernel_dense", &constants, &[&a, from, to], blocks)
        };
        Ok(Self {
            passes: [pass(&z[0], &z[1])?, pass(&z[1], &z[0])?],
            bytes: a.size() + 2 * z[0].size(),
            z,
            current: 0,
            side,
        })
    }

    /// The next step's pass.
    pub fn pass(&self) -> &Dispatch {
        &self.passes[self.current]
    }

    /// The next step was recorded.
    pub fn flip(&mut self) {
        self.current = 1 - self.current;
    }

    /// Which of the vectors is current.
    pub fn current(&self) -> usize {
        self.current
    }

    /// The vector's two buffers: even steps are read from the first, odd ones from the second.
    pub fn vectors(&self) -> &[wgpu::Buffer; 2] {
        &self.z
    }

    /// The one that holds `z` now: single precision, padded.
    pub fn now(&self) -> &wgpu::Buffer {
        &self.z[self.current]
    }

    /// Records whole steps.
    pub fn encode(&mut self, encoder: &mut wgpu::CommandEncoder, steps: u64) {
        let mut pass = encoder.begin_compute_pass(&Default::default());
        for _ in 0..steps {
            self.pass().encode(&mut pass);
            self.flip();
        }
    }

    /// Reads `z` back. Waits for the device. D numbers, in the order of [`crate::state::Background::to_z`].
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device does not answer.
    pub fn read(&self, context: &Context) -> Result<Vec<f64>> {
        let z: Vec<f32> = readback::read(context, &self.z[self.current], self.side)?;
        Ok(z.into_iter().map(f64::from).collect())
    }

    /// Replaces `z`. `z` holds D numbers, in the order of [`crate::state::Background::to_z`].
    pub fn write(&self, context: &Context, z: &[f64]) {
        let mut z: Vec<f32> = z.iter().map(|x| *x as f32).collect();
        // What was not finite has left NaN behind the last entry too.
        z.resize(self.side.next_multiple_of(FILL), 0.0);
        upload(&context.queue, &self.z[self.current], 0, &z);
    }

    /// Bytes on the device.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}
