//! The run: where it began, what it did, what is undone, and the one way in which its state changes.

pub mod cadence;
pub mod clock;
pub mod edits;
pub mod history;
pub mod picking;
pub mod put;
pub mod stroke;
pub mod timeline;
pub mod winding;
