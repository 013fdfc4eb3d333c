//! Edits of the state by hand, and undo. Between frames; no time passes.

use glam::DVec2;

use crate::{
    app::{
        input::Act,
        model::{AtomAsk, Picked, PickedStroke},
        run::{
            history::{Moment, Past},
            picking, stroke,
        },
        ui::canvas,
        window::Session,
    },
    error::{Error, Result},
    params::{ParamInfo, Params},
    sim,
    state::{Atom, Atoms, Sign, State, owned},
};

/// An atom is picked from so many points away, or from within its core.
const REACH_POINTS: f64 = 10.0;

impl Session {
    /// Changes the state between frames, undoably. On failure nothing changes.
    pub(crate) fn edit(&mut self, change: impl FnOnce(&mut State, &Params) -> Result<()>) -> Result<()> {
        let before = self.moment()?;
        let mut state = before.state.clone();
        change(&mut state, &self.model.params)?;
        self.load(&state, Some(&before.state.atoms))?;
        self.edited(before, state);
        Ok(())
    }

    /// The device holds an edited state now: what was before can be brought back.
    pub(crate) fn edited(&mut self, before: Moment, state: State) {
        self.history.record(before, self.origin());
        self.settled = self.model.params;
        self.model.actions.edited(self.frames);
        self.save_moment(state);
    }

    /// A gesture that changes the state or the brush.
    pub(crate) fn edit_by_hand(&mut self, act: Act) -> Result<()> {
        let (camera, size) = (self.model.view.camera, canvas::size(self.model.canvas));
        let world = |at: &DVec2| camera.world_from_view(*at, size);
        let reach = REACH_POINTS * camera.world_per_view(size);
        match act {
            Act::Widen(factor) => {
                if let Some(info) = ParamInfo::named("eps") {
                    self.model.params.eps = (self.model.params.eps * factor).clamp(info.min, info.max);
                }
                Ok(())
            }
            Act::Vortex { at, sign } => {
                let at = world(&at);
                self.edit(|state, params| state.atoms.push(vortex(at, sign, params)))
            }
            Act::Filament { path, sign } => {
                let points: Vec<DVec2> = path.iter().map(world).collect();
                self.edit(|state, params| state.atoms.push(drawn(&points, sign, params)))
            }
            Act::Pick(at) => self.pick(world(&at), reach),
            Act::Carry(by) => {
                let by = world(&by) - world(&DVec2::ZERO);
                if let Some(picked) = &self.model.picked_stroke {
                    return self.carry_stroke(picked.stroke.id, by);
                }
                self.edit_picked(|atom| atom.vertices.iter_mut().for_each(|v| *v += by))
            }
            Act::Erase(path) => self.erase(&path.iter().map(world).collect::<Vec<_>>(), reach),
            Act::Pan(_) | Act::Zoom(..) | Act::TogglePause => Ok(()),
        }
    }

    /// Every atom goes.
    pub(crate) fn clear(&mut self) -> Result<()> {
        self.edit(|state, _| {
            state.atoms = Atoms::default();
            state.strokes.clear();
            Ok(())
        })
    }

    fn erase(&mut self, path: &[DVec2], reach: f64) -> Result<()> {
        let state = self.engine.glance()?;
        // A stroke that is shown goes as the filament did that it was: whole.
        let strokes = if self.model.view.strokes { picking::crossed(&state.strokes, path, reach) } else { vec![] };
        let mut gone = picking::touched(&state.atoms, path, reach);
        if strokes.is_empty() && gone.is_empty() {
            return Ok(());
        }
        gone.extend(strokes.iter().flat_map(|id| owned(&state.atoms, &state.strokes, *id)));
        self.edit(|state, _| {
            let left = (0..state.atoms.len()).filter(|i| !gone.contains(i)).map(|i| state.atoms.get(i));
            state.atoms = Atoms::try_from_iter(left)?;
            state.strokes.retain(|stroke| !strokes.contains(&stroke.id));
            Ok(())
        })
    }

    /// The ellipses along a stroke, and its curve, go elsewhere.
    fn carry_stroke(&mut self, id: u32, by: DVec2) -> Result<()> {
        self.edit(|state, _| stroke::carry(state, id, by))?;
        let state = self.engine.glance()?;
        self.model.picked_stroke = PickedStroke::of(&state, id);
        Ok(())
    }

    /// The ellipses along a stroke, and its curve, leave the state.
    fn remove_stroke(&mut self, id: u32) -> Result<()> {
        self.edit(|state, _| stroke::remove(state, id))?;
        self.model.picked_stroke = None;
        Ok(())
    }

    /// Picks what is at a place: a stroke whose curve is shown there, else an atom, or none.
    fn pick(&mut self, at: DVec2, reach: f64) -> Result<()> {
        let state = self.engine.glance()?;
        let shown = if self.model.view.strokes { &state.strokes[..] } else { &[] };
        let near = shown.iter().map(|stroke| (stroke.distance(at), stroke.id)).filter(|(far, _)| *far <= reach);
        let stroke = near.min_by(|a, b| a.0.total_cmp(&b.0)).and_then(|(_, id)| PickedStroke::of(&state, id));
        self.model.picked_stroke = stroke;
        if self.model.picked_stroke.is_some() {
            self.model.picked = None;
            (self.model.panels.right, self.model.panels.tab) = (true, crate::app::model::Tab::Edit);
            return Ok(());
        }
        let found = picking::nearest_atom(&state.atoms, at);
        let near = found.filter(|(i, distance)| *distance <= reach.max(1.5 * state.atoms.view().eps[*i]));
        self.model.picked = near.map(|(i, _)| self.picked(&state, i));
        if self.model.picked.is_some() {
            (self.model.panels.right, self.model.panels.tab) = (true, crate::app::model::Tab::Edit);
        }
        Ok(())
    }

    fn picked(&self, state: &State, index: usize) -> Picked {
        let atom = state.atoms.get(index);
        let born = self.engine.births().of(index);
        Picked {
            index,
            length: picking::length(&atom),
            age: born.map(|born| (state.time - born).max(0.0)),
            born,
            worth: sim::worth(&atom, &self.model.params),
            atom,
        }
    }

    /// The picked atom as it is in a newer state; one that a pass took is no longer picked.
    pub(crate) fn follow_picked(&mut self, state: &State) {
        if let Some(old) = self.model.picked_stroke.take() {
            self.model.picked_stroke = PickedStroke::of(state, old.stroke.id);
        }
        let Some(old) = self.model.picked.as_ref() else { return };
        let (atoms, births) = (&state.atoms, self.engine.births());
        let same = |i: &usize| births.of(*i) == old.born && atoms.view().sign[*i] == old.atom.sign;
        let kept = Some(old.index).filter(|i| *i < atoms.len()).filter(same);
        let near = |i: &usize| {
            let (a, b) = (atoms.get(*i).vertices[0], old.atom.vertices[0]);
            (a - b).length()
        };
        let found = kept.or_else(|| (0..atoms.len()).filter(same).min_by(|a, b| near(a).total_cmp(&near(b))));
        self.model.picked = found.map(|i| self.picked(state, i));
    }

    /// What the panel asks of the picked atom.
    pub(crate) fn atom(&mut self, ask: AtomAsk) -> Result<()> {
        match ask {
            AtomAsk::Forget => {
                (self.model.picked, self.model.picked_stroke) = (None, None);
                Ok(())
            }
            AtomAsk::Set { sign, gamma, eps } => {
                self.edit_picked(|atom| (atom.sign, atom.gamma, atom.eps) = (sign, gamma, eps))
            }
            AtomAsk::Remove => {
                if let Some(picked) = &self.model.picked_stroke {
                    return self.remove_stroke(picked.stroke.id);
                }
                let Some(index) = self.model.picked.as_ref().map(|picked| picked.index) else { return Ok(()) };
                self.edit(|state, _| {
                    let left = (0..state.atoms.len()).filter(|i| *i != index).map(|i| state.atoms.get(i));
                    state.atoms = Atoms::try_from_iter(left)?;
                    Ok(())
                })?;
                self.model.picked = None;
                Ok(())
            }
        }
    }

    /// Changes the picked atom; a drag of the hand over its numbers is one edit.
    fn edit_picked(&mut self, change: impl FnOnce(&mut Atom)) -> Result<()> {
        let Some(index) = self.model.picked.as_ref().map(|picked| picked.index) else { return Ok(()) };
        let before = self.moment()?;
        if index >= before.state.atoms.len() {
            return Err(Error::Usage("the picked atom is no longer there: pick another".into()));
        }
        let mut state = before.state.clone();
        let mut all: Vec<Atom> = state.atoms.iter().collect();
        change(&mut all[index]);
        state.atoms = Atoms::try_from_iter(all)?;
        let births = self.engine.births().clone();
        self.load(&state, Some(&before.state.atoms))?;
        // It is the same atom with other numbers.
        self.engine.set_births(births);
        let held = self.egui.egui_ctx().input(|input| input.pointer.any_down());
        if !std::mem::replace(&mut self.editing, held) {
            self.history.record(before, self.origin());
        }
        self.model.picked = Some(self.picked(&state, index));
        self.save_moment(state);
        Ok(())
    }

    /// Enters changed parameters into the history once the hand has let go.
    pub(crate) fn record_params(&mut self) {
        let held = self.egui.egui_ctx().input(|input| input.pointer.any_down());
        self.editing &= held;
        if self.settled != self.model.params && !held {
            self.history.record_params(self.settled);
            self.settled = self.model.params;
        }
    }

    /// Undo, or redo. Where the device or a parameter refuses it, nothing has changed, and it can be tried again.
    pub(crate) fn travel(&mut self, back: bool) -> Result<()> {
        let (now, origin) = (self.moment()?, self.origin());
        let atoms = now.state.atoms.clone();
        match self.history.there(back).cloned() {
            None => return Ok(()),
            Some(Past::Params(params)) => {
                let settled = self.settled;
                (self.model.params, self.settled) = (*params, *params);
                if let Err(e) = self.apply_params() {
                    (self.model.params, self.settled) = (self.applied, settled);
                    return Err(e);
                }
            }
            Some(Past::Moment(moment, from)) => {
                let same = moment.scene == self.model.scene;
                self.swap(self.next_moment(&moment), Some(&atoms))?;
                (self.settled, self.model.picked, self.model.picked_stroke) = (moment.params, None, None);
                (self.origin, self.model.home) = (from.state, from.home);
                if !same {
                    self.begin_series();
                }
                self.save_moment(moment.state);
            }
        }
        self.history.travelled(back, now, origin);
        Ok(())
    }
}

fn vortex(at: DVec2, sign: Sign, params: &Params) -> Atom {
    Atom::point(sign, params.gamma, params.eps, at)
}

/// What a stroke along these places makes: a filament, or a round vortex where it is too short for one.
pub fn drawn(points: &[DVec2], sign: Sign, params: &Params) -> Atom {
    let filament = stroke::filament(points, sign, params.gamma, params.eps);
    filament.unwrap_or_else(|| vortex(points.first().copied().unwrap_or_default(), sign, params))
}
