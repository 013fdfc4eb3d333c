//! The passes of a step: quadrature, velocity by all pairs or through a mesh, advection, cores, resampling.

use super::{GpuSim, stretch::Stretching};
use crate::{
    error::Result,
    gpu::{Context, Dispatch},
    ops::{
        advect, biot_savart,
        buffers::AtomBuffers,
        core_spread,
        mesh::{self, Accuracy, Pyramid},
        poisson, quadrature, resample,
        stretch::ROOM,
    },
    params::{Integrator, Params, Switch, Velocity},
    sim::cores,
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

/// Largest side of a mesh on a software adapter.
const SOFTWARE_SIDE: usize = 256;
/// `auto` makes no mesh for a state that must grow by more than this number of pairs to need it.
const GROWTH: usize = 16;

/// Vertices times blobs.
pub(super) fn pairs(state: &State, params: &Params) -> usize {
    let [targets, blobs] = cores(state, params);
    targets.len() * blobs.len()
}

/// What bounds the whole numbers of a mesh.
pub(super) fn extent(state: &State, params: &Params) -> mesh::gpu::Extent {
    let circulation: f64 = state.atoms.iter().filter(|a| a.support).map(|a| a.gamma).sum();
    let narrowest = if params.stretch == Switch::On { params.eps_min * params.eps_min } else { f64::INFINITY };
    mesh::gpu::Extent {
        circulation: circulation * if params.alpha == 0.0 { 1.0 } else { ROOM },
        narrowest: cores(state, params).iter().flatten().copied().fold(narrowest, f64::min),
    }
}

/// The mesh of a state, if it is wanted and its pairs are or may become enough.
pub(super) fn mesh_passes(
    context: &Context,
    buffers: &AtomBuffers,
    state: &State,
    params: &Params,
) -> Result<Option<mesh::gpu::Passes>> {
    let wish = params.velocity;
    let [targets, blobs] = cores(state, params);
    let software = context.report.software;
    if wish == Velocity::Direct || blobs.is_empty() {
        return Ok(None);
    }
    let accuracy: Accuracy = if wish == Velocity::Fine { mesh::FINE } else { mesh::USUAL };
    let (extent, widest) = (extent(state, params), targets.iter().chain(&blobs).copied().fold(0.0, f64::max));
    let pyramid = match software {
        true => Pyramid::resolving(extent.narrowest, widest, accuracy, SOFTWARE_SIDE),
        false => Pyramid::on_gpu(&targets, &blobs, accuracy, poisson::MAX_SIDE as usize),
    };
    let from_pairs = match wish {
        Velocity::Auto if software => mesh::AUTO_PAIRS,
        Velocity::Auto => pyramid.pairs_on_gpu(&targets, &blobs),
        Velocity::Direct | Velocity::Mesh | Velocity::Fine => 0,
    };
    if targets.len() * blobs.len() * GROWTH < from_pairs {
        return Ok(None);
    }
    mesh::gpu::Passes::new(context, buffers, &pyramid, &extent, from_pairs).map(Some)
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

impl GpuSim {
    /// How the atoms' velocity is found, and how exactly, in words.
    pub fn solver(&self) -> String {
        match &self.motion.mesh {
            None => "direct sum over all pairs, error at most 1e-5 of the largest speed".into(),
            Some(mesh) => format!(
                "{}mesh of {n} x {n}, error at most {:.0e} of the largest speed",
                match mesh.from_pairs {
                    0 => String::new(),
                    pairs => format!("direct sum, from {pairs:.1e} pairs on a ", pairs = pairs as f64),
                },
                mesh.accuracy.error,
                n = mesh.side,
            ),
        }
    }

    /// How the velocity is found now, in a word or two.
    pub fn solver_now(&self) -> String {
        let pairs = f64::from(self.probes.counters.vertices) * f64::from(self.probes.counters.blobs);
        match &self.motion.mesh {
            Some(mesh) if pairs >= mesh.from_pairs as f64 => format!("mesh {0} x {0}", mesh.side),
            _ => "direct sum".into(),
        }
    }
}
