//! What the canvas shows: the quantity, its colour map and range, flow lines, filaments and dye.

use egui::{Button, Color32, DragValue, Mesh, RichText, Sense, Ui, pos2, vec2};

use crate::{
    app::{
        command::{Command, entry_of},
        model::{
            ViewModel,
            pictures::NO_RESIDUAL,
            range::{Range, RangeMode},
        },
        ui::theme,
    },
    render::{FilamentColor, Lines, Picture, colormap::Colormap},
};

/// Quantities, then colours, then what is drawn over them.
pub fn show(ui: &mut Ui, view: &mut ViewModel) {
    theme::heading(ui, "View");
    pictures(ui, view);
    ui.add_space(3.0);
    colormap(ui, view);
    range(ui, view);
    lines(ui, view);
    filament_color(ui, &mut view.filament_color);
    ui.horizontal(|ui| {
        ui.checkbox(&mut view.filaments, "Filaments")
            .on_hover_text("Lines coloured as chosen above, thickness by circulation (F)");
        ui.checkbox(&mut view.strokes, "Strokes").on_hover_text(
            "Dashes along filaments that were drawn and have become ellipses: the flow carries and stretches them",
        );
    });
    ui.horizontal(|ui| {
        ui.checkbox(&mut view.tracers, "Tracer dye").on_hover_text("Particles carried by the flow (T)");
        ui.add_enabled(view.tracers, egui::Checkbox::new(&mut view.trails, "Trails"))
            .on_hover_text("One particle of 24 is shown, with a trail that fades over some forty steps (H)")
            .on_disabled_hover_text("Trails are of the dye, which is off (T)");
    });
}

/// The key of a command, as text.
fn key(command: Command) -> String {
    entry_of(command).and_then(|entry| entry.keys.first()).map_or_else(String::new, |key| key.text())
}

/// Two columns of names.
fn pictures(ui: &mut Ui, view: &mut ViewModel) {
    ui.spacing_mut().item_spacing.y = 2.0;
    let width = (ui.available_width() - ui.spacing().item_spacing.x) / 2.0;
    for row in Picture::ALL.chunks(2) {
        ui.horizontal(|ui| {
            for picture in row {
                let there = *picture != Picture::Residual || view.has_residual;
                let chosen = view.picture == *picture;
                let button = Button::selectable(chosen, picture.name()).truncate().min_size(vec2(width, 21.0));
                let response = ui.add_enabled(there, button);
                let unit = if picture.unit().is_empty() { "a plain number" } else { picture.unit() };
                let response = response
                    .on_hover_text(format!("{}\n{} ({})", picture.help(), unit, key(Command::Show(*picture))))
                    .on_disabled_hover_text(NO_RESIDUAL);
                if response.clicked() {
                    view.choose(*picture);
                }
            }
        });
    }
    ui.spacing_mut().item_spacing.y = 5.0;
}

/// The maps that fit, each with its colours.
fn colormap(ui: &mut Ui, view: &mut ViewModel) {
    labelled(ui, "Colour map", |ui, name| {
        let list = egui::ComboBox::from_id_salt("colour map").width(116.0).selected_text(&view.colormap);
        let response = list.show_ui(ui, |ui| {
            for map in view.picture.sort().maps() {
                ui.horizontal(|ui| {
                    swatch(ui, map);
                    ui.selectable_value(&mut view.colormap, map.name().into(), map.name());
                });
            }
        });
        let tip = format!("Diverging for values with a sign, sequential for sizes ({})", key(Command::NextMap));
        response.response.labelled_by(name).on_hover_text(tip);
        if let Some(map) = Colormap::by_name(&view.colormap) {
            swatch(ui, map);
        }
    });
}

/// A strip of a map's colours.
fn swatch(ui: &mut Ui, map: Colormap) {
    let (rect, _) = ui.allocate_exact_size(vec2(52.0, 10.0), Sense::hover());
    let mut mesh = Mesh::default();
    let columns = 32;
    for i in 0..=columns {
        let [r, g, b] = map.table()[i * 255 / columns];
        let x = egui::lerp(rect.left()..=rect.right(), i as f32 / columns as f32);
        mesh.colored_vertex(pos2(x, rect.top()), Color32::from_rgb(r, g, b));
        mesh.colored_vertex(pos2(x, rect.bottom()), Color32::from_rgb(r, g, b));
        if i > 0 {
            let v = 2 * i as u32;
            mesh.add_triangle(v - 2, v - 1, v);
            mesh.add_triangle(v - 1, v, v + 1);
        }
    }
    ui.painter().add(mesh);
}

/// Limit and who chooses it; three colours, and a residual, have a range of their own.
fn range(ui: &mut Ui, view: &mut ViewModel) {
    let own = matches!(view.picture, Picture::Carrier | Picture::Residual);
    labelled(ui, "Range", |ui, name| {
        if own {
            let words = if view.picture == Picture::Carrier { "−1, 0, +1" } else { "its largest size" };
            ui.label(RichText::new(words).color(theme::of(ui).text))
                .on_hover_text("This picture has a range of its own");
            return;
        }
        let Range { mode, limit, .. } = &mut view.range;
        let digits = theme::number(*limit);
        let value = DragValue::new(limit).range(1e-6..=1e6).speed(0.02).custom_formatter(move |_, _| digits.clone());
        let value = ui
            .add_sized([60.0, 20.0], value)
            .labelled_by(name)
            .on_hover_text("The value of the last colour; editing fixes the range");
        if value.changed() {
            *mode = RangeMode::Fixed;
        }
        let list = egui::ComboBox::from_id_salt("range").width(70.0).selected_text(mode.word());
        let response = list.show_ui(ui, |ui| {
            for choice in [RangeMode::Follow, RangeMode::Once, RangeMode::Fixed] {
                ui.selectable_value(mode, choice, choice.word());
            }
        });
        response
            .response
            .labelled_by(name)
            .on_hover_text("follow: smoothed with the field; once: the scene's first field; fixed: by hand");
    });
}

/// Arrows, a texture, or neither.
fn lines(ui: &mut Ui, view: &mut ViewModel) {
    labelled(ui, "Flow", |ui, _| {
        // Right to left.
        for choice in Lines::ALL.into_iter().rev() {
            let tip = format!("{} ({})", meaning_of_lines(choice), key(Command::NextLines));
            ui.selectable_value(&mut view.lines, choice, choice.name()).on_hover_text(tip);
        }
        if view.lines == Lines::Lic {
            ui.checkbox(&mut view.lines_move, "moving")
                .on_hover_text("The texture runs along the flow while time passes");
        }
    });
}

fn meaning_of_lines(lines: Lines) -> &'static str {
    match lines {
        Lines::None => "none: nothing says where the flow goes",
        Lines::Arrows => {
            "arrows: velocity on a lattice; an arrow is as long as the flow is fast, at most 2.2 times the usual"
        }
        Lines::Lic => "LIC: a texture of flow lines, noise smeared along the velocity; directions, not values",
    }
}

/// What the colour of a line says.
fn filament_color(ui: &mut Ui, choice: &mut FilamentColor) {
    ui.horizontal(|ui| {
        let name = ui.label(RichText::new("Filament colours").color(theme::of(ui).quiet));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let list = egui::ComboBox::from_id_salt("filament colours").width(70.0).selected_text(choice.name());
            let response = list.show_ui(ui, |ui| {
                for color in FilamentColor::ALL {
                    ui.selectable_value(choice, color, color.name()).on_hover_text(meaning(color));
                }
            });
            let tip = format!("{} (C)", meaning(*choice));
            response.response.labelled_by(name.id).on_hover_text(tip);
        });
    });
}

fn meaning(color: FilamentColor) -> &'static str {
    match color {
        FilamentColor::Sign => "sign: warm turns counter-clockwise, cool clockwise",
        FilamentColor::Twist => {
            "twist: how far a line across the filament leans along it, green -90°, grey 0, pink 90°; summed up while the parameter twist is on"
        }
        FilamentColor::Core => {
            "core: green thinned to a quarter of the atom's core, grey as it, pink four times; changes while the parameter stretch is on"
        }
    }
}

/// A name at the left, which names the widgets at the right, too.
fn labelled(ui: &mut Ui, name: &str, content: impl FnOnce(&mut Ui, egui::Id)) {
    ui.horizontal(|ui| {
        let name = ui.label(RichText::new(name).color(theme::of(ui).quiet)).id;
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| content(ui, name));
    });
}
