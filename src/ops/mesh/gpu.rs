//! The passes: gate, spread, transforms level by level, gather, near pairs.

use super::{Accuracy, Mesh, Pyramid};
use crate::{
    error::{Error, Result},
    gpu::{
        Context, Dispatch, Uniform,
        buffer::{self, launches, storage},
        dispatch::groups,
        rounds::NO_END,
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
pub const SPREAD_VERTICES: u32 = 20;
/// Most bins along a side.
const MOST_BINS: u32 = 512;
/// Whole numbers that all circulation together makes in the squares; four of them must fit in 31 bits.
const SQUARE_UNITS: f64 = (1_u64 << 27) as f64;
/// Rows of the launches: the direct sum over splits and over vertices, then these, then one a level.
const SPREAD: usize = 2;
const GATHER: usize = 3;
const ONE: usize = 4;
const ROWS: usize = 5;
/// Lanes that share a footprint.
const PRINT_LANES: u32 = 16;
/// Most nodes that each of them takes: on a pyramid of all levels no core is wider than four cells, and each is dropped
/// after five widths.
pub const PRINT_NODES: u32 = (41 * 41_u32).div_ceil(PRINT_LANES);
/// Near pairs: blobs of a turn, and rounds of one, each blob with its images.
pub const NEAR_BLOCK: u32 = 32;
const TURN_ROUNDS: u32 = 2 + 11 * NEAR_BLOCK;
/// Words of what is pending of a vertex, and before all vertices.
const PENDING: usize = 6;
const PENDING_HEAD: usize = 2;
/// Largest whole number among near pairs: half of what an i32 holds.
const MOST_UNITS: f64 = (1_u64 << 30) as f64;

/// Turns of the near pairs that a launch may take within so many rounds.
pub fn near_turns(rounds: u32) -> u32 {
    (rounds - 100) / TURN_ROUNDS
}

/// Blobs of a bin that a workgroup may gather within so many rounds: sixteen at a time, each with its level and nodes.
pub fn tile_blobs(rounds: u32) -> u32 {
    16 * ((rounds - 400) / (12 + PRINT_NODES))
}

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
    near: Option<Near>,
    /// Error that is asked for.
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
        let ends = context.rounds() < NO_END;
        // Where loops end early a core must not outgrow its level.
        let pyramid = &if ends { pyramid.whole() } else { *pyramid };
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
            let share = tile_blobs(context.rounds());
            let blocks = [row, (bins as u32).div_ceil(row), groups(b.blob_capacity, share)];
            let tiles = [mesh, &ordered, &of_blobs.prefix, &grid];
            let tiles = Dispatch::new(context, "mesh_tiles", &[("SHARE", f64::from(share))], &tiles, blocks)?;
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
        let near = narrow.then(|| Near::new(context, b, mesh, uniform.value(), &launches)).transpose()?;
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
        self.direct.passes().chain(self.far.last()).chain(self.near.iter().flat_map(Near::pairs))
    }

    /// Velocity of the vertices at this stage, into the first partial sum.
    pub fn passes(&self) -> impl Iterator<Item = &Dispatch> {
        let near = self.near.iter().flat_map(|near| near.lists.iter().chain(near.pairs()));
        self.direct.passes().chain(&self.far).chain(near)
    }
}

/// Near pairs: lists of blobs by bins, then the sums.
struct Near {
    lists: Vec<Dispatch>,
    /// The first launch.
    first: Vec<Dispatch>,
    /// One more of those that may be needed where loops end early; it has no workgroups when nothing is pending.
    more: [Dispatch; 2],
    times: usize,
}

impl Near {
    fn new(
        context: &Context,
        b: &AtomBuffers,
        mesh: &wgpu::Buffer,
        value: &Mesh,
        launches: &wgpu::Buffer,
    ) -> Result<Self> {
        let bins = (value.bins * value.bins) as usize;
        let members = storage::<[u32; 2]>(context, "mesh bins", bins + 1)?;
        let sorted = storage::<DeviceBlob>(context, "sorted blobs", b.blob_capacity)?;
        let widest = storage::<[u32; 2]>(context, "mesh widest", 1)?;
        // The last pair stays zero: its prefix is the total.
        let scan = Scan::new(context, &members, bins + 1)?;
        let row = 16 * GATHER as u64;
        let new = |shader, constants: &[(&str, f64)], buffers: &[&wgpu::Buffer]| {
            Dispatch::new(context, shader, constants, buffers, [1, 1, 1])
        };
        let count = new("mesh_count", &[], &[mesh, &b.counts, &b.blobs, &members, &widest])?.indirect(launches, row);
        let sort = [mesh, &b.counts, &b.blobs, &members, &scan.prefix, &sorted];
        let sort = new("mesh_sort", &[], &sort)?.indirect(launches, row);

        let once = context.rounds() >= NO_END;
        let turns = if once { NO_END } else { near_turns(context.rounds()) };
        let block = if once { NO_END } else { NEAR_BLOCK };
        let room = PENDING_HEAD + if once { 0 } else { PENDING * b.vertex_capacity };
        let pending = storage::<u32>(context, "pending near pairs", room)?;
        let own = buffer::launches(context, &[[0, 1, 1, 64]]);
        let (first, of) = (&scan.prefix, [&b.atoms, &b.vertices, &b.places]);
        let bound = [&[mesh, &b.counts][..], &of, &[&sorted, &widest, first, &b.velocity, &pending]].concat();
        let constants = [("ONCE", f64::from(u8::from(once))), ("TURNS", f64::from(turns)), ("BLOCK", f64::from(block))];
        let (pairs, at) = if once { (launches, row) } else { (&own, 0) };
        let pairs = || Ok(new("mesh_near", &constants, &bound)?.indirect(pairs, at));
        let more = |begin: bool| {
            let constants = [("ROW", GATHER as f64), ("BEGIN", f64::from(u8::from(begin)))];
            new("mesh_more", &constants, &[&pending, launches, &own])
        };
        // Two runs a row of bins, of each class, and what blocks of them all blobs make.
        let most = 4 * value.bins as usize + b.blob_capacity.div_ceil(NEAR_BLOCK as usize);
        Ok(Self {
            first: if once { vec![pairs()?] } else { vec![more(true)?, pairs()?] },
            more: [more(false)?, pairs()?],
            times: if once { 0 } else { most.div_ceil(turns as usize) - 1 },
            lists: [count].into_iter().chain(scan.into_passes()).chain([sort]).collect(),
        })
    }

    fn pairs(&self) -> impl Iterator<Item = &Dispatch> {
        self.first.iter().chain(std::iter::repeat_n(&self.more, self.times).flatten())
    }
}
