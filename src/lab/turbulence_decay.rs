//! Freely decaying turbulence: the vortices that emerge from random vorticity pair and merge, so that ever fewer
//! are left; McWilliams (J. Fluid Mech. 219, 1990) and later work found their number to fall about as t^-0.75.
//!
//! Reported without a verdict: the exponent needs far higher Reynolds numbers and longer times than a few
//! seconds give. A vortex here is a connected set of at least four nodes with |omega| above twice its rms.

use super::{Case, Job, Report, Row, modes::march};
use crate::{
    error::Result,
    spectral::{Les, LesOptions, RandomField},
};

pub(super) const CASE: Case = Case {
    name: "turbulence-decay",
    title: "Decaying turbulence",
    about: "How the number of vortices falls in an LES of random vorticity on 256 x 256 nodes; about t^-0.75, no verdict.",
    cost: "about 15 s",
    on_device: false,
    run,
};

const N: usize = 256;
const DT: f64 = 0.01;
/// Peak of the first spectrum: many small vortices.
const PEAK: f64 = 16.0;
/// Smallest vortex, in nodes.
const LEAST: usize = 4;

fn run(job: &mut Job) -> Result<Report> {
    let (first, last, samples) = if job.setup.quick { (100, 800, 8) } else { (200, 4000, 14) };
    let random = RandomField { peak: PEAK, rms: 6.0, seed: job.setup.seed };
    let options = LesOptions { n: N, dt: DT, scheme: job.setup.scheme, ..Default::default() };
    let mut les = Les::new(&options, &random.field(N)?)?;
    let (energy, enstrophy) = les.energy_enstrophy();
    let mut counts = vec![];
    for i in 0..samples {
        job.part(i, samples);
        let share = i as f64 / (samples - 1) as f64;
        let until = (f64::from(first) * (f64::from(last) / f64::from(first)).powf(share)).round() as u64;
        let steps = until - les.step_count();
        march(job, &mut les, steps)?;
        counts.push((les.time(), count(&les.field())));
    }
    let logs: Vec<[f64; 2]> = counts.iter().map(|(t, n)| [t.ln(), (*n as f64).max(1.0).ln()]).collect();
    let end = les.energy_enstrophy();
    let (begin, stop) = (counts[0], counts[samples - 1]);
    let rows = vec![
        Row::reported("exponent of the number of vortices", Some(-0.75), slope(&logs)),
        Row::reported(format!("vortices at t = {}", begin.0), None, begin.1 as f64),
        Row::reported(format!("vortices at t = {}", stop.0), None, stop.1 as f64),
        Row::reported("energy over its first", None, end.0 / energy),
        Row::reported("enstrophy over its first", None, end.1 / enstrophy),
    ];
    Ok(Report {
        details: serde_json::json!({ "N": N, "seed": job.setup.seed, "vortices": counts }),
        ..Report::of(rows)
    })
}

/// Slope of the line that fits best.
fn slope(points: &[[f64; 2]]) -> f64 {
    let n = points.len() as f64;
    let mean = |axis: usize| points.iter().map(|p| p[axis]).sum::<f64>() / n;
    let (x, y) = (mean(0), mean(1));
    let product: f64 = points.iter().map(|p| (p[0] - x) * (p[1] - y)).sum();
    product / points.iter().map(|p| (p[0] - x).powi(2)).sum::<f64>()
}

/// Connected sets of at least [`LEAST`] nodes beyond twice the rms, of either sign, across the edges of the box.
fn count(omega: &[f64]) -> usize {
    let n = omega.len().isqrt();
    let limit = 2.0 * (omega.iter().map(|w| w * w).sum::<f64>() / omega.len() as f64).sqrt();
    let mut left: Vec<bool> = omega.iter().map(|w| w.abs() > limit).collect();
    let mut found = 0;
    for seed in 0..left.len() {
        if !std::mem::take(&mut left[seed]) {
            continue;
        }
        let (mut open, mut size) = (vec![seed], 0);
        while let Some(cell) = open.pop() {
            size += 1;
            let (i, j) = (cell % n, cell / n);
            for (i, j) in [((i + 1) % n, j), ((i + n - 1) % n, j), (i, (j + 1) % n), (i, (j + n - 1) % n)] {
                let next = j * n + i;
                if omega[next] * omega[cell] > 0.0 && std::mem::take(&mut left[next]) {
                    open.push(next);
                }
            }
        }
        found += usize::from(size >= LEAST);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vortices_are_counted_across_the_edge_and_by_sign() {
        let mut omega = vec![0.0; 32 * 32];
        // Across the corner, and two of opposite sign side by side; a single node is none.
        for (i, j, w) in [(31, 31, 1.0), (0, 31, 1.0), (31, 0, 1.0), (0, 0, 1.0), (20, 5, 1.0)] {
            omega[j * 32 + i] = w;
        }
        for j in 10..12 {
            (8..10).for_each(|i| omega[j * 32 + i] = 1.0);
            (10..12).for_each(|i| omega[j * 32 + i] = -1.0);
        }
        assert_eq!(count(&omega), 3);
    }

    #[test]
    fn a_power_law_has_its_exponent() {
        let points: Vec<[f64; 2]> = (1..9).map(f64::from).map(|t| [t.ln(), (7.0 * t.powf(-0.75)).ln()]).collect();
        assert!((slope(&points) + 0.75).abs() < 1e-12);
    }
}
