//! What a window does beside its frames: each tool owns its state.

pub mod encode;
pub mod encoding;
pub mod export;
pub mod files;
pub mod follow;
pub mod gallery;
pub mod kernel;
pub mod lab;
pub mod operators;
pub mod safety;
pub mod settings;
pub mod status_file;
pub mod tables;
pub mod usage;
pub mod vitals;
