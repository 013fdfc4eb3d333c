//! A uniform elliptical patch of vorticity turns without changing its shape (Kirchhoff 1876):
//! `Omega = omega0 a b/(a + b)^2`, 2 omega0/9 for axes 2:1. The neutralising background of the box turns it
//! back by `Gamma/(2 area)`.
//!
//! The patch is a square lattice of small round cores, each with the circulation of the part of its cell that
//! lies inside the ellipse. Its angle is that of the second moments of circulation.

use std::f64::consts::PI;

use glam::DVec2;

use super::{CENTRE, Case, Job, Report, Row, of_atoms, places, vortex_params};
use crate::{
    error::Result,
    math::BOX,
    params::Params,
    state::{Atom, Sign},
};

pub(super) const CASE: Case = Case {
    name: "kirchhoff",
    title: "Kirchhoff ellipse",
    about: "A 2:1 patch of several hundred small cores turns at 2 omega0/9 less the share of the background.",
    cost: "about 10 s",
    on_device: true,
    run,
};

/// Half axes.
const AXES: [f64; 2] = [0.3, 0.15];
/// Vorticity inside.
const OMEGA: f64 = 1.0;
/// Cells across the short half axis.
const CELLS: f64 = 9.0;
/// Core radius over the side of a cell.
const OVERLAP: f64 = 0.8;
/// Steps of half a turn.
const STEPS: u64 = 80;
/// Points along a side of a cell that find its share inside.
const SAMPLES: i32 = 20;

fn run(job: &mut Job) -> Result<Report> {
    let [a, b] = AXES;
    let gamma = OMEGA * PI * a * b;
    let alone = OMEGA * a * b / (a + b).powi(2);
    let expected = alone - gamma / (2.0 * BOX * BOX);
    let blobs = patch(gamma);
    let (count, shares) = (blobs.len(), blobs.iter().map(|blob| blob.gamma).collect::<Vec<_>>());
    let dt = PI / expected / STEPS as f64;
    let params = Params { max_vertices: 4096, ..vortex_params(dt) };
    let mut sim = job.simulator(&of_atoms(blobs)?, &params)?;
    let shape = |v: &[DVec2]| moments(v, &shares);
    let begin = shape(&places(&mut *sim)?);
    let (mut turned, mut before) = (0.0, begin.angle);
    job.walk(&mut *sim, STEPS / 4, 4, |sim| {
        let now = shape(&places(sim)?).angle;
        // The axis of an ellipse has no direction: angles repeat after half a turn.
        turned += (now - before) - PI * ((now - before) / PI).round();
        before = now;
        Ok(())
    })?;
    let end = shape(&places(&mut *sim)?);
    let rate = turned / sim.time();
    let background = gamma / (2.0 * BOX * BOX);
    Ok(Report::of(vec![
        Row::relative(format!("rotation over half a turn, {count} cores"), expected, rate, 0.01),
        Row::reported("  with the share of the background added", Some(alone), rate + background),
        Row::relative("axis ratio after half a turn", begin.ratio, end.ratio, 0.02),
    ]))
}

/// Round cores on a lattice that fill the ellipse, of circulation `gamma` together.
fn patch(gamma: f64) -> Vec<Atom> {
    let [a, b] = AXES;
    let h = b / CELLS;
    let (nx, ny) = ((a / h).ceil() as i32, (b / h).ceil() as i32);
    let inside = |x: f64, y: f64| (x / a).powi(2) + (y / b).powi(2) <= 1.0;
    let mut cells = vec![];
    for j in -ny..=ny {
        for i in -nx..=nx {
            let (x, y) = (f64::from(i) * h, f64::from(j) * h);
            let part = |s: i32| ((f64::from(s) + 0.5) / f64::from(SAMPLES) - 0.5) * h;
            let hits = (0..SAMPLES * SAMPLES).filter(|s| inside(x + part(s % SAMPLES), y + part(s / SAMPLES))).count();
            if hits > 0 {
                cells.push((DVec2::new(x, y), hits as f64));
            }
        }
    }
    let all: f64 = cells.iter().map(|(_, hits)| hits).sum();
    let core = |(at, hits)| Atom::point(Sign::Plus, gamma * hits / all, OVERLAP * h, CENTRE + at);
    cells.into_iter().map(core).collect()
}

/// What the second moments say of a set of vortices.
struct Shape {
    /// Angle of the long axis.
    angle: f64,
    /// Long axis over short axis.
    ratio: f64,
}

fn moments(v: &[DVec2], shares: &[f64]) -> Shape {
    let all: f64 = shares.iter().sum();
    let centre: DVec2 = v.iter().zip(shares).map(|(v, g)| *v * *g).sum::<DVec2>() / all;
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for (v, g) in v.iter().zip(shares) {
        let d = *v - centre;
        (xx, xy, yy) = (xx + g * d.x * d.x, xy + g * d.x * d.y, yy + g * d.y * d.y);
    }
    let (mean, off) = (0.5 * (xx + yy), (0.5 * (xx - yy)).hypot(xy));
    Shape { angle: 0.5 * (2.0 * xy).atan2(xx - yy), ratio: ((mean + off) / (mean - off)).sqrt() }
}
