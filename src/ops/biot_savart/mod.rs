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
//! the device uses six terms fitted to the square, 2.5e-7, where pairs are few. The same kernel summed row
//! by row is the textbook form ([`cpu::velocity_textbook`]):
//!
//! ```text
//! u = - 1/(4 pi) sum_m sinh(Y_m)/(cosh Y_m - cos X) + Y/(4 pi^2),  v = 1/(4 pi) sum_m sin X/(cosh Y_m - cos X)
//! ```
//!
//! `Y_m = Y - 2 pi m`, plus the core term. For `eps > 0.4` the core term runs over the 3 x 3 nearest
//! images.
//!
//! Where pairs are many the device splits the sum (Ewald): what vortices of width `S` would do goes through
//! waves, the pairs keep a difference that is 2e-7 at `r = pi` and costs a third,
//!
//! ```text
//! (u, v) = sum_j Gamma_j (-Y, X)/(2 pi r^2) [exp(-r^2/2 S^2) - exp(-r^2/2 eps^2)] + sum_k (i ky, -i kx)/k^2 omega_hat(k) exp(i k.x)
//! omega_hat(k) = 1/(2 pi)^2 sum_j Gamma_j exp(-i k.x_j - k^2 S^2/2),    |kx|, |ky| <= 9
//! ```
//!
//! Between atoms the core is symmetric, `eps^2 = eps_i^2 + eps_j^2`: pairs then act equally on
//! each other and linear impulse is conserved. Cost: targets x blobs, about 90 flops each, or 27 and the waves.

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
    /// How the sources are split, over workgroups and into pairs and waves.
    BiotSavart in "biot_savart" {
        /// Cells of the velocity buffer from one split to the next.
        stride: u32,
        /// Number of splits.
        splits: u32,
        /// Vertices times blobs from which they are split into pairs and waves.
        from_pairs: f32,
        /// First tile of sources of this launch.
        first: u32,
    }
}

/// Targets of one workgroup: four a thread.
pub const TARGETS: u32 = 256;

/// Waves of the smooth part, `ky = 0..=9`, `kx = -9..=9`.
pub const WAVES: usize = 190;

/// Partial sums of the waves at most.
pub const MOST_CHUNKS: usize = 128;

/// A state that must grow by more than this number of pairs to have many never has.
pub const GROWTH: usize = 16;

/// Pairs from which they are many. Exponentials are dear on a software adapter: there both take the same
/// time at 3,500 vertices.
pub fn from_pairs(software: bool) -> usize {
    if software { 12_000_000 } else { 1_000_000 }
}

/// Sources of a tile.
pub const TILE: usize = 64;
/// Rounds of a tile with a wide core in it, and of what comes before and after.
const TILE_ROUNDS: u32 = 1 + 33 + 65;
const OTHER_ROUNDS: u32 = 2000;

/// Tiles of sources that a workgroup may take in a launch within so many rounds.
pub fn tiles_of_a_launch(rounds: u32) -> u32 {
    ((rounds - OTHER_ROUNDS) / TILE_ROUNDS).min(1 << 20)
}

const fn threads(shader: &'static str, count: u32) -> crate::layout::Workgroup {
    crate::layout::Workgroup { shader, size: [count, 1, 1] }
}

/// Threads of a workgroup, of the pairs also the tile of sources.
pub const WORKGROUPS: [crate::layout::Workgroup; 3] =
    [threads("biot_savart", 64), threads("biot_savart_modes", 192), threads("biot_savart_pairs", 64)];
