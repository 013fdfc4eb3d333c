//! Bells of ellipses whose sums are wanted many times over: every value is made once.
//!
//! A step of a fit takes the same bells into a dozen sums. Here each `exp(-u_a^2/2)` in reach is kept, in rows of
//! [`LANES`] samples at a time and 0 beyond the end of a row; the sums are those of [`cpu`](super::cpu), bit for bit:
//! they have the same terms in the same order, and a 0 more changes none. Bells that would need more than [`MOST`]
//! numbers are made anew in every sum.

use rayon::prelude::*;

use super::{
    Ellipse, Quadratic, REACH, Samples,
    cpu::{BAND, Bell, LANES, bell},
};

/// Ellipses that one thread makes at a time.
const PART: usize = 16;
/// Most numbers that are kept: 64 MiB.
const MOST: f64 = 16_777_216.0;

/// Bells over samples.
pub struct Kept {
    parts: Vec<Part>,
    /// What reaches into every band of cells, the first ellipse first.
    bands: Vec<Vec<Run>>,
    /// Places of the samples, with what a last row reads beyond them.
    x: Vec<f32>,
    y: Vec<f32>,
}

/// The bells of some ellipses.
struct Part {
    /// First row of each, and the end.
    start: Vec<u32>,
    rows: Vec<Row>,
    bells: Vec<[f32; LANES]>,
}

/// Samples one after the other in reach of an ellipse.
struct Row {
    ellipse: u32,
    /// First sample.
    first: u32,
    /// The first of its bells, and the end.
    bells: [u32; 2],
    /// Centre of the ellipse, at the image that these samples see.
    center: [f32; 2],
}

/// Rows of one ellipse, one after the other: its part, the first of them and the end.
struct Run {
    part: u32,
    rows: [u32; 2],
}

/// Numbers, and zeros for what a last row reads beyond them.
fn padded(numbers: &[f32]) -> Vec<f32> {
    let mut all = Vec::with_capacity(numbers.len() + LANES);
    all.extend_from_slice(numbers);
    all.resize(numbers.len() + LANES, 0.0);
    all
}

impl Part {
    fn new(first: usize, ellipses: &[Ellipse], samples: &Samples) -> Self {
        let mut part = Self { start: vec![0], rows: vec![], bells: vec![] };
        for (i, e) in ellipses.iter().enumerate() {
            let shape = Bell::new(e, samples.side());
            shape.ranges(samples, 0..samples.side(), |range, center| {
                if range.is_empty() {
                    // Cells without samples; behind the last sample they would be in no band.
                    return;
                }
                let (begin, ellipse) = (part.bells.len() as u32, (first + i) as u32);
                let (x, y) = (&samples.x[range.clone()], &samples.y[range.clone()]);
                for (x, y) in x.chunks(LANES).zip(y.chunks(LANES)) {
                    part.bells.push(block(&shape, center, x, y));
                }
                let bells = [begin, part.bells.len() as u32];
                part.rows.push(Row { ellipse, first: range.start as u32, bells, center });
            });
            part.start.push(part.rows.len() as u32);
        }
        part
    }
}

/// Bells at up to [`LANES`] places; 0 for those that are not there.
#[inline(always)]
fn block(b: &Bell, center: [f32; 2], x: &[f32], y: &[f32]) -> [f32; LANES] {
    let lanes = |of: &[f32], fill: f32| match of.first_chunk::<LANES>() {
        Some(all) => *all,
        None => std::array::from_fn(|l| of.get(l).copied().unwrap_or(fill)),
    };
    let (at_x, at_y) = (lanes(x, center[0]), lanes(y, center[1]));
    let mut bells = [0.0; LANES];
    for l in 0..LANES {
        let (dx, dy) = (at_x[l] - center[0], at_y[l] - center[1]);
        bells[l] = bell(b.form[0] * dx * dx + b.form[1] * dx * dy + b.form[2] * dy * dy);
    }
    if let Some(rest) = bells.get_mut(x.len()..) {
        rest.fill(0.0);
    }
    bells
}

impl Kept {
    /// Of ellipses over samples; `None` where that would be too many numbers.
    pub fn new(ellipses: &[Ellipse], samples: &Samples) -> Option<Self> {
        // Samples of a cell are one in the mean.
        let cells = (samples.side() * samples.side()) as f64;
        let reached = |e: &Ellipse| (std::f64::consts::PI * REACH * REACH * e.determinant().sqrt()).min(cells);
        let share = samples.len() as f64 / cells;
        if ellipses.iter().map(reached).sum::<f64>() * share > MOST {
            return None;
        }
        let part = |(k, some): (usize, &[Ellipse])| Part::new(k * PART, some, samples);
        let parts: Vec<Part> = ellipses.par_chunks(PART).enumerate().map(part).collect();
        let ends: Vec<usize> = samples.bands(BAND).map(|rows| samples.rows(rows.start, rows.end).end).collect();
        let mut bands: Vec<Vec<Run>> = ends.iter().map(|_| vec![]).collect();
        for (k, part) in parts.iter().enumerate() {
            for rows in part.start.windows(2) {
                let mut band = 0;
                for at in rows[0]..rows[1] {
                    let first = part.rows[at as usize].first as usize;
                    // The next row is in the same band or the next, but for a turn around the box.
                    if first >= ends[band] || (band > 0 && first < ends[band - 1]) {
                        band = ends.partition_point(|end| *end <= first);
                    }
                    match bands[band].last_mut() {
                        Some(run) if at > rows[0] && run.part == k as u32 && run.rows[1] == at => run.rows[1] = at + 1,
                        _ => bands[band].push(Run { part: k as u32, rows: [at, at + 1] }),
                    }
                }
            }
        }
        Some(Self { parts, bands, x: padded(&samples.x), y: padded(&samples.y) })
    }

    /// As [`cpu::field`](super::cpu::field).
    pub fn field(&self, quadratics: &[Quadratic], samples: &Samples) -> Vec<f32> {
        let quadratics: Vec<[f32; 6]> = quadratics.iter().map(|q| q.map(|x| x as f32)).collect();
        let bands: Vec<_> = samples.bands(BAND).zip(&self.bands).collect();
        let sum = |(rows, band): (std::ops::Range<usize>, &Vec<Run>)| {
            let own = samples.rows(rows.start, rows.end);
            let mut out = vec![0.0_f32; own.len() + LANES];
            for run in band {
                let part = &self.parts[run.part as usize];
                let rows = &part.rows[run.rows[0] as usize..run.rows[1] as usize];
                let quadratic = quadratics[rows[0].ellipse as usize];
                for row in rows {
                    let bells = &part.bells[row.bells[0] as usize..row.bells[1] as usize];
                    let (first, count) = (row.first as usize, bells.len() * LANES);
                    let (x, y) = (&self.x[first..first + count], &self.y[first..first + count]);
                    add(bells, row.center, &quadratic, x, y, &mut out[first - own.start..][..count]);
                }
            }
            out.truncate(own.len());
            out
        };
        let bands: Vec<Vec<f32>> = bands.into_par_iter().map(sum).collect();
        bands.concat()
    }

    /// As [`cpu::moments`](super::cpu::moments).
    pub fn moments(&self, residual: &[f32]) -> Vec<Quadratic> {
        let residual = padded(residual);
        let one = |part: &Part, i: usize| -> Quadratic {
            let mut sums = [[0.0_f32; LANES]; 6];
            for row in &part.rows[part.start[i] as usize..part.start[i + 1] as usize] {
                let bells = &part.bells[row.bells[0] as usize..row.bells[1] as usize];
                let (first, count) = (row.first as usize, bells.len() * LANES);
                let [x, y, r] = [&self.x, &self.y, &residual].map(|all| &all[first..first + count]);
                collect(bells, row.center, x, y, r, &mut sums);
            }
            sums.map(|lanes| lanes.iter().map(|x| f64::from(*x)).sum())
        };
        let all = |part: &Part| (0..part.start.len() - 1).map(|i| one(part, i)).collect::<Vec<_>>();
        let parts: Vec<Vec<Quadratic>> = self.parts.par_iter().map(all).collect();
        parts.concat()
    }
}

#[inline(always)]
fn add(bells: &[[f32; LANES]], center: [f32; 2], p: &[f32; 6], x: &[f32], y: &[f32], out: &mut [f32]) {
    let blocks = x.as_chunks::<LANES>().0.iter().zip(y.as_chunks::<LANES>().0);
    for ((bell, (x, y)), out) in bells.iter().zip(blocks).zip(out.as_chunks_mut::<LANES>().0) {
        // Values rather than places: the compiler takes all lanes at once where nothing it writes may be read again.
        let (x, y, bell, before) = (*x, *y, *bell, *out);
        *out = std::array::from_fn(|l| {
            let (dx, dy) = (x[l] - center[0], y[l] - center[1]);
            before[l] + bell[l] * (p[0] + dx * (p[1] + p[3] * dx + p[4] * dy) + dy * (p[2] + p[5] * dy))
        });
    }
}

#[inline(always)]
fn collect(bells: &[[f32; LANES]], center: [f32; 2], x: &[f32], y: &[f32], r: &[f32], sums: &mut [[f32; LANES]; 6]) {
    let blocks = x.as_chunks::<LANES>().0.iter().zip(y.as_chunks::<LANES>().0).zip(r.as_chunks::<LANES>().0);
    let mut all = *sums;
    for (bell, ((x, y), r)) in bells.iter().zip(blocks) {
        for l in 0..LANES {
            let (dx, dy) = (x[l] - center[0], y[l] - center[1]);
            let g = r[l] * bell[l];
            let (gx, gy) = (g * dx, g * dy);
            all[0][l] += g;
            all[1][l] += gx;
            all[2][l] += gy;
            all[3][l] += gx * dx;
            all[4][l] += gx * dy;
            all[5][l] += gy * dy;
        }
    }
    *sums = all;
}

#[cfg(test)]
mod tests {
    use super::{super::cpu, *};

    /// Narrow and wide ones, some across the edges, over nodes and over places that a flow has moved.
    #[test]
    fn sums_are_those_of_bells_made_anew_bit_for_bit() {
        let n = 32;
        let ellipses: Vec<Ellipse> = (0..41)
            .map(|i| {
                let t = f64::from(i);
                let place = [(t * 7.3) % 40.0 - 5.0, (t * 11.9) % 40.0 - 4.0];
                Ellipse::from_axes(1.0 - 0.3 * t, place, 0.6 + 0.04 * t, 0.9 + 0.15 * t, 0.7 * t)
            })
            .collect();
        let quadratics: Vec<Quadratic> =
            ellipses.iter().map(|e| [1.0, 0.1, -0.2, 0.03, 0.05, -0.04].map(|x| x * e.peak)).collect();
        let values: Vec<f32> = (0..n * n).map(|i| ((i * i % 977) as f32 * 0.37).sin()).collect();
        let moved: Vec<[f64; 2]> = (0..n * n)
            .map(|i| [(i % n) as f64 + 3.0 * (i as f64 * 0.1).sin(), (i / n) as f64 * 0.7 + (i as f64 * 0.3).cos()])
            .collect();
        let grid = Samples::grid(&values.iter().map(|w| f64::from(*w)).collect::<Vec<_>>(), n);
        for samples in [grid, Samples::scattered(&moved, &values, n)] {
            for count in [0, 1, 15, 16, 17, 41] {
                let (ellipses, quadratics) = (&ellipses[..count], &quadratics[..count]);
                let kept = Kept::new(ellipses, &samples).unwrap();
                assert_eq!(kept.field(quadratics, &samples), cpu::field(ellipses, quadratics, &samples));
                let moments = kept.moments(&samples.value);
                assert_eq!(moments, cpu::moments(ellipses, &samples.value, &samples));
                assert!(count < 15 || moments.iter().flatten().any(|x| x.abs() > 0.1));
            }
        }
    }

    #[test]
    fn what_would_need_too_much_memory_is_not_kept() {
        let samples = Samples::grid(&vec![0.0; 64 * 64], 64);
        let wide = Ellipse::from_axes(1.0, [3.0, 3.0], 7.0, 7.5, 0.0);
        assert!(Kept::new(&vec![wide; 1000], &samples).is_some());
        assert!(Kept::new(&vec![wide; 9000], &samples).is_none());
    }
}
