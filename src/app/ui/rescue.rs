//! What is offered after something went wrong: a sentence and its buttons, never in the way.

use egui::{Frame, Margin, RichText, Ui};

use crate::app::{
    model::{Ask, RescueAsk, RescueModel},
    ui::theme,
};

/// The sentence of an unclean end.
pub const OFFER: &str = "The window was closed unexpectedly last time. What was running then is saved.";

/// Every offer, as a card each.
pub fn cards(ui: &mut Ui, width: f32, rescue: &RescueModel, asks: &mut Vec<Ask>) {
    if let Some(path) = &rescue.offer {
        let reopen = format!("Open {}, undoably. Ctrl+Enter", path.display());
        let buttons = [
            ("Reopen what was running", reopen.as_str(), RescueAsk::Reopen),
            ("Start fresh", "Leave it; the file stays a while", RescueAsk::Fresh),
        ];
        card(ui, width, OFFER, &buttons, asks);
    }
    if let Some(fix) = &rescue.fix {
        let buttons = [
            (fix.label.as_str(), "Put the last sound state back and go on. Ctrl+Enter", RescueAsk::Fix),
            ("Leave it paused", "Change something yourself, undo, or restart the scene", RescueAsk::Leave),
        ];
        card(ui, width, &fix.text, &buttons, asks);
    }
}

fn card(ui: &mut Ui, width: f32, text: &str, buttons: &[(&str, &str, RescueAsk); 2], asks: &mut Vec<Ask>) {
    let colors = theme::of(ui);
    let frame = Frame::new().fill(colors.panel).stroke((1.0, colors.accent)).corner_radius(6);
    frame.inner_margin(Margin::symmetric(14, 10)).show(ui, |ui| {
        ui.set_width((width - 40.0).clamp(160.0, 560.0));
        ui.add(egui::Label::new(RichText::new(text).color(colors.bright)).wrap());
        ui.add_space(6.0);
        ui.horizontal_wrapped(|ui| {
            for (label, help, ask) in buttons {
                if ui.button(*label).on_hover_text(*help).clicked() {
                    asks.push(Ask::Rescue(*ask));
                }
            }
        });
    });
}
