//! The passes. Each reads and writes whole buffers of one shape; a carrier is `[u32; 2]` a word, as in
//! [`super::Carrier::words`].

use super::{MAX_INPUTS, Ternary, expect_threshold, stride};
use crate::{
    error::{Error, Result},
    gpu::{Context, Dispatch, Uniform, buffer::storage, dispatch::groups},
};

/// Carriers of one shape on a device.
pub struct Passes<'a> {
    context: &'a Context,
    shape: Ternary,
}

impl<'a> Passes<'a> {
    /// For `height` rows of `width` cells.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a side of 0 or more cells than 32-bit indices reach.
    pub fn new(context: &'a Context, width: usize, height: usize) -> Result<Self> {
        match width.checked_mul(height) {
            Some(1..0x8000_0000) => {}
            _ => {
                let found = format!("{height} rows of {width} cells");
                return Err(Error::invalid("carrier on a device", "1 to 2^31 - 1 cells", found));
            }
        }
        let (stride, words) = (stride(width) as u32, (stride(width) * height) as u32);
        Ok(Self { context, shape: Ternary { width: width as u32, stride, words, argument: 0 } })
    }

    /// Words of a carrier.
    pub fn words(&self) -> usize {
        self.shape.words as usize
    }

    /// A zeroed buffer of `count` carriers.
    ///
    /// # Errors
    /// [`Error::Run`] where the device has no room.
    pub fn buffer(&self, label: &str, count: usize) -> Result<wgpu::Buffer> {
        storage::<[u32; 2]>(self.context, label, self.words() * count)
    }

    /// `sign(x)` where `|x| > t`, else 0; `field` holds f32, all finite.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a threshold that is no number >= 0; [`Error::Run`] where the shader
    /// cannot be bound.
    pub fn threshold(&self, field: &wgpu::Buffer, t: f32, out: &wgpu::Buffer) -> Result<Dispatch> {
        expect_threshold(t)?;
        self.pass("ternary_threshold", t.abs().to_bits(), &[], &[field, out])
    }

    /// `values`, i32, clamped to [-1, 1].
    ///
    /// # Errors
    /// [`Error::Run`] where the shader does not compile or cannot be bound on this device.
    pub fn saturate(&self, values: &wgpu::Buffer, out: &wgpu::Buffer) -> Result<Dispatch> {
        self.pass("ternary_saturate", 0, &[], &[values, out])
    }

    /// One round of 3 x 3 majority.
    ///
    /// # Errors
    /// [`Error::Run`] where the shader does not compile or cannot be bound on this device.
    pub fn smooth(&self, carrier: &wgpu::Buffer, out: &wgpu::Buffer) -> Result<Dispatch> {
        self.pass("ternary_smooth", 0, &[], &[carrier, out])
    }

    /// Majority of the `k` carriers that `carriers` holds one after another.
    ///
    /// # Errors
    /// [`Error::Invalid`] for no carrier or too many; [`Error::Run`] where the shader cannot be bound.
    pub fn fuse(&self, carriers: &wgpu::Buffer, k: usize, out: &wgpu::Buffer) -> Result<Dispatch> {
        if !(1..=MAX_INPUTS).contains(&k) {
            return Err(Error::invalid("carriers to fuse", format!("1 to {MAX_INPUTS}"), k));
        }
        self.pass("ternary_fuse", k as u32, &[], &[carriers, out])
    }

    /// `saturate(a + b)`.
    ///
    /// # Errors
    /// [`Error::Run`] where the shader does not compile or cannot be bound on this device.
    pub fn add(&self, a: &wgpu::Buffer, b: &wgpu::Buffer, out: &wgpu::Buffer) -> Result<Dispatch> {
        self.pass("ternary_add", 0, &[("difference", 0.0)], &[a, b, out])
    }

    /// `saturate(a - b)`.
    ///
    /// # Errors
    /// [`Error::Run`] where the shader does not compile or cannot be bound on this device.
    pub fn diff(&self, a: &wgpu::Buffer, b: &wgpu::Buffer, out: &wgpu::Buffer) -> Result<Dispatch> {
        self.pass("ternary_add", 0, &[("difference", 1.0)], &[a, b, out])
    }

    /// The cells as f32: -1, 0 or 1.
    ///
    /// # Errors
    /// [`Error::Run`] where the shader does not compile or cannot be bound on this device.
    pub fn field(&self, carrier: &wgpu::Buffer, out: &wgpu::Buffer) -> Result<Dispatch> {
        self.pass("ternary_field", 0, &[], &[carrier, out])
    }

    fn pass(
        &self,
        shader: &'static str,
        argument: u32,
        constants: &[(&str, f64)],
        buffers: &[&wgpu::Buffer],
    ) -> Result<Dispatch> {
        let uniform = Uniform::new(self.context, shader, Ternary { argument, ..self.shape });
        let bound: Vec<&wgpu::Buffer> = std::iter::once(uniform.buffer()).chain(buffers.iter().copied()).collect();
        Dispatch::new(self.context, shader, constants, &bound, [groups(self.words(), 64), 1, 1])
    }
}
