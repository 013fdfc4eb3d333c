//! Work beside the frames: a thread with a name that says what it has found, once or now and then, and wakes whoever
//! waits for it.
//!
//! A panic of the work is its last word, as an error. A task that is dropped is asked to stop and is not waited for.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel},
    },
    thread,
    time::{Duration, Instant},
};

use crate::error::{Error, Result, caught};

/// What every task calls after each of its words.
static WAKE: OnceLock<Box<dyn Fn() + Send + Sync>> = OnceLock::new();

/// Has `wake` called on the task's thread after every word of every task from now on: an event loop that sleeps hears
/// of it. The first caller's holds.
pub fn wake_with(wake: impl Fn() + Send + Sync + 'static) {
    let _there_already = WAKE.set(Box::new(wake));
}

/// Work on a thread of its own.
#[derive(Debug)]
pub struct Task<T> {
    name: &'static str,
    words: Receiver<Result<T>>,
    cancelled: Arc<AtomicBool>,
    /// Whether its last word was heard.
    over: bool,
}

/// The work's side of a task.
#[derive(Clone, Debug)]
pub struct Voice<T> {
    words: Sender<Result<T>>,
    cancelled: Arc<AtomicBool>,
}

impl<T: Send + 'static> Task<T> {
    /// Starts work that answers once; `name` says in sentences what it is: "the encoder".
    ///
    /// # Errors
    /// [`Error::Run`] without a thread. What the work says, and its panic, come through [`Task::take`].
    pub fn once(name: &'static str, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<Self> {
        Self::start(name, move |voice| work().map(|answer| voice.say(answer)))
    }

    /// Starts work that may say several things; an error is its last word.
    ///
    /// # Errors
    /// [`Error::Run`] without a thread.
    pub fn start(name: &'static str, work: impl FnOnce(&Voice<T>) -> Result<()> + Send + 'static) -> Result<Self> {
        let (send, words) = channel();
        let cancelled = Arc::new(AtomicBool::new(false));
        let voice = Voice { words: send, cancelled: cancelled.clone() };
        let run = move || {
            let ended = caught(name, || work(&voice));
            let Voice { words, .. } = voice;
            if let Err(error) = ended {
                // Nobody listens any more when the task was dropped.
                let _unheard = words.send(Err(error));
            }
            // The end of the words is a word, too.
            drop(words);
            wake();
        };
        let spawned = thread::Builder::new().name(name.trim_start_matches("the ").into()).spawn(run);
        spawned.map_err(|e| Error::Run(format!("{name} has no thread to run on: {e}")))?;
        Ok(Self { name, words, cancelled, over: false })
    }

    /// The next word, if there is one. Never waits.
    pub fn take(&mut self) -> Option<Result<T>> {
        match self.words.try_recv() {
            Ok(word) => Some(word),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => {
                self.over = true;
                None
            }
        }
    }

    /// The next word, waited for so long at most; `None` where it did not come, or none comes any more.
    pub fn wait(&mut self, patience: Duration) -> Option<Result<T>> {
        let until = Instant::now() + patience;
        match self.words.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(word) => Some(word),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => {
                self.over = true;
                None
            }
        }
    }

    /// Whether it has ended and all of its words were taken.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Its name, as in sentences.
    pub fn name(&self) -> &'static str {
        self.name
    }
}

impl<T> Task<T> {
    /// Asks it to stop; it may still answer.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Release);
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.cancel();
    }
}

impl<T> Voice<T> {
    /// Says something. Nobody hears it any more where the task was dropped.
    pub fn say(&self, word: T) {
        if self.words.send(Ok(word)).is_ok() {
            wake();
        }
    }

    /// Whether the task was told to stop, or dropped.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire)
    }
}

fn wake() {
    if let Some(wake) = WAKE.get() {
        wake();
    }
}

/// Takes the answer of a task that answers once and then forgets the task; a thread that ended without a word is an
/// error.
pub fn answer<T: Send + 'static>(task: &mut Option<Task<T>>) -> Option<Result<T>> {
    let running = task.as_mut()?;
    let name = running.name;
    let answer = match running.take() {
        None if !running.is_over() => return None,
        None => Err(Error::Run(format!("{name} ended without a word"))),
        Some(answer) => answer,
    };
    *task = None;
    Some(answer)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn words_come_in_order_and_each_wakes_whoever_waits() {
        static WOKEN: AtomicUsize = AtomicUsize::new(0);
        wake_with(|| {
            WOKEN.fetch_add(1, Ordering::SeqCst);
        });
        let before = WOKEN.load(Ordering::SeqCst);
        let mut task = Task::start("the count", |voice| {
            (0..3).for_each(|i| voice.say(i));
            Err(Error::Run("no more".into()))
        })
        .unwrap();
        let said: Vec<_> = std::iter::from_fn(|| task.wait(LONG)).collect();
        assert!(matches!(&said[..], [Ok(0), Ok(1), Ok(2), Err(Error::Run(_))]), "{said:?}");
        assert!(task.is_over() && task.take().is_none());
        // Other tests' tasks may wake, too.
        assert!(WOKEN.load(Ordering::SeqCst) >= before + 3);
    }

    #[test]
    fn a_panic_is_an_error_and_an_answer_comes_once() {
        let quiet = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| ()));
        let mut task = Some(Task::<u8>::once("the sum", || panic!("a hole")).unwrap());
        let error = loop {
            if let Some(answer) = answer(&mut task) {
                break answer.unwrap_err();
            }
            thread::yield_now();
        };
        std::panic::set_hook(quiet);
        assert!(error.to_string().contains("the sum (a hole)"), "{error}");
        assert!(task.is_none() && answer(&mut task).is_none());
    }

    #[test]
    fn a_dropped_task_is_told_to_stop() {
        let (told, stopped) = channel();
        let task = Task::<()>::start("the wait", move |voice| {
            while !voice.is_cancelled() {
                thread::yield_now();
            }
            told.send(()).map_err(|_| Error::Run("unheard".into()))
        });
        drop(task);
        stopped.recv_timeout(LONG).unwrap();
    }
}
