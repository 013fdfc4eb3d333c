//! The passes: spread, transforms, push of the vertices, move of the parcels, one set a Runge-Kutta stage.

use super::{Parcels, Ridden};
use crate::{
    error::{Error, Result},
    gpu::{
        Context, Dispatch, Uniform,
        buffer::{filled, storage},
        dispatch::groups,
        upload,
    },
    math::{BOX, from_turns, to_turns},
    ops::{advect::stages, buffers::AtomBuffers, poisson::MAX_SIDE},
    params::Integrator,
    primitives::fft::gpu::{Place, both_ways, in_place, table},
    state::EPS_MAX,
};

/// Largest sum of parcels' values on a node, in units of the largest value: parcels keep their areas, so
/// that many never meet on one node.
const CROWD: f64 = 32.0;

/// A buffer of modes, and their radius.
pub type Modes<'a> = Option<(&'a wgpu::Buffer, i32)>;

/// What parcels have to do with a background.
#[derive(Clone, Copy, Default)]
pub struct Backgrounds<'a> {
    /// Amplitudes of the atoms for `ky >= 0`, rows of `2 radius + 1`: every velocity adds the parcels' to them.
    pub modes: Modes<'a>,
    /// The Hermitian square of a background that the parcels carry, too: it is left out of what they show.
    pub taken: Modes<'a>,
}

/// Parcels on the device, on the lattice and mesh of one side.
pub struct Passes {
    side: u32,
    scheme: Integrator,
    /// Vorticity of each parcel, in the order of the lattice.
    values: wgpu::Buffer,
    /// Places at the start of the step, units of 2^-32 turns.
    start: wgpu::Buffer,
    /// Places at this stage.
    places: wgpu::Buffer,
    /// Whole turns around the torus since the start of the cycle.
    winding: wgpu::Buffer,
    /// `[u, v]` on the nodes from the parcels.
    own: wgpu::Buffer,
    /// `[u, v]` on the nodes from vertices and background.
    pushed: wgpu::Buffer,
    /// Whole numbers for a unit vorticity.
    units: f32,
    stages: Vec<Stage>,
    transforms: Vec<Dispatch>,
    /// From parcels to the vorticity on the nodes, then new parcels there.
    remesh: Vec<Dispatch>,
    /// From parcels to what pictures show.
    show: Vec<Dispatch>,
    /// For each field of others.
    transforms_of_others: Vec<Vec<Dispatch>>,
}

/// What the pass from sums on the nodes to velocity is compiled for.
fn velocity_constants(of_field: f64, radius: i32) -> [(&'static str, f64); 2] {
    [("FIELD", of_field), ("RADIUS", f64::from(radius))]
}

/// What the pass from sums on the nodes to vorticity is compiled for.
fn vorticity_constants(shown: f64, radius: i32) -> [(&'static str, f64); 2] {
    [("SHOWN", shown), ("RADIUS", f64::from(radius))]
}

/// What differs between stages: a uniform.
struct Stage {
    uniform: Uniform<Parcels>,
    spread: Dispatch,
    push: Dispatch,
    move_on: Dispatch,
}

impl Passes {
    /// For a lattice of `side`, a power of two from 16 to 1024. `others` are fields of vorticity on
    /// the nodes, `[side, side]` f32, that push the parcels, too; a stage takes one of them.
    ///
    /// # Errors
    /// [`Error::Invalid`] for another side; where the device has no room.
    pub fn new(
        context: &Context,
        b: &AtomBuffers,
        side: u32,
        scheme: Integrator,
        backgrounds: Backgrounds<'_>,
        others: &[&wgpu::Buffer],
    ) -> Result<Self> {
        if !side.is_power_of_two() || !(16..=MAX_SIDE).contains(&side) {
            return Err(Error::invalid("side of the parcels", format!("a power of two from 16 to {MAX_SIDE}"), side));
        }
        let c = context;
        let cells = (side * side) as usize;
        let values = storage::<f32>(c, "parcels", cells)?;
        let pairs = |name: &str| storage::<[f32; 2]>(c, name, cells);
        let (own, pushed) = (pairs("parcels' velocity")?, pairs("others' velocity")?);
        let (total, winding) = (pairs("parcels' slopes")?, storage::<[i32; 2]>(c, "parcels' turns", cells)?);
        let places_of = |name: &str| storage::<[u32; 2]>(c, name, cells);
        let (start, places) = (places_of("parcels' start")?, places_of("parcels' places")?);
        let grid = storage::<i32>(c, "parcels' mesh", cells)?;
        let table = table(c, side)?;
        let sharpen = filled(c, "splines", &sharpening(side))?;
        let on_nodes = filled(c, "splines on nodes", &sharpening_on_nodes(side))?;

        let blocks = groups(cells, super::THREADS[0].size[0]);
        let rows = [blocks.min(32_768), blocks.div_ceil(32_768), 1];
        let numbers = Parcels { side, row: rows[0] * super::THREADS[0].size[0], ..Default::default() };
        let stage = |_| {
            let uniform = Uniform::new(c, "parcels", numbers);
            let u = uniform.buffer();
            let push = [u, &b.counts, &own, &b.places, &b.velocity, &b.atoms, &b.vertices];
            let moved = [u, &own, &pushed, &start, &places, &total, &winding, &b.counts];
            Ok(Stage {
                spread: Dispatch::new(c, "parcels_spread", &[], &[u, &places, &values, &grid], rows)?,
                push: b.over_vertices(Dispatch::new(c, "parcels_push", &[], &push, [1, 1, 1])?),
                move_on: Dispatch::new(c, "parcels_move", &[], &moved, rows)?,
                uniform,
            })
        };
        let stages: Vec<Stage> = stages(scheme).iter().map(stage).collect::<Result<_>>()?;
        let u = stages[0].uniform.buffer();
        let [along, across] = both_ways(c, side)?;
        let none = storage::<[f32; 2]>(c, "no modes", 1)?;
        let transforms = |from: &wgpu::Buffer, to: &wgpu::Buffer, of_field: f64| -> Result<Vec<Dispatch>> {
            let constants = along.constants(&[("FIELD", of_field)]);
            // Others have their own way to the amplitudes.
            let (amplitudes, radius) = backgrounds.modes.filter(|_| of_field == 0.0).unwrap_or((&none, -1));
            let wide = across.constants(&velocity_constants(of_field, radius));
            let columns = [&table, &sharpen, to, amplitudes];
            Ok(vec![
                Dispatch::new(c, "parcels_rows", &constants, &[&table, u, from, to], along.groups(side))?,
                Dispatch::new(c, "parcels_columns", &wide, &columns, across.groups(side))?,
                in_place(c, &along, &table, to, &Place { base: 0, count: side }, true)?,
            ])
        };
        let constants = along.constants(&[("FIELD", 0.0)]);
        let vorticity = |shown: f64, then: Dispatch| -> Result<Vec<Dispatch>> {
            let (square, radius) = backgrounds.taken.filter(|_| shown == 1.0).unwrap_or((&none, -1));
            let wide = across.constants(&vorticity_constants(shown, radius));
            let columns = [&table, u, &on_nodes, &own, square];
            Ok(vec![
                Dispatch::new(c, "parcels_remesh_spread", &[], &[u, &places, &values, &grid], rows)?,
                Dispatch::new(c, "parcels_rows", &constants, &[&table, u, &grid, &own], along.groups(side))?,
                Dispatch::new(c, "parcels_remesh_columns", &wide, &columns, across.groups(side))?,
                in_place(c, &along, &table, &own, &Place { base: 0, count: side }, true)?,
                then,
            ])
        };
        let renewed = [u, &own, &values, &start, &places, &winding];
        let remesh = vorticity(0.0, Dispatch::new(c, "parcels_remesh", &[], &renewed, rows)?)?;
        let show = vorticity(1.0, Dispatch::new(c, "parcels_show", &[], &[u, &own, &b.shown], rows)?)?;
        Ok(Self {
            transforms: transforms(&grid, &own, 0.0)?,
            remesh,
            show,
            transforms_of_others: others.iter().map(|field| transforms(field, &pushed, 1.0)).collect::<Result<_>>()?,
            side,
            scheme,
            values,
            start,
            places,
            winding,
            own,
            pushed,
            units: 0.0,
            stages,
        })
    }

    /// Compiles what [`Passes::new`] finds compiled then for a background that parcels carry, of the radii of its
    /// modes and of its square; on any thread.
    ///
    /// # Errors
    /// Where a shader does not compile.
    pub fn foresee(context: &Context, side: u32, [modes, taken]: [i32; 2]) -> Result<()> {
        let [_, across] = both_ways(context, side)?;
        context.program("parcels_columns", &across.constants(&velocity_constants(0.0, modes)))?;
        context.program("parcels_remesh_columns", &across.constants(&vorticity_constants(1.0, taken)))?;
        Ok(())
    }

    /// Side of the lattice.
    pub fn side(&self) -> u32 {
        self.side
    }

    /// Parcels of these values at these places (in cells, any image), in the order of the lattice. Call
    /// [`Passes::set`] after it.
    pub fn begin(&mut self, context: &Context, values: &[f32], places: &[[f64; 2]]) {
        self.carry(context, values);
        let cell = BOX / f64::from(self.side);
        let (fixed, turns): (Vec<[u32; 2]>, Vec<[i32; 2]>) =
            places.iter().map(|p| p.map(|x| to_turns(x * cell))).map(|[x, y]| ([x.0, y.0], [x.1, y.1])).unzip();
        upload(&context.queue, &self.start, 0, &fixed);
        upload(&context.queue, &self.places, 0, &fixed);
        upload(&context.queue, &self.winding, 0, &turns);
    }

    /// Other values for the parcels where they are between steps. Call [`Passes::set`] after it. One a parcel, in the
    /// order of the lattice's nodes, row by row.
    pub fn carry(&mut self, context: &Context, values: &[f32]) {
        upload(&context.queue, &self.values, 0, values);
        let most = values.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
        self.units = if most > 0.0 { ((1_u64 << 31) as f64 / (CROWD * f64::from(most))) as f32 } else { 1.0 };
    }

    /// Step, mean flow, and viscosity times the time between remeshes.
    pub fn set(&mut self, context: &Context, dt: f64, drift: [f64; 2], decay: f64) {
        let numbers = stages(self.scheme);
        let count = numbers.len();
        for (i, stage) in self.stages.iter_mut().enumerate() {
            let value = Parcels {
                drift: drift.map(|u| u as f32),
                reach: (numbers[i].reach * dt) as f32,
                share: (numbers[i].share * dt) as f32,
                first: u32::from(i == 0),
                last: u32::from(i + 1 == count),
                units: self.units,
                others: u32::from(!self.transforms_of_others.is_empty()),
                decay: decay as f32,
                ..*stage.uniform.value()
            };
            stage.uniform.set(&context.queue, value);
        }
    }

    /// Velocity of the parcels as they stand at stage `s`, into their own grid.
    pub fn velocity(&self, s: usize) -> impl Iterator<Item = &Dispatch> {
        [&self.stages[s].spread].into_iter().chain(&self.transforms)
    }

    /// The same onto the vertices' first partial sum; the sum of the atoms alone must be there.
    pub fn push(&self, s: usize) -> &Dispatch {
        &self.stages[s].push
    }

    /// Velocity on the nodes of the others whose field is number `which`.
    pub fn velocity_of_others(&self, which: usize) -> impl Iterator<Item = &Dispatch> {
        self.transforms_of_others.get(which).into_iter().flatten()
    }

    /// Moves the parcels on at the end of stage `s`.
    pub fn move_on(&self, s: usize) -> &Dispatch {
        &self.stages[s].move_on
    }

    /// New parcels on the nodes, with the vorticity that those which stand between steps have there after viscosity.
    pub fn remesh(&self) -> impl Iterator<Item = &Dispatch> {
        self.remesh.iter()
    }

    /// The vorticity of the parcels as they stand between steps, to where pictures find it.
    pub fn show(&self) -> impl Iterator<Item = &Dispatch> {
        self.show.iter()
    }

    /// Vorticity of each parcel, in the order of the lattice.
    pub fn values(&self) -> &wgpu::Buffer {
        &self.values
    }

    /// `[u, v]` of the parcels on the nodes: coefficients of B-splines.
    pub fn grid(&self) -> &wgpu::Buffer {
        &self.own
    }

    /// `[u, v]` of vertices and background on the nodes: coefficients of B-splines.
    pub fn grid_of_others(&self) -> &wgpu::Buffer {
        &self.pushed
    }

    /// Places at the start of the step, pairs of u32 in units of 2^-32 turns, in the order of the lattice.
    pub fn start(&self) -> &wgpu::Buffer {
        &self.start
    }

    /// Whole turns of each parcel around the torus since the start of the cycle, pairs of i32.
    pub fn winding(&self) -> &wgpu::Buffer {
        &self.winding
    }

    /// The pass in which ellipses ride on the parcels, `ridden[i]` being atom `i` at the start of the cycle, and the
    /// same before a remesh, from which on they ride from where they are then.
    ///
    /// # Errors
    /// Where the device has no room.
    pub fn ride(&self, context: &Context, b: &AtomBuffers, ridden: &[Ridden]) -> Result<[Dispatch; 2]> {
        let ridden_buffer = filled(context, "ellipses at the start", ridden)?;
        let u = self.stages[0].uniform.buffer();
        let buffers = [u, &b.counts, &ridden_buffer, &self.start, &b.atoms, &b.vertices, &b.start, &b.places];
        let blocks = groups(ridden.len(), super::THREADS[3].size[0]);
        let pass = |remesh: f64| {
            let constants = [("WIDEST", (1.0 - 1e-6) * EPS_MAX * EPS_MAX), ("REMESH", remesh)];
            Dispatch::new(context, "parcels_ride", &constants, &buffers, [blocks, 1, 1])
        };
        Ok([pass(0.0)?, pass(1.0)?])
    }

    /// Bytes of its buffers.
    pub fn bytes(&self) -> u64 {
        // Values, two velocities, slopes, start, places, turns, whole numbers.
        u64::from(self.side * self.side) * (4 + 6 * 8 + 4)
    }
}

/// Places in cells, unwrapped, of parcels on a lattice of `side` as the device holds them. `start` and `winding` hold
/// one entry a parcel, and so does the result, in the same order.
pub fn places(start: &[[u32; 2]], winding: &[[i32; 2]], side: usize) -> Vec<[f64; 2]> {
    let cells = side as f64 / BOX;
    start.iter().zip(winding).map(|(x, turns)| [0, 1].map(|k| from_turns(x[k], turns[k]) * cells)).collect()
}

/// `1/b` of the quintic and of the cubic splines along one axis for `|k| = 0 ..= side/2`.
fn sharpening_on_nodes(side: u32) -> Vec<[f32; 2]> {
    let kh = |k: u32| BOX * f64::from(k) / f64::from(side);
    let one = |kh: f64| [super::sampled_quintic(kh), super::sampled_cubic(kh)].map(|b| (1.0 / b) as f32);
    (0..=side / 2).map(|k| one(kh(k))).collect()
}

/// `1/B` along one axis for `|k| = 0 ..= side/2`.
fn sharpening(side: u32) -> Vec<f32> {
    let one = |k: u32| {
        let x = std::f64::consts::PI * f64::from(k) / f64::from(side);
        if k == 0 { 1.0 } else { (x / x.sin()).powi(4) as f32 }
    };
    (0..=side / 2).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gpu_what_a_background_adds_is_foreseen() {
        let context = Context::headless(None).unwrap();
        let b = AtomBuffers::new(&context, 16, 64).unwrap();
        let passes = |backgrounds| Passes::new(&context, &b, 64, Integrator::Rk2, backgrounds, &[]).unwrap();
        passes(Backgrounds::default());
        let before = context.programs();
        Passes::foresee(&context, 64, [6, 3]).unwrap();
        let foreseen = context.programs();
        assert_eq!(foreseen, before + 2);
        let square = |side: usize| storage::<[f32; 2]>(&context, "modes", side * side).unwrap();
        let (modes, taken) = (square(13), square(7));
        passes(Backgrounds { modes: Some((&modes, 6)), taken: Some((&taken, 3)) });
        assert_eq!(context.programs(), foreseen, "nothing is left to compile");
    }
}
