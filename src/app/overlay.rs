//! The panels' picture over the canvas.
//!
//! A GPU draws the panels anew in every frame. A CPU that plays the GPU pays for each of their pixels,
//! so there they are drawn into a texture a few times a second, and at once when something is heard;
//! a frame copies that texture, draws the canvas, and draws again only what lies over the canvas.

use egui::{ClippedPrimitive, Context, FullOutput, Rect, TextureId, ViewportId};
use egui_wgpu::{Renderer, RendererOptions, ScreenDescriptor};

use super::{target::Target, ui::theme};

/// Real time for which a kept picture is good enough while nothing is heard.
const KEPT_S: f64 = 0.2;

/// Panels as triangles, and their last picture where pictures are dear.
pub struct Overlay {
    painter: Renderer,
    triangles: Vec<ClippedPrimitive>,
    pixels_per_point: f32,
    /// Textures that the next submit no longer needs.
    free: Vec<TextureId>,
    /// The triangles are newer than buffers and picture.
    dirty: bool,
    /// When the panels want to be drawn again.
    due_s: f64,
    keeps: bool,
    /// The look of the panels.
    dark: bool,
    kept: Option<wgpu::Texture>,
}

impl Overlay {
    /// For a window; `sparing` keeps pictures where the surface can take a copy.
    pub fn new(device: &wgpu::Device, target: &Target, sparing: bool) -> Self {
        let options = RendererOptions { dithering: false, ..Default::default() };
        Self {
            painter: Renderer::new(device, target.format(), options),
            triangles: vec![],
            pixels_per_point: 1.0,
            free: vec![],
            dirty: false,
            due_s: 0.0,
            keeps: sparing && target.takes_copies(),
            dark: true,
            kept: None,
        }
    }

    /// Whether the panels must run in the frame at `now_s` although nothing was heard.
    pub fn is_due(&self, now_s: f64, size_px: [u32; 2]) -> bool {
        let fits = |kept: &wgpu::Texture| [kept.width(), kept.height()] == size_px;
        !self.keeps || now_s >= self.due_s || !self.kept.as_ref().is_some_and(fits)
    }

    /// Takes what the panels put out; returns in how many seconds they want to run again.
    pub fn take(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        context: &Context,
        mut output: FullOutput,
        now_s: f64,
    ) -> Option<f64> {
        #[expect(clippy::iter_over_hash_type, reason = "textures are independent of each other")]
        for (id, deltas) in &output.textures_delta.set {
            for delta in deltas {
                self.painter.update_texture(device, queue, *id, delta);
            }
        }
        self.free.extend(&output.textures_delta.free);
        // They are taken in: a development build of egui insists on hearing so.
        output.textures_delta.clear();
        self.pixels_per_point = output.pixels_per_point;
        self.dark = context.theme() == egui::Theme::Dark;
        self.triangles = context.tessellate(output.shapes, output.pixels_per_point);
        self.dirty = true;
        let delay_s = output.viewport_output.get(&ViewportId::ROOT).map(|root| root.repaint_delay.as_secs_f64());
        self.due_s = now_s + delay_s.unwrap_or(KEPT_S).min(KEPT_S);
        delay_s
    }

    /// Pixels of a point.
    pub fn pixels_per_point(&self) -> f32 {
        self.pixels_per_point
    }

    /// Draws the window: the canvas inside `canvas`, a rectangle in points, and the panels.
    pub fn draw(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        encoder: &mut wgpu::CommandEncoder,
        window: &wgpu::Texture,
        canvas: Rect,
        draw_canvas: impl FnOnce(&mut wgpu::RenderPass<'_>),
    ) -> Vec<wgpu::CommandBuffer> {
        let size_in_pixels = [window.width(), window.height()];
        let screen = ScreenDescriptor { size_in_pixels, pixels_per_point: self.pixels_per_point };
        let dirty = std::mem::take(&mut self.dirty);
        let extra =
            if dirty { self.painter.update_buffers(device, queue, encoder, &self.triangles, &screen) } else { vec![] };
        let mut load = wgpu::LoadOp::Clear(ground(self.dark));
        if self.keeps {
            let fits = |kept: &wgpu::Texture| [kept.width(), kept.height()] == size_in_pixels;
            let kept = match self.kept.take().filter(fits) {
                Some(kept) => kept,
                None => picture(device, window),
            };
            if dirty {
                let view = kept.create_view(&Default::default());
                let mut pass = begin(encoder, "panels", &view, load);
                self.painter.render(&mut pass, &self.triangles, &screen);
                drop(pass);
                // From here on only what lies over the canvas is drawn; an empty rectangle is skipped.
                for triangles in &mut self.triangles {
                    triangles.clip_rect = within(triangles.clip_rect, canvas);
                }
            }
            encoder.copy_texture_to_texture(kept.as_image_copy(), window.as_image_copy(), kept.size());
            self.kept = Some(kept);
            load = wgpu::LoadOp::Load;
        }
        let view = window.create_view(&Default::default());
        let mut pass = begin(encoder, "window", &view, load);
        draw_canvas(&mut pass);
        self.painter.render(&mut pass, &self.triangles, &screen);
        extra
    }

    /// Lets go of textures that are out of use; after the submit.
    pub fn after_submit(&mut self) {
        for id in self.free.drain(..) {
            self.painter.free_texture(&id);
        }
    }
}

/// The common part of two rectangles, empty rather than inverted.
fn within(a: Rect, b: Rect) -> Rect {
    let common = a.intersect(b);
    if common.is_positive() { common } else { Rect::from_min_size(b.min, egui::Vec2::ZERO) }
}

/// A texture like the window's own.
fn picture(device: &wgpu::Device, window: &wgpu::Texture) -> wgpu::Texture {
    device.create_texture(&wgpu::TextureDescriptor {
        label: Some("panels"),
        size: window.size(),
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: window.format(),
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
        view_formats: &[],
    })
}

/// The colour around the canvas.
fn ground(dark: bool) -> wgpu::Color {
    let [r, g, b, a] = theme::palette(dark).ground.to_normalized_gamma_f32().map(f64::from);
    wgpu::Color { r, g, b, a }
}

fn begin(
    encoder: &mut wgpu::CommandEncoder,
    label: &str,
    view: &wgpu::TextureView,
    load: wgpu::LoadOp<wgpu::Color>,
) -> wgpu::RenderPass<'static> {
    let ops = wgpu::Operations { load, store: wgpu::StoreOp::Store };
    let attachment = wgpu::RenderPassColorAttachment { view, depth_slice: None, resolve_target: None, ops };
    let color_attachments = &[Some(attachment)];
    let pass = wgpu::RenderPassDescriptor { label: Some(label), color_attachments, ..Default::default() };
    encoder.begin_render_pass(&pass).forget_lifetime()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_touch_the_canvas_is_clipped_to_nothing() {
        let rect = |x: f32, w: f32| Rect::from_min_size([x, 0.0].into(), [w, 10.0].into());
        let canvas = rect(100.0, 50.0);
        assert_eq!(within(rect(0.0, 90.0), canvas).width(), 0.0);
        assert_eq!(within(rect(0.0, 120.0), canvas), rect(100.0, 20.0));
        assert_eq!(within(rect(0.0, 500.0), canvas), canvas);
    }
}
