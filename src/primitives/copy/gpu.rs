//! The pass.

use super::WORDS;
use crate::{
    error::Result,
    gpu::{Context, Dispatch, dispatch::groups},
};

/// Copies the first `words` words.
///
/// # Errors
/// When the buffers cannot be bound or hold more than one launch reaches.
pub fn pass(context: &Context, from: &wgpu::Buffer, to: &wgpu::Buffer, words: usize) -> Result<Dispatch> {
    Dispatch::new(context, "copy", &[], &[from, to], [groups(words, WORDS), 1, 1])
}
