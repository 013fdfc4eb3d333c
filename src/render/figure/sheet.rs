//! White paper: pixels that clip instead of panicking.

/// RGBA pixels, row 0 at the top.
pub struct Sheet {
    size: [usize; 2],
    rgba: Vec<u8>,
}

impl Sheet {
    /// White and opaque.
    pub fn new(size: [usize; 2]) -> Self {
        Self { size, rgba: vec![255; size[0] * size[1] * 4] }
    }

    /// Opaque, in one colour.
    pub fn filled(size: [usize; 2], [r, g, b]: [u8; 3]) -> Self {
        Self { size, rgba: [r, g, b, 255].repeat(size[0] * size[1]) }
    }

    /// Copies a picture, rows of `width` pixels; what does not fit is left out.
    pub fn paste(&mut self, [left, top]: [usize; 2], width: usize, rgba: &[u8]) {
        let shown = width.min(self.size[0].saturating_sub(left));
        for (y, row) in rgba.chunks_exact(4 * width.max(1)).take(self.size[1].saturating_sub(top)).enumerate() {
            let at = ((top + y) * self.size[0] + left) * 4;
            self.rgba[at..at + 4 * shown].copy_from_slice(&row[..4 * shown]);
        }
    }

    /// The pixels.
    pub fn into_rgba(self) -> Vec<u8> {
        self.rgba
    }

    /// Sets one pixel, if it is on the paper.
    pub fn put(&mut self, [x, y]: [usize; 2], color: [u8; 3]) {
        if x < self.size[0] && y < self.size[1] {
            let at = (y * self.size[0] + x) * 4;
            self.rgba[at..at + 3].copy_from_slice(&color);
        }
    }

    /// Covers a share of one pixel, if it is on the paper.
    pub fn blend(&mut self, [x, y]: [i64; 2], color: [u8; 3], cover: f32) {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else { return };
        if x < self.size[0] && y < self.size[1] {
            let at = (y * self.size[0] + x) * 4;
            for (old, new) in self.rgba[at..at + 3].iter_mut().zip(color) {
                *old = (f32::from(*old) + cover.clamp(0.0, 1.0) * (f32::from(new) - f32::from(*old))).round() as u8;
            }
        }
    }

    /// Fills a rectangle.
    pub fn fill(&mut self, [left, top]: [usize; 2], [width, height]: [usize; 2], color: [u8; 3]) {
        for y in top..top + height {
            for x in left..left + width {
                self.put([x, y], color);
            }
        }
    }

    /// A line of one pixel around a rectangle.
    pub fn frame(&mut self, [left, top]: [usize; 2], [width, height]: [usize; 2], color: [u8; 3]) {
        let (right, bottom) = (left + width - 1, top + height - 1);
        self.fill([left, top], [width, 1], color);
        self.fill([left, bottom], [width, 1], color);
        self.fill([left, top], [1, height], color);
        self.fill([right, top], [1, height], color);
    }
}
