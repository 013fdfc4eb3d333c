//! Two equal vortex pairs on one axis pass through each other in turn (Love 1894).
//!
//! At the moment of passing they stand on one line, the outer pair d wide and the inner one alpha d. After a
//! full period both have been inside once: the distance vector of the two vortices of one sign has made a
//! whole turn. Point vortices, `Gamma = d = 1`: 4.17787, 1.41271 and 0.45894 for alpha 0.3, 0.5 and 0.7; times
//! scale by `d^2/Gamma`. The net circulation is 0, so the box adds no first-order term.

use std::f64::consts::TAU;

use glam::DVec2;

use super::{CENTRE, Case, Job, Report, Row, of_atoms, places, vortex_params};
use crate::{
    error::Result,
    state::{Atom, Sign},
};

pub(super) const CASE: Case = Case {
    name: "leapfrog",
    title: "Leapfrogging pairs",
    about: "Two pairs, one alpha times as wide as the other, pass through each other with the known full period.",
    cost: "about 2 s",
    on_device: true,
    run,
};

/// Inner over outer width, and the period for Gamma = d = 1.
const PERIODS: [(f64, f64); 3] = [(0.3, 4.17787), (0.5, 1.41271), (0.7, 0.45894)];
/// Width of the outer pair.
const D: f64 = 0.15;
/// Core radius: 0.044 of the smallest distance between vortices.
const EPS: f64 = 0.001;
/// Steps of a period.
const STEPS: u64 = 1000;
/// Steps between two looks at the angle.
const STRIDE: u64 = 10;

fn run(job: &mut Job) -> Result<Report> {
    let mut rows = vec![];
    for (i, (alpha, period)) in PERIODS.into_iter().enumerate() {
        job.part(i, PERIODS.len());
        let at = |sign: Sign, y: f64| Atom::point(sign, 1.0, EPS, CENTRE + DVec2::new(0.0, sign.value() * y));
        let (outer, inner) = (0.5 * D, 0.5 * alpha * D);
        let state =
            of_atoms([at(Sign::Plus, outer), at(Sign::Plus, inner), at(Sign::Minus, outer), at(Sign::Minus, inner)])?;
        let expected = period * D * D;
        let mut sim = job.simulator(&state, &vortex_params(expected / STEPS as f64))?;
        let (mut angle, mut before, mut turned) = (0.0, DVec2::new(0.0, outer - inner), None);
        // A little longer than the period, so that the turn is complete.
        job.walk(&mut *sim, STEPS / STRIDE + 10, STRIDE, |sim| {
            let v = places(sim)?;
            let now = v[0] - v[1];
            let step = before.angle_to(now);
            if turned.is_none() && angle + step >= TAU {
                // The rate is at its extremum here, so between two looks the angle is straight.
                let late = (angle + step - TAU) / step;
                turned = Some(sim.time() - late * (STRIDE as f64) * expected / STEPS as f64);
            }
            (angle, before) = (angle + step, now);
            Ok(())
        })?;
        rows.push(Row::relative(format!("period, alpha = {alpha}"), expected, turned.unwrap_or(f64::NAN), 5e-3));
    }
    Ok(Report::of(rows))
}
