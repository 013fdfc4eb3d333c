//! Keys and mouse in one window, and the command palette; both read the command table.

use egui::{Key, RichText, ScrollArea, TextEdit, Ui};

use crate::{
    app::{
        command::{Command, Menu, TABLE},
        model::{Ask, Model},
        ui::{
            icon::{self, Icon},
            menu, theme,
        },
    },
    params::{AUTO, ParamInfo},
};

/// Mouse gestures on the canvas.
pub const MOUSE: [(&str, &str); 8] = [
    ("Left drag", "draw a + filament"),
    ("Right drag, Shift drag", "draw a − filament"),
    ("Wheel while drawing", "core radius"),
    ("Click", "drop a round vortex"),
    ("Wheel, pinch", "zoom about the cursor"),
    ("Two fingers", "pan"),
    ("Middle or Space drag", "pan"),
    ("Escape", "give up a stroke"),
];

/// Whichever of the two is open.
pub fn show(ui: &mut Ui, model: &mut Model) {
    if model.panels.help {
        let modal = egui::Modal::new(egui::Id::unique("help")).show(ui.ctx(), |ui| {
            ui.set_width(560.0);
            ui.set_max_height(ui.content_rect().height() - 80.0);
            let mut close = false;
            ui.horizontal(|ui| {
                ui.label(RichText::new("Keys and mouse").heading().color(theme::of(ui).bright));
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    close = icon::button(ui, Icon::Close, "Close", true).clicked();
                });
            });
            ScrollArea::vertical().max_height(ui.content_rect().height() - 130.0).show(ui, |ui| {
                theme::heading(ui, "Mouse on the canvas");
                MOUSE.iter().for_each(|(gesture, what)| line(ui, gesture, what));
                for menu in Menu::ALL {
                    let with_keys = || TABLE.iter().filter(move |row| row.menu == menu && !row.keys.is_empty());
                    if with_keys().next().is_some() {
                        theme::heading(ui, menu.label());
                    }
                    for row in with_keys() {
                        let keys: Vec<String> = row.keys.iter().map(|key| key.text()).collect();
                        line(ui, &keys.join("  or  "), row.help);
                    }
                }
            });
            close
        });
        if modal.inner || modal.should_close() {
            model.panels.help = false;
        }
    }
    palette(ui, model);
}

fn line(ui: &mut Ui, keys: &str, what: &str) {
    ui.horizontal(|ui| {
        let size = egui::vec2(170.0, 18.0);
        ui.allocate_ui_with_layout(size, egui::Layout::left_to_right(egui::Align::Center), |ui| {
            ui.set_min_width(size.x);
            ui.label(RichText::new(keys).monospace().color(theme::of(ui).bright));
        });
        ui.add(egui::Label::new(RichText::new(what).color(theme::of(ui).text)).truncate());
    });
}

/// Commands whose label or help contains every typed word.
pub fn search(typed: &str) -> Vec<Command> {
    let words: Vec<String> = typed.split_whitespace().map(str::to_lowercase).collect();
    let fits = |text: String| words.iter().all(|word| text.contains(word.as_str()));
    let rows = TABLE.iter().filter(|row| fits(format!("{} {}", row.label, row.help).to_lowercase()));
    rows.map(|row| row.command).filter(|command| *command != Command::Palette).collect()
}

/// What `name value` or `name = value` sets: a parameter of the table and a value in its range, or [`AUTO`] for a step
/// that the program is to choose.
pub fn assignment(typed: &str) -> Option<Result<(&'static str, f64), String>> {
    let mut words = typed.split(|c: char| c.is_whitespace() || c == '=').filter(|word| !word.is_empty());
    let info = ParamInfo::named(&words.next()?.replace('-', "_"))?;
    let value = words.next()?;
    if words.next().is_some() {
        return None;
    }
    if info.auto_at_start() && value.eq_ignore_ascii_case("auto") {
        return Some(Ok((info.name, AUTO)));
    }
    let number = info.of_word(value).or_else(|| value.parse().ok()).filter(|x| info.allows(*x));
    Some(number.map(|x| (info.name, x)).ok_or_else(|| format!("{}: {}, found {value}", info.name, info.said_range())))
}

fn palette(ui: &mut Ui, model: &mut Model) {
    let Some(mut typed) = model.panels.palette.take() else { return };
    let mut chosen = None;
    let mut set = None;
    let modal = egui::Modal::new(egui::Id::unique("palette")).show(ui.ctx(), |ui| {
        ui.set_width(420.0);
        let edit = ui.add(
            TextEdit::singleline(&mut typed)
                .desired_width(f32::INFINITY)
                .hint_text("A command, or a parameter and its value: k_cut 12"),
        );
        edit.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, "Command"));
        let assigned = assignment(&typed);
        match &assigned {
            Some(Ok((name, value))) => {
                let word = ParamInfo::named(name).and_then(|info| info.word(*value));
                let value_words = word.map_or_else(|| value.to_string(), str::to_owned);
                let text = RichText::new(format!("Set {name} to {value_words}")).color(theme::of(ui).bright);
                let button = egui::Button::new(text).min_size(egui::vec2(400.0, 24.0));
                if ui.add(button).clicked() {
                    set = Some((*name, *value));
                }
            }
            Some(Err(why)) => {
                ui.label(RichText::new(why).small().color(theme::of(ui).warn));
            }
            None => {}
        }
        let entered = edit.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if let (true, Some(Ok((name, value)))) = (entered, &assigned) {
            set = Some((*name, *value));
        } else if entered {
            chosen = search(&typed).into_iter().find(|command| menu::is_enabled(*command, model));
        }
        edit.request_focus();
        ScrollArea::vertical().max_height(300.0).auto_shrink([false, true]).show(ui, |ui| {
            for row in TABLE.iter().filter(|row| search(&typed).contains(&row.command)) {
                let keys = row.keys.first().map(|key| key.text()).unwrap_or_default();
                let button = egui::Button::new(row.label).shortcut_text(keys).min_size(egui::vec2(400.0, 24.0));
                let enabled = menu::is_enabled(row.command, model);
                if ui.add_enabled(enabled, button.frame_when_inactive(false)).on_hover_text(row.help).clicked() {
                    chosen = Some(row.command);
                }
            }
        });
    });
    if let Some((name, value)) = set {
        if value == AUTO && ParamInfo::named(name).is_some_and(ParamInfo::auto_at_start) {
            model.asks.push(Ask::AutoDt);
            return;
        }
        // The value lies in the row's range.
        let _kept = model.params.set(name, value);
        return;
    }
    match chosen {
        Some(command) => model.asks.push(Ask::Command(command)),
        None if modal.should_close() => {}
        None => model.panels.palette = Some(typed),
    }
}
