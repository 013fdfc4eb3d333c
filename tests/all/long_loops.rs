//! Sizes at which loops of one launch would take more rounds than some drivers give: device against CPU.

use dashi_vortex::{
    encode::bounds,
    gpu::{buffer::filled, readback, rounds::ROUNDS},
    math::{BOX, Complex64},
    ops::{
        ellipse_fit::{Ellipse, Quadratic, REACH, Samples, TILE, cpu, gpu::Passes},
        raster,
    },
    params::Params,
    primitives::ternary::{self, Carrier},
    sim::{GpuSim, Simulator, parity},
    state::{Atom, Atoms, Background, Basis, Meta, Sign, State},
};
use glam::DVec2;
use rand::{Rng, SeedableRng};

use crate::device::context;

/// Largest error over the largest value of the reference.
const TOLERANCE: f64 = 1e-5;

fn random(seed: u64) -> impl FnMut() -> f64 {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    move || f64::from(random.next_u32()) / f64::from(u32::MAX)
}

fn error(got: &[f32], exact: &[f64]) -> f64 {
    assert_eq!(got.len(), exact.len());
    let scale = exact.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    got.iter().zip(exact).map(|(a, b)| (f64::from(*a) - b).abs()).fold(0.0, f64::max) / scale
}

fn sign(i: usize) -> Sign {
    if i.is_multiple_of(2) { Sign::Plus } else { Sign::Minus }
}

/// So many atoms around a place.
fn cluster(count: usize, at: DVec2, radius: f64, atom: impl Fn(usize, DVec2) -> Atom) -> Atoms {
    let mut random = random(7);
    let place = (0..count).map(|_| at + radius * random().sqrt() * DVec2::from_angle(BOX * random()));
    Atoms::try_from_iter(place.collect::<Vec<_>>().into_iter().enumerate().map(|(i, p)| atom(i, p))).unwrap()
}

fn state(atoms: Atoms) -> State {
    State::new(atoms, Background::zero(Basis::new(8, 12, 0, vec![]).unwrap()), Meta::default())
}

#[test]
fn a_tile_adds_a_hundred_thousand_segments() {
    // On 32 x 32 nodes all is one tile; on 64 x 64 the cluster lies in one of four.
    for (n, count, radius, eps) in [(32, 100_000, 3.0, 0.05), (64, 100_000, 1.2, 0.03)] {
        let atoms = cluster(count, DVec2::splat(1.5), radius, |i, p| Atom::point(sign(i), 1e-3, eps, p));
        let params = Params {
            n,
            tracers: 0,
            max_vertices: count as u32,
            refit_every: dashi_vortex::params::Every::Steps(0),
            ..Params::default()
        };
        let mut sim = GpuSim::new(context(), &state(atoms), &params).unwrap();
        // The atoms as the device holds them.
        let held = sim.snapshot().unwrap();
        let error = error(&sim.decode(n).unwrap(), &dashi_vortex::sim::decode(&held, n));
        println!("{count} points on one tile of {n} x {n}: {error:.1e}");
        assert!(error <= TOLERANCE, "{n} x {n}: {error:.1e}");
    }
}

#[test]
fn parts_of_the_raster_are_the_same_bits_as_the_whole() {
    let mut atoms = cluster(9000, DVec2::splat(3.0), 3.0, |i, p| Atom::point(sign(i), 1e-2, 0.05, p));
    atoms.push(Atom::ellipse(Sign::Plus, 1.0, 0.4, 3.0, 0.6, DVec2::new(2.0, 5.0))).unwrap();
    let params = Params { n: 64, tracers: 0, max_vertices: 16_384, ..Params::default() };
    let decoded = |rounds| {
        let context = context().with_rounds(rounds);
        GpuSim::new(&context, &state(atoms.clone()), &params).unwrap().decode(64).unwrap()
    };
    let one_chunk = ROUNDS / 2;
    assert_eq!(raster::gpu::chunks_of_a_launch(one_chunk), 1);
    assert_eq!(decoded(one_chunk), decoded(ROUNDS));
}

fn compared(what: &str, state: &State, n: u32) {
    let vertices = state.atoms.vertex_count() as u32;
    let params = Params { n, max_vertices: vertices.max(64), ..Params::default() };
    let found = parity::compared(context(), state, &params).unwrap();
    for row in &found.rows {
        println!("{what}, {}: {:.1e} of {} numbers", row.name, row.gpu, row.count);
        assert!(row.passed, "{what}, {}: {:.1e}", row.name, row.gpu);
    }
}

#[test]
fn wide_cores_all_reach_each_other() {
    let atoms = cluster(8000, DVec2::splat(3.0), 1.5, |_, p| Atom::point(Sign::Plus, 0.01, 0.42, p));
    compared("8,000 wide cores", &state(atoms), 32);
}

#[test]
fn a_dense_cluster_is_all_near_pairs() {
    // Eight nodes each, all within the reach of one bin; a background, so that their amplitudes are compared, too.
    let ellipse = |i, p| Atom::ellipse(Sign::Plus, 1e-3 * (1.0 + (i % 7) as f64), 0.01, 1.5, 0.3 * i as f64, p);
    let mut state = state(cluster(7000, DVec2::splat(3.0), 0.05, ellipse));
    let mut dense = state.background.dense();
    // Rows of a square of modes around k = 0.
    let r = state.background.basis().radius();
    let at = |kx: i32, ky: i32| ((ky + r) * (2 * r + 1) + kx + r) as usize;
    dense[at(2, 1)] = Complex64::new(0.1, 0.05);
    dense[at(-2, -1)] = Complex64::new(0.1, -0.05);
    state.background.set_dense(&dense);
    compared("a dense cluster", &state, 32);
}

/// Residual of a fit on the device, and the first product of each ellipse with it.
fn fitted(ellipses: &[Ellipse], samples: &Samples, most: f64) {
    let mut passes = Passes::new(context(), samples, ellipses.len(), ellipses.len(), [0.5, most]).unwrap();
    passes.set(ellipses).unwrap();
    assert!(!passes.outcome().unwrap().2);
    let peaks: Vec<Quadratic> = ellipses.iter().map(|e| [e.peak, 0.0, 0.0, 0.0, 0.0, 0.0]).collect();
    let model = cpu::field(ellipses, &peaks, samples);
    let left: Vec<f64> = samples.value.iter().zip(&model).map(|(v, m)| f64::from(*v) - f64::from(*m)).collect();
    let mean = left.iter().sum::<f64>() / left.len() as f64;
    let left: Vec<f64> = left.iter().map(|r| r - mean).collect();
    let off = error(&passes.residual().unwrap(), &left);
    println!("residual of {} ellipses at {} samples: {off:.1e}", ellipses.len(), samples.len());
    assert!(off <= dashi_vortex::ops::ellipse_fit::TOLERANCE, "{off:.1e}");
    let narrow: Vec<f32> = left.iter().map(|r| *r as f32).collect();
    let moments = cpu::moments(ellipses, &narrow, samples);
    let exact: Vec<f64> = ellipses
        .iter()
        .zip(&moments)
        .map(|(e, m)| m[0] / (std::f64::consts::PI * e.determinant().sqrt()).sqrt())
        .collect();
    let got: Vec<f32> = passes.slopes().unwrap().iter().map(|slope| slope[0]).collect();
    let off = error(&got, &exact);
    println!("their products: {off:.1e}");
    assert!(off <= dashi_vortex::ops::ellipse_fit::TOLERANCE, "{off:.1e}");
}

#[test]
fn a_fit_adds_up_a_crowded_tile_and_a_whole_box() {
    let (side, mut random) = (64, random(3));
    let places: Vec<[f64; 2]> = (0..8192).map(|_| [TILE as f64 * random(), TILE as f64 * random()]).collect();
    let values: Vec<f32> = places.iter().map(|p| (p[0] - 0.4 * p[1]).sin() as f32).collect();
    let ellipses: Vec<Ellipse> = (0..1000)
        .map(|_| {
            let place = [TILE as f64 * random(), TILE as f64 * random()];
            Ellipse::from_axes(0.01 * (random() - 0.3), place, 1.0 + random(), 2.0 + random(), 3.0 * random())
        })
        .collect();
    fitted(&ellipses, &Samples::scattered(&places, &values, side), bounds(side).most);

    // A bell that reaches every tile of the box.
    let side = 1480;
    let most = bounds(side).most;
    assert!((2.0 * REACH * most / TILE as f64).powi(2) * 3.0 > f64::from(ROUNDS));
    let field: Vec<f64> = (0..side * side).map(|i| (0.01 * (i % side) as f64).sin()).collect();
    let middle = [0.4 * side as f64, 0.7 * side as f64];
    let wide = [Ellipse::from_axes(1.0, middle, 0.9 * most, 0.99 * most, 0.4)];
    fitted(&wide, &Samples::grid(&field, side), most);
}

#[test]
fn a_majority_of_five_thousand_carriers_is_counted() {
    let (width, height, count) = (70, 3, 5001);
    let mut random = random(5);
    let carriers: Vec<Carrier> = (0..count)
        .map(|_| {
            let cells: Vec<i8> = (0..width * height).map(|_| (3.0 * random()).min(2.0) as i8 - 1).collect();
            Carrier::new(width, height, &cells).unwrap()
        })
        .collect();
    let passes = ternary::gpu::Passes::new(context(), width, height).unwrap();
    let out = passes.buffer("out", 1).unwrap();
    let words: Vec<[u32; 2]> = carriers.iter().flat_map(|c| c.words().to_vec()).collect();
    let all = filled(context(), "carriers", &words).unwrap();
    let pass = passes.fuse(&all, count, &out).unwrap();
    let mut encoder = context().device.create_command_encoder(&Default::default());
    pass.encode(&mut encoder.begin_compute_pass(&Default::default()));
    context().queue.submit([encoder.finish()]);
    let got: Vec<[u32; 2]> = readback::read(context(), &out, passes.words()).unwrap();
    let expected = ternary::cpu::fuse(&carriers.iter().collect::<Vec<_>>()).unwrap();
    assert_eq!(got, expected.words());
}
