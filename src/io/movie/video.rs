//! mp4 through an installed ffmpeg: raw frames into its input, H.264 out, or MPEG-4 part 2 where it has no x264.
//!
//! Odd sizes get a black row or column, which the 4:2:0 pixels of most players need.

use std::{
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use super::{Frame, Movie, Shape, no_frame};
use crate::{
    error::{Error, Result},
    io::atomic::Pending,
};

/// Names another ffmpeg than the one on the path.
pub const FFMPEG_VARIABLE: &str = "DASHI_VORTEX_FFMPEG";
/// Between two looks at an ffmpeg that is finishing.
const LOOK: Duration = Duration::from_millis(10);

/// The ffmpeg that is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ffmpeg(pub PathBuf);

impl Default for Ffmpeg {
    /// The one that [`FFMPEG_VARIABLE`] names, else the one on the path.
    fn default() -> Self {
        Self(std::env::var_os(FFMPEG_VARIABLE).map_or_else(|| "ffmpeg".into(), PathBuf::from))
    }
}

impl Ffmpeg {
    /// Sees that it starts and can make an mp4.
    ///
    /// # Errors
    /// [`Error::Run`], with what to install.
    pub fn check(&self) -> Result<()> {
        self.codec().map(|_| ())
    }

    /// Arguments of the best encoder it has.
    fn codec(&self) -> Result<&'static [&'static str]> {
        let output = Command::new(&self.0).args(["-hide_banner", "-encoders"]).stdin(Stdio::null()).output();
        let output = output.map_err(|e| self.missing(&e))?;
        let list = String::from_utf8_lossy(&output.stdout);
        let has = |name: &str| list.lines().any(|line| line.split_whitespace().nth(1) == Some(name));
        if has("libx264") {
            Ok(&["-c:v", "libx264", "-preset", "medium", "-crf", "16"])
        } else if has("mpeg4") {
            Ok(&["-c:v", "mpeg4", "-q:v", "2"])
        } else {
            let text = "has neither the encoder libx264 nor mpeg4; install another ffmpeg, or write a PNG or a GIF";
            Err(Error::Run(format!("{} {text}", self.0.display())))
        }
    }

    fn missing(&self, error: &io::Error) -> Error {
        let remedy = "install ffmpeg (Debian: apt-get install ffmpeg), or write a PNG or a GIF";
        Error::Run(format!("mp4 needs ffmpeg, and {} does not start: {error}; {remedy}", self.0.display()))
    }
}

/// Ends an ffmpeg that hangs, from another thread.
#[derive(Clone, Debug)]
pub struct Stopper(Arc<Mutex<Child>>);

impl Stopper {
    /// Kills it; its movie then fails.
    pub fn stop(&self) {
        // It may have ended by itself.
        let _ended = self.0.lock().unwrap_or_else(PoisonError::into_inner).kill();
    }

    fn try_wait(&self) -> io::Result<Option<ExitStatus>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).try_wait()
    }
}

/// A movie under way.
pub struct Video {
    path: PathBuf,
    shape: Shape,
    input: Option<ChildStdin>,
    child: Stopper,
    /// Gives the last line of complaint.
    complaint: Option<JoinHandle<String>>,
    /// What ffmpeg writes into.
    file: Option<Pending>,
    frames: u64,
}

impl Video {
    /// Starts ffmpeg.
    ///
    /// # Errors
    /// [`Error::Run`] where ffmpeg is missing or cannot write the format; [`Error::Unwritable`].
    pub fn begin(path: &Path, shape: Shape, ffmpeg: &Ffmpeg) -> Result<Self> {
        let codec = ffmpeg.codec()?;
        let file = Pending::begin(path)?;
        let size = format!("{}x{}", shape.width, shape.height);
        let rate = shape.rate.to_string();
        let mut command = Command::new(&ffmpeg.0);
        command.args(["-hide_banner", "-loglevel", "error", "-nostdin", "-y"]);
        command.args(["-f", "rawvideo", "-pix_fmt", "rgba", "-video_size", &size, "-framerate", &rate, "-i", "pipe:0"]);
        let filter = "pad=ceil(iw/2)*2:ceil(ih/2)*2,scale=out_color_matrix=bt709:out_range=tv";
        command.args(["-an", "-vf", filter]).args(codec).args(["-pix_fmt", "yuv420p"]);
        command.args(["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "iec61966-2-1"]);
        // What a name has before a colon is a protocol to ffmpeg, but for names that begin with a slash.
        let out =
            std::path::absolute(file.temporary()).map_err(|source| Error::Unwritable { path: path.into(), source })?;
        command.args(["-movflags", "+faststart", "-f", "mp4"]).arg(out);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|e| ffmpeg.missing(&e))?;
        let input = child.stdin.take();
        let words = child.stderr.take();
        let listen = move || {
            let lines = words.into_iter().flat_map(|words| BufReader::new(words).lines().map_while(io::Result::ok));
            lines.filter(|line| !line.trim().is_empty()).last().unwrap_or_default()
        };
        let complaint = thread::Builder::new().name("ffmpeg's words".into()).spawn(listen).ok();
        let child = Stopper(Arc::new(Mutex::new(child)));
        Ok(Self { path: path.into(), shape, input, child, complaint, file: Some(file), frames: 0 })
    }

    /// Waits for its end without keeping others from ending it.
    fn wait(&mut self) -> io::Result<ExitStatus> {
        drop(self.input.take());
        loop {
            match self.child.try_wait()? {
                Some(status) => return Ok(status),
                None => thread::sleep(LOOK),
            }
        }
    }

    /// Why there is no movie: how ffmpeg ended and what it said last.
    fn failed(&mut self) -> Error {
        let ended = match self.wait() {
            Ok(status) => status.to_string(),
            Err(e) => e.to_string(),
        };
        let said = self.complaint.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
        let said = if said.is_empty() { "it said nothing".into() } else { format!("it said: {}", said.trim()) };
        let (path, frames) = (self.path.display(), self.frames);
        Error::Run(format!("{path}: ffmpeg ended after {frames} frames ({ended}); {said}; no file is left"))
    }
}

impl Movie for Video {
    fn push(&mut self, frame: &Frame<'_>) -> Result<()> {
        self.shape.check_frame(frame)?;
        let written = self.input.as_mut().is_some_and(|input| input.write_all(frame.rgba).is_ok());
        if !written {
            return Err(self.failed());
        }
        self.frames += 1;
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        if self.frames == 0 {
            return Err(no_frame(&self.path));
        }
        match (self.wait(), self.file.take()) {
            (Ok(status), Some(file)) if status.success() => file.finish(),
            _ => Err(self.failed()),
        }
    }

    fn bytes(&self) -> u64 {
        self.file.as_ref().and_then(|file| file.temporary().metadata().ok()).map_or(0, |data| data.len())
    }

    fn stopper(&self) -> Option<Stopper> {
        Some(self.child.clone())
    }
}

impl Drop for Video {
    fn drop(&mut self) {
        self.child.stop();
        // Its end is what matters, not how it ended; then the file can go.
        let _status = self.wait();
        drop(self.file.take());
    }
}
