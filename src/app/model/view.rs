//! What the canvas shows.

use crate::{
    app::range::Range,
    render::{FilamentColor, camera::Camera},
};

/// What the canvas shows.
#[derive(Clone, Debug, PartialEq)]
pub struct ViewModel {
    /// Pan and zoom.
    pub camera: Camera,
    /// Colour range.
    pub range: Range,
    /// Name of the colour map.
    pub colormap: String,
    /// Names to choose from.
    pub colormaps: Vec<String>,
    /// The chosen map from lowest to highest value.
    pub colors: Vec<[u8; 3]>,
    /// Filament lines.
    pub filaments: bool,
    /// What their colour says.
    pub filament_color: FilamentColor,
    /// Dye particles.
    pub tracers: bool,
}

impl Default for ViewModel {
    fn default() -> Self {
        Self {
            camera: Camera::default(),
            range: Range::default(),
            colormap: String::new(),
            colormaps: vec![],
            colors: vec![[40, 60, 120], [12, 12, 14], [140, 50, 40]],
            filaments: true,
            filament_color: FilamentColor::Sign,
            tracers: true,
        }
    }
}
