//! Roll-up of a periodic vortex sheet with an algebraic core (Krasny, J. Comput. Phys. 65, 1986).
//!
//! ```text
//! dx/dt = - 1/(2N) sum sinh 2 pi dy / D,   dy/dt = 1/(2N) sum sin 2 pi dx / D,   D = cosh 2 pi dy - cos 2 pi dx + delta^2
//! ```
//!
//! from `x = G + 0.01 sin 2 pi G`, `y = -0.01 sin 2 pi G`, G = i/N. Period 1 in x only: this kernel is not that of
//! the box and is used nowhere else; what the case tests of the program is its Runge-Kutta scheme. y_max is the
//! highest of the 400 points; the curve between them rises up to 4e-5 higher, where the known heights were read.

use std::f64::consts::TAU;

use rayon::prelude::*;

use super::{Case, Job, Report, Row};
use crate::{error::Result, ops::advect, params::Integrator};

pub(super) const CASE: Case = Case {
    name: "krasny",
    title: "Krasny's vortex sheet",
    about: "A sheet of 400 points with the algebraic core delta rolls up to the published heights, delta 0.5 and 0.25.",
    cost: "about 5 s",
    on_device: false,
    run,
};

/// Points.
const N: usize = 400;
/// Time step.
const DT: f64 = 0.05;
/// Core and the heights at t = 1, 2 ...
const HEIGHTS: [(f64, &[f64]); 2] = [(0.5, &[0.05608, 0.17821, 0.23015, 0.24019]), (0.25, &[0.09603, 0.20062])];

fn run(job: &mut Job) -> Result<Report> {
    let mut rows = vec![];
    for (i, (delta, heights)) in HEIGHTS.into_iter().enumerate() {
        job.part(i, HEIGHTS.len());
        let mut y = sheet();
        let steps = (1.0 / DT).round() as u64;
        for (t, expected) in (1_u32..).zip(heights) {
            for s in 0..steps {
                advect::cpu::step(Integrator::Rk4, &mut y, DT, |y| slope(y, delta * delta));
                job.tell((f64::from(t - 1) + (s + 1) as f64 / steps as f64) / heights.len() as f64)?;
            }
            let top = y.chunks_exact(2).map(|p| p[1]).fold(f64::NEG_INFINITY, f64::max);
            rows.push(Row::absolute(format!("y_max at t = {t}, delta = {delta}"), *expected, top, 1e-3));
        }
    }
    Ok(Report::of(rows))
}

/// `[x0, y0, x1, y1 ..]`.
fn sheet() -> Vec<f64> {
    let at = |i: usize| (i as f64 / N as f64, 0.01 * (TAU * i as f64 / N as f64).sin());
    (0..N).map(at).flat_map(|(g, wave)| [g + wave, -wave]).collect()
}

fn slope(y: &[f64], delta2: f64) -> Vec<f64> {
    let velocity = |p: &[f64]| {
        let (mut u, mut v) = (0.0, 0.0);
        for q in y.chunks_exact(2) {
            let (dx, dy) = (TAU * (p[0] - q[0]), TAU * (p[1] - q[1]));
            let below = dy.cosh() - dx.cos() + delta2;
            u -= dy.sinh() / below;
            v += dx.sin() / below;
        }
        let scale = 0.5 / N as f64;
        [u * scale, v * scale]
    };
    y.par_chunks_exact(2).flat_map_iter(velocity).collect()
}
