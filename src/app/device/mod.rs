//! The only place where the window meets the GPU's simulation and rendering. A lost device is replaced as a whole.

mod awaited;
mod beside;
pub mod course;
pub mod faults;
pub mod operators;
pub mod readout;
pub mod shots;
pub mod stages;

use std::{sync::Arc, time::Instant};

use glam::DVec2;

use self::{
    awaited::Awaited,
    course::{Beginning, Course, FIRST_NODES, look, shown},
    faults::Faults,
    operators::Operators,
    shots::Shots,
};
use crate::{
    app::model::ViewModel,
    error::{Error, Result},
    gpu::Context,
    params::Params,
    render::Lines,
    sim::Beside,
    state::{Atoms, Propagator, State},
};

/// Side of the reference LES's grid on hardware, and beside a software adapter.
const SIDE: u32 = 256;
const SOFTWARE_SIDE: u32 = 128;
/// Side of the grid for what the whole box decides, on hardware and on a software adapter.
const GRID: [u32; 2] = [1024, 128];
/// Pixels of the canvas a node of the decode, there.
const PIXELS: [f64; 2] = [1.0, 3.0];
/// Real time in which the window of flow lines runs once along them.
const LINES_S: f64 = 1.6;
/// Its Smagorinsky constant.
const CS: f64 = 0.17;

/// The device, what it computes, and what was asked of it.
pub struct Device {
    context: Context,
    format: wgpu::TextureFormat,
    /// The course of events that the window is about.
    pub main: Course,
    /// A second one beside it, in the same frames.
    pub beside: Option<Course>,
    /// Most nodes of the decode along a side of the canvas.
    most_nodes: u32,
    /// What moves the background instead of the built-in linear kernel.
    propagator: Option<Arc<Propagator>>,
    /// Operators of the user.
    pub operators: Operators,
    /// Pictures and fields for files.
    pub shots: Shots,
    /// What it complains about, and whether it is lost.
    pub faults: Faults,
    /// Whether the field must be decoded although no time passes.
    pub stale: bool,
    /// How far flow lines have run, 0 to 1, and since when.
    phase: (f64, Option<Instant>),
    /// What answers wait for while frames go on.
    pub awaited: Awaited,
    /// What was put on it so far.
    pub count: Count,
}

/// How often states were put on the device.
#[derive(Clone, Debug, Default)]
pub struct Count {
    /// States that were to go there.
    pub states: u64,
    /// Simulations that were made for them after the first.
    pub simulations: u64,
    /// Numbers of the states that a fault for tests refuses.
    pub refuse: Vec<u64>,
}

impl Count {
    fn put(&mut self) -> Result<()> {
        self.states += 1;
        match self.refuse.contains(&self.states) {
            true => Err(Error::Run(format!("a fault for tests refuses state {} on the device", self.states))),
            false => Ok(()),
        }
    }
}

impl Device {
    /// Simulation and canvas for a target format.
    ///
    /// # Errors
    /// As [`Course::new`].
    pub fn new(context: Context, format: wgpu::TextureFormat, state: &State, params: &Params) -> Result<Self> {
        let begin = Beginning { state, params, propagator: None, goes_on: false };
        let main = Course::new(&context, format, begin, [FIRST_NODES; 2])?;
        let faults = Faults::watch(&context.device);
        Ok(Self {
            context,
            format,
            main,
            beside: None,
            most_nodes: params.n,
            propagator: None,
            operators: Operators::default(),
            shots: Shots::default(),
            faults,
            stale: true,
            phase: (0.0, None),
            awaited: Awaited::default(),
            count: Count::default(),
        })
    }

    /// Whether read-backs are on their way, which are heard by asking the device.
    pub fn is_waiting(&self) -> bool {
        self.main.sim.probes().watch.is_asked() || self.main.sim.probes().check.is_asked() || self.is_expecting_a_copy()
    }

    /// The device, its queue and its adapter.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Another state, with its parameters and the matrix that moves its background, if one does; on failure the old one
    /// stays with its own. After an edit of `before` the simulation stays where it has room, the atoms that the edit left
    /// alone keep their age, and the dye its places.
    ///
    /// # Errors
    /// For parameters that do not fit the state, and where the device has no room.
    pub fn put(
        &mut self,
        state: &State,
        params: &Params,
        propagator: Option<Arc<Propagator>>,
        before: Option<&Atoms>,
    ) -> Result<()> {
        self.count.put()?;
        let begin = Beginning { state, params, propagator: propagator.as_ref(), goes_on: before.is_some() };
        let same_kernel = self.propagator.as_ref().map(Arc::as_ptr) == propagator.as_ref().map(Arc::as_ptr);
        let followed = before.map(|before| {
            let mut births = self.main.sim.held().births().clone();
            births.follow(before, &state.atoms, state.time);
            births
        });
        if let Some(births) = followed.clone().filter(|_| same_kernel)
            && self.main.put(begin)?
        {
            self.main.sim.held_mut().set_births(births);
            self.most_nodes = params.n;
            self.awaited.forget_state();
            return Ok(());
        }
        let mut course = match self.another(begin) {
            Ok(course) => course,
            Err(e) => {
                // Who is put off comes again with the same state.
                self.count.states -= u64::from(self.awaited.puts_off());
                return Err(e);
            }
        };
        if let Some(births) = followed {
            course.sim.held_mut().set_births(births);
            course.sim.views_mut().take_dye(self.main.sim.views());
        }

        // From here on nothing fails.
        self.count.simulations += 1;
        self.awaited.forget_state();
        self.shots.forget();
        (self.main, self.most_nodes, self.propagator) = (course, params.n, propagator);
        self.renew_operators();
        Ok(())
    }

    /// The canvas of the field as it is decoded now.
    fn renew_canvas(&mut self) -> Result<()> {
        self.main.renew_canvas(&self.context, self.format)?;
        self.shots.forget();
        Ok(())
    }

    /// The learned linear kernel.
    pub fn propagator(&self) -> Option<Arc<Propagator>> {
        self.propagator.clone()
    }

    /// Whether a frame is to record a copy although no time passes.
    pub fn is_expecting_a_copy(&self) -> bool {
        let sim = &self.main.sim;
        let waits = |course: &Course| course.sim.between().steps_allowed(course.sim.held()) == 0;
        sim.between().wants_frame() || sim.probes().wants_frame() || self.beside.as_ref().is_some_and(waits)
    }

    /// Steps that every course can take now.
    fn steps_of_courses(&self) -> u32 {
        let courses = [&self.main].into_iter().chain(&self.beside);
        courses.map(|course| course.sim.between().steps_allowed(course.sim.held())).min().unwrap_or(0)
    }

    /// Steps that may be taken now; 0 while a pass or a refit is under way, or an edit waits for the state.
    pub fn steps_allowed(&self) -> u32 {
        let reference = self.main.sim.probes().beside.as_ref();
        match self.awaited.holds_steps() || reference.is_some_and(Beside::is_beginning) {
            true => 0,
            false => self.steps_of_courses(),
        }
    }

    /// Side of the reference LES's grid.
    pub fn side_of_reference(&self) -> u32 {
        if self.context.report.software { SOFTWARE_SIDE } else { SIDE }
    }

    /// Starts the reference LES from the picture's field.
    ///
    /// # Errors
    /// Where the device has no room.
    pub fn begin_reference(&mut self) -> Result<()> {
        self.main.sim.begin_beside(self.side_of_reference(), CS)
    }

    /// What to decode from now on, on how many nodes for a canvas of `size` pixels; says whether the nodes are
    /// others, and the field must be decoded anew.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device has no room for so many nodes.
    pub fn look(&mut self, view: &ViewModel, size: DVec2) -> Result<bool> {
        let software = usize::from(self.context.report.software);
        let nodes = (size / PIXELS[software]).ceil().max(DVec2::splat(16.0));
        // As many along either side as fit, in the canvas's own shape.
        let nodes = nodes * (f64::from(self.most_nodes) / nodes.max_element()).min(1.0);
        let nodes = [nodes.x, nodes.y].map(|n| (n.round() as u32).max(16));
        let mut resized = false;
        for course in [&mut self.main].into_iter().chain(&mut self.beside) {
            let sim = &mut course.sim;
            sim.show(shown(view.picture), view.lines != Lines::None, GRID[software])?;
            resized |= sim.resize_view(nodes)?;
        }
        Ok(resized)
    }

    /// Steps, dye, the decoded field, read-backs.
    pub fn encode(&mut self, encoder: &mut wgpu::CommandEncoder, steps: u32, view: &ViewModel, size: DVec2) {
        self.run_lines(steps > 0 && view.lines_move);
        self.main.encode(encoder, steps, view, size);
        if let Some(beside) = &mut self.beside {
            beside.encode(encoder, steps, view, size);
        }
        self.encode_readbacks(encoder);
    }

    /// Only the read-backs: the picture stands, the cursor may have moved.
    pub fn encode_readbacks(&mut self, encoder: &mut wgpu::CommandEncoder) {
        self.main.encode_readbacks(encoder);
        if let Some(beside) = &mut self.beside {
            beside.encode_readbacks(encoder);
        }
    }

    /// Flow lines run in real time while the flow moves.
    fn run_lines(&mut self, moves: bool) {
        let now = Instant::now();
        if let Some(before) = self.phase.1.filter(|_| moves) {
            let passed = (now - before).as_secs_f64().min(0.2);
            self.phase.0 = (self.phase.0 + passed / LINES_S).fract();
        }
        self.phase.1 = Some(now);
    }

    /// Uploads what the canvas needs; `rect_px` is left, top, width, height in the target.
    ///
    /// # Errors
    /// Where the device has no room.
    pub fn prepare(
        &mut self,
        encoder: &mut wgpu::CommandEncoder,
        view: &ViewModel,
        rect_px: [f32; 4],
        pixels_per_point: f32,
    ) -> Result<()> {
        self.main.prepare(&self.context, encoder, &look(view, rect_px, pixels_per_point, self.phase.0))
    }

    /// Draws the canvases into a target of `size`.
    pub fn draw(&self, pass: &mut wgpu::RenderPass<'_>, size: [u32; 2]) {
        [&self.main].into_iter().chain(&self.beside).for_each(|course| course.draw(pass, size));
    }
}
