//! The window: an event loop ([`window::events`]) around one [`window`], whose [`window::frame`] reads top to bottom.
//!
//! Panels ([`ui`]) are plain functions of a plain [`model::Model`]; gestures ([`input`]), time ([`run::clock`]) and
//! commands ([`command`]) are state machines without a window; [`device`] is the only place that meets the GPU's
//! simulation. What a window does beside its frames are [`tools`].

pub mod command;
pub mod desk;
pub mod device;
pub mod input;
pub mod model;
mod options;
pub mod run;
pub mod tools;
pub mod ui;
pub mod window;

pub use options::Options;
