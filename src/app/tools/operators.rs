//! Operators of the user in the window: loaded, switched, removed, and switched off where one goes wrong.

use std::sync::Arc;

use crate::{
    app::{
        desk::Desk,
        model::{OperatorAsk, OperatorRow, Tab},
    },
    error::Result,
    operator::{ActsOn, Operator},
};

/// Real time between two looks at whether a loop overran.
const LOOK_S: f64 = 0.5;

/// Operators that act are watched.
#[derive(Default)]
pub struct Operators {
    /// When they were last looked at.
    looked_s: f64,
}

impl Operators {
    /// Complains of what was switched off, and looks now and then whether something is to be.
    pub fn watch(&mut self, desk: &mut Desk, now_s: f64) {
        let due = now_s - self.looked_s >= LOOK_S && desk.device.operators.list().iter().any(|(_, on)| *on);
        if due {
            self.looked_s = now_s;
        }
        desk.device.look_at_operators(due);
        if let Some(fault) = desk.device.operators.take_fault() {
            list(desk);
            desk.model.complain(format!("An operator was switched off: {fault}"), now_s);
        }
    }
}

/// Tries an operator and lets it act. On failure nothing changes.
///
/// # Errors
/// What the trial finds.
pub fn take(desk: &mut Desk, operator: Operator) -> Result<()> {
    let operator = Arc::new(operator);
    let mut all = desk.device.operators.list().to_vec();
    // The same name again is a new version.
    match all.iter_mut().find(|(other, _)| other.name() == operator.name()) {
        Some(old) => *old = (operator.clone(), true),
        None => all.push((operator.clone(), true)),
    }
    act(desk, all)?;
    (desk.model.panels.right, desk.model.panels.tab) = (true, Tab::Performance);
    desk.inform(format!("{} acts on {}", operator.name(), words(operator.manifest.acts_on)));
    Ok(())
}

/// Switches or removes one.
///
/// # Errors
/// What the device refuses.
pub fn ask(desk: &mut Desk, name: &str, ask: OperatorAsk) -> Result<()> {
    let mut all = desk.device.operators.list().to_vec();
    match ask {
        OperatorAsk::Remove => all.retain(|(operator, _)| operator.name() != name),
        OperatorAsk::Toggle => {
            all.iter_mut().filter(|(operator, _)| operator.name() == name).for_each(|(_, on)| *on = !*on);
        }
    }
    act(desk, all)
}

/// Replaces the operators; where they do not pass their trial the old ones go on.
///
/// # Errors
/// What the trial finds.
pub fn act(desk: &mut Desk, all: Vec<(Arc<Operator>, bool)>) -> Result<()> {
    let old = desk.device.operators.list().to_vec();
    let used = desk.device.set_operators(all);
    if used.is_err() {
        desk.device.set_operators(old)?;
    }
    list(desk);
    desk.run.clock.forget();
    used
}

/// Brings the panel's list up to date.
pub fn list(desk: &mut Desk) {
    let row = |(operator, on): &(Arc<Operator>, bool)| OperatorRow {
        name: operator.name().into(),
        title: operator.manifest.title.clone(),
        acts_on: words(operator.manifest.acts_on),
        on: *on,
    };
    desk.model.operators = desk.device.operators.list().iter().map(row).collect();
    desk.device.stale = true;
}

fn words(acts_on: ActsOn) -> &'static str {
    match acts_on {
        ActsOn::Z => "z",
        ActsOn::Field => "the field",
        ActsOn::Carrier => "the carrier",
    }
}
