//! The adapter, its limits, and what ran where.

use egui::Ui;

use super::theme;
use crate::app::model::DeviceInfo;

/// All that is known of the device.
pub fn show(ui: &mut Ui, device: &DeviceInfo) {
    theme::heading(ui, "Device");
    for (name, value) in [
        ("Adapter", &device.name),
        ("Backend", &device.backend),
        ("Driver", &device.driver),
        ("Version", &device.driver_info),
        ("Type", &device.device_type),
    ] {
        let shown = if value.is_empty() { "not reported" } else { value };
        theme::row(ui, name, shown).on_hover_text(shown);
    }
    theme::row(ui, "Timestamps", if device.timestamps { "yes" } else { "no: passes are not timed" });
    for (name, value) in &device.limits {
        theme::row(ui, name, value);
    }
    if !device.stages.is_empty() {
        theme::heading(ui, "What ran where");
        for (stage, place) in &device.stages {
            theme::row(ui, stage, place);
        }
    }
    ui.add_space(10.0);
}
