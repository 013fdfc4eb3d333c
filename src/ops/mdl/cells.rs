//! Who is near whom: places of the box in square cells.

use glam::DVec2;

use crate::math::{BOX, wrap};

/// Most cells a side.
const MOST: usize = 256;

/// Indices of places by the cell they lie in, in order.
pub struct Cells {
    side: usize,
    members: Vec<Vec<usize>>,
}

impl Cells {
    /// Cells at least `width` wide.
    pub fn new(places: impl IntoIterator<Item = DVec2>, width: f64) -> Self {
        let side = ((BOX / width) as usize).clamp(1, MOST);
        let mut cells = Self { side, members: vec![vec![]; side * side] };
        for (i, place) in places.into_iter().enumerate() {
            let [x, y] = place.to_array().map(|x| cells.cell(x));
            cells.members[y * side + x].push(i);
        }
        cells
    }

    fn cell(&self, x: f64) -> usize {
        ((wrap(x) / BOX * self.side as f64) as usize).min(self.side - 1)
    }

    /// Cells along one axis that hold what is at most `half` from `x`, each once.
    fn along(&self, x: f64, half: f64) -> impl Iterator<Item = usize> + Clone {
        let (side, first) = (self.side, self.cell(x - half));
        let count = (2.0 * half / BOX * side as f64).ceil() as usize + 1;
        (0..count.min(side)).map(move |c| (first + c) % side)
    }

    /// Places in all cells that hold what is at most `half` from `at` along each axis: more than those, never fewer.
    pub fn around(&self, at: DVec2, half: DVec2) -> impl Iterator<Item = usize> + '_ {
        let columns = self.along(at.x, half.x);
        let cells = self.along(at.y, half.y).flat_map(move |y| columns.clone().map(move |x| y * self.side + x));
        cells.flat_map(|cell| self.members[cell].iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::{super::gauss::offset, *};

    #[test]
    fn nobody_near_is_left_out_and_nobody_comes_twice() {
        let place = |i: usize| DVec2::new((i as f64 * 2.399) % 20.0 - 7.0, (i as f64 * 1.618) % 9.0);
        let all: Vec<DVec2> = (0..400).map(place).collect();
        for (width, half) in [(0.05, 0.2), (0.5, 0.5), (3.0, 0.1), (0.3, 4.0), (10.0, 1.0)] {
            let cells = Cells::new(all.iter().copied(), width);
            for at in &all {
                let mut found: Vec<usize> = cells.around(*at, DVec2::splat(half)).collect();
                found.sort_unstable();
                let count = found.len();
                found.dedup();
                assert_eq!(found.len(), count, "twice: {width} {half}");
                let near = |i: &usize| offset(all[*i], *at).abs().max_element() <= half;
                assert!((0..all.len()).filter(near).all(|i| found.binary_search(&i).is_ok()), "{width} {half}");
            }
        }
    }
}
