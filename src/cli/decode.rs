//! `dashi-vortex decode`: a state file to a field or a picture.

use std::path::{Path, PathBuf};

use crate::{
    error::{Error, Result},
    io::{
        field_file::{Field, extent, write_field},
        image::write_png,
        read_state,
    },
    render::{
        colormap::Colormap,
        picture::{picture, symmetric_range},
    },
    sim,
};

const ABOUT: &str = "\
The whole state is decoded, atoms and background, on the CPU in f64. Row 0 of the field is the
bottom (matplotlib's origin='lower'); a picture shows it so.
  .npy   omega float64 [N, N]
  .npz   omega, and extent, origin, axes for imshow(omega, origin='lower', extent=extent)
  .png   RdBu_r, the range symmetric about zero, whole pixels a cell, at least 512 wide
Node i lies at 2 pi i/N, in the middle of its cell: extent is -h/2 to 2 pi - h/2 with h = 2 pi/N.";

/// Smallest side of a picture, pixels.
const SIDE: usize = 512;

/// Arguments of `decode`.
#[derive(clap::Args)]
#[command(after_help = ABOUT)]
pub struct DecodeArgs {
    /// State file
    #[arg(value_name = "STATE.npz")]
    state: PathBuf,
    /// Grid side, 16 to 16384; any N, whatever the state was made from
    #[arg(long = "N", value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u32).range(16..=16_384))]
    n: u32,
    /// Where to write: .npy, .npz or .png
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
}

/// What was written.
#[derive(serde::Serialize)]
#[expect(non_snake_case, reason = "JSON keys that scripts know")]
struct Report {
    out: String,
    N: u32,
    time: f64,
    step: u64,
    atoms: usize,
    max_abs: f64,
    rms: f64,
}

/// Decodes.
///
/// # Errors
/// Anything of [`Error`].
pub fn decode(args: &DecodeArgs) -> Result<()> {
    let ending = args.out.extension().and_then(|e| e.to_str()).unwrap_or_default();
    if !["npy", "npz", "png"].contains(&ending) {
        return Err(Error::Usage(format!("--out {}: the name must end in .npy, .npz or .png", args.out.display())));
    }
    let state = read_state(&args.state)?;
    let field = Field { n: args.n as usize, omega: sim::decode(&state, args.n) };
    match ending {
        "png" => write_picture(&args.out, &field)?,
        _ => write_field(&args.out, &field)?,
    }
    let report = Report {
        out: args.out.display().to_string(),
        N: args.n,
        time: state.time,
        step: state.step,
        atoms: state.atoms.len(),
        max_abs: field.omega.iter().fold(0.0, |m, w| w.abs().max(m)),
        rms: (field.omega.iter().map(|w| w * w).sum::<f64>() / field.omega.len() as f64).sqrt(),
    };
    if args.json {
        return super::print_json(&report);
    }
    let Report { out, N, time, step, max_abs, rms, .. } = &report;
    super::print(&format!("{out}: N {N}, step {step}, t {time}, max |omega| {max_abs:.6}, rms {rms:.6}\n"))
}

fn write_picture(path: &Path, field: &Field) -> Result<()> {
    let narrow: Vec<f32> = field.omega.iter().map(|w| *w as f32).collect();
    let side = field.n * SIDE.div_ceil(field.n);
    let range = symmetric_range(&narrow);
    let rgba = picture(&narrow, field.n, Colormap::RdBuR, range, side, side)?;
    let [low, high, ..] = extent(field.n);
    let about = format!("vorticity, N {}, range +-{range}, RdBu_r, extent {low} to {high}", field.n);
    write_png(path, side as u32, side as u32, &rgba, &[super::SOFTWARE, ("Comment", &about)])
}
