//! Textures on their way back to the host, in order; nothing waits and none is lost.

use std::collections::VecDeque;

use super::{context::Context, ticket::Ticket};
use crate::error::Result;

/// A bounded queue of copies, each with a tag of the caller's.
pub struct Pictures<T> {
    flights: VecDeque<(Ticket<Vec<u8>>, T)>,
    most: usize,
}

/// Bytes of a row in a copy: a multiple of 256.
fn row_bytes(width: u32) -> u32 {
    (4 * width).next_multiple_of(256)
}

impl<T> Pictures<T> {
    /// Room for `most` at a time.
    pub fn new(most: usize) -> Self {
        Self { flights: VecDeque::new(), most }
    }

    /// Whether another may be recorded.
    pub fn has_room(&self) -> bool {
        self.flights.len() < self.most
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
        let [width, height] = [texture.width(), texture.height()];
        let row = row_bytes(width);
        let buffer = context.readbacks().staging(u64::from(row) * u64::from(height));
        let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(row), rows_per_image: None };
        let target = wgpu::TexelCopyBufferInfo { buffer: &buffer, layout };
        encoder.copy_texture_to_buffer(texture.as_image_copy(), target, texture.size());
        let ticket = context.readbacks().land(encoder, vec![buffer]);
        let rgba = move |parts: Vec<Vec<u8>>| {
            let mut rgba = Vec::with_capacity(4 * width as usize * height as usize);
            let rows = parts.iter().flat_map(|part| part.chunks_exact(row as usize));
            rows.for_each(|line| rgba.extend_from_slice(&line[..4 * width as usize]));
            Ok(rgba)
        };
        self.flights.push_back((ticket.then(rgba), tag));
    }

    /// The oldest, once it is there: its tag and `[height, width, 4]` with row 0 at the top. Never waits; the
    /// device must be polled elsewhere.
    ///
    /// # Errors
    /// [`crate::Error::Run`] when the device could not answer.
    pub fn take(&mut self) -> Option<Result<(T, Vec<u8>)>> {
        let rgba = self.flights.front_mut()?.0.take()?;
        let (_, tag) = self.flights.pop_front()?;
        Some(rgba.map(|rgba| (tag, rgba)))
    }
}
