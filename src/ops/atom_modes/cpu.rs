//! Reference: see the module above.

use rayon::prelude::*;

use crate::{
    math::{BOX, Complex, Real},
    ops::quadrature::cpu::Blob,
};

/// The full Hermitian square of radius `radius`, row ky.
pub fn amplitudes<R: Real>(blobs: &[Blob<R>], radius: i32) -> Vec<Complex<R>> {
    let side = 2 * radius + 1;
    let mode = |cell: i32| {
        let (kx, ky) = (R::of(f64::from(cell % side - radius)), R::of(f64::from(cell / side - radius)));
        let mut sum = Complex::new(R::zero(), R::zero());
        for b in blobs {
            let phase = kx * b.x[0] + ky * b.x[1];
            let size = b.circulation * (-R::of(0.5) * b.eps2 * (kx * kx + ky * ky)).exp();
            sum = sum + Complex::new(phase.cos(), -phase.sin()) * size;
        }
        sum * R::of(1.0 / (BOX * BOX))
    };
    (0..side * side).into_par_iter().map(mode).collect()
}
