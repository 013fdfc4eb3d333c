//! What is learned from: the LES or the trajectory that the arguments ask for.

use std::path::Path;

use super::{DT, LearnArgs, NU0, remark};
use crate::{
    cli::{
        clock::{Clock, assumed, clock},
        source::{Facts, Source},
    },
    error::{Error, Result},
    io::{npy::Kind, traj_file::TrajReader},
    open::of_fields,
    spectral::{Les, LesOptions, RandomField},
    state::{Dtype, Meta},
};

/// An LES from a seeded random field; `say` what is worth a remark.
///
/// # Errors
/// [`Error::Invalid`] for an option out of range; [`Error::Run`] without memory.
pub fn simulation(args: &LearnArgs, say: bool) -> Result<Source<'static, 'static>> {
    let (n, seed) = (args.n.unwrap_or(64), args.seed.unwrap_or(0));
    let options = LesOptions {
        n,
        nu0: args.nu0.unwrap_or(NU0),
        cs: args.cs,
        dt: args.dt.unwrap_or(DT),
        scheme: args.les_scheme.into(),
        substeps: args.substeps,
        dtype: args.dtype.into(),
    };
    options.validate()?;
    let first = RandomField { peak: args.spectrum, rms: args.rms, seed }.field(n)?;
    let les = Les::new(&options, &first)?;
    if les.dropped() > 1e-6 && say && !args.quiet {
        remark(&format!("{:.1e} of the first field's enstrophy lies beyond what N = {n} resolves", les.dropped()));
    }
    let dtype = if options.dtype.is_f64(n) { Dtype::F64 } else { Dtype::F32 };
    let clock = Clock { dt: options.dt, from: if args.dt.is_some() { "flag" } else { "default" } };
    Ok(Source::Les(Box::new(les), Facts { n, steps: args.steps, dtype, seed: Some(seed), clock, nu0: options.nu0 }))
}

/// A trajectory, as far as it goes; `say` how far.
///
/// # Errors
/// [`Error::Usage`] for a file that does not suit the arguments; [`Error::BadFile`] for a viscosity that is none.
pub fn trajectory<'a, 'b>(
    args: &LearnArgs,
    path: &Path,
    traj: &'a mut TrajReader<'b>,
    say: bool,
) -> Result<Source<'a, 'b>> {
    let (n, has) = (traj.n(), traj.frames() as u64 - 1);
    if args.n.is_some_and(|given| given != n) {
        return Err(Error::Usage(format!("--N: expected {n}, the side of the trajectory's fields; leave it out")));
    }
    if has == 0 {
        return Err(Error::Usage("--traj-npz: expected a trajectory of at least 2 fields, found 1".into()));
    }
    if has < args.steps && say {
        remark(&format!("the trajectory has {has} steps; learning from these instead of {}", args.steps));
    }
    let dtype = if matches!(traj.kind(), Kind::F32 | Kind::F16) { Dtype::F32 } else { Dtype::F64 };
    let made = traj.provenance();
    let clock = clock(path, made.dt, args.dt, DT)?;
    if clock.from == "assumed" && say {
        remark(&format!("warning: {}", assumed(path, clock.dt)));
    }
    let said: Vec<_> = args.nu0.map(|nu0| ("nu", nu0)).into_iter().collect();
    let nu0 = of_fields(path, &made, &said, Meta::default())?.nu;
    Ok(Source::Traj(traj, Facts { n, steps: has.min(args.steps), dtype, seed: None, clock, nu0 }))
}
