//! A sum of Gaussians that answers inner products by neighbourhood: a cell list over the box.

use super::gauss::{Gauss, inner};
use crate::math::{BOX, wrap};

/// Cells along one side.
const SIDE: usize = 48;

/// Gaussians in cells, in order of insertion.
#[derive(Clone, Debug)]
pub struct Cloud {
    cells: Vec<Vec<Gauss>>,
    /// Largest trace of a covariance so far.
    widest: f64,
    count: usize,
}

impl Default for Cloud {
    fn default() -> Self {
        Self { cells: vec![vec![]; SIDE * SIDE], widest: 0.0, count: 0 }
    }
}

fn cell(x: f64) -> usize {
    ((wrap(x) / BOX * SIDE as f64) as usize).min(SIDE - 1)
}

impl Cloud {
    /// Adds Gaussians to the sum.
    pub fn extend(&mut self, all: &[Gauss]) {
        for one in all.iter().filter(|one| one.g != 0.0) {
            self.widest = self.widest.max(one.trace());
            self.count += 1;
            self.cells[cell(one.x.y) * SIDE + cell(one.x.x)].push(*one);
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// All of them, cell by cell.
    pub fn iter(&self) -> impl Iterator<Item = &Gauss> {
        self.cells.iter().flatten()
    }

    /// `integral w a` with the sum w.
    pub fn inner(&self, a: &Gauss) -> f64 {
        if self.is_empty() {
            return 0.0;
        }
        let rings = (a.reach(self.widest) / BOX * SIDE as f64).ceil() as usize;
        let row = |center: usize| {
            let all = 2 * rings + 1 >= SIDE;
            let (first, count) = if all { (0, SIDE) } else { (center + SIDE - rings, 2 * rings + 1) };
            (first..first + count).map(|i| i % SIDE)
        };
        let mut sum = 0.0;
        for j in row(cell(a.x.y)) {
            for i in row(cell(a.x.x)) {
                for b in &self.cells[j * SIDE + i] {
                    sum += inner(a, b);
                }
            }
        }
        sum
    }

    /// Inner product of the whole cloud with a sum of Gaussians.
    pub fn product(&self, all: &[Gauss]) -> f64 {
        all.iter().map(|a| self.inner(a)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::gauss::product, *};
    use glam::DVec2;

    #[test]
    fn cells_leave_nothing_out() {
        let at = |i: usize| DVec2::new((i as f64 * 2.399) % 20.0 - 7.0, (i as f64 * 1.618) % 9.0);
        for eps2 in [0.001, 0.01, 0.3] {
            let all: Vec<Gauss> = (0..200).map(|i| Gauss::round(at(i), 1.0 - 0.01 * i as f64, eps2)).collect();
            let asked = [Gauss { x: at(300), g: 2.0, s: [0.02, 0.005, 0.01] }, Gauss::round(at(17), 1.0, 0.005)];
            let mut cloud = Cloud::default();
            cloud.extend(&all);
            let (a, b) = (cloud.product(&asked), product(&asked, &all));
            assert!((a - b).abs() <= 1e-12 * b.abs().max(1.0), "{a} {b}");
        }
    }
}
