//! Edited parameters on their way to the device: live ones at once, structural ones by putting the state anew.

use crate::{
    app::{
        desk::Desk,
        run::{history::Moment, put::Next},
    },
    error::{Error, Result},
    genesis, open,
    params::{Effect, Kernel, Params, TABLE},
    sim::AutoDt,
};

/// Parameters that the simulation at hand takes of these: the others stay as it has them.
fn live_of(desk: &Desk, new: &Params) -> Params {
    let old = &desk.run.applied;
    let mut live = *new;
    if desk.device.propagator().is_some() && (old.kernel == Kernel::Linear) != (new.kernel == Kernel::Linear) {
        // Matrix and built-in kernels hold the background in forms of their own: it is put anew.
        live.kernel = old.kernel;
    }
    for info in TABLE.iter().filter(|info| info.effect == Effect::Structural) {
        // A value that was there is one.
        let _set = old.get(info.name).map(|value| live.set(info.name, value));
    }
    live
}

/// Follows edited parameters, those that need another simulation after the others: while it is made, the one at hand
/// follows the hand.
///
/// # Errors
/// As [`apply_params`].
pub fn follow(desk: &mut Desk) -> Result<()> {
    let live = live_of(desk, &desk.model.params);
    if live != desk.run.applied && live != desk.model.params && live.validate().is_ok() {
        desk.device.main.set_params(&live);
        desk.run.applied = live;
    }
    apply_params(desk)
}

/// Carries edited parameters to the device: live ones at once, structural ones when the hand
/// has let go.
///
/// # Errors
/// [`Error::Invalid`] for parameters that do not fit each other or the loaded kernel; what the device refuses.
pub fn apply_params(desk: &mut Desk) -> Result<()> {
    desk.model.params.validate()?;
    let (new, old) = (desk.model.params, desk.run.applied);
    let dt = desk.device.propagator().and_then(|a| a.origin.dt).filter(|dt| *dt != new.dt);
    if let Some(dt) = dt.filter(|_| new.kernel == Kernel::Linear) {
        return Err(Error::invalid("dt", format!("{dt}, which the loaded kernel A was made for"), new.dt));
    }
    let live = live_of(desk, &new);
    if live == new {
        desk.device.main.set_params(&new);
        desk.run.applied = new;
        return Ok(());
    }
    // Until another simulation is there this one runs on.
    desk.device.wait_for_making()?;
    if (new.seed, new.filaments) != (old.seed, old.filaments)
        && desk.model.scenes.iter().any(|scene| scene.name == desk.model.scene)
    {
        let mut params = new;
        let state = genesis::make(&desk.model.scene, &mut params)?;
        let name = desk.model.scene.clone();
        let kernel = desk.fitting_kernel(&state);
        desk.begin(Next { state, params: new, scene: name, kernel })?;
    } else if !desk.model.pressed {
        return rebuild(desk);
    }
    Ok(())
}

/// The step of order 4 that the winding of the flow as it is now allows.
///
/// # Errors
/// As [`wind_step`].
pub fn auto_dt(desk: &mut Desk) -> Result<()> {
    let mut params = desk.model.params;
    open::scheme(&mut params, false);
    let found = wind_step(desk, &mut params)?;
    desk.model.params = params;
    desk.inform(found.words());
    Ok(())
}

/// Puts that step among these parameters.
///
/// # Errors
/// [`Error::Usage`] where another thing sets the step; [`Error::Run`] where the device does not answer.
pub fn wind_step(desk: &mut Desk, params: &mut Params) -> Result<AutoDt> {
    if let Some(why) = desk.model.own_step() {
        return Err(Error::Usage(format!("dt auto: {why}")));
    }
    open::wound(&desk.device.state()?, params, false)
}

/// The same state with other structural parameters. Modes that it loses are told, and an undo brings them back.
fn rebuild(desk: &mut Desk) -> Result<()> {
    let now = desk.moment()?;
    let cut = open::cut(&now.state.background, &desk.model.params)?;
    let lost = cut.and_then(|(_, words)| words);
    desk.put(desk.next_state(now.state.clone()), Some(&now.state.atoms))?;
    let now_s = desk.now_s();
    if let Some(words) = lost {
        // An undo that cuts is no edit of its own.
        let undo = if desk.run.settled == desk.model.params { "" } else { "; undo brings them back" };
        desk.model.inform(format!("The background's {words}{undo}"), now_s);
        if desk.run.settled != desk.model.params {
            desk.run.history.record(Moment { params: desk.run.settled, ..now }, desk.origin());
            desk.run.settled = desk.model.params;
        }
    }
    Ok(())
}

/// Enters changed parameters into the history once the hand has let go, and the device has them.
pub fn record_params(desk: &mut Desk) {
    let held = desk.model.pressed || desk.run.applied != desk.model.params;
    // What the hand did last may still wait.
    desk.run.editing &= desk.model.pressed || !desk.run.turns.is_empty();
    if desk.run.settled != desk.model.params && !held {
        desk.run.history.record_params(desk.run.settled);
        desk.run.settled = desk.model.params;
    }
}
