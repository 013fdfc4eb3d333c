//! Small pictures of the scenes: each one's first field, decoded on a thread of its own at first use.

use std::sync::Arc;

use crate::{
    app::{desk::Desk, model::Residual},
    error::{Error, Result, caught},
    genesis,
    params::Params,
    process::task::Task,
    sim::decode,
};

/// Nodes a side.
pub const SIDE: usize = 96;
/// Share of the largest vorticity that gets the last colour: thin filaments show beside strong cores.
const SHARE: f64 = 0.45;
/// Real time after the first frame before pictures are made.
const PATIENCE_S: f64 = 1.0;

/// The first field of a scene.
pub fn picture(name: &str) -> Option<Residual> {
    let state = genesis::make(name, &mut Params::default()).ok()?;
    let field = decode(&state, SIDE as u32).into_iter().map(|x| x as f32).collect();
    let picture = Residual::new(SIDE, Arc::new(field));
    Some(Residual { limit: SHARE * picture.limit, ..picture })
}

/// The same; a fault of the program costs one picture.
fn drawn(name: &str) -> Option<Residual> {
    caught("a picture of a scene", || Ok(picture(name))).ok().flatten()
}

/// Begins to make all of them on one core, so that frames keep the others: the place of a scene and its picture,
/// `None` where it could not be made.
fn begin() -> Result<Task<(usize, Option<Residual>)>> {
    Task::start("pictures of scenes", |voice| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
        let pool = pool.map_err(|e| Error::Run(format!("pictures of scenes have no thread: {e}")))?;
        for (i, scene) in genesis::scenes().iter().enumerate().take_while(|_| !voice.is_cancelled()) {
            voice.say((i, pool.install(|| drawn(scene.name))));
        }
        Ok(())
    })
}

/// Pictures of scenes on their way.
#[derive(Default)]
pub struct Pictures(Option<Task<(usize, Option<Residual>)>>);

impl Pictures {
    /// Has them made once they can be seen, and takes in those that are done.
    pub fn hear(&mut self, desk: &mut Desk, now_s: f64) {
        let gallery = &mut desk.model.gallery;
        let seen = gallery.open || desk.model.panels.left;
        let settled = desk.run.first_frame_s.is_some_and(|first| now_s - first >= PATIENCE_S) || gallery.open;
        if gallery.pictures.is_empty() && seen && settled {
            gallery.pictures = vec![None; genesis::scenes().len()];
            // A gallery without pictures has names.
            self.0 = begin().ok();
        }
        while let Some(Ok((i, picture))) = self.0.as_mut().and_then(Task::take) {
            if let Some(place) = gallery.pictures.get_mut(i) {
                *place = picture;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scene_has_a_picture_of_its_own() {
        let all: Vec<Residual> = genesis::scenes().iter().map(|scene| picture(scene.name).unwrap()).collect();
        for (i, one) in all.iter().enumerate() {
            assert!(one.values.len() == SIDE * SIDE && one.limit > 0.0);
            assert!(all[..i].iter().all(|other| other.values != one.values), "{i}");
        }
    }
}
