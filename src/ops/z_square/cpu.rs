//! Reference: see the module above; and where each cell's two modes stand in storage.

use super::ABSENT;
use crate::{
    error::Result,
    math::Complex64,
    state::{Background, Basis, dense_index},
};

/// The square of a `z`.
pub fn square(basis: &Basis, z: &[f64]) -> Result<Vec<Complex64>> {
    Ok(Background::from_z(basis.clone(), z)?.dense())
}

/// For each cell of the square the storage numbers of `k` and `-k`, low modes first, or [`ABSENT`].
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
}
