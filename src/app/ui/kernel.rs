//! The background's kernel: spectrum of z, eigenvalues of A, distance from the reference LES.

use egui::{RichText, Ui};
use egui_plot::{Line, PlotPoints, Points};

use crate::app::{
    command::Command,
    model::table::Table,
    model::{Ask, KernelModel, LoadedKernel, Model, reference::Distance, series::Series},
    ui::{
        invariants::titled,
        plot::{self, Chart, Curve},
        theme,
    },
};

/// Height of a plot.
const HEIGHT: f32 = 120.0;

/// The whole tab.
pub fn show(ui: &mut Ui, model: &mut Model) {
    theme::heading(ui, "Kernel");
    let kernel = &model.kernel;
    match &kernel.loaded {
        Some(loaded) => loaded_rows(ui, loaded),
        None => {
            theme::row(ui, "A", "built in").on_hover_text("Viscous decay, mean drift and spin, mode by mode");
        }
    }
    ui.horizontal(|ui| {
        command(ui, &mut model.asks, "Load A…", Command::OpenKernel, true);
        command(ui, &mut model.asks, "Forget A", Command::ForgetKernel, kernel.loaded.is_some());
    });
    let tip = "When the file of a loaded A changes, read it anew; a half-written or foreign file is refused";
    ui.checkbox(&mut model.files.follow, "Follow the file").on_hover_text(tip);
    spectrum(ui, model);
    forecast(ui, &model.kernel, &mut model.asks);
    if let Some(loaded) = &model.kernel.loaded {
        eigenvalues(ui, loaded, &mut model.asks);
    }
    ui.add_space(10.0);
}

fn command(ui: &mut Ui, asks: &mut Vec<Ask>, label: &str, command: Command, enabled: bool) {
    let help = crate::app::command::entry_of(command).map_or("", |entry| entry.help);
    if ui.add_enabled(enabled, egui::Button::new(label)).on_hover_text(help).clicked() {
        asks.push(Ask::Command(command));
    }
}

fn loaded_rows(ui: &mut Ui, loaded: &LoadedKernel) {
    theme::row(ui, "A", &loaded.name).on_hover_text(&loaded.name);
    theme::row(ui, "Size", &format!("{0} x {0}", loaded.side));
    let ridge = loaded.ridge_lambda.map_or("not in the file".into(), |x| format!("{x:e}"));
    theme::row(ui, "Ridge", &ridge);
    match &loaded.eigenvalues {
        None => theme::row(ui, "Spectral radius", "being computed"),
        Some(Err(why)) => theme::row(ui, "Spectral radius", why),
        Some(Ok(values)) => {
            let radius = values.iter().map(|[re, im]| re.hypot(*im)).fold(0.0, f64::max);
            theme::row(ui, "Spectral radius", &format!("{radius:.6}"))
                .on_hover_text("Above 1 the kernel grows without bound; `learn` clamps it to 1")
        }
    };
}

/// Background and whole field, with the slope of a direct enstrophy cascade beside them.
fn spectrum(ui: &mut Ui, model: &mut Model) {
    let colors = theme::of(ui);
    titled(ui, &mut model.asks, Table::Spectrum);
    let (background, field) = (&model.readout.spectrum, &model.invariants.spectrum);
    if background.is_empty() {
        let text = "The background is empty: the flow is carried by atoms alone.";
        ui.label(RichText::new(text).small().color(colors.quiet));
    }
    // Shells that hold nothing but rounding would stretch the axis over decades.
    let top = background.iter().chain(field).map(|shell| shell[1]).fold(0.0, f64::max);
    let held = |shells: &[[f64; 2]]| shells.iter().copied().filter(|shell| shell[1] > 1e-14 * top).collect::<Vec<_>>();
    let mut curves = vec![];
    for (name, color, shells) in [("field", colors.accent, field), ("background", colors.plus, background)] {
        let held = held(shells);
        if !held.is_empty() {
            curves.push(Curve { dots: name == "background", ..Curve::new(name, color, vec![held]) });
        }
    }
    if curves.is_empty() {
        return;
    }
    curves.extend(guide(&curves).map(|points| Curve { guide: true, ..Curve::new("k^-3", colors.quiet, vec![points]) }));
    ui.horizontal(|ui| {
        for curve in &curves {
            let sign = if curve.guide { "··" } else { "—" };
            ui.label(RichText::new(format!("{sign} {}", curve.name)).small().color(curve.color));
        }
    });
    let chart = Chart { x: "k", height: HEIGHT, log: [true; 2], ..Chart::over_time("Spectrum E(k)") };
    chart.show(ui, &curves).on_hover_text(
        "Energy on shells of wavenumber k, Σ |ω_k|²/2k²: of the whole decoded field and of the background; \
         dashed the slope of a cascade of enstrophy",
    );
}

/// A line of slope -3 through the largest value, over the decade above it.
fn guide(curves: &[Curve]) -> Option<Vec<[f64; 2]>> {
    let points = || curves.iter().flat_map(|curve| curve.pieces.iter().flatten());
    let top = points().copied().max_by(|a, b| a[1].total_cmp(&b[1]))?;
    let end = points().map(|p| p[0]).fold(top[0], f64::max).min(10.0 * top[0]);
    let at = |k: f64| [k, 2.0 * top[1] * (k / top[0]).powi(-3)];
    (end > top[0]).then(|| vec![at(top[0]), at(end)])
}

fn eigenvalues(ui: &mut Ui, loaded: &LoadedKernel, asks: &mut Vec<Ask>) {
    let colors = theme::of(ui);
    let Some(Ok(values)) = &loaded.eigenvalues else { return };
    titled(ui, asks, Table::Eigenvalues);
    let circle: PlotPoints<'_> =
        (0..=128).map(|i| f64::from(i) / 128.0 * std::f64::consts::TAU).map(|t| [t.cos(), t.sin()]).collect();
    let (inside, outside): (Vec<[f64; 2]>, Vec<[f64; 2]>) =
        values.iter().partition(|[re, im]| re.hypot(*im) <= 1.0 + 1e-9);
    let size = ui.available_width().min(230.0);
    let square =
        plot::calm(ui, "Eigenvalues of A", size).data_aspect(1.0).include_x(-1.05).include_x(1.05).include_y(-1.05);
    let response = square.include_y(1.05).show(ui, |plot| {
        plot.line(Line::new("unit circle", circle).color(colors.line).width(1.5));
        plot.points(Points::new("|λ| ≤ 1", PlotPoints::from(inside)).color(colors.accent).radius(1.5));
        plot.points(Points::new("|λ| > 1", PlotPoints::from(outside)).color(colors.fail).radius(2.0));
    });
    plot::named(response, "Eigenvalues of A")
        .on_hover_text("In the complex plane; red ones lie outside the unit circle and grow");
}

fn forecast(ui: &mut Ui, kernel: &KernelModel, asks: &mut Vec<Ask>) {
    titled(ui, asks, Table::Forecast);
    let mut on = kernel.reference;
    let text =
        "Runs a large-eddy simulation of the same field beside the kernel, on the same device; nothing depends on it";
    if ui.checkbox(&mut on, "Reference LES").on_hover_text(text).clicked() {
        asks.push(Ask::Command(Command::ToggleReference));
    }
    if !kernel.reference {
        return;
    }
    let mut sides = kernel.side_by_side;
    let text = "The canvas shows the state, the LES, their difference and their correlation over time";
    if ui.checkbox(&mut sides, "Side by side").on_hover_text(text).clicked() {
        asks.push(Ask::Command(Command::SideBySide));
    }
    let Some(last) = kernel.distances.last() else {
        ui.label(RichText::new("The first comparison is on its way.").small().color(theme::of(ui).quiet));
        return;
    };
    theme::row_named(ui, "Correlation", theme::of(ui).accent, &format!("{:.4}", last.correlation));
    theme::row_named(ui, "Relative L2 error", theme::of(ui).plus, &format!("{:.4}", last.rel_l2));
    theme::row(ui, "Compared at", &format!("t = {:.2}", last.time));
    curves(ui, "Correlation and error", HEIGHT, &kernel.distances);
}

/// Correlation and error over time.
pub fn curves(ui: &mut Ui, name: &str, height: f32, distances: &Series<Distance>) {
    let colors = theme::of(ui);
    let line = |name: &str, value: fn(&Distance) -> f64, color| {
        Curve::new(name, color, vec![distances.iter().map(|d| [d.time, value(d)]).collect()])
    };
    let (correlation, error) =
        (line("correlation", |d| d.correlation, colors.accent), line("relative L2", |d| d.rel_l2, colors.plus));
    Chart { height, from_zero: true, ..Chart::over_time(name) }.show(ui, &[correlation, error]);
}
