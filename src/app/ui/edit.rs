//! Tools, the brush, and the picked atom to read and to edit.

use egui::{Button, DragValue, RichText, Ui};

use crate::{
    app::{
        command::{Command, entry_of},
        input::Tool,
        model::{Ask, AtomAsk, Model, Picked, PickedStroke, TimeAsk},
        ui::theme,
    },
    params::ParamInfo,
    state::{Chart, EPS_MAX, Sign, Topology},
};

/// The whole tab.
pub fn show(ui: &mut Ui, model: &mut Model) {
    theme::heading(ui, "Tool");
    ui.horizontal_wrapped(|ui| {
        for (tool, command) in
            Tool::ALL.into_iter().zip([Command::ToolDraw, Command::ToolPick, Command::ToolMove, Command::ToolErase])
        {
            let chosen = model.gestures.tool == tool;
            if ui.add(Button::selectable(chosen, tool.name())).on_hover_text(help(command)).clicked() {
                model.asks.push(Ask::Command(command));
            }
        }
    });
    brush(ui, model);
    if let Some(picked) = model.picked_stroke.clone() {
        theme::heading(ui, "Picked stroke");
        stroke(ui, &picked, model);
        ui.add_space(10.0);
        return;
    }
    theme::heading(ui, "Picked atom");
    match model.picked.clone() {
        Some(picked) => atom(ui, &picked, &mut model.asks),
        None => {
            let text = "None. Choose the tool Pick and click a filament, a stroke, a vortex or an ellipse.";
            ui.label(RichText::new(text).small().color(theme::of(ui).quiet));
        }
    }
    ui.add_space(10.0);
}

/// Help of a command with its key.
fn help(command: Command) -> String {
    entry_of(command).map_or(String::new(), |row| {
        let keys: Vec<String> = row.keys.iter().map(|key| key.text()).collect();
        format!("{} ({})", row.help, keys.join(" or "))
    })
}

fn brush(ui: &mut Ui, model: &mut Model) {
    theme::heading(ui, "Brush");
    let mut minus = model.gestures.inverted;
    labelled(ui, "Left button", |ui| {
        sign_choice(ui, &mut minus, help(Command::InvertBrush));
    });
    if minus != model.gestures.inverted {
        model.asks.push(Ask::Command(Command::InvertBrush));
    }
    for (name, label) in [("gamma", "Circulation Γ"), ("eps", "Core radius ε")] {
        let (Some(info), Some(mut value)) = (ParamInfo::named(name), model.params.get(name)) else { continue };
        let tip = format!("{}. {} {}", info.help, info.range(), info.unit);
        number(ui, label, &mut value, info.min..=info.max, &tip);
        // The editor keeps to the range; a refused value leaves the old one.
        let _kept = model.params.set(name, value);
    }
}

fn sign_choice(ui: &mut Ui, minus: &mut bool, tip: String) {
    let colors = theme::of(ui);
    for (value, text, name, ink) in
        [(true, "−", "Clockwise", colors.minus), (false, "+", "Counter-clockwise", colors.plus)]
    {
        let button = Button::selectable(*minus == value, RichText::new(text).strong().color(ink));
        let response = ui.add_sized([40.0, 20.0], button);
        response.widget_info(|| egui::WidgetInfo::selected(egui::Role::RadioButton, true, *minus == value, name));
        if response.on_hover_text(format!("{name}. {tip}")).clicked() {
            *minus = value;
        }
    }
}

fn labelled(ui: &mut Ui, name: &str, content: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        ui.label(RichText::new(name).color(theme::of(ui).quiet));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), content);
    });
}

fn number(ui: &mut Ui, name: &str, value: &mut f64, range: std::ops::RangeInclusive<f64>, tip: &str) {
    ui.horizontal(|ui| {
        let label = ui.label(RichText::new(name).color(theme::of(ui).quiet));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let speed = (value.abs() * 0.01).max(1e-4);
            let editor = DragValue::new(value).range(range).speed(speed).update_while_editing(false);
            let editor = editor.custom_formatter(|x, _| theme::number(x));
            ui.add_sized([84.0, 20.0], editor).labelled_by(label.id).on_hover_text(tip);
        });
    });
}

/// A filament that has become ellipses.
fn stroke(ui: &mut Ui, picked: &PickedStroke, model: &mut Model) {
    let line = &picked.stroke;
    theme::row(ui, "Kind", "stroke of ellipses");
    let sign = if line.sign == Sign::Minus { "−, clockwise" } else { "+, counter-clockwise" };
    theme::row(ui, "Sign", sign);
    theme::row(ui, "Ellipses", &picked.atoms.to_string()).on_hover_text(
        "Of its sign, with their centre within two of their smaller radii of the curve. Refits exchange them: what lies \
         along the curve is what belongs to it",
    );
    theme::row(ui, "Circulation", &theme::number(picked.circulation)).on_hover_text("Of these ellipses now");
    theme::row(ui, "Drawn with", &theme::number(line.gamma)).on_hover_text("Circulation of the filament that it was");
    theme::row(ui, "Length", &theme::number(line.length())).on_hover_text("Of the curve, where it is not torn");
    theme::row(ui, "Ellipses since", &format!("t = {:.2}", line.since));
    let text = "Its vertices are gone: to edit them, wind back to when it was a filament.";
    ui.label(RichText::new(text).small().color(theme::of(ui).quiet));
    let earlier = model.timeline.saves.partition_point(|(_, t)| *t < line.since).checked_sub(1);
    ui.horizontal_wrapped(|ui| {
        let back = ui.add_enabled(earlier.is_some(), Button::new("Wind back"));
        let back = back
            .on_hover_text("To the last save at which it was a filament; what happened since stays as a branch")
            .on_disabled_hover_text("No save on the timeline is as old");
        if let Some(save) = earlier.filter(|_| back.clicked()) {
            model.asks.push(Ask::Time(TimeAsk::Rewind(save)));
        }
        if ui.button("Remove").on_hover_text("Its ellipses and its curve leave the state; undoable").clicked() {
            model.asks.push(Ask::Atom(AtomAsk::Remove));
        }
        if ui.button("Let go").on_hover_text("Nothing is picked").clicked() {
            model.asks.push(Ask::Atom(AtomAsk::Forget));
        }
    });
}

fn atom(ui: &mut Ui, picked: &Picked, asks: &mut Vec<Ask>) {
    let atom = &picked.atom;
    let kind = match (atom.chart, atom.topology) {
        (Chart::Ellipse, _) => "ellipse",
        (_, Topology::Point) => "round vortex",
        (_, Topology::Open) => "open filament",
        (_, Topology::Closed) => "closed filament",
    };
    theme::row(ui, "Kind", kind);
    let (mut minus, mut gamma, mut eps) = (atom.sign == Sign::Minus, atom.gamma, atom.eps);
    labelled(ui, "Sign", |ui| {
        sign_choice(ui, &mut minus, "Sense of rotation".into());
    });
    number(ui, "Circulation Γ", &mut gamma, 0.0..=1e3, "Total circulation, length²/time, from 0");
    number(ui, "Core radius ε", &mut eps, 1e-3..=EPS_MAX, "Standard deviation of the Gaussian core, length");
    let sign = if minus { Sign::Minus } else { Sign::Plus };
    if (sign, gamma, eps) != (atom.sign, atom.gamma, atom.eps) {
        asks.push(Ask::Atom(AtomAsk::Set { sign, gamma, eps }));
    }
    theme::row(ui, "Length", &theme::number(picked.length)).on_hover_text("Of its curve");
    theme::row(ui, "Vertices", &atom.vertices.len().to_string());
    let age = picked.age.map(|age| format!("{age:.2}"));
    theme::row_measured(ui, "Age", age)
        .on_hover_text("Simulated time since it was drawn, made or last changed by a pass");
    theme::row(ui, "Worth", &format!("{:+.0} bits", picked.worth)).on_hover_text(
        "Bits that the description would be longer without it, standing alone: the error its field would leave          less its own bits. Below 0 it does not pay for itself",
    );
    ui.horizontal(|ui| {
        if ui.button("Remove").on_hover_text(help(Command::RemovePicked)).clicked() {
            asks.push(Ask::Atom(AtomAsk::Remove));
        }
        if ui.button("Let go").on_hover_text("No atom is picked").clicked() {
            asks.push(Ask::Atom(AtomAsk::Forget));
        }
    });
}
