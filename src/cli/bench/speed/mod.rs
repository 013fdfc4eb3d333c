//! `dashi-vortex bench`: the time of every stage that has a peer elsewhere, with its error from the same run.

mod row;

#[cfg(feature = "gpu")]
mod bench;
#[cfg(feature = "gpu")]
mod clock;
#[cfg(feature = "gpu")]
mod device;
#[cfg(feature = "gpu")]
mod frame;
mod host;
#[cfg(feature = "gpu")]
mod les;
#[cfg(feature = "gpu")]
mod matvec;
#[cfg(feature = "gpu")]
mod pairs;
#[cfg(feature = "gpu")]
mod transforms;

use std::path::PathBuf;

use crate::{
    cli::{print, print_json},
    error::Result,
};
use row::{Peers, Report};

const ABOUT: &str = "\
Without a subcommand: transforms, velocity on the grid, LES steps, pairs of the direct sum, the mesh, the kernel's
matrix, a whole frame, and the kernel alone on the CPU. GPU rows are times of many repetitions in one submission by
GPU timestamps, median and the middle 80 % of all samples; the error is that of the same run against f64. The floor is
bytes that must cross the memory, at the rate of a copy measured here. les_step is a step of the LES by rk2, as the
peer steps, les_step_rk4 one by the default scheme. --peers takes what benches/peers_gpu.py wrote on
the same card and adds ratios (below 1: faster than the peer).";

/// Text below the options.
pub const AFTER: &str = ABOUT;

/// Which sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Suite {
    /// Under a minute on a software GPU
    Quick,
    /// Every size of the table; a hardware GPU
    Full,
}

/// Arguments of `bench` without a subcommand.
#[derive(clap::Args)]
pub struct SpeedArgs {
    /// Sizes: quick on a software adapter and full on hardware unless given
    #[arg(long, value_enum, value_name = "SUITE")]
    suite: Option<Suite>,
    /// Only rows whose name contains this
    #[arg(long, value_name = "PART")]
    only: Option<String>,
    /// Any part of an adapter's name
    #[arg(long, value_name = "NAME")]
    adapter: Option<String>,
    /// What benches/peers_gpu.py wrote
    #[arg(long, value_name = "FILE")]
    peers: Option<PathBuf>,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
}

/// Measures.
///
/// # Errors
/// Anything of [`crate::Error`].
pub fn speed(args: &SpeedArgs) -> Result<()> {
    let peers = args.peers.as_deref().map(Peers::read).transpose()?;
    let mut report = measured(args)?;
    if let Some(peers) = &peers {
        report.compare(peers);
    }
    if args.json { print_json(&report) } else { print(&report.to_string()) }
}

/// Whether a row is wanted.
fn wanted(args: &SpeedArgs, name: &str) -> bool {
    args.only.as_ref().is_none_or(|part| name.contains(part.as_str()))
}

#[cfg(feature = "gpu")]
fn measured(args: &SpeedArgs) -> Result<Report> {
    use crate::error::Error;
    match crate::gpu::Context::headless(args.adapter.as_deref()) {
        Ok(context) => device::measured(&context, args),
        Err(Error::NoGpu(why)) if args.adapter.is_none() => {
            eprintln!("[PERF WARNING] no adapter, rows of the CPU alone: {why}");
            host::measured(args)
        }
        Err(other) => Err(other),
    }
}

#[cfg(not(feature = "gpu"))]
fn measured(args: &SpeedArgs) -> Result<Report> {
    host::measured(args)
}
