//! The rows of a device, one group after the other.

use super::{
    SpeedArgs, Suite,
    clock::Clock,
    frame, host, les, matvec, pairs,
    row::{Report, Row},
    transforms, wanted,
};
use crate::{
    error::{Error, Result},
    gpu::Context,
};

/// What every row needs.
pub struct Bench<'a> {
    pub clock: Clock,
    pub suite: Suite,
    pub args: &'a SpeedArgs,
    /// Bytes a second of a copy.
    pub copy: Option<f64>,
    pub rows: Vec<Row>,
    pub left_out: Vec<String>,
}

impl Bench<'_> {
    /// Sizes of a suite.
    pub fn sizes<T: Copy>(&self, quick: &[T], full: &[T]) -> Vec<T> {
        if self.suite == Suite::Quick { quick.to_vec() } else { full.to_vec() }
    }

    /// Measures a row unless it is not asked for; one that the device has no room for is left out with its reason.
    pub fn add(&mut self, name: &'static str, size: usize, row: impl FnOnce(&Self) -> Result<Row>) -> Result<()> {
        if !wanted(self.args, name) {
            return Ok(());
        }
        eprintln!("{name} {size}");
        match row(self) {
            Ok(row) => self.rows.push(row),
            Err(why @ (Error::Run(_) | Error::Invalid { .. })) => self.left_out.push(format!("{name} {size}: {why}")),
            Err(other) => return Err(other),
        }
        Ok(())
    }
}

/// All rows.
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
