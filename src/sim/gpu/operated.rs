//! Operators of a user in a simulation: on z after each step, on field and carrier after each decode.
//!
//! A matrix has z at hand, and its squares follow. Another kernel moves squares: the stored modes are taken back to z,
//! the operators act, and the squares follow from that.

use std::sync::Arc;

use super::{FieldTarget, GpuSim, background::DeviceBackground, learned::Learned};
use crate::{
    error::{Error, Result},
    gpu::{Context, Dispatch, buffer::filled},
    math::BOX,
    operator::{ActsOn, Chain, Operator, Precision, Shape},
    ops::z_square,
    state::Background,
};

/// z beside the squares of modes, and what acts on it.
pub(super) struct OnModes {
    current: usize,
    back: [Dispatch; 2],
    chain: Chain,
    squares: [Dispatch; 2],
}

impl OnModes {
    fn new(
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

impl GpuSim {
    /// Replaces the operators of the user; none for an empty list. State of theirs begins at zero.
    ///
    /// # Errors
    /// What a trial finds, or a state without a background for operators on z; then there are none.
    pub fn set_operators(&mut self, operators: &[Arc<Operator>]) -> Result<()> {
        self.operators = Operators::default();
        if let Some(learned) = &mut self.learned {
            learned.operate(&self.context, &[])?;
        }
        self.views.view.set_operators(&self.context, operators)?;
        let on_z: Vec<_> = operators.iter().filter(|o| o.manifest.acts_on == ActsOn::Z).cloned().collect();
        if let Some(first) = on_z.first() {
            if let Some(other) = on_z.iter().find(|o| o.manifest.numbers() != Precision::F32) {
                let what = format!("precision of operator {}", other.name());
                let expected = "f32, in which this backend computes (f64 and i32 move z alone, without A)";
                return Err(Error::invalid(what, expected, format!("{:?}", other.manifest.numbers()).to_lowercase()));
            }
            let now = self.read_background()?;
            let Some(background) = &self.background else {
                let what = format!("state for operator {}", first.name());
                return Err(Error::invalid(what, "one with a background (z)", "none: only atoms"));
            };
            self.operators.on_modes = Some(OnModes::new(&self.context, &on_z, &now, background)?);
            if let Some(learned) = &mut self.learned {
                learned.operate(&self.context, &on_z)?;
            }
            self.held.awake = true;
        }
        self.operators.list = operators.to_vec();
        self.set_params(&self.params.clone());
        Ok(())
    }

    /// The operators of the user.
    pub fn operators(&self) -> &[Arc<Operator>] {
        &self.operators.list
    }

    /// Waits, and tells of an operator whose loop overran its budget.
    ///
    /// # Errors
    /// Where one did.
    pub fn look_at_operators(&self) -> Result<()> {
        self.views.view.look_at_operators(&self.context)?;
        self.operators.on_modes.as_ref().map_or(Ok(()), |on| on.chain.look(&self.context))?;
        self.learned.as_ref().map_or(Ok(()), |learned| learned.look(&self.context))
    }

    /// Pictures that operators made of the last decode, by their names: rows from the bottom, RGBA.
    ///
    /// # Errors
    /// When the device does not answer.
    pub fn images(&self) -> Result<Vec<(String, Vec<u8>)>> {
        self.views.view.images(&self.context)
    }

    /// Another grid to decode on, operators included.
    pub(super) fn replace_view(&mut self, view: FieldTarget) -> Result<()> {
        self.views.view = view;
        self.views.view.set(&self.context, self.held.circulation / (BOX * BOX), self.held.awake);
        self.bind_view()?;
        self.views.view.set_operators(&self.context, &self.operators.list)
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

    /// Tells of a loop that overran.
    ///
    /// # Errors
    /// Where one did.
    pub fn look(&self, context: &Context) -> Result<()> {
        self.chain.as_ref().map_or(Ok(()), |chain| chain.look(context))
    }
}
