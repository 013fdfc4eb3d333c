//! Fields to states: the budget, how far an encoding is, what it gave and who holds the flow.

use egui::{DragValue, ProgressBar, RichText, Sense, Slider, Ui, vec2};

use crate::{
    app::{
        command::{Command, entry_of},
        model::{Ask, EncodeModel, EncodeResult, Job},
        ui::theme,
    },
    encode::{BITS_PER_FLOAT, FLOATS_PER_ELLIPSE},
    sim::measure::Share,
};

/// Least and most share of N^2.
const SHARES: std::ops::RangeInclusive<f64> = 0.002..=1.0;
/// Side that the budget is shown for before there is a field.
const USUAL_SIDE: usize = 256;

/// The whole tab; `shown` says whether the canvas shows the residual.
pub fn show(ui: &mut Ui, model: &mut EncodeModel, shown: bool, asks: &mut Vec<Ask>) {
    theme::heading(ui, "Encode a field");
    let text = "Drop an .npy or .npz field or a picture on the window: it becomes atoms and runs.";
    ui.add(egui::Label::new(RichText::new(text).small().color(theme::of(ui).quiet)).wrap());
    ui.horizontal(|ui| {
        command(ui, asks, "Open…", Command::OpenField, true);
        let again = model.result.is_some() && model.job.is_none();
        command(ui, asks, "Encode again", Command::EncodeAgain, again);
    });
    budget(ui, model);
    if let Some(job) = &model.job {
        progress(ui, job, asks);
    }
    if let Some(result) = model.result {
        results(ui, &result, model.atoms_now);
        theme::heading(ui, "Residual");
        let help = entry_of(Command::ToggleResidual).map_or("", |entry| entry.help);
        let mut on = shown;
        if ui.checkbox(&mut on, "Show on the canvas").on_hover_text(format!("{help} (E)")).clicked() {
            asks.push(Ask::Command(Command::ToggleResidual));
        }
        let largest = model.residual.as_ref().map(|residual| theme::number(residual.limit));
        theme::row_measured(ui, "max |Δω|", largest).on_hover_text("Field less decoded state, when it was encoded");
    }
    ui.add_space(10.0);
}

fn command(ui: &mut Ui, asks: &mut Vec<Ask>, label: &str, command: Command, enabled: bool) {
    let help = entry_of(command).map_or("", |entry| entry.help);
    if ui.add_enabled(enabled, egui::Button::new(label)).on_hover_text(help).clicked() {
        asks.push(Ask::Command(command));
    }
}

/// One budget in three words: share, bits, floats.
fn budget(ui: &mut Ui, model: &mut EncodeModel) {
    theme::heading(ui, "Budget");
    let side = model.result.map_or(USUAL_SIDE, |result| result.n);
    let cells = (side * side) as f64;
    ui.horizontal(|ui| {
        let name = ui.label(RichText::new("Share").color(theme::of(ui).quiet));
        ui.spacing_mut().slider_width = (ui.available_width() - 78.0).max(60.0);
        let slider = Slider::new(&mut model.share, SHARES).logarithmic(true).show_value(false);
        let help = "Size of the state as a share of N² floats; takes effect at the next encoding";
        ui.add(slider).labelled_by(name.id).on_hover_text(help);
        let value = DragValue::new(&mut model.share).range(SHARES).speed(0.001);
        let percent = |share: f64, _| format!("{:.1} %", 100.0 * share);
        let parsed = |text: &str| text.trim_end_matches('%').trim().parse::<f64>().ok().map(|x| x / 100.0);
        ui.add(value.custom_formatter(percent).custom_parser(parsed)).labelled_by(name.id).on_hover_text(help);
    });
    ui.horizontal(|ui| {
        let name = ui.label(RichText::new("Bits").color(theme::of(ui).quiet));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let mut bits = model.share * cells * BITS_PER_FLOAT;
            let range = SHARES.start() * cells * BITS_PER_FLOAT..=SHARES.end() * cells * BITS_PER_FLOAT;
            let value = DragValue::new(&mut bits).range(range).speed(0.002 * cells * BITS_PER_FLOAT).max_decimals(0);
            if ui.add(value).labelled_by(name.id).on_hover_text("The same in bits, 32 a float").changed() {
                model.share = bits / (cells * BITS_PER_FLOAT);
            }
        });
    });
    let floats = model.share * cells;
    theme::row(ui, "Floats", &format!("{floats:.0} of {side}²"));
    let room = (floats as usize / FLOATS_PER_ELLIPSE).to_string();
    theme::row(ui, "Room for atoms, about", &room).on_hover_text("Six numbers an ellipse; the background takes a few");
}

fn progress(ui: &mut Ui, job: &Job, asks: &mut Vec<Ask>) {
    theme::heading(ui, "Encoding");
    theme::row(ui, "Field", short(&job.name)).on_hover_text(&job.name);
    let stage = if job.stage.is_empty() { "reading" } else { job.stage };
    ui.add(ProgressBar::new(job.done as f32).text(format!("{stage}, {:.0} %", 100.0 * job.done)));
    theme::row(ui, "Atoms", &job.atoms.to_string());
    theme::row_measured(ui, "Relative L2", job.rel_l2.map(|x| format!("{x:.4}")));
    command(ui, asks, "Cancel", Command::CancelEncoding, true);
}

/// The last part of a path.
fn short(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}

fn results(ui: &mut Ui, result: &EncodeResult, now: Option<usize>) {
    theme::heading(ui, "Last encoding");
    let cells = (result.n * result.n) as f64;
    theme::row(ui, "Atoms", &result.atoms.to_string());
    if let Some(now) = now {
        theme::row(ui, "Atoms now", &now.to_string())
            .on_hover_text("Of the state that runs: passes (mdl) and edits change it");
    }
    theme::row(ui, "Floats", &result.floats.to_string())
        .on_hover_text("6 an ellipse, 1 an independent number of the background");
    theme::row(ui, "Share of N²", &format!("{:.2} %", 100.0 * result.floats as f64 / cells));
    let digits = |x: Option<f64>| x.map_or("not defined".into(), |x| format!("{x:.4}"));
    theme::row(ui, "Relative L2", &digits(result.rel_l2));
    theme::row(ui, "Correlation", &digits(result.corr));
    theme::row(ui, "Time", &format!("{:.1} s", result.seconds));
    theme::heading(ui, "Who holds it");
    match result.shares {
        None => {
            theme::row_measured(ui, "Energy", None);
        }
        Some(shares) => {
            share(ui, "Energy", shares.energy);
            share(ui, "Enstrophy", shares.enstrophy);
        }
    }
}

/// Numbers, then a bar: atoms, background, and the size of their product.
fn share(ui: &mut Ui, name: &str, share: Share) {
    let percent = |x: f64| format!("{:.1} %", 100.0 * x);
    let text = format!("atoms {}, background {}", percent(share.atoms), percent(share.background));
    let both = format!("Twice the product of both: {}; the three make 100 %", percent(share.both));
    ui.label(RichText::new(name).color(theme::of(ui).quiet)).on_hover_text(&both);
    ui.add(egui::Label::new(RichText::new(text).monospace().size(11.5).color(theme::of(ui).bright)).wrap())
        .on_hover_text(&both);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 5.0), Sense::hover());
    ui.painter().rect_filled(rect, 2.0, theme::of(ui).raised);
    let total = share.atoms + share.background + share.both.abs();
    let mut left = rect.left();
    for (part, color) in [
        (share.atoms, theme::of(ui).accent),
        (share.both.abs(), theme::of(ui).quiet),
        (share.background, theme::of(ui).plus),
    ] {
        let width = rect.width() * (part / total).clamp(0.0, 1.0) as f32;
        let bar = egui::Rect::from_min_size(egui::pos2(left, rect.top()), vec2(width, rect.height()));
        ui.painter().rect_filled(bar, 2.0, color);
        left += width;
    }
    ui.add_space(3.0);
}
