//! How the velocity of the atoms is found: by all pairs, or from some number of pairs on through a mesh.

use crate::{
    error::Result,
    gpu::Context,
    ops::{
        buffers::AtomBuffers,
        mesh::{self, Accuracy, Pyramid},
        poisson,
        stretch::ROOM,
    },
    params::{Params, Switch, Velocity},
    sim::cores,
    state::State,
};

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
