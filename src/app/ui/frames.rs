//! Where frames spend their time: GPU time by stage, one on top of the other, and the CPU's.

use egui::{Color32, RichText, Ui};
use egui_plot::{HoverPosition, Line, PlotPoints};

use crate::app::{
    model::table::Table,
    model::{Ask, frames::FrameLog},
    ui::{invariants::titled, plot, theme},
};

/// Stages with a colour of their own; the rest share one.
const OWN: usize = 5;

/// The stacked history.
pub fn show(ui: &mut Ui, log: &FrameLog, asks: &mut Vec<Ask>) {
    titled(ui, asks, Table::Frames);
    theme::row_measured(ui, "CPU, mean", log.mean_cpu_ms().map(|ms| format!("{ms:.2} ms")))
        .on_hover_text("From input to present, waits for the display among it, over the last 300 frames");
    theme::row_measured(ui, "GPU, mean", log.mean_gpu_ms().map(|ms| format!("{ms:.2} ms")))
        .on_hover_text("Sum of all stages of a timed frame; where a frame takes several steps, the last is timed");
    if log.frames().next().is_none() {
        return;
    }
    let layers = layers(log);
    let colors = theme::of(ui);
    let hues: Vec<Color32> = (0..layers.len()).map(|i| theme::hue(ui, i)).collect();
    let hover = |at: &HoverPosition<'_>| match at {
        HoverPosition::NearDataPoint { plot_name, position, .. } => {
            Some(format!("{plot_name}\nframe {:.0}\n{:.2} ms", position.x, position.y))
        }
        HoverPosition::Elsewhere { position } => Some(format!("{:.2} ms", position.y)),
    };
    let name = Table::Frames.title();
    let stack = plot::calm(ui, name, plot::HEIGHT).include_y(0.0).label_formatter(hover);
    let drawn = stack.show(ui, |plot| {
        // The whole stack first: each layer covers the lower part of the one before.
        for (i, layer) in layers.iter().enumerate().rev() {
            let line = Line::new(layer.name.clone(), PlotPoints::from(layer.tops.clone()));
            plot.line(line.color(hues[i]).width(0.5).fill(0.0).fill_alpha(1.0));
        }
        if let Some(top) = layers.last() {
            let total = Line::new("GPU, all stages", PlotPoints::from(top.tops.clone()));
            plot.line(total.color(colors.bright).width(1.0));
        }
        let cpu: Vec<[f64; 2]> = log.frames().map(|frame| [frame.number as f64, frame.cpu_ms]).collect();
        plot.line(Line::new("CPU, frame", PlotPoints::from(cpu)).color(colors.warn).width(1.0));
    });
    plot::named(drawn, name);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        for (layer, hue) in layers.iter().zip(&hues) {
            ui.label(RichText::new(format!("• {}", layer.name)).small().color(*hue))
                .on_hover_text(format!("{:.3} ms a timed frame", layer.mean));
        }
        ui.label(RichText::new("— CPU").small().color(colors.warn)).on_hover_text("A whole frame on the CPU");
    });
}

/// A stage, with the sum of it and all below it, frame by frame.
struct Layer {
    name: String,
    mean: f64,
    tops: Vec<[f64; 2]>,
}

fn layers(log: &FrameLog) -> Vec<Layer> {
    let stages = log.stages();
    let own: Vec<&str> = stages.iter().take(OWN).map(|(name, _)| *name).collect();
    let mut names: Vec<String> = own.iter().map(|name| (*name).to_owned()).collect();
    if stages.len() > OWN {
        names.push(format!("{} others", stages.len() - OWN));
    }
    let timed = || log.frames().filter(|frame| !frame.stages.is_empty());
    let mut layers: Vec<Layer> = names.into_iter().map(|name| Layer { name, mean: 0.0, tops: vec![] }).collect();
    for frame in timed() {
        let mut sums = vec![0.0; layers.len()];
        for (name, ms) in &frame.stages {
            let layer = own.iter().position(|known| known == name).unwrap_or(OWN);
            sums[layer] += ms;
        }
        let mut top = 0.0;
        for (layer, ms) in layers.iter_mut().zip(sums) {
            top += ms;
            layer.mean += ms;
            layer.tops.push([frame.number as f64, top]);
        }
    }
    let count = timed().count().max(1) as f64;
    layers.iter_mut().for_each(|layer| layer.mean /= count);
    layers
}
