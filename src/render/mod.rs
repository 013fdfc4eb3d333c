//! Pictures of a decoded field: colour maps on the CPU, the canvas on the device.

pub mod camera;
#[cfg(feature = "gpu")]
pub mod canvas;
pub mod colormap;
#[cfg(feature = "gpu")]
mod dye;
pub mod figure;
pub mod kind;
#[cfg(feature = "gpu")]
mod layer;
#[cfg(feature = "gpu")]
pub mod lines;
#[cfg(feature = "gpu")]
pub mod offscreen;
pub mod picture;
#[cfg(feature = "gpu")]
mod strokes;
#[cfg(feature = "gpu")]
pub mod studio;
#[cfg(feature = "gpu")]
mod texture;

#[cfg(feature = "gpu")]
pub use canvas::{Canvas, FilamentColor, Look, Mapping};
pub use kind::Picture;
#[cfg(feature = "gpu")]
pub use lines::Lines;

/// Every struct that Rust and a drawing shader share.
#[cfg(feature = "gpu")]
pub const LAYOUTS: &[crate::layout::StructLayout] = &[canvas::View::LAYOUT];

/// Workgroup size of every compute entry point that draws.
#[cfg(feature = "gpu")]
pub const WORKGROUPS: &[crate::layout::Workgroup] =
    &[dye::SPLAT_WORKGROUP, dye::TRAILS_WORKGROUP, lines::LIC_WORKGROUP, canvas::UPLOAD_WORKGROUP];
