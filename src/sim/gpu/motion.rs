//! The passes of a step: quadrature, velocity by all pairs or through a mesh, advection, cores, resampling.

use super::{
    stretch::Stretching,
    velocity::{mesh_passes, pairs},
};
use crate::{
    error::Result,
    gpu::{Context, Dispatch},
    ops::{advect, biot_savart, buffers::AtomBuffers, core_spread, mesh, quadrature, resample},
    params::{Integrator, Params},
    state::State,
};

/// The passes of a step.
pub(super) struct Motion {
    pub(super) quadrature: Dispatch,
    pub(super) direct: biot_savart::gpu::Direct,
    /// Stands for the direct sum from some number of pairs on.
    pub(super) mesh: Option<mesh::gpu::Passes>,
    pub(super) advect: [advect::gpu::Stages; 2],
    pub(super) stretching: Option<Stretching>,
    pub(super) core_spread: core_spread::gpu::Spread,
    pub(super) resampling: resample::gpu::Resampling,
}

impl Motion {
    /// For a state and its parameters.
    pub fn new(context: &Context, buffers: &AtomBuffers, state: &State, params: &Params) -> Result<Self> {
        let scheme = |scheme| advect::gpu::Stages::new(context, buffers, scheme);
        Ok(Self {
            quadrature: quadrature::gpu::pass(context, buffers)?,
            direct: biot_savart::gpu::Direct::new(context, buffers, pairs(state, params))?,
            mesh: mesh_passes(context, buffers, state, params)?,
            advect: [scheme(Integrator::Rk2)?, scheme(Integrator::Rk4)?],
            stretching: Stretching::new(context, buffers, params)?,
            core_spread: core_spread::gpu::Spread::new(context, buffers)?,
            resampling: resample::gpu::Resampling::new(context, buffers)?,
        })
    }
}
