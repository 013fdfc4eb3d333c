//! Bytes that cross the bus, counted over the whole process.

use std::sync::atomic::{AtomicU64, Ordering};

static TO_DEVICE: AtomicU64 = AtomicU64::new(0);
static FROM_DEVICE: AtomicU64 = AtomicU64::new(0);

/// Bytes so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Uploaded.
    pub to_device: u64,
    /// Read back.
    pub from_device: u64,
}

/// What was moved so far.
pub fn traffic() -> Traffic {
    Traffic { to_device: TO_DEVICE.load(Ordering::Relaxed), from_device: FROM_DEVICE.load(Ordering::Relaxed) }
}

/// Uploads bytes into a buffer with the next submission.
#[expect(clippy::disallowed_methods, reason = "the one place that uploads, so that it can count")]
pub fn upload<T: bytemuck::NoUninit>(queue: &wgpu::Queue, buffer: &wgpu::Buffer, offset: u64, data: &[T]) {
    let bytes: &[u8] = bytemuck::cast_slice(data);
    TO_DEVICE.fetch_add(bytes.len() as u64, Ordering::Relaxed);
    queue.write_buffer(buffer, offset, bytes);
}

/// Notes a read-back of so many bytes.
pub fn came_back(bytes: usize) {
    FROM_DEVICE.fetch_add(bytes as u64, Ordering::Relaxed);
}

/// Notes an upload by other means of so many bytes.
pub fn went_out(bytes: usize) {
    TO_DEVICE.fetch_add(bytes as u64, Ordering::Relaxed);
}
