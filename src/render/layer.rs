//! One shader of the canvas: a render pipeline and its buffers.

use crate::{
    error::{Error, Result},
    gpu::{Context, shader},
};

/// A pipeline with entry points `vertex` and `fragment`, blended over what is there.
pub struct Layer {
    name: &'static str,
    pipeline: wgpu::RenderPipeline,
    bind: wgpu::BindGroup,
}

impl Layer {
    /// Binds `buffers[i]` to `@binding(i)`.
    pub fn new(
        context: &Context,
        name: &'static str,
        format: wgpu::TextureFormat,
        buffers: &[&wgpu::Buffer],
    ) -> Result<Self> {
        let device = &context.device;
        let scope = device.push_error_scope(wgpu::ErrorFilter::Validation);
        let module = shader::module(device, name)?;
        let pipeline = device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some(name),
            layout: None,
            vertex: wgpu::VertexState {
                module: &module,
                entry_point: Some("vertex"),
                compilation_options: Default::default(),
                buffers: &[],
            },
            fragment: Some(wgpu::FragmentState {
                module: &module,
                entry_point: Some("fragment"),
                compilation_options: Default::default(),
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
        let bind = bind(context, name, &pipeline, buffers);
        match pollster::block_on(scope.pop()) {
            Some(error) => Err(Error::Run(format!("shader {name} cannot draw on this device: {error}"))),
            None => Ok(Self { name, pipeline, bind }),
        }
    }

    /// Binds other buffers of the same kinds.
    pub fn rebind(&mut self, context: &Context, buffers: &[&wgpu::Buffer]) {
        self.bind = bind(context, self.name, &self.pipeline, buffers);
    }

    /// Draws the triangles of `vertices` corners.
    pub fn draw(&self, pass: &mut wgpu::RenderPass<'_>, vertices: u32) {
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.bind, &[]);
        pass.draw(0..vertices, 0..1);
    }
}

fn bind(context: &Context, name: &str, pipeline: &wgpu::RenderPipeline, buffers: &[&wgpu::Buffer]) -> wgpu::BindGroup {
    let numbered = buffers.iter().enumerate();
    let entries: Vec<_> = numbered
        .map(|(i, buffer)| wgpu::BindGroupEntry { binding: i as u32, resource: buffer.as_entire_binding() })
        .collect();
    let layout = pipeline.get_bind_group_layout(0);
    let descriptor = wgpu::BindGroupDescriptor { label: Some(name), layout: &layout, entries: &entries };
    context.device.create_bind_group(&descriptor)
}
