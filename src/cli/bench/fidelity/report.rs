//! One measurement, the table of all seeds, and what is asked of it.

use super::{
    Table, atoms,
    forecast::{AHEAD, BUDGETS, EQUAL_FLOATS, STARTS},
    representation::floats,
};
use crate::{
    error::{Error, Result},
    math::Nearness,
};

/// Largest relL2 of atoms: time, share of N^2, threshold.
const REL_L2: [(f64, f64, f64); 4] = [(6.0, 0.03, 0.34), (6.0, 0.10, 0.18), (24.0, 0.03, 0.27), (24.0, 0.10, 0.14)];
/// Smallest correlation of a forecast from t = 20 at 10 %: time ahead, threshold.
const CORR: [(u32, f64); 3] = [(1, 0.985), (2, 0.985), (3, 0.98)];
/// The start and the share of N^2 that these are asked of.
const ASKED: (u32, f64) = (20, 0.10);
/// Largest relative change of relL2 beyond N = 512.
const CHANGE: f64 = 0.02;
/// The grid from which on quality must stay.
const SETTLED: usize = 512;

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

/// One number over all seeds.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Row {
    pub name: String,
    /// Side of the grid.
    pub size: usize,
    /// `relL2`, `corr` or `relative change`.
    pub unit: &'static str,
    pub median: Option<f64>,
    /// Largest less smallest.
    pub spread: Option<f64>,
    /// The seed that does worst.
    pub worst: Option<f64>,
    /// Threshold of the median; `None` where none is set.
    pub accept: Option<f64>,
    /// `None` without a threshold or without a number.
    pub passed: Option<bool>,
}

/// One start, budget and time ahead of a forecast: medians of the seeds.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Cell {
    /// When it starts.
    pub from: u32,
    /// Share of N^2 that the start may cost.
    pub share: f64,
    /// Time since the start.
    pub ahead: u32,
    /// Correlations with the true field.
    pub persistence: Option<f64>,
    pub les_from_atoms: Option<f64>,
    pub equal_floats: Option<f64>,
    pub atoms: Option<f64>,
    /// Whether the atoms are above the LES of as many numbers for every seed; `None` where one was not measured.
    pub above_equal_floats: Option<bool>,
    /// Seconds for the unit of time that ends here.
    pub seconds_atoms: Option<f64>,
    pub seconds_les: Option<f64>,
    pub seconds_equal_floats: Option<f64>,
}

impl Cell {
    fn name(&self, method: &str) -> String {
        format!("forecast from t = {}, {:.0} %, {method}, +{}", self.from, 100.0 * self.share, self.ahead)
    }

    fn head() -> String {
        format!(
            "\n{:<22} {:>8} {:>8} {:>8} {:>8} {:>6} {:>9} {:>9} {:>9}\n",
            "forecast (correlation)", "nothing", "LES", "equal", "ours", "above", "s LES", "s equal", "s ours"
        )
    }

    fn line(&self) -> String {
        let number = |x: Option<f64>| x.map_or("-".into(), |x| format!("{x:.4}"));
        let corr = [self.persistence, self.les_from_atoms, self.equal_floats, self.atoms].map(number);
        let cost = [self.seconds_les, self.seconds_equal_floats, self.seconds_atoms].map(number);
        let above = self.above_equal_floats.map_or("-", |above| if above { "yes" } else { "NO" });
        let name = format!("t = {} + {}, {:.0} %", self.from, self.ahead, 100.0 * self.share);
        let [nothing, les, equal, ours] = corr;
        let [s_les, s_equal, s_ours] = cost;
        format!(
            "{name:<22} {nothing:>8} {les:>8} {equal:>8} {ours:>8} {above:>6} {s_les:>9} {s_equal:>9} {s_ours:>9}\n"
        )
    }
}

/// Everything `bench fidelity` prints.
#[derive(Debug, Default, serde::Serialize)]
pub struct Report {
    pub bench: &'static str,
    pub seeds: u64,
    /// Where atoms were fitted and moved.
    pub fitted_on: String,
    /// Time scheme of the LES.
    pub les_scheme: &'static str,
    pub rows: Vec<Row>,
    /// Forecasts beside the LES of as many numbers, and what each costs.
    pub cells: Vec<Cell>,
    pub runs: Vec<Run>,
    pub passed: Option<bool>,
}

impl Report {
    /// Fills the rows from the runs.
    pub fn judge(&mut self, seeds: u64) {
        (self.bench, self.seeds) = ("fidelity", seeds);
        self.cells = self.cells();
        let rows = [self.representation(), self.forecast(), self.growth()];
        self.rows = rows.into_iter().flatten().collect();
        let verdicts = || self.rows.iter().filter_map(|row| row.passed);
        self.passed = verdicts().next().is_some().then(|| verdicts().all(|passed| passed));
    }

    /// Numbers of the runs that fit.
    fn of(&self, fits: impl Fn(&Run) -> bool, number: fn(&Run) -> Option<f64>) -> Vec<f64> {
        self.runs.iter().filter(|run| fits(run)).filter_map(number).collect()
    }

    fn representation(&self) -> Vec<Row> {
        let mut rows = vec![];
        for (t, share, accept) in REL_L2 {
            let of = |method| {
                let fits = move |r: &Run| {
                    (r.table, r.method, r.t, r.budget) == (Table::Representation, method, t, floats(share))
                };
                self.of(fits, |r| r.relL2)
            };
            let name = |method: &str| format!("{method}, t = {t}, {:.0} %", 100.0 * share);
            let known = ["Fourier", "db6 wavelets"];
            rows.extend(known.map(|method| row(name(method), super::fields::N, "relL2", &of(method), None, false)));
            let atoms = of("atoms");
            let mut judged = row(name("atoms"), super::fields::N, "relL2", &atoms, Some(accept), false);
            // Every seed is compared with its own field's other rows.
            let better = known.iter().all(|m| of(m).iter().zip(&atoms).all(|(other, own)| own < other));
            judged.passed = judged.passed.map(|passed| passed && better);
            rows.push(judged);
        }
        rows.retain(|row| row.median.is_some());
        rows
    }

    /// Every start, budget and time ahead that was measured.
    fn cells(&self) -> Vec<Cell> {
        let mut cells = vec![];
        for (from, (share, _), ahead) in
            STARTS.iter().flat_map(|f| BUDGETS.iter().flat_map(move |b| AHEAD.iter().map(move |a| (*f, *b, *a))))
        {
            let of = |method: &'static str, number: fn(&Run) -> Option<f64>| {
                let wanted = (Table::Forecast, method, Some(f64::from(from)), floats(share), f64::from(ahead));
                self.of(|r| (r.table, r.method, r.from, r.budget, r.t) == wanted, number)
            };
            let corr = |method| of(method, |r| r.corr);
            let seconds = |method| middle(&of(method, |r| r.seconds), false);
            let [atoms, peer] = ["atoms", EQUAL_FLOATS].map(corr);
            // Every seed is compared with its own field's other row. Without all of those there is no verdict; a seed
            // whose atoms have no correlation is not above.
            let peers = !peer.is_empty() && peer.len() as u64 == self.seeds;
            let above = atoms.len() == peer.len() && atoms.iter().zip(&peer).all(|(own, other)| own > other);
            cells.push(Cell {
                from,
                share,
                ahead,
                persistence: middle(&corr("persistence"), true),
                les_from_atoms: middle(&corr("LES from the atoms"), true),
                equal_floats: middle(&peer, true),
                atoms: middle(&atoms, true),
                above_equal_floats: peers.then_some(above),
                seconds_atoms: seconds("atoms"),
                seconds_les: seconds("LES from the atoms"),
                seconds_equal_floats: seconds(EQUAL_FLOATS),
            });
        }
        cells.retain(|cell| cell.atoms.or(cell.equal_floats).is_some());
        cells
    }

    fn forecast(&self) -> Vec<Row> {
        let mut rows = vec![];
        for cell in &self.cells {
            let asked = (cell.from, cell.share) == ASKED;
            let accept = CORR.iter().find(|(ahead, _)| asked && *ahead == cell.ahead).map(|(_, accept)| *accept);
            for (method, accept) in
                [("persistence", None), ("LES from the atoms", None), (EQUAL_FLOATS, None), ("atoms", accept)]
            {
                let wanted =
                    (Table::Forecast, method, Some(f64::from(cell.from)), floats(cell.share), f64::from(cell.ahead));
                let corr = self.of(|r| (r.table, r.method, r.from, r.budget, r.t) == wanted, |r| r.corr);
                let mut judged = row(cell.name(method), super::fields::N, "corr", &corr, accept, true);
                if let ("atoms", Some(above)) = (method, cell.above_equal_floats) {
                    judged.passed = Some(above && judged.passed.unwrap_or(true));
                }
                rows.push(judged);
            }
        }
        rows.retain(|row| row.median.is_some());
        rows
    }

    /// The largest change of relL2 from N = 512 to any finer grid.
    fn growth(&self) -> Vec<Row> {
        let mut rows = vec![];
        let all = || self.runs.iter().filter(|r| r.table == Table::Growth);
        let mut kinds: Vec<(f64, usize)> = all().map(|r| (r.t, r.budget)).collect();
        kinds.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        kinds.dedup();
        for (t, budget) in kinds {
            let of = |seed| all().filter(move |r| (r.t, r.budget, r.seed) == (t, budget, seed));
            let change = |seed| {
                let settled = of(seed).find(|r| r.N == SETTLED)?.relL2?;
                let finer = of(seed).filter(|r| r.N > SETTLED).filter_map(|r| r.relL2);
                finer.map(|x| (x / settled - 1.0).abs()).reduce(f64::max)
            };
            let changes: Vec<f64> = (0..self.seeds).filter_map(change).collect();
            let name = format!("growth, t = {t}, {budget} floats, change beyond N = {SETTLED}");
            rows.push(row(name, SETTLED, "relative change", &changes, Some(CHANGE), false));
        }
        rows
    }

    /// Rows and verdicts for people.
    pub fn text(&self) -> String {
        let number = |x: Option<f64>| x.map_or("-".into(), |x| format!("{x:.4}"));
        let mut text =
            format!("\n{:<52} {:>8} {:>8} {:>8} {:>8}  verdict\n", "row", "median", "spread", "worst", "accept");
        for r in &self.rows {
            let verdict = match r.passed {
                None => "reported",
                Some(true) => "ok",
                Some(false) => "MISSED",
            };
            let [median, spread, worst, accept] = [r.median, r.spread, r.worst, r.accept].map(number);
            text += &format!("{:<52} {median:>8} {spread:>8} {worst:>8} {accept:>8}  {verdict}\n", r.name);
        }
        if !self.cells.is_empty() {
            text += &Cell::head();
            text.extend(self.cells.iter().map(Cell::line));
            text += "s: seconds for a unit of time; LES (as made the fields) and equal floats on the CPU, ours where fitted\n";
        }
        text
    }

    /// # Errors
    /// [`Error::CheckFailed`] naming the rows that missed their threshold.
    pub fn verdict(&self) -> Result<()> {
        let missed: Vec<&str> = self.rows.iter().filter(|r| r.passed == Some(false)).map(|r| &*r.name).collect();
        match missed.as_slice() {
            [] => Ok(()),
            names => Err(Error::CheckFailed(format!("missed: {}", names.join("; ")))),
        }
    }
}

/// The median; of an even number the worse of the two in the middle, which is the lower one where `high` is better.
fn middle(values: &[f64], high: bool) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = if high { sorted.len().saturating_sub(1) / 2 } else { sorted.len() / 2 };
    sorted.get(middle).copied()
}

/// Median, spread and verdict; `high` where larger is better.
fn row(name: String, size: usize, unit: &'static str, values: &[f64], accept: Option<f64>, high: bool) -> Row {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (first, last) = (sorted.first().copied(), sorted.last().copied());
    let median = middle(values, high);
    let passed = median.zip(accept).map(|(x, accept)| if high { x >= accept } else { x <= accept });
    let spread = first.zip(last).map(|(a, b)| b - a);
    Row { name, size, unit, median, spread, worst: if high { first } else { last }, accept, passed }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(method: &'static str, seed: u64, rel_l2: f64) -> Run {
        let near = Nearness { rel_l2, corr: 0.9 };
        Run::new(Table::Representation, method, seed, 6.0, 256, floats(0.10)).near(near)
    }

    fn judged(runs: Vec<Run>, seeds: u64) -> Report {
        let mut report = Report { runs, ..Default::default() };
        report.judge(seeds);
        report
    }

    #[test]
    fn atoms_must_meet_the_threshold_and_beat_every_other_basis_on_every_seed() {
        let three = |atoms: [f64; 3]| {
            let seeds = atoms.iter().zip(0..);
            let all =
                seeds.flat_map(|(x, s)| [run("Fourier", s, 0.29), run("db6 wavelets", s, 0.2), run("atoms", s, *x)]);
            judged(all.collect(), 3)
        };
        let good = three([0.17, 0.18, 0.19]);
        assert_eq!((good.rows.len(), good.passed, good.rows[2].median), (3, Some(true), Some(0.18)));
        assert_eq!(good.rows[2].worst, Some(0.19));
        assert!(good.verdict().is_ok() && good.rows[0].passed.is_none());
        assert_eq!(three([0.17, 0.19, 0.185]).passed, Some(false));
        // One seed where wavelets are better.
        let error = three([0.1, 0.1, 0.21]).verdict().unwrap_err();
        assert!(error.exit_code() == 3 && error.to_string() == "missed: atoms, t = 6, 10 %", "{error}");
    }

    #[test]
    fn growth_is_the_largest_change_beyond_512() {
        let at = |n, rel_l2| {
            let near = Nearness { rel_l2, corr: 0.9 };
            Run::new(Table::Growth, "atoms", 0, 24.0, n, 654).near(near)
        };
        let steady = judged(vec![at(256, 0.5), at(512, 0.4), at(1024, 0.401), at(2048, 0.395)], 1);
        assert!((steady.rows[0].median.unwrap() - 0.0125).abs() < 1e-12 && steady.passed == Some(true));
        assert_eq!(judged(vec![at(512, 0.4), at(2048, 0.41)], 1).passed, Some(false));
        // Nothing to compare with is no verdict.
        assert_eq!(judged(vec![at(256, 0.4)], 1).passed, None);
    }

    #[test]
    fn larger_correlations_are_better_and_missing_numbers_are_null() {
        let at = |seed, corr| ahead("atoms", seed, corr, None);
        let report = judged(vec![at(0, 0.99), at(1, 0.986), at(2, 0.9)], 3);
        assert_eq!((report.rows[0].median, report.rows[0].worst, report.passed), (Some(0.986), Some(0.9), Some(true)));
        let json = serde_json::to_value(&report).unwrap();
        let (run, cell) = (&json["runs"][0], &json["cells"][0]);
        assert!(run["relL2"].is_null() && run["pieces"].is_null() && run["seconds"].is_null());
        // Without the LES beside it there is no verdict on it.
        assert!(cell["above_equal_floats"].is_null() && cell["seconds_equal_floats"].is_null(), "{cell}");
        assert!(report.text().contains("forecast from t = 20, 10 %, atoms, +1"));
    }

    fn ahead(method: &'static str, seed: u64, corr: f64, seconds: Option<f64>) -> Run {
        let run = Run::new(Table::Forecast, method, seed, 1.0, 256, floats(0.10));
        Run { from: Some(20.0), seconds, ..run }.near(Nearness { rel_l2: f64::NAN, corr })
    }

    #[test]
    fn every_seed_of_a_cell_must_be_above_the_les_of_as_many_numbers() {
        let of = |ours: [f64; 3], peer: [f64; 3]| {
            let seeds = ours.iter().zip(peer).zip(0..);
            let runs = seeds.flat_map(|((ours, peer), seed)| {
                [ahead(EQUAL_FLOATS, seed, peer, Some(0.5)), ahead("atoms", seed, *ours, Some(0.25))]
            });
            judged(runs.collect(), 3)
        };
        let good = of([0.995, 0.99, 0.986], [0.985, 0.97, 0.96]);
        assert_eq!((good.cells.len(), good.cells[0].above_equal_floats, good.passed), (1, Some(true), Some(true)));
        assert_eq!((good.cells[0].seconds_equal_floats, good.cells[0].seconds_atoms), (Some(0.5), Some(0.25)));
        assert!(good.cells[0].seconds_les.is_none() && good.text().contains("  0.5000    0.2500"), "{}", good.text());
        // The median is above, one seed is not.
        let bad = of([0.995, 0.99, 0.986], [0.985, 0.97, 0.986]);
        assert_eq!((bad.cells[0].above_equal_floats, bad.passed), (Some(false), Some(false)));
        let error = bad.verdict().unwrap_err();
        assert_eq!(error.to_string(), "missed: forecast from t = 20, 10 %, atoms, +1");
        // One seed whose atoms came to nothing.
        let lost = of([0.995, f64::NAN, 0.986], [0.9; 3]);
        assert_eq!((lost.cells[0].above_equal_floats, lost.passed), (Some(false), Some(false)));
        // Above, but under the threshold.
        assert_eq!(of([0.9; 3], [0.8; 3]).passed, Some(false));
    }
}
