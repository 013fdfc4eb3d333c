//! A whole frame: one step, dye, decode and read-backs, submitted and waited for.

use glam::DVec2;
use rand::{RngExt, SeedableRng};

use super::{bench::Bench, row::Row};
use crate::{
    error::Result,
    gpu::Context,
    math::BOX,
    params::{Integrator, Params, Switch, Velocity},
    sim::GpuSim,
    state::{Atom, Atoms, Background, Meta, Sign, State, Topology},
};

/// Vertices of a filament.
const LENGTH: usize = 100;

/// Wavy filaments of both signs.
fn filaments(vertices: usize) -> Result<State> {
    let mut r = rand_chacha::ChaCha8Rng::seed_from_u64(9);
    let (mut atoms, eps) = (Atoms::default(), 0.01);
    for _ in 0..vertices / LENGTH {
        let mut place = DVec2::new(r.random_range(0.0..BOX), r.random_range(0.0..BOX));
        let sign = if r.random_bool(0.5) { Sign::Plus } else { Sign::Minus };
        let (heading, bend) = (r.random_range(0.0..BOX), r.random_range(-4.0..4.0));
        let path: Vec<DVec2> = (0..LENGTH)
            .map(|i| {
                place += DVec2::from_angle(heading + bend * i as f64 / LENGTH as f64) * (1.5 * eps);
                place
            })
            .collect();
        atoms.push(Atom::polyline(Topology::Open, sign, r.random_range(0.001..0.01), eps, path))?;
    }
    Ok(State::new(atoms, Background::empty(), Meta::default()))
}

fn whole(bench: &Bench<'_>, context: &Context, vertices: usize, n: u32, tracers: u32) -> Result<Row> {
    let state = filaments(vertices)?;
    let params = Params {
        n,
        tracers,
        dt: 1e-3,
        integrator: Integrator::Rk2,
        velocity: Velocity::Auto,
        max_vertices: vertices as u32 + 1024,
        mdl: Switch::Off,
        resample: 0,
        ..Params::default()
    };
    let mut sim = GpuSim::new(context, &state, &params)?;
    let times = bench.clock.wall(|| {
        let mut encoder = context.device.create_command_encoder(&Default::default());
        sim.encode_steps(&mut encoder, 1);
        sim.encode_tracers(&mut encoder, params.dt);
        sim.encode_decode(&mut encoder);
        sim.encode_readbacks(&mut encoder);
        context.queue.submit([encoder.finish()]);
        context.wait()?;
        sim.harvest();
        Ok(())
    })?;
    for pass in sim.probes().pass_times() {
        if let Some(ms) = pass.ms {
            eprintln!("  {:<18} {:>3} x {:>9.1} us", pass.label, pass.calls, ms * 1e3 / f64::from(pass.calls.max(1)));
        }
    }
    Ok(Row::new("frame", vertices, "GPU", times).rate(1e6 / times.median_us, "frames/s"))
}

/// The rows.
///
/// # Errors
/// As [`Bench::add`].
pub fn rows(bench: &mut Bench<'_>) -> Result<()> {
    let context = bench.clock.context().clone();
    for (vertices, n, tracers) in bench.sizes(&[(2_000, 256, 10_000)], &[(100_000, 1024, 1_000_000)]) {
        bench.add("frame", vertices, |bench| whole(bench, &context, vertices, n, tracers))?;
    }
    Ok(())
}
