//! A second course of events beside the first: its own simulation on the same device, in the same frames.

use super::{
    Device,
    course::{Beginning, look},
};
use crate::{app::model::ViewModel, error::Result, params::Params, state::State};

impl Device {
    /// Starts a second course from a state, with parameters of its own.
    ///
    /// # Errors
    /// As [`crate::app::device::course::Course::new`].
    pub fn begin_beside(&mut self, state: &State, params: &Params) -> Result<()> {
        let begin = Beginning { state, params, propagator: None, goes_on: true };
        let propagator = self.propagator.clone();
        let begin = Beginning { propagator: propagator.as_ref(), ..begin };
        self.beside = Some(self.another(begin)?);
        Ok(())
    }

    /// Uploads what its picture needs; `rect_px` is left, top, width, height in the target.
    ///
    /// # Errors
    /// Where the device has no room.
    pub fn prepare_beside(
        &mut self,
        encoder: &mut wgpu::CommandEncoder,
        view: &ViewModel,
        rect_px: [f32; 4],
        pixels_per_point: f32,
    ) -> Result<()> {
        let look = look(view, rect_px, pixels_per_point, self.phase.0);
        self.beside.as_mut().map_or(Ok(()), |course| course.prepare(&self.context, encoder, &look))
    }
}
