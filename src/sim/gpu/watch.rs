//! State and whole field of one instant for a thread that measures: nothing inside a frame waits, and the dye
//! is not needed.

use glam::DVec2;

use super::{DeviceBackground, FieldTarget, GpuSim, seen::StateCopy};
use crate::{
    error::{Error, Result},
    gpu::readback::items,
    math::BOX,
    ops::window::Window,
    params::Kernel,
    sim::vitals::{Vitals, vitals},
    state::State,
};

/// Nodes of the field along a side.
pub const SIDE: u32 = 256;

/// The grid, made when it is first needed, and a copy on its way.
#[derive(Default)]
pub(super) struct Watch {
    target: Option<FieldTarget>,
    asked: bool,
    copy: Option<StateCopy>,
    fault: Option<Error>,
}

/// State and field of one instant, ready for another thread.
pub struct Glimpse {
    state: State,
    field: Vec<f32>,
    /// The header is that of the state.
    header_known: bool,
}

impl Glimpse {
    /// Takes some milliseconds.
    pub fn vitals(&self) -> Vitals {
        let found = vitals(&self.state, &self.field, SIDE as usize);
        Vitals { unresolved: found.unresolved.filter(|_| self.header_known), ..found }
    }
}

impl GpuSim {
    /// The next frame decodes the whole box and copies field and state, unless a copy is on its way.
    pub fn ask_glimpse(&mut self) {
        self.probes.watch.asked = true;
    }

    /// Whether a frame is to record a copy.
    pub fn wants_glimpse(&self) -> bool {
        self.probes.watch.asked && self.probes.watch.copy.is_none()
    }

    /// Whether one was asked for and is not there yet.
    pub fn is_watching(&self) -> bool {
        self.probes.watch.asked || self.probes.watch.copy.is_some()
    }

    /// Records decode and copies; the segments of the raster are made anew.
    pub(super) fn copy_glimpse(&mut self, encoder: &mut wgpu::CommandEncoder) {
        if self.wants_glimpse() {
            self.probes.watch.fault = self.record_glimpse(encoder).err();
        }
    }

    fn record_glimpse(&mut self, encoder: &mut wgpu::CommandEncoder) -> Result<()> {
        self.probes.watch.asked = false;
        let context = self.context.clone();
        let mut target = match self.probes.watch.target.take() {
            Some(target) => target,
            None => {
                let modes = self.background.as_ref().map(DeviceBackground::decoded);
                let mut target = FieldTarget::new(&context, &self.buffers, modes, Window::full(SIDE))?;
                target.look(&context, DVec2::ZERO, DVec2::splat(BOX));
                target
            }
        };
        target.set(&context, self.held.circulation / (BOX * BOX), self.held.awake);
        target.clear(encoder);
        {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            [&self.views.segments].into_iter().chain(target.passes()).for_each(|d| d.encode(&mut pass));
        }
        self.probes.watch.copy = Some(self.copy_state(encoder, Some(target.field())));
        self.probes.watch.target = Some(target);
        Ok(())
    }

    /// What was asked for, once it is there. Never waits.
    ///
    /// # Errors
    /// When the device could not answer.
    pub fn take_glimpse(&mut self) -> Option<Result<Glimpse>> {
        if let Some(fault) = self.probes.watch.fault.take() {
            return Some(Err(fault));
        }
        let bytes = self.probes.watch.copy.as_ref()?.take()?;
        let copy = self.probes.watch.copy.take()?;
        // A learned kernel moves the header with the rest of z, on the device.
        let header_known = self.learned.is_none() || self.params.kernel != Kernel::Linear;
        Some(bytes.and_then(|bytes| {
            let (state, field) = copy.state(&bytes)?;
            let field = field.ok_or_else(|| Error::Run("the field did not come back from the device".into()))?;
            Ok(Glimpse { state, field: items(field, (SIDE * SIDE) as usize), header_known })
        }))
    }
}
