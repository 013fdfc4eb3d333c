//! One event of a ledger: what was done to which atoms, and what it changed.

/// What was done to an atom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Atoms were taken away.
    Prune,
    /// Vertices of it were dropped.
    Resample,
    /// Several became one.
    Merge,
    /// One became several.
    Split,
    /// The background carries it on.
    Feed,
    /// Atoms had to go, so that the budget holds.
    Budget,
    /// A filament or point became ellipses.
    Chart,
    /// Ellipses were fitted to what parcels had carried.
    Refit,
}

impl Kind {
    /// All of them, in order.
    pub const ALL: [Self; 8] =
        [Self::Prune, Self::Resample, Self::Merge, Self::Split, Self::Feed, Self::Budget, Self::Chart, Self::Refit];

    /// The kind in one word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Prune => "prune",
            Self::Resample => "resample",
            Self::Merge => "merge",
            Self::Split => "split",
            Self::Feed => "feed",
            Self::Budget => "budget",
            Self::Chart => "chart",
            Self::Refit => "refit",
        }
    }

    /// Whether the transport does it, passes or not.
    pub fn is_of_transport(self) -> bool {
        matches!(self, Self::Chart | Self::Refit)
    }
}

/// One edit of a pass, or one forced change of the transport.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Event {
    /// Step after which it happened.
    pub step: u64,
    /// What was done.
    pub kind: Kind,
    /// Why it was done.
    pub reason: &'static str,
    /// Whether the event was free to be left out: only then does the description length have to fall.
    pub voluntary: bool,
    /// How many atoms, or vertices for [`Kind::Resample`], it took.
    pub count: u32,
    /// Change of the description length, bits; of the transport's events that of atoms and vertices alone.
    pub bits: f64,
    /// Change of the atoms' circulation.
    pub circulation: f64,
    /// Change of their linear impulse, between nearest images; of a refit that against what the parcels carried.
    pub impulse: [f64; 2],
    /// Change of the mean of `omega^2 / 2`, of atoms and background together; `None` where the state is too
    /// large for it to be measured in a pass, and of refits and of filaments that became ellipses.
    pub enstrophy: Option<f64>,
}
