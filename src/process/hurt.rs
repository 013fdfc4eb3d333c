//! What a soak does to processes: signals, limits, and the end of a helper. Each says whether this system can.

/// A signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blow {
    /// Ctrl-C.
    Interrupt,
    /// A polite request to end.
    Terminate,
    /// The end at once.
    Kill,
}

/// Sends a signal; whether it was sent.
#[cfg(unix)]
pub fn send(process: u32, blow: Blow) -> bool {
    use rustix::process::{Pid, Signal, kill_process};
    let signal = match blow {
        Blow::Interrupt => Signal::INT,
        Blow::Terminate => Signal::TERM,
        Blow::Kill => Signal::KILL,
    };
    let process = i32::try_from(process).ok().and_then(Pid::from_raw);
    process.is_some_and(|process| kill_process(process, signal).is_ok())
}

/// Sends no signal: this system has none.
#[cfg(not(unix))]
pub fn send(_: u32, _: Blow) -> bool {
    false
}

/// The largest file that this process may write from now on, as if the disk were full; `None` for no limit of ours.
/// Says whether it holds.
#[cfg(unix)]
pub fn limit_files(bytes: Option<u64>) -> bool {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let known = getrlimit(Resource::Fsize);
    let current = match (bytes, known.maximum) {
        (Some(bytes), Some(most)) => Some(bytes.min(most)),
        (bytes, most) => bytes.or(most),
    };
    setrlimit(Resource::Fsize, Rlimit { current, maximum: known.maximum }).is_ok()
}

/// Sets no limit: this system has none.
#[cfg(not(unix))]
pub fn limit_files(_: Option<u64>) -> bool {
    false
}

/// Children of this process with this name; empty where the system does not tell.
pub fn children(name: &str) -> Vec<u32> {
    let Ok(all) = std::fs::read_dir("/proc") else { return vec![] };
    let own = std::process::id();
    let child = |entry: std::fs::DirEntry| {
        let process: u32 = entry.file_name().to_str()?.parse().ok()?;
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        // "pid (name) state parent ...", and the name may hold anything.
        let (head, tail) = stat.rsplit_once(')')?;
        let (_, known) = head.split_once(" (")?;
        let parent: u32 = tail.split_whitespace().nth(1)?.parse().ok()?;
        (parent == own && known == name).then_some(process)
    };
    all.flatten().filter_map(child).collect()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::{
        os::unix::process::ExitStatusExt,
        process::{Command, Stdio},
    };

    #[test]
    fn a_child_is_found_and_ended() {
        let mut child = Command::new("sleep").arg("60").stdin(Stdio::null()).spawn().unwrap();
        // The name is the shell's own until it has become the other program.
        let found = (0..200).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(10));
            children("sleep").contains(&child.id())
        });
        assert!(found && children("no such program").is_empty());
        assert!(send(child.id(), Blow::Terminate));
        assert_eq!(child.wait().unwrap().signal(), Some(15));
    }
}
