//! Faults on purpose, for tests: `DASHI_VORTEX_FAULTS` lists them as `NAME@FRAME` or `NAME@FRAME+EVERYxTIMES`,
//! separated by commas. Nobody else needs it.
//!
//! | name | what happens in that frame |
//! |---|---|
//! | `device-lost` | the device is destroyed |
//! | `surface-lost`, `-outdated`, `-timeout`, `-occluded`, `-suboptimal`, `-validation`, `-zero` | asking for a picture gives that |
//! | `nan` | a value of the state on the device is no number from there on |
//! | `panic` | the window's own thread panics |
//! | `worker-panic`, `NAME-panic` | the next work on a thread panics, or the next whose name holds NAME |
//! | `refuse` | FRAME counts the states that are to go to the device, from 1: that one is refused |
//! | `autosave` | not a fault: FRAME is the number of seconds between two autosaves |

use crate::{
    app::window::{Window, target::Pretend},
    error::arm,
    sim::spoil,
};

/// The variable that holds the list.
pub const VARIABLE: &str = "DASHI_VORTEX_FAULTS";

/// What is to happen.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// The device is destroyed.
    DeviceLost,
    /// The surface gives something else than a picture.
    Surface(Pretend),
    /// A value is no number.
    Nan,
    /// The window's thread panics.
    Panic,
    /// Work whose name holds this panics.
    Worker(String),
}

/// Faults by frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    due: Vec<(u64, Fault)>,
    /// Real time between two autosaves, where it is another than usual.
    pub autosave_s: Option<f64>,
    /// States that the device is to refuse, by their number.
    pub refuse: Vec<u64>,
}

impl Plan {
    /// Of the environment; what cannot be read is told and left out.
    pub fn of_environment() -> Self {
        let mut plan = Self::default();
        let Ok(list) = std::env::var(VARIABLE) else { return plan };
        for entry in list.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            if plan.add(entry).is_none() {
                crate::process::remark(&format!("dashi-vortex: {VARIABLE}: {entry} is no fault that is known"));
            }
        }
        plan
    }

    fn add(&mut self, entry: &str) -> Option<()> {
        let (name, when) = entry.split_once('@')?;
        let (first, again) = when.split_once('+').map_or((when, None), |(first, again)| (first, Some(again)));
        let first: u64 = first.parse().ok()?;
        let (every, times) = match again {
            Some(again) => {
                let (every, times) = again.split_once('x')?;
                (every.parse::<u64>().ok()?, times.parse::<u64>().ok()?)
            }
            None => (0, 1),
        };
        let fault = match name {
            "refuse" => {
                self.refuse.extend((0..times.min(100_000)).map(|i| first + i * every));
                return Some(());
            }
            "autosave" => {
                self.autosave_s = Some(first as f64);
                return Some(());
            }
            "device-lost" => Fault::DeviceLost,
            "nan" => Fault::Nan,
            "panic" => Fault::Panic,
            "worker-panic" => Fault::Worker(String::new()),
            _ => match (name.strip_prefix("surface-"), name.strip_suffix("-panic")) {
                (Some(state), _) => Fault::Surface(Pretend::named(state)?),
                (_, Some(work)) => Fault::Worker(work.into()),
                _ => return None,
            },
        };
        self.due.extend((0..times.min(100_000)).map(|i| (first + i * every, fault.clone())));
        Some(())
    }

    /// Those of this frame and of frames before it that are still due.
    fn take(&mut self, frame: u64) -> Vec<Fault> {
        let (now, later) = std::mem::take(&mut self.due).into_iter().partition(|(at, _)| *at <= frame);
        self.due = later;
        now.into_iter().map(|(_, fault)| fault).collect()
    }
}

impl Window {
    /// Does what is due in this frame.
    pub(crate) fn inject(&mut self) {
        for fault in self.plan.take(self.pace.frames) {
            self.suffer(fault);
        }
    }

    /// Makes a fault.
    pub(crate) fn suffer(&mut self, fault: Fault) {
        match fault {
            Fault::DeviceLost => {
                self.desk.device.faults.expect_loss();
                let device = &self.desk.device.context().device;
                device.destroy();
                // The loss is told by the next poll.
                let _told = device.poll(wgpu::PollType::Poll);
            }
            Fault::Surface(state) => self.target.pretend = Some(state),
            Fault::Nan => spoil(self.desk.device.main.sim.held()),
            Fault::Panic => panic!("a fault for tests in the window"),
            Fault::Worker(name) => arm(&name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_a_plan_by_frames() {
        let mut plan = Plan::default();
        for entry in ["refuse@2+3x2", "nan@3", "device-lost@2+10x3", "surface-lost@9", "export-panic@1", "autosave@5"] {
            plan.add(entry).unwrap();
        }
        assert_eq!((plan.autosave_s, plan.refuse.as_slice()), (Some(5.0), &[2, 5][..]));
        assert_eq!(plan.take(2), [Fault::DeviceLost, Fault::Worker("export".into())]);
        assert_eq!(plan.take(8), [Fault::Nan]);
        assert_eq!(plan.take(100).len(), 3);
        assert!(plan.take(1000).is_empty());
        for odd in ["nan", "nan@", "nan@x", "earthquake@3", "nan@1+2", "surface-wet@1"] {
            assert!(Plan::default().add(odd).is_none(), "{odd}");
        }
    }
}
