//! What the view shows of a flow: vorticity or a part of it, decoded on the view's own nodes; or a quantity that the
//! whole box decides, made on a grid of its own and sampled from there. Only what is shown is computed.

use super::{GpuSim, background::DeviceBackground, field::FieldTarget};
use crate::{
    error::Result,
    gpu::{Context, Dispatch, Readback},
    math::BOX,
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
    fn parts(self) -> Option<u32> {
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
    sums_back: Readback,
}

impl Quantities {
    fn new(context: &Context, atoms: &AtomBuffers, modes: Option<(&wgpu::Buffer, i32)>, side: u32) -> Result<Self> {
        let target = FieldTarget::new(context, atoms, modes, Window::full(side))?;
        let poisson = Poisson::new(context, target.field(), side)?;
        let sums_back = Readback::new(context, "spectrum sums", poisson.sums.size());
        Ok(Self { target, poisson, side, moving: false, stream: None, pressure: None, sums_back })
    }

    /// Makes what is needed and lets go of the rest.
    fn want(&mut self, context: &Context, shown: Shown, velocity: bool) -> Result<()> {
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
    pub(super) fn copy_back(&mut self, encoder: &mut wgpu::CommandEncoder) {
        if self.moving {
            self.sums_back.copy(encoder, &self.poisson.sums, 0);
        }
    }

    /// Newest finished `(energy, enstrophy)`, means over the box.
    pub(super) fn take_sums(&self) -> Option<(f64, f64)> {
        Some(super::flow::sums(&self.sums_back.take()?))
    }

    /// Bytes of its grids.
    pub(super) fn bytes(&self) -> u64 {
        let cells = u64::from(self.side) * u64::from(self.side);
        // psi: spectrum and field; p: spectra of both parts, strain, source, spectrum and field.
        let scalars = 8 * u64::from(self.stream.is_some()) + 32 * u64::from(self.pressure.is_some());
        self.target.bytes() + self.poisson.velocity.size() + cells * scalars
    }
}

impl GpuSim {
    /// What the view shows from the next decode on, and whether the velocity of the whole box is wanted besides;
    /// `side` is that of the grid for what the whole box decides. What was measured of another picture is forgotten.
    ///
    /// # Errors
    /// Where the device has no room: something else is to be shown then.
    pub fn show(&mut self, shown: Shown, velocity: bool, side: u32) -> Result<()> {
        let wanted = (shown, velocity);
        if wanted == self.views.wanted && self.views.quantities.as_ref().is_none_or(|q| q.side == side) {
            return Ok(());
        }
        let other = shown != self.views.wanted.0;
        let needed = velocity || shown.parts().is_none();
        let mut quantities = self.views.quantities.take().filter(|q| needed && q.side == side);
        if needed && quantities.is_none() {
            let modes = self.background.as_ref().map(DeviceBackground::decoded);
            let mut made = Quantities::new(&self.context, &self.buffers, modes, side)?;
            made.set(&self.context, self.held.circulation / (BOX * BOX), self.held.awake);
            quantities = Some(made);
        }
        if let Some(quantities) = &mut quantities {
            quantities.want(&self.context, shown, velocity)?;
        }
        (self.views.quantities, self.views.wanted) = (quantities, wanted);
        if other {
            (self.probes.counters.max_abs, self.probes.counters.probe) = (None, None);
            self.views.view.forget_readbacks(&self.context);
        }
        self.bind_view()
    }

    /// Binds the view to what it shows.
    pub(super) fn bind_view(&mut self) -> Result<()> {
        let drift = self.drift();
        bind(&self.context, &mut self.views.view, self.views.wanted.0, self.views.quantities.as_ref(), drift)
    }

    /// Binds another window to it.
    pub(super) fn bind_target(&self, target: &mut FieldTarget, shown: Shown) -> Result<()> {
        bind(&self.context, target, shown, self.views.quantities.as_ref(), self.drift())
    }

    /// What the view shows.
    pub fn shown(&self) -> Shown {
        self.views.wanted.0
    }

    /// Velocity of the whole box, `[u, v]` on a square grid without the mean flow, and its side; `None` unless
    /// something of it is shown.
    pub fn velocity_grid(&self) -> Option<(&wgpu::Buffer, u32)> {
        self.views.quantities.as_ref().filter(|q| q.moving).map(|q| (&q.poisson.velocity, q.side))
    }

    /// Mean flow.
    pub fn drift(&self) -> [f64; 2] {
        [self.params.drift_x, self.params.drift_y]
    }

    /// Time of a step.
    pub fn dt(&self) -> f64 {
        self.params.dt
    }

    /// Other numbers of nodes along x and y for the view. Operators of the user begin anew.
    ///
    /// # Errors
    /// Where the device has no room; then nothing has changed.
    pub fn resize_view(&mut self, size: [u32; 2]) -> Result<bool> {
        if self.views.view.window().size == size {
            return Ok(false);
        }
        let modes = self.background.as_ref().map(DeviceBackground::decoded);
        let window = Window::view([0.0; 2], [BOX; 2], size);
        self.replace_view(FieldTarget::new(&self.context, &self.buffers, modes, window)?)?;
        Ok(true)
    }
}

/// Binds a window to what is shown.
fn bind(
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
