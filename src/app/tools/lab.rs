//! The laboratory's cases on a thread of their own, and the truth of the running state.
//!
//! Cases run on the CPU, on all cores but one, and never hold up a frame. So does the row of a scene, but where the
//! window's adapter is hardware it runs there, on a device of its own: its queue is none of the window's. The truth needs the device only to
//! record three passes and some copies into a frame; what comes back is judged on another thread.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread,
};

use crate::{
    app::{
        model::{CaseState, LabAsk, SceneModel, SceneState, TruthModel},
        tools::files::same,
        window::Session,
    },
    error::{Error, Result, caught},
    genesis,
    gpu::Context,
    lab::{
        CASES, Case, Place, Report, Setup,
        scenes::{self, BUDGET, Measure, Row, TIMES, of_reference, side_of},
    },
    params::Params,
    sim::{self, Moment, Truth},
};

/// What the thread is asked for.
enum Work {
    /// A known flow.
    Case(&'static Case),
    /// How long a scene stays true.
    Scene(Box<Scene>),
}

/// A scene to be measured.
struct Scene {
    /// Its state as the run began with it.
    case: scenes::Case,
    /// The hardware adapter it runs on.
    adapter: Option<String>,
    times: Vec<f64>,
    /// Side of the reference's grid, unless the place says.
    side: Option<usize>,
}

/// What the thread tells.
enum News {
    /// So much of a stage of the scene is done.
    Stage(String, f64),
    /// The scene was measured.
    Row(std::result::Result<Box<Row>, String>),
    /// So much of a case is done.
    Share(&'static str, f64),
    /// A case ended.
    Done(&'static str, std::result::Result<Report, String>),
}

/// A thread that takes cases in order.
pub(crate) struct Lab {
    queue: Sender<Work>,
    news: Receiver<News>,
    stop: Arc<AtomicBool>,
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl Lab {
    /// Waits for cases.
    fn open() -> Result<Self> {
        let ((queue, inbox), (outbox, news)) = (channel(), channel());
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let spawned = thread::Builder::new().name("laboratory".into()).spawn(move || work(&inbox, &outbox, &stopped));
        spawned.map_err(|e| Error::Run(format!("the laboratory has no thread to run on: {e}")))?;
        Ok(Self { queue, news, stop })
    }
}

fn work(inbox: &Receiver<Work>, outbox: &Sender<News>, stop: &AtomicBool) {
    // One core stays with the window.
    let cores = thread::available_parallelism().map_or(1, |n| n.get().saturating_sub(1).max(1));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(cores).build();
    for work in inbox {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let run = || match &work {
            Work::Case(case) => {
                let mut watch = |share| {
                    // Nobody listens any more when the laboratory was closed.
                    let _unheard = outbox.send(News::Share(case.name, share));
                    !stop.load(Ordering::Relaxed)
                };
                let report = caught("the case", || case.run(&Setup::default(), &mut watch)).map_err(|e| e.to_string());
                News::Done(case.name, report)
            }
            Work::Scene(scene) => {
                let mut tell = |stage: &str, share: f64| {
                    let _unheard = outbox.send(News::Stage(stage.into(), share));
                    match stop.load(Ordering::Relaxed) {
                        true => Err(Error::Interrupted("the measurement is not complete".into())),
                        false => Ok(()),
                    }
                };
                let row = caught("the measurement", || scene.row(&mut tell));
                News::Row(row.map(Box::new).map_err(|e| e.to_string()))
            }
        };
        let news = match &pool {
            Ok(pool) => pool.install(run),
            Err(_) => run(),
        };
        let _unheard = outbox.send(news);
    }
}

impl Scene {
    fn row(&self, tell: &mut scenes::Tell<'_>) -> Result<Row> {
        let scenes::Case { name, state, params } = &self.case;
        let state = sim::whole(state, params)?;
        let state = if state.step == 0 { sim::prepared(&state, params)? } else { state };
        // Figures are held to the start that they were set for, not to what was drawn into it.
        let start = genesis::make(name, &mut { *params }).ok().filter(|start| same(&state, start));
        let name = if start.is_some() { name.clone() } else { format!("{name}, edited") };
        let case = scenes::Case { name, state, params: *params };
        let place = match &self.adapter {
            Some(adapter) => Place::Device(Context::headless(Some(adapter))?),
            None => Place::Cpu,
        };
        let solver = of_reference(&place);
        let n = self.side.unwrap_or_else(|| side_of(&solver));
        let measure = Measure { times: &self.times, budget: BUDGET, place: &place, solver: &solver, n, cost: None };
        measure.row(&case, tell)
    }
}

/// A comparison on its way.
pub(crate) type Judging = Receiver<Result<Truth>>;

impl Session {
    /// What the panel of the laboratory asks for.
    pub(crate) fn lab(&mut self, ask: LabAsk) -> Result<()> {
        match ask {
            LabAsk::Run(name) => self.queue(|case| case.name == name),
            LabAsk::RunAll => self.queue(|_| true),
            LabAsk::Scene => self.measure_scene(),
            LabAsk::Stop => {
                if self.model.scene_row.state.is_busy() {
                    self.model.scene_row.state = SceneState::Idle;
                }
                self.lab = None;
                let unfinished = |state: &CaseState| matches!(state, CaseState::Waiting | CaseState::Running(_));
                self.model.lab.iter_mut().filter(|case| unfinished(case)).for_each(|case| *case = CaseState::Idle);
                Ok(())
            }
        }
    }

    fn queue(&mut self, wanted: impl Fn(&Case) -> bool) -> Result<()> {
        let lab = match self.lab.take() {
            Some(lab) => lab,
            None => Lab::open()?,
        };
        for (case, state) in CASES.iter().zip(&mut self.model.lab) {
            if wanted(case) && !matches!(state, CaseState::Waiting | CaseState::Running(_)) {
                let ended = || Error::Run("the laboratory's thread has ended; try again".into());
                lab.queue.send(Work::Case(case)).map_err(|_| ended())?;
                *state = CaseState::Waiting;
            }
        }
        self.lab = Some(lab);
        Ok(())
    }

    /// The start of the running scene, with the parameters that it runs with, is measured as `bench scenes` does.
    fn measure_scene(&mut self) -> Result<()> {
        if self.model.scene_row.state.is_busy() {
            return Ok(());
        }
        let params = Params { tracers: 0, ..self.model.params };
        let state = (*self.origin).clone();
        let report = &self.engine.context().report;
        let adapter = (!report.software).then(|| report.name.clone());
        let name = self.model.scene.clone();
        let case = scenes::Case { name: name.clone(), state, params };
        let scene = Box::new(Scene { case, adapter, times: TIMES.to_vec(), side: None });
        let lab = match self.lab.take() {
            Some(lab) => lab,
            None => Lab::open()?,
        };
        let sent = lab.queue.send(Work::Scene(scene));
        sent.map_err(|_| Error::Run("the laboratory's thread has ended; try again".into()))?;
        self.model.scene_row = SceneModel { name, state: SceneState::Waiting };
        self.lab = Some(lab);
        Ok(())
    }

    /// Asks the device for the velocities of the next frame.
    pub(crate) fn ask_truth(&mut self) {
        if !self.model.truth.pending {
            self.engine.ask_truth();
            self.model.truth = TruthModel { pending: true, ..TruthModel::default() };
        }
    }

    /// Takes in what the threads have found.
    pub(crate) fn laboratory(&mut self, now_s: f64) {
        for news in self.lab.iter().flat_map(|lab| lab.news.try_iter()) {
            let (name, state) = match news {
                News::Stage(stage, share) => {
                    self.model.scene_row.state = SceneState::Running(stage, share);
                    continue;
                }
                News::Row(row) => {
                    self.model.scene_row.state = row.map_or_else(SceneState::Failed, SceneState::Done);
                    continue;
                }
                News::Share(name, share) => (name, CaseState::Running(share)),
                News::Done(name, Ok(report)) => (name, CaseState::Done(report)),
                News::Done(name, Err(why)) => (name, CaseState::Failed(why)),
            };
            if let Some(i) = CASES.iter().position(|case| case.name == name) {
                self.model.lab[i] = state;
            }
        }
        match self.engine.take_moment() {
            Some(Ok(moment)) => match judge(moment) {
                Ok(judging) => self.judging = Some(judging),
                Err(e) => self.model.complain(e.to_string(), now_s),
            },
            Some(Err(e)) => self.model.complain(e.to_string(), now_s),
            None => {}
        }
        if let Some(truth) = self.judging.as_ref().and_then(|judging| judging.try_recv().ok()) {
            self.judging = None;
            match truth {
                Ok(truth) => self.model.truth.last = Some(truth),
                Err(e) => self.model.complain(e.to_string(), now_s),
            }
        }
        // An edit between asking and answering takes the question with it.
        self.model.truth.pending = self.judging.is_some() || self.engine.is_asked_for_truth();
    }

    /// Whether a thread is about to say something.
    pub(crate) fn is_expecting(&self) -> bool {
        let busy = |state: &CaseState| matches!(state, CaseState::Waiting | CaseState::Running(_));
        self.model.truth.pending
            || self.is_measuring()
            || self.preparing.is_some()
            || self.eigenvalues.is_some()
            || self.model.scene_row.state.is_busy()
            || self.model.lab.iter().any(busy)
    }
}

fn judge(moment: Moment) -> Result<Judging> {
    let (send, receive) = channel();
    let compare = move || {
        // Nobody listens any more when the window was closed.
        let _unheard = send.send(caught("the comparison", || Ok(moment.truth())));
    };
    let spawned = thread::Builder::new().name("truth".into()).spawn(compare);
    spawned.map_err(|e| Error::Run(format!("the comparison has no thread to run on: {e}")))?;
    Ok(receive)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::state::{Atom, Sign};

    fn scene(times: &[f64], edited: bool) -> Work {
        let mut params = Params { tracers: 0, ..Params::default() };
        let mut state = genesis::make("pair", &mut params).unwrap();
        if edited {
            let weak = Atom::ellipse(Sign::Plus, 1e-3, 0.2, 1.0, 0.0, glam::DVec2::ONE);
            state.atoms.push(weak).unwrap();
        }
        let case = scenes::Case { name: "pair".into(), state, params };
        Work::Scene(Box::new(Scene { case, adapter: None, times: times.to_vec(), side: Some(64) }))
    }

    /// What comes until a row or a fault does.
    fn answer(lab: &Lab) -> (usize, std::result::Result<Box<Row>, String>) {
        let mut stages = 0;
        loop {
            match lab.news.recv_timeout(Duration::from_secs(240)).unwrap() {
                News::Row(row) => return (stages, row),
                _ => stages += 1,
            }
        }
    }

    #[test]
    fn a_scene_is_measured_on_the_thread_and_stops_when_told() {
        let lab = Lab::open().unwrap();
        lab.queue.send(scene(&[0.05, 0.1], false)).unwrap();
        let (stages, row) = answer(&lab);
        let row = row.unwrap();
        assert!(stages > 4 && row.scene == "pair" && row.live.ended.is_none(), "{stages}");
        // So early nothing has gone astray, and 1,849 numbers are fewer than a grid of 64 holds.
        assert!(row.live.at.len() == 2 && row.live.at.iter().all(|at| at.corr > Some(0.99)), "{row:?}");
        assert_eq!((row.spectral.len(), row.asked.len(), row.met.len()), (1, 2, 2));
        // No start of a scene is held to its figures by name alone.
        lab.queue.send(scene(&[0.05], true)).unwrap();
        assert_eq!(answer(&lab).1.unwrap().scene, "pair, edited");
        // Told to stop, it says that it is not complete.
        lab.queue.send(scene(&[500.0], false)).unwrap();
        while !matches!(lab.news.recv_timeout(Duration::from_secs(60)).unwrap(), News::Stage(..)) {}
        lab.stop.store(true, Ordering::Relaxed);
        assert!(answer(&lab).1.unwrap_err().contains("not complete"));
    }
}
