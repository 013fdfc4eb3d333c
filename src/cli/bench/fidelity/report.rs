//! The table of all seeds, and what is asked of it.

use super::{
    Table,
    cell::Cell,
    fields::{N, floats},
    forecast::{AHEAD, BUDGETS, EQUAL_FLOATS, STARTS},
    run::Run,
};
use crate::error::{Error, Result};

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
            rows.extend(known.map(|method| row(name(method), N, "relL2", &of(method), None, false)));
            let atoms = of("atoms");
            let mut judged = row(name("atoms"), N, "relL2", &atoms, Some(accept), false);
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
                let mut judged = row(cell.name(method), N, "corr", &corr, accept, true);
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
mod tests;
