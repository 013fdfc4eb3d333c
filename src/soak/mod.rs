//! A soak: a window that is used without rest and hurt on purpose, for an hour or for days, and what came of it.
//!
//! Frame by frame it does one thing at a time: an act of a hand ([`acts`]), a fault that the window survives
//! ([`trial`]), or a replay, one scene from its start to one step, whose state must hash alike each time. Windows
//! that must end are others ([`beside`]). Each replay comes after a lost device, so memory is read where all is alike:
//! the same scene, the same step, a device that has compiled nothing else, nothing to take back; and once more before
//! that device is taken away, after all that a round's work has compiled and allocated ([`pulse`]).

pub mod acts;
pub mod beside;
pub mod kind;
pub mod pulse;
pub mod report;
pub mod trial;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError},
};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::{
    app::{
        command::Command,
        model::{Ask, Panels, RescueAsk, TimeAsk, ViewModel},
        run::clock::RunState,
        window::hands::{Driver, Hands},
    },
    error::{Error, Result},
    genesis,
    io::hash_state,
    params::Params,
    process::remark,
};
use beside::Beside;
use kind::Kind;
use pulse::{Place, Pulse, Sample};
use report::{Report, Tally};
use trial::{SIZE, Trial};

/// Real time from one replay to the next.
const ROUND_S: f64 = 60.0;
/// Acts between two faults.
const ACTS: u32 = 2;
/// The scene of a replay, and its last step.
const SCENE: &str = "turbulence";
const STEPS: u64 = 96;
/// After this a replay that does not end is a fault.
const PATIENCE_S: f64 = 300.0;
/// Warm-up: at most this, at most so much of the time asked for.
const WARM_S: f64 = 600.0;
const WARM_SHARE: f64 = 0.25;

/// What is wanted, and where the result goes.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// How long.
    pub minutes: f64,
    /// Of every choice.
    pub seed: u64,
    /// For files, settings and windows beside; made and removed by whoever asks.
    pub folder: PathBuf,
    /// No faults: a hand and equal runs alone.
    pub calm: bool,
    /// No line on stderr now and then.
    pub quiet: bool,
    /// What was found so far.
    pub report: Arc<Mutex<Report>>,
}

/// Between two things to do.
enum Doing {
    Nothing,
    Trial(Trial<'static>),
    Replay(Replay),
}

/// From one round to the next.
enum Turning {
    /// All kinds of things lie about.
    Worked,
    /// The window is as it was at first.
    PutBack,
    /// Its device, too.
    Renewed,
}

/// A run from the start of a scene.
struct Replay {
    begun_s: f64,
    asked: bool,
    /// The step is there; memory is read a moment later.
    rested_s: Option<f64>,
}

/// What a soak has found so far.
struct Found {
    tally: Tally,
    acts: BTreeMap<String, u64>,
    hashes: BTreeMap<String, u64>,
    steps: u64,
    /// The step that was counted last.
    last_step: u64,
}

/// A soak under way.
pub struct Soak {
    plan: Plan,
    random: ChaCha8Rng,
    /// What a replay begins with.
    base: Params,
    begun_s: f64,
    found: Found,
    pulse: Pulse,
    doing: Doing,
    next_s: f64,
    acted: u32,
    round_s: f64,
    /// How far it is from one round to the next.
    turning: Turning,
    /// When a kind was made last.
    made_s: BTreeMap<&'static str, f64>,
    beside: Option<Beside>,
    over: bool,
}

impl Soak {
    /// Of a window that has just opened.
    pub fn begin(plan: Plan, params: Params, now_s: f64) -> Self {
        let mut tally = Tally::default();
        for kind in Kind::ALL.iter().filter(|_| !plan.calm) {
            if let Some(why) = kind.impossible() {
                tally.rule_out(kind.name(), why);
            }
        }
        let beside = match Beside::begin(plan.folder.clone()) {
            _ if plan.calm => None,
            Ok(beside) => Some(beside),
            Err(e) => {
                tally.end("windows beside", Err(e.to_string()));
                None
            }
        };
        Self {
            random: ChaCha8Rng::seed_from_u64(plan.seed),
            plan,
            base: params,
            begun_s: now_s,
            found: Found { tally, acts: BTreeMap::new(), hashes: BTreeMap::new(), steps: 0, last_step: 0 },
            pulse: Pulse::default(),
            doing: Doing::Nothing,
            next_s: now_s + 2.0,
            acted: 0,
            round_s: now_s,
            turning: Turning::Worked,
            made_s: BTreeMap::new(),
            beside,
            over: false,
        }
    }

    /// Once a frame.
    fn go_on(&mut self, hands: &mut Hands<'_>, now_s: f64) {
        let step = hands.model().readout.step;
        self.found.steps += step.saturating_sub(self.found.last_step);
        self.found.last_step = step;
        self.pulse.beat(hands.frames(), hands.run_state() != RunState::Paused, now_s);
        let late = now_s - self.begun_s >= 60.0 * self.plan.minutes;
        match std::mem::replace(&mut self.doing, Doing::Nothing) {
            Doing::Trial(mut trial) => {
                match trial.look(hands, &self.plan.folder, &mut self.random, now_s) {
                    None => self.doing = Doing::Trial(trial),
                    Some(outcome) => {
                        if let Err(why) = &outcome {
                            remark(&format!("dashi-vortex: {}: {why}", trial.kind.name()));
                        }
                        self.found.tally.end(trial.kind.name(), outcome);
                        hands.model_mut().notices.clear();
                        self.next_s = now_s + 0.2;
                    }
                }
                self.pulse.pause();
            }
            Doing::Replay(replay) => self.replay(hands, replay, now_s),
            Doing::Nothing if self.over => self.end(hands, now_s),
            Doing::Nothing if now_s < self.next_s => {}
            // What a hand did may go wrong by itself.
            Doing::Nothing if hands.model().rescue.fix.is_some() => {
                *self.found.acts.entry("numbers out of bounds, fixed".into()).or_default() += 1;
                hands.ask(Ask::Rescue(RescueAsk::Fix));
                self.next_s = now_s + 0.5;
            }
            Doing::Nothing if late || now_s - self.round_s >= ROUND_S => self.turn_round(hands, now_s, late),
            Doing::Nothing if self.acted >= ACTS && !self.plan.calm => {
                self.acted = 0;
                self.hurt(hands, now_s);
            }
            Doing::Nothing => {
                self.acted += 1;
                match acts::act(hands, &self.plan.folder, &mut self.random) {
                    Ok(name) => *self.found.acts.entry(name.into()).or_default() += 1,
                    Err(e) => self.found.tally.end("files of the soak", Err(e.to_string())),
                }
                self.next_s = now_s + self.random.random_range(0.05..0.6);
            }
        }
    }

    /// A round is over: everything as it was, another device, and the replay.
    fn turn_round(&mut self, hands: &mut Hands<'_>, now_s: f64, late: bool) {
        match self.turning {
            Turning::Worked => {
                self.pulse.look(Place::Work, now_s - self.begun_s, Sample::now());
                self.put_back(hands);
                // What is asked for is done by then: the new device compiles for the scene of the replay alone.
                (self.turning, self.next_s) = (Turning::PutBack, now_s + 1.0);
            }
            Turning::PutBack => {
                self.turning = Turning::Renewed;
                if !self.plan.calm {
                    self.strike(Kind::DeviceLost, None, hands, now_s);
                }
            }
            Turning::Renewed => {
                self.over = late;
                self.doing = Doing::Replay(Replay { begun_s: now_s, asked: false, rested_s: None });
            }
        }
    }

    /// The fault that was made least.
    fn hurt(&mut self, hands: &mut Hands<'_>, now_s: f64) {
        let rested = |kind: &Kind| self.made_s.get(kind.name()).is_none_or(|at| now_s - at >= kind.spacing_s());
        let counts =
            Kind::ALL.iter().filter(|kind| rested(kind)).filter_map(|k| Some((self.found.tally.made(k.name())?, *k)));
        let counts: Vec<_> = counts.collect();
        let Some(least) = counts.iter().map(|(count, _)| *count).min() else { return };
        let all: Vec<_> = counts.iter().filter(|(count, _)| *count == least).map(|(_, kind)| *kind).collect();
        let kind = all[self.random.random_range(0..all.len())];
        // A movie under way would be part of it, and a field that is being encoded become the state.
        if hands.model().export.job.is_some() || hands.model().encode.job.is_some() {
            hands.model_mut().asks.extend([Command::CancelRecording, Command::CancelEncoding].map(Ask::Command));
            self.next_s = now_s + 0.5;
            self.acted = ACTS;
            return;
        }
        let full = matches!(kind, Kind::FullDisk | Kind::FullMovie);
        let alone = match beside::ALONE.try_lock() {
            Ok(alone) => full.then_some(alone),
            Err(TryLockError::Poisoned(alone)) => full.then(|| alone.into_inner()),
            // A window starts just now: another fault then.
            Err(TryLockError::WouldBlock) if full => return,
            Err(TryLockError::WouldBlock) => None,
        };
        self.strike(kind, alone, hands, now_s);
    }

    /// Makes a fault of one kind.
    fn strike(&mut self, kind: Kind, alone: Option<MutexGuard<'static, ()>>, hands: &mut Hands<'_>, now_s: f64) {
        self.made_s.insert(kind.name(), now_s);
        match Trial::begin(kind, hands, &self.plan.folder, &mut self.random, alone, now_s) {
            Ok(trial) => self.doing = Doing::Trial(trial),
            Err(e) => self.found.tally.end(kind.name(), Err(e.to_string())),
        }
    }

    /// The scene from its start, the state's hash, and memory.
    fn replay(&mut self, hands: &mut Hands<'_>, mut replay: Replay, now_s: f64) {
        self.pulse.pause();
        if now_s - replay.begun_s > PATIENCE_S {
            let why = format!("{} steps of {SCENE} did not end, {:?}", hands.model().readout.step, hands.run_state());
            self.found.tally.end("replay", Err(why));
            return self.next_round(hands, now_s);
        }
        if !replay.asked {
            if hands.model().export.job.is_some() || hands.model().encode.job.is_some() {
                hands.model_mut().asks.extend([Command::CancelRecording, Command::CancelEncoding].map(Ask::Command));
            } else {
                self.put_back(hands);
                self.run_to_rest(hands);
                replay.asked = true;
            }
        } else if let Some(at_s) = replay.rested_s {
            if now_s - at_s > 1.0 && !hands.is_measuring() {
                self.pulse.look(Place::Rest, now_s - self.begun_s, Sample::now());
                return self.next_round(hands, now_s);
            }
        } else if hands.model().readout.step == STEPS && hands.run_state() == RunState::Paused && !hands.is_answering()
        {
            match hands.snapshot() {
                Ok(state) => *self.found.hashes.entry(hash_state(&state)).or_default() += 1,
                Err(e) => self.found.tally.end("replay", Err(e.to_string())),
            }
            hands.forget_history();
            replay.rested_s = Some(now_s);
        }
        self.doing = Doing::Replay(replay);
    }

    /// Everything as it was when the window opened, in the scene of the replay.
    fn put_back(&self, hands: &mut Hands<'_>) {
        let model = hands.model_mut();
        (model.params, model.view, model.panels) = (self.base, ViewModel::default(), Panels::default());
        (model.picked, model.picked_stroke) = (None, None);
        (model.rescue.fix, model.gallery.open) = (None, false);
        model.timeline.speed = 1.0;
        model.notices.clear();
        hands.ask_size(SIZE);
        if hands.model().kernel.reference {
            hands.ask(Ask::Command(Command::ToggleReference));
        }
        hands.ask(Ask::Command(Command::ForgetKernel));
        let operators: Vec<_> = hands.model().operators.iter().map(|row| row.name.clone()).collect();
        for name in operators {
            hands.ask(Ask::Operator(name, crate::app::model::OperatorAsk::Remove));
        }
        hands.model_mut().asks.extend([Ask::Scene(SCENE.into()), Ask::Time(TimeAsk::Speed(1.0))]);
    }

    /// To the step at which memory is read.
    fn run_to_rest(&self, hands: &mut Hands<'_>) {
        let mut params = self.base;
        // A name of the house's own; a scene that could not be made is refused below, too.
        let begin = genesis::make(SCENE, &mut params).map_or(0.0, |state| state.time);
        let until = begin + STEPS as f64 * params.dt;
        hands.ask(Ask::Time(TimeAsk::RunTo(until)));
    }

    fn next_round(&mut self, hands: &mut Hands<'_>, now_s: f64) {
        (self.round_s, self.next_s, self.turning) = (now_s, now_s + 0.2, Turning::Worked);
        hands.run();
        let report = self.report(hands, now_s, false);
        if !self.plan.quiet {
            let [made, recovered] = report.faults.sums();
            let mib = |mib: Option<f64>| mib.map_or_else(|| "-".into(), |mib| format!("{mib:.1}"));
            let Sample { rss, anon, heap } = Sample::now();
            let [rss, anon, heap] = [rss, anon, heap].map(mib);
            let Report { minutes, steps, hashes, .. } = &report;
            let hashes = hashes.len();
            remark(&format!(
                "[soak] {minutes:.1} min, {steps} steps, {recovered} of {made} faults recovered, {rss} MiB, {anon} of it \
                 anonymous, heap {heap} MiB, {hashes} hash(es)"
            ));
        }
        self.publish(report);
    }

    fn report(&self, hands: &mut Hands<'_>, now_s: f64, complete: bool) -> Report {
        let mut faults = self.found.tally.clone();
        if let Some(beside) = &self.beside {
            faults.0.extend(beside.tally().0);
        }
        let ran_s = now_s - self.begun_s;
        Report {
            complete,
            minutes: ran_s / 60.0,
            seed: self.plan.seed,
            adapter: hands.model().device.name.clone(),
            software_adapter: hands.model().device.software,
            steps: self.found.steps,
            acts: self.found.acts.clone(),
            faults,
            frames: self.pulse.frames(),
            memory: self.pulse.memory(WARM_S.min(WARM_SHARE * 60.0 * self.plan.minutes)),
            hashes: self.found.hashes.clone(),
        }
    }

    fn publish(&self, report: Report) {
        *self.plan.report.lock().unwrap_or_else(PoisonError::into_inner) = report;
    }

    /// The time is over: the last window beside ends, then this one.
    fn end(&mut self, hands: &mut Hands<'_>, now_s: f64) {
        if let Some(beside) = &self.beside {
            beside.stop();
            if !beside.is_over() {
                return;
            }
        }
        self.publish(self.report(hands, now_s, true));
        hands.close();
    }
}

impl Driver for Soak {
    fn turn(&mut self, hands: &mut Hands<'_>, now_s: f64) {
        self.go_on(hands, now_s);
    }
}

/// A folder that is gone with its owner.
pub struct Folder(pub PathBuf);

impl Folder {
    /// An empty one among the system's temporary files.
    ///
    /// # Errors
    /// [`Error::Unwritable`].
    pub fn new() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("dashi-vortex-soak-{}", std::process::id()));
        // An older process may have had this number.
        let _none_yet = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).map_err(|source| Error::Unwritable { path: path.clone(), source })?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays is in a folder for what may go.
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}
