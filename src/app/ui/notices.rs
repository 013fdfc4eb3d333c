//! Sentences for the user at the head of the canvas: failures stay, the rest fades.

use egui::{Align2, Frame, Margin, RichText, Ui, vec2};

use crate::app::{
    model::Model,
    ui::{
        choice,
        icon::{self, Icon},
        rescue, theme,
    },
};

/// How long a sentence that is no failure stays.
pub const FADE_S: f64 = 6.0;

/// What is offered, then all of them, oldest first, each with a button to dismiss it.
pub fn show(ui: &mut Ui, model: &mut Model, now_s: f64) {
    let Model { canvas, notices, rescue, files, asks, .. } = model;
    notices.retain(|notice| notice.error || now_s - notice.at_s < FADE_S);
    if notices.is_empty() && rescue.offer.is_none() && rescue.fix.is_none() && files.choice.is_none() {
        return;
    }
    if notices.iter().any(|notice| !notice.error) {
        ui.request_repaint_after_secs(0.5);
    }
    let mut dismissed = None;
    let area = egui::Area::new(egui::Id::unique("notices")).pivot(Align2::CENTER_TOP).order(egui::Order::Foreground);
    area.fixed_pos(canvas.center_top() + vec2(0.0, 12.0)).show(ui.ctx(), |ui| {
        rescue::cards(ui, canvas.width(), rescue, asks);
        if let Some(file) = &files.choice {
            choice::card(ui, canvas.width(), file, asks);
        }
        for (index, notice) in notices.iter().enumerate() {
            let edge = if notice.error { theme::of(ui).fail } else { theme::of(ui).accent };
            let frame = Frame::new().fill(theme::of(ui).panel).stroke((1.0, edge)).corner_radius(6);
            frame.inner_margin(Margin::symmetric(12, 7)).show(ui, |ui| {
                ui.horizontal(|ui| {
                    ui.set_max_width((canvas.width() - 40.0).clamp(160.0, 620.0));
                    if icon::button(ui, Icon::Close, "Dismiss the message", true).clicked() {
                        dismissed = Some(index);
                    }
                    ui.add(egui::Label::new(RichText::new(&notice.text).color(theme::of(ui).bright)).wrap());
                });
            });
        }
    });
    if let Some(index) = dismissed {
        notices.remove(index);
    }
}
