//! Words on a picture: egui's own typeface, drawn on the CPU.

use ab_glyph::{Font, FontRef, PxScale, ScaleFont};

use crate::error::{Error, Result};

/// Where the given point of a line of text stands in the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// At its left end.
    Left,
    /// In its middle.
    Middle,
    /// At its right end.
    Right,
}

/// A typeface.
pub struct Type(FontRef<'static>);

impl Type {
    /// The face that comes with the program.
    ///
    /// # Errors
    /// [`Error::Run`] where the face cannot be read.
    pub fn new() -> Result<Self> {
        let face = FontRef::try_from_slice(epaint_default_fonts::UBUNTU_LIGHT);
        face.map(Self).map_err(|e| Error::Run(format!("the typeface of pictures cannot be read: {e}")))
    }

    /// Whether the face has a sign.
    pub fn has(&self, sign: char) -> bool {
        self.0.glyph_id(sign).0 != 0
    }

    /// Width of a line in pixels.
    pub fn width(&self, text: &str, size: f32) -> f32 {
        let face = self.0.as_scaled(PxScale::from(size));
        text.chars().map(|c| face.h_advance(face.glyph_id(c))).sum()
    }

    /// Writes a line in one colour; `at` is its anchor and the middle of its height.
    pub fn write(&self, sheet: &mut super::Sheet, text: &str, at: [f32; 2], size: f32, anchor: Anchor, ink: [u8; 3]) {
        let face = self.0.as_scaled(PxScale::from(size));
        let width = self.width(text, size);
        let left = match anchor {
            Anchor::Left => at[0],
            Anchor::Middle => at[0] - 0.5 * width,
            Anchor::Right => at[0] - width,
        };
        // Digits and capitals are about 0.7 of the ascent high: their middle stands on `at`.
        let baseline = at[1] + 0.36 * face.ascent();
        let mut x = left;
        for c in text.chars() {
            let id = face.glyph_id(c);
            let glyph = id.with_scale_and_position(PxScale::from(size), ab_glyph::point(x, baseline));
            if let Some(outline) = face.outline_glyph(glyph) {
                let corner = outline.px_bounds().min;
                outline.draw(|i, j, cover| {
                    sheet.blend([corner.x as i64 + i64::from(i), corner.y as i64 + i64::from(j)], ink, cover);
                });
            }
            x += face.h_advance(id);
        }
    }
}
