//! `dashi-vortex run`: a rollout without a window.
//!
//! Start: `--scene` or `--z0-npz`. On the way: one picture every `--stride` steps. At the end:
//! `z0.npz`, metrics, a summary. Memory does not grow with the number of steps.

mod begin;
mod compare;
mod kernel;
mod output;
mod parity;
mod picture;
mod reference;
mod report;
mod rollout;
mod session;
mod start;
mod traj;
mod transforms;

use std::{fs, io, path::Path, path::PathBuf, sync::PoisonError, time::Instant};

use transforms::FftBackend;

use super::{
    backend::{Alone, Backend, ELSEWHERE, Engine, Wish, choose},
    les::Met,
    params::Given,
    remark,
};
use crate::{
    error::{Error, Result},
    io::read_propagator,
    perf::{Device, Ledger, Metrics, Severity, flag},
    spectral::les::LesScheme,
    state::State,
};

const FILES: &str = "\
Files in --out-dir (created if missing):
  PREFIX_t0300_compare.png   the decoded vorticity at step 300; with a reference three panels, reference,
                             decoded field and error (decoded - reference). One colour scale, symmetric
                             about zero and fixed by the first picture
  PREFIX.apng                with --apng, all those pictures in order; --movie makes an mp4 or a GIF of them
  z0.npz                     the final state, atoms included: `--z0-npz` takes it up again. Where the run started
                             from this very file, the start is kept beside it as z0_t0000.npz, by its step
  traj.npz                   with --save-traj, every field of the LES

Metrics of a reference: rel_l2 = |decoded - reference| / |reference|, corr, dE and dZ the relative differences
of energy and enstrophy, at the last picture; --metrics-csv has them for every picture.";

/// Arguments of `run`.
#[derive(clap::Args)]
#[command(after_help = FILES)]
pub struct RunArgs {
    /// Scene to start from (see `dashi-vortex scenes`) [default: default]
    #[arg(long, value_name = "NAME", conflicts_with = "z0_npz")]
    pub(super) scene: Option<String>,
    /// State file to start from; its dt, nu, seed, N and cuts hold unless a flag says otherwise
    #[arg(long, value_name = "FILE", alias = "proxy-npz")]
    pub(super) z0_npz: Option<PathBuf>,
    /// Session to run: its state or scene, parameters, kernel and operators; a flag beats the file
    #[arg(long, value_name = "FILE.toml")]
    pub(super) session: Option<PathBuf>,
    /// Parameters by the name of a preset, or from its file; a flag beats them
    #[arg(long, value_name = "NAME|FILE")]
    pub(super) preset: Option<String>,
    /// Steps to take
    #[arg(long, value_name = "COUNT", default_value_t = 3000)]
    steps: u64,
    /// Steps between pictures
    #[arg(long, value_name = "STEPS", default_value_t = 300, value_parser = positive)]
    stride: u64,
    /// Steps between pictures, instead of --stride
    #[arg(long, value_name = "STEPS", value_parser = positive)]
    decode_every: Option<u64>,
    /// Folder for everything that is written
    #[arg(long, value_name = "FOLDER", default_value = "out")]
    out_dir: PathBuf,
    /// What the names of pictures start with
    #[arg(long, default_value = "dashi", value_parser = prefix)]
    prefix: String,
    /// Where to run
    #[arg(long, value_enum, default_value = "auto", ignore_case = true)]
    backend: Backend,
    /// Any part of an adapter's name
    #[arg(long, value_name = "NAME")]
    adapter: Option<String>,
    /// End with exit code 4 rather than run on the CPU or on a software adapter
    #[arg(long)]
    require_gpu: bool,
    /// Write the metrics here, as JSON
    #[arg(long, value_name = "FILE", alias = "log-metrics")]
    metrics_json: Option<PathBuf>,
    /// No pictures
    #[arg(long, conflicts_with_all = ["apng", "movie", "metrics_csv"])]
    no_decode: bool,
    /// Hash the state, atoms and background, every so many steps
    #[arg(long, value_name = "STEPS", value_parser = positive)]
    hash_every: Option<u64>,
    /// Take the same steps on the other backend, too, CPU beside device, and compare: hashes, decoded fields. With
    /// --dtype fixed different hashes end with exit code 3
    #[arg(long, conflicts_with = "op")]
    parity: bool,
    /// An operator of your own: after each step on z, after each decode on field or carrier; may be repeated
    #[arg(long, value_name = "FILE.toml")]
    pub(super) op: Vec<PathBuf>,
    /// Where the transforms of the reference LES, of comparisons and of energies run, in float32 on a device; those
    /// of encoding and learning run on the CPU, and a gpu that they dominate is answered with a flag
    #[arg(long, value_enum, default_value = "auto", ignore_case = true)]
    fft_backend: FftBackend,
    /// Steps between two lines of progress [default: every 2 seconds]
    #[arg(long, value_name = "STEPS", value_parser = positive)]
    progress_every: Option<u64>,
    /// A line a stage with its time and device at the end
    #[arg(long)]
    timing: bool,
    /// Accepted for older scripts: nothing is filled in with random residuals
    #[arg(long, value_name = "SEED", hide = true)]
    residual_seed: Option<String>,
    /// Accepted for older scripts: pictures follow --stride or --decode-every
    #[arg(long, value_name = "STEPS", hide = true)]
    graphic_every: Option<String>,
    /// No progress and no remarks on stderr; warnings and errors stay
    #[arg(long)]
    quiet: bool,
    /// The metrics on stdout instead of a summary
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    picture: picture::PictureArgs,
    #[command(flatten)]
    pub(super) reference: reference::ReferenceArgs,
    #[command(flatten)]
    output: output::OutputArgs,
    #[command(flatten)]
    pub(super) kernel: kernel::KernelArgs,
    #[command(flatten)]
    pub(super) given: Given,
}

impl RunArgs {
    /// Steps between decodes.
    fn decode_every(&self) -> u64 {
        self.decode_every.unwrap_or(self.stride)
    }
}

fn positive(text: &str) -> std::result::Result<u64, String> {
    text.parse().ok().filter(|n| *n > 0).ok_or_else(|| "expected a whole number above 0".into())
}

fn prefix(text: &str) -> std::result::Result<String, String> {
    let fits = !text.is_empty() && text.len() <= 100 && !text.contains(['/', '\\', '\0']);
    if fits { Ok(text.into()) } else { Err("expected 1 to 100 characters without a path separator".into()) }
}

/// Flags of older scripts that mean nothing here.
fn older_flags(args: &RunArgs) {
    if args.residual_seed.is_some() {
        remark("warning: --residual-seed does nothing: what a state does not hold is never filled in with noise");
    }
    if args.graphic_every.is_some() {
        remark("warning: --graphic-every does nothing: pictures are made every --stride or --decode-every steps");
    }
}

/// Runs.
///
/// # Errors
/// Anything of [`Error`]; `Interrupted` after the state was saved.
pub fn run(args: RunArgs) -> Result<()> {
    let begun = Instant::now();
    let mut args = session::filled(args)?;
    if args.reference.save_traj.is_some() && !args.reference.ground_truth {
        // The fields that it names are those of the LES: nothing else can be meant.
        args.reference.ground_truth = true;
        if !args.quiet {
            remark("--save-traj runs the reference LES, whose fields it writes, as --ground-truth does");
        }
    }
    let args = &args;
    let (intent_gpu, intent_gpu_fft) =
        (args.backend == Backend::Gpu || args.require_gpu, args.fft_backend == FftBackend::Gpu);
    if args.backend == Backend::Cpu && (args.require_gpu || args.adapter.is_some()) {
        return Err(Error::Usage("--backend cpu excludes --require-gpu and --adapter".into()));
    }
    if args.backend == Backend::Cpu && !args.op.is_empty() {
        return Err(Error::Usage("--op runs on a device: leave --backend cpu out".into()));
    }
    if args.parity && !args.op.is_empty() {
        return Err(Error::Usage("--parity excludes operators, those of a session, too: they have no CPU side".into()));
    }
    kernel::check(args)?;
    args.picture.check()?;
    output::distinct(args)?;
    let operators = super::operators::open(&args.op)?;
    super::operators::fit_pictures(&operators)?;
    if args.given.is_auto("dt") {
        super::operators::fit_any_step(&operators)?;
    }
    older_flags(args);
    let mut ledger = Ledger::default();
    let mut start = begin::start(args, &mut ledger)?;
    start.forced = start.params.alpha != 0.0 || super::operators::act_on_z(&operators).is_some();
    prepare_folders(args)?;

    let a_npz = args.kernel.a_npz.as_deref();
    let again = a_npz.map(|path| move || read_propagator(path));
    let alone =
        Alone { modal: args.kernel.modal, dtype: args.kernel.dtype(), again: again.as_ref().map(|again| again as _) };
    let wish = Wish {
        backend: args.backend,
        adapter: args.adapter.as_deref(),
        require_gpu: args.require_gpu,
        operators,
        decodes: !args.no_decode || args.output.save_field.is_some() || args.parity,
        kernel: alone,
        remedy: ELSEWHERE,
    };
    let setting_up = Instant::now();
    let for_twin = start.propagator.clone().filter(|_| args.parity);
    let mut chosen = choose(&wish, &start.state, &start.params, start.propagator.take())?;
    start.propagator = for_twin;
    let twin = args.parity.then(|| parity::twin(args, &start, alone, chosen.device)).transpose()?;
    start.propagator = None;
    start.state.meta.dtype = chosen.dtype;
    // Compiling and uploading is work of the CPU.
    ledger.add("set-up", Device::Cpu, setting_up.elapsed().as_secs_f64() * 1e3);
    let mut findings = flag::before(&flag::Intent {
        gpu: intent_gpu,
        device: chosen.device,
        adapter: chosen.adapter.as_deref(),
        why_cpu: chosen.why_cpu.as_deref(),
        fallback: chosen.fallback().as_deref(),
        n: start.params.n,
        work: match (&chosen.engine, start.state.background.basis()) {
            (Engine::Kernel(_), basis) => flag::Work::Numbers(basis.dimension()),
            (_, basis) if start.state.atoms.is_empty() => flag::Work::Modes(basis.low().len() + basis.anchors().len()),
            _ => flag::Work::Vertices(start.state.atoms.vertex_count()),
        },
    });
    findings.extend(flag::loops(chosen.adapter.as_deref(), chosen.loops.and_then(|loops| loops.end_after)));
    let say = |found: &[flag::Finding]| {
        found.iter().filter(|f| !args.quiet || f.severity > Severity::Info).for_each(|f| remark(&f.to_string()));
    };
    findings.append(&mut start.found);
    say(&findings);

    let (transforms, why) = transforms::place(args, &start, chosen.device)?;
    let told = flag::transforms(transforms.device(), chosen.device, intent_gpu_fft, why.as_deref());
    say(&told);
    findings.extend(told);

    output::eigenvalues(args, &chosen)?;
    super::signal::watch(|| ())?;
    let reference = reference::Reference::start(args, &start, &transforms)?;
    let mut outcome = rollout::rollout(args, &start, reference.as_ref(), &transforms, &mut chosen, &mut ledger);
    let compared = reference.as_ref().map(|reference| (reference.name, reference.device(), reference.busy.clone()));
    let met = reference.as_ref().map(|reference| reference.met.clone());
    // A whole run waits for its trajectory file; any other end stops the reference, and the file is gone.
    if matches!(outcome.end, rollout::End::Done) {
        if let Some(Err(error)) = reference.map(reference::Reference::finish) {
            (outcome.end, outcome.failure) = (rollout::End::Failed, Some(error));
        }
    } else {
        drop(reference);
    }
    if let Some((_, device, busy)) = &compared
        && let Some((ms, fields)) = busy.read()
    {
        ledger.add_calls("reference", *device, ms, fields);
    }
    let mut fault = leave(args, &start.state, &mut outcome, &mut ledger);

    let whole = fault.is_none() && outcome.end == rollout::End::Done;
    let parity =
        twin.filter(|_| whole).map(|twin| parity::compare(args, &start, twin, &mut chosen, &outcome, &mut ledger));
    let parity = parity.transpose().unwrap_or_else(|error| {
        fault = Some(error);
        None
    });
    let collapsed = outcome.collapsed(&start);
    let compared = compared.map(|(name, ..)| name);
    let mut metrics = report::metrics(args, &start, &mut chosen, &mut outcome, &mut ledger, &transforms, compared);
    let bare = start.state.atoms.is_empty();
    let mut late = flag::after(&ledger, chosen.device, intent_gpu, bare, collapsed.as_deref());
    late.extend(flag::fft(intent_gpu_fft, &ledger));
    late.extend(outcome.grown(&start, &chosen));
    let met = met.map_or_else(Met::default, |met| *met.lock().unwrap_or_else(PoisonError::into_inner));
    late.extend(met.grown().map(flag::les_grows));
    metrics.les_scheme = met.scheme.map(LesScheme::name);
    (metrics.les_cfl_max, metrics.les_parts_max) = (met.cfl_max, met.parts_max);
    metrics.les_enstrophy_growth = met.growth;
    say(&late);
    findings.extend(late);
    if let Some((parity, hash)) = &parity {
        (metrics.backend_parity_hash, metrics.parity) = (Some(hash.clone()), Some(parity.clone()));
    }
    metrics.set_findings(&findings);
    (metrics.intent_gpu, metrics.intent_gpu_fft) = (intent_gpu, intent_gpu_fft);
    metrics.ended = match (&fault, outcome.end) {
        (Some(Error::Interrupted(_)), _) => "interrupted",
        (Some(_), _) | (_, rollout::End::Failed) => "failed",
        (None, rollout::End::Interrupted) => "interrupted",
        (None, rollout::End::Done) => "done",
    };
    metrics.error = fault.as_ref().map(Error::to_string);
    metrics.wall_time_s = Some(begun.elapsed().as_secs_f64());
    // However the run ended, what it measured is told; the first thing that went wrong is its error.
    let told = tell(args, &start, &metrics, &outcome);
    match (fault, outcome.end) {
        (Some(error), _) => Err(error),
        (None, rollout::End::Interrupted) => {
            told?;
            Err(Error::Interrupted(format!(
                "the state of step {} is saved in {}; --z0-npz takes it up again",
                outcome.last.step,
                z0(args).display()
            )))
        }
        _ => told.and_then(|()| parity.map_or(Ok(()), |(parity, _)| parity::verdict(&parity))),
    }
}

/// The file of the last state.
fn z0(args: &RunArgs) -> PathBuf {
    args.out_dir.join(output::STATE)
}

/// Writes everything that a run leaves but its metrics; the first error of the run or of a file.
fn leave(args: &RunArgs, begin: &State, outcome: &mut rollout::Outcome, ledger: &mut Ledger) -> Option<Error> {
    let z0 = z0(args);
    let saved = ledger.time("save", Device::Cpu, || output::last_state(args, begin, &outcome.last));
    if let Ok(Some(kept)) = &saved {
        remark(&format!("{} was the start of this run: it is kept as {}", z0.display(), kept.display()));
    }
    if let Some(error) = outcome.failure.take() {
        return Some(if saved.is_ok() { kept(error, outcome.last.step, &z0) } else { error });
    }
    let files = saved.and_then(|_| {
        ledger.time("save", Device::Cpu, || output::save(args, &outcome.last, outcome.last_field.as_deref()))
    });
    let animated = |ledger: &mut Ledger| match args.picture.apng || args.picture.movie.is_some() {
        true => ledger.time("animation", Device::Cpu, || picture::animations(args, &outcome.frames)),
        false => Ok(()),
    };
    files.and_then(|()| animated(ledger)).err()
}

/// The metrics where they were asked for, or a summary of a run that came to its end.
fn tell(args: &RunArgs, start: &start::Start, metrics: &Metrics, outcome: &rollout::Outcome) -> Result<()> {
    if let Some(path) = &args.metrics_json {
        let text = super::json(metrics)? + "\n";
        crate::io::atomic::write_io(path, |out| io::Write::write_all(out, text.as_bytes()))?;
    }
    match args.json {
        true => super::print_json(metrics),
        false if metrics.ended == "failed" => Ok(()),
        false => super::print(&report::summary(args, start, metrics, outcome)),
    }
}

/// Makes the output folder and sees that both destinations can be written before time is spent.
fn prepare_folders(args: &RunArgs) -> Result<()> {
    let unwritable = |path: &Path| {
        let path = path.to_owned();
        move |source: io::Error| Error::Unwritable { path, source }
    };
    super::folder::prepare(&args.out_dir)?;
    let traj = args.reference.traj_file(args);
    let files = args.metrics_json.as_deref().into_iter().chain(args.output.files()).chain(traj.as_deref());
    let apng = args.picture.apng.then(|| picture::animation_path(args));
    let files = files.chain(args.picture.movie.as_deref()).chain(apng.as_deref());
    for path in files {
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::read_dir(folder).map_err(unwritable(path))?;
        if path.is_dir() {
            return Err(unwritable(path)(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder")));
        }
    }
    Ok(())
}

/// The error of a run whose last good state was saved.
fn kept(error: Error, step: u64, z0: &Path) -> Error {
    match error {
        Error::Run(what) => Error::Run(format!("{what}; the state of step {step} is saved in {}", z0.display())),
        other => other,
    }
}
