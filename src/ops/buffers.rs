//! Device buffers of the atoms, allocated once for a budget.

use super::{
    biot_savart,
    device::{Counts, DeviceAtom, DeviceAtoms, DeviceBlob, DeviceSegment, DeviceVertex},
    quadrature,
};
use crate::{
    error::{Error, Result},
    gpu::{
        Context, Dispatch,
        buffer::{filled, launches, storage},
        readback,
        rounds::ROUNDS,
        upload,
    },
};

/// Blobs of a vertex at most, so that the vertex budget is the only one.
pub const BLOBS_PER_VERTEX: usize = 8;

/// Splits times vertices that fill a large GPU.
const TARGET_SLOTS: usize = 524_288;
/// Splits of the sources at most.
pub const MOST_SPLITS: usize = 64;

/// Everything the operators on atoms read and write. Clones share it.
#[derive(Clone)]
pub struct AtomBuffers {
    /// Cells of the vertex buffers, and of the atom buffer.
    pub vertex_capacity: usize,
    /// Cells of the blob buffer.
    pub blob_capacity: usize,
    /// Partial velocities: one for each split of the sources, one for the background.
    pub splits: u32,
    /// [`Counts`].
    pub counts: wgpu::Buffer,
    /// [`DeviceAtom`]s.
    pub atoms: wgpu::Buffer,
    /// [`DeviceVertex`]s.
    pub vertices: wgpu::Buffer,
    /// Places at the start of the step.
    pub start: wgpu::Buffer,
    /// Places at this stage.
    pub places: wgpu::Buffer,
    /// [`DeviceBlob`]s at this stage.
    pub blobs: wgpu::Buffer,
    /// `(splits + 1) * vertex_capacity` partial velocities.
    pub velocity: wgpu::Buffer,
    /// Weighted slopes of the step so far.
    pub total: wgpu::Buffer,
    /// [`DeviceSegment`]s for the raster.
    pub segments: wgpu::Buffer,
    /// Quadrature nodes.
    pub nodes: wgpu::Buffer,
    /// Workgroups over all vertices: one row, and one row a split.
    pub launches: wgpu::Buffer,
    /// Side of a lattice and the parcels' vorticity on it, as pictures show it in place of the ellipses; side 0: not.
    pub shown: wgpu::Buffer,
}

/// Splits of the sources for so many vertices.
fn splits(vertices: usize, software: bool) -> u32 {
    // Enough workgroups to fill a large device when targets are few; a CPU is full without, but takes what fits in
    // one launch in one.
    if software {
        let tiles = (vertices * BLOBS_PER_VERTEX).div_ceil(64);
        tiles.div_ceil(biot_savart::tiles_of_a_launch(ROUNDS) as usize).clamp(1, 8) as u32
    } else {
        (TARGET_SLOTS / vertices.max(1)).clamp(1, MOST_SPLITS) as u32
    }
}

/// Bytes that one of so many vertices takes in the largest buffer, and in all.
pub fn bytes_per_vertex(vertices: usize, software: bool) -> [u64; 2] {
    let velocity = 8 * (splits(vertices, software) as usize + 1);
    let blobs = BLOBS_PER_VERTEX * size_of::<DeviceBlob>();
    let rest = [size_of::<DeviceAtom>(), size_of::<DeviceVertex>(), size_of::<DeviceSegment>(), 3 * 8];
    let all = velocity + blobs + rest.iter().sum::<usize>();
    [velocity.max(blobs) as u64, all as u64]
}

/// Threads of every pass over vertices.
const VERTEX_THREADS: u32 = 64;

/// Workgroups over all vertices, and over all vertices and splits; last the vertices of one workgroup.
fn launch_rows(vertices: u32, splits: u32) -> [[u32; 4]; 2] {
    let row = |each: u32, y| [vertices.div_ceil(each).max(1), y, 1, each];
    [row(VERTEX_THREADS, 1), row(biot_savart::TARGETS, splits)]
}

impl AtomBuffers {
    /// Room for `vertices` vertices and as many atoms, and for parcels on a lattice of up to `side`.
    ///
    /// # Errors
    /// [`Error::Run`] where the device has no room.
    pub fn new(context: &Context, vertices: usize, side: u32) -> Result<Self> {
        let (v, b) = (vertices, vertices * BLOBS_PER_VERTEX);
        let splits = splits(v, context.report.software);
        let mut nodes = vec![[0.0_f32; 2]; 9 * quadrature::MAX_NODES];
        let rows = (1..=quadrature::MAX_NODES).map(quadrature::legendre).chain([quadrature::hermite()]);
        for (row, pairs) in rows.enumerate() {
            for (i, (x, w)) in pairs.iter().enumerate() {
                nodes[row * quadrature::MAX_NODES + i] = [*x as f32, *w as f32];
            }
        }
        Ok(Self {
            vertex_capacity: v,
            blob_capacity: b,
            splits,
            counts: storage::<Counts>(context, "counts", 1)?,
            atoms: storage::<DeviceAtom>(context, "atoms", v)?,
            vertices: storage::<DeviceVertex>(context, "vertices", v)?,
            start: storage::<[u32; 2]>(context, "start", v)?,
            places: storage::<[u32; 2]>(context, "places", v)?,
            blobs: storage::<DeviceBlob>(context, "blobs", b)?,
            velocity: storage::<[f32; 2]>(context, "velocity", v * (splits as usize + 1))?,
            total: storage::<[f32; 2]>(context, "slopes", v)?,
            segments: storage::<DeviceSegment>(context, "segments", v)?,
            nodes: filled(context, "quadrature nodes", &nodes)?,
            launches: launches(context, &launch_rows(1, splits)),
            shown: storage::<u32>(context, "parcels as shown", 4 + (side * side).max(1) as usize)?,
        })
    }

    /// Whether a set of atoms fits.
    pub fn holds(&self, device: &DeviceAtoms) -> bool {
        device.vertices.len() <= self.vertex_capacity
            && device.counts.blobs as usize <= self.blob_capacity
            && device.atoms.len() <= self.vertex_capacity
    }

    /// Pictures show the atoms, until parcels are shown again.
    pub fn show_atoms(&self, context: &Context) {
        upload(&context.queue, &self.shown, 0, &[0_u32]);
    }

    /// Uploads a set of atoms.
    ///
    /// # Errors
    /// [`Error::Invalid`] for more vertices or atoms than there is room for; nothing is uploaded then.
    pub fn upload(&self, context: &Context, device: &DeviceAtoms) -> Result<()> {
        if !self.holds(device) {
            return Err(Error::invalid(
                "state",
                format!(
                    "at most {} vertices and {} blobs (raise max-vertices)",
                    self.vertex_capacity, self.blob_capacity
                ),
                format!("{} and {}", device.vertices.len(), device.counts.blobs),
            ));
        }
        let queue = &context.queue;
        let rows = launch_rows(device.vertices.len() as u32, self.splits);
        upload(queue, &self.launches, 0, &rows);
        upload(queue, &self.counts, 0, std::slice::from_ref(&device.counts));
        upload(queue, &self.atoms, 0, &device.atoms);
        upload(queue, &self.vertices, 0, &device.vertices);
        upload(queue, &self.start, 0, &device.places);
        upload(queue, &self.places, 0, &device.places);
        Ok(())
    }

    /// A pass over all vertices, as many workgroups as they need now.
    pub fn over_vertices(&self, dispatch: Dispatch) -> Dispatch {
        dispatch.indirect(&self.launches, 0)
    }

    /// A pass over all vertices and all splits of the sources.
    pub fn over_splits(&self, dispatch: Dispatch) -> Dispatch {
        dispatch.indirect(&self.launches, 16)
    }

    /// Reads the atoms back. Waits for the device.
    ///
    /// # Errors
    /// [`Error::Run`] where the device does not answer.
    pub fn download(&self, context: &Context) -> Result<DeviceAtoms> {
        let counts: Vec<Counts> = readback::read(context, &self.counts, 1)?;
        let counts = counts[0];
        Ok(DeviceAtoms {
            atoms: readback::read(context, &self.atoms, counts.atoms as usize)?,
            vertices: readback::read(context, &self.vertices, counts.vertices as usize)?,
            places: readback::read(context, &self.start, counts.vertices as usize)?,
            counts,
        })
    }

    /// Bytes of all buffers.
    pub fn bytes(&self) -> u64 {
        let all = [
            &self.counts,
            &self.atoms,
            &self.vertices,
            &self.start,
            &self.places,
            &self.blobs,
            &self.velocity,
            &self.total,
            &self.segments,
            &self.nodes,
            &self.shown,
        ];
        all.iter().map(|b| b.size()).sum()
    }
}
