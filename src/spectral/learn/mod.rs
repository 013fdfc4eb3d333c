//! Learning a linear kernel `z' = z A` from a stream of z.
//!
//! ```text
//! min_A  sum_t | z_{t+1} - z_t A |^2 + lambda |A|^2      =>      (Z^T Z + lambda I) A = Z^T Y
//! ```
//!
//! with the rows `z_t` in Z and `z_{t+1}` in Y (ridge regression, Hoerl and Kennard 1970; on flow data,
//! dynamic mode decomposition, Schmid 2010). Only the two D x D sums are kept, so memory does not
//! depend on the number of steps. Rows are gathered in blocks and added by one matrix product. The
//! left side is symmetric and positive definite for lambda > 0: Cholesky. One thread, so that equal
//! streams give equal bits.
//!
//! k_keep, the number of kept modes that decode uses, is no part of the fit: its row and column of A are those of the
//! identity, so that a rollout of any length carries it along to the bit.
//!
//! A residual basis B takes two passes over the same fields: [`Sketch`] finds the directions of the
//! residual, then a [`Learner`] on the basis that [`Sketch::finish`] gives accumulates their coefficients
//! with the rest of z, and [`Learner::narrow`] turns them to the singular vectors and cuts them to the rank.

pub(super) mod factor;
mod fit;
mod normal;
mod reduce;
mod sketch;

pub use fit::{Fit, Forecast, Learner, Stability, row_times};
pub use normal::{NormalEquations, Solution};
pub use reduce::Captured;
pub use sketch::{DEFAULT_RESIDUAL_CUT, Residual, Sketch};

/// What `learn` takes for lambda unless told. With fewer pairs than numbers in z the equations have no
/// unique solution without it; smaller values fit the data closer and forecast no better.
pub const DEFAULT_RIDGE: f64 = 1e-2;
