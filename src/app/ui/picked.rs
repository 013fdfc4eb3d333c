//! The picked atom on the canvas: its curve, and where it is being carried.

use egui::{Color32, Pos2, Rect, Shape, Stroke, Ui, pos2};
use glam::DVec2;

use crate::{
    app::{
        model::{Model, canvas_size},
        ui::theme,
    },
    math::BOX,
    state::{Atom, Chart, Topology},
};

/// The curve of a picked stroke, in each image of the box that the canvas shows.
fn curve(ui: &Ui, rect: Rect, model: &Model) {
    let Some(picked) = &model.picked_stroke else { return };
    let (camera, size, ink) = (&model.view.camera, canvas_size(rect), theme::of(ui).warn);
    let painter = ui.painter().with_clip_rect(rect);
    let Some(first) = picked.stroke.points.first() else { return };
    let turns = ((camera.center - *first) / BOX).round() * BOX;
    let runs = picked.stroke.runs();
    for image in 0..9 {
        let shift = turns + BOX * DVec2::new(f64::from(image % 3 - 1), f64::from(image / 3 - 1));
        let carried = model.gestures.carrying().map(|by| (by, Color32::from_white_alpha(150)));
        for (by, ink) in [(DVec2::ZERO, ink)].into_iter().chain(carried) {
            let place = |p: &DVec2| {
                let at = camera.view_from_world(*p + shift, size) + by;
                pos2(rect.left() + at.x as f32, rect.top() + at.y as f32)
            };
            for run in &runs {
                let points: Vec<Pos2> = run.iter().map(place).collect();
                if Rect::from_points(&points).expand(4.0).intersects(rect) {
                    painter.add(Shape::line(points, Stroke::new(2.0, ink)));
                }
            }
        }
    }
}

/// Its outline, in each image of the box that the canvas shows.
pub fn show(ui: &Ui, rect: Rect, model: &Model) {
    curve(ui, rect, model);
    let Some(picked) = &model.picked else { return };
    let painter = ui.painter().with_clip_rect(rect);
    let carried = model.gestures.carrying();
    for image in 0..9 {
        let shift = BOX * DVec2::new(f64::from(image % 3 - 1), f64::from(image / 3 - 1));
        painter.extend(outline(&picked.atom, shift, DVec2::ZERO, rect, model, theme::of(ui).warn));
        if let Some(by) = carried {
            painter.extend(outline(&picked.atom, shift, by, rect, model, Color32::from_white_alpha(150)));
        }
    }
}

fn outline(atom: &Atom, shift: DVec2, by: DVec2, rect: Rect, model: &Model, ink: Color32) -> Option<Shape> {
    let (camera, size) = (&model.view.camera, canvas_size(rect));
    // Near the camera, whatever the unwrapped coordinates have become.
    let first = atom.vertices.first().copied()?;
    let turns = ((camera.center - first) / BOX).round() * BOX;
    let place = |p: &DVec2| {
        let at = camera.view_from_world(*p + turns + shift, size) + by;
        pos2(rect.left() + at.x as f32, rect.top() + at.y as f32)
    };
    let mut points: Vec<Pos2> = atom.vertices.iter().map(place).collect();
    let stroke = Stroke::new(2.0, ink);
    let bounds = Rect::from_points(&points);
    if atom.topology == Topology::Point || atom.chart == Chart::Ellipse || points.len() < 2 {
        let radius = (2.0 * atom.eps * atom.aspect / camera.world_per_view(size)).max(7.0) as f32;
        return bounds.expand(radius).intersects(rect).then(|| Shape::circle_stroke(points[0], radius, stroke));
    }
    if atom.topology == Topology::Closed {
        let last = atom.vertices[atom.vertices.len() - 1];
        let to = DVec2::new(crate::math::nearest(first.x - last.x), crate::math::nearest(first.y - last.y));
        points.push(place(&(last + to)));
    }
    bounds.expand(4.0).intersects(rect).then(|| Shape::line(points, stroke))
}
