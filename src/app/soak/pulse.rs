//! Frame intervals and memory over a long time, in memory that does not grow.

use serde::Serialize;

/// Smallest interval that is told from none, seconds.
const LEAST_S: f64 = 1e-4;
/// Buckets a factor of ten: neighbours are 2.3 % apart.
const PER_DECADE: f64 = 100.0;
/// Up to a thousand seconds.
const BUCKETS: usize = 700;
/// Samples of memory that are kept; beyond, every other goes.
const SAMPLES: usize = 4096;
/// Fewest samples a slope is told from.
const ENOUGH: usize = 8;

/// Intervals from frame to frame while time passed.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Frames {
    /// Of all frames.
    pub count: u64,
    /// Median, milliseconds.
    pub p50_ms: Option<f64>,
    /// 99 of 100 are shorter.
    pub p99_ms: Option<f64>,
    /// Longest.
    pub max_ms: Option<f64>,
}

/// Memory at rest, after warm-up.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Memory {
    /// Samples at rest, and those after warm-up.
    pub samples: [usize; 2],
    /// Resident set at the first sample after warm-up and at the last, MiB.
    pub rss_mib: Option<[f64; 2]>,
    /// Largest resident set at rest.
    pub rss_max_mib: Option<f64>,
    /// Median slope of all pairs (Theil and Sen), MiB an hour.
    pub rss_mib_per_h: Option<f64>,
    /// Standard error of the slope by least squares.
    pub rss_error_mib_per_h: Option<f64>,
    /// What the program itself has allocated, first and last.
    pub heap_mib: Option<[f64; 2]>,
    /// Its slope.
    pub heap_mib_per_h: Option<f64>,
}

/// Collects both.
#[derive(Debug)]
pub struct Pulse {
    buckets: Vec<u64>,
    longest_s: f64,
    last: Option<(u64, f64)>,
    /// Hours, resident set, heap.
    rest: Vec<[f64; 3]>,
}

impl Default for Pulse {
    fn default() -> Self {
        Self { buckets: vec![0; BUCKETS], longest_s: 0.0, last: None, rest: vec![] }
    }
}

fn bucket(interval_s: f64) -> usize {
    let at = PER_DECADE * (interval_s / LEAST_S).max(1.0).log10();
    (at as usize).min(BUCKETS - 1)
}

/// Middle of a bucket.
fn seconds(bucket: usize) -> f64 {
    LEAST_S * 10_f64.powf((bucket as f64 + 0.5) / PER_DECADE)
}

impl Pulse {
    /// A frame begins, the `frame`-th; an interval counts between two neighbours of a moving flow.
    pub fn beat(&mut self, frame: u64, moving: bool, now_s: f64) {
        if let Some((before, at_s)) = self.last.filter(|_| moving)
            && frame == before + 1
        {
            self.buckets[bucket(now_s - at_s)] += 1;
            self.longest_s = self.longest_s.max(now_s - at_s);
        }
        if self.last.is_none_or(|(before, _)| before != frame) || !moving {
            self.last = moving.then_some((frame, now_s));
        }
    }

    /// What comes next is no interval between frames.
    pub fn pause(&mut self) {
        self.last = None;
    }

    /// Memory at rest.
    pub fn rest(&mut self, now_s: f64, rss_mib: f64, heap_mib: Option<f64>) {
        if self.rest.len() >= SAMPLES {
            let mut nth = 0;
            self.rest.retain(|_| {
                nth += 1;
                nth % 2 == 0
            });
        }
        self.rest.push([now_s / 3600.0, rss_mib, heap_mib.unwrap_or(f64::NAN)]);
    }

    /// Of all frames so far.
    pub fn frames(&self) -> Frames {
        let count: u64 = self.buckets.iter().sum();
        let quantile = |q: f64| {
            let rank = (q * count as f64).ceil().max(1.0) as u64;
            let mut below = 0;
            let found = self.buckets.iter().position(|n| {
                below += n;
                below >= rank
            });
            found.filter(|_| count > 0).map(|bucket| 1e3 * seconds(bucket).min(self.longest_s))
        };
        Frames {
            count,
            p50_ms: quantile(0.5),
            p99_ms: quantile(0.99),
            max_ms: (count > 0).then_some(1e3 * self.longest_s),
        }
    }

    /// Of what came after `warm_s` seconds.
    pub fn memory(&self, warm_s: f64) -> Memory {
        let warm: Vec<[f64; 3]> = self.rest.iter().filter(|[hours, ..]| 3600.0 * hours >= warm_s).copied().collect();
        let (Some(first), Some(last)) = (warm.first(), warm.last()) else {
            return Memory { samples: [self.rest.len(), 0], ..Memory::default() };
        };
        let line = |column: usize| warm.iter().map(|s| [s[0], s[column]]).collect::<Vec<_>>();
        let (rss, heap) = (line(1), line(2));
        let counted = heap.iter().all(|[_, mib]| mib.is_finite());
        Memory {
            samples: [self.rest.len(), warm.len()],
            rss_mib: Some([first[1], last[1]]),
            rss_max_mib: Some(rss.iter().map(|[_, mib]| *mib).fold(0.0, f64::max)),
            rss_mib_per_h: median_slope(&rss),
            rss_error_mib_per_h: error_of_slope(&rss),
            heap_mib: counted.then_some([first[2], last[2]]),
            heap_mib_per_h: counted.then(|| median_slope(&heap)).flatten(),
        }
    }
}

/// Median of the slopes of all pairs; `None` of too few.
fn median_slope(line: &[[f64; 2]]) -> Option<f64> {
    if line.len() < ENOUGH {
        return None;
    }
    // A thousand samples are half a million pairs; more are thinned.
    let thin = line.len().div_ceil(1000);
    let line: Vec<_> = line.iter().step_by(thin).collect();
    let pairs = line.iter().enumerate().flat_map(|(i, a)| line[i + 1..].iter().map(move |b| (a, b)));
    let mut slopes: Vec<f64> = pairs.filter(|(a, b)| b[0] > a[0]).map(|(a, b)| (b[1] - a[1]) / (b[0] - a[0])).collect();
    slopes.sort_by(f64::total_cmp);
    let middle = slopes.len() / 2;
    let upper = slopes.get(middle).copied()?;
    Some(if slopes.len().is_multiple_of(2) { 0.5 * (slopes[middle - 1] + upper) } else { upper })
}

/// Standard error of the slope of a straight line through the points.
fn error_of_slope(line: &[[f64; 2]]) -> Option<f64> {
    let n = line.len() as f64;
    if line.len() < ENOUGH {
        return None;
    }
    let mean = |column: usize| line.iter().map(|point| point[column]).sum::<f64>() / n;
    let (x0, y0) = (mean(0), mean(1));
    let sum = |f: &dyn Fn(f64, f64) -> f64| line.iter().map(|[x, y]| f(x - x0, y - y0)).sum::<f64>();
    let spread = sum(&|x, _| x * x);
    let slope = sum(&|x, y| x * y) / spread;
    let left = sum(&|x, y| (y - slope * x).powi(2));
    (spread > 0.0).then(|| (left / (n - 2.0) / spread).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_intervals_are_right_to_a_bucket() {
        let mut pulse = Pulse::default();
        assert_eq!(pulse.frames(), Frames::default());
        let mut now_s = 0.0;
        for frame in 0..=1000 {
            pulse.beat(frame, true, now_s);
            now_s += if frame % 50 == 49 { 0.2 } else { 0.02 };
        }
        let frames = pulse.frames();
        assert_eq!(frames.count, 1000);
        let (p50, p99, max) = (frames.p50_ms.unwrap(), frames.p99_ms.unwrap(), frames.max_ms.unwrap());
        assert!((p50 - 20.0).abs() < 0.5 && (p99 - 200.0).abs() < 5.0 && (max - 200.0).abs() < 1e-6, "{frames:?}");
    }

    #[test]
    fn a_pause_and_an_undrawn_frame_are_no_intervals() {
        let mut pulse = Pulse::default();
        pulse.beat(1, true, 0.0);
        pulse.beat(1, true, 0.5);
        pulse.beat(2, true, 1.0);
        pulse.beat(3, false, 9.0);
        pulse.beat(4, true, 20.0);
        pulse.pause();
        pulse.beat(5, true, 30.0);
        let frames = pulse.frames();
        // A frame that could not be drawn at once took that long.
        assert_eq!((frames.count, frames.max_ms), (1, Some(1000.0)));
    }

    #[test]
    fn a_slope_is_found_through_outliers_and_none_of_too_few() {
        let mut pulse = Pulse::default();
        for minute in 0..60 {
            let hours = f64::from(minute) / 60.0;
            let odd = if minute % 10 == 3 { 40.0 } else { 0.0 };
            pulse.rest(60.0 * f64::from(minute), 300.0 + 2.0 * hours + odd, Some(10.0));
        }
        let memory = pulse.memory(600.0);
        assert_eq!(memory.samples, [60, 50]);
        assert!((memory.rss_mib_per_h.unwrap() - 2.0).abs() < 1.0, "{memory:?}");
        assert_eq!((memory.heap_mib_per_h, memory.heap_mib), (Some(0.0), Some([10.0, 10.0])));
        assert_eq!(pulse.memory(56.0 * 60.0).rss_mib_per_h, None);
        assert_eq!(pulse.memory(1e9), Memory { samples: [60, 0], ..Memory::default() });
    }

    #[test]
    fn samples_of_years_take_the_room_of_a_day() {
        let mut pulse = Pulse::default();
        (0..20_000).for_each(|i| pulse.rest(f64::from(i), 1.0, None));
        assert!(pulse.rest.len() <= SAMPLES && pulse.memory(0.0).heap_mib.is_none());
        assert_eq!(pulse.memory(0.0).rss_mib_per_h, Some(0.0));
    }
}
