//! Small painted signs: the bundled fonts have none.

use egui::{Color32, Pos2, Rect, Response, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::app::ui::theme;

/// A sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// Dismiss.
    Close,
    /// Back to the default.
    Reset,
    /// Start time.
    Play,
    /// Stop time.
    Pause,
    /// To the save before.
    Back,
    /// To the save after.
    Forth,
}

/// A frameless button of a sign with its name for assistive technology.
pub fn button(ui: &mut Ui, icon: Icon, name: &str, enabled: bool) -> Response {
    let sense = if enabled { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(vec2(18.0, 18.0), sense);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name));
    let color = match (enabled, response.hovered() || response.has_focus()) {
        (false, _) => theme::of(ui).line,
        (true, false) => theme::of(ui).quiet,
        (true, true) => theme::of(ui).bright,
    };
    paint(ui, icon, rect.shrink(4.0), color);
    response
}

/// Paints a sign into a square.
pub fn paint(ui: &Ui, icon: Icon, rect: Rect, color: Color32) {
    let (painter, stroke) = (ui.painter(), Stroke::new(1.5, color));
    match icon {
        Icon::Close => {
            painter.line_segment([rect.left_top(), rect.right_bottom()], stroke);
            painter.line_segment([rect.right_top(), rect.left_bottom()], stroke);
        }
        Icon::Reset => {
            let (center, radius) = (rect.center(), rect.width() * 0.5);
            let on = |angle: f32| center + radius * egui::Vec2::angled(angle);
            let arc: Vec<Pos2> = (0..=20).map(|i| on(-2.3 + 5.0 * i as f32 / 20.0)).collect();
            let tip = arc[0];
            painter.add(Shape::line(arc, stroke));
            let head = vec![tip + vec2(-3.2, 0.4), tip + vec2(2.6, 2.8), tip + vec2(0.8, -3.0)];
            painter.add(Shape::convex_polygon(head, color, Stroke::NONE));
        }
        Icon::Play => {
            let points = vec![rect.left_top(), rect.right_center(), rect.left_bottom()];
            painter.add(Shape::convex_polygon(points, color, Stroke::NONE));
        }
        Icon::Back | Icon::Forth => {
            let forth = icon == Icon::Forth;
            let (base, tip) = if forth { (rect.left(), rect.right()) } else { (rect.right(), rect.left()) };
            let points = vec![pos2(base, rect.top()), pos2(tip, rect.center().y), pos2(base, rect.bottom())];
            painter.add(Shape::convex_polygon(points, color, Stroke::NONE));
            painter.line_segment([pos2(tip, rect.top()), pos2(tip, rect.bottom())], stroke);
        }
        Icon::Pause => {
            for x in [rect.left() + 1.0, rect.right() - 4.0] {
                let bar = Rect::from_min_size(pos2(x, rect.top()), vec2(3.0, rect.height()));
                painter.rect_filled(bar, 1.0, color);
            }
        }
    }
}
