//! A figure for paper and slides: fields side by side on one colour scale, with axes, titles, a colour
//! bar and a caption. On the CPU, so that it needs no window and no GPU.

pub mod framed;
mod sheet;
mod svg;
mod text;
pub mod ticks;

pub use framed::{Framed, Legend, Style};
pub use sheet::Sheet;
pub use text::{Anchor, Type};

use super::{colormap::Colormap, picture::MAX_SIDE};
use crate::error::{Error, Result};

/// Text and axes.
const INK: [u8; 3] = [38, 40, 46];
/// Smallest side of a figure that still has room for its words.
pub const MIN_SIDE: usize = 64;

/// One field.
#[derive(Clone, Copy, Debug)]
pub struct Panel<'a> {
    /// Words above the field.
    pub title: &'a str,
    /// `[N, N]`, row-major, row 0 at the bottom.
    pub field: &'a [f32],
}

/// What a figure shows.
#[derive(Clone, Copy, Debug)]
pub struct Figure<'a> {
    /// From left to right.
    pub panels: &'a [Panel<'a>],
    /// N of every field.
    pub n: usize,
    /// Colours; a sequential map shows magnitudes.
    pub map: Colormap,
    /// The largest magnitude of the scale.
    pub range: f32,
    /// What the colours mean.
    pub label: &'a str,
    /// One line above everything.
    pub caption: &'a str,
    /// Width and height in pixels.
    pub size: [usize; 2],
}

/// Where things stand, in pixels from the top left.
struct Layout {
    /// Height of a line of text.
    text: f32,
    /// Side of a panel.
    side: usize,
    /// Top of the panels.
    top: usize,
    /// Left end of each panel.
    left: Vec<usize>,
    /// Left end and width of the colour bar.
    bar: [usize; 2],
}

impl Layout {
    fn new(size: [usize; 2], panels: usize) -> Self {
        let [width, height] = size.map(|x| x as f32);
        let count = panels as f32;
        let text = (height / 30.0).min(width / (24.0 * count + 10.0)).clamp(6.0, 60.0);
        let (before, between, after) = (2.2 * text, 1.2 * text, 6.4 * text);
        let (above, below) = (3.9 * text, 2.0 * text);
        let across = (width - before - after - between * (count - 1.0)) / count;
        let side = across.min(height - above - below).max(4.0).floor();
        let used = before + after + count * side + between * (count - 1.0);
        let start = before + 0.5 * (width - used).max(0.0);
        let top = above + 0.5 * (height - above - below - side).max(0.0);
        let left = (0..panels).map(|p| (start + p as f32 * (side + between)) as usize).collect();
        let bar = start + count * side + between * (count - 1.0) + 1.2 * text;
        Self { text, side: side as usize, top: top as usize, left, bar: [bar as usize, (0.9 * text).max(2.0) as usize] }
    }
}

/// The figure as RGBA `[height, width, 4]`, row 0 at the top.
///
/// # Errors
/// [`Error::Invalid`] for a size out of range, no panel, or a field that is not `N x N`.
pub fn figure(what: &Figure<'_>) -> Result<Vec<u8>> {
    let fits = |x: usize| (MIN_SIDE..=MAX_SIDE).contains(&x);
    if !what.size.into_iter().all(fits) {
        let [width, height] = what.size;
        let expected = format!("width and height from {MIN_SIDE} to {MAX_SIDE} pixels");
        return Err(Error::invalid("size of a figure", expected, format!("{width} x {height}")));
    }
    if let Some(panel) = what.panels.iter().find(|p| what.n == 0 || p.field.len() != what.n * what.n) {
        let expected = format!("{0} x {0} values", what.n);
        return Err(Error::invalid(format!("field '{}' of a figure", panel.title), expected, panel.field.len()));
    }
    let face = Type::new()?;
    let layout = Layout::new(what.size, what.panels.len().max(1));
    let mut sheet = Sheet::new(what.size);
    let middle = layout.left.first().zip(layout.left.last()).map_or(0.0, |(a, b)| 0.5 * (a + b + layout.side) as f32);
    let line = |row: f32| layout.top as f32 - row * layout.text;
    face.write(&mut sheet, what.caption, [middle, line(3.0)], 1.05 * layout.text, Anchor::Middle, INK);
    for (panel, left) in what.panels.iter().zip(&layout.left) {
        paint(&mut sheet, what, panel, [*left, layout.top], layout.side);
        axes(&mut sheet, &face, &layout, *left, panel.title);
    }
    colour_bar(&mut sheet, &face, &layout, what);
    Ok(sheet.into_rgba())
}

/// The field, interpolated between its nodes, which repeat; row 0 at the bottom.
fn paint(sheet: &mut Sheet, what: &Figure<'_>, panel: &Panel<'_>, [left, top]: [usize; 2], side: usize) {
    let n = what.n;
    let node = |pixel: usize| {
        // The node i is at the left edge of its cell: x = 2 pi i / N.
        let at = (pixel as f64 + 0.5) * n as f64 / side as f64;
        let low = (at.floor() as usize).min(n - 1);
        (low, (low + 1) % n, (at - low as f64) as f32)
    };
    for y in 0..side {
        let (j, above, v) = node(side - 1 - y);
        for x in 0..side {
            let (i, right, u) = node(x);
            let row = |j: usize| panel.field[j * n + i] * (1.0 - u) + panel.field[j * n + right] * u;
            let value = row(j) * (1.0 - v) + row(above) * v;
            let value = if what.map.diverging() { value } else { value.abs() };
            sheet.put([left + x, top + y], what.map.color(value, what.range));
        }
    }
}

/// Frame, title, and ticks at 0, pi and 2 pi.
fn axes(sheet: &mut Sheet, face: &Type, layout: &Layout, left: usize, title: &str) {
    let (side, top, text) = (layout.side, layout.top, layout.text);
    sheet.frame([left, top], [side, side], INK);
    let small = 0.85 * text;
    face.write(sheet, title, [(left + side / 2) as f32, top as f32 - 1.1 * text], text, Anchor::Middle, INK);
    let tick = (0.3 * text) as usize;
    for (part, word) in [(0, "0"), (1, "π"), (2, "2π")] {
        let along = part * (side - 1) / 2;
        sheet.fill([left + along, top + side], [1, tick], INK);
        let below = [(left + along) as f32, (top + side) as f32 + 0.95 * text];
        face.write(sheet, word, below, small, Anchor::Middle, INK);
        if left == layout.left[0] {
            sheet.fill([left.saturating_sub(tick), top + side - 1 - along], [tick, 1], INK);
            let beside = [left as f32 - 0.55 * text, (top + side - along) as f32];
            face.write(sheet, word, beside, small, Anchor::Right, INK);
        }
    }
}

fn colour_bar(sheet: &mut Sheet, face: &Type, layout: &Layout, what: &Figure<'_>) {
    let ([left, width], side, top) = (layout.bar, layout.side, layout.top);
    let low = if what.map.diverging() { -1.0 } else { 0.0 };
    for y in 0..side {
        let t = 1.0 - (y as f32 + 0.5) / side as f32;
        let value = (low + t * (1.0 - low)) * what.range;
        sheet.fill([left, top + y], [width, 1], what.map.color(value, what.range));
    }
    sheet.frame([left, top], [width, side], INK);
    let small = 0.85 * layout.text;
    for step in 0..=4_u8 {
        let t = f32::from(step) / 4.0;
        let value = (low + t * (1.0 - low)) * what.range;
        let y = top as f32 + (1.0 - t) * (side - 1) as f32;
        sheet.fill([left + width, y as usize], [(0.25 * layout.text) as usize, 1], INK);
        let at = [(left + width) as f32 + 0.5 * layout.text, y];
        face.write(sheet, &digits(value), at, small, Anchor::Left, INK);
    }
    let at = [left as f32, top as f32 - 1.1 * layout.text];
    face.write(sheet, what.label, at, layout.text, Anchor::Left, INK);
}

/// Three significant digits.
fn digits(value: f32) -> String {
    let size = value.abs();
    if value == 0.0 {
        "0".into()
    } else if (1e-3..1e4).contains(&size) {
        format!("{value:.*}", (2 - size.log10().floor() as i32).max(0) as usize)
    } else {
        format!("{value:.1e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two(size: [usize; 2]) -> (Vec<u8>, Layout) {
        let n = 8;
        let left: Vec<f32> = (0..n * n).map(|i| if i / n < n / 2 { 1.0 } else { -1.0 }).collect();
        let right = vec![0.0; n * n];
        let panels = [Panel { title: "decoded", field: &left }, Panel { title: "error", field: &right }];
        let map = Colormap::RdBuR;
        let what = Figure { panels: &panels, n, map, range: 1.0, label: "omega", caption: "t = 0.5", size };
        (figure(&what).unwrap(), Layout::new(size, 2))
    }

    #[test]
    fn fields_stand_upright_beside_each_other_and_share_the_bar() {
        let size = [900, 420];
        let (rgba, layout) = two(size);
        let pixel = |x: usize, y: usize| <[u8; 3]>::try_from(&rgba[(y * size[0] + x) * 4..][..3]).unwrap();
        let (table, side, top) = (Colormap::RdBuR.table(), layout.side, layout.top);
        let centre = layout.left[0] + side / 2;
        assert_eq!(pixel(centre, top + 3 * side / 4), table[255], "the lower half of the first field is positive");
        assert_eq!(pixel(centre, top + side / 3), table[0]);
        assert_eq!(pixel(layout.left[1] + side / 2, top + side / 2), table[128]);
        let bar = layout.bar[0] + layout.bar[1] / 2;
        assert_eq!([pixel(bar, top + 2), pixel(bar, top + side - 3)], [table[254], table[1]]);
        assert!(layout.bar[0] > layout.left[1] + side, "the bar stands at the right");
        // Words are there: dark pixels above the panels and at the bar's right.
        let dark = |xs: std::ops::Range<usize>, ys: std::ops::Range<usize>| {
            ys.flat_map(|y| xs.clone().map(move |x| (x, y))).filter(|(x, y)| pixel(*x, *y)[0] < 120).count()
        };
        assert!(
            dark(0..size[0], 0..top - 1) > 100
                && dark(layout.bar[0] + layout.bar[1] + 2..size[0], top..top + side) > 60
        );
    }

    /// A round vortex at a known place, on few nodes and on many: its middle on the paper is where the ticks say.
    #[test]
    fn a_vortex_stands_where_the_axes_say_whatever_n_is() {
        let (size, place) = ([620, 560], [1.3, 4.1]);
        let tau = std::f64::consts::TAU;
        for n in [32, 512] {
            let at = |i: usize| i as f64 * tau / n as f64;
            let bell = |k: usize| (-((at(k % n) - place[0]).powi(2) + (at(k / n) - place[1]).powi(2)) / 0.32).exp();
            let field: Vec<f32> = (0..n * n).map(|k| bell(k) as f32).collect();
            let panels = [Panel { title: "", field: &field }];
            let what = Figure { panels: &panels, n, map: Colormap::RdBuR, range: 1.0, label: "", caption: "", size };
            let (rgba, layout) = (figure(&what).unwrap(), Layout::new(size, 1));
            let red = |x: usize, y: usize| {
                let at = 4 * ((layout.top + y) * size[0] + layout.left[0] + x);
                u32::from(rgba[at]) > u32::from(rgba[at + 2]) + 60
            };
            let inside = (1..layout.side - 1).flat_map(|y| (1..layout.side - 1).map(move |x| (x, y)));
            let all: Vec<(usize, usize)> = inside.filter(|(x, y)| red(*x, *y)).collect();
            let mean = |of: &dyn Fn(&(usize, usize)) -> f64| all.iter().map(of).sum::<f64>() / all.len() as f64;
            let pixel = tau / layout.side as f64;
            let found = [pixel * mean(&|(x, _)| *x as f64 + 0.5), tau - pixel * mean(&|(_, y)| *y as f64 + 0.5)];
            let off = (0..2).map(|i| (found[i] - place[i]).abs()).fold(0.0, f64::max);
            // Half a cell of 32 nodes is 0.098, a pixel 0.015.
            assert!(off < 0.5 * pixel, "N = {n}: {found:?} for {place:?}");
        }
    }

    #[test]
    fn every_size_in_range_has_room_and_others_are_refused() {
        for size in [[64, 64], [64, 1000], [1000, 64], [333, 97]] {
            assert_eq!(two(size).0.len(), size[0] * size[1] * 4);
        }
        let field = [0.0; 4];
        let panels = [Panel { title: "x", field: &field }];
        let map = Colormap::Vik;
        let what = Figure { panels: &panels, n: 2, map, range: 0.0, label: "", caption: "", size: [10, 500] };
        assert!(figure(&what).unwrap_err().to_string().contains("10 x 500"));
        let what = Figure { n: 3, size: [100, 100], ..what };
        assert!(figure(&what).unwrap_err().to_string().contains("field 'x'"));
    }

    #[test]
    fn numbers_on_the_bar_are_short() {
        for (value, text) in [(0.0, "0"), (7.5, "7.50"), (-12.34, "-12.3"), (1234.0, "1234"), (2.5e-5, "2.5e-5")] {
            assert_eq!(digits(value), text);
        }
    }
}
