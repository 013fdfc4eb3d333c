//! Reference: every segment on every node it reaches, over all images that matter.

use rayon::prelude::*;

use crate::{
    math::{BOX, Real, nearest},
    ops::{quadrature::cpu::along, window::Window},
    state::{AtomsView, Chart, Topology},
};

/// Standard deviations after which a profile is dropped: under 1e-14 of its peak.
const REACH: f64 = 8.0;

/// One segment, point or ellipse.
struct Piece<R> {
    mid: [R; 2],
    direction: [R; 2],
    circulation: R,
    eps: R,
    half_length: R,
    long_eps: Option<R>,
    reach: R,
}

impl<R: Real> Piece<R> {
    /// Vorticity at an offset from the midpoint.
    fn profile(&self, d: [R; 2]) -> R {
        let half = R::of(0.5);
        let t = d[0] * self.direction[0] + d[1] * self.direction[1];
        let n = d[0] * self.direction[1] - d[1] * self.direction[0];
        let across = n / self.eps;
        let bell = (-half * across * across).exp();
        if let Some(long) = self.long_eps {
            let a = t / long;
            return self.circulation * bell * (-half * a * a).exp() / (R::of(BOX) * self.eps * long);
        }
        let h = self.half_length / self.eps;
        let s = t / self.eps;
        let area = R::of(BOX) * self.eps * self.eps;
        if h < R::of(0.02) {
            // Mean of exp(-s^2/2) over [s - h, s + h] to h^4: where both erf would cancel.
            let s2 = s * s;
            let he2 = (s2 - R::one()) / R::of(6.0);
            return self.circulation * bell * (-half * s2).exp() * (R::one() + h * h * he2) / area;
        }
        let root = R::of(std::f64::consts::FRAC_1_SQRT_2);
        let mass = ((s + h) * root).erf() - ((s - h) * root).erf();
        self.circulation * bell * R::of((std::f64::consts::PI / 2.0).sqrt()) * mass / (R::of(2.0) * h * area)
    }
}

fn pieces<R: Real>(atoms: AtomsView<'_>, vertex: &[[R; 2]]) -> Vec<Piece<R>> {
    let mut pieces = Vec::new();
    for i in (0..atoms.gamma.len()).filter(|i| atoms.support[*i]) {
        for s in 0..atoms.segment_count(i) {
            let entry = atoms.segment_start[i] + s;
            let eps = atoms.eps[i] * atoms.core[entry];
            let from = vertex[atoms.start[i] + s];
            let axis = match atoms.topology[i] {
                Topology::Point => [R::zero(); 2],
                _ => along(atoms, vertex, i, s),
            };
            let length = (axis[0] * axis[0] + axis[1] * axis[1]).sqrt();
            let half = R::of(0.5);
            let long = (atoms.chart[i] == Chart::Ellipse).then(|| eps * atoms.aspect[i]);
            let direction = if long.is_some() {
                [R::of(atoms.angle[i].cos()), R::of(atoms.angle[i].sin())]
            } else if length > R::zero() {
                [axis[0] / length, axis[1] / length]
            } else {
                [R::one(), R::zero()]
            };
            pieces.push(Piece {
                mid: [from[0] + half * axis[0], from[1] + half * axis[1]],
                direction,
                circulation: R::of(atoms.sign[i].value() * atoms.gamma[i] * atoms.weight[entry]),
                eps: R::of(eps),
                half_length: half * length,
                long_eps: long.map(R::of),
                reach: R::of(REACH * long.unwrap_or(eps)) + half * length,
            });
        }
    }
    pieces
}

/// `omega[j, i]` row by row, row 0 at the bottom; O(nodes x segments in reach), rows in parallel.
pub fn field<R: Real>(atoms: AtomsView<'_>, vertex: &[[R; 2]], window: &Window) -> Vec<R> {
    let pieces = pieces(atoms, vertex);
    let side = R::of(BOX);
    let mut field = vec![R::zero(); window.cells()];
    field.par_chunks_mut(window.size[0] as usize).enumerate().for_each(|(j, row)| {
        let y = R::of(window.node(0, j as u32)[1]);
        for piece in &pieces {
            let dy = nearest(y - piece.mid[1]);
            let wide = piece.reach > side * R::of(0.5);
            if dy.abs() > piece.reach && !wide {
                continue;
            }
            for (i, cell) in row.iter_mut().enumerate() {
                let dx = nearest(R::of(window.node(i as u32, 0)[0]) - piece.mid[0]);
                if wide {
                    for n in 0..25 {
                        let image = [dx + side * R::of(f64::from(n % 5 - 2)), dy + side * R::of(f64::from(n / 5 - 2))];
                        *cell += piece.profile(image);
                    }
                } else if dx.abs() <= piece.reach {
                    *cell += piece.profile([dx, dy]);
                }
            }
        }
    });
    field
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{Atom, Atoms, Sign};
    use glam::DVec2;

    fn total(atom: Atom) -> f64 {
        let atoms = Atoms::try_from_iter([atom]).unwrap();
        let vertex: Vec<[f64; 2]> = atoms.view().vertex.iter().map(|v| v.to_array()).collect();
        let n = 128;
        let field = field(atoms.view(), &vertex, &Window::full(n));
        field.iter().sum::<f64>() * (BOX / f64::from(n)).powi(2)
    }

    #[test]
    fn circulation_is_the_integral_of_the_field() {
        let at = DVec2::new(0.1, 6.2);
        let line = vec![at, at + DVec2::new(0.5, 0.2), at + DVec2::new(0.501, 0.201)];
        for atom in [
            Atom::point(Sign::Plus, 2.0, 0.15, at),
            Atom::point(Sign::Plus, 2.0, 1.2, at),
            Atom::ellipse(Sign::Plus, 2.0, 0.1, 3.0, 0.7, at),
            Atom::polyline(Topology::Open, Sign::Plus, 2.0, 0.12, line),
        ] {
            let sum = total(atom);
            assert!((sum - 2.0).abs() < 1e-9, "{sum}");
        }
    }

    #[test]
    fn the_field_does_not_depend_on_how_a_straight_filament_is_cut() {
        let at = |t: f64| DVec2::new(1.0 + t, 2.0 + 0.4 * t);
        let make = |cuts: &[f64]| {
            let line = cuts.iter().map(|t| at(*t)).collect();
            let atoms = Atoms::try_from_iter([Atom::polyline(Topology::Open, Sign::Plus, 1.0, 0.1, line)]).unwrap();
            let vertex: Vec<[f64; 2]> = atoms.view().vertex.iter().map(|v| v.to_array()).collect();
            field(atoms.view(), &vertex, &Window::full(64))
        };
        let (a, b) = (make(&[0.0, 1.0]), make(&[0.0, 0.001, 0.3, 0.31, 0.9, 1.0]));
        let error = a.iter().zip(&b).fold(0.0_f64, |m, (x, y)| m.max((x - y).abs()));
        assert!(error < 1e-6, "{error:e}");
    }
}
