//! Taylor-Green cells, `omega ~ cos kx cos ky`: an exact solution that only decays, by `exp(-2 nu k^2 t)`.

use super::{
    Case, Job, Report, Row,
    modes::{grid, march, waves},
    vortex_params,
};
use crate::{
    error::Result,
    math::Complex64,
    params::{Kernel, Params},
    spectral::{Les, LesOptions, Precision},
};

pub(super) const CASE: Case = Case {
    name: "taylor-green",
    title: "Taylor-Green cells",
    about: "Cells of wavenumber 1 and 2 decay by exp(-2 nu k^2 t), by the galerkin and linear kernels and by the LES.",
    cost: "about a second",
    on_device: true,
    run,
};

const NU: f64 = 0.05;
const DT: f64 = 0.01;
const STEPS: u64 = 200;

fn run(job: &mut Job) -> Result<Report> {
    let mut rows = vec![];
    for (i, k) in [1, 2].into_iter().enumerate() {
        let expected = (-2.0 * NU * f64::from(k * k) * DT * STEPS as f64).exp();
        let amplitude = Complex64::new(0.6, 0.0);
        let state = waves(4, &[([k, k], amplitude), ([k, -k], amplitude)])?;
        for (j, kernel) in [Kernel::Galerkin, Kernel::Linear].into_iter().enumerate() {
            job.part(3 * i + j, 6);
            let mut sim = job.simulator(&state, &Params { nu: NU, kernel, ..vortex_params(DT) })?;
            let before = sim.decode(32)?[0];
            job.walk(&mut *sim, 10, STEPS / 10, |_| Ok(()))?;
            let name = format!("amplitude of k = {k} at t = 2, {kernel:?}").to_lowercase();
            rows.push(Row::relative(name, expected, f64::from(sim.decode(32)?[0] / before), 5e-3));
            let modes = sim.snapshot()?.background;
            let other = modes.modes().filter(|(m, _)| m[0].abs() != k || m[1].abs() != k);
            rows.push(Row::absolute(
                "  largest other mode",
                0.0,
                other.map(|(_, c)| c.norm()).fold(0.0, f64::max),
                1e-6,
            ));
        }
        job.part(3 * i + 2, 6);
        let omega = grid(32, |x, y| (f64::from(k) * x).cos() * (f64::from(k) * y).cos());
        let options = LesOptions {
            n: 32,
            cs: 0.0,
            nu0: NU,
            dt: DT,
            scheme: job.setup.scheme,
            dtype: Precision::F64,
            ..Default::default()
        };
        let mut les = Les::new(&options, &omega)?;
        march(job, &mut les, STEPS)?;
        rows.push(Row::relative(format!("amplitude of k = {k} at t = 2, LES"), expected, les.field()[0], 5e-3));
    }
    Ok(Report::of(rows))
}
