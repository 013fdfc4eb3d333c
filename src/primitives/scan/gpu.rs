//! The three passes.

use crate::{
    error::Result,
    gpu::{Context, Dispatch, buffer::storage, dispatch::groups},
};

/// Prefix sums of a fixed buffer of pairs.
pub struct Scan {
    /// `[n]` pairs, exclusive sums.
    pub prefix: wgpu::Buffer,
    /// One pair, the sum of all.
    pub total: wgpu::Buffer,
    passes: [Dispatch; 3],
}

impl Scan {
    /// For the `n` pairs of `items`.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device has no room, or a shader does not compile there.
    pub fn new(context: &Context, items: &wgpu::Buffer, n: usize) -> Result<Self> {
        let blocks = groups(n, 256);
        let prefix = storage::<[u32; 2]>(context, "scan prefix", n)?;
        let sums = storage::<[u32; 2]>(context, "scan sums", blocks as usize)?;
        let total = storage::<[u32; 2]>(context, "scan total", 1)?;
        let passes = [
            Dispatch::new(context, "scan_blocks", &[], &[items, &prefix, &sums], [blocks, 1, 1])?,
            Dispatch::new(context, "scan_sums", &[], &[&sums, &total], [1, 1, 1])?,
            Dispatch::new(context, "scan_add", &[], &[&sums, &prefix], [blocks, 1, 1])?,
        ];
        Ok(Self { prefix, total, passes })
    }

    /// The passes alone, for who needs neither sums nor total.
    pub fn into_passes(self) -> [Dispatch; 3] {
        self.passes
    }

    /// The passes in order.
    pub fn passes(&self) -> &[Dispatch] {
        &self.passes
    }
}
