//! One shader of the canvas: a render pipeline and its buffers.

use crate::{
    error::{Error, Result},
    gpu::{Context, Stage, dispatch, module},
};

/// A pipeline with entry points `vertex` and `fragment`, blended over what is there.
pub struct Layer {
    name: &'static str,
    pipeline: wgpu::RenderPipeline,
    bind: wgpu::BindGroup,
}

impl Layer {
    /// Binds `resources[i]` to `@binding(i)`.
    ///
    /// # Errors
    /// [`Error::Run`] where the shader does not compile on this device.
    pub fn new(
        context: &Context,
        name: &'static str,
        format: wgpu::TextureFormat,
        constants: &[(&str, f64)],
        resources: &[wgpu::BindingResource<'_>],
    ) -> Result<Self> {
        let linear = [("LINEAR_TARGET", f64::from(u8::from(format.is_srgb())))];
        let constants = &[constants, &linear].concat();
        let key = format!("{name} {format:?} {constants:?}");
        let pipeline = context.drawing(key, || compiled(&context.device, name, format, constants))?;
        let bind = bind(context, name, &pipeline, resources);
        Ok(Self { name, pipeline, bind })
    }

    /// Binds other resources of the same kinds.
    pub fn rebind(&mut self, context: &Context, resources: &[wgpu::BindingResource<'_>]) {
        self.bind = bind(context, self.name, &self.pipeline, resources);
    }

    /// Draws the triangles of `vertices` corners.
    pub fn draw(&self, pass: &mut wgpu::RenderPass<'_>, vertices: u32) {
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.bind, &[]);
        pass.draw(0..vertices, 0..1);
    }
}

fn bind(
    context: &Context,
    name: &str,
    pipeline: &wgpu::RenderPipeline,
    resources: &[wgpu::BindingResource<'_>],
) -> wgpu::BindGroup {
    let layout = pipeline.get_bind_group_layout(0);
    let entries = dispatch::entries(resources);
    let descriptor = wgpu::BindGroupDescriptor { label: Some(name), layout: &layout, entries: &entries };
    context.device.create_bind_group(&descriptor)
}

/// The pipeline of a registered stage with these values of its overridable constants.
fn compiled(
    device: &wgpu::Device,
    name: &str,
    format: wgpu::TextureFormat,
    constants: &[(&str, f64)],
) -> Result<wgpu::RenderPipeline> {
    let scope = device.push_error_scope(wgpu::ErrorFilter::Validation);
    let stage = Stage::named(name)?;
    let module = module::own(device, stage, stage.module()?);
    let pipeline = device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some(name),
        layout: None,
        vertex: wgpu::VertexState {
            module: &module,
            entry_point: Some("vertex"),
            compilation_options: wgpu::PipelineCompilationOptions { constants, ..Default::default() },
            buffers: &[],
        },
        fragment: Some(wgpu::FragmentState {
            module: &module,
            entry_point: Some("fragment"),
            compilation_options: wgpu::PipelineCompilationOptions { constants, ..Default::default() },
            targets: &[Some(wgpu::ColorTargetState {
                format,
                blend: Some(wgpu::BlendState::ALPHA_BLENDING),
                write_mask: wgpu::ColorWrites::ALL,
            })],
        }),
        primitive: wgpu::PrimitiveState { topology: wgpu::PrimitiveTopology::TriangleList, ..Default::default() },
        depth_stencil: None,
        multisample: Default::default(),
        multiview_mask: None,
        cache: None,
    });
    match pollster::block_on(scope.pop()) {
        Some(error) => Err(Error::Run(format!("shader {name} cannot draw on this device: {error}"))),
        None => Ok(pipeline),
    }
}
