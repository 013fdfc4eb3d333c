//! Description length: its curve, the number of atoms, and the ledger of what passes and refits changed and why.

use egui::{RichText, Ui};

use crate::{
    app::{
        model::table::Table,
        model::{Model, PassModel},
        ui::{
            invariants::titled,
            plot::{Chart, Curve},
            theme,
        },
    },
    params::Switch,
    state::{Event, Kind, PassReport, Sums},
};

/// Events listed at most.
const LISTED: usize = 40;

/// The whole tab.
pub fn show(ui: &mut Ui, model: &mut Model) {
    titled(ui, &mut model.asks, Table::Passes);
    let mut on = model.params.mdl == Switch::On;
    let help = "Every so many steps atoms merge, shrink, split or leave where that makes the description shorter; \
                thresholds stand among the parameters";
    if ui.checkbox(&mut on, "Passes").on_hover_text(help).changed() {
        model.params.mdl = if on { Switch::On } else { Switch::Off };
    }
    let passes = &model.passes;
    match passes.history.last() {
        Some(last) => length(ui, passes, last),
        None => {
            let text = if on { "The first pass is on its way." } else { "No pass runs: atoms move and are refitted." };
            ui.label(RichText::new(text).small().color(theme::of(ui).quiet));
        }
    }
    if passes.changes > 0 {
        drift(ui, passes);
        kinds(ui, passes);
        titled(ui, &mut model.asks, Table::Ledger);
        passes.events.iter().rev().take(LISTED).for_each(|event| line(ui, event));
    }
    ui.add_space(10.0);
}

/// What passes came to.
fn length(ui: &mut Ui, passes: &PassModel, last: &PassReport) {
    theme::row_named(ui, "L", theme::of(ui).accent, &format!("{:.0} bits", last.bits_after))
        .on_hover_text("Bits of atoms and vertices, and of the field error of the last pass");
    theme::row_named(ui, "Atoms", theme::of(ui).plus, &last.atoms.to_string());
    theme::row(ui, "Vertices", &last.vertices.to_string());
    theme::row(ui, "Passes", &passes.count.to_string());
    theme::row(ui, "Last pass", &format!("{:.1} ms", last.ms))
        .on_hover_text("On a thread of the CPU; frames go on being drawn");
    curve(ui, "Description length", passes, theme::of(ui).accent, |r| r.bits_after);
    curve(ui, "Atoms after passes", passes, theme::of(ui).plus, |r| r.atoms as f64);
}

fn curve(ui: &mut Ui, name: &str, passes: &PassModel, color: egui::Color32, value: fn(&PassReport) -> f64) {
    let points = passes.history.iter().map(|r| [r.time, value(r)]).collect();
    Chart { from_zero: true, ..Chart::over_time(name) }.show(ui, &[Curve::new(name, color, vec![points])]);
}

/// Where circulation went.
fn drift(ui: &mut Ui, passes: &PassModel) {
    theme::heading(ui, "Circulation since the start");
    let Some(drift) = &passes.drift else { return };
    theme::row(ui, "Drift", &format!("{:.2e}", drift.circulation))
        .on_hover_text("Of the atoms; every cause below, rounding and the background's share among them");
    for cause in drift.causes.iter().filter(|c| c.circulation != 0.0) {
        theme::row(ui, cause.cause, &format!("{:.2e}", cause.circulation));
    }
    theme::row(ui, "Unaccounted", &format!("{:.1e}", drift.unaccounted_circulation));
}

fn kinds(ui: &mut Ui, passes: &PassModel) {
    theme::heading(ui, "Edits");
    let rows: Vec<&(Kind, Sums)> = passes.kinds.iter().filter(|(_, sums)| sums.events > 0).collect();
    if rows.is_empty() {
        ui.label(RichText::new("None was worth it yet.").small().color(theme::of(ui).quiet));
    }
    for (kind, sums) in rows {
        // What an event did not measure is no zero.
        let enstrophy = if sums.unmeasured > 0 { "not measured".into() } else { format!("{:+.2e}", sums.enstrophy) };
        theme::row(ui, kind.name(), &format!("{}  {:+.0} bits", sums.events, sums.bits)).on_hover_text(format!(
            "{} atoms or vertices, circulation {:+.2e}, impulse ({:+.2e}, {:+.2e}), enstrophy {enstrophy}",
            sums.count, sums.circulation, sums.impulse[0], sums.impulse[1]
        ));
    }
}

/// One event; the newest stand first.
fn line(ui: &mut Ui, event: &Event) {
    let ink = match event.voluntary {
        true => theme::of(ui).text,
        false if event.kind.is_of_transport() => theme::of(ui).quiet,
        false => theme::of(ui).warn,
    };
    let text = RichText::new(format!("{} {}", event.step, event.reason)).small().color(ink);
    let forced = if event.voluntary { "" } else { ", forced" };
    let enstrophy = event.enstrophy.map_or("not measured".into(), |x| format!("{x:+.2e}"));
    ui.add(egui::Label::new(text).truncate()).on_hover_text(format!(
        "{}{forced}: {:+.1} bits, circulation {:+.2e}, impulse ({:+.2e}, {:+.2e}), enstrophy {enstrophy}",
        event.kind.name(),
        event.bits,
        event.circulation,
        event.impulse[0],
        event.impulse[1],
    ));
}
