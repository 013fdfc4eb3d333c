//! Pictures of a run: one PNG a snapshot, and all of them as an animation.

use std::path::{Path, PathBuf};

use super::{RunArgs, start::Start};
use crate::{
    cli::{SOFTWARE, remark},
    error::{Error, Result},
    io::{
        field_file::extent,
        image::write_png,
        movie::{self, Ffmpeg, Format, Frame, Shape},
    },
    render::{
        colormap::Colormap,
        figure::{Figure, MIN_SIDE, Panel, figure},
        picture::{MAX_SIDE, picture, symmetric_range},
    },
};

/// Smallest side of a picture, pixels.
const SIDE: usize = 512;

/// Which pictures were written: every stride from the first step on, and the last step.
#[derive(Clone, Copy, Debug, Default)]
pub struct Frames {
    /// Step of the first one.
    pub first: u64,
    /// Step of the last one.
    pub last: u64,
    /// How many pictures were made.
    pub count: u64,
    /// The largest |omega| shown, fixed by the first picture that is not empty.
    pub range: f32,
}

impl Frames {
    /// Steps of all pictures in order, without a list of them.
    fn steps(self, stride: u64) -> impl ExactSizeIterator<Item = u64> {
        // More pictures than this do not fit on a disk.
        let count = usize::try_from(self.count).unwrap_or(usize::MAX);
        (0..count).map(move |i| self.first.saturating_add(stride.saturating_mul(i as u64)).min(self.last))
    }
}

/// The file of a step.
pub fn path(args: &RunArgs, step: u64) -> PathBuf {
    args.out_dir.join(format!("{}_t{step:04}_compare.png", args.prefix))
}

/// How pictures look.
#[derive(clap::Args)]
#[command(next_help_heading = "Pictures")]
pub struct PictureArgs {
    /// Colour map: RdBu_r, vik, balance, berlin, vanimo; viridis and inferno show |omega|
    #[arg(long, value_name = "NAME", default_value = "RdBu_r", value_parser = colormap)]
    pub colormap: Colormap,
    /// Dots per inch of --figsize
    #[arg(long, value_name = "DPI", default_value_t = 120.0, value_parser = dpi)]
    pub dpi: f64,
    /// Width and height in inches [default: 6,5.4 for one panel, 14,5.2 for three]
    #[arg(long, value_name = "W,H", num_args = 1..=2, value_delimiter = ',', value_parser = inches)]
    pub figsize: Vec<f64>,
    /// Width in pixels, whatever --figsize says
    #[arg(long, value_name = "PIXELS", value_parser = pixels())]
    pub pix_width: Option<u64>,
    /// Height in pixels, whatever --figsize says
    #[arg(long, value_name = "PIXELS", value_parser = pixels())]
    pub pix_height: Option<u64>,
    /// The decoded field alone, whole pixels a cell: no axes, no colour bar, no words, no reference
    #[arg(long, conflicts_with_all = ["dpi", "figsize", "pix_width", "pix_height"])]
    pub bare: bool,
    /// Also write the pictures as one animated PNG
    #[arg(long)]
    pub apng: bool,
    /// Also write the pictures as a movie: .mp4 (through an installed ffmpeg), .gif, or .png for an animated PNG
    #[arg(long, value_name = "FILE", value_parser = movie_path)]
    pub movie: Option<PathBuf>,
    /// Pictures a second of --apng and --movie
    #[arg(long, value_name = "RATE", default_value_t = 12.0, value_parser = rate)]
    pub fps: f64,
}

fn movie_path(text: &str) -> std::result::Result<PathBuf, String> {
    let path = PathBuf::from(text);
    Format::of(&path).map(|_| path).map_err(|_| "expected a file name that ends in .mp4, .gif, .png or .apng".into())
}

fn rate(text: &str) -> std::result::Result<f64, String> {
    text.parse().ok().filter(|x| (0.01..=240.0).contains(x)).ok_or_else(|| "expected 0.01 to 240".into())
}

fn colormap(text: &str) -> std::result::Result<Colormap, String> {
    let names = Colormap::ALL.map(Colormap::name).join(", ");
    Colormap::by_name(text).ok_or_else(|| format!("expected one of {names}"))
}

fn pixels() -> clap::builder::RangedU64ValueParser<u64> {
    clap::value_parser!(u64).range(MIN_SIDE as u64..=MAX_SIDE as u64)
}

fn dpi(text: &str) -> std::result::Result<f64, String> {
    text.parse().ok().filter(|x| (10.0..=1200.0).contains(x)).ok_or_else(|| "expected 10 to 1200".into())
}

fn inches(text: &str) -> std::result::Result<f64, String> {
    text.parse().ok().filter(|x| (0.5..=100.0).contains(x)).ok_or_else(|| "expected 0.5 to 100 inches".into())
}

impl PictureArgs {
    /// Sees that a movie can be made before time is spent.
    ///
    /// # Errors
    /// [`Error::Run`] without an ffmpeg that can.
    pub fn check(&self) -> Result<()> {
        match self.movie.as_deref().map(Format::of).transpose()? {
            Some(Format::Mp4) => Ffmpeg::default().check(),
            _ => Ok(()),
        }
    }

    /// Width and height in pixels of a figure with so many panels.
    fn size(&self, panels: usize) -> [usize; 2] {
        let usual = if panels == 1 { [6.0, 5.4] } else { [14.0, 5.2] };
        let inches = match self.figsize[..] {
            [width, height] => [width, height],
            [width] => [width, width * usual[1] / usual[0]],
            _ => usual,
        };
        let side = |given: Option<u64>, inches: f64| given.map_or((inches * self.dpi).round() as usize, |n| n as usize);
        [side(self.pix_width, inches[0]), side(self.pix_height, inches[1])]
    }
}

/// A decoded field and what it is compared with.
pub struct Snapshot<'a> {
    /// Vorticity, `N x N`.
    pub field: &'a [f32],
    /// What the reference is called, and its vorticity.
    pub reference: Option<(&'a str, &'a [f64])>,
    /// Steps since genesis.
    pub step: u64,
    /// Simulated time.
    pub time: f64,
}

/// Writes the picture of a snapshot: one panel, or reference, decoded field and error.
///
/// # Errors
/// [`Error::Unwritable`]; [`Error::Invalid`] for a size that has no room for a figure.
pub fn write(args: &RunArgs, start: &Start, frames: &mut Frames, snapshot: &Snapshot<'_>) -> Result<()> {
    let n = start.params.n as usize;
    let truth: Option<Vec<f32>> = snapshot.reference.map(|(_, field)| field.iter().map(|w| *w as f32).collect());
    if frames.range <= 0.0 {
        let largest = |field: &[f32]| symmetric_range(field);
        frames.range = truth.as_deref().map_or(0.0, largest).max(largest(snapshot.field));
    }
    let (look, p) = (&args.picture, &start.params);
    let title = format!("vorticity, {}, step {}, t = {:.6}", start.label, snapshot.step, snapshot.time);
    let (rgba, width, height) = match look.bare {
        true => bare(look.colormap, frames.range, snapshot.field, n)?,
        false => panels(look, frames.range, snapshot, truth.as_deref(), start)?,
    };
    let about = format!("N {n}, dt {}, nu {}, range +-{}, {}", p.dt, p.nu, frames.range, look.colormap.name());
    // A bare picture is the cells around the nodes; a figure has axes of its own.
    let [low, high, ..] = extent(n);
    let about = if look.bare { format!("{about}, extent {low} to {high}") } else { about };
    let words = [SOFTWARE, ("Title", &title), ("Comment", &about)];
    write_png(&path(args, snapshot.step), width as u32, height as u32, &rgba, &words)?;
    if frames.count == 0 {
        frames.first = snapshot.step;
    }
    (frames.last, frames.count) = (snapshot.step, frames.count + 1);
    Ok(())
}

/// Writes a picture that an operator made: RGBA, rows from the bottom.
///
/// # Errors
/// [`Error::Unwritable`].
pub fn image(args: &RunArgs, start: &Start, step: u64, name: &str, rgba: &[u8]) -> Result<()> {
    let n = start.params.n;
    let rows: Vec<u8> = rgba.rchunks(4 * n as usize).flatten().copied().collect();
    let file = args.out_dir.join(format!("{}_t{step:04}_{name}.png", args.prefix));
    write_png(&file, n, n, &rows, &[SOFTWARE, ("Title", &format!("operator {name}, step {step}"))])
}

fn bare(map: Colormap, range: f32, field: &[f32], n: usize) -> Result<(Vec<u8>, usize, usize)> {
    let side = n * SIDE.div_ceil(n);
    let shown: Vec<f32> = if map.diverging() { field.to_vec() } else { field.iter().map(|w| w.abs()).collect() };
    Ok((picture(&shown, n, map, range, side, side)?, side, side))
}

fn panels(
    look: &PictureArgs,
    range: f32,
    snapshot: &Snapshot<'_>,
    truth: Option<&[f32]>,
    start: &Start,
) -> Result<(Vec<u8>, usize, usize)> {
    let decoded = Panel { title: "decoded", field: snapshot.field };
    let error: Vec<f32>;
    let panels = match (truth, snapshot.reference) {
        (Some(truth), Some((name, _))) => {
            error = snapshot.field.iter().zip(truth).map(|(a, b)| a - b).collect();
            vec![Panel { title: name, field: truth }, decoded, Panel { title: "error", field: &error }]
        }
        _ => vec![decoded],
    };
    let p = &start.params;
    let caption = format!("t = {:.2}    step {}    N = {}    dt = {}", snapshot.time, snapshot.step, p.n, p.dt);
    let size = look.size(panels.len());
    let what = Figure {
        panels: &panels,
        n: p.n as usize,
        map: look.colormap,
        range,
        label: if look.colormap.diverging() { "ω" } else { "|ω|" },
        caption: &caption,
        size,
    };
    Ok((figure(&what)?, size[0], size[1]))
}

/// The file of the animation.
pub fn animation_path(args: &RunArgs) -> PathBuf {
    args.out_dir.join(format!("{}.apng", args.prefix))
}

/// Joins the pictures in the files asked for. One that fails leaves the others, and the pictures, as they are.
///
/// # Errors
/// What the first that failed met.
pub fn animations(args: &RunArgs, frames: &Frames) -> Result<()> {
    let apng = args.picture.apng.then(|| animation_path(args));
    let files = apng.iter().chain(&args.picture.movie);
    files.map(|path| animation(args, frames, path)).fold(Ok(()), Result::and)
}

/// Each picture is read back when its turn comes, so that only one is in memory.
fn animation(args: &RunArgs, frames: &Frames, path: &Path) -> Result<()> {
    let (width, height) = read(&self::path(args, frames.first))?.dimensions();
    let shape = Shape { width, height, rate: args.picture.fps };
    let format = Format::of(path)?;
    if let Some(sentence) = format.remark(shape.rate) {
        remark(&format!("warning: {}: {sentence}", path.display()));
    }
    let mut movie = movie::begin(format, path, shape, &[SOFTWARE], &Ffmpeg::default())?;
    for step in frames.steps(args.decode_every()) {
        movie.push(&Frame { step, rgba: &read(&self::path(args, step))?.into_raw() })?;
    }
    movie.finish()
}

fn read(path: &Path) -> Result<image::RgbaImage> {
    let picture = image::open(path);
    let picture =
        picture.map_err(|e| Error::Run(format!("{}: written by this run, now unreadable: {e}", path.display())))?;
    Ok(picture.to_rgba8())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_of_pictures_follow_the_stride_and_end_at_the_last() {
        let frames = |first, last, count| Frames { first, last, count, range: 1.0 }.steps(300).collect::<Vec<_>>();
        assert_eq!(frames(0, 900, 4), [0, 300, 600, 900]);
        assert_eq!(frames(50, 700, 4), [50, 350, 650, 700]);
        assert_eq!(frames(0, 0, 1), [0]);
    }
}
