//! The field of an atom as a row of Gaussians that does not depend on where its curve was cut.
//!
//! A run of segments is cut into cells of equal arc length, at most one core long. A cell becomes the
//! Gaussian of its circulation, centroid and second moment: `S = eps^2 I + ` the covariance of the piece of
//! curve in it. A vertex that is inserted on a segment changes none of them.

use glam::DVec2;

use super::gauss::Gauss;
use crate::state::{Atom, Chart, Topology};

/// A connected piece of a filament, unwrapped.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    /// `[n + 1]` places.
    pub path: Vec<DVec2>,
    /// `[n]` signed circulations.
    pub g: Vec<f64>,
    /// `[n]` core radii squared.
    pub eps2: Vec<f64>,
}

impl Run {
    /// All segments of a filament; of a closed one the last ends at an image of the first vertex.
    pub fn of(atom: &Atom) -> Self {
        // Shares sum to 1 only to the precision of the backend; the circulation is the atom's.
        let strength = atom.sign.value() * atom.gamma / atom.weight.iter().sum::<f64>();
        let mut path = atom.vertices.clone();
        if atom.topology == Topology::Closed {
            let last = path[path.len() - 1];
            path.push(last + super::gauss::offset(path[0], last));
        }
        Self {
            path,
            g: atom.weight.iter().map(|w| strength * w).collect(),
            eps2: atom.core.iter().map(|c| (atom.eps * c).powi(2)).collect(),
        }
    }

    /// Segments `a..b`.
    pub fn part(&self, a: usize, b: usize) -> Self {
        Self { path: self.path[a..=b].into(), g: self.g[a..b].into(), eps2: self.eps2[a..b].into() }
    }

    /// Arc length.
    pub fn length(&self) -> f64 {
        self.path.windows(2).map(|p| (p[1] - p[0]).length()).sum()
    }

    /// The Gaussians.
    pub fn nodes(&self) -> Vec<Gauss> {
        self.cells(1.0)
    }

    /// The same with cells of another length, in cores: for differences that are small against the field.
    pub fn cells(&self, cores: f64) -> Vec<Gauss> {
        let least = self.eps2.iter().copied().fold(f64::INFINITY, f64::min).sqrt();
        let length = self.length();
        // A hair less than whole, so that rounding of the length does not add a cell.
        let count = ((length / (cores * least) - 1e-9).ceil().max(1.0)) as usize;
        let side = length / count as f64;
        let mut nodes = Vec::with_capacity(count);
        let (mut cell, mut index, mut along) = (Cell::default(), 0, 0.0);
        for s in 0..self.g.len() {
            let (from, vector) = (self.path[s], self.path[s + 1] - self.path[s]);
            let l = vector.length();
            if l == 0.0 {
                cell.add(from, DVec2::ZERO, self.g[s], self.eps2[s]);
                continue;
            }
            let piece = |cell: &mut Cell, t: f64, to: f64| {
                let share = (to - t) / l;
                cell.add(from + vector * (0.5 * (t + to) / l), vector * share, self.g[s] * share, self.eps2[s]);
            };
            let mut t = 0.0;
            while index + 1 < count && along + l > side * (index + 1) as f64 {
                let to = (side * (index + 1) as f64 - along).clamp(t, l);
                piece(&mut cell, t, to);
                nodes.extend(cell.take());
                (t, index) = (to, index + 1);
            }
            piece(&mut cell, t, l);
            along += l;
        }
        nodes.extend(cell.take());
        nodes
    }
}

/// Sums over the pieces of curve in one cell.
#[derive(Clone, Copy, Default)]
struct Cell {
    origin: DVec2,
    g: f64,
    x: DVec2,
    s: [f64; 3],
}

impl Cell {
    /// A straight piece around `mid`.
    fn add(&mut self, mid: DVec2, piece: DVec2, g: f64, eps2: f64) {
        if self.g == 0.0 {
            self.origin = mid;
        }
        let d = mid - self.origin;
        self.g += g;
        self.x += d * g;
        self.s[0] += g * (eps2 + d.x * d.x + piece.x * piece.x / 12.0);
        self.s[1] += g * (d.x * d.y + piece.x * piece.y / 12.0);
        self.s[2] += g * (eps2 + d.y * d.y + piece.y * piece.y / 12.0);
    }

    /// The Gaussian of the cell, which is empty afterwards.
    fn take(&mut self) -> Option<Gauss> {
        let Self { origin, g, x, s } = std::mem::take(self);
        if g == 0.0 {
            return None;
        }
        let x = x / g;
        let s = [s[0] / g - x.x * x.x, s[1] / g - x.x * x.y, s[2] / g - x.y * x.y];
        Some(Gauss { x: origin + x, g, s })
    }
}

/// The Gaussians of an atom; none without support.
pub fn of(atom: &Atom) -> Vec<Gauss> {
    if !atom.support {
        return vec![];
    }
    match (atom.chart, atom.topology) {
        (Chart::Polyline, Topology::Open | Topology::Closed) => Run::of(atom).nodes(),
        _ => vec![blob(atom)],
    }
}

/// A point or an ellipse as its Gaussian.
pub fn blob(atom: &Atom) -> Gauss {
    let short = (atom.eps * atom.core[0]).powi(2);
    let excess = short * (atom.aspect * atom.aspect - 1.0);
    let (sin, cos) = libm::sincos(atom.angle);
    Gauss {
        x: atom.vertices[0],
        g: atom.sign.value() * atom.gamma,
        s: [short + excess * cos * cos, excess * cos * sin, short + excess * sin * sin],
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::gauss::{inner, product, square},
        *,
    };
    use crate::state::Sign;

    fn arc(n: usize) -> Vec<DVec2> {
        (0..=n).map(|i| DVec2::from_angle(2.0 * i as f64 / n as f64) + DVec2::splat(3.0)).collect()
    }

    /// The same curve and circulation with a vertex inserted on every second segment.
    fn refined(atom: &Atom) -> Atom {
        let mut new =
            Atom { vertices: vec![atom.vertices[0]], weight: vec![], core: vec![], twist: vec![], ..atom.clone() };
        for s in 0..atom.weight.len() {
            let (a, b) = (atom.vertices[s], atom.vertices[s + 1]);
            let cuts: &[f64] = if s % 2 == 0 { &[0.3, 1.0] } else { &[1.0] };
            let mut from = 0.0;
            for t in cuts {
                new.vertices.push(a + (b - a) * *t);
                new.weight.push(atom.weight[s] * (t - from));
                new.core.push(atom.core[s]);
                new.twist.push(0.0);
                from = *t;
            }
        }
        new
    }

    #[test]
    fn inserted_vertices_change_nothing() {
        let atom = Atom::polyline(Topology::Open, Sign::Minus, 1.5, 0.1, arc(11));
        let (a, b) = (of(&atom), of(&refined(&atom)));
        assert_eq!(a.len(), b.len());
        let other = [Gauss::round(DVec2::new(3.5, 3.9), 1.0, 0.02)];
        let error = [square(&a) / square(&b), product(&a, &other) / product(&b, &other)].map(|r| (r - 1.0).abs());
        assert!(error.iter().all(|e| *e < 1e-10), "{error:?}");
    }

    #[test]
    fn a_straight_filament_has_the_norm_of_its_profile() {
        let (l, e, n) = (1.2, 0.1, 2000);
        let line = vec![DVec2::new(1.0, 1.0), DVec2::new(1.0 + l, 1.0)];
        let got = square(&of(&Atom::polyline(Topology::Open, Sign::Plus, 1.0, e, line)));
        // The same from many narrow blobs in a row.
        let h = l / f64::from(n);
        let row = |i: i32| (0..n).map(|j| (-(f64::from(i - j) * h / (2.0 * e)).powi(2)).exp()).sum::<f64>();
        let fine = (0..n).map(row).sum::<f64>() / f64::from(n * n) / (2.0 * crate::math::BOX * e * e);
        assert!((got / fine - 1.0).abs() < 2e-4, "{got} {fine}");
    }

    #[test]
    fn moments_of_a_curve_are_exact() {
        let atom = Atom::polyline(Topology::Open, Sign::Plus, 2.0, 0.1, arc(7));
        let whole = super::super::gauss::moments(&of(&atom)).unwrap();
        let atoms = crate::state::Atoms::try_from_iter([atom]).unwrap();
        let sum = crate::state::impulse(&atoms);
        assert!((whole.g - 2.0).abs() < 1e-14);
        assert!((whole.g * whole.x.y - sum.impulse_x).abs() < 1e-13);
        let second = whole.g * (whole.x.length_squared() + whole.trace() - 2.0 * 0.01);
        assert!((second - sum.angular_impulse).abs() < 1e-12);
        assert!(inner(&whole, &whole) > 0.0);
    }
}
