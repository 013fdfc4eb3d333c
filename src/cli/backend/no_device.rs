//! A build without GPU code: whoever asks for a device is told so.

use super::{Chosen, Wish};
use crate::{
    error::{Error, Result},
    lab::Place,
    params::Params,
    state::{Propagator, State},
};

/// What stands for a device in a build without one: nothing.
pub(super) enum Context {}

pub(super) fn device(wish: &Wish) -> Result<Context> {
    Err(no_gpu_code(wish.adapter))
}

/// Says that this build has none.
///
/// # Errors
/// [`Error::NoGpu`], always.
pub fn place(adapter: Option<&str>, _: bool) -> Result<Place> {
    Err(no_gpu_code(adapter))
}

fn no_gpu_code(adapter: Option<&str>) -> Error {
    let asked = adapter.map(|name| format!("adapter {name} cannot be used: ")).unwrap_or_default();
    Error::NoGpu(format!("{asked}this build has no GPU code; build it with `--features gpu`"))
}

pub(super) fn room(context: &Context, _: &Params) -> Result<()> {
    match *context {}
}

/// No operator runs without a device.
pub(super) fn operated(_: &Wish, _: &State, _: &Params, _: Option<&Propagator>) -> Result<Option<Chosen>> {
    Ok(None)
}

pub(super) fn on_device(_: &Wish, context: &Context, _: &State, _: &Params, _: Option<&Propagator>) -> Result<Chosen> {
    match *context {}
}

pub(super) fn alone_on_device(_: &Wish, context: &Context, _: &State, _: &Params, _: Propagator) -> Result<Chosen> {
    match *context {}
}
