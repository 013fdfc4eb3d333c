//! What can be exported as CSV: every plot's numbers, column by column with units.
//!
//! Units: L is the box over 2 pi, T the unit of simulated time.

use std::path::Path;

use crate::{
    app::model::{Model, Sample, reference::Distance, table::Table},
    error::{Error, Result},
    io::csv::write_csv,
    state::{Event, Kind},
};

/// Cells of a row.
type Row = Vec<Option<f64>>;
/// Name and cell of a column of the series.
type Column = (&'static str, fn(&Sample) -> Option<f64>);

/// Columns of the invariants, and which plot they belong to.
const COLUMNS: [(Table, Column); 14] = [
    (Table::Circulation, ("circulation [L^2/T]", |s| Some(s.circulation[0]))),
    (Table::Circulation, ("circulation_plus [L^2/T]", |s| Some(s.circulation[1]))),
    (Table::Circulation, ("circulation_minus [L^2/T]", |s| Some(s.circulation[2]))),
    (Table::Energy, ("energy [L^2/T^2]", |s| s.energy)),
    (Table::Enstrophy, ("enstrophy [1/T^2]", |s| s.enstrophy)),
    (Table::Impulse, ("impulse_x [L^3/T]", |s| Some(s.impulse[0]))),
    (Table::Impulse, ("impulse_y [L^3/T]", |s| Some(s.impulse[1]))),
    (Table::Angular, ("angular_impulse [L^4/T]", |s| Some(s.angular_impulse))),
    (Table::Unresolved, ("resid_mid_E [1/T^2]", |s| s.unresolved[0])),
    (Table::Unresolved, ("resid_high_E [1/T^2]", |s| s.unresolved[1])),
    (Table::Unresolved, ("enstrophy_taken_by_passes [1/T^2]", |s| s.dropped)),
    (Table::Peak, ("max_abs_omega [1/T]", |s| s.max_abs)),
    (Table::Length, ("description_length [bit]", |s| s.length)),
    (Table::Atoms, ("atoms [1]", |s| Some(s.atoms as f64))),
];

impl Table {
    /// Writes what the model has.
    ///
    /// # Errors
    /// [`Error::Unwritable`], or [`Error::Run`] where nothing was measured yet.
    pub fn write(self, model: &Model, path: &Path) -> Result<usize> {
        let (columns, rows) = self.contents(model);
        if rows.is_empty() {
            return Err(Error::Run(format!("{}: nothing was measured yet, so no file was written", self.title())));
        }
        let names: Vec<&str> = columns.iter().map(String::as_str).collect();
        let count = rows.len();
        write_csv(path, &names, rows.into_iter())?;
        Ok(count)
    }

    fn contents(self, model: &Model) -> (Vec<String>, Vec<Row>) {
        let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        match self {
            Self::Spectrum => {
                let (background, field) = (&model.readout.spectrum, &model.invariants.spectrum);
                let at = |shells: &[[f64; 2]], i: usize| shells.get(i).map(|shell| shell[1]);
                let k = |i: usize| field.get(i).or(background.get(i)).map(|shell| shell[0]);
                let rows = (0..field.len().max(background.len()))
                    .map(|i| vec![k(i), at(field, i), at(background, i)])
                    .collect();
                (named(&["k [1/L]", "E_field [L^3/T^2]", "E_background [L^3/T^2]"]), rows)
            }
            Self::Forecast => {
                let row = |d: &Distance| vec![Some(d.time), Some(d.correlation), Some(d.rel_l2)];
                let rows = model.kernel.distances.iter().map(row).collect();
                (named(&["t [T]", "correlation [1]", "relative_L2 [1]"]), rows)
            }
            Self::Eigenvalues => {
                let values = model.kernel.loaded.as_ref().and_then(|loaded| loaded.eigenvalues.as_ref());
                let values = values.and_then(|values| values.as_ref().ok());
                let rows = values.into_iter().flatten().map(|[re, im]| vec![Some(*re), Some(*im)]).collect();
                (named(&["re [1]", "im [1]"]), rows)
            }
            Self::Passes => {
                let names =
                    ["t [T]", "step [1]", "atoms [1]", "vertices [1]", "description_length [bit]", "error [1/T^2]"];
                let row = |r: &crate::state::PassReport| {
                    let counts = [r.step as f64, r.atoms as f64, r.vertices as f64];
                    [r.time].into_iter().chain(counts).chain([r.bits_after, r.error]).map(Some).collect()
                };
                (named(&names), model.passes.history.iter().map(row).collect())
            }
            Self::Ledger => {
                let kinds: Vec<String> = (0..).zip(Kind::ALL).map(|(i, kind)| format!("{i} {}", kind.name())).collect();
                let kind = format!("kind [{}]", kinds.join("; "));
                let rest = ["voluntary [1]", "count [1]", "bits [bit]", "circulation [L^2/T]"];
                let more = ["impulse_x [L^3/T]", "impulse_y [L^3/T]", "enstrophy [1/T^2]"];
                let names = ["step [1]", &kind].into_iter().chain(rest).chain(more).map(Into::into).collect();
                let row = |e: &Event| {
                    let first = [e.step as f64, f64::from(e.kind as u8), f64::from(u8::from(e.voluntary))];
                    let numbers = [f64::from(e.count), e.bits, e.circulation, e.impulse[0], e.impulse[1]];
                    first.into_iter().chain(numbers).map(Some).chain([e.enstrophy]).collect()
                };
                (names, model.passes.events.iter().map(row).collect())
            }
            Self::Frames => model.frames.table(),
            series => {
                let mine: Vec<Column> = COLUMNS
                    .iter()
                    .filter(|(table, _)| series == Self::All || *table == series)
                    .map(|(_, column)| *column)
                    .collect();
                let names = ["t [T]", "step [1]", "branch [1]"].into_iter().chain(mine.iter().map(|(name, _)| *name));
                let row = |(branch, s): (u32, &Sample)| {
                    let place = [s.time, s.step as f64, f64::from(branch)].map(Some);
                    place.into_iter().chain(mine.iter().map(|(_, value)| value(s))).collect()
                };
                (names.map(Into::into).collect(), model.invariants.samples.samples().map(row).collect())
            }
        }
    }
}
