//! Bytes over the bus, memory, and the flags of honest performance.

use egui::{RichText, Ui};

use crate::{
    app::{model::usage::Usage, ui::theme},
    perf::Severity,
};

/// Bytes as people read them.
fn bytes(x: f64) -> String {
    let units = [(1e9, "GB"), (1e6, "MB"), (1e3, "kB")];
    let unit = units.into_iter().find(|(size, _)| x >= *size);
    unit.map_or(format!("{x:.0} B"), |(size, name)| format!("{:.1} {name}", x / size))
}

/// Traffic and memory.
pub fn show(ui: &mut Ui, usage: &Usage) {
    theme::heading(ui, "Bus and memory");
    for (i, name) in [(0, "To the GPU"), (1, "From the GPU")] {
        let rate = usage.moved_per_s.map(|rates| format!("{}/s", bytes(rates[i])));
        let all = usage.moved.map_or("not measured".into(), |moved| bytes(moved[i] as f64));
        theme::row_measured(ui, name, rate)
            .on_hover_text(format!("Of the simulation, the panels' own drawing left out; {all} since the start"));
    }
    theme::row_measured(ui, "Device buffers", usage.device_bytes.map(|x| bytes(x as f64)))
        .on_hover_text("Buffers that hold the state, the fields and the operators' scratch");
    theme::row_measured(ui, "Process", usage.rss_mb.map(|mb| format!("{mb:.0} MiB")))
        .on_hover_text("Resident memory of this process, a software adapter's included");
    flags(ui, usage);
}

/// What differs between intent and reality, with a sentence each.
fn flags(ui: &mut Ui, usage: &Usage) {
    theme::heading(ui, "Flags");
    if usage.findings.is_empty() {
        ui.label(RichText::new("None: what was asked for is what runs.").small().color(theme::of(ui).quiet));
    }
    for finding in &usage.findings {
        let ink = match finding.severity {
            Severity::Info => theme::of(ui).quiet,
            Severity::Warning => theme::of(ui).warn,
            Severity::Error => theme::of(ui).fail,
        };
        if let Some(name) = finding.name() {
            ui.label(RichText::new(name).small().color(ink));
        }
        ui.label(RichText::new(&finding.message).small().color(theme::of(ui).text));
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn bytes_are_short() {
        for (x, text) in [(0.0, "0 B"), (1234.0, "1.2 kB"), (5.6e6, "5.6 MB"), (7.0e9, "7.0 GB")] {
            assert_eq!(super::bytes(x), text);
        }
    }
}
