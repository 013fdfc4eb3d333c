//! Operators after a decode, one after another: on the field, or on its carrier and back to a field.

use std::sync::Arc;

use super::{ActsOn, Operator, Resident, Shape, Watched};
use crate::{
    error::Result,
    gpu::{Context, Dispatch, buffer::storage, readback},
    primitives::ternary::gpu::Passes,
};

/// Operators on field and carrier, bound to one decoded field.
#[derive(Default)]
pub struct FieldChain {
    residents: Vec<Resident>,
    passes: Vec<Dispatch>,
    /// Two fields, used in turn, and two carriers.
    fields: Vec<wgpu::Buffer>,
    carriers: Vec<wgpu::Buffer>,
}

impl FieldChain {
    /// Binds and tries them; they read `field`, `[height, width]` f32, and leave it alone.
    ///
    /// # Errors
    /// As [`Resident::new`] and [`Resident::trial`].
    pub fn new(context: &Context, operators: &[Arc<Operator>], field: &wgpu::Buffer, size: [u32; 2]) -> Result<Self> {
        let mut chain = Self::default();
        let [width, height] = size.map(|n| n as usize);
        for operator in operators.iter().filter(|operator| operator.manifest.acts_on != ActsOn::Z) {
            let turn = chain.residents.len() % 2;
            if chain.fields.len() <= turn {
                chain.fields.push(storage::<f32>(context, "operator's field", width * height)?);
            }
            let to = &chain.fields[turn];
            let from = if chain.residents.is_empty() { field } else { &chain.fields[1 - turn] };
            if operator.manifest.acts_on == ActsOn::Field {
                let resident = Resident::new(context, operator, Shape::field(size))?;
                resident.trial(context, from, to)?;
                chain.passes.extend(resident.passes(context, from, to)?);
                chain.residents.push(resident);
                continue;
            }
            let ternary = Passes::new(context, width, height)?;
            while chain.carriers.len() < 2 {
                chain.carriers.push(ternary.buffer("operator's carrier", 1)?);
            }
            let [before, after] = [&chain.carriers[0], &chain.carriers[1]];
            let resident = Resident::new(context, operator, Shape::carrier(size))?;
            resident.trial(context, before, after)?;
            chain.passes.push(ternary.threshold(from, operator.manifest.threshold.unwrap_or(0.0), before)?);
            chain.passes.extend(resident.passes(context, before, after)?);
            chain.passes.push(ternary.field(after, to)?);
            chain.residents.push(resident);
        }
        Ok(chain)
    }

    /// The launches, in order.
    pub fn passes(&self) -> impl Iterator<Item = &Dispatch> {
        self.passes.iter()
    }

    /// Where the last one leaves the field; `None` without operators.
    pub fn last(&self) -> Option<&wgpu::Buffer> {
        self.residents.len().checked_sub(1).and_then(|last| self.fields.get(last % 2))
    }

    /// Pictures of the last decode, with their operators' names: rows from the bottom, RGBA. Waits for the device.
    ///
    /// # Errors
    /// When the device does not answer.
    pub fn images(&self, context: &Context, cells: usize) -> Result<Vec<(String, Vec<u8>)>> {
        let made = self.residents.iter().filter_map(|resident| Some((resident.name(), resident.image()?)));
        made.map(|(name, image)| Ok((name.to_owned(), readback::read(context, image, 4 * cells)?))).collect()
    }

    /// Waits, and tells of a loop that overran.
    ///
    /// # Errors
    /// As [`Resident::look`].
    pub fn look(&self, context: &Context) -> Result<()> {
        self.residents.iter().try_for_each(|resident| resident.look(context))
    }

    /// What is looked at for that.
    pub fn watched(&self) -> impl Iterator<Item = Watched> {
        self.residents.iter().filter_map(Resident::watched)
    }

    /// Bytes of all they hold.
    pub fn bytes(&self) -> u64 {
        let scratch = self.fields.iter().chain(&self.carriers).map(wgpu::Buffer::size).sum::<u64>();
        scratch + self.residents.iter().map(Resident::bytes).sum::<u64>()
    }
}
