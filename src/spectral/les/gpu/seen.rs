//! What a device saw of the flow: the fastest of some steps, and what the modes hold.

use crate::spectral::les::watch::Fastest;

/// What was seen since it was forgotten: the first slopes of steps, the others, and the modes' sums.
pub(super) struct Seen {
    pub first: Fastest,
    pub within: Fastest,
    /// Energy and enstrophy.
    pub sums: (f64, f64),
}

impl Seen {
    pub fn of(bits: &[u32]) -> Self {
        let number = |i: usize| bits.get(i).map_or(f64::NAN, |b| f64::from(f32::from_bits(*b)));
        let at = |i: usize| Fastest { speed: number(i), eddy: number(i + 1) };
        let sum = |first: usize| (first..bits.len()).step_by(2).map(number).sum();
        Self { first: at(0), within: at(2), sums: (sum(5), sum(4)) }
    }

    pub fn is_finite(&self) -> bool {
        self.first.is_finite() && self.within.is_finite()
    }
}
