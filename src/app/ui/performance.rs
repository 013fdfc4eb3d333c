//! Where the time goes: GPU time a pass, frame time, steps/s apart from frames/s.

use egui::{Align2, FontId, Sense, Ui, vec2};

use crate::app::{
    model::{PassRow, Readout},
    run::clock::Rates,
    ui::theme,
};

/// Room for a rate beside its bar, points.
const RATE: f32 = 58.0;

/// Rates, then one bar a pass.
pub fn show(ui: &mut Ui, rates: &Rates, readout: &Readout) {
    theme::heading(ui, "Rates");
    theme::row_measured(ui, "Frames/s", rates.frames_per_s.map(|x| format!("{x:.1}")));
    theme::row_measured(ui, "Frame", rates.frame_ms.map(|x| format!("{x:.1} ms")));
    theme::row_measured(ui, "Frame, 99 of 100", rates.frame_p99_ms.map(|x| format!("{x:.0} ms")))
        .on_hover_text("Of the last 300 frames, 99 of 100 came sooner after the one before");
    theme::row_measured(ui, "Standstill", rates.standstill_ms.map(|x| format!("{x:.0} ms")))
        .on_hover_text("Longest time among the last 300 frames from one in which the flow moved to the next");
    theme::row_measured(ui, "Steps/s", rates.steps_per_s.map(|x| format!("{x:.1}")))
        .on_hover_text("Simulated steps in a real second; apart from frames/s");
    if let Some(dropped) = rates.dropped_per_s.filter(|x| *x >= 0.5) {
        theme::row(ui, "Steps dropped/s", &format!("{dropped:.1}"))
            .on_hover_text("Frames took too long for the steps that were asked for; see substeps");
    }
    theme::heading(ui, "GPU time per pass");
    if readout.passes.is_empty() {
        theme::row_measured(ui, "All passes", None);
    }
    let longest = readout.passes.iter().filter_map(|pass| pass.ms).fold(0.0, f64::max);
    for pass in &readout.passes {
        bar(ui, pass, longest);
    }
    let total: Option<f64> = readout.passes.iter().filter_map(|pass| pass.ms).reduce(|a, b| a + b);
    if readout.passes.len() > 1 {
        theme::row_measured(ui, "Sum", total.map(|ms| format!("{ms:.2} ms")));
    }
    theme::heading(ui, "State");
    theme::row(ui, "Atoms", &readout.atoms.to_string());
    theme::row(ui, "Vertices", &readout.vertices.to_string());
    let [now, whole] = &readout.solver;
    if !now.is_empty() {
        theme::row(ui, "Velocity", now).on_hover_text(whole);
    }
    if readout.at_capacity {
        ui.colored_label(theme::of(ui).warn, "At capacity: no more vertices are inserted (max_vertices)");
    }
    theme::row_measured(ui, "max |ω|", readout.max_abs.map(theme::number));
    theme::row_measured(ui, "Energy", readout.energy.map(theme::number)).on_hover_text("Mean of (u² + v²)/2");
    theme::row_measured(ui, "Enstrophy", readout.enstrophy.map(theme::number)).on_hover_text("Mean of ω²/2");
    if let Some(count) = readout.nan_inf.filter(|count| *count > 0) {
        ui.colored_label(theme::of(ui).fail, format!("{count} values are not finite"));
    }
}

fn bar(ui: &mut Ui, pass: &PassRow, longest: f64) {
    theme::row_measured(ui, &pass.label, pass.ms.map(|ms| format!("{ms:.3} ms"))).on_hover_text(about(pass));
    if let Some(ms) = pass.ms.filter(|_| longest > 0.0) {
        ui.add_space(-5.0);
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 9.0), Sense::hover());
        let line = rect.with_max_x(rect.right() - RATE).shrink2(vec2(0.0, 3.0));
        let mut filled = line;
        filled.set_width(line.width() * (ms / longest).clamp(0.0, 1.0) as f32);
        ui.painter().rect_filled(line, 1.5, theme::of(ui).raised);
        ui.painter().rect_filled(filled, 1.5, theme::of(ui).accent);
        if let Some(rate) = pass.gb_per_s {
            let (text, font) = (format!("{rate:.1} GB/s"), FontId::proportional(10.5));
            ui.painter().text(rect.right_center(), Align2::RIGHT_CENTER, text, font, theme::of(ui).quiet);
        }
    }
}

/// What a stage does and what it touches.
fn about(pass: &PassRow) -> String {
    let launches = if pass.calls == 1 { "1 launch".into() } else { format!("{} launches", pass.calls) };
    let bytes = pass.bytes.map_or(String::new(), |bytes| {
        format!(", {:.3} MB if each resource moves once for each way it is used", bytes as f64 * 1e-6)
    });
    let rate = pass.gb_per_s.map_or(String::new(), |rate| format!(": {rate:.2} GB/s"));
    format!("{}\n{launches} in the last measured frame{bytes}{rate}", pass.title)
}
