//! A second course of events beside the first: its own simulation on the same device, in the same frames.

use super::{
    Device,
    course::{Beginning, Course, look},
};
use crate::{
    app::model::{TwinModel, ViewModel},
    error::Result,
    params::Params,
    state::State,
};

impl Device {
    /// Starts a second course from a state, with parameters of its own.
    ///
    /// # Errors
    /// As [`Course::new`].
    pub fn begin_beside(&mut self, state: &State, params: &Params) -> Result<()> {
        let begin = Beginning { state, params, propagator: self.propagator.as_ref(), goes_on: true };
        let nodes = self.main.sim.view().window().size;
        self.beside = Some(Course::new(&self.context, self.format, begin, nodes)?);
        Ok(())
    }

    /// Steps that it can take now; no bound without one.
    pub(super) fn beside_allows(&self) -> u32 {
        self.beside.as_ref().map_or(u32::MAX, |course| course.sim.steps_allowed())
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

    /// Takes in its read-backs; why its passes ended, if they did.
    pub fn harvest_beside(&mut self, model: &mut Option<TwinModel>) -> Option<crate::Error> {
        let course = self.beside.as_mut()?;
        course.sim.harvest();
        if let Some(model) = model {
            let counters = course.sim.counters();
            (model.time, model.step) = (course.sim.time(), course.sim.step());
            model.atoms = counters.atoms as usize;
        }
        course.sim.take_fault()
    }
}
