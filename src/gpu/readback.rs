//! Reading buffers back: a ring that never waits inside a frame, and a blocking read between frames. What is recorded
//! in an encoder is mapped once that was submitted, with no call of anybody.

use std::sync::{
    Arc,
    atomic::{AtomicU8, AtomicUsize, Ordering},
};

use super::{context::Context, traffic::came_back};
use crate::error::{Error, Result};

const FREE: u8 = 0;
const MAPPING: u8 = 1;
const READY: u8 = 2;
const FAILED: u8 = 3;

struct Slot {
    buffer: wgpu::Buffer,
    state: Arc<AtomicU8>,
    order: u64,
}

/// A ring of three staging buffers of equal size. A copy is recorded when one is free; the newest
/// finished one is taken without waiting.
pub struct Readback {
    slots: Vec<Slot>,
    order: u64,
}

impl Readback {
    /// Room for `bytes` at a time.
    pub fn new(context: &Context, label: &str, bytes: u64) -> Self {
        Self::with_slots(context, label, bytes, 3)
    }

    /// The same with so many staging buffers.
    pub fn with_slots(context: &Context, label: &str, bytes: u64, slots: usize) -> Self {
        let slot = |_| Slot { buffer: staging(context, label, bytes), state: Arc::default(), order: 0 };
        Self { slots: (0..slots).map(slot).collect(), order: 0 }
    }

    /// Records a copy of `source[offset..]` if a slot is free; returns whether it did.
    pub fn copy(&mut self, encoder: &mut wgpu::CommandEncoder, source: &wgpu::Buffer, offset: u64) -> bool {
        let Some(slot) = self.slots.iter_mut().find(|s| s.state.load(Ordering::Acquire) == FREE) else {
            return false;
        };
        encoder.copy_buffer_to_buffer(source, offset, &slot.buffer, 0, slot.buffer.size());
        self.order += 1;
        slot.order = self.order;
        slot.state.store(MAPPING, Ordering::Release);
        let state = slot.state.clone();
        encoder.map_buffer_on_submit(&slot.buffer, wgpu::MapMode::Read, .., move |result| {
            state.store(if result.is_ok() { READY } else { FAILED }, Ordering::Release);
        });
        true
    }

    /// The newest finished copy, if one came in since the last call. Never waits; the device must be
    /// polled elsewhere.
    pub fn take(&self) -> Option<Vec<u8>> {
        let mut newest: Option<(u64, Vec<u8>)> = None;
        for slot in &self.slots {
            match slot.state.load(Ordering::Acquire) {
                READY => {
                    if let Ok(view) = slot.buffer.get_mapped_range(..)
                        && newest.as_ref().is_none_or(|(order, _)| *order < slot.order)
                    {
                        came_back(view.len());
                        newest = Some((slot.order, view.to_vec()));
                    }
                    slot.buffer.unmap();
                    slot.state.store(FREE, Ordering::Release);
                }
                FAILED => slot.state.store(FREE, Ordering::Release),
                _ => {}
            }
        }
        newest.map(|(_, bytes)| bytes)
    }
}

/// Several buffers read back together, once: as they were at one place of an encoder.
pub struct Once {
    parts: Vec<wgpu::Buffer>,
    /// How many are mapped; [`Once::FAILED`] after a failure.
    ready: Arc<AtomicUsize>,
}

impl Once {
    const FAILED: usize = usize::MAX / 2;

    /// Records the copies of all of `sources`.
    pub fn copy(context: &Context, encoder: &mut wgpu::CommandEncoder, sources: &[&wgpu::Buffer]) -> Self {
        let part = |source: &&wgpu::Buffer| staging(context, "read once", source.size());
        let mut once = Self { parts: sources.iter().map(part).collect(), ready: Arc::default() };
        once.record(encoder, sources);
        once
    }

    /// Records copies of sources of the same sizes once more; what was copied before is forgotten.
    pub fn again(&mut self, encoder: &mut wgpu::CommandEncoder, sources: &[&wgpu::Buffer]) {
        self.parts.iter().for_each(wgpu::Buffer::unmap);
        self.ready = Arc::default();
        self.record(encoder, sources);
    }

    fn record(&mut self, encoder: &mut wgpu::CommandEncoder, sources: &[&wgpu::Buffer]) {
        for (source, target) in sources.iter().zip(&self.parts) {
            encoder.copy_buffer_to_buffer(source, 0, target, 0, source.size());
            let ready = self.ready.clone();
            encoder.map_buffer_on_submit(target, wgpu::MapMode::Read, .., move |result| {
                ready.fetch_add(if result.is_ok() { 1 } else { Self::FAILED }, Ordering::AcqRel);
            });
        }
    }

    /// The bytes of each source when all are there. Never waits; the device must be polled elsewhere. The bytes of
    /// the buffers that were asked for, one after another.
    ///
    /// # Errors
    /// [`Error::Run`] when the device could not answer.
    pub fn take(&self) -> Option<Result<Vec<Vec<u8>>>> {
        let ready = self.ready.load(Ordering::Acquire);
        if ready < self.parts.len() {
            return None;
        }
        let bytes = |part: &wgpu::Buffer| {
            let view = part.get_mapped_range(..).ok()?;
            came_back(view.len());
            Some(view.to_vec())
        };
        let all = (ready == self.parts.len()).then(|| self.parts.iter().map(bytes).collect()).flatten();
        Some(all.ok_or_else(|| Error::Run("reading the state back from the device failed".into())))
    }
}

fn staging(context: &Context, label: &str, bytes: u64) -> wgpu::Buffer {
    context.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some(label),
        size: bytes,
        usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

/// The first `count` items of bytes that came back, at most all.
pub fn items<T: bytemuck::AnyBitPattern>(bytes: &[u8], count: usize) -> Vec<T> {
    bytes.chunks_exact(size_of::<T>()).take(count).map(bytemuck::pod_read_unaligned).collect()
}

/// The first `count` items of a buffer. Waits for the device: only between frames.
///
/// # Errors
/// [`Error::Run`] where the device does not answer.
pub fn read<T: bytemuck::AnyBitPattern>(context: &Context, source: &wgpu::Buffer, count: usize) -> Result<Vec<T>> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let bytes = ((count * size_of::<T>()) as u64).min(source.size()).next_multiple_of(4);
    let target = staging(context, "read", bytes);
    let mut encoder = context.device.create_command_encoder(&Default::default());
    encoder.copy_buffer_to_buffer(source, 0, &target, 0, bytes);
    context.queue.submit([encoder.finish()]);
    let (sender, receiver) = std::sync::mpsc::channel();
    target.map_async(wgpu::MapMode::Read, .., move |result| {
        // The receiver lives until the answer is in or the call has failed.
        let _ = sender.send(result);
    });
    context.wait()?;
    let lost = |why: String| Error::Run(format!("reading {bytes} bytes back from the device failed: {why}"));
    receiver.recv().map_err(|e| lost(e.to_string()))?.map_err(|e| lost(e.to_string()))?;
    let view = target.get_mapped_range(..).map_err(|e| lost(e.to_string()))?;
    came_back(view.len());
    Ok(view.chunks_exact(size_of::<T>()).map(bytemuck::pod_read_unaligned).collect())
}
