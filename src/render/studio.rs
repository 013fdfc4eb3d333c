//! The canvas into a texture of any size, decoded at that size: exports, while the screen shows what it shows.

use glam::DVec2;

use super::{
    canvas::{Canvas, Look},
    offscreen::{self, FORMAT},
};
use crate::{
    error::Result,
    gpu::Context,
    math::BOX,
    sim::{FieldTarget, GpuSim, Shown},
};

/// Most nodes of a decode; larger pictures interpolate between them.
const NODES: f64 = 67_108_864.0;

/// A place to draw pictures of one size of one simulation.
pub struct Studio {
    target: FieldTarget,
    shown: Shown,
    canvas: Canvas,
    texture: wgpu::Texture,
}

/// Lower left corner and sides of what a look shows of the box.
fn window(look: &Look) -> (DVec2, DVec2) {
    let low = look.center - look.half_extent;
    let axis = |low: f64, extent: f64| if extent >= BOX { (0.0, BOX) } else { (low, extent) };
    let ((x, w), (y, h)) = (axis(low.x, 2.0 * look.half_extent.x), axis(low.y, 2.0 * look.half_extent.y));
    (DVec2::new(x, y), DVec2::new(w, h))
}

/// Nodes along x and y that put one under each pixel.
fn nodes(size: [u32; 2], look: &Look) -> [u32; 2] {
    let whole = DVec2::new(f64::from(size[0]), f64::from(size[1]));
    let wanted = whole * (BOX / (2.0 * look.half_extent)).min(DVec2::ONE);
    let fewer = (NODES / (wanted.x * wanted.y)).sqrt().min(1.0);
    (wanted * fewer).ceil().max(DVec2::ONE).to_array().map(|n| n as u32)
}

impl Studio {
    /// For pictures of `size` pixels that show about what `look` does.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] for a size that this device does not take; where it has no room.
    pub fn new(context: &Context, sim: &GpuSim, size: [u32; 2], look: &Look) -> Result<Self> {
        let texture = offscreen::texture(context, size)?;
        let shown = sim.views().shown();
        let target = sim.views().target(sim.held(), nodes(size, look), shown)?;
        let canvas = Canvas::on(context, FORMAT, sim, &target)?;
        Ok(Self { target, shown, canvas, texture })
    }

    /// Width and height of its pictures.
    pub fn size(&self) -> [u32; 2] {
        [self.texture.width(), self.texture.height()]
    }

    /// Whether a look at what `sim` shows needs as many nodes as there are.
    pub fn fits(&self, sim: &GpuSim, size: [u32; 2], look: &Look) -> bool {
        self.size() == size && self.shown == sim.views().shown() && self.target.window().size == nodes(size, look)
    }

    /// Nodes of its decode along x and y.
    pub fn nodes(&self) -> [u32; 2] {
        self.target.window().size
    }

    /// Records decode and picture of the state as it is in the encoder; the picture is then in the texture.
    ///
    /// # Errors
    /// Where the device has no room.
    pub fn draw(
        &mut self,
        context: &Context,
        encoder: &mut wgpu::CommandEncoder,
        sim: &GpuSim,
        look: &Look,
    ) -> Result<&wgpu::Texture> {
        let (low, extent) = window(look);
        // A node in the middle of each pixel.
        let [x, y] = self.target.window().size.map(f64::from);
        let shift = |extent: f64, n: f64| if extent < BOX { 0.5 * extent / n } else { 0.0 };
        self.target.look(context, low + DVec2::new(shift(extent.x, x), shift(extent.y, y)), extent);
        sim.views().decode_onto(sim.held(), encoder, &mut self.target);
        let [width, height] = self.size().map(|n| n as f32);
        let look = Look { rect_px: [0.0, 0.0, width, height], ..*look };
        self.canvas.prepare_on(context, encoder, sim, &self.target, &look)?;
        let view = self.texture.create_view(&Default::default());
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("export"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: &view,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations { load: wgpu::LoadOp::Clear(wgpu::Color::BLACK), store: wgpu::StoreOp::Store },
            })],
            ..Default::default()
        });
        self.canvas.draw(&mut pass, [self.texture.width(), self.texture.height()]);
        drop(pass);
        Ok(&self.texture)
    }
}
