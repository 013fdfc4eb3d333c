//! Whether a file has changed and come to rest: when Python writes A.npz anew, the window reads it anew.

use std::{
    path::{Path, PathBuf},
    time::SystemTime,
};

/// A file is read when it has not changed for so long.
const SETTLED_S: f64 = 0.6;

/// When a file was changed, and how long it is.
type Mark = (SystemTime, u64);

/// Whether a file has changed and come to rest.
#[derive(Debug)]
pub struct Watch {
    /// The file.
    pub path: PathBuf,
    /// As it was read; `None` for a file that was not there.
    read: Option<Mark>,
    /// As it was seen last, and since when it is so.
    seen: (Option<Mark>, f64),
    looked_s: f64,
}

impl Watch {
    /// Real time between two looks at the file.
    pub const LOOK_S: f64 = 0.25;

    /// A file that has just been read.
    pub fn new(path: &Path, now_s: f64) -> Self {
        let read = mark(path);
        Self { path: path.into(), read, seen: (read, now_s), looked_s: now_s }
    }

    /// Looks now and then; true once for each change that has settled.
    pub fn is_due(&mut self, now_s: f64) -> bool {
        if now_s - self.looked_s < Self::LOOK_S {
            return false;
        }
        self.looked_s = now_s;
        self.look(mark(&self.path), now_s)
    }

    fn look(&mut self, now: Option<Mark>, now_s: f64) -> bool {
        if now != self.seen.0 {
            self.seen = (now, now_s);
        }
        let settled = now_s - self.seen.1 >= SETTLED_S;
        // A file that is gone for a moment is on its way.
        let due = settled && now.is_some() && now != self.read;
        if due {
            self.read = now;
        }
        due
    }
}

fn mark(path: &Path) -> Option<Mark> {
    let data = std::fs::metadata(path).ok()?;
    Some((data.modified().ok()?, data.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_change_is_due_once_when_it_has_settled() {
        let at = |s: u64, len: u64| Some((SystemTime::UNIX_EPOCH + Duration::from_secs(s), len));
        let first = at(1, 100);
        let mut watch = Watch { path: PathBuf::new(), read: first, seen: (first, 0.0), looked_s: 0.0 };
        let looks = [
            (first, 1.0, false),
            // It is being written: gone, short, longer.
            (None, 2.0, false),
            (at(2, 10), 2.3, false),
            (at(2, 50), 2.6, false),
            (at(3, 100), 2.9, false),
            (at(3, 100), 3.2, false),
            (at(3, 100), 3.6, true),
            (at(3, 100), 4.0, false),
            // Gone for good is no reason to read.
            (None, 5.0, false),
            (None, 9.0, false),
            (at(3, 100), 9.5, false),
            (at(4, 100), 10.0, false),
            (at(4, 100), 11.0, true),
        ];
        for (mark, now_s, due) in looks {
            assert_eq!(watch.look(mark, now_s), due, "at {now_s}");
        }
    }
}
