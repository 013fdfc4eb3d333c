//! The pass.

use super::{BACK_WORKGROUP, WORKGROUP, ZSquare};
use crate::{
    error::Result,
    gpu::{Context, Dispatch, Uniform, buffer::filled, dispatch::groups},
    state::Basis,
};

/// Writes the square of `z` into both `squares`; `sources` as in the reference.
///
/// # Errors
/// [`crate::Error::Run`] where the device has no room, or a shader does not compile there.
pub fn pass(
    context: &Context,
    basis: &Basis,
    sources: &[[u32; 2]],
    z: &wgpu::Buffer,
    squares: [&wgpu::Buffer; 2],
) -> Result<Dispatch> {
    let value = ZSquare {
        low: basis.low().len() as u32,
        kept: basis.anchors().len() as u32,
        cells: sources.len() as u32,
        ..Default::default()
    };
    let uniform = Uniform::new(context, "z_square", value);
    let sources = filled(context, "z_square sources", sources)?;
    let blocks = [groups(value.cells as usize, WORKGROUP.size[0]), 1, 1];
    Dispatch::new(context, "z_square", &[], &[uniform.buffer(), &sources, z, squares[0], squares[1]], blocks)
}

/// Takes the stored modes of a square back into `z`, header and what k_keep leaves out untouched; `cells` as in
/// the reference.
///
/// # Errors
/// [`crate::Error::Run`] where the device has no room, or a shader does not compile there.
pub fn back(
    context: &Context,
    basis: &Basis,
    cells: &[[u32; 2]],
    square: &wgpu::Buffer,
    z: &wgpu::Buffer,
) -> Result<Dispatch> {
    let value = ZSquare {
        low: basis.low().len() as u32,
        kept: basis.anchors().len() as u32,
        cells: (square.size() / 8) as u32,
        ..Default::default()
    };
    let uniform = Uniform::new(context, "z_square_back", value);
    let listed = filled(context, "z_square cells", cells)?;
    let blocks = [groups(cells.len(), BACK_WORKGROUP.size[0]), 1, 1];
    Dispatch::new(context, "z_square_back", &[], &[uniform.buffer(), &listed, square, z], blocks)
}
