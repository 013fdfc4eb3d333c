//! `dashi-vortex learn`: a reference LES or a trajectory file, encoded step by step, to `z0.npz` and `A.npz`.

mod report;
mod source;

use std::{path::PathBuf, time::Instant};

use super::{
    folder,
    les::{Met, SchemeName},
    patient::patiently,
    progress::Progress,
    remark, signal,
    source::Source,
};
use crate::{
    error::{Error, Result},
    io::{npy::Kind, propagator_file::write_propagator, read_traj, traj_file, write_state, write_traj},
    params::Params,
    spectral::{
        Cuts, Encoder, Precision,
        learn::{Captured, DEFAULT_RESIDUAL_CUT, DEFAULT_RIDGE, Fit, Learner, Residual, Sketch, Stability},
        les::DEFAULT_SUBSTEPS,
    },
    state::{Atoms, Basis, Dtype, Meta, Origin, State},
};
pub(super) use report::clamp_words;

const NOTES: &str = "\
Files in --out-dir (created if missing):
  z0.npz     the first field, encoded: `run --z0-npz` starts from it and covers the same interval
  A.npz      the kernel z' = z A, with the modes and the dt it was learned on
  traj.npz   with --save-traj, every field, [steps + 1, N, N]

What is fitted: (Z'Z + ridge I) A = Z'Y over all pairs of successive z. Memory is D x D whatever the
number of steps. With fewer steps than D (654 by default) many A fit the data, and the ridge chooses the
smallest: a larger one is smoother and decays sooner, a smaller one follows the data more closely, noise
included. A linear kernel repeats what it has seen; turbulence beyond it is not forecast well.
k_keep, the number of kept modes that decode uses, is no part of the fit: A carries it along to the bit, as one
eigenvalue 1.
By default eigenvalues of A outside the unit circle are moved onto it, so that a rollout of any length
stays bounded; --no-clamp leaves that out. With thousands of numbers in z this takes a while: lines say what it is
at, and Ctrl-C ends it at once. The summary gives the one-step error and, over the whole interval, the error of the free
rollout, each beside that of a kernel that changes nothing.

--residual-rank K adds K coefficients to z: those of a fixed basis B for what the stored modes leave of the
fields, the K directions that hold most of it (randomised singular vectors). The fields are made or read
twice. B goes into z0.npz and A.npz as amplitudes of the modes up to --residual-cut, so its size depends on
neither N nor the number of steps; decode adds it. Only such an A moves the coefficients.

A step that is too long for the grid is divided, and dt stays that of A: with --les-scheme rk4 where CFL = dt
max(|u| + |v|)/(2 pi/N) exceeds 1.2, with rk3 0.75. --substeps 1 forbids it: then the LES stops and says which dt
fits. Nothing forces the flow, so its enstrophy cannot grow: where it does the run ends. rk2, the midpoint rule of
an earlier system, grows; it is there for that system's figures, and what grew is reported.

traj.npz says how it was made: dt, nu0, Cs, scheme (4, 3 or 2) and N beside the fields. --traj-npz takes dt and
nu0 from there; of a file without them dt is --dt, or assumed with a warning.";

/// Arguments of `learn`.
#[derive(clap::Args)]
#[command(after_help = NOTES)]
pub struct LearnArgs {
    /// Side of the LES grid, even, 16 to 8192 [default: 64]
    #[arg(long = "N", value_name = "N")]
    n: Option<usize>,
    /// Steps to learn from
    #[arg(long, value_name = "COUNT", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..))]
    steps: u64,
    /// Seed of the first field [default: 0]; does nothing with --traj-npz
    #[arg(long)]
    seed: Option<u64>,
    /// Folder for everything that is written
    #[arg(long, value_name = "FOLDER", default_value = "out")]
    out_dir: PathBuf,
    /// Learn from this trajectory, `traj` [T + 1, N, N], instead of an LES; if it is shorter than
    /// --steps, from all of it
    #[arg(long, value_name = "FILE")]
    traj_npz: Option<PathBuf>,
    /// Time between two fields [default: 0.01, or what the trajectory says]
    #[arg(long, value_name = "TIME")]
    dt: Option<f64>,
    /// Viscosity of the LES; with --traj-npz only noted in z0.npz [default: 5e-5, or what the trajectory says]
    #[arg(long, value_name = "NU")]
    nu0: Option<f64>,
    /// Smagorinsky's constant; 0 switches the eddy viscosity off
    #[arg(long = "Cs", value_name = "CS", default_value_t = 0.17, conflicts_with = "traj_npz")]
    cs: f64,
    /// Time scheme of the LES
    #[arg(
        long,
        value_enum,
        value_name = "SCHEME",
        default_value = "rk4",
        ignore_case = true,
        conflicts_with = "traj_npz"
    )]
    les_scheme: SchemeName,
    /// Most parts that a step too long for the grid is divided into; 1: stop instead
    #[arg(
        long,
        value_name = "MAX",
        num_args = 0..=1,
        default_value_t = DEFAULT_SUBSTEPS,
        default_missing_value = "256",
        conflicts_with = "traj_npz"
    )]
    substeps: u32,
    /// Precision of the LES; auto is float64 above N = 1024
    #[arg(long, value_enum, default_value = "auto", conflicts_with = "traj_npz")]
    dtype: DtypeName,
    /// Wavenumber where the first field's spectrum peaks
    #[arg(long, value_name = "PEAK", default_value_t = 6.0, conflicts_with = "traj_npz")]
    spectrum: f64,
    /// Root mean square of the first field's vorticity
    #[arg(long, value_name = "R", default_value_t = 3.0, conflicts_with = "traj_npz")]
    rms: f64,
    /// Ridge parameter, 0 or more
    #[arg(long, value_name = "LAMBDA", default_value_t = DEFAULT_RIDGE, allow_negative_numbers = true)]
    ridge: f64,
    /// Keep A as fitted, even if it is unstable
    #[arg(long)]
    no_clamp: bool,
    /// Modes with |k| up to this are stored
    #[arg(long, value_name = "K", default_value_t = Params::default().k_cut)]
    k_cut: u32,
    /// Outer radius of the middle band; grows where it does not hold --topk-mid modes
    #[arg(long, value_name = "K", default_value_t = Params::default().resid_mid_cut)]
    resid_mid_cut: u32,
    /// Modes of the middle band to keep, the largest of the first field
    #[arg(long, value_name = "COUNT", default_value_t = Params::default().topk_mid)]
    topk_mid: u32,
    /// Coefficients of a residual basis in z, 0 to 512; 0 for none
    #[arg(long, value_name = "K", default_value_t = 0)]
    residual_rank: usize,
    /// Largest |k| of the residual basis, 1 to 96; |kx| and |ky| go no further than N/3
    #[arg(long, value_name = "KC", default_value_t = DEFAULT_RESIDUAL_CUT)]
    residual_cut: u32,
    /// Threshold of the ternary carrier, in standard deviations of the residual
    #[arg(long, value_name = "TAU", default_value_t = Cuts::default().dashi_tau)]
    dashi_tau: f64,
    /// Rounds of 3x3 majority smoothing of the carrier; each dilates it, so keep them few
    #[arg(long, value_name = "ROUNDS", default_value_t = Cuts::default().dashi_smooth_k)]
    dashi_smooth_k: u32,
    /// Also write every field, to FILE or to traj.npz in --out-dir
    #[arg(long, value_name = "FILE", num_args = 0..=1, conflicts_with = "traj_npz")]
    save_traj: Option<Option<PathBuf>>,
    /// No progress on stderr
    #[arg(long)]
    quiet: bool,
    /// The summary as one JSON object
    #[arg(long)]
    json: bool,
}

/// `--dtype`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum DtypeName {
    /// float64 above N = 1024
    Auto,
    /// 32-bit
    Float32,
    /// 64-bit
    Float64,
}

impl From<DtypeName> for Precision {
    fn from(name: DtypeName) -> Self {
        match name {
            DtypeName::Auto => Self::Auto,
            DtypeName::Float32 => Self::F32,
            DtypeName::Float64 => Self::F64,
        }
    }
}

/// Time step and viscosity where neither a flag nor a file says.
const DT: f64 = 0.01;
const NU0: f64 = 5e-5;
/// The pass that learns; another one before it says nothing twice.
const PASS: &str = "learn";

/// What a pass over the fields leaves behind.
struct Gathered {
    learner: Learner,
    met: Met,
}

/// What the first pass of a residual basis leaves behind.
type Sketched = (Encoder, Basis);

/// A residual basis as it was learned, and the fit that there would have been without it.
struct WithBasis {
    captured: Captured,
    without: Fit,
}

/// Learns.
///
/// # Errors
/// Anything of [`Error`]; nothing is written then.
pub fn learn(args: &LearnArgs) -> Result<()> {
    let begun = Instant::now();
    if !(args.ridge.is_finite() && args.ridge >= 0.0) {
        return Err(Error::Usage(format!("--ridge: expected a number of at least 0, found {}", args.ridge)));
    }
    let (dt, nu0) = (args.dt.unwrap_or(DT), args.nu0.unwrap_or(NU0));
    if !(dt.is_finite() && dt > 0.0 && nu0.is_finite() && nu0 >= 0.0) {
        return Err(Error::Usage(format!("--dt and --nu0: expected dt > 0 and nu0 >= 0, found {dt} and {nu0}")));
    }
    if let (Some(seed), Some(path)) = (args.seed, &args.traj_npz) {
        remark(&format!("warning: --seed {seed} does nothing: the fields are those of {}", path.display()));
    }
    if let Some(Some(file)) = &args.save_traj {
        let [z0, a] = ["z0.npz", "A.npz"].map(|name| args.out_dir.join(name));
        folder::distinct(&[("--save-traj", file)], &[("the state that is learned", &z0), ("the kernel", &a)])?;
    }
    folder::prepare(&args.out_dir)?;
    signal::watch(|| ())?;
    let wanted = Residual { rank: args.residual_rank, cut: args.residual_cut };
    let sketched = if wanted.rank > 0 { Some(sketch(args, &wanted)?) } else { None };
    let (source, gathered) = match &args.traj_npz {
        Some(path) => read_traj(path, |traj| {
            let mut source = source::trajectory(args, path, traj, true)?;
            let gathered = gather(args, &mut source, sketched.as_ref(), None)?;
            Ok((source.facts(), gathered))
        })?,
        None => {
            let mut source = source::simulation(args, true)?;
            let facts = source.facts();
            let gathered = match &args.save_traj {
                None => gather(args, &mut source, sketched.as_ref(), None)?,
                Some(file) => {
                    let path = file.clone().unwrap_or_else(|| args.out_dir.join("traj.npz"));
                    let kind = if facts.dtype == Dtype::F32 { Kind::F32 } else { Kind::F64 };
                    let made = source.provenance();
                    write_traj(&path, facts.steps as usize + 1, facts.n, kind, &made, |out| {
                        gather(args, &mut source, sketched.as_ref(), Some(out))
                    })?
                }
            };
            (facts, gathered)
        }
    };

    let d = gathered.learner.first().basis().dimension();
    let origin =
        Origin { dt: Some(source.clock.dt), seed: source.seed, dtype: Some(source.dtype), ..Default::default() };
    let left = match &args.save_traj {
        None => "nothing was written".into(),
        Some(file) => {
            let traj = file.clone().unwrap_or_else(|| args.out_dir.join("traj.npz"));
            format!("{} is saved, z0.npz and A.npz are not: `learn --traj-npz` goes on from there", traj.display())
        }
    };
    let (ridge, stability) = (args.ridge, if args.no_clamp { Stability::AsFitted } else { Stability::Clamp });
    let narrow = sketched.is_some().then_some(wanted.rank);
    let what = format!("learning A, {d} x {d}");
    let (gathered, with_basis, fit) = patiently(&what, &left, args.quiet, move |tell| {
        let mut gathered = gathered;
        let with_basis = match narrow {
            None => None,
            Some(rank) => {
                tell("narrowing B");
                let captured = gathered.learner.narrow(rank)?;
                let mut without = gathered.learner.without_residual()?;
                let without = without.fit_telling(ridge, stability, origin.clone(), tell)?;
                Some(WithBasis { captured, without })
            }
        };
        let fit = gathered.learner.fit_telling(ridge, stability, origin, tell)?;
        Ok((gathered, with_basis, fit))
    })?;
    let meta = Meta {
        n: source.n,
        dashi_tau: args.dashi_tau,
        dashi_smooth_k: args.dashi_smooth_k,
        dtype: source.dtype,
        seed: source.seed.unwrap_or_default(),
        dt: source.clock.dt,
        nu: source.nu0,
    };
    let state = State::new(Atoms::default(), gathered.learner.first().clone(), meta);
    write_propagator(&args.out_dir.join("A.npz"), &fit.propagator)?;
    write_state(&args.out_dir.join("z0.npz"), &state)?;

    if let Some(grown) = gathered.met.grown() {
        remark(&format!("warning: {grown}"));
    }
    let summary =
        report::Summary::new(args, &source, &gathered, &fit, with_basis.as_ref(), begun.elapsed().as_secs_f64());
    if args.json { super::print_json(&summary) } else { super::print(&summary.text()) }
}

/// The first pass of a residual basis: the modes of z, and directions of what they leave.
fn sketch(args: &LearnArgs, wanted: &Residual) -> Result<Sketched> {
    let pass = |source: &mut Source<'_, '_>| {
        let mut field = vec![0.0; source.facts().n.pow(2)];
        source.first_into(&mut field)?;
        moves(args, &field)?;
        let mut sketch = Sketch::new(encoder(args, source)?, wanted, &field)?;
        steps(args, source, "sketch of B", &mut field, |field| sketch.push(field))?;
        sketch.finish()
    };
    match &args.traj_npz {
        Some(path) => read_traj(path, |traj| pass(&mut source::trajectory(args, path, traj, false)?)),
        None => pass(&mut source::simulation(args, false)?),
    }
}

/// Nothing is learned of a field that is the same everywhere: its modes are rounding.
fn moves(args: &LearnArgs, first: &[f64]) -> Result<()> {
    let value = first.first().copied().unwrap_or_default();
    match &args.traj_npz {
        Some(path) if first.iter().all(|x| *x == value) => {
            let found = format!("{value} everywhere in the first of them");
            Err(Error::bad_file(path, "traj", "fields that vary from place to place", found))
        }
        _ => Ok(()),
    }
}

fn encoder(args: &LearnArgs, source: &Source<'_, '_>) -> Result<Encoder> {
    let cuts = Cuts {
        k_cut: args.k_cut,
        resid_mid_cut: args.resid_mid_cut,
        topk_mid: args.topk_mid,
        dashi_tau: args.dashi_tau,
        dashi_smooth_k: args.dashi_smooth_k,
    };
    Encoder::new(source.facts().n, &cuts)
}

/// Passes every field to the learner and, where asked, to a trajectory file.
fn gather(
    args: &LearnArgs,
    source: &mut Source<'_, '_>,
    sketched: Option<&Sketched>,
    mut out: Option<&mut traj_file::TrajWriter<'_>>,
) -> Result<Gathered> {
    let mut field = vec![0.0; source.facts().n.pow(2)];
    source.first_into(&mut field)?;
    moves(args, &field)?;
    let mut put = |field: &[f64]| out.as_mut().map_or(Ok(()), |out| out.put(field));
    put(&field)?;
    let mut learner = match sketched {
        Some((encoder, basis)) => Learner::on(encoder.clone(), basis, &field)?,
        None => Learner::new(encoder(args, source)?, &field)?,
    };
    let met = steps(args, source, PASS, &mut field, |field| {
        put(field)?;
        learner.push(field)
    })?;
    Ok(Gathered { learner, met })
}

/// Every field after the first; what the LES met.
fn steps(
    args: &LearnArgs,
    source: &mut Source<'_, '_>,
    name: &'static str,
    field: &mut [f64],
    mut put: impl FnMut(&[f64]) -> Result<()>,
) -> Result<Met> {
    let steps = source.facts().steps;
    let mut progress = Progress::new(name, steps, args.quiet);
    let mut met = Met::default();
    for step in 1..=steps {
        source.next_into(field)?;
        put(field)?;
        met.look(source, args.quiet || name != PASS);
        progress.at(step, || source.cfl().map_or(String::new(), |cfl| format!("CFL {cfl:.2}")));
        if signal::asked_to_stop() {
            return Err(Error::Interrupted(format!("after step {step} of {steps}; nothing was written")));
        }
    }
    Ok(met)
}
