//! Reference: see the module above; and where each cell's two modes stand in storage.

use std::collections::HashSet;

use super::ABSENT;
use crate::{
    error::Result,
    math::Complex64,
    state::{Background, Basis, dense_index},
};

/// The square of a `z`. As [`Background::dense`] lays it out.
///
/// # Errors
/// [`crate::Error::Invalid`] for a `z` of another length than the basis asks for, or with a number that is not
/// finite.
pub fn square(basis: &Basis, z: &[f64]) -> Result<Vec<Complex64>> {
    Ok(Background::from_z(basis.clone(), z)?.dense())
}

/// For each cell of the square the storage numbers of `k` and `-k`, low modes first, or [`ABSENT`]. Cells are in the
/// order of [`Background::dense`].
pub fn sources(basis: &Basis) -> Vec<[u32; 2]> {
    let r = basis.radius();
    let side = (2 * r + 1) as usize;
    let mut sources = vec![[ABSENT; 2]; side * side];
    for (number, k) in basis.modes().enumerate() {
        sources[dense_index(k, r)][0] = number as u32;
        sources[dense_index([-k[0], -k[1]], r)][1] = number as u32;
    }
    sources
}

/// For each stored mode, low modes first, its cell of the square, and 2 where `-k` is not stored, else 1.
pub fn cells(basis: &Basis) -> Vec<[u32; 2]> {
    let stored: HashSet<[i32; 2]> = basis.modes().collect();
    let cell = |k: [i32; 2]| {
        let alone = !stored.contains(&[-k[0], -k[1]]);
        [dense_index(k, basis.radius()) as u32, if alone { 2 } else { 1 }]
    };
    basis.modes().map(cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_build_the_square_that_the_state_builds() {
        let basis = Basis::new(2, 4, 3, vec![[3, 0], [-3, 0], [0, 4]]).unwrap();
        let m = basis.low().len();
        let mut z: Vec<f64> = (0..basis.dimension()).map(|i| (i as f64 * 0.7).sin()).collect();
        z[2 * m + 3] = 2.2;
        let stored = |number: u32| match number as usize {
            i if number == ABSENT || i >= m + 2 => Complex64::default(),
            i if i < m => Complex64::new(z[i], z[m + i]),
            i => Complex64::new(z[m + 4 + i], z[m + 4 + 3 + i]),
        };
        let built: Vec<Complex64> =
            sources(&basis).iter().map(|[k, opposite]| (stored(*k) + stored(*opposite).conj()) * 0.5).collect();
        assert_eq!(built, square(&basis, &z).unwrap());
    }

    #[test]
    fn cells_take_the_square_back_to_z() {
        let basis = Basis::new(2, 4, 3, vec![[3, 0], [-3, 0], [0, 4]]).unwrap();
        let m = basis.low().len();
        let mut z: Vec<f64> = (0..basis.dimension()).map(|i| (i as f64 * 0.7).sin()).collect();
        z[2 * m + 3] = 3.0;
        let mut background = Background::from_z(basis.clone(), &z).unwrap();
        let dense = background.dense();
        background.set_dense(&dense);
        let expected: Vec<Complex64> = background.modes().map(|(_, c)| c).collect();
        let back: Vec<Complex64> = cells(&basis).iter().map(|[at, n]| dense[*at as usize] * f64::from(*n)).collect();
        assert_eq!(back, expected);
    }
}
