//! Parity after many steps: the decode and the velocities of a state that has run, device against CPU in f64.

use super::{ParityRow, flat, row, wide};
use crate::{
    error::Result,
    gpu::{Context, readback},
    math::Complex64,
    ops::{
        atom_modes, biot_savart, compose,
        mesh::{self, Pyramid, USUAL, cpu::Mesh},
        quadrature::cpu::blobs,
        window::Window,
    },
    params::{Params, Velocity},
    sim::{GpuSim, Simulator, cpu::targets, gpu::parts},
    state::State,
};

/// Most pairs that the sums in f64 take: a few seconds of one core.
const MOST_PAIRS: usize = 40_000_000;
/// Targets at most, and at least.
const TARGETS: [usize; 2] = [16, 400];
/// Side of the mesh at most.
const MESH: usize = 256;

/// One state and its rows.
#[derive(serde::Serialize)]
pub struct Evolved {
    /// Steps since genesis.
    pub step: u64,
    /// Vertices, and the nodes that stand for them in the sums.
    pub vertices: usize,
    /// Nodes of the quadrature.
    pub blobs: usize,
    /// Velocities compared.
    pub targets: usize,
    /// Decode, direct sums and mesh.
    pub rows: Vec<ParityRow>,
}

/// Runs a state on the device and compares what it has become.
///
/// # Errors
/// Where the device cannot take it.
pub fn evolved(context: &Context, state: &State, params: &Params, steps: u64) -> Result<Evolved> {
    let mut sim = GpuSim::new(context, state, params)?;
    sim.advance(steps)?;
    let now = sim.snapshot()?;
    drop(sim);
    compared(context, &now, params)
}

/// Decode at `params.n` and velocities of a state as it is; ellipses move others through nodes of their own.
///
/// # Errors
/// As [`evolved`].
pub fn compared(context: &Context, now: &State, params: &Params) -> Result<Evolved> {
    let params =
        Params { velocity: Velocity::Direct, refit_every: crate::params::Every::Steps(0), tracers: 0, ..*params };
    let mut sim = GpuSim::new(context, now, &params)?;
    let view = now.atoms.view();
    let places: Vec<[f64; 2]> = view.vertex.iter().map(|v| v.to_array()).collect();
    let sources = blobs(view, &places);
    let asking = targets(view, &places);
    let count = (MOST_PAIRS / sources.len().max(1)).clamp(TARGETS[0], TARGETS[1]).min(asking.len());
    // Evenly through the list, which is in the order of the atoms.
    let chosen: Vec<usize> = (0..count).map(|i| i * asking.len() / count).collect();
    let few: Vec<_> = chosen.iter().map(|i| asking[*i]).collect();
    let mut rows = vec![];

    let window = Window::full(params.n);
    let field: Vec<f64> = parts::decode_window(&mut sim, window)?.into_iter().map(f64::from).collect();
    let reference: Vec<f64> = compose::cpu::field(&now.atoms, &now.background, &window);
    rows.push(row("decode", &field, None, &reference, 1e-5));

    if !sources.is_empty() {
        let exact = biot_savart::cpu::velocity(&few, &sources);
        let of = |all: Vec<[f64; 2]>| wide(&chosen.iter().map(|i| all[*i]).collect::<Vec<_>>());
        for (name, many) in [("direct sum, as for few pairs", false), ("direct sum, as for many pairs", true)] {
            let got = of(parts::direct(&sim, many)?);
            rows.push(row(name, &got, None, &wide(&exact), biot_savart::TOLERANCE));
        }
        let cores = || sources.iter().map(|b| b.eps2).chain(asking.iter().map(|t| t.eps2));
        let (narrowest, widest) = (cores().fold(f64::INFINITY, f64::min), cores().fold(0.0, f64::max));
        let pyramid = Pyramid::resolving(narrowest, widest, USUAL, MESH);
        parts::through_mesh(&sim, &pyramid, false)?;
        let got: Vec<[f32; 2]> = readback::read(context, &sim.held().buffers().velocity, places.len())?;
        let got = of(got.iter().map(|v| v.map(f64::from)).collect());
        let reference = Mesh::<f64>::new(pyramid).velocity(&few, &sources);
        rows.push(row("mesh", &got, None, &wide(&reference), mesh::TOLERANCE));
    }
    if !now.background.is_zero() && !sources.is_empty() {
        let radius = 2 * now.background.basis().radius();
        let reference: Vec<Complex64> = atom_modes::cpu::amplitudes(&sources, radius);
        // The device makes the half with ky >= 0.
        let half = (radius * (2 * radius + 1)) as usize;
        let got = wide(&parts::first_stage(&sim)?.atom_modes);
        rows.push(row("amplitudes of the atoms", &got, None, &flat(&reference[half..]), 1e-5));
    }
    Ok(Evolved { step: now.step, vertices: places.len(), blobs: sources.len(), targets: count, rows })
}
