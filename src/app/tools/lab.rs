//! The laboratory's cases on a thread of their own, and the truth of the running state.
//!
//! Cases run on the CPU, on all cores but one, and never hold up a frame. So does the row of a scene, but where the
//! window's adapter is hardware it runs there, on a device of its own: its queue is none of the window's. The truth needs the device only to
//! record three passes and some copies into a frame; what comes back is judged on another thread.

use std::{
    sync::mpsc::{Receiver, Sender, channel},
    thread,
};

use crate::{
    app::{
        desk::Desk,
        model::{CaseState, LabAsk, SceneModel, SceneState, TruthModel},
        tools::same::same,
    },
    error::{Error, Result, caught},
    genesis,
    gpu::Context,
    lab::{
        CASES, Case, Place, Report, Setup,
        scenes::{self, BUDGET, Measure, Row, TIMES, of_reference, side_of},
    },
    params::Params,
    process::task::{self, Task, Voice},
    sim::{self, Truth},
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

/// The thread that takes cases in order.
struct Bench {
    queue: Sender<Work>,
    news: Task<News>,
}

impl Bench {
    /// Waits for cases.
    fn open() -> Result<Self> {
        let (queue, inbox) = channel();
        Ok(Self { queue, news: Task::start("the laboratory", move |voice| work(&inbox, voice))? })
    }

    fn take(&self, work: Work) -> Result<()> {
        self.queue.send(work).map_err(|_| Error::Run("the laboratory's thread has ended; try again".into()))
    }
}

fn work(inbox: &Receiver<Work>, voice: &Voice<News>) -> Result<()> {
    // One core stays with the window.
    let cores = thread::available_parallelism().map_or(1, |n| n.get().saturating_sub(1).max(1));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(cores).build();
    for work in inbox {
        if voice.is_cancelled() {
            break;
        }
        let run = || match &work {
            Work::Case(case) => {
                let mut watch = |share| {
                    voice.say(News::Share(case.name, share));
                    !voice.is_cancelled()
                };
                let report = caught("the case", || case.run(&Setup::default(), &mut watch)).map_err(|e| e.to_string());
                News::Done(case.name, report)
            }
            Work::Scene(scene) => {
                let mut tell = |stage: &str, share: f64| {
                    voice.say(News::Stage(stage.into(), share));
                    match voice.is_cancelled() {
                        true => Err(Error::Interrupted("the measurement is not complete".into())),
                        false => Ok(()),
                    }
                };
                let row = caught("the measurement", || scene.row(&mut tell));
                News::Row(row.map(Box::new).map_err(|e| e.to_string()))
            }
        };
        voice.say(match &pool {
            Ok(pool) => pool.install(run),
            Err(_) => run(),
        });
    }
    Ok(())
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

/// Cases and the check of the running state, on their way.
#[derive(Default)]
pub struct Laboratory {
    /// The laboratory's thread, once a case was asked for.
    bench: Option<Bench>,
    /// A moment that is being checked.
    judging: Option<Task<Truth>>,
}

impl Laboratory {
    /// What the panel of the laboratory asks for.
    ///
    /// # Errors
    /// Where no thread can be had.
    pub fn ask(&mut self, desk: &mut Desk, ask: LabAsk) -> Result<()> {
        match ask {
            LabAsk::Run(name) => self.queue(desk, |case| case.name == name),
            LabAsk::RunAll => self.queue(desk, |_| true),
            LabAsk::Scene => self.measure_scene(desk),
            LabAsk::Stop => {
                if desk.model.scene_row.state.is_busy() {
                    desk.model.scene_row.state = SceneState::Idle;
                }
                self.bench = None;
                let unfinished = |state: &CaseState| matches!(state, CaseState::Waiting | CaseState::Running(_));
                desk.model.lab.iter_mut().filter(|case| unfinished(case)).for_each(|case| *case = CaseState::Idle);
                Ok(())
            }
        }
    }

    fn bench(&mut self) -> Result<&Bench> {
        Ok(match &mut self.bench {
            Some(bench) => bench,
            none => none.insert(Bench::open()?),
        })
    }

    fn queue(&mut self, desk: &mut Desk, wanted: impl Fn(&Case) -> bool) -> Result<()> {
        let bench = self.bench()?;
        for (case, state) in CASES.iter().zip(&mut desk.model.lab) {
            if wanted(case) && !matches!(state, CaseState::Waiting | CaseState::Running(_)) {
                bench.take(Work::Case(case))?;
                *state = CaseState::Waiting;
            }
        }
        Ok(())
    }

    /// The start of the running scene, with the parameters that it runs with, is measured as `bench scenes` does.
    fn measure_scene(&mut self, desk: &mut Desk) -> Result<()> {
        if desk.model.scene_row.state.is_busy() {
            return Ok(());
        }
        let params = Params { tracers: 0, ..desk.model.params };
        let state = (*desk.run.origin).clone();
        let report = &desk.device.context().report;
        let adapter = (!report.software).then(|| report.name.clone());
        let name = desk.model.scene.clone();
        let case = scenes::Case { name: name.clone(), state, params };
        self.bench()?.take(Work::Scene(Box::new(Scene { case, adapter, times: TIMES.to_vec(), side: None })))?;
        desk.model.scene_row = SceneModel { name, state: SceneState::Waiting };
        Ok(())
    }

    /// Takes in what the threads have found.
    pub fn hear(&mut self, desk: &mut Desk) {
        while let Some(news) = self.bench.as_mut().and_then(|bench| bench.news.take()) {
            match news {
                Ok(news) => take_in(desk, news),
                Err(e) => desk.complain(e.to_string()),
            }
        }
        let moment = desk.device.main.sim.probes_mut().check.take();
        match moment.map(|moment| moment.and_then(|m| Task::once("the comparison", move || Ok(m.truth())))) {
            Some(Ok(judging)) => self.judging = Some(judging),
            Some(Err(e)) => desk.complain(e.to_string()),
            None => {}
        }
        match task::answer(&mut self.judging) {
            Some(Ok(truth)) => desk.model.truth.last = Some(truth),
            Some(Err(e)) => desk.complain(e.to_string()),
            None => {}
        }
        // An edit between asking and answering takes the question with it.
        desk.model.truth.pending = self.judging.is_some() || desk.device.main.sim.probes().check.is_asked();
    }
}

/// Asks the device for the velocities of the next frame.
pub fn ask_truth(desk: &mut Desk) {
    if !desk.model.truth.pending {
        desk.device.main.sim.probes_mut().check.ask();
        desk.model.truth = TruthModel { pending: true, ..TruthModel::default() };
    }
}

fn take_in(desk: &mut Desk, news: News) {
    let (name, state) = match news {
        News::Stage(stage, share) => return desk.model.scene_row.state = SceneState::Running(stage, share),
        News::Row(row) => {
            return desk.model.scene_row.state = row.map_or_else(SceneState::Failed, SceneState::Done);
        }
        News::Share(name, share) => (name, CaseState::Running(share)),
        News::Done(name, Ok(report)) => (name, CaseState::Done(report)),
        News::Done(name, Err(why)) => (name, CaseState::Failed(why)),
    };
    if let Some(i) = CASES.iter().position(|case| case.name == name) {
        desk.model.lab[i] = state;
    }
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
    fn answer(lab: &mut Bench) -> (usize, std::result::Result<Box<Row>, String>) {
        let mut stages = 0;
        loop {
            match lab.news.wait(Duration::from_secs(240)).unwrap().unwrap() {
                News::Row(row) => return (stages, row),
                _ => stages += 1,
            }
        }
    }

    #[test]
    fn a_scene_is_measured_on_the_thread_and_stops_when_told() {
        let mut lab = Bench::open().unwrap();
        lab.queue.send(scene(&[0.05, 0.1], false)).unwrap();
        let (stages, row) = answer(&mut lab);
        let row = row.unwrap();
        assert!(stages > 4 && row.scene == "pair" && row.live.ended.is_none(), "{stages}");
        // So early nothing has gone astray, and 1,849 numbers are fewer than a grid of 64 holds.
        assert!(row.live.at.len() == 2 && row.live.at.iter().all(|at| at.corr > Some(0.99)), "{row:?}");
        assert_eq!((row.spectral.len(), row.asked.len(), row.met.len()), (1, 2, 2));
        // No start of a scene is held to its figures by name alone.
        lab.queue.send(scene(&[0.05], true)).unwrap();
        assert_eq!(answer(&mut lab).1.unwrap().scene, "pair, edited");
        // Told to stop, it says that it is not complete.
        lab.queue.send(scene(&[500.0], false)).unwrap();
        while !matches!(lab.news.wait(Duration::from_secs(60)).unwrap().unwrap(), News::Stage(..)) {}
        lab.news.cancel();
        assert!(answer(&mut lab).1.unwrap_err().contains("not complete"));
    }
}
