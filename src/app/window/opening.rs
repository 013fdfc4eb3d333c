//! What a window needs before its first frame, and again on another device: instance, surface, panels, device.

use std::sync::Arc;

use winit::{event_loop::ActiveEventLoop, window::Window as SystemWindow};

use super::{display::shallow, overlay::Overlay, target::Target};
use crate::{
    app::{
        device::Device,
        options::Options,
        run::{fitted::fit, history::Moment},
        ui::theme,
    },
    error::{Error, Result},
    genesis,
    gpu::Context,
    open::{Rule, Source, Start},
};

/// Surface, panels and device of a window.
pub struct Fresh {
    pub target: Target,
    pub egui: egui_winit::State,
    pub overlay: Overlay,
    pub device: Device,
}

/// Names the screen where it is why nothing can be drawn.
fn with_depth(error: Error) -> Error {
    match (error, shallow()) {
        (Error::NoGpu(said), Some(why)) => Error::NoGpu(format!("{why}; {said}")),
        (error, _) => error,
    }
}

impl Fresh {
    /// On a window, for a moment that may depend on whether the adapter is software.
    ///
    /// # Errors
    /// Where there is no such adapter, or it does not take the state.
    pub fn open(
        window: Arc<SystemWindow>,
        events: &ActiveEventLoop,
        adapter: Option<&str>,
        begin: impl FnOnce(bool) -> Result<Moment>,
    ) -> Result<(Self, Moment)> {
        let display = Box::new(events.owned_display_handle());
        let descriptor = wgpu::InstanceDescriptor::new_with_display_handle_from_env(display);
        let instance = Context::instance_with(descriptor);
        let surface = Target::surface(&instance, &window)?;
        let context = Context::for_surface(&instance, &surface, adapter).map_err(with_depth)?;
        let software = context.report.software;
        let moment = begin(software)?;
        let target = Target::new(window, instance, surface, &context.adapter, &context.device).map_err(with_depth)?;
        let device = Device::new(context, target.format(), &moment.state, &moment.params)?;

        let panels = egui::Context::default();
        theme::apply(&panels);
        let window = &target.window;
        let gpu = &device.context().device;
        let side = gpu.limits().max_texture_dimension_2d as usize;
        let scale = Some(window.scale_factor() as f32);
        let egui = egui_winit::State::new(panels, egui::ViewportId::ROOT, window, scale, None, Some(side));
        let overlay = Overlay::new(gpu, &target, software);
        Ok((Self { target, egui, overlay, device }, moment))
    }
}

/// The state the options ask for, else the scene of the first start, and its name.
///
/// # Errors
/// Those of [`Source::file`] and [`Start::new`].
pub fn first(options: &Options, software: bool) -> Result<(Start, String)> {
    let mut defaults = options.params;
    fit(&mut defaults, software);
    // A session says what it wants of the preset itself.
    let preset = if options.session.is_some() { &[][..] } else { &options.preset[..] };
    let rule = Rule { defaults, said: &[preset], flags: false };
    let source = match (&options.z0, &options.scene) {
        (Some(path), _) => Source::file(path)?,
        (None, name) => Source::scene(name.as_deref().unwrap_or(genesis::first())),
    };
    let name = source.name();
    Ok((Start::new(source, &rule)?, name))
}
