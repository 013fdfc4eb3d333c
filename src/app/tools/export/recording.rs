//! A recording: its pace, its thread, and the frames between them.

use std::path::PathBuf;

use crate::{
    app::{
        model::{ExportJob, ExportModel},
        tools::export::{
            pace::{Look, Pace},
            worker::{Captured, Order, Worker, Written},
        },
    },
    error::Result,
    io::movie::{Ffmpeg, Format, first_path},
    render::{Picture, figure::Framed},
};

/// How a recording ends before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// With the frames so far.
    Keep,
    /// Without a file; numbered files stay.
    Discard,
}

/// A recording under way.
pub struct Recording {
    /// Its number.
    pub id: u64,
    /// Size, and what stands around the pictures.
    pub framed: Framed,
    /// The range of colours, held so that they mean the same in every frame.
    pub limit: f64,
    /// Of this picture.
    pub picture: Picture,
    format: Format,
    path: PathBuf,
    wanted: Option<u64>,
    pace: Pace,
    worker: Worker,
    /// A frame that found the queue full.
    held: Option<Captured>,
    /// Frames on their way from the device.
    flights: u64,
    ending: Option<Ending>,
    closed: bool,
    since_s: f64,
}

impl Recording {
    /// From `step` on.
    ///
    /// # Errors
    /// Without a thread; what the encoder meets comes as the result.
    pub fn start(
        id: u64,
        model: &ExportModel,
        (format, path, framed): (Format, PathBuf, Framed),
        step: u64,
        (picture, limit): (Picture, f64),
        (sidecar, since_s): (Option<serde_json::Value>, f64),
        ffmpeg: &Ffmpeg,
    ) -> Result<Self> {
        let wanted = (!model.endless).then_some(model.frames.max(1));
        let order = Order { format, path: path.clone(), rate: model.rate, framed, sidecar, ffmpeg: ffmpeg.clone() };
        let (pace, worker) = (Pace::new(step, model.stride, wanted), Worker::start(order)?);
        let (held, flights, ending, closed) = (None, 0, None, false);
        Ok(Self {
            id,
            framed,
            limit,
            picture,
            format,
            path,
            wanted,
            pace,
            worker,
            held,
            flights,
            ending,
            closed,
            since_s,
        })
    }

    /// Whether frames are still taken.
    pub fn is_taking(&self) -> bool {
        self.ending.is_none() && !self.pace.is_complete()
    }

    /// Whether frames are due, on their way or held.
    pub fn is_busy(&self) -> bool {
        self.flights > 0 || self.held.is_some()
    }

    /// What a step is to it.
    pub fn look(&self, step: u64) -> Look {
        if self.ending.is_some() { Look::Pass } else { self.pace.look(step) }
    }

    /// Steps up to the next frame.
    pub fn allow(&self, step: u64) -> u32 {
        self.pace.allow(step)
    }

    /// The picture of a step is on its way.
    pub fn took(&mut self, step: u64) {
        self.pace.take(step);
        self.flights += 1;
    }

    /// Whether a frame that came back can be handed on; offers the one that is held.
    pub fn has_room(&mut self) -> bool {
        self.held = self.held.take().and_then(|frame| self.worker.offer(frame));
        self.held.is_none()
    }

    /// A frame came back.
    pub fn receive(&mut self, frame: Captured) {
        self.flights = self.flights.saturating_sub(1);
        if self.ending != Some(Ending::Discard) {
            self.held = self.worker.offer(frame);
        }
    }

    /// What was on its way never comes: frames after the gap would be out of step.
    pub fn lose_flights(&mut self) {
        self.flights = 0;
        self.stop();
    }

    /// Ends with the frames so far.
    pub fn stop(&mut self) {
        self.ending.get_or_insert(Ending::Keep);
    }

    /// Ends without a file; numbered files stay.
    pub fn discard(&mut self) {
        (self.ending, self.held) = (Some(Ending::Discard), None);
        self.worker.discard();
        self.closed = true;
    }

    /// Closes the queue once the last frame is in it.
    pub fn advance(&mut self) {
        if self.has_room() && self.flights == 0 && !self.is_taking() && !self.closed {
            self.worker.finish();
            self.closed = true;
        }
    }

    /// What the panel shows.
    pub fn job(&self, now_s: f64) -> ExportJob {
        let (frames, bytes) = self.worker.written();
        let span_s = now_s - self.since_s;
        ExportJob {
            what: self.format.title(),
            frames,
            wanted: self.wanted,
            bytes,
            rate: (frames > 0 && span_s > 0.0).then(|| frames as f64 / span_s),
            path: self.path.clone(),
            finishing: !self.is_taking(),
            waiting: self.held.is_some(),
        }
    }

    /// What its files are called.
    fn files(&self) -> PathBuf {
        let first = self.pace.first();
        first_path(self.format, &self.path, first)
    }

    /// The last sentence, and whether it tells of a failure.
    pub fn result(&mut self) -> Option<(String, bool)> {
        let discarded = self.ending == Some(Ending::Discard);
        let path = self.path.display();
        Some(match self.worker.result()? {
            Ok(written) if written.discarded => match self.format {
                Format::Frames => {
                    (format!("Recording given up; {} PNG files stay beside {path}", written.frames), false)
                }
                _ => (format!("Recording given up; no file {path} was made"), false),
            },
            Ok(written) => {
                let size = written.bytes as f64 / 1e6;
                let what = self.format.title();
                let Written { frames, told, .. } = written;
                (format!("{frames} frames ({size:.1} MB, {what}) written to {}{told}", self.files().display()), false)
            }
            // What was given up may end with a complaint.
            Err(_) if discarded => (format!("Recording given up; no file {path} was made"), false),
            Err(error) => (format!("The recording ended: {error}. The simulation goes on."), true),
        })
    }
}
