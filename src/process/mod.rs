//! The process itself: work beside the frames, signals, what is left when the program has a fault, and what a soak does to processes.

pub mod environment;
pub mod hurt;
pub mod panics;
pub mod signal;
pub mod task;

/// A remark on stderr. Where it is closed or its disk full there is nobody to tell, and nothing else goes wrong.
pub fn remark(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{text}");
}
