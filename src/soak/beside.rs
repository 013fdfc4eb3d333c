//! Windows that must end, one after the other beside the one that runs: each a process of its own, with a folder of
//! its own, whose end is compared with what is documented.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crate::{
    app::window::inject::VARIABLE,
    error::{Error, Result},
    io::{self, atomic, config, open},
    process::{
        hurt::{self, Blow},
        remark,
    },
    soak::report::Tally,
};

/// After this a window that should have ended has not.
const PATIENCE: Duration = Duration::from_secs(120);
/// Largest file of a window's status or words.
const MOST: u64 = 1 << 20;
/// Between two looks.
const LOOK: Duration = Duration::from_millis(100);
/// Between two windows: the one that runs is to get most of the machine.
const REST: Duration = Duration::from_secs(6);

/// Held while a window starts, and while the disk is made full: a limit is inherited.
pub static ALONE: Mutex<()> = Mutex::new(());

/// How a window ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A fault of the program.
    Panic,
    /// Killed; the next start offers what ran.
    Killed,
    /// Ctrl-C.
    Interrupted,
    /// Asked to end.
    Terminated,
    /// Asked twice.
    Twice,
    /// Its device is lost again and again.
    LostAgain,
    /// No adapter fits.
    NoAdapter,
    /// Its settings are damaged.
    Settings,
    /// It ended early, twice; the third is a safe one.
    Early,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Panic,
        Self::Killed,
        Self::Interrupted,
        Self::Terminated,
        Self::Twice,
        Self::LostAgain,
        Self::NoAdapter,
        Self::Settings,
        Self::Early,
    ];

    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Panic => "panic of the window",
            Self::Killed => "process killed",
            Self::Interrupted => "SIGINT",
            Self::Terminated => "SIGTERM",
            Self::Twice => "two signals",
            Self::LostAgain => "device lost again and again",
            Self::NoAdapter => "no adapter",
            Self::Settings => "damaged settings",
            Self::Early => "two early ends",
        }
    }

    fn needs_signals(self) -> bool {
        !matches!(self, Self::Panic | Self::LostAgain | Self::NoAdapter | Self::Early)
    }
}

fn rest(asked: &AtomicBool) {
    let begun = Instant::now();
    while begun.elapsed() < REST && !asked.load(Ordering::Acquire) {
        thread::sleep(LOOK);
    }
}

/// The thread that opens them.
pub struct Beside {
    tally: Arc<Mutex<Tally>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Beside {
    /// Begins; folders of the windows are in `folder`.
    ///
    /// # Errors
    /// [`Error::Run`] without a thread or a path to this program.
    pub fn begin(folder: PathBuf) -> Result<Self> {
        let program = std::env::current_exe().map_err(|e| Error::Run(format!("this program has no path: {e}")))?;
        let (tally, stop) = (Arc::<Mutex<Tally>>::default(), Arc::<AtomicBool>::default());
        let (counted, asked) = (tally.clone(), stop.clone());
        let work = move || {
            let mut kinds = Kind::ALL.iter().copied().cycle();
            while let Some(kind) = kinds.next().filter(|_| !asked.load(Ordering::Acquire)) {
                let counted = |count: &dyn Fn(&mut Tally)| {
                    count(&mut counted.lock().unwrap_or_else(PoisonError::into_inner));
                };
                if kind.needs_signals() && !cfg!(unix) {
                    counted(&|tally| tally.rule_out(kind.name(), "this system has no signals"));
                    rest(&asked);
                    continue;
                }
                let own = folder.join("beside");
                // The last one's.
                let _none_yet = fs::remove_dir_all(&own);
                let outcome = Stage { program: &program, folder: &own, asked: &asked }.play(kind);
                // One that was given up at the end says nothing.
                if !asked.load(Ordering::Acquire) || outcome.is_ok() {
                    if let Err(why) = &outcome {
                        remark(&format!("dashi-vortex: {}: {why}", kind.name()));
                    }
                    counted(&|tally| tally.end(kind.name(), outcome.clone()));
                }
                rest(&asked);
            }
        };
        let spawned = thread::Builder::new().name("beside".into()).spawn(work);
        let thread = Some(spawned.map_err(|e| Error::Run(format!("no thread for windows beside: {e}")))?);
        Ok(Self { tally, stop, thread })
    }

    /// No other window after the one that is open.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Release);
    }

    /// The last one has ended.
    pub fn is_over(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// What came of them so far.
    pub fn tally(&self) -> Tally {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        self.stop();
        if let Some(thread) = self.thread.take() {
            // It counts what it has, panic or not.
            let _ended = thread.join();
        }
    }
}

/// Ends with the stage, whatever happened on it.
struct Window {
    child: Child,
    folder: PathBuf,
}

impl Drop for Window {
    fn drop(&mut self) {
        // Either may have ended already.
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}

/// Where one kind is played.
struct Stage<'a> {
    program: &'a Path,
    folder: &'a Path,
    asked: &'a AtomicBool,
}

type Played<T = ()> = std::result::Result<T, String>;

impl Stage<'_> {
    fn play(&self, kind: Kind) -> Played {
        match kind {
            Kind::Panic => {
                let window = self.open("panic@20", &[])?;
                self.ends(window, 1).and_then(|log| saved(&log))
            }
            Kind::LostAgain => {
                let window = self.open("device-lost@10+3x9", &[])?;
                self.ends(window, 1).and_then(|log| saved(&log))
            }
            Kind::Interrupted | Kind::Terminated => {
                let (blow, code) =
                    if kind == Kind::Interrupted { (Blow::Interrupt, 130) } else { (Blow::Terminate, 143) };
                let mut window = self.open("", &[])?;
                self.moves(&mut window)?;
                hurt::send(window.child.id(), blow);
                self.ends(window, code).and_then(|log| saved(&log))
            }
            Kind::Twice => {
                let mut window = self.open("", &[])?;
                self.moves(&mut window)?;
                hurt::send(window.child.id(), Blow::Terminate);
                hurt::send(window.child.id(), Blow::Terminate);
                // At once, or after the first was obeyed.
                self.ends(window, 143).map(drop)
            }
            Kind::Killed => {
                let mut window = self.open("autosave@1", &[])?;
                self.waits(&mut window, |status| status["autosaves"].as_u64() > Some(0))?;
                hurt::send(window.child.id(), Blow::Kill);
                drop(window);
                newest(&self.folder.join("config/autosave"))?;
                let mut next = self.open("", &[])?;
                self.waits(&mut next, |status| status["reopen"] == true)?;
                hurt::send(next.child.id(), Blow::Terminate);
                self.ends(next, 143).map(drop)
            }
            Kind::NoAdapter => {
                // Vulkan without a driver, and nothing else allowed.
                let none = self.folder.join("no-driver.json");
                let none = none.to_string_lossy();
                let variables =
                    [("VK_DRIVER_FILES", none.as_ref()), ("VK_ICD_FILENAMES", &none), ("WGPU_BACKEND", "vulkan")];
                let log = self.ends(self.open("", &variables)?, 4)?;
                if log.contains("no suitable GPU") { Ok(()) } else { Err(format!("it said: {log}")) }
            }
            Kind::Settings => {
                let config = self.folder.join("config");
                let noise = b"look = \"plaid\"\nright = 3\n\xff\xfe[[[\0 colormap";
                fs::create_dir_all(&config).map_err(|e| e.to_string())?;
                atomic::write_io(&config.join("settings.toml"), |file| file.write_all(noise))
                    .map_err(|e| e.to_string())?;
                let mut window = self.open("", &[])?;
                self.moves(&mut window)?;
                hurt::send(window.child.id(), Blow::Terminate);
                self.ends(window, 143).map(drop)
            }
            Kind::Early => {
                for _ in 0..2 {
                    let window = self.open("panic@5", &[])?;
                    self.ends(window, 1)?;
                }
                let mut window = self.open("", &[])?;
                self.waits(&mut window, |status| status["safe_mode"] == true && moved(status))
            }
        }
    }

    fn open(&self, faults: &str, variables: &[(&str, &str)]) -> Played<Window> {
        let told = |e: std::io::Error| format!("a window did not start: {e}");
        fs::create_dir_all(self.folder).map_err(told)?;
        let status = self.folder.join("status.json");
        // An earlier window's.
        let _none_yet = fs::remove_file(&status);
        let log = File::create(self.folder.join("log")).map_err(told)?;
        let mut command = Command::new(self.program);
        command.args(["--scene", "pair", "--status-json"]).arg(&status).stdin(Stdio::null()).stdout(Stdio::null());
        command.env(config::VARIABLE, self.folder.join("config")).env(VARIABLE, faults);
        let variables: BTreeMap<OsString, OsString> = variables.iter().map(|(k, v)| (k.into(), v.into())).collect();
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let child = command.envs(variables).stderr(log).spawn().map_err(told)?;
        Ok(Window { child, folder: self.folder.into() })
    }

    /// Waits for its end, for a code and for its words.
    fn ends(&self, mut window: Window, code: i32) -> Played<String> {
        let begun = Instant::now();
        let log = |window: &Window| said(&window.folder);
        loop {
            match window.child.try_wait() {
                Ok(Some(status)) if status.code() == Some(code) => return Ok(log(&window)),
                Ok(Some(status)) => return Err(format!("ended with {status}, not {code}: {}", log(&window))),
                Ok(None) if begun.elapsed() > PATIENCE => return Err(format!("does not end: {}", log(&window))),
                Ok(None) => self.look()?,
                Err(e) => return Err(e.to_string()),
            }
        }
    }

    fn moves(&self, window: &mut Window) -> Played {
        self.waits(window, moved)
    }

    fn waits(&self, window: &mut Window, wanted: impl Fn(&serde_json::Value) -> bool) -> Played {
        let begun = Instant::now();
        let path = self.folder.join("status.json");
        loop {
            let status = open::bytes(&path, MOST).ok().and_then(|text| serde_json::from_slice(&text).ok());
            match status {
                Some(status) if wanted(&status) => return Ok(()),
                status if begun.elapsed() > PATIENCE => {
                    return Err(format!("did not come to it; its last status is {}", status.unwrap_or_default()));
                }
                _ => self.look()?,
            }
            if let Ok(Some(code)) = window.child.try_wait() {
                return Err(format!("ended with {code} on the way: {}", said(self.folder)));
            }
        }
    }

    /// A moment later; an error once the soak is over.
    fn look(&self) -> Played {
        thread::sleep(LOOK);
        if self.asked.load(Ordering::Acquire) { Err("given up".into()) } else { Ok(()) }
    }
}

/// What a window said on stderr.
fn said(folder: &Path) -> String {
    open::bytes(&folder.join("log"), MOST).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

fn moved(status: &serde_json::Value) -> bool {
    status["step"].as_u64() > Some(3)
}

/// The state that its last words name can be read.
fn saved(log: &str) -> Played {
    let path = log.split("is saved in ").nth(1).and_then(|rest| rest.split([';', '\n']).next());
    let path = path.ok_or_else(|| format!("nothing was saved: {log}"))?;
    whole(Path::new(path.trim()))
}

/// A session and its state, whole.
fn whole(path: &Path) -> Played {
    let (session, lost) = io::read_session(path).map_err(|e| e.to_string())?;
    let state = session.state.ok_or("a session without its state")?;
    let state = io::read_state(&state).map_err(|e| e.to_string())?;
    state.validate().map_err(|e| e.to_string())?;
    if lost.is_empty() { Ok(()) } else { Err(lost.join("; ")) }
}

/// The newest session of a folder is whole.
fn newest(folder: &Path) -> Played {
    let all = fs::read_dir(folder).map_err(|e| e.to_string())?;
    let sessions = all.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "toml"));
    let newest = sessions.max_by_key(|path| path.metadata().and_then(|data| data.modified()).ok());
    newest.ok_or_else(|| "no autosave".into()).and_then(|path| whole(&path))
}
