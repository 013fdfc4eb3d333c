//! Time of each pass by GPU timestamps. Where the adapter has none, the time is `None`, never 0.

use wgpu_profiler::{GpuProfiler, GpuProfilerSettings, GpuTimerQueryResult};

use super::{context::Context, dispatch::Dispatch};

/// Time one shader took in the last timed frame.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct PassTime {
    /// The shader's name.
    pub label: String,
    /// Launches in that frame.
    pub calls: u32,
    /// Milliseconds of all launches together; `None` where not measured.
    pub ms: Option<f64>,
}

/// Collects timestamps and gives the last complete set without waiting.
pub struct Timer {
    profiler: Option<GpuProfiler>,
    period: f32,
    times: Vec<PassTime>,
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
        }
    }

    /// Records a launch, timed if `timed` and the device can.
    pub fn run(&self, pass: &mut wgpu::ComputePass<'static>, dispatch: &Dispatch, timed: bool) {
        match &self.profiler {
            Some(profiler) if timed => {
                let mut scope = profiler.scope(dispatch.label(), pass);
                dispatch.encode(&mut scope);
            }
            _ => dispatch.encode(pass),
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
        }
    }

    /// Call once a frame after submission; takes in finished frames.
    pub fn end_frame(&mut self) {
        let Some(profiler) = &mut self.profiler else { return };
        // An open scope is a programming error that the profiler reports; timings of that frame are dropped.
        if profiler.end_frame().is_err() {
            return;
        }
        if let Some(results) = profiler.process_finished_frame(self.period) {
            self.times.clear();
            for result in &results {
                add(&mut self.times, result);
            }
        }
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
        None => times.push(PassTime { label: result.label.clone(), calls: 1, ms }),
    }
    for nested in &result.nested_queries {
        add(times, nested);
    }
}
