//! One door for everything that is opened ([`open`](fn@open)), and for states: where a run starts, and who is heard where several speak of one parameter.
//!
//! ```text
//! default < scene < state file < session < preset < flag
//! ```
//!
//! A scene sets what it is made for. A state file says what it was saved with: `dt`, `nu`, `seed` and its cuts
//! `k_cut`, `resid_mid_cut`, `topk_mid`; to a run without a window also `N`; to both that its atoms are left as they
//! are (`mdl` off) and that there is room for all of them (`max_vertices`). A file of fields says the step between them
//! and their viscosity ([`of_fields`]), and what is encoded from it starts as a state file that says the same; a matrix
//! says its step ([`step_of_kernel`]). The window, Ctrl+O, fields that are encoded there, sessions, `run`, `genesis`,
//! `encode` and `learn` all come through here, so that the same file and the same words start the same run.
//!
//! `dt` may be said to be `auto`: the door then takes the step that [`auto_dt`](fn@crate::sim::auto_dt) finds for the state as it will run, once
//! everything else is settled. From there on it is a number like any other.
//!
//! Nothing is cut without a word: where somebody stronger asks for fewer modes than there are, [`Start::told`] says
//! how many were left out and what they held.

mod field;
mod file;
mod start;

pub use field::{Taken, candidates, field, field_from};
pub use file::{Kind, Opened, Session, field_of, open, session};
pub use start::{Rule, Said, Source, Start, cut, left_to_start, of_fields, scheme, speak, step_of_kernel, wound};

#[cfg(test)]
mod tests;
