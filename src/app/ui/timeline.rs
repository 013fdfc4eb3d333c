//! Time along the foot of the window: run, pause, step, saves to wind back to, a time to run to, speed.

use egui::{Button, ComboBox, DragValue, Rect, RichText, Sense, Stroke, Ui, pos2, vec2};

use crate::app::{
    command::{Command, entry_of},
    model::{Ask, Model, SPEEDS, TimeAsk, TimelineModel},
    run::clock::RunState,
    ui::{
        icon::{self, Icon},
        theme,
    },
};

/// The strip.
pub fn show(ui: &mut Ui, model: &mut Model) {
    ui.horizontal(|ui| {
        transport(ui, model);
        let wide = ui.available_width() > 560.0;
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if wide {
                branches(ui, &model.timeline, &mut model.asks);
            }
            speed(ui, &model.timeline, &mut model.asks);
            target(ui, &mut model.timeline, &mut model.asks);
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| track(ui, model));
        });
    });
}

/// Help of a command with its keys.
fn tip(command: Command) -> String {
    entry_of(command).map_or(String::new(), |row| {
        let keys: Vec<String> = row.keys.iter().map(|key| key.text()).collect();
        format!("{} ({})", row.help, keys.join(" or "))
    })
}

fn transport(ui: &mut Ui, model: &mut Model) {
    let running = model.run == RunState::Running;
    let run = if running { "Pause" } else { "Resume" };
    let sign = if running { Icon::Pause } else { Icon::Play };
    for (name, command, sign) in [
        ("Wind back", Command::Rewind, Icon::Back),
        (run, Command::TogglePause, sign),
        ("Wind forth", Command::Forward, Icon::Forth),
    ] {
        let main = command == Command::TogglePause;
        let size = if main { vec2(84.0, 24.0) } else { vec2(28.0, 24.0) };
        let text = if main { format!("      {name}") } else { String::new() };
        let response = ui.add(Button::new(text).min_size(size).fill(theme::of(ui).raised));
        let at = if main { response.rect.left_center() + vec2(15.0, 0.0) } else { response.rect.center() };
        icon::paint(ui, sign, Rect::from_center_size(at, egui::Vec2::splat(10.0)), theme::of(ui).bright);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, name));
        if response.on_hover_text(tip(command)).clicked() {
            model.asks.push(Ask::Command(command));
        }
    }
    for (name, command) in [("1 step", Command::StepOne), ("10 steps", Command::StepTen)] {
        let button = Button::new(name).min_size(vec2(56.0, 24.0)).fill(theme::of(ui).raised);
        if ui.add(button).on_hover_text(tip(command)).clicked() {
            model.asks.push(Ask::Command(command));
        }
    }
}

/// Saves as ticks along time; a drag winds to them.
fn track(ui: &mut Ui, model: &mut Model) {
    let width = ui.available_width();
    if width < 60.0 {
        return;
    }
    let colors = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(width, 24.0), Sense::click_and_drag());
    let line = rect.shrink2(vec2(8.0, 0.0));
    let timeline = &model.timeline;
    let now = model.readout.time;
    let first = timeline.saves.first().map_or(now, |save| save.1);
    let mut last = timeline.saves.last().map_or(now, |save| save.1).max(now);
    if timeline.seekable {
        last = last.max(first + 10.0).max(first + 1.25 * (now - first));
    }
    let x_of = |t: f64| {
        let share = if last > first { (t - first) / (last - first) } else { 0.0 };
        line.left() + share.clamp(0.0, 1.0) as f32 * line.width()
    };
    let painter = ui.painter();
    painter.line_segment([line.left_center(), line.right_center()], Stroke::new(3.0, colors.raised));
    painter.line_segment([line.left_center(), pos2(x_of(now), line.center().y)], Stroke::new(3.0, colors.accent));
    for (_, time) in &timeline.saves {
        let x = x_of(*time);
        painter.line_segment(
            [pos2(x, line.center().y + 5.0), pos2(x, line.center().y + 8.0)],
            Stroke::new(1.0, colors.quiet),
        );
    }
    painter.circle(pos2(x_of(now), line.center().y), 5.5, colors.bright, Stroke::new(1.0, colors.ground));
    let words = format!("Time {now:.2}, saves from {first:.2} to {last:.2}");
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Slider, true, &words));
    let mut ask = None;
    if response.has_focus() {
        ask = ui.input(|input| match () {
            () if input.key_pressed(egui::Key::ArrowLeft) => Some(Ask::Command(Command::Rewind)),
            () if input.key_pressed(egui::Key::ArrowRight) => Some(Ask::Command(Command::Forward)),
            () => None,
        });
    }
    if (response.clicked() || response.dragged())
        && let Some(at) = response.interact_pointer_pos()
    {
        let time = first + f64::from((at.x - line.left()) / line.width()) * (last - first);
        let nearest = || {
            let far = |i: &usize| (timeline.saves[*i].1 - time).abs();
            (0..timeline.saves.len()).min_by(|a, b| far(a).total_cmp(&far(b)))
        };
        ask = match nearest() {
            _ if timeline.seekable => Some(Ask::Time(TimeAsk::Seek(time.max(first)))),
            // The save that is shown already is not asked for again while the hand rests on it.
            Some(index) if timeline.saves[index].0 != model.readout.step => Some(Ask::Time(TimeAsk::Rewind(index))),
            _ => None,
        };
    }
    model.asks.extend(ask);
    let kind = if timeline.seekable { "any time is known at once" } else { "drag to wind back to a save ([ and ])" };
    response.on_hover_text(format!("{} saves; {kind}", timeline.saves.len()));
}

fn target(ui: &mut Ui, timeline: &mut TimelineModel, asks: &mut Vec<Ask>) {
    let running = timeline.running_to.is_some();
    let text = if timeline.seekable { "Go" } else { "Run" };
    let go = ui.add(Button::new(text).min_size(vec2(36.0, 24.0)).fill(theme::of(ui).raised).selected(running));
    go.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Run to this time"));
    if go
        .on_hover_text("Runs on to this time and pauses there; a linear kernel without atoms is there at once")
        .clicked()
    {
        asks.push(Ask::Time(TimeAsk::RunTo(timeline.target)));
    }
    let editor = DragValue::new(&mut timeline.target).range(0.0..=1e9).speed(0.1).max_decimals(3);
    let response = ui.add_sized([64.0, 22.0], editor);
    let label = ui.label(RichText::new("to t").color(theme::of(ui).quiet));
    response.labelled_by(label.id).on_hover_text("Simulated time to run to, from 0");
}

fn speed(ui: &mut Ui, timeline: &TimelineModel, asks: &mut Vec<Ask>) {
    let word = |speed: f64| if speed < 1.0 { format!("1/{:.0}×", 1.0 / speed) } else { format!("{speed:.0}×") };
    let list = ComboBox::from_id_salt("speed").width(58.0).selected_text(word(timeline.speed));
    let response = list.show_ui(ui, |ui| {
        for speed in SPEEDS {
            if ui.selectable_label(timeline.speed == speed, word(speed)).clicked() {
                asks.push(Ask::Time(TimeAsk::Speed(speed)));
            }
        }
    });
    let text = format!("Steps a frame; below 1 slow motion. {} {}", tip(Command::Faster), tip(Command::Slower));
    response
        .response
        .on_hover_text(text)
        .widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, "Steps a frame"));
}

fn branches(ui: &mut Ui, timeline: &TimelineModel, asks: &mut Vec<Ask>) {
    let name = timeline.branches.get(timeline.branch).cloned().unwrap_or_else(|| "main".into());
    let short = name.split(" (").next().unwrap_or(&name).to_owned();
    let list = ComboBox::from_id_salt("branch").width(86.0).selected_text(short);
    let response = list.show_ui(ui, |ui| {
        for (index, name) in timeline.branches.iter().enumerate() {
            ui.horizontal(|ui| {
                if ui.selectable_label(index == timeline.branch, name).clicked() && index != timeline.branch {
                    asks.push(Ask::Time(TimeAsk::Switch(index)));
                }
                if index != timeline.branch
                    && ui.small_button("beside").on_hover_text("Beside this one, as it was at this time").clicked()
                {
                    asks.push(Ask::Time(TimeAsk::Beside(index)));
                }
            });
        }
        if ui.button("Copy beside").on_hover_text(tip(Command::BranchBeside)).clicked() {
            asks.push(Ask::Command(Command::BranchBeside));
        }
    });
    let text = "Courses of events: wind back and let time pass, and a new one begins";
    response
        .response
        .on_hover_text(text)
        .widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, "Branch"));
}
