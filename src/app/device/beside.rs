//! A second course of events beside the first: its own simulation on the same device, in the same frames.

use glam::DVec2;

use crate::{
    app::{
        device::{Engine, look, simulation, window},
        model::{TwinModel, ViewModel},
        window::Session,
    },
    error::Result,
    params::Params,
    render::Canvas,
    sim::GpuSim,
    state::State,
};

/// Simulation and canvas of the second course.
pub struct Twin {
    pub(crate) sim: GpuSim,
    canvas: Canvas,
    dt: f64,
}

impl Engine {
    /// Starts a second course from a state, with parameters of its own.
    pub fn begin_twin(&mut self, state: &State, params: &Params) -> Result<()> {
        let propagator = self.propagator();
        let nodes = self.sim.view().window().size;
        let sim = simulation(self.context(), state, params, propagator.as_deref(), nodes, true)?;
        let canvas = Canvas::new(self.context(), self.format(), &sim)?;
        self.twin = Some(Twin { sim, canvas, dt: params.dt });
        Ok(())
    }

    /// Ends it.
    pub fn end_twin(&mut self) {
        self.twin = None;
    }

    /// Steps that the second course can take now; no bound without one.
    pub(crate) fn twin_allows(&self) -> u32 {
        self.twin.as_ref().map_or(u32::MAX, |twin| twin.sim.steps_allowed())
    }

    /// Records its steps and its decode, read-backs last.
    pub(crate) fn encode_twin(
        &mut self,
        encoder: &mut wgpu::CommandEncoder,
        steps: u32,
        view: &ViewModel,
        size: DVec2,
    ) {
        let Some(twin) = &mut self.twin else { return };
        let (low, extent) = window(&view.camera, size);
        twin.sim.look(low, extent);
        twin.sim.encode_steps(encoder, steps);
        if steps > 0 && view.tracers {
            twin.sim.encode_tracers(encoder, twin.dt * f64::from(steps));
        }
        twin.sim.encode_strokes(encoder, steps);
        twin.sim.encode_decode(encoder);
        twin.sim.encode_readbacks(encoder);
    }

    /// Its read-backs alone, where work waits for them.
    pub(crate) fn probe_twin(&mut self, encoder: &mut wgpu::CommandEncoder) {
        if let Some(twin) = &mut self.twin {
            twin.sim.encode_readbacks(encoder);
        }
    }

    /// Uploads what its picture needs.
    pub fn prepare_twin(
        &mut self,
        encoder: &mut wgpu::CommandEncoder,
        view: &ViewModel,
        rect_px: [f32; 4],
        pixels_per_point: f32,
    ) -> Result<()> {
        let (context, phase) = (self.context().clone(), self.phase());
        match &mut self.twin {
            Some(twin) => {
                twin.canvas.prepare(&context, encoder, &twin.sim, &look(view, rect_px, pixels_per_point, phase))
            }
            None => Ok(()),
        }
    }

    /// Draws its picture.
    pub fn draw_twin(&self, pass: &mut wgpu::RenderPass<'_>, size: [u32; 2]) {
        if let Some(twin) = &self.twin {
            twin.canvas.draw(pass, size);
        }
    }

    /// Takes in its read-backs; why its passes ended, if they did.
    pub(crate) fn harvest_twin(&mut self, model: &mut Option<TwinModel>) -> Option<crate::Error> {
        let twin = self.twin.as_mut()?;
        twin.sim.after_submit();
        twin.sim.harvest();
        if let Some(model) = model {
            let counters = twin.sim.counters();
            (model.time, model.step) = (twin.sim.time(), twin.sim.step());
            model.atoms = counters.atoms as usize;
        }
        twin.sim.take_fault()
    }
}

impl Session {
    /// A copy goes on beside this course with the parameters as they are now; or the copy ends.
    pub(crate) fn toggle_twin(&mut self) -> Result<()> {
        if self.model.twin.is_some() {
            self.end_twin();
            return Ok(());
        }
        let moment = self.moment()?;
        self.begin_twin("copy".into(), &moment.state, &moment.params)
    }

    /// A course from a state, beside this one.
    pub(crate) fn begin_twin(&mut self, name: String, state: &State, params: &Params) -> Result<()> {
        self.engine.begin_twin(state, params)?;
        self.model.twin = Some(TwinModel { name, time: state.time, step: state.step, ..TwinModel::default() });
        self.stale = true;
        self.clock.forget();
        Ok(())
    }

    pub(crate) fn end_twin(&mut self) {
        self.engine.end_twin();
        (self.model.twin, self.stale) = (None, true);
    }
}
