//! Shader modules on a device: our own without run-time checks, those of a user's file with every one.

use std::borrow::Cow;

use super::stage::Stage;

/// Compiles a parsed stage of ours for a device; errors go to the device's error scope.
///
/// These are our own sources, validated by the tests: every index is bounded by a count the host set,
/// and every loop ends, so the driver is spared the run-time checks of foreign shaders.
#[expect(unsafe_code, reason = "the embedded shaders index within counts that the host bounds by buffer sizes")]
pub fn own(device: &wgpu::Device, stage: Stage, parsed: naga::Module) -> wgpu::ShaderModule {
    let source = wgpu::ShaderSource::Naga(Cow::Owned(parsed));
    let descriptor = wgpu::ShaderModuleDescriptor { label: Some(stage.name), source };
    // SAFETY: a `Stage` is made from the sources of this crate alone; their indices are checked against `Counts` or
    // array lengths, and their loops run to bounds that do not change inside them.
    unsafe { device.create_shader_module_trusted(descriptor, wgpu::ShaderRuntimeChecks::unchecked()) }
}

/// Compiles a module that is not ours, with every run-time check: its indices may be out of bounds.
#[expect(clippy::disallowed_methods, reason = "a module of a user's file has no imports, and was checked before")]
pub fn foreign(device: &wgpu::Device, label: &str, parsed: naga::Module) -> wgpu::ShaderModule {
    let source = wgpu::ShaderSource::Naga(Cow::Owned(parsed));
    device.create_shader_module(wgpu::ShaderModuleDescriptor { label: Some(label), source })
}
