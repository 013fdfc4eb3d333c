//! Reference: see the module above. A block of modes stays in registers over many steps.

use super::{NOTHING, SWEEP};
use crate::math::{Complex, Complex64, Real};

/// Modes of a block.
const LANES: usize = 8;

/// Amplitudes and eigenvalues of [`LANES`] modes.
#[derive(Clone)]
struct Block<R> {
    re: [R; LANES],
    im: [R; LANES],
    a: [R; LANES],
    b: [R; LANES],
}

/// Amplitudes in an eigenbasis and their eigenvalues.
#[derive(Clone)]
pub struct Modes<R> {
    count: usize,
    step: u64,
    blocks: Vec<Block<R>>,
}

impl<R: Real> Modes<R> {
    /// `amplitude[i]` turns and decays by `lambda[i]`.
    pub fn new(lambda: &[Complex64], amplitude: &[Complex64]) -> Self {
        let none = [R::zero(); LANES];
        let block = Block { re: none, im: none, a: none, b: none };
        let mut blocks = vec![block; lambda.len().div_ceil(LANES)];
        for (i, (l, w)) in lambda.iter().zip(amplitude).enumerate() {
            let (block, lane) = (&mut blocks[i / LANES], i % LANES);
            (block.re[lane], block.im[lane]) = (R::of(w.re), R::of(w.im));
            (block.a[lane], block.b[lane]) = (R::of(l.re), R::of(l.im));
        }
        Self { count: lambda.len(), step: 0, blocks }
    }

    /// The amplitudes. One for each eigenvalue that [`Modes::new`] was given, in its order.
    pub fn amplitudes(&self) -> Vec<Complex64> {
        let one = |i: usize| {
            let (block, lane) = (&self.blocks[i / LANES], i % LANES);
            Complex::new(block.re[lane].f64(), block.im[lane].f64())
        };
        (0..self.count).map(one).collect()
    }

    /// Takes whole steps, one by one.
    pub fn advance(&mut self, steps: u64) {
        let end = self.step + steps;
        while self.step < end {
            let count = (SWEEP - self.step % SWEEP).min(end - self.step);
            self.blocks.iter_mut().for_each(|block| run(block, count));
            self.step += count;
            if self.step.is_multiple_of(SWEEP) {
                self.sweep();
            }
        }
    }

    fn sweep(&mut self) {
        // Below 1e-200 single precision has nothing left: there it is what still has all its digits.
        let nothing = R::of(NOTHING).max(R::min_positive_value() * R::of(1e8));
        for block in &mut self.blocks {
            for lane in 0..LANES {
                if block.re[lane].abs() < nothing && block.im[lane].abs() < nothing {
                    (block.re[lane], block.im[lane]) = (R::zero(), R::zero());
                }
            }
        }
    }
}

/// `(re + i im) (a + i b)`, over and over.
#[inline(always)]
fn run_plain<R: Real>(block: &mut Block<R>, steps: u64) {
    let Block { mut re, mut im, a, b } = block.clone();
    for _ in 0..steps {
        for lane in 0..LANES {
            let real = a[lane] * re[lane] - b[lane] * im[lane];
            im[lane] = b[lane] * re[lane] + a[lane] * im[lane];
            re[lane] = real;
        }
    }
    (block.re, block.im) = (re, im);
}

/// A sweep in wider registers: the same arithmetic, bit for bit.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn run_avx2<R: Real>(block: &mut Block<R>, steps: u64) {
    run_plain(block, steps);
}

fn run<R: Real>(block: &mut Block<R>, steps: u64) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        #[expect(unsafe_code, reason = "the only way to call a function compiled for a feature found at run time")]
        // SAFETY: the processor has the feature that the function is compiled for.
        return unsafe { run_avx2(block, steps) };
    }
    run_plain(block, steps);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taken_steps_arrive_where_the_power_does_whatever_the_batches() {
        let lambda: Vec<Complex64> =
            (0..21).map(|i| Complex64::from_polar(1.0 - 1e-4 * f64::from(i), 0.1 * f64::from(i))).collect();
        let w: Vec<Complex64> = (0..21).map(|i| Complex64::new(f64::from(i) - 3.0, 0.5)).collect();
        let (mut whole, mut parts) = (Modes::<f64>::new(&lambda, &w), Modes::<f64>::new(&lambda, &w));
        whole.advance(3000);
        [7, 1500, 1, 1492].iter().for_each(|n| parts.advance(*n));
        assert_eq!(whole.amplitudes(), parts.amplitudes());
        for ((x, l), w) in whole.amplitudes().iter().zip(&lambda).zip(&w) {
            assert!((x - w * l.powu(3000)).norm() < 1e-11 * w.norm(), "{x}");
        }
    }

    #[test]
    fn what_has_decayed_is_zero_at_a_sweep() {
        let mut modes = Modes::<f64>::new(&[Complex64::new(0.6, 0.0)], &[Complex64::new(1.0, 0.0)]);
        modes.advance(1023);
        assert!(modes.amplitudes()[0].re > 0.0);
        modes.advance(1);
        assert_eq!(modes.amplitudes()[0].re, 0.0);
    }
}
