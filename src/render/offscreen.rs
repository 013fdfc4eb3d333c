//! The canvas drawn into a texture instead of a window.

use super::canvas::{Canvas, Look};
use crate::{
    error::{Error, Result},
    gpu::{Context, readback},
    sim::GpuSim,
};

/// Format of off-screen pictures: colour-map bytes stay as they are.
pub const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

/// A texture to draw into and to copy from.
///
/// # Errors
/// [`Error::Invalid`] for a size that the device does not take.
pub fn texture(context: &Context, [width, height]: [u32; 2]) -> Result<wgpu::Texture> {
    let limit = context.device.limits().max_texture_dimension_2d;
    if width == 0 || height == 0 || width > limit || height > limit {
        let expected = format!("1 to {limit} pixels a side on this device");
        return Err(Error::invalid("picture size", expected, format!("{width} x {height}")));
    }
    Ok(context.device.create_texture(&wgpu::TextureDescriptor {
        label: Some("picture"),
        size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: FORMAT,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
        view_formats: &[],
    }))
}

/// Draws a look of `width x height` pixels; the simulation must have decoded its view. Returns RGBA
/// rows from the top. Waits for the device.
///
/// # Errors
/// [`Error::Run`] where the device has no room or does not answer.
pub fn picture(
    context: &Context,
    canvas: &mut Canvas,
    sim: &GpuSim,
    look: &Look,
    width: u32,
    height: u32,
) -> Result<Vec<u8>> {
    let texture = texture(context, [width, height])?;
    let view = texture.create_view(&Default::default());
    let mut encoder = context.device.create_command_encoder(&Default::default());
    let look = Look { rect_px: [0.0, 0.0, width as f32, height as f32], ..*look };
    canvas.prepare(context, &mut encoder, sim, &look)?;
    {
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("picture"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: &view,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations { load: wgpu::LoadOp::Clear(wgpu::Color::BLACK), store: wgpu::StoreOp::Store },
            })],
            ..Default::default()
        });
        canvas.draw(&mut pass, [width, height]);
    }
    // Rows of a copy are padded to 256 bytes.
    let row = (4 * width).next_multiple_of(256);
    let buffer = context.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("picture"),
        size: u64::from(row) * u64::from(height),
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::COPY_SRC,
        mapped_at_creation: false,
    });
    encoder.copy_texture_to_buffer(
        texture.as_image_copy(),
        wgpu::TexelCopyBufferInfo {
            buffer: &buffer,
            layout: wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(row), rows_per_image: None },
        },
        texture.size(),
    );
    context.queue.submit([encoder.finish()]);
    let padded: Vec<u8> = readback::read(context, &buffer, row as usize * height as usize)?;
    Ok(padded.chunks_exact(row as usize).flat_map(|line| &line[..4 * width as usize]).copied().collect())
}
