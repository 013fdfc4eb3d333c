//! Programs: a stage's entry point, compiled for a device.

use super::{
    module,
    stage::{self, Interface, Stage},
};
use crate::error::{Error, Result};

/// A compiled compute shader.
pub struct Program {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) interface: Interface,
    pub(super) pipeline: wgpu::ComputePipeline,
    pub(super) layout: wgpu::BindGroupLayout,
}

impl Program {
    /// Compiles the entry point `main` of a registered stage; validation errors come back as text.
    pub(super) fn new(device: &wgpu::Device, stage: Stage, constants: &[(&str, f64)]) -> Result<Self> {
        let parsed = stage.module()?;
        let interface = stage::interface(stage.name, &parsed)?;
        let plan = Compilation { name: stage.name, title: &stage.title(), entry: "main", constants, foreign: false };
        Self::compile(device, &plan, interface, || module::own(device, stage, parsed))
    }

    /// Compiles a module of this interface.
    ///
    /// # Errors
    /// [`Error::Run`] where the device does not compile it.
    pub fn compile(
        device: &wgpu::Device,
        plan: &Compilation<'_>,
        interface: Interface,
        module: impl FnOnce() -> wgpu::ShaderModule,
    ) -> Result<Self> {
        let name = plan.name;
        let scopes = [wgpu::ErrorFilter::Internal, wgpu::ErrorFilter::Validation].map(|f| device.push_error_scope(f));
        let module = module();
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(name),
            layout: None,
            module: &module,
            entry_point: Some(plan.entry),
            compilation_options: wgpu::PipelineCompilationOptions {
                constants: plan.constants,
                // Every shader of ours writes its workgroup memory before it reads it.
                zero_initialize_workgroup_memory: plan.foreign,
            },
            cache: None,
        });
        // The last pushed is the first popped.
        let errors = scopes.into_iter().rev().filter_map(|scope| pollster::block_on(scope.pop()));
        if let Some(error) = errors.collect::<Vec<_>>().into_iter().next() {
            return Err(Error::Run(format!("shader {name} does not compile on this device: {error}")));
        }
        let layout = pipeline.get_bind_group_layout(0);
        Ok(Self { name: name.into(), title: plan.title.into(), interface, pipeline, layout })
    }
}

/// How a module is to be compiled.
pub struct Compilation<'a> {
    /// Label of the pipeline.
    pub name: &'a str,
    /// What the program does, in words.
    pub title: &'a str,
    /// Entry point.
    pub entry: &'a str,
    /// Values of overridable constants.
    pub constants: &'a [(&'a str, f64)],
    /// Whether the module is a user's: its workgroup memory is zeroed first.
    pub foreign: bool,
}
