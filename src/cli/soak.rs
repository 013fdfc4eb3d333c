//! `dashi-vortex soak`: a window that is used without rest and hurt on purpose, and what came of it.

use crate::error::Result;

/// Arguments of `soak`.
#[derive(clap::Args)]
pub struct SoakArgs {
    /// How long, in minutes; fractions are fine
    #[arg(long, value_name = "M", default_value = "10", value_parser = minutes)]
    minutes: f64,
    /// Seed of every choice of the hand; faults and edits differ with it
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// Any part of an adapter's name
    #[arg(long, value_name = "NAME")]
    adapter: Option<String>,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
    /// No faults: a hand that works and equal runs alone
    #[arg(long)]
    calm: bool,
    /// No line on stderr now and then
    #[arg(long)]
    quiet: bool,
}

fn minutes(text: &str) -> std::result::Result<f64, String> {
    let known = text.parse().ok().filter(|minutes| (0.1..=100_000.0).contains(minutes));
    known.ok_or_else(|| "a number of minutes from 0.1 to 100000".into())
}

/// Opens the window, and prints what was found when the time is over or the soak was interrupted.
///
/// # Errors
/// `CheckFailed` for a fault that was not recovered from or hashes that differ; whatever ends the window.
#[cfg(feature = "app")]
pub fn soak(args: &SoakArgs) -> Result<()> {
    use crate::{
        app::{
            Options,
            window::{events::open, hands::Drive},
        },
        soak,
    };
    let folder = soak::Folder::new()?;
    let plan = soak::Plan {
        minutes: args.minutes,
        seed: args.seed,
        folder: folder.0.clone(),
        calm: args.calm,
        quiet: args.quiet,
        ..Default::default()
    };
    super::display()?;
    let report = plan.report.clone();
    let driver = Drive::new(move |params, now_s| Box::new(soak::Soak::begin(plan.clone(), params, now_s)));
    let ended = open(
        Options { adapter: args.adapter.clone(), config: Some(folder.0.join("config")), ..Default::default() },
        Some(driver),
    );
    let report = report.lock().map(|report| report.clone()).unwrap_or_default();
    if args.json {
        super::print_json(&report)?
    } else {
        super::print(&words::text(&report))?
    }
    // What it saved on the way out went with its folder.
    ended.map_err(|e| match e {
        crate::Error::Interrupted(_) => crate::Error::Interrupted("the soak ended before its time".into()),
        other => other,
    })?;
    match report.findings() {
        found if found.is_empty() => Ok(()),
        found => Err(crate::Error::CheckFailed(found.join("; "))),
    }
}

/// Says that there is no window.
///
/// # Errors
/// [`crate::Error::Run`], always.
#[cfg(not(feature = "app"))]
pub fn soak(args: &SoakArgs) -> Result<()> {
    let SoakArgs { .. } = args;
    Err(crate::Error::Run("this build does not have a window to soak".into()))
}

#[cfg(feature = "app")]
mod words {
    use crate::soak::{
        pulse::{Series, Trend},
        report::Report,
    };

    fn or_none(value: Option<f64>, digits: usize) -> String {
        value.map_or_else(|| "-".into(), |value| format!("{value:.digits$}"))
    }

    fn memory_line(place: &str, series: &Series) -> String {
        let part = |name: &str, trend: &Option<Trend>| match trend {
            Some(Trend { first, last, per_h, error_per_h, .. }) => {
                let [slope, error] = [*per_h, *error_per_h].map(|value| or_none(value, 2));
                format!("{name} {first:.1} to {last:.1} MiB, {slope} +- {error} MiB/h")
            }
            None => format!("{name} - MiB"),
        };
        let parts = [("all", &series.rss_mib), ("anonymous", &series.anon_mib), ("heap", &series.heap_mib)];
        let parts = parts.map(|(name, trend)| part(name, trend)).join("; ");
        format!("memory    {place}, {} samples after warm-up: {parts}\n", series.samples[1])
    }

    /// The report for people.
    pub fn text(report: &Report) -> String {
        let Report { minutes, seed, adapter, steps, frames, memory, .. } = report;
        let end = if report.complete { "" } else { ", ended before its time" };
        let kind = if report.software_adapter { "a CPU that plays the GPU" } else { "hardware" };
        let mut text =
            format!("{minutes:.1} minutes, seed {seed}{end}\nadapter   {adapter} ({kind})\nsteps     {steps}\n");
        let [p50, p99, max] = [frames.p50_ms, frames.p99_ms, frames.max_ms].map(|ms| or_none(ms, 1));
        text += &format!("frames    {}, every p50 {p50} ms, p99 {p99} ms, max {max} ms\n", frames.count);
        text += &memory_line("at rest", &memory.rest);
        text += &memory_line("at work", &memory.work);
        for (hash, count) in &report.hashes {
            text += &format!("hash      {hash} of {count} equal runs\n");
        }
        let acts: Vec<_> = report.acts.iter().map(|(name, count)| format!("{name} {count}")).collect();
        text += &format!("acts      {}\n\n{:<32} {:>8} {:>9}\n", acts.join(", "), "fault", "injected", "recovered");
        for (name, row) in &report.faults.0 {
            match &row.impossible {
                Some(why) => text += &format!("{name:<32} {:>8} {:>9}  {why}\n", "-", "-"),
                None => text += &format!("{name:<32} {:>8} {:>9}\n", row.injected, row.recovered),
            }
            row.failures.iter().for_each(|why| text += &format!("    {why}\n"));
        }
        text
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn what_was_not_measured_is_a_dash() {
            let mut report = Report::default();
            report.faults.end("device lost", Ok(()));
            report.faults.rule_out("ffmpeg killed", "no ffmpeg is installed");
            let text = text(&report);
            for words in
                ["ended before its time", "p50 - ms", "at rest, 0 samples", "all - MiB; anonymous - MiB; heap - MiB"]
            {
                assert!(text.contains(words), "{words}: {text}");
            }
            let line = |name: &str| text.lines().find(|line| line.starts_with(name)).unwrap().to_string();
            assert!(line("device lost").ends_with("1         1"), "{text}");
            assert!(line("ffmpeg killed").ends_with("-         -  no ffmpeg is installed"), "{text}");
        }
    }
}
