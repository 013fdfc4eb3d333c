//! What a window does beside its frames. Each tool owns its state, is handed the desk once a frame, and waits for
//! nothing: what takes long is a [task](crate::process::task) whose answer a later frame takes in.

pub mod encode;
pub mod encoding;
pub mod export;
pub mod files;
pub mod follow;
pub mod gallery;
pub mod kernel;
pub mod lab;
pub mod opener;
pub mod operators;
pub mod reference;
pub mod safety;
pub mod same;
pub mod saver;
pub mod sessions;
pub mod settings;
pub mod status_file;
pub mod tables;
pub mod usage;
pub mod view_part;
pub mod vitals;

use crate::app::desk::Desk;

/// The tools of a window.
#[derive(Default)]
pub struct Tools {
    /// Fields that become states.
    pub encoder: encode::Encoder,
    /// Pictures, movies, fields and scripts.
    pub exports: export::Exports,
    /// Settings, presets and recent files.
    pub files: files::Files,
    /// Pictures of scenes.
    pub pictures: gallery::Pictures,
    /// The loaded kernel.
    pub kernels: kernel::Kernels,
    /// Known flows, and the check of the velocity.
    pub laboratory: lab::Laboratory,
    /// Files that are being read.
    pub opener: opener::Opener,
    /// Operators of the user.
    pub operators: operators::Operators,
    /// The reference LES.
    pub reference: reference::Reference,
    /// Checkpoints, autosaves, ways out.
    pub safety: safety::Safety,
    /// States and sessions on their way to files.
    pub saver: saver::Saver,
    /// What the run takes.
    pub usage: usage::Watch,
    /// What the flow should keep.
    pub vitals: vitals::Watching,
}

impl Tools {
    /// Every tool takes in what it waited for, and asks for what is due.
    pub fn hear(&mut self, desk: &mut Desk, now_s: f64) {
        self.safety.guard(desk, now_s);
        if desk.device.faults.is_lost() {
            // Another device comes first.
            return;
        }
        self.opener.hear(desk, &mut self.encoder, &mut self.kernels);
        self.operators.watch(desk, now_s);
        self.reference.hear(desk, now_s);
        self.kernels.hear(desk, now_s);
        self.vitals.hear(desk, now_s);
        self.laboratory.hear(desk);
        self.encoder.hear(desk);
        self.files.keep(desk, now_s);
        self.saver.hear(desk);
        self.pictures.hear(desk, now_s);
        self.exports.hear(desk, now_s);
    }

    /// In how many seconds a tool wants another frame although nothing moves and no task has answered.
    pub fn due_s(&self, desk: &Desk) -> Option<f64> {
        [self.exports.due_s(desk), self.kernels.due_s(desk), self.opener.due_s()].into_iter().flatten().reduce(f64::min)
    }

    /// The device is gone: what it was to answer does not come.
    pub fn lose_device(&mut self) {
        self.saver = saver::Saver::default();
        self.exports.lose_device();
        self.reference = reference::Reference::default();
    }
}
