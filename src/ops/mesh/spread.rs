//! Between points and a grid: sampled Gaussians, spread and gathered. Every sum has one fixed order, so
//! the result does not depend on how many threads there are.

use rayon::prelude::*;

use super::Pyramid;
use crate::{
    math::{BOX, Complex, Real},
    ops::quadrature::cpu::Blob,
};

/// Rows of a grid that one task owns.
const BAND: usize = 16;
/// Blobs whose weights one task computes.
const CHUNK: usize = 512;

/// Appends the weights of nodes `first, first + 1, ...` around `x` (in cells) for a Gaussian of standard
/// deviation `width` cells and unit sum, cut after `reach` widths; returns `first`.
pub fn weights<R: Real>(x: R, width: R, reach: R, out: &mut Vec<R>) -> i64 {
    let from = out.len();
    let (low, high) = (x - reach * width, x + reach * width);
    let (first, last, centre) = (low.ceil().f64() as i64, high.floor().f64() as i64, x.round());
    let (d, k) = (centre - x, R::of(0.5) / (width * width));
    let peak = (-k * d * d).exp() / (R::of(BOX.sqrt()) * width);
    // Each weight from its neighbour: their ratios form a geometric sequence.
    let two = R::of(2.0);
    let step = (-two * k).exp();
    let middle = (centre.f64() as i64 - first) as usize;
    out.resize(from + (last - first + 1).max(0) as usize, peak);
    let out = &mut out[from..];
    let (mut weight, mut ratio) = (peak, (-k * (two * d + R::one())).exp());
    for w in out.iter_mut().skip(middle + 1) {
        weight = weight * ratio;
        ratio = ratio * step;
        *w = weight;
    }
    let (mut weight, mut ratio) = (peak, (k * (two * d - R::one())).exp());
    for w in out.iter_mut().take(middle).rev() {
        weight = weight * ratio;
        ratio = ratio * step;
        *w = weight;
    }
    first
}

/// Calls `each(node, weights)` for the pieces of a footprint that wraps around a line of `n` nodes.
fn pieces<'a, R>(n: usize, first: i64, mut weights: &'a [R], mut each: impl FnMut(usize, &'a [R])) {
    let mut node = first.rem_euclid(n as i64) as usize;
    while !weights.is_empty() {
        let (now, later) = weights.split_at(weights.len().min(n - node));
        each(node, now);
        (weights, node) = (later, 0);
    }
}

/// What one blob leaves on its level: weights along x, then along y times the circulation.
struct Print {
    level: usize,
    first: [i64; 2],
    at: usize,
    len: [usize; 2],
}

/// Circulation of each node of each level, `[j][i]`; an empty grid where a level has no blob.
pub fn spread<R: Real>(pyramid: &Pyramid, blobs: &[Blob<R>]) -> Vec<Vec<R>> {
    let reach = R::of(pyramid.accuracy.reach);
    let chunks: Vec<(Vec<Print>, Vec<R>)> = blobs
        .par_chunks(CHUNK)
        .map(|blobs| {
            let (mut prints, mut all) = (Vec::with_capacity(blobs.len()), Vec::new());
            for blob in blobs {
                let standing = pyramid.standing(blob.eps2.f64());
                let cells = R::of(1.0 / pyramid.spacing(standing.level));
                let (width, at) = (R::of(standing.width), all.len());
                let i = weights(blob.x[0] * cells, width, reach, &mut all);
                let middle = all.len();
                let j = weights(blob.x[1] * cells, width, reach, &mut all);
                all[middle..].iter_mut().for_each(|w| *w = *w * blob.circulation);
                let len = [middle - at, all.len() - middle];
                prints.push(Print { level: standing.level, first: [i, j], at, len });
            }
            (prints, all)
        })
        .collect();
    let mut used = vec![false; pyramid.levels];
    chunks.iter().flat_map(|(prints, _)| prints).for_each(|print| used[print.level] = true);
    let grid = |level: usize| if used[level] { level_grid(pyramid.side(level), level, &chunks) } else { Vec::new() };
    (0..pyramid.levels).map(grid).collect()
}

/// Every band of rows adds the blobs that reach it, in their order.
fn level_grid<R: Real>(n: usize, level: usize, chunks: &[(Vec<Print>, Vec<R>)]) -> Vec<R> {
    let bands = n.div_ceil(BAND);
    let mut lists = vec![Vec::new(); bands];
    for (c, (prints, _)) in chunks.iter().enumerate() {
        for (p, print) in prints.iter().enumerate().filter(|(_, print)| print.level == level) {
            let (low, high) = (print.first[1], print.first[1] + print.len[1] as i64 - 1);
            let touched = (high.div_euclid(BAND as i64) - low.div_euclid(BAND as i64) + 1).min(bands as i64);
            for b in 0..touched {
                lists[(low.div_euclid(BAND as i64) + b).rem_euclid(bands as i64) as usize].push((c as u32, p as u32));
            }
        }
    }
    let mut grid = vec![R::zero(); n * n];
    grid.par_chunks_mut(BAND * n).zip(&lists).enumerate().for_each(|(b, (band, list))| {
        for (c, p) in list {
            let (prints, all) = &chunks[*c as usize];
            let print = &prints[*p as usize];
            let along = &all[print.at..print.at + print.len[0]];
            let up = &all[print.at + print.len[0]..][..print.len[1]];
            for (j, y) in (print.first[1]..).zip(up) {
                let row = j.rem_euclid(n as i64) as usize;
                if row / BAND == b {
                    let row = &mut band[(row - b * BAND) * n..][..n];
                    pieces(n, print.first[0], along, |node, weights| {
                        row[node..node + weights.len()].iter_mut().zip(weights).for_each(|(c, x)| *c += *x * *y);
                    });
                }
            }
        }
    });
    grid
}

/// Weighted mean of `grid`, `[j][i]` of side `n`, around `x` (box units); `work` is scratch.
pub fn gather<R: Real>(
    grid: &[Complex<R>],
    n: usize,
    x: [R; 2],
    width: R,
    reach: R,
    work: &mut [Vec<R>; 2],
) -> Complex<R> {
    let cells = R::of(n as f64 / BOX);
    let [along, up] = work;
    along.clear();
    up.clear();
    let i = weights(x[0] * cells, width, reach, along);
    let j = weights(x[1] * cells, width, reach, up);
    let mut sum = Complex::new(R::zero(), R::zero());
    for (j, y) in (j..).zip(&*up) {
        let row = &grid[j.rem_euclid(n as i64) as usize * n..][..n];
        let mut line = Complex::new(R::zero(), R::zero());
        pieces(n, i, along, |node, weights| {
            for (z, w) in row[node..node + weights.len()].iter().zip(weights) {
                line = Complex::new(line.re + z.re * *w, line.im + z.im * *w);
            }
        });
        sum = Complex::new(sum.re + line.re * *y, sum.im + line.im * *y);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_the_sampled_gaussian() {
        for (x, width) in [(3.2, 0.9), (-7.5, 2.3), (100.0, 1.4)] {
            let mut got = vec![];
            let first = weights::<f64>(x, width, 4.5, &mut got);
            for (node, w) in (first..).zip(&got) {
                let d = node as f64 - x;
                assert!(d.abs() <= 4.5 * width);
                let exact = (-0.5 * d * d / (width * width)).exp() / (BOX.sqrt() * width);
                assert!((w / exact - 1.0).abs() < 1e-12, "{w} {exact}");
            }
            assert!((got.iter().sum::<f64>() - 1.0).abs() < 5e-5);
        }
    }

    #[test]
    fn a_footprint_wraps_around_as_often_as_it_must() {
        let ones = [1.0; 11];
        let mut line = [0.0; 4];
        pieces(4, -3, &ones, |node, w| line[node..node + w.len()].iter_mut().for_each(|c| *c += 1.0));
        assert_eq!(line, [2.0, 3.0, 3.0, 3.0]);
    }
}
