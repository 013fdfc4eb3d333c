//! Operators of the user in the window: loaded, switched, removed, and switched off where one goes wrong.

use std::{path::Path, sync::Arc};

use crate::{
    app::{
        device::Engine,
        model::{OperatorAsk, OperatorRow, Tab},
        window::Session,
    },
    error::{Error, Result},
    operator::{ActsOn, Operator},
};

/// Real time between two looks at whether a loop overran.
const LOOK_S: f64 = 0.5;

impl Session {
    /// Loads a manifest and its module, tries it and lets it act. On failure nothing changes.
    pub(crate) fn open_operator(&mut self, path: &Path, now_s: f64) -> Result<()> {
        let operator = Arc::new(Operator::open(path)?);
        let mut list = self.engine.operators().to_vec();
        // The same name again is a new version.
        match list.iter_mut().find(|(other, _)| other.name() == operator.name()) {
            Some(old) => *old = (operator.clone(), true),
            None => list.push((operator.clone(), true)),
        }
        self.use_operators(list)?;
        (self.model.panels.right, self.model.panels.tab) = (true, Tab::Performance);
        self.model.inform(format!("{} acts on {}", operator.name(), words(operator.manifest.acts_on)), now_s);
        Ok(())
    }

    /// Switches or removes one.
    pub(crate) fn operator(&mut self, name: &str, ask: OperatorAsk) -> Result<()> {
        let mut list = self.engine.operators().to_vec();
        match ask {
            OperatorAsk::Remove => list.retain(|(operator, _)| operator.name() != name),
            OperatorAsk::Toggle => {
                list.iter_mut().filter(|(operator, _)| operator.name() == name).for_each(|(_, on)| *on = !*on);
            }
        }
        self.use_operators(list)
    }

    pub(crate) fn use_operators(&mut self, list: Vec<(Arc<Operator>, bool)>) -> Result<()> {
        let old = self.engine.operators().to_vec();
        let used = self.engine.set_operators(list);
        if used.is_err() {
            self.engine.set_operators(old)?;
        }
        self.list_operators();
        self.clock.forget();
        used
    }

    /// Brings the panel's list up to date.
    pub(crate) fn list_operators(&mut self) {
        let row = |(operator, on): &(Arc<Operator>, bool)| OperatorRow {
            name: operator.name().into(),
            title: operator.manifest.title.clone(),
            acts_on: words(operator.manifest.acts_on),
            on: *on,
        };
        self.model.operators = self.engine.operators().iter().map(row).collect();
        self.stale = true;
    }

    /// Complains of what was switched off, and looks now and then whether something is to be.
    pub(crate) fn watch_operators(&mut self, now_s: f64) {
        if now_s - self.looked_at_operators_s >= LOOK_S && self.engine.operators().iter().any(|(_, on)| *on) {
            self.looked_at_operators_s = now_s;
            self.engine.look_at_operators();
        }
        if let Some(fault) = self.engine.take_operator_fault() {
            self.list_operators();
            self.model.complain(format!("An operator was switched off: {fault}"), now_s);
        }
    }
}

impl Engine {
    /// Operators of the user, and whether each is on.
    pub fn operators(&self) -> &[(Arc<Operator>, bool)] {
        &self.operators
    }

    /// Replaces them; those that are on act from now on, their state zero.
    ///
    /// # Errors
    /// What a trial finds; then none acts.
    pub fn set_operators(&mut self, list: Vec<(Arc<Operator>, bool)>) -> Result<()> {
        let on: Vec<_> = list.iter().filter(|(_, on)| *on).map(|(operator, _)| operator.clone()).collect();
        let set = self.sim.set_operators(&on);
        self.renew_canvas()?;
        set?;
        self.operators = list;
        Ok(())
    }

    /// Switches off the operator that an error names, or all where it names none.
    pub fn switch_off(&mut self, fault: &Error) -> Result<()> {
        let named = |operator: &Operator| match fault {
            Error::BadFile { path, .. } => operator.path == *path,
            _ => false,
        };
        let known = self.operators.iter().any(|(operator, on)| *on && named(operator));
        let mut list = self.operators.clone();
        list.iter_mut().filter(|(operator, _)| !known || named(operator)).for_each(|(_, on)| *on = false);
        let left = self.set_operators(list.clone());
        if left.is_err() {
            list.iter_mut().for_each(|(_, on)| *on = false);
            return self.set_operators(list);
        }
        Ok(())
    }

    /// Waits for the device; an operator whose loop overran is switched off.
    pub fn look_at_operators(&mut self) {
        if let Err(fault) = self.sim.look_at_operators() {
            let off = self.switch_off(&fault);
            self.operator_fault = Some(off.err().unwrap_or(fault));
        }
    }

    /// Why an operator was switched off, once.
    pub fn take_operator_fault(&mut self) -> Option<Error> {
        self.operator_fault.take()
    }
}

fn words(acts_on: ActsOn) -> &'static str {
    match acts_on {
        ActsOn::Z => "z",
        ActsOn::Field => "the field",
        ActsOn::Carrier => "the carrier",
    }
}
