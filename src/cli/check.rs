//! `dashi-vortex check`: the adapter, every operator against its CPU reference, the time of every pass; with
//! `--velocity` the velocities of a running state against their textbook sums.

#[cfg(feature = "gpu")]
mod evolved;
mod velocity;

use crate::error::Result;

/// Arguments of `check`.
#[derive(clap::Args)]
pub struct CheckArgs {
    /// Any part of an adapter's name
    #[arg(long, value_name = "NAME")]
    pub adapter: Option<String>,
    /// One JSON object instead of text
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    velocity: velocity::VelocityArgs,
}

/// Checks the device, or the velocities.
///
/// # Errors
/// `NoGpu` without a device, `CheckFailed` when a row lies outside its tolerance.
pub fn check(args: &CheckArgs) -> Result<()> {
    if args.velocity.asked { velocity::check(args) } else { operators(args) }
}

#[cfg(feature = "gpu")]
fn operators(args: &CheckArgs) -> Result<()> {
    device::check(args)
}

/// Says that there is nothing to check.
#[cfg(not(feature = "gpu"))]
fn operators(_: &CheckArgs) -> Result<()> {
    Err(crate::error::Error::NoGpu("this build has no GPU code; build it with `--features gpu`".into()))
}

#[cfg(feature = "gpu")]
mod device {
    use super::{CheckArgs, Result};
    use crate::{
        error::Error,
        genesis,
        gpu::{AdapterReport, Context, PassTime},
        params::Params,
        sim::{GpuSim, Simulator, parity},
    };

    /// Steps of the timed frame; the last of them carries the timers.
    const STEPS: u32 = 20;
    /// Frames to wait for the first complete set of timestamps.
    const FRAMES: usize = 4;

    /// Everything `check` found.
    #[derive(serde::Serialize)]
    struct Report {
        adapter: AdapterReport,
        rows: Vec<parity::ParityRow>,
        passes: Vec<PassTime>,
        frame: String,
        passed: bool,
    }

    /// Compares every operator on a device with its reference, times the passes and tells both.
    ///
    /// # Errors
    /// [`Error::CheckFailed`] naming the rows outside their tolerance; [`Error::NoGpu`]; [`Error::Run`] where the
    /// device fails.
    pub fn check(args: &CheckArgs) -> Result<()> {
        let context = Context::headless(args.adapter.as_deref())?;
        let rows = parity::table(&context)?;
        let failed: Vec<String> = (0..rows.len()).filter(|i| !rows[*i].passed).map(|i| full_name(&rows, i)).collect();
        let verdict = match failed.as_slice() {
            [] => Ok(()),
            names => Err(Error::CheckFailed(format!(
                "{} of {} rows are outside their tolerance on {}: {}",
                names.len(),
                rows.len(),
                context.report.name,
                names.join("; ")
            ))),
        };
        let passed = verdict.is_ok();
        let (passes, frame) = pass_times(&context)?;
        let report = Report { adapter: AdapterReport::clone(&context.report), rows, passes, frame, passed };
        if args.json {
            crate::cli::print_json(&report)?
        } else {
            crate::cli::print(&text(&report))?
        }
        verdict
    }

    /// An indented row belongs to the last one that is not.
    fn full_name(rows: &[parity::ParityRow], i: usize) -> String {
        let owner = rows[..i].iter().rev().find(|r| !r.name.starts_with(' ')).filter(|_| rows[i].name.starts_with(' '));
        owner.map_or(rows[i].name.to_owned(), |o| format!("{}, {}", o.name, rows[i].name.trim()))
    }

    /// One frame as the window makes it: steps, a decode, a move of the dye.
    fn pass_times(context: &Context) -> Result<(Vec<PassTime>, String)> {
        let mut params = Params::default();
        let state = genesis::make(genesis::scenes()[0].name, &mut params)?;
        let mut sim = GpuSim::new(context, &state, &params)?;
        // Compiles and warms up; its times do not count.
        sim.advance(u64::from(STEPS))?;
        for _ in 0..FRAMES {
            let mut encoder = context.device.create_command_encoder(&Default::default());
            sim.encode_steps(&mut encoder, STEPS);
            sim.encode_decode(&mut encoder);
            sim.encode_tracers(&mut encoder, f64::from(STEPS) * params.dt);
            sim.encode_readbacks(&mut encoder);
            context.queue.submit([encoder.finish()]);
            context.wait()?;
            sim.harvest();
        }
        let frame = format!(
            "scene {}, {} vertices: one step, one decode at N = {}, one move of {} tracers",
            genesis::scenes()[0].name,
            sim.probes().counters().vertices,
            params.n,
            params.tracers
        );
        Ok((sim.probes().pass_times().to_vec(), frame))
    }

    fn text(report: &Report) -> String {
        let Report { adapter: a, rows, passes, frame, passed } = report;
        let software = if a.software { "; software on the CPU: its times say nothing of a GPU" } else { "" };
        let mut text = format!(
            "adapter  {} ({}, {}{software})\ndriver   {} {}\n\
             limits   buffer {} MiB, storage binding {} MiB, workgroup memory {} B, subgroups {} to {}, timestamps {}\n\
             loops    {}\n\n\
             {:<32} {:>8}  {:>9}  {:>9}  {:>9}  verdict\n",
            a.name,
            a.backend,
            a.device_type,
            a.driver,
            a.driver_info,
            a.max_buffer_mb,
            a.max_storage_binding_mb,
            a.max_workgroup_memory,
            a.subgroup[0],
            a.subgroup[1],
            if a.timestamps { "yes" } else { "no" },
            a.loops(),
            "relative error against CPU f64",
            "count",
            "CPU f32",
            "GPU",
            "tolerance",
        );
        for r in rows {
            let cpu = r.cpu_f32.map_or("-".into(), |e| format!("{e:.1e}"));
            let verdict = if r.passed { "ok".into() } else { format!("FAILED, worst at {}", r.worst) };
            text += &format!(
                "{:<32} {:>8}  {cpu:>9}  {:>9}  {:>9}  {verdict}\n",
                r.name,
                r.count,
                format!("{:.1e}", r.gpu),
                format!("{:.0e}", r.tolerance)
            );
        }
        text += &format!("\ntime of each pass on {} ({frame})\n", a.name);
        if passes.is_empty() {
            text += "not measured: this adapter has no timestamps\n";
        }
        for p in passes {
            let ms = p.ms.map_or("not measured".into(), |ms| format!("{ms:.3} ms"));
            let rate = p.gb_per_s().map_or("-".into(), |rate| format!("{rate:.1} GB/s"));
            text += &format!("{:<32} {:>8}  {ms:>12}  {rate:>11}  {}\n", p.label, format!("{} x", p.calls), p.title);
        }
        let total: Option<f64> = passes.iter().map(|p| p.ms).sum();
        if let Some(total) = total.filter(|_| !passes.is_empty()) {
            text += &format!("{:<32} {:>8}  {:>12}\n", "all", "", format!("{total:.3} ms"));
        }
        text + if *passed { "\nevery row is within its tolerance\n" } else { "" }
    }
}
