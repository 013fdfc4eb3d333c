//! The stages of a run: what, where, how long.

use std::time::Instant;

/// Where a stage ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub enum Device {
    /// The processor, by our own code.
    #[serde(rename = "CPU")]
    Cpu,
    /// A graphics processor.
    #[serde(rename = "GPU")]
    Gpu,
    /// The processor again, by a driver that calls it a GPU.
    #[serde(rename = "software GPU")]
    SoftwareGpu,
}

impl Device {
    /// Whether the work went through the graphics interface.
    pub fn through_gpu(self) -> bool {
        self != Self::Cpu
    }

    /// The device in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cpu => "CPU",
            Self::Gpu => "GPU",
            Self::SoftwareGpu => "software GPU",
        }
    }
}

impl std::fmt::Display for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// One stage, all its calls together.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Stage {
    /// What was done.
    pub name: &'static str,
    /// Where the stage ran.
    pub device: Device,
    /// Wall-clock milliseconds of all calls, waiting included; `None` when it was never called.
    pub ms: Option<f64>,
    /// How often the stage ran.
    pub calls: u64,
}

/// Stages in the order in which they were announced or first ran.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
#[serde(transparent)]
pub struct Ledger {
    stages: Vec<Stage>,
}

impl Ledger {
    /// Names a stage before it runs, so that one that never does is listed with `null`.
    pub fn announce(&mut self, name: &'static str, device: Device) {
        self.stage(name, device);
    }

    /// Runs and times a stage.
    pub fn time<T>(&mut self, name: &'static str, device: Device, work: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let result = work();
        self.add(name, device, begun.elapsed().as_secs_f64() * 1e3);
        result
    }

    /// Adds a time that was measured elsewhere.
    pub fn add(&mut self, name: &'static str, device: Device, ms: f64) {
        self.add_calls(name, device, ms, 1);
    }

    /// Adds the time of so many calls together.
    pub fn add_calls(&mut self, name: &'static str, device: Device, ms: f64, calls: u64) {
        let stage = self.stage(name, device);
        stage.ms = Some(stage.ms.unwrap_or(0.0) + ms);
        stage.calls += calls;
    }

    /// All stages.
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// Milliseconds of a stage.
    pub fn ms(&self, name: &str) -> Option<f64> {
        self.stages.iter().find(|s| s.name == name)?.ms
    }

    /// Milliseconds of a stage for each of its calls.
    pub fn ms_per_call(&self, name: &str) -> Option<f64> {
        let stage = self.stages.iter().find(|s| s.name == name)?;
        Some(stage.ms? / stage.calls as f64)
    }

    /// The stage that took longest.
    pub fn dominant(&self) -> Option<&'static str> {
        self.longest(|_| true).map(|stage| stage.name)
    }

    /// The stage that took longest of those that `which` takes.
    pub fn longest(&self, which: impl Fn(&Stage) -> bool) -> Option<&Stage> {
        let timed = self.stages.iter().filter(|s| s.ms.is_some() && which(s));
        timed.max_by(|a, b| a.ms.unwrap_or(0.0).total_cmp(&b.ms.unwrap_or(0.0)))
    }

    /// Milliseconds of all stages, and of those that went through the graphics interface.
    pub fn totals(&self) -> (f64, f64) {
        self.stages.iter().fold((0.0, 0.0), |(all, gpu), s| {
            let ms = s.ms.unwrap_or(0.0);
            (all + ms, gpu + if s.device.through_gpu() { ms } else { 0.0 })
        })
    }

    fn stage(&mut self, name: &'static str, device: Device) -> &mut Stage {
        let known = self.stages.iter().position(|s| s.name == name && s.device == device);
        let index = known.unwrap_or_else(|| {
            self.stages.push(Stage { name, device, ms: None, calls: 0 });
            self.stages.len() - 1
        });
        &mut self.stages[index]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_add_up_and_what_never_ran_stays_unmeasured() {
        let mut ledger = Ledger::default();
        ledger.announce("decode", Device::Gpu);
        ledger.add("rollout", Device::Gpu, 3.0);
        ledger.add("rollout", Device::Gpu, 5.0);
        ledger.add("save", Device::Cpu, 2.0);
        assert_eq!(ledger.ms("decode"), None);
        assert_eq!((ledger.ms("rollout"), ledger.ms_per_call("rollout")), (Some(8.0), Some(4.0)));
        assert_eq!(ledger.dominant(), Some("rollout"));
        assert_eq!(ledger.totals(), (10.0, 8.0));
        let json = serde_json::to_value(&ledger).unwrap();
        assert!(json[0]["ms"].is_null() && json[0]["device"] == "GPU", "{json}");
    }
}
