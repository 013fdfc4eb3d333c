//! What the truth needs of the device: the velocities its own passes make now, and the state they are of.

use super::{GpuSim, seen::StateCopy};
use crate::{
    error::{Error, Result},
    gpu::readback::{Once, items},
    ops::{device::DeviceAtoms, parcels::cpu::on_nodes},
    sim::truth::{self, Truth, Velocities},
    state::State,
};

/// A read-back on its way.
pub struct Asked {
    state: StateCopy,
    /// Which atoms are carried, the vertices' partial velocities, and the nodes' velocities.
    once: Once,
    /// Partial velocities there are, and cells from one to the next.
    parts: (usize, usize),
    tolerance: f64,
}

/// One moment of the device: state and velocities, ready for another thread.
pub struct Moment {
    state: State,
    vertices: Vec<[f64; 2]>,
    /// On the nodes of the parcels' lattice.
    nodes: Vec<[f64; 2]>,
    /// Which atoms parcels stand for.
    carried: Vec<bool>,
    tolerance: f64,
}

impl Moment {
    /// The comparison; takes up to seconds.
    pub fn truth(&self) -> Truth {
        let velocity = Velocities { vertices: &self.vertices, nodes: &self.nodes };
        truth::compare(&self.state, velocity, |i| self.carried[i], self.tolerance)
    }
}

impl GpuSim {
    /// Records quadrature, biot_savart or mesh, parcels and mode_velocity of the state as it is at this place of the
    /// encoder, between steps, and a copy of everything the comparison needs.
    pub fn ask_truth(&mut self, encoder: &mut wgpu::CommandEncoder) {
        let mut pass = encoder.begin_compute_pass(&Default::default()).forget_lifetime();
        let modes = self.pushing().map(|background| background.velocity(0));
        // What pictures show passes through the grid of the parcels' velocity, so that it comes first.
        self.carried.iter().flat_map(|carried| carried.show()).for_each(|d| d.encode(&mut pass));
        self.motion.quadrature.encode(&mut pass);
        match &self.motion.mesh {
            Some(mesh) => [mesh.gate()].into_iter().chain(mesh.passes()).for_each(|d| d.encode(&mut pass)),
            None => self.motion.direct.passes().for_each(|d| d.encode(&mut pass)),
        }
        modes.into_iter().for_each(|d| d.encode(&mut pass));
        self.carried.iter().flat_map(|carried| carried.velocity(0, 0)).for_each(|d| d.encode(&mut pass));
        drop(pass);
        let state = self.copy_state(encoder, None);
        let b = &self.buffers;
        let grids = self.carried.iter().flat_map(|carried| carried.grids());
        let sources: Vec<_> =
            [&b.counts, &b.atoms, &b.vertices, &b.start, &b.velocity].into_iter().chain(grids).collect();
        let through = truth::tolerance(self.motion.mesh.as_ref().map(|mesh| &mesh.accuracy));
        self.probes.asked = Some(Asked {
            state,
            once: Once::copy(&self.context, encoder, &sources),
            parts: (b.splits as usize + usize::from(self.pushing().is_some()), b.vertex_capacity),
            tolerance: through + if self.carried.is_some() { truth::OF_PARCELS } else { 0.0 },
        });
    }

    /// Whether a read-back is on its way.
    pub fn is_asked(&self) -> bool {
        self.probes.asked.is_some()
    }

    /// The moment that was asked for, once it is there. Never waits.
    ///
    /// # Errors
    /// [`Error::Run`] when the device could not answer.
    pub fn take_moment(&mut self) -> Option<Result<Moment>> {
        let asked = self.probes.asked.as_ref()?;
        let (state, more) = (asked.state.take()?, asked.once.take()?);
        let asked = self.probes.asked.take()?;
        Some(state.and_then(|state| asked.moment(&state, &more?)))
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
    fn moment(self, state: &[Vec<u8>], more: &[Vec<u8>]) -> Result<Moment> {
        let (state, _) = self.state.state(state)?;
        let device = DeviceAtoms::unpack(more);
        let partial: Vec<[f32; 2]> = items(&more[4], usize::MAX);
        let (parts, stride) = self.parts;
        let sum = |i: usize| {
            (0..parts)
                .map(|p| partial[p * stride + i])
                .fold([0.0, 0.0], |sum: [f64; 2], v| [sum[0] + f64::from(v[0]), sum[1] + f64::from(v[1])])
        };
        let vertices = (0..device.vertices.len()).map(sum).collect();
        let carried = device.atoms.iter().map(|a| a.carried != 0).collect();
        let side = state.parcels.as_ref().map_or(0, |lattice| lattice.side);
        let nodes = nodes(&more[5..], side);
        Ok(Moment { state, vertices, nodes, carried, tolerance: self.tolerance })
    }
}

/// The sum of velocities whose B-splines have these coefficients, `[side, side]` pairs each, on the nodes.
fn nodes(grids: &[Vec<u8>], side: usize) -> Vec<[f64; 2]> {
    let mut sum = vec![[0.0, 0.0]; side * side];
    for grid in grids {
        let splines: Vec<[f32; 2]> = items(grid, side * side);
        for k in 0..2 {
            let one: Vec<f32> = splines.iter().map(|u| u[k]).collect();
            on_nodes(&one, side).iter().zip(&mut sum).for_each(|(u, sum)| sum[k] += f64::from(*u));
        }
    }
    sum
}
