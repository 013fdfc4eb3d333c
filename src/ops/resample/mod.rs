//! Resampling keeps every segment within its bound, inserting and dropping vertices.
//!
//! With `l` the length of a segment and `eps` its core:
//! - split in two when `l > bound eps`, or when it turns by more than about 0.5 rad at an end and
//!   `l > 0.75 eps`; the new vertex is the Catmull-Rom midpoint `9/16 (b + c) - 1/16 (a + d)`, each half
//!   carries half the weight;
//! - drop a vertex when the chord past it stays shorter than `0.8 bound eps` and it lies within
//!   `0.02 eps` of that chord; the weights add, cores by their second moment. Two neighbours are never
//!   dropped in one pass, nor the first vertex of an atom.
//!
//! Circulation is kept exactly. On the device: mark, prefix sum, scatter, commit; a pass that would
//! not fit the budget changes nothing and holds insertion until a tenth of the budget is free.

pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;

/// Steps between two passes.
pub const EVERY: u64 = 4;
/// Cosine of the sharpest turn that is left alone.
pub const TURN_COS: f64 = 0.88;
/// Segments shorter than this many cores are never split for a turn.
pub const SHORTEST: f64 = 0.75;
/// Share of the bound under which two segments may become one.
pub const DROP_SHARE: f64 = 0.8;
/// Largest distance of a dropped vertex from its chord, in cores.
pub const SAGITTA: f64 = 0.02;
/// Filaments of this many vertices or fewer lose none.
pub const FEWEST: usize = 8;

crate::shared_struct! {
    /// The rule's numbers and the budget.
    Resample in "resample_mark" {
        /// Longest segment in core radii.
        bound: f32,
        /// Cells of the vertex buffers.
        vertex_capacity: u32,
        /// Cells of the blob buffer.
        blob_capacity: u32,
        /// Alternates which vertices may be dropped.
        parity: u32,
    }
}

const fn threads(shader: &'static str) -> crate::layout::Workgroup {
    crate::layout::Workgroup { shader, size: [64, 1, 1] }
}

/// Threads of a workgroup, pass by pass.
pub const WORKGROUPS: [crate::layout::Workgroup; 3] =
    [threads("resample_mark"), threads("resample_scatter"), threads("resample_commit")];
