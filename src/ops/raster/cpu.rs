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

/// The nodes of a row, from its first one on: `x_i - x_0` in `[0, 2 pi)`, rising.
struct Row<R> {
    first: R,
    ahead: Vec<R>,
    /// Between neighbours.
    spacing: f64,
}

impl<R: Real> Row<R> {
    fn new(window: &Window) -> Self {
        let first = window.node(0, 0)[0];
        let ahead = |i: u32| (window.node(i, 0)[0] - first).rem_euclid(BOX);
        let units = f64::from(window.step[0]) + f64::from(window.rest[0]) / f64::from(window.size[0]);
        Self {
            first: R::of(first),
            ahead: (0..window.size[0]).map(|i| R::of(ahead(i))).collect(),
            spacing: units / 4_294_967_296.0 * BOX,
        }
    }

    /// Adds an ellipse to a row at `y`, every image that reaches it; along the row only as far as the
    /// ellipse does.
    fn ellipse(&self, piece: &Piece<R>, long: R, y: R, row: &mut [R]) {
        let (side, reach2) = (R::of(BOX), R::of(REACH * REACH));
        let [c, s] = piece.direction;
        let (a, b) = (long * long, piece.eps * piece.eps);
        let (yy, xy) = (a * s * s + b * c * c, (a - b) * c * s);
        let across = piece.eps * long / yy.sqrt();
        let mid = piece.mid[0] - self.first;
        let mid = mid - side * (mid / side).floor();
        for dy in [-2.0, -1.0, 0.0, 1.0, 2.0].map(|m| nearest(y - piece.mid[1]) + side * R::of(m)) {
            let left = reach2 - dy * dy / yy;
            if left <= R::zero() {
                continue;
            }
            let (center, half) = ((xy / yy * dy).f64(), (across * left.sqrt()).f64());
            for image in -3..=3 {
                let mid = mid + side * R::of(f64::from(image));
                let from = ((mid.f64() + center - half) / self.spacing).floor().max(0.0);
                let to = ((mid.f64() + center + half) / self.spacing).ceil();
                if to < 0.0 {
                    continue;
                }
                let (from, to) = ((from as usize).min(row.len()), (to as usize + 1).min(row.len()));
                for (cell, x) in row[from..to].iter_mut().zip(&self.ahead[from..to]) {
                    *cell += piece.profile([*x - mid, dy]);
                }
            }
        }
    }
}

/// `omega[j, i]` row by row, row 0 at the bottom; O(nodes x segments in reach), rows in parallel.
pub fn field<R: Real>(atoms: AtomsView<'_>, vertex: &[[R; 2]], window: &Window) -> Vec<R> {
    let pieces = pieces(atoms, vertex);
    let side = R::of(BOX);
    let nodes = Row::new(window);
    let xs: Vec<R> = (0..window.size[0]).map(|i| R::of(window.node(i, 0)[0])).collect();
    let mut field = vec![R::zero(); window.cells()];
    field.par_chunks_mut(window.size[0] as usize).enumerate().for_each(|(j, row)| {
        let y = R::of(window.node(0, j as u32)[1]);
        for piece in &pieces {
            if let Some(long) = piece.long_eps {
                nodes.ellipse(piece, long, y, row);
                continue;
            }
            let dy = nearest(y - piece.mid[1]);
            let wide = piece.reach > side * R::of(0.5);
            if dy.abs() > piece.reach && !wide {
                continue;
            }
            for (x, cell) in xs.iter().zip(row.iter_mut()) {
                let dx = nearest(*x - piece.mid[0]);
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
    fn an_ellipse_is_the_sum_of_all_its_images_on_any_window() {
        let at = DVec2::new(6.1, 0.2);
        for (eps, aspect, angle) in [(0.05, 1.0, 0.0), (0.04, 6.0, 0.7), (0.3, 4.0, 2.4), (1.1, 1.3, 1.2)] {
            let atoms = Atoms::try_from_iter([Atom::ellipse(Sign::Minus, 1.5, eps, aspect, angle, at)]).unwrap();
            let windows = [Window::full(40), Window::view([5.5, 5.9], [1.5, 0.7], [33, 20])];
            for window in &windows {
                let field: Vec<f64> = field(atoms.view(), &[at.to_array()], window);
                let (long, (s, c)) = (eps * aspect, f64::sin_cos(angle));
                let exact = |x: f64, y: f64| -> f64 {
                    let image = |n: i32| {
                        let dx = x - at.x + BOX * f64::from(n % 9 - 4);
                        let dy = y - at.y + BOX * f64::from(n / 9 - 4);
                        let (t, u) = ((dx * c + dy * s) / long, (dy * c - dx * s) / eps);
                        (-0.5 * (t * t + u * u)).exp()
                    };
                    -1.5 / (BOX * eps * long) * (0..81).map(image).sum::<f64>()
                };
                let peak = 1.5 / (BOX * eps * long);
                for (cell, found) in field.iter().enumerate() {
                    let [x, y] = window.node(cell as u32 % window.size[0], cell as u32 / window.size[0]);
                    let error = (found - exact(x, y)).abs() / peak;
                    assert!(error < 1e-12, "eps {eps}, aspect {aspect}, cell {cell}: {error:e}");
                }
            }
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
