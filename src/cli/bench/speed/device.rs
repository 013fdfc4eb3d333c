//! The rows of a device, one group after the other.

use super::{SpeedArgs, Suite, bench::Bench, clock::Clock, frame, host, les, matvec, pairs, row::Report, transforms};
use crate::{error::Result, gpu::Context};

/// All rows.
///
/// # Errors
/// As [`Bench::add`].
pub fn measured(context: &Context, args: &SpeedArgs) -> Result<Report> {
    let software = context.report.software;
    let suite = args.suite.unwrap_or(if software { Suite::Quick } else { Suite::Full });
    let clock = Clock::new(context, if suite == Suite::Quick { 5 } else { 25 })?;
    let copy = clock.copy_rate(if software { 16 << 20 } else { 96 << 20 })?;
    let mut bench = Bench { clock, suite, args, copy: Some(copy), rows: vec![], left_out: vec![] };
    transforms::rows(&mut bench)?;
    les::rows(&mut bench)?;
    pairs::rows(&mut bench)?;
    matvec::rows(&mut bench)?;
    frame::rows(&mut bench)?;
    let mut rows = bench.rows;
    rows.extend(host::rows(args)?);
    let report = &context.report;
    Ok(Report {
        adapter: Some(report.name.clone()),
        driver: Some(format!("{} {} ({})", report.driver, report.driver_info, report.backend)),
        software_adapter: Some(software),
        threads: rayon::current_num_threads(),
        copy_gb_s: Some(copy * 1e-9),
        rows,
        left_out: bench.left_out,
        peers_device: None,
    })
}
