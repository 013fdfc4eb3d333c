//! What a soak counts.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::soak::pulse::{Frames, Memory};

/// Sentences that are kept of a fault's failures.
const SENTENCES: usize = 5;

/// One kind of fault.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Row {
    /// How often it was made.
    pub injected: u64,
    /// How often everything went on, or ended as documented, with nothing lost.
    pub recovered: u64,
    /// What went wrong else, the first few.
    pub failures: Vec<String>,
    /// Why it cannot be made here.
    pub impossible: Option<String>,
}

/// Kinds of faults, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Tally(pub BTreeMap<&'static str, Row>);

impl Tally {
    fn row(&mut self, name: &'static str) -> &mut Row {
        self.0.entry(name).or_default()
    }

    /// How often a kind was made; `None` where it cannot be.
    pub fn made(&self, name: &str) -> Option<u64> {
        match self.0.get(name) {
            Some(row) if row.impossible.is_some() => None,
            row => Some(row.map_or(0, |row| row.injected)),
        }
    }

    /// A fault is over.
    pub fn end(&mut self, name: &'static str, outcome: Result<(), String>) {
        let row = self.row(name);
        row.injected += 1;
        match outcome {
            Ok(()) => row.recovered += 1,
            Err(sentence) if row.failures.len() < SENTENCES => row.failures.push(sentence),
            Err(_) => {}
        }
    }

    /// A fault cannot be made.
    pub fn rule_out(&mut self, name: &'static str, why: &str) {
        self.row(name).impossible = Some(why.into());
    }

    /// Made and recovered, of all kinds.
    pub fn sums(&self) -> [u64; 2] {
        self.0.values().fold([0, 0], |[a, b], row| [a + row.injected, b + row.recovered])
    }
}

/// Everything a soak found.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// The time that was asked for is over.
    pub complete: bool,
    /// How long it ran.
    pub minutes: f64,
    /// Of the hand's choices.
    pub seed: u64,
    /// Name of the adapter.
    pub adapter: String,
    /// It is a CPU.
    pub software_adapter: bool,
    /// Simulated steps.
    pub steps: u64,
    /// What a hand did, by kind.
    pub acts: BTreeMap<String, u64>,
    /// Faults in the window, and of windows beside it.
    pub faults: Tally,
    /// Intervals from frame to frame.
    pub frames: Frames,
    /// At rest.
    pub memory: Memory,
    /// Runs of one scene from its start to one step: the hash of the state, and how often it came.
    pub hashes: BTreeMap<String, u64>,
}

impl Report {
    /// What is not as it should be, in words.
    pub fn findings(&self) -> Vec<String> {
        let mut found: Vec<String> = vec![];
        for (name, row) in &self.faults.0 {
            if row.recovered < row.injected {
                let why = row.failures.first().map_or("", String::as_str);
                found.push(format!(
                    "{name}: {} of {} not recovered ({why})",
                    row.injected - row.recovered,
                    row.injected
                ));
            }
        }
        if self.hashes.len() > 1 {
            found.push(format!("equal runs gave {} different hashes", self.hashes.len()));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_that_is_not_over_is_a_finding() {
        let mut report = Report::default();
        report.faults.end("panic", Ok(()));
        report.faults.rule_out("ffmpeg killed", "no ffmpeg");
        assert!(report.findings().is_empty());
        assert_eq!((report.faults.made("panic"), report.faults.made("nan")), (Some(1), Some(0)));
        assert_eq!(report.faults.made("ffmpeg killed"), None);
        (0..9).for_each(|i| report.faults.end("panic", Err(format!("no {i}"))));
        assert_eq!(report.faults.0["panic"].failures.len(), SENTENCES);
        assert_eq!(report.findings(), ["panic: 9 of 10 not recovered (no 0)"]);
        report.hashes = [("a".into(), 3), ("b".into(), 1)].into();
        assert_eq!(report.findings().len(), 2);
        assert_eq!(report.faults.sums(), [10, 1]);
    }
}
