//! `dashi-vortex bench`: measured times, with what they were measured on.

mod carrier;
mod fidelity;
mod mdl;
mod scenes;
mod speed;

use crate::error::Result;

/// Arguments of `bench`.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true, after_help = speed::AFTER)]
pub struct BenchArgs {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    speed: speed::SpeedArgs,
}

#[derive(clap::Subcommand)]
enum What {
    /// Ternary carrier operators: the same bits on CPU and GPU, and the time of each
    Carrier(carrier::CarrierArgs),
    /// What a state keeps of a field, how long its motion stays true, and both on finer grids
    Fidelity(fidelity::FidelityArgs),
    /// One description-length pass over a state of many vertices
    Mdl(mdl::MdlArgs),
    /// How long each scene stays true: beside a fine grid and a spectral solver of as many numbers
    Scenes(Box<scenes::ScenesArgs>),
}

/// Measures.
///
/// # Errors
/// Anything of [`crate::Error`]; `CheckFailed` where results differ.
pub fn bench(args: &BenchArgs) -> Result<()> {
    match &args.what {
        Some(What::Carrier(args)) => carrier::carrier(args),
        Some(What::Fidelity(args)) => fidelity::fidelity(args),
        Some(What::Mdl(args)) => mdl::mdl(args),
        Some(What::Scenes(args)) => scenes::scenes(args),
        None => speed::speed(&args.speed),
    }
}
