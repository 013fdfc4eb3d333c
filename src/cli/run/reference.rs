//! What a run is compared with: an LES, or the fields of a trajectory file, on a thread of its own.
//!
//! The thread is a few fields ahead at most. It runs only where the command line asks for it.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{Builder, JoinHandle},
    time::Instant,
};

use super::{RunArgs, start::Start};
use crate::{
    cli::{
        backend,
        clock::Clock,
        les::{Met, SchemeName},
        source::{Facts, Source},
    },
    error::{Error, Result},
    io::{npy::Kind, read_traj, traj_file::TrajWriter, write_traj},
    perf::Device,
    sim::{Transforms, decode},
    spectral::{Cuts, Les, LesOptions, Precision, les::DEFAULT_SUBSTEPS},
    state::Dtype,
};

/// Arguments of the reference.
#[derive(clap::Args)]
#[command(next_help_heading = "Reference (none runs unless asked for)")]
pub struct ReferenceArgs {
    /// Run an LES of the decoded first field beside the kernel and compare every picture with it
    #[arg(long, conflicts_with_all = ["traj_npz", "kernel_only", "no_decode"])]
    pub ground_truth: bool,
    /// No reference, the default: one panel and no comparison; of a --traj-npz only the first field, the number of
    /// steps and, with --fit-A-from-traj, the kernel are taken
    #[arg(long, conflicts_with = "ground_truth")]
    pub no_ground_truth: bool,
    /// Compare with this trajectory, `traj` [T + 1, N, N]; without --scene or --z0-npz the run starts from
    /// its first field, encoded. A trajectory shorter than --steps ends the run
    #[arg(long, value_name = "FILE")]
    pub traj_npz: Option<PathBuf>,
    /// Fit A to the trajectory before the run, as `learn` does
    #[arg(long = "fit-A-from-traj", requires = "traj_npz", conflicts_with_all = ["a_npz", "kernel_only", "scene"])]
    pub fit_a_from_traj: bool,
    /// Threshold of the ternary carrier of an encoded trajectory, in standard deviations of the residual
    #[arg(long, value_name = "TAU", default_value_t = Cuts::default().dashi_tau)]
    pub dashi_tau: f64,
    /// Rounds of 3x3 majority smoothing of that carrier; each dilates it, so keep them few
    #[arg(long, value_name = "ROUNDS", default_value_t = Cuts::default().dashi_smooth_k)]
    pub dashi_smooth_k: u32,
    /// Also write every field of the LES, to FILE or to traj.npz in --out-dir; runs the LES as --ground-truth does
    #[arg(
        long,
        value_name = "FILE",
        num_args = 0..=1,
        conflicts_with_all = ["traj_npz", "no_ground_truth", "kernel_only", "no_decode"]
    )]
    pub save_traj: Option<Option<PathBuf>>,
    /// Smagorinsky's constant of the LES; 0 switches the eddy viscosity off
    #[arg(long = "Cs", value_name = "CS", default_value_t = 0.17)]
    pub cs: f64,
    /// Time scheme of the LES
    #[arg(long, value_enum, value_name = "SCHEME", default_value = "rk4", ignore_case = true)]
    pub les_scheme: SchemeName,
    /// Most parts that a step of the LES too long for the grid is divided into; 1: stop instead
    #[arg(long, value_name = "MAX", num_args = 0..=1, default_value_t = DEFAULT_SUBSTEPS, default_missing_value = "256")]
    pub substeps: u32,
}

impl ReferenceArgs {
    /// Where the LES's fields go, if anywhere.
    pub fn traj_file(&self, args: &RunArgs) -> Option<PathBuf> {
        self.save_traj.as_ref().map(|file| file.clone().unwrap_or_else(|| args.out_dir.join("traj.npz")))
    }
}

/// The reference at one step.
pub struct Frame {
    /// Steps since the start of the run.
    step: u64,
    /// Vorticity, `N x N`.
    pub field: Vec<f64>,
    /// Mean of `(u^2 + v^2)/2`.
    pub energy: f64,
    /// Mean of `omega^2/2`.
    pub enstrophy: f64,
}

/// Time that a reference spends on its fields, and how many there were; waiting for the run is none of it.
#[derive(Clone, Default)]
pub struct Busy(Arc<[AtomicU64; 2]>);

impl Busy {
    fn time<T>(&self, fields: u64, work: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let done = work();
        self.0[0].fetch_add(begun.elapsed().as_nanos() as u64, Ordering::Relaxed);
        self.0[1].fetch_add(fields, Ordering::Relaxed);
        done
    }

    /// Milliseconds and fields, where there was one.
    pub fn read(&self) -> Option<(f64, u64)> {
        let [ns, fields] = [0, 1].map(|i| self.0[i].load(Ordering::Relaxed));
        (fields > 0).then_some((ns as f64 * 1e-6, fields))
    }
}

/// A reference under way.
pub struct Reference {
    /// What the reference is, in words.
    pub name: &'static str,
    /// Where its transforms run.
    pub transforms: Transforms,
    /// How long it has been at work.
    pub busy: Busy,
    /// What the LES met so far.
    pub met: Arc<Mutex<Met>>,
    frames: Option<Receiver<Result<Frame>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Reference {
    /// Waits, so that a trajectory file under way is whole or gone when the program ends.
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.frames = None;
        if let Some(thread) = self.thread.take() {
            // A panic there has been printed; the run has its own result.
            let _ended = thread.join();
        }
    }
}

impl Reference {
    /// Starts the reference that the arguments ask for.
    ///
    /// # Errors
    /// [`Error::Run`] without a thread; what the LES refuses at its start comes with the first frame.
    pub fn start(args: &RunArgs, start: &Start, transforms: &Transforms) -> Result<Option<Self>> {
        let reference = &args.reference;
        if reference.no_ground_truth {
            return Ok(None);
        }
        let (out, frames) = sync_channel(1);
        let stop = Arc::new(AtomicBool::new(false));
        let busy = Busy::default();
        let met = Arc::<Mutex<Met>>::default();
        let plan = Plan {
            steps: start.steps,
            every: args.decode_every(),
            quiet: args.quiet,
            clock: Clock { dt: start.params.dt, from: "run" },
            nu0: start.params.nu,
            stop: stop.clone(),
            met: met.clone(),
            transforms: transforms.clone(),
            busy: busy.clone(),
        };
        let (name, run): (_, Box<dyn FnOnce() + Send>) = if let Some(path) = reference.traj_npz.clone() {
            let compare = move || {
                let result = read_traj(&path, |traj| {
                    let facts = plan.facts(traj.n(), Dtype::F64);
                    plan.stream(&mut Source::Traj(traj, facts), None, &out)
                });
                report(result, &out);
            };
            ("trajectory", Box::new(compare))
        } else if reference.ground_truth {
            let options = LesOptions {
                n: start.params.n as usize,
                nu0: start.params.nu,
                cs: reference.cs,
                dt: start.params.dt,
                scheme: reference.les_scheme.into(),
                substeps: reference.substeps,
                dtype: if args.kernel.dtype() == backend::Dtype::Float64 { Precision::F64 } else { Precision::Auto },
            };
            options.validate()?;
            let first = decode(&start.state, start.params.n);
            let file = reference.traj_file(args);
            let simulate = move || report(plan.simulate(&options, &first, file, &out), &out);
            ("LES", Box::new(simulate))
        } else {
            return Ok(None);
        };
        let thread = Builder::new().name("reference".into()).spawn(run);
        let thread = thread.map_err(|e| Error::Run(format!("the reference has no thread to run on: {e}")))?;
        let transforms = transforms.clone();
        Ok(Some(Self { name, transforms, busy, met, frames: Some(frames), stop, thread: Some(thread) }))
    }

    /// Where the reference runs: an LES where the transforms do, a file on the CPU.
    pub fn device(&self) -> Device {
        if self.name == "LES" { self.transforms.device() } else { Device::Cpu }
    }

    /// Waits for the end of a reference all of whose fields were taken.
    ///
    /// # Errors
    /// What went wrong after the last field: a file that cannot be written.
    pub fn finish(mut self) -> Result<()> {
        let late = self.frames.as_ref().and_then(|frames| frames.iter().find_map(|frame| frame.err()));
        if let Some(thread) = self.thread.take() {
            thread.join().map_err(|_| Error::Run("the reference broke off".into()))?;
        }
        late.map_or(Ok(()), Err)
    }

    /// The reference after so many steps of the run; waits for it.
    ///
    /// # Errors
    /// What ended it.
    pub fn at(&self, step: u64) -> Result<Frame> {
        let gone = || Error::Run(format!("the reference ended before step {step}"));
        for frame in self.frames.as_ref().into_iter().flatten() {
            let frame = frame?;
            if frame.step == step {
                return Ok(frame);
            }
        }
        Err(gone())
    }
}

/// Hands an error on; a run that no longer listens has an error of its own.
fn report(result: Result<()>, out: &SyncSender<Result<Frame>>) {
    if let Err(error) = result {
        let _unheard = out.send(Err(error));
    }
}

/// Which fields are wanted.
struct Plan {
    steps: u64,
    every: u64,
    quiet: bool,
    clock: Clock,
    nu0: f64,
    stop: Arc<AtomicBool>,
    met: Arc<Mutex<Met>>,
    transforms: Transforms,
    busy: Busy,
}

impl Plan {
    fn facts(&self, n: usize, dtype: Dtype) -> Facts {
        Facts { n, steps: self.steps, dtype, seed: None, clock: self.clock, nu0: self.nu0 }
    }

    fn simulate(
        &self,
        options: &LesOptions,
        first: &[f64],
        file: Option<PathBuf>,
        out: &SyncSender<Result<Frame>>,
    ) -> Result<()> {
        let wide = self.transforms.device() == Device::Cpu && options.dtype.is_f64(options.n);
        let (dtype, kind) = if wide { (Dtype::F64, Kind::F64) } else { (Dtype::F32, Kind::F32) };
        let facts = self.facts(options.n, dtype);
        let mut source = match &self.transforms {
            Transforms::Cpu => Source::Les(Box::new(Les::new(options, first)?), facts),
            #[cfg(feature = "gpu")]
            Transforms::Device(context) => {
                Source::Device(Box::new(crate::spectral::les::gpu::Les::new(context, options, first)?), facts)
            }
        };
        match file {
            None => self.stream(&mut source, None, out),
            Some(path) => {
                let made = source.provenance();
                write_traj(&path, self.steps as usize + 1, options.n, kind, &made, |traj| {
                    self.stream(&mut source, Some(traj), out)
                })
            }
        }
    }

    fn stream(
        &self,
        source: &mut Source<'_, '_>,
        mut file: Option<&mut TrajWriter<'_>>,
        out: &SyncSender<Result<Frame>>,
    ) -> Result<()> {
        let ended = || Error::Interrupted("the run ended before its reference".into());
        let n = source.facts().n;
        let mut field = vec![0.0; n * n];
        for step in 0..=self.steps {
            let wanted = step % self.every == 0 || step == self.steps;
            self.busy.time(1, || match step {
                0 => source.first_into(&mut field),
                _ if wanted || file.is_some() => source.next_into(&mut field),
                _ => source.skip(&mut field),
            })?;
            self.met.lock().unwrap_or_else(PoisonError::into_inner).look(source, self.quiet);
            if let Some(file) = &mut file {
                file.put(&field)?;
            }
            if self.stop.load(Ordering::Relaxed) && step < self.steps {
                return Err(ended());
            }
            if wanted {
                let (energy, enstrophy) = self.busy.time(0, || self.transforms.energies(&field, n))?;
                out.send(Ok(Frame { step, field: field.clone(), energy, enstrophy })).map_err(|_| ended())?;
            }
        }
        Ok(())
    }
}
