//! How fast a step may be, and what is said when it is not.

use super::{LesOptions, slope::band};
use crate::{error::Error, math::BOX};

/// Rates of an evaluation, and where the run stands.
#[derive(Clone, Copy, Debug)]
pub struct Watch<'a> {
    pub options: &'a LesOptions,
    /// Steps taken.
    pub count: u64,
    /// CFL of a whole dt, when known.
    pub cfl: Option<f64>,
    /// Whether the arithmetic is single precision.
    pub single: bool,
}

/// Largest `|u| + |v|` and eddy viscosity on the grid.
#[derive(Clone, Copy, Debug)]
pub struct Fastest {
    pub speed: f64,
    pub eddy: f64,
}

impl Watch<'_> {
    /// CFL per unit of time.
    pub fn rate(&self, seen: Fastest) -> f64 {
        (seen.speed * self.options.n as f64 / BOX).max(self.viscous_rate(seen))
    }

    /// Half of the largest viscous rate: `(nu0 + max nu_t) (K^2 + K^2)/2`.
    fn viscous_rate(&self, seen: Fastest) -> f64 {
        let k = band(self.options.n) as f64;
        (self.options.nu0 + seen.eddy) * k * k
    }

    fn place(&self) -> String {
        format!(
            "the LES at N = {}, step {}, t = {:.4}",
            self.options.n,
            self.count + 1,
            self.count as f64 * self.options.dt
        )
    }

    /// A value overflowed or is no number.
    pub fn not_finite(&self, stage: u32) -> Error {
        let LesOptions { dt, cs, .. } = self.options;
        let cfl = self.cfl.map_or("not known".into(), |cfl| format!("{cfl:.2}"));
        let remedy = if self.single { ", or use dtype float64" } else { "" };
        Error::Run(format!(
            "{}: a value is not finite in stage {stage}, CFL {cfl}; lower dt (now {dt}), raise Cs (now {cs}){remedy}",
            self.place()
        ))
    }

    /// A step would not be stable.
    pub fn too_fast(&self, seen: Fastest) -> Error {
        let LesOptions { dt, substeps, .. } = self.options;
        let rate = self.rate(seen);
        let why = if self.viscous_rate(seen) < rate { "the flow is too fast" } else { "viscosity is too large" };
        // Two digits, rounded down: what the remedy names must work.
        let fits = 0.9 / rate;
        let digits = 10_f64.powf(1.0 - fits.log10().floor());
        let fits = (fits * digits).floor() / digits;
        let divide = match substeps {
            1 => "or allow substeps".into(),
            most => format!("or allow more than {most} substeps"),
        };
        Error::Run(format!(
            "{}: CFL {:.2} > 1 in stage 1, {why} for dt = {dt}; lower dt to {fits}, {divide}",
            self.place(),
            dt * rate,
        ))
    }
}
