//! `dashi-vortex encode`: a vorticity field to a state file.

mod report;

use std::{ops::ControlFlow, path::PathBuf, time::Instant};

use super::{
    cuts::CutArgs,
    fitting::{FittingArgs, encode_at},
    progress::Progress,
    remark, signal,
};
use crate::{
    encode::{Budget, Options},
    error::{Error, Result},
    io::{
        Selection,
        field_file::{Field, write_field},
        fields::{Quantity, names},
        read_provenance, read_state, table, write_state,
    },
    math::nearness,
    open::{self, of_fields},
    sim,
    spectral::Encoder,
    state::{Atoms, Meta, State},
};
use report::Report;

const ABOUT: &str = "\
FIELD is omega[j, i] = omega(x_i, y_j) on the doubly periodic square [0, 2 pi)^2, x_i =
2 pi i/N, row 0 at the bottom (matplotlib's origin='lower'), or a velocity or a streamfunction
there (--from): omega = dv/dx - du/dy = -lap psi, by its Fourier series. What is meant is found by
name, else by shape, and what was taken is said. Names are {NAMES}.
Files:
{TABLE}

A grid of other sides than [N, N] is taken as the same square box and brought to the longer side,
exactly. Places that the file gives (x, y, lon, lat) have to be even and the box a square. A packed
file may take 1 GB of memory, or half of what is free; one that is not, three times its length.

By default the state is atoms, signed Gaussian ellipses fitted to the whole field, and a small background
of what they leave. Equal fields, flags and adapters give equal files. --z-only stores modes alone: the low ones and
the largest of the middle band, as fft2(omega)/N^2; they do not depend on N. What is not stored is reported,
never filled in. Ctrl-C stops the fit and writes nothing.

Printed:
  floats              independent real numbers of the state: 6 an ellipse, 3 + 2V a filament of V
                      vertices; a conjugate pair of modes 2, the header 4, a residual coefficient 1
  z                   numbers of the array z in the file
  ratio               floats/N^2
  relL2, corr         of the decoded field against FIELD
  support_cells       cells of the ternary carrier of omega - lowpass(omega) that are not 0, the low
                      pass at k_cut
  energy, enstrophy   shares of atoms, of background, and of their product (together 1)
  unresolved_energy   sum |omega_hat|^2 of what the state does not hold";

/// [`ABOUT`] with the table of what can be opened.
fn about() -> String {
    ABOUT.replace("{NAMES}", &names::words()).replace("{TABLE}", &table::lines())
}

/// Share of N^2 where no budget is given.
const BUDGET: f64 = 0.10;

/// Arguments of `encode`.
#[derive(clap::Args)]
#[command(after_help = about())]
pub struct EncodeArgs {
    /// Vorticity, velocity or streamfunction: arrays of NumPy, NetCDF, HDF5, MATLAB, TIFF, or a picture
    #[arg(value_name = "FIELD")]
    field: PathBuf,
    /// Where to write the state
    #[arg(long, value_name = "Z0.npz")]
    out: PathBuf,
    /// Size of the state as a share of N^2 floats, background included [default: 0.10]
    #[arg(long, value_name = "SHARE", group = "size", conflicts_with = "z_only", allow_negative_numbers = true)]
    budget: Option<f64>,
    /// Size of the state in bits, 32 a float
    #[arg(long, value_name = "BITS", group = "size", conflicts_with = "z_only", allow_negative_numbers = true)]
    bits: Option<f64>,
    /// Size of the state in floats
    #[arg(long, value_name = "COUNT", group = "size", conflicts_with = "z_only")]
    floats: Option<usize>,
    /// How much is tried to improve the atoms: 0 is quick, 1 usual, more is slower
    #[arg(long, value_name = "X", default_value_t = 1.0, conflicts_with = "z_only", allow_negative_numbers = true)]
    effort: f64,
    /// Seed noted in the file. The fit itself draws nothing at random
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u64,
    /// Which array of a file of several; two, U,V, are a velocity [default: by name, or the only one that fits]
    #[arg(long = "var", alias = "key", value_name = "NAME")]
    key: Option<String>,
    /// Which field of a stack [T, N, N]; negative ones count from the end [default: 0]
    #[arg(long, value_name = "INDEX", allow_negative_numbers = true, conflicts_with = "time")]
    frame: Option<i64>,
    /// The field of a stack nearest this time, where the file says the times
    #[arg(long, value_name = "TIME", allow_negative_numbers = true)]
    time: Option<f64>,
    /// What the numbers are [default: by name, else vorticity]
    #[arg(long, value_enum, value_name = "QUANTITY")]
    from: Option<FromName>,
    /// Leave out a last row and column that repeat the first ones (linspace with its end point)
    #[arg(long)]
    drop_end: bool,
    /// Numbers of this value (nan, 1e20, -9999) are missing: take 0 there, as on land
    #[arg(long, value_name = "V", allow_negative_numbers = true)]
    mask_value: Option<f64>,
    /// A picture keeps its proportions: margins without vorticity instead of a stretch to a square
    #[arg(long)]
    proportions: bool,
    /// Side that a picture is brought to, even [default: a power of two up to 1024]
    #[arg(long = "N", value_name = "N")]
    n: Option<u32>,
    /// Root mean square of the vorticity that a picture becomes [default: 3]
    #[arg(long, value_name = "R", allow_negative_numbers = true)]
    rms: Option<f64>,
    /// Also write the vorticity that was taken, as .npy or .npz
    #[arg(long, value_name = "W.npy")]
    save_field: Option<PathBuf>,
    /// Store the background alone, no atoms
    #[arg(long)]
    z_only: bool,
    /// Keep the modes that this state keeps, so that a kernel learned on them fits
    #[arg(long, value_name = "Z0.npz", requires = "z_only", conflicts_with_all = ["k_cut", "resid_mid_cut", "topk_mid"])]
    anchors_from: Option<PathBuf>,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
    /// No progress on stderr
    #[arg(long)]
    quiet: bool,
    #[command(flatten)]
    fitting: FittingArgs,
    #[command(flatten)]
    cuts: CutArgs,
}

/// What the numbers of a file are, as typed.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum FromName {
    /// omega = dv/dx - du/dy
    Vorticity,
    /// u and v
    Velocity,
    /// psi, with u = d psi/dy and v = -d psi/dx
    Streamfunction,
}

impl EncodeArgs {
    fn selection(&self) -> Selection {
        Selection {
            key: self.key.clone(),
            frame: self.frame,
            time: self.time,
            from: self.from.map(|from| match from {
                FromName::Vorticity => Quantity::Vorticity,
                FromName::Velocity => Quantity::Velocity,
                FromName::Streamfunction => Quantity::Streamfunction,
            }),
            drop_end: self.drop_end,
            mask_value: self.mask_value,
            n: self.n,
            rms: self.rms,
            proportions: self.proportions,
        }
    }
}

/// Encodes.
///
/// # Errors
/// Anything of [`Error`].
pub fn encode(args: &EncodeArgs) -> Result<()> {
    let taken = open::field(&args.field, &args.selection())?;
    taken.told.iter().for_each(|told| remark(told));
    let field = taken.field;
    if let Some(path) = &args.save_field {
        write_field(path, &field)?;
    }
    // A fit takes a while; where its result cannot go is said before it.
    if let Some(folder) = args.out.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        let source = std::io::Error::new(std::io::ErrorKind::NotFound, format!("{} is no folder", folder.display()));
        return Err(Error::Unwritable { path: args.out.clone(), source });
    }
    let meta = args.cuts.meta(field.n, args.seed, &super::params::run_defaults());
    let meta = of_fields(&args.field, &read_provenance(&args.field)?, &args.cuts.said(), meta)?;
    let begun = Instant::now();
    let (state, place) = if args.z_only { (modes(args, &field, meta)?, None) } else { atoms(args, &field, meta)? };
    let seconds = begun.elapsed().as_secs_f64();
    write_state(&args.out, &state)?;
    let basis = state.background.basis();
    if args.z_only && basis.resid_mid_cut() > args.cuts.resid_mid_cut.unwrap_or(basis.resid_mid_cut()) {
        remark(&format!("resid_mid_cut is {}, the smallest that holds topk_mid modes", basis.resid_mid_cut()));
    }
    let near = nearness(&sim::decode(&state, field.n as u32), &field.omega);
    let report = Report::new(args, &field, &state, near, (seconds, place))?;
    if args.json { super::print_json(&report) } else { super::print(&report.text()) }
}

/// The background alone.
fn modes(args: &EncodeArgs, field: &Field, meta: Meta) -> Result<State> {
    let encoder = Encoder::new(field.n, &args.cuts.cuts(128))?;
    let basis = match &args.anchors_from {
        Some(path) => read_state(path)?.background.basis().clone(),
        None => encoder.basis(&field.omega).map_err(|e| in_file(e, args))?,
    };
    let background = encoder.encode(&field.omega, &basis).map_err(|e| in_file(e, args))?;
    Ok(State::new(Atoms::default(), background, meta))
}

/// Atoms, the background of what they leave, and where they were fitted.
fn atoms(args: &EncodeArgs, field: &Field, meta: Meta) -> Result<(State, Option<String>)> {
    let budget = match (args.budget, args.bits, args.floats) {
        (_, Some(bits), _) => Budget::Bits(bits),
        (.., Some(floats)) => Budget::Floats(floats),
        (share, ..) => Budget::Fraction(share.unwrap_or(BUDGET)),
    };
    if !(args.effort.is_finite() && args.effort >= 0.0) {
        return Err(Error::invalid("--effort", "a number of at least 0", args.effort));
    }
    let cuts =
        if args.cuts.choose_modes() { args.cuts.cuts(0) } else { args.cuts.with_modes_of(Options::least_cuts()) };
    let place = args.fitting.place()?;
    signal::watch(|| ())?;
    let mut bar = Progress::new("encode", 1000, args.quiet);
    let options = Options { budget, cuts, effort: args.effort, meta };
    let encoded = encode_at(&place, &field.omega, field.n, &options, &mut |p| {
        bar.at((1000.0 * p.done) as u64, || format!("{}, {} atoms, relL2 {:.4}", p.stage, p.atoms, p.rel_l2));
        if signal::asked_to_stop() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    Ok((encoded.map_err(|e| in_file(e, args))?.state, Some(place.name())))
}

/// What the encoder says of the field is said of the file.
fn in_file(error: Error, args: &EncodeArgs) -> Error {
    match error {
        Error::Invalid { what, expected, found } if what.starts_with("omega") => {
            Error::bad_file(&args.field, what, expected, found)
        }
        Error::Interrupted(why) => Error::Interrupted(format!("{why}; {} was not written", args.out.display())),
        other => other,
    }
}
