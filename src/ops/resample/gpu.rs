//! The passes: mark, prefix sum, scatter, commit, copy back.

use super::Resample;
use crate::{
    error::Result,
    gpu::{Context, Dispatch, Uniform, buffer::storage, dispatch::groups},
    ops::{buffers::AtomBuffers, device::DeviceVertex},
    primitives::scan::gpu::Scan,
};

/// One resampling of all atoms.
pub struct Resampling {
    uniforms: [Uniform<Resample>; 2],
    marks: [Dispatch; 2],
    scan: Scan,
    scatter: Dispatch,
    commit: Dispatch,
    new_vertices: wgpu::Buffer,
    new_start: wgpu::Buffer,
}

impl Resampling {
    /// `set` gives it its numbers.
    ///
    /// # Errors
    /// [`crate::Error::Run`] where the device has no room, or a shader does not compile there.
    pub fn new(context: &Context, b: &AtomBuffers) -> Result<Self> {
        let v = b.vertex_capacity;
        let uniforms = [0, 1].map(|_| Uniform::new(context, "resample", Resample::default()));
        let plan = storage::<[u32; 2]>(context, "resample plan", v)?;
        let new_vertices = storage::<DeviceVertex>(context, "resampled vertices", v)?;
        let new_start = storage::<[u32; 2]>(context, "resampled places", v)?;
        let scan = Scan::new(context, &plan, v)?;
        let blocks = [groups(v, super::WORKGROUPS[0].size[0]), 1, 1];
        let mark = |u: &Uniform<Resample>| {
            let buffers = [u.buffer(), &b.counts, &b.atoms, &b.vertices, &b.start, &plan];
            Dispatch::new(context, "resample_mark", &[], &buffers, blocks)
        };
        let marks = [mark(&uniforms[0])?, mark(&uniforms[1])?];
        let scatter = Dispatch::new(
            context,
            "resample_scatter",
            &[],
            &[
                uniforms[0].buffer(),
                &b.counts,
                &b.atoms,
                &b.vertices,
                &b.start,
                &plan,
                &scan.prefix,
                &scan.total,
                &new_vertices,
                &new_start,
            ],
            blocks,
        )?;
        let commit = Dispatch::new(
            context,
            "resample_commit",
            &[],
            &[uniforms[0].buffer(), &b.counts, &b.atoms, &plan, &scan.prefix, &scan.total, &b.launches],
            blocks,
        )?;
        Ok(Self { uniforms, marks, scan, scatter, commit, new_vertices, new_start })
    }

    /// Longest segment in core radii.
    pub fn set(&mut self, context: &Context, b: &AtomBuffers, bound: f64) {
        for (parity, uniform) in self.uniforms.iter_mut().enumerate() {
            let value = Resample {
                bound: bound as f32,
                vertex_capacity: b.vertex_capacity as u32,
                blob_capacity: b.blob_capacity as u32,
                parity: parity as u32,
            };
            uniform.set(&context.queue, value);
        }
    }

    /// The dispatches in order; `round` alternates which vertices may go.
    pub fn passes(&self, round: u64) -> impl Iterator<Item = &Dispatch> {
        [&self.marks[(round % 2) as usize]].into_iter().chain(self.scan.passes()).chain([&self.scatter, &self.commit])
    }

    /// Copies the result over the atoms; after the passes, outside them.
    pub fn copy_back(&self, encoder: &mut wgpu::CommandEncoder, b: &AtomBuffers) {
        encoder.copy_buffer_to_buffer(&self.new_vertices, 0, &b.vertices, 0, b.vertices.size());
        encoder.copy_buffer_to_buffer(&self.new_start, 0, &b.start, 0, b.start.size());
        encoder.copy_buffer_to_buffer(&self.new_start, 0, &b.places, 0, b.places.size());
    }
}
