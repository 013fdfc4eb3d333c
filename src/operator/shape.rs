//! What an operator acts on, and the shape of it.

use crate::primitives::ternary;

/// What an operator acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ActsOn {
    /// The background's vector, after each step.
    Z,
    /// The decoded field, after each decode.
    Field,
    /// The ternary carrier of the decoded field.
    Carrier,
}

/// The shape of what an operator works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// D, or cells of a row.
    pub width: u32,
    /// Rows; 1 on z.
    pub height: u32,
    /// Elements that come in: numbers, cells, or words.
    pub count: u32,
    /// Elements of a row; on z the number of low modes, M.
    pub stride: u32,
}

impl Shape {
    /// Of z with so many low modes: the header begins at twice that.
    pub fn z(dimension: usize, low: usize) -> Self {
        let count = dimension as u32;
        Self { width: count, height: 1, count, stride: low as u32 }
    }

    /// Shape of a field of `[width, height]` cells.
    pub fn field([width, height]: [u32; 2]) -> Self {
        Self { width, height, count: width * height, stride: width }
    }

    /// Of the carrier of a field.
    pub fn carrier([width, height]: [u32; 2]) -> Self {
        let stride = ternary::stride(width as usize) as u32;
        Self { width, height, count: stride * height, stride }
    }
}
