//! The process itself: signals, and what is left when the program has a fault.

pub mod panics;
pub mod signal;
