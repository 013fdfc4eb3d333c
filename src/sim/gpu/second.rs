//! Further windows onto the running state: exports decode at their own resolution, whatever the screen shows.

use super::{FieldTarget, GpuSim, Shown, background::DeviceBackground};
use crate::{error::Result, math::BOX, ops::window::Window};

impl GpuSim {
    /// A window of so many nodes along x and y, the whole box at first, of vorticity or of what the view shows; operators of the user act on it, too,
    /// their state zero.
    ///
    /// # Errors
    /// Where the device has no room, or an operator does not pass its trial.
    pub fn target(&self, size: [u32; 2], shown: Shown) -> Result<FieldTarget> {
        let modes = self.background.as_ref().map(DeviceBackground::decoded);
        let window = Window::view([0.0; 2], [BOX; 2], size);
        let mut target = FieldTarget::new(&self.context, &self.buffers, modes, window)?;
        self.bind_target(&mut target, shown)?;
        if !self.operators.list.is_empty() {
            target.set_operators(&self.context, &self.operators.list)?;
        }
        Ok(target)
    }

    /// Records the decode onto it; not timed.
    pub fn encode_decode_onto(&self, encoder: &mut wgpu::CommandEncoder, target: &mut FieldTarget) {
        target.set(&self.context, self.held.circulation / (BOX * BOX), self.held.awake);
        target.clear(encoder);
        let mut pass = encoder.begin_compute_pass(&Default::default());
        self.views.segments.encode(&mut pass);
        target.passes().for_each(|dispatch| dispatch.encode(&mut pass));
    }
}
