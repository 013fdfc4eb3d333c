//! Midpoint steps and their watch: `y' = y + dt/2 f(y)`, then `y <- y + dt f(y')`.

use super::{
    LesOptions,
    slope::{Seen, Slope, band, room},
    watch::{Fastest, Watch},
};
use crate::{
    error::{Error, Result},
    math::{BOX, Complex, Real, wavenumber},
};

/// A simulation in one precision.
pub struct Solver<R: Real> {
    pub options: LesOptions,
    /// Steps taken.
    pub count: u64,
    /// CFL of a whole dt at the start of the last step.
    pub cfl: Option<f64>,
    /// Parts of the last step.
    pub parts: Option<u32>,
    /// Share of the first field that is not held.
    pub dropped: f64,
    slope: Slope<R>,
    /// Modes, `[kx][ky]`.
    omega: Vec<Complex<R>>,
    /// The same at the middle and at the end of a step.
    next: Vec<Complex<R>>,
    /// The same before a step that is divided; empty where none may be.
    start: Vec<Complex<R>>,
}

fn fastest<R: Real>(seen: &Seen<R>) -> Fastest {
    Fastest { speed: seen.speed.f64(), eddy: seen.eddy.f64() }
}

impl<R: Real> Solver<R> {
    /// From a field whose size and values were checked.
    pub fn new(options: &LesOptions, omega: &[f64]) -> Result<Self> {
        let (n, k) = (options.n, band(options.n));
        let (modes, zero) = ((k + 1) * (2 * k + 1), Complex::new(R::zero(), R::zero()));
        let delta = BOX / n as f64;
        let mut solver = Self {
            options: *options,
            count: 0,
            cfl: None,
            parts: None,
            dropped: 0.0,
            slope: Slope::new(n, options.nu0, (options.cs * delta).powi(2))?,
            omega: room(modes, zero)?,
            next: room(modes, zero)?,
            start: room(if options.substeps > 1 { modes } else { 0 }, zero)?,
        };
        solver.slope.modes_into(omega, &mut solver.omega);
        if !solver.is_finite() {
            return Err(Error::invalid(
                "first field of the LES",
                "values that its precision can hold",
                "an overflow; use dtype float64",
            ));
        }
        let square = omega.iter().map(|w| w * w).sum::<f64>() / (n * n) as f64;
        if square > 0.0 {
            solver.dropped = (1.0 - 2.0 * solver.energy_enstrophy().1 / square).max(0.0);
        }
        Ok(solver)
    }

    /// One step of dt, divided where that is needed and allowed.
    pub fn step(&mut self) -> Result<()> {
        let LesOptions { dt, substeps, .. } = self.options;
        let (mut left, mut parts) = (dt, 0);
        let taken = loop {
            let seen = self.slope.evaluate(&self.omega);
            let rate = self.rate(&seen);
            if parts == 0 {
                self.cfl = Some(dt * rate);
            }
            if let Err(error) = self.check(&seen, 1) {
                break Err(error);
            }
            // The remaining time in equal parts; later ones are measured anew.
            let count = (left * rate).ceil().max(1.0);
            if f64::from(parts) + count > f64::from(substeps) {
                break Err(self.watch().too_fast(fastest(&seen)));
            }
            if parts == 0 && count > 1.0 {
                self.start.copy_from_slice(&self.omega);
            }
            let h = left / count;
            if let Err(error) = self.midpoint(h) {
                break Err(error);
            }
            parts += 1;
            if count <= 1.0 {
                break Ok(());
            }
            left -= h;
        };
        if taken.is_err() && parts > 0 {
            self.omega.copy_from_slice(&self.start);
        }
        taken?;
        (self.count, self.parts) = (self.count + 1, Some(parts));
        Ok(())
    }

    /// A part of length `h`, the slope at its start being evaluated.
    fn midpoint(&mut self, h: f64) -> Result<()> {
        let Self { slope, omega, next, .. } = self;
        next.copy_from_slice(omega);
        slope.finish(omega, R::of(0.5 * h), next);
        let seen = slope.evaluate(next);
        slope.finish(omega, R::of(h), next);
        self.check(&seen, 2)?;
        std::mem::swap(&mut self.omega, &mut self.next);
        if !self.is_finite() {
            std::mem::swap(&mut self.omega, &mut self.next);
            return Err(self.watch().not_finite(2));
        }
        Ok(())
    }

    /// CFL per unit of time.
    fn rate(&self, seen: &Seen<R>) -> f64 {
        self.watch().rate(fastest(seen))
    }

    fn watch(&self) -> Watch<'_> {
        Watch { options: &self.options, count: self.count, cfl: self.cfl, single: size_of::<R>() == 4 }
    }

    fn is_finite(&self) -> bool {
        self.omega.iter().map(|w| w.norm_sqr().f64()).sum::<f64>().is_finite()
    }

    fn check(&self, seen: &Seen<R>, stage: u32) -> Result<()> {
        if seen.finite && seen.eddy.is_finite() { Ok(()) } else { Err(self.watch().not_finite(stage)) }
    }

    /// The field on the grid.
    pub fn field_into(&mut self, omega: &mut [f64]) {
        self.slope.field_into(&self.omega, omega);
    }

    /// Mean energy and enstrophy; every mode with kx > 0 stands for its conjugate too.
    pub fn energy_enstrophy(&self) -> (f64, f64) {
        let height = 2 * band(self.options.n) + 1;
        let (mut energy, mut enstrophy) = (0.0, 0.0);
        for (i, w) in self.omega.iter().enumerate().skip(1) {
            let (kx, ky) = (i / height, f64::from(wavenumber(i % height, height)));
            let square = w.re.f64().powi(2) + w.im.f64().powi(2);
            let share = if kx == 0 { 0.5 } else { 1.0 } * square;
            enstrophy += share;
            energy += share / ((kx * kx) as f64 + ky * ky);
        }
        (energy, enstrophy)
    }

    /// Puts a value that is not finite into a mode.
    #[cfg(test)]
    pub fn poison(&mut self) {
        self.omega[3].re = R::infinity();
    }
}
