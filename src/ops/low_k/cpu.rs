//! Reference: the same separable sum, `exp(i k x)` of every node from its own sine and cosine.

use std::ops::Range;

use rayon::prelude::*;

use crate::{
    math::{Complex, Real},
    ops::window::Window,
};

/// `omega[j, i]` row by row; `dense` is the Hermitian square of modes of radius `radius`, row ky.
pub fn field<R: Real>(dense: &[Complex<R>], radius: i32, window: &Window) -> Vec<R> {
    rows(dense, radius, window, 0..window.size[1])
}

/// Some rows of it.
pub fn rows<R: Real>(dense: &[Complex<R>], radius: i32, window: &Window, rows: Range<u32>) -> Vec<R> {
    let side = (2 * radius + 1) as usize;
    let turn = |k: i32, x: f64| {
        let phase = R::of(f64::from(k) * x);
        Complex::new(phase.cos(), phase.sin())
    };
    // [node i][kx]
    let along_x: Vec<Vec<Complex<R>>> =
        (0..window.size[0]).map(|i| (-radius..=radius).map(|k| turn(k, window.node(i, 0)[0])).collect()).collect();
    let first = rows.start;
    let mut field = vec![R::zero(); rows.len() * window.size[0] as usize];
    field.par_chunks_mut(window.size[0] as usize).enumerate().for_each(|(j, row)| {
        let y = window.node(0, first + j as u32)[1];
        let mut sums = vec![Complex::new(R::zero(), R::zero()); side];
        for ky in 0..side {
            let e = turn(ky as i32 - radius, y);
            for (sum, amplitude) in sums.iter_mut().zip(&dense[ky * side..(ky + 1) * side]) {
                *sum = *sum + *amplitude * e;
            }
        }
        for (cell, turns) in row.iter_mut().zip(&along_x) {
            *cell = sums.iter().zip(turns).map(|(sum, e)| (*sum * *e).re).sum();
        }
    });
    field
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::Complex64;

    #[test]
    fn a_single_wave_decodes_to_its_cosine() {
        let radius = 3;
        let mut dense = vec![Complex64::default(); 49];
        let index = |kx: i32, ky: i32| ((ky + radius) * 7 + kx + radius) as usize;
        dense[index(2, -1)] = Complex64::new(0.3, 0.4);
        dense[index(-2, 1)] = Complex64::new(0.3, -0.4);
        let window = Window::full(40);
        let field = field(&dense, radius, &window);
        for (i, j) in [(0, 0), (3, 7), (39, 21)] {
            let [x, y] = window.node(i, j);
            let phase = 2.0 * x - y;
            let exact = 2.0 * (0.3 * phase.cos() - 0.4 * phase.sin());
            assert!((field[(j * 40 + i) as usize] - exact).abs() < 1e-13);
        }
    }
}
