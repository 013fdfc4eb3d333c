//! Steps of the three schemes, and their watch.

use super::{
    LesOptions, LesScheme,
    slope::{Seen, Slope, band, room},
    watch::{Fastest, Floor, Watch},
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
    /// What must not grow.
    pub floor: Floor,
    /// The sentence that steps are divided, until it was taken.
    pub remark: Option<String>,
    divided: bool,
    slope: Slope<R>,
    /// Modes, `[kx][ky]`.
    omega: Vec<Complex<R>>,
    /// Modes in the middle and at the end of a step.
    next: Vec<Complex<R>>,
    /// What the stages of rk4 and rk3 draw together; empty in rk2.
    sum: Vec<Complex<R>>,
    /// Modes before a step that is divided; empty where none may be.
    start: Vec<Complex<R>>,
}

/// `target = base + share (other - base)`.
fn mixed<R: Real>(target: &mut [Complex<R>], base: &[Complex<R>], share: f64, other: &[Complex<R>]) {
    let share = R::of(share);
    target.iter_mut().zip(base.iter().zip(other)).for_each(|(t, (b, o))| *t = *b + (*o - *b) * share);
}

/// `target += share (other - base)`.
fn add<R: Real>(target: &mut [Complex<R>], base: &[Complex<R>], share: f64, other: &[Complex<R>]) {
    let share = R::of(share);
    target.iter_mut().zip(base.iter().zip(other)).for_each(|(t, (b, o))| *t = *t + (*o - *b) * share);
}

/// Whether all are, and their squares in this precision.
fn is_finite<R: Real>(modes: &[Complex<R>]) -> bool {
    modes.iter().map(|w| w.norm_sqr().f64()).sum::<f64>().is_finite()
}

fn fastest<R: Real>(seen: &Seen<R>) -> Fastest {
    Fastest { speed: seen.speed.f64(), eddy: seen.eddy.f64() }
}

impl<R: Real> Solver<R> {
    /// From a field whose size and values were checked. `omega` is row-major, `N x N` values.
    ///
    /// # Errors
    /// [`Error::Run`] without memory; [`Error::Invalid`] for a field whose modes overflow.
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
            floor: Floor::new((0.0, 0.0)),
            remark: None,
            divided: false,
            slope: Slope::new(n, options.nu0, (options.cs * delta).powi(2))?,
            omega: room(modes, zero)?,
            next: room(modes, zero)?,
            sum: room(if options.scheme == LesScheme::Rk2 { 0 } else { modes }, zero)?,
            start: room(if options.substeps > 1 { modes } else { 0 }, zero)?,
        };
        solver.slope.modes_into(omega, &mut solver.omega);
        let first = solver.energy_enstrophy();
        if !is_finite(&solver.omega) {
            return Err(Error::invalid(
                "first field of the LES",
                "values that its precision can hold",
                "an overflow; use dtype float64",
            ));
        }
        solver.floor = Floor::new(first);
        let square = omega.iter().map(|w| w * w).sum::<f64>() / (n * n) as f64;
        if square > 0.0 {
            solver.dropped = (1.0 - 2.0 * first.1 / square).max(0.0);
        }
        Ok(solver)
    }

    /// One step of dt, divided where that is needed and allowed.
    ///
    /// # Errors
    /// [`Error::Run`] naming step, CFL and remedy when the step would not be stable or a value is no longer finite;
    /// the field before it is kept.
    pub fn step(&mut self) -> Result<()> {
        let LesOptions { dt, substeps, .. } = self.options;
        let (mut left, mut parts, floor) = (dt, 0, self.floor);
        let taken = loop {
            let seen = self.slope.evaluate(&self.omega);
            let rate = self.watch().rate(fastest(&seen));
            if parts == 0 {
                self.cfl = Some(dt * self.watch().cfl_rate(fastest(&seen)));
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
                if !std::mem::replace(&mut self.divided, true) {
                    self.remark = Some(self.watch().divided(fastest(&seen), count as u32));
                }
            }
            let h = left / count;
            if let Err(error) = self.part(h) {
                break Err(error);
            }
            parts += 1;
            if count <= 1.0 {
                break Ok(());
            }
            left -= h;
        };
        if taken.is_err() {
            self.floor = floor;
            if parts > 0 {
                self.omega.copy_from_slice(&self.start);
            }
        }
        taken?;
        (self.count, self.parts) = (self.count + 1, Some(parts));
        Ok(())
    }

    /// A part of length `h`, the slope at its start being evaluated. On failure the modes stay.
    fn part(&mut self, h: f64) -> Result<()> {
        self.next.copy_from_slice(&self.omega);
        match self.options.scheme {
            LesScheme::Rk2 => {
                self.go(0.5 * h);
                self.evaluate(2)?;
                self.go(h);
            }
            LesScheme::SspRk3 => {
                self.go(h);
                self.evaluate(2)?;
                mixed(&mut self.sum, &self.omega, 0.25, &self.next);
                self.go_from_sum(0.25 * h);
                self.evaluate(3)?;
                mixed(&mut self.sum, &self.omega, 2.0 / 3.0, &self.next);
                self.go_from_sum(2.0 / 3.0 * h);
            }
            // y + h/6 (k1 + 2 k2 + 2 k3) = y + (y2 - y)/3 + 2 (y3 - y)/3 + (y4 - y)/3
            LesScheme::Rk4 => {
                self.go(0.5 * h);
                self.evaluate(2)?;
                mixed(&mut self.sum, &self.omega, 1.0 / 3.0, &self.next);
                self.go(0.5 * h);
                add(&mut self.sum, &self.omega, 2.0 / 3.0, &self.next);
                self.evaluate(3)?;
                self.go(h);
                add(&mut self.sum, &self.omega, 1.0 / 3.0, &self.next);
                self.evaluate(4)?;
                self.go_from_sum(h / 6.0);
            }
        }
        if !is_finite(&self.next) {
            return Err(self.watch().not_finite(self.options.scheme.stages()));
        }
        let (now, mut floor) = (self.sums(&self.next), self.floor);
        let grown = floor.grown(now, 1, &self.watch());
        if let Some(grown) = grown.filter(|_| self.options.scheme != LesScheme::Rk2) {
            return Err(self.watch().grows(grown));
        }
        self.floor = floor;
        std::mem::swap(&mut self.omega, &mut self.next);
        Ok(())
    }

    /// The slope that was evaluated last leads from the start of the part so far.
    fn go(&mut self, h: f64) {
        self.slope.finish(&self.omega, R::of(h), &mut self.next);
    }

    /// Ends a part from the sum of its stages.
    fn go_from_sum(&mut self, h: f64) {
        self.slope.finish(&self.sum, R::of(h), &mut self.next);
    }

    fn evaluate(&mut self, stage: u32) -> Result<()> {
        let seen = self.slope.evaluate(&self.next);
        self.check(&seen, stage)
    }

    fn watch(&self) -> Watch<'_> {
        Watch { options: &self.options, count: self.count, cfl: self.cfl, single: size_of::<R>() == 4 }
    }

    fn check(&self, seen: &Seen<R>, stage: u32) -> Result<()> {
        if seen.finite && seen.eddy.is_finite() { Ok(()) } else { Err(self.watch().not_finite(stage)) }
    }

    /// The field on the grid. Row-major, `N x N` values.
    pub fn field_into(&mut self, omega: &mut [f64]) {
        self.slope.field_into(&self.omega, omega);
    }

    /// Mean energy and enstrophy; every mode with kx > 0 stands for its conjugate too.
    pub fn energy_enstrophy(&self) -> (f64, f64) {
        self.sums(&self.omega)
    }

    fn sums(&self, modes: &[Complex<R>]) -> (f64, f64) {
        let height = 2 * band(self.options.n) + 1;
        let (mut energy, mut enstrophy) = (0.0, 0.0);
        for (i, w) in modes.iter().enumerate().skip(1) {
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
