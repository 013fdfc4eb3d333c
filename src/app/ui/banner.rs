//! The warning that a "GPU" is a CPU: loud, exact, legible.

use egui::{Color32, Frame, Margin, RichText, Ui};

use crate::app::{model::DeviceInfo, ui::theme};

/// A strip across the window for a safe start, and one for a software adapter.
pub fn show(ui: &mut Ui, device: &DeviceInfo, safe_mode: Option<&str>) {
    if let Some(text) = safe_mode {
        let colors = theme::of(ui);
        let frame = Frame::new().fill(colors.chosen).inner_margin(Margin::symmetric(12, 5));
        egui::Panel::top("safe mode").frame(frame).show_separator_line(false).show(ui, |ui| {
            let text = RichText::new(text).size(13.5).color(colors.bright);
            ui.add(egui::Label::new(text).wrap()).on_hover_text(
                "A start is safe with --safe-mode, and where the last two ended within 20 s; nothing of yours is lost",
            );
        });
    }
    let Some(text) = device.warning() else { return };
    let frame = Frame::new().fill(theme::CAUTION).inner_margin(Margin::symmetric(12, 5));
    egui::Panel::top("banner").frame(frame).show_separator_line(false).show(ui, |ui| {
        let text = RichText::new(text).size(13.5).color(Color32::from_rgb(28, 20, 2));
        ui.add(egui::Label::new(text).wrap()).on_hover_text(
            "Timings measure the processor, not a graphics card. Install a Vulkan driver for your card, \
             or choose another adapter with --adapter NAME.",
        );
    });
}
