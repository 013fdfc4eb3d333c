//! A background that moves by a matrix from a file: `z' = z A`, then the square that the other passes read.

use crate::{
    error::Result,
    gpu::{Context, Dispatch},
    operator::Chain,
    ops::{kernel_dense::gpu::Dense, z_square},
    state::{Background, Basis, Propagator},
};

/// `z`, `A` and their passes.
pub struct Learned {
    pub(super) basis: Basis,
    pub(super) dense: Dense,
    /// Operators of the user, after the matrix.
    pub(super) chain: Option<Chain>,
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
        Ok(Self { basis, dense, chain: None, squares })
    }

    /// Records the next step.
    pub fn passes(&mut self, mut run: impl FnMut(&Dispatch)) {
        run(self.dense.pass());
        self.dense.flip();
        let current = self.dense.current();
        let now = self.chain.as_ref().map_or(current, |chain| {
            let (passes, now) = chain.passes(current);
            passes.for_each(&mut run);
            now
        });
        if now != current {
            self.dense.flip();
        }
        run(&self.squares[now]);
    }

    /// Reads the background back. Waits for the device.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device does not answer.
    pub fn download(&self, context: &Context) -> Result<Background> {
        Background::from_z(self.basis.clone(), &self.dense.read(context)?)
    }

    /// Replaces `z`.
    pub fn upload(&self, context: &Context, background: &Background) {
        self.dense.write(context, &background.to_z());
    }

    /// Bytes on the device.
    pub fn bytes(&self) -> u64 {
        self.dense.bytes() + self.chain.as_ref().map_or(0, Chain::bytes)
    }
}
