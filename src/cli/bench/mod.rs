//! `dashi-vortex bench`: measured times, with what they were measured on.

mod carrier;
mod fidelity;
mod mdl;

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
    /// What a state keeps of a field, how long its motion stays true, and both on finer grids
    Fidelity(fidelity::FidelityArgs),
    /// One description-length pass over a state of many vertices
    Mdl(mdl::MdlArgs),
}

/// Measures.
///
/// # Errors
/// Anything of [`crate::Error`]; `CheckFailed` where results differ.
pub fn bench(args: &BenchArgs) -> Result<()> {
    match &args.what {
        What::Carrier(args) => carrier::carrier(args),
        What::Fidelity(args) => fidelity::fidelity(args),
        What::Mdl(args) => mdl::mdl(args),
    }
}
