//! Textures of the canvas.

use crate::gpu::Context;

/// A texture that shaders may write, sample and be filled from the host where its format allows.
pub fn texture(context: &Context, label: &str, size: [u32; 2], format: wgpu::TextureFormat) -> wgpu::Texture {
    let written = match format {
        wgpu::TextureFormat::Rgba16Float => wgpu::TextureUsages::STORAGE_BINDING,
        _ => wgpu::TextureUsages::COPY_DST,
    };
    context.device.create_texture(&wgpu::TextureDescriptor {
        label: Some(label),
        size: wgpu::Extent3d { width: size[0], height: size[1], depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | written,
        view_formats: &[],
    })
}
