//! Velocity of Gaussian blobs in the doubly periodic box, all pairs (the `direct` solver).
//!
//! Offset `z = X + iY` to the nearest image, `|X|, |Y| <= pi`, `r = |z|`. A unit circulation of core
//! `eps` at the origin, balanced by a uniform opposite background, gives
//!
//! ```text
//! u - i v = 1/(2 pi i) [ (1 - exp(-r^2/2 eps^2)) / z  -  conj(z)/(4 pi)  -  sum_n G_4n/(2 pi)^4n z^(4n-1) ]
//! ```
//!
//! with the lattice sums `G_4n = sum (a + ib)^-4n` over non-zero integer pairs. The series cut at
//! `n = 8` is good to 2e-7 in the corner of the box, at `n = 16` to 2e-10;
//! the device uses six terms fitted to the square, 2.5e-7. The same kernel summed row
//! by row is the textbook form ([`cpu::velocity_textbook`]):
//!
//! ```text
//! u = - 1/(4 pi) sum_m sinh(Y_m)/(cosh Y_m - cos X) + Y/(4 pi^2),  v = 1/(4 pi) sum_m sin X/(cosh Y_m - cos X)
//! ```
//!
//! `Y_m = Y - 2 pi m`, plus the core term. For `eps > 0.4` the core term runs over the 3 x 3 nearest
//! images. Between atoms the core is symmetric, `eps^2 = eps_i^2 + eps_j^2`: pairs then act equally on
//! each other and linear impulse is conserved. Cost: targets x blobs, about 90 flops each.

pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;

/// Largest relative error of the GPU pass against f64: max|difference| / max|reference|.
pub const TOLERANCE: f64 = 1e-5;

/// Core radius squared above which the core term needs the neighbouring images.
pub const WIDE_EPS2: f64 = 0.16;

/// `G_4n / (2 pi)^4n`, `n = 1..16`.
pub const LATTICE: [f64; 16] = [
    0.002_021_892_905_928_763_4,
    1.752_021_824_162_168_6e-6,
    1.040_425_320_887_035_5e-9,
    6.805_857_155_868_145e-13,
    4.345_488_727_015_045_6e-16,
    2.791_574_310_517_688e-19,
    1.790_594_190_077_238_3e-22,
    1.148_975_665_474_57e-25,
    7.371_961_759_418_847e-29,
    4.730_049_342_323_633e-32,
    3.034_909_045_357_710_7e-35,
    1.947_270_730_595_715_3e-38,
    1.249_415_329_746_409_2e-41,
    8.016_547_401_761_838e-45,
    5.143_608_311_693_385e-48,
    3.300_261_982_147_707e-51,
];

/// Mean of the stream function of a point vortex without its constant: it makes the periodic Green's
/// function `-(1/4 pi)[ln r^2 - r^2/4 pi - 2 Re sum c_n z^4n/4n] + C` average to zero over the box.
pub const GREEN_CONSTANT: f64 = 0.083_929_426_670_777_57;

crate::shared_struct! {
    /// How the sources are split.
    BiotSavart in "biot_savart" {
        /// Cells of the velocity buffer from one split to the next.
        stride: u32,
        /// Number of splits.
        splits: u32,
        /// Unused.
        pad0: u32,
        /// Unused.
        pad1: u32,
    }
}

/// Targets of one workgroup: four a thread.
pub const TARGETS: u32 = 256;

/// Threads of a workgroup, also the tile of sources.
pub const WORKGROUP: crate::layout::Workgroup = crate::layout::Workgroup { shader: "biot_savart", size: [64, 1, 1] };
