//! The canvas: field, dye and filaments drawn straight from the simulation's device buffers.

use glam::DVec2;

use super::{colormap::Colormap, layer::Layer};
use crate::{
    error::Result,
    gpu::{Context, Uniform, buffer::storage},
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
        /// Half side of a dye particle, pixels.
        tracer_px: f32,
        /// Opacity of filaments.
        filament_alpha: f32,
        /// Opacity of a dye particle.
        tracer_alpha: f32,
        /// 1 where the target stores linear light.
        linear_target: u32,
        /// Copies of the box along x and y that the canvas can show.
        images: [u32; 2],
        /// Unused.
        pad0: u32,
        /// Unused.
        pad1: u32,
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
    /// Draw dye.
    pub tracers: bool,
    /// Pixels of the target for one point of a screen of usual density.
    pub pixels_per_point: f32,
}

/// Pipelines for one target format, bound to one simulation.
pub struct Canvas {
    format: wgpu::TextureFormat,
    uniform: Uniform<View>,
    colors: wgpu::Buffer,
    colormap: Option<Colormap>,
    field: Layer,
    tracers: Option<Layer>,
    filaments: Layer,
    look: Option<Look>,
    instances: [u32; 2],
}

impl Canvas {
    /// For a target of `format` and the buffers of `sim`.
    pub fn new(context: &Context, format: wgpu::TextureFormat, sim: &GpuSim) -> Result<Self> {
        let uniform = Uniform::new(context, "view", View::default());
        let colors = storage::<u32>(context, "colours", 257)?;
        let (view, b) = (uniform.buffer(), sim.buffers());
        let target = sim.view();
        let field = Layer::new(context, "render_field", format, &[view, target.uniform(), target.field(), &colors])?;
        let filaments =
            Layer::new(context, "render_filaments", format, &[view, &b.counts, &b.atoms, &b.vertices, &b.places])?;
        let tracers = match sim.flow() {
            Some(flow) => Some(Layer::new(context, "render_tracers", format, &[view, &flow.dye.places])?),
            None => None,
        };
        Ok(Self { format, colors, colormap: None, field, tracers, filaments, uniform, look: None, instances: [0; 2] })
    }

    /// The same canvas over another simulation's buffers.
    pub fn rebound(&self, context: &Context, sim: &GpuSim) -> Result<Self> {
        Self::new(context, self.format, sim)
    }

    /// Uploads what a frame needs; before its submission.
    pub fn prepare(&mut self, context: &Context, sim: &GpuSim, look: &Look) {
        if self.colormap != Some(look.colormap) {
            let pack = |[r, g, b]: [u8; 3]| u32::from_le_bytes([r, g, b, 0]);
            let mut table: Vec<u32> = look.colormap.table().iter().copied().map(pack).collect();
            table.push(pack(super::colormap::NAN_COLOR));
            context.queue.write_buffer(&self.colors, 0, bytemuck::cast_slice(&table));
            self.colormap = Some(look.colormap);
        }
        // Copies are needed where the canvas shows nearly the whole box or more.
        let images = [look.half_extent.x, look.half_extent.y].map(|half| if half > 2.8 { 3 } else { 1 });
        let copies = images[0] * images[1];
        let scale = look.pixels_per_point.max(0.5);
        // Dye covers about the same share of the canvas however many particles there are.
        let count = sim.flow().map_or(0, |flow| flow.dye.count);
        let per_pixel = f64::from(count) / f64::from(look.rect_px[2] * look.rect_px[3]).max(1.0);
        let value = View {
            center: [look.center.x, look.center.y].map(|x| to_turns(x).0),
            half_extent: look.half_extent.as_vec2().to_array(),
            size_px: [look.rect_px[2], look.rect_px[3]],
            range: look.range.max(1e-12),
            filament_px: 0.8 * scale,
            tracer_px: 0.6 * scale,
            filament_alpha: 0.55,
            tracer_alpha: (0.07 / per_pixel.max(1e-3)).clamp(0.06, 0.42) as f32,
            linear_target: u32::from(self.format.is_srgb()),
            images,
            ..Default::default()
        };
        self.uniform.set(&context.queue, value);
        // The count of vertices is a frame or two old: leave room for what resampling may add.
        let vertices = (2 * sim.counters().vertices + 64).min(sim.buffers().vertex_capacity as u32);
        self.instances = [vertices * copies, count * copies];
        self.look = Some(*look);
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
        self.field.draw(pass, 3, 1);
        if let Some(tracers) = self.tracers.as_ref().filter(|_| look.tracers) {
            tracers.draw(pass, 4, self.instances[1]);
        }
        if look.filaments {
            self.filaments.draw(pass, 4, self.instances[0]);
        }
    }
}
