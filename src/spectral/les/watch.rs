//! How fast a step may be, what must not grow, and what is said when either is not so.
//!
//! Nothing forces this flow, so its enstrophy cannot grow: advection keeps it, and both viscosities take from it, on
//! the grid as in the equation (the sum over nodes of `nu_t |grad omega|^2` is never negative). With Cs = 0 the same
//! holds for energy. An eddy viscosity that differs from place to place may give energy back,
//! `dE/dt = -mean nu_t grad psi . grad omega`, so energy is watched with Cs = 0 alone.

use super::{LesOptions, LesScheme, slope::band};
use crate::{error::Error, math::BOX};

/// Growth over the lowest value so far that is put down to rounding: at once, and for every step since, f64 and f32.
/// Truncation of rk4 at its limits was at most 2e-8 of energy and none of enstrophy.
pub const GROWTH: [f64; 2] = [1e-7, 1e-5];
pub const GROWTH_A_STEP: [f64; 2] = [1e-12, 6e-8];

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

#[cfg(feature = "gpu")]
impl Fastest {
    /// Whether both are numbers.
    pub fn is_finite(self) -> bool {
        self.speed.is_finite() && self.eddy.is_finite()
    }
}

/// The lowest enstrophy and energy so far, and how long ago.
#[derive(Clone, Copy, Debug)]
pub struct Floor {
    lowest: [f64; 2],
    since: [u64; 2],
    /// Largest growth of enstrophy over its lowest, of the lowest.
    pub growth: f64,
    /// Whether anything ever grew beyond rounding.
    pub grew: bool,
}

/// What grew, from its lowest to what it is now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grown {
    what: &'static str,
    lowest: f64,
    now: f64,
}

impl Floor {
    /// Of a first field's energy and enstrophy.
    pub fn new((energy, enstrophy): (f64, f64)) -> Self {
        Self { lowest: [enstrophy, energy], since: [0; 2], growth: 0.0, grew: false }
    }

    /// Takes in energy and enstrophy `steps` steps later; what grew beyond rounding, if anything did.
    pub fn grown(&mut self, (energy, enstrophy): (f64, f64), steps: u64, watch: &Watch<'_>) -> Option<Grown> {
        let i = usize::from(watch.single);
        let mut grown = None;
        for (q, (what, now)) in [("enstrophy", enstrophy), ("energy", energy)].into_iter().enumerate() {
            let lowest = self.lowest[q];
            if now < lowest {
                (self.lowest[q], self.since[q]) = (now, 0);
                continue;
            }
            self.since[q] += steps;
            let may = GROWTH[i] + GROWTH_A_STEP[i] * self.since[q] as f64;
            if q == 0 && lowest > 0.0 {
                self.growth = self.growth.max(now / lowest - 1.0);
            }
            let forbidden = q == 0 || watch.options.cs == 0.0;
            if forbidden && now > lowest * (1.0 + may) {
                grown = grown.or(Some(Grown { what, lowest, now }));
            }
        }
        self.grew |= grown.is_some();
        grown
    }
}

impl Watch<'_> {
    /// CFL per unit of time.
    pub fn cfl_rate(&self, seen: Fastest) -> f64 {
        seen.speed * self.options.n as f64 / BOX
    }

    /// The largest viscous rate: `(nu0 + max nu_t) 2 K^2`.
    fn viscous_rate(&self, seen: Fastest) -> f64 {
        let k = band(self.options.n) as f64;
        2.0 * ((self.options.nu0 + seen.eddy) * k * k)
    }

    /// Parts that a unit of time asks for.
    pub fn rate(&self, seen: Fastest) -> f64 {
        self.options.scheme.parts(self.cfl_rate(seen), self.viscous_rate(seen))
    }

    fn place(&self) -> String {
        format!(
            "the LES at N = {}, step {}, t = {:.4}",
            self.options.n,
            self.count + 1,
            self.count as f64 * self.options.dt
        )
    }

    fn cfl(&self) -> String {
        self.cfl.map_or("not known".into(), |cfl| format!("{cfl:.2}"))
    }

    /// What single precision can do besides.
    fn wider(&self) -> &'static str {
        if self.single { ", or use dtype float64" } else { "" }
    }

    /// A value overflowed or is no number.
    pub fn not_finite(&self, stage: u32) -> Error {
        let LesOptions { dt, cs, .. } = self.options;
        Error::Run(format!(
            "{}: a value is not finite in stage {stage}, CFL {}; lower dt (now {dt}), raise Cs (now {cs}){}",
            self.place(),
            self.cfl(),
            self.wider()
        ))
    }

    /// Enstrophy or energy grew.
    pub fn grows(&self, grown: Grown) -> Error {
        let LesOptions { dt, scheme, .. } = *self.options;
        let Grown { what, lowest, now } = grown;
        Error::Run(format!(
            "{}: {what} grew by {:.2e} of its lowest, {lowest:.6e}, which no unforced flow does: the steps of {} are \
             not stable at CFL {}; lower dt (now {dt}){}{}",
            self.place(),
            now / lowest - 1.0,
            scheme.name(),
            self.cfl(),
            if scheme == LesScheme::Rk4 { "" } else { ", take the scheme rk4" },
            self.wider(),
        ))
    }

    /// A step would not be stable.
    pub fn too_fast(&self, seen: Fastest) -> Error {
        let LesOptions { dt, substeps, scheme, .. } = *self.options;
        let (cfl, viscous) = (dt * self.cfl_rate(seen), dt * self.viscous_rate(seen));
        let (c, r) = (scheme.cfl_limit(), scheme.viscous_limit());
        let why = match (cfl > c, viscous > r) {
            (true, false) => format!("CFL {cfl:.2} > {c} in stage 1, the flow is too fast"),
            (false, true) => {
                format!("viscous rate {viscous:.2} > {r} at CFL {cfl:.2} in stage 1, viscosity is too large")
            }
            _ => format!("CFL {cfl:.2} (limit {c}) and viscous rate {viscous:.2} (limit {r}) in stage 1, too much"),
        };
        // Two digits, rounded down: what the remedy names must work.
        let fits = 0.9 / self.rate(seen);
        let digits = 10_f64.powf(1.0 - fits.log10().floor());
        let fits = (fits * digits).floor() / digits;
        let divide = match substeps {
            1 => "or allow substeps".into(),
            most => format!("or allow more than {most} substeps"),
        };
        Error::Run(format!("{}: {why} for dt = {dt} by {}; lower dt to {fits}, {divide}", self.place(), scheme.name()))
    }

    /// The sentence that steps are divided.
    pub fn divided(&self, seen: Fastest, parts: u32) -> String {
        let LesOptions { dt, substeps, scheme, n, .. } = *self.options;
        format!(
            "the LES at N = {n} divides its steps of dt {dt}: CFL {:.2}, {} takes at most {}; {parts} parts now, \
             {substeps} at most",
            dt * self.cfl_rate(seen),
            scheme.name(),
            scheme.cfl_limit(),
        )
    }
}
