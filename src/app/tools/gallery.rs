//! Small pictures of the scenes: each one's first field, decoded on a thread of its own at first use.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, channel},
    },
    thread,
};

use crate::{
    app::{model::Residual, window::Session},
    error::caught,
    genesis,
    params::Params,
    sim::decode,
};

/// Nodes a side.
pub const SIDE: usize = 96;
/// Share of the largest vorticity that gets the last colour: thin filaments show beside strong cores.
const SHARE: f64 = 0.45;
/// Real time after the first frame before pictures are made.
const PATIENCE_S: f64 = 1.0;

/// Pictures on their way: the place of a scene and its picture, `None` where it could not be made.
pub(crate) type Pictures = Receiver<(usize, Option<Residual>)>;

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

/// Begins to make all of them on one core, so that frames keep the others.
fn begin() -> Option<Pictures> {
    let (send, receive) = channel();
    let make = move || {
        let Ok(pool) = rayon::ThreadPoolBuilder::new().num_threads(1).build() else { return };
        for (i, scene) in genesis::scenes().iter().enumerate() {
            if send.send((i, pool.install(|| drawn(scene.name)))).is_err() {
                return;
            }
        }
    };
    thread::Builder::new().name("thumbnails".into()).spawn(make).ok()?;
    Some(receive)
}

impl Session {
    /// Has pictures made once they can be seen, and takes in those that are done.
    pub(crate) fn draw_scenes(&mut self, now_s: f64) {
        let gallery = &mut self.model.gallery;
        let seen = gallery.open || self.model.panels.left;
        let settled = self.first_frame_s.is_some_and(|first| now_s - first >= PATIENCE_S) || gallery.open;
        if gallery.pictures.is_empty() && seen && settled {
            gallery.pictures = vec![None; genesis::scenes().len()];
            self.keep.pictures = begin();
        }
        while let Some((i, picture)) = self.keep.pictures.as_ref().and_then(|made| made.try_recv().ok()) {
            if let Some(place) = gallery.pictures.get_mut(i) {
                *place = picture;
            }
            self.heard = true;
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
