//! The kinds of faults that a window survives.

use crate::{
    app::{model::dialog::Purpose, window::target::Pretend},
    io::movie::Ffmpeg,
    process::hurt,
};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The device is destroyed.
    DeviceLost,
    /// The surface gives no picture.
    Surface(Pretend),
    /// The surface waits for the display, or does not, from now on.
    PresentMode,
    /// Sizes that come as fast as frames.
    Storm,
    /// Nobody sees the window for a while.
    Hidden,
    /// A value is no number.
    NotFinite,
    /// Steps that go too far.
    TooFast,
    /// A fault of the program on a thread.
    Worker(&'static str),
    /// A file that is damaged.
    Hostile(Purpose),
    /// A state and a picture, and no room for them.
    FullDisk,
    /// A movie that outgrows its room.
    FullMovie,
    /// A folder that is none.
    NoFolder,
    /// No ffmpeg.
    FfmpegMissing,
    /// ffmpeg dies.
    FfmpegKilled,
    /// A newer version of an operator does not compile.
    Shader,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 26] = [
        Self::DeviceLost,
        Self::Surface(Pretend::Lost),
        Self::Surface(Pretend::Outdated),
        Self::Surface(Pretend::Timeout),
        Self::Surface(Pretend::Occluded),
        Self::Surface(Pretend::Suboptimal),
        Self::Surface(Pretend::Validation),
        Self::Surface(Pretend::Zero),
        Self::PresentMode,
        Self::Storm,
        Self::Hidden,
        Self::NotFinite,
        Self::TooFast,
        Self::Worker("the sums"),
        Self::Worker("the comparison"),
        Self::Worker("an export"),
        Self::Hostile(Purpose::OpenState),
        Self::Hostile(Purpose::OpenSession),
        Self::Hostile(Purpose::OpenKernel),
        Self::Hostile(Purpose::OpenField),
        Self::FullDisk,
        Self::FullMovie,
        Self::NoFolder,
        Self::FfmpegMissing,
        Self::FfmpegKilled,
        Self::Shader,
    ];

    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Self::DeviceLost => "device lost",
            Self::Surface(Pretend::Lost) => "surface lost",
            Self::Surface(Pretend::Outdated) => "surface outdated",
            Self::Surface(Pretend::Timeout) => "surface late",
            Self::Surface(Pretend::Occluded) => "surface hidden",
            Self::Surface(Pretend::Suboptimal) => "surface suboptimal",
            Self::Surface(Pretend::Validation) => "surface refused",
            Self::Surface(Pretend::Zero) => "window of size 0",
            Self::PresentMode => "present mode changed",
            Self::Storm => "resize storm",
            Self::Hidden => "window hidden",
            Self::NotFinite => "value not finite",
            Self::TooFast => "time step too large",
            Self::Worker("the sums") => "panic of the sums",
            Self::Worker("the comparison") => "panic of the comparison",
            Self::Worker(_) => "panic of an export",
            Self::Hostile(Purpose::OpenState) => "damaged state",
            Self::Hostile(Purpose::OpenSession) => "damaged session",
            Self::Hostile(Purpose::OpenKernel) => "damaged kernel",
            Self::Hostile(_) => "damaged picture",
            Self::FullDisk => "disk full",
            Self::FullMovie => "disk full while recording",
            Self::NoFolder => "folder that takes nothing",
            Self::FfmpegMissing => "ffmpeg missing",
            Self::FfmpegKilled => "ffmpeg killed",
            Self::Shader => "operator that does not compile",
        }
    }

    /// Why it cannot be made here.
    pub fn impossible(self) -> Option<&'static str> {
        match self {
            Self::FullDisk | Self::FullMovie if !hurt::limit_files(None) => Some("this system has no limit of files"),
            Self::FfmpegKilled if !cfg!(target_os = "linux") => Some("this system does not tell which ffmpeg is ours"),
            Self::FfmpegKilled if Ffmpeg::default().check().is_err() => Some("no ffmpeg is installed"),
            _ => None,
        }
    }

    /// Seconds between two of a kind: more than three lost devices a minute are another fault, and each replay begins with one.
    pub fn spacing_s(self) -> f64 {
        if self == Self::DeviceLost { 60.0 } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_name_of_its_own() {
        let mut names: Vec<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Kind::ALL.len());
    }
}
