//! Two equal Gaussian vortices merge when their cores have grown to 0.22 of their distance, core = sqrt2 eps
//! (Meunier, Ehrenstein, Leweke and Rossi, Phys. Fluids 14, 2002); narrower ones go on circling each other.
//!
//! The threshold is found by bisection. Each trial gives the decoded field of two round atoms to the LES code with
//! Cs = 0, as a rigid core could never merge, at `Re = Gamma/nu = 1e5`: over the two turns it runs, viscosity
//! widens the cores by less than 2 %. Merged means that the highest point came within a quarter of the first
//! distance of the centre.

use std::f64::consts::{PI, SQRT_2};

use glam::DVec2;

use super::{CENTRE, Case, Job, Report, Row, of_atoms};
use crate::{
    error::Result,
    math::BOX,
    sim::decode,
    spectral::{Les, LesOptions},
    state::{Atom, Sign},
};

pub(super) const CASE: Case = Case {
    name: "merger",
    title: "Merging of a pair",
    about: "Bisection of the core over the distance at which two Gaussian vortices merge within two turns, on 96 x 96 nodes.",
    cost: "about 5 s",
    on_device: false,
    run,
};

/// Side of the grid.
const N: usize = 96;
/// Distance of the vortices.
const D: f64 = 1.6;
/// Circulation over viscosity.
const RE: f64 = 1e5;
/// Turns of the pair in a trial.
const TURNS: f64 = 2.0;
/// Time step.
const DT: f64 = 0.03;
/// Steps between two looks.
const STRIDE: u64 = 20;
/// Ratios that do not and that do merge.
const BRACKET: [f64; 2] = [0.18, 0.26];

fn run(job: &mut Job) -> Result<Report> {
    let width = if job.setup.quick { 0.021 } else { 0.006 };
    let [mut low, mut high] = BRACKET;
    let halvings = ((high - low) / width).log2().ceil() as usize;
    let mut rows = vec![];
    let mut trial = |job: &mut Job, ratio: f64, i: usize| {
        job.part(i, halvings + 2);
        let time = merges(job, ratio)?;
        rows.push(match time {
            Some(turns) => Row::reported(format!("  core/distance {ratio:.4}: merged after turns"), None, turns),
            None => Row::reported(format!("  core/distance {ratio:.4}: turns without merging"), None, TURNS),
        });
        Ok::<bool, crate::error::Error>(time.is_some())
    };
    let ends = [trial(job, low, 0)?, trial(job, high, 1)?];
    for i in 0..halvings {
        let middle = 0.5 * (low + high);
        match trial(job, middle, i + 2)? {
            true => high = middle,
            false => low = middle,
        }
    }
    let threshold = if ends == [false, true] { 0.5 * (low + high) } else { f64::NAN };
    rows.insert(0, Row::relative("core/distance that merges", 0.22, threshold, 0.1));
    Ok(Report::of(rows))
}

/// After how many turns a pair of this ratio has merged, if it does.
fn merges(job: &mut Job, ratio: f64) -> Result<Option<f64>> {
    let at = |x: f64| Atom::point(Sign::Plus, 1.0, ratio * D / SQRT_2, CENTRE + DVec2::new(x, 0.0));
    let state = of_atoms([at(-0.5 * D), at(0.5 * D)])?;
    let options = LesOptions { n: N, cs: 0.0, nu0: 1.0 / RE, dt: DT, scheme: job.setup.scheme, ..Default::default() };
    let mut les = Les::new(&options, &decode(&state, N as u32))?;
    let turn = 2.0 * PI * PI * D * D;
    let mut omega = vec![0.0; N * N];
    while les.time() < TURNS * turn {
        for _ in 0..STRIDE {
            les.step()?;
        }
        les.field_into(&mut omega)?;
        if peak_radius(&omega) < 0.25 * D {
            return Ok(Some(les.time() / turn));
        }
        job.tell(les.time() / (TURNS * turn))?;
    }
    Ok(None)
}

/// Distance of the highest node from the centre of the box.
fn peak_radius(omega: &[f64]) -> f64 {
    let highest = (0..omega.len()).max_by(|i, j| omega[*i].total_cmp(&omega[*j])).unwrap_or(0);
    let offset = |i: usize| BOX * (i as f64 / N as f64 - 0.5);
    offset(highest % N).hypot(offset(highest / N))
}
