//! Energy of a refit is that of the parcels.
//!
//! ```text
//! E(A) = 1/2 sum_k |omega_k|^2/k^2,   omega_k = sum_i a_i(k) A_i         A_i: peaks; k: all but 0 and those of z
//! A <- A - t d,   sum_i m_i d_i (1, x_i, y_i) = 0,   t: E(A - t d) = E of the parcels     m_i: circulation of a unit peak
//!
//! d_i = A_i - a - b x_i - c y_i      all but what carries circulation and impulse by one factor
//! d_i = g_i/m_i - a - b x_i - c y_i  where that does not do, and down alone: by the least change of the field,
//!                                    g_i = dE/dA_i, the mean of psi under the bell of i
//! ```
//!
//! E is quadratic along d. A fit in the norm of vorticity has a small residual, but not one that psi does no work on:
//! large eddies, of little enstrophy and much energy, come out too strong or too weak, and of few ellipses the error of
//! every refit adds up. A flow does not make energy, and loses it to viscosity alone, which the parcels know of.

use crate::{
    math::Complex64,
    ops::ellipse_fit::{self, Ellipse, Quadratic, Samples},
    primitives::fft::band::{Band, Modes},
};

use super::conserve::{apart, circulation, conserve};

/// Modes that something else than ellipses makes exact.
pub type Stored<'a> = dyn Fn([i32; 2]) -> bool + Sync + 'a;

/// Largest wavenumber that counts: what is beyond is a millionth of the energy.
const LARGEST: usize = 64;
/// Relative difference from which on energy is the same.
const SAME: f64 = 1e-6;
/// Least slope of a direction, relative to what it is without the circulation kept.
const STEEP: f64 = 1e-6;
/// Largest change of the field to take energy off, relative.
const LESS: f64 = 0.25;
/// To give it back: an eighth of the energy at most. Where much more is missing, the ellipses do not say what the flow
/// is, and larger peaks would not either.
const MORE: f64 = 0.06;
/// Share of the energy that may be missing for any of it to be given back.
const SAID: f64 = 0.25;

/// Energies of fields on the nodes of a lattice.
struct Energies<'a> {
    band: Band<f64>,
    nodes: Samples,
    radius: usize,
    stored: &'a Stored<'a>,
}

impl<'a> Energies<'a> {
    fn new(side: usize, stored: &'a Stored<'a>) -> Self {
        let nodes = Samples::grid(&vec![0.0; side * side], side);
        Self { band: Band::new(side), nodes, radius: LARGEST.min(side / 2 - 1), stored }
    }

    fn modes(&self, values: &[f32]) -> Modes<f64> {
        let values: Vec<f64> = values.iter().map(|w| f64::from(*w)).collect();
        self.band.analyse(&values, self.radius)
    }

    /// Of ellipses with other peaks.
    fn modes_of(&self, ellipses: &[Ellipse], peaks: &[f64]) -> Modes<f64> {
        let constants: Vec<Quadratic> = peaks.iter().map(|p| [*p, 0.0, 0.0, 0.0, 0.0, 0.0]).collect();
        self.modes(&ellipse_fit::cpu::field(ellipses, &constants, &self.nodes))
    }

    /// `1/k^2`, 0 for modes that do not count.
    fn inverse(&self, k: [i32; 2]) -> f64 {
        let k2 = k[0] * k[0] + k[1] * k[1];
        if k2 == 0 || (self.stored)(k) { 0.0 } else { 1.0 / f64::from(k2) }
    }

    /// `sum Re(a conj b)/(2 k^2)`.
    fn product(&self, a: &Modes<f64>, b: &Modes<f64>) -> f64 {
        let r = self.radius as i32;
        let one = |k: [i32; 2]| self.inverse(k) * (a.at(k) * b.at(k).conj()).re;
        let column = |kx: i32| (-r..=r).map(|ky| one([kx, ky])).sum::<f64>();
        (1..=r).map(column).sum::<f64>() + 0.5 * column(0)
    }

    /// Slopes of the energy by the peaks.
    fn slopes(&self, ellipses: &[Ellipse], modes: &Modes<f64>) -> Vec<f64> {
        let psi = |k: [i32; 2]| -> Complex64 { modes.at(k) * self.inverse(k) };
        let psi: Vec<f32> = self.band.field(self.radius, psi).iter().map(|x| *x as f32).collect();
        let moments = ellipse_fit::cpu::moments(ellipses, &psi, &self.nodes);
        moments.iter().map(|m| m[0] / self.nodes.len() as f64).collect()
    }
}

/// Changes the peaks so that the energy is that of `values` on the nodes, circulation and impulse on the torus cut at
/// a seam kept. Where no small change does, what is too much becomes as little as one makes it, and of what is too little
/// an eighth is given back, or nothing where a quarter is missing.
pub(super) fn keep(ellipses: &mut [Ellipse], values: &[f32], side: usize, seam: [usize; 2], stored: &Stored<'_>) {
    let energies = Energies::new(side, stored);
    let peaks: Vec<f64> = ellipses.iter().map(|e| e.peak).collect();
    let (held, now) = (energies.modes(values), energies.modes_of(ellipses, &peaks));
    let (wanted, found) = (energies.product(&held, &held), energies.product(&now, &now));
    let rise = found - wanted;
    if !rise.is_finite() || rise.abs() <= SAME * wanted {
        return;
    }
    let mass: Vec<f64> = ellipses.iter().map(|e| circulation(&Ellipse { peak: 1.0, ..*e })).collect();
    let along = |change: &[f64]| {
        let modes = energies.modes_of(ellipses, change);
        (2.0 * energies.product(&now, &modes), 2.0 * energies.product(&modes, &modes))
    };
    let mut change = still(ellipses, &peaks, side, seam);
    let (slope, curve) = along(&change);
    let steep = slope > STEEP * found && -rise <= SAID * wanted;
    let mut t = step(rise, slope, curve).filter(|t| steep && *t <= LESS).map(|t| t.max(-MORE));
    if t.is_none() && rise > 0.0 {
        let slopes = energies.slopes(ellipses, &now);
        let downhill: Vec<f64> = slopes.iter().zip(&mass).map(|(g, m)| g / m).collect();
        change = still(ellipses, &downhill, side, seam);
        let free: f64 = slopes.iter().zip(&mass).map(|(g, m)| g * g / m).sum();
        let (slope, curve) = along(&change);
        // Enstrophy of what overlaps is about the sum of each.
        let square = |of: &[f64]| of.iter().zip(&mass).map(|(p, m)| p * p * m).sum::<f64>();
        let most = LESS * (square(&peaks) / square(&change)).sqrt();
        let least = step(rise, slope, curve).unwrap_or(slope / curve);
        t = Some(least.min(most)).filter(|t| slope > STEEP * free && t.is_finite());
    }
    if let Some(t) = t {
        ellipses.iter_mut().zip(&change).for_each(|(e, d)| e.peak -= t * d);
    }
}

/// A change of peaks without what it does to circulation and impulse.
fn still(ellipses: &[Ellipse], change: &[f64], side: usize, seam: [usize; 2]) -> Vec<f64> {
    let mut all: Vec<Ellipse> = ellipses.iter().zip(change).map(|(e, d)| Ellipse { peak: *d, ..*e }).collect();
    // Twice: rounding of the first time is small against the change, not against what is left of it.
    for _ in 0..2 {
        let lack = -all.iter().map(circulation).sum::<f64>();
        let moment = |k: usize| all.iter().map(|e| circulation(e) * apart(e.center[k], seam[k], side)).sum::<f64>();
        let moments = [-moment(0), -moment(1)];
        conserve(&mut all, side, seam, lack, moments);
    }
    all.iter().map(|e| e.peak).collect()
}

/// Least t with `rise - slope t + curve t^2/2 = 0`.
fn step(rise: f64, slope: f64, curve: f64) -> Option<f64> {
    let room = slope * slope - 2.0 * curve * rise;
    Some(2.0 * rise / (slope + room.sqrt())).filter(|t| room >= 0.0 && t.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: usize = 64;

    fn energy(ellipses: &[Ellipse], stored: &Stored<'_>) -> f64 {
        let energies = Energies::new(SIDE, stored);
        let modes = energies.modes_of(ellipses, &ellipses.iter().map(|e| e.peak).collect::<Vec<_>>());
        energies.product(&modes, &modes)
    }

    fn values(ellipses: &[Ellipse]) -> Vec<f32> {
        let peaks: Vec<Quadratic> = ellipses.iter().map(|e| [e.peak, 0.0, 0.0, 0.0, 0.0, 0.0]).collect();
        ellipse_fit::cpu::field(ellipses, &peaks, &Samples::grid(&vec![0.0; SIDE * SIDE], SIDE))
    }

    fn some(count: i32, sign: impl Fn(f64) -> f64) -> Vec<Ellipse> {
        let one = |i: i32| {
            let t = f64::from(i);
            let at = [(17.0 * t + 3.0) % 64.0, (29.0 * t + 3.0 * t * t) % 64.0];
            Ellipse::from_axes(sign(t), at, 2.0 + 0.05 * t, 3.0 + 0.07 * t, 0.7 * t)
        };
        (0..count).map(one).collect()
    }

    #[test]
    fn energy_is_that_of_a_wave() {
        let wave: Vec<f32> = (0..SIDE * SIDE)
            .map(|c| (crate::math::BOX / 64.0 * (3.0 * (c % SIDE) as f64 - (c / SIDE) as f64)).cos() as f32)
            .collect();
        let of = |stored: &Stored<'_>| {
            let energies = Energies::new(SIDE, stored);
            let modes = energies.modes(&wave);
            energies.product(&modes, &modes)
        };
        // <cos^2>/(2 k^2), k^2 = 10.
        assert!((of(&|_| false) - 0.025).abs() < 1e-7);
        assert!(of(&|k| k[0].abs() == 3) < 1e-12, "what z holds is none of theirs");
    }

    #[test]
    fn slopes_are_those_of_the_energy() {
        let mut all = some(7, |t| (1.3 * t).sin());
        let energies = Energies::new(SIDE, &|_| false);
        let peaks: Vec<f64> = all.iter().map(|e| e.peak).collect();
        let slopes = energies.slopes(&all, &energies.modes_of(&all, &peaks));
        for i in 0..7 {
            let mut at = |by: f64| {
                all[i].peak = peaks[i] + by;
                energy(&all, &|_| false)
            };
            let (up, down) = (at(0.1), at(-0.1));
            at(0.0);
            assert!(((up - down) / 0.2 - slopes[i]).abs() < 1e-3 * slopes[i].abs() + 1e-7, "{i}: {}", slopes[i]);
        }
    }

    /// Of both signs and of one, of equal peaks, too many and too few, with modes that count and that do not.
    #[test]
    fn energy_comes_to_that_of_the_parcels_and_circulation_stays() {
        let low: &Stored<'_> = &|k| k[0] * k[0] + k[1] * k[1] <= 1;
        // Of one sign most of the energy is what circulation and impulse hold fast.
        for (name, all, off) in [
            ("both signs", some(60, |t| (1.3 * t).sin()), 0.02_f32),
            ("few", some(5, |t| (1.3 * t).cos()), 0.02),
            ("one sign", some(30, |t| 1.2 + (1.3 * t).sin()), 0.002),
        ] {
            for stored in [&|_| false, low] {
                for off in [1.0 - off, 1.0 + off] {
                    let mut changed = all.clone();
                    let wanted: Vec<f32> = values(&all).iter().map(|w| w * off).collect();
                    let before = energy(&all, stored);
                    keep(&mut changed, &wanted, SIDE, [5, 9], stored);
                    let after = energy(&changed, stored);
                    let asked = f64::from(off).powi(2) * before;
                    assert!((after / asked - 1.0).abs() < 1e-4, "{name} {off}: {before} {after}");
                    let sum = |all: &[Ellipse]| all.iter().map(circulation).sum::<f64>();
                    let scale: f64 = all.iter().map(|e| circulation(e).abs()).sum();
                    assert!((sum(&changed) - sum(&all)).abs() < 1e-13 * scale, "{name}");
                    let moment = |all: &[Ellipse], k: usize| {
                        all.iter().map(|e| circulation(e) * apart(e.center[k], [5, 9][k], SIDE)).sum::<f64>()
                    };
                    let moved = |k| moment(&changed, k) - moment(&all, k);
                    assert!(moved(0).abs().max(moved(1).abs()) < 1e-11 * scale, "{name}");
                }
            }
        }
    }

    /// No factor takes energy off equal peaks and keeps their circulation; another change does.
    #[test]
    fn too_much_energy_of_equal_peaks_is_taken_off() {
        let all = some(12, |_| 1.0);
        let mut changed = all.clone();
        keep(&mut changed, &values(&all).iter().map(|w| 0.99 * w).collect::<Vec<_>>(), SIDE, [5, 9], &|_| false);
        let [before, after] = [&all, &changed].map(|all| energy(all, &|_| false));
        assert!(after < 0.9802 * before, "{before} {after}");
    }

    /// Half the energy is missing: that is no error of a fit to be made up for.
    #[test]
    fn what_the_ellipses_do_not_say_is_not_invented() {
        let all = some(20, |t| (1.3 * t).sin());
        let mut changed = all.clone();
        keep(&mut changed, &values(&all).iter().map(|w| 1.4 * w).collect::<Vec<_>>(), SIDE, [5, 9], &|_| false);
        assert_eq!(changed, all);
    }

    #[test]
    fn one_ellipse_stays_as_it_is() {
        let all = some(1, |_| 0.7);
        let mut changed = all.clone();
        keep(&mut changed, &values(&all).iter().map(|w| 0.5 * w).collect::<Vec<_>>(), SIDE, [5, 9], &|_| false);
        assert_eq!(changed, all);
        keep(&mut [], &values(&all), SIDE, [5, 9], &|_| false);
    }
}
