//! The passes: probes and twist, core, circulation.

use super::Stretch;
use crate::{
    error::Result,
    gpu::{Context, Dispatch, Uniform, buffer::storage},
    ops::buffers::AtomBuffers,
    params::{Params, Switch},
};

/// Most workgroups that change circulations, one atom each at a time.
const GROUPS: usize = 1024;

/// The passes of a step.
pub struct Passes {
    uniform: Uniform<Stretch>,
    sides: [Uniform<Stretch>; 3],
    twist: [Dispatch; 3],
    stretch: Dispatch,
    gamma: Dispatch,
    rates: wgpu::Buffer,
}

impl Passes {
    /// `set` gives them their numbers.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device has no room, or a shader does not compile there.
    pub fn new(context: &Context, b: &AtomBuffers) -> Result<Self> {
        let uniform = || Uniform::new(context, "stretch", Stretch::default());
        let (shared, sides) = (uniform(), [uniform(), uniform(), uniform()]);
        let rates = storage::<f32>(context, "stretch of segments", b.vertex_capacity)?;
        let twist = |side: &Uniform<Stretch>| -> Result<Dispatch> {
            let own = [side.buffer(), &b.counts, &b.atoms, &b.vertices, &b.start];
            let buffers = [&own[..], &[&b.places, &b.velocity, &rates]].concat();
            Ok(b.over_vertices(Dispatch::new(context, "stretch_twist", &[], &buffers, [1, 1, 1])?))
        };
        let buffers = [shared.buffer(), &b.counts, &b.atoms, &b.vertices, &b.start, &b.total, &rates];
        let stretch = b.over_vertices(Dispatch::new(context, "stretch", &[], &buffers, [1, 1, 1])?);
        let buffers = [shared.buffer(), &b.counts, &b.atoms, &b.vertices, &rates];
        let groups = b.vertex_capacity.min(GROUPS) as u32;
        let gamma = Dispatch::new(context, "stretch_gamma", &[], &buffers, [groups, 1, 1])?;
        let twist = [twist(&sides[0])?, twist(&sides[1])?, twist(&sides[2])?];
        Ok(Self { uniform: shared, sides, twist, stretch, gamma, rates })
    }

    /// Step, viscosity, floor and power, and whether the background's velocity is among the partial sums.
    pub fn set(&mut self, context: &Context, b: &AtomBuffers, params: &Params, background: bool) {
        let value = Stretch {
            dt: params.dt as f32,
            growth: (2.0 * params.nu * params.dt) as f32,
            floor2: (params.eps_min * params.eps_min) as f32,
            alpha: params.alpha as f32,
            thin: u32::from(params.stretch == Switch::On),
            side: 0,
            parts: b.splits + u32::from(background),
            stride: b.vertex_capacity as u32,
        };
        self.uniform.set(&context.queue, value);
        for (uniform, side) in self.sides.iter_mut().zip([1, -1, 0]) {
            uniform.set(&context.queue, Stretch { side, ..value });
        }
    }

    /// Probes to the left, probes to the right, and the sum: each but the first follows a velocity.
    pub fn twist(&self) -> &[Dispatch; 3] {
        &self.twist
    }

    /// Core and length.
    pub fn stretch(&self) -> &Dispatch {
        &self.stretch
    }

    /// Circulation, after the lengths.
    pub fn gamma(&self) -> &Dispatch {
        &self.gamma
    }

    /// Bytes of its buffer.
    pub fn bytes(&self) -> u64 {
        self.rates.size()
    }
}
