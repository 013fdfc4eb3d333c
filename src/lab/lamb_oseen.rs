//! Viscosity spreads a Gaussian vortex into a wider one (Lamb 1932, Oseen 1912):
//!
//! ```text
//! eps^2 = eps0^2 + 2 nu t,     u_theta(r) = Gamma/(2 pi r) (1 - exp(-r^2/2 eps^2))
//! ```
//!
//! with its maximum, `0.6382 Gamma/(2 pi sqrt2 eps)`, at `r = 1.1209 sqrt2 eps`. The swirl is measured by markers
//! of no circulation that move for one short step; the box takes `Gamma r/(8 pi^2)` off it.

use std::f64::consts::{PI, SQRT_2, TAU};

use glam::DVec2;

use super::{Case, Job, Report, Row, box_factor, of_atoms, places, vortex_params};
use crate::{
    error::Result,
    params::Params,
    state::{Atom, Sign},
};

pub(super) const CASE: Case = Case {
    name: "lamb-oseen",
    title: "Lamb-Oseen vortex",
    about: "A vortex spreads by eps^2 = eps0^2 + 2 nu t and keeps its known profile of swirl, maximum and radius included.",
    cost: "below a second",
    on_device: true,
    run,
};

const EPS0: f64 = 0.012;
const NU: f64 = 4e-5;
const DT: f64 = 0.01;
const STEPS: u64 = 300;
/// Radii of the profile, in core widths `sqrt2 eps`.
const RADII: [f64; 7] = [0.2, 0.5, 0.8, 1.5, 2.0, 3.0, 5.0];
/// Markers about the radius of the maximum, and their spacing.
const PEAK: (i32, f64) = (31, 0.004);

fn run(job: &mut Job) -> Result<Report> {
    let gamma = 1.0;
    let state = of_atoms([Atom::point(Sign::Plus, gamma, EPS0, DVec2::new(0.01, 4.0))])?;
    let mut sim = job.simulator(&state, &Params { nu: NU, ..vortex_params(DT) })?;
    job.walk(&mut *sim, 10, STEPS / 10, |_| Ok(()))?;
    let vortex = sim.snapshot()?.atoms.get(0);
    let eps2 = EPS0 * EPS0 + 2.0 * NU * DT * STEPS as f64;
    let width = SQRT_2 * eps2.sqrt();
    let mut rows = vec![Row::relative("eps^2 after t = 3", eps2, vortex.eps * vortex.eps, 5e-3)];

    let exact = |r: f64| gamma / (TAU * r) * (-(-r * r / (width * width)).exp_m1() - r * r / (4.0 * PI));
    let radii = RADII.map(|x| x * width);
    for ((x, r), u) in RADII.iter().zip(radii).zip(swirl(job, &vortex, &radii)?) {
        rows.push(Row::relative(format!("swirl at r = {x} sqrt2 eps"), exact(r), u, 5e-3));
    }

    let offsets: Vec<f64> = (0..PEAK.0).map(|i| PEAK.1 * f64::from(i - PEAK.0 / 2)).collect();
    let radii: Vec<f64> = offsets.iter().map(|x| (1.1209 + x) * width).collect();
    let speed: Vec<f64> = swirl(job, &vortex, &radii)?.iter().zip(&radii).map(|(u, r)| u / box_factor(*r)).collect();
    let (place, top) = vertex_of(&offsets, &speed);
    rows.push(Row::relative("largest swirl", 0.6382 * gamma / (TAU * width), top, 5e-3));
    rows.push(Row::relative("its radius over sqrt2 eps", 1.1209, 1.1209 + place, 5e-3));
    Ok(Report::of(rows))
}

/// Swirl at radii about a vortex: how fast markers of no circulation turn in one short step.
fn swirl(job: &Job, vortex: &Atom, radii: &[f64]) -> Result<Vec<f64>> {
    let x = vortex.vertices[0];
    let marker = |(i, r): (usize, &f64)| Atom::point(Sign::Plus, 0.0, 1e-4, x + *r * DVec2::from_angle(2.4 * i as f64));
    let state = of_atoms([vortex.clone()].into_iter().chain(radii.iter().enumerate().map(marker)))?;
    let dt = 2e-4;
    let mut sim = job.simulator(&state, &vortex_params(dt))?;
    let before = places(&mut *sim)?;
    sim.advance(1)?;
    let after = places(&mut *sim)?;
    let turn = |(a, b): (&DVec2, &DVec2)| (*a - x).angle_to(*b - x);
    Ok(before.iter().zip(&after).skip(1).map(turn).zip(radii).map(|(t, r)| t * r / dt).collect())
}

/// Place and height of the vertex of the parabola that fits best; `x` symmetric about 0.
fn vertex_of(x: &[f64], y: &[f64]) -> (f64, f64) {
    let n = x.len() as f64;
    let sum = |f: &dyn Fn(f64, f64) -> f64| x.iter().zip(y).map(|(x, y)| f(*x, *y)).sum::<f64>();
    let (x2, x4) = (sum(&|x, _| x * x), sum(&|x, _| x.powi(4)));
    let (y0, y1, y2) = (sum(&|_, y| y), sum(&|x, y| x * y), sum(&|x, y| x * x * y));
    let curve = (n * y2 - x2 * y0) / (n * x4 - x2 * x2);
    let (slope, level) = (y1 / x2, (y0 - curve * x2) / n);
    (-0.5 * slope / curve, level - 0.25 * slope * slope / curve)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_parabola_has_its_own_vertex() {
        let x: Vec<f64> = (-5..=5).map(|i| 0.1 * f64::from(i)).collect();
        let y: Vec<f64> = x.iter().map(|x| 3.0 - 2.0 * (x - 0.07).powi(2)).collect();
        let (place, top) = super::vertex_of(&x, &y);
        assert!((place - 0.07).abs() < 1e-12 && (top - 3.0).abs() < 1e-12, "{place} {top}");
    }
}
