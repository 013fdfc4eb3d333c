//! The window's surface: configuration and every way of not getting a texture.

use std::sync::Arc;

use wgpu::CurrentSurfaceTexture;
use winit::window::Window;

use crate::error::{Error, Result};

/// What became of asking for the next picture.
pub enum Acquired {
    /// Draw into this.
    Frame(wgpu::SurfaceTexture),
    /// Nothing now; ask again soon.
    Retry,
    /// Nothing until the window is shown again.
    Hidden,
    /// The surface keeps failing; the reason is for the user.
    Failed(String),
}

/// A window and its surface.
pub struct Target {
    /// The window.
    pub window: Arc<Window>,
    instance: wgpu::Instance,
    surface: wgpu::Surface<'static>,
    config: wgpu::SurfaceConfiguration,
    stale: bool,
    failures: u32,
}

/// So many failures in a row are told to the user.
const FAILURES_MAX: u32 = 5;

impl Target {
    /// A surface for the window; the device comes after it, from an adapter that can draw to it.
    pub fn surface(instance: &wgpu::Instance, window: &Arc<Window>) -> Result<wgpu::Surface<'static>> {
        instance
            .create_surface(window.clone())
            .map_err(|e| Error::NoGpu(format!("the window has no surface a GPU can draw to: {e}")))
    }

    /// Configures the surface for a device.
    pub fn new(
        window: Arc<Window>,
        instance: wgpu::Instance,
        surface: wgpu::Surface<'static>,
        adapter: &wgpu::Adapter,
        device: &wgpu::Device,
    ) -> Result<Self> {
        let size = window.inner_size();
        let mut config = surface
            .get_default_config(adapter, size.width.max(1), size.height.max(1))
            .ok_or_else(|| Error::NoGpu(format!("{} cannot draw to this window", adapter.get_info().name)))?;
        let capabilities = surface.get_capabilities(adapter);
        // egui blends in gamma space, so a format without sRGB conversion.
        if let Ok(format) = egui_wgpu::preferred_framebuffer_format(&capabilities.formats) {
            config.format = format;
        }
        // A CPU that plays the GPU never tears for long; waiting for the display only costs it frames.
        let software = adapter.get_info().device_type == wgpu::DeviceType::Cpu;
        config.present_mode = if software { wgpu::PresentMode::AutoNoVsync } else { wgpu::PresentMode::AutoVsync };
        // Pictures may be copied in, where the window system allows it.
        config.usage |= capabilities.usages & wgpu::TextureUsages::COPY_DST;
        config.desired_maximum_frame_latency = 2;
        surface.configure(device, &config);
        Ok(Self { window, instance, surface, config, stale: false, failures: 0 })
    }

    /// Format of the pictures.
    pub fn format(&self) -> wgpu::TextureFormat {
        self.config.format
    }

    /// Whether a texture can be copied into the pictures.
    pub fn takes_copies(&self) -> bool {
        self.config.usage.contains(wgpu::TextureUsages::COPY_DST)
    }

    /// Size of the pictures in pixels.
    pub fn size(&self) -> [u32; 2] {
        [self.config.width, self.config.height]
    }

    /// The window changed its size; zero is a minimised window and leaves the surface alone.
    pub fn resize(&mut self, width: u32, height: u32) {
        if width > 0 && height > 0 && [width, height] != self.size() {
            (self.config.width, self.config.height, self.stale) = (width, height, true);
        }
    }

    /// The next picture to draw into.
    pub fn acquire(&mut self, device: &wgpu::Device) -> Acquired {
        let size = self.window.inner_size();
        if size.width == 0 || size.height == 0 {
            return Acquired::Hidden;
        }
        self.resize(size.width, size.height);
        // The second try follows a new configuration; a third would spin.
        for _ in 0..2 {
            if std::mem::take(&mut self.stale) {
                self.surface.configure(device, &self.config);
            }
            match self.surface.get_current_texture() {
                CurrentSurfaceTexture::Success(frame) => {
                    self.failures = 0;
                    return Acquired::Frame(frame);
                }
                CurrentSurfaceTexture::Suboptimal(frame) => {
                    // Good enough for now; configured anew before the next one.
                    (self.stale, self.failures) = (true, 0);
                    return Acquired::Frame(frame);
                }
                CurrentSurfaceTexture::Timeout => return Acquired::Retry,
                CurrentSurfaceTexture::Occluded => return Acquired::Hidden,
                CurrentSurfaceTexture::Outdated => self.stale = true,
                CurrentSurfaceTexture::Lost => {
                    if let Err(e) = self.recreate() {
                        return self.failed(&e.to_string());
                    }
                }
                CurrentSurfaceTexture::Validation => return self.failed("the surface refuses its configuration"),
            }
        }
        self.failed("the surface is outdated again and again")
    }

    fn recreate(&mut self) -> Result<()> {
        self.surface = Self::surface(&self.instance, &self.window)?;
        self.stale = true;
        Ok(())
    }

    fn failed(&mut self, why: &str) -> Acquired {
        self.stale = true;
        self.failures += 1;
        if self.failures == FAILURES_MAX {
            Acquired::Failed(format!("The window cannot be drawn: {why}. Resize it or restart the program."))
        } else {
            Acquired::Retry
        }
    }
}
