//! Programs and dispatches: a compute pipeline, its buffers, and how many workgroups.

use std::sync::Arc;

use super::{context::Context, shader};
use crate::error::{Error, Result};

/// A compiled compute shader.
pub struct Program {
    pipeline: wgpu::ComputePipeline,
    layout: wgpu::BindGroupLayout,
}

impl Program {
    /// Compiles the entry point `main` of a shader; validation errors come back as text.
    pub(super) fn new(device: &wgpu::Device, name: &'static str, constants: &[(&str, f64)]) -> Result<Self> {
        let scope = device.push_error_scope(wgpu::ErrorFilter::Validation);
        let module = shader::module(device, name)?;
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(name),
            layout: None,
            module: &module,
            entry_point: Some("main"),
            compilation_options: wgpu::PipelineCompilationOptions {
                constants,
                // Every shader of ours writes its workgroup memory before it reads it.
                zero_initialize_workgroup_memory: false,
            },
            cache: None,
        });
        if let Some(error) = pollster::block_on(scope.pop()) {
            return Err(Error::Run(format!("shader {name} does not compile on this device: {error}")));
        }
        let layout = pipeline.get_bind_group_layout(0);
        Ok(Self { pipeline, layout })
    }
}

/// One launch of a program over fixed buffers.
pub struct Dispatch {
    label: &'static str,
    program: Arc<Program>,
    bind: wgpu::BindGroup,
    launch: Launch,
}

/// How many workgroups: a number of the host, or one that the device keeps.
enum Launch {
    Fixed([u32; 3]),
    Indirect(wgpu::Buffer, u64),
}

impl Dispatch {
    /// Binds `buffers[i]` to `@binding(i)`; the label is the shader's name.
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
    pub fn with(
        context: &Context,
        shader: &'static str,
        constants: &[(&str, f64)],
        resources: &[wgpu::BindingResource<'_>],
        groups: [u32; 3],
    ) -> Result<Self> {
        let program = context.program(shader, constants)?;
        let limit = context.device.limits().max_compute_workgroups_per_dimension;
        if groups.iter().any(|g| *g > limit) {
            return Err(Error::Run(format!(
                "{shader}: {groups:?} workgroups, this device takes {limit} along each axis"
            )));
        }
        let entries = entries(resources);
        let scope = context.device.push_error_scope(wgpu::ErrorFilter::Validation);
        let bind = context.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(shader),
            layout: &program.layout,
            entries: &entries,
        });
        match pollster::block_on(scope.pop()) {
            Some(error) => Err(Error::Run(format!("shader {shader} cannot be bound: {error}"))),
            None => Ok(Self { label: shader, program, bind, launch: Launch::Fixed(groups) }),
        }
    }

    /// The same launch with its workgroups read on the device: three numbers at `offset` of `launches`.
    pub fn indirect(self, launches: &wgpu::Buffer, offset: u64) -> Self {
        Self { launch: Launch::Indirect(launches.clone(), offset), ..self }
    }

    /// The shader's name: profiler label and panel row.
    pub fn label(&self) -> &'static str {
        self.label
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

/// Resource `i` at `@binding(i)`.
pub fn entries<'a>(resources: &[wgpu::BindingResource<'a>]) -> Vec<wgpu::BindGroupEntry<'a>> {
    let numbered = resources.iter().enumerate();
    numbered.map(|(i, resource)| wgpu::BindGroupEntry { binding: i as u32, resource: resource.clone() }).collect()
}

/// Workgroups of `size` threads that cover `count` items.
pub fn groups(count: usize, size: u32) -> u32 {
    (count as u32).div_ceil(size).max(1)
}
