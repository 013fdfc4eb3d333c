//! Curves of strokes that became ellipses, on the device: points that the flow carries, as it carries dye.
//!
//! They move once a drawn frame, in as many parts as there were steps, in the velocity of the whole field on a grid of
//! their own. There is nothing of this without such a stroke.

use glam::DVec2;

use super::{field::FieldTarget, held::Held};
use crate::{
    error::Result,
    gpu::{Context, Dispatch, Timer, buffer::filled, ticket::items, upload},
    math::{from_turns, to_turns},
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

/// Curves of filaments that became ellipses at a time, from an id on.
pub(super) fn curves(next: u32, drawn: &[Atom], time: f64) -> Vec<Stroke> {
    (next..).zip(drawn).filter_map(|(id, atom)| Stroke::of(atom, id, time)).collect()
}

impl Strokes {
    /// Room for curves in the flow of a state; there is none yet.
    ///
    /// # Errors
    /// Where the device has no room, or a shader does not compile there.
    pub(super) fn new(held: &Held) -> Result<Self> {
        let context = &held.context;
        let side = SIDE[usize::from(context.report.software)];
        let target = FieldTarget::new(context, &held.buffers, held.modes(), Window::full(side))?;
        let poisson = Poisson::new(context, target.field(), side)?;
        let points = Dye::new(context, &poisson.velocity, side, (MOST_STROKES * STROKE_POINTS) as u32)?;
        let styles = filled(context, "styles of strokes", &[0_u32; MOST_STROKES])?;
        Ok(Self { list: vec![], target, poisson, points, styles })
    }

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

    /// As a state says of them, their points as they came to the device.
    pub(super) fn list(&self) -> Vec<Stroke> {
        self.list.clone()
    }

    /// Filaments that became ellipses go on as these curves.
    pub(super) fn drawn(&self, drawn: &[Atom], time: f64) -> Vec<Stroke> {
        let next = self.list.iter().map(|stroke| stroke.id + 1).max().unwrap_or(0);
        curves(next, drawn, time)
    }

    /// There are none any more.
    pub(super) fn clear(&mut self, context: &Context) {
        self.list.clear();
        upload(&context.queue, &self.styles, 0, &[0_u32; MOST_STROKES]);
    }

    /// Records their move over these steps, after them; `segments` where atoms are drawn.
    pub(super) fn encode(
        &mut self,
        held: &Held,
        timer: &Timer,
        encoder: &mut wgpu::CommandEncoder,
        segments: Option<&Dispatch>,
        steps: u32,
    ) {
        let parts = steps.min(PARTS);
        self.points.set(&held.context, held.params.dt * f64::from(steps) / f64::from(parts), held.drift());
        self.target.set(&held.context, held.mean(), held.known.awake);
        self.target.clear(encoder);
        let mut pass = encoder.begin_compute_pass(&Default::default()).forget_lifetime();
        let velocity = segments.into_iter().chain(self.target.passes()).chain(self.poisson.passes());
        velocity.for_each(|d| timer.run(&mut pass, d, true));
        drop(pass);
        self.points.take_velocity(encoder);
        let mut pass = encoder.begin_compute_pass(&Default::default()).forget_lifetime();
        (0..parts).for_each(|_| timer.run(&mut pass, &self.points.pass, false));
    }

    /// One more, in the place of the oldest where there are too many.
    pub(super) fn put(&mut self, context: &Context, stroke: Stroke) {
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
