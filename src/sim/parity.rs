//! Parity: every operator once on the CPU in f64 and f32 and once on the device, on the same state.
//!
//! The error is `max |difference| / max |reference|`, the f64 result being the reference. The inputs
//! are first rounded to what the device holds, so that only the operators are compared.

mod evolved;
mod mesh;
mod pairs;
mod parcels;
mod quantities;
mod stretch;

pub use evolved::{Evolved, compared, evolved};

use super::{CpuSim, GpuSim, Simulator, cpu::targets, gpu::parts};
use crate::{
    error::{Error, Result},
    gpu::{Context, readback},
    math::{BOX, Complex, Complex64, Real, nearest},
    ops::{
        atom_modes, biot_savart, compose,
        device::{DeviceAtoms, DeviceBlob},
        kernel_galerkin::{self, cpu::Flow},
        low_k, poisson, quadrature, raster, resample, tracers,
        window::Window,
    },
    params::{Integrator, Kernel, Params},
    state::{Atom, Atoms, Background, Basis, Meta, Sign, State, Topology, dense_index},
};
use glam::DVec2;

/// One line of the table.
#[derive(Clone, Debug, serde::Serialize)]
pub struct ParityRow {
    /// Operator and what of it was compared.
    pub name: &'static str,
    /// How many numbers were compared.
    pub count: usize,
    /// Relative error of the f32 reference; `None` where there is none.
    pub cpu_f32: Option<f64>,
    /// Relative error of the device.
    pub gpu: f64,
    /// Index of the worst number.
    pub worst: usize,
    /// Largest error that passes.
    pub tolerance: f64,
    /// Whether it passed.
    pub passed: bool,
}

/// `max |a - b| / max |b|` and where.
fn error(a: &[f64], b: &[f64]) -> (f64, usize) {
    if a.len() != b.len() {
        return (f64::INFINITY, a.len().min(b.len()));
    }
    let scale = b.iter().fold(f64::MIN_POSITIVE, |m, x| m.max(x.abs()));
    let mut worst = (0.0, 0);
    for (i, (x, y)) in a.iter().zip(b).enumerate() {
        let e = (x - y).abs() / scale;
        // NaN is the worst of all.
        let e = if e.is_nan() { f64::INFINITY } else { e };
        if e > worst.0 {
            worst = (e, i);
        }
    }
    worst
}

fn row(name: &'static str, gpu: &[f64], cpu_f32: Option<Vec<f64>>, reference: &[f64], tolerance: f64) -> ParityRow {
    let (gpu, worst) = error(gpu, reference);
    let cpu_f32 = cpu_f32.map(|c| error(&c, reference).0);
    ParityRow { name, count: reference.len(), cpu_f32, gpu, worst, tolerance, passed: gpu <= tolerance }
}

fn wide<R: Real>(pairs: &[[R; 2]]) -> Vec<f64> {
    pairs.iter().flat_map(|p| [p[0].f64(), p[1].f64()]).collect()
}

fn flat(modes: &[Complex64]) -> Vec<f64> {
    modes.iter().flat_map(|c| [c.re, c.im]).collect()
}

fn narrow(modes: &[Complex64]) -> Vec<Complex<f32>> {
    modes.iter().map(|c| Complex::new(c.re as f32, c.im as f32)).collect()
}

/// A state with everything in it: thin and wide points, open and closed filaments, one around the
/// torus, an ellipse, an atom without support, low and kept modes.
///
/// # Errors
/// None: the state is a constant, checked as any other.
pub fn sample_state() -> Result<State> {
    let mut atoms = Atoms::default();
    atoms.push(Atom::point(Sign::Plus, 1.5, 0.05, DVec2::new(0.01, 6.2)))?;
    atoms.push(Atom::point(Sign::Minus, 2.0, 0.45, DVec2::new(4.0, 2.0)))?;
    atoms.push(Atom::ellipse(Sign::Plus, 1.0, 0.1, 3.0, 0.6, DVec2::new(2.0, 5.0)))?;
    atoms.push(Atom { support: false, ..Atom::point(Sign::Plus, 9.0, 0.1, DVec2::ONE) })?;
    let wave = |n: usize, f: &dyn Fn(f64) -> DVec2, closed: bool| -> Vec<DVec2> {
        (0..n + usize::from(!closed)).map(|i| f(i as f64 / n as f64)).collect()
    };
    let around = wave(60, &|t| DVec2::new(BOX * t, 3.0 + 0.4 * (2.0 * BOX * t).sin()), true);
    atoms.push(Atom::polyline(Topology::Closed, Sign::Plus, 4.0, 0.08, around))?;
    let loop_ = wave(40, &|t| DVec2::new(4.5, 4.5) + 0.9 * DVec2::from_angle(BOX * t), true);
    atoms.push(Atom::polyline(Topology::Closed, Sign::Minus, 3.0, 0.1, loop_))?;
    let open = wave(30, &|t| DVec2::new(5.5 + 1.6 * t, 1.0 + 0.3 * (BOX * t).cos()), false);
    atoms.push(Atom::polyline(Topology::Open, Sign::Minus, 1.2, 0.06, open))?;

    let basis = Basis::new(8, 12, 6, vec![[9, 0], [-9, 0], [3, 10], [-3, -10], [0, 12], [0, -12]])?;
    let mut background = Background::zero(basis);
    let r = background.basis().radius();
    let mut dense = background.dense();
    let modes: Vec<[i32; 2]> = background.basis().modes().filter(|k| *k != [0, 0]).collect();
    for k in modes {
        let (x, y) = (f64::from(k[0]), f64::from(k[1]));
        let size = 0.5 * (-0.15 * x.hypot(y)).exp();
        let value = Complex64::from_polar(size, 1.7 * x + 0.9 * y * y + 0.3 * x * y);
        dense[dense_index(k, r)] += value * 0.5;
        dense[dense_index([-k[0], -k[1]], r)] += value.conj() * 0.5;
    }
    background.set_dense(&dense);
    let state = State::new(atoms, background, Meta::default());
    // Round to what the device holds.
    let atoms = DeviceAtoms::new(&resample::cpu::settle(&state.atoms, 2.25, 8192)?).atoms()?;
    let mut background = state.background.clone();
    let rounded =
        background.dense().into_iter().map(|c| Complex64::new(f64::from(c.re as f32), f64::from(c.im as f32)));
    background.set_dense(&rounded.collect::<Vec<_>>());
    Ok(State { atoms, background, ..state })
}

/// Every operator's parity on a device.
///
/// # Errors
/// [`Error::Run`] where the device has no room, does not compile a shader or does not answer.
pub fn table(context: &Context) -> Result<Vec<ParityRow>> {
    let state = sample_state()?;
    // Parcels that carry ellipses have rows of their own.
    let params = Params {
        n: 200,
        tracers: 5000,
        max_vertices: 4096,
        nu: 1e-3,
        refit_every: crate::params::Every::Steps(0),
        ..Default::default()
    };
    let mut rows = Vec::new();
    operators(context, &state, &params, &mut rows)?;
    pairs::rows(context, &params, &mut rows)?;
    mesh::rows(context, &state, &params, &mut rows)?;
    parcels::rows(context, &state, &mut rows)?;
    stretch::rows(context, &state, &params, &mut rows)?;
    decode(context, &state, &params, &mut rows)?;
    flow(context, &state, &params, &mut rows)?;
    for (name, kernel, integrator) in [
        ("one step, frozen, rk2", Kernel::Frozen, Integrator::Rk2),
        ("one step, linear, rk4", Kernel::Linear, Integrator::Rk4),
        ("one step, galerkin, rk4", Kernel::Galerkin, Integrator::Rk4),
    ] {
        let params = Params { kernel, integrator, drift_x: 0.3, spin: 0.2, ..params };
        rows.extend(one_step(context, &state, &params, name)?);
    }
    rows.push(resampling(context, &state, &params)?);
    Ok(rows)
}

/// Quadrature, Biot-Savart, velocity of modes, amplitudes of atoms, triads: from one stage.
fn operators(context: &Context, state: &State, params: &Params, rows: &mut Vec<ParityRow>) -> Result<()> {
    let view = state.atoms.view();
    let places: Vec<[f64; 2]> = view.vertex.iter().map(|v| v.to_array()).collect();
    let places32: Vec<[f32; 2]> = view.vertex.iter().map(|v| [v.x as f32, v.y as f32]).collect();
    let count = places.len();
    let blobs = quadrature::cpu::blobs(view, &places);
    let blobs32 = quadrature::cpu::blobs(view, &places32);

    let sim = GpuSim::new(context, state, params)?;
    let stage = parts::first_stage(&sim)?;
    let b = sim.held().buffers();
    let device: Vec<DeviceBlob> = readback::read(context, &b.blobs, blobs.len())?;
    let place = |p: [u32; 2]| [crate::math::from_turns(p[0], 0), crate::math::from_turns(p[1], 0)];
    let apart: Vec<f64> = device
        .iter()
        .zip(&blobs)
        .flat_map(|(d, b)| [b.x[0] + nearest(place(d.place)[0] - b.x[0]), b.x[1] + nearest(place(d.place)[1] - b.x[1])])
        .collect();
    let exact: Vec<f64> = blobs.iter().flat_map(|b| b.x).collect();
    let f32s = blobs32.iter().flat_map(|b| [f64::from(b.x[0]), f64::from(b.x[1])]).collect();
    rows.push(row("quadrature, places", &apart, Some(f32s), &exact, 1e-6));
    let strength: Vec<f64> = device.iter().map(|d| f64::from(d.circulation)).collect();
    rows.push(row(
        "quadrature, circulations",
        &strength,
        None,
        &blobs.iter().map(|b| b.circulation).collect::<Vec<_>>(),
        1e-6,
    ));

    // The velocity of exactly the blobs the device made.
    let made: Vec<_> = device
        .iter()
        .map(|d| quadrature::cpu::Blob {
            x: place(d.place),
            circulation: f64::from(d.circulation),
            eps2: f64::from(d.eps2),
        })
        .collect();
    let velocity: Vec<[f32; 2]> = readback::read(context, &b.velocity, b.vertex_capacity * (b.splits as usize + 1))?;
    let part = |p: usize| &velocity[p * b.vertex_capacity..p * b.vertex_capacity + count];
    let mut sum = vec![[0.0_f64; 2]; count];
    for p in 0..b.splits as usize {
        for (s, v) in sum.iter_mut().zip(part(p)) {
            *s = [s[0] + f64::from(v[0]), s[1] + f64::from(v[1])];
        }
    }
    let reference = biot_savart::cpu::velocity_textbook(&targets(view, &places), &made);
    let single = biot_savart::cpu::velocity(&targets(view, &places32), &blobs32);
    rows.push(row("biot_savart", &wide(&sum), Some(wide(&single)), &wide(&reference), biot_savart::TOLERANCE));

    let (dense, radius) = (state.background.dense(), state.background.basis().radius());
    let reference = crate::ops::mode_velocity::cpu::velocity(&places, &dense, radius);
    let single = crate::ops::mode_velocity::cpu::velocity(&places32, &narrow(&dense), radius);
    let got = wide(part(b.splits as usize));
    rows.push(row("mode_velocity", &got, Some(wide(&single)), &wide(&reference), 1e-5));

    let double = 2 * radius;
    let reference = atom_modes::cpu::amplitudes(&made, double);
    let single: Vec<Complex64> = atom_modes::cpu::amplitudes(&blobs32, double)
        .iter()
        .map(|c| Complex64::new(f64::from(c.re), f64::from(c.im)))
        .collect();
    let half = (double * (2 * double + 1)) as usize;
    rows.push(row(
        "atom_modes",
        &wide(&stage.atom_modes),
        Some(flat(&single[half..])),
        &flat(&reference[half..]),
        1e-5,
    ));

    let mask = state.background.dense_mask();
    let exact = Flow { atoms: Some(&reference), whole: false, drift: [params.drift_x, params.drift_y], nu: params.nu };
    let reference = kernel_galerkin::cpu::slope(&dense, &mask, radius, &exact);
    let weight = crate::ops::advect::stages(params.integrator)[0].share * params.dt;
    let scaled: Vec<f64> = wide(&stage.mode_slopes).iter().map(|x| x / weight).collect();
    rows.push(row("kernel_galerkin, slope", &scaled, None, &flat(&reference), 1e-5));
    Ok(())
}

/// Raster, low_k and their sum on an odd grid and on a small window.
fn decode(context: &Context, state: &State, params: &Params, rows: &mut Vec<ParityRow>) -> Result<()> {
    let atoms_only = State { background: Background::empty(), ..state.clone() };
    let background_only = State { atoms: Atoms::default(), ..state.clone() };
    let view = Window::view([5.8, 2.5], [0.9, 0.7], [180, 140]);
    for (name, state, tolerance, windows) in [
        ("raster, 200 x 200", &atoms_only, raster::TOLERANCE, Window::full(200)),
        ("raster, zoomed window", &atoms_only, raster::TOLERANCE, view),
        ("low_k, 200 x 200", &background_only, low_k::TOLERANCE, Window::full(200)),
        ("low_k, zoomed window", &background_only, low_k::TOLERANCE, view),
        ("decode (compose), 200 x 200", state, raster::TOLERANCE, Window::full(200)),
    ] {
        let mut sim = GpuSim::new(context, state, params)?;
        let got = parts::decode_window(&mut sim, windows)?;
        let reference: Vec<f64> = compose::cpu::field(&state.atoms, &state.background, &windows);
        let single: Vec<f32> = compose::cpu::field(&state.atoms, &state.background, &windows);
        let [got, single] = [got, single].map(|f| f.iter().map(|x| f64::from(*x)).collect::<Vec<_>>());
        rows.push(row(name, &got, Some(single), &reference, tolerance));
    }
    Ok(())
}

/// Velocity grid, its energy, and one move of the dye.
fn flow(context: &Context, state: &State, params: &Params, rows: &mut Vec<ParityRow>) -> Result<()> {
    let mut sim = GpuSim::new(context, state, params)?;
    let dt = 0.05;
    let (omega, velocity, energy, places) = parts::flow(&mut sim, dt)?;
    let side = (omega.len() as f64).sqrt() as usize;
    let exact: Vec<f64> = omega.iter().map(|x| f64::from(*x)).collect();
    let reference = poisson::cpu::velocity(&exact, side);
    let single = poisson::cpu::velocity(&omega, side);
    rows.push(row(
        "poisson",
        &wide(&velocity),
        Some(wide(&single.velocity)),
        &wide(&reference.velocity),
        poisson::TOLERANCE,
    ));
    rows.push(row("poisson, energy", &[energy], Some(vec![single.energy.f64()]), &[reference.energy], 1e-5));
    rows.extend(quantities::rows(context, &omega, &velocity, side)?);

    let grid: Vec<[f64; 2]> = velocity.iter().map(|v| [f64::from(v[0]), f64::from(v[1])]).collect();
    let start = |i: usize| tracers::start(i as u32).map(|p| crate::math::from_turns(p, 0));
    let mut moved: Vec<[f64; 2]> = (0..places.len()).map(start).collect();
    tracers::cpu::step(&mut moved, &grid, side, [params.drift_x, params.drift_y], dt);
    let got: Vec<f64> = places
        .iter()
        .zip(&moved)
        .flat_map(|(p, m)| [0, 1].map(|c| m[c] + nearest(crate::math::from_turns(p[c], 0) - m[c])))
        .collect();
    rows.push(row("tracers, one move", &got, None, &wide(&moved), tracers::TOLERANCE));
    Ok(())
}

/// One whole step: displacements of vertices, and modes.
fn one_step(context: &Context, state: &State, params: &Params, name: &'static str) -> Result<Vec<ParityRow>> {
    let params = Params { resample: 0, ..*params };
    let (mut gpu, mut cpu) = (GpuSim::new(context, state, &params)?, CpuSim::new(state, &params)?);
    gpu.advance(1)?;
    cpu.advance(1)?;
    let (gpu, cpu) = (gpu.snapshot()?, cpu.snapshot()?);
    let moved = |s: &State| -> Vec<f64> {
        s.atoms.view().vertex.iter().zip(state.atoms.view().vertex).flat_map(|(a, b)| (*a - *b).to_array()).collect()
    };
    let (a, b) = (flat(&gpu.background.dense()), flat(&cpu.background.dense()));
    let eps = |s: &State| s.atoms.view().eps.to_vec();
    // Fixed-point places are rounded to 1.5e-9; against a displacement of dt |u| that is what is left.
    let places = row(name, &moved(&gpu), None, &moved(&cpu), 1e-5);
    Ok(vec![
        places,
        ParityRow { name: "  its modes", ..row(name, &a, None, &b, 1e-5) },
        ParityRow { name: "  its cores", ..row(name, &eps(&gpu), None, &eps(&cpu), 1e-6) },
    ])
}

/// One pass of resampling on a stretched state.
fn resampling(context: &Context, state: &State, params: &Params) -> Result<ParityRow> {
    let params = Params { segment_bound: 1.7, ..*params };
    let mut start = state.clone();
    let stretch = |v: &DVec2| DVec2::new(v.x, 1.25 * v.y);
    let longer = start.atoms.iter().map(|a| Atom { vertices: a.vertices.iter().map(stretch).collect(), ..a });
    let longer: Vec<Atom> = longer.collect();
    start.atoms = DeviceAtoms::new(&Atoms::try_from_iter(longer)?).atoms()?;
    let sim = GpuSim::new(context, &start, &params)?;
    let got = parts::resampled(&sim)?;
    let reference = resample::cpu::pass(&start.atoms, params.segment_bound, 1, true)?;
    if reference.vertex_count() == start.atoms.vertex_count() {
        return Err(Error::Run("the parity sample no longer makes resampling insert a vertex".into()));
    }
    let numbers = |a: &Atoms| -> Vec<f64> {
        let v = a.view();
        v.vertex
            .iter()
            .flat_map(|v| v.to_array())
            .chain(v.weight.iter().copied())
            .chain(v.core.iter().copied())
            .collect()
    };
    Ok(row("resample", &numbers(&got), None, &numbers(&reference), 1e-5))
}
