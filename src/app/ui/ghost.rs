//! The velocity that the stroke under the hand will induce, as arrows over the canvas.

use egui::{Color32, Pos2, Rect, Shape, Stroke, Ui, Vec2, pos2, vec2};
use glam::DVec2;

use crate::{
    app::{
        model::{Model, canvas_size},
        run::stroke::drawn,
    },
    params::Params,
    sim,
};

/// Points between two arrows.
const SPACING: f32 = 40.0;
/// Most segments of the stroke that the preview sums over.
const SEGMENTS: f64 = 48.0;

/// Arrows while something is being drawn.
pub fn show(ui: &Ui, rect: Rect, model: &Model) {
    let Some((path, sign)) = model.gestures.drawing() else { return };
    let (camera, size) = (&model.view.camera, canvas_size(rect));
    let points: Vec<DVec2> = path.iter().map(|at| camera.world_from_view(*at, size)).collect();
    let length: f64 = points.windows(2).map(|p| (p[1] - p[0]).length()).sum();
    // A coarser polyline of the same core is as good for arrows so far apart.
    let coarse = Params { eps: model.params.eps.max(length / SEGMENTS), ..model.params };
    let mut atom = drawn(&points, sign, &coarse);
    atom.eps = model.params.eps;
    let places = lattice(rect);
    let world = |at: &Pos2| {
        let local = DVec2::new(f64::from(at.x - rect.left()), f64::from(at.y - rect.top()));
        camera.world_from_view(local, size)
    };
    let Ok(velocity) = sim::induced(&atom, &places.iter().map(world).collect::<Vec<_>>()) else { return };
    let top = velocity.iter().map(|v| v.length()).fold(0.0, f64::max);
    if !(top > 0.0 && top.is_finite()) {
        return;
    }
    let painter = ui.painter().with_clip_rect(rect);
    for (at, v) in places.iter().zip(velocity) {
        let share = (v.length() / top).sqrt() as f32;
        if share > 0.12 {
            let along = vec2(v.x as f32, -v.y as f32).normalized() * (share * 0.8 * SPACING);
            painter.extend(arrow(*at, along, Color32::from_white_alpha((70.0 + 130.0 * share) as u8)));
        }
    }
}

/// Places of the arrows, half a spacing from the edges.
fn lattice(rect: Rect) -> Vec<Pos2> {
    let count = |length: f32| (length / SPACING).floor().clamp(1.0, 40.0) as usize;
    let (columns, rows) = (count(rect.width()), count(rect.height()));
    let step = rect.size() / vec2(columns as f32, rows as f32);
    let place = |i: usize| pos2((i % columns) as f32 + 0.5, (i / columns) as f32 + 0.5);
    (0..columns * rows).map(|i| rect.min + place(i).to_vec2() * step).collect()
}

/// A shaft and a head, its middle at a place.
fn arrow(at: Pos2, along: Vec2, color: Color32) -> [Shape; 2] {
    let (tail, tip) = (at - 0.5 * along, at + 0.5 * along);
    let (back, side) = (along.normalized() * 4.0, along.normalized().rot90() * 2.5);
    let head = vec![tip, tip - back + side, tip - back - side];
    [Shape::line_segment([tail, tip], Stroke::new(1.2, color)), Shape::convex_polygon(head, color, Stroke::NONE)]
}
