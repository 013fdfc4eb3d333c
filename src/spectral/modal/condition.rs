//! 2-norm condition number of a matrix whose inverse is at hand: `|P| |P^-1|`, each norm by power
//! iteration on `M^T M` from a fixed start.

use super::dot;

/// Rounds; the estimate is from below and good to a few percent even where singular values crowd.
const ROUNDS: usize = 60;

/// From `P` column by column and `P^-1` row by row.
pub fn of(columns: &[f64], inverse_rows: &[f64], side: usize) -> f64 {
    let condition = norm(columns, side) * norm(inverse_rows, side);
    if condition.is_finite() { condition } else { f64::INFINITY }
}

/// The largest singular value of a matrix given line by line.
fn norm(lines: &[f64], side: usize) -> f64 {
    // Irregular on purpose: a start orthogonal to the answer would stay so.
    let mut x: Vec<f64> = (0..side).map(|i| 1.0 + (i as f64 * 0.618_034).fract()).collect();
    let mut size = 0.0;
    for _ in 0..ROUNDS {
        let length = dot(&x, &x).sqrt();
        if length == 0.0 || !length.is_finite() {
            return if length == 0.0 { 0.0 } else { f64::INFINITY };
        }
        x.iter_mut().for_each(|x| *x /= length);
        let mut next = vec![0.0; side];
        let mut square = 0.0;
        for line in lines.chunks_exact(side) {
            let y = dot(line, &x);
            square += y * y;
            next.iter_mut().zip(line).for_each(|(n, l)| *n += y * l);
        }
        (size, x) = (square.sqrt(), next);
    }
    size
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_condition_of_a_diagonal_is_its_ratio() {
        let diagonal = |d: [f64; 3]| vec![d[0], 0.0, 0.0, 0.0, d[1], 0.0, 0.0, 0.0, d[2]];
        let condition = of(&diagonal([4.0, 1.0, 0.5]), &diagonal([0.25, 1.0, 2.0]), 3);
        assert!((condition - 8.0).abs() < 1e-6, "{condition}");
        assert_eq!(of(&diagonal([1.0, 1.0, 0.0]), &diagonal([1.0, 1.0, f64::INFINITY]), 3), f64::INFINITY);
    }
}
