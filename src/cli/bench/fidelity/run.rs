//! One measurement of one seed, as a line of text and as JSON.

use super::{Table, atoms};
use crate::math::Nearness;

/// One measurement of one seed.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[expect(non_snake_case, reason = "JSON keys that scripts know")]
pub struct Run {
    pub table: Table,
    pub method: &'static str,
    pub seed: u64,
    /// Time of the field; for a forecast the time since its start.
    pub t: f64,
    /// When a forecast starts.
    pub from: Option<f64>,
    /// Side of the grid.
    pub N: usize,
    /// Floats that may be used.
    pub budget: usize,
    /// Floats in use.
    pub floats: Option<usize>,
    /// `None` where it is not defined: of a field that is zero.
    pub relL2: Option<f64>,
    pub corr: Option<f64>,
    pub atoms: Option<usize>,
    pub vertices: Option<usize>,
    /// Short-lived parcels that carried the atoms here.
    pub pieces: Option<usize>,
    /// Of an encoding, or of one unit of time of a forecast.
    pub seconds: Option<f64>,
    /// Where a forecast or its start was computed: `cpu`, or the `device` that atoms are fitted on.
    pub device: Option<&'static str>,
}

impl Run {
    /// Nothing measured yet.
    pub fn new(table: Table, method: &'static str, seed: u64, t: f64, n: usize, budget: usize) -> Self {
        let (floats, corr) = (None, None);
        let (atoms, vertices, pieces) = (None, None, None);
        let (from, seconds, device) = (None, None, None);
        Self {
            table,
            method,
            seed,
            t,
            from,
            N: n,
            budget,
            floats,
            relL2: None,
            corr,
            atoms,
            vertices,
            pieces,
            seconds,
            device,
        }
    }

    /// With a comparison.
    pub fn near(self, near: Nearness) -> Self {
        let finite = |x: f64| Some(x).filter(|x| x.is_finite());
        Self { relL2: finite(near.rel_l2), corr: finite(near.corr), ..self }
    }

    /// With what an encoder found.
    pub fn encoded(self, encoded: &atoms::Encoded) -> Self {
        let counts = (Some(encoded.floats), Some(encoded.state.atoms.len()), Some(encoded.state.atoms.vertex_count()));
        Self { floats: counts.0, atoms: counts.1, vertices: counts.2, ..self.near(encoded.near) }
    }

    /// The head of the lines.
    pub fn head() -> String {
        format!(
            "{:<15} {:<19} {:>4} {:>4} {:>5} {:>7} {:>7} {:>8} {:>8} {:>6} {:>8} {:>8} {:>8}\n",
            "table",
            "method",
            "seed",
            "t",
            "N",
            "budget",
            "floats",
            "relL2",
            "corr",
            "atoms",
            "vertices",
            "pieces",
            "s"
        )
    }

    /// As a line of text.
    pub fn line(&self) -> String {
        let count = |x: Option<usize>| x.map_or("-".into(), |x| x.to_string());
        let share = |x: Option<f64>| x.map_or("-".into(), |x| format!("{x:.4}"));
        let table = format!("{:?}", self.table).to_lowercase();
        let t = self.from.map_or_else(|| self.t.to_string(), |from| format!("{from}+{}", self.t));
        let seconds = self.seconds.map_or("-".into(), |s| format!("{s:.3}"));
        format!(
            "{table:<15} {:<19} {:>4} {t:>4} {:>5} {:>7} {:>7} {:>8} {:>8} {:>6} {:>8} {:>8} {seconds:>8}",
            self.method,
            self.seed,
            self.N,
            self.budget,
            count(self.floats),
            share(self.relL2),
            share(self.corr),
            count(self.atoms),
            count(self.vertices),
            count(self.pieces)
        )
    }
}
