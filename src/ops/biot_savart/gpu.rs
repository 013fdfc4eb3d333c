//! The passes: one for few pairs, two for many; which of them work is decided on the device.

use super::{BiotSavart, MOST_CHUNKS, TILE, WAVES, tiles_of_a_launch};
use crate::{
    error::Result,
    gpu::{Context, Dispatch, Uniform, buffer::storage},
    ops::{buffers::AtomBuffers, part::parts},
};

/// Velocity of the atoms by the direct sum.
pub struct Direct(Vec<Dispatch>);

impl Direct {
    /// Launched over the vertices there are. `pairs` are those of the state.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device has no room, or a shader does not compile there.
    pub fn new(context: &Context, b: &AtomBuffers, pairs: usize) -> Result<Self> {
        let from_pairs = super::from_pairs(context.report.software);
        // A state that must grow so much never takes the passes of many pairs.
        let many = pairs.saturating_mul(super::GROWTH) >= from_pairs;
        Self::launched(context, b, many.then_some(from_pairs), [&|d| b.over_splits(d), &|d| b.over_vertices(d)])
    }

    /// With the passes of many pairs from so many on, or without them; `over` launches a pass over vertices and
    /// splits, and one over vertices.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device has no room, or a shader does not compile there.
    pub fn launched(
        context: &Context,
        b: &AtomBuffers,
        from_pairs: Option<usize>,
        over: [&dyn Fn(Dispatch) -> Dispatch; 2],
    ) -> Result<Self> {
        let [over_splits, over_vertices] = over;
        let share = tiles_of_a_launch(context.rounds());
        let tiles = [("TILES", f64::from(share))];
        let launches: Vec<Uniform<BiotSavart>> = parts(b.blob_capacity.div_ceil(TILE), share * b.splits)
            .map(|part| BiotSavart {
                stride: b.vertex_capacity as u32,
                splits: b.splits,
                from_pairs: from_pairs.map_or(f32::INFINITY, |pairs| pairs as f32),
                first: part.first,
            })
            .map(|value| Uniform::new(context, "biot_savart", value))
            .collect();
        let sums = |shader, with: &[&wgpu::Buffer]| -> Result<Vec<Dispatch>> {
            let each = launches.iter().map(|uniform| {
                let atoms = [uniform.buffer(), &b.counts, &b.atoms, &b.vertices, &b.places, &b.blobs];
                let buffers = [&atoms[..], with].concat();
                Ok(over_splits(Dispatch::new(context, shader, &tiles, &buffers, [1, b.splits, 1])?))
            });
            each.collect()
        };
        let mut passes = sums("biot_savart", &[&b.velocity])?;
        if from_pairs.is_some() {
            let waves = storage::<[f32; 2]>(context, "waves", MOST_CHUNKS * WAVES)?;
            let sources = [launches[0].buffer(), &b.counts, &b.blobs, &waves];
            let modes = Dispatch::new(context, "biot_savart_modes", &[], &sources, [1, b.splits, 1])?;
            passes.push(over_vertices(modes));
            passes.extend(sums("biot_savart_pairs", &[&waves, &b.velocity])?);
        }
        Ok(Self(passes))
    }

    /// Partial velocities of the vertices at this stage, one for each split of the sources.
    pub fn passes(&self) -> impl Iterator<Item = &Dispatch> {
        self.0.iter()
    }
}
