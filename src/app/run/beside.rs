//! A second course of events beside the run: a copy, or a branch from one of its saves.

use crate::{
    app::{desk::Desk, model::TwinModel},
    error::Result,
    params::Params,
    state::State,
};

/// A copy goes on beside this course with the parameters as they are now; or the copy ends.
///
/// # Errors
/// Where the device has no room.
pub fn toggle(desk: &mut Desk) -> Result<()> {
    if desk.model.twin.is_some() {
        end(desk);
        return Ok(());
    }
    let moment = desk.moment()?;
    begin(desk, "copy".into(), &moment.state, &moment.params)
}

/// A course from a state, beside this one.
///
/// # Errors
/// Where the device has no room.
pub fn begin(desk: &mut Desk, name: String, state: &State, params: &Params) -> Result<()> {
    desk.device.begin_beside(state, params)?;
    desk.model.twin = Some(TwinModel { name, time: state.time, step: state.step, ..TwinModel::default() });
    desk.device.stale = true;
    desk.run.clock.forget();
    Ok(())
}

/// Ends it.
pub fn end(desk: &mut Desk) {
    desk.device.beside = None;
    (desk.model.twin, desk.device.stale) = (None, true);
}
