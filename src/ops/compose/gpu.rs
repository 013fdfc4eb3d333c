//! The pass.

use super::Compose;
use crate::{
    error::Result,
    gpu::{Context, Dispatch, Uniform, buffer::storage, dispatch::groups},
    ops::window::Window,
};

/// Sums atoms and background into the field and summarises it.
pub struct Composition {
    uniform: Uniform<Compose>,
    /// `[bits of max|omega|, cells not finite]`; clear before the pass.
    pub summary: wgpu::Buffer,
    /// The launch.
    pub pass: Dispatch,
}

impl Composition {
    /// `window` is the window's uniform; the fields have its nodes. `shown` holds the parcels that are shown, if there are any.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device has no room, or a shader does not compile there.
    pub fn new(
        context: &Context,
        window: &wgpu::Buffer,
        value: &Window,
        atoms: &wgpu::Buffer,
        background: &wgpu::Buffer,
        field: &wgpu::Buffer,
        shown: &wgpu::Buffer,
    ) -> Result<Self> {
        let uniform =
            Uniform::new(context, "compose", Compose { parts: super::WHOLE, parcels: 1, ..Default::default() });
        let summary = storage::<[u32; 2]>(context, "compose summary", 1)?;
        let [x, y] = value.size.map(|n| groups(n as usize, super::WORKGROUP.size[0]));
        let buffers = [window, uniform.buffer(), atoms, background, field, &summary, shown];
        let pass = Dispatch::new(context, "compose", &[], &buffers, [x, y, 1])?;
        Ok(Self { uniform, summary, pass })
    }

    /// Net circulation over the box's area, and whether a background was decoded.
    pub fn set(&mut self, context: &Context, mean: f64, background: bool) {
        let value = Compose { mean: mean as f32, background: u32::from(background), ..*self.uniform.value() };
        self.uniform.set(&context.queue, value);
    }

    /// Draws atoms alone, never parcels in their place.
    pub fn without_parcels(&mut self, context: &Context) {
        self.uniform.set(&context.queue, Compose { parcels: 0, ..*self.uniform.value() });
    }

    /// Whether parcels are shown and there is nothing beside them, so that no field of atoms need be made. Says
    /// whether that is so here: a decode that never shows parcels has its atoms.
    pub fn parcels_alone(&mut self, context: &Context, alone: bool) -> bool {
        let drawn = self.uniform.value().parcels != 0;
        let parcels = if drawn { 1 + u32::from(alone) } else { 0 };
        self.uniform.set(&context.queue, Compose { parcels, ..*self.uniform.value() });
        drawn && alone
    }

    /// What is summed: [`WHOLE`](super::WHOLE), [`ATOMS`](super::ATOMS) or [`BACKGROUND`](super::BACKGROUND).
    pub fn choose(&mut self, context: &Context, parts: u32) {
        self.uniform.set(&context.queue, Compose { parts, ..*self.uniform.value() });
    }
}
