//! What differs between intent and reality, as named flags with a sentence each.

use std::fmt;

use super::{Device, Ledger};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Good to know.
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
    /// FFTs on the GPU were asked for and ran on the CPU while stages that use them dominate.
    GpuFftRequestedButCpuExecuted,
    /// GPU work is under 5 % of the run.
    GpuBackendNegligibleImpact,
    /// N <= 64, or too few vertices to fill a GPU.
    GpuUndersizedProblem,
    /// The kernel decayed to nothing or to a fixed point.
    KernelCollapsed,
    /// A state of modes alone, decoded on the CPU for over 10 % of the time.
    KernelOnlyDominatedByCpuDecode,
}

/// One finding: a console line, and a name in the metrics.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// Its name; `None` for a plain remark.
    pub flag: Option<Flag>,
    /// One sentence.
    pub message: String,
}

impl Finding {
    /// Its name in the metrics; `None` for a plain remark.
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
    /// Vertices to move.
    pub vertices: usize,
}

/// Fewer vertices than this leave most of a GPU idle.
const FILLING_VERTICES: usize = 256;

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
        found.push(finding(Severity::Warning, Flag::SoftwareAdapter, message));
    }
    if intent.device.through_gpu() && (intent.n <= 64 || intent.vertices < FILLING_VERTICES) {
        let message = format!("N {} and {} vertices leave most of a GPU idle", intent.n, intent.vertices);
        found.push(finding(Severity::Info, Flag::GpuUndersizedProblem, message));
    }
    found
}

/// Findings that need the finished ledger. `kernel_only` is a state without atoms.
pub fn after(ledger: &Ledger, device: Device, kernel_only: bool, collapsed: Option<&str>) -> Vec<Finding> {
    let mut found = Vec::new();
    let (all, gpu) = ledger.totals();
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

/// Where transforms run, when it is not where they were asked to, or not where the simulation is.
pub fn transforms(place: Device, simulation: Device, why: Option<&str>) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Some(why) = why {
        found.push(finding(Severity::Warning, None, format!("transforms run on the CPU: {why}")));
    }
    if place == Device::SoftwareGpu && simulation != place {
        let message = "transforms run on a software adapter: their times say nothing of a GPU".into();
        found.push(finding(Severity::Warning, Flag::SoftwareAdapter, message));
    }
    found
}

/// Stages that transform.
const FFT_STAGES: [&str; 5] = ["encode", "learn", "decode", "reference", "measure"];

/// Whether FFTs were asked for on the GPU, and CPU stages that transform took most of the time.
pub fn fft(asked_for_gpu: bool, ledger: &Ledger) -> Option<Finding> {
    let all = ledger.totals().0;
    let transforms: f64 = FFT_STAGES.iter().filter_map(|stage| ledger.ms(stage)).sum();
    let message = || format!("stages with FFTs took {transforms:.1} of {all:.1} ms, and their FFTs ran on the CPU");
    (asked_for_gpu && transforms > 0.5 * all)
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
            vertices: 9,
        };
        assert_eq!(before(&cpu), []);
        let auto = before(&Intent { why_cpu: Some("no adapter"), ..cpu });
        assert_eq!((auto.len(), flags(&auto)), (1, vec![]));
        assert_eq!(auto[0].to_string(), "[PERF INFO] auto chose the CPU: no adapter");
        let fallback = before(&Intent { gpu: true, why_cpu: Some("no adapter"), ..cpu });
        assert_eq!(flags(&fallback), [Flag::GpuBackendFallback]);
        assert!(fallback[0].to_string().starts_with("[PERF ERROR] GPU_BACKEND_FALLBACK: "));
        let soft = Intent { device: Device::SoftwareGpu, adapter: Some("lavapipe"), n: 256, vertices: 5000, ..cpu };
        assert_eq!(flags(&before(&soft)), [Flag::SoftwareAdapter]);
        let small = Intent { device: Device::Gpu, ..soft };
        assert_eq!(before(&small), []);
        assert_eq!(flags(&before(&Intent { n: 64, ..small })), [Flag::GpuUndersizedProblem]);
        assert_eq!(flags(&before(&Intent { vertices: 9, ..small })), [Flag::GpuUndersizedProblem]);
    }

    #[test]
    fn shares_of_the_finished_run_raise_theirs() {
        let mut ledger = Ledger::default();
        ledger.add("rollout", Device::Gpu, 4.0);
        ledger.add("decode", Device::Cpu, 96.0);
        assert_eq!(flags(&after(&ledger, Device::Gpu, true, None)), [Flag::GpuBackendNegligibleImpact]);
        assert_eq!(flags(&after(&ledger, Device::Cpu, true, None)), [Flag::KernelOnlyDominatedByCpuDecode]);
        assert_eq!(flags(&after(&ledger, Device::Cpu, false, Some("decayed"))), [Flag::KernelCollapsed]);
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
    }
}
