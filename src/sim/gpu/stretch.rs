//! Stretch and twist on the device, and the circulation that comes back where the proxy changes it.

use crate::{
    error::Result,
    gpu::{Context, Latest},
    ops::{
        buffers::AtomBuffers,
        device::DeviceAtom,
        stretch::{gpu::Passes, stretches, twists},
    },
    params::Params,
};

/// The passes, and the read-back of circulations.
pub(super) struct Stretching {
    pub passes: Passes,
    pub back: Latest<Vec<DeviceAtom>>,
}

impl Stretching {
    /// `None` where nothing is asked of them: they then take neither time nor memory.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device has no room, or a shader does not compile there.
    pub fn new(context: &Context, b: &AtomBuffers, params: &Params) -> Result<Option<Self>> {
        let wanted = stretches(params) || twists(params);
        wanted.then(|| Ok(Self { passes: Passes::new(context, b)?, back: Latest::default() })).transpose()
    }
}
