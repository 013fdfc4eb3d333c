//! Operators of a user in a simulation: on z after each step, on field and carrier after each decode.
//!
//! A matrix has z at hand, and its squares follow. Another kernel moves squares: the stored modes are taken back to z,
//! the operators act, and the squares follow from that.

use std::sync::Arc;

use super::{background::DeviceBackground, learned::Learned};
use crate::{
    error::Result,
    gpu::{Context, Dispatch, buffer::filled},
    operator::{Chain, Operator, Shape},
    ops::z_square,
    state::Background,
};

/// z beside the squares of modes, and what acts on it.
pub(super) struct OnModes {
    current: usize,
    back: [Dispatch; 2],
    pub chain: Chain,
    squares: [Dispatch; 2],
}

impl OnModes {
    pub fn new(
        context: &Context,
        operators: &[Arc<Operator>],
        now: &Background,
        background: &DeviceBackground,
    ) -> Result<Self> {
        let basis = now.basis();
        let narrow: Vec<f32> = now.to_z().iter().map(|x| *x as f32).collect();
        let z = [filled(context, "z, even", &narrow)?, filled(context, "z, odd", &narrow)?];
        let (cells, sources) = (z_square::cpu::cells(basis), z_square::cpu::sources(basis));
        let back = |z| z_square::gpu::back(context, basis, &cells, background.squares()[0], z);
        let square = |z| z_square::gpu::pass(context, basis, &sources, z, background.squares());
        let chain = Chain::on_z(context, operators, z.each_ref(), 0, Shape::z(narrow.len(), basis.low().len()))?;
        let (back, squares) = ([back(&z[0])?, back(&z[1])?], [square(&z[0])?, square(&z[1])?]);
        Ok(Self { current: 0, back, chain, squares })
    }

    /// Records one round.
    pub fn passes(&mut self, mut run: impl FnMut(&Dispatch)) {
        run(&self.back[self.current]);
        let (passes, now) = self.chain.passes(self.current);
        passes.for_each(&mut run);
        run(&self.squares[now]);
        self.current = now;
    }
}

/// All operators of a simulation.
#[derive(Default)]
pub(super) struct Operators {
    pub list: Vec<Arc<Operator>>,
    pub on_modes: Option<OnModes>,
}

impl Operators {
    /// Whether none of them moves the background.
    pub fn leave_modes(&self) -> bool {
        self.on_modes.is_none()
    }
}

impl Learned {
    /// Operators on z after each product with the matrix.
    ///
    /// # Errors
    /// What a trial finds.
    pub fn operate(&mut self, context: &Context, operators: &[Arc<Operator>]) -> Result<()> {
        self.chain = None;
        if !operators.is_empty() {
            let shape = Shape::z(self.basis.dimension(), self.basis.low().len());
            let (z, current) = (self.dense.vectors().each_ref(), self.dense.current());
            self.chain = Some(Chain::on_z(context, operators, z, current, shape)?);
        }
        Ok(())
    }
}
