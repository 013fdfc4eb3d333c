//! What all plots share: one calm style, ranges that move in steps and not with every sample, decades as ticks.

use std::ops::RangeInclusive;

use egui::{Color32, Response, Role, Ui, Vec2, Vec2b, WidgetInfo};
use egui_plot::{GridInput, GridMark, HoverPosition, Line, LineStyle, Plot, PlotPoints, PlotResponse, Points, VLine};

use crate::app::ui::theme;

/// Usual height of a plot, points.
pub const HEIGHT: f32 = 104.0;
/// Most points drawn of one curve; a panel is narrower.
const DRAWN: usize = 480;
/// Grid lines closer than the first are hidden, from the second on they are fully there; points.
const SPACING: (f32, f32) = (10.0, 30.0);
/// Labels of an axis, x and y, are at least so far apart; points.
const APART: [f64; 2] = [44.0, 26.0];
/// A range is at least this share of its largest value, so that rounding does not fill a plot.
const LEAST_SHARE: f64 = 1e-3;

/// A curve in pieces that are not joined.
#[derive(Clone, Debug)]
pub struct Curve {
    /// What the pointer reads out.
    pub name: String,
    /// Its colour.
    pub color: Color32,
    /// `[x, y]`; a logarithmic axis leaves out what is not above 0.
    pub pieces: Vec<Vec<[f64; 2]>>,
    /// Dots on the line.
    pub dots: bool,
    /// A line to compare with, not a measurement.
    pub guide: bool,
}

impl Curve {
    /// A measured curve.
    pub fn new(name: &str, color: Color32, pieces: Vec<Vec<[f64; 2]>>) -> Self {
        Self { name: name.into(), color, pieces, dots: false, guide: false }
    }
}

/// A plot and what it is called.
#[derive(Clone, Debug)]
pub struct Chart<'a> {
    /// Accessible name, unique in the window.
    pub name: &'a str,
    /// Letter of the horizontal axis.
    pub x: &'a str,
    /// Points.
    pub height: f32,
    /// Logarithmic axes, x and y.
    pub log: [bool; 2],
    /// 0 is always in sight; not for a logarithmic axis.
    pub from_zero: bool,
    /// Places of thin vertical lines: edits and restarts.
    pub breaks: &'a [f64],
}

impl<'a> Chart<'a> {
    /// Over simulated time.
    pub fn over_time(name: &'a str) -> Self {
        Self { name, x: "t", height: HEIGHT, log: [false; 2], from_zero: false, breaks: &[] }
    }

    /// Draws it. Dragging moves, a drag with the right button zooms, a double click shows all again.
    pub fn show(&self, ui: &mut Ui, curves: &[Curve]) -> Response {
        let colors = theme::of(ui);
        let scale = |[x, y]: [f64; 2]| [log_if(x, self.log[0]), log_if(y, self.log[1])];
        let shown: Vec<(&Curve, Vec<Vec<[f64; 2]>>)> = curves
            .iter()
            .map(|curve| {
                let finite = |p: &[f64; 2]| p[0].is_finite() && p[1].is_finite();
                let piece = |piece: &Vec<[f64; 2]>| thin(piece.iter().map(|p| scale(*p)).filter(finite).collect());
                (curve, curve.pieces.iter().map(piece).filter(|piece| !piece.is_empty()).collect())
            })
            .collect();
        let measured = || shown.iter().filter(|(curve, _)| !curve.guide).flat_map(|(_, p)| p.iter().flatten());
        let zero = (self.from_zero && !self.log[1]).then_some(0.0);
        let [x, y] = [
            snapped(measured().map(|p| p[0]), self.log[0]),
            snapped(measured().map(|p| p[1]).chain(zero), self.log[1]),
        ];
        let (log, x_name) = (self.log, self.x.to_owned());
        let hover = move |at: &HoverPosition<'_>| {
            let (name, at) = match at {
                HoverPosition::NearDataPoint { plot_name, position, .. } => (*plot_name, position),
                HoverPosition::Elsewhere { position } => ("", position),
            };
            let [x, y] = [power_if(at.x, log[0]), power_if(at.y, log[1])].map(theme::number);
            Some(format!("{}{x_name} = {x}\n{y}", if name.is_empty() { String::new() } else { format!("{name}\n") }))
        };
        let plot = calm(ui, self.name, self.height)
            .x_axis_formatter(move |mark, range| tick(mark, range, log[0]))
            .y_axis_formatter(move |mark, range| tick(mark, range, log[1]))
            .x_grid_spacer(move |input| marks(&input, log[0], APART[0]))
            .y_grid_spacer(move |input| marks(&input, log[1], APART[1]))
            .label_formatter(hover)
            .include_x(x[0])
            .include_x(x[1])
            .include_y(y[0])
            .include_y(y[1]);
        let drawn = plot.show(ui, |plot| {
            for at in self.breaks {
                plot.vline(VLine::new("", log_if(*at, log[0])).color(colors.quiet.gamma_multiply(0.6)).width(1.0));
            }
            for (curve, pieces) in shown {
                for piece in pieces {
                    let dots = curve.dots || piece.len() == 1;
                    let line = Line::new(curve.name.clone(), PlotPoints::from(piece.clone())).color(curve.color);
                    let line = if curve.guide { line.style(LineStyle::dashed_dense()) } else { line };
                    plot.line(line.width(if curve.guide { 1.0 } else { 1.5 }).allow_hover(!curve.guide));
                    if dots {
                        let dots = Points::new(curve.name.clone(), PlotPoints::from(piece));
                        plot.points(dots.color(curve.color).radius(1.8).allow_hover(false));
                    }
                }
            }
        });
        named(drawn, self.name)
    }
}

/// A plot without data of its own yet: thin grid, no background, a narrow axis; the wheel scrolls the panel.
pub fn calm<'a>(ui: &Ui, name: &'a str, height: f32) -> Plot<'a> {
    Plot::new(name)
        .height(height)
        .show_background(false)
        .show_crosshair(true)
        .cursor_color(theme::of(ui).quiet)
        .allow_scroll(false)
        .allow_zoom(true)
        .allow_drag(true)
        .allow_boxed_zoom(true)
        .allow_double_click_reset(true)
        .auto_bounds(Vec2b::TRUE)
        .set_margin_fraction(Vec2::new(0.0, 0.04))
        .y_axis_min_width(38.0)
        .grid_color(theme::of(ui).line)
        .grid_spacing(SPACING.0..=SPACING.1)
}

/// Gives a plot its accessible name.
pub fn named<R>(drawn: PlotResponse<R>, name: &str) -> Response {
    drawn.response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
    drawn.response
}

/// At most [`DRAWN`] points, the last one among them.
fn thin(points: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
    let stride = points.len().div_ceil(DRAWN).max(1);
    let last = points.last().copied().filter(|_| !(points.len().max(1) - 1).is_multiple_of(stride));
    points.into_iter().step_by(stride).chain(last).collect()
}

fn log_if(x: f64, log: bool) -> f64 {
    match log {
        true if x > 0.0 => x.log10(),
        true => f64::NAN,
        false => x,
    }
}

fn power_if(x: f64, log: bool) -> f64 {
    if log { 10_f64.powf(x) } else { x }
}

/// The next of 1, 2, 5, 10 ... from `x > 0` on.
fn nice(x: f64) -> f64 {
    let power = 10_f64.powf(x.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|step| *step >= x * 0.999_999).unwrap_or(x)
}

/// A range around the values that ends on whole steps, so that it seldom changes while values come.
fn snapped(values: impl Iterator<Item = f64>, log: bool) -> [f64; 2] {
    let (mut low, mut high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| (l.min(x), h.max(x)));
    if low > high {
        return [0.0, 1.0];
    }
    if log {
        // Whole decades, where there is more than one of them.
        let step = if high - low > 0.6 { 1.0 } else { 0.1 };
        let [a, b] = [(low / step).floor() * step, (high / step).ceil() * step];
        return if b > a { [a, b] } else { [a - step, b + step] };
    }
    let least = LEAST_SHARE * low.abs().max(high.abs()).max(1e-12);
    if high - low < least {
        let middle = 0.5 * (low + high);
        (low, high) = (middle - 0.5 * least, middle + 0.5 * least);
    }
    let step = nice(0.25 * (high - low));
    [(low / step).floor() * step, (high / step).ceil() * step]
}

/// Grid lines: decades on a logarithmic axis, 1-2-5 steps otherwise, `apart` points or more from each other.
fn marks(input: &GridInput, log: bool, apart: f64) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    let span = high - low;
    if !(span > 0.0 && span.is_finite()) {
        return vec![];
    }
    let least = input.base_step_size * apart / f64::from(SPACING.0);
    let step = if log { nice(least).max(1.0).round() } else { nice(least) };
    let mut marks: Vec<GridMark> = (0..)
        .map(|i| ((low / step).ceil() + f64::from(i)) * step)
        .take_while(|x| *x <= high)
        .take(64)
        .map(|value| GridMark { value, step_size: step })
        .collect();
    if log && step == 1.0 && span < 4.0 {
        let decades = (low.floor() as i32)..=(high.ceil() as i32);
        let inner = decades.flat_map(|d| (2..10).map(move |m| f64::from(d) + f64::from(m).log10()));
        let fine = inner.filter(|x| (low..=high).contains(x)).map(|value| GridMark { value, step_size: 0.1 });
        marks.extend(fine);
    }
    marks
}

/// A power of ten as people write it.
fn power(decade: i32) -> String {
    match decade {
        0 => "1".into(),
        1 => "10".into(),
        2 => "100".into(),
        d => format!("1e{d}"),
    }
}

/// What stands at a grid line.
fn tick(mark: GridMark, range: &RangeInclusive<f64>, log: bool) -> String {
    if log {
        let decade = mark.value.round();
        let wide = range.end() - range.start() > 0.99;
        return match () {
            () if (mark.value - decade).abs() < 1e-9 => power(decade as i32),
            () if wide => String::new(),
            () => theme::number(10_f64.powf(mark.value)),
        };
    }
    if mark.value.abs() < 1e-9 * mark.step_size {
        return "0".into();
    }
    let size = range.start().abs().max(range.end().abs());
    if !(1e-3..1e5).contains(&size) {
        let digits = (size.log10().floor() - mark.step_size.log10().floor()).clamp(0.0, 4.0) as usize;
        return format!("{:.digits$e}", mark.value);
    }
    let decimals = (-mark.step_size.log10().floor()).clamp(0.0, 9.0) as usize;
    format!("{:.decimals$}", mark.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_holds_its_values_and_seldom_moves() {
        let mut ranges = vec![];
        for i in 1..=1000 {
            let values = (0..=i).map(|j| 3.0 + 0.01 * f64::from(j));
            let [low, high] = snapped(values, false);
            assert!(low <= 3.0 && high >= 3.0 + 0.01 * f64::from(i));
            ranges.push([low, high]);
        }
        ranges.dedup();
        assert!(ranges.len() < 30, "{}", ranges.len());
    }

    #[test]
    fn rounding_does_not_fill_a_plot_and_nothing_is_a_range_too() {
        let [low, high] = snapped([1.0, 1.0 + 1e-12].into_iter(), false);
        assert!(high - low >= 1e-3);
        assert_eq!(snapped(std::iter::empty(), false), [0.0, 1.0]);
        let [low, high] = snapped([0.0].into_iter(), false);
        assert!(low < 0.0 && high > 0.0);
        assert_eq!(snapped([-3.2, 1.1].into_iter(), true), [-4.0, 2.0]);
    }

    #[test]
    fn decades_are_written_as_powers() {
        let mark = |value| GridMark { value, step_size: 1.0 };
        assert_eq!(tick(mark(-4.0), &(-6.0..=0.0), true), "1e-4");
        assert_eq!(tick(mark(0.5), &(-6.0..=1.0), true), "");
        assert_eq!(tick(GridMark { value: 1.25, step_size: 0.05 }, &(1.0..=2.0), false), "1.25");
        assert_eq!(tick(GridMark { value: 0.0, step_size: 0.05 }, &(-1.0..=2.0), false), "0");
    }

    #[test]
    fn a_long_curve_is_thinned_and_ends_where_it_ends() {
        let thinned = thin((0..5000).map(|i| [f64::from(i), 0.0]).collect());
        assert!(thinned.len() <= DRAWN + 1 && thinned[0][0] == 0.0 && thinned[thinned.len() - 1][0] == 4999.0);
    }
}
