//! The panels, one a file, and how they share the window. No GPU here.

pub mod banner;
pub mod beside;
pub mod canvas;
pub mod choice;
pub mod colorbar;
pub mod device;
pub mod edit;
pub mod encode;
pub mod export;
pub mod files;
pub mod frames;
pub mod gallery;
pub mod ghost;
pub mod help;
pub mod hint;
pub mod icon;
pub mod invariants;
pub mod kernel;
pub mod lab;
pub mod mdl;
pub mod menu;
pub mod notices;
pub mod operators;
pub mod parameters;
pub mod paths;
pub mod performance;
pub mod picked;
pub mod plot;
pub mod rescue;
pub mod residual;
pub mod scene;
pub mod scene_row;
pub mod status;
pub mod tabs;
pub mod theme;
pub mod timeline;
pub mod usage;
pub mod view;

use egui::{Frame, Margin, Panel, ScrollArea, Ui};

use crate::app::{
    command::Press,
    model::{Ask, Model, Tab},
};

/// A window narrower than this starts without the right panel.
pub const WIDE: f32 = 1080.0;

/// The whole window, from its edges inwards.
pub fn show(ui: &mut Ui, model: &mut Model, now_s: f64) {
    // The right panel gives way when the window becomes narrow, and comes back with the room.
    let wide = ui.content_rect().width() >= WIDE;
    if wide != model.panels.wide {
        (model.panels.wide, model.panels.right) = (wide, wide);
    }
    theme::choose(ui, model.panels.dark);
    let asked = is_asking(model);
    model.settle_picture();
    drops(ui, model);
    banner::show(ui, &model.device, model.rescue.safe_mode.as_deref());
    if !model.panels.clean {
        let strip = Frame::new().fill(theme::of(ui).panel).inner_margin(Margin::symmetric(10, 4));
        Panel::top("menu").frame(strip).show(ui, |ui| menu::show(ui, model));
        Panel::bottom("status").frame(strip).show(ui, |ui| status::show(ui, model));
        Panel::bottom("timeline").frame(strip).show(ui, |ui| timeline::show(ui, model));
        sides(ui, model);
    }
    egui::CentralPanel::no_frame().show(ui, |ui| canvas::show(ui, model));
    if !model.panels.clean && model.kernel.shown().is_none() {
        hint::show(ui, model.canvas, &mut model.panels.hint);
    }
    notices::show(ui, model, now_s);
    paths::show(ui, &mut model.dialogs.typed, &mut model.asks);
    gallery::show(ui, model);
    help::show(ui, model);
    if asked && !is_asking(model) {
        // The text that had the focus is gone: what is pressed next is a shortcut, were it in the very next frame.
        ui.memory_mut(|memory| memory.stop_text_input());
    }
}

/// Whether a window with a text to type lies over the rest.
fn is_asking(model: &Model) -> bool {
    model.dialogs.typed.is_some() || model.panels.palette.is_some()
}

/// Shortcuts of the command table, unless something is being typed.
pub fn keys(ui: &Ui, model: &mut Model) {
    let typing = ui.egui_wants_keyboard_input();
    let held = &mut model.keys_held;
    let asks = ui.input(|input| {
        let command = |event: &egui::Event| match event {
            egui::Event::Key { key, physical_key, pressed, modifiers, .. } => {
                let press = Press { key: *key, physical: *physical_key, modifiers: *modifiers };
                (held.first(&press, *pressed) && !typing).then(|| press.command()).flatten()
            }
            egui::Event::WindowFocused(false) => {
                held.forget();
                None
            }
            _ => None,
        };
        input.events.iter().filter_map(command).map(Ask::Command).collect::<Vec<_>>()
    });
    model.asks.extend(asks);
}

/// Files dropped on the window.
fn drops(ui: &Ui, model: &mut Model) {
    let paths = ui.input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect::<Vec<_>>());
    model.asks.extend(paths.into_iter().map(Ask::Drop));
}

fn sides(ui: &mut Ui, model: &mut Model) {
    let frame = Frame::new().fill(theme::of(ui).panel).inner_margin(Margin { left: 12, right: 4, top: 2, bottom: 2 });
    let scroll = || ScrollArea::vertical().auto_shrink(false).content_margin(Margin { right: 10, ..Margin::ZERO });
    let own_step = model.own_step();
    let Model { panels, asks, params, home, scenes, scene, view, gallery, files, .. } = model;
    let left = Panel::left("left").frame(frame).default_size(308.0).min_size(300.0).max_size(420.0);
    left.show_collapsible(ui, &mut panels.left, |ui| {
        scroll().show(ui, |ui| {
            scene::show(ui, scenes, scene, asks);
            gallery::strip(ui, scenes, scene, gallery, &view.colors, asks);
            view::show(ui, view);
            parameters::show(ui, params, home, own_step, asks);
            files::show(ui, files, asks);
        });
    });
    let right = Panel::right("right").frame(frame).default_size(256.0).min_size(220.0).max_size(420.0);
    let mut open = model.panels.right;
    right.show_collapsible(ui, &mut open, |ui| {
        scroll().show(ui, |ui| {
            tabs::show(ui, &mut model.panels.tab);
            match model.panels.tab {
                Tab::Kernel => kernel::show(ui, model),
                Tab::Lab => lab::show(ui, model),
                Tab::Length => mdl::show(ui, model),
                Tab::Edit => edit::show(ui, model),
                Tab::Export => export::show(ui, model),
                Tab::Encode => {
                    let shown = model.residual().is_some();
                    encode::show(ui, &mut model.encode, shown, &mut model.asks);
                }
                Tab::Performance => {
                    // Above what grows and shrinks, so that it stays where the hand expects it.
                    operators::show(ui, &model.operators, &mut model.asks);
                    performance::show(ui, &model.rates, &model.readout);
                    frames::show(ui, &model.frames, &mut model.asks);
                    usage::show(ui, &model.usage);
                    ui.add_space(10.0);
                }
                Tab::Invariants => invariants::show(ui, model),
                Tab::Device => device::show(ui, &model.device, &mut model.asks),
            }
        });
    });
    model.panels.right = open;
}
