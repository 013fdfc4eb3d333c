//! The passes: spread, transforms, push of the vertices, move of the parcels, one set a Runge-Kutta stage.

use super::Parcels;
use crate::{
    error::{Error, Result},
    gpu::{
        Context, Dispatch, Uniform,
        buffer::{filled, storage},
        dispatch::groups,
        upload,
    },
    math::to_turns,
    ops::{advect::stages, buffers::AtomBuffers, poisson::MAX_SIDE},
    params::Integrator,
    primitives::fft::twiddles,
};

/// Largest sum of parcels' values on a node, in units of the largest value: parcels keep their areas, so
/// that many never meet on one node.
const CROWD: f64 = 32.0;

/// Amplitudes for `ky >= 0`, rows of `2 radius + 1`, and the radius.
pub type Modes<'a> = Option<(&'a wgpu::Buffer, i32)>;

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
    /// `[u, v]` on the nodes from the parcels.
    own: wgpu::Buffer,
    /// Vorticity of the others on the nodes, filled by whoever has others.
    field: wgpu::Buffer,
    /// Whole numbers for a unit vorticity.
    units: f32,
    stages: Vec<Stage>,
    transforms: Vec<Dispatch>,
    transforms_of_others: Vec<Dispatch>,
}

/// What differs between stages: a uniform.
struct Stage {
    uniform: Uniform<Parcels>,
    spread: Dispatch,
    push: Dispatch,
    move_on: Dispatch,
}

impl Passes {
    /// For a lattice of `side`, a power of two from 16 to 1024. With `modes` every velocity also adds the
    /// parcels' amplitudes to those of the atoms, `ky >= 0`, up to a radius.
    ///
    /// # Errors
    /// [`Error::Invalid`] for another side; where the device has no room.
    pub fn new(context: &Context, b: &AtomBuffers, side: u32, scheme: Integrator, modes: Modes<'_>) -> Result<Self> {
        if !side.is_power_of_two() || !(16..=MAX_SIDE).contains(&side) {
            return Err(Error::invalid("side of the parcels", "a power of two from 16 to 1024", side));
        }
        let c = context;
        let cells = (side * side) as usize;
        let (values, field) = (storage::<f32>(c, "parcels", cells)?, storage::<f32>(c, "others' field", cells)?);
        let pairs = |name: &str| storage::<[f32; 2]>(c, name, cells);
        let (own, others, total) = (pairs("parcels' velocity")?, pairs("others' velocity")?, pairs("parcels' slopes")?);
        let places_of = |name: &str| storage::<[u32; 2]>(c, name, cells);
        let (start, places) = (places_of("parcels' start")?, places_of("parcels' places")?);
        let grid = storage::<i32>(c, "parcels' mesh", cells)?;
        let table = filled(c, "twiddles", &twiddles(side))?;
        let sharpen = filled(c, "splines", &sharpening(side))?;

        let blocks = groups(cells, super::THREADS[0].size[0]);
        let rows = [blocks.min(32_768), blocks.div_ceil(32_768), 1];
        let numbers = Parcels { side, row: rows[0] * super::THREADS[0].size[0], ..Default::default() };
        let stage = |_| {
            let uniform = Uniform::new(c, "parcels", numbers);
            let u = uniform.buffer();
            let push = [u, &b.counts, &own, &b.places, &b.velocity];
            Ok(Stage {
                spread: Dispatch::new(c, "parcels_spread", &[], &[u, &places, &values, &grid], rows)?,
                push: b.over_vertices(Dispatch::new(c, "parcels_push", &[], &push, [1, 1, 1])?),
                move_on: Dispatch::new(c, "parcels_move", &[], &[u, &own, &others, &start, &places, &total], rows)?,
                uniform,
            })
        };
        let stages: Vec<Stage> = stages(scheme).iter().map(stage).collect::<Result<_>>()?;
        let u = stages[0].uniform.buffer();
        let lanes = (side / 2).min(super::LINES[0].size[0]);
        let base = [("N", f64::from(side)), ("LANES", f64::from(lanes))];
        let none = storage::<[f32; 2]>(c, "no modes", 1)?;
        let transforms = |from: &wgpu::Buffer, to: &wgpu::Buffer, of_field: f64| -> Result<Vec<Dispatch>> {
            let constants = [base[0], base[1], ("FIELD", of_field)];
            // Others have their own way to the amplitudes.
            let (amplitudes, radius) = modes.filter(|_| of_field == 0.0).unwrap_or((&none, -1));
            let wide = [constants[0], constants[1], constants[2], ("RADIUS", f64::from(radius))];
            Ok(vec![
                Dispatch::new(c, "parcels_rows", &constants, &[&table, u, from, to], [side, 1, 1])?,
                Dispatch::new(c, "parcels_columns", &wide, &[&table, &sharpen, to, amplitudes], [side, 1, 1])?,
                Dispatch::new(c, "parcels_velocity", &base, &[&table, to], [side, 1, 1])?,
            ])
        };
        Ok(Self {
            transforms: transforms(&grid, &own, 0.0)?,
            transforms_of_others: transforms(&field, &others, 1.0)?,
            side,
            scheme,
            values,
            start,
            places,
            own,
            field,
            units: 0.0,
            stages,
        })
    }

    /// Side of the lattice.
    pub fn side(&self) -> u32 {
        self.side
    }

    /// Parcels of these values at these places (in cells, any image), in the order of the lattice. Call
    /// [`Passes::set`] after it.
    pub fn begin(&mut self, context: &Context, values: &[f32], places: &[[f64; 2]]) {
        let turn = std::f64::consts::TAU / f64::from(self.side);
        let fixed: Vec<[u32; 2]> = places.iter().map(|p| p.map(|x| to_turns(x * turn).0)).collect();
        upload(&context.queue, &self.values, 0, values);
        upload(&context.queue, &self.start, 0, &fixed);
        upload(&context.queue, &self.places, 0, &fixed);
        let most = values.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
        self.units = if most > 0.0 { ((1_u64 << 31) as f64 / (CROWD * f64::from(most))) as f32 } else { 1.0 };
    }

    /// Step, mean flow, and whether others push the parcels, too: their vorticity is then in [`Passes::field`].
    pub fn set(&mut self, context: &Context, dt: f64, drift: [f64; 2], others: bool) {
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
                others: u32::from(others),
                ..*stage.uniform.value()
            };
            stage.uniform.set(&context.queue, value);
        }
    }

    /// Velocity of the parcels as they stand at stage `s`, into their own grid, and onto the vertices' first
    /// partial sum; the sum of the atoms alone must be there.
    pub fn velocity(&self, s: usize) -> impl Iterator<Item = &Dispatch> {
        let stage = &self.stages[s];
        [&stage.spread].into_iter().chain(&self.transforms).chain([&stage.push])
    }

    /// Velocity of the others on the nodes, from their field.
    pub fn velocity_of_others(&self) -> impl Iterator<Item = &Dispatch> {
        self.transforms_of_others.iter()
    }

    /// Moves the parcels on at the end of stage `s`.
    pub fn move_on(&self, s: usize) -> &Dispatch {
        &self.stages[s].move_on
    }

    /// Vorticity of the others on the nodes, `[side, side]` f32, row 0 at the bottom.
    pub fn field(&self) -> &wgpu::Buffer {
        &self.field
    }

    /// `[u, v]` of the parcels on the nodes.
    pub fn grid(&self) -> &wgpu::Buffer {
        &self.own
    }

    /// Places at the start of the step, pairs of u32 in units of 2^-32 turns, in the order of the lattice.
    pub fn start(&self) -> &wgpu::Buffer {
        &self.start
    }
}

/// `1/B` along one axis for `|k| = 0 ..= side/2`.
fn sharpening(side: u32) -> Vec<f32> {
    let one = |k: u32| {
        let x = std::f64::consts::PI * f64::from(k) / f64::from(side);
        if k == 0 { 1.0 } else { (x / x.sin()).powi(4) as f32 }
    };
    (0..=side / 2).map(one).collect()
}
