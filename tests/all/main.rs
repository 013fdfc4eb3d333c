//! The integration tests, one binary.

mod auto_dt;
#[cfg(feature = "gpu")]
mod bench;
#[cfg(feature = "app")]
mod between_frames;
#[cfg(feature = "gpu")]
mod carried;
mod cli;
mod cli_kernel;
mod cli_learn;
mod cli_run;
mod colormaps;
mod corpus;
#[cfg(feature = "app")]
mod csv;
#[cfg(feature = "app")]
mod desk;
#[cfg(feature = "gpu")]
mod device;
#[cfg(feature = "app")]
mod doors;
mod encode;
mod export;
#[cfg(feature = "app")]
mod export_window;
#[cfg(feature = "app")]
mod fake;
#[cfg(all(feature = "app", unix))]
mod faults;
mod fields;
#[cfg(feature = "app")]
mod files_ui;
mod fine_grids;
mod flags;
mod fuzz;
mod imports;
#[cfg(feature = "app")]
mod in_place;
#[cfg(feature = "gpu")]
mod invariants;
#[cfg(feature = "gpu")]
mod kernel;
#[cfg(feature = "app")]
mod keyboards;
mod lab;
#[cfg(feature = "gpu")]
mod lanes;
mod learn;
#[cfg(feature = "gpu")]
mod long_loops;
mod mdl;
#[cfg(feature = "app")]
mod named;
mod neighbours;
mod npz;
mod older_commands;
#[cfg(feature = "app")]
mod one_rule;
#[cfg(feature = "gpu")]
mod operators;
#[cfg(feature = "gpu")]
mod parity;
#[cfg(feature = "gpu")]
mod physics;
#[cfg(feature = "app")]
mod pictures;
mod placing;
mod python;
mod residual;
#[cfg(feature = "gpu")]
mod rounds;
mod sessions;
#[cfg(feature = "gpu")]
mod shaders;
#[cfg(feature = "app")]
mod snapshots;
mod soak;
#[cfg(feature = "gpu")]
mod stretch;
#[cfg(feature = "gpu")]
mod ternary;
#[cfg(feature = "app")]
mod timeline;
#[cfg(feature = "app")]
mod tour;
#[cfg(feature = "app")]
mod ui;
#[cfg(feature = "app")]
mod window;
