//! Every parameter, from the table: unit, range, tooltip, reset.

use egui::{Align, Button, DragValue, Layout, Response, RichText, Role, Ui, WidgetInfo, vec2};

use crate::{
    app::{
        model::Ask,
        ui::{
            icon::{self, Icon},
            theme,
        },
    },
    params::{Effect, ParamInfo, Params, TABLE},
    sim::suits,
};

/// The group a parameter stands in; a new row of the table appears under "More".
fn group(info: &ParamInfo) -> usize {
    match info.name {
        "eps" | "gamma" => 0,
        "dt" | "substeps" | "integrator" | "velocity" => 1,
        "nu" | "drift_x" | "drift_y" => 2,
        "kernel" | "spin" | "k_cut" | "resid_mid_cut" | "topk_mid" => 3,
        "n" | "max_vertices" | "tracers" | "resample" | "segment_bound" | "filaments" | "seed" => 4,
        "mdl" | "mdl_every" | "tol" | "c_atom" | "c_vertex" | "gamma_min" | "length_min" | "merge_dist"
        | "merge_angle_cos" | "kappa_max" | "aspect_max" | "max_atoms" | "relaxation" => 5,
        "ellipses" | "refit_every" | "parcels" => 6,
        "stretch" | "eps_min" | "alpha" | "twist" => 7,
        _ => 8,
    }
}

const GROUPS: [&str; 9] = [
    "Brush",
    "Time",
    "Flow",
    "Background kernel",
    "Resolution",
    "Description length",
    "Ellipses",
    "Stretch and twist",
    "More",
];

/// All rows; `home` is what a reset goes back to, `own_step` why the time step cannot be chosen by the winding.
pub fn show(ui: &mut Ui, params: &mut Params, home: &Params, own_step: Option<&str>, asks: &mut Vec<Ask>) {
    for (index, title) in GROUPS.iter().enumerate() {
        let rows: Vec<&ParamInfo> = TABLE.iter().filter(|info| group(info) == index).collect();
        if !rows.is_empty() {
            theme::heading(ui, title);
            for info in rows {
                row(ui, info, params, home, &mut |ui, params| {
                    if info.auto_at_start() && step_button(ui, params, own_step) {
                        asks.push(Ask::AutoDt);
                    }
                });
            }
        }
    }
    ui.add_space(10.0);
}

/// One row; `beside` adds what stands beside the editor.
fn row(ui: &mut Ui, info: &ParamInfo, params: &mut Params, home: &Params, beside: &mut dyn FnMut(&mut Ui, &Params)) {
    let (Some(value), Some(reset)) = (params.get(info.name), home.get(info.name)) else { return };
    let mut wanted = value;
    ui.horizontal(|ui| {
        let name = ui.label(RichText::new(info.name).color(theme::of(ui).quiet)).on_hover_text(tip(info, reset));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let changed = value != reset;
            let back = icon::button(ui, Icon::Reset, &format!("Reset {}", info.name), changed);
            if back.on_hover_text(format!("Back to {}", words(info, reset))).clicked() {
                wanted = reset;
            }
            unit(ui, info.unit);
            let editor =
                if info.choices.is_empty() { number(ui, info, &mut wanted) } else { choice(ui, info, &mut wanted) };
            editor.labelled_by(name.id).on_hover_text(tip(info, reset));
            beside(ui, params);
        });
    });
    if wanted != value {
        let wanted = if info.integer { wanted.round() } else { wanted };
        // The editor clamps to the row's range; a refused value leaves the old one standing.
        if params.set(info.name, wanted.clamp(info.least(), info.max)).is_err() {
            ui.label(RichText::new(info.range()).small().color(theme::of(ui).fail));
        }
    }
}

/// Whether the step is to be what the winding of the flow as it is now allows.
fn step_button(ui: &mut Ui, params: &Params, own_step: Option<&str>) -> bool {
    let refused = own_step.map(str::to_owned).or_else(|| suits(params).err().map(|why| why.to_string()));
    let button = ui.add_enabled(refused.is_none(), Button::new(RichText::new("auto").small()).small());
    button.widget_info(|| WidgetInfo::labeled(Role::Button, refused.is_none(), "Choose dt by the winding"));
    let about = "The longest step that the flow as it is now allows, max |omega| dt at most 0.5, and integrator rk4";
    button.on_hover_text(about).on_disabled_hover_text(refused.unwrap_or_default()).clicked()
}

fn number(ui: &mut Ui, info: &ParamInfo, value: &mut f64) -> Response {
    // A drag of a few hundred points crosses the values in use, whatever the range's size.
    let speed = if info.integer { (value.abs() * 0.01).max(0.2) } else { (value.abs() * 0.01).max(info.max * 1e-5) };
    let editor = DragValue::new(value).range(info.least()..=info.max).speed(speed).update_while_editing(false);
    let (integer, auto) = (info.integer, info.auto);
    let editor = editor.custom_formatter(move |x, _| match integer {
        _ if auto && x < 0.0 => "auto".into(),
        true => format!("{x:.0}"),
        false => plain(x),
    });
    let editor = editor.custom_parser(move |text| match text.trim() {
        word if auto && word.eq_ignore_ascii_case("auto") => Some(crate::params::AUTO),
        number => number.parse().ok(),
    });
    ui.add_sized([72.0, 20.0], editor)
}

/// The unit in a column of its own, so that the values stand in line.
fn unit(ui: &mut Ui, unit: &str) {
    let unit = unit.replace("^2", "²");
    ui.allocate_ui_with_layout(vec2(72.0, 20.0), Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_width(72.0);
        ui.label(RichText::new(unit).small().color(theme::of(ui).quiet));
    });
}

fn choice(ui: &mut Ui, info: &ParamInfo, value: &mut f64) -> Response {
    let word = |x: f64| info.choices.get(x as usize).copied().unwrap_or("?");
    let list = egui::ComboBox::from_id_salt(info.name).width(70.0).selected_text(word(*value));
    list.show_ui(ui, |ui| {
        for (index, choice) in info.choices.iter().enumerate() {
            ui.selectable_value(value, index as f64, *choice);
        }
    })
    .response
}

/// Shortest text that reads back as the same value to six digits.
fn plain(x: f64) -> String {
    let rounded: f64 = format!("{x:.5e}").parse().unwrap_or(x);
    if rounded != 0.0 && !(1e-3..1e6).contains(&rounded.abs()) { format!("{rounded:e}") } else { format!("{rounded}") }
}

fn words(info: &ParamInfo, x: f64) -> String {
    info.word(x).map_or_else(|| plain(x), str::to_string)
}

fn tip(info: &ParamInfo, reset: f64) -> String {
    let unit = if info.unit.is_empty() { String::new() } else { format!(" [{}]", info.unit) };
    let effect = match info.effect {
        Effect::Live => "acts at the next step",
        Effect::Structural => "rebuilds the buffers between two frames",
    };
    format!("{}.\n{}{unit}, {} by default; {effect}.\n--{}", info.help, info.range(), words(info, reset), info.flag())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back() {
        for x in [0.01, 5e-5, 1.0, 100000.0, 4294967295.0, -2.25, 0.0] {
            let back: f64 = plain(x).parse().unwrap();
            assert!((back - x).abs() <= 1e-5 * x.abs(), "{x} is shown as {}", plain(x));
        }
    }
}
