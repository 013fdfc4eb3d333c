//! Series over a run of any length in memory that is fixed: when it is full, every other sample goes.
//!
//! After m halvings one sample in 2^m is kept, so samples stay evenly spaced over the whole run; the newest
//! is always there. A break says that a sample does not follow from the one before: an edit, a restart.

/// Most samples kept.
pub const MOST: usize = 2048;

/// A sample and what is known of its place in the run.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Kept<T> {
    value: T,
    /// How many breaks lay before it.
    branch: u32,
}

/// Samples in the order in which they came.
#[derive(Clone, Debug, PartialEq)]
pub struct Series<T> {
    kept: Vec<Kept<T>>,
    newest: Option<Kept<T>>,
    most: usize,
    stride: u64,
    taken: u64,
    branch: u32,
}

impl<T> Default for Series<T> {
    fn default() -> Self {
        Self::with_most(MOST)
    }
}

impl<T> Series<T> {
    /// Room for so many samples, at least 2.
    pub fn with_most(most: usize) -> Self {
        Self { kept: vec![], newest: None, most: most.max(2), stride: 1, taken: 0, branch: 0 }
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        *self = Self::with_most(self.most);
    }

    /// Whether nothing came yet.
    pub fn is_empty(&self) -> bool {
        self.newest.is_none()
    }

    /// The newest sample.
    pub fn last(&self) -> Option<&T> {
        self.newest.as_ref().map(|kept| &kept.value)
    }

    /// The next sample does not follow from the last one. Breaks without samples between them are one.
    pub fn interrupt(&mut self) {
        if self.newest.as_ref().is_some_and(|newest| newest.branch == self.branch) {
            self.branch += 1;
        }
    }
}

impl<T: Copy> Series<T> {
    /// Takes a sample.
    pub fn push(&mut self, value: T) {
        let sample = Kept { value, branch: self.branch };
        self.newest = Some(sample);
        if self.taken.is_multiple_of(self.stride) {
            self.kept.push(sample);
        }
        self.taken += 1;
        if self.kept.len() > self.most {
            let mut keep = false;
            self.kept.retain(|_| {
                keep = !keep;
                keep
            });
            self.stride *= 2;
        }
    }

    /// How many samples there are to draw.
    pub fn len(&self) -> usize {
        self.samples().count()
    }

    /// Every sample kept and the newest, with the number of breaks before it.
    pub fn samples(&self) -> impl Iterator<Item = (u32, &T)> {
        // The newest was kept itself when its number, counted from 0, is a multiple of the stride.
        let is_kept = self.taken > 0 && (self.taken - 1).is_multiple_of(self.stride);
        let newest = self.newest.as_ref().filter(|_| !is_kept || self.kept.is_empty());
        self.kept.iter().chain(newest).map(|kept| (kept.branch, &kept.value))
    }

    /// The samples alone.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.samples().map(|(_, value)| value)
    }

    /// The first sample.
    pub fn first(&self) -> Option<&T> {
        self.iter().next()
    }
}

impl<T: Copy> FromIterator<T> for Series<T> {
    fn from_iter<I: IntoIterator<Item = T>>(samples: I) -> Self {
        let mut series = Self::default();
        samples.into_iter().for_each(|sample| series.push(sample));
        series
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_samples_stay_in_order_evenly_spaced_and_few() {
        let mut series = Series::default();
        for i in 0..1_000_000_u64 {
            series.push(i);
            assert!(series.kept.len() <= MOST && series.last() == Some(&i));
        }
        let all: Vec<u64> = series.iter().copied().collect();
        assert!(all.len() > MOST / 2 && all.len() <= MOST + 1, "{}", all.len());
        assert_eq!((all[0], all[all.len() - 1]), (0, 999_999));
        let gap = all[1] - all[0];
        assert!(gap.is_power_of_two() && all[..all.len() - 1].windows(2).all(|w| w[1] - w[0] == gap), "{gap}");
    }

    #[test]
    fn the_newest_is_there_once() {
        let mut series = Series::with_most(4);
        for i in 0..40 {
            series.push(i);
            let all: Vec<i32> = series.iter().copied().collect();
            assert!(all.windows(2).all(|w| w[0] < w[1]) && all.last() == Some(&i), "{all:?}");
        }
    }

    #[test]
    fn breaks_part_what_does_not_follow() {
        let mut series = Series::with_most(8);
        series.interrupt();
        series.push(0);
        series.push(1);
        series.interrupt();
        series.interrupt();
        series.push(2);
        assert_eq!(series.samples().collect::<Vec<_>>(), [(0, &0), (0, &1), (1, &2)]);
        series.clear();
        assert!(series.is_empty() && series.first().is_none());
    }
}
