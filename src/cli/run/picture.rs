//! Pictures of a run: one PNG a snapshot, and all of them as an animation.

use std::path::{Path, PathBuf};

use super::{RunArgs, start::Start};
use crate::{
    cli::SOFTWARE,
    error::{Error, Result},
    io::image::{write_apng, write_png},
    render::picture::{picture, symmetric_range},
};

/// Smallest side of a picture, pixels.
const SIDE: usize = 512;
/// Time each picture of an animation is shown, as a fraction of a second.
const DELAY: (u16, u16) = (1, 12);

/// Which pictures were written: every stride from the first step on, and the last step.
#[derive(Clone, Copy, Debug, Default)]
pub struct Frames {
    /// Step of the first one.
    pub first: u64,
    /// Step of the last one.
    pub last: u64,
    /// How many.
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

/// Writes the picture of a decoded field: whole pixels per cell, at least [`SIDE`] wide.
pub fn write(args: &RunArgs, start: &Start, frames: &mut Frames, field: &[f32], step: u64, time: f64) -> Result<()> {
    if frames.range <= 0.0 {
        frames.range = symmetric_range(field);
    }
    let n = start.params.n as usize;
    let side = n * SIDE.div_ceil(n);
    let rgba = if args.colormap.diverging() {
        picture(field, n, args.colormap, frames.range, side, side)?
    } else {
        let magnitude: Vec<f32> = field.iter().map(|w| w.abs()).collect();
        picture(&magnitude, n, args.colormap, frames.range, side, side)?
    };
    let p = &start.params;
    let title = format!("vorticity, {}, step {step}, t = {time:.6}", start.label);
    let about = format!("N {n}, dt {}, nu {}, range +-{}, {}", p.dt, p.nu, frames.range, args.colormap.name());
    let side = side as u32;
    write_png(&path(args, step), side, side, &rgba, &[SOFTWARE, ("Title", &title), ("Comment", &about)])?;
    if frames.count == 0 {
        frames.first = step;
    }
    (frames.last, frames.count) = (step, frames.count + 1);
    Ok(())
}

/// The file of the animation.
pub fn animation_path(args: &RunArgs) -> PathBuf {
    args.out_dir.join(format!("{}.apng", args.prefix))
}

/// Joins the pictures, each read back when its turn comes, so that only one is in memory.
pub fn animation(args: &RunArgs, frames: &Frames) -> Result<()> {
    let first = read(&path(args, frames.first))?;
    let (width, height) = first.dimensions();
    drop(first);
    let pictures = frames.steps(args.decode_every()).map(|step| Ok(read(&path(args, step))?.into_raw()));
    write_apng(&animation_path(args), width, height, pictures, DELAY, &[SOFTWARE])
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
