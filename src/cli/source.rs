//! Where the fields come from: an LES that runs as they are asked for, or a trajectory file.

use super::clock::Clock;
use crate::{
    error::Result,
    io::{Provenance, traj_file::TrajReader},
    spectral::{Les, LesOptions, les::LesScheme},
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
    /// Time between two of them.
    pub clock: Clock,
    /// Viscosity.
    pub nu0: f64,
}

/// A stream of fields.
pub enum Source<'a, 'b> {
    /// A running simulation.
    Les(Box<Les>, Facts),
    /// A running simulation on a device.
    #[cfg(feature = "gpu")]
    Device(Box<crate::spectral::les::gpu::Les>, Facts),
    /// A trajectory file.
    Traj(&'a mut TrajReader<'b>, Facts),
}

impl Source<'_, '_> {
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

    /// Time scheme of the LES; `None` for a file.
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

    /// The sentence that steps are divided, once.
    pub fn remark(&mut self) -> Option<String> {
        match self {
            Self::Les(les, _) => les.remark(),
            #[cfg(feature = "gpu")]
            Self::Device(les, _) => les.remark(),
            Self::Traj(..) => None,
        }
    }

    /// The first field.
    ///
    /// # Errors
    /// [`crate::Error::BadFile`] for a file that ends early; [`crate::Error::Run`] where the device does not answer.
    pub fn first_into(&mut self, field: &mut [f64]) -> Result<()> {
        match self {
            Self::Les(les, _) => les.field_into(field),
            #[cfg(feature = "gpu")]
            Self::Device(les, _) => les.field().map(|now| field.copy_from_slice(&now)),
            Self::Traj(traj, _) => traj.next_into(field).map(|_| ()),
        }
    }

    /// The next field; at most [`Facts::steps`] times.
    ///
    /// # Errors
    /// As [`Source::first_into`]; [`crate::Error::Run`] where a step of the LES is not stable.
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
    ///
    /// # Errors
    /// As [`Source::next_into`].
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
