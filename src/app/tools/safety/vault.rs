//! What is running, saved now and then without asking: a few sessions in the config folder's `autosave`.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crate::{
    app::{
        run::history::Moment,
        tools::safety::marker::{Left, Marker},
    },
    error::{Error, Result},
    io::{
        self,
        session::{SessionFile, state_beside},
    },
    process::task::{self, Task},
};

/// Real time between two autosaves.
const EVERY_S: f64 = 60.0;
/// The first comes earlier.
const FIRST_S: f64 = 10.0;
/// How long a window that closes waits for one that is being written.
const PATIENCE: Duration = Duration::from_secs(20);
/// Autosaves of a window, which take turns.
const SLOTS: u64 = 3;
/// Autosaves of windows that are gone.
const KEPT: usize = 4;

/// Everything a session file needs, without a device.
#[derive(Clone)]
pub struct Saved {
    /// State, parameters and name.
    pub moment: Arc<Moment>,
    /// The rest, for a file with its state beside it.
    pub session: SessionFile,
}

/// The last one, for last words.
static LAST: Mutex<Option<(PathBuf, Saved)>> = Mutex::new(None);

/// Autosaves of this window.
#[derive(Default)]
pub struct Vault {
    config: Option<PathBuf>,
    marker: Option<Marker>,
    /// How many were written.
    pub written: u64,
    /// Seconds between two, and when the last began.
    pub every_s: Option<f64>,
    last_s: f64,
    begun: bool,
    slot: u64,
    kept: Option<(u64, SessionFile, usize)>,
    writer: Option<Task<PathBuf>>,
}

fn folder(config: &Path) -> PathBuf {
    config.join("autosave")
}

/// State first, so that a session never names one that is not there.
fn write(path: &Path, saved: &Saved) -> Result<PathBuf> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|source| Error::Unwritable { path: folder.into(), source })?;
    let beside = state_beside(path);
    let mut state = crate::sim::whole(&saved.moment.state, &saved.moment.params)?;
    (state.meta.dt, state.meta.nu) = (saved.moment.params.dt, saved.moment.params.nu);
    io::write_state(&beside, &state)?;
    io::write_session(path, &SessionFile { state: Some(beside), ..saved.session.clone() })?;
    Ok(path.into())
}

/// Saves what was last known to be good; for last words, so it waits for nothing.
pub fn rescue() -> String {
    let last = LAST.try_lock().ok().and_then(|last| last.clone());
    match last.map(|(path, saved)| (saved.moment.state.step, write(&path, &saved))) {
        None => "no state was known to save".into(),
        Some((step, Ok(path))) => format!("the state of step {step} is saved in {}", path.display()),
        Some((_, Err(e))) => format!("the state could not be saved: {e}"),
    }
}

impl Vault {
    /// Opens the folder, with what an earlier window left there.
    pub fn open(config: Option<PathBuf>) -> (Self, Left, Option<Error>) {
        let vault = Self { config, ..Self::default() };
        match vault.config.as_deref().map(Marker::set) {
            None => (vault, Left::default(), None),
            Some(Err(e)) => (Self::default(), Left::default(), Some(e)),
            Some(Ok((marker, left))) => {
                let vault = Self { marker: Some(marker), ..vault };
                vault.thin(&left);
                (vault, left, None)
            }
        }
    }

    /// The newest autosave of a window.
    pub fn newest(&self, id: &str) -> Option<PathBuf> {
        let mut own: Vec<_> =
            self.all().into_iter().filter(|(_, path)| name(path).starts_with(&format!("{id}-"))).collect();
        own.sort();
        own.pop().map(|(_, path)| path)
    }

    /// When each was written, and its path.
    fn all(&self) -> Vec<(std::time::SystemTime, PathBuf)> {
        let files = self.config.as_deref().and_then(|config| fs::read_dir(folder(config)).ok());
        let session = |file: fs::DirEntry| {
            let path = file.path();
            let time = file.metadata().and_then(|data| data.modified()).ok()?;
            path.extension().is_some_and(|ending| ending == "toml").then_some((time, path))
        };
        files.into_iter().flatten().flatten().filter_map(session).collect()
    }

    /// Old ones of windows that are gone make room.
    fn thin(&self, left: &Left) {
        let of = |path: &Path, ids: &[String]| ids.iter().any(|id| name(path).starts_with(&format!("{id}-")));
        let mut gone: Vec<_> = self.all().into_iter().filter(|(_, path)| !of(path, &left.alive)).collect();
        gone.sort();
        let surplus = gone.len().saturating_sub(KEPT);
        for (_, path) in &gone[..surplus] {
            // One that cannot be removed is met again.
            let _ = fs::remove_file(state_beside(path));
            let _ = fs::remove_file(path);
        }
    }

    /// Path of a turn.
    fn path(&self, slot: u64) -> Option<PathBuf> {
        let (config, marker) = (self.config.as_deref()?, self.marker.as_ref()?);
        Some(folder(config).join(format!("{}-{slot}.toml", marker.id)))
    }

    /// What to save if this is the last that is heard.
    pub fn know(&self, saved: &Saved) {
        let elsewhere = || std::env::temp_dir().join(format!("dashi-vortex-{}.toml", std::process::id()));
        let path = self.path(SLOTS).unwrap_or_else(elsewhere);
        *LAST.lock().unwrap_or_else(PoisonError::into_inner) = Some((path, saved.clone()));
    }

    /// Writes on a thread when it is time to and something changed; tells once why that failed.
    ///
    /// # Errors
    /// [`Error::Unwritable`].
    pub fn look(&mut self, saved: impl FnOnce() -> Saved, now_s: f64) -> Result<()> {
        if let (Some(config), Some(marker)) = (&self.config, &mut self.marker) {
            marker.settle(config, now_s);
        }
        if let Some(written) = task::answer(&mut self.writer) {
            written?;
            self.written += 1;
        }
        let every_s = self.every_s.unwrap_or(if self.begun { EVERY_S } else { FIRST_S });
        if self.writer.is_some() || now_s - self.last_s < every_s {
            return Ok(());
        }
        self.last_s = now_s;
        let Some(path) = self.path(self.slot) else { return Ok(()) };
        let saved = saved();
        let key = (saved.moment.state.step, saved.session.clone(), Arc::as_ptr(&saved.moment) as usize);
        if self.kept.as_ref() == Some(&key) {
            return Ok(());
        }
        (self.kept, self.begun) = (Some(key), true);
        self.slot = (self.slot + 1) % SLOTS;
        // Without a thread the next turn tries again.
        self.writer = Task::once("an autosave", move || write(&path, &saved)).ok();
        Ok(())
    }

    /// What is being written is complete, or takes too long.
    fn wait(&mut self) {
        let written = self.writer.take().and_then(|mut writer| writer.wait(PATIENCE));
        self.written += u64::from(matches!(written, Some(Ok(_))));
    }

    /// Writes at once and says where; `None` where there is no folder.
    pub fn save_now(&mut self, saved: &Saved) -> Option<Result<PathBuf>> {
        self.wait();
        let path = self.path(self.slot)?;
        Some(write(&path, saved))
    }

    /// A clean end.
    pub fn end(&mut self) {
        self.wait();
        if let (Some(config), Some(marker)) = (&self.config, self.marker.take()) {
            marker.remove(config);
        }
    }
}

fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{genesis, params::Params};

    fn saved(step: u64) -> Saved {
        let mut params = Params::default();
        let mut state = genesis::make("pair", &mut params).unwrap();
        state.step = step;
        Saved {
            moment: Arc::new(Moment { state, params, scene: "pair".into() }),
            session: SessionFile { scene: Some("pair".into()), ..SessionFile::default() },
        }
    }

    /// What a look finds once the autosave before it is written.
    fn written(vault: &mut Vault, now_s: f64) -> Result<()> {
        while vault.writer.is_some() {
            vault.look(|| unreachable!(), now_s)?;
            std::thread::yield_now();
        }
        Ok(())
    }

    #[test]
    fn a_change_is_saved_each_minute_in_turns_and_comes_back() {
        let config = tempfile::tempdir().unwrap();
        let mut vault = Vault::open(Some(config.path().into())).0;
        let one = saved(3);
        vault.look(|| one.clone(), 5.0).unwrap();
        assert!(vault.writer.is_none(), "not yet");
        for (now_s, step) in [(11.0, 3), (72.0, 4), (133.0, 5), (194.0, 6), (255.0, 7)] {
            vault.look(|| saved(step), now_s).unwrap();
            written(&mut vault, now_s + 1.0).unwrap();
        }
        assert_eq!((vault.written, vault.all().len()), (5, SLOTS as usize));
        let id = vault.marker.as_ref().unwrap().id.clone();
        let newest = vault.newest(&id).unwrap();
        let (session, lost) = io::read_session(&newest).unwrap();
        assert!(lost.is_empty() && io::read_state(&session.state.unwrap()).unwrap().step == 7);
        // Nothing new, nothing written.
        let same = saved(8);
        vault.look(|| same.clone(), 400.0).unwrap();
        written(&mut vault, 401.0).unwrap();
        vault.look(|| same.clone(), 500.0).unwrap();
        vault.look(|| same.clone(), 600.0).unwrap();
        assert!(vault.writer.is_none() && vault.written == 6);
    }

    #[test]
    fn a_folder_that_is_none_is_told_once_and_the_old_one_stays() {
        let config = tempfile::tempdir().unwrap();
        let mut vault = Vault::open(Some(config.path().into())).0;
        fs::write(folder(config.path()), "a file").unwrap();
        vault.look(|| saved(1), 100.0).unwrap();
        let error = written(&mut vault, 101.0).unwrap_err().to_string();
        assert!(error.contains("cannot be written"), "{error}");
        assert_eq!(fs::read_to_string(folder(config.path())).unwrap(), "a file");
    }
}
