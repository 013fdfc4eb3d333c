//! The canvas: field, dye and filaments drawn straight from the simulation's device buffers.

use glam::DVec2;

use super::{colormap::Colormap, layer::Layer};
use crate::{
    error::Result,
    gpu::{Context, Dispatch, Uniform, buffer::storage, dispatch::groups},
    math::to_turns,
    sim::GpuSim,
};

crate::shared_struct! {
    /// What the camera sees, as the shaders read it.
    View in "render_field" {
        /// World place in the middle of the canvas, fixed point.
        center: [u32; 2],
        /// Half of the world that the canvas shows.
        half_extent: [f32; 2],
        /// Canvas size in pixels.
        size_px: [f32; 2],
        /// Vorticity at the ends of the colour map.
        range: f32,
        /// Half width of a filament of unit circulation, pixels.
        filament_px: f32,
        /// Opacity of filaments.
        filament_alpha: f32,
        /// Opacity of a dye particle; 0 where dye is not shown.
        tracer_alpha: f32,
        /// Dye particles.
        tracer_count: u32,
        /// Threads in one row of workgroups.
        tracer_row: u32,
        /// 1 where the target stores linear light.
        linear_target: u32,
        /// Code of [`FilamentColor`].
        filament_color: u32,
        /// Copies of the box along x and y that the canvas can show.
        images: [u32; 2],
    }
}

/// Threads of a workgroup of the pass that counts dye on the canvas.
pub const SPLAT_WORKGROUP: crate::layout::Workgroup =
    crate::layout::Workgroup { shader: "tracers_splat", size: [64, 1, 1] };

/// What the colour of a filament says. Twist and core stand on a map of green, grey and pink.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FilamentColor {
    /// Its sense of rotation: warm counter-clockwise, cool clockwise.
    #[default]
    Sign,
    /// The angle `atan(twist)`, from -90 to 90 degrees.
    Twist,
    /// The core against the atom's: from a quarter, thinned, to four times.
    Core,
}

impl FilamentColor {
    /// All, in the order of their codes.
    pub const ALL: [Self; 3] = [Self::Sign, Self::Twist, Self::Core];

    /// In one word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sign => "sign",
            Self::Twist => "twist",
            Self::Core => "core",
        }
    }

    /// The one after it, and after the last the first.
    pub fn next(self) -> Self {
        Self::ALL[(self as usize + 1) % Self::ALL.len()]
    }
}

/// What to draw and from where.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// World coordinates in the middle of the canvas.
    pub center: DVec2,
    /// Half of the world that the canvas shows.
    pub half_extent: DVec2,
    /// Left, top, width and height of the canvas in pixels of the target.
    pub rect_px: [f32; 4],
    /// Vorticity at the ends of the colour map.
    pub range: f32,
    /// Colour map.
    pub colormap: Colormap,
    /// Draw filaments.
    pub filaments: bool,
    /// What their colour says.
    pub filament_color: FilamentColor,
    /// Draw dye.
    pub tracers: bool,
    /// Pixels of the target for one point of a screen of usual density.
    pub pixels_per_point: f32,
}

/// Threads of a workgroup of the pass that turns the field into a texture.
pub const UPLOAD_WORKGROUP: crate::layout::Workgroup =
    crate::layout::Workgroup { shader: "render_upload", size: [16, 16, 1] };

/// A texture that shaders may write, sample and be filled from the host where its format allows.
fn texture(context: &Context, label: &str, size: [u32; 2], format: wgpu::TextureFormat) -> wgpu::Texture {
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

/// What the field's shader reads, in order; `views` are the field and the colours.
fn field_resources<'a>(
    view: &'a wgpu::Buffer,
    window: &'a wgpu::Buffer,
    views: &'a [wgpu::TextureView; 2],
    sampler: &'a wgpu::Sampler,
    dye: &'a wgpu::Buffer,
) -> [wgpu::BindingResource<'a>; 6] {
    [
        view.as_entire_binding(),
        window.as_entire_binding(),
        wgpu::BindingResource::TextureView(&views[0]),
        wgpu::BindingResource::Sampler(sampler),
        wgpu::BindingResource::TextureView(&views[1]),
        dye.as_entire_binding(),
    ]
}

/// Pipelines for one target format, bound to one simulation.
pub struct Canvas {
    format: wgpu::TextureFormat,
    uniform: Uniform<View>,
    colors: wgpu::Texture,
    colormap: Option<Colormap>,
    image: wgpu::Texture,
    sampler: wgpu::Sampler,
    upload: Dispatch,
    field: Layer,
    filaments: Layer,
    dye: Dye,
    look: Option<Look>,
    segments: u32,
}

/// Dye particles counted on the pixels of the canvas.
struct Dye {
    counts: wgpu::Buffer,
    size: [u32; 2],
    splat: Option<Dispatch>,
    /// Moves of the dye at the last count.
    moves: u64,
}

impl Canvas {
    /// For a target of `format` and the buffers of `sim`.
    pub fn new(context: &Context, format: wgpu::TextureFormat, sim: &GpuSim) -> Result<Self> {
        let uniform = Uniform::new(context, "view", View::default());
        let (view, b) = (uniform.buffer(), sim.buffers());
        let target = sim.view();
        let colors = texture(context, "colours", [256, 1], wgpu::TextureFormat::Rgba8Unorm);
        let image = texture(context, "field image", target.window().size, wgpu::TextureFormat::Rgba16Float);
        let sampler = context.device.create_sampler(&wgpu::SamplerDescriptor {
            label: Some("smooth, repeating"),
            address_mode_u: wgpu::AddressMode::Repeat,
            address_mode_v: wgpu::AddressMode::Repeat,
            mag_filter: wgpu::FilterMode::Linear,
            min_filter: wgpu::FilterMode::Linear,
            ..Default::default()
        });
        let written = image.create_view(&Default::default());
        let resources = [
            target.uniform().as_entire_binding(),
            target.field().as_entire_binding(),
            wgpu::BindingResource::TextureView(&written),
        ];
        let [x, y] = target.window().size.map(|n| groups(n as usize, UPLOAD_WORKGROUP.size[0]));
        let upload = Dispatch::with(context, "render_upload", &[], &resources, [x, y, 1])?;
        let dye = Dye {
            counts: storage::<u32>(context, "dye on the canvas", 1)?,
            size: [1, 1],
            splat: None,
            moves: u64::MAX,
        };
        let [r, g, nan_b] = super::colormap::NAN_COLOR.map(|c| f64::from(c) / 255.0);
        let constants = [("NAN_R", r), ("NAN_G", g), ("NAN_B", nan_b)];
        let views = [&image, &colors].map(|t| t.create_view(&Default::default()));
        let resources = field_resources(view, target.uniform(), &views, &sampler, &dye.counts);
        let field = Layer::new(context, "render_field", format, &constants, &resources)?;
        let buffers = [view, &b.counts, &b.atoms, &b.vertices, &b.places];
        let filaments =
            Layer::new(context, "render_filaments", format, &[], &buffers.map(|buffer| buffer.as_entire_binding()))?;
        let (colormap, look, segments) = (None, None, 0);
        Ok(Self { format, colors, colormap, image, sampler, upload, field, filaments, dye, uniform, look, segments })
    }

    /// Uploads what a frame needs and records the dye's pass; before the render pass.
    pub fn prepare(
        &mut self,
        context: &Context,
        encoder: &mut wgpu::CommandEncoder,
        sim: &GpuSim,
        look: &Look,
    ) -> Result<()> {
        if self.colormap != Some(look.colormap) {
            let bytes: Vec<u8> = look.colormap.table().iter().flat_map(|[r, g, b]| [*r, *g, *b, 255]).collect();
            let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(1024), rows_per_image: None };
            context.queue.write_texture(self.colors.as_image_copy(), &bytes, layout, self.colors.size());
            self.colormap = Some(look.colormap);
        }
        let size = [look.rect_px[2], look.rect_px[3]].map(|x| (x as u32).max(1));
        let dye = sim.flow().map(|flow| &flow.dye).filter(|_| look.tracers);
        let (count, blocks) = dye.map_or((0, [1, 1, 1]), |dye| (dye.count, dye.blocks));
        if let Some(dye) = dye.filter(|_| self.dye.size != size || self.dye.splat.is_none()) {
            let counts = storage::<u32>(context, "dye on the canvas", size[0] as usize * size[1] as usize)?;
            let buffers = [self.uniform.buffer(), &dye.places, &counts];
            self.dye.splat = Some(Dispatch::new(context, "tracers_splat", &[], &buffers, blocks)?);
            let target = sim.view();
            let views = [&self.image, &self.colors].map(|t| t.create_view(&Default::default()));
            let view = self.uniform.buffer();
            self.field.rebind(context, &field_resources(view, target.uniform(), &views, &self.sampler, &counts));
            (self.dye.counts, self.dye.size, self.dye.moves) = (counts, size, u64::MAX);
        }
        // Copies are needed where the canvas shows more than the box, up to rounding.
        let images = [look.half_extent.x, look.half_extent.y].map(|half| if half > 3.15 { 3 } else { 1 });
        let scale = look.pixels_per_point.max(0.5);
        // The dye is about as dense on the canvas however many particles there are.
        let per_pixel = f64::from(count) / f64::from(size[0] * size[1]);
        let alpha = (0.06 / per_pixel.max(1e-3)).clamp(0.05, 0.5) as f32;
        let by_sign = look.filament_color == FilamentColor::Sign;
        let value = View {
            center: [look.center.x, look.center.y].map(|x| to_turns(x).0),
            half_extent: look.half_extent.as_vec2().to_array(),
            size_px: size.map(|n| n as f32),
            range: look.range.max(1e-12),
            filament_px: scale * if by_sign { 0.8 } else { 1.6 },
            filament_alpha: if by_sign { 0.55 } else { 0.9 },
            filament_color: look.filament_color as u32,
            tracer_alpha: if count > 0 { alpha } else { 0.0 },
            tracer_count: count,
            tracer_row: blocks[0] * SPLAT_WORKGROUP.size[0],
            linear_target: u32::from(self.format.is_srgb()),
            images,
        };
        let moves = sim.flow().map_or(0, |flow| flow.moves());
        let place = |v: &View| (v.center, v.half_extent, v.size_px, v.tracer_count);
        let stale = self.dye.moves != moves || place(self.uniform.value()) != place(&value);
        self.dye.moves = moves;
        self.uniform.set(&context.queue, value);
        let splat = self.dye.splat.as_ref().filter(|_| count > 0 && stale);
        if splat.is_some() {
            encoder.clear_buffer(&self.dye.counts, 0, None);
        }
        let mut pass = encoder.begin_compute_pass(&Default::default());
        self.upload.encode(&mut pass);
        if let Some(splat) = splat {
            splat.encode(&mut pass);
        }
        drop(pass);
        // The count of vertices is a frame or two old: leave room for what resampling may add.
        let known = sim.counters().vertices;
        let vertices = (known + known / 8 + 32).min(sim.buffers().vertex_capacity as u32);
        self.segments = vertices * images[0] * images[1];
        self.look = Some(*look);
        Ok(())
    }

    /// Draws into the canvas rectangle of a pass over a target of the same format.
    pub fn draw(&self, pass: &mut wgpu::RenderPass<'_>) {
        let Some(look) = &self.look else { return };
        let [x, y, width, height] = look.rect_px;
        if width < 1.0 || height < 1.0 {
            return;
        }
        pass.set_viewport(x, y, width, height, 0.0, 1.0);
        pass.set_scissor_rect(x as u32, y as u32, width as u32, height as u32);
        self.field.draw(pass, 3);
        if look.filaments {
            self.filaments.draw(pass, 6 * self.segments);
        }
    }
}
