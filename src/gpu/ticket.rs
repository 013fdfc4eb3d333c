//! Answers of the device, by one mechanism: whoever records an encoder asks for buffers as they are at that place of it
//! and gets a [`Ticket`], which a later frame redeems. What is recorded in an encoder is mapped once that was submitted,
//! with no call of anybody; only [`Ticket::wait`] waits, where no frame is drawn.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::traffic::came_back;
use crate::error::{Error, Result};

/// Bytes of staging memory that wait for their next use at most, and how many buffers.
const SPARE_BYTES: u64 = 128 << 20;
const SPARE: usize = 96;

/// What becomes of the bytes of a ticket, one part for each buffer that was asked for.
type Read<T> = Box<dyn FnOnce(Vec<Vec<u8>>) -> Result<T> + Send>;

/// Staging memory of a device. Clones share it.
#[derive(Clone)]
pub struct Readbacks(Arc<Pool>);

struct Pool {
    device: wgpu::Device,
    /// Buffers that came back, the oldest first.
    spare: Mutex<Vec<wgpu::Buffer>>,
}

impl Readbacks {
    /// None yet.
    pub(super) fn new(device: &wgpu::Device) -> Self {
        Self(Arc::new(Pool { device: device.clone(), spare: Mutex::default() }))
    }

    /// Records copies of buffers, or of parts of them, as they are at this place of the encoder. The answer is the bytes
    /// of each, in their order.
    pub fn ask(&self, encoder: &mut wgpu::CommandEncoder, sources: &[wgpu::BufferSlice<'_>]) -> Ticket<Vec<Vec<u8>>> {
        let copied = |source: &wgpu::BufferSlice<'_>, encoder: &mut wgpu::CommandEncoder| {
            let target = self.staging(source.size());
            encoder.copy_buffer_to_buffer(source.buffer(), source.offset(), &target, 0, target.size());
            target
        };
        let parts = sources.iter().map(|source| copied(source, encoder)).collect();
        self.land(encoder, parts)
    }

    /// Memory of so many bytes for a copy that the caller records.
    pub(super) fn staging(&self, bytes: u64) -> wgpu::Buffer {
        let spare = |spare: &mut Vec<wgpu::Buffer>| {
            spare.iter().rposition(|buffer| buffer.size() == bytes).map(|at| spare.remove(at))
        };
        self.0.with(spare).unwrap_or_else(|| {
            self.0.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("on its way back"),
                size: bytes,
                usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            })
        })
    }

    /// A ticket for memory that the encoder copies into.
    pub(super) fn land(&self, encoder: &wgpu::CommandEncoder, parts: Vec<wgpu::Buffer>) -> Ticket<Vec<Vec<u8>>> {
        let ready = Arc::<AtomicUsize>::default();
        for part in &parts {
            let ready = ready.clone();
            encoder.map_buffer_on_submit(part, wgpu::MapMode::Read, .., move |result| {
                ready.fetch_add(if result.is_ok() { 1 } else { Landing::FAILED }, Ordering::AcqRel);
            });
        }
        Ticket { landing: Some(Landing { parts, ready, pool: self.0.clone() }), read: Box::new(Ok) }
    }

    /// How many buffers wait for their next use.
    #[cfg(test)]
    pub(super) fn spare(&self) -> usize {
        self.0.with(|spare| spare.len())
    }

    /// Gives memory that waits for its next use back to the device.
    pub fn rest(&self) {
        self.0.with(Vec::clear);
    }
}

impl Pool {
    fn with<T>(&self, change: impl FnOnce(&mut Vec<wgpu::Buffer>) -> T) -> T {
        // A poisoned lock only means a panic elsewhere; the list is whole.
        change(&mut self.spare.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn put(&self, buffer: wgpu::Buffer) {
        self.with(|spare| {
            spare.push(buffer);
            let mut bytes: u64 = spare.iter().map(wgpu::Buffer::size).sum();
            while bytes > SPARE_BYTES || spare.len() > SPARE {
                bytes -= spare.remove(0).size();
            }
        });
    }
}

/// Copies on their way to the host.
struct Landing {
    parts: Vec<wgpu::Buffer>,
    /// How many are mapped; [`Landing::FAILED`] or more after a failure.
    ready: Arc<AtomicUsize>,
    pool: Arc<Pool>,
}

impl Landing {
    const FAILED: usize = usize::MAX / 2;

    fn is_there(&self) -> bool {
        self.ready.load(Ordering::Acquire) >= self.parts.len()
    }

    fn bytes(&self) -> Result<Vec<Vec<u8>>> {
        let bytes = |part: &wgpu::Buffer| {
            let view = part.get_mapped_range(..).ok()?;
            came_back(view.len());
            Some(view.to_vec())
        };
        let sound = self.ready.load(Ordering::Acquire) == self.parts.len();
        let all = sound.then(|| self.parts.iter().map(bytes).collect()).flatten();
        all.ok_or_else(|| Error::Run("reading back from the device failed".into()))
    }
}

impl Drop for Landing {
    /// What is mapped is used again; what is still on its way goes with the device's own memory.
    fn drop(&mut self) {
        if self.ready.load(Ordering::Acquire) == self.parts.len() {
            for part in self.parts.drain(..) {
                part.unmap();
                self.pool.put(part);
            }
        }
    }
}

/// An answer of the device to come. Nobody hears it where the ticket is dropped.
#[must_use]
pub struct Ticket<T> {
    /// `None` once it was redeemed.
    landing: Option<Landing>,
    read: Read<T>,
}

impl<T: 'static> Ticket<T> {
    /// The answer once it is there, and once. Never waits; the device must be polled elsewhere.
    ///
    /// # Errors
    /// [`Error::Run`] when the device could not answer; what [`Ticket::then`] made of the answer.
    pub fn take(&mut self) -> Option<Result<T>> {
        let landing = self.landing.take_if(|landing| landing.is_there())?;
        let spent = Box::new(|_| Err(Error::Run("an answer of the device was taken twice".into())));
        let read = std::mem::replace(&mut self.read, spent);
        Some(landing.bytes().and_then(read))
    }

    /// Whether the answer is there and was not taken.
    pub fn is_there(&self) -> bool {
        self.landing.as_ref().is_some_and(Landing::is_there)
    }

    /// The same ticket for what `then` makes of the answer, when it is taken.
    pub fn then<U: 'static>(self, then: impl FnOnce(T) -> Result<U> + Send + 'static) -> Ticket<U> {
        let Self { landing, read } = self;
        Ticket { landing, read: Box::new(move |bytes| read(bytes).and_then(then)) }
    }

    /// The answer. Waits for the device, which must have been handed the encoder: only where no frame is drawn.
    ///
    /// # Errors
    /// As [`Ticket::take`].
    pub fn wait(mut self, device: &wgpu::Device) -> Result<T> {
        wait_for(device)?;
        self.take().ok_or_else(|| Error::Run("an answer did not come back from the device".into()))?
    }
}

/// Waits until all work that was submitted to a device is done.
///
/// # Errors
/// [`Error::Run`] where the device does not answer.
pub fn wait_for(device: &wgpu::Device) -> Result<()> {
    match device.poll(wgpu::PollType::wait_indefinitely()) {
        Ok(_) => Ok(()),
        Err(e) => Err(Error::Run(format!("the device stopped answering: {e}"))),
    }
}

/// Takes the answer of a ticket that is kept, and then forgets the ticket.
///
/// # Errors
/// As [`Ticket::take`].
pub fn redeem<T: 'static>(kept: &mut Option<Ticket<T>>) -> Option<Result<T>> {
    let answer = kept.as_mut()?.take()?;
    *kept = None;
    Some(answer)
}

/// What is asked for in every frame: three tickets under way at most, and the newest answer counts.
pub struct Latest<T>(VecDeque<Ticket<T>>);

impl<T> Default for Latest<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T: 'static> Latest<T> {
    const MOST: usize = 3;

    /// Asks, unless enough is under way; whether it did.
    pub fn ask(&mut self, ticket: impl FnOnce() -> Ticket<T>) -> bool {
        let room = self.0.len() < Self::MOST;
        if room {
            self.0.push_back(ticket());
        }
        room
    }

    /// The newest answer, if one came in since the last call; what failed is left out. Never waits.
    pub fn take(&mut self) -> Option<T> {
        let newest = self.0.iter().rposition(Ticket::is_there)?;
        self.0.drain(..=newest).rev().find_map(|mut ticket| ticket.take()?.ok())
    }
}

/// Numbers of the first part that came back.
///
/// # Errors
/// None of its own: it has the shape that [`Ticket::then`] takes.
pub fn first<T: bytemuck::AnyBitPattern>(parts: Vec<Vec<u8>>) -> Result<Vec<T>> {
    Ok(parts.first().map_or(vec![], |bytes| items(bytes, usize::MAX)))
}

/// The first `count` items of bytes that came back, at most all.
pub fn items<T: bytemuck::AnyBitPattern>(bytes: &[u8], count: usize) -> Vec<T> {
    bytes.chunks_exact(size_of::<T>()).take(count).map(bytemuck::pod_read_unaligned).collect()
}
