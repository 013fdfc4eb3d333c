//! Places with values, sorted by cell.

use rayon::prelude::*;

/// Scattered samples of a field on the doubly periodic square, sorted by cell.
#[derive(Clone, Debug)]
pub struct Samples {
    side: usize,
    /// `[side * side + 1]`, first sample of each cell, row by row.
    start: Vec<u32>,
    /// Places in cells, `[0, side)`.
    pub x: Vec<f32>,
    /// Places of the samples along y.
    pub y: Vec<f32>,
    /// Value of each.
    pub value: Vec<f32>,
    /// Whether the mean of a misfit counts as any other wave of it; else it is free, and no fit sees it.
    pub mean_counts: bool,
}

impl Samples {
    /// The nodes of an `n x n` grid, values row by row, row 0 at the bottom.
    pub fn grid(field: &[f64], n: usize) -> Self {
        Self {
            side: n,
            start: (0..=(n * n) as u32).collect(),
            x: (0..n * n).map(|i| (i % n) as f32).collect(),
            y: (0..n * n).map(|i| (i / n) as f32).collect(),
            value: field.iter().map(|w| *w as f32).collect(),
            mean_counts: false,
        }
    }

    /// Sorts places (in cells, any image) with their values into `side x side` cells. Samples of one cell
    /// keep their order.
    pub fn scattered(places: &[[f64; 2]], values: &[f32], side: usize) -> Self {
        let n = side as f64;
        let wrapped: Vec<[f32; 2]> = places
            .par_iter()
            .map(|p| {
                p.map(|x| {
                    let y = x.rem_euclid(n) as f32;
                    if y >= side as f32 { 0.0 } else { y }
                })
            })
            .collect();
        let cell = |p: &[f32; 2]| (p[1] as usize).min(side - 1) * side + (p[0] as usize).min(side - 1);
        let mut start = vec![0_u32; side * side + 1];
        for p in &wrapped {
            start[cell(p) + 1] += 1;
        }
        for i in 0..side * side {
            start[i + 1] += start[i];
        }
        let mut next = start.clone();
        let count = wrapped.len();
        let (mut x, mut y, mut value) = (vec![0.0; count], vec![0.0; count], vec![0.0; count]);
        for (p, v) in wrapped.iter().zip(values) {
            let slot = &mut next[cell(p)];
            let at = *slot as usize;
            *slot += 1;
            (x[at], y[at], value[at]) = (p[0], p[1], *v);
        }
        Self { side, start, x, y, value, mean_counts: false }
    }

    /// The samples with the mean of a misfit counted as any other wave of it.
    #[must_use]
    pub fn with_mean(self) -> Self {
        Self { mean_counts: true, ..self }
    }

    /// What no fit sees of numbers, one a sample: their mean, or nothing.
    pub fn unseen(&self, numbers: &[f32]) -> f64 {
        let sum = || numbers.iter().map(|x| f64::from(*x)).sum::<f64>();
        if self.mean_counts { 0.0 } else { sum() / numbers.len().max(1) as f64 }
    }

    /// Cells a side.
    pub fn side(&self) -> usize {
        self.side
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.x.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.x.is_empty()
    }

    /// Mean of `numbers`, one a sample, over each cell's nearest samples; 0 where a cell has none.
    pub fn averaged(&self, numbers: &[f32]) -> Vec<f32> {
        let n = self.side;
        let (mut sum, mut count) = (vec![0.0_f32; n * n], vec![0_u32; n * n]);
        for ((x, y), v) in self.x.iter().zip(&self.y).zip(numbers) {
            let (i, j) = ((x + 0.5) as usize % n, (y + 0.5) as usize % n);
            sum[j * n + i] += v;
            count[j * n + i] += 1;
        }
        sum.iter().zip(count).map(|(s, c)| if c == 0 { 0.0 } else { s / c as f32 }).collect()
    }

    /// Samples of cells `from..to` of a row, as a range of indices.
    pub(super) fn cells(&self, row: usize, from: usize, to: usize) -> std::ops::Range<usize> {
        let base = row * self.side;
        self.start[base + from] as usize..self.start[base + to] as usize
    }

    /// Rows of cells, so many at a time.
    pub(super) fn bands(&self, height: usize) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
        (0..self.side).step_by(height).map(move |row| row..(row + height).min(self.side))
    }

    /// Samples of rows `from..to`.
    pub(super) fn rows(&self, from: usize, to: usize) -> std::ops::Range<usize> {
        self.start[from * self.side] as usize..self.start[to * self.side] as usize
    }
}
