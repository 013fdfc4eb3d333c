//! What the simulation said last.

/// GPU time of one pass; `None` when it was not measured.
#[derive(Clone, Debug, PartialEq)]
pub struct PassRow {
    /// The stage.
    pub label: String,
    /// The same in words.
    pub title: String,
    /// Launches in the last measured frame.
    pub calls: u32,
    /// Milliseconds in that frame.
    pub ms: Option<f64>,
    /// Bytes of its resources, once for each way they are used.
    pub bytes: Option<u64>,
    /// Those bytes in that time.
    pub gb_per_s: Option<f64>,
}

/// What the simulation said last. What was not measured is `None`, never 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Readout {
    /// Simulated time.
    pub time: f64,
    /// Steps since genesis.
    pub step: u64,
    /// Vortex atoms.
    pub atoms: usize,
    /// Vertices of all atoms.
    pub vertices: usize,
    /// Curves of strokes that became ellipses.
    pub strokes: usize,
    /// How the atoms' velocity is found now, and how exactly.
    pub solver: [String; 2],
    /// Insertion stopped at the vertex budget.
    pub at_capacity: bool,
    /// A vertex moved a quarter of the box in one step, so the step was not taken.
    pub runaway: bool,
    /// Largest |omega| on the decoded grid; `None` while something else is shown.
    pub max_abs: Option<f64>,
    /// Largest size of what is shown.
    pub largest: Option<f64>,
    /// Nodes along x and y that are decoded.
    pub nodes: Option<[u32; 2]>,
    /// Non-finite values met.
    pub nan_inf: Option<u32>,
    /// What is decoded, under the cursor.
    pub probe: Option<f64>,
    /// Mean of (u^2 + v^2)/2.
    pub energy: Option<f64>,
    /// Mean of omega^2/2.
    pub enstrophy: Option<f64>,
    /// `[k, E(k)]` of the background, shell by shell; empty without one.
    pub spectrum: Vec<[f64; 2]>,
    /// GPU time a pass.
    pub passes: Vec<PassRow>,
}
