//! What leaves the window: pictures, recordings, figures, fields for NumPy and matplotlib.

use egui::{Button, ComboBox, DragValue, ProgressBar, Response, RichText, TextEdit, Ui};

use crate::{
    app::{
        command::{Command, entry_of},
        model::{Ask, ExportJob, ExportModel, Model, Preset},
        ui::theme,
    },
    io::movie::Format,
};

/// Sides of exported fields.
const SIDES: [u32; 7] = [64, 128, 256, 512, 1024, 2048, 4096];

/// The whole tab.
pub fn show(ui: &mut Ui, model: &mut Model) {
    let pixels = ui.pixels_per_point();
    let canvas_px = [model.canvas.width(), model.canvas.height()].map(|n| (n * pixels).round().max(1.0) as u32);
    let (export, asks) = (&mut model.export, &mut model.asks);
    theme::heading(ui, "Picture");
    size(ui, export, canvas_px);
    around(ui, export);
    let refusal = export.framed(canvas_px).err().map(|e| e.to_string());
    command(ui, asks, "Export frame…", Command::ExportFrame, refusal.is_none());
    if let Some(why) = refusal {
        ui.add(egui::Label::new(RichText::new(why).small().color(theme::of(ui).warn)).wrap());
    }
    match export.job.clone() {
        Some(job) => progress(ui, &job, asks),
        None => recording(ui, export, asks),
    }
    figure(ui, export, asks);
    field(ui, export, asks);
    theme::heading(ui, "State");
    command(ui, asks, "Export state…", Command::SaveState, true);
    ui.add_space(4.0);
    ui.checkbox(&mut export.sidecar, "JSON beside each file")
        .on_hover_text("Version, adapter, scene, step, every parameter and the view, as NAME.json beside the file");
    ui.add_space(10.0);
}

/// A button of the command table.
fn command(ui: &mut Ui, asks: &mut Vec<Ask>, label: &str, command: Command, enabled: bool) {
    let entry = entry_of(command);
    let help = entry.map_or("", |entry| entry.help);
    let key = entry.and_then(|entry| entry.keys.first()).map_or(String::new(), |key| format!(" ({})", key.text()));
    if ui.add_enabled(enabled, Button::new(label)).on_hover_text(format!("{help}{key}")).clicked() {
        asks.push(Ask::Command(command));
    }
}

/// A name at the left and a widget at the right, which is named by it.
fn named(ui: &mut Ui, name: &str, help: &str, widget: impl FnOnce(&mut Ui) -> Response) {
    ui.horizontal(|ui| {
        let label = ui.label(RichText::new(name).color(theme::of(ui).quiet));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            widget(ui).labelled_by(label.id).on_hover_text(help);
        });
    });
}

fn size(ui: &mut Ui, export: &mut ExportModel, canvas_px: [u32; 2]) {
    named(ui, "Size", "Width and height of pictures and movies; they are decoded at that size", |ui| {
        let list = ComboBox::from_id_salt("export size").width(112.0).selected_text(export.preset.title());
        let shown = list.show_ui(ui, |ui| {
            for preset in Preset::ALL {
                ui.selectable_value(&mut export.preset, preset, preset.title());
            }
        });
        shown.response
    });
    let most = export.limit.max(16);
    if export.preset == Preset::Custom {
        let [width, height] = &mut export.custom;
        for (name, side) in [("Width", width), ("Height", height)] {
            let help = format!("Pixels, 16 to {most} on this device");
            named(ui, name, &help, |ui| ui.add(DragValue::new(side).range(16..=most).speed(4.0).suffix(" px")));
        }
    } else {
        let [width, height] = export.size(canvas_px);
        theme::row(ui, "Pixels", &format!("{width} × {height}"));
    }
}

fn around(ui: &mut Ui, export: &mut ExportModel) {
    ui.horizontal_wrapped(|ui| {
        for (on, name, help) in [
            (&mut export.axes, "Axes", "x and y around the picture, in fractions of π or decimals"),
            (&mut export.bar, "Colour bar", "What the colours mean, at the right of the picture"),
            (&mut export.time, "Time", "Time and step above the picture"),
            (&mut export.paper, "White ground", "White around the picture, for print; dark otherwise"),
        ] {
            ui.checkbox(on, name).on_hover_text(help);
        }
    });
}

fn recording(ui: &mut Ui, export: &mut ExportModel, asks: &mut Vec<Ask>) {
    theme::heading(ui, "Recording");
    let help = "mp4 needs an installed ffmpeg; animated PNG keeps every colour, GIF 256 of them";
    named(ui, "Format", help, |ui| {
        let list = ComboBox::from_id_salt("movie format").width(112.0).selected_text(export.format.title());
        let shown = list.show_ui(ui, |ui| {
            for format in Format::ALL {
                ui.selectable_value(&mut export.format, format, format.title());
            }
        });
        shown.response
    });
    let help = "Simulated steps from one frame to the next, 1 to 100000; none is lost, the run waits for the encoder";
    named(ui, "Every", help, |ui| {
        ui.add(DragValue::new(&mut export.stride).range(1..=100_000).speed(0.1).suffix(" steps"))
    });
    named(ui, "Pace", "Frames a second when the movie is played, 1 to 240", |ui| {
        ui.add(DragValue::new(&mut export.rate).range(1.0..=240.0).speed(0.2).max_decimals(3).suffix(" frames/s"))
    });
    let help = "How many frames, 1 to 10000000";
    ui.add_enabled_ui(!export.endless, |ui| {
        named(ui, "Frames", help, |ui| ui.add(DragValue::new(&mut export.frames).range(1..=10_000_000)));
    });
    ui.checkbox(&mut export.endless, "Until stopped").on_hover_text("Record until Stop is pressed");
    if !export.endless {
        let seconds = export.frames as f64 / export.rate.max(1e-9);
        theme::row(ui, "Length when played", &format!("{seconds:.1} s"));
    }
    command(ui, asks, "Record…", Command::Record, true);
}

/// How far a recording is, and the two ways to end it.
fn progress(ui: &mut Ui, job: &ExportJob, asks: &mut Vec<Ask>) {
    theme::heading(ui, "Recording");
    let name = job.path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    theme::row(ui, job.what, &name).on_hover_text(job.path.display().to_string());
    let text = match job.wanted {
        Some(wanted) => format!("{} of {wanted} frames", job.frames),
        None => format!("{} frames", job.frames),
    };
    let share = job.wanted.map_or(0.0, |wanted| job.frames as f32 / wanted.max(1) as f32);
    ui.add(ProgressBar::new(share).text(text));
    theme::row(ui, "On the disk", &format!("{:.1} MB", job.bytes as f64 / 1e6));
    theme::row_measured(ui, "Written", job.rate.map(|rate| format!("{rate:.1} frames/s")));
    let state = match (job.finishing, job.waiting) {
        (true, _) => "The file is being completed.",
        (false, true) => "The run waits for the encoder; no step is lost.",
        (false, false) => "Space pauses; what is recorded stays in step.",
    };
    ui.add(egui::Label::new(RichText::new(state).small().color(theme::of(ui).quiet)).wrap());
    ui.horizontal(|ui| {
        command(ui, asks, "Stop", Command::Record, !job.finishing);
        command(ui, asks, "Cancel", Command::CancelRecording, true);
    });
}

fn figure(ui: &mut Ui, export: &mut ExportModel, asks: &mut Vec<Ask>) {
    theme::heading(ui, "Figure for papers");
    let [width, height] = &mut export.inches;
    for (name, side) in [("Width", width), ("Height", height)] {
        named(ui, name, "Inches on paper, 2 to 20; text is 9 point", |ui| {
            ui.add(DragValue::new(side).range(2.0..=20.0).speed(0.02).max_decimals(2).suffix(" in"))
        });
    }
    named(ui, "Resolution", "Dots an inch, 72 to 1200", |ui| {
        ui.add(DragValue::new(&mut export.dots).range(72.0..=1200.0).speed(1.0).max_decimals(0).suffix(" dpi"))
    });
    named(ui, "Title", "A line above the figure; none for an empty one", |ui| {
        ui.add(TextEdit::singleline(&mut export.title).desired_width(120.0))
    });
    ui.checkbox(&mut export.figure_time, "Time above it").on_hover_text("t = … above the figure");
    let refusal = export.figure().err().map(|e| e.to_string());
    command(ui, asks, "Export figure…", Command::ExportFigure, refusal.is_none());
    if let Some(why) = refusal {
        ui.add(egui::Label::new(RichText::new(why).small().color(theme::of(ui).warn)).wrap());
    }
}

fn field(ui: &mut Ui, export: &mut ExportModel, asks: &mut Vec<Ask>) {
    theme::heading(ui, "Field for NumPy");
    named(ui, "Grid", "Nodes along a side of the box", |ui| {
        let list = ComboBox::from_id_salt("field side").width(112.0).selected_text(format!("{0} × {0}", export.side));
        let shown = list.show_ui(ui, |ui| {
            for side in SIDES {
                ui.selectable_value(&mut export.side, side, format!("{side} × {side}"));
            }
        });
        shown.response
    });
    command(ui, asks, "Export field…", Command::ExportField, true);
    ui.add_space(2.0);
    command(ui, asks, "Copy as matplotlib", Command::CopyPlot, true);
    command(ui, asks, "Save script…", Command::SavePlot, true);
}
