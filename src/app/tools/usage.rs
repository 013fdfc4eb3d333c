//! What the run takes: bytes over the bus, memory, and what differs between intent and reality.

use crate::{
    app::{
        desk::Desk,
        device::stages,
        model::{Model, Sample, usage::Usage},
    },
    gpu::traffic::{Traffic, traffic},
    perf::{
        Device, Finding, Ledger,
        flag::{self, BLOWN_UP},
        rss_mb,
    },
    sim::growth::{ENERGY, ENSTROPHY},
};

/// Real time between two looks.
const EVERY_S: f64 = 0.5;

/// What is told of the run once.
#[derive(Default)]
pub struct Watch {
    /// The state whose growth beyond reason was told.
    told: Option<u64>,
}

impl Watch {
    /// Looks every so often.
    pub fn look(&mut self, desk: &mut Desk, now_s: f64) {
        let last = desk.model.usage.last;
        if last.is_some_and(|(at_s, _)| now_s - at_s < EVERY_S) {
            return;
        }
        let now = traffic();
        let rate = |(at_s, before): (f64, Traffic)| {
            let per_s = |bytes: u64| bytes as f64 / (now_s - at_s);
            [per_s(now.to_device - before.to_device), per_s(now.from_device - before.from_device)]
        };
        desk.model.usage = Usage {
            moved: Some([now.to_device, now.from_device]),
            moved_per_s: last.map(rate),
            device_bytes: Some(desk.device.main.sim.bytes()),
            rss_mb: rss_mb(),
            findings: findings(desk),
            last: Some((now_s, now)),
        };
        desk.model.device.stages = stages::rows(&desk.device, &desk.model);
        self.stop_growth(desk);
    }

    /// A flow that grew until nothing is left of it is paused, once; whoever lets it go on knows.
    fn stop_growth(&mut self, desk: &mut Desk) {
        let Some((factor, how)) = grown(&desk.model) else { return };
        if factor >= BLOWN_UP && self.told.replace(desk.run.puts) != Some(desk.run.puts) {
            desk.run.clock.pause();
            desk.complain(format!("Paused: {how}"));
        }
    }
}

/// What there is beside what happens: a window takes the GPU that it finds, nobody asked for one by name.
fn findings(desk: &Desk) -> Vec<Finding> {
    let model = &desk.model;
    let device = if model.device.software { Device::SoftwareGpu } else { Device::Gpu };
    let basis = desk.run.origin.background.basis();
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
    found.extend(grown(model).map(|(factor, how)| flag::grows(factor, &how)));
    found
}

/// A value of a sample.
type Of = fn(&Sample) -> Option<f64>;

/// What grew most since the state was last changed by hand, in times of that and in words; nothing forces the flow but
/// circulation that grows with the length of a filament, and operators on z.
fn grown(model: &Model) -> Option<(f64, String)> {
    if model.params.alpha != 0.0 || model.acts_on_z() {
        return None;
    }
    let samples = &model.invariants.samples;
    let (part, _) = samples.samples().last()?;
    let of_part = || samples.samples().filter(|(of, sample)| *of == part && sample.resolved).map(|(_, sample)| sample);
    let kinds: [(&str, Of, f64); 2] = [("energy", |s| s.energy, ENERGY), ("enstrophy", |s| s.enstrophy, ENSTROPHY)];
    let most = |(name, of, tolerated): (&str, Of, f64)| {
        let (first, before) = of_part().find_map(|s| Some((s.step, of(s).filter(|x| *x > 0.0)?)))?;
        let (step, now) = of_part().filter_map(|s| Some((s.step, of(s)?))).max_by(|a, b| a.1.total_cmp(&b.1))?;
        let factor = now / before;
        let how = format!(
            "the {name} is {factor:.3} times that of step {first}, and nothing here can make it grow (step {step}): \
             lower dt, or go back"
        );
        (factor > tolerated).then_some((factor, how))
    };
    kinds.into_iter().filter_map(most).max_by(|a, b| a.0.total_cmp(&b.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::Params;

    fn run(values: &[(f64, f64)]) -> Model {
        let mut model = Model::default();
        for (step, (energy, enstrophy)) in values.iter().enumerate() {
            model.invariants.samples.push(Sample {
                step: 10 * step as u64,
                energy: Some(*energy),
                enstrophy: Some(*enstrophy),
                resolved: true,
                ..Sample::default()
            });
        }
        model
    }

    #[test]
    fn energy_and_enstrophy_are_watched_from_the_last_edit_on() {
        assert_eq!(grown(&Model::default()), None);
        assert_eq!(grown(&run(&[(1.0, 1.0), (1.09, 1.2), (0.9, 0.9)])), None);
        let (factor, how) = grown(&run(&[(1.0, 2.0), (1.2, 3.0), (0.9, 1.0)])).unwrap();
        assert!(factor == 1.5 && how.starts_with("the enstrophy is 1.500 times that of step 0"), "{how}");
        let (factor, how) = grown(&run(&[(1.0, 2.0), (1.2, 2.1)])).unwrap();
        assert!(factor == 1.2 && how.contains("energy") && how.contains("(step 10)"), "{how}");
        // An edit is a beginning of its own; what the grid does not hold is not judged; some runs are driven.
        let mut model = run(&[(1.0, 1.0)]);
        model.invariants.samples.interrupt();
        let louder = |resolved| Sample { energy: Some(20.0), resolved, ..Sample::default() };
        model.invariants.samples.push(louder(true));
        assert_eq!(grown(&model), None);
        let mut thin = run(&[(1.0, 1.0)]);
        thin.invariants.samples.push(louder(false));
        assert_eq!(grown(&thin), None);
        let driven = Model { params: Params { alpha: 0.5, ..Params::default() }, ..run(&[(1.0, 1.0), (20.0, 1.0)]) };
        assert_eq!(grown(&driven), None);
        assert_eq!(grown(&run(&[(1.0, 1.0), (20.0, 1.0)])).unwrap().0, 20.0);
    }
}
