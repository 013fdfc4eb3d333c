//! The flow grid: velocity of the whole box for the dye, with energy and enstrophy as by-products.

use super::field::FieldTarget;
use crate::{
    error::Result,
    gpu::{Context, Dispatch, Latest, ticket::first},
    ops::{buffers::AtomBuffers, poisson::gpu::Poisson, tracers::gpu::Dye, window::Window},
};

/// Decode, velocity and dye on one grid.
pub struct FlowGrid {
    /// Vorticity of the whole box.
    pub target: FieldTarget,
    /// Its velocity.
    pub poisson: Poisson,
    /// The particles.
    pub dye: Dye,
    sums: Latest<Vec<[f32; 2]>>,
    /// The dye moves only every other time it is asked to, by both times together, and its velocity is
    /// decoded for every other move. For windows on software adapters.
    pub sparing: bool,
    moves: u64,
    /// Simulated time that the dye has moved for.
    moved: f64,
    asked: u64,
    waiting: f64,
}

/// `(energy, enstrophy)` of the sums of columns.
pub(super) fn sums(columns: &[[f32; 2]]) -> (f64, f64) {
    columns.iter().fold((0.0, 0.0), |s, c| (s.0 + f64::from(c[0]), s.1 + f64::from(c[1])))
}

impl FlowGrid {
    /// `side` a power of two up to 1024, `count` particles.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device has no room, or a shader does not compile there.
    pub fn new(
        context: &Context,
        atoms: &AtomBuffers,
        modes: Option<(&wgpu::Buffer, i32)>,
        side: u32,
        count: u32,
    ) -> Result<Self> {
        let target = FieldTarget::new(context, atoms, modes, Window::full(side))?;
        let poisson = Poisson::new(context, target.field(), side)?;
        let dye = Dye::new(context, &poisson.velocity, side, count)?;
        let sums = Latest::default();
        Ok(Self { target, poisson, dye, sums, sparing: false, moves: 0, moved: 0.0, asked: 0, waiting: 0.0 })
    }

    /// As [`FieldTarget::set`].
    pub fn set(&mut self, context: &Context, mean: f64, awake: bool) {
        self.target.set(context, mean, awake);
    }

    /// The time to move the dye by now, if any, and whether its velocity is to be decoded first.
    pub fn due(&mut self, dt: f64) -> Option<(f64, bool)> {
        self.asked += 1;
        self.waiting += dt;
        if self.sparing && self.asked.is_multiple_of(2) {
            return None;
        }
        self.moves += 1;
        self.moved += self.waiting;
        Some((std::mem::take(&mut self.waiting), !self.sparing || self.asked % 4 == 1))
    }

    /// How often the dye has moved.
    pub fn moves(&self) -> u64 {
        self.moves
    }

    /// Simulated time that the dye has moved for.
    pub fn moved(&self) -> f64 {
        self.moved
    }

    /// Decode and poisson; the segments must be there.
    pub fn velocity_passes(&self) -> impl Iterator<Item = &Dispatch> {
        self.target.passes().chain(self.poisson.passes())
    }

    /// Records the read-back of energy and enstrophy, which are measured with the dye's first move.
    pub fn ask(&mut self, context: &Context, encoder: &mut wgpu::CommandEncoder) {
        if self.moves > 0 {
            let columns = self.poisson.sums.slice(..);
            self.sums.ask(|| context.readbacks().ask(encoder, &[columns]).then(first));
        }
    }

    /// Newest finished `(energy, enstrophy)`, means over the box.
    pub fn take_sums(&mut self) -> Option<(f64, f64)> {
        self.sums.take().map(|columns| sums(&columns))
    }

    /// Bytes of its buffers.
    pub fn bytes(&self) -> u64 {
        self.target.bytes() + self.poisson.velocity.size() + self.dye.places.size()
    }
}
