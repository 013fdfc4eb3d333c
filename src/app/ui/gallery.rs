//! Scenes with small pictures: a strip in the left panel, and all of them over the window.

use std::sync::Arc;

use egui::{
    Color32, Label, Rect, Response, RichText, ScrollArea, Sense, TextureHandle, TextureOptions, Ui, Vec2, vec2,
};

use crate::app::{
    model::{Ask, GalleryModel, Model, Residual, SceneItem},
    ui::{
        icon::{self, Icon},
        residual, theme,
    },
};

/// Side of a picture in the strip, and its least distance from the next.
const SMALL: f32 = 42.0;
const GAP: f32 = 5.0;
/// Width of a card of the gallery.
const CARD: f32 = 190.0;
/// Height of a card: a picture, a title and a sentence.
const CARD_HEIGHT: f32 = 262.0;

/// A picture as a texture, and what it was made of.
#[derive(Clone)]
struct Thumb {
    values: Arc<Vec<f32>>,
    colors: Vec<[u8; 3]>,
    texture: TextureHandle,
}

/// The strip of the left panel: a click or Enter asks for a scene.
pub fn strip(
    ui: &mut Ui,
    scenes: &[SceneItem],
    current: &str,
    gallery: &mut GalleryModel,
    colors: &[[u8; 3]],
    asks: &mut Vec<Ask>,
) {
    if scenes.is_empty() {
        return;
    }
    ui.add_space(2.0);
    let columns = ((ui.available_width() + GAP) / (SMALL + GAP)).floor().max(1.0) as usize;
    let side = (ui.available_width() + GAP) / columns as f32 - GAP;
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing = Vec2::splat(GAP);
        for (row, chunk) in scenes.chunks(columns).enumerate() {
            ui.horizontal(|ui| {
                for (i, scene) in chunk.iter().enumerate() {
                    let (rect, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::click());
                    let picture = gallery.pictures.get(row * columns + i).and_then(Option::as_ref);
                    paint(ui, rect, scene, picture, colors, &response, scene.name == current);
                    let response = response.on_hover_ui(|ui| {
                        ui.label(RichText::new(&scene.title).strong().color(theme::of(ui).bright));
                        ui.label(&scene.physics);
                    });
                    if response.clicked() {
                        asks.push(Ask::Scene(scene.name.clone()));
                    }
                }
            });
        }
    });
}

/// The gallery over the window, while it is open.
pub fn show(ui: &mut Ui, model: &mut Model) {
    if !model.gallery.open {
        return;
    }
    let room = ui.content_rect().size() - vec2(60.0, 70.0);
    let columns = ((room.x - 24.0) / (CARD + 12.0)).floor().clamp(1.0, 5.0) as usize;
    let Model { gallery, scenes, scene, view, asks, .. } = model;
    let modal = egui::Modal::new(egui::Id::unique("gallery")).show(ui.ctx(), |ui| {
        ui.set_width(columns as f32 * (CARD + 12.0) + 8.0);
        ui.set_min_height(room.y);
        let mut close = false;
        ui.horizontal(|ui| {
            ui.label(RichText::new("Gallery").heading().color(theme::of(ui).bright));
            ui.label(
                RichText::new("Each scene starts anew; undo brings the present one back").color(theme::of(ui).quiet),
            );
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let button = icon::button(ui, Icon::Close, "Close the gallery", true);
                close = button.on_hover_text("Close the gallery (Escape or Ctrl+G)").clicked();
            });
        });
        ui.add_space(4.0);
        ScrollArea::vertical().auto_shrink(false).max_height(room.y - 40.0).show(ui, |ui| {
            ui.spacing_mut().item_spacing = vec2(12.0, 10.0);
            for (row, chunk) in scenes.chunks(columns).enumerate() {
                ui.horizontal_top(|ui| {
                    for (i, item) in chunk.iter().enumerate() {
                        let picture = gallery.pictures.get(row * columns + i).and_then(Option::as_ref);
                        if card(ui, item, picture, &view.colors, item.name == *scene).clicked() {
                            asks.push(Ask::Scene(item.name.clone()));
                            close = true;
                        }
                    }
                });
            }
        });
        close
    });
    // A modal that has just come up does not hear Escape yet.
    let escaped = ui.input(|input| input.key_pressed(egui::Key::Escape));
    if modal.inner || modal.should_close() || escaped {
        gallery.open = false;
    }
}

/// Picture, title and sentence of a scene.
fn card(ui: &mut Ui, scene: &SceneItem, picture: Option<&Residual>, colors: &[[u8; 3]], chosen: bool) -> Response {
    let size = vec2(CARD, CARD_HEIGHT);
    ui.allocate_ui_with_layout(size, egui::Layout::top_down(egui::Align::Min), |ui| {
        ui.set_min_size(size);
        ui.spacing_mut().item_spacing.y = 3.0;
        let (rect, response) = ui.allocate_exact_size(Vec2::splat(CARD), Sense::click());
        paint(ui, rect, scene, picture, colors, &response, chosen);
        ui.label(RichText::new(&scene.title).strong().color(theme::of(ui).bright));
        let sentence = RichText::new(&scene.physics).small().color(theme::of(ui).quiet);
        ui.add(Label::new(sentence).wrap());
        response
    })
    .inner
}

/// A picture with a frame that says whether it is chosen, under the pointer or in focus.
fn paint(
    ui: &Ui,
    rect: Rect,
    scene: &SceneItem,
    picture: Option<&Residual>,
    colors: &[[u8; 3]],
    response: &Response,
    chosen: bool,
) {
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, chosen, &scene.title));
    if !ui.is_rect_visible(rect) {
        return;
    }
    let palette = theme::of(ui);
    match picture {
        Some(picture) => {
            let texture = texture(ui, &scene.name, picture, colors);
            // Rows run from the bottom, as y does.
            let uv = Rect::from_min_max(egui::pos2(0.0, 1.0), egui::pos2(1.0, 0.0));
            ui.painter().image(texture.id(), rect, uv, Color32::WHITE);
        }
        None => {
            ui.painter().rect_filled(rect, 3.0, palette.raised);
        }
    }
    let frame = match (response.has_focus() || response.hovered(), chosen) {
        (true, _) => egui::Stroke::new(2.0, palette.bright),
        (false, true) => egui::Stroke::new(2.0, palette.accent),
        (false, false) => egui::Stroke::new(1.0, palette.line),
    };
    ui.painter().rect_stroke(rect, 3.0, frame, egui::StrokeKind::Inside);
}

/// Made once, and anew for another colour map.
fn texture(ui: &Ui, name: &str, picture: &Residual, colors: &[[u8; 3]]) -> TextureHandle {
    let id = egui::Id::unique("thumbnail").with(name);
    let kept = ui.ctx().data(|data| data.get_temp::<Thumb>(id));
    let same = |thumb: &Thumb| Arc::ptr_eq(&thumb.values, &picture.values) && thumb.colors == colors;
    if let Some(kept) = kept.filter(same) {
        return kept.texture;
    }
    let image = residual::image(picture, colors, picture.n);
    let texture = ui.ctx().load_texture(name, image, TextureOptions::LINEAR);
    let thumb = Thumb { values: picture.values.clone(), colors: colors.to_vec(), texture: texture.clone() };
    ui.ctx().data_mut(|data| data.insert_temp(id, thumb));
    texture
}
