//! The pass.

use super::{WORKGROUP, ZSquare};
use crate::{
    error::Result,
    gpu::{Context, Dispatch, Uniform, buffer::filled, dispatch::groups},
    state::Basis,
};

/// Writes the square of `z` into both `squares`; `sources` as in the reference.
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
