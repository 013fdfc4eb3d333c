//! Reference: see the module above. Rows run in parallel; every cell depends on its inputs alone.

use rayon::prelude::*;

use super::{Carrier, MAX_INPUTS, expect_length, expect_threshold, pack, stride, valid};
use crate::{
    error::{Error, Result},
    math::Real,
};

/// `sign(x)` where `|x| > t`, else 0, of a row-major field.
///
/// # Errors
/// [`Error::Invalid`] for a value that is not finite, `t` negative or not a number, or a wrong length.
pub fn threshold<R: Real>(field: &[R], width: usize, height: usize, t: R) -> Result<Carrier> {
    let mut carrier = Carrier::zero(width, height)?;
    expect_length(field.len(), width, height)?;
    expect_threshold(t)?;
    if let Some(i) = field.iter().position(|x| !x.is_finite()) {
        return Err(Error::invalid(format!("field[{}, {}]", i / width, i % width), "a finite number", field[i].f64()));
    }
    let rows = carrier.words_mut().par_chunks_mut(stride(width));
    rows.zip(field.par_chunks(width)).for_each(|(words, row)| threshold_row(row, t, words));
    Ok(carrier)
}

/// One row of [`threshold`].
pub(crate) fn threshold_row<R: Real>(row: &[R], t: R, words: &mut [[u32; 2]]) {
    pack(row, words, |x| i32::from(*x > t) - i32::from(*x < -t));
}

/// Whole numbers clamped to [-1, 1]. `values` has one number a cell, row by row.
///
/// # Errors
/// [`Error::Invalid`] for a wrong length.
pub fn saturate(values: &[i32], width: usize, height: usize) -> Result<Carrier> {
    let mut carrier = Carrier::zero(width, height)?;
    expect_length(values.len(), width, height)?;
    let rows = carrier.words_mut().par_chunks_mut(stride(width));
    rows.zip(values.par_chunks(width)).for_each(|(words, row)| pack(row, words, |v| *v));
    Ok(carrier)
}

/// Rounds of 3 x 3 periodic majority.
pub fn smooth(carrier: &Carrier, rounds: u32) -> Carrier {
    let mut now = carrier.clone();
    let mut next = carrier.clone();
    let (width, height, stride) = (carrier.width(), carrier.height(), stride(carrier.width()));
    for _ in 0..rounds {
        next.words_mut().par_chunks_mut(stride).enumerate().for_each(|(j, out)| {
            let row = |j: usize| &now.words()[j * stride..(j + 1) * stride];
            let three = [row((j + height - 1) % height), row(j), row((j + 1) % height)];
            for (w, word) in out.iter_mut().enumerate() {
                let sums = three.map(|row| across(row, width, w));
                *word = larger(&[0, 1].map(|sign| down(sums.map(|s| s[sign])))).map(|plane| plane & valid(width, w));
            }
        });
        std::mem::swap(&mut now, &mut next);
    }
    now
}

/// Sums over left, middle and right cell of word `w`, for both signs, as bit planes of weight 1 and 2.
fn across(row: &[[u32; 2]], width: usize, w: usize) -> [[u32; 2]; 2] {
    let last = row.len() - 1;
    let end = (width - 1) % 32;
    [0, 1].map(|sign| {
        let x = row[w][sign];
        let before = if w == 0 { row[last][sign] >> end & 1 } else { row[w - 1][sign] >> 31 };
        let after = if w == last { (row[0][sign] & 1) << end } else { row[w + 1][sign] << 31 };
        full_adder(x << 1 | before, x, x >> 1 | after)
    })
}

/// Sum of three numbers of two planes, in four planes.
fn down(s: [[u32; 2]; 3]) -> [u32; 4] {
    let [ones, carry] = full_adder(s[0][0], s[1][0], s[2][0]);
    let [twos, fours] = full_adder(s[0][1], s[1][1], s[2][1]);
    let more = twos & carry;
    [ones, twos ^ carry, fours ^ more, fours & more]
}

/// Sum of three bits: planes of weight 1 and 2.
fn full_adder(a: u32, b: u32, c: u32) -> [u32; 2] {
    [a ^ b ^ c, a & b | c & (a ^ b)]
}

/// Where the count of `+` is larger, where that of `-` is; planes from the lowest up.
fn larger<const N: usize>([plus, minus]: &[[u32; N]; 2]) -> [u32; 2] {
    (0..N).rev().fold([0, 0], |[gt, lt], b| [gt | !lt & plus[b] & !minus[b], lt | !gt & minus[b] & !plus[b]])
}

/// Majority of K carriers of one shape, cell by cell.
///
/// # Errors
/// [`Error::Invalid`] for none, more than [`MAX_INPUTS`], or different shapes.
pub fn fuse(carriers: &[&Carrier]) -> Result<Carrier> {
    let (first, rest) = match carriers {
        [first, rest @ ..] if carriers.len() <= MAX_INPUTS => (first, rest),
        _ => return Err(Error::invalid("carriers to fuse", format!("1 to {MAX_INPUTS}"), carriers.len())),
    };
    rest.iter().try_for_each(|other| other.expect_shape_of(first))?;
    let mut fused = (*first).clone();
    fused.words_mut().par_iter_mut().enumerate().for_each(|(w, out)| {
        let mut counts = [[0_u32; 16]; 2];
        for carrier in carriers {
            for (count, plane) in counts.iter_mut().zip(carrier.words()[w]) {
                let mut carry = plane;
                for bit in count {
                    if carry == 0 {
                        break;
                    }
                    (*bit, carry) = (*bit ^ carry, *bit & carry);
                }
            }
        }
        *out = larger(&counts);
    });
    Ok(fused)
}

/// `saturate(a + b)`.
///
/// # Errors
/// [`Error::Invalid`] for different shapes.
pub fn add(a: &Carrier, b: &Carrier) -> Result<Carrier> {
    pairwise(a, b, |[ap, am], [bp, bm]| [ap & !bm | bp & !am, am & !bp | bm & !ap])
}

/// `saturate(a - b)`.
///
/// # Errors
/// [`Error::Invalid`] for different shapes.
pub fn diff(a: &Carrier, b: &Carrier) -> Result<Carrier> {
    pairwise(a, b, |[ap, am], [bp, bm]| [ap & !bp | bm & !am, am & !bm | bp & !ap])
}

fn pairwise(a: &Carrier, b: &Carrier, op: impl Fn([u32; 2], [u32; 2]) -> [u32; 2] + Sync) -> Result<Carrier> {
    b.expect_shape_of(a)?;
    let mut out = a.clone();
    out.words_mut().par_iter_mut().zip(b.words()).for_each(|(x, y)| *x = op(*x, *y));
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};

    /// Random cells of the given support in 1/256.
    fn random(width: usize, height: usize, support: u8, seed: u64) -> Carrier {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
        let mut cell = || match random.next_u32() {
            bits if bits as u8 >= support => 0,
            bits => 1 - (bits >> 30 & 2) as i8,
        };
        let cells: Vec<i8> = (0..width * height).map(|_| cell()).collect();
        Carrier::new(width, height, &cells).unwrap()
    }

    const SHAPES: [(usize, usize); 9] =
        [(1, 1), (2, 1), (3, 5), (31, 4), (32, 3), (33, 2), (64, 64), (100, 7), (129, 65)];

    #[test]
    fn every_operator_equals_its_equation_cell_by_cell() {
        for (width, height) in SHAPES {
            let inputs: Vec<Carrier> = (0..7).map(|i| random(width, height, 150, i)).collect();
            let cells: Vec<Vec<i8>> = inputs.iter().map(Carrier::cells).collect();
            let (a, b) = (&cells[0], &cells[1]);
            let sign = |v: i32| v.signum() as i8;
            let each = |f: &dyn Fn(usize) -> i32| (0..width * height).map(|i| sign(f(i))).collect::<Vec<i8>>();
            assert_eq!(Carrier::new(width, height, a).unwrap(), inputs[0]);
            assert_eq!(add(&inputs[0], &inputs[1]).unwrap().cells(), each(&|i| i32::from(a[i]) + i32::from(b[i])));
            assert_eq!(diff(&inputs[0], &inputs[1]).unwrap().cells(), each(&|i| i32::from(a[i]) - i32::from(b[i])));
            for k in 1..=7 {
                let fused = fuse(&inputs.iter().take(k).collect::<Vec<_>>()).unwrap();
                assert_eq!(fused.cells(), each(&|i| cells[..k].iter().map(|c| i32::from(c[i])).sum()), "K = {k}");
            }
            let mut expected = a.clone();
            for rounds in 0..4 {
                assert_eq!(smooth(&inputs[0], rounds).cells(), expected, "{width} x {height}, {rounds} rounds");
                let around = |i: usize| -> i32 {
                    let (x, y) = (i % width, i / width);
                    let at = |n: usize| {
                        expected[(y + height + n / 3 - 1) % height * width + (x + width + n % 3 - 1) % width]
                    };
                    (0..9).map(|n| i32::from(at(n))).sum()
                };
                expected = each(&around);
            }
        }
    }

    #[test]
    fn many_inputs_are_counted_to_the_last() {
        // 300 of +1 and 299 of -1 in one cell, the reverse in the next, as many of both in the third.
        let cells = |i: usize| match i {
            0..299 => [1, -1, 1],
            299..598 => [-1, 1, -1],
            _ => [1, -1, 0],
        };
        let inputs: Vec<Carrier> = (0..599).map(|i| Carrier::new(3, 1, &cells(i)).unwrap()).collect();
        assert_eq!(fuse(&inputs.iter().collect::<Vec<_>>()).unwrap().cells(), [1, -1, 0]);
        assert!(fuse(&[]).is_err());
        assert!(fuse(&[&inputs[0], &Carrier::zero(1, 3).unwrap()]).is_err());
    }

    #[test]
    fn saturation_is_idempotent_and_threshold_is_strict() {
        let values = [i32::MIN, -2, -1, 0, 1, 2, i32::MAX];
        let once = saturate(&values, 7, 1).unwrap();
        assert_eq!(once.cells(), [-1, -1, -1, 0, 1, 1, 1]);
        let again: Vec<i32> = once.cells().iter().map(|c| i32::from(*c)).collect();
        assert_eq!(saturate(&again, 7, 1).unwrap(), once);
        let c = threshold(&[0.5, -0.5, 0.6, -0.6, 0.0, -0.0], 3, 2, 0.5).unwrap();
        assert_eq!(c.cells(), [0, 0, 1, -1, 0, 0]);
        assert_eq!(threshold(&[1e-320, -0.0], 2, 1, 0.0).unwrap().cells(), [1, 0]);
    }

    #[test]
    fn foreign_values_are_refused_with_their_place() {
        let message = Carrier::new(2, 2, &[0, 1, -1, 3]).unwrap_err().to_string();
        assert!(message.starts_with("carrier[1, 1]: expected -1, 0 or 1"), "{message}");
        assert!(Carrier::new(2, 2, &[0; 3]).is_err() && Carrier::zero(0, 4).is_err());
        assert!(Carrier::from_words(3, 1, vec![[1, 1]]).is_err() && Carrier::from_words(3, 1, vec![[8, 0]]).is_err());
        assert!(threshold(&[f64::NAN], 1, 1, 0.5).is_err() && threshold(&[1.0], 1, 1, f64::NAN).is_err());
    }

    #[test]
    fn one_round_dilates_random_signs_as_documented() {
        let carrier = random(1024, 1024, 156, 5);
        let smoothed = smooth(&carrier, 1).support_frac();
        assert!((carrier.support_frac() - 0.61).abs() < 2e-3, "{}", carrier.support_frac());
        assert!((smoothed - 0.833).abs() < 2e-3, "{smoothed}");
    }
}
