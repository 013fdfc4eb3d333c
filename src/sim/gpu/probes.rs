//! What comes back to the host, and what was asked for: nothing inside a frame waits for it.

use glam::DVec2;

use super::{beside::Beside, held::Held, motion::Motion, sentinel::Sentinel, truth::Check, views::Views, watch::Watch};
use crate::{
    error::Result,
    gpu::{
        Context, Latest, PassTime, Ticket, Timer,
        ticket::{first, redeem},
    },
    ops::device::Counts,
    sim::gpu::copies::Parcels,
    state::State,
};

/// What the last finished frames reported. `None` until it was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counters {
    /// Vertices.
    pub vertices: u32,
    /// Quadrature blobs.
    pub blobs: u32,
    /// Atoms.
    pub atoms: u32,
    /// Whether the vertex budget holds insertion back.
    pub at_capacity: bool,
    /// Whether a displacement was not finite or passed a quarter of the box: the step was not taken.
    pub runaway: bool,
    /// Largest size of what the view shows.
    pub max_abs: Option<f32>,
    /// Cells of the last decode that were not finite.
    pub nan_inf: Option<u32>,
    /// What the view shows at the probe.
    pub probe: Option<f32>,
    /// Mean of `(u^2 + v^2)/2` on the flow grid.
    pub energy: Option<f64>,
    /// Mean of `omega^2/2` on the flow grid.
    pub enstrophy: Option<f64>,
}

impl Counters {
    /// What the device counts, or what was uploaded.
    pub(super) fn count(&mut self, counts: &Counts) {
        (self.vertices, self.atoms, self.blobs) = (counts.vertices, counts.atoms, counts.blobs);
    }
}

/// What comes back to the host.
pub struct Probes {
    pub(super) timer: Timer,
    pub(super) counters: Counters,
    counts: Latest<Vec<Counts>>,
    spectrum: Vec<[f64; 2]>,
    /// Where the view is asked for its value.
    probe: Option<DVec2>,
    /// Whether the next frame is to copy the state, and a copy on its way.
    seen: (bool, Option<Ticket<State>>),
    /// Velocities, to be checked in f64.
    pub check: Check,
    /// What a thread measures.
    pub watch: Watch,
    /// Looks at the numbers.
    pub(super) sentinel: Sentinel,
    /// The reference LES.
    pub beside: Option<Beside>,
}

impl Probes {
    /// Nothing was asked for, at a step.
    pub(super) fn new(context: &Context, step: u64) -> Self {
        Self {
            timer: Timer::new(context),
            counters: Counters::default(),
            counts: Latest::default(),
            spectrum: vec![],
            probe: None,
            seen: (false, None),
            check: Check::default(),
            watch: Watch::default(),
            sentinel: Sentinel::new(step),
            beside: None,
        }
    }

    /// Nothing that is on its way to the host is of the state that was put now, at a step.
    pub(super) fn restart(&mut self, step: u64) {
        self.counts = Latest::default();
        self.seen = (false, None);
        (self.check, self.watch, self.beside) = (Check::default(), Watch::default(), None);
        self.sentinel = Sentinel::new(step);
        self.spectrum.clear();
    }

    /// The last report.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Energy of the background on shells of wavenumbers, `[k, E(k)]`; empty without one.
    pub fn spectrum(&self) -> &[[f64; 2]] {
        &self.spectrum
    }

    /// Asks for what the view shows at a place of the box, or stops asking.
    pub fn ask_at(&mut self, at: Option<DVec2>) {
        self.probe = at;
    }

    /// Another picture is shown: what was measured of the one before is forgotten.
    pub(super) fn forget_picture(&mut self) {
        (self.counters.max_abs, self.counters.probe) = (None, None);
    }

    /// Time of each shader in the last finished frame.
    pub fn pass_times(&self) -> &[PassTime] {
        self.timer.times()
    }

    /// The last time of each stage in any frame that was taken in so far.
    pub fn passes_so_far(&self) -> &[PassTime] {
        self.timer.so_far()
    }

    /// The last time of each stage in any frame.
    pub fn passes_seen(&mut self) -> &[PassTime] {
        self.timer.seen()
    }

    /// What was found to be no number since the state was put on the device.
    pub fn sentinel(&self) -> &Sentinel {
        &self.sentinel
    }

    /// The next frame copies the state back, unless a copy is on its way.
    pub fn ask_state(&mut self) {
        self.seen.0 = true;
    }

    /// Whether a copy of the state is asked for, or on its way.
    pub fn is_state_asked(&self) -> bool {
        self.seen.0 || self.seen.1.is_some()
    }

    /// Whether a copied state is there.
    pub fn has_state(&self) -> bool {
        self.seen.1.as_ref().is_some_and(Ticket::is_there)
    }

    /// The state has changed in between two steps: a copy that is on its way is made anew.
    pub(super) fn renew_state(&mut self) {
        self.seen.0 |= self.seen.1.take().is_some();
    }

    /// The copied state once it is there, ellipses as they ride. Never waits.
    ///
    /// # Errors
    /// When the device could not answer.
    pub fn take_state(&mut self) -> Option<Result<State>> {
        redeem(&mut self.seen.1)
    }

    /// Whether a frame is to record a copy although no time passes.
    pub fn wants_frame(&self) -> bool {
        (self.seen.0 && self.seen.1.is_none()) || self.watch.wants_frame() || self.check.wants_frame()
    }

    /// Records the copies that were asked for; the last work of a frame's encoder.
    pub(super) fn record(
        &mut self,
        encoder: &mut wgpu::CommandEncoder,
        held: &mut Held,
        motion: &mut Motion,
        views: &mut Views,
    ) {
        let readbacks = held.context.readbacks();
        self.counts.ask(|| readbacks.ask(encoder, &[held.buffers.counts.slice(..)]).then(first));
        self.check.record(encoder, held, motion, views);
        views.ask(encoder, self.probe);
        if let Some(background) = &mut held.background {
            background.ask(&held.context, encoder);
        }
        motion.copy_circulation(held, encoder);
        if let Some(beside) = &mut self.beside {
            beside.record(encoder, held, views);
        }
        self.watch.record(encoder, held, views);
        if self.seen.0 && self.seen.1.is_none() {
            let copied = held.ask(encoder, Parcels::Shown, views.strokes(), &[]);
            self.seen = (false, Some(copied.then(|copied| Ok(copied.state))));
        }
    }

    /// Takes in what came back since the last call.
    pub(super) fn harvest(&mut self, held: &mut Held, views: &mut Views) {
        self.timer.end_frame();
        if let Some(beside) = &mut self.beside {
            beside.heed();
        }
        self.sentinel.judge();
        let cycle = held.carried.as_ref().map(|carried| &carried.cycle);
        let wound = cycle.is_some_and(|cycle| cycle.pace.too_fast(&held.params).is_some());
        let counters = &mut self.counters;
        if let Some(counts) = self.counts.take().and_then(|counts| counts.first().copied()) {
            counters.count(&counts);
            counters.at_capacity = counts.held != 0;
            counters.runaway = counts.runaway != 0 || wound;
        }
        if let Some((max_abs, nan_inf)) = views.view.take_summary() {
            (counters.max_abs, counters.nan_inf) = (Some(max_abs), Some(nan_inf));
        }
        if let Some(value) = views.view.take_probe() {
            counters.probe = Some(value);
        }
        if self.probe.is_none() {
            counters.probe = None;
        }
        if let Some((energy, enstrophy)) = views.take_sums() {
            (counters.energy, counters.enstrophy) = (Some(energy), Some(enstrophy));
        }
        let awake = held.known.awake;
        if let Some(spectrum) = held.background.as_mut().and_then(|background| background.take_spectrum()) {
            self.spectrum = if awake { spectrum } else { vec![] };
        }
    }
}
