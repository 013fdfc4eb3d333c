//! A framed picture as SVG: the picture as PNG inside, everything else as shapes and words.

use std::fmt::Write;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    Anchor,
    framed::{Framed, Item, Legend},
};

/// Stops of the colour bar's gradient.
const STOPS: usize = 64;
/// Typefaces that the words ask for, best first.
const FACES: &str = "DejaVu Sans, Helvetica, Arial, sans-serif";

fn hex([r, g, b]: [u8; 3]) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

impl Framed {
    /// The whole as an SVG file, `dots` pixels an inch, around the picture as PNG.
    pub fn svg(&self, picture_png: &[u8], legend: &Legend, dots: f64) -> String {
        let [ground, ink] = self.colors();
        let [width, height] = self.size();
        let inches = [width, height].map(|n| f64::from(n) / dots);
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}in\" height=\"{}in\" viewBox=\"0 0 {width} {height}\">\n",
            inches[0], inches[1]
        );
        let mut line = |text: String| {
            out.push_str(&text);
            out.push('\n');
        };
        line(format!("<rect width=\"{width}\" height=\"{height}\" fill=\"{}\"/>", hex(ground)));
        let [x, y, w, h] = self.picture();
        let place = format!("x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\"");
        let data = STANDARD.encode(picture_png);
        line(format!("<image {place} preserveAspectRatio=\"none\" href=\"data:image/png;base64,{data}\"/>"));
        for item in self.items(legend) {
            line(match item {
                Item::Ink([x, y, w, h]) => {
                    format!("<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" fill=\"{}\"/>", hex(ink))
                }
                Item::Colors([x, y, w, h]) => {
                    let stops = (0..=STOPS).fold(String::new(), |mut stops, i| {
                        let color = hex(legend.map.table()[255 - i * 255 / STOPS]);
                        // Writing to a string cannot fail.
                        let _ = write!(stops, "<stop offset=\"{}\" stop-color=\"{color}\"/>", i as f64 / STOPS as f64);
                        stops
                    });
                    format!(
                        "<linearGradient id=\"colours\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"1\">{stops}</linearGradient>\n\
                     <rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" fill=\"url(#colours)\"/>"
                    )
                }
                Item::Word(text, [x, y], size, anchor) => {
                    let anchor = match anchor {
                        Anchor::Left => "start",
                        Anchor::Middle => "middle",
                        Anchor::Right => "end",
                    };
                    // Digits are about 0.72 of the size high: their middle stands on y.
                    let (base, size, ink) = (y + 0.36 * 0.85 * size, 0.85 * size, hex(ink));
                    format!(
                        "<text x=\"{x}\" y=\"{base}\" font-family=\"{FACES}\" font-size=\"{size}\" \
                     text-anchor=\"{anchor}\" fill=\"{ink}\">{}</text>",
                        escaped(&text)
                    )
                }
            });
        }
        out.push_str("</svg>\n");
        out
    }
}
