//! The two passes.

use super::LowK;
use crate::{
    error::Result,
    gpu::{Context, Dispatch, Uniform, buffer::storage, dispatch::groups},
    ops::window::Window,
};

/// Decodes `modes`, a Hermitian square of radius `radius`, into `field` on the nodes of a window.
///
/// # Errors
/// [`crate::Error::Run`] where the device has no room, or a shader does not compile there.
pub fn passes(
    context: &Context,
    modes: &wgpu::Buffer,
    radius: i32,
    window: &wgpu::Buffer,
    value: &Window,
    field: &wgpu::Buffer,
) -> Result<[Dispatch; 2]> {
    let uniform = Uniform::new(context, "low_k", LowK { radius, ..Default::default() });
    let rows = storage::<[f32; 2]>(context, "low_k rows", (radius as usize + 1) * value.size[1] as usize)?;
    let lines = groups(value.size[1] as usize, super::ROWS_WORKGROUP.size[0]);
    let [x, y] = value.size.map(|n| groups(n as usize, super::WORKGROUP.size[0]));
    Ok([
        Dispatch::new(
            context,
            "low_k_rows",
            &[],
            &[window, uniform.buffer(), modes, &rows],
            [lines, radius as u32 + 1, 1],
        )?,
        Dispatch::new(context, "low_k", &[], &[window, uniform.buffer(), &rows, field], [x, y, 1])?,
    ])
}
