//! A course of events: one simulation, and the canvas that shows it.

use std::sync::Arc;

use glam::DVec2;

use crate::{
    app::model::ViewModel,
    error::Result,
    gpu::Context,
    math::BOX,
    params::Params,
    render::{Canvas, Look, Mapping, Picture, camera::Camera, colormap::Colormap},
    sim::{GpuSim, Shown, prepared, settled},
    state::{Propagator, State},
};

/// Nodes along a side before there is a canvas.
pub(crate) const FIRST_NODES: u32 = 64;

/// What a course begins with.
#[derive(Clone, Copy)]
pub struct Beginning<'a> {
    /// Where it begins.
    pub state: &'a State,
    /// Its parameters.
    pub params: &'a Params,
    /// What moves its background instead of the built-in kernels.
    pub propagator: Option<&'a Arc<Propagator>>,
    /// Whether it goes on from a state that was edited or ran: what is drawn stays a filament until a cycle ends.
    pub goes_on: bool,
}

/// Simulation and canvas.
pub struct Course {
    /// The simulation.
    pub sim: GpuSim,
    canvas: Canvas,
    /// Simulated time of a step.
    dt: f64,
}

impl Course {
    /// A course for a target format, decoded on so many nodes until the canvas asks for others.
    ///
    /// # Errors
    /// For parameters that do not fit the state, and where the device has no room.
    pub fn new(context: &Context, format: wgpu::TextureFormat, begin: Beginning<'_>, nodes: [u32; 2]) -> Result<Self> {
        let sim = simulation(context, begin, nodes)?;
        let canvas = Canvas::new(context, format, &sim)?;
        Ok(Self { sim, canvas, dt: begin.params.dt })
    }

    /// Another state on the same simulation, where that has room for it; otherwise `false`, and nothing has changed.
    ///
    /// # Errors
    /// As [`Course::new`].
    pub fn put(&mut self, begin: Beginning<'_>) -> Result<bool> {
        let there = self.sim.put(&ready(begin)?, begin.params)?;
        if there {
            self.dt = begin.params.dt;
        }
        Ok(there)
    }

    /// The canvas of the field as it is decoded now.
    ///
    /// # Errors
    /// Where the device has no room.
    pub fn renew_canvas(&mut self, context: &Context, format: wgpu::TextureFormat) -> Result<()> {
        self.canvas = Canvas::new(context, format, &self.sim)?;
        Ok(())
    }

    /// Live parameters.
    pub fn set_params(&mut self, params: &Params) {
        self.sim.set_params(params);
        self.dt = params.dt;
    }

    /// Records steps, dye, and the decoded field of a canvas of `size` points.
    pub fn encode(&mut self, encoder: &mut wgpu::CommandEncoder, steps: u32, view: &ViewModel, size: DVec2) {
        let (low, extent) = window(&view.camera, size);
        self.sim.views_mut().look(low, extent);
        self.sim.encode_steps(encoder, steps);
        if steps > 0 && view.tracers {
            self.sim.encode_tracers(encoder, self.dt * f64::from(steps));
        }
        self.sim.encode_strokes(encoder, steps);
        self.sim.encode_decode(encoder);
    }

    /// Records the read-backs that were asked for: the last work of a frame.
    pub fn encode_readbacks(&mut self, encoder: &mut wgpu::CommandEncoder) {
        self.sim.encode_readbacks(encoder);
    }

    /// Uploads what the canvas needs.
    ///
    /// # Errors
    /// Where the device has no room.
    pub fn prepare(&mut self, context: &Context, encoder: &mut wgpu::CommandEncoder, look: &Look) -> Result<()> {
        self.canvas.prepare(context, encoder, &self.sim, look)
    }

    /// Draws the canvas into a target of `size` pixels.
    pub fn draw(&self, pass: &mut wgpu::RenderPass<'_>, size: [u32; 2]) {
        self.canvas.draw(pass, size);
    }
}

/// The view in the renderer's words.
pub(crate) fn look(view: &ViewModel, rect_px: [f32; 4], pixels_per_point: f32, phase: f64) -> Look {
    let size = DVec2::new(f64::from(rect_px[2]), f64::from(rect_px[3]));
    Look {
        center: view.camera.center,
        half_extent: view.camera.half_extent(size),
        rect_px,
        range: view.decoded_limit() as f32,
        mapping: Mapping::of(view.picture),
        colormap: Colormap::by_name(&view.colormap).unwrap_or_default(),
        filaments: view.filaments,
        strokes: view.strokes,
        filament_color: view.filament_color,
        tracers: view.tracers,
        trails: view.trails,
        lines: view.lines,
        phase: phase as f32,
        pixels_per_point,
    }
}

/// What the simulation decodes for a picture.
pub(crate) fn shown(picture: Picture) -> Shown {
    match picture {
        // A residual is painted over the flow.
        Picture::Vorticity | Picture::Carrier | Picture::Residual => Shown::Whole,
        Picture::Speed => Shown::Speed,
        Picture::Stream => Shown::Stream,
        Picture::Pressure => Shown::Pressure,
        Picture::Atoms => Shown::Atoms,
        Picture::Background => Shown::Background,
    }
}

/// The state ready to run, its background on the basis that the parameters ask for.
fn ready(begin: Beginning<'_>) -> Result<State> {
    let Beginning { state, params, goes_on, .. } = begin;
    let goes_on = goes_on || state.step > 0;
    let mut state = if goes_on { settled(state, params) } else { prepared(state, params) }?;
    let (basis, cuts) = (state.background.basis(), (params.k_cut, params.resid_mid_cut, params.topk_mid));
    if (basis.k_cut(), basis.resid_mid_cut(), basis.topk_mid()) != cuts {
        state.background = state.background.recut(cuts.0, cuts.1, cuts.2)?;
    }
    Ok(state)
}

/// A simulation of a state that is made ready.
/// The view has so many nodes until the canvas asks for others.
fn simulation(context: &Context, begin: Beginning<'_>, nodes: [u32; 2]) -> Result<GpuSim> {
    let params = Params { n: FIRST_NODES, ..*begin.params };
    let mut sim = GpuSim::with_kernel(context, &ready(begin)?, &params, begin.propagator.map(Arc::as_ref))?;
    sim.resize_view(nodes)?;
    if context.report.software {
        sim.views_mut().spare_dye();
    }
    sim.between_mut().work_beside_frames();
    Ok(sim)
}

/// Lower left corner and sides of the rectangle to decode: the visible one, or the whole box.
fn window(camera: &Camera, size: DVec2) -> (DVec2, DVec2) {
    let half = camera.half_extent(size);
    let low = camera.center - half;
    let axis = |low: f64, extent: f64| if extent >= BOX { (0.0, BOX) } else { (low, extent) };
    let ((x, w), (y, h)) = (axis(low.x, 2.0 * half.x), axis(low.y, 2.0 * half.y));
    (DVec2::new(x, y), DVec2::new(w, h))
}
