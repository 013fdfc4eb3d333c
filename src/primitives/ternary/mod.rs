//! Ternary carriers: rectangles of cells in {-1, 0, +1}, and the operators that keep them so.
//!
//! A cell is `c = m s`, support `m` in {0, 1} times sign `s` in {-1, +1}, `s = +1` where `m = 0`.
//!
//! ```text
//! threshold   c = sign(x) where |x| > t, else 0                    t >= 0, x finite
//! saturate    c = max(-1, min(1, v)) of any whole number v         a carrier stays as it is
//! fuse        v = sum_j m_j s_j over K carriers; c = sign(v), 0 where v = 0
//! smooth      fuse of the 3 x 3 cells around each cell, periodic, so many rounds
//! add, diff   saturate(a + b), saturate(a - b)                     not associative
//! ```
//!
//! Smoothing dilates: a cell takes the sign of any majority around it, so independent random signs of
//! support 0.61 come out with support 0.83 after one round.
//!
//! Storage: 32 cells a pair of words `[plus, minus]`, bit `i % 32` of word `i / 32` of its row; bits
//! beyond the width are 0. Sums over cells are counters made of bit planes, so one machine word does 32
//! cells and CPU and GPU agree bit for bit.

pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;

use crate::{
    error::{Error, Result},
    math::Real,
};

/// Cells of a word.
pub const CELLS: usize = 32;
/// Most carriers of one fusion.
pub const MAX_INPUTS: usize = 65_535;
/// Most cells of a carrier (a square of side 65,536).
pub const MAX_CELLS: usize = 1 << 32;

crate::shared_struct! {
    /// Shape of the carriers of a pass, and its one number.
    Ternary in "ternary_threshold" {
        /// Cells of a row.
        width: u32,
        /// Words of a row.
        stride: u32,
        /// Words of a carrier.
        words: u32,
        /// Bits of the threshold, or the number of carriers to fuse.
        argument: u32,
    }
}

const fn threads(shader: &'static str) -> crate::layout::Workgroup {
    crate::layout::Workgroup { shader, size: [64, 1, 1] }
}

/// Threads of a workgroup, pass by pass.
pub const WORKGROUPS: [crate::layout::Workgroup; 6] = [
    threads("ternary_threshold"),
    threads("ternary_saturate"),
    threads("ternary_smooth"),
    threads("ternary_fuse"),
    threads("ternary_add"),
    threads("ternary_field"),
];

/// A `height x width` rectangle of {-1, 0, +1}.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carrier {
    width: usize,
    height: usize,
    /// `[height, stride]` of `[plus, minus]`.
    words: Vec<[u32; 2]>,
}

/// Words of a row.
pub fn stride(width: usize) -> usize {
    width.div_ceil(CELLS)
}

/// The valid bits of word `w` of a row.
pub(crate) fn valid(width: usize, w: usize) -> u32 {
    let rest = width - w * CELLS;
    if rest >= CELLS { u32::MAX } else { (1 << rest) - 1 }
}

impl Carrier {
    /// All cells 0.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a side of 0 or more than [`MAX_CELLS`] cells.
    pub fn zero(width: usize, height: usize) -> Result<Self> {
        match width.checked_mul(height) {
            Some(cells) if (1..=MAX_CELLS).contains(&cells) => {
                Ok(Self { width, height, words: vec![[0; 2]; stride(width) * height] })
            }
            _ => Err(Error::invalid(
                "carrier",
                format!("1 to {MAX_CELLS} cells"),
                format!("{height} rows of {width} cells"),
            )),
        }
    }

    /// From row-major cells.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a value outside {-1, 0, 1}, with its place, or a wrong length.
    pub fn new(width: usize, height: usize, cells: &[i8]) -> Result<Self> {
        let mut carrier = Self::zero(width, height)?;
        expect_length(cells.len(), width, height)?;
        if let Some(i) = cells.iter().position(|c| !(-1..=1).contains(c)) {
            return Err(Error::invalid(
                format!("carrier[{}, {}]", i / width, i % width),
                "-1, 0 or 1 (saturate clamps other values)",
                cells[i],
            ));
        }
        for (row, words) in cells.chunks(width).zip(carrier.words.chunks_mut(stride(width))) {
            pack(row, words, |c| i32::from(*c));
        }
        Ok(carrier)
    }

    /// From words, as a device gives them back. Row by row, each of [`stride`] words `[plus, minus]`, the first cell
    /// in the lowest bit.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a wrong length, a cell that is both signs, or bits beyond the width.
    pub fn from_words(width: usize, height: usize, words: Vec<[u32; 2]>) -> Result<Self> {
        let zero = Self::zero(width, height)?;
        if words.len() != zero.words.len() {
            return Err(Error::invalid("words of a carrier", zero.words.len().to_string(), words.len()));
        }
        let stride = stride(width);
        let broken = |(i, [p, m]): (usize, &[u32; 2])| p & m != 0 || (p | m) & !valid(width, i % stride) != 0;
        if let Some(i) = words.iter().enumerate().position(broken) {
            let found = format!("{:#x} and {:#x}", words[i][0], words[i][1]);
            return Err(Error::invalid(
                format!("word {i} of a carrier"),
                "one sign a cell, none beyond the width",
                found,
            ));
        }
        Ok(Self { words, ..zero })
    }

    /// Cells of a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// `[height, stride(width)]` words `[plus, minus]`.
    pub fn words(&self) -> &[[u32; 2]] {
        &self.words
    }

    /// Row-major cells.
    pub fn cells(&self) -> Vec<i8> {
        let mut cells = Vec::with_capacity(self.width * self.height);
        for row in self.words.chunks(stride(self.width)) {
            cells.extend((0..self.width).map(|i| {
                let bit = |word: u32| (word >> (i % CELLS) & 1) as i8;
                bit(row[i / CELLS][0]) - bit(row[i / CELLS][1])
            }));
        }
        cells
    }

    /// How many cells are not 0.
    pub fn support_cells(&self) -> u64 {
        self.words.iter().map(|[p, m]| u64::from((p | m).count_ones())).sum()
    }

    /// Mean of |c|.
    pub fn support_frac(&self) -> f64 {
        self.support_cells() as f64 / (self.width * self.height) as f64
    }

    /// The words, to be written row by row.
    pub(crate) fn words_mut(&mut self) -> &mut [[u32; 2]] {
        &mut self.words
    }

    /// Refuses another shape.
    pub(crate) fn expect_shape_of(&self, other: &Self) -> Result<()> {
        match (self.width, self.height) == (other.width, other.height) {
            true => Ok(()),
            false => {
                let expected = format!("{} rows of {} cells, as the other", other.height, other.width);
                Err(Error::invalid("carrier", expected, format!("{} rows of {} cells", self.height, self.width)))
            }
        }
    }
}

/// Refuses a length that is not the shape's.
pub(crate) fn expect_length(length: usize, width: usize, height: usize) -> Result<()> {
    match length == width * height {
        true => Ok(()),
        false => Err(Error::invalid("cells", format!("{height} rows of {width}"), length)),
    }
}

/// Refuses a threshold that orders nothing.
pub(crate) fn expect_threshold<R: Real>(t: R) -> Result<()> {
    if t >= R::zero() { Ok(()) } else { Err(Error::invalid("threshold of a carrier", "a number >= 0", t.f64())) }
}

/// One row of cells as words, the sign of `sign(cell)`.
pub(crate) fn pack<T>(row: &[T], words: &mut [[u32; 2]], sign: impl Fn(&T) -> i32) {
    for (cells, word) in row.chunks(CELLS).zip(words) {
        *word = [0; 2];
        for (bit, cell) in cells.iter().enumerate() {
            let sign = sign(cell);
            word[0] |= u32::from(sign > 0) << bit;
            word[1] |= u32::from(sign < 0) << bit;
        }
    }
}
