//! Vorticity of atoms on the nodes of a window, in closed form.
//!
//! A straight segment of length l and core eps spreads its circulation evenly along itself. With t and
//! n the tangential and normal offsets from its midpoint,
//!
//! ```text
//! omega = Gamma_i/l  exp(-n^2/2 eps^2)/(sqrt(2 pi) eps)  1/2 [erf((t + l/2)/(sqrt2 eps)) - erf((t - l/2)/(sqrt2 eps))]
//! ```
//!
//! a point is the Gaussian `Gamma/(2 pi eps^2) exp(-r^2/2 eps^2)`, an ellipse the Gaussian of its
//! covariance. The device cuts a profile at 5.5 standard deviations (3e-7 of its peak). Where there is room for
//! many segments they are first listed by 8 x 8 groups of tiles.

pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;

/// Largest relative error of the GPU pass against f64.
pub const TOLERANCE: f64 = 1e-5;

/// Side of the tile of nodes that a workgroup owns.
pub const TILE: u32 = 32;

/// Threads of a workgroup, 4 x 4 nodes each.
pub const WORKGROUP: crate::layout::Workgroup = crate::layout::Workgroup { shader: "raster", size: [64, 1, 1] };

/// Room for vertices from which segments are listed by groups of tiles first.
pub const MANY: usize = 4096;
/// Segments of a chunk of the lists.
pub const CHUNK: usize = 2048;
/// Groups along a side of a window.
pub const GROUPS: u32 = 8;

/// Threads of the pass that lists segments, eight each.
pub const BIN_WORKGROUP: crate::layout::Workgroup =
    crate::layout::Workgroup { shader: "raster_bin", size: [256, 1, 1] };

/// Threads of the pass that prepares segments.
pub const SEGMENTS_WORKGROUP: crate::layout::Workgroup =
    crate::layout::Workgroup { shader: "raster_segments", size: [64, 1, 1] };
