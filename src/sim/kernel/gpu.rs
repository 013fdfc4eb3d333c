//! The forms on a device: many steps to a submission, nothing read back inside one.

use std::{sync::Arc, time::Instant};

use super::{Form, KernelReport, Matrix, Precision, Rollout, Stop, not_finite};
use crate::{
    error::{Error, Result},
    gpu::{
        Context, Dispatch, PassTime, Timer, Uniform,
        buffer::{filled, storage},
        readback, upload,
    },
    operator::{FieldChain, Operator},
    ops::{kernel_dense, kernel_fixed, kernel_modal, low_k, window::Window},
    spectral::modal::Outward,
    state::Background,
};

/// Longest submission.
pub(super) const SUBMIT_SECONDS: f64 = 0.2;
/// Most dispatches of a submission.
const MOST: u64 = 1024;

/// The form asked for, on a device.
pub(super) fn rollout(
    context: &Context,
    matrix: Matrix,
    form: Form,
    z: &[f64],
    keep: usize,
    report: &mut KernelReport,
) -> Result<Box<dyn Rollout>> {
    if matches!(form, Form::Dense(Precision::F64) | Form::Modal(Precision::F64)) {
        return Err(Error::invalid("precision on the GPU", "float32 or fixed", "float64"));
    }
    let device = Device::new(context, &[]);
    Ok(match matrix {
        Matrix::Full(propagator) if form == Form::Fixed => {
            let mut matrix = kernel_fixed::Matrix::new(propagator.side(), propagator.matrix(), (keep, z[keep]))?;
            report.fixed_bits = Some(matrix.bits);
            let fixed = kernel_fixed::gpu::Fixed::new(context, &matrix, &matrix.state(z)?)?;
            matrix.entries = Vec::new();
            Box::new(Fixed { matrix, fixed, device })
        }
        Matrix::Full(propagator) => {
            let dense = kernel_dense::gpu::Dense::new(context, propagator.matrix(), z)?;
            Box::new(Dense { z: z.to_vec(), dense, device })
        }
        Matrix::Modal(modal) => {
            let modes = kernel_modal::gpu::Modes::new(context, &modal.factors(), &modal.amplitudes(z))?;
            Box::new(Modes { z: z.to_vec(), outward: modal.into_outward(), modes, device })
        }
    })
}

/// What all forms share: submissions of a bounded length, and a grid to decode on.
pub(super) struct Device {
    pub context: Context,
    pub batch: u64,
    field: Option<Field>,
    /// Those on field and carrier act after each decode.
    operators: Vec<Arc<Operator>>,
    timer: Timer,
}

impl Device {
    pub fn new(context: &Context, operators: &[Arc<Operator>]) -> Self {
        let timer = Timer::new(context);
        Self { context: context.clone(), batch: 1, field: None, operators: operators.to_vec(), timer }
    }

    /// Time of each pass of the last decode.
    pub fn pass_times(&mut self) -> &[PassTime] {
        self.timer.seen()
    }

    /// Submits `steps` in batches that follow the device's speed.
    fn run(&mut self, steps: u64, most: u64, mut encode: impl FnMut(&mut wgpu::CommandEncoder, u64)) -> Result<()> {
        let mut left = steps;
        while left > 0 {
            let (count, begun) = (self.batch.min(left).min(most), Instant::now());
            let mut encoder = self.context.device.create_command_encoder(&Default::default());
            encode(&mut encoder, count);
            self.context.queue.submit([encoder.finish()]);
            self.context.wait()?;
            left -= count;
            let seconds = begun.elapsed().as_secs_f64();
            self.batch = if seconds < 0.5 * SUBMIT_SECONDS { (2 * self.batch).min(most) } else { self.batch };
            self.batch = if seconds > SUBMIT_SECONDS { (self.batch / 2).max(1) } else { self.batch };
        }
        Ok(())
    }

    /// Pictures that operators made of the last decode. Each with its operator's name, as RGBA bytes, rows from the
    /// bottom.
    ///
    /// # Errors
    /// [`Error::Run`] where the device does not answer.
    pub fn images(&self) -> Result<Vec<(String, Vec<u8>)>> {
        let images = |field: &Field| field.chain.images(&self.context, field.window.cells());
        self.field.as_ref().map_or(Ok(Vec::new()), images)
    }

    /// The field of a background on the nodes of a window, row by row from the bottom.
    ///
    /// # Errors
    /// [`Error::Run`] where the device has no room or does not answer, or an operator overran.
    pub fn decode(&mut self, background: &Background, window: &Window) -> Result<Vec<f32>> {
        let dense: Vec<[f32; 2]> = background.dense().iter().map(|c| [c.re as f32, c.im as f32]).collect();
        if self.field.as_ref().is_none_or(|field| field.window != *window) {
            let radius = background.basis().radius();
            self.field = Some(Field::new(&self.context, &dense, radius, window, &self.operators)?);
        }
        let Some(field) = &self.field else { return Ok(Vec::new()) };
        upload(&self.context.queue, &field.modes, 0, &dense);
        let mut encoder = self.context.device.create_command_encoder(&Default::default());
        let mut pass = encoder.begin_compute_pass(&Default::default()).forget_lifetime();
        field.passes.iter().chain(field.chain.passes()).for_each(|d| self.timer.run(&mut pass, d, true));
        drop(pass);
        self.timer.resolve(&mut encoder);
        self.context.queue.submit([encoder.finish()]);
        self.timer.end_frame();
        let decoded = readback::read(&self.context, field.chain.last().unwrap_or(&field.field), window.cells())?;
        field.chain.look(&self.context)?;
        Ok(decoded)
    }

    pub fn bytes(&self) -> u64 {
        self.field.as_ref().map_or(0, |field| field.field.size() + field.modes.size() + field.chain.bytes())
    }
}

/// A grid to decode on.
struct Field {
    window: Window,
    modes: wgpu::Buffer,
    field: wgpu::Buffer,
    passes: [Dispatch; 2],
    chain: FieldChain,
}

impl Field {
    fn new(
        context: &Context,
        dense: &[[f32; 2]],
        radius: i32,
        window: &Window,
        operators: &[Arc<Operator>],
    ) -> Result<Self> {
        let modes = filled(context, "modes", dense)?;
        let uniform = Uniform::new(context, "window", *window);
        let field = storage::<f32>(context, "field", window.cells())?;
        let passes = low_k::gpu::passes(context, &modes, radius, uniform.buffer(), window, &field)?;
        let chain = FieldChain::new(context, operators, &field, window.size)?;
        Ok(Self { window: *window, modes, field, passes, chain })
    }
}

/// An error of the device itself: nothing is known of the steps since the last good state.
pub(super) fn lost(error: Error) -> Stop {
    Stop { taken: 0, error }
}

/// A vector that is still finite, or the first entry that is not.
pub(super) fn finite(z: Vec<f64>) -> std::result::Result<Vec<f64>, usize> {
    match z.iter().position(|x| !x.is_finite()) {
        Some(index) => Err(index),
        None => Ok(z),
    }
}

/// The full matrix.
struct Dense {
    dense: kernel_dense::gpu::Dense,
    /// The last vector that was read and finite.
    z: Vec<f64>,
    device: Device,
}

impl Dense {
    fn run(&mut self, steps: u64) -> Result<std::result::Result<(), usize>> {
        let dense = &mut self.dense;
        self.device.run(steps, MOST, |encoder, count| dense.encode(encoder, count))?;
        Ok(finite(self.dense.read(&self.device.context)?).map(|z| self.z = z))
    }
}

impl Rollout for Dense {
    fn advance(&mut self, step: u64, steps: u64) -> std::result::Result<(), Stop> {
        if self.run(steps).map_err(lost)?.is_ok() {
            return Ok(());
        }
        // Once more from the last good vector, step by step, to the one that breaks it.
        self.dense.write(&self.device.context, &self.z);
        for taken in 0..steps {
            if let Err(index) = self.run(1).map_err(lost)? {
                self.dense.write(&self.device.context, &self.z);
                return Err(Stop { taken, error: not_finite(step + taken, index) });
            }
        }
        Ok(())
    }

    fn z(&mut self) -> Result<Vec<f64>> {
        Ok(self.z.clone())
    }

    fn device_bytes(&self) -> Option<u64> {
        Some(self.dense.bytes() + self.device.bytes())
    }

    fn decode(&mut self, background: &Background, window: &Window) -> Option<Result<Vec<f32>>> {
        Some(self.device.decode(background, window))
    }
}

/// The eigenbasis.
struct Modes {
    outward: Outward,
    modes: kernel_modal::gpu::Modes,
    /// The last vector that was read and finite.
    z: Vec<f64>,
    device: Device,
}

impl Rollout for Modes {
    fn advance(&mut self, step: u64, steps: u64) -> std::result::Result<(), Stop> {
        let modes = &self.modes;
        self.device
            .run(steps, kernel_modal::SWEEP * 64, |encoder, count| modes.encode(encoder, count))
            .map_err(lost)?;
        let amplitudes = self.modes.read(&self.device.context).map_err(lost)?;
        match finite(self.outward.state(&amplitudes)) {
            Ok(z) => self.z = z,
            Err(index) => {
                let error = not_finite(step + steps - 1, index);
                return Err(Stop { taken: 0, error });
            }
        }
        Ok(())
    }

    fn z(&mut self) -> Result<Vec<f64>> {
        Ok(self.z.clone())
    }

    fn device_bytes(&self) -> Option<u64> {
        Some(self.modes.bytes() + self.device.bytes())
    }

    fn decode(&mut self, background: &Background, window: &Window) -> Option<Result<Vec<f32>>> {
        Some(self.device.decode(background, window))
    }
}

/// Whole numbers.
struct Fixed {
    matrix: kernel_fixed::Matrix,
    fixed: kernel_fixed::gpu::Fixed,
    device: Device,
}

impl Fixed {
    fn run(&mut self, steps: u64) -> Result<Option<(u64, usize)>> {
        let mut encoder = self.device.context.device.create_command_encoder(&Default::default());
        self.fixed.begin(&self.device.context, &mut encoder);
        self.device.context.queue.submit([encoder.finish()]);
        let fixed = &mut self.fixed;
        self.device.run(steps, MOST, |encoder, count| fixed.encode(encoder, count))?;
        self.fixed.overflowed(&self.device.context)
    }
}

impl Rollout for Fixed {
    fn advance(&mut self, step: u64, steps: u64) -> std::result::Result<(), Stop> {
        debug_assert!(steps <= kernel_fixed::gpu::MAX_STEPS, "the report has no room for more");
        let Some((taken, index)) = self.run(steps).map_err(lost)? else { return Ok(()) };
        let mut encoder = self.device.context.device.create_command_encoder(&Default::default());
        self.fixed.restore(&mut encoder);
        self.device.context.queue.submit([encoder.finish()]);
        self.run(taken).map_err(lost)?;
        Err(Stop { taken, error: kernel_fixed::overflow(step + taken, index) })
    }

    fn z(&mut self) -> Result<Vec<f64>> {
        Ok(self.matrix.numbers(&self.fixed.read(&self.device.context)?))
    }

    fn device_bytes(&self) -> Option<u64> {
        Some(self.fixed.bytes() + self.device.bytes())
    }

    fn decode(&mut self, background: &Background, window: &Window) -> Option<Result<Vec<f32>>> {
        Some(self.device.decode(background, window))
    }
}
