//! Ctrl-C and termination as a question a loop can ask.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, Result};

static ASKED: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C, SIGTERM and SIGHUP are noted, not obeyed.
pub fn watch() -> Result<()> {
    ctrlc::set_handler(|| ASKED.store(true, Ordering::Relaxed))
        .map_err(|e| Error::Run(format!("Ctrl-C cannot be watched for: {e}")))
}

/// Whether the run was asked to stop.
pub fn asked_to_stop() -> bool {
    ASKED.load(Ordering::Relaxed)
}
