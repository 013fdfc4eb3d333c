//! Ctrl-C and termination as a question a loop can ask. A second signal ends the process at once.

use std::sync::atomic::{AtomicU8, Ordering};

use crate::error::{Error, Result};

/// Exit code that was asked for; 0 while nothing was.
static ASKED: AtomicU8 = AtomicU8::new(0);

/// From now on Ctrl-C, SIGTERM and SIGHUP are noted, not obeyed; `wake` is called on a thread of its own at the first.
///
/// # Errors
/// [`Error::Run`] where the system does not let them be noted.
#[cfg(unix)]
pub fn watch(wake: impl Fn() + Send + 'static) -> Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let unwatched = |e: std::io::Error| Error::Run(format!("Ctrl-C cannot be watched for: {e}"));
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP]).map_err(unwatched)?;
    let listen = move || {
        for signal in signals.forever() {
            // 130, 143, 129: what a shell reports for each.
            let code = 128 + signal;
            if ASKED.swap(code as u8, Ordering::AcqRel) != 0 {
                signal_hook::low_level::exit(code);
            }
            wake();
        }
    };
    std::thread::Builder::new().name("signals".into()).spawn(listen).map_err(unwatched)?;
    Ok(())
}

/// From now on Ctrl-C is noted, not obeyed; `wake` is called on a thread of its own at the first.
///
/// # Errors
/// [`Error::Run`] where the system does not let it be noted.
#[cfg(not(unix))]
pub fn watch(wake: impl Fn() + Send + 'static) -> Result<()> {
    let noted = move || {
        if ASKED.swap(130, Ordering::AcqRel) != 0 {
            std::process::exit(130);
        }
        wake();
    };
    ctrlc::set_handler(noted).map_err(|e| Error::Run(format!("Ctrl-C cannot be watched for: {e}")))
}

/// A file that outgrows the limit of its user is an error of that write, not the end of the process.
pub fn survive_full_files() {
    // Where it cannot be asked for, all is as it was.
    #[cfg(unix)]
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, std::sync::Arc::new(false.into()));
}

/// Whether the process was asked to stop.
pub fn asked_to_stop() -> bool {
    asked().is_some()
}

/// The exit code of the signal that came: 130 for Ctrl-C, 143 for SIGTERM, 129 for SIGHUP.
pub fn asked() -> Option<u8> {
    Some(ASKED.load(Ordering::Acquire)).filter(|code| *code != 0)
}

/// The same error, with the exit code of the signal that caused it.
pub fn named(error: Error) -> Error {
    match (error, asked()) {
        (Error::Interrupted(what), Some(code)) if code != 130 => Error::Terminated(what, code),
        (other, _) => other,
    }
}
