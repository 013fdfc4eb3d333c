//! Curves of strokes that became ellipses, dashed, from the buffers that the flow carries them in.

use super::layer::Layer;
use crate::{
    error::Result,
    gpu::Context,
    sim::Strokes,
    state::{STROKE_POINTS, TORN},
};

/// Points of a dash, and of a gap.
const DASH: usize = 8;

/// The dashes of one simulation.
pub struct StrokeLines {
    format: wgpu::TextureFormat,
    layer: Option<(Layer, wgpu::Buffer)>,
    corners: u32,
}

impl StrokeLines {
    /// Without strokes; [`Self::bind`] makes them.
    pub fn new(format: wgpu::TextureFormat) -> Self {
        Self { format, layer: None, corners: 0 }
    }

    /// Binds what is to be drawn, in so many copies of the box.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the shader does not compile or cannot be bound on this device.
    pub fn bind(
        &mut self,
        context: &Context,
        view: &wgpu::Buffer,
        strokes: Option<&Strokes>,
        images: [u32; 2],
    ) -> Result<()> {
        let Some(strokes) = strokes else {
            self.corners = 0;
            return Ok(());
        };
        if self.layer.as_ref().is_none_or(|(_, places)| places != strokes.places()) {
            let resources = [view, strokes.places(), strokes.styles()].map(|buffer| buffer.as_entire_binding());
            let constants = [("POINTS", STROKE_POINTS as f64), ("DASH", DASH as f64), ("TORN", TORN)];
            let layer = Layer::new(context, "render_strokes", self.format, &constants, &resources)?;
            self.layer = Some((layer, strokes.places().clone()));
        }
        self.corners = 6 * (strokes.count() * STROKE_POINTS) as u32 * images[0] * images[1];
        Ok(())
    }

    /// Draws the strokes.
    pub fn draw(&self, pass: &mut wgpu::RenderPass<'_>) {
        if let Some((layer, _)) = self.layer.as_ref().filter(|_| self.corners > 0) {
            layer.draw(pass, self.corners);
        }
    }
}
