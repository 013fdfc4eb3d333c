//! Linear kernel with a full matrix: `z'_j = sum_i z_i A_ij`, `z` a row vector of D numbers.
//!
//! One step reads every entry of `A` once and is bound by memory. The reference keeps `A` in panels
//! of a few columns that lie one after another, so that it streams, and splits whole panels among
//! threads: the sum over i has one order, whatever the number of threads and the width of vectors.
//! The device sums 32 ranges of rows apart in f32 (8 where a workgroup may not have 1024 threads) and adds the
//! parts pairwise in a fixed order; many steps go into one submission, from one vector to the other and back.

pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;

/// Largest error of one step on the device relative to `max |z| max_j sum_i |A_ij|`.
pub const TOLERANCE: f64 = 1e-5;

/// Rows and columns are filled up with zeros to a multiple of this: 32 columns of a workgroup, up to as many
/// parts of the sum over rows.
pub const FILL: usize = 32;

/// A row-major matrix of side `side`, filled up; the entries converted.
pub fn filled_up<T: Copy + Default, U>(side: usize, a: &[U], convert: impl Fn(&U) -> T) -> Vec<T> {
    let wide = side.next_multiple_of(FILL);
    let mut filled = vec![T::default(); wide * wide];
    for (to, from) in filled.chunks_exact_mut(wide).zip(a.chunks_exact(side)) {
        to.iter_mut().zip(from).for_each(|(to, from)| *to = convert(from));
    }
    filled
}

/// Columns, and parts of the sum over rows, of a workgroup as its constants stand at first.
pub const WORKGROUP: crate::layout::Workgroup = crate::layout::Workgroup { shader: "kernel_dense", size: [32, 8, 1] };
