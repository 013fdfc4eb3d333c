//! The scenes of the house as the panel lists them.

use crate::{app::model::SceneItem, genesis};

/// All scenes.
pub fn list() -> Vec<SceneItem> {
    let item = |scene: &genesis::Scene| SceneItem {
        name: scene.name.into(),
        title: scene.title.into(),
        physics: scene.physics.into(),
    };
    genesis::scenes().iter().map(item).collect()
}
