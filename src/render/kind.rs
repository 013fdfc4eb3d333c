//! What a picture shows: its name, symbol and unit, and whether its values have a sign.

use super::colormap::Colormap;

/// What a picture shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Picture {
    /// `omega` of atoms and background.
    #[default]
    Vorticity,
    /// `|u|`.
    Speed,
    /// `psi`, `-lap psi = omega`.
    Stream,
    /// `p`, `lap p = 2 (u_x v_y - u_y v_x)`.
    Pressure,
    /// `sign(omega)` where `|omega|` is above a threshold, else 0.
    Carrier,
    /// `omega` of the atoms.
    Atoms,
    /// `omega` of the background.
    Background,
    /// What a state has not: of an encoded field, or against a reference.
    Residual,
}

/// Whether values have a sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Values have a sign: zero lies in the middle of a diverging map.
    Signed,
    /// Values have no sign: zero lies at the bottom of a sequential map.
    Magnitude,
}

impl Sort {
    /// The maps that fit.
    pub fn maps(self) -> impl Iterator<Item = Colormap> {
        Colormap::ALL.into_iter().filter(move |map| map.diverging() == (self == Self::Signed))
    }
}

impl Picture {
    /// All, in the order of their keys.
    pub const ALL: [Self; 8] = [
        Self::Vorticity,
        Self::Speed,
        Self::Stream,
        Self::Pressure,
        Self::Carrier,
        Self::Atoms,
        Self::Background,
        Self::Residual,
    ];

    /// In a word or two, as the list names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Vorticity => "Vorticity",
            Self::Speed => "Speed",
            Self::Stream => "Stream function",
            Self::Pressure => "Pressure",
            Self::Carrier => "Carrier",
            Self::Atoms => "Atoms only",
            Self::Background => "Background only",
            Self::Residual => "Residual",
        }
    }

    /// In one word, for scripts and files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Vorticity => "vorticity",
            Self::Speed => "speed",
            Self::Stream => "stream",
            Self::Pressure => "pressure",
            Self::Carrier => "carrier",
            Self::Atoms => "atoms",
            Self::Background => "background",
            Self::Residual => "residual",
        }
    }

    /// Letter of the quantity.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Vorticity => "ω",
            Self::Speed => "|u|",
            Self::Stream => "ψ",
            Self::Pressure => "p",
            Self::Carrier => "c",
            Self::Atoms => "ω atoms",
            Self::Background => "ω backgr.",
            Self::Residual => "Δω",
        }
    }

    /// Unit of the quantity, in lengths and times; empty for a plain number.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Vorticity | Self::Atoms | Self::Background | Self::Residual => "1/time",
            Self::Speed => "length/time",
            Self::Stream => "length²/time",
            Self::Pressure => "length²/time²",
            Self::Carrier => "",
        }
    }

    /// The quantity in one sentence.
    pub const fn help(self) -> &'static str {
        match self {
            Self::Vorticity => "ω, positive turns counter-clockwise",
            Self::Speed => "|u| of the flow, mean flow included",
            Self::Stream => "ψ, −lap ψ = ω: the flow runs along its contours; mean flow left out",
            Self::Pressure => "p, lap p = 2 (u_x v_y − u_y v_x), of zero mean, density 1: vortices suck",
            Self::Carrier => "Support × sign: +1 or −1 where |ω| is above a tenth of the range of ω, else 0",
            Self::Atoms => "ω of the atoms alone, with the uniform part that balances their circulation",
            Self::Background => "ω of the spectral background alone",
            Self::Residual => "What the state has not: encoded field − state, or state − reference LES",
        }
    }

    /// Whether its values have a sign.
    pub fn sort(self) -> Sort {
        if self == Self::Speed { Sort::Magnitude } else { Sort::Signed }
    }

    /// Share of the largest value that gets the last colour: cores of vorticity saturate a little, so that filaments
    /// show.
    pub fn share(self) -> f64 {
        match self {
            Self::Vorticity | Self::Atoms => 0.7,
            _ => 1.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_picture_has_maps_that_fit_and_words_of_its_own() {
        for (i, a) in Picture::ALL.into_iter().enumerate() {
            assert!(a.sort().maps().count() >= 2 && !a.help().is_empty());
            assert!(a.sort().maps().all(|map| map.diverging() == (a != Picture::Speed)));
            assert!(Picture::ALL[i + 1..].iter().all(|b| a.name() != b.name() && a.word() != b.word()));
        }
    }
}
