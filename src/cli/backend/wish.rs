//! What is asked of a backend: where to run, in which numbers, and what to do where there is no room.

use super::Backend;
use crate::{
    cli::operators::Operators,
    error::{Error, Result},
    sim::kernel::{Form, Precision},
    state::Propagator,
};

/// Numbers to compute in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Dtype {
    /// float64 on the CPU, float32 on a GPU
    #[default]
    Auto,
    /// 32-bit floats
    Float32,
    /// 64-bit floats, on the CPU
    Float64,
    /// Fixed point: the same hash on every machine
    Fixed,
}

/// What was asked for.
pub struct Wish<'a> {
    /// Backend by name.
    pub backend: Backend,
    /// Any part of an adapter's name.
    pub adapter: Option<&'a str>,
    /// No fallback, no software adapter.
    pub require_gpu: bool,
    /// Operators of the user.
    pub operators: Operators,
    /// Whether fields are decoded.
    #[cfg_attr(not(feature = "gpu"), expect(dead_code, reason = "only a device has bounded room"))]
    pub decodes: bool,
    /// Form and numbers of the kernel.
    pub kernel: Alone<'a>,
    /// What to do where the device has no room.
    pub remedy: &'static str,
}

/// What a run that insists on a device can do instead.
pub const ELSEWHERE: &str = "lower it, or --backend cpu";

/// How a kernel is to run.
#[derive(Clone, Copy)]
pub struct Alone<'a> {
    /// In its eigenbasis.
    pub modal: bool,
    /// In these numbers.
    pub dtype: Dtype,
    /// Reads its matrix once more.
    pub again: Option<&'a dyn Fn() -> Result<Propagator>>,
}

impl Alone<'_> {
    pub(super) fn form(self, on_gpu: bool) -> Result<Form> {
        let precision = match self.dtype {
            Dtype::Fixed => return Ok(Form::Fixed),
            Dtype::Float64 if on_gpu => {
                return Err(Error::Usage("float64 runs on the CPU: --backend cpu, or --dtype float32 or fixed".into()));
            }
            Dtype::Float32 => Precision::F32,
            Dtype::Auto if on_gpu => Precision::F32,
            Dtype::Auto | Dtype::Float64 => Precision::F64,
        };
        Ok(if self.modal { Form::Modal(precision) } else { Form::Dense(precision) })
    }
}

impl Wish<'_> {
    /// Why float64 does not run on the device that was asked for; an error where nothing else will do.
    pub(super) fn float64(&self) -> Result<String> {
        let why = "float64 runs on the CPU, a device computes in float32";
        let demanded = |flag: &str| format!("{why}: leave {flag} out, or give --dtype float32");
        match self {
            _ if !self.operators.is_empty() => Err(Error::Usage(demanded("--op"))),
            _ if self.require_gpu => Err(Error::NoGpu(demanded("--require-gpu"))),
            _ => Ok(format!("{why}; --dtype float32 runs there")),
        }
    }

    /// Whether a device was asked for in any way.
    pub(super) fn names_gpu(&self) -> bool {
        self.backend == Backend::Gpu || self.require_gpu || self.adapter.is_some() || !self.operators.is_empty()
    }

    /// The error of a device without room, with what to do instead.
    pub(super) fn elsewhere(&self, error: Error) -> Error {
        match error {
            Error::Invalid { what, expected, found } => {
                Error::Invalid { what, expected, found: format!("{found}: {}", self.remedy) }
            }
            other => other,
        }
    }
}
