//! A step's stretch and twist as they are recorded, the circulation that comes back where the proxy changes it, and how
//! the velocity is found in words.

use super::{held::Held, motion::Motion, stretch::Stretching, velocity::mesh_passes};
use crate::{
    gpu::{Latest, Timer, ticket::first},
    ops::{
        device::DeviceAtom,
        stretch::{ROOM, stretches, twists},
    },
};

impl Motion {
    /// Records twist, core and circulation of a step whose stages were recorded.
    pub(super) fn stretch(&self, held: &Held, timer: &Timer, pass: &mut wgpu::ComputePass<'static>, timed: bool) {
        let Some(Stretching { passes, .. }) = &self.stretching else { return };
        let run = |pass: &mut wgpu::ComputePass<'static>, d| timer.run(pass, d, timed);
        if twists(&held.params) {
            let modes = held.pushing().map(|background| background.velocity(0));
            let [left, right, sum] = passes.twist();
            let [push, push_again] = held.carried.as_ref().map_or([vec![], vec![]], |carried| carried.at_vertices());
            run(pass, &self.quadrature);
            run(pass, left);
            match &self.mesh {
                Some(mesh) => mesh.passes().for_each(|d| run(pass, d)),
                None => self.direct.passes().for_each(|d| run(pass, d)),
            }
            modes.into_iter().chain(push).for_each(|d| run(pass, d));
            run(pass, right);
            match &self.mesh {
                Some(mesh) => mesh.again().for_each(|d| run(pass, d)),
                None => self.direct.passes().for_each(|d| run(pass, d)),
            }
            modes.into_iter().chain(push_again).for_each(|d| run(pass, d));
            run(pass, sum);
        }
        if stretches(&held.params) {
            run(pass, passes.stretch());
        }
        if held.params.alpha != 0.0 {
            run(pass, passes.gamma());
        }
    }

    /// Records a copy of the atoms where their circulations change.
    pub(super) fn copy_circulation(&mut self, held: &Held, encoder: &mut wgpu::CommandEncoder) {
        let atoms = held.known.template.atoms.len() as u64;
        let Some(stretching) = self.stretching.as_mut().filter(|_| held.params.alpha != 0.0 && atoms > 0) else {
            return;
        };
        let part = held.buffers.atoms.slice(..atoms * size_of::<DeviceAtom>() as u64);
        stretching.back.ask(|| held.context.readbacks().ask(encoder, &[part]).then(first));
    }

    /// The circulation, from the newest copy, and a mesh with room for what it has grown to. Whether there is news.
    pub(super) fn harvest_circulation(&mut self, held: &mut Held) -> bool {
        let back = self.stretching.as_mut().and_then(|stretching| stretching.back.take());
        // A copy of the atoms before an edit says nothing of those after it.
        let Some(atoms) = back.filter(|atoms| atoms.len() == held.known.template.atoms.len()) else { return false };
        let gamma = |a: &DeviceAtom| if a.support == 0 { 0.0 } else { f64::from(a.gamma) };
        held.known.circulation = atoms.iter().map(|a| f64::from(a.sign) * gamma(a)).sum();
        let template = &mut held.known.template;
        let outgrown = |sum: f64| sum > 0.5 * ROOM * template.atoms.view().gamma.iter().sum::<f64>();
        if self.mesh.is_some() && outgrown(atoms.iter().map(gamma).sum()) {
            (0..).zip(&atoms).for_each(|(i, a)| template.atoms.set_gamma(i, f64::from(a.gamma)));
            // Without one the direct sum goes on.
            self.mesh = mesh_passes(&held.context, &held.buffers, template, &held.params).ok().flatten();
        }
        true
    }

    /// Copies on their way are of atoms that are gone.
    pub(super) fn forget_answers(&mut self) {
        if let Some(stretching) = &mut self.stretching {
            stretching.back = Latest::default();
        }
    }
}

impl Motion {
    /// How the atoms' velocity is found, and how exactly, in words.
    pub(super) fn solver(&self) -> String {
        match &self.mesh {
            None => "direct sum over all pairs, error at most 1e-5 of the largest speed".into(),
            Some(mesh) => format!(
                "{}mesh of {n} x {n}, error at most {:.0e} of the largest speed",
                match mesh.from_pairs {
                    0 => String::new(),
                    pairs => format!("direct sum, from {pairs:.1e} pairs on a ", pairs = pairs as f64),
                },
                mesh.accuracy.error,
                n = mesh.side,
            ),
        }
    }

    /// How it is found for so many vertices and blobs, in a word or two.
    pub(super) fn solver_for(&self, [vertices, blobs]: [u32; 2]) -> String {
        let pairs = f64::from(vertices) * f64::from(blobs);
        match &self.mesh {
            Some(mesh) if pairs >= mesh.from_pairs as f64 => format!("mesh {0} x {0}", mesh.side),
            _ => "direct sum".into(),
        }
    }
}
