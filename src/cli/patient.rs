//! Work that takes minutes and cannot be interrupted, a factorisation say: on a thread of its own, while this one
//! tells how long it has been at it and hears Ctrl-C. What is given up goes on until the process ends, a moment later.

use std::{
    sync::mpsc::{RecvTimeoutError, channel},
    thread::Builder,
    time::{Duration, Instant},
};

use super::{remark, signal};
use crate::error::{Error, Result};

/// Between two looks at whether to stop.
const LOOK: Duration = Duration::from_millis(50);
/// Between two lines.
const PAUSE: Duration = Duration::from_secs(2);
/// Of the thread: that of a main thread.
const STACK: usize = 8 << 20;

enum Word<T> {
    At(&'static str),
    Done(Result<T>),
}

/// Does it; `what` names it in lines and messages, `left` says what is saved if it is interrupted. The work says what
/// it is at.
///
/// # Errors
/// Those of the work; [`Error::Interrupted`] at once when the process is asked to stop.
pub fn patiently<T: Send + 'static>(
    what: &str,
    left: &str,
    quiet: bool,
    work: impl FnOnce(&dyn Fn(&'static str)) -> Result<T> + Send + 'static,
) -> Result<T> {
    let (send, receive) = channel();
    let tell = send.clone();
    let work = move || {
        // Nobody listens any more after an interrupt.
        let done = work(&|stage| drop(tell.send(Word::At(stage))));
        drop(send.send(Word::Done(done)));
    };
    let thread = Builder::new().name("patient work".into()).stack_size(STACK).spawn(work);
    thread.map_err(|e| Error::Run(format!("{what}: no thread to run on: {e}")))?;
    let (begun, mut told, mut stage) = (Instant::now(), Instant::now(), "beginning");
    loop {
        match receive.recv_timeout(LOOK) {
            Ok(Word::Done(done)) => return done,
            Ok(Word::At(next)) => stage = next,
            Err(RecvTimeoutError::Timeout) => {}
            // A panic has been printed.
            Err(RecvTimeoutError::Disconnected) => return Err(Error::Run(format!("{what}: {stage} broke off"))),
        }
        if signal::asked_to_stop() {
            return Err(Error::Interrupted(format!("{what}: while {stage}; {left}")));
        }
        if !quiet && told.elapsed() >= PAUSE {
            remark(&format!("{what}: {stage}, {:.0} s", begun.elapsed().as_secs_f64()));
            told = Instant::now();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_work_comes_back_with_its_result_or_its_error() {
        let done = patiently("a sum", "", true, |tell| {
            tell("adding");
            Ok(1 + 2)
        });
        assert_eq!(done.unwrap(), 3);
        let failed = patiently::<()>("a sum", "", true, |_| Err(Error::Run("no".into())));
        assert_eq!(failed.unwrap_err().to_string(), "no");
    }
}
