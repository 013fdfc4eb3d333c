//! A file that stands while a window is open: one that is left says that its window ended without a word.
//!
//! Its owner holds a lock on it, which no ended process can, so that a number that the system gives out again
//! confuses nobody, and neither do two windows at once.

use std::{
    fs::{self, File},
    io::{Read, Write},
    path::{Path, PathBuf},
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::{
    error::{Error, Result},
    io::{atomic, open},
};

/// A window that lives so long has started well.
pub const SETTLED_S: f64 = 20.0;
/// So many early ends in a row make the next start a safe one.
const EARLY_MOST: u32 = 2;

/// The marker of this window.
#[derive(Debug)]
pub struct Marker {
    /// Names its autosaves, too.
    pub id: String,
    path: PathBuf,
    file: File,
    settled: bool,
}

/// What an earlier window left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Identities of windows that ended without a word, newest first.
    pub dead: Vec<String>,
    /// Those that run now.
    pub alive: Vec<String>,
    /// The last two starts ended early.
    pub unsafe_start: bool,
}

/// Where the markers are.
fn folder(config: &Path) -> PathBuf {
    config.join("running")
}

/// How many starts in a row ended early.
fn early(config: &Path) -> PathBuf {
    folder(config).join("early")
}

impl Marker {
    /// Sets this window's marker, and takes away those of windows that are gone.
    ///
    /// # Errors
    /// [`Error::Unwritable`].
    pub fn set(config: &Path) -> Result<(Self, Left)> {
        let folder = folder(config);
        let unwritable = |path: &Path| {
            let path = path.to_owned();
            move |source| Error::Unwritable { path, source }
        };
        fs::create_dir_all(&folder).map_err(unwritable(&folder))?;
        let door = folder.join("lock");
        let _door = alone(&door).map_err(unwritable(&door))?;
        let mut left = Left::default();
        let mut count = read_early(config);
        for (id, path) in markers(&folder) {
            match end_of(&path) {
                Some(settled) => {
                    // One that cannot be removed is met again.
                    let _ = fs::remove_file(&path);
                    count = if settled { 0 } else { count + 1 };
                    left.dead.push(id);
                }
                None => left.alive.push(id),
            }
        }
        left.dead.reverse();
        left.unsafe_start = count >= EARLY_MOST;
        write_early(config, count);
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let id = format!("{seconds}-{}", std::process::id());
        let path = folder.join(&id);
        let file = File::create(&path).map_err(unwritable(&path))?;
        file.try_lock().map_err(|e| unwritable(&path)(e.into()))?;
        Ok((Self { id, path, file, settled: false }, left))
    }

    /// The window has lived long enough: later its end is no early one.
    pub fn settle(&mut self, config: &Path, lived_s: f64) {
        if !self.settled && lived_s >= SETTLED_S {
            self.settled = true;
            // Without it the worst is a safe start that was not needed.
            let _ = self.file.write_all(b"settled\n");
            write_early(config, 0);
        }
    }

    /// A clean end.
    pub fn remove(self, config: &Path) {
        let _ = fs::remove_file(&self.path);
        write_early(config, 0);
    }
}

/// A lock that is held for a moment; after half a second one goes on without.
fn alone(path: &Path) -> std::io::Result<File> {
    let file = File::create(path)?;
    for _ in 0..50 {
        if file.try_lock().is_ok() {
            break;
        }
        thread::sleep(Duration::from_millis(10));
    }
    Ok(file)
}

/// Identity and path of each marker, oldest first.
fn markers(folder: &Path) -> Vec<(String, PathBuf)> {
    let Ok(files) = fs::read_dir(folder) else { return vec![] };
    let named = |file: fs::DirEntry| {
        let id = file.file_name().into_string().ok()?;
        let (seconds, _) = id.split_once('-')?;
        Some((seconds.parse::<u64>().ok()?, (id, file.path())))
    };
    let mut all: Vec<_> = files.flatten().filter_map(named).collect();
    all.sort();
    all.into_iter().map(|(_, marker)| marker).collect()
}

/// `None` while its window runs, or where nobody can tell; else whether that had settled.
fn end_of(path: &Path) -> Option<bool> {
    let mut file = File::options().read(true).write(true).open(path).ok()?;
    file.try_lock().ok()?;
    let mut text = String::new();
    Some(file.read_to_string(&mut text).is_ok() && text.contains("settled"))
}

fn read_early(config: &Path) -> u32 {
    let text = open::bytes(&early(config), 64).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.and_then(|text| text.trim().parse().ok()).unwrap_or(0)
}

fn write_early(config: &Path, count: u32) {
    // Without it the worst is that a safe start does not come by itself.
    let path = early(config);
    let _ = match count {
        0 => fs::remove_file(&path).is_ok(),
        count => atomic::write_io(&path, |out| out.write_all(count.to_string().as_bytes())).is_ok(),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As if the process had died: the lock is gone, the file is not.
    fn die(marker: Marker) -> String {
        let Marker { id, file, .. } = marker;
        drop(file);
        id
    }

    fn renamed(config: &Path, mut marker: Marker, id: &str) -> Marker {
        let path = folder(config).join(id);
        fs::rename(&marker.path, &path).unwrap();
        (marker.id, marker.path) = (id.into(), path);
        marker
    }

    #[test]
    fn two_windows_do_not_take_each_other_for_dead() {
        let config = tempfile::tempdir().unwrap();
        let (first, left) = Marker::set(config.path()).unwrap();
        assert_eq!(left, Left::default());
        let first = renamed(config.path(), first, "5-1");
        let (second, left) = Marker::set(config.path()).unwrap();
        assert_eq!((left.dead.len(), left.alive), (0, vec!["5-1".to_string()]));
        second.remove(config.path());
        die(first);
        let (third, left) = Marker::set(config.path()).unwrap();
        assert_eq!((left.dead, left.alive.len()), (vec!["5-1".to_string()], 0));
        third.remove(config.path());
        assert_eq!(Marker::set(config.path()).unwrap().1, Left::default(), "told once");
    }

    #[test]
    fn two_early_ends_make_a_safe_start_and_a_settled_one_ends_that() {
        let config = tempfile::tempdir().unwrap();
        let start = || Marker::set(config.path()).unwrap();
        let (marker, left) = start();
        assert!(!left.unsafe_start);
        die(marker);
        let (marker, left) = start();
        assert!(!left.unsafe_start, "one is no habit");
        die(marker);
        let (mut marker, left) = start();
        assert!(left.unsafe_start);
        marker.settle(config.path(), 21.0);
        die(marker);
        let (marker, left) = start();
        assert!(!left.unsafe_start && left.dead.len() == 1);
        marker.remove(config.path());
    }
}
