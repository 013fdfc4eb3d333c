//! Where the fields come from: an LES that runs as they are asked for, or a trajectory file.

use super::{LearnArgs, remark};
use crate::{
    error::{Error, Result},
    io::{npy::Kind, traj_file::TrajReader},
    spectral::{Les, LesOptions, RandomField},
    state::Dtype,
};

/// What is known before the first field.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// Side of the grid.
    pub n: usize,
    /// Steps there will be.
    pub steps: u64,
    /// Precision of the fields.
    pub dtype: Dtype,
    /// Seed of the first field, where there is one.
    pub seed: Option<u64>,
}

/// A stream of fields.
pub enum Source<'a, 'b> {
    /// A running simulation.
    Les(Box<Les>, Facts),
    /// The same on a device.
    #[cfg(feature = "gpu")]
    Device(Box<crate::spectral::les::gpu::Les>, Facts),
    /// A file.
    Traj(&'a mut TrajReader<'b>, Facts),
}

impl<'a, 'b> Source<'a, 'b> {
    /// An LES from a seeded random field; `say` what is worth a remark.
    pub fn simulation(args: &LearnArgs, say: bool) -> Result<Self> {
        let (n, seed) = (args.n.unwrap_or(64), args.seed.unwrap_or(0));
        let options = LesOptions {
            n,
            nu0: args.nu0,
            cs: args.cs,
            dt: args.dt,
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
        Ok(Self::Les(Box::new(les), Facts { n, steps: args.steps, dtype, seed: Some(seed) }))
    }

    /// A trajectory, as far as it goes; `say` how far.
    pub fn trajectory(args: &LearnArgs, traj: &'a mut TrajReader<'b>, say: bool) -> Result<Self> {
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
        let dtype = if traj.kind() == Kind::F32 { Dtype::F32 } else { Dtype::F64 };
        Ok(Self::Traj(traj, Facts { n, steps: has.min(args.steps), dtype, seed: None }))
    }

    /// What is known of it.
    pub fn facts(&self) -> Facts {
        match self {
            Self::Les(_, facts) | Self::Traj(_, facts) => *facts,
            #[cfg(feature = "gpu")]
            Self::Device(_, facts) => *facts,
        }
    }

    /// The first field.
    pub fn first_into(&mut self, field: &mut [f64]) -> Result<()> {
        match self {
            Self::Les(les, _) => les.field_into(field),
            #[cfg(feature = "gpu")]
            Self::Device(les, _) => les.field().map(|now| field.copy_from_slice(&now)),
            Self::Traj(traj, _) => traj.next_into(field).map(|_| ()),
        }
    }

    /// The next field; at most [`Facts::steps`] times.
    pub fn next_into(&mut self, field: &mut [f64]) -> Result<()> {
        match self {
            Self::Les(les, _) => les.step().and_then(|()| les.field_into(field)),
            #[cfg(feature = "gpu")]
            Self::Device(les, _) => {
                les.advance(1)?;
                les.field().map(|now| field.copy_from_slice(&now))
            }
            Self::Traj(traj, _) => traj.next_into(field).map(|_| ()),
        }
    }

    /// The next field is passed over where it need not be made; at most [`Facts::steps`] times.
    pub fn skip(&mut self, field: &mut [f64]) -> Result<()> {
        match self {
            Self::Les(les, _) => les.step(),
            #[cfg(feature = "gpu")]
            Self::Device(les, _) => les.advance(1),
            Self::Traj(traj, _) => traj.next_into(field).map(|_| ()),
        }
    }

    /// CFL of the last step.
    pub fn cfl(&self) -> Option<f64> {
        match self {
            Self::Les(les, _) => les.cfl(),
            #[cfg(feature = "gpu")]
            Self::Device(les, _) => les.cfl(),
            Self::Traj(..) => None,
        }
    }

    /// Parts of the last step.
    pub fn parts(&self) -> Option<u32> {
        match self {
            Self::Les(les, _) => les.parts(),
            #[cfg(feature = "gpu")]
            Self::Device(les, _) => Some(les.parts()),
            Self::Traj(..) => None,
        }
    }
}
