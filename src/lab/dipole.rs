//! Two opposite vortices at distance d travel side by side at `Gamma/(2 pi d)`, in the box slower by the factor
//! `1 - d^2/4 pi`. The Gaussian cores take 0.19 % at eps = d/5, left in the error.

use std::f64::consts::TAU;

use glam::DVec2;

use super::{CENTRE, Case, Job, Report, Row, box_factor, of_atoms, places, vortex_params};
use crate::{
    error::Result,
    state::{Atom, Sign},
};

pub(super) const CASE: Case = Case {
    name: "dipole",
    title: "Dipole",
    about: "Two opposite vortices travel at Gamma/(2 pi d), straight ahead, for ten units of time.",
    cost: "below a second",
    on_device: true,
    run,
};

fn run(job: &mut Job) -> Result<Report> {
    let mut rows = vec![];
    for (i, (d, cores)) in [(0.15, 5.0), (0.1, 8.0)].into_iter().enumerate() {
        job.part(i, 2);
        let half = DVec2::new(0.0, 0.5 * d);
        let state = of_atoms([
            Atom::point(Sign::Plus, 1.0, d / cores, CENTRE + half),
            Atom::point(Sign::Minus, 1.0, d / cores, CENTRE - half),
        ])?;
        let mut sim = job.simulator(&state, &vortex_params(0.01))?;
        job.walk(&mut *sim, 10, 100, |_| Ok(()))?;
        let v = places(&mut *sim)?;
        let way = 0.5 * (v[0] + v[1]) - CENTRE;
        let expected = box_factor(d) / (TAU * d);
        rows.push(Row::relative(format!("speed, d = {d}, eps = d/{cores}"), expected, way.x / sim.time(), 5e-3));
        rows.push(Row::absolute(format!("sideways over forward, d = {d}"), 0.0, (way.y / way.x).abs(), 1e-5));
    }
    Ok(Report::of(rows))
}
