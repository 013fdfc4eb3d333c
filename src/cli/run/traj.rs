//! What a trajectory file settles before the run: grid, number of steps, and, where nothing else does, the
//! first state and the kernel.

use std::path::Path;

use super::{
    RunArgs,
    start::{Stabilised, Start},
};
use crate::{
    cli::{
        clock::{assumed, clock},
        learn::clamp_words,
        params::run_defaults,
        patient::patiently,
        remark, signal,
    },
    error::{Error, Result},
    io::{At, Provenance, read_traj, traj_file::TrajReader},
    open,
    params::{Kernel, Params},
    perf::{Device, Finding, Ledger, flag},
    spectral::{
        Cuts, Encoder,
        learn::{DEFAULT_RIDGE, Learner, Stability},
    },
    state::{Atoms, Background, Dtype, Meta, Origin, Propagator, State},
};

/// What was read.
pub struct Traj {
    n: usize,
    steps: u64,
    /// What the trajectory says of itself.
    made: Provenance,
    /// The first field, encoded; `None` where the run starts from something else.
    first: Option<Background>,
    /// The kernel fitted to all steps of the run.
    fitted: Option<Propagator>,
    /// How it was made stable.
    stability: Option<Stabilised>,
}

/// Reads what the arguments ask for.
///
/// # Errors
/// [`Error::BadFile`] for a file that is no trajectory, [`Error::Usage`] for one that does not suit the
/// arguments.
pub fn read(args: &RunArgs, path: &Path, ledger: &mut Ledger) -> Result<Traj> {
    let mut params = run_defaults();
    args.given.apply(&mut params)?;
    read_traj(path, |traj| {
        let (n, has) = (traj.n(), traj.frames() as u64 - 1);
        if args.given.has("n") && params.n as usize != n {
            return Err(Error::Usage(format!("--N: expected {n}, the side of the trajectory's fields; leave it out")));
        }
        if has == 0 {
            return Err(At { path, field: "traj" }.bad("at least 2 fields", 1));
        }
        if has < args.steps {
            remark(&format!("the trajectory has {has} steps; the run takes these instead of {}", args.steps));
        }
        let steps = has.min(args.steps);
        // What the command line says must agree before time is spent.
        let made = traj.provenance();
        clock(path, made.dt, given_dt(args, &params), params.dt)?;
        let mut read = Traj { n, steps, made, first: None, fitted: None, stability: None };
        if args.reference.fit_a_from_traj {
            ledger.time("learn", Device::Cpu, || read.fit(args, &params, traj))?;
        } else if args.z0_npz.is_none() && args.scene.is_none() {
            ledger.time("encode", Device::Cpu, || read.encode(args, &params, traj))?;
        }
        Ok(read)
    })
}

/// What an encoder is told of the modes to keep.
const CUTS: [&str; 3] = ["k_cut", "resid_mid_cut", "topk_mid"];

fn given_dt(args: &RunArgs, params: &Params) -> Option<f64> {
    args.given.has("dt").then_some(params.dt)
}

fn cuts(args: &RunArgs, params: &Params) -> Cuts {
    Cuts {
        k_cut: params.k_cut,
        resid_mid_cut: params.resid_mid_cut,
        topk_mid: params.topk_mid,
        dashi_tau: args.reference.dashi_tau,
        dashi_smooth_k: args.reference.dashi_smooth_k,
    }
}

impl Traj {
    fn encode(&mut self, args: &RunArgs, params: &Params, traj: &mut TrajReader<'_>) -> Result<()> {
        let encoder = Encoder::new(self.n, &cuts(args, params))?;
        let mut field = vec![0.0; self.n * self.n];
        traj.next_into(&mut field)?;
        self.first = Some(encoder.encode(&field, &encoder.basis(&field)?)?);
        Ok(())
    }

    fn fit(&mut self, args: &RunArgs, params: &Params, traj: &mut TrajReader<'_>) -> Result<()> {
        let mut field = vec![0.0; self.n * self.n];
        traj.next_into(&mut field)?;
        let mut learner = Learner::new(Encoder::new(self.n, &cuts(args, params))?, &field)?;
        for step in 1..=self.steps {
            traj.next_into(&mut field)?;
            learner.push(&field)?;
            if signal::asked_to_stop() {
                return Err(Error::Interrupted(format!("while fitting, after step {step} of {}", self.steps)));
            }
        }
        // Its dt is settled with the run's.
        let origin = Origin { dtype: Some(Dtype::F64), ..Default::default() };
        let d = learner.first().basis().dimension();
        let what = format!("fitting A, {d} x {d}");
        let (first, fit) = patiently(&what, "nothing was written", args.quiet, move |tell| {
            let fit = learner.fit_telling(DEFAULT_RIDGE, Stability::Clamp, origin, tell)?;
            Ok((learner.first().clone(), fit))
        })?;
        let stability = Stabilised { fitted: fit.radius_fitted, now: fit.radius, how: clamp_words(fit.clamped) };
        if !args.quiet {
            remark(&format!("A fitted to {} steps, ridge {DEFAULT_RIDGE}: {}", self.steps, stability.text()));
        }
        (self.first, self.fitted, self.stability) = (Some(first), Some(fit.propagator), Some(stability));
        Ok(())
    }

    /// The state of the first field, as a file that holds it would start.
    ///
    /// # Errors
    /// [`Error::BadFile`] for numbers of the file that are out of range; [`Error::Invalid`] for parameters that do
    /// not fit.
    pub fn start(&self, args: &RunArgs, path: &Path) -> Result<open::Start> {
        let meta = Meta {
            n: self.n,
            dashi_tau: args.reference.dashi_tau,
            dashi_smooth_k: args.reference.dashi_smooth_k,
            ..Default::default()
        };
        let meta = open::of_fields(path, &self.made, &[], meta)?;
        let background = self.first.clone().unwrap_or_else(Background::empty);
        // The encoder has heard the cuts: its band may be wider, to hold as many modes as asked.
        let said: Vec<_> = args.given.list().iter().filter(|(name, _)| !CUTS.contains(name)).copied().collect();
        let rule = open::Rule { defaults: run_defaults(), said: &[&said], flags: true };
        open::Start::new(open::Source::state(State::new(Atoms::default(), background, meta), path), &rule)
    }

    /// Time step of the run: that of the fields. Where they do not say, a remark.
    fn settle_dt(&self, args: &RunArgs, path: &Path, start: &mut Start) -> Result<Option<Finding>> {
        let given = given_dt(args, &start.params);
        let clock = clock(path, self.made.dt, given, start.params.dt)?;
        if clock.from == "assumed" {
            return Ok(Some(flag::dt_assumed(assumed(path, clock.dt))));
        }
        let a_npz = args.kernel.a_npz.as_deref().filter(|_| !args.kernel.modal);
        if let Some(other) = a_npz.or(args.z0_npz.as_deref()).filter(|_| given.is_none() && clock.dt != start.params.dt)
        {
            return Err(Error::Usage(format!(
                "{} has steps of dt {}, the fields of {} are {} apart: they cannot be compared step by step",
                other.display(),
                start.params.dt,
                path.display(),
                clock.dt
            )));
        }
        start.params.set("dt", clock.dt).map_err(|error| At { path, field: "dt" }.broken(error))?;
        Ok(None)
    }

    /// Grid, steps, time step and kernel of the run; a finding where the time step is a guess.
    ///
    /// # Errors
    /// [`Error::Usage`] or [`Error::BadFile`] where the time step or the modes of another file do not fit the fields.
    pub fn settle(self, args: &RunArgs, path: &Path, start: &mut Start) -> Result<Option<Finding>> {
        start.params.set("n", self.n as f64)?;
        start.steps = self.steps;
        let found = self.settle_dt(args, path, start)?;
        if let Some(mut fitted) = self.fitted {
            fitted.origin.dt = Some(start.params.dt);
            if let Some(path) = &args.z0_npz {
                let fits = fitted.fits(start.state.background.basis());
                fits.map_err(|error| At { path, field: "anchor_idx" }.broken(error))?;
            }
            start.params.kernel = Kernel::Linear;
            (start.propagator, start.stability) = (Some(fitted), self.stability);
        }
        Ok(found)
    }
}
