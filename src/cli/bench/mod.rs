//! `dashi-vortex bench`: measured times, with what they were measured on.

mod carrier;

use crate::error::Result;

/// Arguments of `bench`.
#[derive(clap::Args)]
pub struct BenchArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Ternary carrier operators: the same bits on CPU and GPU, and the time of each
    Carrier(carrier::CarrierArgs),
}

/// Measures.
///
/// # Errors
/// Anything of [`crate::Error`]; `CheckFailed` where results differ.
pub fn bench(args: &BenchArgs) -> Result<()> {
    match &args.what {
        What::Carrier(args) => carrier::carrier(args),
    }
}
