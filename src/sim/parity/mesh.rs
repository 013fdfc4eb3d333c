//! The mesh velocity: against its own reference and against the direct sum.

use super::{Row, row, wide};
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
    sim::{GpuSim, cpu::targets},
    state::State,
};

/// Name of the row, name of the row against the direct sum, side, accuracy, its error.
const CASES: [(&str, &str, usize, Accuracy, f64); 3] = [
    ("mesh, 256 x 256", "  against the direct sum", 256, USUAL, 1e-4),
    ("mesh with near pairs, 64 x 64", "  against the direct sum", 64, USUAL, 1e-4),
    ("fine mesh with near pairs", "  against the direct sum", 64, FINE, 1e-5),
];

/// Velocity of the vertices from exactly the blobs that the device made.
pub(super) fn rows(context: &Context, state: &State, params: &Params, rows: &mut Vec<Row>) -> Result<()> {
    let sim = GpuSim::new(context, state, &Params { velocity: Velocity::Direct, ..*params })?;
    let view = state.atoms.view();
    let places: Vec<[f64; 2]> = view.vertex.iter().map(|v| v.to_array()).collect();
    let places32: Vec<[f32; 2]> = view.vertex.iter().map(|v| [v.x as f32, v.y as f32]).collect();
    let blobs32 = blobs(view, &places32);
    for (name, against, n, accuracy, error) in CASES {
        let widest = view.eps.iter().fold(0.0_f64, |m, eps| m.max(eps * eps));
        let pyramid = Pyramid::new(n, accuracy).up_to(widest);
        sim.run_mesh(&pyramid)?;
        let device: Vec<DeviceBlob> = readback::read(context, &sim.buffers().blobs, blobs32.len())?;
        let made: Vec<Blob<f64>> = device
            .iter()
            .map(|d| Blob {
                x: d.place.map(|p| from_turns(p, 0)),
                circulation: f64::from(d.circulation),
                eps2: f64::from(d.eps2),
            })
            .collect();
        let velocity: Vec<[f32; 2]> = readback::read(context, &sim.buffers().velocity, places.len())?;
        let asking = targets(view, &places);
        let reference = Mesh::<f64>::new(pyramid).velocity(&asking, &made);
        let single = Mesh::<f32>::new(pyramid).velocity(&targets(view, &places32), &blobs32);
        rows.push(row(name, &wide(&velocity), Some(wide(&single)), &wide(&reference), TOLERANCE));
        let exact = biot_savart::cpu::velocity_textbook(&asking, &made);
        rows.push(row(against, &wide(&velocity), None, &wide(&exact), error));
    }
    Ok(())
}
