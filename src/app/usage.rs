//! What the run takes: bytes over the bus, memory, and what differs between intent and reality.

use super::session::Session;
use crate::{
    gpu::traffic::{Traffic, traffic},
    perf::{Device, Finding, Ledger, flag, rss_mb},
    sim::growth::ENERGY,
};

/// Real time between two looks.
const EVERY_S: f64 = 0.5;

/// What was found at the last look. What was not measured is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Usage {
    /// Bytes of the simulation to and from the device since the start.
    pub moved: Option<[u64; 2]>,
    /// The same in a real second.
    pub moved_per_s: Option<[f64; 2]>,
    /// Bytes of the device's buffers that hold the state and its operators' scratch.
    pub device_bytes: Option<u64>,
    /// Resident memory of this process, MiB.
    pub rss_mb: Option<f64>,
    /// Findings, as `run` prints them.
    pub findings: Vec<Finding>,
    /// When that was, and the bytes then.
    last: Option<(f64, Traffic)>,
}

impl Session {
    /// Looks every so often.
    pub(super) fn look_at_usage(&mut self, now_s: f64) {
        let last = self.model.usage.last;
        if last.is_some_and(|(at_s, _)| now_s - at_s < EVERY_S) {
            return;
        }
        let now = traffic();
        let rate = |(at_s, before): (f64, Traffic)| {
            let per_s = |bytes: u64| bytes as f64 / (now_s - at_s);
            [per_s(now.to_device - before.to_device), per_s(now.from_device - before.from_device)]
        };
        self.model.usage = Usage {
            moved: Some([now.to_device, now.from_device]),
            moved_per_s: last.map(rate),
            device_bytes: Some(self.engine.sim.bytes()),
            rss_mb: rss_mb(),
            findings: self.findings(),
            last: Some((now_s, now)),
        };
        self.model.device.stages = self.engine.stages(&self.model);
    }

    /// What there is beside what happens: a window takes the GPU that it finds, nobody asked for one by name.
    fn findings(&self) -> Vec<Finding> {
        let model = &self.model;
        let device = if model.device.software { Device::SoftwareGpu } else { Device::Gpu };
        let basis = self.origin.background.basis();
        let intent = flag::Intent {
            gpu: false,
            device,
            adapter: Some(&model.device.name),
            why_cpu: None,
            fallback: None,
            n: model.params.n,
            work: match model.readout.vertices {
                0 => flag::Work::Modes(basis.low().len() + basis.anchors().len()),
                vertices => flag::Work::Vertices(vertices),
            },
        };
        let mut found = flag::before(&intent);
        found.extend(flag::loops(Some(&model.device.name), model.device.loops_end_after));
        if let (Some(cpu_ms), Some(gpu_ms)) = (model.frames.mean_cpu_ms(), model.frames.mean_gpu_ms()) {
            let mut ledger = Ledger::default();
            ledger.add("stages", device, gpu_ms);
            // A software adapter's stages run while the frame waits, so they are in its time, too.
            ledger.add("frame", Device::Cpu, (cpu_ms - gpu_ms).max(0.0));
            found.extend(flag::after(&ledger, device, false, model.readout.atoms == 0, None));
        }
        found.extend(self.growth());
        found
    }

    /// Energy that grew since the state was last changed by hand; nothing forces the flow.
    fn growth(&self) -> Option<Finding> {
        let samples = &self.model.invariants.samples;
        let (part, last) = samples.samples().last()?;
        let (_, first) = samples.samples().find(|(of, _)| *of == part)?;
        let (before, now) = (first.energy?, last.energy?);
        let grew = before > 0.0 && now > ENERGY * before && self.model.params.alpha == 0.0;
        let message = || {
            let (factor, step) = (now / before, last.step);
            format!("the energy is {factor:.3} times that of step {}, and nothing here can make it grow", first.step)
                + &format!(" (step {step}): lower dt, or go back")
        };
        grew.then(|| flag::grows(now / before, &message()))
    }
}
