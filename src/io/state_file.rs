//! z0.npz: a whole state as NumPy arrays.
//!
//! | key | type and shape | |
//! |---|---|---|
//! | `z` | float64 `[D]` | background, `D = 2M + 4 + 2K`, and the rank of `residual_B` |
//! | `mask_low` | bool `[N*N]`, flat row-major | `\|k\| <= k_cut`; also read as `[N, N]` |
//! | `anchor_idx` | int64 `[K]` | flat indices into the `N x N` `fft2` array |
//! | `residual_k` | int64 `[n, 2]` | optional, with `residual_B`: wave vectors `(kx, ky)` of a residual basis |
//! | `residual_B` | float64 `[K, n, 2]` | its fields, real and imaginary part; NumPy: `B.view(complex)[..., 0]` |
//! | `N k_cut resid_mid_cut topk_mid dashi_smooth_k dtype_code schema_version` | int64 `[]` | |
//! | `seed step` | uint64 `[]` | |
//! | `dashi_tau dt time nu` | float64 `[]` | |
//! | `atom_support` | bool `[n]` | the atom arrays: all of them, or none |
//! | `atom_sign` | int8 `[n]` | -1 or +1 |
//! | `atom_gamma atom_eps atom_aspect atom_angle` | float64 `[n]` | |
//! | `atom_chart atom_topology` | uint8 `[n]` | 0 polyline, 4 ellipse; 0 point, 1 open, 2 closed |
//! | `atom_start` | int64 `[n + 1]` | offsets into `vertex_xy` |
//! | `vertex_xy` | float64 `[V, 2]` | unwrapped coordinates |
//! | `segment_weight segment_core segment_twist` | float64 `[S]` | in atom order |
//!
//! `z`, `mask_low` and `anchor_idx` alone make a valid file. Then `N` is the mask's side, `k_cut` the
//! radius of its disk, `resid_mid_cut` 12 or the smallest cut that holds the anchors, `topk_mid` the
//! number of anchors, time and step 0, there are no atoms, and the rest is [`Meta::default`].
//! The mask is streamed and compared with `k_cut`; it is never held. Keys not named here are ignored.

mod atoms;
mod mask;
mod read;
mod write;

pub(in crate::io) use atoms::columns as atom_columns;
pub(in crate::io) use read::dtype;
pub use read::{read_state, read_state_from};
pub use write::write_state;

#[cfg(doc)]
use crate::state::Meta;

/// Version of the layout above.
pub const SCHEMA_VERSION: i64 = 1;
/// Smallest and largest grid side that a file may refer to.
pub const SIDE_RANGE: std::ops::RangeInclusive<usize> = 16..=65_536;
/// Most vertices of all atoms together.
pub const MAX_VERTICES: usize = 1 << 20;
/// Most kept modes.
pub const MAX_ANCHORS: usize = 4096;
/// Most numbers in `z`: 12,853 low modes at `k_cut` 64, the header, 4096 anchors, a residual basis.
pub const MAX_Z: usize = 40_000;
