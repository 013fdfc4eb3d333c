//! The background's kernel: spectrum of z, eigenvalues of A, distance from the reference LES.

use egui::{RichText, Ui};
use egui_plot::{HLine, Line, Plot, PlotPoints, Points};

use super::theme;
use crate::app::{
    command::Command,
    model::{Ask, KernelModel, LoadedKernel, Model},
    reference::Distance,
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
    spectrum(ui, &model.readout.spectrum);
    forecast(ui, kernel, &mut model.asks);
    if let Some(loaded) = &kernel.loaded {
        eigenvalues(ui, loaded);
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

/// What all plots share: calm, no zoom by accident.
fn plot<'a>(ui: &Ui, name: &'a str, height: f32) -> Plot<'a> {
    let still = |plot: Plot<'a>| plot.allow_zoom(false).allow_scroll(false).allow_drag(false).allow_boxed_zoom(false);
    still(Plot::new(name)).height(height).show_background(false).y_axis_min_width(34.0).grid_color(theme::of(ui).line)
}

fn spectrum(ui: &mut Ui, spectrum: &[[f64; 2]]) {
    let colors = theme::of(ui);
    theme::heading(ui, "Spectrum of z");
    if spectrum.is_empty() {
        let text = "The background is empty: the flow is carried by atoms alone.";
        ui.label(RichText::new(text).small().color(colors.quiet));
        return;
    }
    // Shells without energy have no logarithm and are left out.
    let points: Vec<[f64; 2]> = spectrum.iter().filter(|[_, e]| *e > 0.0).map(|[k, e]| [*k, e.log10()]).collect();
    let response = plot(ui, "spectrum", HEIGHT).show(ui, |plot| {
        plot.line(Line::new("log10 E(k)", PlotPoints::from(points.clone())).color(colors.accent).width(1.5));
        plot.points(Points::new("log10 E(k)", PlotPoints::from(points)).color(colors.accent).radius(2.0));
    });
    response.response.on_hover_text("log10 E(k) over wavenumber k: sum of |omega_k|²/2k² on the shell of radius k");
}

fn eigenvalues(ui: &mut Ui, loaded: &LoadedKernel) {
    let colors = theme::of(ui);
    let Some(Ok(values)) = &loaded.eigenvalues else { return };
    theme::heading(ui, "Eigenvalues of A");
    let circle: PlotPoints<'_> =
        (0..=128).map(|i| f64::from(i) / 128.0 * std::f64::consts::TAU).map(|t| [t.cos(), t.sin()]).collect();
    let (inside, outside): (Vec<[f64; 2]>, Vec<[f64; 2]>) =
        values.iter().partition(|[re, im]| re.hypot(*im) <= 1.0 + 1e-9);
    let size = ui.available_width().min(230.0);
    let square = plot(ui, "eigenvalues", size).data_aspect(1.0).include_x(-1.05).include_x(1.05).include_y(-1.05);
    let response = square.include_y(1.05).show(ui, |plot| {
        plot.line(Line::new("unit circle", circle).color(colors.line).width(1.5));
        plot.points(Points::new("|λ| ≤ 1", PlotPoints::from(inside)).color(colors.accent).radius(1.5));
        plot.points(Points::new("|λ| > 1", PlotPoints::from(outside)).color(colors.fail).radius(2.0));
    });
    response.response.on_hover_text("In the complex plane; red ones lie outside the unit circle and grow");
}

fn forecast(ui: &mut Ui, kernel: &KernelModel, asks: &mut Vec<Ask>) {
    theme::heading(ui, "Forecast against an LES");
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
    curves(ui, "forecast", HEIGHT, &kernel.distances);
}

/// Correlation and error over time.
pub fn curves(ui: &mut Ui, name: &str, height: f32, distances: &[Distance]) {
    let colors = theme::of(ui);
    let line = |name: &str, value: fn(&Distance) -> f64, color| {
        let points: PlotPoints<'_> = distances.iter().map(|d| [d.time, value(d)]).collect();
        Line::new(name, points).color(color).width(1.5)
    };
    let (correlation, error) =
        (line("correlation", |d| d.correlation, colors.accent), line("relative L2", |d| d.rel_l2, colors.plus));
    let curve = plot(ui, name, height).include_y(0.0).include_y(1.0);
    curve.show(ui, |plot| {
        plot.hline(HLine::new("", 1.0).color(colors.line).width(1.0));
        plot.line(correlation);
        plot.line(error);
    });
}
