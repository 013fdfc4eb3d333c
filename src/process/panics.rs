//! The last words of a fault of the program: a log, a saved state, one sentence. Never a second panic.

use std::{
    backtrace::Backtrace,
    fs,
    io::Write,
    panic::PanicHookInfo,
    path::{Path, PathBuf},
    sync::{
        Mutex, TryLockError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{SystemTime, UNIX_EPOCH},
};

use super::environment::without_build_paths;

/// Logs that are kept.
const KEPT: usize = 5;

static ABOUT: Mutex<String> = Mutex::new(String::new());
static DYING: AtomicBool = AtomicBool::new(false);

/// What stands in a log beside version and message: the adapter, for one.
pub fn know(about: String) {
    if let Ok(mut known) = ABOUT.lock() {
        *known = about;
    }
}

/// Writes a log into `folder` at every panic from now on. One on this thread ends the process with code 1 after
/// `rescue`, which returns a sentence; others end their thread alone.
pub fn watch(folder: PathBuf, rescue: impl Fn() -> String + Send + Sync + 'static) {
    let own = thread::current().id();
    std::panic::set_hook(Box::new(move |info| {
        if crate::error::is_foreign() {
            return;
        }
        let ends = thread::current().id() == own;
        if ends && DYING.swap(true, Ordering::AcqRel) {
            // A panic inside the last words.
            leave();
        }
        let written = write(&folder, info);
        let log = match &written {
            Ok(path) => format!("the log is {}", path.display()),
            Err(e) => format!("the log could not be written to {}: {e}", folder.display()),
        };
        if ends {
            tell(&format!("error: a fault of the program ended it ({}); {}; {log}", words(info), rescue()));
            leave();
        }
        tell(&format!("dashi-vortex: a fault of the program ended a thread ({}); {log}", words(info)));
    }));
}

/// Ends the process: what waits for it to end tidily may be what is broken.
fn leave() -> ! {
    #[cfg(unix)]
    signal_hook::low_level::exit(1);
    #[cfg(not(unix))]
    std::process::exit(1);
}

fn tell(sentence: &str) {
    // Where stderr is closed there is nobody left to tell.
    let _ = writeln!(std::io::stderr(), "{}", sentence.split_whitespace().collect::<Vec<_>>().join(" "));
}

/// Message and place.
fn words(info: &PanicHookInfo<'_>) -> String {
    let text = info.payload_as_str().unwrap_or("no message");
    info.location().map_or(text.into(), |at| format!("{text}, {}:{}", without_build_paths(at.file()), at.line()))
}

fn write(folder: &Path, info: &PanicHookInfo<'_>) -> std::io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    thin(folder);
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let path = folder.join(format!("crash-{seconds}-{}.log", std::process::id()));
    // The thread that panicked may hold it.
    let about = match ABOUT.try_lock() {
        Ok(about) => about.clone(),
        Err(TryLockError::Poisoned(_) | TryLockError::WouldBlock) => "unknown".into(),
    };
    let text = format!(
        "dashi-vortex {}\nsystem: {} {}\nadapter: {about}\nthread: {}\nmessage: {}\n\n{}\n",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
        thread::current().name().unwrap_or("without a name"),
        words(info),
        Backtrace::force_capture()
    );
    let mut file = fs::OpenOptions::new().create(true).append(true).open(&path)?;
    file.write_all(text.as_bytes())?;
    Ok(path)
}

/// Old logs make room.
fn thin(folder: &Path) {
    let Ok(files) = fs::read_dir(folder) else { return };
    let is_log = |name: &str| name.starts_with("crash-") && name.ends_with(".log");
    let mut logs: Vec<String> = files.flatten().filter_map(|file| file.file_name().into_string().ok()).collect();
    logs.retain(|name| is_log(name));
    logs.sort_unstable();
    let surplus = (logs.len() + 1).saturating_sub(KEPT);
    for name in &logs[..surplus] {
        // One that cannot be removed stays.
        let _ = fs::remove_file(folder.join(name));
    }
}
