//! What is decoded of the state: the window's view, the flow grid with the dye, curves of strokes, and further windows
//! that exports decode at their own resolution, whatever the screen shows.

use glam::DVec2;

use super::{
    carried::Carried,
    field::FieldTarget,
    flow::FlowGrid,
    held::Held,
    quantity::{Quantities, Shown, bind},
    strokes::Strokes,
};
use crate::{
    error::Result,
    gpu::{Context, Dispatch, Timer},
    math::BOX,
    ops::{raster, window::Window},
    params::Params,
};

/// What is decoded.
pub struct Views {
    context: Context,
    pub(super) view: FieldTarget,
    /// What the view shows, and whether the velocity is wanted besides.
    wanted: (Shown, bool),
    /// What the whole box decides, where it is shown.
    pub(super) quantities: Option<Quantities>,
    pub(super) flow: Option<FlowGrid>,
    /// Curves of strokes that became ellipses.
    pub(super) strokes: Option<Strokes>,
    /// Bins the segments for every raster.
    pub(super) segments: Dispatch,
}

impl Views {
    /// A view of `params.n` nodes along a side, and dye where there is to be any.
    ///
    /// # Errors
    /// Where the device has no room, or a shader does not compile there.
    pub(super) fn new(held: &Held, params: &Params) -> Result<Self> {
        let context = held.context.clone();
        let view = FieldTarget::new(&context, &held.buffers, held.modes(), Window::full(params.n))?;
        let side = if context.report.software { 64 } else { 512 };
        let flow = match params.tracers {
            0 => None,
            count => Some(FlowGrid::new(&context, &held.buffers, held.modes(), side, count)?),
        };
        let segments = raster::gpu::segments(&context, &held.buffers, false)?;
        Ok(Self { context, view, wanted: (Shown::Whole, false), quantities: None, flow, strokes: None, segments })
    }

    /// The view's grid: its window can be moved between frames.
    pub fn view(&self) -> &FieldTarget {
        &self.view
    }

    /// Moves the view to a rectangle of the box.
    pub fn look(&mut self, low: DVec2, extent: DVec2) {
        self.view.look(&self.context, low, extent);
    }

    /// The flow grid and dye, if there is dye.
    pub fn flow(&self) -> Option<&FlowGrid> {
        self.flow.as_ref()
    }

    /// The curves of strokes, where there are any.
    pub fn strokes(&self) -> Option<&Strokes> {
        self.strokes.as_ref()
    }

    /// What the view shows.
    pub fn shown(&self) -> Shown {
        self.wanted.0
    }

    /// Velocity of the whole box, `[u, v]` on a square grid without the mean flow, and its side; `None` unless
    /// something of it is shown.
    pub fn velocity(&self) -> Option<(&wgpu::Buffer, u32)> {
        self.quantities.as_ref().and_then(Quantities::velocity)
    }

    /// Lets the dye move at half the rate and half as exactly: for a window on a software adapter.
    pub fn spare_dye(&mut self) {
        if let Some(flow) = &mut self.flow {
            flow.sparing = true;
        }
    }

    /// The dye goes on where that of another simulation was, if there is as much of it.
    pub fn take_dye(&mut self, other: &Self) {
        let (Some(mine), Some(theirs)) = (&mut self.flow, &other.flow) else { return };
        if mine.dye.count == theirs.dye.count {
            let (old, new) = (&theirs.dye.places, &mine.dye.places);
            let mut encoder = self.context.device.create_command_encoder(&Default::default());
            encoder.copy_buffer_to_buffer(old, 0, new, 0, old.size());
            self.context.queue.submit([encoder.finish()]);
        }
    }

    /// Pictures that operators made of the last decode, by their names: rows from the bottom, RGBA. Waits for the device.
    ///
    /// # Errors
    /// When the device does not answer.
    pub fn images(&self) -> Result<Vec<(String, Vec<u8>)>> {
        self.view.images(&self.context)
    }

    /// Bytes of its grids.
    pub(super) fn bytes(&self) -> u64 {
        self.view.bytes()
            + self.quantities.as_ref().map_or(0, Quantities::bytes)
            + self.flow.as_ref().map_or(0, FlowGrid::bytes)
            + self.strokes.as_ref().map_or(0, Strokes::bytes)
    }

    /// Mean vorticity and mean flow of the state, and whether its background is awake.
    pub(super) fn set(&mut self, held: &Held) {
        let (c, mean, awake) = (&self.context, held.mean(), held.known.awake);
        self.view.set(c, mean, awake);
        self.view.drift(c, held.drift());
        if let Some(quantities) = &mut self.quantities {
            quantities.set(c, mean, awake);
        }
        if let Some(flow) = &mut self.flow {
            flow.set(c, mean, awake);
        }
    }

    /// What the view shows from the next decode on, and whether the velocity of the whole box is wanted besides;
    /// `side` is that of the grid for what the whole box decides. Whether it is another picture than before: what was
    /// measured of that is forgotten.
    ///
    /// # Errors
    /// Where the device has no room: something else is to be shown then.
    pub(super) fn show(&mut self, held: &Held, shown: Shown, velocity: bool, side: u32) -> Result<bool> {
        let wanted = (shown, velocity);
        if wanted == self.wanted && self.quantities.as_ref().is_none_or(|q| q.side == side) {
            return Ok(false);
        }
        let needed = velocity || shown.parts().is_none();
        let mut quantities = self.quantities.take().filter(|q| needed && q.side == side);
        if needed && quantities.is_none() {
            let mut made = Quantities::new(&self.context, &held.buffers, held.modes(), side)?;
            made.set(&self.context, held.mean(), held.known.awake);
            quantities = Some(made);
        }
        if let Some(quantities) = &mut quantities {
            quantities.want(&self.context, shown, velocity)?;
        }
        let other = shown != self.wanted.0;
        (self.quantities, self.wanted) = (quantities, wanted);
        if other {
            self.view.forget_readbacks();
        }
        self.bind(held)?;
        Ok(other)
    }

    /// Binds the view to what it shows.
    fn bind(&mut self, held: &Held) -> Result<()> {
        bind(&self.context, &mut self.view, self.wanted.0, self.quantities.as_ref(), held.drift())
    }

    /// Another grid to decode on, operators included.
    pub(super) fn replace(&mut self, held: &Held, view: FieldTarget) -> Result<()> {
        self.view = view;
        self.view.set(&self.context, held.mean(), held.known.awake);
        self.bind(held)?;
        self.view.set_operators(&self.context, held.operators())
    }

    /// Other numbers of nodes along x and y for the view; whether they are others. Operators of the user begin anew.
    ///
    /// # Errors
    /// Where the device has no room; then nothing has changed.
    pub(super) fn resize(&mut self, held: &Held, size: [u32; 2]) -> Result<bool> {
        if self.view.window().size == size {
            return Ok(false);
        }
        let window = Window::view([0.0; 2], [BOX; 2], size);
        self.replace(held, FieldTarget::new(&self.context, &held.buffers, held.modes(), window)?)?;
        Ok(true)
    }

    /// A further window of so many nodes along x and y, the whole box at first, of vorticity or of what the view shows;
    /// operators of the user act on it, too, their state zero.
    ///
    /// # Errors
    /// Where the device has no room, or an operator does not pass its trial.
    pub fn target(&self, held: &Held, size: [u32; 2], shown: Shown) -> Result<FieldTarget> {
        let window = Window::view([0.0; 2], [BOX; 2], size);
        let mut target = FieldTarget::new(&self.context, &held.buffers, held.modes(), window)?;
        bind(&self.context, &mut target, shown, self.quantities.as_ref(), held.drift())?;
        if !held.operators().is_empty() {
            target.set_operators(&self.context, held.operators())?;
        }
        Ok(target)
    }

    /// Records the decode onto a further window; not timed.
    pub fn decode_onto(&self, held: &Held, encoder: &mut wgpu::CommandEncoder, target: &mut FieldTarget) {
        target.set(&self.context, held.mean(), held.known.awake);
        target.clear(encoder);
        let mut pass = encoder.begin_compute_pass(&Default::default());
        self.segments.encode(&mut pass);
        target.passes().for_each(|dispatch| dispatch.encode(&mut pass));
    }

    /// Leaves the raster out of what windows decode where parcels are shown in place of every atom.
    /// Says whether it is so.
    fn spare_raster(&mut self, held: &Held) -> bool {
        let (context, alone) = (&self.context, held.carried.as_ref().is_some_and(Carried::shows_all));
        self.view.parcels_alone(context, alone);
        self.quantities.iter_mut().for_each(|quantities| quantities.parcels_alone(context, alone));
        self.flow.iter_mut().for_each(|flow| flow.target.parcels_alone(context, alone));
        self.strokes.iter_mut().for_each(|strokes| strokes.parcels_alone(context, alone));
        alone
    }

    /// Records the decode of the view: raster, low_k, compose; or what it shows instead.
    pub(super) fn decode(&mut self, held: &Held, timer: &Timer, encoder: &mut wgpu::CommandEncoder) {
        let alone = self.spare_raster(held);
        self.view.clear(encoder);
        self.quantities.iter().for_each(|quantities| quantities.clear(encoder));
        let mut pass = encoder.begin_compute_pass(&Default::default()).forget_lifetime();
        if !alone {
            timer.run(&mut pass, &self.segments, true);
        }
        self.quantities.iter().flat_map(Quantities::passes).for_each(|d| timer.run(&mut pass, d, true));
        self.view.passes().for_each(|d| timer.run(&mut pass, d, true));
    }

    /// Records the dye's move over `dt`: decode on the flow grid, poisson, tracers.
    pub(super) fn move_dye(&mut self, held: &Held, timer: &Timer, encoder: &mut wgpu::CommandEncoder, dt: f64) {
        let alone = self.spare_raster(held);
        let Some(flow) = &mut self.flow else { return };
        let Some((dt, fresh)) = flow.due(dt) else { return };
        flow.dye.set(&self.context, dt, held.drift());
        if fresh {
            flow.target.clear(encoder);
            let mut pass = encoder.begin_compute_pass(&Default::default()).forget_lifetime();
            if !alone {
                timer.run(&mut pass, &self.segments, true);
            }
            flow.velocity_passes().for_each(|d| timer.run(&mut pass, d, true));
            drop(pass);
            flow.dye.take_velocity(encoder);
        }
        let mut pass = encoder.begin_compute_pass(&Default::default()).forget_lifetime();
        timer.run(&mut pass, &flow.dye.pass, true);
    }

    /// Records the move of the curves over these steps, after them.
    pub(super) fn move_strokes(&mut self, held: &Held, timer: &Timer, encoder: &mut wgpu::CommandEncoder, steps: u32) {
        let alone = self.spare_raster(held);
        if let Some(strokes) = self.strokes.as_mut().filter(|_| steps > 0) {
            strokes.encode(held, timer, encoder, (!alone).then_some(&self.segments), steps);
        }
    }

    /// Shows more curves; `at` is the grid's background.
    ///
    /// # Errors
    /// Where the device has no room.
    pub(super) fn show_strokes(&mut self, held: &Held, curves: &[crate::state::Stroke]) -> Result<()> {
        if curves.is_empty() {
            return Ok(());
        }
        let mut strokes = match self.strokes.take() {
            Some(strokes) => strokes,
            None => Strokes::new(held)?,
        };
        curves.iter().for_each(|stroke| strokes.put(&self.context, stroke.clone()));
        self.strokes = Some(strokes);
        Ok(())
    }

    /// Records the read-backs; `probe` is a place of the box.
    pub(super) fn ask(&mut self, encoder: &mut wgpu::CommandEncoder, probe: Option<DVec2>) {
        self.view.ask(&self.context, encoder, probe);
        if let Some(flow) = &mut self.flow {
            flow.ask(&self.context, encoder);
        }
        if let Some(quantities) = &mut self.quantities {
            quantities.ask(&self.context, encoder);
        }
    }

    /// Newest finished `(energy, enstrophy)`, means over the box, of the finer grid that has them. Never waits.
    pub(super) fn take_sums(&mut self) -> Option<(f64, f64)> {
        let finer = self.quantities.as_mut().and_then(Quantities::take_sums);
        let coarse = self.flow.as_mut().and_then(FlowGrid::take_sums);
        finer.or(coarse)
    }
}
