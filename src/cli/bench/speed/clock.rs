//! Times of dispatches: GPU timestamps around one pass of many repetitions.

use std::time::Instant;

use super::row::Times;
use crate::{
    error::Result,
    gpu::{Context, Dispatch, PassTime, Timer, buffer::storage, dispatch::groups, readback},
};

/// Time of a sample that repetitions are chosen for.
const SAMPLE_US: f64 = 4000.0;
/// Most dispatches of a sample.
const MOST: u32 = 2000;
/// Seconds of work before times are taken on hardware.
const WARM_S: f64 = 0.4;

/// Times work on one device.
pub struct Clock {
    context: Context,
    queries: Option<(wgpu::QuerySet, wgpu::Buffer, wgpu::Buffer)>,
    samples: usize,
}

impl Clock {
    /// With so many samples a row.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device has no room.
    pub fn new(context: &Context, samples: usize) -> Result<Self> {
        let queries = if context.device.features().contains(wgpu::Features::TIMESTAMP_QUERY) {
            let set = context.device.create_query_set(&wgpu::QuerySetDescriptor {
                label: Some("bench"),
                ty: wgpu::QueryType::Timestamp,
                count: 2,
            });
            let resolved = context.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("timestamps"),
                size: 16,
                usage: wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC,
                mapped_at_creation: false,
            });
            Some((set, resolved, storage::<u64>(context, "timestamps read", 2)?))
        } else {
            None
        };
        Ok(Self { context: context.clone(), queries, samples })
    }

    /// The device that is measured.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Time of the dispatches in order, once.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device does not answer.
    pub fn time(&self, dispatches: &[&Dispatch]) -> Result<Times> {
        // Compilation and uploads are over before time is taken.
        self.sample(dispatches, 1)?;
        let once = self.sample(dispatches, 1)?;
        let most = (MOST / dispatches.len().max(1) as u32).max(1);
        let repeats = ((SAMPLE_US / once.max(0.1)) as u32).clamp(1, most);
        self.warm(|| self.sample(dispatches, repeats).map(|_| ()))?;
        let samples = (0..self.samples).map(|_| Ok(self.sample(dispatches, repeats)? / f64::from(repeats)));
        Ok(Times::of(samples.collect::<Result<_>>()?, repeats))
    }

    /// Prints the time of each stage among the dispatches in order.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device does not answer.
    pub fn tell(&self, dispatches: &[&Dispatch]) -> Result<()> {
        let mut timer = Timer::new(&self.context);
        for _ in 0..4 {
            let mut encoder = self.context.device.create_command_encoder(&Default::default());
            {
                let mut pass = encoder.begin_compute_pass(&Default::default()).forget_lifetime();
                dispatches.iter().for_each(|d| timer.run(&mut pass, d, true));
            }
            timer.resolve(&mut encoder);
            self.context.queue.submit([encoder.finish()]);
            timer.end_frame();
            self.context.wait()?;
        }
        for PassTime { label, calls, ms, .. } in timer.times() {
            if let Some(ms) = ms {
                eprintln!("  {label:<18} {calls:>3} x {:>9.1} us", ms * 1e3 / f64::from((*calls).max(1)));
            }
        }
        Ok(())
    }

    /// A card that was idle runs slowly at first: work until it has its clocks.
    fn warm(&self, mut work: impl FnMut() -> Result<()>) -> Result<()> {
        let begun = Instant::now();
        while !self.context.report.software && begun.elapsed().as_secs_f64() < WARM_S {
            work()?;
        }
        Ok(())
    }

    /// Microseconds of so many repetitions.
    fn sample(&self, dispatches: &[&Dispatch], repeats: u32) -> Result<f64> {
        let mut encoder = self.context.device.create_command_encoder(&Default::default());
        {
            let timestamp_writes = self.queries.as_ref().map(|(set, ..)| wgpu::ComputePassTimestampWrites {
                query_set: set,
                beginning_of_pass_write_index: Some(0),
                end_of_pass_write_index: Some(1),
            });
            let mut pass =
                encoder.begin_compute_pass(&wgpu::ComputePassDescriptor { label: Some("bench"), timestamp_writes });
            (0..repeats).for_each(|_| dispatches.iter().for_each(|d| d.encode(&mut pass)));
        }
        if let Some((set, resolved, read)) = &self.queries {
            encoder.resolve_query_set(set, 0..2, resolved, 0);
            encoder.copy_buffer_to_buffer(resolved, 0, read, 0, 16);
        }
        let begun = Instant::now();
        self.context.queue.submit([encoder.finish()]);
        self.context.wait()?;
        let wall = begun.elapsed().as_secs_f64() * 1e6;
        let Some((.., read)) = &self.queries else { return Ok(wall) };
        let ticks: Vec<u64> = readback::read(&self.context, read, 2)?;
        let period = f64::from(self.context.queue.get_timestamp_period());
        Ok(match ticks[..] {
            [begin, end] if end > begin => (end - begin) as f64 * period * 1e-3,
            _ => wall,
        })
    }

    /// Time of work that submits itself and waits.
    ///
    /// # Errors
    /// What `work` returns.
    pub fn wall(&self, mut work: impl FnMut() -> Result<()>) -> Result<Times> {
        work()?;
        self.warm(&mut work)?;
        let sample = |_| {
            let begun = Instant::now();
            work()?;
            Ok(begun.elapsed().as_secs_f64() * 1e6)
        };
        Ok(Times::of((0..self.samples).map(sample).collect::<Result<_>>()?, 1))
    }

    /// Bytes a second of a copy between two buffers, read and written.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device has no room or does not answer.
    pub fn copy_rate(&self, bytes: u64) -> Result<f64> {
        let [a, b] =
            [storage::<u8>(&self.context, "a", bytes as usize)?, storage::<u8>(&self.context, "b", bytes as usize)?];
        // By threads: the copy engines of some cards are slower than their memory.
        let blocks = groups((bytes / 4) as usize, 8 * 64);
        let times = self.time(&[&Dispatch::new(&self.context, "copy", &[], &[&a, &b], [blocks, 1, 1])?])?;
        Ok(2.0 * bytes as f64 / (times.median_us * 1e-6))
    }
}
