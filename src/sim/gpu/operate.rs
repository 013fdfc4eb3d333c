//! Operators of the user take hold of a state, and are looked after.

use std::sync::Arc;

use super::{
    held::Held,
    operated::{OnModes, Operators},
};
use crate::{
    error::{Error, Result},
    operator::{ActsOn, Chain, Operator, Precision, Watched},
};

impl Held {
    /// Replaces the operators of the user on z; none for an empty list. State of theirs begins at zero.
    ///
    /// # Errors
    /// What a trial finds, or a state without a background for operators on z; then there are none.
    pub(super) fn operate(&mut self, operators: &[Arc<Operator>]) -> Result<()> {
        self.operators = Operators::default();
        if let Some(learned) = &mut self.learned {
            learned.operate(&self.context, &[])?;
        }
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
            self.known.awake = true;
        }
        self.operators.list = operators.to_vec();
        Ok(())
    }
}

/// What is looked at to tell of an operator on z whose loop overran its budget.
pub(super) fn watched(held: &Held) -> impl Iterator<Item = Watched> {
    let on_modes = held.operators.on_modes.iter().flat_map(|on| on.chain.watched());
    let learned = held.learned.iter().filter_map(|learned| learned.chain.as_ref());
    on_modes.chain(learned.flat_map(Chain::watched))
}
