//! What can be exported as CSV: every plot's numbers, column by column with units.
//!
//! Units: L is the box over 2 pi, T the unit of simulated time.

use std::path::Path;

use crate::{
    app::{
        model::{Model, Sample},
        window::Session,
    },
    error::{Error, Result},
    io::csv::write_csv,
    state::{Event, Kind},
};

/// A plot whose numbers can be exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// Net, of plus, of minus.
    Circulation,
    /// Of the whole field.
    Energy,
    /// Of the whole field.
    Enstrophy,
    /// Linear impulse of the atoms.
    Impulse,
    /// Angular impulse of the atoms.
    Angular,
    /// What the state does not hold.
    Unresolved,
    /// Largest |omega|.
    Peak,
    /// Description length.
    Length,
    /// Their number.
    Atoms,
    /// All of the above in one table.
    All,
    /// Energy by wavenumber, of background and field.
    Spectrum,
    /// Distance from the reference LES.
    Forecast,
    /// Eigenvalues of a loaded kernel.
    Eigenvalues,
    /// Description-length passes.
    Passes,
    /// What they and the transport changed, event by event.
    Ledger,
    /// Times of the last frames, stage by stage.
    Frames,
}

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
    /// Every table.
    pub const EVERY: [Self; 16] = [
        Self::Circulation,
        Self::Energy,
        Self::Enstrophy,
        Self::Impulse,
        Self::Angular,
        Self::Unresolved,
        Self::Peak,
        Self::Length,
        Self::Atoms,
        Self::All,
        Self::Spectrum,
        Self::Forecast,
        Self::Eigenvalues,
        Self::Passes,
        Self::Ledger,
        Self::Frames,
    ];

    /// Heading of the plot.
    pub fn title(self) -> &'static str {
        match self {
            Self::Circulation => "Circulation",
            Self::Energy => "Energy",
            Self::Enstrophy => "Enstrophy",
            Self::Impulse => "Impulse",
            Self::Angular => "Angular impulse",
            Self::Unresolved => "Unresolved energy",
            Self::Peak => "Largest vorticity",
            Self::Length => "Description length",
            Self::Atoms => "Atoms",
            Self::All => "All invariants",
            Self::Spectrum => "Spectrum",
            Self::Forecast => "Forecast against an LES",
            Self::Eigenvalues => "Eigenvalues of A",
            Self::Passes => "Description-length passes",
            Self::Ledger => "Ledger",
            Self::Frames => "Frame times",
        }
    }

    /// File name offered.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Circulation => "circulation.csv",
            Self::Energy => "energy.csv",
            Self::Enstrophy => "enstrophy.csv",
            Self::Impulse => "impulse.csv",
            Self::Angular => "angular_impulse.csv",
            Self::Unresolved => "unresolved.csv",
            Self::Peak => "max_abs_omega.csv",
            Self::Length => "description_length.csv",
            Self::Atoms => "atoms.csv",
            Self::All => "invariants.csv",
            Self::Spectrum => "spectrum.csv",
            Self::Forecast => "forecast.csv",
            Self::Eigenvalues => "eigenvalues.csv",
            Self::Passes => "passes.csv",
            Self::Ledger => "ledger.csv",
            Self::Frames => "frame_times.csv",
        }
    }

    /// What its button says when asked.
    pub fn help(self) -> String {
        format!("Write the numbers of {} to {}, in full precision", self.title().to_lowercase(), self.file_name())
    }

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
                let row = |d: &crate::app::model::reference::Distance| {
                    vec![Some(d.time), Some(d.correlation), Some(d.rel_l2)]
                };
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
                let row = |r: &crate::state::Report| {
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

impl Session {
    /// Writes a table and says so.
    pub(crate) fn write_table(&mut self, table: Table, path: &Path, now_s: f64) -> Result<()> {
        let rows = table.write(&self.model, path)?;
        self.model.inform(format!("{}: {rows} rows written to {}", table.title(), path.display()), now_s);
        Ok(())
    }
}
