//! Reference: see the module above. Products and sums are rounded apart (no fused multiply-add), so
//! machines with wider vectors give the same bits.

use std::ops::Range;

use crate::math::Real;

/// Columns of a panel.
const WIDTH: usize = 16;

/// `A` in panels: `panel[i][c] = A[i, WIDTH p + c]`, zero beyond the last column.
pub struct Panels<R> {
    side: usize,
    rows: Vec<[R; WIDTH]>,
}

impl<R: Real> Panels<R> {
    /// From a row-major matrix.
    pub fn new(side: usize, a: &[f64]) -> Self {
        let count = side.div_ceil(WIDTH);
        let mut rows = Vec::with_capacity(count * side);
        for panel in 0..count {
            let columns = panel * WIDTH..(panel * WIDTH + WIDTH).min(side);
            for line in a.chunks_exact(side) {
                let mut row = [R::zero(); WIDTH];
                row.iter_mut().zip(&line[columns.clone()]).for_each(|(to, from)| *to = R::of(*from));
                rows.push(row);
            }
        }
        Self { side, rows }
    }

    /// D, the side of the matrix.
    pub fn side(&self) -> usize {
        self.side
    }

    /// `next = z A` on up to `threads` threads of the current pool; equal bits for any number. `z` and `next` hold D
    /// numbers in the order of [`crate::state::Background::to_z`].
    pub fn step(&self, z: &[R], next: &mut [R], threads: usize) {
        let count = self.side.div_ceil(WIDTH);
        self.split(z, &mut next[..self.side], 0..count, threads);
    }

    /// Halves the panels until there is a part for each thread.
    fn split(&self, z: &[R], next: &mut [R], panels: Range<usize>, threads: usize) {
        if threads < 2 || panels.len() < 2 {
            let panel = |p: usize| &self.rows[p * self.side..(p + 1) * self.side];
            for (p, out) in panels.clone().step_by(2).zip(next.chunks_mut(2 * WIDTH)) {
                // Two streams at a time; an odd one out goes with itself.
                let second = (p + 1).min(panels.end - 1);
                let sums = columns(z, panel(p), panel(second));
                let sums = sums.as_flattened();
                out.copy_from_slice(&sums[..out.len()]);
            }
            return;
        }
        let middle = panels.start + panels.len() / 2;
        let (left, right) = next.split_at_mut((middle - panels.start) * WIDTH);
        rayon::join(
            || self.split(z, left, panels.start..middle, threads / 2),
            || self.split(z, right, middle..panels.end, threads - threads / 2),
        );
    }
}

/// The columns of two panels.
#[inline(always)]
fn columns_plain<R: Real>(z: &[R], first: &[[R; WIDTH]], second: &[[R; WIDTH]]) -> [[R; WIDTH]; 2] {
    let mut sums = [[R::zero(); WIDTH]; 2];
    for ((z, a), b) in z.iter().zip(first).zip(second) {
        for c in 0..WIDTH {
            sums[0][c] += *z * a[c];
        }
        for c in 0..WIDTH {
            sums[1][c] += *z * b[c];
        }
    }
    sums
}

/// One panel of a step in wider registers: the same arithmetic, bit for bit.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn columns_avx2<R: Real>(z: &[R], first: &[[R; WIDTH]], second: &[[R; WIDTH]]) -> [[R; WIDTH]; 2] {
    columns_plain(z, first, second)
}

fn columns<R: Real>(z: &[R], first: &[[R; WIDTH]], second: &[[R; WIDTH]]) -> [[R; WIDTH]; 2] {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        #[expect(unsafe_code, reason = "the only way to call a function compiled for a feature found at run time")]
        // SAFETY: the processor has the feature that the function is compiled for.
        return unsafe { columns_avx2(z, first, second) };
    }
    columns_plain(z, first, second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_of_threads_gives_the_bits_of_the_plain_sum() {
        for side in [1, 15, 16, 17, 70] {
            let a: Vec<f64> = (0..side * side).map(|i| ((i * i) as f64 * 0.731).sin()).collect();
            let z: Vec<f64> = (0..side).map(|i| (i as f64 * 1.7).cos()).collect();
            let plain: Vec<f64> =
                (0..side).map(|j| (0..side).fold(0.0, |sum, i| sum + z[i] * a[i * side + j])).collect();
            let panels = Panels::<f64>::new(side, &a);
            for threads in [1, 2, 3, 8] {
                let mut next = vec![0.0; side];
                panels.step(&z, &mut next, threads);
                assert_eq!(next, plain, "side {side}, {threads} threads");
            }
        }
    }
}
