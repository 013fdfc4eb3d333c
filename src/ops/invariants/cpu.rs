//! Reference: see the module above.

use rayon::prelude::*;

use crate::{
    math::{BOX, Complex64, expint_e1, nearest},
    ops::{
        biot_savart::{GREEN_CONSTANT, LATTICE},
        quadrature::cpu::{Blob, blobs},
    },
    state::{Atoms, Invariants, impulse},
};

const EULER: f64 = 0.577_215_664_901_532_9;

/// Green's function of zero mean for offset `z` between cores of joint square `e2`.
fn green(z: Complex64, e2: f64) -> f64 {
    let r2 = z.norm_sqr();
    let z4 = (z * z) * (z * z);
    let mut series = 0.0;
    let mut power = z4;
    for (n, c) in LATTICE.iter().enumerate() {
        series += c * power.re / (4.0 * (n as f64 + 1.0));
        power *= z4;
    }
    let x = 0.5 * r2 / e2;
    let near = if x < 1e-12 { (2.0 * e2).ln() - EULER } else { r2.ln() + expint_e1(x) };
    let mut sum = near - r2 / (2.0 * BOX) - 2.0 * series;
    if e2 > super::super::biot_savart::WIDE_EPS2 {
        for n in (0..9).filter(|n| *n != 4) {
            let shift = Complex64::new(f64::from(n % 3 - 1) * BOX, f64::from(n / 3 - 1) * BOX);
            sum += expint_e1(0.5 * (z + shift).norm_sqr() / e2);
        }
    }
    // Smearing r^2 / 4 pi over a Gaussian of variance e^2 adds 2 e^2 / 4 pi: the last term.
    GREEN_CONSTANT - sum / (2.0 * BOX) + e2 / (2.0 * BOX * BOX)
}

/// Periodic Gaussian of variance `e2` less its mean.
fn gaussian(x: f64, y: f64, e2: f64) -> f64 {
    let mut sum = 0.0;
    for n in 0..25 {
        let (a, b) = (x + f64::from(n % 5 - 2) * BOX, y + f64::from(n / 5 - 2) * BOX);
        sum += (-0.5 * (a * a + b * b) / e2).exp();
    }
    sum / (BOX * e2) - 1.0 / (BOX * BOX)
}

/// Mean energy and mean enstrophy of a set of blobs.
pub fn energy_enstrophy(blobs: &[Blob<f64>]) -> (f64, f64) {
    let row = |i: usize| {
        let a = &blobs[i];
        let mut sum = (0.0, 0.0);
        for (j, b) in blobs.iter().enumerate().take(i + 1) {
            let (x, y) = (nearest(a.x[0] - b.x[0]), nearest(a.x[1] - b.x[1]));
            let e2 = a.eps2 + b.eps2;
            let pair = a.circulation * b.circulation * if i == j { 1.0 } else { 2.0 };
            sum.0 += pair * green(Complex64::new(x, y), e2);
            sum.1 += pair * gaussian(x, y, e2);
        }
        sum
    };
    let rows: Vec<(f64, f64)> = (0..blobs.len()).into_par_iter().map(row).collect();
    let area = 2.0 * BOX * BOX;
    rows.iter().fold((0.0, 0.0), |s, r| (s.0 + r.0 / area, s.1 + r.1 / area))
}

/// Everything the atoms keep, energy and enstrophy included.
pub fn measure(atoms: &Atoms) -> Invariants {
    let vertex: Vec<[f64; 2]> = atoms.view().vertex.iter().map(|v| v.to_array()).collect();
    let (energy, enstrophy) = energy_enstrophy(&blobs(atoms.view(), &vertex));
    Invariants { energy: Some(energy), enstrophy: Some(enstrophy), ..impulse(atoms) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ops::{compose, poisson, window::Window},
        state::{Atom, Background, Sign, Topology},
    };
    use glam::DVec2;

    #[test]
    fn closed_form_and_spectrum_agree() {
        let line: Vec<DVec2> =
            (0..9).map(|i| DVec2::new(0.3 * f64::from(i), 1.0 + 0.1 * f64::from(i * i % 5))).collect();
        for eps in [0.2, 0.5] {
            let atoms = Atoms::try_from_iter([
                Atom::point(Sign::Plus, 2.0, eps, DVec2::new(1.0, 4.0)),
                Atom::point(Sign::Minus, 0.7, eps * 1.2, DVec2::new(5.0, 5.5)),
                Atom::polyline(Topology::Open, Sign::Plus, 1.5, eps, line.clone()),
            ])
            .unwrap();
            let field: Vec<f64> = compose::cpu::field(&atoms, &Background::empty(), &Window::full(128));
            let grid = poisson::cpu::velocity(&field, 128);
            let exact = measure(&atoms);
            let (energy, enstrophy) = (exact.energy.unwrap(), exact.enstrophy.unwrap());
            assert!((energy / grid.energy - 1.0).abs() < 1e-5, "eps {eps}: {energy} {}", grid.energy);
            assert!((enstrophy / grid.enstrophy - 1.0).abs() < 1e-4, "eps {eps}: {enstrophy} {}", grid.enstrophy);
        }
    }
}
