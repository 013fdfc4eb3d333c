//! The canvas: its rectangle, axes, colour bar, gestures and the stroke being drawn.
//!
//! The flow itself is drawn by the GPU under this panel, which leaves its rectangle transparent.

use egui::{Align2, Color32, FontId, Pos2, Rect, Sense, Shape, Stroke, Ui, pos2, vec2};
use glam::DVec2;

use crate::{
    app::{
        input::{Button, Event, POINTS, Tool},
        model::{Ask, Model, TwinModel, canvas_size, range},
        ui::{beside, colorbar, ghost, picked, residual, theme},
    },
    math::{BOX, wrap},
    state::Sign,
};

/// Axes, picture, colour bar; gestures become asks.
pub fn show(ui: &mut Ui, model: &mut Model) {
    let all = ui.available_rect_before_wrap();
    let rect = if model.panels.clean {
        all
    } else {
        let inner = Rect::from_min_max(all.min + vec2(46.0, 16.0), all.max - vec2(colorbar::WIDTH + 6.0, 34.0));
        inner.intersect(all)
    };
    // A nearly square canvas becomes square: it then shows the box exactly once.
    let (short, long) = (rect.size().min_elem(), rect.size().max_elem());
    let rect = if long < 1.2 * short { Rect::from_center_size(rect.center(), egui::Vec2::splat(short)) } else { rect };
    let (rect, second) = halves(rect, model.twin.is_some());
    // Whole pixels: the GPU draws into exactly this rectangle.
    let pixels = ui.pixels_per_point();
    let snap = |p: Pos2| pos2((p.x * pixels).round() / pixels, (p.y * pixels).round() / pixels);
    let rect = Rect::from_min_max(snap(rect.min), snap(rect.max));
    if let (Some(twin), Some(second)) = (&mut model.twin, second) {
        twin.rect = Rect::from_min_max(snap(second.min), snap(second.max));
    }
    model.canvas = if rect.width() >= 16.0 && rect.height() >= 16.0 { rect } else { Rect::ZERO };
    if model.canvas == Rect::ZERO {
        return;
    }
    // Everything but the picture is painted here, over what the GPU left.
    if let Some(twin) = &model.twin {
        twin_words(ui, rect, twin, model);
    }
    let inner = rect;
    let rect = model.twin.as_ref().map_or(rect, |twin| rect.union(twin.rect));
    for edge in [
        Rect::from_min_max(all.min, pos2(all.max.x, rect.min.y)),
        Rect::from_min_max(pos2(all.min.x, rect.max.y), all.max),
        Rect::from_min_max(pos2(all.min.x, rect.min.y), pos2(rect.min.x, rect.max.y)),
        Rect::from_min_max(pos2(rect.max.x, rect.min.y), pos2(all.max.x, rect.max.y)),
    ] {
        ui.painter().rect_filled(edge, 0.0, theme::of(ui).ground);
    }
    let rect = inner;
    let sides = model.kernel.shown().cloned();
    if let Some(sides) = &sides {
        beside::show(ui, rect, &model.kernel, sides, &model.view.of_vorticity());
    } else if let Some(shown) = model.residual() {
        residual::show(ui, rect, shown, model.residual_is_of_reference(), &model.view);
    }
    if sides.is_some() {
        // Four small pictures are no place to draw in.
        model.cursor = None;
    } else {
        gestures(ui, rect, model);
    }
    if !model.panels.clean {
        if sides.is_none() {
            axes(ui, rect, model);
        }
        let right = model.twin.as_ref().map_or(rect, |twin| twin.rect);
        let bar = Rect::from_min_max(right.right_top(), pos2(all.right(), right.bottom()));
        if sides.is_some() {
            let view = model.view.of_vorticity();
            colorbar::show(ui, bar, view.picture, &view.colors, view.range.limit, None);
        } else {
            let view = &model.view;
            colorbar::show(ui, bar, view.picture, &view.colors, model.limit(), model.probe());
        }
    }
    if sides.is_none() {
        ghost::show(ui, rect, model);
        preview(ui, rect, model);
        picked::show(ui, rect, model);
    }
}

/// Between two courses of events.
const GAP: f32 = 8.0;

/// The rectangle of the flow, and one for a second course at its right.
fn halves(rect: Rect, two: bool) -> (Rect, Option<Rect>) {
    if !two {
        return (rect, None);
    }
    let side = (0.5 * (rect.width() - GAP)).min(rect.height());
    let top = rect.center().y - 0.5 * side;
    let size = egui::Vec2::splat(side);
    let left = Rect::from_min_size(pos2(rect.center().x - side - 0.5 * GAP, top), size);
    (left, Some(Rect::from_min_size(pos2(rect.center().x + 0.5 * GAP, top), size)))
}

/// Which course is which.
fn twin_words(ui: &Ui, rect: Rect, twin: &TwinModel, model: &Model) {
    let painter = ui.painter();
    let colors = theme::of(ui);
    painter.rect_filled(Rect::from_min_max(rect.right_top(), twin.rect.left_bottom()), 0.0, colors.ground);
    painter.rect_stroke(twin.rect, 0.0, Stroke::new(1.0, colors.line), egui::StrokeKind::Outside);
    let words = |time: f64, atoms: usize| format!("t = {time:.2}, {atoms} atoms");
    residual::caption(ui, rect, &format!("This run: {}", words(model.readout.time, model.readout.atoms)));
    residual::caption(ui, twin.rect, &format!("Beside, {}: {}", twin.name, words(twin.time, twin.atoms)));
}

/// A canvas position as gestures use it.
fn local(rect: Rect, at: Pos2) -> DVec2 {
    DVec2::new(f64::from(at.x - rect.left()), f64::from(at.y - rect.top()))
}

fn gestures(ui: &mut Ui, rect: Rect, model: &mut Model) {
    let name = model.view.picture.name();
    let response = ui.interact(rect, ui.scope_id().with("canvas"), Sense::click_and_drag());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, format!("{name} canvas")));
    let over = response.contains_pointer();
    let typing = ui.egui_wants_keyboard_input();
    let events = ui.input(|input| {
        let over = input.pointer.latest_pos().filter(|_| over);
        let canvas = |event: &egui::Event| translate(event, rect, over, typing);
        input.events.iter().filter_map(canvas).collect::<Vec<Event>>()
    });
    for event in events {
        model.asks.extend(model.gestures.on(event).map(Ask::Act));
    }
    let hover = response.hover_pos().filter(|_| over);
    model.cursor = hover.map(|at| {
        let world = model.view.camera.world_from_view(local(rect, at), canvas_size(rect));
        DVec2::new(wrap(world.x), wrap(world.y))
    });
    let icon = match model.gestures.tool {
        _ if model.gestures.panning() => egui::CursorIcon::Grabbing,
        Tool::Draw => egui::CursorIcon::Crosshair,
        Tool::Pick => egui::CursorIcon::PointingHand,
        Tool::Move => egui::CursorIcon::Move,
        Tool::Erase => egui::CursorIcon::NotAllowed,
    };
    response.on_hover_cursor(icon);
}

/// What an egui event means to the canvas; presses and wheels only count while the pointer is
/// `over` it.
fn translate(event: &egui::Event, rect: Rect, over: Option<Pos2>, typing: bool) -> Option<Event> {
    match event {
        egui::Event::PointerButton { pos, button, pressed, modifiers } => {
            let button = match button {
                egui::PointerButton::Primary => Button::Left,
                egui::PointerButton::Secondary => Button::Right,
                egui::PointerButton::Middle => Button::Middle,
                _ => return None,
            };
            match (pressed, over.is_some() && rect.contains(*pos)) {
                (true, true) => Some(Event::Press { button, at: local(rect, *pos), shift: modifiers.shift }),
                (true, false) => None,
                (false, _) => Some(Event::Release { button }),
            }
        }
        egui::Event::PointerMoved(pos) => Some(Event::Move { at: local(rect, *pos) }),
        egui::Event::MouseWheel { unit, delta, modifiers, .. } => {
            let at = local(rect, over?);
            let delta = DVec2::new(f64::from(delta.x), f64::from(delta.y));
            let notches = match unit {
                egui::MouseWheelUnit::Line => delta,
                egui::MouseWheelUnit::Point => delta / POINTS,
                egui::MouseWheelUnit::Page => delta * 4.0,
            };
            // Fingers come in points, and with Ctrl where the system makes a wheel of a pinch; wheels come in lines.
            let fingers = *unit == egui::MouseWheelUnit::Point && !modifiers.command;
            let sideways = notches.x.abs() > notches.y.abs();
            Some(match fingers || sideways {
                true => Event::Scroll { delta: notches * POINTS },
                false => Event::Wheel { notches: notches.y, at },
            })
        }
        egui::Event::Zoom(factor) => over.map(|at| Event::Pinch { factor: f64::from(*factor), at: local(rect, at) }),
        egui::Event::Key { key: egui::Key::Space, pressed, repeat: false, .. } if !typing => {
            Some(if *pressed { Event::SpaceDown } else { Event::SpaceUp })
        }
        egui::Event::Key { key: egui::Key::Escape, pressed: true, .. } | egui::Event::WindowFocused(false) => {
            Some(Event::Cancel)
        }
        _ => None,
    }
}

fn axes(ui: &Ui, rect: Rect, model: &Model) {
    let (camera, size) = (&model.view.camera, canvas_size(rect));
    let painter = ui.painter();
    painter.rect_stroke(rect, 0.0, Stroke::new(1.0, theme::of(ui).line), egui::StrokeKind::Outside);
    let (tick, font) = (Stroke::new(1.0, theme::of(ui).quiet), FontId::proportional(12.5));
    let half = camera.half_extent(size);
    for (value, text) in marks(camera.center.x - half.x, camera.center.x + half.x) {
        let x = rect.left() + camera.view_from_world(DVec2::new(value, 0.0), size).x as f32;
        painter.line_segment([pos2(x, rect.bottom()), pos2(x, rect.bottom() + 4.0)], tick);
        painter.text(pos2(x, rect.bottom() + 7.0), Align2::CENTER_TOP, text, font.clone(), theme::of(ui).text);
    }
    for (value, text) in marks(camera.center.y - half.y, camera.center.y + half.y) {
        let y = rect.top() + camera.view_from_world(DVec2::new(0.0, value), size).y as f32;
        painter.line_segment([pos2(rect.left() - 4.0, y), pos2(rect.left(), y)], tick);
        painter.text(pos2(rect.left() - 8.0, y), Align2::RIGHT_CENTER, text, font.clone(), theme::of(ui).text);
    }
}

/// Round values between two unwrapped coordinates with their labels inside the box.
fn marks(from: f64, to: f64) -> Vec<(f64, String)> {
    let wide = to - from > 3.0;
    let step = if wide { BOX / 4.0 } else { range::nice((to - from) / 6.0) };
    let decimals = (-step.log10()).ceil().clamp(0.0, 6.0) as usize;
    let slack = 1e-9 * step;
    let first = ((from - slack) / step).ceil() as i64;
    let last = ((to + slack) / step).floor() as i64;
    (first..=last.min(first + 40))
        .map(|i| {
            let value = i as f64 * step;
            let text = if wide { quarter(i) } else { format!("{:.decimals$}", wrap(value)) };
            (value, text)
        })
        .collect()
}

/// A quarter of the box as a multiple of pi; the box's own end is written 2 pi, its images repeat.
fn quarter(i: i64) -> String {
    match (i == 4, i.rem_euclid(4)) {
        (true, _) => "2π",
        (_, 0) => "0",
        (_, 1) => "π/2",
        (_, 2) => "π",
        _ => "3π/2",
    }
    .into()
}

/// The colour of a sign.
fn sign_color(ui: &Ui, sign: Sign) -> Color32 {
    if sign == Sign::Plus { theme::of(ui).plus } else { theme::of(ui).minus }
}

/// The stroke under the hand, with the core radius of the brush at its tip.
fn preview(ui: &Ui, rect: Rect, model: &Model) {
    let painter = ui.painter().with_clip_rect(rect);
    let core = (model.params.eps / model.view.camera.world_per_view(canvas_size(rect))) as f32;
    let point = |p: DVec2| pos2(rect.left() + p.x as f32, rect.top() + p.y as f32);
    if let Some((path, sign)) = model.gestures.drawing() {
        let color = sign_color(ui, sign);
        let points: Vec<Pos2> = path.iter().map(|p| point(*p)).collect();
        if let Some(tip) = points.last().copied() {
            painter.add(Shape::line(points, Stroke::new(2.5, color)));
            painter.circle(tip, core, color.gamma_multiply(0.18), Stroke::new(1.5, color));
            let text = format!("ε {:.3}", model.params.eps);
            painter.text(
                tip + vec2(core + 6.0, 0.0),
                Align2::LEFT_CENTER,
                text,
                FontId::proportional(12.5),
                theme::of(ui).bright,
            );
        }
    } else if let Some(path) = model.gestures.erasing() {
        let points: Vec<Pos2> = path.iter().map(|p| point(*p)).collect();
        painter.add(Shape::line(points, Stroke::new(20.0, theme::of(ui).fail.gamma_multiply(0.3))));
    } else if let Some(at) = ui.input(|input| input.pointer.hover_pos()).filter(|_| model.cursor.is_some()) {
        let core = if model.gestures.tool == Tool::Draw { core } else { 10.0 };
        painter.circle_stroke(at, core, Stroke::new(1.0, Color32::from_white_alpha(70)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_box_is_marked_from_0_to_2_pi() {
        let labels: Vec<String> = marks(0.0, BOX).into_iter().map(|(_, text)| text).collect();
        assert_eq!(labels, ["0", "π/2", "π", "3π/2", "2π"]);
    }

    #[test]
    fn a_zoomed_view_has_a_handful_of_distinct_decimals() {
        for span in [2.9, 0.5, 0.02, 0.002] {
            let all = marks(1.2345, 1.2345 + span);
            assert!((3..=8).contains(&all.len()), "{span}: {all:?}");
            assert!(all.windows(2).all(|pair| pair[0].1 != pair[1].1), "{all:?}");
        }
    }
}
