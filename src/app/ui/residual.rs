//! Fields painted over the canvas: the residual of an encoding, a reference and what differs from it.

use std::sync::Arc;

use egui::{Color32, ColorImage, Mesh, Rect, TextureHandle, TextureOptions, TextureWrapMode, Ui, pos2, vec2};
use glam::DVec2;

use crate::{
    app::model::{Residual, ViewModel, canvas_size},
    math::BOX,
};

/// A picture of a field and what it was made of.
#[derive(Clone)]
struct Picture {
    values: Arc<Vec<f32>>,
    limit: f64,
    colors: Vec<[u8; 3]>,
    texture: TextureHandle,
}

/// Paints a residual, of an encoding or against the reference, where the canvas is, panned and zoomed like the flow.
pub fn show(ui: &Ui, rect: Rect, residual: &Residual, of_reference: bool, view: &ViewModel) {
    field(ui, rect, "residual", residual, view);
    let words = match of_reference {
        true => "Residual: state − reference LES",
        false => "Residual: field − decoded state, at the moment of encoding",
    };
    caption(ui, rect, words);
}

/// Paints a field into a rectangle, panned and zoomed like the flow. `name` tells pictures apart.
pub fn field(ui: &Ui, rect: Rect, name: &'static str, residual: &Residual, view: &ViewModel) {
    let texture = texture(ui, name, residual, view);
    let size = canvas_size(rect);
    let place = |at: DVec2| {
        // Nodes lie in the middle of texels; rows run from the bottom, as y does.
        let at = view.camera.world_from_view(at, size) / BOX + 0.5 / texture.size()[0].max(1) as f64;
        pos2(at.x as f32, at.y as f32)
    };
    let uv = Rect { min: place(DVec2::ZERO), max: place(size) };
    let mut mesh = Mesh::with_texture(texture.id());
    mesh.add_rect_with_uv(rect, uv, Color32::WHITE);
    ui.painter().with_clip_rect(rect).add(mesh);
}

/// A line of words in the corner of a picture.
pub fn caption(ui: &Ui, rect: Rect, text: &str) {
    let label = Rect::from_min_size(rect.left_top() + vec2(10.0, 8.0), vec2((rect.width() - 20.0).max(0.0), 20.0));
    let font = egui::FontId::proportional(12.5);
    let galley = ui.painter().layout(text.into(), font, crate::app::ui::theme::of(ui).bright, label.width());
    let back = Rect::from_min_size(label.min - vec2(5.0, 3.0), galley.size() + vec2(10.0, 6.0));
    ui.painter().rect_filled(back, 3.0, crate::app::ui::theme::of(ui).panel.gamma_multiply(0.85));
    ui.painter().galley(label.min, galley, crate::app::ui::theme::of(ui).bright);
}

/// Made once, and anew for another field or colour map.
fn texture(ui: &Ui, name: &'static str, residual: &Residual, view: &ViewModel) -> TextureHandle {
    let id = egui::Id::unique("field picture").with(name);
    let kept = ui.ctx().data(|data| data.get_temp::<Picture>(id));
    let same =
        |p: &Picture| Arc::ptr_eq(&p.values, &residual.values) && p.limit == residual.limit && p.colors == view.colors;
    if let Some(kept) = kept.filter(same) {
        return kept.texture;
    }
    let most = ui.ctx().input(|input| input.max_texture_side).max(1);
    let image = image(residual, &view.colors, most);
    let options = TextureOptions { wrap_mode: TextureWrapMode::Repeat, ..TextureOptions::LINEAR };
    let texture = ui.ctx().load_texture(name, image, options);
    let (values, limit) = (residual.values.clone(), residual.limit);
    let picture = Picture { values, limit, colors: view.colors.clone(), texture: texture.clone() };
    ui.ctx().data_mut(|data| data.insert_temp(id, picture));
    texture
}

/// One pixel a node, or as many as a texture may have where the field is larger; then each shows the node nearest to
/// its own place `i / side` of the box.
pub(crate) fn image(residual: &Residual, colors: &[[u8; 3]], most: usize) -> ColorImage {
    let (n, side) = (residual.n, residual.n.min(most.max(1)));
    let nearest = |i: usize| ((2 * i * n + side) / (2 * side)) % n.max(1);
    let last = colors.len().saturating_sub(1) as f64;
    let color = |value: f32| {
        let t = (0.5 + 0.5 * f64::from(value) / residual.limit).clamp(0.0, 1.0);
        let [r, g, b] = colors.get((t * last).round() as usize).copied().unwrap_or_default();
        Color32::from_rgb(r, g, b)
    };
    let node = |cell: usize| residual.values.get(nearest(cell / side) * n + nearest(cell % side));
    let pixels = (0..side * side).map(|cell| node(cell).map_or(Color32::TRANSPARENT, |x| color(*x))).collect();
    ColorImage::new([side, side], pixels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_value_has_the_last_colour_and_large_fields_are_thinned() {
        let colors = [[0, 0, 255], [0, 0, 0], [255, 0, 0]];
        let values = vec![0.0, 2.0, -2.0, 0.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -0.1];
        let residual = Residual::new(4, Arc::new(values));
        assert_eq!((residual.limit, residual.at(DVec2::new(BOX / 4.0, BOX))), (2.0, Some(2.0)));
        let whole = image(&residual, &colors, 8);
        assert_eq!((whole.size, &whole.pixels[..3]), ([4, 4], &[Color32::BLACK, Color32::RED, Color32::BLUE][..]));
        let thin = image(&residual, &colors, 2);
        assert_eq!((thin.size, thin.pixels[1]), ([2, 2], Color32::BLUE));
    }
}
