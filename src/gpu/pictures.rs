//! Textures on their way back to the host, in order; nothing waits and none is lost.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
};

use super::{context::Context, traffic::came_back};
use crate::error::{Error, Result};

const READY: u8 = 1;
const FAILED: u8 = 2;

/// A texture that was copied, and what it is.
struct Flight<T> {
    buffer: wgpu::Buffer,
    size: [u32; 2],
    state: Arc<AtomicU8>,
    tag: T,
}

/// A bounded queue of copies, each with a tag of the caller's.
pub struct Pictures<T> {
    flights: VecDeque<Flight<T>>,
    spare: Vec<wgpu::Buffer>,
    most: usize,
}

/// Bytes of a row in a copy: a multiple of 256.
fn row_bytes(width: u32) -> u32 {
    (4 * width).next_multiple_of(256)
}

impl<T> Pictures<T> {
    /// Room for `most` at a time.
    pub fn new(most: usize) -> Self {
        Self { flights: VecDeque::new(), spare: vec![], most }
    }

    /// Whether another may be recorded.
    pub fn has_room(&self) -> bool {
        self.flights.len() < self.most
    }

    /// Gives the memory of copies that came back to the device.
    pub fn rest(&mut self) {
        self.spare.clear();
    }

    /// How many are on their way.
    pub fn len(&self) -> usize {
        self.flights.len()
    }

    /// Whether none is on its way.
    pub fn is_empty(&self) -> bool {
        self.flights.is_empty()
    }

    /// Records the copy of a texture of four bytes a texel.
    pub fn copy(&mut self, context: &Context, encoder: &mut wgpu::CommandEncoder, texture: &wgpu::Texture, tag: T) {
        let size = [texture.width(), texture.height()];
        let bytes = u64::from(row_bytes(size[0])) * u64::from(size[1]);
        // One size at a time is the rule; buffers of another one are given back.
        self.spare.retain(|buffer| buffer.size() == bytes);
        let buffer = self.spare.pop().unwrap_or_else(|| {
            context.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("picture on its way"),
                size: bytes,
                usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            })
        });
        let layout =
            wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(row_bytes(size[0])), rows_per_image: None };
        let target = wgpu::TexelCopyBufferInfo { buffer: &buffer, layout };
        encoder.copy_texture_to_buffer(texture.as_image_copy(), target, texture.size());
        let state = Arc::<AtomicU8>::default();
        let answered = state.clone();
        encoder.map_buffer_on_submit(&buffer, wgpu::MapMode::Read, .., move |result| {
            answered.store(if result.is_ok() { READY } else { FAILED }, Ordering::Release);
        });
        self.flights.push_back(Flight { buffer, size, state, tag });
    }

    /// The oldest, once it is there: its tag and `[height, width, 4]` with row 0 at the top. Never waits; the
    /// device must be polled elsewhere.
    ///
    /// # Errors
    /// [`Error::Run`] when the device could not answer.
    pub fn take(&mut self) -> Option<Result<(T, Vec<u8>)>> {
        let state = self.flights.front()?.state.load(Ordering::Acquire);
        if state != READY && state != FAILED {
            return None;
        }
        let Flight { buffer, size, tag, .. } = self.flights.pop_front()?;
        let lost = || Error::Run("a picture could not be read back from the device".into());
        if state == FAILED {
            return Some(Err(lost()));
        }
        let rgba = buffer.get_mapped_range(..).map_err(|_| lost()).map(|view| {
            came_back(view.len());
            let row = row_bytes(size[0]) as usize;
            let mut rgba = Vec::with_capacity(4 * size[0] as usize * size[1] as usize);
            view.chunks_exact(row).for_each(|line| rgba.extend_from_slice(&line[..4 * size[0] as usize]));
            rgba
        });
        buffer.unmap();
        self.spare.push(buffer);
        Some(rgba.map(|rgba| (tag, rgba)))
    }
}
