//! Dye on the canvas: particles counted on its pixels, and what their trails leave.

use crate::{
    error::Result,
    gpu::{Context, Dispatch, Uniform, buffer::storage, dispatch::groups},
    sim::FlowGrid,
};

/// Threads of a workgroup of the pass that counts dye on the canvas.
pub const SPLAT_WORKGROUP: crate::layout::Workgroup =
    crate::layout::Workgroup { shader: "tracers_splat", size: [64, 1, 1] };

/// Threads of a workgroup of the pass that fades trails.
pub const TRAILS_WORKGROUP: crate::layout::Workgroup =
    crate::layout::Workgroup { shader: "render_trails", size: [64, 1, 1] };

/// Parts of a particle that trails are counted in.
const TRAIL_UNITS: f64 = 64.0;
/// Steps after which a trail has lost most of its strength.
const TRAIL_STEPS: f64 = 36.0;
/// One particle of so many leaves a trail and is shown: more would make a haze. The first ones, as the sequence that
/// they start from covers the box evenly at any length.
const TRAIL_SHARE: u32 = 24;

/// What shaders are told of the dye.
pub struct DyeView {
    /// Opacity of a particle; 0 where there is none to show.
    pub alpha: f32,
    /// Particles.
    pub count: u32,
    /// Threads in a row of workgroups.
    pub row: u32,
    /// Particles that a unit of a count stands for.
    pub unit: f32,
}

/// Counts of particles on the pixels of the canvas.
pub struct Dye {
    counts: wgpu::Buffer,
    size: [u32; 2],
    splat: Option<Dispatch>,
    trails: Option<Trails>,
    /// Moves of the dye at the last count.
    moves: u64,
    /// The counts are made anew in this frame.
    due: bool,
}

/// Faded counts of the frames before.
struct Trails {
    faded: wgpu::Buffer,
    fade: Uniform<f32>,
    pass: Dispatch,
    /// Time that the dye had moved for at the last count.
    moved: f64,
}

impl Trails {
    fn new(context: &Context, counts: &wgpu::Buffer, cells: usize) -> Result<Self> {
        let faded = storage::<u32>(context, "trails on the canvas", cells)?;
        let fade = Uniform::new(context, "fade", 0.0);
        let blocks = groups(cells, TRAILS_WORKGROUP.size[0]);
        let blocks = [blocks.min(32_768), blocks.div_ceil(32_768), 1];
        let constants = [("TRAIL_UNITS", TRAIL_UNITS)];
        let pass = Dispatch::new(context, "render_trails", &constants, &[fade.buffer(), counts, &faded], blocks)?;
        Ok(Self { faded, fade, pass, moved: 0.0 })
    }
}

impl Dye {
    /// None yet.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device has no room.
    pub fn new(context: &Context) -> Result<Self> {
        let counts = storage::<u32>(context, "dye on the canvas", 1)?;
        Ok(Self { counts, size: [1, 1], splat: None, trails: None, moves: u64::MAX, due: false })
    }

    /// What the canvas reads.
    pub fn shown(&self) -> &wgpu::Buffer {
        self.trails.as_ref().map_or(&self.counts, |trails| &trails.faded)
    }

    /// Makes room for a canvas of `size` pixels, and for trails where they are wanted; says whether
    /// [`Self::shown`] is another buffer now.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device has no room, or a shader does not compile there.
    pub fn bind(
        &mut self,
        context: &Context,
        view: &wgpu::Buffer,
        flow: Option<&FlowGrid>,
        size: [u32; 2],
        trails: bool,
    ) -> Result<bool> {
        let Some(flow) = flow else {
            return Ok(self.trails.take().is_some());
        };
        let cells = size[0] as usize * size[1] as usize;
        let other = self.size != size || self.splat.is_none();
        if other {
            let counts = storage::<u32>(context, "dye on the canvas", cells)?;
            let buffers = [view, &flow.dye.places, &counts];
            self.splat = Some(Dispatch::new(context, "tracers_splat", &[], &buffers, flow.dye.blocks)?);
            (self.counts, self.size, self.moves, self.trails) = (counts, size, u64::MAX, None);
        }
        let switched = self.trails.is_some() != trails;
        if switched {
            self.trails = if trails { Some(Trails::new(context, &self.counts, cells)?) } else { None };
            self.moves = u64::MAX;
        }
        Ok(other || switched)
    }

    /// What shaders are told, for a canvas of `size` pixels.
    pub fn view(&self, flow: Option<&FlowGrid>, size: [u32; 2]) -> DyeView {
        let Some(dye) = flow.map(|flow| &flow.dye).filter(|dye| dye.count > 0) else {
            return DyeView { alpha: 0.0, count: 0, row: SPLAT_WORKGROUP.size[0], unit: 1.0 };
        };
        // The dye is about as dense on the canvas however many particles there are.
        let (count, unit) = match self.trails {
            Some(_) => (dye.count.div_ceil(TRAIL_SHARE), 1.0 / TRAIL_UNITS as f32),
            None => (dye.count, 1.0),
        };
        let per_pixel = f64::from(count) / f64::from(size[0] * size[1]);
        let alpha = (0.06 / per_pixel.max(1e-3)).clamp(0.05, 0.5) as f32;
        DyeView { alpha, count, row: dye.blocks[0] * SPLAT_WORKGROUP.size[0], unit }
    }

    /// Before the passes: counts are due where the dye has moved or the canvas shows another place, and a trail
    /// of another place is none.
    pub fn before(
        &mut self,
        context: &Context,
        encoder: &mut wgpu::CommandEncoder,
        flow: Option<&FlowGrid>,
        dt: f64,
        same_place: bool,
    ) {
        let moves = flow.map_or(0, FlowGrid::moves);
        self.due = flow.is_some_and(|flow| flow.dye.count > 0) && (self.moves != moves || !same_place);
        self.moves = moves;
        if !self.due {
            return;
        }
        encoder.clear_buffer(&self.counts, 0, None);
        if let Some(trails) = &mut self.trails {
            let moved = flow.map_or(0.0, FlowGrid::moved);
            let passed = std::mem::replace(&mut trails.moved, moved);
            let fade = (-(moved - passed).max(0.0) / (TRAIL_STEPS * dt)).exp();
            trails.fade.set(&context.queue, if same_place { fade as f32 } else { 0.0 });
        }
    }

    /// The counting passes, where they are due.
    pub fn passes(&self) -> impl Iterator<Item = &Dispatch> {
        self.splat.iter().chain(self.trails.iter().map(|trails| &trails.pass)).filter(|_| self.due)
    }
}
