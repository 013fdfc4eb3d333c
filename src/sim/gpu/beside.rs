//! The reference LES beside a running simulation, on the same device and in step with it.
//!
//! It starts from the simulation's own decoded field and takes a step with each of its steps. Now and
//! then both fields of the same instant are copied back; nothing waits for them.

use glam::DVec2;

use super::{FieldTarget, GpuSim, background::DeviceBackground};
use crate::{
    error::{Error, Result},
    gpu::{
        Context, Readback,
        buffer::storage,
        readback::{Once, items},
    },
    math::BOX,
    ops::window::Window,
    spectral::{LesOptions, Precision, les::gpu::Les},
};

/// Most parts of a step.
const SUBSTEPS: u32 = 64;

/// The LES and the simulation's field on its grid.
pub(super) struct Beside {
    les: Les,
    own: FieldTarget,
    seen: Readback,
    /// Fields of one instant on their way back.
    once: Option<(f64, Once)>,
    /// The next frame is to record them.
    asked: bool,
    fault: Option<Error>,
}

/// Both fields of one instant, `n x n`, row 0 at the bottom.
pub struct Instant {
    /// Simulated time.
    pub time: f64,
    /// Side of the grid.
    pub n: usize,
    /// The simulation's field.
    pub own: Vec<f32>,
    /// The LES's.
    pub les: Vec<f32>,
}

/// Compiles what an LES of `n x n` needs, on any thread: seconds on a software adapter, nothing after the first time.
///
/// # Errors
/// Where a shader does not compile or the device has no room.
pub fn prepare_beside(context: &Context, n: u32) -> Result<()> {
    let field = storage::<f32>(context, "no field", n as usize * n as usize)?;
    let options = LesOptions {
        n: n as usize,
        nu0: 0.0,
        cs: 0.0,
        dt: 0.01,
        substeps: SUBSTEPS,
        dtype: Precision::F32,
        ..Default::default()
    };
    Les::of_field(context, &options, &field).map(|_| ())
}

impl GpuSim {
    /// Starts an LES of `n x n` from the field as it is. Waits for the device.
    ///
    /// # Errors
    /// [`Error::Usage`] with a mean drift, which the LES does not have; [`Error::Run`] where the device has no
    /// room.
    pub fn begin_beside(&mut self, n: u32, cs: f64) -> Result<()> {
        if self.params.drift_x != 0.0 || self.params.drift_y != 0.0 {
            return Err(Error::Usage("the reference LES has no mean flow: set drift_x and drift_y to 0".into()));
        }
        let modes = self.background.as_ref().map(DeviceBackground::decoded);
        let mut own = FieldTarget::new(&self.context, &self.buffers, modes, Window::full(n))?;
        own.set(&self.context, self.held.circulation / (BOX * BOX), self.held.awake);
        own.look(&self.context, DVec2::ZERO, DVec2::splat(BOX));
        let mut encoder = self.context.device.create_command_encoder(&Default::default());
        own.clear(&mut encoder);
        {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            [&self.views.segments].into_iter().chain(own.passes()).for_each(|d| d.encode(&mut pass));
        }
        self.context.queue.submit([encoder.finish()]);
        let options = LesOptions {
            n: n as usize,
            nu0: self.params.nu,
            cs,
            dt: self.params.dt,
            substeps: SUBSTEPS,
            dtype: Precision::F32,
            ..Default::default()
        };
        let mut les = Les::of_field(&self.context, &options, own.field())?;
        les.measure()?;
        let seen = Readback::new(&self.context, "LES seen", les.seen_buffer().size());
        self.beside = Some(Beside { les, own, seen, once: None, asked: true, fault: None });
        Ok(())
    }

    /// Ends it.
    pub fn end_beside(&mut self) {
        self.beside = None;
    }

    /// The next frame copies both fields back, unless a copy is on its way.
    pub fn ask_beside(&mut self) {
        if let Some(beside) = &mut self.beside {
            beside.asked = true;
        }
    }

    /// Records as many steps of the LES.
    pub(super) fn step_beside(&mut self, encoder: &mut wgpu::CommandEncoder, steps: u32) {
        let Some(beside) = &mut self.beside else { return };
        {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            beside.les.record(&mut pass, steps);
        }
        if beside.seen.copy(encoder, beside.les.seen_buffer(), 0) {
            beside.les.forget_seen(encoder);
        }
    }

    /// Records the copies that were asked for; the segments of the raster are made anew.
    pub(super) fn copy_beside(&mut self, encoder: &mut wgpu::CommandEncoder) {
        let time = self.held.time;
        let Some(beside) = self.beside.as_mut().filter(|b| b.asked && b.once.is_none()) else { return };
        beside.asked = false;
        beside.own.clear(encoder);
        {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            let own = [&self.views.segments].into_iter().chain(beside.own.passes());
            own.chain([beside.les.picture()]).for_each(|d| d.encode(&mut pass));
        }
        let fields = [beside.own.field(), beside.les.field_buffer()];
        beside.once = Some((time, Once::copy(&self.context, encoder, &fields)));
    }

    /// Follows the LES's speed. Never waits.
    pub(super) fn heed_beside(&mut self) {
        let Some(beside) = &mut self.beside else { return };
        if let Some(bytes) = beside.seen.take()
            && let Err(error) = beside.les.heed(&items(&bytes, bytes.len() / size_of::<u32>()))
        {
            beside.fault.get_or_insert(error);
        }
    }

    /// New time step or viscosity.
    pub(super) fn retime_beside(&mut self) {
        let params = self.params;
        let (circulation, awake) = (self.held.circulation, self.held.awake);
        if let Some(beside) = &mut self.beside {
            beside.les.retime(params.dt, params.nu);
            beside.own.set(&self.context, circulation / (BOX * BOX), awake);
        }
    }

    /// Both fields, once they are there; an error ends the LES. Never waits.
    pub fn take_beside(&mut self) -> Option<Result<Instant>> {
        let beside = self.beside.as_mut()?;
        if let Some(error) = beside.fault.take() {
            self.beside = None;
            return Some(Err(error));
        }
        let bytes = beside.once.as_ref()?.1.take()?;
        let (time, _) = beside.once.take()?;
        let n = beside.les.options().n;
        Some(bytes.map(|bytes| {
            let field = |i: usize| bytes.get(i).map_or(vec![], |b| items(b, n * n));
            Instant { time, n, own: field(0), les: field(1) }
        }))
    }
}
