//! The gallery of scenes.

use crate::app::model::Residual;

/// What the gallery shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GalleryModel {
    /// The large gallery stands over the window.
    pub open: bool,
    /// First fields of the scenes, in their order, as far as they are made.
    pub pictures: Vec<Option<Residual>>,
}
