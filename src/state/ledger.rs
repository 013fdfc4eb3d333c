//! What changed the atoms beside their motion, event by event and in running sums: description-length passes, the
//! refits of the transport, and filaments that became ellipses.
//!
//! Nothing vanishes unaccounted: circulation and impulse of the atoms at any time are those of the start,
//! plus what moved them between events, plus the events of every kind, plus rounding to the precision of
//! the backend. Memory is bounded: the last [`KEPT`] events and one row of sums a kind and a reason.

use std::collections::{BTreeMap, VecDeque};

use super::{Atoms, Change, Event, Kind, Moved, PassReport, Passes};

/// Most events that are kept.
pub const KEPT: usize = 256;

/// Sums over events.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct Sums {
    /// Events.
    pub events: u64,
    /// Atoms or vertices they took.
    pub count: u64,
    /// Bits.
    pub bits: f64,
    /// Circulation.
    pub circulation: f64,
    /// Linear impulse.
    pub impulse: [f64; 2],
    /// Mean of `omega^2 / 2`, over the events that measured it.
    pub enstrophy: f64,
    /// Events that did not.
    pub unmeasured: u64,
}

impl Sums {
    fn add(&mut self, event: &Event) {
        self.events += 1;
        self.count += u64::from(event.count);
        self.bits += event.bits;
        self.enstrophy += event.enstrophy.unwrap_or(0.0);
        self.unmeasured += u64::from(event.enstrophy.is_none());
        self.shift(event.circulation, event.impulse);
    }

    fn shift(&mut self, circulation: f64, impulse: [f64; 2]) {
        self.circulation += circulation;
        self.impulse = [self.impulse[0] + impulse[0], self.impulse[1] + impulse[1]];
    }
}

/// The book of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Ledger {
    /// At the first state.
    start: Moved,
    /// After the last change.
    last: Moved,
    kinds: [Sums; Kind::ALL.len()],
    reasons: BTreeMap<&'static str, Sums>,
    advection: Sums,
    /// Whether circulation follows the stretch of segments between passes.
    proxy: bool,
    winding: Sums,
    rounding: Sums,
    events: VecDeque<Event>,
    changes: u64,
    /// Least that a voluntary event saved.
    worst: f64,
    passes: Passes,
}

impl Ledger {
    /// An empty book that starts from these atoms.
    pub fn new(atoms: &Atoms) -> Self {
        let start = Moved::of(atoms);
        Self {
            start,
            last: start,
            kinds: Default::default(),
            reasons: BTreeMap::new(),
            advection: Sums::default(),
            proxy: false,
            winding: Sums::default(),
            rounding: Sums::default(),
            events: VecDeque::new(),
            changes: 0,
            worst: f64::NEG_INFINITY,
            passes: Passes::default(),
        }
    }

    /// From here on the circulation of segments may follow their stretch: what changes between events then has
    /// two causes, which the book gives one row, "advection, stretch".
    pub fn follow_proxy(&mut self, on: bool) {
        self.proxy |= on;
    }

    /// Takes in a pass: the atoms that came to it, its events, the atoms it left, and those atoms as the
    /// backend holds them.
    pub fn record(&mut self, before: &Atoms, events: &[Event], after: &Atoms, held: &Atoms, report: PassReport) {
        self.enter(&Change::new(before, events.to_vec(), after).across(report.winding));
        self.hold(held);
        self.report(report);
    }

    /// Takes in a change at one moment; what came before it since the last one is motion.
    pub fn enter(&mut self, change: &Change) {
        let (circulation, impulse) = change.before.from(&self.last);
        self.advection.shift(circulation, impulse);
        for event in &change.events {
            self.kinds[event.kind as usize].add(event);
            self.reasons.entry(event.reason).or_default().add(event);
            if event.voluntary {
                self.worst = self.worst.max(event.bits);
            }
            self.events.push_back(*event);
        }
        while self.events.len() > KEPT {
            self.events.pop_front();
        }
        self.winding.shift(0.0, change.winding);
        self.last = change.after;
        self.changes += 1;
    }

    /// What the last change left, as the backend holds it.
    pub fn hold(&mut self, held: &Atoms) {
        let held = Moved::of(held);
        let (circulation, impulse) = held.from(&self.last);
        self.rounding.shift(circulation, impulse);
        self.last = held;
    }

    /// Takes in what a pass says of itself.
    pub fn report(&mut self, report: PassReport) {
        self.passes.add(report);
    }

    /// Changes taken in: passes, refits, filaments that became ellipses.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// What the passes said of themselves.
    pub fn pass_reports(&self) -> &Passes {
        &self.passes
    }

    /// Passes taken in.
    pub fn passes(&self) -> u64 {
        self.passes.count()
    }

    /// Sums of one kind.
    pub fn kind(&self, kind: Kind) -> Sums {
        self.kinds[kind as usize]
    }

    /// Sums of every reason met so far.
    pub fn reasons(&self) -> &BTreeMap<&'static str, Sums> {
        &self.reasons
    }

    /// The last events, oldest first.
    pub fn events(&self) -> impl DoubleEndedIterator<Item = &Event> + ExactSizeIterator {
        self.events.iter()
    }

    /// The voluntary event that saved least, in bits: never above 0. `None` without one.
    pub fn worst_voluntary_bits(&self) -> Option<f64> {
        self.worst.is_finite().then_some(self.worst)
    }

    /// Circulation and impulse of the atoms now, less those of the start, by cause.
    pub fn drift(&self, now: &Atoms) -> Drift {
        self.drift_to(Moved::of(now))
    }

    /// The same after the last change.
    pub fn drift_at_last_change(&self) -> Drift {
        self.drift_to(self.last)
    }

    fn drift_to(&self, now: Moved) -> Drift {
        let mut advection = self.advection;
        let (circulation, impulse) = now.from(&self.last);
        advection.shift(circulation, impulse);
        let (circulation, impulse) = now.from(&self.start);
        let between = if self.proxy { "advection, stretch" } else { "advection" };
        let causes = [(between, advection), ("winding", self.winding), ("rounding", self.rounding)];
        let causes: Vec<(&'static str, Sums)> =
            causes.into_iter().chain(Kind::ALL.map(|kind| (kind.name(), self.kind(kind)))).collect();
        let mut sum = Sums::default();
        causes.iter().for_each(|(_, s)| sum.shift(s.circulation, s.impulse));
        Drift {
            circulation,
            impulse,
            unaccounted_circulation: circulation - sum.circulation,
            unaccounted_impulse: [impulse[0] - sum.impulse[0], impulse[1] - sum.impulse[1]],
            causes: causes
                .into_iter()
                .map(|(cause, s)| Cause { cause, circulation: s.circulation, impulse: s.impulse })
                .collect(),
        }
    }
}

/// Where circulation and impulse went since the start.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Drift {
    /// Of the atoms, now less at the start.
    pub circulation: f64,
    /// The same of their impulse.
    pub impulse: [f64; 2],
    /// What the causes do not explain: rounding.
    pub unaccounted_circulation: f64,
    /// The same of the impulse.
    pub unaccounted_impulse: [f64; 2],
    /// One row a cause.
    pub causes: Vec<Cause>,
}

/// A cause of drift and its share.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Cause {
    /// advection (and stretch, where circulation follows it), winding (merges and refits across the edge of the
    /// unwrapped plane), rounding (to the precision of a device), or a kind of event.
    pub cause: &'static str,
    /// Change of circulation.
    pub circulation: f64,
    /// Change of impulse.
    pub impulse: [f64; 2],
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{Atom, Sign};
    use glam::DVec2;

    fn point(gamma: f64, x: f64) -> Atoms {
        Atoms::try_from_iter([Atom::point(Sign::Plus, gamma, 0.1, DVec2::new(x, 2.0))]).unwrap()
    }

    fn event(circulation: f64) -> Event {
        Event {
            step: 0,
            kind: Kind::Prune,
            reason: "weak",
            voluntary: true,
            count: 1,
            bits: -3.0,
            circulation,
            impulse: [2.0 * circulation, -circulation],
            enstrophy: None,
        }
    }

    #[test]
    fn causes_add_up_to_the_drift() {
        let start = point(1.0, 1.0);
        let mut ledger = Ledger::new(&start);
        let report = PassReport { winding: [0.0, 0.125], ..Default::default() };
        ledger.record(&point(1.0, 1.5), &[event(-0.25)], &point(0.75, 1.5), &point(0.75, 1.5), report);
        let drift = ledger.drift(&point(0.75, 1.7));
        assert!((drift.circulation + 0.25).abs() < 1e-15);
        assert!(drift.unaccounted_circulation.abs() < 1e-15);
        assert!(drift.unaccounted_impulse.iter().all(|x| x.abs() < 1e-12));
        let cause = |name: &str| drift.causes.iter().find(|c| c.cause == name).unwrap();
        assert_eq!(cause("prune").circulation, -0.25);
        // 1.0 moved by 0.5, then 0.75 by 0.2; the pruned quarter lay at x = 1.5, not 1.
        assert!((cause("advection").impulse[1] + 0.65).abs() < 1e-12, "{drift:?}");
        assert!((cause("winding").impulse[1] - 0.125).abs() < 1e-12);
        assert_eq!(ledger.worst_voluntary_bits(), Some(-3.0));
    }

    #[test]
    fn memory_does_not_grow() {
        let atoms = point(1.0, 1.0);
        let mut ledger = Ledger::new(&atoms);
        for step in 0..20_000 {
            ledger.record(&atoms, &[event(0.0)], &atoms, &atoms, PassReport { step, ..Default::default() });
        }
        assert!(ledger.events().len() == KEPT && ledger.pass_reports().kept().len() <= super::super::passes::KEPT);
        assert_eq!((ledger.kind(Kind::Prune).events, ledger.passes()), (20_000, 20_000));
        assert!(ledger.pass_reports().kept().windows(2).all(|w| w[0].step < w[1].step));
    }
}
