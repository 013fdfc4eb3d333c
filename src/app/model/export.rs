//! What leaves the window: pictures, movies, fields, figures.

use std::path::PathBuf;

use crate::{
    io::movie::Format,
    render::figure::{Framed, Style},
};

/// Sizes of a picture by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preset {
    /// The canvas as it is.
    #[default]
    Canvas,
    /// Twice as wide and high.
    Double,
    /// 1080 x 1080.
    Square,
    /// 1920 x 1080.
    Wide,
    /// 3840 x 2160.
    FourK,
    /// As typed.
    Custom,
}

impl Preset {
    /// All, in the order of the panel.
    pub const ALL: [Self; 6] = [Self::Canvas, Self::Double, Self::Square, Self::Wide, Self::FourK, Self::Custom];

    /// In a word or two.
    pub fn title(self) -> &'static str {
        match self {
            Self::Canvas => "canvas, 1×",
            Self::Double => "canvas, 2×",
            Self::Square => "1080 square",
            Self::Wide => "1080p, 16:9",
            Self::FourK => "4K, 16:9",
            Self::Custom => "custom",
        }
    }
}

/// What is going on.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportJob {
    /// mp4, animated PNG, ...
    pub what: &'static str,
    /// Written so far.
    pub frames: u64,
    /// How many there are to be; `None` until stopped.
    pub wanted: Option<u64>,
    /// On the disk so far.
    pub bytes: u64,
    /// Frames written a real second; `None` before the first.
    pub rate: Option<f64>,
    /// The file.
    pub path: PathBuf,
    /// No more frames come in; the file is being completed.
    pub finishing: bool,
    /// The simulation waits for the encoder.
    pub waiting: bool,
}

/// What the export tab shows and edits.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportModel {
    /// Size of pictures and movies.
    pub preset: Preset,
    /// Width and height of [`Preset::Custom`].
    pub custom: [u32; 2],
    /// Coordinates around them.
    pub axes: bool,
    /// Colour bar beside them.
    pub bar: bool,
    /// Time and step above them.
    pub time: bool,
    /// White ground.
    pub paper: bool,
    /// What movies are written as.
    pub format: Format,
    /// Simulated steps from one frame to the next.
    pub stride: u32,
    /// Frames a second when played.
    pub rate: f64,
    /// How many frames.
    pub frames: u64,
    /// Until stopped, whatever `frames` says.
    pub endless: bool,
    /// Side of exported fields.
    pub side: u32,
    /// Width and height of a figure.
    pub inches: [f64; 2],
    /// Pixels an inch of a figure.
    pub dots: f64,
    /// Words above a figure; none for an empty line.
    pub title: String,
    /// Time above a figure.
    pub figure_time: bool,
    /// A JSON file beside each.
    pub sidecar: bool,
    /// What is being recorded.
    pub job: Option<ExportJob>,
    /// Largest side of a picture on this device.
    pub limit: u32,
}

impl Default for ExportModel {
    fn default() -> Self {
        Self {
            preset: Preset::Canvas,
            custom: [1600, 1200],
            axes: false,
            bar: false,
            time: false,
            paper: false,
            format: Format::Mp4,
            stride: 1,
            rate: 30.0,
            frames: 300,
            endless: false,
            side: 512,
            inches: [6.0, 5.4],
            dots: 300.0,
            title: String::new(),
            figure_time: true,
            sidecar: true,
            job: None,
            limit: 8192,
        }
    }
}

impl ExportModel {
    /// Width and height of pictures and movies, for a canvas of so many pixels.
    pub fn size(&self, canvas_px: [u32; 2]) -> [u32; 2] {
        match self.preset {
            Preset::Canvas => canvas_px,
            Preset::Double => canvas_px.map(|n| 2 * n),
            Preset::Square => [1080; 2],
            Preset::Wide => [1920, 1080],
            Preset::FourK => [3840, 2160],
            Preset::Custom => self.custom,
        }
    }

    /// What stands around pictures and movies.
    ///
    /// # Errors
    /// For a size without room for it.
    pub fn framed(&self, canvas_px: [u32; 2]) -> crate::error::Result<Framed> {
        let size = self.size(canvas_px);
        let text_px = Style::usual_text(size);
        let (axes, bar, words, paper) = (self.axes, self.bar, self.time, self.paper);
        // What the canvas shows, no more; other shapes are filled.
        let shape = canvas_px[0].max(1) as f32 / canvas_px[1].max(1) as f32;
        let aspect = match self.preset {
            Preset::Canvas | Preset::Double => Some(shape),
            Preset::Square => Some(1.0),
            Preset::Wide | Preset::FourK | Preset::Custom => None,
        };
        Framed::new(size, Style { axes, bar, words, paper, aspect, text_px })
    }

    /// The same of a figure: 9 point text on white.
    ///
    /// # Errors
    /// For a size without room.
    pub fn figure(&self) -> crate::error::Result<Framed> {
        let size = self.inches.map(|inches| (inches * self.dots).round() as u32);
        let words = self.figure_time || !self.title.is_empty();
        let text_px = (9.0 * self.dots / 72.0) as f32;
        // A line of type is a fifth higher than its size.
        let style = Style { axes: true, bar: true, words, paper: true, aspect: Some(1.0), text_px: 1.2 * text_px };
        Framed::new(size, style)
    }
}
