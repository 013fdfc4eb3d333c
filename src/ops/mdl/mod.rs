//! Minimum description length: atoms merge, shrink, split and leave, so that the state stays small.
//!
//! One number judges, the description length in bits:
//!
//! ```text
//! L = sum over atoms (c_atom + c_vertex V) + |delta omega|^2 / (2 ln2 tol^2)
//! ```
//!
//! with V the vertices of an atom and `delta omega` the field now less the field at the start of the pass,
//! cross terms between edits included, so that L is a function of the state. Between passes only the first
//! sum counts. Norms are closed forms of Gaussians (`gauss`); a filament is the row of Gaussians of its cells
//! of equal arc length (`nodes`), which does not depend on where its curve was cut.
//!
//! Voluntary edits, taken only where L falls by [`MARGIN`] bits:
//! - *merge*: a run of a filament wound up tighter than its core becomes a blob (`collapse`); coincident
//!   blobs fuse, opposite ones cancel (`fuse`); ends join (`join`), parallel filaments fuse (`parallel`).
//!   Circulation, linear impulse and second moment are kept;
//! - *resample*: a vertex goes that the curve does not need (`thin`);
//! - *prune* and *feed*: what is weak, or wide enough for the background (`k_cut eps >= 3`), leaves the atoms. Where
//!   the background moves by itself (kernel galerkin) its field is projected on the background's modes; its
//!   net circulation goes to the uniform background that the mean mode stands for (`prune`).
//!
//! `tol` and `gamma_min` are made for flows whose vorticity is about 1; one that is far weaker or stronger is judged by
//! thresholds that are as much smaller or larger ([`Rules::in_unit_of`]), so that a flow per day loses no other atoms than one per second.
//!
//! Forced edits, logged with their change of L but free to raise it: *split* at a kink, a crossing or of an
//! elongated core (`split`), and *budget* (`budget`).
//!
//! The pass is CPU code in f64 with `libm`, one thread where the order matters: the same bits everywhere. The
//! work of one pass is bounded (`WORK`, `VISIT`); candidates beyond it wait for a later pass, which starts
//! elsewhere. Source: Rissanen 1978; the rules are those of this program.

mod budget;
mod cells;
mod cloud;
mod collapse;
pub mod cpu;
mod fuse;
mod gauss;
mod join;
mod modes;
mod nodes;
mod parallel;
mod prune;
mod split;
mod thin;
mod weigh;
mod work;

#[cfg(test)]
mod tests;

use crate::{
    params::{Kernel, Params},
    state::EPS_MAX,
};

/// Least number of bits that a voluntary edit saves: more than the closed forms are off.
pub const MARGIN: f64 = 1.0;
/// Inner products of two Gaussians that one pass may look at, about 20 ns each.
pub const WORK: usize = 200_000;
/// Vertices that one pass looks at; of a larger state, those of the atoms in a strip of the box.
pub const VISIT: usize = 20_000;
/// `k_cut eps` from which the background carries a core: its profile there is 1 % of its peak.
pub const FEED: f64 = 3.0;

/// Root mean squares of vorticity for which the thresholds hold as they stand.
pub const USUAL: [f64; 2] = [0.05, 1e3];
/// Those beyond which they are in the flow's own unit.
const OWN: [f64; 2] = [1e-3, 1e6];

/// What the thresholds are multiplied by: 1 for usual flows, the root mean square for far ones, a power of it between.
fn unit(rms: f64) -> f64 {
    let between = |usual: f64, own: f64| (rms / usual).powf(own.ln() / (own / usual).ln());
    if rms <= OWN[0] || rms >= OWN[1] {
        rms
    } else if rms < USUAL[0] {
        between(USUAL[0], OWN[0])
    } else if rms > USUAL[1] {
        between(USUAL[1], OWN[1])
    } else {
        1.0
    }
}

/// The numbers of a pass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// Vorticity times length.
    pub tol: f64,
    /// Bits of an atom.
    pub c_atom: f64,
    /// Bits of a vertex.
    pub c_vertex: f64,
    /// Weaker atoms are candidates for pruning.
    pub gamma_min: f64,
    /// Shorter filaments are candidates for becoming blobs.
    pub length_min: f64,
    /// Farthest ends and centres that merge.
    pub merge_dist: f64,
    /// Cosine of the largest angle between merging tangents.
    pub merge_angle_cos: f64,
    /// Sharpest curvature.
    pub kappa_max: f64,
    /// Most elongated core.
    pub aspect_max: f64,
    /// Most atoms that a pass may leave.
    pub max_atoms: usize,
    /// Most vertices.
    pub max_vertices: usize,
    /// Longest segment, in cores: resampling would split a longer one again.
    pub segment_bound: f64,
    /// Share of the possible edits that is taken.
    pub relaxation: f64,
    /// Whether pruned vorticity goes to the background's modes.
    pub feed: bool,
    /// Whether resampling keeps segments within their bound between the passes.
    pub resample: bool,
}

impl Rules {
    /// The rules of a run.
    pub fn new(params: &Params) -> Self {
        Self {
            tol: params.tol,
            c_atom: params.c_atom,
            c_vertex: params.c_vertex,
            gamma_min: params.gamma_min,
            length_min: params.length_min,
            merge_dist: params.merge_dist,
            merge_angle_cos: params.merge_angle_cos,
            kappa_max: params.kappa_max,
            aspect_max: params.aspect_max,
            max_atoms: params.max_atoms as usize,
            max_vertices: params.max_vertices as usize,
            segment_bound: params.segment_bound,
            relaxation: params.relaxation,
            feed: params.kernel == Kernel::Galerkin,
            resample: params.resample == 1,
        }
    }

    /// The rules for a state of that root mean square of vorticity: out of [`USUAL`] `tol` and `gamma_min` grow and shrink
    /// with it, unless they were given.
    #[must_use]
    pub fn in_unit_of(self, rms: f64) -> Self {
        let given = Params::default();
        if !rms.is_normal() || self.tol != given.tol || self.gamma_min != given.gamma_min {
            return self;
        }
        let unit = unit(rms);
        Self { tol: self.tol * unit, gamma_min: self.gamma_min * unit, ..self }
    }

    /// Bits of an atom of so many vertices.
    pub fn bits(&self, vertices: usize) -> f64 {
        self.c_atom + self.c_vertex * vertices as f64
    }

    /// Bits of a squared field error and of so many atoms and vertices.
    pub fn price(&self, square: f64, atoms: i64, vertices: i64) -> f64 {
        self.error_bits(square) + self.c_atom * atoms as f64 + self.c_vertex * vertices as f64
    }

    /// Bits of a squared field error.
    pub fn error_bits(&self, square: f64) -> f64 {
        square / (2.0 * std::f64::consts::LN_2 * self.tol * self.tol)
    }
}

/// Widest core that a merge may make: a hair less than what atoms may have.
const WIDEST: f64 = 0.99 * EPS_MAX;
