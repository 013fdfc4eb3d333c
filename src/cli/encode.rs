//! `dashi-vortex encode`: a vorticity field to a state file.

use std::path::PathBuf;

use super::{cuts::CutArgs, remark};
use crate::{
    error::{Error, Result},
    io::{field_file::read_field, read_state, write_state},
    math::nearness,
    sim,
    spectral::Encoder,
    state::{Atoms, State},
};

const ABOUT: &str = "\
FIELD is omega[j, i] = omega(x_i, y_j) on the doubly periodic square [0, 2 pi)^2, x_i =
2 pi i/N, row 0 at the bottom (matplotlib's origin='lower'). The low modes and the largest modes of
the middle band are stored as fft2(omega)/N^2; they do not depend on N. What is not stored is
reported, never filled in.

Printed:
  floats              independent real numbers of the state: a conjugate pair of modes counts
                      2, the header 4, a residual coefficient 1
  z                   numbers of the array z in the file
  ratio               floats/N^2
  relL2, corr         of the decoded field against FIELD
  support_cells       cells of the ternary carrier of omega - lowpass(omega) that are not 0
  unresolved_energy   sum |omega_hat|^2 of what neither the stored modes nor a residual basis hold";

/// Arguments of `encode`.
#[derive(clap::Args)]
#[command(after_help = ABOUT)]
pub struct EncodeArgs {
    /// Vorticity, a square .npy or .npz, float32 or float64
    #[arg(value_name = "FIELD")]
    field: PathBuf,
    /// Where to write the state
    #[arg(long, value_name = "Z0.npz")]
    out: PathBuf,
    /// Which entry of a .npz [default: omega, or the only two-dimensional one]
    #[arg(long, value_name = "NAME")]
    key: Option<String>,
    /// Store the background alone, no atoms; it is what this command does in any case
    #[arg(long)]
    z_only: bool,
    /// Keep the modes that this state keeps, so that a kernel learned on them fits
    #[arg(long, value_name = "Z0.npz", conflicts_with_all = ["k_cut", "resid_mid_cut", "topk_mid"])]
    anchors_from: Option<PathBuf>,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    cuts: CutArgs,
}

/// What `encode` found.
#[derive(serde::Serialize)]
#[expect(non_snake_case, reason = "JSON keys that scripts know")]
struct Report {
    out: String,
    N: usize,
    k_cut: u32,
    resid_mid_cut: u32,
    topk_mid: u32,
    modes: usize,
    floats: usize,
    z: usize,
    ratio: f64,
    /// `None` for a field that is zero.
    relL2: Option<f64>,
    /// `None` where a field is constant.
    corr: Option<f64>,
    support_cells: u64,
    support_frac: f64,
    resid_mid_E: f64,
    resid_high_E: f64,
    unresolved_energy: f64,
    hash: String,
}

/// Encodes.
///
/// # Errors
/// Anything of [`Error`].
pub fn encode(args: &EncodeArgs) -> Result<()> {
    let field = read_field(&args.field, args.key.as_deref())?;
    let n = field.n;
    let encoder = Encoder::new(n, &args.cuts.cuts(128))?;
    let basis = match &args.anchors_from {
        Some(path) => read_state(path)?.background.basis().clone(),
        None => encoder.basis(&field.omega).map_err(|e| in_file(e, args))?,
    };
    let background = encoder.encode(&field.omega, &basis).map_err(|e| in_file(e, args))?;
    let meta = args.cuts.meta(n, 0, &super::params::run_defaults())?;
    let state = State::new(Atoms::default(), background, meta);
    write_state(&args.out, &state)?;

    let near = nearness(&sim::decode(&state, n as u32), &field.omega);
    let (background, header) = (&state.background, &state.background.header);
    if basis.resid_mid_cut() > args.cuts.resid_mid_cut.unwrap_or(basis.resid_mid_cut()) {
        remark(&format!("resid_mid_cut is {}, the smallest that holds topk_mid modes", basis.resid_mid_cut()));
    }
    let floats = background.independent_reals();
    let report = Report {
        out: args.out.display().to_string(),
        N: n,
        k_cut: basis.k_cut(),
        resid_mid_cut: basis.resid_mid_cut(),
        topk_mid: basis.topk_mid(),
        modes: basis.low().len() + basis.anchors().len(),
        floats,
        z: basis.dimension(),
        ratio: floats as f64 / (n * n) as f64,
        relL2: Some(near.rel_l2).filter(|x| x.is_finite()),
        corr: Some(near.corr).filter(|x| x.is_finite()),
        support_cells: (header.support_frac * (n * n) as f64).round() as u64,
        support_frac: header.support_frac,
        resid_mid_E: header.resid_mid_e,
        resid_high_E: header.resid_high_e,
        unresolved_energy: background.unresolved_energy(),
        hash: crate::io::hash_z(&background.to_z()),
    };
    if args.json { super::print_json(&report) } else { super::print(&text(&report)) }
}

/// What the encoder says of the field is said of the file.
fn in_file(error: Error, args: &EncodeArgs) -> Error {
    match error {
        Error::Invalid { what, expected, found } if what.starts_with("omega") => {
            Error::bad_file(&args.field, what, expected, found)
        }
        other => other,
    }
}

fn text(r: &Report) -> String {
    let maybe = |x: Option<f64>| x.map_or("not defined".into(), |x| format!("{x:.6}"));
    format!(
        "{}: N {}, k_cut {}, resid_mid_cut {}, topk_mid {}\n\
         floats             {} independent, z holds {}\nratio              {:.6}\nrelL2              {}\n\
         corr               {}\nsupport_cells      {}\nsupport_frac       {:.6}\nunresolved_energy  {:.6e}\n",
        r.out,
        r.N,
        r.k_cut,
        r.resid_mid_cut,
        r.topk_mid,
        r.floats,
        r.z,
        r.ratio,
        maybe(r.relL2),
        maybe(r.corr),
        r.support_cells,
        r.support_frac,
        r.unresolved_energy
    )
}
