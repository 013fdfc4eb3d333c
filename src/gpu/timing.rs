//! Time of each pass by GPU timestamps. Where the adapter has none, the time is `None`, never 0.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use wgpu_profiler::{GpuProfiler, GpuProfilerSettings, GpuTimerQueryResult};

use super::{context::Context, dispatch::Dispatch, stage::Stage};

/// Time one stage took in the last timed frame.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct PassTime {
    /// The stage's name.
    pub label: String,
    /// What the stage does, in words.
    pub title: String,
    /// Launches in that frame.
    pub calls: u32,
    /// Milliseconds of all launches together; `None` where not measured.
    pub ms: Option<f64>,
    /// Bytes of all launches together, every bound resource whole, once for each way it is used: more than moves
    /// where a launch covers a part of its buffers, less where a shader loads again and again. `None` for draws.
    pub bytes: Option<u64>,
}

impl PassTime {
    /// Bytes of the stage over its time, GB/s.
    pub fn gb_per_s(&self) -> Option<f64> {
        let (bytes, ms) = (self.bytes?, self.ms.filter(|ms| *ms > 0.0)?);
        Some(bytes as f64 / (ms * 1e6))
    }
}

/// What was launched under a label.
struct Launched {
    title: String,
    calls: u64,
    bytes: u64,
}

/// Collects timestamps and gives the last complete set without waiting.
pub struct Timer {
    profiler: Option<GpuProfiler>,
    period: f32,
    times: Vec<PassTime>,
    /// The last time of each stage, whichever frame it was in.
    seen: Vec<PassTime>,
    /// What was timed so far, by label: bytes of a launch are their mean.
    launched: Mutex<BTreeMap<String, Launched>>,
    /// Whether something was resolved whose submission nobody has told of.
    resolved: bool,
}

impl Timer {
    /// A timer of this device; an idle one where timestamps are missing.
    pub fn new(context: &Context) -> Self {
        let settings = GpuProfilerSettings { enable_debug_groups: false, ..Default::default() };
        let profiler = GpuProfiler::new(&context.device, settings).ok();
        Self {
            profiler: profiler.filter(|_| context.report.timestamps),
            period: context.queue.get_timestamp_period(),
            times: Vec::new(),
            seen: Vec::new(),
            launched: Mutex::default(),
            resolved: false,
        }
    }

    /// Records a launch, timed if `timed` and the device can.
    pub fn run(&self, pass: &mut wgpu::ComputePass<'static>, dispatch: &Dispatch, timed: bool) {
        match &self.profiler {
            Some(profiler) if timed => {
                self.note(dispatch);
                let mut scope = profiler.scope(dispatch.label(), pass);
                dispatch.encode(&mut scope);
            }
            _ => dispatch.encode(pass),
        }
    }

    fn note(&self, dispatch: &Dispatch) {
        // A poisoned lock only means a panic elsewhere; the sums are whole.
        let mut launched = self.launched.lock().unwrap_or_else(PoisonError::into_inner);
        if !launched.contains_key(dispatch.label()) {
            launched.insert(dispatch.label().into(), Launched { title: dispatch.title().into(), calls: 0, bytes: 0 });
        }
        if let Some(sum) = launched.get_mut(dispatch.label()) {
            (sum.calls, sum.bytes) = (sum.calls + 1, sum.bytes + dispatch.bytes());
        }
    }

    /// The profiler for render passes of others.
    pub fn profiler(&self) -> Option<&GpuProfiler> {
        self.profiler.as_ref()
    }

    /// Call once a frame, after the last timed pass and before its encoder is finished.
    pub fn resolve(&mut self, encoder: &mut wgpu::CommandEncoder) {
        if let Some(profiler) = &mut self.profiler {
            profiler.resolve_queries(encoder);
            self.resolved = true;
        }
    }

    /// Call after the submission of what was resolved, or whenever; takes in finished frames.
    pub fn end_frame(&mut self) {
        let Some(profiler) = self.profiler.as_mut().filter(|_| std::mem::take(&mut self.resolved)) else { return };
        // An open scope is a programming error that the profiler reports; timings of that frame are dropped.
        if profiler.end_frame().is_err() {
            return;
        }
        self.take_in();
    }

    /// Takes in the oldest finished frame that is not known yet; returns whether there was one.
    fn take_in(&mut self) -> bool {
        let results = self.profiler.as_mut().and_then(|profiler| profiler.process_finished_frame(self.period));
        let Some(results) = results else { return false };
        self.times.clear();
        for result in &results {
            add(&mut self.times, result);
        }
        let launched = self.launched.lock().unwrap_or_else(PoisonError::into_inner);
        for time in &mut self.times {
            if let Some(sum) = launched.get(&time.label) {
                time.title.clone_from(&sum.title);
                time.bytes = Some(sum.bytes / sum.calls.max(1) * u64::from(time.calls));
            }
            match self.seen.iter_mut().find(|seen| seen.label == time.label) {
                Some(seen) => seen.clone_from(time),
                None => self.seen.push(time.clone()),
            }
        }
        true
    }

    /// The last time of each stage in any frame, those included that have finished since.
    pub fn seen(&mut self) -> &[PassTime] {
        while self.take_in() {}
        &self.seen
    }

    /// The last time of each stage in any frame that was taken in so far.
    pub fn so_far(&self) -> &[PassTime] {
        &self.seen
    }

    /// Time of each shader in the last complete frame.
    pub fn times(&self) -> &[PassTime] {
        &self.times
    }
}

fn add(times: &mut Vec<PassTime>, result: &GpuTimerQueryResult) {
    let ms = result.time.as_ref().map(|t| (t.end - t.start) * 1e3);
    match times.iter_mut().find(|t| t.label == result.label) {
        Some(row) => {
            row.calls += 1;
            row.ms = row.ms.zip(ms).map(|(a, b)| a + b);
        }
        None => {
            let title = Stage::named(&result.label).map_or_else(|_| result.label.clone(), |stage| stage.title());
            times.push(PassTime { label: result.label.clone(), title, calls: 1, ms, bytes: None });
        }
    }
    for nested in &result.nested_queries {
        add(times, nested);
    }
}
