//! The laboratory's cases on a thread of their own, and the truth of the running state.
//!
//! Cases run on the CPU, on all cores but one, and never hold up a frame. The truth needs the device only to
//! record three passes and some copies into a frame; what comes back is judged on another thread.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread,
};

use super::{
    model::{CaseState, LabAsk, TruthModel},
    session::Session,
};
use crate::{
    error::{Error, Result, caught},
    lab::{CASES, Case, Report, Setup},
    sim::{Moment, Truth},
};

/// What the thread tells.
enum News {
    /// So much of a case is done.
    Share(&'static str, f64),
    /// A case ended.
    Done(&'static str, std::result::Result<Report, String>),
}

/// A thread that takes cases in order.
pub(super) struct Lab {
    queue: Sender<&'static Case>,
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

fn work(inbox: &Receiver<&'static Case>, outbox: &Sender<News>, stop: &AtomicBool) {
    // One core stays with the window.
    let cores = thread::available_parallelism().map_or(1, |n| n.get().saturating_sub(1).max(1));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(cores).build();
    for case in inbox {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let mut watch = |share| {
            // Nobody listens any more when the laboratory was closed.
            let _unheard = outbox.send(News::Share(case.name, share));
            !stop.load(Ordering::Relaxed)
        };
        let mut run = || caught("the case", || case.run(&Setup::default(), &mut watch)).map_err(|e| e.to_string());
        let report = match &pool {
            Ok(pool) => pool.install(&mut run),
            Err(_) => run(),
        };
        let _unheard = outbox.send(News::Done(case.name, report));
    }
}

/// A comparison on its way.
pub(super) type Judging = Receiver<Result<Truth>>;

impl Session {
    /// What the panel of the laboratory asks for.
    pub(super) fn lab(&mut self, ask: LabAsk) -> Result<()> {
        match ask {
            LabAsk::Run(name) => self.queue(|case| case.name == name),
            LabAsk::RunAll => self.queue(|_| true),
            LabAsk::Stop => {
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
                lab.queue.send(case).map_err(|_| ended())?;
                *state = CaseState::Waiting;
            }
        }
        self.lab = Some(lab);
        Ok(())
    }

    /// Asks the device for the velocities of the next frame.
    pub(super) fn ask_truth(&mut self) {
        if !self.model.truth.pending {
            self.engine.ask_truth();
            self.model.truth = TruthModel { pending: true, ..TruthModel::default() };
        }
    }

    /// Takes in what the threads have found.
    pub(super) fn laboratory(&mut self, now_s: f64) {
        for news in self.lab.iter().flat_map(|lab| lab.news.try_iter()) {
            let (name, state) = match news {
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
    pub(super) fn is_expecting(&self) -> bool {
        let busy = |state: &CaseState| matches!(state, CaseState::Waiting | CaseState::Running(_));
        self.model.truth.pending
            || self.is_measuring()
            || self.preparing.is_some()
            || self.eigenvalues.is_some()
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
