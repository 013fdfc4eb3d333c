//! Two equal vortices at distance d circle each other.
//!
//! Each moves at `Gamma/(2 pi d)` around the centre at `d/2`: the period is `2 pi^2 d^2/Gamma`. The box makes
//! it longer by `1/(1 - d^2/4 pi)`; the Gaussian cores make it longer by `1/(1 - exp(-d^2/4 eps^2))`, 0.19 % at
//! eps = d/5, which is left in the error.

use std::f64::consts::{PI, TAU};

use glam::DVec2;

use super::{CENTRE, Case, Job, Report, Row, box_factor, of_atoms, places, vortex_params};
use crate::{
    error::Result,
    state::{Atom, Sign},
};

pub(super) const CASE: Case = Case {
    name: "pair",
    title: "Co-rotating pair",
    about: "Two equal vortices turn about each other with period 2 pi^2 d^2/Gamma, five turns, at two distances.",
    cost: "below a second",
    on_device: true,
    run,
};

/// Steps of a period.
const STEPS: u32 = 200;

fn run(job: &mut Job) -> Result<Report> {
    let mut rows = vec![];
    for (i, (d, cores)) in [(0.15, 5.0), (0.1, 8.0)].into_iter().enumerate() {
        job.part(i, 2);
        let expected = 2.0 * PI * PI * d * d / box_factor(d);
        let at = |x: f64| Atom::point(Sign::Plus, 1.0, d / cores, CENTRE + DVec2::new(x, 0.0));
        let state = of_atoms([at(-0.5 * d), at(0.5 * d)])?;
        let mut sim = job.simulator(&state, &vortex_params(expected / f64::from(STEPS)))?;
        let (mut angle, mut before) = (0.0, DVec2::new(d, 0.0));
        job.walk(&mut *sim, 20, 50, |sim| {
            let v = places(sim)?;
            let now = v[1] - v[0];
            angle += before.angle_to(now);
            before = now;
            Ok(())
        })?;
        rows.push(Row::relative(format!("period, d = {d}, eps = d/{cores}"), expected, TAU * sim.time() / angle, 5e-3));
        rows.push(Row::relative(format!("distance after 5 turns, d = {d}"), d, before.length(), 5e-3));
    }
    Ok(Report::of(rows))
}
