//! First moments of parcels and of ellipses, on the torus cut at a seam: what the motion of a cycle came to.
//!
//! ```text
//! parcels:   sum omega_p h^2 saw(x_p)
//! ellipses:  sum Gamma_i E saw(x),    x of mean x_i and variance S_i,    E saw(x) = x_i - n/2 - n E floor(x/n)
//! ```
//!
//! `saw` is the offset from the middle between two images of the seam, which lies half a cell before a line of nodes. A
//! core across the seam counts on both sides of it, as its parcels do.

use super::{
    Cycle,
    ended::{Ended, Impulse},
};
use crate::{
    encode::ellipse_of,
    math::BOX,
    state::{Atoms, State, impulse},
};

impl Cycle {
    /// What the end of this cycle changed, from the atoms that rode to the state `after`, whose last `count` atoms were
    /// refitted to `whole`: the same cycle on whole parcels, which carry the atoms' vorticity alone.
    pub(super) fn accounted(&self, whole: &Self, rode: &Atoms, after: State, count: usize) -> Ended {
        let seam = whole.seam();
        let refitted = (0..rode.len()).filter(|i| self.carries(*i));
        let all = after.atoms.len();
        let [was, is] = [whole.cut(rode, refitted.clone(), seam), whole.cut(&after.atoms, all - count..all, seam)];
        let (rode, ended) = (impulse(rode), impulse(&after.atoms));
        let unwrapped = [ended.impulse_x - rode.impulse_x, ended.impulse_y - rode.impulse_y];
        let parcels = whole.impulse(seam);
        Ended {
            state: after,
            refitted: refitted.count(),
            carried: [0, 1].map(|k| parcels[k] - was[k]),
            winding: [0, 1].map(|k| unwrapped[k] - (is[k] - was[k])),
        }
    }

    /// Of the parcels.
    fn impulse(&self, seam: [usize; 2]) -> Impulse {
        let moment = |k: usize| {
            let all = self.parcels.places.iter().zip(&self.parcels.values);
            all.map(|(x, w)| f64::from(*w) * saw(x[k], 0.0, seam[k], self.parcels.side)).sum::<f64>()
        };
        let h = BOX / self.parcels.side as f64;
        [h * h * h * moment(1), -h * h * h * moment(0)]
    }

    /// Of some ellipses.
    fn cut(&self, atoms: &Atoms, which: impl Iterator<Item = usize>, seam: [usize; 2]) -> Impulse {
        let (view, h) = (atoms.view(), BOX / self.parcels.side as f64);
        which.fold([0.0; 2], |[x, y], i| {
            let Some(e) = ellipse_of(atoms, i, h) else { return [x, y] };
            let gamma = view.sign[i].value() * view.gamma[i] * h;
            let [xx, _, yy] = e.covariance;
            let at = |k: usize, variance: f64| saw(e.center[k], variance.sqrt(), seam[k], self.parcels.side);
            [x + gamma * at(1, yy), y - gamma * at(0, xx)]
        })
    }
}

/// Mean offset from the middle between two images of the seam, `n` cells apart, of what is spread about `x` by a
/// standard deviation.
fn saw(x: f64, deviation: f64, seam: usize, n: usize) -> f64 {
    let (x, n) = (x - (seam as f64 - 0.5), n as f64);
    let turns = (x / n).floor();
    // Share of a Gaussian above a place, beyond what its middle says.
    let above = |k: f64| 0.5 * (1.0 - libm::erf((k * n - x) / (std::f64::consts::SQRT_2 * deviation)));
    let spilt = if deviation > 0.0 {
        (1..=2).map(f64::from).map(|j| above(turns + j) - (1.0 - above(turns + 1.0 - j))).sum()
    } else {
        0.0
    };
    x - n * (turns + spilt) - 0.5 * n
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_core_across_the_seam_counts_on_both_sides() {
        let (n, seam) = (64, 10);
        assert_eq!(saw(9.5, 0.0, seam, n), -32.0);
        assert_eq!(saw(41.5, 0.0, seam, n), 0.0);
        // Half of it lies before the seam, half behind.
        assert!(saw(9.5, 3.0, seam, n).abs() < 1e-12 && saw(9.5 + 128.0, 3.0, seam, n).abs() < 1e-12);
        // The mean over its own profile, summed.
        for (x, deviation) in [(12.0, 3.0), (70.0, 5.0), (-20.0, 8.0)] {
            let bell = |d: f64| (-0.5 * d * d).exp() / (2.0 * std::f64::consts::PI).sqrt();
            let sum: f64 = (0..1600)
                .map(|i| (f64::from(i) - 799.5) / 100.0)
                .map(|d| 0.01 * bell(d) * saw(x + d * deviation, 0.0, seam, n))
                .sum();
            // The jump of 64 falls between two places of the sum.
            assert!((sum - saw(x, deviation, seam, n)).abs() < 0.2, "{sum} {}", saw(x, deviation, seam, n));
        }
    }
}
