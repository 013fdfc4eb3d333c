//! The laboratory: how long the running scene stays true, beside a fine grid and a spectral solver of as many numbers.

use egui::{Button, Color32, Grid, ProgressBar, RichText, Ui};

use crate::{
    app::{
        model::{Ask, LabAsk, Model, SceneState},
        ui::theme,
    },
    lab::scenes::{Row, TIMES, corr},
};

/// Button, progress and the row that was found.
pub fn show(ui: &mut Ui, model: &mut Model) {
    theme::heading(ui, "How long it stays true");
    let row = &model.scene_row;
    let busy = row.state.is_busy();
    ui.horizontal(|ui| {
        let help = "The scene's start runs again on a thread: correlation with a pseudo-spectral reference at t = 1, 2, \
                    4 and 8, beside a spectral solver of as many numbers. Minutes on a CPU; frames go on";
        if ui.add_enabled(!busy, Button::new("Measure this scene")).on_hover_text(help).clicked() {
            model.asks.push(Ask::Lab(LabAsk::Scene));
        }
        let stop = ui.add_enabled(busy, Button::new("Stop"));
        stop.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, busy, "Stop measuring"));
        if stop.on_hover_text("End the measurement, and known flows that are under way").clicked() {
            model.asks.push(Ask::Lab(LabAsk::Stop));
        }
    });
    let small = |text: String, ink: Color32| RichText::new(text).small().color(ink);
    let (quiet, fail) = (theme::of(ui).quiet, theme::of(ui).fail);
    match &row.state {
        SceneState::Idle => {}
        SceneState::Waiting => {
            ui.label(small(format!("{}: waiting", row.name), quiet));
        }
        SceneState::Running(stage, share) => {
            ui.label(small(format!("{}: {stage}, {:.0} %", row.name, 100.0 * share), quiet));
            ui.add(ProgressBar::new(*share as f32).desired_height(4.0));
        }
        SceneState::Failed(why) => {
            ui.label(small(format!("{}: {why}", row.name), fail));
        }
        SceneState::Done(found) => numbers(ui, found),
    }
}

/// The table: correlation at each time, what is asked of it, and who else comes how near.
fn numbers(ui: &mut Ui, row: &Row) {
    let colors = theme::of(ui);
    let mono = |text: String, ink: Color32| RichText::new(text).monospace().small().color(ink);
    ui.label(RichText::new(format!("{}: correlation with the reference", row.scene)).small().color(colors.quiet));
    let line = |ui: &mut Ui, name: &str, help: &str, cells: Vec<(String, Color32)>| {
        ui.label(RichText::new(name).small().color(colors.text)).on_hover_text(help);
        cells.into_iter().for_each(|(text, ink)| {
            ui.label(mono(text, ink));
        });
        ui.end_row();
    };
    let all = |values: &[Option<f64>], ink: Color32| values.iter().map(|x| (corr(*x), ink)).collect::<Vec<_>>();
    Grid::new("scene row").num_columns(1 + TIMES.len()).spacing([9.0, 3.0]).show(ui, |ui| {
        let times = row.live.at.iter().map(|at| (at.t.to_string(), colors.quiet));
        line(ui, "t", "Simulated time since the start", times.collect());
        let ink = |met: Option<bool>| match met {
            Some(true) => colors.good,
            Some(false) => colors.fail,
            None => colors.bright,
        };
        let met = row.met.iter().copied().chain(std::iter::repeat(None));
        let live = row.live.at.iter().zip(met).map(|(at, met)| (corr(at.corr), ink(met)));
        line(ui, "this state", "The atoms and z as they run; green where it is what is asked", live.collect());
        let help =
            "The higher of a figure of the scene and the spectral solver less .001, at most the ceiling less .002";
        line(ui, "asked", help, all(&row.asked, colors.quiet));
        for solver in &row.spectral {
            let help = format!("A pseudo-spectral solver of {} numbers from the same start", solver.floats);
            line(ui, &format!("spectral {}", solver.floats), &help, all(&solver.corr, colors.quiet));
        }
        line(ui, "ceiling", "The reference on half as many nodes a side", all(&row.ceiling, colors.quiet));
    });
    if let Some(why) = &row.live.ended {
        ui.label(RichText::new(format!("ended: {why}")).small().color(colors.fail));
    }
    let floats = row.live.at.iter().map(|at| at.floats).max();
    theme::row_measured(ui, "Most numbers", floats.map(|n| n.to_string()))
        .on_hover_text("Floats of the state: 6 an ellipse, 3 + 2V a filament, and those of z");
    let ours = row.live.seconds_per_unit;
    theme::row_measured(ui, "A unit of time", ours.map(seconds)).on_hover_text("Steps alone, compiled before");
    theme::row(ui, "of the reference", &seconds(row.reference_seconds_per_unit));
}

fn seconds(s: f64) -> String {
    if s < 1.0 { format!("{:.1} ms", 1e3 * s) } else { format!("{s:.2} s") }
}
