//! The largest coefficients of a field in a fixed basis: what a structural state is compared with.
//!
//! ```text
//! Fourier    the K = floor(floats/3) conjugate pairs {k, -k} of largest amplitude: real part, imaginary
//!            part and the place of each (3 floats); the mean is not counted, of a vorticity it is 0
//! wavelets   the K = floor(floats/2) coefficients of largest size of the orthonormal periodic db6
//!            transform: value and place (2 floats)
//! ```
//!
//! Both are the best that their basis can do in L2. Equal sizes are taken in storage order.

use crate::{
    error::{Error, Result},
    math::Complex64,
    primitives::{fft::band::Band, wavelet},
};

/// Floats that one Fourier mode costs.
pub const FLOATS_PER_MODE: usize = 3;
/// Floats that one wavelet coefficient costs.
pub const FLOATS_PER_COEFFICIENT: usize = 2;

/// `omega` (`[n, n]`, row-major) from as many of its largest Fourier modes as `floats` numbers hold. Modes
/// at the Nyquist wavenumber of an even grid are not among them.
///
/// # Errors
/// [`Error::Invalid`] for a field of another size.
pub fn fourier(omega: &[f64], n: usize, floats: usize) -> Result<Vec<f64>> {
    check(omega, n)?;
    let band = Band::new(n);
    let modes = band.analyse(omega, n);
    let r = modes.radius() as i32;
    let half = (0..=r).flat_map(|ky| (-r..=r).map(move |kx| [kx, ky])).filter(|k| k[1] > 0 || k[0] > 0);
    let half: Vec<[i32; 2]> = half.collect();
    let size: Vec<f64> = half.iter().map(|k| modes.at(*k).norm_sqr()).collect();
    let side = 2 * r + 1;
    let place = |k: [i32; 2]| ((k[1] + r) * side + k[0] + r) as usize;
    let mut square = vec![Complex64::ZERO; (side * side) as usize];
    square[place([0, 0])] = modes.at([0, 0]);
    for i in largest(&size, floats / FLOATS_PER_MODE) {
        let [kx, ky] = half[i];
        square[place([kx, ky])] = modes.at([kx, ky]);
        square[place([-kx, -ky])] = modes.at([-kx, -ky]);
    }
    Ok(band.field(r as usize, |k| square[place(k)]))
}

/// `omega` from as many of its largest db6 coefficients as `floats` numbers hold. `omega` is row-major, `n * n`
/// values; so is the result.
///
/// # Errors
/// As [`fourier`].
pub fn wavelets(omega: &[f64], n: usize, floats: usize) -> Result<Vec<f64>> {
    check(omega, n)?;
    let mut grid = omega.to_vec();
    wavelet::cpu::forward(&mut grid, n);
    let size: Vec<f64> = grid.iter().map(|x| x * x).collect();
    let mut kept = vec![0.0; grid.len()];
    largest(&size, floats / FLOATS_PER_COEFFICIENT).for_each(|i| kept[i] = grid[i]);
    wavelet::cpu::backward(&mut kept, n);
    Ok(kept)
}

/// The same trigonometric polynomial on `m x m` nodes; modes that either grid does not hold are left out. `omega` is
/// row-major, `n * n` values; the result has `m * m`.
///
/// # Errors
/// As [`fourier`].
pub fn resampled(omega: &[f64], n: usize, m: usize) -> Result<Vec<f64>> {
    check(omega, n)?;
    let modes = Band::new(n).analyse(omega, n.min(m));
    Ok(Band::new(m).field(modes.radius(), |k| modes.at(k)))
}

/// Places of the `count` largest, the larger first, equal ones in order.
fn largest(size: &[f64], count: usize) -> impl Iterator<Item = usize> {
    let mut order: Vec<usize> = (0..size.len()).collect();
    order.sort_by(|a, b| size[*b].total_cmp(&size[*a]));
    order.into_iter().take(count)
}

fn check(omega: &[f64], n: usize) -> Result<()> {
    match n >= 2 && omega.len() == n * n {
        true => Ok(()),
        false => Err(Error::invalid("omega", format!("{n} x {n} values, N at least 2"), omega.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{math::nearness, spectral::RandomField};

    #[test]
    fn errors_are_those_of_parseval_and_fall_to_nothing() {
        let n = 48;
        let omega = RandomField { seed: 2, ..Default::default() }.field(n).unwrap();
        let modes = Band::new(n).analyse(&omega, n);
        let mut energy: Vec<f64> = (0..=23)
            .flat_map(|ky| (-23..=23).map(move |kx| [kx, ky]))
            .filter(|k: &[i32; 2]| k[1] > 0 || k[0] > 0)
            .map(|k| modes.at(k).norm_sqr())
            .collect();
        energy.sort_by(|a, b| b.total_cmp(a));
        let all: f64 = energy.iter().sum();
        let expected = (energy[40..].iter().sum::<f64>() / all).sqrt();
        let found = nearness(&fourier(&omega, n, 121).unwrap(), &omega).rel_l2;
        assert!(expected > 0.1 && (found - expected).abs() < 1e-12, "{found} {expected}");
        assert!(nearness(&fourier(&omega, n, 3 * n * n).unwrap(), &omega).rel_l2 < 1e-13);
        assert!(nearness(&wavelets(&omega, n, 2 * n * n).unwrap(), &omega).rel_l2 < 1e-13);
        let errors: Vec<f64> =
            [100, 400, 1600].map(|f| nearness(&wavelets(&omega, n, f).unwrap(), &omega).rel_l2).into();
        assert!(errors.windows(2).all(|e| e[1] < e[0]) && errors[0] < 1.0, "{errors:?}");
        assert!(fourier(&omega, n + 1, 9).is_err() && wavelets(&omega[1..], n, 9).is_err());
    }

    #[test]
    fn a_finer_grid_holds_the_same_field() {
        let random = RandomField { seed: 5, ..Default::default() };
        let (coarse, fine) = (random.field(64).unwrap(), random.field(150).unwrap());
        assert!(nearness(&resampled(&coarse, 64, 150).unwrap(), &fine).rel_l2 < 1e-12);
        assert!(nearness(&resampled(&fine, 150, 64).unwrap(), &coarse).rel_l2 < 1e-12);
    }
}
