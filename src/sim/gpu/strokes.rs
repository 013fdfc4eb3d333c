//! Curves of strokes that became ellipses, on the device: points that the flow carries, as it carries dye.
//!
//! They move once a drawn frame, in as many parts as there were steps, in the velocity of the whole field on a grid of
//! their own. There is nothing of this without such a stroke.

use glam::DVec2;

use super::{DeviceBackground, FieldTarget, GpuSim};
use crate::{
    error::Result,
    gpu::{Context, buffer::filled, readback::items, upload},
    math::{BOX, from_turns, to_turns},
    ops::{poisson::gpu::Poisson, tracers::gpu::Dye, window::Window},
    state::{Atom, MOST_STROKES, STROKE_POINTS, Sign, Stroke},
};

/// Side of the grid on hardware and on a software adapter.
const SIDE: [u32; 2] = [256, 128];
/// Most moves of a frame.
const PARTS: u32 = 16;

/// What the style of a curve says; 0 where there is none.
const THERE: u32 = 1;
const CLOCKWISE: u32 = 2;
const CLOSED: u32 = 4;

/// The curves and what carries them.
pub struct Strokes {
    /// As they came to the device.
    list: Vec<Stroke>,
    target: FieldTarget,
    poisson: Poisson,
    points: Dye,
    styles: wgpu::Buffer,
}

impl Strokes {
    /// Their points, curve after curve, in units of 2^-32 turns.
    pub fn places(&self) -> &wgpu::Buffer {
        &self.points.places
    }

    /// One word a curve: there, clockwise, closed.
    pub fn styles(&self) -> &wgpu::Buffer {
        &self.styles
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.list.len()
    }

    /// As [`FieldTarget::parcels_alone`].
    pub(super) fn parcels_alone(&mut self, context: &Context, alone: bool) {
        self.target.parcels_alone(context, alone);
    }

    /// Bytes of its buffers.
    pub(super) fn bytes(&self) -> u64 {
        self.target.bytes() + self.poisson.velocity.size() + self.points.places.size()
    }

    /// One more, in the place of the oldest where there are too many.
    fn put(&mut self, context: &Context, stroke: Stroke) {
        let oldest = || (0..self.list.len()).min_by_key(|i| self.list[*i].id).unwrap_or(0);
        let slot = if self.list.len() < MOST_STROKES { self.list.len() } else { oldest() };
        let place = |p: &DVec2| [to_turns(p.x).0, to_turns(p.y).0];
        let places: Vec<[u32; 2]> = stroke.points.iter().map(place).collect();
        let style =
            THERE | if stroke.sign == Sign::Minus { CLOCKWISE } else { 0 } | if stroke.closed { CLOSED } else { 0 };
        upload(&context.queue, &self.points.places, (slot * STROKE_POINTS * size_of::<[u32; 2]>()) as u64, &places);
        upload(&context.queue, &self.styles, (slot * size_of::<u32>()) as u64, &[style]);
        match self.list.get_mut(slot) {
            Some(old) => *old = stroke,
            None => self.list.push(stroke),
        }
    }
}

/// Puts points that were read back into the curves that they are of.
pub(super) fn read_into(bytes: &[u8], strokes: &mut [Stroke]) {
    let places: Vec<[u32; 2]> = items(bytes, usize::MAX);
    for (stroke, places) in strokes.iter_mut().zip(places.chunks_exact(STROKE_POINTS)) {
        *stroke = stroke.at(places.iter().map(|[x, y]| DVec2::new(from_turns(*x, 0), from_turns(*y, 0))));
    }
}

impl GpuSim {
    /// The curves, where there are any.
    pub fn strokes(&self) -> Option<&Strokes> {
        self.views.strokes.as_ref()
    }

    /// Filaments that became ellipses go on as curves.
    pub(super) fn add_strokes(&mut self, drawn: &[Atom]) -> Result<()> {
        let next =
            self.views.strokes.iter().flat_map(|strokes| &strokes.list).map(|stroke| stroke.id + 1).max().unwrap_or(0);
        let curves: Vec<Stroke> =
            (next..).zip(drawn).filter_map(|(id, atom)| Stroke::of(atom, id, self.held.time)).collect();
        self.show_strokes(&curves)
    }

    /// There are none any more.
    pub(super) fn clear_strokes(&mut self) {
        if let Some(strokes) = &mut self.views.strokes {
            strokes.list.clear();
            upload(&self.context.queue, &strokes.styles, 0, &[0_u32; MOST_STROKES]);
        }
    }

    /// Shows more curves.
    pub(super) fn show_strokes(&mut self, curves: &[Stroke]) -> Result<()> {
        if curves.is_empty() {
            return Ok(());
        }
        let context = self.context.clone();
        let mut strokes = match self.views.strokes.take() {
            Some(strokes) => strokes,
            None => {
                let side = SIDE[usize::from(context.report.software)];
                let modes = self.background.as_ref().map(DeviceBackground::decoded);
                let target = FieldTarget::new(&context, &self.buffers, modes, Window::full(side))?;
                let poisson = Poisson::new(&context, target.field(), side)?;
                let points = Dye::new(&context, &poisson.velocity, side, (MOST_STROKES * STROKE_POINTS) as u32)?;
                let styles = filled(&context, "styles of strokes", &[0_u32; MOST_STROKES])?;
                Strokes { list: vec![], target, poisson, points, styles }
            }
        };
        curves.iter().for_each(|stroke| strokes.put(&context, stroke.clone()));
        self.views.strokes = Some(strokes);
        Ok(())
    }

    /// Records their move over these steps, after them.
    pub fn encode_strokes(&mut self, encoder: &mut wgpu::CommandEncoder, steps: u32) {
        let alone = self.spare_raster();
        let Some(strokes) = self.views.strokes.as_mut().filter(|_| steps > 0) else { return };
        let parts = steps.min(PARTS);
        let dt = self.params.dt * f64::from(steps) / f64::from(parts);
        strokes.points.set(&self.context, dt, [self.params.drift_x, self.params.drift_y]);
        strokes.target.set(&self.context, self.held.circulation / (BOX * BOX), self.held.awake);
        strokes.target.clear(encoder);
        let mut pass = encoder.begin_compute_pass(&Default::default()).forget_lifetime();
        let velocity = [&self.views.segments]
            .into_iter()
            .filter(|_| !alone)
            .chain(strokes.target.passes())
            .chain(strokes.poisson.passes());
        velocity.for_each(|d| self.probes.timer.run(&mut pass, d, true));
        drop(pass);
        strokes.points.take_velocity(encoder);
        let mut pass = encoder.begin_compute_pass(&Default::default()).forget_lifetime();
        (0..parts).for_each(|_| self.probes.timer.run(&mut pass, &strokes.points.pass, false));
    }

    /// What a state says of them now, their points as they came to the device.
    pub(super) fn stroke_list(&self) -> Vec<Stroke> {
        self.views.strokes.as_ref().map_or(vec![], |strokes| strokes.list.clone())
    }
}
