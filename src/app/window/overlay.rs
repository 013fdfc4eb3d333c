//! The panels' picture over the canvas.
//!
//! A GPU draws the panels anew in every frame. A CPU that plays the GPU pays for each of their pixels,
//! so there they are drawn into a texture a few times a second, and at once when something is heard, each time only
//! where they have changed; a frame copies that texture, draws the canvas, and draws again only what lies over the
//! canvas. Of each only those triangles are drawn that touch it: their corners are computed one after the other there.

use std::ops::Range;

use egui::{ClippedPrimitive, Context, FullOutput, Rect, TextureId, ViewportId, epaint};
use egui_wgpu::{Renderer, RendererOptions, ScreenDescriptor};

use crate::app::{
    ui::theme,
    window::{
        target::Target,
        tiles::{Tiles, within},
    },
};

/// Real time for which a kept picture is good enough while nothing is heard.
const KEPT_S: f64 = 0.2;

/// Panels as triangles, and their last picture where pictures are dear.
pub struct Overlay {
    painter: Renderer,
    /// The ground, then what the panels put out.
    triangles: Vec<ClippedPrimitive>,
    /// What is drawn of them: first where the kept picture has changed, then what lies over the canvas; all, where
    /// nothing is kept.
    parts: Vec<ClippedPrimitive>,
    /// Where each part may be seen.
    clips: Vec<Rect>,
    /// How many parts go to the kept picture.
    changed: usize,
    /// What the canvas took when they were made.
    canvas: Rect,
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
            parts: vec![],
            clips: vec![],
            changed: 0,
            canvas: Rect::NOTHING,
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
        let kept = if self.keeps { Some(self.keep(device, window)) } else { None };
        let moved = self.keeps && (self.canvas != canvas || self.tiles == Tiles::default());
        let dirty = std::mem::take(&mut self.dirty) || moved;
        let extra = if dirty {
            self.part(size, canvas);
            self.painter.update_buffers(device, queue, encoder, &self.parts, &screen)
        } else {
            vec![]
        };
        let mut load = wgpu::LoadOp::Clear(ground_color(self.dark));
        if let Some(kept) = kept {
            if dirty && self.changed > 0 {
                let view = kept.create_view(&Default::default());
                let mut pass = begin(encoder, "panels", &view, wgpu::LoadOp::Load);
                self.show(0..self.changed);
                self.painter.render(&mut pass, &self.parts, &screen);
            }
            encoder.copy_texture_to_texture(kept.as_image_copy(), window.as_image_copy(), kept.size());
            self.kept = Some(kept);
            load = wgpu::LoadOp::Load;
        }
        let view = window.create_view(&Default::default());
        let mut pass = begin(encoder, "window", &view, load);
        draw_canvas(&mut pass);
        self.show(self.changed..self.parts.len());
        self.painter.render(&mut pass, &self.parts, &screen);
        extra
    }

    /// The picture that is kept, a new one where there is none of the window's size.
    fn keep(&mut self, device: &wgpu::Device, window: &wgpu::Texture) -> wgpu::Texture {
        let fits = |kept: &wgpu::Texture| kept.size() == window.size();
        self.kept.take().filter(fits).unwrap_or_else(|| {
            self.tiles = Tiles::default();
            picture(device, window)
        })
    }

    /// Parts of the triangles, for a window of `size` pixels with a canvas there.
    fn part(&mut self, size: [u32; 2], canvas: Rect) {
        if self.keeps {
            let tiles = Tiles::of(&self.triangles, size, self.pixels_per_point);
            let changed = tiles.changed_from(&self.tiles).into_iter();
            let changed = changed.map(|pixels| pixels.rect(self.pixels_per_point));
            self.parts = changed.flat_map(|rect| within(&self.triangles, rect)).collect();
            self.changed = self.parts.len();
            // The ground lies under the canvas.
            self.parts.extend(within(self.triangles.get(1..).unwrap_or_default(), canvas));
            (self.tiles, self.canvas) = (tiles, canvas);
        } else {
            // Whoever wants them again brings new ones. The ground is what the window is cleared to.
            (self.parts, self.changed) = (self.triangles.split_off(1.min(self.triangles.len())), 0);
        }
        self.clips = self.parts.iter().map(|part| part.clip_rect).collect();
    }

    /// From here on only these parts are drawn: an empty rectangle is skipped.
    fn show(&mut self, which: Range<usize>) {
        for (i, (part, clip)) in self.parts.iter_mut().zip(&self.clips).enumerate() {
            part.clip_rect = if which.contains(&i) { *clip } else { Rect::ZERO };
        }
    }

    /// Lets go of textures that are out of use; after the submit.
    pub fn after_submit(&mut self) {
        for id in self.free.drain(..) {
            self.painter.free_texture(&id);
        }
    }
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
