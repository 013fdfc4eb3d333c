//! Where the flow goes: arrows on a lattice of the canvas, or a texture of flow lines.

use super::{layer::Layer, texture::texture};
use crate::{
    error::Result,
    gpu::{Context, Dispatch, dispatch::groups},
    sim::GpuSim,
};

/// Threads of a workgroup of the pass that makes the texture of flow lines.
pub const LIC_WORKGROUP: crate::layout::Workgroup = crate::layout::Workgroup { shader: "render_lic", size: [8, 8, 1] };

/// Points between arrows.
const ARROW_POINTS: f32 = 30.0;
/// The longest arrow stands for this many times the RMS speed.
const LONGEST: f64 = 2.2;
/// Pixels of the canvas a cell of the texture, on hardware and on a software adapter.
const CELL: [u32; 2] = [1, 3];
/// Cells of a flow line, each way, there.
const STEPS: [f64; 2] = [20.0, 9.0];

/// What says where the flow goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lines {
    /// Neither arrows nor flow lines.
    #[default]
    None,
    /// Arrows, as long as the flow is fast.
    Arrows,
    /// Line integral convolution: a noise smeared along the flow. Directions alone.
    Lic,
}

impl Lines {
    /// All, in the order in which a key goes through them.
    pub const ALL: [Self; 3] = [Self::None, Self::Arrows, Self::Lic];

    /// In a word or two.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Arrows => "arrows",
            Self::Lic => "LIC",
        }
    }

    /// The one after it, and after the last the first.
    pub fn next(self) -> Self {
        Self::ALL[(self as usize + 1) % Self::ALL.len()]
    }
}

/// What shaders are told of them.
pub struct LinesView {
    /// Strength of the texture.
    pub strength: f32,
    /// Side of the velocity's grid.
    pub side: u32,
    /// Pixels between arrows.
    pub arrow_px: f32,
    /// Speed of the longest.
    pub arrow_speed: f32,
}

/// Arrows and texture, bound to a velocity.
pub struct FlowLines {
    format: wgpu::TextureFormat,
    /// Of one cell where there are no flow lines.
    texture: wgpu::Texture,
    pass: Option<Dispatch>,
    arrows: Option<Layer>,
    /// The velocity that they are bound to.
    velocity: Option<wgpu::Buffer>,
    shown: Lines,
    size: [u32; 2],
    /// Corners of arrows to draw.
    corners: u32,
}

/// Without flow lines.
fn blank(context: &Context) -> wgpu::Texture {
    texture(context, "no flow lines", [1, 1], wgpu::TextureFormat::Rgba16Float)
}

impl FlowLines {
    /// Without lines; [`Self::bind`] makes them.
    pub fn new(context: &Context, format: wgpu::TextureFormat) -> Self {
        let (pass, arrows, velocity) = (None, None, None);
        let texture = blank(context);
        Self { format, texture, pass, arrows, velocity, shown: Lines::None, size: [0, 0], corners: 0 }
    }

    /// The texture that the field's shader reads.
    pub fn texture(&self) -> &wgpu::Texture {
        &self.texture
    }

    /// Makes what is shown on a canvas of `size` pixels; says whether [`Self::texture`] is another one now.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the shader does not compile or cannot be bound on this device.
    pub fn bind(
        &mut self,
        context: &Context,
        view: &wgpu::Buffer,
        sim: &GpuSim,
        lines: Lines,
        size: [u32; 2],
    ) -> Result<bool> {
        let velocity = sim.views().velocity().map(|(velocity, _)| velocity.clone());
        let shown = if velocity.is_some() { lines } else { Lines::None };
        if (shown, size, &velocity) == (self.shown, self.size, &self.velocity) {
            return Ok(false);
        }
        let had_texture = self.pass.take().is_some();
        if had_texture && shown != Lines::Lic {
            self.texture = blank(context);
        }
        match (&velocity, shown) {
            (Some(velocity), Lines::Arrows) => {
                let resources = [view.as_entire_binding(), velocity.as_entire_binding()];
                match &mut self.arrows {
                    Some(arrows) => arrows.rebind(context, &resources),
                    None => self.arrows = Some(Layer::new(context, "render_arrows", self.format, &[], &resources)?),
                }
            }
            (Some(velocity), Lines::Lic) => {
                let software = usize::from(context.report.software);
                let cells = size.map(|n| n.div_ceil(CELL[software]).max(1));
                self.texture = texture(context, "flow lines", cells, wgpu::TextureFormat::Rgba16Float);
                let written = self.texture.create_view(&Default::default());
                let written = wgpu::BindingResource::TextureView(&written);
                let resources = [view.as_entire_binding(), velocity.as_entire_binding(), written];
                let [x, y] = cells.map(|n| groups(n as usize, LIC_WORKGROUP.size[0]));
                let constants = [("STEPS", STEPS[software])];
                self.pass = Some(Dispatch::with(context, "render_lic", &constants, &resources, [x, y, 1])?);
            }
            _ => {}
        }
        (self.shown, self.size, self.velocity) = (shown, size, velocity);
        self.corners = 0;
        Ok(had_texture || shown == Lines::Lic)
    }

    /// What shaders are told; `scale` is pixels a point.
    pub fn view(&self, sim: &GpuSim, scale: f32) -> LinesView {
        // Until the flow was measured there is nothing to compare an arrow with.
        let rms = sim.probes().counters().energy.map_or(0.0, |energy| (2.0 * energy).sqrt());
        let drift = sim.held().drift()[0].hypot(sim.held().drift()[1]);
        LinesView {
            strength: if self.shown == Lines::Lic { 1.0 } else { 0.0 },
            side: sim.views().velocity().map_or(1, |(_, side)| side),
            arrow_px: scale * ARROW_POINTS,
            arrow_speed: (LONGEST * rms.hypot(drift)).max(1e-12) as f32,
        }
    }

    /// How many corners to draw for a lattice of `arrow_px` pixels.
    pub fn count(&mut self, sim: &GpuSim, arrow_px: f32) {
        let known = sim.probes().counters().energy.is_some() && self.shown == Lines::Arrows;
        let [columns, rows] = self.size.map(|n| (n as f32 / arrow_px).ceil() as u32);
        self.corners = if known { 6 * columns * rows } else { 0 };
    }

    /// The pass that makes the texture.
    pub fn passes(&self) -> impl Iterator<Item = &Dispatch> {
        self.pass.iter()
    }

    /// Draws arrows.
    pub fn draw(&self, pass: &mut wgpu::RenderPass<'_>) {
        if let Some(arrows) = self.arrows.as_ref().filter(|_| self.corners > 0) {
            arrows.draw(pass, self.corners);
        }
    }
}
