//! The passes of a fit: many damped steps in one submission, nothing read back between them.

use super::{DeviceEllipse, Ellipse, EllipseFit, REACH, Samples, TILE, WORKGROUPS};
use crate::{
    error::{Error, Result},
    gpu::{
        Context, Dispatch, Uniform,
        buffer::{filled, storage},
        dispatch::groups,
        readback,
        ticket::items,
        upload,
    },
    ops::part::parts,
};

/// Ellipses of a fit at most: what one workgroup adds up.
pub const MOST: usize = 1 << 20;
/// Cells a side at most: their tiles are what one workgroup adds up, too.
pub const MOST_SIDE: usize = 16_384;
/// Samples, or entries of a list, that the threads of a workgroup take together.
const BATCH: usize = 64;

/// Batches of a tile's samples that a launch may take within so many rounds, if so many ellipses may reach into the
/// tile; 0 where they are too many for one.
pub fn sample_batches(rounds: u32, list: usize) -> u32 {
    let listed = list.div_ceil(BATCH).min(1 << 24) as u32;
    (rounds - 100) / (2 + 18 * listed)
}

/// Tiles of an ellipse that a launch may take within so many rounds, if so many samples lie in a tile at most.
pub fn reached_tiles(rounds: u32, samples: usize) -> u32 {
    (rounds - 100) / (2 + samples.div_ceil(BATCH) as u32)
}

/// Places of numbers in `scalars`, as in the shader.
const MISFIT: usize = 0;
const DAMPING: usize = 1;
const LOST: usize = 6;
const FREE: usize = 7;
const SCALARS: usize = 8;

/// Ellipses under refinement on the device.
pub struct Passes {
    context: Context,
    params: EllipseFit,
    /// Sample of the caller at each place of the device's order.
    order: Vec<u32>,
    /// As of the samples.
    mean_counts: bool,
    held: Held,
    launches: Launches,
    /// Ellipses at most.
    capacity: usize,
    /// Samples of a tile at most.
    densest: usize,
}

/// Buffers that the host writes or reads.
struct Held {
    params: wgpu::Buffer,
    ellipses: wgpu::Buffer,
    trial: wgpu::Buffer,
    residual: wgpu::Buffer,
    products: wgpu::Buffer,
    scalars: wgpu::Buffer,
    starts: wgpu::Buffer,
    samples: wgpu::Buffer,
}

/// Launches of a damped step. Those over samples or tiles are divided into parts.
struct Launches {
    /// Lists of ellipses and of the trial.
    tiles: [Dispatch; 2],
    residual_of_trial: Vec<Dispatch>,
    /// The Jacobian times a direction.
    image: Vec<Dispatch>,
    judge: [Dispatch; 3],
    /// Inner products with the residual and with the image.
    moments: [Vec<Dispatch>; 2],
    begin: Dispatch,
    gradient: Dispatch,
    moved: Dispatch,
    commit: Dispatch,
}

/// Samples as the device takes them.
struct Packed {
    order: Vec<u32>,
    starts: Vec<u32>,
    samples: Vec<[f32; 4]>,
    /// Samples of the fullest tile.
    densest: usize,
    /// Sum of squares of the values, mean removed.
    energy: f64,
}

impl Packed {
    fn new(samples: &Samples) -> Self {
        let (order, starts) = by_tile(samples);
        let densest = starts.windows(2).map(|pair| (pair[1] - pair[0]) as usize).max().unwrap_or(0);
        let at = |s: &u32| [samples.x[*s as usize], samples.y[*s as usize], samples.value[*s as usize], 0.0];
        let mean = samples.value.iter().map(|v| f64::from(*v)).sum::<f64>() / samples.len().max(1) as f64;
        let energy = samples.value.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>();
        Self { samples: order.iter().map(at).collect(), order, starts, densest, energy }
    }
}

/// Numbers of a fit before its first step.
fn first_scalars(samples: &Samples) -> [f32; SCALARS] {
    let mut first = [0.0; SCALARS];
    first[DAMPING] = 0.1;
    first[FREE] = f32::from(u8::from(!samples.mean_counts));
    first
}

/// Samples in the order of tiles, and the first of each tile.
fn by_tile(samples: &Samples) -> (Vec<u32>, Vec<u32>) {
    let (side, tiles) = (samples.side(), samples.side().div_ceil(TILE));
    let mut starts = vec![0_u32; tiles * tiles + 1];
    let mut order = Vec::with_capacity(samples.len());
    for ty in 0..tiles {
        for tx in 0..tiles {
            for row in ty * TILE..((ty + 1) * TILE).min(side) {
                let cells = samples.cells(row, tx * TILE, ((tx + 1) * TILE).min(side));
                order.extend(cells.start as u32..cells.end as u32);
            }
            starts[ty * tiles + tx + 1] = order.len() as u32;
        }
    }
    (order, starts)
}

impl Passes {
    /// Room for `capacity` ellipses against these samples; standard deviations stay within `least` and `most`
    /// cells. Up to `list` ellipses may reach into a tile: see [`Self::outcome`].
    ///
    /// # Errors
    /// [`Error::Invalid`] for a side that is no multiple of [`TILE`]; [`Error::Run`] where the device has
    /// no room.
    pub fn new(
        context: &Context,
        samples: &Samples,
        capacity: usize,
        list: usize,
        [least, most]: [f64; 2],
    ) -> Result<Self> {
        if !samples.side().is_multiple_of(TILE) || samples.side() > MOST_SIDE {
            let rule = format!("a multiple of {TILE}, at most {MOST_SIDE}");
            return Err(Error::invalid("side of a fit on the device", rule, samples.side()));
        }
        let capacity = capacity.max(1);
        if capacity > MOST {
            return Err(Error::invalid("ellipses of a fit on the device", format!("at most {MOST}"), capacity));
        }
        let tiles = samples.side() / TILE;
        let Packed { order, starts, samples: packed, densest, energy } = Packed::new(samples);
        // Room for samples that crowd more: those of the next fit have the same buffers.
        let densest = densest.next_power_of_two().max(4 * TILE * TILE);
        let batches = sample_batches(context.rounds(), list);
        if batches == 0 {
            return Err(Error::Run(format!(
                "a fit on this device: {list} ellipses may reach into one tile, which its loops cannot add up; \
                 fit with fewer atoms, or on the CPU"
            )));
        }
        let part_of = |part| Uniform::new(context, "part of a fit", part);
        let sample_parts: Vec<_> = parts(densest.div_ceil(BATCH), batches).map(part_of).collect();
        // Tiles along a side that the widest bell touches.
        let along = ((2.0 * REACH * most / TILE as f64).ceil() as usize + 2).min(tiles);
        let tile_parts: Vec<_> = parts(along * along, reached_tiles(context.rounds(), densest)).map(part_of).collect();
        let params = EllipseFit {
            count: 0,
            side: samples.side() as u32,
            tiles: tiles as u32,
            samples: samples.len() as u32,
            least: least as f32,
            most: most as f32,
            energy: energy as f32,
            list: list as u32,
        };
        let c = context;
        let (count, first, mean_counts) = (samples.len(), first_scalars(samples), samples.mean_counts);
        let params_buffer = filled(c, "ellipse fit", std::slice::from_ref(&params))?;
        let [ellipses, trial] =
            [storage::<DeviceEllipse>(c, "ellipses", capacity)?, storage::<DeviceEllipse>(c, "trial", capacity)?];
        let [residual, trial_residual, image] = [
            storage::<f32>(c, "residual", count)?,
            storage::<f32>(c, "trial's residual", count)?,
            storage::<f32>(c, "image of the Jacobian", count)?,
        ];
        let vector = |name: &str| storage::<f32>(c, name, 6 * capacity);
        let (products, x, r) = (vector("inner products")?, vector("x")?, vector("r")?);
        let (p, lambda, quadratics) = (vector("p")?, vector("lambda")?, vector("quadratics")?);
        let lists = storage::<u32>(c, "ellipses of each tile", tiles * tiles * list)?;
        let lengths = storage::<u32>(c, "lengths of the lists", tiles * tiles)?;
        let starts = filled(c, "first sample of each tile", &starts)?;
        let samples = filled(c, "samples", &packed)?;
        let partial = storage::<[f32; 2]>(c, "sums of tiles", tiles * tiles)?;
        let scalars = filled(c, "numbers of the fit", &first)?;

        let square = [tiles as u32, tiles as u32, 1];
        let tiles = |e: &wgpu::Buffer| {
            Dispatch::new(c, "ellipse_fit_tiles", &[], &[&params_buffer, e, &lists, &lengths, &scalars], square)
        };
        let field = |e: &wgpu::Buffer, out: &wgpu::Buffer, residual: f64| -> Result<Vec<Dispatch>> {
            let each = sample_parts.iter().map(|part| {
                let of = [&params_buffer, e, &quadratics, &lists, &lengths, &starts, &samples, out, &partial];
                let buffers = [&of[..], &[part.buffer()]].concat();
                Dispatch::new(c, "ellipse_fit_field", &[("RESIDUAL", residual)], &buffers, square)
            });
            each.collect()
        };
        let judge = |how: f64| {
            Dispatch::new(c, "ellipse_fit_judge", &[("JUDGE", how)], &[&params_buffer, &partial, &scalars], [1, 1, 1])
        };
        let over = [(capacity as u32).min(32_768), (capacity as u32).div_ceil(32_768), 1];
        let moments = |of: &wgpu::Buffer, mean: f64| -> Result<Vec<Dispatch>> {
            let each = tile_parts.iter().map(|part| {
                let buffers = [&params_buffer, &ellipses, &starts, &samples, of, &scalars, &products, part.buffer()];
                Dispatch::new(c, "ellipse_fit_moments", &[("MEAN", mean)], &buffers, over)
            });
            each.collect()
        };
        let gradient = |begin: f64| {
            let buffers = [&params_buffer, &ellipses, &products, &x, &r, &p, &lambda, &quadratics, &scalars];
            Dispatch::new(c, "ellipse_fit_gradient", &[("BEGIN", begin)], &buffers, [1, 1, 1])
        };
        let each = groups(capacity, WORKGROUPS[5].size[0]);
        let all = groups(count.max(capacity), WORKGROUPS[0].size[0]);
        let rows = [all.min(32_768), all.div_ceil(32_768), 1];
        let kept = [&params_buffer, &scalars, &trial, &ellipses, &trial_residual, &residual];
        let launches = Launches {
            tiles: [tiles(&ellipses)?, tiles(&trial)?],
            residual_of_trial: field(&trial, &trial_residual, 1.0)?,
            image: field(&ellipses, &image, 0.0)?,
            judge: [judge(0.0)?, judge(1.0)?, judge(2.0)?],
            moments: [moments(&residual, 3.0)?, moments(&image, 4.0)?],
            begin: gradient(1.0)?,
            gradient: gradient(0.0)?,
            moved: Dispatch::new(c, "ellipse_fit_move", &[], &[&params_buffer, &ellipses, &x, &trial], [each, 1, 1])?,
            commit: Dispatch::new(c, "ellipse_fit_commit", &[], &kept, rows)?,
        };
        let held = Held { params: params_buffer, ellipses, trial, residual, products, scalars, starts, samples };
        Ok(Self { context: context.clone(), params, order, mean_counts, held, launches, capacity, densest })
    }

    /// Takes other samples into the same buffers, as if made for them: no ellipses, damping as at the start. Whether
    /// they, so many ellipses and lists of such a length have room there; if not, nothing has changed.
    pub fn renew(&mut self, samples: &Samples, capacity: usize, list: usize, [least, most]: [f64; 2]) -> bool {
        let p = self.params;
        let same = p.side as usize == samples.side() && p.samples as usize == samples.len();
        let bounds = (p.least, p.most) == (least as f32, most as f32);
        if !same || !bounds || capacity > self.capacity || list > p.list as usize {
            return false;
        }
        let packed = Packed::new(samples);
        if packed.densest > self.densest {
            return false;
        }
        self.order = packed.order;
        self.params = EllipseFit { count: 0, energy: packed.energy as f32, ..p };
        let queue = &self.context.queue;
        upload(queue, &self.held.starts, 0, &packed.starts);
        upload(queue, &self.held.samples, 0, &packed.samples);
        self.mean_counts = samples.mean_counts;
        upload(queue, &self.held.scalars, 0, &first_scalars(samples));
        upload(queue, &self.held.params, 0, std::slice::from_ref(&self.params));
        true
    }

    /// Ellipses that may reach into a tile.
    pub fn list(&self) -> usize {
        self.params.list as usize
    }

    /// The ellipses, the relative L2 distance and whether a tile was ever reached by more ellipses
    /// than there was room for: what was fitted since is not to be used then. Waits for the device, once.
    ///
    /// # Errors
    /// [`Error::Run`] where the device does not answer.
    pub fn outcome(&self) -> Result<(Vec<Ellipse>, f64, bool)> {
        let mut encoder = self.context.device.create_command_encoder(&Default::default());
        let sources = [self.held.scalars.slice(..), self.held.ellipses.slice(..)];
        let ticket = self.context.readbacks().ask(&mut encoder, &sources);
        self.context.queue.submit([encoder.finish()]);
        let bytes = ticket.wait(&self.context.device)?;
        let numbers: Vec<f32> = items(&bytes[0], SCALARS);
        let all: Vec<DeviceEllipse> = items(&bytes[1], self.params.count as usize);
        let rel_l2 = (f64::from(numbers[MISFIT]) / f64::from(self.params.energy)).sqrt();
        Ok((all.iter().map(DeviceEllipse::ellipse).collect(), rel_l2, numbers[LOST] != 0.0))
    }

    fn submit(&self, passes: &[&Dispatch]) {
        let mut encoder = self.context.device.create_command_encoder(&Default::default());
        {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            passes.iter().for_each(|d| d.encode(&mut pass));
        }
        self.context.queue.submit([encoder.finish()]);
    }

    /// Other ellipses against the same samples. Damping stays.
    ///
    /// # Errors
    /// [`Error::Invalid`] for more ellipses than there is room for.
    pub fn set(&mut self, ellipses: &[Ellipse]) -> Result<()> {
        if ellipses.len() > self.capacity {
            let room = format!("at most {} (the room that was asked for)", self.capacity);
            return Err(Error::invalid("ellipses of a fit on the device", room, ellipses.len()));
        }
        let device: Vec<DeviceEllipse> = ellipses.iter().map(DeviceEllipse::of).collect();
        self.params.count = device.len() as u32;
        upload(&self.context.queue, &self.held.params, 0, std::slice::from_ref(&self.params));
        upload(&self.context.queue, &self.held.trial, 0, &device);
        let mut passes = vec![&self.launches.tiles[1]];
        passes.extend(&self.launches.residual_of_trial);
        passes.extend([&self.launches.judge[2], &self.launches.commit]);
        self.submit(&passes);
        Ok(())
    }

    /// Damped steps of `gradients` conjugate gradients each, in one submission.
    pub fn steps(&self, steps: usize, gradients: usize) {
        if self.params.count == 0 {
            return;
        }
        let mut passes: Vec<&Dispatch> = Vec::new();
        for _ in 0..steps {
            passes.push(&self.launches.tiles[0]);
            passes.extend(&self.launches.moments[0]);
            passes.push(&self.launches.begin);
            for _ in 0..gradients {
                passes.extend(&self.launches.image);
                passes.push(&self.launches.judge[0]);
                passes.extend(&self.launches.moments[1]);
                passes.push(&self.launches.gradient);
            }
            passes.extend([&self.launches.moved, &self.launches.tiles[1]]);
            passes.extend(&self.launches.residual_of_trial);
            passes.extend([&self.launches.judge[1], &self.launches.commit]);
        }
        self.submit(&passes);
    }

    /// Values less the model, in the order of the samples given. Waits for the device.
    ///
    /// # Errors
    /// [`Error::Run`] where the device does not answer.
    pub fn residual(&self) -> Result<Vec<f32>> {
        let residual: Vec<f32> = readback::read(&self.context, &self.held.residual, self.order.len())?;
        let sum = || residual.iter().map(|x| f64::from(*x)).sum::<f64>();
        let mean = if self.mean_counts { 0.0 } else { sum() / residual.len().max(1) as f64 };
        let mut sorted = vec![0.0; residual.len()];
        self.order.iter().zip(residual).for_each(|(s, r)| sorted[*s as usize] = r - mean as f32);
        Ok(sorted)
    }

    /// Inner products of the residual with the bell of each ellipse, normalised. Waits for the device.
    ///
    /// # Errors
    /// [`Error::Run`] where the device does not answer.
    pub fn slopes(&self) -> Result<Vec<[f32; 6]>> {
        if self.params.count > 0 {
            self.submit(&self.launches.moments[0].iter().collect::<Vec<_>>());
        }
        readback::read(&self.context, &self.held.products, self.params.count as usize)
    }
}
