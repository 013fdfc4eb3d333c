//! The JSON object of a run: every key always there, `null` where nothing was measured.

use std::collections::BTreeMap;

use super::{Device, Finding, Flag, Ledger};
use crate::state::{self, Atoms, Drift, Event, Kind, PassReport, Sums};

/// What a run measured. `None` is written as `null`; it never stands for 0.
#[derive(Clone, Debug, Default, serde::Serialize)]
#[expect(non_snake_case, reason = "keys are the names that scripts read: N, resid_mid_E, resid_high_E")]
pub struct Metrics {
    /// How the run ended: done, interrupted or failed.
    pub ended: &'static str,
    /// What went wrong, where something did.
    pub error: Option<String>,
    /// Backend asked for: auto, gpu or cpu.
    pub backend: &'static str,
    /// Where transforms were put, gpu or cpu; `None` while a run has no such choice.
    pub fft_backend: Option<&'static str>,
    /// Whether a GPU was asked for by name.
    pub intent_gpu: bool,
    /// Whether FFTs on the GPU were asked for by name.
    pub intent_gpu_fft: bool,
    /// Backend that ran: gpu or cpu.
    pub active_backend: &'static str,
    /// The adapter's name.
    pub adapter: Option<String>,
    /// Driver of the adapter and its version.
    pub driver: Option<String>,
    /// Whether the adapter is software on the CPU.
    pub software_adapter: Option<bool>,
    /// Rounds that a loop of a shader survived when the device was opened.
    pub loop_rounds: Option<u32>,
    /// Where most FFTs ran, by time; `None` when none ran.
    pub fft_device: Option<&'static str>,
    /// The stage that took longest.
    pub dominant_stage: Option<&'static str>,
    /// Name, device and milliseconds of each stage.
    pub stages: Ledger,
    /// Each GPU stage of the last timed step and decode, operators of the user among them.
    pub passes: Vec<PassRow>,
    /// Names of the flags raised.
    pub perf_flags: Vec<Flag>,
    /// The console lines of all findings.
    pub perf_messages: Vec<String>,

    /// Bytes sent to the device.
    pub bytes_to_gpu: Option<u64>,
    /// Bytes read back from it.
    pub bytes_from_gpu: Option<u64>,
    /// Device buffers that hold the state and its operators' scratch, MiB.
    pub gpu_mem_peak_mb: Option<f64>,
    /// Largest total of heap allocations, MiB.
    pub alloc_peak_mb: Option<f64>,
    /// Largest resident set of the process, MiB.
    pub rss_max_mb: Option<f64>,
    /// The whole run, seconds.
    pub wall_time_s: Option<f64>,
    /// Nanoseconds of a step, decode and files left out.
    pub ns_per_step: Option<f64>,
    /// Steps in a second.
    pub steps_per_sec: Option<f64>,
    /// Milliseconds of one decode.
    pub decode_ms_per_snap: Option<f64>,

    /// Steps taken since genesis.
    pub step: u64,
    /// Steps taken by this run.
    pub steps: u64,
    /// Simulated time.
    pub time: f64,
    /// Atoms at the end.
    pub atoms: usize,
    /// Vertices at the end.
    pub vertices: usize,
    /// Signed circulation of the atoms.
    pub circulation: Option<f64>,
    /// Linear impulse of the atoms, `[sum Gamma y, -sum Gamma x]`.
    pub impulse: Option<[f64; 2]>,
    /// Mean of `(u^2 + v^2) / 2`.
    pub energy: Option<f64>,
    /// Mean of `omega^2 / 2`.
    pub enstrophy: Option<f64>,
    /// How energy and enstrophy were found.
    pub energy_from: Option<&'static str>,
    /// The largest energy that was seen, in times of the first one: above 1 only by error, for nothing forces the flow.
    pub energy_growth: Option<f64>,
    /// The same of the enstrophy.
    pub enstrophy_growth: Option<f64>,

    /// What the run was compared with: LES or trajectory.
    pub reference: Option<&'static str>,
    /// Time scheme of an LES.
    pub les_scheme: Option<&'static str>,
    /// Largest CFL of a whole step of it.
    pub les_cfl_max: Option<f64>,
    /// Most parts that it divided a step into; 1 where it did not.
    pub les_parts_max: Option<u32>,
    /// Largest growth of its enstrophy over the lowest before, of the lowest; 0 where it only fell.
    pub les_enstrophy_growth: Option<f64>,
    /// `|decoded - reference| / |reference|` at the last picture.
    pub rel_l2: Option<f64>,
    /// Correlation with the reference there.
    pub corr: Option<f64>,
    /// Relative difference of energy there.
    pub dE: Option<f64>,
    /// Relative difference of enstrophy there.
    pub dZ: Option<f64>,

    /// Mean support of the encoder's carrier.
    pub support_frac: Option<f64>,
    /// Energy of the middle band without the kept modes.
    pub resid_mid_E: Option<f64>,
    /// Energy above the middle band.
    pub resid_high_E: Option<f64>,
    /// Smallest and largest support_frac of the run, looked at between steps.
    pub support_frac_range: Option<[f64; 2]>,
    /// The same of resid_mid_E.
    pub resid_mid_E_range: Option<[f64; 2]>,
    /// The same of resid_high_E.
    pub resid_high_E_range: Option<[f64; 2]>,
    /// How a learned linear kernel steps: dense, modal or fixed.
    pub kernel_form: Option<&'static str>,
    /// How the atoms' velocity was found on the device, and how exactly.
    pub velocity_solver: Option<String>,
    /// Largest modulus of its eigenvalues.
    pub spectral_radius: Option<f64>,
    /// The same of a matrix fitted by this run, before it was made stable.
    pub spectral_radius_fitted: Option<f64>,
    /// How many of its eigenvalues were moved onto the unit circle; `None` where all of it was divided instead.
    pub eigenvalues_moved: Option<usize>,
    /// How it was made stable, in words.
    pub clamp: Option<&'static str>,
    /// Condition number of its eigenvectors.
    pub condition: Option<f64>,
    /// Fraction bits of its matrix in fixed point.
    pub fixed_bits: Option<u32>,
    /// Relative distance of the fixed-point z from the float64 one, before the run, after as many steps as
    /// `fixed_error_steps` says.
    pub fixed_error: Option<f64>,
    /// Steps of that comparison.
    pub fixed_error_steps: Option<u64>,
    /// Cells of the last decode that are not finite; without a decode, numbers of the final state.
    pub nan_inf_count: Option<u64>,
    /// Largest |omega| of the last decode; without a decode, largest |z_i| of a state without atoms.
    pub max_abs: Option<f64>,
    /// Which of the two: omega or z.
    pub max_abs_of: Option<&'static str>,
    /// Euclidean norm of z.
    pub l2_norm_z: Option<f64>,
    /// BLAKE2b-256 of the final state, atoms in the order of the file and z.
    pub hash: Option<String>,
    /// The same of z alone; equal to `hash` where there are no atoms.
    pub hash_z: Option<String>,
    /// `hash` every `--hash-every` steps.
    pub hashes: Vec<String>,
    /// That number of steps; `None` where it was not asked for.
    pub hash_every_k: Option<u64>,
    /// `hash` of the other backend after the same run; `None` without `--parity`.
    pub backend_parity_hash: Option<String>,
    /// How far both backends are apart; `None` without `--parity`.
    pub parity: Option<Parity>,

    /// What description-length passes did; `None` without one.
    pub mdl: Option<Passes>,

    /// Precision of the backend that ran.
    pub dtype: &'static str,
    /// Decode grid side.
    pub N: u32,
    /// Low cut of the background.
    pub k_cut: u32,
    /// Outer radius of its middle band.
    pub resid_mid_cut: u32,
    /// Middle modes asked for.
    pub topk_mid: u32,
    /// Steps between decodes; `None` without decodes.
    pub decode_stride: Option<u64>,
    /// Seed of the genesis.
    pub seed: u64,
    /// Time step.
    pub dt: f64,
    /// Kinematic viscosity.
    pub nu: f64,
}

/// The same run on the other backend.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Parity {
    /// The other backend: gpu or cpu.
    pub backend: &'static str,
    /// The other backend's adapter.
    pub adapter: Option<String>,
    /// Numbers that the other backend computes in.
    pub dtype: &'static str,
    /// Whether both end with the same hash.
    pub equal: bool,
    /// The first step, of those of `--hash-every` and the last, at which hashes differ; `None` where all are equal.
    pub first_different_step: Option<u64>,
    /// Largest difference of the decoded fields at the end over the largest |omega|; `None` for fields that are zero.
    pub field_difference: Option<f64>,
}

/// A GPU stage, as the register has it, and what one frame of it took.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct PassRow {
    /// The stage's name.
    pub name: String,
    /// What the stage does, in words.
    pub title: String,
    /// Where the stage ran.
    pub device: Device,
    /// Where the stage is meant to run.
    pub expected_device: &'static str,
    /// Launches.
    pub calls: u32,
    /// Milliseconds of them together.
    pub ms: Option<f64>,
    /// Bytes of their resources, once for each way they are used.
    pub bytes: Option<u64>,
    /// Bytes of the stage over its time.
    pub gb_per_s: Option<f64>,
}

/// The book of a run: its description-length passes, its refits, its filaments that became ellipses.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Passes {
    /// How many passes there were.
    pub passes: u64,
    /// Description length after the last one, bits; like what a pass takes, `None` without one.
    pub length: Option<f64>,
    /// The voluntary event that saved least, bits: never above 0.
    pub worst_voluntary_bits: Option<f64>,
    /// The longest pass, milliseconds.
    pub slowest_ms: Option<f64>,
    /// The mean pass, milliseconds.
    pub mean_ms: Option<f64>,
    /// Most atoms after a pass.
    pub most_atoms: Option<usize>,
    /// Most vertices after a pass.
    pub most_vertices: Option<usize>,
    /// Sums of each kind of event.
    pub kinds: BTreeMap<&'static str, Sums>,
    /// Sums of each reason.
    pub reasons: BTreeMap<&'static str, Sums>,
    /// Drift of circulation and impulse by cause.
    pub drift: Drift,
    /// The last events.
    pub events: Vec<Event>,
    /// The passes, thinned out as they grow in number.
    pub history: Vec<PassReport>,
}

impl Passes {
    /// From a ledger and the atoms at the end; `None` where nothing but motion changed them.
    pub fn of(ledger: &state::Ledger, atoms: &Atoms) -> Option<Self> {
        let passes = ledger.pass_reports();
        let history = passes.kept().to_vec();
        let last = passes.last();
        (ledger.changes() > 0).then(|| Self {
            passes: ledger.passes(),
            length: last.map(|report| report.bits_after),
            worst_voluntary_bits: ledger.worst_voluntary_bits(),
            slowest_ms: last.map(|_| passes.slowest_ms()),
            mean_ms: last.map(|_| passes.mean_ms()),
            most_atoms: last.map(|_| passes.most().0),
            most_vertices: last.map(|_| passes.most().1),
            kinds: Kind::ALL.iter().map(|kind| (kind.name(), ledger.kind(*kind))).collect(),
            reasons: ledger.reasons().clone(),
            drift: ledger.drift(atoms),
            events: ledger.events().copied().collect(),
            history,
        })
    }
}

impl Metrics {
    /// Takes in a finished ledger: stages, rates and the dominant stage.
    pub fn set_ledger(&mut self, ledger: &Ledger) {
        let rollout_s = ledger.ms("rollout").map(|ms| ms * 1e-3).filter(|s| self.steps > 0 && *s > 0.0);
        self.ns_per_step = rollout_s.map(|s| s * 1e9 / self.steps as f64);
        self.steps_per_sec = rollout_s.map(|s| self.steps as f64 / s);
        self.decode_ms_per_snap = ledger.ms_per_call("decode");
        self.dominant_stage = ledger.dominant();
        self.stages = ledger.clone();
    }

    /// Takes in the findings.
    pub fn set_findings(&mut self, findings: &[Finding]) {
        self.perf_flags = findings.iter().filter_map(|f| f.flag).collect();
        self.perf_messages = findings.iter().map(Finding::to_string).collect();
    }
}
