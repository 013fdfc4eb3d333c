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

/// What asking for a picture gives instead of one, for tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pretend {
    /// The surface is gone.
    Lost,
    /// It has another size.
    Outdated,
    /// No picture came in time.
    Timeout,
    /// Nothing of it can be seen.
    Occluded,
    /// It should be configured anew.
    Suboptimal,
    /// Its configuration is refused.
    Validation,
    /// The window has no size.
    Zero,
}

impl Pretend {
    /// By its word.
    pub fn named(word: &str) -> Option<Self> {
        let all = [
            ("lost", Self::Lost),
            ("outdated", Self::Outdated),
            ("timeout", Self::Timeout),
            ("occluded", Self::Occluded),
            ("suboptimal", Self::Suboptimal),
            ("validation", Self::Validation),
            ("zero", Self::Zero),
        ];
        all.into_iter().find(|(known, _)| *known == word).map(|(_, state)| state)
    }
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
    /// The next answer, for tests.
    pub(crate) pretend: Option<Pretend>,
}

/// So many failures in a row are told to the user.
const FAILURES_MAX: u32 = 5;

impl Target {
    /// A surface for the window; the device comes after it, from an adapter that can draw to it.
    ///
    /// # Errors
    /// [`Error::NoGpu`] where the window has none.
    pub fn surface(instance: &wgpu::Instance, window: &Arc<Window>) -> Result<wgpu::Surface<'static>> {
        instance
            .create_surface(window.clone())
            .map_err(|e| Error::NoGpu(format!("the window has no surface a GPU can draw to: {e}")))
    }

    /// Configures the surface for a device.
    ///
    /// # Errors
    /// [`Error::NoGpu`] where the adapter cannot draw to the window.
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
        Ok(Self { window, instance, surface, config, stale: false, failures: 0, pretend: None })
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

    /// Asks the window system for another size in pixels.
    pub fn ask_size(&self, [width, height]: [u32; 2]) {
        // Told later, by an event, where it is not at once.
        let _told = self.window.request_inner_size(winit::dpi::PhysicalSize::new(width, height));
    }

    /// The next way of waiting for the display that the surface has, from the next picture on.
    pub fn change_present_mode(&mut self, adapter: &wgpu::Adapter) {
        let modes = self.surface.get_capabilities(adapter).present_modes;
        let next = modes.iter().position(|mode| *mode == self.config.present_mode).map_or(0, |at| at + 1);
        if let Some(mode) = modes.get(next).or(modes.first()) {
            (self.config.present_mode, self.stale) = (*mode, true);
        }
    }

    /// The next picture to draw into.
    pub fn acquire(&mut self, device: &wgpu::Device) -> Acquired {
        let size = self.window.inner_size();
        let none = self.pretend.take_if(|state| *state == Pretend::Zero).is_some();
        if none || size.width == 0 || size.height == 0 {
            return Acquired::Hidden;
        }
        self.resize(size.width, size.height);
        // The second try follows a new configuration; a third would spin.
        for _ in 0..2 {
            if std::mem::take(&mut self.stale) {
                self.surface.configure(device, &self.config);
            }
            match self.current() {
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

    /// What the surface says, or what a test says instead.
    fn current(&mut self) -> CurrentSurfaceTexture {
        match self.pretend.take() {
            // A window without a size is met before.
            None | Some(Pretend::Zero) => self.surface.get_current_texture(),
            Some(Pretend::Lost) => CurrentSurfaceTexture::Lost,
            Some(Pretend::Outdated) => CurrentSurfaceTexture::Outdated,
            Some(Pretend::Timeout) => CurrentSurfaceTexture::Timeout,
            Some(Pretend::Occluded) => CurrentSurfaceTexture::Occluded,
            Some(Pretend::Validation) => CurrentSurfaceTexture::Validation,
            Some(Pretend::Suboptimal) => match self.surface.get_current_texture() {
                CurrentSurfaceTexture::Success(frame) => CurrentSurfaceTexture::Suboptimal(frame),
                other => other,
            },
        }
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
