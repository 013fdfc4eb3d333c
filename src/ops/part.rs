//! Long sums in parts: launches that follow one another, each so short that its loops end on every device.

crate::shared_struct! {
    /// What one launch adds, in units of the operator.
    Part in "raster" {
        /// The first; what comes before is there already.
        first: u32,
        /// How many at most.
        count: u32,
        /// Unused.
        pad0: u32,
        /// Unused.
        pad1: u32,
    }
}

/// The launches over so many, at most `share` each; one at least.
pub fn parts(all: usize, share: u32) -> impl Iterator<Item = Part> {
    let share = share.max(1);
    (0..all.div_ceil(share as usize).max(1)).map(move |n| Part {
        first: n as u32 * share,
        count: share,
        pad0: 0,
        pad1: 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_follow_one_another() {
        let of = |all, share| parts(all, share).map(|p| (p.first, p.count)).collect::<Vec<_>>();
        assert_eq!(of(0, 4), [(0, 4)]);
        assert_eq!(of(8, 4), [(0, 4), (4, 4)]);
        assert_eq!(of(9, 4), [(0, 4), (4, 4), (8, 4)]);
        assert_eq!(of(1 << 20, 1 << 30), [(0, 1 << 30)]);
    }
}
