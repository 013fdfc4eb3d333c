//! Two-dimensional vortices, live: a flow carried by a small structural state instead of a grid.
//!
//! ```text
//! genesis -> state -> [ advect, stretch, core_spread, kernel, resample ] -> state' -> [ raster, low_k, compose ] -> field -> render -> app | io
//!              ^___________________________ sim: order, substeps, backend ____________________________|
//! ```
//!
//! A [`state::State`] is a set of signed vortex filaments ("atoms") plus a low-wavenumber spectral
//! background. It has no grid: a field on `N x N` nodes is decoded from it when someone looks, and
//! thrown away. Its size grows neither with N nor with the number of steps. Between two refits fluid parcels on a lattice
//! of a fixed size carry it ([`sim::cycle`]); they are thrown away, too.
//!
//! The crate has three tiers. `--no-default-features` is the CPU core: state, genesis, every operator's
//! reference, files. `gpu` adds the compute passes and off-screen rendering. `app`, the default, adds
//! the window.
//!
//! Operators that a user writes are loaded by `operator` (tier `gpu`), checked and run as black boxes.
//!
//! [`open`] is the one door for states: it says who is heard where scene, file, session, preset and flag speak of one
//! parameter.
//!
//! [`lab`] holds the named comparisons with known numbers that `dashi-vortex validate` and the window run.
//!
//! # Against a grid solver
//!
//! Are we doing better than optimised CFD? As a state, yes: 6,554 numbers stand for the flow of a grid of 256 to 512 nodes
//! a side, of more where cores are compact and fast, and a spectral solver of as many numbers is farther from the true flow
//! after eight units of time in every scene but one. As a way to compute smooth flows, no: while parcels carry the flow they are a
//! grid in all but name, and a plain solver on 256 to 512 nodes a side is as near in less time on the same card; the costs
//! cross between 512 and 1024 nodes a side. `dashi-vortex bench scenes --cost` measures both; the README has the tables,
//! [`sim::cycle`] what was tried.
//!
//! Where to read first: [`state`], then [`ops`] (one folder an operator, the equation on top), then
//! [`sim`] (the order of the operators).

pub mod error;
pub mod layout;
pub mod math;
pub mod params;
pub mod state;

#[cfg(feature = "app")]
pub mod app;
pub mod encode;
pub mod genesis;
#[cfg(feature = "gpu")]
pub mod gpu;
pub mod io;
pub mod lab;
pub mod open;
#[cfg(feature = "gpu")]
pub mod operator;
pub mod ops;
pub mod perf;
pub mod primitives;
pub mod process;
pub mod render;
pub mod sim;
#[cfg(feature = "app")]
pub mod soak;
pub mod spectral;

pub mod cli;

pub use error::{Error, Result};
