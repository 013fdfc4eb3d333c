//! The laboratory: the truth of the running state, and every case with its numbers.

use egui::{Button, RichText, Ui};

use crate::{
    app::{
        command::{Command, entry_of},
        model::{Ask, CaseState, LabAsk, Model, TruthModel},
        ui::{scene_row, theme},
    },
    lab::{CASES, Case, Report, Row, report::number},
};

/// The whole tab.
pub fn show(ui: &mut Ui, model: &mut Model) {
    truth(ui, &model.truth, &mut model.asks);
    scene_row::show(ui, model);
    theme::heading(ui, "Known flows");
    let busy = |state: &CaseState| matches!(state, CaseState::Waiting | CaseState::Running(_));
    let any = model.lab.iter().any(busy);
    ui.horizontal(|ui| {
        if ui.button("Run all").on_hover_text("Every case in turn, on the CPU beside the window").clicked() {
            model.asks.push(Ask::Lab(LabAsk::RunAll));
        }
        if ui.add_enabled(any, Button::new("Stop")).on_hover_text("End the case at hand and forget the rest").clicked()
        {
            model.asks.push(Ask::Lab(LabAsk::Stop));
        }
    });
    if model.lab.iter().any(|state| matches!(state, CaseState::Done(_))) {
        ui.label(RichText::new("expected | measured | error").monospace().small().color(theme::of(ui).quiet));
    }
    for (case, state) in CASES.iter().zip(&model.lab) {
        ui.add_space(4.0);
        if head(ui, case, state, busy(state)) {
            model.asks.push(Ask::Lab(LabAsk::Run(case.name)));
        }
        match state {
            CaseState::Done(report) => found(ui, report),
            CaseState::Failed(why) => {
                ui.label(RichText::new(why).small().color(theme::of(ui).fail));
            }
            CaseState::Running(share) => {
                ui.add(egui::ProgressBar::new(*share as f32).desired_height(4.0));
            }
            CaseState::Idle | CaseState::Waiting => {}
        }
    }
    ui.add_space(10.0);
}

/// Button and reading of the self-check.
fn truth(ui: &mut Ui, truth: &TruthModel, asks: &mut Vec<Ask>) {
    theme::heading(ui, "Truth");
    let help = entry_of(Command::Truth).map_or("", |entry| entry.help);
    if ui.add_enabled(!truth.pending, Button::new("Check the velocity")).on_hover_text(help).clicked() {
        asks.push(Ask::Command(Command::Truth));
    }
    if truth.pending {
        ui.label(RichText::new("Being summed in f64 on another thread.").small().color(theme::of(ui).quiet));
    }
    let Some(last) = truth.last else { return };
    let share = |x: Option<f64>| x.map(|x| format!("{x:.1e}"));
    let text = format!("Largest distance from the true velocity over the largest speed; {:.0e} passes", last.tolerance);
    theme::row_measured(ui, "Max error", share(last.max_error)).on_hover_text(text);
    theme::row_measured(ui, "RMS error", share(last.rms_error));
    theme::row(ui, "Vertices compared", &format!("{} of {}", last.samples, last.vertices));
    match last.passed() {
        Some(true) => ui.label(RichText::new("The running path is true.").small().color(theme::of(ui).good)),
        Some(false) => ui.label(RichText::new("The running path is off.").color(theme::of(ui).fail)),
        None => ui.label(RichText::new("No vertex moves: nothing to compare.").small().color(theme::of(ui).quiet)),
    };
}

/// Title, verdict and button; says whether the case is wanted.
fn head(ui: &mut Ui, case: &Case, state: &CaseState, busy: bool) -> bool {
    let mut wanted = false;
    ui.horizontal(|ui| {
        let run = ui
            .add_enabled(!busy, Button::new("Run").small())
            .on_hover_text(format!("Run {}: {}", case.name, case.cost));
        run.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, !busy, format!("Run {}", case.name)));
        wanted = run.clicked();
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let (word, color) = verdict(theme::of(ui), state);
            ui.label(RichText::new(word).monospace().color(color));
            // The title takes what is left.
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let title = egui::Label::new(RichText::new(case.title).color(theme::of(ui).text)).truncate();
                ui.add(title).on_hover_text(case.about);
            });
        });
    });
    wanted
}

fn verdict(colors: &theme::Palette, state: &CaseState) -> (String, egui::Color32) {
    match state {
        CaseState::Idle => ("".into(), colors.quiet),
        CaseState::Waiting => ("waiting".into(), colors.quiet),
        CaseState::Running(share) => (format!("{:.0} %", 100.0 * share), colors.accent),
        CaseState::Failed(_) => ("stopped".into(), colors.fail),
        CaseState::Done(report) => match report.passed() {
            None => ("reported".into(), colors.quiet),
            Some(true) => ("ok".into(), colors.good),
            Some(false) => ("FAILED".into(), colors.fail),
        },
    }
}

/// The row that is nearest to failing; all of them on demand.
fn found(ui: &mut Ui, report: &Report) {
    let strain = |row: &&Row| row.error.zip(row.threshold).map_or(-1.0, |(error, most)| error / most);
    let Some(worst) = report.rows.iter().max_by(|a, b| strain(a).total_cmp(&strain(b))) else { return };
    numbers(ui, worst);
    if report.rows.len() > 1 {
        let label = RichText::new(format!("all {} numbers", report.rows.len())).small().color(theme::of(ui).quiet);
        egui::CollapsingHeader::new(label)
            .id_salt(report.case)
            .show(ui, |ui| report.rows.iter().for_each(|row| numbers(ui, row)));
    }
}

/// A row of a report in two lines: what, then expected, measured and error.
fn numbers(ui: &mut Ui, row: &Row) {
    let color = if row.passed == Some(false) { theme::of(ui).fail } else { theme::of(ui).quiet };
    ui.label(RichText::new(row.name.trim()).small().color(color));
    let [error, threshold] = row.error_text();
    let expected = row.expected.map_or("-".into(), number);
    let text = format!("{expected} | {} | {error}", number(row.measured));
    let about = format!("expected | measured | error; at most {threshold}: {}", row.verdict());
    ui.add(egui::Label::new(RichText::new(text).monospace().small().color(theme::of(ui).bright)).truncate())
        .on_hover_text(about);
}
