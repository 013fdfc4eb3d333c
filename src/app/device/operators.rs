//! Operators of the user on the device: those that act, and why one was switched off.

use std::sync::Arc;

use super::Device;
use crate::{
    error::{Error, Result},
    gpu::{Ticket, ticket::redeem},
    operator::Operator,
    sim::ask_operators,
};

/// Operators of the user.
#[derive(Default)]
pub struct Operators {
    /// In the order in which they act, and whether each is on.
    pub(super) list: Vec<(Arc<Operator>, bool)>,
    /// Whether one's loop overran, on its way from the device.
    looking: Option<Ticket<()>>,
    /// Why one was switched off.
    pub(super) fault: Option<Error>,
}

impl Operators {
    /// In the order in which they act, and whether each is on.
    pub fn list(&self) -> &[(Arc<Operator>, bool)] {
        &self.list
    }

    /// Why one was switched off, once.
    pub fn take_fault(&mut self) -> Option<Error> {
        self.fault.take()
    }
}

impl Device {
    /// Replaces them; those that are on act from now on, their state zero.
    ///
    /// # Errors
    /// What a trial finds; then none acts.
    pub fn set_operators(&mut self, list: Vec<(Arc<Operator>, bool)>) -> Result<()> {
        let on: Vec<_> = list.iter().filter(|(_, on)| *on).map(|(operator, _)| operator.clone()).collect();
        // What was asked is of the others.
        self.operators.looking = None;
        let set = self.main.sim.set_operators(&on);
        self.renew_canvas()?;
        set?;
        self.operators.list = list;
        Ok(())
    }

    /// Switches off the operator that an error names, or all where it names none.
    ///
    /// # Errors
    /// Where the device has no room for the canvas.
    pub fn switch_off(&mut self, fault: &Error) -> Result<()> {
        let named = |operator: &Operator| match fault {
            Error::BadFile { path, .. } => operator.path == *path,
            _ => false,
        };
        let known = self.operators.list.iter().any(|(operator, on)| *on && named(operator));
        let mut list = self.operators.list.clone();
        list.iter_mut().filter(|(operator, _)| !known || named(operator)).for_each(|(_, on)| *on = false);
        let left = self.set_operators(list.clone());
        if left.is_err() {
            list.iter_mut().for_each(|(_, on)| *on = false);
            return self.set_operators(list);
        }
        Ok(())
    }

    /// An operator whose loop overran is switched off; where it is `due`, it is asked whether one did.
    pub fn look_at_operators(&mut self, due: bool) {
        if let Some(Err(fault)) = redeem(&mut self.operators.looking) {
            let off = self.switch_off(&fault);
            self.operators.fault = Some(off.err().unwrap_or(fault));
        }
        if due && self.operators.looking.is_none() {
            self.operators.looking = Some(ask_operators(&self.main.sim));
        }
    }

    /// They act on another simulation; what does not fit it is off.
    pub(super) fn renew_operators(&mut self) {
        if !self.operators.list.is_empty()
            && let Err(fault) = self.set_operators(self.operators.list.clone())
        {
            let off = self.switch_off(&fault);
            if off.is_err() {
                self.operators.list.iter_mut().for_each(|(_, on)| *on = false);
            }
            self.operators.fault = Some(off.err().unwrap_or(fault));
        }
    }
}
