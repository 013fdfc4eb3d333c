//! Three vortices that meet in one point (Groebli 1877): circulations (2, 2, -1) at (-1, 1, 1 + i sqrt 2). Every
//! side of their triangle is its first length times `sqrt(1 - t/T)`, `T = 3 sqrt2 pi`.
//!
//! Run at 0.2 of that size, so that the box is wide; times are then 0.04 as long.

use std::f64::consts::{PI, SQRT_2};

use glam::DVec2;

use super::{CENTRE, Case, Job, Report, Row, of_atoms, places, vortex_params};
use crate::{
    error::Result,
    state::{Atom, Sign},
};

pub(super) const CASE: Case = Case {
    name: "collapse",
    title: "Three-vortex collapse",
    about: "A triangle of vortices (2, 2, -1) shrinks by sqrt(1 - t/T), T = 3 sqrt2 pi: to 0.790486 at t = 5.",
    cost: "below a second",
    on_device: true,
    run,
};

/// Length in units of the stated triangle.
const SIZE: f64 = 0.2;
/// Stated time of the comparison.
const TIME: f64 = 5.0;
/// Steps to the time of the collapse.
const STEPS: u64 = 400;

fn run(job: &mut Job) -> Result<Report> {
    let corners = [(Sign::Plus, 2.0, -1.0, 0.0), (Sign::Plus, 2.0, 1.0, 0.0), (Sign::Minus, 1.0, 1.0, SQRT_2)];
    let state =
        of_atoms(corners.map(|(sign, gamma, x, y)| Atom::point(sign, gamma, 0.02, CENTRE + SIZE * DVec2::new(x, y))))?;
    let sides = |v: &[DVec2]| [(0, 1), (1, 2), (2, 0)].map(|(i, j)| (v[i] - v[j]).length());
    let mut sim = job.simulator(&state, &vortex_params(TIME * SIZE * SIZE / STEPS as f64))?;
    let before = sides(&places(&mut *sim)?);
    job.walk(&mut *sim, 10, STEPS / 10, |_| Ok(()))?;
    let after = sides(&places(&mut *sim)?);
    let expected = (1.0 - TIME / (3.0 * SQRT_2 * PI)).sqrt();
    let row = |i: usize| {
        Row::relative(format!("side {} over its first length, t = 5", i + 1), expected, after[i] / before[i], 5e-3)
    };
    Ok(Report::of((0..3).map(row).collect()))
}
