//! A field whose sums are whole numbers: `psi = sin 2x cos 2y + 2 sin x cos 3y`, so
//! `omega = 8 sin 2x cos 2y + 20 sin x cos 3y`, has energy 6 and enstrophy 58, exactly.
//!
//! On the CPU in f64 every way to them is exact to rounding; the device sums its flow grid in f32.

use super::{
    Case, Job, Place, Report, Row,
    modes::{grid, waves},
    vortex_params,
};
use crate::{
    error::Result,
    math::Complex64,
    sim::{decode, measure},
    spectral::{Les, LesOptions, Precision},
};

pub(super) const CASE: Case = Case {
    name: "two-mode",
    title: "Two-wave field",
    about: "psi = sin 2x cos 2y + 2 sin x cos 3y has energy 6 and enstrophy 58, exact to rounding, by every sum there is.",
    cost: "below a second",
    on_device: true,
    run,
};

/// Rounding of sums over a grid in f64, and in f32.
const ROUNDING: [f64; 2] = [1e-12, 1e-5];

fn run(job: &mut Job) -> Result<Report> {
    let i = Complex64::new(0.0, -1.0);
    let state = waves(4, &[([2, 2], 2.0 * i), ([2, -2], 2.0 * i), ([1, 3], 5.0 * i), ([1, -3], 5.0 * i)])?;
    let mut rows = vec![];
    let mut both = |name: &str, (energy, enstrophy): (f64, f64), threshold: f64| {
        rows.push(Row::relative(format!("energy, {name}"), 6.0, energy, threshold));
        rows.push(Row::relative(format!("enstrophy, {name}"), 58.0, enstrophy, threshold));
    };
    let (kept, _) = measure(&state);
    let [modes, sums] = [kept.energy, kept.enstrophy].map(|x| x.unwrap_or(f64::NAN));
    both("sum over modes", (modes, sums), ROUNDING[0]);
    both("decoded on 64 x 64", measure::of_field(&decode(&state, 64), 64), ROUNDING[0]);
    let single = job.simulator(&state, &vortex_params(0.01))?.decode(64)?;
    let single: Vec<f64> = single.iter().map(|w| f64::from(*w)).collect();
    both("decoded as f32", measure::of_field(&single, 64), 1e-6);
    let omega = grid(32, |x, y| 8.0 * (2.0 * x).sin() * (2.0 * y).cos() + 20.0 * x.sin() * (3.0 * y).cos());
    let options = LesOptions { n: 32, dtype: Precision::F64, ..Default::default() };
    both("LES", Les::new(&options, &omega)?.energy_enstrophy(), ROUNDING[0]);
    match &job.setup.place {
        Place::Cpu => {}
        #[cfg(feature = "gpu")]
        Place::Device(context) => both("flow grid of the device", flow_grid(context, &state)?, ROUNDING[1]),
    }
    job.tell(1.0)?;
    Ok(Report::of(rows))
}

/// What the grid of the dye says.
#[cfg(feature = "gpu")]
fn flow_grid(context: &crate::gpu::Context, state: &crate::state::State) -> Result<(f64, f64)> {
    use crate::{params::Params, sim::GpuSim};
    let mut sim = GpuSim::new(context, state, &Params { tracers: 10, ..vortex_params(0.01) })?;
    let mut encoder = context.device.create_command_encoder(&Default::default());
    sim.encode_tracers(&mut encoder, 0.0);
    sim.encode_readbacks(&mut encoder);
    context.queue.submit([encoder.finish()]);
    context.wait()?;
    sim.harvest();
    let counters = sim.probes().counters();
    Ok((counters.energy.unwrap_or(f64::NAN), counters.enstrophy.unwrap_or(f64::NAN)))
}
