//! A background that moves by a matrix from a file: `z' = z A`, then the square that the other passes read.

use crate::{
    error::Result,
    gpu::{Context, Dispatch},
    ops::{kernel_dense::gpu::Dense, z_square},
    state::{Background, Basis, Propagator},
};

/// `z`, `A` and their passes.
pub struct Learned {
    basis: Basis,
    dense: Dense,
    /// From each of the two vectors.
    squares: [Dispatch; 2],
}

impl Learned {
    /// Uploads both; `squares` are what decode and stages read.
    ///
    /// # Errors
    /// When `A` does not fit the background's basis, or the device has no room.
    pub fn new(
        context: &Context,
        propagator: &Propagator,
        background: &Background,
        squares: [&wgpu::Buffer; 2],
    ) -> Result<Self> {
        let basis = background.basis().clone();
        propagator.fits(&basis)?;
        let dense = Dense::new(context, propagator.matrix(), &background.to_z())?;
        let sources = z_square::cpu::sources(&basis);
        let pass = |z| z_square::gpu::pass(context, &basis, &sources, z, squares);
        let squares = [pass(&dense.vectors()[0])?, pass(&dense.vectors()[1])?];
        Ok(Self { basis, dense, squares })
    }

    /// The passes of the next step.
    pub fn passes(&self) -> [&Dispatch; 2] {
        [self.dense.pass(), &self.squares[1 - self.dense.current()]]
    }

    /// The next step was recorded.
    pub fn flip(&mut self) {
        self.dense.flip();
    }

    /// Reads the background back. Waits for the device.
    pub fn download(&self, context: &Context) -> Result<Background> {
        Background::from_z(self.basis.clone(), &self.dense.read(context)?)
    }

    /// Replaces `z`.
    pub fn upload(&self, context: &Context, background: &Background) {
        self.dense.write(context, &background.to_z());
    }

    /// Bytes on the device.
    pub fn bytes(&self) -> u64 {
        self.dense.bytes()
    }
}
