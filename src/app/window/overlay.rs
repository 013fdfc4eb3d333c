//! The panels' picture over the canvas.
//!
//! A GPU draws the panels anew in every frame. A CPU that plays the GPU pays for each of their pixels,
//! so there they are drawn into a texture a few times a second, and at once when something is heard, each time only
//! where they have changed; a frame copies that texture, draws the canvas, and draws again only what lies over the
//! canvas.

use egui::{ClippedPrimitive, Context, FullOutput, Rect, TextureId, ViewportId, epaint};
use egui_wgpu::{Renderer, RendererOptions, ScreenDescriptor};

use crate::app::{
    ui::theme,
    window::{target::Target, tiles::Tiles},
};

/// Real time for which a kept picture is good enough while nothing is heard.
const KEPT_S: f64 = 0.2;

/// Panels as triangles, and their last picture where pictures are dear.
pub struct Overlay {
    painter: Renderer,
    /// The ground, then what the panels put out.
    triangles: Vec<ClippedPrimitive>,
    /// Where each of them may be seen; what is drawn of them is less.
    clips: Vec<Rect>,
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
    /// The last picture, and what it was made of.
    kept: Option<wgpu::Texture>,
    tiles: Tiles,
}

impl Overlay {
    /// For a window; `sparing` keeps pictures where the surface can take a copy.
    pub fn new(device: &wgpu::Device, target: &Target, sparing: bool) -> Self {
        let options = RendererOptions { dithering: false, ..Default::default() };
        Self {
            painter: Renderer::new(device, target.format(), options),
            triangles: vec![],
            clips: vec![],
            pixels_per_point: 1.0,
            free: vec![],
            dirty: false,
            due_s: 0.0,
            keeps: sparing && target.takes_copies(),
            dark: true,
            kept: None,
            tiles: Tiles::default(),
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
                if delta.pos.is_none() || *id != TextureId::default() {
                    // Triangles that stay show something else; what is added to the letters is shown nowhere yet.
                    self.tiles = Tiles::default();
                }
            }
        }
        self.free.extend(&output.textures_delta.free);
        // They are taken in: a development build of egui insists on hearing so.
        output.textures_delta.clear();
        self.pixels_per_point = output.pixels_per_point;
        self.dark = context.theme() == egui::Theme::Dark;
        self.triangles = vec![ground(self.dark)];
        self.triangles.extend(context.tessellate(output.shapes, output.pixels_per_point));
        self.clips = self.triangles.iter().map(|triangles| triangles.clip_rect).collect();
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
        let size = [window.width(), window.height()];
        let screen = ScreenDescriptor { size_in_pixels: size, pixels_per_point: self.pixels_per_point };
        let dirty = std::mem::take(&mut self.dirty);
        let extra =
            if dirty { self.painter.update_buffers(device, queue, encoder, &self.triangles, &screen) } else { vec![] };
        // Of the panels only what lies over the canvas, where the rest is copied.
        let (mut load, mut within) = (wgpu::LoadOp::Clear(ground_color(self.dark)), Rect::EVERYTHING);
        if self.keeps {
            let fits = |kept: &wgpu::Texture| [kept.width(), kept.height()] == size;
            let kept = match self.kept.take().filter(fits) {
                Some(kept) => kept,
                None => {
                    self.tiles = Tiles::default();
                    picture(device, window)
                }
            };
            if dirty {
                let tiles = Tiles::of(&self.triangles, size, self.pixels_per_point);
                let view = kept.create_view(&Default::default());
                let mut pass = begin(encoder, "panels", &view, wgpu::LoadOp::Load);
                for changed in tiles.changed_from(&self.tiles) {
                    self.clip(changed.rect(self.pixels_per_point), true);
                    self.painter.render(&mut pass, &self.triangles, &screen);
                }
                drop(pass);
                self.tiles = tiles;
            }
            encoder.copy_texture_to_texture(kept.as_image_copy(), window.as_image_copy(), kept.size());
            self.kept = Some(kept);
            (load, within) = (wgpu::LoadOp::Load, canvas);
        }
        let view = window.create_view(&Default::default());
        let mut pass = begin(encoder, "window", &view, load);
        draw_canvas(&mut pass);
        self.clip(within, false);
        self.painter.render(&mut pass, &self.triangles, &screen);
        extra
    }

    /// From here on only what lies in a rectangle is drawn, the ground if it is wanted; an empty rectangle is skipped.
    fn clip(&mut self, to: Rect, with_ground: bool) {
        for (i, (triangles, clip)) in self.triangles.iter_mut().zip(&self.clips).enumerate() {
            triangles.clip_rect = if i > 0 || with_ground { common(*clip, to) } else { Rect::ZERO };
        }
    }

    /// Lets go of textures that are out of use; after the submit.
    pub fn after_submit(&mut self) {
        for id in self.free.drain(..) {
            self.painter.free_texture(&id);
        }
    }
}

/// The common part of two rectangles, empty rather than inverted.
fn common(a: Rect, b: Rect) -> Rect {
    let common = a.intersect(b);
    if common.is_positive() { common } else { Rect::ZERO }
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

/// What lies under all panels, around the canvas.
fn ground(dark: bool) -> ClippedPrimitive {
    let mut mesh = epaint::Mesh::default();
    let everywhere = Rect::from_min_max(egui::Pos2::ZERO, egui::Pos2::new(1e5, 1e5));
    mesh.add_colored_rect(everywhere, theme::palette(dark).ground);
    ClippedPrimitive { clip_rect: everywhere, primitive: epaint::Primitive::Mesh(mesh) }
}

/// Its colour.
fn ground_color(dark: bool) -> wgpu::Color {
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
