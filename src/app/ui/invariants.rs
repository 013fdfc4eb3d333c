//! What the flow should keep, over simulated time: value, drift since the start of the scene, curve, CSV.

use egui::{Color32, RichText, Ui};

use crate::app::{
    model::table::Table,
    model::{Ask, InvariantsModel, Model, Sample},
    ui::{
        plot::{Chart, Curve},
        theme,
    },
};

/// A quantity of a plot.
struct Quantity<'a> {
    name: &'a str,
    color: Color32,
    value: &'a dyn Fn(&Sample) -> Option<f64>,
    /// What its drift is measured by, at the start.
    scale: &'a dyn Fn(&Sample) -> Option<f64>,
}

/// The whole tab.
pub fn show(ui: &mut Ui, model: &mut Model) {
    let Model { invariants, asks, .. } = model;
    let colors = theme::of(ui);
    if invariants.samples.is_empty() {
        theme::heading(ui, "Invariants");
        let text = "The first sample is on its way: a thread measures state and field a few times a second.";
        ui.label(RichText::new(text).small().color(colors.quiet));
        return;
    }
    let (plus, minus, accent) = (colors.plus, colors.minus, colors.accent);
    fn one(color: Color32, name: &'static str, value: &'static dyn Fn(&Sample) -> Option<f64>) -> Quantity<'static> {
        Quantity { name, color, value, scale: value }
    }
    let strength = |s: &Sample| Some(s.circulation[1].abs() + s.circulation[2].abs());
    let reach = |s: &Sample| Some(s.impulse[0].hypot(s.impulse[1]));
    group(
        ui,
        invariants,
        asks,
        Table::Circulation,
        false,
        "Of the atoms; drift over the sum of |Γ| at the start",
        &[
            Quantity { name: "Γ", color: accent, value: &|s| Some(s.circulation[0]), scale: &strength },
            Quantity { name: "Γ of +", color: plus, value: &|s| Some(s.circulation[1]), scale: &strength },
            Quantity { name: "Γ of −", color: minus, value: &|s| Some(s.circulation[2]), scale: &strength },
        ],
    );
    let log = invariants.log;
    group(
        ui,
        invariants,
        asks,
        Table::Energy,
        log,
        "Mean of (u² + v²)/2 of the decoded field, 256 x 256 nodes",
        &[one(accent, "E", &|s| s.energy)],
    );
    group(
        ui,
        invariants,
        asks,
        Table::Enstrophy,
        log,
        "Mean of ω²/2 of the decoded field, 256 x 256 nodes",
        &[one(plus, "Z", &|s| s.enstrophy)],
    );
    ui.checkbox(&mut invariants.log, "Logarithmic")
        .on_hover_text("Energy and enstrophy on a logarithmic axis; shortcut: none");
    let help = "(Σ Γ y, −Σ Γ x) of the atoms, from places that are not wrapped into the box; drift over its size";
    group(
        ui,
        invariants,
        asks,
        Table::Impulse,
        false,
        help,
        &[
            Quantity { name: "Ix", color: accent, value: &|s| Some(s.impulse[0]), scale: &reach },
            Quantity { name: "Iy", color: plus, value: &|s| Some(s.impulse[1]), scale: &reach },
        ],
    );
    let help = "Σ Γ |x|² of the atoms, about the corner of the box. A torus cannot be turned, so nothing keeps it: it \
                is conserved only as far as images of the vortices do not matter";
    group(ui, invariants, asks, Table::Angular, false, help, &[one(accent, "L", &|s| Some(s.angular_impulse))]);
    let help = "Σ |ω_k|² that an encoder saw in the field and the state does not hold: of the middle band (resid_mid_E) \
                and above it (resid_high_E); and the mean of ω²/2 that description-length passes took";
    group(
        ui,
        invariants,
        asks,
        Table::Unresolved,
        false,
        help,
        &[
            one(accent, "middle band", &|s| s.unresolved[0]),
            one(plus, "above", &|s| s.unresolved[1]),
            one(minus, "by passes", &|s| s.dropped),
        ],
    );
    group(
        ui,
        invariants,
        asks,
        Table::Peak,
        false,
        "Largest |ω| on 256 x 256 nodes of the whole box",
        &[one(accent, "max |ω|", &|s| s.max_abs)],
    );
    let help = "Bits of atoms and vertices and of the field error, after the last description-length pass";
    group(ui, invariants, asks, Table::Length, false, help, &[one(accent, "bits", &|s| s.length)]);
    group(
        ui,
        invariants,
        asks,
        Table::Atoms,
        false,
        "Atoms that are there",
        &[one(plus, "atoms", &|s| Some(s.atoms as f64))],
    );
    ui.add_space(6.0);
    if ui.button("Export all as CSV…").on_hover_text(Table::All.help()).clicked() {
        asks.push(Ask::Csv(Table::All));
    }
    ui.add_space(10.0);
}

/// Heading with its CSV button, a row a quantity, the curves.
fn group(
    ui: &mut Ui,
    model: &InvariantsModel,
    asks: &mut Vec<Ask>,
    table: Table,
    log: bool,
    help: &str,
    quantities: &[Quantity<'_>],
) {
    titled(ui, asks, table);
    let (first, last) = (model.samples.first(), model.samples.last());
    let mut curves = vec![];
    for quantity in quantities {
        let now = last.and_then(quantity.value);
        let text = now.map(|now| {
            let start = first.and_then(quantity.value).zip(first.and_then(quantity.scale)).filter(|s| s.1 != 0.0);
            let drift =
                start.map_or(String::new(), |(start, scale)| format!("  {}", percent((now - start) / scale.abs())));
            let whole = table == Table::Atoms;
            format!("{}{drift}", if whole { format!("{now:.0}") } else { theme::number(now) })
        });
        match text {
            Some(text) => theme::row_named(ui, quantity.name, quantity.color, &text),
            None => theme::row_measured(ui, quantity.name, None),
        }
        .on_hover_text(format!("{help}. Right: drift since the start of the scene"));
        let pieces = pieces(model, quantity.value);
        if !pieces.is_empty() {
            curves.push(Curve::new(quantity.name, quantity.color, pieces));
        }
    }
    if !curves.is_empty() {
        let breaks = breaks(model);
        let chart = Chart { log: [false, log], breaks: &breaks, ..Chart::over_time(table.title()) };
        chart.show(ui, &curves);
    }
}

/// A heading with a button that exports what stands under it.
pub fn titled(ui: &mut Ui, asks: &mut Vec<Ask>, table: Table) {
    ui.horizontal(|ui| {
        ui.vertical(|ui| theme::heading(ui, table.title()));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Max), |ui| {
            let button = ui.add(egui::Button::new(RichText::new("CSV").small().color(theme::of(ui).quiet)).small());
            let name = format!("Export {} as CSV", table.title());
            button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
            if button.on_hover_text(table.help()).clicked() {
                asks.push(Ask::Csv(table));
            }
        });
    });
}

/// A drift as people read it.
fn percent(x: f64) -> String {
    match x.abs() {
        0.0 => "±0".into(),
        size if size < 1e-4 => format!("{x:+.0e}"),
        size if size < 0.1 => format!("{:+.2} %", 100.0 * x),
        size if size < 10.0 => format!("{:+.0} %", 100.0 * x),
        _ => format!("{x:+.0e}"),
    }
}

/// The curve of a quantity, cut at edits and where it was not measured.
fn pieces(model: &InvariantsModel, value: &dyn Fn(&Sample) -> Option<f64>) -> Vec<Vec<[f64; 2]>> {
    let mut pieces: Vec<Vec<[f64; 2]>> = vec![];
    let mut joined = None;
    for (branch, sample) in model.samples.samples() {
        let Some(y) = value(sample) else {
            joined = None;
            continue;
        };
        if joined != Some(branch) {
            pieces.push(vec![]);
        }
        joined = Some(branch);
        if let Some(piece) = pieces.last_mut() {
            piece.push([sample.time, y]);
        }
    }
    pieces
}

/// When samples did not follow from the ones before.
fn breaks(model: &InvariantsModel) -> Vec<f64> {
    let mut last = None;
    let fresh = |(branch, sample): (u32, &Sample)| {
        let broken = last.replace(branch).is_some_and(|last| last != branch);
        broken.then_some(sample.time)
    };
    model.samples.samples().filter_map(fresh).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_are_cut_at_edits_and_where_nothing_was_measured() {
        let mut model = InvariantsModel::default();
        for (i, energy) in [Some(1.0), Some(2.0), None, Some(3.0), Some(4.0)].into_iter().enumerate() {
            if i == 4 {
                model.samples.interrupt();
            }
            model.samples.push(Sample { time: i as f64, energy, ..Sample::default() });
        }
        let found = pieces(&model, &|s| s.energy);
        assert_eq!(found, [vec![[0.0, 1.0], [1.0, 2.0]], vec![[3.0, 3.0]], vec![[4.0, 4.0]]]);
        assert_eq!(breaks(&model), [4.0]);
    }

    #[test]
    fn drifts_are_short() {
        for (x, text) in [(0.0, "±0"), (1.23e-7, "+1e-7"), (-0.0123, "-1.23 %"), (0.5, "+50 %")] {
            assert_eq!(percent(x), text);
        }
    }
}
