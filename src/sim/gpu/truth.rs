//! What the truth needs of the device: the velocities its own passes make now, and the state they are of.

use super::{DeviceBackground, GpuSim};
use crate::{
    error::{Error, Result},
    gpu::readback::{Once, items},
    ops::device::DeviceAtoms,
    sim::truth::{self, Truth},
    state::State,
};

/// A read-back on its way.
pub struct Asked {
    once: Once,
    /// Basis and scalars of the state.
    template: State,
    /// Partial velocities there are, and cells from one to the next.
    parts: (usize, usize),
    background: bool,
    tolerance: f64,
}

/// One moment of the device: state and velocities, ready for another thread.
pub struct Moment {
    state: State,
    velocity: Vec<[f64; 2]>,
    /// Which atoms parcels stand for.
    carried: Vec<bool>,
    tolerance: f64,
}

impl Moment {
    /// The comparison; takes up to seconds.
    pub fn truth(&self) -> Truth {
        truth::compare(&self.state, &self.velocity, |i| self.carried[i], self.tolerance)
    }
}

impl GpuSim {
    /// Records quadrature, biot_savart or mesh, and mode_velocity of the state as it is at this place of the encoder,
    /// between steps, and a copy of everything the comparison needs. [`Self::after_submit`] must follow.
    pub fn ask_truth(&mut self, encoder: &mut wgpu::CommandEncoder) {
        let mut pass = encoder.begin_compute_pass(&Default::default()).forget_lifetime();
        let modes = self.background.as_ref().map(|background| background.velocity(0));
        self.quadrature.encode(&mut pass);
        match &self.mesh {
            Some(mesh) => [mesh.gate()].into_iter().chain(mesh.passes()).for_each(|d| d.encode(&mut pass)),
            None => self.direct.passes().for_each(|d| d.encode(&mut pass)),
        }
        modes.into_iter().for_each(|d| d.encode(&mut pass));
        self.carried.iter().flat_map(|carried| carried.velocity(0, 0)).for_each(|d| d.encode(&mut pass));
        drop(pass);
        let b = &self.buffers;
        let mut sources = vec![&b.counts, &b.atoms, &b.vertices, &b.start, &b.velocity];
        sources.extend(self.background.as_ref().map(|background| background.decoded().0));
        let mut template = self.template.clone();
        (template.time, template.step) = (self.time, self.step);
        self.asked = Some(Asked {
            once: Once::copy(&self.context, encoder, &sources),
            template,
            parts: (b.splits as usize + usize::from(self.background.is_some()), b.vertex_capacity),
            background: self.background.is_some(),
            // Nothing is promised for a mesh as fine as the ellipses ask for, and these as they ride.
            tolerance: match self.carried {
                Some(_) => f64::INFINITY,
                None => truth::tolerance(self.mesh.as_ref().map(|mesh| &mesh.accuracy)),
            },
        });
    }

    /// Whether a read-back is on its way.
    pub fn is_asked(&self) -> bool {
        self.asked.is_some()
    }

    /// The moment that was asked for, once it is there. Never waits.
    ///
    /// # Errors
    /// [`Error::Run`] when the device could not answer.
    pub fn take_moment(&mut self) -> Option<Result<Moment>> {
        let bytes = self.asked.as_ref()?.once.take()?;
        let asked = self.asked.take()?;
        Some(bytes.and_then(|bytes| asked.moment(&bytes)))
    }

    /// The truth of the state now. Waits for the device.
    ///
    /// # Errors
    /// [`Error::Run`] when the device could not answer.
    pub fn truth(&mut self) -> Result<Truth> {
        self.submit(Self::ask_truth);
        self.context.wait()?;
        let none = || Error::Run("the velocities did not come back from the device".into());
        Ok(self.take_moment().ok_or_else(none)??.truth())
    }
}

impl Asked {
    /// Call after the submission.
    pub(super) fn after_submit(&mut self) {
        self.once.after_submit();
    }

    fn moment(self, bytes: &[Vec<u8>]) -> Result<Moment> {
        let device = DeviceAtoms::unpack(bytes).riding();
        let mut state = self.template;
        state.atoms = device.atoms()?;
        if self.background {
            DeviceBackground::read_into(&items(&bytes[5], usize::MAX), &mut state.background);
        }
        let partial: Vec<[f32; 2]> = items(&bytes[4], usize::MAX);
        let (parts, stride) = self.parts;
        let sum = |i: usize| {
            (0..parts)
                .map(|p| partial[p * stride + i])
                .fold([0.0, 0.0], |sum: [f64; 2], v| [sum[0] + f64::from(v[0]), sum[1] + f64::from(v[1])])
        };
        let velocity = (0..device.vertices.len()).map(sum).collect();
        let carried = device.atoms.iter().map(|a| a.carried != 0).collect();
        Ok(Moment { velocity, state, carried, tolerance: self.tolerance })
    }
}
