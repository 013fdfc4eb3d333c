//! Where ellipses are fitted to a field: the CPU, or a device.

use std::ops::ControlFlow;

use super::{
    backend::{self, Backend},
    remark,
};
use crate::{
    encode::{Encoded, Options, Progress, encode},
    error::{Error, Result},
    lab::Place,
};

/// Flags that choose it.
#[derive(clap::Args)]
pub struct FittingArgs {
    /// Where atoms are fitted: auto takes a hardware GPU where there is one
    #[arg(long, value_enum, default_value = "auto", ignore_case = true)]
    pub backend: Backend,
    /// Any part of an adapter's name
    #[arg(long, value_name = "NAME")]
    pub adapter: Option<String>,
    /// End with exit code 4 where no hardware GPU can be used
    #[arg(long)]
    pub require_gpu: bool,
}

impl FittingArgs {
    /// The place.
    ///
    /// # Errors
    /// [`Error::NoGpu`] under --require-gpu without a hardware adapter; [`Error::Usage`] where flags disagree.
    pub fn place(&self) -> Result<Place> {
        let named = self.require_gpu || self.adapter.is_some();
        if self.backend == Backend::Cpu {
            return match named {
                true => Err(Error::Usage("--backend cpu excludes --adapter and --require-gpu".into())),
                false => Ok(Place::Cpu),
            };
        }
        let asked = self.backend == Backend::Gpu || named;
        // A software adapter fits more slowly than the CPU itself.
        match backend::place(self.adapter.as_deref(), self.require_gpu || !asked) {
            Err(Error::NoGpu(why)) if asked && !self.require_gpu => {
                remark(&format!("error: no suitable GPU, so atoms are fitted on the CPU: {why}"));
                Ok(Place::Cpu)
            }
            Err(Error::NoGpu(_)) if !asked => Ok(Place::Cpu),
            #[cfg(feature = "gpu")]
            Ok(Place::Device(context)) if context.report.software && self.backend == Backend::Gpu => {
                let name = &context.report.name;
                remark(&format!(
                    "error: {name} is software on the CPU: atoms are fitted there, more slowly than by --backend cpu"
                ));
                Ok(Place::Device(context))
            }
            place => place,
        }
    }
}

/// [`encode`] at a place.
///
/// # Errors
/// As [`encode`], and what a device meets.
pub fn encode_at(
    place: &Place,
    field: &[f64],
    n: usize,
    options: &Options,
    progress: &mut dyn FnMut(&Progress) -> ControlFlow<()>,
) -> Result<Encoded> {
    match place {
        Place::Cpu => encode(field, n, options, progress),
        #[cfg(feature = "gpu")]
        Place::Device(context) => {
            let make = |samples, room, bounds| crate::encode::on_device(context, samples, room, bounds);
            crate::encode::encode_with(&make, field, n, options, progress)
        }
    }
}
