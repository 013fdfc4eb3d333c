//! State, reference LES, their difference and their likeness over time: four quarters of the canvas.

use egui::{Rect, Role, Sense, Stroke, StrokeKind, Ui, UiBuilder, Vec2, WidgetInfo, vec2};

use crate::app::{
    model::{KernelModel, Residual, ViewModel, reference::Sides},
    ui::{kernel::curves, residual, theme},
};

/// Between two quarters.
const GAP: f32 = 6.0;

/// Paints the four quarters.
pub fn show(ui: &mut Ui, rect: Rect, kernel: &KernelModel, sides: &Sides, view: &ViewModel) {
    let whole = ui.interact(rect, ui.scope_id().with("sides"), Sense::hover());
    whole.widget_info(|| WidgetInfo::labeled(Role::Image, true, "State beside LES"));
    ui.painter().rect_filled(rect, 0.0, theme::of(ui).ground);
    let size: Vec2 = (rect.size() - Vec2::splat(GAP)) / 2.0;
    let quarter = |column: f32, row: f32| {
        Rect::from_min_size(rect.min + vec2(column * (size.x + GAP), row * (size.y + GAP)), size)
    };
    // Both fields on the flow's own range; the difference on its own, which its caption says.
    let limit = view.range.limit.max(f64::MIN_POSITIVE);
    let scaled = |field: &Residual| Residual { limit, ..field.clone() };
    let difference = format!("State − LES, ± {:.3}", sides.difference.limit);
    let fields = [
        (quarter(0.0, 0.0), "own", scaled(&sides.own), format!("State, t = {:.2}", sides.time)),
        (quarter(1.0, 0.0), "les", scaled(&sides.les), format!("LES, {0} x {0}", sides.les.n)),
        (quarter(0.0, 1.0), "difference", sides.difference.clone(), difference),
    ];
    for (at, name, field, caption) in &fields {
        residual::field(ui, *at, name, field, view);
        residual::caption(ui, *at, caption);
        ui.painter().rect_stroke(*at, 0.0, Stroke::new(1.0, theme::of(ui).line), StrokeKind::Outside);
    }
    likeness(ui, quarter(1.0, 1.0), kernel);
}

/// Numbers and curves.
fn likeness(ui: &mut Ui, at: Rect, kernel: &KernelModel) {
    ui.painter().rect_filled(at, 0.0, theme::of(ui).panel);
    let inner = at.shrink2(vec2(10.0, 8.0));
    ui.scope_builder(UiBuilder::new().max_rect(inner), |ui| {
        if let Some(last) = kernel.distances.last() {
            theme::row_named(ui, "Correlation", theme::of(ui).accent, &format!("{:.4}", last.correlation));
            theme::row_named(ui, "Relative L2", theme::of(ui).plus, &format!("{:.4}", last.rel_l2));
        }
        let height = ui.available_height();
        if height > 40.0 {
            curves(ui, "likeness", height, &kernel.distances);
        }
    });
}
