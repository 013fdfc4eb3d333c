//! A picture that was drawn elsewhere with axes, a colour bar and words around it, on white or dark ground: as
//! pixels, or as SVG with real words.

use super::{
    Anchor, Sheet, Type,
    ticks::{self, Tick},
};
use crate::{
    error::{Error, Result},
    render::{colormap::Colormap, picture::MAX_SIDE},
};

/// Smallest side of a picture inside a frame.
const LEAST: f32 = 16.0;

/// What stands around the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    /// Coordinates at the left and below.
    pub axes: bool,
    /// Colour bar at the right.
    pub bar: bool,
    /// A line of words above.
    pub words: bool,
    /// White ground and dark ink, not the other way round.
    pub paper: bool,
    /// Width of the picture over its height; as much as there is room for without one.
    pub aspect: Option<f32>,
    /// Height of a line of text, pixels.
    pub text_px: f32,
}

impl Style {
    /// Height of text that suits a picture of this size.
    pub fn usual_text([width, height]: [u32; 2]) -> f32 {
        (height as f32 / 34.0).min(width as f32 / 40.0).clamp(9.0, 160.0)
    }

    /// Whether anything stands around the picture.
    pub fn is_bare(&self) -> bool {
        !(self.axes || self.bar || self.words)
    }

    /// Ground and ink.
    fn colors(&self) -> [[u8; 3]; 2] {
        if self.paper { [[255; 3], [28, 30, 36]] } else { [[13, 15, 20], [208, 214, 224]] }
    }
}

/// What a frame says.
#[derive(Clone, Debug, PartialEq)]
pub struct Legend {
    /// World coordinates of the lower left corner.
    pub low: [f64; 2],
    /// World coordinates of the upper right corner.
    pub high: [f64; 2],
    /// What the colours mean.
    pub symbol: String,
    /// The colours.
    pub map: Colormap,
    /// Values of the first and the last colour.
    pub values: [f64; 2],
    /// The line above.
    pub caption: String,
}

/// Something that is drawn; places in pixels from the top left.
pub enum Item {
    /// A rectangle of ink: left, top, width, height.
    Ink([f32; 4]),
    /// A word, its anchor's place, its size.
    Word(String, [f32; 2], f32, Anchor),
    /// The colours from the last, above, to the first.
    Colors([f32; 4]),
}

/// Where everything stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Framed {
    size: [u32; 2],
    style: Style,
    /// Left, top, width, height of the picture.
    picture: [u32; 4],
}

impl Framed {
    /// Room for a picture and what stands around it, in `size` pixels altogether.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a size that has no room.
    pub fn new(size: [u32; 2], style: Style) -> Result<Self> {
        let text = style.text_px;
        let bare = style.is_bare();
        let room = |wanted: bool, lines: f32| if wanted { lines * text } else { 0.8 * text };
        let [left, right, top, bottom] = match bare {
            true => [0.0; 4],
            false => [
                room(style.axes, 4.4),
                if style.bar { 6.0 * text } else { room(style.axes, 1.4) },
                if style.words { 2.4 * text } else { room(style.bar, 2.0) },
                room(style.axes, 3.1),
            ],
        };
        let [width, height] = size.map(|n| n as f32);
        let (mut across, mut down) = ((width - left - right).floor(), (height - top - bottom).floor());
        let least = if bare { 1.0 } else { LEAST };
        let fits = size.iter().all(|n| (1..=MAX_SIDE as u32).contains(n)) && across >= least && down >= least;
        if !fits {
            let expected =
                format!("1 to {MAX_SIDE} pixels a side, with room for axes and colour bar where they are on");
            return Err(Error::invalid("picture size", expected, format!("{} x {}", size[0], size[1])));
        }
        let (spare_x, spare_y) = match style.aspect.filter(|_| !bare) {
            Some(aspect) => {
                let height = down.min(across / aspect).max(1.0).floor();
                let width = across.min(height * aspect).max(1.0).round();
                (across - width, down - height)
            }
            None => (0.0, 0.0),
        };
        (across, down) = (across - spare_x, down - spare_y);
        let picture = [left + (0.5 * spare_x).floor(), top + (0.5 * spare_y).floor(), across, down];
        Ok(Self { size, style, picture: picture.map(|x| x.floor() as u32) })
    }

    /// Ground and ink.
    pub(super) fn colors(&self) -> [[u8; 3]; 2] {
        self.style.colors()
    }

    /// Width and height altogether.
    pub fn size(&self) -> [u32; 2] {
        self.size
    }

    /// Left, top, width and height of the picture.
    pub fn picture(&self) -> [u32; 4] {
        self.picture
    }

    /// The whole, `[height, width, 4]`, from the picture's `rgba`.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the picture has another size.
    pub fn compose(&self, rgba: Vec<u8>, legend: &Legend) -> Result<Vec<u8>> {
        let [left, top, width, height] = self.picture.map(|n| n as usize);
        if rgba.len() != 4 * width * height {
            let expected = format!("{width} x {height} x 4 bytes");
            return Err(Error::invalid("picture of a figure", expected, rgba.len()));
        }
        if self.style.is_bare() && [width, height] == self.size.map(|n| n as usize) {
            return Ok(rgba);
        }
        let [ground, ink] = self.colors();
        let face = Type::new()?;
        let mut sheet = Sheet::filled(self.size.map(|n| n as usize), ground);
        sheet.paste([left, top], width, &rgba);
        for item in self.items(legend) {
            match item {
                Item::Ink(rect) => {
                    let [x, y, w, h] = rect.map(|x| x.round() as usize);
                    sheet.fill([x, y], [w.max(1), h.max(1)], ink);
                }
                Item::Word(text, at, size, anchor) => face.write(&mut sheet, &text, at, size, anchor, ink),
                Item::Colors(rect) => {
                    let [x, y, w, h] = rect.map(|x| x.round() as usize);
                    for row in 0..h {
                        let t = 1.0 - (row as f32 + 0.5) / h as f32;
                        sheet.fill([x, y + row], [w, 1], legend.map.table()[((256.0 * t) as usize).min(255)]);
                    }
                }
            }
        }
        Ok(sheet.into_rgba())
    }

    /// Everything but the picture.
    pub fn items(&self, legend: &Legend) -> Vec<Item> {
        let mut items = vec![];
        if self.style.axes {
            self.axes(legend, &mut items);
        }
        if self.style.bar {
            self.bar(legend, &mut items);
        }
        if self.style.words {
            let [left, top, width, _] = self.picture.map(|n| n as f32);
            let text = self.style.text_px;
            let at = [left + 0.5 * width, (top - 1.2 * text).max(0.6 * text)];
            items.push(Item::Word(legend.caption.clone(), at, text, Anchor::Middle));
        }
        items
    }

    /// Thickness of a line.
    fn line(&self) -> f32 {
        (self.style.text_px / 16.0).round().max(1.0)
    }

    /// A line around a rectangle.
    fn outline(&self, [x, y, w, h]: [f32; 4], items: &mut Vec<Item>) {
        let line = self.line();
        items.extend([
            Item::Ink([x - line, y - line, w + 2.0 * line, line]),
            Item::Ink([x - line, y + h, w + 2.0 * line, line]),
            Item::Ink([x - line, y, line, h]),
            Item::Ink([x + w, y, line, h]),
        ]);
    }

    fn axes(&self, legend: &Legend, items: &mut Vec<Item>) {
        let [x, y, w, h] = self.picture.map(|n| n as f32);
        let (text, line) = (self.style.text_px, self.line());
        let (small, tick) = (0.9 * text, 0.32 * text);
        self.outline([x, y, w, h], items);
        let part = |value: f64, i: usize| ((value - legend.low[i]) / (legend.high[i] - legend.low[i])) as f32;
        for (value, word) in ticks::axis(legend.low[0], legend.high[0]) {
            let at = x + part(value, 0) * (w - line);
            items.push(Item::Ink([at, y + h + line, line, tick]));
            items.push(Item::Word(word, [at + 0.5 * line, y + h + tick + 0.75 * text], small, Anchor::Middle));
        }
        for (value, word) in ticks::axis(legend.low[1], legend.high[1]) {
            let at = y + (1.0 - part(value, 1)) * (h - line);
            items.push(Item::Ink([x - line - tick, at, tick, line]));
            items.push(Item::Word(word, [x - line - tick - 0.25 * text, at + 0.5 * line], small, Anchor::Right));
        }
        items.push(Item::Word("x".into(), [x + 0.5 * w, y + h + tick + 1.95 * text], text, Anchor::Middle));
        items.push(Item::Word("y".into(), [x - tick - 3.5 * text, y + 0.5 * h], text, Anchor::Middle));
    }

    fn bar(&self, legend: &Legend, items: &mut Vec<Item>) {
        let [x, y, w, h] = self.picture.map(|n| n as f32);
        let (text, line) = (self.style.text_px, self.line());
        let bar = [(x + w + 1.1 * text).round(), y, (0.85 * text).round().max(2.0), h];
        items.push(Item::Colors(bar));
        self.outline(bar, items);
        let [low, high] = legend.values;
        let most = (h / (2.2 * text)).clamp(2.0, 7.0);
        let right = bar[0] + bar[2] + line;
        for (value, word) in self.bar_ticks(low, high, most) {
            let part = ((value - low) / (high - low)) as f32;
            let at = y + (1.0 - part) * (h - line);
            items.push(Item::Ink([right, at, 0.3 * text, line]));
            items.push(Item::Word(word, [right + 0.5 * text, at + 0.5 * line], 0.9 * text, Anchor::Left));
        }
        let above = [bar[0] + 0.5 * bar[2], (y - 0.95 * text).max(0.6 * text)];
        items.push(Item::Word(legend.symbol.clone(), above, text, Anchor::Middle));
    }

    fn bar_ticks(&self, low: f64, high: f64, most: f32) -> Vec<Tick> {
        ticks::round(low, high, f64::from(most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn legend() -> Legend {
        let whole = 2.0 * std::f64::consts::PI;
        let map = Colormap::RdBuR;
        let (symbol, caption) = ("ω".into(), "t = 1.5 & <more>".into());
        Legend { low: [0.0; 2], high: [whole; 2], symbol, map, values: [-2.0, 2.0], caption }
    }

    fn style(text_px: f32) -> Style {
        Style { axes: true, bar: true, words: true, paper: true, aspect: Some(1.0), text_px }
    }

    /// Pixels of a rectangle that are neither ground nor near it.
    fn inked(rgba: &[u8], size: [u32; 2], xs: std::ops::Range<u32>, ys: std::ops::Range<u32>) -> usize {
        let pixel = |x: u32, y: u32| rgba[((y * size[0] + x) * 4) as usize];
        ys.flat_map(|y| xs.clone().map(move |x| (x, y))).filter(|(x, y)| pixel(*x, *y) < 150).count()
    }

    #[test]
    fn a_figure_has_its_picture_axes_bar_and_words() {
        let size = [900, 780];
        let framed = Framed::new(size, style(24.0)).unwrap();
        let [x, y, w, h] = framed.picture();
        assert!(w == h && w > 600, "{:?}", framed.picture());
        let green = [0, 200, 0, 255].repeat((w * h) as usize);
        let rgba = framed.compose(green, &legend()).unwrap();
        let pixel = |x: u32, y: u32| <[u8; 3]>::try_from(&rgba[((y * size[0] + x) * 4) as usize..][..3]).unwrap();
        assert_eq!([pixel(x, y), pixel(x + w - 1, y + h - 1)], [[0, 200, 0]; 2], "the picture is whole");
        assert_eq!([pixel(0, 0), pixel(size[0] - 1, size[1] - 1)], [[255; 3]; 2]);
        let words = [
            ("caption", 0..size[0], 0..y - 8),
            ("y ticks", 0..x - 12, y..y + h),
            ("x ticks", x..x + w, y + h + 12..size[1]),
            ("bar ticks", x + w + 56..size[0], y..y + h),
        ];
        for (what, xs, ys) in words {
            assert!(inked(&rgba, size, xs, ys) > 60, "no {what}");
        }
        // The bar runs from the last colour to the first.
        let table = Colormap::RdBuR.table();
        let middle = x + w + 36;
        assert_eq!([pixel(middle, y + 1), pixel(middle, y + h - 2)], [table[255], table[0]]);
        // Ticks stand at the corners of the box: 0 at the left edge, 2 pi at the right one.
        let tick = |x: u32| pixel(x, y + h + 5)[0] < 60;
        assert!(tick(x) && tick(x + w - 1) && !tick(x + w / 4 + 20));
    }

    #[test]
    fn a_bare_picture_is_left_alone_and_too_small_ones_are_refused() {
        let bare = Style { axes: false, bar: false, words: false, aspect: None, ..style(12.0) };
        let framed = Framed::new([1, 1], bare).unwrap();
        assert_eq!(framed.compose(vec![9; 4], &legend()).unwrap(), [9; 4]);
        assert!(framed.compose(vec![9; 8], &legend()).is_err());
        assert!(Framed::new([0, 10], bare).is_err());
        let message = Framed::new([60, 60], style(12.0)).unwrap_err().to_string();
        assert!(message.contains("60 x 60") && message.contains("room for axes"), "{message}");
        for size in [[64, 64], [300, 200], [200, 3000], [4000, 300]] {
            let usual = Style { aspect: None, ..style(Style::usual_text(size).min(4.0)) };
            let [_, _, w, h] = Framed::new(size, usual).unwrap().picture();
            let rgba = Framed::new(size, usual).unwrap().compose(vec![0; (4 * w * h) as usize], &legend()).unwrap();
            assert_eq!(rgba.len(), (4 * size[0] * size[1]) as usize);
        }
    }

    #[test]
    fn an_svg_has_real_words_and_its_picture() {
        let text = Framed::new([900, 780], style(24.0)).unwrap().svg(b"png", &legend(), 300.0);
        assert!(text.starts_with("<svg ") && text.trim_end().ends_with("</svg>"), "{text}");
        for part in [
            "width=\"3in\"",
            "height=\"2.6in\"",
            ">2π<",
            ">ω<",
            "t = 1.5 &amp; &lt;more&gt;",
            "base64,cG5n\"",
            "viewBox=\"0 0 900 780\"",
        ] {
            assert!(text.contains(part), "{part} is missing in {text}");
        }
        assert_eq!(text.matches("<text").count(), text.matches("</text>").count());
    }

    #[test]
    fn the_typeface_has_every_sign() {
        let face = Type::new().unwrap();
        let missing: Vec<char> = "0123456789−π/.eωψ|·=τxyt ".chars().filter(|c| !face.has(*c)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
