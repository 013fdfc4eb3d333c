//! Frame intervals and memory over a long time, in memory that does not grow.

use serde::Serialize;

use crate::perf::{alloc_mb, rss_anon_mb, rss_mb};

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

/// How a number went over the time after warm-up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Trend {
    /// At the first sample after warm-up.
    pub first: f64,
    /// At the last.
    pub last: f64,
    /// Largest.
    pub max: f64,
    /// Median slope of all pairs (Theil and Sen), an hour.
    pub per_h: Option<f64>,
    /// Standard error of the slope by least squares.
    pub error_per_h: Option<f64>,
}

/// Memory at one place of every round, MiB.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Series {
    /// Samples in all, and those after warm-up.
    pub samples: [usize; 2],
    /// Resident set.
    pub rss_mib: Option<Trend>,
    /// The part of it that no file backs.
    pub anon_mib: Option<Trend>,
    /// What the program itself has allocated.
    pub heap_mib: Option<Trend>,
}

/// Memory after warm-up.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Memory {
    /// At rest: the same scene, the same step, on a device of its own.
    pub rest: Series,
    /// At the end of a round's work, before the device goes.
    pub work: Series,
}

/// A look at memory, MiB.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sample {
    /// Resident set.
    pub rss: Option<f64>,
    /// The part of it that no file backs.
    pub anon: Option<f64>,
    /// What the program itself has allocated.
    pub heap: Option<f64>,
}

impl Sample {
    /// Of this process now.
    pub fn now() -> Self {
        Self { rss: rss_mb(), anon: rss_anon_mb(), heap: alloc_mb() }
    }
}

/// Where in a round memory is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// After a replay.
    Rest,
    /// Before it.
    Work,
}

/// Collects both.
#[derive(Debug)]
pub struct Pulse {
    buckets: Vec<u64>,
    longest_s: f64,
    last: Option<(u64, f64)>,
    /// Hours and memory, at rest and at work.
    looks: [Vec<(f64, Sample)>; 2],
}

impl Default for Pulse {
    fn default() -> Self {
        Self { buckets: vec![0; BUCKETS], longest_s: 0.0, last: None, looks: [vec![], vec![]] }
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

    /// A look at memory.
    pub fn look(&mut self, place: Place, now_s: f64, sample: Sample) {
        let looks = &mut self.looks[place as usize];
        if looks.len() >= SAMPLES {
            let mut nth = 0;
            looks.retain(|_| {
                nth += 1;
                nth % 2 == 0
            });
        }
        looks.push((now_s / 3600.0, sample));
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
        let series = |place: Place| series(&self.looks[place as usize], warm_s / 3600.0);
        Memory { rest: series(Place::Rest), work: series(Place::Work) }
    }
}

fn series(looks: &[(f64, Sample)], warm_h: f64) -> Series {
    let warm: Vec<_> = looks.iter().filter(|(hours, _)| *hours >= warm_h).collect();
    let of = |part: fn(&Sample) -> Option<f64>| {
        // A system that did not tell once tells no trend.
        let line: Option<Vec<[f64; 2]>> = warm.iter().map(|(hours, sample)| Some([*hours, part(sample)?])).collect();
        trend(&line?)
    };
    Series {
        samples: [looks.len(), warm.len()],
        rss_mib: of(|sample| sample.rss),
        anon_mib: of(|sample| sample.anon),
        heap_mib: of(|sample| sample.heap),
    }
}

fn trend(line: &[[f64; 2]]) -> Option<Trend> {
    let (first, last) = (line.first()?[1], line.last()?[1]);
    let max = line.iter().map(|[_, mib]| *mib).fold(first, f64::max);
    Some(Trend { first, last, max, per_h: median_slope(line), error_per_h: error_of_slope(line) })
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
            let sample = Sample { rss: Some(300.0 + 2.0 * hours + odd), anon: None, heap: Some(10.0) };
            pulse.look(Place::Rest, 60.0 * f64::from(minute), sample);
        }
        let Memory { rest, work } = pulse.memory(600.0);
        assert_eq!((rest.samples, &work), ([60, 50], &Series::default()));
        let rss = rest.rss_mib.unwrap();
        assert!((rss.per_h.unwrap() - 2.0).abs() < 1.0 && rss.max > 340.0, "{rss:?}");
        let flat = Trend { first: 10.0, last: 10.0, max: 10.0, per_h: Some(0.0), error_per_h: Some(0.0) };
        assert_eq!((rest.anon_mib, rest.heap_mib), (None, Some(flat)));
        assert_eq!(pulse.memory(56.0 * 60.0).rest.rss_mib.unwrap().per_h, None);
        assert_eq!(pulse.memory(1e9).rest, Series { samples: [60, 0], ..Series::default() });
    }

    #[test]
    fn samples_of_years_take_the_room_of_a_day() {
        let mut pulse = Pulse::default();
        (0..20_000).for_each(|i| pulse.look(Place::Work, f64::from(i), Sample { rss: Some(1.0), ..Sample::default() }));
        let work = pulse.memory(0.0).work;
        assert!(work.samples[0] <= SAMPLES && work.heap_mib.is_none());
        assert_eq!(work.rss_mib.unwrap().per_h, Some(0.0));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn linux_tells_all_but_the_heap_of_another_allocator() {
        let Sample { rss, anon, heap } = Sample::now();
        assert!(rss > anon && anon > Some(0.1) && heap.is_none(), "{rss:?} {anon:?} {heap:?}");
    }
}
