//! Velocity of many vortices: all pairs, and through the mesh.

use glam::DVec2;
use rand::{RngExt, SeedableRng};

use super::{bench::Bench, row::Row};
use crate::{
    error::Result,
    gpu::{Context, Dispatch, readback},
    math::BOX,
    ops::{
        biot_savart,
        buffers::AtomBuffers,
        device::DeviceAtoms,
        mesh::{self, FINE, Pyramid, USUAL},
        quadrature,
    },
    sim::cpu::targets,
    state::{Atom, Atoms, Sign},
};

/// Targets whose velocity is compared.
const PROBES: usize = 200;

/// Round vortices of both signs, cores from `low` to `high`, evenly in their logarithm.
fn vortices(count: usize, low: f64, high: f64) -> Result<Atoms> {
    let mut r = rand_chacha::ChaCha8Rng::seed_from_u64(3);
    let mut atoms = Atoms::default();
    for _ in 0..count {
        let at = DVec2::new(r.random_range(0.0..BOX), r.random_range(0.0..BOX));
        let sign = if r.random_bool(0.5) { Sign::Plus } else { Sign::Minus };
        let eps = low * (high / low).powf(r.random_range(0.0..1.0));
        atoms.push(Atom::point(sign, r.random_range(0.1..1.0) / count as f64, eps, at))?;
    }
    Ok(atoms)
}

/// The atoms on the device, their blobs made.
fn uploaded(context: &Context, atoms: &Atoms) -> Result<AtomBuffers> {
    let buffers = AtomBuffers::new(context, atoms.vertex_count(), 0)?;
    buffers.upload(context, &DeviceAtoms::with(atoms, |_| false))?;
    submit(context, &[&quadrature::gpu::pass(context, &buffers)?]);
    Ok(buffers)
}

fn submit(context: &Context, dispatches: &[&Dispatch]) {
    let mut encoder = context.device.create_command_encoder(&Default::default());
    {
        let mut pass = encoder.begin_compute_pass(&Default::default());
        dispatches.iter().for_each(|d| d.encode(&mut pass));
    }
    context.queue.submit([encoder.finish()]);
}

/// Largest difference at some of the targets from the sum in f64, over the largest speed there.
fn error(context: &Context, buffers: &AtomBuffers, atoms: &Atoms, splits: usize) -> Result<f64> {
    let count = atoms.vertex_count();
    let partial: Vec<[f32; 2]> = readback::read(context, &buffers.velocity, count * splits)?;
    let view = atoms.view();
    let places: Vec<[f64; 2]> = view.vertex.iter().map(|v| v.to_array()).collect();
    let blobs = quadrature::cpu::blobs(view, &places);
    let step = (count / PROBES).max(1);
    let asked: Vec<_> = targets(view, &places).into_iter().step_by(step).collect();
    let exact = biot_savart::cpu::velocity(&asked, &blobs);
    let (mut off, mut most) = (0.0_f64, 0.0_f64);
    for (i, v) in exact.iter().enumerate() {
        let sum = |k: usize| (0..splits).map(|s| f64::from(partial[s * count + i * step][k])).sum::<f64>();
        off = off.max((sum(0) - v[0]).hypot(sum(1) - v[1]));
        most = most.max(v[0].hypot(v[1]));
    }
    Ok(off / most)
}

fn direct(bench: &Bench<'_>, context: &Context, count: usize) -> Result<Row> {
    let atoms = vortices(count, 0.01, 0.02)?;
    let buffers = uploaded(context, &atoms)?;
    let direct = biot_savart::gpu::Direct::new(context, &buffers, count * count)?;
    let times = bench.clock.time(&direct.passes().collect::<Vec<_>>())?;
    let error = error(context, &buffers, &atoms, buffers.splits as usize)?;
    let rate = (count * count) as f64 / times.median_us * 1e-3;
    Ok(Row::new("direct_pairs", count, "GPU", times)
        .error(error, "largest at 200 targets over the largest speed, against the periodic sum in f64")
        .rate(rate, "G pairs/s"))
}

fn meshed(bench: &Bench<'_>, context: &Context, name: &'static str, count: usize, n: usize) -> Result<Row> {
    let accuracy = if name == "mesh_fine" { FINE } else { USUAL };
    let cell = BOX / n as f64;
    let (low, high) = (accuracy.eta * cell, 2.0 * accuracy.eta * cell);
    let atoms = vortices(count, low, 0.99 * high)?;
    let buffers = uploaded(context, &atoms)?;
    let extent = mesh::gpu::Extent { circulation: atoms.iter().map(|a| a.gamma).sum(), narrowest: low * low };
    let pyramid = Pyramid::new(n, accuracy).up_to(0.98 * high * high);
    let passes = mesh::gpu::Passes::new(context, &buffers, &pyramid, &extent, 0)?;
    let all: Vec<&Dispatch> = [passes.gate()].into_iter().chain(passes.passes()).collect();
    let times = bench.clock.time(&all)?;
    let error = error(context, &buffers, &atoms, 1)?;
    bench.clock.tell(&all)?;
    let rate = count as f64 / times.median_us;
    Ok(Row::new(name, count, "GPU", times)
        .error(error, "largest at 200 targets over the largest speed, against the periodic sum in f64")
        .rate(rate, "M targets/s"))
}

/// The rows.
///
/// # Errors
/// As [`Bench::add`].
pub fn rows(bench: &mut Bench<'_>) -> Result<()> {
    let context = bench.clock.context().clone();
    for count in bench.sizes(&[4096], &[4096, 16_384, 65_536, 262_144]) {
        bench.add("direct_pairs", count, |bench| direct(bench, &context, count))?;
    }
    for (count, n) in bench.sizes(&[(10_000, 256)], &[(10_000, 256), (100_000, 1024), (1_000_000, 2048)]) {
        for name in ["mesh_velocity", "mesh_fine"] {
            bench.add(name, count, |bench| meshed(bench, &context, name, count, n))?;
        }
    }
    Ok(())
}
