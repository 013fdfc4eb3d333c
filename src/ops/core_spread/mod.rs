//! Viscosity spreads cores: `eps^2 <- eps^2 + 2 nu dt` (Lamb-Oseen, exact for a single vortex).
//!
//! An ellipse grows by the same in both directions: its long variance less its short one stays. A
//! core stops where its widest segment or long axis reaches [`EPS_MAX`], the widest one the image
//! sums carry. On the device the sum is kept in 64-bit fixed point, as one step can be far below
//! the last place of an f32.

use crate::state::{AtomsView, Chart, EPS_MAX};

pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;

/// Largest `eps^2` of atom `i`. Resampling never widens the widest core factor, so it lasts.
pub fn limit(atoms: AtomsView<'_>, i: usize) -> f64 {
    let core = atoms.core[atoms.segment_start[i]..atoms.segment_start[i + 1]].iter().copied().fold(1.0, f64::max);
    let excess = match atoms.chart[i] {
        Chart::Ellipse => atoms.eps[i] * atoms.eps[i] * (atoms.aspect[i] * atoms.aspect[i] - 1.0),
        Chart::Polyline => 0.0,
    };
    // A hair less than the widest, so that rounding never passes it.
    (1.0 - 1e-6) * EPS_MAX * EPS_MAX / (core * core) - excess
}

crate::shared_struct! {
    /// Growth of one step.
    CoreSpread in "core_spread" {
        /// `2 nu dt` in units of 2^-62, upper half of 64 bits.
        growth_high: u32,
        /// Growth of `eps^2`, lower half.
        growth_low: u32,
        /// Unused.
        pad0: u32,
        /// Unused.
        pad1: u32,
    }
}

/// Threads of a workgroup.
pub const WORKGROUP: crate::layout::Workgroup = crate::layout::Workgroup { shader: "core_spread", size: [64, 1, 1] };
