//! Plots whose numbers can be exported.

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
}
