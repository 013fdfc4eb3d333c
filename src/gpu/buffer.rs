//! Buffers: storage of a stated size, and typed uniforms that skip an unchanged upload.

use wgpu::util::DeviceExt;

use super::{
    context::Context,
    traffic::{upload, went_out},
};
use crate::error::{Error, Result};

const STORAGE: wgpu::BufferUsages =
    wgpu::BufferUsages::STORAGE.union(wgpu::BufferUsages::COPY_SRC).union(wgpu::BufferUsages::COPY_DST);

/// A zeroed storage buffer of `count` items of `T`. Refused when a binding of it would be too large.
///
/// # Errors
/// [`Error::Run`] where a binding of it would be too large, or the device has no memory left.
pub fn storage<T>(context: &Context, label: &str, count: usize) -> Result<wgpu::Buffer> {
    let size = (count.max(1) * size_of::<T>()).next_multiple_of(4) as u64;
    let limits = context.device.limits();
    let limit = limits.max_storage_buffer_binding_size.min(limits.max_buffer_size);
    if size > limit {
        return Err(Error::Run(format!(
            "buffer {label}: {} MiB asked, this device takes {} MiB; lower N, max-vertices or tracers",
            size >> 20,
            limit >> 20
        )));
    }
    let scope = context.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
    let descriptor = wgpu::BufferDescriptor { label: Some(label), size, usage: STORAGE, mapped_at_creation: false };
    let buffer = context.device.create_buffer(&descriptor);
    match pollster::block_on(scope.pop()) {
        Some(_) => Err(Error::Run(format!("buffer {label}: the device has no {} MiB left", size >> 20))),
        None => Ok(buffer),
    }
}

/// A storage buffer that holds `data`.
///
/// # Errors
/// As [`storage`].
pub fn filled<T: bytemuck::Pod>(context: &Context, label: &str, data: &[T]) -> Result<wgpu::Buffer> {
    let buffer = storage::<T>(context, label, data.len())?;
    upload(&context.queue, &buffer, 0, data);
    Ok(buffer)
}

/// A storage buffer of launches, workgroups along x, y, z and a number of the caller's each, that indirect dispatches may read.
pub fn launches(context: &Context, groups: &[[u32; 4]]) -> wgpu::Buffer {
    went_out(size_of_val(groups));
    context.device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
        label: Some("launches"),
        contents: bytemuck::cast_slice(groups),
        usage: STORAGE | wgpu::BufferUsages::INDIRECT,
    })
}

/// A uniform of one plain-data struct; [`set`](Uniform::set) uploads only what changed.
///
/// Shaders read it as `var<storage, read>`: Mesa's lavapipe specialises a shader anew, at every draw and every
/// dispatch and without giving the memory back, where control flow depends on a uniform buffer.
pub struct Uniform<T> {
    buffer: wgpu::Buffer,
    value: T,
}

impl<T: bytemuck::Pod + PartialEq> Uniform<T> {
    /// A uniform that holds `value`.
    pub fn new(context: &Context, label: &str, value: T) -> Self {
        went_out(size_of::<T>());
        let buffer = context.device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
            label: Some(label),
            contents: bytemuck::bytes_of(&value),
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST,
        });
        Self { buffer, value }
    }

    /// Uploads `value` unless it is there already.
    pub fn set(&mut self, queue: &wgpu::Queue, value: T) {
        if self.value != value {
            self.value = value;
            upload(queue, &self.buffer, 0, std::slice::from_ref(&value));
        }
    }

    /// What the device holds.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// The buffer to bind.
    pub fn buffer(&self) -> &wgpu::Buffer {
        &self.buffer
    }
}
