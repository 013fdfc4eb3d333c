//! What commands that run an LES have in common: its time scheme, and what it met.

use super::{remark, source::Source};
use crate::spectral::les::LesScheme;

/// `--les-scheme`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum SchemeName {
    /// Fourth order, stable up to CFL 1.35; a step is taken up to 1.2
    #[default]
    Rk4,
    /// Third order, strong stability preserving, stable up to 0.83; a step is taken up to 0.75
    Rk3,
    /// The midpoint rule of an earlier system, for its figures: it is not stable, enstrophy grows
    Rk2,
}

impl From<SchemeName> for LesScheme {
    fn from(name: SchemeName) -> Self {
        match name {
            SchemeName::Rk4 => Self::Rk4,
            SchemeName::Rk3 => Self::SspRk3,
            SchemeName::Rk2 => Self::Rk2,
        }
    }
}

/// What an LES met on its way; nothing where the fields come from a file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Met {
    /// Time scheme of the LES.
    pub scheme: Option<LesScheme>,
    /// Largest CFL of a whole dt.
    pub cfl_max: Option<f64>,
    /// Most parts of a step.
    pub parts_max: Option<u32>,
    /// Largest growth of enstrophy over its lowest before, of the lowest.
    pub growth: Option<f64>,
    /// Whether that is beyond rounding.
    grew: bool,
}

impl Met {
    /// Looks at a source after a step and says what there is to say, once; a warning in any case.
    pub fn look(&mut self, source: &mut Source<'_, '_>, quiet: bool) {
        self.scheme = self.scheme.or(source.scheme());
        self.cfl_max = source.cfl().into_iter().chain(self.cfl_max).reduce(f64::max);
        self.parts_max = self.parts_max.max(source.parts());
        self.growth = source.growth().or(self.growth);
        if let Some(what) = source.remark().filter(|_| !quiet) {
            remark(&what);
        }
        if source.grew() && !std::mem::replace(&mut self.grew, true) {
            remark("warning: enstrophy of the LES grows, which no unforced flow's does; --les-scheme rk4 is stable");
        }
    }

    /// What grew although nothing may, in words.
    pub fn grown(&self) -> Option<String> {
        let (scheme, growth) = (self.scheme?, self.growth.filter(|_| self.grew)?);
        Some(format!(
            "enstrophy of the LES grew by {growth:.2e} of its lowest, which no unforced flow does: its fields, and what \
             is learned from them or compared with them, hold what {} made; --les-scheme rk4 is stable",
            scheme.name()
        ))
    }
}
