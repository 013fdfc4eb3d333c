//! The direct sum, as for few pairs and as for many, on samples that try it.

use super::{ParityRow, row, wide};
use crate::{
    error::Result,
    gpu::{Context, readback},
    math::{BOX, from_turns},
    ops::{
        biot_savart::{self, cpu::velocity},
        device::DeviceBlob,
        quadrature::cpu::Blob,
    },
    params::{Params, Velocity},
    sim::{GpuSim, cpu::targets, gpu::parts},
    state::{Atom, Atoms, Background, Basis, Meta, Sign, State},
};
use glam::DVec2;

/// Largest error of either form; 3e-7 to 1e-6 measured.
const TOLERANCE: f64 = 2e-6;

/// Vertices of a sample.
const COUNT: i32 = 1500;

/// Names of the rows for few and for many pairs, and the sample.
const SAMPLES: [(&str, &str, Sample); 5] = [
    ("few pairs, uniform", "many pairs, uniform", Sample::Uniform),
    ("few pairs, clustered", "many pairs, clustered", Sample::Clustered),
    ("few pairs, near-coincident", "many pairs, near-coincident", Sample::NearCoincident),
    ("few pairs, wide cores", "many pairs, wide cores", Sample::Wide),
    ("few pairs, one alone", "many pairs, one alone", Sample::Two),
];

#[derive(Clone, Copy, PartialEq)]
enum Sample {
    /// Cores from thin to the width of the split, anywhere.
    Uniform,
    /// In two clumps across the edges of the box.
    Clustered,
    /// In groups far smaller than their cores.
    NearCoincident,
    /// Cores up to the widest there may be.
    Wide,
    /// A pair across the edge of the box.
    Two,
}

impl Sample {
    fn state(self) -> Result<State> {
        let mut seed = 7_u64;
        let mut random = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 11) as f64 / (1_u64 << 53) as f64
        };
        let mut atoms = Atoms::default();
        for i in 0..if self == Self::Two { 2 } else { COUNT } {
            let [a, b, c] = [random(), random(), random()];
            let spiral = DVec2::from_angle(BOX * b);
            let (place, eps) = match self {
                Self::Uniform => (DVec2::new(BOX * a, BOX * b), 0.01 * 40.0_f64.powf(c)),
                Self::Clustered => (DVec2::splat(6.2 + 3.0 * f64::from(i % 2)) + 0.3 * a * spiral, 0.02 + 0.02 * c),
                Self::NearCoincident => {
                    let centre = DVec2::new(2.4 * f64::from(i % 50), 1.7 * f64::from(i % 50));
                    (centre + 0.05 * 1e-6_f64.powf(a) * spiral, 0.05)
                }
                Self::Wide => (DVec2::new(BOX * a, BOX * b), 0.1 + 1.4 * c),
                Self::Two => (DVec2::new(0.2 + 6.0 * f64::from(i), 2.0 + f64::from(i)), 0.3),
            };
            let sign = if i % 3 == 0 { Sign::Minus } else { Sign::Plus };
            atoms.push(Atom::point(sign, 0.2 + c, eps, place))?;
        }
        Ok(State::new(atoms, Background::zero(Basis::new(8, 12, 0, vec![])?), Meta::default()))
    }
}

/// Velocity of the vertices from exactly the blobs that the device made.
pub(super) fn rows(context: &Context, params: &Params, rows: &mut Vec<ParityRow>) -> Result<()> {
    for (few, many, sample) in SAMPLES {
        let state = sample.state()?;
        let sim = GpuSim::new(context, &state, &Params { velocity: Velocity::Direct, tracers: 0, ..*params })?;
        let first = parts::direct(&sim, false)?;
        let second = parts::direct(&sim, true)?;
        let count = state.atoms.view().vertex.len();
        let buffers = sim.held().buffers();
        let device: Vec<DeviceBlob> = readback::read(context, &buffers.blobs, count)?;
        let turns: Vec<[u32; 2]> = readback::read(context, &buffers.places, count)?;
        let place = |p: [u32; 2]| p.map(|p| from_turns(p, 0));
        let made =
            |d: &DeviceBlob| Blob { x: place(d.place), circulation: f64::from(d.circulation), eps2: f64::from(d.eps2) };
        let places: Vec<[f64; 2]> = turns.iter().map(|p| place(*p)).collect();
        let made: Vec<Blob<f64>> = device.iter().map(made).collect();
        let reference = velocity(&targets(state.atoms.view(), &places), &made);
        for (name, got) in [(few, first), (many, second)] {
            rows.push(row(name, &wide(&got), None, &wide(&reference), TOLERANCE.min(biot_savart::TOLERANCE)));
        }
    }
    Ok(())
}
