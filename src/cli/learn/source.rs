//! Where the fields come from: an LES that runs as they are asked for, or a trajectory file.

use std::path::Path;

use super::{Clock, DT, LearnArgs, NU0, remark};
use crate::{
    cli::les::{assumed, clock},
    error::{Error, Result},
    io::{Provenance, npy::Kind, traj_file::TrajReader},
    open::of_fields,
    spectral::{Les, LesOptions, RandomField, les::LesScheme},
    state::{Dtype, Meta},
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
    /// Time between two of them.
    pub clock: Clock,
    /// Viscosity.
    pub nu0: f64,
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
        Ok(Self::Les(Box::new(les), Facts { n, steps: args.steps, dtype, seed: Some(seed), clock, nu0: options.nu0 }))
    }

    /// A trajectory, as far as it goes; `say` how far.
    pub fn trajectory(args: &LearnArgs, path: &Path, traj: &'a mut TrajReader<'b>, say: bool) -> Result<Self> {
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
        let made = traj.provenance();
        let clock = clock(path, made.dt, args.dt, DT)?;
        if clock.from == "assumed" && say {
            remark(&format!("warning: {}", assumed(path, clock.dt)));
        }
        let said: Vec<_> = args.nu0.map(|nu0| ("nu", nu0)).into_iter().collect();
        let nu0 = of_fields(path, &made, &said, Meta::default())?.nu;
        Ok(Self::Traj(traj, Facts { n, steps: has.min(args.steps), dtype, seed: None, clock, nu0 }))
    }

    /// What is known of it.
    pub fn facts(&self) -> Facts {
        match self {
            Self::Les(_, facts) | Self::Traj(_, facts) => *facts,
            #[cfg(feature = "gpu")]
            Self::Device(_, facts) => *facts,
        }
    }

    /// The simulation's options, where it is one.
    fn options(&self) -> Option<&LesOptions> {
        match self {
            Self::Les(les, _) => Some(les.options()),
            #[cfg(feature = "gpu")]
            Self::Device(les, _) => Some(les.options()),
            Self::Traj(..) => None,
        }
    }

    /// Its time scheme.
    pub fn scheme(&self) -> Option<LesScheme> {
        self.options().map(|options| options.scheme)
    }

    /// What a file of its fields is to say.
    pub fn provenance(&self) -> Provenance {
        match self {
            Self::Traj(traj, _) => traj.provenance(),
            _ => self.options().map_or_else(Provenance::default, |o| Provenance {
                dt: Some(o.dt),
                nu0: Some(o.nu0),
                cs: Some(o.cs),
                scheme: Some(o.scheme.stages()),
            }),
        }
    }

    /// Largest growth of enstrophy over its lowest, of the lowest.
    pub fn growth(&self) -> Option<f64> {
        match self {
            Self::Les(les, _) => Some(les.growth()),
            #[cfg(feature = "gpu")]
            Self::Device(les, _) => Some(les.growth()),
            Self::Traj(..) => None,
        }
    }

    /// Whether that is beyond rounding.
    pub fn grew(&self) -> bool {
        match self {
            Self::Les(les, _) => les.grew(),
            #[cfg(feature = "gpu")]
            Self::Device(les, _) => les.grew(),
            Self::Traj(..) => false,
        }
    }

    /// That steps are divided, once.
    pub fn remark(&mut self) -> Option<String> {
        match self {
            Self::Les(les, _) => les.remark(),
            #[cfg(feature = "gpu")]
            Self::Device(les, _) => les.remark(),
            Self::Traj(..) => None,
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
