//! The reference: the decoded start by pseudo-spectral RK4, and the same on half as many nodes.
//!
//! Steps have CFL 0.7 at the start, and a whole number of them fits between
//! the times that are asked for; where the flow gets faster they are divided. f32 on a device, f64 on the CPU.

use std::time::Instant;

use super::Tell;
use crate::{
    error::Result,
    lab::Place,
    math::BOX,
    ops::poisson,
    spectral::{Les, LesOptions, Precision},
};

/// CFL of a step at the start, half of the 1.35 that is stable.
pub const HALF: f64 = 0.7;
/// CFL of a step where the cost of a solver is measured, 0.7 of what is stable.
pub const FAST: f64 = 0.95;
/// Longest step.
const LONGEST: f64 = 0.02;
/// Steps between two words of progress.
const BLOCK: u32 = 32;

/// A solver at one of the two places.
enum Solver {
    Cpu(Box<Les>),
    #[cfg(feature = "gpu")]
    Device(Box<crate::spectral::les::gpu::Les>),
}

impl Solver {
    fn new(place: &Place, options: &LesOptions, omega: &[f64]) -> Result<Self> {
        Ok(match place {
            Place::Cpu => Self::Cpu(Box::new(Les::new(&LesOptions { dtype: Precision::F64, ..*options }, omega)?)),
            #[cfg(feature = "gpu")]
            Place::Device(context) => {
                let options = LesOptions { dtype: Precision::F32, ..*options };
                Self::Device(Box::new(crate::spectral::les::gpu::Les::new(context, &options, omega)?))
            }
        })
    }

    fn advance(&mut self, steps: u32) -> Result<()> {
        match self {
            Self::Cpu(les) => (0..steps).try_for_each(|_| les.step()),
            #[cfg(feature = "gpu")]
            Self::Device(les) => les.advance(steps),
        }
    }

    fn field(&mut self) -> Result<Vec<f64>> {
        match self {
            Self::Cpu(les) => Ok(les.field()),
            #[cfg(feature = "gpu")]
            Self::Device(les) => les.field(),
        }
    }
}

/// A reference that has run.
pub struct Reference {
    /// Fields at the times asked for, on its own nodes.
    pub fields: Vec<Vec<f64>>,
    /// Steps of the first length in a unit of time.
    pub steps_per_unit: f64,
    /// Seconds a unit of time took, steps alone.
    pub seconds_per_unit: f64,
}

/// Runs it from `omega` on `n x n` nodes to each of the rising `times`, Cs 0.
///
/// # Errors
/// What ends the solver, and what `tell` answers.
pub fn run(
    place: &Place,
    omega: &[f64],
    n: usize,
    nu: f64,
    times: &[f64],
    cfl: f64,
    tell: &mut Tell<'_>,
) -> Result<Reference> {
    let speed = poisson::cpu::velocity(omega, n).velocity.iter().map(|v| v[0].abs() + v[1].abs()).fold(0.0, f64::max);
    let longest = if speed > 0.0 { (cfl * BOX / n as f64 / speed).min(LONGEST) } else { LONGEST };
    let unit = unit(times);
    let steps = (unit / longest).ceil();
    let options = LesOptions { n, nu0: nu, cs: 0.0, dt: unit / steps, substeps: 4096, ..LesOptions::default() };
    let mut solver = Solver::new(place, &options, omega)?;
    let (mut fields, mut now, mut seconds) = (vec![], 0.0, 0.0);
    let end = times.last().copied().unwrap_or(0.0);
    for time in times {
        let mut left = ((time - now) / options.dt).round() as u32;
        let (from, all) = (now, left);
        while left > 0 {
            let share = f64::from(all - left) / f64::from(all);
            tell(&format!("reference on {n} x {n} nodes"), (from + share * (time - from)) / end)?;
            let begun = Instant::now();
            solver.advance(left.min(BLOCK))?;
            seconds += begun.elapsed().as_secs_f64();
            left -= left.min(BLOCK);
        }
        now = *time;
        fields.push(solver.field()?);
    }
    Ok(Reference { fields, steps_per_unit: 1.0 / options.dt, seconds_per_unit: seconds / end })
}

/// The longest time of which every one is a multiple, in hundredths.
fn unit(times: &[f64]) -> f64 {
    let gcd = |mut a: u64, mut b: u64| {
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    times.iter().map(|t| (100.0 * t).round() as u64).fold(0, gcd).max(1) as f64 / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_end_at_every_time() {
        assert_eq!(unit(&[1.0, 2.0, 4.0, 8.0]), 1.0);
        assert_eq!((unit(&[0.1, 0.25]), unit(&[1.5, 3.0])), (0.05, 1.5));
    }

    #[test]
    fn a_reference_decays_as_an_exact_solution_does() {
        let (n, nu) = (32, 0.02);
        let x = |i: usize| BOX * i as f64 / n as f64;
        let cells: Vec<f64> = (0..n * n).map(|c| 2.0 * x(c % n).cos() * x(c / n).cos()).collect();
        let run = run(&Place::Cpu, &cells, n, nu, &[0.25, 1.0], HALF, &mut |_, _| Ok(())).unwrap();
        for (field, t) in run.fields.iter().zip([0.25, 1.0]) {
            let factor = (-2.0 * nu * t).exp();
            assert!(field.iter().zip(&cells).all(|(a, b)| (a - factor * b).abs() < 1e-8), "t = {t}");
        }
        assert!(run.seconds_per_unit > 0.0 && run.steps_per_unit >= 50.0);
    }

    #[cfg(feature = "gpu")]
    #[test]
    fn a_device_gives_the_reference_of_the_cpu() {
        let (n, times) = (64, [0.1, 0.2]);
        let omega = crate::spectral::RandomField { peak: 5.0, rms: 3.0, seed: 1 }.field(n).unwrap();
        let device = Place::Device(crate::gpu::Context::headless(None).unwrap());
        let [a, b] = [Place::Cpu, device]
            .map(|place| run(&place, &omega, n, 1e-4, &times, HALF, &mut |_, _| Ok(())).unwrap().fields);
        for (a, b) in a.iter().zip(&b) {
            let near = crate::math::nearness(b, a);
            assert!(near.rel_l2 < 1e-4 && near.corr > 0.9999, "{near:?}");
        }
    }
}
