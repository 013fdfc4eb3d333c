//! What the view shows of a flow: vorticity or a part of it, decoded on the view's own nodes; or a quantity that the
//! whole box decides, made on a grid of its own and sampled from there. Only what is shown is computed.

use super::field::FieldTarget;
use crate::{
    error::Result,
    gpu::{Context, Dispatch, Latest, ticket::first},
    ops::{
        buffers::AtomBuffers, compose, poisson::gpu::Poisson, potential::gpu::Potential, pressure::gpu::Pressure,
        sample::gpu::Source, window::Window,
    },
};

/// What the view shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    /// Vorticity of atoms and background.
    #[default]
    Whole,
    /// Vorticity of the atoms, with the uniform part that balances their circulation.
    Atoms,
    /// Vorticity of the background.
    Background,
    /// `|u|`, mean flow included.
    Speed,
    /// The stream function, `-lap psi = omega`.
    Stream,
    /// The pressure, `lap p = 2 (u_x v_y - u_y v_x)`.
    Pressure,
}

impl Shown {
    /// Which parts are decoded; `None` where they are not shown themselves.
    pub(super) fn parts(self) -> Option<u32> {
        match self {
            Self::Whole => Some(compose::WHOLE),
            Self::Atoms => Some(compose::ATOMS),
            Self::Background => Some(compose::BACKGROUND),
            Self::Speed | Self::Stream | Self::Pressure => None,
        }
    }
}

/// Vorticity and velocity of the whole box on a grid, and what is made of them.
pub struct Quantities {
    target: FieldTarget,
    /// Velocity of the whole box.
    pub poisson: Poisson,
    /// Side of the grid.
    pub side: u32,
    /// Whether the velocity is looked at itself.
    moving: bool,
    stream: Option<Potential>,
    pressure: Option<Pressure>,
    sums: Latest<Vec<[f32; 2]>>,
}

impl Quantities {
    pub(super) fn new(
        context: &Context,
        atoms: &AtomBuffers,
        modes: Option<(&wgpu::Buffer, i32)>,
        side: u32,
    ) -> Result<Self> {
        let target = FieldTarget::new(context, atoms, modes, Window::full(side))?;
        let poisson = Poisson::new(context, target.field(), side)?;
        Ok(Self { target, poisson, side, moving: false, stream: None, pressure: None, sums: Latest::default() })
    }

    /// Makes what is needed and lets go of the rest.
    pub(super) fn want(&mut self, context: &Context, shown: Shown, velocity: bool) -> Result<()> {
        let field = self.target.field();
        self.moving = velocity || shown == Shown::Speed;
        if shown != Shown::Stream {
            self.stream = None;
        } else if self.stream.is_none() {
            self.stream = Some(Potential::new(context, field, self.side)?);
        }
        if shown != Shown::Pressure {
            self.pressure = None;
        } else if self.pressure.is_none() {
            self.pressure = Some(Pressure::new(context, field, self.side)?);
        }
        Ok(())
    }

    /// Velocity of the whole box and the side of its grid, where it is looked at.
    pub(super) fn velocity(&self) -> Option<(&wgpu::Buffer, u32)> {
        self.moving.then_some((&self.poisson.velocity, self.side))
    }

    /// The grid that is shown.
    fn source(&self) -> Source<'_> {
        match (&self.stream, &self.pressure) {
            (Some(stream), _) => Source::Scalar(&stream.field),
            (_, Some(pressure)) => Source::Scalar(pressure.field()),
            _ => Source::Speed(&self.poisson.velocity),
        }
    }

    /// As [`FieldTarget::set`].
    pub(super) fn set(&mut self, context: &Context, mean: f64, awake: bool) {
        self.target.set(context, mean, awake);
    }

    /// As [`FieldTarget::parcels_alone`].
    pub(super) fn parcels_alone(&mut self, context: &Context, alone: bool) {
        self.target.parcels_alone(context, alone);
    }

    /// Before the passes.
    pub(super) fn clear(&self, encoder: &mut wgpu::CommandEncoder) {
        self.target.clear(encoder);
    }

    /// Decode, velocity where it is looked at, potentials; the segments must be there.
    pub(super) fn passes(&self) -> impl Iterator<Item = &Dispatch> {
        let velocity = self.poisson.passes().iter().filter(|_| self.moving);
        let stream = self.stream.iter().flat_map(|stream| stream.passes());
        self.target.passes().chain(velocity).chain(stream).chain(self.pressure.iter().flat_map(Pressure::passes))
    }

    /// Records the read-back of energy and enstrophy, where they were computed.
    pub(super) fn ask(&mut self, context: &Context, encoder: &mut wgpu::CommandEncoder) {
        if self.moving {
            let sums = self.poisson.sums.slice(..);
            self.sums.ask(|| context.readbacks().ask(encoder, &[sums]).then(first));
        }
    }

    /// Newest finished `(energy, enstrophy)`, means over the box.
    pub(super) fn take_sums(&mut self) -> Option<(f64, f64)> {
        self.sums.take().map(|columns| super::flow::sums(&columns))
    }

    /// Bytes of its grids.
    pub(super) fn bytes(&self) -> u64 {
        let cells = u64::from(self.side) * u64::from(self.side);
        // psi: spectrum and field; p: spectra of both parts, strain, source, spectrum and field.
        let scalars = 8 * u64::from(self.stream.is_some()) + 32 * u64::from(self.pressure.is_some());
        self.target.bytes() + self.poisson.velocity.size() + cells * scalars
    }
}

/// Binds a window to what is shown.
pub(super) fn bind(
    context: &Context,
    target: &mut FieldTarget,
    shown: Shown,
    quantities: Option<&Quantities>,
    drift: [f64; 2],
) -> Result<()> {
    let sampled = match (quantities, shown.parts()) {
        (_, Some(parts)) => {
            target.choose(context, parts);
            None
        }
        (Some(quantities), None) => Some((quantities.source(), quantities.side)),
        (None, None) => None,
    };
    target.sample(context, sampled, drift)
}
