//! The command line's door: run what was asked for, and turn an error into one line and an exit code.

use std::{io::Write, process::ExitCode};

/// Counts what it gives out, for the metrics.
#[global_allocator]
static ALLOCATOR: peak_alloc::PeakAlloc = peak_alloc::PeakAlloc;

fn main() -> ExitCode {
    dashi_vortex::process::environment::settle();
    match dashi_vortex::cli::main(std::env::args_os()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let sentence = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
            // Where stderr is closed there is nobody left to tell.
            let _ = writeln!(std::io::stderr(), "error: {sentence}");
            ExitCode::from(error.exit_code())
        }
    }
}
