//! A rollout with operators of a user: `z' = op_n(... op_1(z A))`, or without A the operators alone.
//!
//! On the device are two vectors, what the operators keep, and A where there is one: without it O(D).

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    Precision, Rollout, Stop,
    gpu::{Device, SUBMIT_SECONDS, finite, lost},
};
use crate::{
    error::{Error, Result},
    gpu::{Context, PassTime, Timer, buffer::filled, readback},
    operator::{Chain, LAUNCH_LIMIT_S, Operator, Precision as Numbers, Shape},
    ops::{kernel_dense::gpu::Dense, kernel_fixed::Z_BITS, window::Window},
    state::{Background, Propagator},
};

/// Most steps of a submission.
const MOST: u64 = 1024;

/// Where z lives.
enum Vectors {
    /// With a matrix.
    Matrix(Box<Dense>),
    /// A vector by itself, in two buffers in turns.
    Alone { z: [wgpu::Buffer; 2], current: usize },
}

/// Vectors, operators, and the last z that was read.
pub(super) struct Operated {
    vectors: Vectors,
    chain: Chain,
    numbers: Numbers,
    z: Vec<f64>,
    device: Device,
    timer: Timer,
}

impl Vectors {
    fn new(context: &Context, a: Option<&Propagator>, numbers: Numbers, z: &[f64]) -> Result<Self> {
        if let Some(a) = a {
            return Ok(Self::Matrix(Box::new(Dense::new(context, a.matrix(), z)?)));
        }
        let narrow: Vec<f32> = z.iter().map(|x| *x as f32).collect();
        let make = |label: &str| match numbers {
            Numbers::F64 => filled(context, label, z),
            Numbers::I32 => filled(context, label, &whole(z)?),
            Numbers::F32 | Numbers::Ternary => filled(context, label, &narrow),
        };
        Ok(Self::Alone { z: [make("z, even")?, make("z, odd")?], current: 0 })
    }

    fn buffers(&self) -> ([&wgpu::Buffer; 2], usize) {
        match self {
            Self::Matrix(dense) => (dense.vectors().each_ref(), dense.current()),
            Self::Alone { z, current } => (z.each_ref(), *current),
        }
    }

    fn settle(&mut self, now: usize) {
        match self {
            Self::Matrix(dense) if dense.current() != now => dense.flip(),
            Self::Matrix(_) => {}
            Self::Alone { current, .. } => *current = now,
        }
    }
}

/// z as whole numbers in Q8.23.
fn whole(z: &[f64]) -> Result<Vec<i32>> {
    let unit = f64::from(1_u32 << Z_BITS);
    let fits = |(i, x): (usize, &f64)| {
        let scaled = (x * unit).round();
        match (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&scaled) {
            true => Ok(scaled as i32),
            false => Err(Error::invalid(format!("z[{i}]"), "a number within Q8.23, below 256 in size", x)),
        }
    };
    z.iter().enumerate().map(fits).collect()
}

/// Numbers that the operators on z agree in; f32 without any.
pub(super) fn numbers(operators: &[Arc<Operator>], matrix: bool, precision: Option<Precision>) -> Result<Numbers> {
    let on_z = || operators.iter().filter(|o| o.manifest.acts_on == crate::operator::ActsOn::Z);
    let Some(first) = on_z().next() else { return Ok(Numbers::F32) };
    let numbers = first.manifest.numbers();
    if let Some(other) = on_z().find(|o| o.manifest.numbers() != numbers) {
        let what = format!("precision of operator {}", other.name());
        let found = format!("{:?}", other.manifest.numbers());
        return Err(Error::invalid(what, format!("{numbers:?}, as {}", first.name()), found));
    }
    let asked = match precision {
        Some(Precision::F32) => Some(Numbers::F32),
        Some(Precision::F64) => Some(Numbers::F64),
        None => None,
    };
    if (matrix && numbers != Numbers::F32) || asked.is_some_and(|asked| asked != numbers) {
        let expected = if matrix { "f32, in which A steps on a device" } else { "that of --dtype" };
        let what = format!("precision of operator {}", first.name());
        return Err(Error::invalid(what, expected, format!("{numbers:?}").to_lowercase()));
    }
    Ok(numbers)
}

impl Operated {
    pub(super) fn new(
        context: &Context,
        a: Option<&Propagator>,
        operators: &[Arc<Operator>],
        numbers: Numbers,
        z: &[f64],
        low: usize,
    ) -> Result<Self> {
        let vectors = Vectors::new(context, a, numbers, z)?;
        let (buffers, current) = vectors.buffers();
        let chain = Chain::on_z(context, operators, buffers, current, Shape::z(z.len(), low))?;
        let device = Device::new(context, operators);
        Ok(Self { chain, vectors, numbers, z: z.to_vec(), device, timer: Timer::new(context) })
    }

    fn record(&mut self, encoder: &mut wgpu::CommandEncoder, steps: u64) {
        let mut pass = encoder.begin_compute_pass(&Default::default()).forget_lifetime();
        for step in 1..=steps {
            let timed = step == steps;
            if let Vectors::Matrix(dense) = &mut self.vectors {
                self.timer.run(&mut pass, dense.pass(), timed);
                dense.flip();
            }
            let (passes, now) = self.chain.passes(self.vectors.buffers().1);
            passes.for_each(|dispatch| self.timer.run(&mut pass, dispatch, timed));
            self.vectors.settle(now);
        }
        drop(pass);
        self.timer.resolve(encoder);
    }

    /// Submissions of a bounded length.
    fn run(&mut self, steps: u64) -> Result<()> {
        let mut left = steps;
        while left > 0 {
            let (count, begun) = (self.device.batch.min(left).min(MOST), Instant::now());
            let mut encoder = self.device.context.device.create_command_encoder(&Default::default());
            self.record(&mut encoder, count);
            self.device.context.queue.submit([encoder.finish()]);
            self.timer.end_frame();
            self.device.context.wait()?;
            left -= count;
            let taken = begun.elapsed();
            if count == 1 && taken > Duration::from_secs_f64(2.0 * LAUNCH_LIMIT_S) {
                let why = format!("a step with operators took {:.1} s, more than a launch may", taken.as_secs_f64());
                return Err(Error::Run(why));
            }
            let seconds = taken.as_secs_f64();
            self.device.batch = match seconds {
                s if s < 0.5 * SUBMIT_SECONDS => (2 * self.device.batch).min(MOST),
                s if s > SUBMIT_SECONDS => (self.device.batch / 2).max(1),
                _ => self.device.batch,
            };
        }
        self.chain.look(&self.device.context)
    }

    fn read(&self) -> Result<Vec<f64>> {
        let (buffers, current) = self.vectors.buffers();
        let (context, side) = (&self.device.context, self.z.len());
        let unit = f64::from(1_u32 << Z_BITS);
        Ok(match self.numbers {
            Numbers::F64 => readback::read(context, buffers[current], side)?,
            Numbers::I32 => {
                readback::read::<i32>(context, buffers[current], side)?.iter().map(|x| f64::from(*x) / unit).collect()
            }
            Numbers::F32 | Numbers::Ternary => {
                readback::read::<f32>(context, buffers[current], side)?.iter().map(|x| f64::from(*x)).collect()
            }
        })
    }
}

impl Rollout for Operated {
    fn advance(&mut self, step: u64, steps: u64) -> std::result::Result<(), Stop> {
        // What overran is told as a failure of the run: its file was fine when it was opened.
        self.run(steps).map_err(|error| lost(Error::Run(format!("after step {}: {error}", step - 1))))?;
        match finite(self.read().map_err(lost)?) {
            Ok(z) => self.z = z,
            Err(index) => {
                let to = step + steps - 1;
                let why = format!(
                    "between steps {step} and {to}: z[{index}] is no longer finite; the state of step {} is kept: \
                     look at the operators",
                    step - 1
                );
                return Err(Stop { taken: 0, error: Error::Run(why) });
            }
        }
        Ok(())
    }

    fn z(&mut self) -> Result<Vec<f64>> {
        Ok(self.z.clone())
    }

    fn device_bytes(&self) -> Option<u64> {
        let own = match &self.vectors {
            Vectors::Matrix(dense) => dense.bytes(),
            Vectors::Alone { z, .. } => z.iter().map(wgpu::Buffer::size).sum(),
        };
        Some(own + self.chain.bytes() + self.device.bytes())
    }

    fn decode(&mut self, background: &Background, window: &Window) -> Option<Result<Vec<f32>>> {
        Some(self.device.decode(background, window))
    }

    fn images(&self) -> Result<Vec<(String, Vec<u8>)>> {
        self.device.images()
    }

    fn pass_times(&mut self) -> Vec<PassTime> {
        [self.timer.seen(), self.device.pass_times()].concat()
    }
}
