//! The scales: what an edit does to the description length, and the book of what was taken.

use super::{
    MARGIN, Rules, VISIT, WORK,
    cloud::Cloud,
    gauss::{Gauss, moments, square},
    modes::Modes,
    nodes,
    work::Work,
};
use crate::{
    math::{BOX, Complex64, wrap},
    state::{Atom, Event, Kind, State},
};
use glam::DVec2;

/// An edit: atoms that go, atoms that come, and the field that changes by it.
pub struct Edit {
    /// Ids of the atoms that the edit takes away.
    pub take: Vec<usize>,
    /// Atoms that the edit makes.
    pub give: Vec<Atom>,
    /// Field of the new atoms less that of the old ones.
    pub delta: Vec<Gauss>,
    /// Whether what is lost goes to the background's modes.
    pub fed: bool,
    /// Whole turns around the torus by which the second atom was moved to meet the first.
    pub shift: DVec2,
}

/// A change of the field on the scales.
#[derive(Clone, Debug)]
pub struct Weight {
    /// Change of `|delta omega|^2` of the pass.
    pub error: f64,
    /// Amplitudes of the change on the modes it is projected out of; empty where there are none.
    hat: Vec<Complex64>,
}

/// A pass under way.
pub struct Pass<'a> {
    /// Rules of the pass; the budget raises their prices.
    pub rules: Rules,
    /// The rules it began with, by which everything is logged.
    plain: Rules,
    /// The atoms that the pass works on.
    pub work: Work<'a>,
    /// What was done.
    pub events: Vec<Event>,
    /// `|delta omega|^2` so far.
    pub error: f64,
    /// Inner products that may still be looked at.
    pub left: usize,
    /// Jump of the unwrapped impulse at merges across the edge of the plane.
    pub winding: DVec2,
    /// Where candidates start in this pass.
    pub turn: u64,
    /// Prices are raised: what is done now is forced by the budget.
    pub forced: bool,
    /// Edits that relaxation left out, in hundredths.
    skipped: f64,
    state: &'a State,
    /// Sum of all changes, atoms only.
    delta: Cloud,
    /// The field of the atoms at the start, made when first needed.
    field: Option<Cloud>,
    waves: Waves,
}

/// What is told by waves.
struct Waves {
    modes: Modes,
    /// Amplitudes of the sum of all changes and of the field at the start on `modes`, made when first needed.
    delta: Option<Vec<Complex64>>,
    field: Option<Vec<Complex64>>,
    /// What was fed to the background.
    fed: Option<Vec<Complex64>>,
}

impl<'a> Pass<'a> {
    /// A pass over a state; `turn` counts passes.
    pub fn new(state: &'a State, rules: Rules, turn: u64) -> Self {
        let modes = if rules.feed { Modes::of(&state.background) } else { Modes::mean() };
        Self {
            rules,
            plain: rules,
            work: Work::new(&state.atoms),
            events: vec![],
            error: 0.0,
            left: WORK,
            winding: DVec2::ZERO,
            turn,
            forced: false,
            skipped: 0.0,
            state,
            delta: Cloud::default(),
            field: None,
            waves: Waves { modes, delta: None, field: None, fed: None },
        }
    }

    /// Step of the state.
    pub fn step(&self) -> u64 {
        self.state.step
    }

    /// Low cut of the background.
    pub fn k_cut(&self) -> u32 {
        self.state.background.basis().k_cut()
    }

    /// Bits of the atoms as they are now.
    pub fn bits(&self) -> f64 {
        self.plain.c_atom * self.work.atoms as f64 + self.plain.c_vertex * self.work.vertices as f64
    }

    /// The description length now.
    pub fn length(&self) -> f64 {
        self.bits() + self.plain.error_bits(self.error)
    }

    /// Takes from the allowance of work; `false` once it is used up.
    pub fn spend(&mut self, products: usize) -> bool {
        let enough = self.left >= products;
        self.left = self.left.saturating_sub(products);
        enough
    }

    /// Change of the error by a change of the field.
    pub fn weigh(&mut self, delta: &[Gauss], fed: bool) -> Weight {
        let alone = square(delta);
        self.weigh_known(delta, alone, fed)
    }

    /// As [`Self::weigh`] where `|delta|^2` is known.
    pub fn weigh_known(&mut self, delta: &[Gauss], alone: f64, fed: bool) -> Weight {
        let mut error = alone + 2.0 * self.delta.product(delta);
        let mut hat = vec![];
        if fed {
            hat = self.waves.modes.amplitudes(delta);
            if self.waves.delta.is_none() {
                let all: Vec<Gauss> = self.delta.iter().copied().collect();
                self.waves.delta = Some(self.waves.modes.amplitudes(&all));
            }
            let before = self.waves.delta.as_deref().unwrap_or_default();
            error -= self.waves.modes.product(&hat, &hat) + 2.0 * self.waves.modes.product(&hat, before);
        } else if let Some(fed) = &self.waves.fed {
            hat = self.waves.modes.amplitudes(delta);
            error += 2.0 * self.waves.modes.product(&hat, fed);
        }
        Weight { error, hat }
    }

    /// Bits that an edit of the field and of so many atoms and vertices changes L by, at the prices that hold.
    pub fn price(&self, weight: &Weight, atoms: i64, vertices: i64) -> f64 {
        self.rules.price(weight.error, atoms, vertices)
    }

    /// Bits by which an edit changes L, at the prices that the pass began with.
    pub fn logged(&self, weight: &Weight, atoms: i64, vertices: i64) -> f64 {
        self.plain.price(weight.error, atoms, vertices)
    }

    /// Atoms and vertices that an edit adds.
    fn balance(&self, edit: &Edit) -> (i64, i64) {
        let went: usize = edit.take.iter().map(|id| self.work.len(*id)).sum();
        let came: usize = edit.give.iter().map(|atom| atom.vertices.len()).sum();
        (edit.give.len() as i64 - edit.take.len() as i64, came as i64 - went as i64)
    }

    /// Takes an edit if L falls. Returns whether it did.
    pub fn offer(&mut self, edit: Edit, kind: Kind, reason: &'static str) -> bool {
        if edit.take.iter().any(|id| !self.work.is_alive(*id)) {
            return false;
        }
        let weight = self.weigh(&edit.delta, edit.fed);
        let (atoms, vertices) = self.balance(&edit);
        let bits = self.price(&weight, atoms, vertices);
        if bits > -MARGIN || self.relaxed() {
            return false;
        }
        self.take(edit, &weight, kind, reason, !self.forced);
        true
    }

    /// Takes an edit whatever it costs.
    pub fn force(&mut self, edit: Edit, kind: Kind, reason: &'static str) {
        let weight = self.weigh(&edit.delta, edit.fed);
        self.take(edit, &weight, kind, reason, false);
    }

    /// Whether relaxation leaves this one out: every n-th of them passes, in order.
    pub fn relaxed(&mut self) -> bool {
        if self.forced {
            return false;
        }
        self.skipped += self.rules.relaxation;
        if self.skipped >= 1.0 - 1e-9 {
            self.skipped -= 1.0;
            return false;
        }
        true
    }

    fn take(&mut self, edit: Edit, weight: &Weight, kind: Kind, reason: &'static str, voluntary: bool) {
        let (atoms, vertices) = self.balance(&edit);
        let bits = self.logged(weight, atoms, vertices);
        let enstrophy = self.enstrophy(&edit.delta, weight, edit.fed);
        self.absorb(&edit.delta, weight, edit.fed);
        let (circulation, impulse) = self.moved(&edit);
        let count = edit.take.len().max(1) as u32;
        let kind = if self.forced { Kind::Budget } else { kind };
        let step = self.state.step;
        self.events.push(Event { step, kind, reason, voluntary, count, bits, circulation, impulse, enstrophy });
        self.work.replace(&edit.take, edit.give);
    }

    /// Enters a change of the field into the book.
    pub fn absorb(&mut self, delta: &[Gauss], weight: &Weight, fed: bool) {
        self.error += weight.error;
        self.delta.extend(delta);
        if let Some(sum) = &mut self.waves.delta {
            let hat = if weight.hat.is_empty() { self.waves.modes.amplitudes(delta) } else { weight.hat.clone() };
            sum.iter_mut().zip(&hat).for_each(|(a, b)| *a += b);
        }
        if fed && self.waves.modes.feeds() {
            let sum = self.waves.fed.get_or_insert_with(|| vec![Complex64::default(); weight.hat.len()]);
            sum.iter_mut().zip(&weight.hat).for_each(|(a, b)| *a -= b);
        }
    }

    /// Change of the mean of `omega^2/2` by a change of the field; call before it is absorbed. It meets the
    /// whole field, so that it is not measured in a state that a pass does not see as a whole.
    pub fn enstrophy(&mut self, delta: &[Gauss], weight: &Weight, fed: bool) -> Option<f64> {
        let state = self.state;
        if state.atoms.vertex_count() > VISIT {
            return None;
        }
        let atoms: &mut Cloud = self.field.get_or_insert_with(|| {
            let mut cloud = Cloud::default();
            state.atoms.iter().for_each(|atom| cloud.extend(&nodes::of(&atom)));
            cloud
        });
        let mut cross = atoms.product(delta);
        let quiet = self.state.background.is_zero();
        if fed || !quiet {
            if self.waves.field.is_none() {
                let all: Vec<Gauss> = atoms.iter().copied().collect();
                self.waves.field = Some(self.waves.modes.amplitudes(&all));
            }
            let hat = if weight.hat.is_empty() { &self.waves.modes.amplitudes(delta) } else { &weight.hat };
            if fed {
                // The change is without its part on the modes, so the background's own field does not meet it.
                cross -= self.waves.modes.product(hat, self.waves.field.as_deref().unwrap_or_default());
            } else if self.waves.modes.feeds() {
                cross += self.waves.modes.product(hat, &self.waves.modes.read(&self.state.background));
            }
        }
        Some((2.0 * cross + weight.error) / (2.0 * BOX * BOX))
    }

    /// Change of circulation and of impulse where atoms met; the jump of the unwrapped impulse goes to `winding`.
    fn moved(&mut self, edit: &Edit) -> (f64, [f64; 2]) {
        let strength = |atom: &Atom| if atom.support { atom.sign.value() * atom.gamma } else { 0.0 };
        let first = |atom: &Atom| moments(&nodes::of(atom)).map_or(DVec2::ZERO, |one| one.x * one.g);
        let (mut circulation, mut moment) = (0.0, DVec2::ZERO);
        for atom in &edit.give {
            circulation += strength(atom);
            moment += first(atom);
        }
        for (i, id) in edit.take.iter().enumerate() {
            let atom = self.work.get(*id);
            circulation -= strength(&atom);
            moment -= first(&atom);
            if i == 1 {
                let jump = edit.shift * strength(&atom);
                moment -= jump;
                self.winding += DVec2::new(jump.y, -jump.x);
            }
        }
        (circulation, [moment.y, -moment.x])
    }

    /// The field of an edit: its new atoms less its old ones. `take` are indices of atoms.
    pub fn difference(&self, take: &[usize], give: &[Atom]) -> Vec<Gauss> {
        let new = give.iter().flat_map(nodes::of);
        let old = take.iter().flat_map(|id| nodes::of(&self.work.get(*id))).map(Gauss::negated);
        new.chain(old).collect()
    }

    /// What the background is given, if anything.
    pub fn gift(&self) -> Option<(&Modes, &[Complex64])> {
        self.waves.fed.as_deref().map(|fed| (&self.waves.modes, fed))
    }

    /// Ids in the order of this pass: it starts a third of the way further each time. Of a state of many
    /// vertices only the atoms that begin in a strip of the box, another strip each time.
    pub fn order(&self, keep: impl Fn(usize) -> bool) -> Vec<usize> {
        let width = VISIT as f64 / self.state.atoms.vertex_count().max(1) as f64;
        // Steps of the golden ratio leave no gap for long.
        let low = (self.turn as f64 * 0.618_033_988_749_895).fract();
        let in_strip = |id: usize| width >= 1.0 || (wrap(self.work.place(id).x) / BOX - low).rem_euclid(1.0) < width;
        let mut ids: Vec<usize> = self.work.ids().filter(|id| keep(*id) && in_strip(*id)).collect();
        if !ids.is_empty() {
            let start = (self.turn as usize % 3) * ids.len() / 3;
            ids.rotate_left(start);
        }
        ids
    }
}
