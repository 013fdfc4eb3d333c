//! What description-length passes said of themselves, one after the other.

/// What one pass did, for the ledger and for curves over time.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct PassReport {
    /// Step after which it ran.
    pub step: u64,
    /// Simulated time.
    pub time: f64,
    /// Atoms afterwards.
    pub atoms: usize,
    /// Vertices afterwards.
    pub vertices: usize,
    /// Description length before the pass: of the atoms alone, as the error counts from here.
    pub bits_before: f64,
    /// After its voluntary edits, the error of the field included: never above `bits_before`.
    pub bits_voluntary: f64,
    /// After the forced ones.
    pub bits_after: f64,
    /// `|delta omega|^2` of the pass.
    pub error: f64,
    /// Jump of the unwrapped impulse where atoms of different windings of the torus met.
    pub winding: [f64; 2],
    /// Wall time of the pass; no part of the state.
    #[serde(skip)]
    pub ms: f64,
}

/// Most reports that are kept; beyond it every other one goes.
pub(super) const KEPT: usize = 1024;

/// The passes of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Passes {
    kept: Vec<PassReport>,
    /// One report in so many is kept.
    stride: u64,
    count: u64,
    slowest_ms: f64,
    sum_ms: f64,
    /// Atoms and vertices.
    most: (usize, usize),
    last: Option<PassReport>,
}

impl Default for Passes {
    fn default() -> Self {
        Self { kept: Vec::new(), stride: 1, count: 0, slowest_ms: 0.0, sum_ms: 0.0, most: (0, 0), last: None }
    }
}

impl Passes {
    /// Takes in what a pass says of itself.
    pub(super) fn add(&mut self, report: PassReport) {
        if self.count.is_multiple_of(self.stride) {
            self.kept.push(report);
        }
        self.count += 1;
        (self.slowest_ms, self.sum_ms) = (self.slowest_ms.max(report.ms), self.sum_ms + report.ms);
        self.most = (self.most.0.max(report.atoms), self.most.1.max(report.vertices));
        self.last = Some(report);
        if self.kept.len() > KEPT {
            let mut keep = false;
            self.kept.retain(|_| {
                keep = !keep;
                keep
            });
            self.stride *= 2;
        }
    }

    /// Passes taken in.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their reports, thinned out as they grow in number.
    pub fn kept(&self) -> &[PassReport] {
        &self.kept
    }

    /// The last pass.
    pub fn last(&self) -> Option<PassReport> {
        self.last
    }

    /// The longest pass, milliseconds.
    pub fn slowest_ms(&self) -> f64 {
        self.slowest_ms
    }

    /// The mean pass, milliseconds.
    pub fn mean_ms(&self) -> f64 {
        self.sum_ms / self.count.max(1) as f64
    }

    /// Most atoms and most vertices after a pass.
    pub fn most(&self) -> (usize, usize) {
        self.most
    }
}
