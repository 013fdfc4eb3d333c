//! The mesh velocity: against its own reference and against the direct sum.

use super::{ParityRow, row, wide};
use crate::{
    error::Result,
    gpu::{Context, readback},
    math::from_turns,
    ops::{
        biot_savart,
        device::DeviceBlob,
        mesh::{Accuracy, FINE, Pyramid, TOLERANCE, USUAL, cpu::Mesh},
        quadrature::cpu::{Blob, blobs},
    },
    params::{Params, Velocity},
    sim::{GpuSim, cpu::targets, gpu::parts},
    state::State,
};

/// Name of the row, name of the row against the direct sum, side, accuracy, its error.
const CASES: [(&str, &str, usize, Accuracy, f64); 3] = [
    ("mesh, 256 x 256", "  against the direct sum", 256, USUAL, 1e-4),
    ("mesh with near pairs, 64 x 64", "  against the direct sum", 64, USUAL, 1e-4),
    ("fine mesh with near pairs", "  against the direct sum", 64, FINE, 1e-5),
];

/// Velocity of the vertices from exactly the blobs that the device made.
pub(super) fn rows(context: &Context, state: &State, params: &Params, rows: &mut Vec<ParityRow>) -> Result<()> {
    let sim = GpuSim::new(context, state, &Params { velocity: Velocity::Direct, ..*params })?;
    let view = state.atoms.view();
    let places: Vec<[f64; 2]> = view.vertex.iter().map(|v| v.to_array()).collect();
    let places32: Vec<[f32; 2]> = view.vertex.iter().map(|v| [v.x as f32, v.y as f32]).collect();
    let blobs32 = blobs(view, &places32);
    for (name, against, n, accuracy, error) in CASES {
        let widest = view.eps.iter().fold(0.0_f64, |m, eps| m.max(eps * eps));
        let pyramid = Pyramid::new(n, accuracy).up_to(widest);
        parts::through_mesh(&sim, &pyramid, true)?;
        let by_bins: Vec<[f32; 2]> = readback::read(context, &sim.held().buffers().velocity, places.len())?;
        parts::through_mesh(&sim, &pyramid, false)?;
        let device: Vec<DeviceBlob> = readback::read(context, &sim.held().buffers().blobs, blobs32.len())?;
        let made: Vec<Blob<f64>> = device
            .iter()
            .map(|d| Blob {
                x: d.place.map(|p| from_turns(p, 0)),
                circulation: f64::from(d.circulation),
                eps2: f64::from(d.eps2),
            })
            .collect();
        let velocity: Vec<[f32; 2]> = readback::read(context, &sim.held().buffers().velocity, places.len())?;
        let asking = targets(view, &places);
        let reference = Mesh::<f64>::new(pyramid).velocity(&asking, &made);
        let single = Mesh::<f32>::new(pyramid).velocity(&targets(view, &places32), &blobs32);
        rows.push(row(name, &wide(&velocity), Some(wide(&single)), &wide(&reference), TOLERANCE));
        rows.push(row("  the same bits by bins", &wide(&by_bins), None, &wide(&velocity), 0.0));
        let exact = biot_savart::cpu::velocity_textbook(&asking, &made);
        rows.push(row(against, &wide(&velocity), None, &wide(&exact), error));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        math::BOX,
        ops::biot_savart::cpu::velocity,
        state::{Atom, Atoms, Background, Basis, Meta, Sign},
    };
    use glam::DVec2;

    /// `count` points on a mesh of `n`, cores from `low` to `high` cells; clustered ones in two clumps.
    fn sample(count: i32, n: usize, clustered: bool, low: f64, high: f64) -> State {
        let mut seed = 3_u64;
        let mut random = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 11) as f64 / (1_u64 << 53) as f64
        };
        let (mut atoms, h) = (Atoms::default(), BOX / n as f64);
        for i in 0..count {
            let [a, b, c] = [random(), random(), random()];
            let place = match clustered {
                false => BOX * DVec2::new(a, b),
                true => DVec2::splat(6.1 + 2.0 * f64::from(i % 2)) + 0.4 * a.sqrt() * DVec2::from_angle(BOX * b),
            };
            let sign = if i % 2 == 0 { Sign::Minus } else { Sign::Plus };
            atoms.push(Atom::point(sign, 0.5 + c, h * low * (high / low).powf(random()), place)).unwrap();
        }
        State::new(atoms, Background::zero(Basis::new(8, 12, 0, vec![]).unwrap()), Meta::default())
    }

    /// Largest error of the device against the direct sum in f64 at some of the vertices, over the largest speed.
    fn error(context: &Context, state: &State, n: usize, accuracy: Accuracy) -> f64 {
        let params = Params { velocity: Velocity::Direct, tracers: 0, n: 64, ..Params::default() };
        let sim = GpuSim::new(context, state, &params).unwrap();
        let view = state.atoms.view();
        let widest = view.eps.iter().fold(0.0_f64, |m, eps| m.max(eps * eps));
        parts::through_mesh(&sim, &Pyramid::new(n, accuracy).up_to(widest), false).unwrap();
        let count = view.vertex.len();
        let device: Vec<DeviceBlob> = readback::read(context, &sim.held().buffers().blobs, count).unwrap();
        let blob = |d: &DeviceBlob| Blob {
            x: d.place.map(|p| from_turns(p, 0)),
            circulation: f64::from(d.circulation),
            eps2: f64::from(d.eps2),
        };
        let blobs: Vec<Blob<f64>> = device.iter().map(blob).collect();
        let got: Vec<[f32; 2]> = readback::read(context, &sim.held().buffers().velocity, count).unwrap();
        let step = count.div_ceil(100);
        let asking: Vec<_> =
            targets(view, &blobs.iter().map(|b| b.x).collect::<Vec<_>>()).into_iter().step_by(step).collect();
        let exact = velocity(&asking, &blobs);
        let scale = exact.iter().fold(0.0_f64, |m, v| m.max(v[0].hypot(v[1])));
        let off = |(a, b): (&[f32; 2], &[f64; 2])| (f64::from(a[0]) - b[0]).hypot(f64::from(a[1]) - b[1]);
        got.iter().step_by(step).zip(&exact).map(off).fold(0.0, f64::max) / scale
    }

    fn at_most(context: &Context, count: i32, n: usize, accuracy: Accuracy, cases: &[(bool, f64, f64)]) {
        for (clustered, low, high) in cases {
            let error = error(context, &sample(count, n, *clustered, *low, *high), n, accuracy);
            let case = format!("clustered {clustered}, eps {low} to {high} cells: {error:.1e}");
            println!("{count} blobs, mesh {n}, {case}");
            assert!(error <= accuracy.error, "{case}");
        }
    }

    #[test]
    fn the_mesh_on_the_device_is_the_direct_sum() {
        let context = Context::headless(None).unwrap();
        for accuracy in [USUAL, FINE] {
            for (low, high) in [(0.3, 0.3), (1.0, 1.0), (1.5, 1.5), (5.0, 5.0), (0.3, 5.0)] {
                at_most(&context, 10_000, 128, accuracy, &[(false, low, high), (true, low, high)]);
            }
        }
        at_most(&context, 100_000, 512, FINE, &[(false, 1.5, 1.5), (false, 0.5, 3.0), (true, 1.5, 1.5)]);
    }
}
