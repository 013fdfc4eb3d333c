//! Reference: each line in turn through the two filters.

use super::{DB6, levels};

/// Transforms `grid`, `n x n` row-major, in place, over [`levels`]`(n)` levels.
pub fn forward(grid: &mut [f64], n: usize) {
    let mut line = vec![0.0; n];
    for level in 0..levels(n) {
        let side = n >> level;
        for along_x in [true, false] {
            for i in 0..side {
                gather(grid, n, side, i, along_x, &mut line);
                let out = |k: usize, x: f64, grid: &mut [f64]| grid[place(n, i, k, along_x)] = x;
                for k in 0..side / 2 {
                    let (mut a, mut d) = (0.0, 0.0);
                    for (m, h) in DB6.iter().enumerate() {
                        let x = line[(2 * k + m) % side];
                        a += h * x;
                        d += high(m) * x;
                    }
                    out(k, a, grid);
                    out(side / 2 + k, d, grid);
                }
            }
        }
    }
}

/// The inverse of [`forward`]. `grid` is laid out as there.
pub fn backward(grid: &mut [f64], n: usize) {
    let mut line = vec![0.0; n];
    let mut sum = vec![0.0; n];
    for level in (0..levels(n)).rev() {
        let side = n >> level;
        for along_x in [false, true] {
            for i in 0..side {
                gather(grid, n, side, i, along_x, &mut line);
                sum[..side].fill(0.0);
                for k in 0..side / 2 {
                    let (a, d) = (line[k], line[side / 2 + k]);
                    for (m, h) in DB6.iter().enumerate() {
                        sum[(2 * k + m) % side] += h * a + high(m) * d;
                    }
                }
                for (k, x) in sum[..side].iter().enumerate() {
                    grid[place(n, i, k, along_x)] = *x;
                }
            }
        }
    }
}

/// `g[m] = (-1)^m h[11 - m]`.
fn high(m: usize) -> f64 {
    let h = DB6[DB6.len() - 1 - m];
    if m.is_multiple_of(2) { h } else { -h }
}

/// Element `k` of line `i`.
fn place(n: usize, i: usize, k: usize, along_x: bool) -> usize {
    if along_x { i * n + k } else { k * n + i }
}

fn gather(grid: &[f64], n: usize, side: usize, i: usize, along_x: bool, line: &mut [f64]) {
    line[..side].iter_mut().enumerate().for_each(|(k, x)| *x = grid[place(n, i, k, along_x)]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_is_orthonormal_and_has_six_vanishing_moments() {
        for shift in 0..6 {
            let dot = |f: &dyn Fn(usize) -> f64, g: &dyn Fn(usize) -> f64| -> f64 {
                (0..12 - 2 * shift).map(|m| f(m + 2 * shift) * g(m)).sum()
            };
            let h = |m: usize| DB6[m];
            let one = if shift == 0 { 1.0 } else { 0.0 };
            assert!((dot(&h, &h) - one).abs() < 1e-14 && (dot(&high, &high) - one).abs() < 1e-14, "shift {shift}");
            assert!(dot(&h, &high).abs() < 1e-14 && dot(&high, &h).abs() < 1e-14, "shift {shift}");
        }
        for power in 0..6 {
            let moment: f64 = (0..12).map(|m| high(m) * (m as f64 / 11.0).powi(power)).sum();
            assert!(moment.abs() < 1e-12, "moment {power} is {moment:e}");
        }
        assert!((DB6.iter().sum::<f64>() - 2.0_f64.sqrt()).abs() < 1e-14);
    }

    #[test]
    fn a_grid_comes_back_and_keeps_its_norm() {
        for n in [16, 24, 80, 128] {
            let field: Vec<f64> = (0..n * n).map(|i| ((i * i % 7919) as f64).sin() + 0.3).collect();
            let mut grid = field.clone();
            forward(&mut grid, n);
            let square = |f: &[f64]| f.iter().map(|x| x * x).sum::<f64>();
            assert!((square(&grid) / square(&field) - 1.0).abs() < 1e-13, "N = {n}");
            assert_eq!(grid == field, levels(n) == 0, "N = {n}");
            backward(&mut grid, n);
            assert!(grid.iter().zip(&field).all(|(a, b)| (a - b).abs() < 1e-12), "N = {n}");
        }
        assert_eq!([16, 24, 80, 96, 128, 256].map(levels), [0, 1, 2, 3, 3, 4]);
    }

    #[test]
    fn a_localised_bump_needs_few_coefficients() {
        let n = 64;
        let bump = |i: usize, at: f64| (-(i as f64 - at).powi(2) / 18.0).exp();
        let mut grid: Vec<f64> = (0..n * n).map(|i| bump(i % n, 20.0) * bump(i / n, 41.0)).collect();
        forward(&mut grid, n);
        let mut squares: Vec<f64> = grid.iter().map(|x| x * x).collect();
        squares.sort_by(|a, b| b.total_cmp(a));
        let (kept, all): (f64, f64) = (squares[..100].iter().sum(), squares.iter().sum());
        assert!(1.0 - kept / all < 1e-4, "{}", 1.0 - kept / all);
    }
}
