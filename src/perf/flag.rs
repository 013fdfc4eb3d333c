//! What differs between intent and reality, as named flags with a sentence each.

use std::fmt;

use super::{Device, Ledger};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Info,
    /// Slower or poorer than it looks.
    Warning,
    /// Not what was asked for.
    Error,
}

/// The names that scripts look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Flag {
    /// A GPU was asked for, none is active.
    GpuBackendFallback,
    /// The "GPU" is a CPU: lavapipe, SwiftShader, WARP.
    SoftwareAdapter,
    /// The driver ends loops of shaders early, beyond what a launch of ours takes.
    LoopsEndEarly,
    /// FFTs on the GPU were asked for and ran on the CPU while stages that use them dominate.
    GpuFftRequestedButCpuExecuted,
    /// GPU work is under 5 % of the run.
    GpuBackendNegligibleImpact,
    /// N <= 64, or too few vertices, modes or numbers of a kernel to fill a GPU.
    GpuUndersizedProblem,
    /// A GPU was asked for and runs, and a stage on the CPU takes longer than any on it.
    DominatedByCpuStage,
    /// The kernel decayed to nothing or to a fixed point.
    KernelCollapsed,
    /// A state of modes alone, decoded on the CPU for over 10 % of the time.
    KernelOnlyDominatedByCpuDecode,
    /// Energy or enstrophy grew, which nothing here can make grow: a warning, an error from ten times on.
    StateGrows,
    /// Enstrophy of an LES grew, which no unforced flow does.
    LesEnstrophyGrows,
    /// A trajectory does not say how far apart its fields are.
    TrajectoryDtAssumed,
}

/// One finding: a console line, and a name in the metrics.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// Flag of the finding; `None` for a plain remark.
    pub flag: Option<Flag>,
    /// One sentence.
    pub message: String,
}

impl Finding {
    /// Name of the flag in the metrics; `None` for a plain remark.
    pub fn name(&self) -> Option<String> {
        let name = serde_json::to_value(self.flag?).ok()?;
        name.as_str().map(str::to_owned)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Info => "INFO",
            Severity::Warning => "WARNING",
            Severity::Error => "ERROR",
        };
        match self.name() {
            Some(name) => write!(f, "[PERF {severity}] {name}: {}", self.message),
            None => write!(f, "[PERF {severity}] {}", self.message),
        }
    }
}

fn finding(severity: Severity, flag: impl Into<Option<Flag>>, message: String) -> Finding {
    Finding { severity, flag: flag.into(), message }
}

/// What was asked for and what is there, before the first step.
#[derive(Clone, Copy, Debug)]
pub struct Intent<'a> {
    /// A GPU was asked for by name.
    pub gpu: bool,
    /// Where the simulation runs.
    pub device: Device,
    /// The adapter's name, when there is one.
    pub adapter: Option<&'a str>,
    /// Why it is the CPU, when it was not asked for.
    pub why_cpu: Option<&'a str>,
    /// Why the kernel does not run in the form that was asked for.
    pub fallback: Option<&'a str>,
    /// Decode grid side.
    pub n: u32,
    /// What a step moves.
    pub work: Work,
}

/// What a step moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Vertices of atoms.
    Vertices(usize),
    /// Modes of a background without atoms.
    Modes(usize),
    /// The numbers of z, by a matrix of as many rows.
    Numbers(usize),
}

/// Fewer vertices than this leave most of a GPU idle.
const FILLING_VERTICES: usize = 256;
/// Fewer modes, or numbers of a kernel.
const FILLING_NUMBERS: usize = 2048;

impl Work {
    /// What is too small to fill a GPU, in words.
    fn idle(self, n: u32) -> Option<String> {
        let (small, words) = match self {
            Self::Vertices(v) => (n <= 64 || v < FILLING_VERTICES, format!("N {n} and {v} vertices")),
            Self::Modes(m) => (n <= 64 || m < FILLING_NUMBERS, format!("N {n} and {m} modes")),
            Self::Numbers(d) => (d < FILLING_NUMBERS, format!("the {d} numbers of z")),
        };
        small.then_some(words)
    }
}

/// Findings that are known before the first step.
pub fn before(intent: &Intent) -> Vec<Finding> {
    let mut found = Vec::new();
    match (intent.gpu, intent.why_cpu) {
        (true, Some(why)) => found.push(finding(
            Severity::Error,
            Flag::GpuBackendFallback,
            format!("a GPU was asked for, the run goes on on the CPU: {why}"),
        )),
        (false, Some(why)) => found.push(finding(Severity::Info, None, format!("auto chose the CPU: {why}"))),
        _ => {}
    }
    if let Some(why) = intent.fallback {
        found.push(finding(Severity::Warning, None, why.into()));
    }
    if intent.device == Device::SoftwareGpu {
        let adapter = intent.adapter.unwrap_or("the adapter");
        let message = format!("{adapter} is software on the CPU: times say nothing of a GPU");
        // Who asks for a GPU and gets a CPU under its name did not get what was asked for.
        let severity = if intent.gpu { Severity::Error } else { Severity::Warning };
        found.push(finding(severity, Flag::SoftwareAdapter, message));
    }
    if let Some(what) = intent.work.idle(intent.n).filter(|_| intent.device.through_gpu()) {
        found.push(finding(Severity::Info, Flag::GpuUndersizedProblem, format!("{what} leave most of a GPU idle")));
    }
    found
}

/// A driver that ended a loop after so many rounds when the device was opened. One that does so within a launch of ours
/// is not opened at all.
pub fn loops(adapter: Option<&str>, end_after: Option<u32>) -> Option<Finding> {
    let (adapter, rounds) = (adapter.unwrap_or("the adapter"), end_after?);
    let message = format!(
        "{adapter} ends the loops of a shader after {rounds} rounds without an error; long sums are launched in parts \
         that stay below"
    );
    Some(finding(Severity::Info, Flag::LoopsEndEarly, message))
}

/// A stage that takes longer than all others and at least this share of them together dominates.
const DOMINATING: f64 = 0.25;

/// Findings that need the finished ledger. `asked` for a GPU by name; `kernel_only` is a state without atoms.
pub fn after(ledger: &Ledger, device: Device, asked: bool, kernel_only: bool, collapsed: Option<&str>) -> Vec<Finding> {
    let mut found = Vec::new();
    let (all, gpu) = ledger.totals();
    if let Some(stage) = ledger.longest(|_| true).filter(|s| asked && device.through_gpu() && s.device == Device::Cpu) {
        let ms = stage.ms.unwrap_or(0.0);
        if ms > DOMINATING * all {
            let remedy = match stage.name {
                "picture" | "animation" => "fewer pictures (--stride) or --no-decode shorten it",
                "set-up" => "it is paid once, a longer run spreads it",
                "reference" | "compare" => "--fft-backend gpu takes its transforms to the GPU",
                "learn" | "encode" => "it is paid once; `learn` and `encode` leave files to start from",
                _ => "the GPU waits meanwhile",
            };
            let (name, share) = (stage.name, 100.0 * ms / all);
            let message = format!("{name} took {ms:.1} of {all:.1} ms ({share:.0} %) on the CPU: {remedy}");
            found.push(finding(Severity::Warning, Flag::DominatedByCpuStage, message));
        }
    }
    if device.through_gpu() && gpu < 0.05 * all {
        let message = format!("GPU work took {gpu:.1} of {all:.1} ms, under 5 % of the run");
        found.push(finding(Severity::Warning, Flag::GpuBackendNegligibleImpact, message));
    }
    if let Some(how) = collapsed {
        found.push(finding(Severity::Warning, Flag::KernelCollapsed, format!("the background {how}")));
    }
    let decode = ledger.ms("decode").unwrap_or(0.0);
    if kernel_only && device == Device::Cpu && decode > 0.1 * all {
        let message = format!("decoding took {decode:.1} of {all:.1} ms on the CPU: --no-decode skips it");
        found.push(finding(Severity::Warning, Flag::KernelOnlyDominatedByCpuDecode, message));
    }
    found
}

/// Where transforms run, when it is not where they were asked to, or not where the simulation is; `asked` for a GPU by
/// name.
pub fn transforms(place: Device, simulation: Device, asked: bool, why: Option<&str>) -> Vec<Finding> {
    let mut found = Vec::new();
    let severity = if asked { Severity::Error } else { Severity::Warning };
    if let Some(why) = why {
        found.push(finding(severity, None, format!("transforms run on the CPU: {why}")));
    }
    if place == Device::SoftwareGpu && simulation != place {
        let message = "transforms run on a software adapter: their times say nothing of a GPU".into();
        found.push(finding(severity, Flag::SoftwareAdapter, message));
    }
    found
}

/// A quantity that nothing here can make grow is `factor` times what it was; `how` in words.
pub fn grows(factor: f64, how: &str) -> Finding {
    let severity = if factor >= BLOWN_UP { Severity::Error } else { Severity::Warning };
    finding(severity, Flag::StateGrows, how.into())
}

/// Times of the start from which growth is an error.
pub const BLOWN_UP: f64 = 10.0;
/// The reference grew although nothing may.
pub fn les_grows(how: String) -> Finding {
    finding(Severity::Warning, Flag::LesEnstrophyGrows, how)
}

/// The time between two fields of a file is a guess.
pub fn dt_assumed(how: String) -> Finding {
    finding(Severity::Warning, Flag::TrajectoryDtAssumed, how)
}

/// Stages that transform.
const FFT_STAGES: [&str; 6] = ["encode", "learn", "decode", "reference", "compare", "measure"];

/// Whether FFTs were asked for on the GPU, and CPU stages that transform took most of the time, or one of them more than
/// any other stage.
pub fn fft(asked_for_gpu: bool, ledger: &Ledger) -> Option<Finding> {
    let all = ledger.totals().0;
    let on_cpu = ledger.stages().iter().filter(|s| s.device == Device::Cpu && FFT_STAGES.contains(&s.name));
    let transforms: f64 = on_cpu.filter_map(|stage| stage.ms).sum();
    let longest = ledger.longest(|_| true).is_some_and(|s| s.device == Device::Cpu && FFT_STAGES.contains(&s.name));
    let message = || format!("stages with FFTs took {transforms:.1} of {all:.1} ms, and their FFTs ran on the CPU");
    (asked_for_gpu && (longest || transforms > 0.5 * all))
        .then(|| finding(Severity::Warning, Flag::GpuFftRequestedButCpuExecuted, message()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(found: &[Finding]) -> Vec<Flag> {
        found.iter().filter_map(|f| f.flag).collect()
    }

    #[test]
    fn each_condition_raises_its_flag_and_no_other() {
        let cpu = Intent {
            gpu: false,
            device: Device::Cpu,
            adapter: None,
            why_cpu: None,
            fallback: None,
            n: 64,
            work: Work::Vertices(9),
        };
        assert_eq!(before(&cpu), []);
        let auto = before(&Intent { why_cpu: Some("no adapter"), ..cpu });
        assert_eq!((auto.len(), flags(&auto)), (1, vec![]));
        assert_eq!(auto[0].to_string(), "[PERF INFO] auto chose the CPU: no adapter");
        let fallback = before(&Intent { gpu: true, why_cpu: Some("no adapter"), ..cpu });
        assert_eq!(flags(&fallback), [Flag::GpuBackendFallback]);
        assert!(fallback[0].to_string().starts_with("[PERF ERROR] GPU_BACKEND_FALLBACK: "));
        let work = Work::Vertices(5000);
        let soft = Intent { device: Device::SoftwareGpu, adapter: Some("lavapipe"), n: 256, work, ..cpu };
        assert_eq!(flags(&before(&soft)), [Flag::SoftwareAdapter]);
        // Found by auto it is slower than it looks; asked for by name it is not what was asked for.
        assert_eq!(before(&soft)[0].severity, Severity::Warning);
        assert_eq!(before(&Intent { gpu: true, ..soft })[0].severity, Severity::Error);
        let small = Intent { device: Device::Gpu, ..soft };
        assert_eq!(before(&small), []);
        assert_eq!(flags(&before(&Intent { n: 64, ..small })), [Flag::GpuUndersizedProblem]);
        for (work, says) in [
            (Work::Vertices(9), "N 256 and 9 vertices leave"),
            (Work::Modes(197), "N 256 and 197 modes leave"),
            (Work::Numbers(654), "the 654 numbers of z leave"),
        ] {
            let found = before(&Intent { work, ..small });
            assert!(flags(&found) == [Flag::GpuUndersizedProblem] && found[0].message.starts_with(says), "{found:?}");
        }
        assert_eq!(before(&Intent { work: Work::Numbers(4490), n: 16, ..small }), []);
        assert_eq!(loops(Some("a card"), None), None);
        let ends = loops(Some("llvmpipe"), Some(65_535)).unwrap();
        let said =
            "[PERF INFO] LOOPS_END_EARLY: llvmpipe ends the loops of a shader after 65535 rounds without an error";
        assert!(ends.to_string().starts_with(said), "{ends}");
    }

    #[test]
    fn shares_of_the_finished_run_raise_theirs() {
        let mut ledger = Ledger::default();
        ledger.add("rollout", Device::Gpu, 4.0);
        ledger.add("decode", Device::Cpu, 96.0);
        assert_eq!(flags(&after(&ledger, Device::Gpu, false, true, None)), [Flag::GpuBackendNegligibleImpact]);
        assert_eq!(flags(&after(&ledger, Device::Cpu, true, true, None)), [Flag::KernelOnlyDominatedByCpuDecode]);
        assert_eq!(flags(&after(&ledger, Device::Cpu, false, false, Some("decayed"))), [Flag::KernelCollapsed]);
    }

    #[test]
    fn a_stage_of_the_cpu_that_dominates_is_named_where_a_gpu_was_asked_for() {
        let mut ledger = Ledger::default();
        ledger.add("rollout", Device::SoftwareGpu, 40.0);
        ledger.add("picture", Device::Cpu, 49.0);
        ledger.add("set-up", Device::Cpu, 11.0);
        let found = after(&ledger, Device::SoftwareGpu, true, false, None);
        assert_eq!(flags(&found), [Flag::DominatedByCpuStage]);
        assert!(found[0].message.starts_with("picture took 49.0 of 100.0 ms (49 %) on the CPU"), "{}", found[0]);
        assert_eq!(after(&ledger, Device::SoftwareGpu, false, false, None), []);
        ledger.add("rollout", Device::SoftwareGpu, 10.0);
        assert_eq!(after(&ledger, Device::SoftwareGpu, true, false, None), []);
    }

    #[test]
    fn growth_is_a_warning_and_from_ten_times_on_an_error() {
        assert_eq!((grows(2.0, "x").severity, grows(10.0, "x").severity), (Severity::Warning, Severity::Error));
        assert_eq!(grows(2.0, "the energy").to_string(), "[PERF WARNING] STATE_GROWS: the energy");
    }

    #[test]
    fn transforms_on_the_cpu_are_told_where_the_gpu_was_asked_for() {
        let mut ledger = Ledger::default();
        ledger.add("rollout", Device::Gpu, 4.0);
        ledger.add("reference", Device::Cpu, 6.0);
        assert_eq!(fft(false, &ledger), None);
        assert_eq!(fft(true, &ledger).unwrap().flag, Some(Flag::GpuFftRequestedButCpuExecuted));
        ledger.add("rollout", Device::Gpu, 40.0);
        assert_eq!(fft(true, &ledger), None);
        // Learning transforms on the CPU, wherever the others do.
        ledger.add("learn", Device::Cpu, 60.0);
        assert!(fft(true, &ledger).is_some());
        // One stage may dominate without taking half of the time.
        let mut ledger = Ledger::default();
        ["picture", "set-up"].iter().for_each(|stage| ledger.add(stage, Device::Cpu, 30.0));
        ledger.add("learn", Device::Cpu, 44.0);
        assert_eq!(fft(true, &ledger).unwrap().flag, Some(Flag::GpuFftRequestedButCpuExecuted));
        ledger.add("picture", Device::Cpu, 20.0);
        assert_eq!(fft(true, &ledger), None);
        let [told, asked] = [false, true].map(|asked| transforms(Device::Cpu, Device::Cpu, asked, Some("float64")));
        assert_eq!((told[0].severity, asked[0].severity), (Severity::Warning, Severity::Error));
    }
}
