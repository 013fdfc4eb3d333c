//! The adapters of this machine, the chosen one's limits, and what ran where.

use egui::{Button, RichText, Ui};

use crate::app::{
    model::{AdapterRow, Ask, DeviceInfo, StageRow},
    ui::theme,
};

/// All that is known of the device.
pub fn show(ui: &mut Ui, device: &DeviceInfo, asks: &mut Vec<Ask>) {
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
    if !device.adapters.is_empty() {
        theme::heading(ui, "Adapters of this machine");
        device.adapters.iter().for_each(|adapter| choice(ui, adapter, asks));
    }
    if !device.stages.is_empty() {
        theme::heading(ui, "What ran where");
        device.stages.iter().for_each(|stage| ran(ui, stage));
    }
    ui.add_space(10.0);
}

/// An adapter to switch to; the state goes with it.
fn choice(ui: &mut Ui, adapter: &AdapterRow, asks: &mut Vec<Ask>) {
    let free = adapter.why_not.is_none() && !adapter.chosen;
    let text = RichText::new(&adapter.label).size(11.5);
    let button = Button::selectable(adapter.chosen, text).truncate().min_size(egui::vec2(ui.available_width(), 20.0));
    let help = match (&adapter.why_not, adapter.chosen) {
        (Some(why), _) => why.clone(),
        (None, true) => "The simulation runs here".into(),
        (None, false) => "Goes on here with the state as it is; if that fails, the old one stays".into(),
    };
    let help = format!("{}\n{}\n{help}", adapter.label, adapter.about);
    let shown = ui.add_enabled(free || adapter.chosen, button);
    if shown.on_hover_text(&help).on_disabled_hover_text(help).clicked() && free {
        asks.push(Ask::Adapter(adapter.label.clone()));
    }
}

fn ran(ui: &mut Ui, stage: &StageRow) {
    let time = stage.ms.map_or(String::new(), |ms| format!("{ms:.3} ms  "));
    let help = format!("{}\nThe time is that of its last measured frame", stage.title);
    theme::row(ui, &stage.name, &format!("{time}{}", stage.place)).on_hover_text(help);
}
