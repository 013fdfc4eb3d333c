//! Reference: see the module above, in 64-bit integers.

use std::ops::Range;

use super::Matrix;

/// Columns of a panel, as in kernel_dense.
const WIDTH: usize = 16;

/// A matrix in panels, ready to step.
pub struct Panels {
    side: usize,
    bits: u32,
    rows: Vec<[i32; WIDTH]>,
    bias: Vec<i64>,
}

impl Panels {
    /// From a matrix.
    pub fn new(matrix: &Matrix) -> Self {
        let side = matrix.side;
        let count = side.div_ceil(WIDTH);
        let mut rows = Vec::with_capacity(count * side);
        for panel in 0..count {
            let columns = panel * WIDTH..(panel * WIDTH + WIDTH).min(side);
            for line in matrix.entries.chunks_exact(side) {
                let mut row = [0; WIDTH];
                row[..columns.len()].copy_from_slice(&line[columns.clone()]);
                rows.push(row);
            }
        }
        let mut bias = matrix.bias.clone();
        bias.resize(count * WIDTH, 0);
        Self { side, bits: matrix.bits, rows, bias }
    }

    /// One step on up to `threads` threads, or the first entry that leaves 32 bits; then `next` is not to be used.
    /// `z` and `next` hold D whole numbers in units of `2^-23`.
    ///
    /// # Errors
    /// The index of the first entry of `next` that leaves 32 bits.
    pub fn step(&self, z: &[i32], next: &mut [i32], threads: usize) -> Result<(), usize> {
        self.split(z, next, 0..self.side.div_ceil(WIDTH), threads).map_or(Ok(()), Err)
    }

    /// Halves the panels until there is a part for each thread; gives the first entry out of range.
    fn split(&self, z: &[i32], next: &mut [i32], panels: Range<usize>, threads: usize) -> Option<usize> {
        if threads < 2 || panels.len() < 2 {
            let mut bad = None;
            for (panel, out) in panels.zip(next.chunks_mut(WIDTH)) {
                let sums = columns(z, &self.rows[panel * self.side..(panel + 1) * self.side]);
                for (c, out) in out.iter_mut().enumerate() {
                    let j = panel * WIDTH + c;
                    let rounded = (sums[c] + self.bias[j] + (1 << (self.bits - 1))) >> self.bits;
                    // What wraps here is reported and thrown away.
                    *out = rounded as i32;
                    bad = bad.or((i64::from(*out) != rounded).then_some(j));
                }
            }
            return bad;
        }
        let middle = panels.start + panels.len() / 2;
        let (left, right) = next.split_at_mut((middle - panels.start) * WIDTH);
        let (first, second) = rayon::join(
            || self.split(z, left, panels.start..middle, threads / 2),
            || self.split(z, right, middle..panels.end, threads - threads / 2),
        );
        first.or(second)
    }
}

/// The sums of one panel; exact, so their order does not matter.
#[inline(always)]
fn columns_plain(z: &[i32], panel: &[[i32; WIDTH]]) -> [i64; WIDTH] {
    let mut sums = [0_i64; WIDTH];
    for (z, row) in z.iter().zip(panel) {
        let z = i64::from(*z);
        for c in 0..WIDTH {
            sums[c] += z * i64::from(row[c]);
        }
    }
    sums
}

/// One panel of a step in wider registers: the same whole numbers.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn columns_avx2(z: &[i32], panel: &[[i32; WIDTH]]) -> [i64; WIDTH] {
    columns_plain(z, panel)
}

fn columns(z: &[i32], panel: &[[i32; WIDTH]]) -> [i64; WIDTH] {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        #[expect(unsafe_code, reason = "the only way to call a function compiled for a feature found at run time")]
        // SAFETY: the processor has the feature that the function is compiled for.
        return unsafe { columns_avx2(z, panel) };
    }
    columns_plain(z, panel)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rotation_in_whole_numbers_stays_near_the_true_one() {
        let (s, c) = 0.01_f64.sin_cos();
        let matrix = Matrix::new(3, &[c, s, 0.0, -s, c, 0.0, 0.0, 0.0, 1.0], (2, 5.0)).unwrap();
        let panels = Panels::new(&matrix);
        let (mut z, mut next) = (matrix.state(&[1.0, 0.0, 5.0]).unwrap(), vec![0; 3]);
        for _ in 0..1000 {
            panels.step(&z, &mut next, 1).unwrap();
            std::mem::swap(&mut z, &mut next);
        }
        let z = matrix.numbers(&z);
        assert!((z[0] - 10.0_f64.cos()).abs() < 1e-5 && (z[1] - 10.0_f64.sin()).abs() < 1e-5, "{z:?}");
        assert_eq!(z[2], 5.0);
    }

    #[test]
    fn the_first_entry_out_of_range_is_named_whatever_the_threads() {
        let side = 40;
        let mut a = vec![0.0; side * side];
        (0..side).for_each(|i| a[i * side + i] = if i == 17 || i == 38 { 1.5 } else { 1.0 });
        let matrix = Matrix::new(side, &a, (0, 0.0)).unwrap();
        let z = matrix.state(&vec![200.0; side]).unwrap();
        for threads in [1, 4] {
            assert_eq!(Panels::new(&matrix).step(&z, &mut vec![0; side], threads), Err(17));
        }
    }

    #[test]
    fn k_keep_drives_the_others_as_in_floating_point() {
        // z0' = z0 + 0.5 k_keep
        let matrix = Matrix::new(2, &[1.0, 0.3, 0.5, 1.0], (1, 3.0)).unwrap();
        let mut next = vec![0; 2];
        Panels::new(&matrix).step(&matrix.state(&[1.0, 3.0]).unwrap(), &mut next, 1).unwrap();
        assert_eq!(matrix.numbers(&next), [2.5, 3.0]);
    }
}
