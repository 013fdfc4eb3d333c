//! The canvas: field, dye and filaments drawn straight from the simulation's device buffers.

use glam::DVec2;

use super::{
    colormap::Colormap,
    dye::Dye,
    kind::{Picture, Sort},
    layer::Layer,
    lines::{FlowLines, Lines},
    strokes::StrokeLines,
    texture::texture,
};
use crate::{
    error::Result,
    gpu::{Context, Dispatch, Uniform, dispatch::groups},
    math::to_turns,
    sim::{FieldTarget, GpuSim},
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
        /// Value at the end of the colour map.
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
        /// Code of [`FilamentColor`].
        filament_color: u32,
        /// Code of [`Mapping`].
        mapping: u32,
        /// Copies of the box along x and y that the canvas can show.
        images: [u32; 2],
        /// Mean flow.
        drift: [f32; 2],
        /// Threshold of the carrier, a share of the range.
        threshold: f32,
        /// Particles that one unit of the dye's counts stands for.
        dye_unit: f32,
        /// Strength of the texture of flow lines; 0 where it is not shown.
        lines: f32,
        /// How far its running window is, 0 to 1.
        phase: f32,
        /// Side of the velocity's grid.
        flow_side: u32,
        /// Pixels between arrows.
        arrow_px: f32,
        /// Speed of the longest arrow.
        arrow_speed: f32,
        /// Unused.
        pad0: u32,
    }
}

/// How values become colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mapping {
    /// Zero in the middle of the map.
    #[default]
    Signed,
    /// Zero at its bottom.
    Magnitude,
    /// Its ends above the threshold, its middle below.
    Carrier,
}

impl Mapping {
    /// As a picture needs it.
    pub fn of(picture: Picture) -> Self {
        match (picture, picture.sort()) {
            (Picture::Carrier, _) => Self::Carrier,
            (_, Sort::Signed) => Self::Signed,
            (_, Sort::Magnitude) => Self::Magnitude,
        }
    }
}

/// Threshold of the carrier as a share of the range.
pub const CARRIER_SHARE: f32 = 0.1;

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
    /// Value at the end of the colour map.
    pub range: f32,
    /// How values become colours.
    pub mapping: Mapping,
    /// Colour map.
    pub colormap: Colormap,
    /// Draw filaments.
    pub filaments: bool,
    /// What their colour says.
    pub filament_color: FilamentColor,
    /// Draw the curves of strokes that became ellipses.
    pub strokes: bool,
    /// Draw dye.
    pub tracers: bool,
    /// Let it leave trails.
    pub trails: bool,
    /// What says where the flow goes; the simulation must have been asked for its velocity.
    pub lines: Lines,
    /// How far the running window of flow lines is, 0 to 1.
    pub phase: f32,
    /// Pixels of the target for one point of a screen of usual density.
    pub pixels_per_point: f32,
}

/// Threads of a workgroup of the pass that turns the field into a texture.
pub const UPLOAD_WORKGROUP: crate::layout::Workgroup =
    crate::layout::Workgroup { shader: "render_upload", size: [16, 16, 1] };

/// Pipelines for one target format, bound to one simulation.
pub struct Canvas {
    format: wgpu::TextureFormat,
    uniform: Uniform<View>,
    colors: wgpu::Texture,
    colormap: Option<Colormap>,
    image: Image,
    sampler: wgpu::Sampler,
    field: Layer,
    /// What lies over the field: a texture of flow lines, dye.
    over: [bool; 2],
    filaments: Layer,
    dye: Dye,
    flow_lines: FlowLines,
    strokes: StrokeLines,
    look: Option<Look>,
    segments: u32,
}

/// The field of a decode as a texture.
struct Image {
    texture: wgpu::Texture,
    /// The pass that writes it.
    upload: Dispatch,
    /// The field it is written from.
    source: wgpu::Buffer,
}

fn image(context: &Context, target: &FieldTarget, view: &wgpu::Buffer) -> Result<Image> {
    let size = target.window().size;
    let image = texture(context, "field image", size, wgpu::TextureFormat::Rgba16Float);
    let written = image.create_view(&Default::default());
    let resources = [
        target.uniform().as_entire_binding(),
        target.field().as_entire_binding(),
        wgpu::BindingResource::TextureView(&written),
        view.as_entire_binding(),
    ];
    let [x, y] = size.map(|n| groups(n as usize, UPLOAD_WORKGROUP.size[0]));
    let upload = Dispatch::with(context, "render_upload", &[], &resources, [x, y, 1])?;
    Ok(Image { texture: image, upload, source: target.field().clone() })
}

impl Canvas {
    /// For a target of `format` and the buffers of `sim`.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device has no room, or a shader does not compile there.
    pub fn new(context: &Context, format: wgpu::TextureFormat, sim: &GpuSim) -> Result<Self> {
        Self::on(context, format, sim, sim.views().view())
    }

    /// The same with the field of another decode of `sim`.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device has no room, or a shader does not compile there.
    pub fn on(context: &Context, format: wgpu::TextureFormat, sim: &GpuSim, target: &FieldTarget) -> Result<Self> {
        let uniform = Uniform::new(context, "view", View::default());
        let (view, b) = (uniform.buffer(), sim.held().buffers());
        let colors = texture(context, "colours", [256, 1], wgpu::TextureFormat::Rgba8Unorm);
        let image = image(context, target, view)?;
        let sampler = context.device.create_sampler(&wgpu::SamplerDescriptor {
            label: Some("smooth, repeating"),
            address_mode_u: wgpu::AddressMode::Repeat,
            address_mode_v: wgpu::AddressMode::Repeat,
            mag_filter: wgpu::FilterMode::Linear,
            min_filter: wgpu::FilterMode::Linear,
            ..Default::default()
        });
        let (dye, flow_lines) = (Dye::new(context)?, FlowLines::new(context, format));
        let views = [&image.texture, &colors, flow_lines.texture()].map(|t| t.create_view(&Default::default()));
        let resources = resources(view, target.uniform(), &views, &sampler, dye.shown());
        let over = [false; 2];
        let field = layer(context, format, over, &resources)?;
        let buffers = [view, &b.counts, &b.atoms, &b.vertices, &b.places];
        let filaments =
            Layer::new(context, "render_filaments", format, &[], &buffers.map(|buffer| buffer.as_entire_binding()))?;
        Ok(Self {
            format,
            colors,
            colormap: None,
            image,
            sampler,
            field,
            over,
            filaments,
            dye,
            flow_lines,
            strokes: StrokeLines::new(format),
            uniform,
            look: None,
            segments: 0,
        })
    }

    /// Uploads what a frame needs and records the passes over dye and flow lines; before the render pass.
    ///
    /// # Errors
    /// Where the device has no room.
    pub fn prepare(
        &mut self,
        context: &Context,
        encoder: &mut wgpu::CommandEncoder,
        sim: &GpuSim,
        look: &Look,
    ) -> Result<()> {
        self.prepare_on(context, encoder, sim, sim.views().view(), look)
    }

    /// The same with the field of another decode of `sim`.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device has no room, or a shader does not compile there.
    pub fn prepare_on(
        &mut self,
        context: &Context,
        encoder: &mut wgpu::CommandEncoder,
        sim: &GpuSim,
        target: &FieldTarget,
        look: &Look,
    ) -> Result<()> {
        self.choose_colors(context, look.colormap);
        let size = [look.rect_px[2], look.rect_px[3]].map(|x| (x as u32).max(1));
        let dye = sim.views().flow().filter(|_| look.tracers);
        let mut moved = self.dye.bind(context, self.uniform.buffer(), dye, size, look.trails)?;
        moved |= self.flow_lines.bind(context, self.uniform.buffer(), sim, look.lines, size)?;
        if self.image.source != *target.field() {
            self.image = image(context, target, self.uniform.buffer())?;
            moved = true;
        }
        let value = self.view(sim, look, size);
        let over = [value.lines > 0.0, value.tracer_alpha > 0.0];
        if moved || over != self.over {
            let images = [&self.image.texture, &self.colors, self.flow_lines.texture()];
            let views = images.map(|t| t.create_view(&Default::default()));
            let (view, window) = (self.uniform.buffer(), target.uniform());
            let resources = resources(view, window, &views, &self.sampler, self.dye.shown());
            if over == self.over {
                self.field.rebind(context, &resources);
            } else {
                (self.field, self.over) = (layer(context, self.format, over, &resources)?, over);
            }
        }
        self.flow_lines.count(sim, value.arrow_px);
        let same_place = place(self.uniform.value()) == place(&value);
        self.uniform.set(&context.queue, value);
        let strokes = sim.views().strokes().filter(|_| look.strokes);
        self.strokes.bind(context, self.uniform.buffer(), strokes, value.images)?;
        self.dye.before(context, encoder, dye, sim.held().params().dt, same_place);
        let mut pass = encoder.begin_compute_pass(&Default::default());
        self.image.upload.encode(&mut pass);
        self.dye.passes().for_each(|d| d.encode(&mut pass));
        self.flow_lines.passes().for_each(|d| d.encode(&mut pass));
        drop(pass);
        // The count of vertices is a frame or two old: leave room for what resampling may add.
        let known = sim.probes().counters().vertices;
        let vertices = (known + known / 8 + 32).min(sim.held().buffers().vertex_capacity as u32);
        self.segments = vertices * value.images[0] * value.images[1];
        self.look = Some(*look);
        Ok(())
    }

    /// The colours of a map.
    fn choose_colors(&mut self, context: &Context, colormap: Colormap) {
        if self.colormap != Some(colormap) {
            let bytes: Vec<u8> = colormap.table().iter().flat_map(|[r, g, b]| [*r, *g, *b, 255]).collect();
            let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(1024), rows_per_image: None };
            context.queue.write_texture(self.colors.as_image_copy(), &bytes, layout, self.colors.size());
            self.colormap = Some(colormap);
        }
    }

    /// What the shaders read.
    fn view(&self, sim: &GpuSim, look: &Look, size: [u32; 2]) -> View {
        // Copies are needed where the canvas shows more than the box, up to rounding.
        let images = [look.half_extent.x, look.half_extent.y].map(|half| if half > 3.15 { 3 } else { 1 });
        let scale = look.pixels_per_point.max(0.5);
        let by_sign = look.filament_color == FilamentColor::Sign;
        let dye = self.dye.view(sim.views().flow().filter(|_| look.tracers), size);
        let lines = self.flow_lines.view(sim, scale);
        View {
            center: [look.center.x, look.center.y].map(|x| to_turns(x).0),
            half_extent: look.half_extent.as_vec2().to_array(),
            size_px: size.map(|n| n as f32),
            range: look.range.max(1e-12),
            filament_px: scale * if by_sign { 0.8 } else { 1.6 },
            filament_alpha: if by_sign { 0.55 } else { 0.9 },
            filament_color: look.filament_color as u32,
            tracer_alpha: dye.alpha,
            tracer_count: dye.count,
            tracer_row: dye.row,
            dye_unit: dye.unit,
            images,
            drift: sim.held().drift().map(|u| u as f32),
            mapping: look.mapping as u32,
            threshold: CARRIER_SHARE,
            lines: lines.strength,
            phase: look.phase,
            flow_side: lines.side,
            arrow_px: lines.arrow_px,
            arrow_speed: lines.arrow_speed,
            pad0: 0,
        }
    }

    /// Draws into the canvas rectangle of a pass over a target of the same format and of `size`, which may have
    /// shrunk since the rectangle was laid out.
    pub fn draw(&self, pass: &mut wgpu::RenderPass<'_>, size: [u32; 2]) {
        let Some(look) = &self.look else { return };
        let Some([left, top, right, bottom]) = seen(look.rect_px, size) else { return };
        let [x, y, width, height] = look.rect_px;
        pass.set_viewport(x, y, width, height, 0.0, 1.0);
        pass.set_scissor_rect(left, top, right - left, bottom - top);
        self.field.draw(pass, 3);
        if look.filaments {
            self.filaments.draw(pass, 6 * self.segments);
        }
        self.strokes.draw(pass);
        self.flow_lines.draw(pass);
    }
}

/// Left, top, right and bottom of what a target of `size` shows of a rectangle, if it shows any.
fn seen([x, y, width, height]: [f32; 4], size: [u32; 2]) -> Option<[u32; 4]> {
    let within = |at: f32, most: u32| at.clamp(0.0, most as f32) as u32;
    let [left, right] = [x, x + width].map(|at| within(at, size[0]));
    let [top, bottom] = [y, y + height].map(|at| within(at, size[1]));
    (right > left && bottom > top).then_some([left, top, right, bottom])
}

/// The field through its colours, with what lies over it: a texture of flow lines, dye.
fn layer(
    context: &Context,
    format: wgpu::TextureFormat,
    over: [bool; 2],
    resources: &[wgpu::BindingResource<'_>],
) -> Result<Layer> {
    let [r, g, b] = super::colormap::NAN_COLOR.map(|c| f64::from(c) / 255.0);
    let [lines, dye] = over.map(|there| f64::from(u8::from(there)));
    let constants = [("NAN_R", r), ("NAN_G", g), ("NAN_B", b), ("LINES", lines), ("DYE", dye)];
    Layer::new(context, "render_field", format, &constants, resources)
}

/// What the field's shader reads, in order; `views` are field, colours and flow lines.
fn resources<'a>(
    view: &'a wgpu::Buffer,
    window: &'a wgpu::Buffer,
    views: &'a [wgpu::TextureView; 3],
    sampler: &'a wgpu::Sampler,
    dye: &'a wgpu::Buffer,
) -> [wgpu::BindingResource<'a>; 7] {
    [
        view.as_entire_binding(),
        window.as_entire_binding(),
        wgpu::BindingResource::TextureView(&views[0]),
        wgpu::BindingResource::Sampler(sampler),
        wgpu::BindingResource::TextureView(&views[1]),
        dye.as_entire_binding(),
        wgpu::BindingResource::TextureView(&views[2]),
    ]
}

/// What decides on which pixel a particle lies.
fn place(v: &View) -> ([u32; 2], [f32; 2], [f32; 2], u32) {
    (v.center, v.half_extent, v.size_px, v.tracer_count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_that_has_shrunk_shows_a_part_or_nothing() {
        let rect = [346.0, 88.0, 210.0, 870.0];
        assert_eq!(seen(rect, [1280, 1024]), Some([346, 88, 556, 958]));
        assert_eq!(seen(rect, [400, 483]), Some([346, 88, 400, 483]));
        assert_eq!(seen(rect, [346, 483]), None);
        assert_eq!(seen(rect, [1, 1]), None);
        assert_eq!(seen([0.0, 0.0, 0.4, 10.0], [100, 100]), None);
        assert_eq!(seen([-5.0, f32::NAN, 20.0, 10.0], [100, 100]), None);
    }
}
