//! Times of the last frames: the whole frame on the CPU, and every stage on the GPU.

use std::collections::VecDeque;

use crate::app::model::PassRow;

/// Frames that are remembered.
pub const FRAMES: usize = 300;

/// One frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frame {
    /// Its number.
    pub number: u64,
    /// From input to present on the CPU, waits for the display among it, milliseconds.
    pub cpu_ms: f64,
    /// Stages by name and their milliseconds; empty where no new times had come back.
    pub stages: Vec<(String, f64)>,
}

/// The last frames.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FrameLog {
    frames: VecDeque<Frame>,
    /// Times that came in last: the device is asked every frame and answers less often.
    seen: Vec<PassRow>,
    count: u64,
}

impl FrameLog {
    /// A frame has ended.
    pub fn push(&mut self, cpu_ms: f64, passes: &[PassRow]) {
        let fresh = self.seen != passes;
        let stages = match fresh {
            true => passes.iter().filter_map(|pass| Some((pass.label.clone(), pass.ms?))).collect(),
            false => vec![],
        };
        if fresh {
            self.seen = passes.to_vec();
        }
        self.frames.push_back(Frame { number: self.count, cpu_ms, stages });
        self.count += 1;
        while self.frames.len() > FRAMES {
            self.frames.pop_front();
        }
    }

    /// Oldest first.
    pub fn frames(&self) -> impl Iterator<Item = &Frame> {
        self.frames.iter()
    }

    /// Stages with their sums over the frames remembered, the largest first.
    pub fn stages(&self) -> Vec<(&str, f64)> {
        let mut sums: Vec<(&str, f64)> = vec![];
        for (name, ms) in self.frames.iter().flat_map(|frame| &frame.stages) {
            match sums.iter_mut().find(|(known, _)| known == name) {
                Some((_, sum)) => *sum += ms,
                None => sums.push((name, *ms)),
            }
        }
        sums.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
        sums
    }

    /// Mean time of a frame on the CPU, ms; `None` before the first.
    pub fn mean_cpu_ms(&self) -> Option<f64> {
        let count = self.frames.len();
        (count > 0).then(|| self.frames.iter().map(|frame| frame.cpu_ms).sum::<f64>() / count as f64)
    }

    /// Mean sum of all stages of a frame that was timed, ms; `None` without one.
    pub fn mean_gpu_ms(&self) -> Option<f64> {
        let timed = self.frames.iter().filter(|frame| !frame.stages.is_empty());
        let (count, sum) = timed
            .fold((0_u32, 0.0), |(n, sum), frame| (n + 1, sum + frame.stages.iter().map(|(_, ms)| ms).sum::<f64>()));
        (count > 0).then(|| sum / f64::from(count))
    }

    /// Columns and rows for a file.
    pub fn table(&self) -> (Vec<String>, Vec<Vec<Option<f64>>>) {
        let stages = self.stages();
        let names = ["frame [1]".into(), "cpu [ms]".into()].into_iter();
        let names = names.chain(stages.iter().map(|(name, _)| format!("{} [ms]", name.replace(',', " "))));
        let row = |frame: &Frame| {
            let of = |name: &str| frame.stages.iter().find(|(known, _)| known == name).map(|(_, ms)| *ms);
            let own = [Some(frame.number as f64), Some(frame.cpu_ms)];
            own.into_iter().chain(stages.iter().map(|(name, _)| of(name))).collect()
        };
        (names.collect(), self.frames.iter().map(row).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pass(label: &str, ms: Option<f64>) -> PassRow {
        PassRow { label: label.into(), title: String::new(), calls: 1, ms, bytes: None, gb_per_s: None }
    }

    #[test]
    fn times_that_came_back_once_count_once() {
        let mut log = FrameLog::default();
        assert_eq!((log.mean_cpu_ms(), log.mean_gpu_ms()), (None, None));
        let passes = [pass("raster", Some(1.0)), pass("advect", Some(3.0)), pass("low_k", None)];
        log.push(8.0, &passes);
        log.push(10.0, &passes);
        assert_eq!(log.stages(), [("advect", 3.0), ("raster", 1.0)]);
        assert_eq!((log.mean_cpu_ms(), log.mean_gpu_ms()), (Some(9.0), Some(4.0)));
        let (names, rows) = log.table();
        assert_eq!(names, ["frame [1]", "cpu [ms]", "advect [ms]", "raster [ms]"]);
        assert_eq!(rows, [[Some(0.0), Some(8.0), Some(3.0), Some(1.0)], [Some(1.0), Some(10.0), None, None]]);
    }

    #[test]
    fn memory_does_not_grow() {
        let mut log = FrameLog::default();
        for i in 0..10 * FRAMES {
            log.push(i as f64, &[]);
        }
        assert_eq!(log.frames().count(), FRAMES);
        assert_eq!(log.frames().last().map(|frame| frame.number), Some(10 * FRAMES as u64 - 1));
    }
}
