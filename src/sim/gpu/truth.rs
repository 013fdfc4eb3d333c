//! What the truth needs of the device: the velocities its own passes make now, and the state they are of.

use super::{
    GpuSim,
    copies::{Copied, Parcels},
    headless,
    held::Held,
    motion::Motion,
    views::Views,
};
use crate::{
    error::{Error, Result},
    gpu::{
        Ticket,
        ticket::{items, redeem},
    },
    ops::{device::DeviceAtoms, parcels::cpu::on_nodes},
    sim::truth::{self, Truth, Velocities},
    state::State,
};

/// A check of the velocity that was asked for.
#[derive(Default)]
pub struct Check {
    asked: bool,
    moment: Option<Ticket<Moment>>,
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

/// How the velocities lie in their buffers.
struct Layout {
    /// Partial velocities there are, and cells from one to the next.
    parts: (usize, usize),
    tolerance: f64,
}

impl Moment {
    /// The comparison; takes up to seconds.
    pub fn truth(&self) -> Truth {
        let velocity = Velocities { vertices: &self.vertices, nodes: &self.nodes };
        truth::compare(&self.state, velocity, |i| self.carried[i], self.tolerance)
    }
}

impl Check {
    /// The next frame records quadrature, biot_savart or mesh, parcels and mode_velocity of the state as it is then,
    /// between steps, and a copy of everything the comparison needs.
    pub fn ask(&mut self) {
        self.asked = true;
    }

    /// Whether it was asked for and is not there yet.
    pub fn is_asked(&self) -> bool {
        self.asked || self.moment.is_some()
    }

    /// Whether a frame is to record it.
    pub fn wants_frame(&self) -> bool {
        self.asked
    }

    pub(super) fn record(&mut self, encoder: &mut wgpu::CommandEncoder, held: &Held, motion: &Motion, views: &Views) {
        if !std::mem::take(&mut self.asked) {
            return;
        }
        motion.look(held, encoder);
        let b = &held.buffers;
        let grids = held.carried.iter().flat_map(|carried| carried.grids());
        let others: Vec<_> =
            [&b.counts, &b.atoms, &b.vertices, &b.start, &b.velocity].into_iter().chain(grids).collect();
        let through = truth::tolerance(motion.mesh.as_ref().map(|mesh| &mesh.accuracy));
        let layout = Layout {
            parts: (b.splits as usize + usize::from(held.pushing().is_some()), b.vertex_capacity),
            tolerance: through + if held.carried.is_some() { truth::OF_PARCELS } else { 0.0 },
        };
        let copied = held.ask(encoder, Parcels::Shown, views.strokes(), &others);
        self.moment = Some(copied.then(|copied| Ok(layout.moment(copied))));
    }

    /// The moment that was asked for, once it is there. Never waits.
    ///
    /// # Errors
    /// [`Error::Run`] when the device could not answer.
    pub fn take(&mut self) -> Option<Result<Moment>> {
        redeem(&mut self.moment)
    }
}

/// The truth of the state of a simulation now. Waits for the device.
///
/// # Errors
/// [`Error::Run`] when the device could not answer.
pub fn of(sim: &mut GpuSim) -> Result<Truth> {
    sim.probes.check.ask();
    headless::submit(sim, |_, _| ());
    sim.held.context.wait()?;
    let none = || Error::Run("the velocities did not come back from the device".into());
    Ok(sim.probes.check.take().ok_or_else(none)??.truth())
}

impl Layout {
    fn moment(self, copied: Copied) -> Moment {
        let Copied { state, others, .. } = copied;
        let device = DeviceAtoms::unpack(&others);
        let partial: Vec<[f32; 2]> = items(&others[4], usize::MAX);
        let (parts, stride) = self.parts;
        let sum = |i: usize| {
            (0..parts)
                .map(|p| partial[p * stride + i])
                .fold([0.0, 0.0], |sum: [f64; 2], v| [sum[0] + f64::from(v[0]), sum[1] + f64::from(v[1])])
        };
        let vertices = (0..device.vertices.len()).map(sum).collect();
        let carried = device.atoms.iter().map(|a| a.carried != 0).collect();
        let side = state.parcels.as_ref().map_or(0, |lattice| lattice.side);
        let nodes = nodes(&others[5..], side);
        Moment { state, vertices, nodes, carried, tolerance: self.tolerance }
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
