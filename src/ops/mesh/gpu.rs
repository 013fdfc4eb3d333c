//! The passes: gate, spread, transforms level by level, gather, near pairs.

use super::{Accuracy, Mesh, Pyramid};
use crate::{
    error::{Error, Result},
    gpu::{
        Context, Dispatch, Uniform,
        buffer::{launches, storage},
    },
    ops::{
        biot_savart::{self, gpu::Direct},
        buffers::AtomBuffers,
        device::DeviceBlob,
        poisson::MAX_SIDE,
    },
    primitives::{
        fft::{
            gpu::{Place, both_ways, in_place, table},
            lines::Lines,
        },
        scan::gpu::Scan,
    },
};

/// Room for vertices from which a GPU gathers blobs by bins before it spreads them.
const MANY: usize = 200_000;
/// Cells of a bin along a side.
const BIN: usize = 16;
/// Workgroups of a row of the launch over bins.
const TILE_ROW: u32 = 32_768;
/// Vertices of a workgroup of the spreading pass.
const SPREAD_VERTICES: u32 = 20;
/// Most bins along a side.
const MOST_BINS: u32 = 512;
/// Whole numbers that all circulation together makes in the squares; four of them must fit in 31 bits.
const SQUARE_UNITS: f64 = (1_u64 << 27) as f64;
/// Rows of the launches: the direct sum over splits and over vertices, then these, then one a level.
const SPREAD: usize = 2;
const GATHER: usize = 3;
const ONE: usize = 4;
const ROWS: usize = 5;
/// Largest whole number among near pairs: half of what an i32 holds.
const MOST_UNITS: f64 = (1_u64 << 30) as f64;

/// What a mesh must know of the blobs before they move.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    /// Sum of all |circulation|: nothing among near pairs can be larger.
    pub circulation: f64,
    /// Smallest `eps^2` there will be, targets included.
    pub narrowest: f64,
}

/// Velocity of the atoms through a mesh, or by the direct sum where pairs are few.
pub struct Passes {
    gate: Dispatch,
    direct: Direct,
    far: Vec<Dispatch>,
    near: Vec<Dispatch>,
    /// How exact.
    pub accuracy: Accuracy,
    /// Side of the finest grid.
    pub side: usize,
    /// Pairs from which the mesh is taken.
    pub from_pairs: usize,
    /// Circulations in whole numbers; all zero between the passes.
    pub grid: wgpu::Buffer,
    /// `[u, v]` of each level after the passes.
    pub spectrum: wgpu::Buffer,
}

impl Passes {
    /// `from_pairs` is the number of pairs from which the mesh is taken.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a side that is not a power of two from 16 to 4096.
    pub fn new(
        context: &Context,
        b: &AtomBuffers,
        pyramid: &Pyramid,
        extent: &Extent,
        from_pairs: usize,
    ) -> Result<Self> {
        let binned = !context.report.software && b.vertex_capacity >= MANY;
        Self::spread_by(context, b, pyramid, extent, from_pairs, binned)
    }

    /// With blobs gathered by bins before they are spread, or spread one by one: the same bits.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn spread_by(
        context: &Context,
        b: &AtomBuffers,
        pyramid: &Pyramid,
        extent: &Extent,
        from_pairs: usize,
        binned: bool,
    ) -> Result<Self> {
        if !pyramid.n.is_power_of_two() || !(16..=MAX_SIDE as usize).contains(&pyramid.n) {
            return Err(Error::invalid("mesh", format!("a power of two from 16 to {MAX_SIDE}"), pyramid.n));
        }
        let uniform = Uniform::new(context, "mesh", Self::uniform(b, pyramid, extent, from_pairs));
        let mesh = uniform.buffer();
        let cells: usize = (0..pyramid.levels).map(|level| pyramid.side(level).pow(2)).sum();
        let grid = storage::<i32>(context, "mesh grid", cells)?;
        let spectrum = storage::<[f32; 2]>(context, "mesh spectrum", cells)?;

        let mut rows = vec![
            [0, b.splits, 1, biot_savart::TARGETS],
            [0, 1, 1, 64],
            [0, 1, 1, SPREAD_VERTICES],
            [0, 1, 1, 64],
            [0, 1, 1, 1 << 30],
        ];
        let ways: Vec<[Lines; 2]> =
            (0..pyramid.levels).map(|level| both_ways(context, pyramid.side(level) as u32)).collect::<Result<_>>()?;
        rows.extend(ways.iter().map(|[along, _]| [0, 1, 1, along.slots]));
        let launches = launches(context, &rows);
        let over = |dispatch: Dispatch, row: usize| dispatch.indirect(&launches, 16 * row as u64);

        let along = |level: usize| (pyramid.side(level) / 32).max(1);
        let squares = storage::<u32>(context, "mesh squares", (0..pyramid.levels).map(|l| along(l).pow(2)).sum())?;
        let points = |shader, buffers: &[&wgpu::Buffer], row: usize| -> Result<Dispatch> {
            Ok(over(Dispatch::new(context, shader, &[], buffers, [1, 1, 1])?, row))
        };
        let mut far = vec![
            points("mesh_weigh", &[mesh, &b.counts, &b.blobs, &squares], GATHER)?,
            points("mesh_scale", &[mesh, &squares], ONE)?,
        ];
        let order = storage::<u32>(context, "vertices by bins", if binned { b.vertex_capacity } else { 1 })?;
        if binned {
            let bins: usize = (0..pyramid.levels).map(|level| (pyramid.side(level) / BIN).max(1).pow(2)).sum();
            // The last pair of members stays zero: its prefix is the total.
            let bin = || -> Result<(wgpu::Buffer, Scan)> {
                let members = storage::<[u32; 2]>(context, "mesh members", bins + 1)?;
                let scan = Scan::new(context, &members, bins + 1)?;
                Ok((members, scan))
            };
            let ((blobs, of_blobs), (targets, of_targets)) = (bin()?, bin()?);
            let ordered = storage::<DeviceBlob>(context, "ordered blobs", b.blob_capacity)?;
            let (sources, own) = ([mesh, &b.counts, &b.blobs], [mesh, &b.counts, &b.atoms, &b.vertices, &b.places]);
            let row = TILE_ROW.min(bins as u32);
            let blocks = [row, (bins as u32).div_ceil(row), 1];
            let tiles = [mesh, &ordered, &of_blobs.prefix, &grid];
            let tiles = Dispatch::new(context, "mesh_tiles", &[], &tiles, blocks)?;
            let sort = [&sources[..], &[&blobs, &of_blobs.prefix, &ordered]].concat();
            let sort = points("mesh_order", &sort, GATHER)?;
            let sort_targets = [&own[..], &[&targets, &of_targets.prefix, &order]].concat();
            let sort_targets = points("mesh_order_targets", &sort_targets, GATHER)?;
            far.push(points("mesh_bin", &[&sources[..], &[&blobs]].concat(), GATHER)?);
            far.push(points("mesh_bin_targets", &[&own[..], &[&targets]].concat(), GATHER)?);
            far.extend(of_blobs.into_passes().into_iter().chain(of_targets.into_passes()));
            far.extend([sort, sort_targets, tiles]);
        } else {
            far.push(points("mesh_spread", &[mesh, &b.counts, &b.blobs, &grid], SPREAD)?);
        }
        let tables: Vec<wgpu::Buffer> =
            (0..pyramid.levels).map(|level| table(context, pyramid.side(level) as u32)).collect::<Result<_>>()?;
        let base = |level: usize| (0..level).map(|l| pyramid.side(l).pow(2)).sum::<usize>() as u32;
        let line = |shader, level: usize, way: usize, with: &[&wgpu::Buffer]| -> Result<Dispatch> {
            let own = [("BASE", f64::from(base(level)))];
            let constants = ways[level][way].constants(if shader == "mesh_columns" { &[] } else { &own });
            let buffers = [&[&tables[level]], with].concat();
            Ok(over(Dispatch::new(context, shader, &constants, &buffers, [1, 1, 1])?, ROWS + level))
        };
        let levels = 0..pyramid.levels;
        for level in levels.clone() {
            far.push(line("mesh_rows", level, 0, &[mesh, &grid, &spectrum])?);
        }
        for level in levels.clone().skip(1) {
            far.push(line("mesh_fold", level, 1, &[mesh, &spectrum])?);
        }
        far.push(line("mesh_columns", 0, 1, &[mesh, &spectrum])?);
        for level in levels.clone().skip(1) {
            far.push(line("mesh_back", level, 1, &[mesh, &spectrum])?);
        }
        for level in levels {
            let place = Place { base: base(level), count: pyramid.side(level) as u32 };
            far.push(over(in_place(context, &ways[level][0], &tables[level], &spectrum, &place, true)?, ROWS + level));
        }
        let gather = [mesh, &b.counts, &b.atoms, &b.vertices, &b.places, &spectrum, &b.velocity, &order];
        let ordered = [("ORDERED", f64::from(u8::from(binned)))];
        far.push(over(Dispatch::new(context, "mesh_gather", &ordered, &gather, [1, 1, 1])?, GATHER));

        let few = biot_savart::from_pairs(context.report.software);
        let narrow = extent.narrowest < pyramid.eta().powi(2);
        let near = if narrow { near(context, b, mesh, uniform.value(), &over)? } else { vec![] };
        Ok(Self {
            gate: Dispatch::new(context, "mesh_gate", &[], &[mesh, &b.counts, &launches], [1, 1, 1])?,
            direct: Direct::launched(context, b, Some(few), [&|d| over(d, 0), &|d| over(d, 1)])?,
            far,
            near,
            accuracy: pyramid.accuracy,
            side: pyramid.n,
            from_pairs,
            grid,
            spectrum,
        })
    }

    fn uniform(b: &AtomBuffers, pyramid: &Pyramid, extent: &Extent, from_pairs: usize) -> Mesh {
        let a = pyramid.accuracy;
        let units = |most: f64| if most > 0.0 { (MOST_UNITS / most, most / MOST_UNITS) } else { (0.0, 0.0) };
        // Largest speed around a unit Gaussian vortex: 0.0718 / eps.
        let (near_units, near_unit) = units(0.073 * extent.circulation / extent.narrowest.sqrt());
        let bins = (std::f64::consts::TAU / (a.reach * std::f64::consts::SQRT_2 * pyramid.eta())) as u32;
        Mesh {
            side: pyramid.n as u32,
            levels: pyramid.levels as u32,
            eta2: pyramid.eta().powi(2) as f32,
            shared2: (a.shared * a.shared) as f32,
            reach: a.reach as f32,
            grid_units: 0.0,
            amplitude: 0.0,
            near_units: near_units as f32,
            near_unit: near_unit as f32,
            bins: (1 << bins.max(2).ilog2()).min(MOST_BINS),
            square_units: (SQUARE_UNITS / extent.circulation.max(f64::MIN_POSITIVE)).min(1e30) as f32,
            from_pairs: from_pairs as f32,
            splits: b.splits,
            stride: b.vertex_capacity as u32,
            pad0: 0,
            pad1: 0,
        }
    }

    /// Once a step: decides between the mesh and the direct sum.
    pub fn gate(&self) -> &Dispatch {
        &self.gate
    }

    /// The same velocity at other places: blobs, grids and lists are those of the last [`Self::passes`].
    pub fn again(&self) -> impl Iterator<Item = &Dispatch> {
        self.direct.passes().chain(self.far.last()).chain(self.near.last())
    }

    /// Velocity of the vertices at this stage, into the first partial sum.
    pub fn passes(&self) -> impl Iterator<Item = &Dispatch> {
        self.direct.passes().chain(&self.far).chain(&self.near)
    }
}

fn near(
    context: &Context,
    b: &AtomBuffers,
    mesh: &wgpu::Buffer,
    value: &Mesh,
    over: &dyn Fn(Dispatch, usize) -> Dispatch,
) -> Result<Vec<Dispatch>> {
    let bins = (value.bins * value.bins) as usize;
    let members = storage::<[u32; 2]>(context, "mesh bins", bins + 1)?;
    let sorted = storage::<DeviceBlob>(context, "sorted blobs", b.blob_capacity)?;
    let widest = storage::<[u32; 2]>(context, "mesh widest", 1)?;
    // The last pair stays zero: its prefix is the total.
    let scan = Scan::new(context, &members, bins + 1)?;
    let new = |shader, buffers: &[&wgpu::Buffer]| Dispatch::new(context, shader, &[], buffers, [1, 1, 1]);
    let count = over(new("mesh_count", &[mesh, &b.counts, &b.blobs, &members, &widest])?, GATHER);
    let sort = over(new("mesh_sort", &[mesh, &b.counts, &b.blobs, &members, &scan.prefix, &sorted])?, GATHER);
    let (first, own) = (&scan.prefix, [&b.atoms, &b.vertices, &b.places]);
    let pairs = [&[mesh, &b.counts][..], &own, &[&sorted, &widest, first, &b.velocity]].concat();
    let near = over(new("mesh_near", &pairs)?, GATHER);
    Ok([count].into_iter().chain(scan.into_passes()).chain([sort, near]).collect())
}
