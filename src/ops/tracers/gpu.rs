//! The pass.

use super::{Tracers, start};
use crate::{
    error::{Error, Result},
    gpu::{Context, Dispatch, Uniform, buffer::filled, dispatch::groups},
};

/// Particles of the dye.
pub struct Dye {
    /// Places in units of 2^-32 turns.
    pub places: wgpu::Buffer,
    /// How many particles there are.
    pub count: u32,
    /// Workgroups of 64 that cover them.
    pub blocks: [u32; 3],
    uniform: Uniform<Tracers>,
    velocity: wgpu::Buffer,
    /// The velocity as a texture, which software adapters read at once where they read a buffer lane by lane.
    texture: wgpu::Texture,
    /// The launch.
    pub pass: Dispatch,
}

/// Bytes of a node's velocity, and what rows of a copy to a texture are multiples of.
const NODE: u32 = 8;
const COPIED: u32 = wgpu::COPY_BYTES_PER_ROW_ALIGNMENT;

impl Dye {
    /// `count` particles in the velocity of an `n x n` grid.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a side that is no power of two from 32.
    pub fn new(context: &Context, velocity: &wgpu::Buffer, n: u32, count: u32) -> Result<Self> {
        if !n.is_power_of_two() || !(NODE * n).is_multiple_of(COPIED) {
            return Err(Error::invalid("grid that moves dye", "a side that is a power of two from 32", n));
        }
        let texture = context.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("velocity for dye"),
            size: wgpu::Extent3d { width: n, height: n, depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: wgpu::TextureFormat::Rg32Float,
            usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
            view_formats: &[],
        });
        let places: Vec<[u32; 2]> = (0..count.max(1)).map(start).collect();
        let places = filled(context, "tracers", &places)?;
        let blocks = groups(count as usize, super::WORKGROUP.size[0]);
        let (x, y) = (blocks.min(32_768), blocks.div_ceil(32_768));
        let row = x * super::WORKGROUP.size[0];
        let uniform = Uniform::new(context, "tracers", Tracers { side: n, count, row, ..Default::default() });
        let nodes = texture.create_view(&Default::default());
        let nodes = wgpu::BindingResource::TextureView(&nodes);
        let resources = [uniform.buffer().as_entire_binding(), nodes, places.as_entire_binding()];
        let pass = Dispatch::with(context, "tracers", &[], &resources, [x, y, 1])?;
        Ok(Self { places, count, blocks: [x, y, 1], uniform, velocity: velocity.clone(), texture, pass })
    }

    /// Takes the velocity over, as it is now; before the first pass that moves in it.
    pub fn take_velocity(&self, encoder: &mut wgpu::CommandEncoder) {
        let size = self.texture.size();
        let bytes_per_row = Some(NODE * size.width);
        let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row, rows_per_image: None };
        let from = wgpu::TexelCopyBufferInfo { buffer: &self.velocity, layout };
        encoder.copy_buffer_to_texture(from, self.texture.as_image_copy(), size);
    }

    /// Time of the next move and the mean flow.
    pub fn set(&mut self, context: &Context, dt: f64, drift: [f64; 2]) {
        let value = Tracers { dt: dt as f32, drift: drift.map(|u| u as f32), ..*self.uniform.value() };
        self.uniform.set(&context.queue, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::buffer::storage;

    #[test]
    fn gpu_a_grid_whose_rows_cannot_be_copied_is_refused() {
        let context = Context::headless(None).unwrap();
        let velocity = storage::<[f32; 2]>(&context, "velocity", 64 * 64).unwrap();
        for n in [16, 48] {
            let error = Dye::new(&context, &velocity, n, 10).err().map(|e| e.to_string()).unwrap_or_default();
            assert!(error.contains("power of two from 32") && error.contains(&n.to_string()), "{error}");
        }
        assert!(Dye::new(&context, &velocity, 64, 10).is_ok());
    }
}
