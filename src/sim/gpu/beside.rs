//! The reference LES beside a running simulation, on the same device and in step with it.
//!
//! It starts from the simulation's own decoded field and takes a step with each of its steps. Now and
//! then both fields of the same instant are copied back; nothing waits for them.

use glam::DVec2;

use super::{field::FieldTarget, held::Held, views::Views};
use crate::{
    error::{Error, Result},
    gpu::{
        Context, Latest, Ticket,
        buffer::storage,
        ticket::{first, items, redeem},
    },
    math::BOX,
    ops::window::Window,
    spectral::{LesOptions, Precision, les::gpu::Les},
};

/// Most parts of a step.
const SUBSTEPS: u32 = 64;

/// The LES and the simulation's field on its grid.
pub struct Beside {
    les: Les,
    own: FieldTarget,
    /// What the parts of its first step depend on: no step is taken before it is there.
    first: Option<Ticket<Vec<u32>>>,
    /// Its speed and eddy viscosity, which it follows.
    seen: Latest<Vec<u32>>,
    /// Fields of one instant on their way back.
    instant: Option<Ticket<Instant>>,
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

impl Beside {
    /// Starts an LES of `n x n` from the field as it is.
    ///
    /// # Errors
    /// [`Error::Usage`] with a mean drift, which the LES does not have; [`Error::Run`] where the device has no
    /// room.
    pub(super) fn begin(held: &Held, views: &Views, n: u32, cs: f64) -> Result<Self> {
        let (context, params) = (&held.context, &held.params);
        if held.drift() != [0.0, 0.0] {
            return Err(Error::Usage("the reference LES has no mean flow: set drift_x and drift_y to 0".into()));
        }
        let mut own = FieldTarget::new(context, &held.buffers, held.modes(), Window::full(n))?;
        own.look(context, DVec2::ZERO, DVec2::splat(BOX));
        let mut encoder = context.device.create_command_encoder(&Default::default());
        views.decode_onto(held, &mut encoder, &mut own);
        context.queue.submit([encoder.finish()]);
        let options = LesOptions {
            n: n as usize,
            nu0: params.nu,
            cs,
            dt: params.dt,
            substeps: SUBSTEPS,
            dtype: Precision::F32,
            ..Default::default()
        };
        let les = Les::of_field(context, &options, own.field())?;
        let first = Some(les.ask_first());
        Ok(Self { les, own, first, seen: Latest::default(), instant: None, asked: true, fault: None })
    }

    /// The next frame copies both fields back, unless a copy is on its way.
    pub fn ask(&mut self) {
        self.asked = true;
    }

    /// Whether it has not begun: then no step may be taken, for it would miss it.
    pub fn is_beginning(&self) -> bool {
        self.first.is_some()
    }

    /// Records as many steps of the LES.
    pub(super) fn step(&mut self, context: &Context, encoder: &mut wgpu::CommandEncoder, steps: u32) {
        {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            self.les.record(&mut pass, steps);
        }
        let seen = self.les.seen_buffer().slice(..);
        if self.seen.ask(|| context.readbacks().ask(encoder, &[seen]).then(first)) {
            self.les.forget_seen(encoder);
        }
    }

    /// Records the copies that were asked for; the segments of the raster are made anew.
    pub(super) fn record(&mut self, encoder: &mut wgpu::CommandEncoder, held: &Held, views: &Views) {
        if !self.asked || self.instant.is_some() {
            return;
        }
        self.asked = false;
        views.decode_onto(held, encoder, &mut self.own);
        {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            self.les.picture().encode(&mut pass);
        }
        let fields = [self.own.field(), self.les.field_buffer()].map(|field| field.slice(..));
        let (time, n) = (held.known.time, self.les.options().n);
        let ticket = held.context.readbacks().ask(encoder, &fields);
        self.instant = Some(ticket.then(move |fields| {
            let field = |i: usize| fields.get(i).map_or(vec![], |field| items(field, n * n));
            Ok(Instant { time, n, own: field(0), les: field(1) })
        }));
    }

    /// Follows the LES's speed. Never waits.
    pub(super) fn heed(&mut self) {
        if let Some(words) = redeem(&mut self.first)
            && let Err(error) = words.and_then(|words| self.les.take_first(&words))
        {
            self.fault = Some(error);
        }
        if let Some(bits) = self.seen.take()
            && let Err(error) = self.les.heed(&bits)
        {
            self.fault.get_or_insert(error);
        }
    }

    /// New time step or viscosity.
    pub(super) fn retime(&mut self, held: &Held) {
        self.les.retime(held.params.dt, held.params.nu);
    }

    /// Both fields, once they are there; after an error it has ended. Never waits.
    ///
    /// # Errors
    /// [`Error::Run`] where its flow got too fast, or the device could not answer.
    pub fn take(&mut self) -> Option<Result<Instant>> {
        match self.fault.take() {
            Some(fault) => Some(Err(fault)),
            None => redeem(&mut self.instant),
        }
    }
}
