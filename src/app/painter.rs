//! Draws the triangles that egui makes of the panels.

use std::collections::HashMap;

use egui::{
    ClippedPrimitive, Rect, TextureFilter, TextureId, TextureOptions, TextureWrapMode,
    epaint::{ImageData, ImageDelta, Primitive, Vertex},
};

use crate::{
    error::{Error, Result},
    gpu::{Context, Stage, Uniform, dispatch, shader, upload},
};

/// A pipeline, textures by egui's numbers, and the triangles of the last upload.
pub struct Painter {
    pipeline: wgpu::RenderPipeline,
    size: Uniform<[f32; 2]>,
    textures: HashMap<TextureId, Texture>,
    /// Corners, and their numbers in threes.
    buffers: [wgpu::Buffer; 2],
    /// Where the corners and numbers of each mesh lie, bytes.
    meshes: Vec<[std::ops::Range<u64>; 2]>,
}

struct Texture {
    texture: wgpu::Texture,
    options: TextureOptions,
    bind: wgpu::BindGroup,
}

/// Room at first, bytes.
const ROOM: u64 = 1 << 16;
const USES: [wgpu::BufferUsages; 2] = [wgpu::BufferUsages::VERTEX, wgpu::BufferUsages::INDEX];

impl Painter {
    /// For targets of a format.
    ///
    /// # Errors
    /// Where the shader does not compile on the device.
    pub fn new(context: &Context, format: wgpu::TextureFormat) -> Result<Self> {
        let pipeline = context.drawing(format!("render_panels {format:?}"), || compiled(&context.device, format))?;
        let size = Uniform::new(context, "window in points", [0.0; 2]);
        let buffers = USES.map(|uses| buffer(&context.device, uses, ROOM));
        Ok(Self { pipeline, size, textures: HashMap::new(), buffers, meshes: vec![] })
    }

    /// Takes in a texture, or a part of one.
    pub fn take_texture(&mut self, device: &wgpu::Device, queue: &wgpu::Queue, id: TextureId, delta: &ImageDelta) {
        let ImageData::Color(image) = &delta.image;
        let [width, height] = image.size.map(|n| n as u32);
        let size = wgpu::Extent3d { width, height, depth_or_array_layers: 1 };
        let old = self.textures.remove(&id);
        let (texture, kept) = match (delta.pos, old) {
            (Some(_), Some(old)) => (old.texture, Some(old.bind).filter(|_| old.options == delta.options)),
            // A part of what is not there has no place to go to.
            (Some(_), None) => return,
            (None, _) => (texture(device, size), None),
        };
        let [x, y] = delta.pos.unwrap_or_default().map(|n| n as u32);
        let to = wgpu::TexelCopyTextureInfo { origin: wgpu::Origin3d { x, y, z: 0 }, ..texture.as_image_copy() };
        let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(4 * width), rows_per_image: None };
        queue.write_texture(to, bytemuck::cast_slice(&image.pixels), layout, size);
        let bind = kept.unwrap_or_else(|| {
            let (view, sampler) = (texture.create_view(&Default::default()), sampler(device, delta.options));
            bind(device, &self.pipeline, &self.size, &view, &sampler)
        });
        self.textures.insert(id, Texture { texture, options: delta.options, bind });
    }

    /// Lets a texture go.
    pub fn free_texture(&mut self, id: TextureId) {
        self.textures.remove(&id);
    }

    /// Uploads triangles for a window of a size in points.
    pub fn upload(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        triangles: &[ClippedPrimitive],
        size: [f32; 2],
    ) {
        self.size.set(queue, size);
        let (mut corners, mut numbers) = (Vec::<Vertex>::new(), Vec::<u32>::new());
        self.meshes.clear();
        for primitive in triangles {
            let before = [size_of_val(&corners[..]), size_of_val(&numbers[..])];
            if let Primitive::Mesh(mesh) = &primitive.primitive {
                corners.extend_from_slice(&mesh.vertices);
                numbers.extend_from_slice(&mesh.indices);
            }
            let after = [size_of_val(&corners[..]), size_of_val(&numbers[..])];
            self.meshes.push([0, 1].map(|k| before[k] as u64..after[k] as u64));
        }
        let bytes: [&[u8]; 2] = [bytemuck::cast_slice(&corners), bytemuck::cast_slice(&numbers)];
        for ((old, bytes), uses) in self.buffers.iter_mut().zip(bytes).zip(USES) {
            if old.size() < bytes.len() as u64 {
                *old = buffer(device, uses, (bytes.len() as u64).next_power_of_two());
            }
            upload(queue, old, 0, bytes);
        }
    }

    /// Draws what was uploaded, `triangles` again from the `first` on, inside a rectangle of the target, into a target
    /// of `size` pixels.
    pub fn draw(
        &self,
        pass: &mut wgpu::RenderPass<'_>,
        triangles: &[ClippedPrimitive],
        first: usize,
        within: Pixels,
        (size, pixels_per_point): ([u32; 2], f32),
    ) {
        pass.set_pipeline(&self.pipeline);
        pass.set_viewport(0.0, 0.0, size[0] as f32, size[1] as f32, 0.0, 1.0);
        for (primitive, [corners, numbers]) in triangles.iter().zip(&self.meshes).skip(first) {
            let Primitive::Mesh(mesh) = &primitive.primitive else { continue };
            let clip = Pixels::of(primitive.clip_rect, pixels_per_point, size).and(within);
            let Some(texture) = self.textures.get(&mesh.texture_id).filter(|_| !clip.is_empty() && !numbers.is_empty())
            else {
                continue;
            };
            pass.set_scissor_rect(clip.low[0], clip.low[1], clip.high[0] - clip.low[0], clip.high[1] - clip.low[1]);
            pass.set_bind_group(0, &texture.bind, &[]);
            pass.set_vertex_buffer(0, self.buffers[0].slice(corners.clone()));
            pass.set_index_buffer(self.buffers[1].slice(numbers.clone()), wgpu::IndexFormat::Uint32);
            pass.draw_indexed(0..mesh.indices.len() as u32, 0, 0..1);
        }
    }
}

/// A rectangle of pixels, `low` inclusive, `high` exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pixels {
    /// Left and top.
    pub low: [u32; 2],
    /// Right and bottom.
    pub high: [u32; 2],
}

impl Pixels {
    /// Of a rectangle in points, as far as a target of `size` shows it.
    pub fn of(rect: Rect, pixels_per_point: f32, size: [u32; 2]) -> Self {
        let at = |point: egui::Pos2| [point.x, point.y].map(|x| (x * pixels_per_point).round() as u32);
        let (low, high) = (at(rect.min), at(rect.max));
        Self { low: [0, 1].map(|k| low[k].min(size[k])), high: [0, 1].map(|k| high[k].min(size[k])) }
    }

    /// All of a target.
    pub fn all(size: [u32; 2]) -> Self {
        Self { low: [0, 0], high: size }
    }

    /// The common part.
    pub fn and(self, other: Self) -> Self {
        Self {
            low: [0, 1].map(|k| self.low[k].max(other.low[k])),
            high: [0, 1].map(|k| self.high[k].min(other.high[k])),
        }
    }

    /// The smallest that holds both.
    pub fn around(self, other: Self) -> Self {
        Self {
            low: [0, 1].map(|k| self.low[k].min(other.low[k])),
            high: [0, 1].map(|k| self.high[k].max(other.high[k])),
        }
    }

    /// Whether there is no pixel in it.
    pub fn is_empty(self) -> bool {
        self.low[0] >= self.high[0] || self.low[1] >= self.high[1]
    }
}

fn buffer(device: &wgpu::Device, uses: wgpu::BufferUsages, size: u64) -> wgpu::Buffer {
    device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("panels"),
        size,
        usage: uses | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

fn texture(device: &wgpu::Device, size: wgpu::Extent3d) -> wgpu::Texture {
    device.create_texture(&wgpu::TextureDescriptor {
        label: Some("texture of the panels"),
        size,
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: wgpu::TextureFormat::Rgba8Unorm,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    })
}

fn sampler(device: &wgpu::Device, options: TextureOptions) -> wgpu::Sampler {
    let filter = |filter: TextureFilter| match filter {
        TextureFilter::Nearest => wgpu::FilterMode::Nearest,
        TextureFilter::Linear => wgpu::FilterMode::Linear,
    };
    let wrap = match options.wrap_mode {
        TextureWrapMode::ClampToEdge => wgpu::AddressMode::ClampToEdge,
        TextureWrapMode::Repeat => wgpu::AddressMode::Repeat,
        TextureWrapMode::MirroredRepeat => wgpu::AddressMode::MirrorRepeat,
    };
    device.create_sampler(&wgpu::SamplerDescriptor {
        label: Some("texture of the panels"),
        mag_filter: filter(options.magnification),
        min_filter: filter(options.minification),
        address_mode_u: wrap,
        address_mode_v: wrap,
        ..Default::default()
    })
}

fn bind(
    device: &wgpu::Device,
    pipeline: &wgpu::RenderPipeline,
    size: &Uniform<[f32; 2]>,
    view: &wgpu::TextureView,
    sampler: &wgpu::Sampler,
) -> wgpu::BindGroup {
    let (view, sampler) = (wgpu::BindingResource::TextureView(view), wgpu::BindingResource::Sampler(sampler));
    let resources = [size.buffer().as_entire_binding(), view, sampler];
    let (layout, entries) = (pipeline.get_bind_group_layout(0), dispatch::entries(&resources));
    device.create_bind_group(&wgpu::BindGroupDescriptor { label: Some("panels"), layout: &layout, entries: &entries })
}

fn compiled(device: &wgpu::Device, format: wgpu::TextureFormat) -> Result<wgpu::RenderPipeline> {
    let scope = device.push_error_scope(wgpu::ErrorFilter::Validation);
    let stage = Stage::named("render_panels")?;
    let module = shader::module(device, stage, stage.module()?);
    let constants = [("LINEAR_TARGET", f64::from(u8::from(format.is_srgb())))];
    let options = wgpu::PipelineCompilationOptions { constants: &constants, ..Default::default() };
    let component =
        |src_factor, dst_factor| wgpu::BlendComponent { src_factor, dst_factor, operation: wgpu::BlendOperation::Add };
    let blend = wgpu::BlendState {
        color: component(wgpu::BlendFactor::One, wgpu::BlendFactor::OneMinusSrcAlpha),
        alpha: component(wgpu::BlendFactor::OneMinusDstAlpha, wgpu::BlendFactor::One),
    };
    let pipeline = device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some("panels"),
        layout: None,
        vertex: wgpu::VertexState {
            module: &module,
            entry_point: Some("vertex"),
            compilation_options: options.clone(),
            buffers: &[Some(wgpu::VertexBufferLayout {
                array_stride: size_of::<Vertex>() as u64,
                step_mode: wgpu::VertexStepMode::Vertex,
                attributes: &wgpu::vertex_attr_array![0 => Float32x2, 1 => Float32x2, 2 => Uint32],
            })],
        },
        fragment: Some(wgpu::FragmentState {
            module: &module,
            entry_point: Some("fragment"),
            compilation_options: options,
            targets: &[Some(wgpu::ColorTargetState { format, blend: Some(blend), write_mask: wgpu::ColorWrites::ALL })],
        }),
        primitive: wgpu::PrimitiveState::default(),
        depth_stencil: None,
        multisample: Default::default(),
        multiview_mask: None,
        cache: None,
    });
    match pollster::block_on(scope.pop()) {
        Some(error) => Err(Error::Run(format!("the panels cannot be drawn on this device: {error}"))),
        None => Ok(pipeline),
    }
}

#[cfg(test)]
mod tests {
    use egui::{Color32, ColorImage, epaint::Mesh};

    use super::*;
    use crate::{gpu::readback, render::offscreen};

    /// A mesh of one colour, and one through a texture, inside a rectangle of the target.
    #[test]
    fn gpu_triangles_are_drawn_where_they_are_asked_for() {
        let context = Context::headless(None).unwrap();
        let (device, queue, size) = (&context.device, &context.queue, [64, 4]);
        let mut painter = Painter::new(&context, offscreen::FORMAT).unwrap();
        let pixels = [Color32::WHITE, Color32::from_rgb(10, 200, 30)];
        for (id, color) in [TextureId::default(), TextureId::Managed(1)].into_iter().zip(pixels) {
            let image = ImageData::Color(std::sync::Arc::new(ColorImage::filled([2, 2], color)));
            painter.take_texture(device, queue, id, &ImageDelta { image, options: TextureOptions::LINEAR, pos: None });
        }
        let mesh = |x: f32, id| {
            let mut mesh = Mesh::with_texture(id);
            let color = if id == TextureId::default() { Color32::RED } else { Color32::WHITE };
            let whole = Rect::from_min_max([0.0, 0.0].into(), [1.0, 1.0].into());
            mesh.add_rect_with_uv(Rect::from_min_size([x, 0.0].into(), [16.0, 2.0].into()), whole, color);
            let clip_rect = Rect::from_min_size([0.0, 0.0].into(), [32.0, 1.5].into());
            ClippedPrimitive { clip_rect, primitive: Primitive::Mesh(mesh) }
        };
        let triangles = [mesh(0.0, TextureId::default()), mesh(16.0, TextureId::Managed(1))];
        // Two pixels a point.
        painter.upload(device, queue, &triangles, [32.0, 2.0]);
        let target = offscreen::texture(&context, size).unwrap();
        let view = target.create_view(&Default::default());
        let mut encoder = device.create_command_encoder(&Default::default());
        let ops = wgpu::Operations { load: wgpu::LoadOp::Clear(wgpu::Color::BLACK), store: wgpu::StoreOp::Store };
        let attachment = wgpu::RenderPassColorAttachment { view: &view, depth_slice: None, resolve_target: None, ops };
        let color_attachments = &[Some(attachment)];
        let pass = wgpu::RenderPassDescriptor { color_attachments, ..Default::default() };
        let mut pass = encoder.begin_render_pass(&pass);
        painter.draw(&mut pass, &triangles, 0, Pixels { low: [8, 0], high: [60, 4] }, (size, 2.0));
        drop(pass);
        let bytes = u64::from(4 * size[0] * size[1]);
        let copied = device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: bytes,
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::COPY_SRC,
            mapped_at_creation: false,
        });
        let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(4 * size[0]), rows_per_image: None };
        let to = wgpu::TexelCopyBufferInfo { buffer: &copied, layout };
        encoder.copy_texture_to_buffer(target.as_image_copy(), to, target.size());
        queue.submit([encoder.finish()]);
        let seen: Vec<[u8; 4]> = readback::read(&context, &copied, (size[0] * size[1]) as usize).unwrap();
        let at = |x: usize, y: usize| seen[y * size[0] as usize + x];
        let [black, red, green] = [[0, 0, 0, 255], [255, 0, 0, 255], [10, 200, 30, 255]];
        assert_eq!([at(7, 1), at(60, 1)], [black; 2], "outside the rectangle");
        assert_eq!([at(8, 0), at(31, 2)], [red; 2]);
        assert_eq!([at(32, 0), at(59, 2)], [green; 2]);
        assert_eq!([at(8, 3), at(59, 3)], [black; 2], "outside the triangles' own clip");
    }

    #[test]
    fn pixels_of_a_rectangle_end_with_the_target() {
        let rect = Rect::from_min_max([-3.0, 2.2].into(), [50.0, 400.0].into());
        let pixels = Pixels::of(rect, 2.0, [80, 60]);
        assert_eq!(pixels, Pixels { low: [0, 4], high: [80, 60] });
        assert!(Pixels::of(rect.translate([0.0, 60.0].into()), 2.0, [80, 60]).is_empty());
        assert!(!Pixels::all([80, 60]).and(pixels).is_empty());
    }
}
