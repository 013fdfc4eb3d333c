//! Parcels: their velocity on the mesh, at the vertices, and one whole step of theirs.

use super::{ParityRow, row, wide};
use crate::{
    error::Result,
    gpu::{
        Context, Dispatch,
        buffer::{filled, storage},
        readback,
    },
    math::{BOX, Complex64, from_turns, nearest},
    ops::{
        advect,
        buffers::AtomBuffers,
        device::DeviceAtoms,
        parcels::{
            TOLERANCE,
            cpu::Mesh,
            gpu::{Backgrounds, Passes},
        },
    },
    params::Integrator,
    primitives::fft::band::Band,
    sim::cpu::targets,
    state::{State, dense_index},
};

const SIDE: u32 = 64;
const RADIUS: i32 = 16;
const DT: f64 = 0.05;
const DRIFT: [f64; 2] = [0.3, -0.2];
/// Viscosity times the time before a remesh.
const DECAY: f64 = 2e-3;

/// Radius of a background that the parcels carry.
const TAKEN: i32 = 2;

/// The Hermitian square of the sample's background.
fn taken() -> Vec<Complex64> {
    let mut square = vec![Complex64::default(); 25];
    for (k, c) in [([1, 2], Complex64::new(0.3, -0.7)), ([-2, 1], Complex64::new(0.5, 0.1)), ([1, 0], 0.4.into())] {
        square[dense_index(k, TAKEN)] = c;
        square[dense_index(k.map(|x: i32| -x), TAKEN)] = c.conj();
    }
    square
}

/// Values, places in cells as a flow has left them, and the field of others.
fn sample() -> (Vec<f32>, Vec<[f64; 2]>, Vec<f64>) {
    let n = SIDE as usize;
    let node = |c: usize| [(c % n) as f64 * BOX / n as f64, (c / n) as f64 * BOX / n as f64];
    let value = |[x, y]: [f64; 2]| 3.0 * (3.0 * x - y).sin() + 2.0 * (5.0 * x).cos() * (7.0 * y + 0.3).sin();
    let moved = |[x, y]: [f64; 2]| [x + 0.4 * (2.0 * y).sin() - 0.1, y + 0.3 * (x + 0.2).cos()];
    // Rounded to what the device holds.
    let unit = f64::from(SIDE) / BOX;
    let place = |c: usize| moved(node(c)).map(|x| from_turns(crate::math::to_turns(x).0, 0) * unit);
    let values = (0..n * n).map(|c| value(node(c)) as f32).collect();
    let others = (0..n * n).map(node).map(|[x, y]| f64::from((2.0 * (2.0 * x).cos() * y.sin()) as f32)).collect();
    (values, (0..n * n).map(place).collect(), others)
}

pub(super) fn rows(context: &Context, state: &State, rows: &mut Vec<ParityRow>) -> Result<()> {
    let (values, places, others) = sample();
    let device = DeviceAtoms::new(&state.atoms);
    let buffers = AtomBuffers::new(context, device.vertices.len(), SIDE)?;
    buffers.upload(context, &device)?;
    let count = ((RADIUS + 1) * (2 * RADIUS + 1)) as usize;
    let amplitudes = storage::<[f32; 2]>(context, "amplitudes", count)?;
    let field = filled(context, "others' field", &others.iter().map(|w| *w as f32).collect::<Vec<_>>())?;
    let modes = Some((&amplitudes, RADIUS));
    let square: Vec<[f32; 2]> = taken().iter().map(|c| [c.re as f32, c.im as f32]).collect();
    let square = filled(context, "a background", &square)?;
    let backgrounds = Backgrounds { modes, taken: Some((&square, TAKEN)) };
    let mut passes = Passes::new(context, &buffers, SIDE, Integrator::Rk4, backgrounds, &[&field])?;
    passes.begin(context, &values, &places);
    passes.set(context, DT, DRIFT, DECAY);
    let run = |which: &mut dyn Iterator<Item = &Dispatch>| {
        let mut encoder = context.device.create_command_encoder(&Default::default());
        let mut pass = encoder.begin_compute_pass(&Default::default()).forget_lifetime();
        which.for_each(|d| d.encode(&mut pass));
        drop(pass);
        context.queue.submit([encoder.finish()]);
    };

    // One velocity, on the nodes and at the vertices.
    run(&mut passes.velocity(0).chain([passes.push(0)]));
    let cells = (SIDE * SIDE) as usize;
    let got: Vec<[f32; 2]> = readback::read(context, passes.grid(), cells)?;
    let mut mesh = Mesh::new(SIDE as usize);
    mesh.spread(&places, &values);
    let modes: Vec<[f32; 2]> = readback::read(context, &amplitudes, count)?;
    let exact: Vec<f64> =
        mesh.modes(RADIUS)[(RADIUS * (2 * RADIUS + 1)) as usize..].iter().flat_map(|m| [m.re, m.im]).collect();
    rows.push(row("parcels, modes", &wide(&modes), None, &exact, TOLERANCE));
    mesh.solve();
    rows.push(row("parcels, velocity on the mesh", &wide(&got), None, &mesh.nodes(), TOLERANCE));
    let unit = f64::from(SIDE) / BOX;
    let view = state.atoms.view();
    let places_of: Vec<[f64; 2]> = device.places.iter().map(|p| p.map(|x| from_turns(x, 0))).collect();
    let vertices: Vec<([f64; 2], f64)> =
        targets(view, &places_of).iter().map(|t| (t.x.map(|x| x * unit), t.eps2.sqrt() * unit)).collect();
    let got: Vec<[f32; 2]> = readback::read(context, &buffers.velocity, vertices.len())?;
    rows.push(row("  at the vertices", &wide(&got), None, &wide(&mesh.over(&vertices)), TOLERANCE));

    // Their vorticity on the nodes, as pictures show it.
    run(&mut passes.show());
    let shown: Vec<u32> = readback::read(context, &buffers.shown, cells + 4)?;
    let got: Vec<f64> = shown[4..].iter().map(|bits| f64::from(f32::from_bits(*bits))).collect();
    let background = Band::new(SIDE as usize).field(TAKEN as usize, |k| taken()[dense_index(k, TAKEN)]);
    let field: Vec<f64> =
        mesh.vorticity(&places, &values, 0.0).iter().zip(background).map(|(w, z)| f64::from(*w) - z).collect();
    let splines: Vec<f64> = (0..cells).map(|c| on_node(&got, c)).collect();
    rows.push(row("  as pictures show them", &splines, None, &field, TOLERANCE));

    // A step of four stages in a fixed flow of others: how far each parcel came, in radians.
    run(&mut passes.velocity_of_others(0));
    for s in 0..advect::stages(Integrator::Rk4).len() {
        run(&mut passes.velocity(s).chain([passes.move_on(s)]));
    }
    let got: Vec<[u32; 2]> = readback::read(context, passes.start(), cells)?;
    let mut y: Vec<f64> = places.iter().flatten().copied().collect();
    let mut fixed = Mesh::new(SIDE as usize);
    fixed.sample(&others);
    fixed.solve();
    advect::cpu::step(Integrator::Rk4, &mut y, DT, |y| {
        let at: Vec<[f64; 2]> = y.chunks_exact(2).map(|p| [p[0], p[1]]).collect();
        mesh.spread(&at, &values);
        mesh.solve();
        let sum = |(u, v): ([f64; 2], [f64; 2])| [0, 1].map(|k| unit * (u[k] + v[k] + DRIFT[k]));
        mesh.at(&at).into_iter().zip(fixed.at(&at)).map(sum).collect::<Vec<_>>().concat()
    });
    let way = |now: [f64; 2], before: &[f64; 2]| [0, 1].map(|k| nearest((now[k] - before[k]) / unit));
    let exact: Vec<f64> =
        y.chunks_exact(2).zip(&places).flat_map(|(now, before)| way([now[0], now[1]], before)).collect();
    let came = |p: &[u32; 2]| p.map(|x| from_turns(x, 0) * unit);
    let got: Vec<f64> = got.iter().zip(&places).flat_map(|(now, before)| way(came(now), before)).collect();
    rows.push(row("  one step, rk4", &got, None, &exact, TOLERANCE));

    // A remesh of where they came to, after viscosity.
    let came: Vec<[f64; 2]> = y.chunks_exact(2).map(|p| [p[0], p[1]]).collect();
    run(&mut passes.remesh());
    let got: Vec<f32> = readback::read(context, passes.values(), cells)?;
    let got: Vec<f64> = got.iter().map(|w| f64::from(*w)).collect();
    let exact: Vec<f64> = mesh.vorticity(&came, &values, DECAY).iter().map(|w| f64::from(*w)).collect();
    rows.push(row("  a remesh", &got, None, &exact, TOLERANCE));
    let nodes: Vec<[u32; 2]> = readback::read(context, passes.start(), cells)?;
    let back = |p: &[u32; 2]| p.map(|x| from_turns(x, 0) * unit);
    let exact: Vec<f64> = (0..cells).flat_map(|c| [c % SIDE as usize, c / SIDE as usize]).map(|i| i as f64).collect();
    rows.push(row("  on the nodes", &nodes.iter().flat_map(back).collect::<Vec<_>>(), None, &exact, TOLERANCE));
    Ok(())
}

/// A sum of B-splines of these coefficients on a node: weights 1/6, 2/3, 1/6 along each axis.
fn on_node(coefficients: &[f64], c: usize) -> f64 {
    let n = SIDE as usize;
    let weight = [1.0 / 6.0, 2.0 / 3.0, 1.0 / 6.0];
    let (i, j) = (c % n + n - 1, c / n + n - 1);
    let around = (0..9).map(|k| (k % 3, k / 3));
    around.map(|(a, b)| weight[a] * weight[b] * coefficients[(j + b) % n * n + (i + a) % n]).sum()
}
