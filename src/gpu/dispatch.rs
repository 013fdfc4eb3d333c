//! Dispatches: a program, its buffers, and how many workgroups.

use std::sync::Arc;

use super::{context::Context, program::Program};
use crate::error::{Error, Result};

/// One launch of a program over fixed buffers.
pub struct Dispatch {
    program: Arc<Program>,
    bind: wgpu::BindGroup,
    bytes: u64,
    launch: Launch,
}

/// How many workgroups: a number of the host, or one that the device keeps.
enum Launch {
    Fixed([u32; 3]),
    Indirect(wgpu::Buffer, u64),
}

impl Dispatch {
    /// Binds `buffers[i]` to `@binding(i)`; the label is the stage's name.
    ///
    /// # Errors
    /// As [`Dispatch::of`], and those of [`Context::program`].
    pub fn new(
        context: &Context,
        shader: &'static str,
        constants: &[(&str, f64)],
        buffers: &[&wgpu::Buffer],
        groups: [u32; 3],
    ) -> Result<Self> {
        let resources: Vec<_> = buffers.iter().map(|buffer| buffer.as_entire_binding()).collect();
        Self::with(context, shader, constants, &resources, groups)
    }

    /// The same with any resources, textures too.
    ///
    /// # Errors
    /// As [`Dispatch::new`].
    pub fn with(
        context: &Context,
        shader: &'static str,
        constants: &[(&str, f64)],
        resources: &[wgpu::BindingResource<'_>],
        groups: [u32; 3],
    ) -> Result<Self> {
        Self::of(context, context.program(shader, constants)?, resources, groups)
    }

    /// A launch of a program that was compiled before.
    ///
    /// # Errors
    /// [`Error::Run`] for more workgroups than the device takes, or resources that do not fit the shader's bindings.
    pub fn of(
        context: &Context,
        program: Arc<Program>,
        resources: &[wgpu::BindingResource<'_>],
        groups: [u32; 3],
    ) -> Result<Self> {
        let (name, bindings) = (&program.name, &program.interface.bindings);
        let limit = context.device.limits().max_compute_workgroups_per_dimension;
        if groups.iter().any(|g| *g > limit) {
            return Err(Error::Run(format!(
                "{name}: {groups:?} workgroups, this device takes {limit} along each axis"
            )));
        }
        if resources.len() != bindings.len() {
            let (found, expected) = (resources.len(), bindings.len());
            return Err(Error::Run(format!("stage {name}: {expected} bindings in the register, {found} bound")));
        }
        let bytes = bindings.iter().zip(resources).map(|(binding, resource)| binding.traffic(size(resource))).sum();
        let entries = entries(resources);
        let scope = context.device.push_error_scope(wgpu::ErrorFilter::Validation);
        let bind = context.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(name.as_str()),
            layout: &program.layout,
            entries: &entries,
        });
        match pollster::block_on(scope.pop()) {
            Some(error) => Err(Error::Run(format!("shader {name} cannot be bound: {error}"))),
            None => Ok(Self { program, bind, bytes, launch: Launch::Fixed(groups) }),
        }
    }

    /// The same launch with its workgroups read on the device: three numbers at `offset` of `launches`.
    pub fn indirect(self, launches: &wgpu::Buffer, offset: u64) -> Self {
        Self { launch: Launch::Indirect(launches.clone(), offset), ..self }
    }

    /// The stage's name: profiler label and panel row.
    pub fn label(&self) -> &str {
        &self.program.name
    }

    /// The stage in words.
    pub fn title(&self) -> &str {
        &self.program.title
    }

    /// Bytes of one launch: every bound resource whole, once for each way the shader uses it.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Records the launch.
    pub fn encode(&self, pass: &mut wgpu::ComputePass<'_>) {
        pass.set_pipeline(&self.program.pipeline);
        pass.set_bind_group(0, &self.bind, &[]);
        match &self.launch {
            Launch::Fixed([x, y, z]) => pass.dispatch_workgroups(*x, *y, *z),
            Launch::Indirect(launches, offset) => pass.dispatch_workgroups_indirect(launches, *offset),
        }
    }
}

/// Bytes of a resource; 0 for a sampler.
fn size(resource: &wgpu::BindingResource<'_>) -> u64 {
    match resource {
        wgpu::BindingResource::Buffer(part) => part.size.map_or(part.buffer.size() - part.offset, |size| size.get()),
        wgpu::BindingResource::TextureView(view) => {
            let texture = view.texture();
            let cells = u64::from(texture.width()) * u64::from(texture.height());
            cells * u64::from(texture.format().block_copy_size(None).unwrap_or(0))
        }
        _ => 0,
    }
}

/// Resource `i` at `@binding(i)`.
pub fn entries<'a>(resources: &[wgpu::BindingResource<'a>]) -> Vec<wgpu::BindGroupEntry<'a>> {
    let numbered = resources.iter().enumerate();
    numbered.map(|(i, resource)| wgpu::BindGroupEntry { binding: i as u32, resource: resource.clone() }).collect()
}

/// Workgroups of `size` threads that cover `count` items.
pub fn groups(count: usize, size: u32) -> u32 {
    (count as u32).div_ceil(size).max(1)
}
