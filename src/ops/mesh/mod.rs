//! Velocity of Gaussian blobs in the doubly periodic box through a grid (the `mesh` solver).
//!
//! The velocity that a target of core `eps_i` takes from a blob of core `eps_j` has the symmetric core
//! `eps_i^2 + eps_j^2`, so in Fourier space it is smoothed twice, once by either side:
//!
//! ```text
//! u(x_i) + i v(x_i) = sum_k exp(i k.x_i - k^2 S_i^2/2) (kx + i ky)/k^2  omega_hat(k)
//! omega_hat(k)      = 1/(2 pi)^2 sum_j Gamma_j exp(-i k.x_j - k^2 S_j^2/2),      S = max(eps, eta)
//! ```
//!
//! Blobs are spread on a grid of spacing h as sampled Gaussians, the velocity is found by FFT and targets
//! gather it with a Gaussian of their own. Of `S^2` the share `(shared h)^2` is a factor in k and the rest
//! `s^2 = S^2 - (shared h)^2` the width on the grid: the narrower it is, the fewer nodes a blob touches.
//! Wide blobs and wide targets use coarser grids of a pyramid, `N, N/2, N/4, ...`: level l takes
//! `2^l eta <= eps < 2^(l+1) eta`, and all levels meet in one spectrum.
//!
//! Cores below `eta` are smoothed as if they were `eta` wide; pairs with such a core on either side and
//! closer than `reach sqrt(S_i^2 + S_j^2)` get the difference (Ewald's split)
//!
//! ```text
//! Gamma r_perp/(2 pi r^2) [exp(-r^2/2 (S_i^2 + S_j^2)) - exp(-r^2/2 (eps_i^2 + eps_j^2))]
//! ```
//!
//! Cost `O(M + N^2 log N)` and the near pairs. What is left out: the images of the sampled Gaussians in k
//! (`exp(-s^2 B (2 pi/h)^2 / 2 (s^2 + B))`, `B = s^2 + 2 (shared h)^2`, both sides together) and their tails
//! beyond `reach` widths. See [`USUAL`] and [`FINE`] for the errors, relative to the largest speed and
//! measured against the direct sum in f64.

pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;
pub mod near;
pub mod spread;

use crate::{math::BOX, params::Velocity};

/// Largest relative error of the GPU passes against the same mesh in f64.
pub const TOLERANCE: f64 = 1e-5;

/// How exact a mesh is; lengths in units of the spacing of a level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Accuracy {
    /// Narrowest core that a level takes as it is.
    pub eta: f64,
    /// Standard deviation of the smoothing done in k.
    pub shared: f64,
    /// Widths after which a Gaussian is dropped, on the grid and between near pairs.
    pub reach: f64,
    /// Largest error of a velocity over the largest speed.
    pub error: f64,
}

/// Error at most 1e-4 of the largest speed (4e-5 measured).
pub const USUAL: Accuracy = Accuracy { eta: 1.25, shared: 0.85, reach: 4.5, error: 1e-4 };
/// Error at most 1e-5 of the largest speed (4e-6 measured).
pub const FINE: Accuracy = Accuracy { eta: 1.35, shared: 0.9, reach: 5.0, error: 1e-5 };

/// Smallest side of a level.
pub const SMALLEST: usize = 16;

/// Sides a mesh may have.
pub const SIDES: [usize; 8] = [32, 64, 128, 256, 512, 1024, 2048, 4096];

/// The grids of a mesh.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pyramid {
    /// Side of the finest level, a power of two.
    pub n: usize,
    /// How many levels, each of half the side of the one before.
    pub levels: usize,
    /// Error that is asked for.
    pub accuracy: Accuracy,
}

/// Where a core stands in a pyramid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// Level of the pyramid that this grid is.
    pub level: usize,
    /// `S^2`, what the mesh takes for `eps^2`.
    pub smoothed: f64,
    /// Width on the grid in cells of the level.
    pub width: f64,
}

impl Pyramid {
    /// Of finest side `n`, a power of two of at least [`SMALLEST`].
    pub fn new(n: usize, accuracy: Accuracy) -> Self {
        Self { n, levels: (n / SMALLEST).ilog2() as usize + 1, accuracy }
    }

    /// The smallest whose finest level takes the narrowest core as it is, of side `most` at most.
    pub fn resolving(narrowest: f64, widest: f64, accuracy: Accuracy, most: usize) -> Self {
        let mut sides = SIDES.iter().filter(|n| **n <= most).map(|n| Self::new(*n, accuracy));
        let fits = sides.clone().find(|p| p.eta().powi(2) <= narrowest);
        fits.or(sides.next_back()).unwrap_or(Self::new(SIDES[0], accuracy)).up_to(widest)
    }

    /// Of least work on a large GPU, of side `most` at most. `targets` and `blobs` are core radii, one for each
    /// target and source, in any order.
    #[cfg(feature = "gpu")]
    pub fn on_gpu(targets: &[f64], blobs: &[f64], accuracy: Accuracy, most: usize) -> Self {
        cheapest(targets, blobs, accuracy, most, &GPU_COSTS).unwrap_or(Self::new(SIDES[0], accuracy))
    }

    /// Pairs that the direct sum takes in the time of this mesh on a large GPU: from there on the mesh is faster. By
    /// costs known ahead, not by a clock on the spot, so that runs repeat. `targets` and `blobs` as in
    /// [`Pyramid::on_gpu`].
    #[cfg(feature = "gpu")]
    pub fn pairs_on_gpu(&self, targets: &[f64], blobs: &[f64]) -> usize {
        ((GPU_LAUNCHES + self.work(targets, blobs, &GPU_COSTS)) / GPU_PAIR) as usize
    }

    /// Without the levels above that of the widest `eps^2`.
    pub fn up_to(self, widest: f64) -> Self {
        Self { levels: self.standing(widest).level + 1, ..self }
    }

    /// Side of a level.
    pub fn side(&self, level: usize) -> usize {
        self.n >> level
    }

    /// Spacing of a level.
    pub fn spacing(&self, level: usize) -> f64 {
        BOX / self.side(level) as f64
    }

    /// Narrowest core that needs no near pairs.
    pub fn eta(&self) -> f64 {
        self.accuracy.eta * self.spacing(0)
    }

    /// With all levels: then no core is wider than four cells of its level, whatever it grows to.
    pub fn whole(self) -> Self {
        Self { levels: Self::new(self.n, self.accuracy).levels, ..self }
    }

    /// Where a core belongs.
    pub fn standing(&self, eps2: f64) -> Standing {
        let smoothed = eps2.max(self.eta() * self.eta());
        let octave = (0.5 * (smoothed / (self.eta() * self.eta())).log2()).floor().max(0.0) as usize;
        let level = octave.min(self.levels - 1);
        let h = self.spacing(level);
        let width = (smoothed / (h * h) - self.accuracy.shared * self.accuracy.shared).sqrt();
        Standing { level, smoothed, width }
    }
}

/// Pairs of targets and blobs from which `auto` takes the mesh.
pub const AUTO_PAIRS: usize = 2_000_000;

/// The mesh to take for targets and blobs of these `eps^2`, or `None` for the direct sum. Among the sides
/// up to `most` the one of least work: narrow cores cost near pairs, fine grids transforms.
pub fn choose(wish: Velocity, targets: &[f64], blobs: &[f64], most: usize) -> Option<Pyramid> {
    let accuracy = match wish {
        Velocity::Direct => return None,
        Velocity::Auto if targets.len() * blobs.len() < AUTO_PAIRS => return None,
        Velocity::Auto | Velocity::Mesh => USUAL,
        Velocity::Fine => FINE,
    };
    cheapest(targets, blobs, accuracy, most, &COSTS)
}

/// The mesh of least work among the sides up to `most`.
fn cheapest(targets: &[f64], blobs: &[f64], accuracy: Accuracy, most: usize, costs: &[f64; 3]) -> Option<Pyramid> {
    let pyramids = SIDES.iter().filter(|n| **n <= most.max(SIDES[0])).map(|n| Pyramid::new(*n, accuracy));
    let widest = targets.iter().chain(blobs).fold(0.0_f64, |m, eps2| m.max(*eps2));
    let best = pyramids.map(|p| (p.work(targets, blobs, costs), p)).min_by(|a, b| a.0.total_cmp(&b.0));
    best.map(|(_, p)| p.up_to(widest))
}

/// Work of a transform a node and binary digit of N, of a near pair, of a node a blob or target touches:
/// nanoseconds on one core, but only their ratios matter.
const COSTS: [f64; 3] = [1.5, 20.0, 1.0];
/// Picoseconds of a pair of the direct sum on a large GPU, and of launching a mesh's passes.
#[cfg(feature = "gpu")]
const GPU_PAIR: f64 = 1.1;
#[cfg(feature = "gpu")]
const GPU_LAUNCHES: f64 = 6e7;
/// The same on a large GPU, in picoseconds. Transforms and nodes are fitted to an H100 (10^4, 10^5 and 10^6 blobs
/// on 256, 1024 and 2048: 80, 284 and 2,020 us by this, 86, 258 and 1,843 measured); near pairs are an estimate.
#[cfg(feature = "gpu")]
const GPU_COSTS: [f64; 3] = [2.4, 4.0, 2.7];
/// How much denser than everywhere blobs lie around a blob.
const CLUSTERING: f64 = 4.0;

/// Most cores that the estimate of work looks at, evenly through the list.
const LOOKED_AT: usize = 256;

/// Some of a list's cores, and how many each stands for.
struct Few<'a> {
    cores: std::iter::StepBy<std::slice::Iter<'a, f64>>,
    each: f64,
}

impl<'a> Few<'a> {
    fn of(cores: &'a [f64]) -> Self {
        let step = cores.len().div_ceil(LOOKED_AT).max(1);
        Self { cores: cores.iter().step_by(step), each: cores.len() as f64 / cores.len().div_ceil(step).max(1) as f64 }
    }

    fn sum(&self, of: impl Fn(f64) -> f64) -> f64 {
        self.cores.clone().map(|eps2| of(*eps2)).sum::<f64>() * self.each
    }
}

impl Pyramid {
    /// Estimate for targets and blobs of these `eps^2`.
    fn work(&self, targets: &[f64], blobs: &[f64], costs: &[f64; 3]) -> f64 {
        let eta2 = self.eta() * self.eta();
        let [few_targets, few_blobs] = [Few::of(targets), Few::of(blobs)];
        let narrow = |cores: &Few<'_>| cores.sum(|eps2| if eps2 < eta2 { 1.0 } else { 0.0 });
        let touched =
            |cores: &Few<'_>| cores.sum(|eps2| (2.0 * self.accuracy.reach * self.standing(eps2).width).powi(2));
        let mean = few_blobs.sum(|eps2| eps2.max(eta2)) / (blobs.len().max(1) as f64);
        let disc = 0.5 * BOX * self.accuracy.reach.powi(2) * (eta2 + mean);
        let share = (CLUSTERING * disc / (BOX * BOX)).min(1.0);
        let pairs = share * (narrow(&few_targets) * blobs.len() as f64 + narrow(&few_blobs) * targets.len() as f64);
        let nodes = (self.n * self.n) as f64;
        let [transform, near, node] = costs;
        nodes * nodes.log2() * transform + pairs * near + (touched(&few_blobs) + 2.0 * touched(&few_targets)) * node
    }
}

crate::shared_struct! {
    /// A mesh as the device knows it.
    Mesh in "mesh_spread" {
        /// Side of the finest level.
        side: u32,
        /// How many levels.
        levels: u32,
        /// Narrowest core the finest level takes as it is, squared.
        eta2: f32,
        /// [`Accuracy::shared`], squared.
        shared2: f32,
        /// [`Accuracy::reach`].
        reach: f32,
        /// Whole numbers on the grid for a unit circulation, found on the device.
        grid_units: f32,
        /// Amplitude of one of them.
        amplitude: f32,
        /// Whole numbers for a unit velocity of near pairs.
        near_units: f32,
        /// Velocity of one of them.
        near_unit: f32,
        /// Bins a side for near pairs, a power of two.
        bins: u32,
        /// Whole numbers for a unit circulation while it is found out how much meets on a node.
        square_units: f32,
        /// Vertices times blobs from which the mesh is taken.
        from_pairs: f32,
        /// Splits of the direct sum.
        splits: u32,
        /// Cells of the velocity buffer from one split to the next.
        stride: u32,
        /// Unused.
        pad0: u32,
        /// Unused.
        pad1: u32,
    }
}

const fn threads(shader: &'static str) -> crate::layout::Workgroup {
    crate::layout::Workgroup { shader, size: [64, 1, 1] }
}

const fn lines(shader: &'static str) -> crate::layout::Workgroup {
    crate::layout::Workgroup { shader, size: [32, 1, 1] }
}

/// The one thread before each launch of the near pairs.
pub const MORE: crate::layout::Workgroup = crate::layout::Workgroup { shader: "mesh_more", size: [1, 1, 1] };

/// The one thread that decides.
pub const GATE: crate::layout::Workgroup = crate::layout::Workgroup { shader: "mesh_gate", size: [1, 1, 1] };

/// Threads of a workgroup of the passes over vertices and blobs.
pub const THREADS: [crate::layout::Workgroup; 12] = [
    threads("mesh_weigh"),
    SCALE,
    threads("mesh_spread"),
    threads("mesh_gather"),
    threads("mesh_count"),
    threads("mesh_sort"),
    threads("mesh_near"),
    threads("mesh_bin"),
    threads("mesh_order"),
    threads("mesh_bin_targets"),
    threads("mesh_order_targets"),
    TILES,
];

/// One thread a bin.
const TILES: crate::layout::Workgroup = crate::layout::Workgroup { shader: "mesh_tiles", size: [256, 1, 1] };

/// The one workgroup that finds the scale of whole numbers.
const SCALE: crate::layout::Workgroup = crate::layout::Workgroup { shader: "mesh_scale", size: [256, 1, 1] };

/// Threads of a workgroup of the passes over lines as the constants stand before a side is chosen.
pub const LINES: [crate::layout::Workgroup; 4] =
    [lines("mesh_rows"), lines("mesh_fold"), lines("mesh_columns"), lines("mesh_back")];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_core_stands_on_the_level_that_resolves_it() {
        let pyramid = Pyramid::new(256, USUAL);
        let h = pyramid.spacing(0);
        for (cells, level) in [(0.1, 0), (1.3, 0), (2.4, 0), (2.6, 1), (11.0, 3), (200.0, 4)] {
            let standing = pyramid.standing((cells * h).powi(2));
            assert_eq!(standing.level, level, "{cells} cells");
            assert!(standing.width > 0.9, "{cells} cells: {}", standing.width);
        }
        assert_eq!(pyramid.levels, 5);
    }

    #[test]
    fn the_choice_follows_the_wish_and_the_cores() {
        let cores = vec![0.09_f64.powi(2); 3000];
        assert_eq!(choose(Velocity::Direct, &cores, &cores, 512), None);
        assert_eq!(choose(Velocity::Auto, &cores[..100], &cores, 512), None);
        let side = |wish, cores: &[f64]| choose(wish, cores, cores, 512).map(|p| (p.n, p.levels, p.accuracy));
        assert_eq!(side(Velocity::Auto, &cores), Some((128, 1, USUAL)));
        assert_eq!(side(Velocity::Fine, &cores), Some((128, 1, FINE)));
        assert_eq!(side(Velocity::Mesh, &cores[..3]), Some((32, 1, USUAL)));
        assert_eq!(side(Velocity::Mesh, &[1e-4; 20_000]), Some((512, 1, USUAL)));
        assert_eq!(Pyramid::resolving(0.05_f64.powi(2), 0.2, USUAL, 1024).n, 256);
        assert_eq!(Pyramid::resolving(1e-6, 0.2, USUAL, 256).n, 256);
        #[cfg(feature = "gpu")]
        for (eps, count, side) in [(0.005_f64, 1_000_000, 2048), (0.01, 3000, 256)] {
            let cores = vec![eps * eps; count];
            assert_eq!(Pyramid::on_gpu(&cores, &cores, USUAL, 4096).n, side, "{count} cores of {eps}");
        }
    }
}
