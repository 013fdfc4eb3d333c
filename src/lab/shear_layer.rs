//! The double shear layer (Brown and Minion, J. Comput. Phys. 122, 1995): two layers `tanh rho (y -+ 1/4)` of
//! unit velocity in a unit box, pushed by `0.05 sin 2 pi x`, roll up into two vortices. rho = 30, nu = 1e-4.
//!
//! In the box of side 2 pi lengths, times and nu are 2 pi times as large and vorticity 2 pi times smaller; the
//! rows are in the stated units. The LES code runs with Cs = 0 on 256 x 256 nodes.

use super::{
    Case, Job, Report, Row,
    modes::{grid, march},
};
use crate::{
    error::Result,
    math::BOX,
    spectral::{Les, LesOptions, Precision},
};

pub(super) const CASE: Case = Case {
    name: "shear-layer",
    title: "Double shear layer",
    about: "Two shear layers roll up on 256 x 256 nodes, Cs = 0: energy, enstrophy and largest vorticity at t = 1.",
    cost: "about 2 s",
    on_device: false,
    run,
};

const N: usize = 256;
const STEPS: u64 = 1000;
const RHO: f64 = 30.0;
const PUSH: f64 = 0.05;
const NU: f64 = 1e-4;

fn run(job: &mut Job) -> Result<Report> {
    let slope = |s: f64| RHO / (RHO * s).cosh().powi(2);
    let omega = grid(N, |x, y| {
        let (x, y) = (x / BOX, y / BOX);
        let du_dy = if y <= 0.5 { slope(y - 0.25) } else { -slope(0.75 - y) };
        (PUSH * BOX * (BOX * x).cos() - du_dy) / BOX
    });
    let dtype = Precision::F32;
    let options = LesOptions {
        n: N,
        cs: 0.0,
        nu0: NU * BOX,
        dt: BOX / STEPS as f64,
        dtype,
        scheme: job.setup.scheme,
        ..Default::default()
    };
    let mut les = Les::new(&options, &omega)?;
    march(job, &mut les, STEPS)?;
    let (energy, enstrophy) = les.energy_enstrophy();
    let peak = les.field().into_iter().fold(f64::NEG_INFINITY, f64::max);
    Ok(Report::of(vec![
        Row::relative("energy at t = 1", 0.426491, energy, 0.01),
        Row::relative("mean omega^2/2 at t = 1", 34.19095, enstrophy * BOX * BOX, 0.01),
        Row::relative("largest omega at t = 1", 28.271, peak * BOX, 0.01),
    ]))
}
