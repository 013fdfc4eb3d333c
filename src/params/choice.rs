//! Parameters whose values are words, or a number that the program may be left to choose.

use super::value::{AUTO, ParamValue};

/// How the spectral background moves in one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kernel {
    /// The background stays as it is.
    Frozen,
    /// Each mode decays with viscosity, drifts with the mean flow and spins.
    Linear,
    /// The truncated vorticity equation on the same modes.
    Galerkin,
}

impl ParamValue for Kernel {
    const INTEGER: bool = true;
    const CHOICES: &'static [&'static str] = &["frozen", "linear", "galerkin"];
    fn get(self) -> f64 {
        f64::from(self as u8)
    }
    fn of(x: f64) -> Self {
        [Self::Frozen, Self::Linear, Self::Galerkin][(x as usize).min(2)]
    }
}

/// Runge-Kutta scheme for vertices and modes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Integrator {
    /// Midpoint rule, two velocity evaluations a step.
    Rk2,
    /// Classical fourth order, four evaluations a step.
    Rk4,
}

impl ParamValue for Integrator {
    const INTEGER: bool = true;
    const CHOICES: &'static [&'static str] = &["rk2", "rk4"];
    fn get(self) -> f64 {
        f64::from(self as u8)
    }
    fn of(x: f64) -> Self {
        [Self::Rk2, Self::Rk4][(x as usize).min(1)]
    }
}

/// How atoms are made to move one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Velocity {
    /// The mesh from about two million pairs on, the direct sum below.
    Auto,
    /// The sum over all pairs.
    Direct,
    /// Through a grid, at most 1e-4 of the largest speed off.
    Mesh,
    /// Through a grid, at most 1e-5 off.
    Fine,
}

impl ParamValue for Velocity {
    const INTEGER: bool = true;
    const CHOICES: &'static [&'static str] = &["auto", "direct", "mesh", "fine"];
    fn get(self) -> f64 {
        f64::from(self as u8)
    }
    fn of(x: f64) -> Self {
        [Self::Auto, Self::Direct, Self::Mesh, Self::Fine][(x as usize).min(3)]
    }
}

/// Steps between two refits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    /// As the winding of the vortices asks.
    Auto,
    /// After so many steps; 0 never.
    Steps(u32),
}

impl ParamValue for Every {
    const INTEGER: bool = true;
    const AUTO: bool = true;
    fn get(self) -> f64 {
        match self {
            Self::Auto => AUTO,
            Self::Steps(steps) => f64::from(steps),
        }
    }
    fn of(x: f64) -> Self {
        if x < 0.0 { Self::Auto } else { Self::Steps(x as u32) }
    }
}

impl serde::Serialize for Every {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Auto => to.serialize_str("auto"),
            Self::Steps(steps) => to.serialize_u32(*steps),
        }
    }
}

/// Most parcels, a side of their lattice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Most {
    /// As the program chooses.
    Auto,
    /// So many parcels a side.
    Side(u32),
}

impl Most {
    /// The number, or another where the program chooses.
    pub fn or(self, chosen: u32) -> u32 {
        match self {
            Self::Auto => chosen,
            Self::Side(side) => side,
        }
    }
}

impl ParamValue for Most {
    const INTEGER: bool = true;
    const AUTO: bool = true;
    fn get(self) -> f64 {
        match self {
            Self::Auto => AUTO,
            Self::Side(side) => f64::from(side),
        }
    }
    fn of(x: f64) -> Self {
        if x < 0.0 { Self::Auto } else { Self::Side(x as u32) }
    }
}

impl serde::Serialize for Most {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Auto => to.serialize_str("auto"),
            Self::Side(side) => to.serialize_u32(*side),
        }
    }
}

/// Whether something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Switch {
    /// Something is not done.
    Off,
    /// Something is done.
    On,
}

impl ParamValue for Switch {
    const INTEGER: bool = true;
    const CHOICES: &'static [&'static str] = &["off", "on"];
    fn get(self) -> f64 {
        f64::from(self as u8)
    }
    fn of(x: f64) -> Self {
        [Self::Off, Self::On][(x as usize).min(1)]
    }
}
