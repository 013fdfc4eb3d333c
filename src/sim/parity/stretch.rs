//! Stretch and twist: what one step changes of cores, circulations and twists.

use super::{ParityRow, row};
use crate::{
    error::Result,
    gpu::Context,
    ops::stretch::TOLERANCE,
    params::{Params, Switch, Velocity},
    sim::{CpuSim, GpuSim, Simulator},
    state::State,
};

/// Largest error of a twist through two different meshes: each velocity is 1e-4 of the largest speed off, and the
/// shear is a difference over half a core.
const MESH_TOLERANCE: f64 = 1e-3;

pub(super) fn rows(context: &Context, state: &State, params: &Params, rows: &mut Vec<ParityRow>) -> Result<()> {
    let on = Params { stretch: Switch::On, twist: Switch::On, alpha: 0.7, velocity: Velocity::Direct, ..*params };
    let on = Params { resample: 0, refit_every: crate::params::Every::Steps(0), ..on };
    let [gpu, cpu] = both(context, state, &on)?;
    let change = |s: &State, column: &dyn Fn(&State) -> Vec<f64>| -> Vec<f64> {
        column(s).iter().zip(column(state)).map(|(a, b)| a - b).collect()
    };
    for (name, column) in [
        ("stretch, core factors", &core as &dyn Fn(&State) -> Vec<f64>),
        ("stretch, circulations", &circulation),
        ("stretch, twist", &twist),
    ] {
        rows.push(row(name, &change(&gpu, column), None, &change(&cpu, column), TOLERANCE));
    }
    let [gpu, cpu] = both(context, state, &Params { velocity: Velocity::Mesh, ..on })?;
    rows.push(row("  twist through a mesh", &twist(&gpu), None, &twist(&cpu), MESH_TOLERANCE));
    Ok(())
}

/// The state after a step on the device and on the CPU.
fn both(context: &Context, state: &State, params: &Params) -> Result<[State; 2]> {
    let (mut gpu, mut cpu) = (GpuSim::new(context, state, params)?, CpuSim::new(state, params)?);
    gpu.advance(1)?;
    cpu.advance(1)?;
    Ok([gpu.snapshot()?, cpu.snapshot()?])
}

fn core(state: &State) -> Vec<f64> {
    state.atoms.view().core.to_vec()
}

fn twist(state: &State) -> Vec<f64> {
    state.atoms.view().twist.to_vec()
}

fn circulation(state: &State) -> Vec<f64> {
    state.atoms.iter().flat_map(|a| a.weight.into_iter().map(move |w| a.gamma * w)).collect()
}
