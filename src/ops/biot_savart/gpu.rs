//! The passes: one for few pairs, two for many; which of them work is decided on the device.

use super::{BiotSavart, MOST_CHUNKS, WAVES};
use crate::{
    error::Result,
    gpu::{Context, Dispatch, Uniform, buffer::storage},
    ops::buffers::AtomBuffers,
};

/// Velocity of the atoms by the direct sum.
pub struct Direct(Vec<Dispatch>);

impl Direct {
    /// Launched over the vertices there are. `pairs` are those of the state.
    pub fn new(context: &Context, b: &AtomBuffers, pairs: usize) -> Result<Self> {
        let from_pairs = super::from_pairs(context.report.software);
        // A state that must grow so much never takes the passes of many pairs.
        let many = pairs.saturating_mul(super::GROWTH) >= from_pairs;
        Self::launched(context, b, many.then_some(from_pairs), [&|d| b.over_splits(d), &|d| b.over_vertices(d)])
    }

    /// With the passes of many pairs from so many on, or without them; `over` launches a pass over vertices and
    /// splits, and one over vertices.
    pub fn launched(
        context: &Context,
        b: &AtomBuffers,
        from_pairs: Option<usize>,
        over: [&dyn Fn(Dispatch) -> Dispatch; 2],
    ) -> Result<Self> {
        let [over_splits, over_vertices] = over;
        let value = BiotSavart {
            stride: b.vertex_capacity as u32,
            splits: b.splits,
            from_pairs: from_pairs.map_or(f32::INFINITY, |pairs| pairs as f32),
            ..Default::default()
        };
        let uniform = Uniform::new(context, "biot_savart", value);
        let new = |shader, buffers: &[&wgpu::Buffer]| Dispatch::new(context, shader, &[], buffers, [1, b.splits, 1]);
        let atoms = [uniform.buffer(), &b.counts, &b.atoms, &b.vertices, &b.places, &b.blobs];
        let mut passes = vec![over_splits(new("biot_savart", &[&atoms[..], &[&b.velocity]].concat())?)];
        if from_pairs.is_some() {
            let waves = storage::<[f32; 2]>(context, "waves", MOST_CHUNKS * WAVES)?;
            let sources = [uniform.buffer(), &b.counts, &b.blobs, &waves];
            passes.push(over_vertices(new("biot_savart_modes", &sources)?));
            passes.push(over_splits(new("biot_savart_pairs", &[&atoms[..], &[&waves, &b.velocity]].concat())?));
        }
        Ok(Self(passes))
    }

    /// Partial velocities of the vertices at this stage, one for each split of the sources.
    pub fn passes(&self) -> impl Iterator<Item = &Dispatch> {
        self.0.iter()
    }
}
