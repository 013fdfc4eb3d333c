//! State and whole field of one instant for a thread that measures: nothing inside a frame waits, and the dye
//! is not needed.

use glam::DVec2;

use super::{
    copies::{Copied, Parcels},
    field::FieldTarget,
    held::Held,
    views::Views,
};
use crate::{
    error::{Error, Result},
    gpu::{
        Ticket,
        ticket::{items, redeem},
    },
    math::BOX,
    ops::window::Window,
    sim::vitals::{Vitals, vitals},
    state::State,
};

/// Nodes of the field along a side.
pub const SIDE: u32 = 256;

/// The grid, made when it is first needed, and a copy on its way.
#[derive(Default)]
pub struct Watch {
    target: Option<FieldTarget>,
    asked: bool,
    copy: Option<Ticket<Glimpse>>,
    fault: Option<Error>,
}

/// State and field of one instant, ready for another thread.
pub struct Glimpse {
    state: State,
    field: Vec<f32>,
    /// The header is that of the state.
    header_known: bool,
}

impl Glimpse {
    /// Takes some milliseconds.
    pub fn vitals(&self) -> Vitals {
        let found = vitals(&self.state, &self.field, SIDE as usize);
        Vitals { unresolved: found.unresolved.filter(|_| self.header_known), ..found }
    }
}

impl Watch {
    /// The next frame decodes the whole box and copies field and state, unless a copy is on its way.
    pub fn ask(&mut self) {
        self.asked = true;
    }

    /// Whether a frame is to record a copy.
    pub fn wants_frame(&self) -> bool {
        self.asked && self.copy.is_none()
    }

    /// Whether one was asked for and is not there yet.
    pub fn is_asked(&self) -> bool {
        self.asked || self.copy.is_some()
    }

    /// Records decode and copies; the segments of the raster are made anew.
    pub(super) fn record(&mut self, encoder: &mut wgpu::CommandEncoder, held: &Held, views: &Views) {
        if self.wants_frame() {
            self.asked = false;
            match self.copy(encoder, held, views) {
                Ok(copy) => self.copy = Some(copy),
                Err(fault) => self.fault = Some(fault),
            }
        }
    }

    fn copy(&mut self, encoder: &mut wgpu::CommandEncoder, held: &Held, views: &Views) -> Result<Ticket<Glimpse>> {
        let context = &held.context;
        let target = match &mut self.target {
            Some(target) => target,
            none => {
                let mut target = FieldTarget::new(context, &held.buffers, held.modes(), Window::full(SIDE))?;
                target.look(context, DVec2::ZERO, DVec2::splat(BOX));
                none.insert(target)
            }
        };
        views.decode_onto(held, encoder, target);
        // A learned kernel moves the header with the rest of z, on the device.
        let header_known = !held.is_learned();
        let copied = held.ask(encoder, Parcels::Shown, views.strokes(), &[target.field()]);
        Ok(copied.then(move |Copied { state, others, .. }| {
            let field = others.first().map_or(vec![], |field| items(field, (SIDE * SIDE) as usize));
            Ok(Glimpse { state, field, header_known })
        }))
    }

    /// What was asked for, once it is there. Never waits.
    ///
    /// # Errors
    /// When the device could not answer.
    pub fn take(&mut self) -> Option<Result<Glimpse>> {
        match self.fault.take() {
            Some(fault) => Some(Err(fault)),
            None => redeem(&mut self.copy),
        }
    }
}
