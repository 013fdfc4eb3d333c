//! The spectral solver of as many numbers as a state has: what a state must beat.
//!
//! ```text
//! d omega/dt + u . grad omega = div( (nu + nu_t) grad omega ),    -lap psi = omega,  u = (psi_y, -psi_x)
//! nu_t = (Cs Delta)^2 |S|,  |S| = 2 sqrt(S_11^2 + S_12^2),        Delta = 2 pi/n
//! ```
//!
//! on the modes `|kx|, |ky| <= K` alone: `(2 K + 1)^2` real numbers, 1,849 for K = 21 and 6,561 for K = 40. The start
//! is cut likewise. Products are taken on `n = 2 ceil(3 (2 K + 1)/4) + 2` nodes a side, 68 and 124, so that quadratic
//! ones are free of aliasing. Time is the classical Runge-Kutta scheme at half its limit,
//!
//! ```text
//! h = (1/2) / sqrt( (K max(|u| + |v|) / 2.83)^2 + (2 K^2 (nu + max nu_t) / 2.785)^2 )
//! ```
//!
//! with the speed at the start of each step. f64 on the CPU.

use crate::{
    error::{Error, Result},
    math::{BOX, Complex64},
    primitives::fft::{band::Band, plane::Plane},
};

/// Cuts compared with: 1,849 and 6,561 numbers.
pub const CUTS: [usize; 2] = [21, 40];
/// Ends of the stability region on the imaginary and the real axis.
const LIMITS: [f64; 2] = [2.83, 2.785];
/// Share of them that a step takes.
const SHARE: f64 = 0.5;

/// What is solved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Largest wavenumber, K.
    pub cut: usize,
    /// Kinematic viscosity.
    pub nu: f64,
    /// Smagorinsky's constant; 0 switches the eddy viscosity off.
    pub cs: f64,
}

impl Options {
    /// Real numbers of the state.
    pub fn floats(&self) -> usize {
        (2 * self.cut + 1).pow(2)
    }

    /// Side of the grid on which products are taken.
    pub fn side(&self) -> usize {
        2 * (3 * (2 * self.cut + 1)).div_ceil(4) + 2
    }
}

/// A simulation under way.
pub struct EqualFloats {
    options: Options,
    plane: Plane<f64>,
    eddy: f64,
    /// Modes `[kx][ky + K]`, kx from 0; Hermitian where kx = 0, the mean 0.
    omega: Vec<Complex64>,
    time: f64,
    steps: u64,
}

/// A slope, and what it saw on the way.
struct Slope {
    modes: Vec<Complex64>,
    /// Largest `|u| + |v|`.
    speed: f64,
    /// Largest eddy viscosity.
    nu_t: f64,
}

impl EqualFloats {
    /// From `omega[j, i]` on `n x n` nodes, cut to the modes; its mean is not part of the simulation.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a field of another size, with values that are not finite or on a grid that does not hold
    /// the modes, and for numbers out of range.
    pub fn new(options: &Options, omega: &[f64], n: usize) -> Result<Self> {
        if options.cut == 0 || options.cut > 1024 {
            return Err(Error::invalid("largest wavenumber", "a whole number from 1 to 1024", options.cut));
        }
        for (name, value) in [("nu", options.nu), ("Cs", options.cs)] {
            if !(value.is_finite() && value >= 0.0) {
                return Err(Error::invalid(format!("{name} of the spectral solver"), "a number of at least 0", value));
            }
        }
        if omega.len() != n * n {
            return Err(Error::invalid("first field", format!("{} numbers", n * n), omega.len()));
        }
        if n <= 2 * options.cut {
            let expected = format!("more than {} nodes a side, which hold its modes", 2 * options.cut);
            return Err(Error::invalid("first field of the spectral solver", expected, n));
        }
        if let Some(i) = omega.iter().position(|w| !w.is_finite()) {
            return Err(Error::invalid(format!("first field at [{}, {}]", i / n, i % n), "a finite number", omega[i]));
        }
        let (k, band) = (options.cut as i32, Band::new(n));
        let modes = band.analyse(omega, options.cut);
        let mut half: Vec<Complex64> =
            (0..=k).flat_map(|kx| (-k..=k).map(move |ky| [kx, ky])).map(|k| modes.at(k)).collect();
        half[options.cut] = Complex64::ZERO;
        let eddy = (options.cs * BOX / options.side() as f64).powi(2);
        Ok(Self { options: *options, plane: Plane::new(options.side()), eddy, omega: half, time: 0.0, steps: 0 })
    }

    /// Options that the solver was made with.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Simulated time.
    pub fn time(&self) -> f64 {
        self.time
    }

    /// Steps taken.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Takes steps until `time`, the last as short as that asks for. `go_on` is asked before every step.
    ///
    /// # Errors
    /// [`Error::Run`] where a value is no longer finite; what `go_on` returns.
    pub fn advance(&mut self, time: f64, go_on: &mut dyn FnMut(f64) -> Result<()>) -> Result<()> {
        while self.time < time - 1e-12 {
            go_on(self.time)?;
            let first = self.slope(&self.omega);
            let k = self.options.cut as f64;
            let advection = k * first.speed / LIMITS[0];
            let viscosity = 2.0 * k * k * (self.options.nu + first.nu_t) / LIMITS[1];
            let rate = advection.hypot(viscosity);
            if !rate.is_finite() {
                return Err(Error::Run(format!(
                    "spectral solver of {} numbers: a value is not finite at t = {}, step {}",
                    self.options.floats(),
                    self.time,
                    self.steps
                )));
            }
            let left = time - self.time;
            // At rest nothing limits a step.
            let h = if rate > 0.0 { (SHARE / rate).min(left) } else { left };
            let moved = |slope: &Slope, share: f64| -> Vec<Complex64> {
                self.omega.iter().zip(&slope.modes).map(|(w, s)| w + s * share).collect()
            };
            let second = self.slope(&moved(&first, 0.5 * h));
            let third = self.slope(&moved(&second, 0.5 * h));
            let fourth = self.slope(&moved(&third, h));
            let inner = second.modes.iter().zip(&third.modes);
            let outer = first.modes.iter().zip(&fourth.modes);
            for (w, ((b, c), (a, d))) in self.omega.iter_mut().zip(inner.zip(outer)) {
                *w += (a + (b + c) * 2.0 + d) * (h / 6.0);
            }
            // The last step ends where it was asked to, whatever rounding says.
            self.time = if h == left { time } else { self.time + h };
            self.steps += 1;
        }
        Ok(())
    }

    /// The field on `n x n` nodes, row-major.
    pub fn field(&self, n: usize) -> Vec<f64> {
        let (k, width) = (self.options.cut as i32, 2 * self.options.cut + 1);
        Band::new(n).field(self.options.cut, |m| self.omega[m[0] as usize * width + (m[1] + k) as usize])
    }

    /// Two real fields as one complex one on the grid of the products; `of` says the amplitudes of both at a mode.
    fn pair(&self, omega: &[Complex64], of: impl Fn(f64, f64, Complex64) -> [Complex64; 2]) -> Vec<Complex64> {
        let (k, n) = (self.options.cut, self.plane.n());
        let mut whole = vec![Complex64::ZERO; n * n];
        for kx in 0..=k {
            for row in (if kx == 0 { k + 1 } else { 0 })..=2 * k {
                let ky = row as f64 - k as f64;
                let [a, b] = of(kx as f64, ky, omega[kx * (2 * k + 1) + row]);
                let [there, mirrored] = [(n + row - k) % n, (n + k - row) % n];
                whole[kx * n + there] = a + Complex64::i() * b;
                whole[(n - kx) % n * n + mirrored] = a.conj() + Complex64::i() * b.conj();
            }
        }
        self.plane.backward(&mut whole)
    }

    fn slope(&self, omega: &[Complex64]) -> Slope {
        let (k, n, i) = (self.options.cut, self.plane.n(), Complex64::i());
        let flow = self.pair(omega, |kx, ky, w| {
            let psi = w / (kx * kx + ky * ky);
            [i * ky * psi, -i * kx * psi]
        });
        let gradient = self.pair(omega, |kx, ky, w| [i * kx * w, i * ky * w]);
        let speed = flow.iter().map(|u| u.re.abs() + u.im.abs()).fold(0.0, largest);
        let carried: Vec<f64> = flow.iter().zip(&gradient).map(|(u, g)| -(u.re * g.re + u.im * g.im)).collect();
        let mut forward = vec![self.plane.forward(&carried)];
        let mut nu_t = 0.0;
        if self.eddy > 0.0 {
            let strain = self.pair(omega, |kx, ky, w| {
                let psi = w / (kx * kx + ky * ky);
                [-kx * ky * psi, 0.5 * (kx * kx - ky * ky) * psi]
            });
            let eddies: Vec<f64> = strain.iter().map(|s| self.eddy * 2.0 * s.norm()).collect();
            nu_t = eddies.iter().copied().fold(0.0, largest);
            let flux = |part: fn(&Complex64) -> f64| -> Vec<f64> {
                eddies.iter().zip(&gradient).map(|(nu, g)| nu * part(g)).collect()
            };
            forward.extend([self.plane.forward(&flux(|g| g.re)), self.plane.forward(&flux(|g| g.im))]);
        }
        let scale = 1.0 / (n * n) as f64;
        let mode = |place: usize| {
            let (kx, row) = (place / (2 * k + 1), place % (2 * k + 1));
            let ky = row as f64 - k as f64;
            let at = kx * n + (n + row - k) % n;
            let mut slope = forward[0][at];
            if let [_, fx, fy] = forward.as_slice() {
                slope += i * (fx[at] * kx as f64 + fy[at] * ky);
            }
            slope * scale - omega[place] * self.options.nu * ((kx * kx) as f64 + ky * ky)
        };
        let mut modes: Vec<Complex64> = (0..omega.len()).map(mode).collect();
        modes[k] = Complex64::ZERO;
        Slope { modes, speed, nu_t }
    }
}

/// The larger of two; a NaN stays one, which `f64::max` drops.
fn largest(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        math::nearness,
        spectral::{Les, LesOptions, Precision, RandomField},
    };

    fn run(options: &Options, omega: &[f64], n: usize, time: f64) -> EqualFloats {
        let mut solver = EqualFloats::new(options, omega, n).unwrap();
        solver.advance(time, &mut |_| Ok(())).unwrap();
        assert_eq!(solver.time(), time);
        solver
    }

    #[test]
    fn numbers_and_grids_are_those_of_the_comparison() {
        let of = |cut| Options { cut, nu: 0.0, cs: 0.0 };
        assert_eq!(CUTS.map(|cut| (of(cut).floats(), of(cut).side())), [(1849, 68), (6561, 124)]);
        // Free of aliasing: two modes of K meet no mode of K from the other side.
        assert!((1..200).all(|cut| of(cut).side() > 3 * cut && of(cut).side() % 2 == 0));
    }

    #[test]
    fn taylor_green_cells_decay_and_a_sheared_wave_is_carried_exactly() {
        let (n, nu) = (32, 0.05);
        let x = |i: usize| BOX * i as f64 / n as f64;
        let cells: Vec<f64> = (0..n * n).map(|c| (2.0 * x(c % n)).cos() * (2.0 * x(c / n)).cos()).collect();
        let solver = run(&Options { cut: 7, nu, cs: 0.0 }, &cells, n, 1.5);
        let factor = (-2.0 * nu * 4.0 * 1.5_f64).exp();
        for (a, b) in solver.field(n).iter().zip(&cells) {
            assert!((a - factor * b).abs() < 1e-6, "{a} {}", factor * b);
        }
        // A shear of one wave, omega = cos y, carries nothing of itself: it only decays, and the mean is left out.
        let shear: Vec<f64> = (0..n * n).map(|c| 3.0 + x(c / n).cos()).collect();
        let solver = run(&Options { cut: 7, nu, cs: 0.0 }, &shear, n, 1.0);
        assert!((solver.field(n)[0] - (-nu).exp()).abs() < 1e-8);
    }

    #[test]
    fn it_is_the_les_cut_at_the_same_wavenumber() {
        // The LES on 64 nodes keeps |kx|, |ky| <= 21, free of aliasing: the same equations.
        let n = 64;
        let omega = RandomField { peak: 5.0, rms: 3.0, seed: 3 }.field(n).unwrap();
        let les = |cs: f64, dt: f64| {
            let options = LesOptions { n, nu0: 1e-4, cs, dt, dtype: Precision::F64, ..Default::default() };
            let mut les = Les::new(&options, &omega).unwrap();
            (0..(1.0 / dt).round() as u32).for_each(|_| les.step().unwrap());
            les.field()
        };
        let near = |cs: f64, truth: &[f64]| {
            nearness(&run(&Options { cut: 21, nu: 1e-4, cs }, &omega, n, 1.0).field(n), truth).rel_l2
        };
        let plain = near(0.0, &les(0.0, 0.002));
        println!("Cs 0: {plain:e}");
        assert!(plain < 1e-4, "{plain:e}");
        // With as large an eddy viscosity, which is no quadratic product: taken on 68 nodes here, on 64 there.
        let truth = les(0.17, 0.002);
        let (with, without) = (near(0.17 * 68.0 / 64.0, &truth), near(0.0, &truth));
        println!("Cs 0.17: {with:e}, left out {without:e}");
        assert!(with < 1e-3 && without > 20.0 * with, "{with:e} {without:e}");
    }

    #[test]
    fn what_cannot_be_solved_is_refused() {
        let options = Options { cut: 21, nu: 1e-4, cs: 0.0 };
        let refused = |options: &Options, omega: &[f64], n: usize| EqualFloats::new(options, omega, n).err().unwrap();
        let small = refused(&options, &[0.0; 42 * 42], 42).to_string();
        assert!(small.contains("more than 42 nodes a side"), "{small}");
        let mut omega = vec![0.0; 64 * 64];
        omega[65] = f64::NAN;
        assert!(refused(&options, &omega, 64).to_string().contains("at [1, 1]"));
        assert!(refused(&options, &omega[1..], 64).to_string().contains("4096 numbers"));
        assert!(refused(&Options { nu: -1.0, ..options }, &omega, 64).to_string().contains("nu of the spectral"));
        // Nothing moves where nothing is.
        assert_eq!(run(&options, &[0.0; 64 * 64], 64, 8.0).steps(), 1);
        // The caller may stop it.
        let mut solver = EqualFloats::new(&options, &vec![0.0; 64 * 64], 64).unwrap();
        assert!(solver.advance(1.0, &mut |_| Err(Error::Interrupted("enough".into()))).is_err());
    }
}
