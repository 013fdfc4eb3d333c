//! Transforms between two buffers on the device.

use super::{
    lines::{Lines, Offer},
    twiddles,
};
use crate::{
    error::Result,
    gpu::{Context, Dispatch, buffer::filled},
};

/// Rows that a pass over rows takes at once: 32 bytes of a column.
const ROWS: u32 = 4;
/// Columns of a row-major grid that a pass takes at once: 64 bytes of a row.
const SIDE_BY_SIDE: u32 = 8;
/// Threads that a pass over columns wants.
const COLUMN_THREADS: u32 = 256;

/// What a transform reads and writes. Forward divides by N^2, backward does not scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A real field `[y][x]`, f32, becomes half a spectrum.
    RealForward,
    /// Half a spectrum becomes a real field. The spectrum is scratch.
    RealBackward,
    /// A complex field `[y][x]` becomes a whole spectrum.
    ComplexForward,
    /// A whole spectrum becomes a complex field. The spectrum is scratch.
    ComplexBackward,
}

/// Complex numbers of half a spectrum: columns `[kx][ky]`, `kx = 0 ..= n/2`, ky in `fft2` order. A whole
/// spectrum has `n` columns.
pub fn half(n: u32) -> usize {
    (n as usize / 2 + 1) * n as usize
}

/// Two dispatches from one buffer to another.
pub struct Plan {
    passes: [Dispatch; 2],
}

/// What the device offers a workgroup.
pub fn offer(context: &Context) -> Offer {
    let limits = context.device.limits();
    Offer { threads: limits.max_compute_invocations_per_workgroup, memory: limits.max_compute_workgroup_storage_size }
}

/// Lines of a workgroup where they lie one after the other.
fn column_slots(n: u32) -> u32 {
    (8 * COLUMN_THREADS / n.max(1)).max(1)
}

/// Lines of a workgroup where they lie side by side: no more than half a grid.
fn row_slots(n: u32, slots: u32) -> u32 {
    slots.min(n / 2).max(1)
}

/// Lines one after the other in memory.
///
/// # Errors
/// [`crate::Error::Invalid`] for a side that is no power of two in range; [`crate::Error::Run`] for one whose lines the
/// device cannot hold in a workgroup.
pub fn columns(context: &Context, n: u32) -> Result<Lines> {
    Lines::new(offer(context), n, column_slots(n), false)
}

/// Lines side by side in memory, `slots` of them at once if there is room.
///
/// # Errors
/// As [`columns`].
pub fn rows(context: &Context, n: u32, slots: u32) -> Result<Lines> {
    Lines::new(offer(context), n, row_slots(n, slots), true)
}

/// The table that every transform of side `n` reads.
///
/// # Errors
/// [`crate::Error::Run`] where the device has no room.
pub fn table(context: &Context, n: u32) -> Result<wgpu::Buffer> {
    filled(context, "twiddles", &twiddles(n))
}

/// A pass over two real rows at a time.
///
/// # Errors
/// As [`Plan::new`].
pub fn row_pairs(
    context: &Context,
    n: u32,
    shader: &'static str,
    table: &wgpu::Buffer,
    input: &wgpu::Buffer,
    output: &wgpu::Buffer,
) -> Result<Dispatch> {
    let pairs = rows(context, n, ROWS / 2)?;
    Dispatch::new(context, shader, &pairs.constants(&[]), &[table, input, output], pairs.groups(n / 2))
}

/// Lines one after the other in a buffer.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// First number of the first line.
    pub base: u32,
    /// How many lines.
    pub count: u32,
}

/// Transforms complex lines where they are. Forward divides by N^2.
///
/// # Errors
/// Where the device has no room.
pub fn in_place(
    context: &Context,
    lines: &Lines,
    table: &wgpu::Buffer,
    buffer: &wgpu::Buffer,
    place: &Place,
    backward: bool,
) -> Result<Dispatch> {
    let where_ = [("LINES", f64::from(place.count)), ("BASE", f64::from(place.base))];
    let constants = lines.constants(&[where_[0], where_[1], ("BACKWARD", f64::from(u8::from(backward)))]);
    Dispatch::new(context, "fft_lines", &constants, &[table, buffer], lines.groups(place.count))
}

/// Square grids whose rows and columns are both lines of passes, row-major: rows as they lie, columns woven.
///
/// # Errors
/// As [`Plan::new`].
pub fn both_ways(context: &Context, n: u32) -> Result<[Lines; 2]> {
    let woven = rows(context, n, SIDE_BY_SIDE)?;
    Ok([Lines::new(offer(context), n, woven.slots, false)?, woven])
}

impl Plan {
    /// From `input` to `output` for grids of side `n`; see [`Kind`] and [`half`] for what they hold.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::error::Error::Invalid) for `n` that is no power of two from 8 to 4096;
    /// [`Error::Run`](crate::error::Error::Run) where the device's workgroups are too small.
    pub fn new(context: &Context, kind: Kind, n: u32, input: &wgpu::Buffer, output: &wgpu::Buffer) -> Result<Self> {
        let of = |slots, woven| Lines::new(offer(context), n, slots, woven);
        Self::laid_out(context, kind, n, [input, output], &of)
    }

    /// With lines as `of` lays so many out in a workgroup, side by side or not.
    fn laid_out(
        context: &Context,
        kind: Kind,
        n: u32,
        [input, output]: [&wgpu::Buffer; 2],
        of: &dyn Fn(u32, bool) -> Result<Lines>,
    ) -> Result<Self> {
        let upright = of(column_slots(n), false)?;
        let table = table(context, n)?;
        let columns = |count, backward, spectrum: &wgpu::Buffer| {
            in_place(context, &upright, &table, spectrum, &Place { base: 0, count }, backward)
        };
        let real = |shader| {
            let pairs = of(row_slots(n, ROWS / 2), true)?;
            Dispatch::new(context, shader, &pairs.constants(&[]), &[&table, input, output], pairs.groups(n / 2))
        };
        let complex = |backward: f64| {
            let lines = of(row_slots(n, ROWS), true)?;
            let constants = lines.constants(&[("BACKWARD", backward)]);
            Dispatch::new(context, "fft_complex", &constants, &[&table, input, output], lines.groups(n))
        };
        let passes = match kind {
            Kind::RealForward => [real("fft_rows")?, columns(n / 2 + 1, false, output)?],
            Kind::RealBackward => [columns(n / 2 + 1, true, input)?, real("fft_rows_back")?],
            Kind::ComplexForward => [complex(0.0)?, columns(n, false, output)?],
            Kind::ComplexBackward => [columns(n, true, input)?, complex(1.0)?],
        };
        Ok(Self { passes })
    }

    /// The passes in order.
    pub fn passes(&self) -> &[Dispatch] {
        &self.passes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        gpu::{buffer::storage, readback::read},
        math::Complex64,
        primitives::fft::{
            TOLERANCE,
            cpu::{Direction, transform},
        },
    };

    fn run(context: &Context, plans: &[&Plan]) {
        let mut encoder = context.device.create_command_encoder(&Default::default());
        {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            plans.iter().flat_map(|plan| plan.passes()).for_each(|d| d.encode(&mut pass));
        }
        context.queue.submit([encoder.finish()]);
    }

    fn random(count: usize) -> Vec<f32> {
        let mut seed = 7_u32;
        (0..count)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (seed >> 8) as f32 / (1 << 23) as f32 - 1.0
            })
            .collect()
    }

    fn rel_l2(a: &[Complex64], b: &[Complex64]) -> f64 {
        let norm = b.iter().map(|b| b.norm_sqr()).sum::<f64>();
        (a.iter().zip(b).map(|(a, b)| (a - b).norm_sqr()).sum::<f64>() / norm).sqrt()
    }

    fn complex(numbers: &[[f32; 2]]) -> Vec<Complex64> {
        numbers.iter().map(|z| Complex64::new(f64::from(z[0]), f64::from(z[1]))).collect()
    }

    /// The whole spectrum by columns, over N^2.
    fn oracle(mut field: Vec<Complex64>, n: usize) -> Vec<Complex64> {
        transform(&mut field, n, Direction::Forward);
        let scale = 1.0 / (n * n) as f64;
        (0..n * n).map(|c| field[(c % n) * n + c / n] * scale).collect()
    }

    /// Workgroups of 16 KB: parts of the numbers take turns, at last without room against bank conflicts.
    #[test]
    fn gpu_transforms_fit_small_workgroups() {
        let context = Context::headless(None).unwrap();
        let small = |n: u32, slots, woven| {
            let threads = if n > 2048 { 512 } else { 256 };
            Lines::new(Offer { threads, memory: 16_384 }, n, slots, woven)
        };
        for side in [256_u32, 1024, 2048, 4096] {
            let n = side as usize;
            let real = random(n * n);
            let field = filled(&context, "field", &real).unwrap();
            let spectrum = storage::<[f32; 2]>(&context, "spectrum", half(side)).unwrap();
            let back = storage::<f32>(&context, "back", n * n).unwrap();
            let of = |slots, woven| small(side, slots, woven);
            let there = Plan::laid_out(&context, Kind::RealForward, side, [&field, &spectrum], &of).unwrap();
            let again = Plan::laid_out(&context, Kind::RealBackward, side, [&spectrum, &back], &of).unwrap();
            run(&context, &[&there, &again]);
            let pairs = |field: Vec<f32>| complex(&field.into_iter().map(|x| [x, 0.0]).collect::<Vec<_>>());
            let round = rel_l2(&pairs(read::<f32>(&context, &back, n * n).unwrap()), &pairs(real));
            assert!(round <= TOLERANCE, "N = {n}: {round:e}");
        }
    }

    #[test]
    fn gpu_transforms_are_those_of_rustfft_at_every_side() {
        let context = Context::headless(None).unwrap();
        for n in (3..=12).map(|p| 1_usize << p) {
            let side = n as u32;
            let real = random(n * n);
            let field = filled(&context, "field", &real).unwrap();
            let spectrum = storage::<[f32; 2]>(&context, "spectrum", half(side)).unwrap();
            let back = storage::<f32>(&context, "back", n * n).unwrap();
            let there = Plan::new(&context, Kind::RealForward, side, &field, &spectrum).unwrap();
            run(&context, &[&there]);
            let got = complex(&read::<[f32; 2]>(&context, &spectrum, half(side)).unwrap());
            let wide: Vec<Complex64> = real.iter().map(|x| Complex64::new(f64::from(*x), 0.0)).collect();
            let expected = oracle(wide.clone(), n);
            let forward = rel_l2(&got, &expected[..half(side)]);
            run(&context, &[&Plan::new(&context, Kind::RealBackward, side, &spectrum, &back).unwrap()]);
            let again: Vec<[f32; 2]> =
                read::<f32>(&context, &back, n * n).unwrap().into_iter().map(|x| [x, 0.0]).collect();
            let round = rel_l2(&complex(&again), &wide);
            println!("N = {n}: real forward {forward:.1e}, there and back {round:.1e}");
            assert!(forward <= TOLERANCE && round <= TOLERANCE, "N = {n}: {forward:e}, {round:e}");
        }
        for n in [64_usize, 128, 256, 1024, 2048] {
            let side = n as u32;
            let numbers: Vec<[f32; 2]> = random(2 * n * n).chunks_exact(2).map(|z| [z[0], z[1]]).collect();
            let field = filled(&context, "field", &numbers).unwrap();
            let [spectrum, back] = ["spectrum", "back"].map(|l| storage::<[f32; 2]>(&context, l, n * n).unwrap());
            run(&context, &[&Plan::new(&context, Kind::ComplexForward, side, &field, &spectrum).unwrap()]);
            let got = complex(&read::<[f32; 2]>(&context, &spectrum, n * n).unwrap());
            let forward = rel_l2(&got, &oracle(complex(&numbers), n));
            run(&context, &[&Plan::new(&context, Kind::ComplexBackward, side, &spectrum, &back).unwrap()]);
            let round = rel_l2(&complex(&read::<[f32; 2]>(&context, &back, n * n).unwrap()), &complex(&numbers));
            println!("N = {n}: complex forward {forward:.1e}, there and back {round:.1e}");
            assert!(forward <= TOLERANCE && round <= TOLERANCE, "N = {n}: {forward:e}, {round:e}");
        }
    }
}
