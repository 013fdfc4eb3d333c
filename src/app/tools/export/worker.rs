//! Decoration, compression and the disk, on a thread of their own behind a bounded queue.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    time::{Duration, Instant},
};

use crate::{
    app::tools::export::sidecar,
    error::{Error, Result},
    io::{
        image::SOFTWARE,
        movie::{self, Ffmpeg, Format, Frame, Shape, Stopper, first_path},
    },
    process::{remark, task::Task},
    render::figure::{Framed, Legend},
};

/// Frames that wait for the encoder.
const QUEUE: usize = 3;
/// How long a closing window waits for its movie.
const PATIENCE: Duration = Duration::from_secs(20);

/// A picture that came back from the device.
#[derive(Debug)]
pub struct Captured {
    /// Simulated step.
    pub step: u64,
    /// What stands around it.
    pub legend: Legend,
    /// Pixels of the picture alone.
    pub rgba: Vec<u8>,
}

/// What is to be written.
#[derive(Clone, Debug)]
pub struct Order {
    /// How.
    pub format: Format,
    /// Where.
    pub path: PathBuf,
    /// Frames a second.
    pub rate: f64,
    /// Size, and what stands around the picture.
    pub framed: Framed,
    /// What the file beside it says, if there is one.
    pub sidecar: Option<serde_json::Value>,
    /// Which ffmpeg.
    pub ffmpeg: Ffmpeg,
}

/// What became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Frames.
    pub frames: u64,
    /// Bytes.
    pub bytes: u64,
    /// Given up: a sequence stays, a file is gone.
    pub discarded: bool,
    /// Where the file beside it is, if that is not its usual place.
    pub told: String,
}

/// What both sides know.
#[derive(Default)]
struct Shared {
    frames: AtomicU64,
    bytes: AtomicU64,
    discard: AtomicBool,
    stopper: Mutex<Option<Stopper>>,
}

/// The thread and the way to it. Dropped, it completes its file if that can be done soon, and removes it else.
pub struct Worker {
    queue: Option<SyncSender<Captured>>,
    shared: Arc<Shared>,
    done: Task<Option<Written>>,
    /// Whether its end was told.
    ended: bool,
}

impl Worker {
    /// Starts the thread; what goes wrong there comes as the result.
    ///
    /// # Errors
    /// [`Error::Run`] without a thread.
    pub fn start(order: Order) -> Result<Self> {
        let (queue, frames) = sync_channel(QUEUE);
        let shared = Arc::<Shared>::default();
        let known = shared.clone();
        let done = Task::start("the recording", move |voice| {
            // A frame that is written makes room for one that waits.
            let written = write(&order, &frames, &known, &|| voice.say(None))?;
            voice.say(Some(written));
            Ok(())
        })?;
        Ok(Self { queue: Some(queue), shared, done, ended: false })
    }

    /// Hands a frame over, or gives it back while the queue is full. A worker that has failed takes everything.
    pub fn offer(&self, frame: Captured) -> Option<Captured> {
        match self.queue.as_ref()?.try_send(frame) {
            Err(TrySendError::Full(frame)) => Some(frame),
            Ok(()) | Err(TrySendError::Disconnected(_)) => None,
        }
    }

    /// No more frames come: the file is completed.
    pub fn finish(&mut self) {
        self.queue = None;
    }

    /// Gives up what is not complete.
    pub fn discard(&mut self) {
        self.shared.discard.store(true, Ordering::Release);
        self.queue = None;
        if let Some(stopper) = &*self.shared.stopper.lock().unwrap_or_else(PoisonError::into_inner) {
            stopper.stop();
        }
    }

    /// Frames and bytes written so far.
    pub fn written(&self) -> (u64, u64) {
        (self.shared.frames.load(Ordering::Acquire), self.shared.bytes.load(Ordering::Acquire))
    }

    /// What became of it, once. Never waits.
    pub fn result(&mut self) -> Option<Result<Written>> {
        let result = loop {
            match self.done.take() {
                Some(Ok(None)) => {}
                Some(Ok(Some(written))) => break Ok(written),
                Some(Err(e)) => break Err(e),
                None if self.done.is_over() && !self.ended => {
                    break Err(Error::Run("the recording's thread ended without a word".into()));
                }
                None => return None,
            }
        };
        self.ended = true;
        Some(result)
    }

    /// The same, waited for; `None` where it takes too long.
    fn end(&mut self) -> Option<Result<Written>> {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.done.wait(until.saturating_duration_since(Instant::now())) {
                Some(Ok(None)) => {}
                Some(Ok(Some(written))) => return Some(Ok(written)),
                Some(Err(e)) => return Some(Err(e)),
                None => return None,
            }
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.finish();
        if self.ended {
            return;
        }
        let told = self.end().or_else(|| {
            self.discard();
            self.end()
        });
        // The panels are gone; the console is not.
        match told {
            Some(Ok(Written { discarded: true, .. })) => remark("dashi-vortex: the recording was given up"),
            Some(Ok(written)) => remark(&format!("dashi-vortex: the recording ends with {} frames", written.frames)),
            Some(Err(error)) => remark(&format!("dashi-vortex: {error}")),
            None => remark("dashi-vortex: the recording did not end in time"),
        }
    }
}

/// The thread's work.
fn write(order: &Order, frames: &Receiver<Captured>, shared: &Shared, tell: &dyn Fn()) -> Result<Written> {
    let [width, height] = order.framed.size();
    let shape = Shape { width, height, rate: order.rate };
    let mut movie = movie::begin(order.format, &order.path, shape, &[SOFTWARE], &order.ffmpeg)?;
    *shared.stopper.lock().unwrap_or_else(PoisonError::into_inner) = movie.stopper();
    let discarded = || shared.discard.load(Ordering::Acquire);
    let mut steps: Option<[u64; 2]> = None;
    while let Ok(frame) = frames.recv() {
        if discarded() {
            break;
        }
        let rgba = order.framed.compose(frame.rgba, &frame.legend)?;
        let pushed = movie.push(&Frame { step: frame.step, rgba: &rgba });
        if let (Err(_), true) = (&pushed, discarded()) {
            break;
        }
        pushed?;
        steps = Some([steps.map_or(frame.step, |[first, _]| first), frame.step]);
        shared.bytes.store(movie.bytes(), Ordering::Release);
        shared.frames.fetch_add(1, Ordering::AcqRel);
        tell();
    }
    let mut written = Written {
        frames: shared.frames.load(Ordering::Acquire),
        bytes: movie.bytes(),
        discarded: discarded(),
        ..Written::default()
    };
    let keeps = order.format == Format::Frames;
    if written.discarded && !keeps {
        return Ok(written);
    }
    if !(written.discarded && written.frames == 0) {
        movie.finish()?;
    }
    if !keeps {
        written.bytes = order.path.metadata().map_or(written.bytes, |data| data.len());
        shared.bytes.store(written.bytes, Ordering::Release);
    }
    if let (Some(base), Some([first, last])) = (&order.sidecar, steps) {
        let mut value = base.clone();
        value["recording"] = serde_json::json!({
            "format": order.format.title(),
            "frames": written.frames,
            "frame_rate": order.rate,
            "first_step": first,
            "last_step": last,
            "first_file": first_path(order.format, &order.path, first).file_name().map(|name| name.to_string_lossy()),
        });
        written.told = sidecar::write(&order.path, &value)?;
    }
    Ok(written)
}
