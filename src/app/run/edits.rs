//! Edits of the state by hand, and undo. Between frames; no time passes.

use glam::DVec2;

use crate::{
    app::{
        desk::Desk,
        input::Act,
        model::{AtomAsk, Picked, PickedStroke, canvas_size},
        run::{
            history::{Moment, Past},
            parameters, picking, stroke,
        },
    },
    error::{Error, Result},
    params::{ParamInfo, Params},
    sim,
    state::{Atom, Atoms, State, owned},
};

/// An atom is picked from so many points away, or from within its core.
const REACH_POINTS: f64 = 10.0;

/// A gesture on the canvas.
///
/// # Errors
/// Where the state does not take the edit; then nothing has changed.
pub fn act(desk: &mut Desk, act: Act) -> Result<()> {
    let (camera, size) = (&mut desk.model.view.camera, canvas_size(desk.model.canvas));
    match act {
        Act::TogglePause => desk.run.clock.toggle(),
        Act::Pan(delta) => camera.pan(delta, size),
        Act::Zoom(factor, at) => camera.zoom(factor, at, size),
        other => return edit_by_hand(desk, other),
    }
    Ok(())
}

/// Changes the state between frames, undoably. On failure nothing changes.
///
/// # Errors
/// What `change` or the device refuses.
pub fn edit(desk: &mut Desk, change: impl FnOnce(&mut State, &Params) -> Result<()>) -> Result<()> {
    let before = desk.moment()?;
    let mut state = before.state.clone();
    change(&mut state, &desk.model.params)?;
    desk.load(&state, Some(&before.state.atoms))?;
    edited(desk, before, state);
    Ok(())
}

/// The device holds an edited state now: what was before can be brought back.
pub fn edited(desk: &mut Desk, before: Moment, state: State) {
    desk.run.history.record(before, desk.origin());
    desk.run.settled = desk.model.params;
    desk.model.actions.edited();
    desk.save_moment(state);
}

/// A gesture that changes the state or the brush.
///
/// # Errors
/// As [`edit`].
pub fn edit_by_hand(desk: &mut Desk, act: Act) -> Result<()> {
    let (camera, size) = (desk.model.view.camera, desk.model.canvas_size());
    let world = |at: &DVec2| camera.world_from_view(*at, size);
    let reach = REACH_POINTS * camera.world_per_view(size);
    match act {
        Act::Widen(factor) => {
            if let Some(info) = ParamInfo::named("eps") {
                desk.model.params.eps = (desk.model.params.eps * factor).clamp(info.min, info.max);
            }
            Ok(())
        }
        Act::Vortex { at, sign } => {
            let at = world(&at);
            edit(desk, |state, params| state.atoms.push(stroke::vortex(at, sign, params)))
        }
        Act::Filament { path, sign } => {
            let points: Vec<DVec2> = path.iter().map(world).collect();
            edit(desk, |state, params| state.atoms.push(stroke::drawn(&points, sign, params)))
        }
        Act::Pick(at) => pick(desk, world(&at), reach),
        Act::Carry(by) => {
            let by = world(&by) - world(&DVec2::ZERO);
            if let Some(picked) = &desk.model.picked_stroke {
                return carry_stroke(desk, picked.stroke.id, by);
            }
            edit_picked(desk, |atom| atom.vertices.iter_mut().for_each(|v| *v += by))
        }
        Act::Erase(path) => erase(desk, &path.iter().map(world).collect::<Vec<_>>(), reach),
        Act::Pan(_) | Act::Zoom(..) | Act::TogglePause => Ok(()),
    }
}

/// Every atom goes.
///
/// # Errors
/// As [`edit`].
pub fn clear(desk: &mut Desk) -> Result<()> {
    edit(desk, |state, _| {
        state.atoms = Atoms::default();
        state.strokes.clear();
        Ok(())
    })
}

fn erase(desk: &mut Desk, path: &[DVec2], reach: f64) -> Result<()> {
    let state = desk.device.state()?;
    // A stroke that is shown goes as the filament did that it was: whole.
    let strokes = if desk.model.view.strokes { picking::crossed(&state.strokes, path, reach) } else { vec![] };
    let mut gone = picking::touched(&state.atoms, path, reach);
    if strokes.is_empty() && gone.is_empty() {
        return Ok(());
    }
    gone.extend(strokes.iter().flat_map(|id| owned(&state.atoms, &state.strokes, *id)));
    edit(desk, |state, _| {
        let left = (0..state.atoms.len()).filter(|i| !gone.contains(i)).map(|i| state.atoms.get(i));
        state.atoms = Atoms::try_from_iter(left)?;
        state.strokes.retain(|stroke| !strokes.contains(&stroke.id));
        Ok(())
    })
}

/// The ellipses along a stroke, and its curve, go elsewhere.
fn carry_stroke(desk: &mut Desk, id: u32, by: DVec2) -> Result<()> {
    edit(desk, |state, _| stroke::carry(state, id, by))?;
    // As it was put.
    desk.model.picked_stroke = PickedStroke::of(&desk.run.checkpoint.state, id);
    Ok(())
}

/// The ellipses along a stroke, and its curve, leave the state.
fn remove_stroke(desk: &mut Desk, id: u32) -> Result<()> {
    edit(desk, |state, _| stroke::remove(state, id))?;
    desk.model.picked_stroke = None;
    Ok(())
}

/// Picks what is at a place: a stroke whose curve is shown there, else an atom, or none.
fn pick(desk: &mut Desk, at: DVec2, reach: f64) -> Result<()> {
    let state = desk.device.state()?;
    let shown = if desk.model.view.strokes { &state.strokes[..] } else { &[] };
    let near = shown.iter().map(|stroke| (stroke.distance(at), stroke.id)).filter(|(far, _)| *far <= reach);
    let stroke = near.min_by(|a, b| a.0.total_cmp(&b.0)).and_then(|(_, id)| PickedStroke::of(&state, id));
    desk.model.picked_stroke = stroke;
    if desk.model.picked_stroke.is_some() {
        desk.model.picked = None;
        (desk.model.panels.right, desk.model.panels.tab) = (true, crate::app::model::Tab::Edit);
        return Ok(());
    }
    let found = picking::nearest_atom(&state.atoms, at);
    let near = found.filter(|(i, distance)| *distance <= reach.max(1.5 * state.atoms.view().eps[*i]));
    desk.model.picked = near.map(|(i, _)| picked(desk, &state, i));
    if desk.model.picked.is_some() {
        (desk.model.panels.right, desk.model.panels.tab) = (true, crate::app::model::Tab::Edit);
    }
    Ok(())
}

fn picked(desk: &Desk, state: &State, index: usize) -> Picked {
    let atom = state.atoms.get(index);
    let births = desk.device.main.sim.held().births();
    let born = births.of(index);
    Picked {
        index,
        name: births.name(index),
        length: picking::length(&atom),
        age: born.map(|born| (state.time - born).max(0.0)),
        born,
        worth: sim::worth(&atom, &desk.model.params),
        atom,
    }
}

/// The picked atom as it is in a newer state; one that a pass took is no longer picked.
pub fn follow_picked(desk: &mut Desk, state: &State) {
    if let Some(old) = desk.model.picked_stroke.take() {
        desk.model.picked_stroke = PickedStroke::of(state, old.stroke.id);
    }
    let Some(old) = desk.model.picked.as_ref() else { return };
    let (atoms, births) = (&state.atoms, desk.device.main.sim.held().births());
    let same = |i: &usize| births.of(*i) == old.born && atoms.view().sign[*i] == old.atom.sign;
    let kept = old.name.and_then(|name| births.find(name)).filter(|i| *i < atoms.len()).filter(same);
    let near = |i: &usize| {
        let (a, b) = (atoms.get(*i).vertices[0], old.atom.vertices[0]);
        (a - b).length()
    };
    let found = kept.or_else(|| (0..atoms.len()).filter(same).min_by(|a, b| near(a).total_cmp(&near(b))));
    desk.model.picked = found.map(|i| picked(desk, state, i));
}

/// What the panel asks of the picked atom.
///
/// # Errors
/// As [`edit`].
pub fn atom(desk: &mut Desk, ask: AtomAsk) -> Result<()> {
    match ask {
        AtomAsk::Forget => {
            (desk.model.picked, desk.model.picked_stroke) = (None, None);
            Ok(())
        }
        AtomAsk::Set { sign, gamma, eps } => {
            edit_picked(desk, |atom| (atom.sign, atom.gamma, atom.eps) = (sign, gamma, eps))
        }
        AtomAsk::Remove => {
            if let Some(picked) = &desk.model.picked_stroke {
                return remove_stroke(desk, picked.stroke.id);
            }
            let Some(index) = place_of_picked(desk)? else { return Ok(()) };
            edit(desk, |state, _| {
                let left = (0..state.atoms.len()).filter(|i| *i != index).map(|i| state.atoms.get(i));
                state.atoms = Atoms::try_from_iter(left)?;
                Ok(())
            })?;
            desk.model.picked = None;
            Ok(())
        }
    }
}

/// Where the picked atom stands now, by its name: others may have come or gone since it was picked. `None` where none
/// is picked.
///
/// # Errors
/// [`Error::Usage`] where it is gone.
fn place_of_picked(desk: &Desk) -> Result<Option<usize>> {
    let Some(picked) = &desk.model.picked else { return Ok(None) };
    let held = desk.device.main.sim.held();
    let gone = || Error::Usage("the picked atom is no longer there: pick another".into());
    picked.name.and_then(|name| held.births().find(name)).map(Some).ok_or_else(gone)
}

/// Changes the picked atom; a drag of the hand over its numbers is one edit.
fn edit_picked(desk: &mut Desk, change: impl FnOnce(&mut Atom)) -> Result<()> {
    let Some(index) = place_of_picked(desk)? else { return Ok(()) };
    let before = desk.moment()?;
    let mut state = before.state.clone();
    let mut all: Vec<Atom> = state.atoms.iter().collect();
    change(&mut all[index]);
    state.atoms = Atoms::try_from_iter(all)?;
    let births = desk.device.main.sim.held().births().clone();
    desk.load(&state, Some(&before.state.atoms))?;
    // It is the same atom with other numbers.
    desk.device.main.sim.held_mut().set_births(births);
    let held = desk.model.pressed;
    if !std::mem::replace(&mut desk.run.editing, held) {
        desk.run.history.record(before, desk.origin());
    }
    desk.model.picked = Some(picked(desk, &state, index));
    desk.save_moment(state);
    Ok(())
}
/// Undo, or redo. Where the device or a parameter refuses it, nothing has changed, and it can be tried again.
///
/// # Errors
/// What the device or a parameter refuses.
pub fn travel(desk: &mut Desk, back: bool) -> Result<()> {
    let (now, origin) = (desk.moment()?, desk.origin());
    let atoms = now.state.atoms.clone();
    match desk.run.history.there(back).cloned() {
        None => return Ok(()),
        Some(Past::Params(params)) => {
            let settled = desk.run.settled;
            (desk.model.params, desk.run.settled) = (*params, *params);
            if let Err(e) = parameters::apply_params(desk) {
                (desk.model.params, desk.run.settled) = (desk.run.applied, settled);
                return Err(e);
            }
        }
        Some(Past::Moment(moment, from)) => {
            let same = moment.scene == desk.model.scene;
            desk.put(desk.next_moment(&moment), Some(&atoms))?;
            (desk.run.settled, desk.model.picked, desk.model.picked_stroke) = (moment.params, None, None);
            (desk.run.origin, desk.model.home) = (from.state, from.home);
            if !same {
                desk.model.invariants.samples.clear();
                desk.model.invariants.spectrum.clear();
            }
            desk.save_moment(moment.state);
        }
    }
    desk.run.history.travelled(back, now, origin);
    Ok(())
}
