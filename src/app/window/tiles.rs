//! Which parts of the panels' picture have changed: a fingerprint of the triangles that touch each tile of the window.

use egui::{
    ClippedPrimitive, Rect, TextureId,
    epaint::{Mesh, Primitive},
};

/// Pixels of a tile along a side.
const SIDE: u32 = 32;
/// More rectangles than this are not told apart.
const MOST: usize = 48;

/// A rectangle of pixels, `low` inclusive, `high` exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pixels {
    /// Left and top.
    pub low: [u32; 2],
    /// Right and bottom.
    pub high: [u32; 2],
}

impl Pixels {
    /// Of a rectangle in points, as far as a target of `size` shows it.
    pub fn of(rect: Rect, pixels_per_point: f32, size: [u32; 2]) -> Self {
        let at = |point: egui::Pos2| [point.x, point.y].map(|x| (x * pixels_per_point).round() as u32);
        let (low, high) = (at(rect.min), at(rect.max));
        Self { low: [0, 1].map(|k| low[k].min(size[k])), high: [0, 1].map(|k| high[k].min(size[k])) }
    }

    /// In points.
    pub fn rect(self, pixels_per_point: f32) -> Rect {
        let [low, high] = [self.low, self.high].map(|at| egui::Pos2::from(at.map(|x| x as f32 / pixels_per_point)));
        Rect::from_min_max(low, high)
    }

    /// All of a target.
    pub fn all(size: [u32; 2]) -> Self {
        Self { low: [0, 0], high: size }
    }

    /// The common part.
    pub fn and(self, other: Self) -> Self {
        Self {
            low: [0, 1].map(|k| self.low[k].max(other.low[k])),
            high: [0, 1].map(|k| self.high[k].min(other.high[k])),
        }
    }

    /// The smallest that holds both.
    pub fn around(self, other: Self) -> Self {
        Self {
            low: [0, 1].map(|k| self.low[k].min(other.low[k])),
            high: [0, 1].map(|k| self.high[k].max(other.high[k])),
        }
    }

    /// Whether there is no pixel in it.
    pub fn is_empty(self) -> bool {
        self.low[0] >= self.high[0] || self.low[1] >= self.high[1]
    }
}

/// Fingerprints of the tiles of a window, row by row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tiles {
    size: [u32; 2],
    prints: Vec<u64>,
}

/// Mixes a word into a fingerprint.
fn mixed(print: u64, word: u64) -> u64 {
    // The multiplier of a linear congruential generator (L'Ecuyer 1999); the shift brings high bits down.
    let product = (print.rotate_left(29) ^ word).wrapping_mul(0x27BB_2EE6_87B0_B0FD);
    product ^ (product >> 32)
}

fn bits(pair: [f32; 2]) -> u64 {
    (u64::from(pair[0].to_bits()) << 32) | u64::from(pair[1].to_bits())
}

impl Tiles {
    /// Of triangles in a window of `size` pixels.
    pub fn of(triangles: &[ClippedPrimitive], size: [u32; 2], pixels_per_point: f32) -> Self {
        let [columns, rows] = size.map(|n| n.div_ceil(SIDE));
        let mut tiles = Self { size, prints: vec![0; (columns * rows) as usize] };
        for ClippedPrimitive { clip_rect, primitive } in triangles {
            if let Primitive::Mesh(mesh) = primitive {
                tiles.add(mesh, Pixels::of(*clip_rect, pixels_per_point, size), pixels_per_point);
            }
        }
        tiles
    }

    fn add(&mut self, mesh: &Mesh, clip: Pixels, pixels_per_point: f32) {
        let columns = self.size[0].div_ceil(SIDE);
        let texture = match mesh.texture_id {
            TextureId::Managed(n) => 2 * n,
            TextureId::User(n) => 2 * n + 1,
        };
        let [low, high] = [clip.low, clip.high].map(|[x, y]| (u64::from(x) << 32) | u64::from(y));
        let seed = mixed(mixed(mixed(0, texture), low), high);
        for corners in mesh.indices.as_chunks::<3>().0 {
            let corners = corners.map(|i| mesh.vertices.get(i as usize).copied().unwrap_or_default());
            let print = corners.iter().fold(seed, |print, corner| {
                let color = u64::from(u32::from_le_bytes(corner.color.to_array()));
                let print = mixed(print, bits([corner.pos.x, corner.pos.y]));
                mixed(mixed(print, bits([corner.uv.x, corner.uv.y])), color)
            });
            let all = |f: fn(f32, f32) -> f32| {
                let [a, b, c] = corners.map(|corner| corner.pos);
                [f(f(a.x, b.x), c.x), f(f(a.y, b.y), c.y)].map(|x| x * pixels_per_point)
            };
            // A pixel more on each side, for rounding.
            let seen = Pixels {
                low: all(f32::min).map(|x| (x - 1.0).floor() as u32),
                high: all(f32::max).map(|x| (x + 1.0).ceil() as u32),
            };
            let seen = seen.and(clip);
            if seen.is_empty() {
                continue;
            }
            for row in seen.low[1] / SIDE..seen.high[1].div_ceil(SIDE) {
                for column in seen.low[0] / SIDE..seen.high[0].div_ceil(SIDE) {
                    let tile = &mut self.prints[(row * columns + column) as usize];
                    *tile = mixed(*tile, print);
                }
            }
        }
    }

    /// Rectangles that cover every tile which differs from `old`; all of the window where that is of another size.
    pub fn changed_from(&self, old: &Self) -> Vec<Pixels> {
        if old.size != self.size {
            return vec![Pixels::all(self.size)];
        }
        let columns = self.size[0].div_ceil(SIDE).max(1) as usize;
        let mut found: Vec<Pixels> = vec![];
        for (row, (new, old)) in self.prints.chunks(columns).zip(old.prints.chunks(columns)).enumerate() {
            let mut column = 0;
            while column < columns {
                let length = (column..columns).take_while(|at| new[*at] != old[*at]).count();
                if length > 0 {
                    self.join(&mut found, row as u32, [column as u32, (column + length) as u32]);
                }
                column += length + 1;
            }
        }
        if found.len() > MOST {
            return vec![found.iter().skip(1).fold(found[0], |all, one| all.around(*one))];
        }
        found
    }

    /// A run of tiles of a row, joined to what it touches in the row above it.
    fn join(&self, found: &mut Vec<Pixels>, row: u32, [first, end]: [u32; 2]) {
        let run = Pixels { low: [first * SIDE, row * SIDE], high: [end * SIDE, (row + 1) * SIDE] };
        let run = run.and(Pixels::all(self.size));
        let touches =
            |other: &Pixels| other.high[1] == run.low[1] && other.low[0] < run.high[0] && run.low[0] < other.high[0];
        match found.iter_mut().find(|other| touches(other)) {
            Some(other) => *other = other.around(run),
            None => found.push(run),
        }
    }
}

/// What there is of triangles within a rectangle: those that touch it, clipped to it.
pub fn within(triangles: &[ClippedPrimitive], rect: Rect) -> Vec<ClippedPrimitive> {
    let part = |ClippedPrimitive { clip_rect, primitive }: &ClippedPrimitive| {
        let clip_rect = clip_rect.intersect(rect);
        let primitive = match primitive {
            _ if !clip_rect.is_positive() => return None,
            Primitive::Mesh(mesh) => Primitive::Mesh(touching(mesh, clip_rect)?),
            Primitive::Callback(callback) => Primitive::Callback(callback.clone()),
        };
        Some(ClippedPrimitive { clip_rect, primitive })
    };
    triangles.iter().filter_map(part).collect()
}

/// The triangles of a mesh that touch a rectangle, in their order.
fn touching(mesh: &Mesh, rect: Rect) -> Option<Mesh> {
    // A point more on each side, for rounding.
    let rect = rect.expand(1.0);
    let mut part = Mesh::with_texture(mesh.texture_id);
    let mut known = vec![u32::MAX; mesh.vertices.len()];
    for corners in mesh.indices.as_chunks::<3>().0 {
        let all = corners.map(|i| mesh.vertices.get(i as usize).copied().unwrap_or_default());
        let bounds = all.iter().fold(Rect::NOTHING, |bounds, corner| bounds.union(Rect::from_pos(corner.pos)));
        if !bounds.intersects(rect) {
            continue;
        }
        for (i, corner) in corners.iter().zip(all) {
            let Some(known) = known.get_mut(*i as usize) else { continue };
            if *known == u32::MAX {
                *known = part.vertices.len() as u32;
                part.vertices.push(corner);
            }
            part.indices.push(*known);
        }
    }
    (!part.indices.is_empty()).then_some(part)
}

#[cfg(test)]
mod tests {
    use egui::Color32;

    use super::*;

    const SIZE: [u32; 2] = [640, 400];

    fn boxes(boxes: &[([f32; 4], Color32)]) -> Vec<ClippedPrimitive> {
        let rect = |[x, y, w, h]: [f32; 4]| Rect::from_min_size([x, y].into(), [w, h].into());
        let mut mesh = Mesh::default();
        boxes.iter().for_each(|(at, color)| mesh.add_colored_rect(rect(*at), *color));
        let clip_rect = rect([0.0, 0.0, 640.0, 400.0]);
        vec![ClippedPrimitive { clip_rect, primitive: Primitive::Mesh(mesh) }]
    }

    fn covers(found: &[Pixels], at: [u32; 2]) -> bool {
        found.iter().any(|p| (0..2).all(|k| p.low[k] <= at[k] && at[k] < p.high[k]))
    }

    #[test]
    fn nothing_changed_is_nothing_to_draw() {
        let triangles = boxes(&[([0.0, 0.0, 640.0, 400.0], Color32::BLACK), ([10.0, 10.0, 50.0, 20.0], Color32::RED)]);
        let tiles = Tiles::of(&triangles, SIZE, 1.0);
        assert_eq!(Tiles::of(&triangles.clone(), SIZE, 1.0).changed_from(&tiles), []);
        assert_eq!(tiles.changed_from(&Tiles::default()), [Pixels::all(SIZE)]);
    }

    #[test]
    fn what_moves_changes_where_it_was_and_where_it_is_and_little_else() {
        let ground = ([0.0, 0.0, 640.0, 400.0], Color32::BLACK);
        let of = |x: f32, color| Tiles::of(&boxes(&[ground, ([x, 100.0, 30.0, 20.0], color)]), SIZE, 1.0);
        let found = of(500.0, Color32::RED).changed_from(&of(100.0, Color32::RED));
        assert!(covers(&found, [101, 101]) && covers(&found, [529, 119]), "{found:?}");
        assert!(!covers(&found, [300, 101]) && !covers(&found, [101, 300]), "{found:?}");
        assert!(covers(&of(100.0, Color32::BLUE).changed_from(&of(100.0, Color32::RED)), [110, 110]));
    }

    #[test]
    fn what_lies_over_another_thing_changes_though_both_stay() {
        let (red, blue) = (([10.0, 10.0, 9.0, 9.0], Color32::RED), ([12.0, 12.0, 9.0, 9.0], Color32::BLUE));
        let [one, other] = [[red, blue], [blue, red]].map(|order| Tiles::of(&boxes(&order), SIZE, 1.0));
        assert!(covers(&one.changed_from(&other), [15, 15]));
    }

    #[test]
    fn very_many_changes_are_one_rectangle() {
        let dots = |color| -> Vec<([f32; 4], Color32)> {
            (0..60_u8).map(|i| ([f32::from(i % 10) * 64.0, f32::from(i / 10) * 64.0, 8.0, 8.0], color)).collect()
        };
        let [one, other] = [Color32::RED, Color32::BLUE].map(|color| Tiles::of(&boxes(&dots(color)), SIZE, 1.0));
        let found = one.changed_from(&other);
        assert_eq!(found.len(), 1);
        assert!((0..60_u32).all(|i| covers(&found, [i % 10 * 64, i / 10 * 64])), "{found:?}");
    }

    #[test]
    fn within_a_rectangle_are_the_triangles_that_touch_it_in_their_order() {
        let ground = ([0.0, 0.0, 640.0, 400.0], Color32::BLACK);
        let (red, blue) = (([10.0, 10.0, 50.0, 20.0], Color32::RED), ([40.0, 15.0, 50.0, 20.0], Color32::BLUE));
        let all = boxes(&[ground, red, ([300.0, 300.0, 20.0, 20.0], Color32::GREEN), blue]);
        let rect = Rect::from_min_max([45.0, 12.0].into(), [70.0, 30.0].into());
        let parts = within(&all, rect);
        let [ClippedPrimitive { clip_rect, primitive: Primitive::Mesh(mesh) }] = &parts[..] else {
            panic!("{parts:?}")
        };
        assert_eq!(*clip_rect, rect);
        let colors: Vec<Color32> = mesh.indices.iter().map(|i| mesh.vertices[*i as usize].color).collect();
        let mut once = colors.clone();
        once.dedup();
        assert_eq!(once, [Color32::BLACK, Color32::RED, Color32::BLUE], "the green one is elsewhere");
        // A box is two triangles of four corners.
        assert!(mesh.indices.len() <= 18 && mesh.vertices.len() <= 12);
        assert!(within(&all, Rect::from_min_max([700.0, 0.0].into(), [800.0, 50.0].into())).is_empty());
        // The picture of a part is that of the whole: same tiles inside.
        let of = |triangles: &[ClippedPrimitive]| Tiles::of(triangles, SIZE, 1.0);
        let rect = Rect::from_min_max([32.0, 0.0].into(), [96.0, 32.0].into());
        let clipped: Vec<ClippedPrimitive> =
            all.iter().map(|one| ClippedPrimitive { clip_rect: rect, ..one.clone() }).collect();
        assert_eq!(of(&within(&all, rect)), of(&clipped));
    }

    #[test]
    fn pixels_of_a_rectangle_end_with_the_target() {
        let rect = Rect::from_min_max([-3.0, 2.2].into(), [50.0, 400.0].into());
        let pixels = Pixels::of(rect, 2.0, [80, 60]);
        assert_eq!(pixels, Pixels { low: [0, 4], high: [80, 60] });
        assert!(Pixels::of(rect.translate([0.0, 60.0].into()), 2.0, [80, 60]).is_empty());
        assert!(!Pixels::all([80, 60]).and(pixels).is_empty());
        // And back.
        for pixels_per_point in [1.0, 1.25, 1.5, 3.0] {
            for low in 0..70_u32 {
                let pixels = Pixels { low: [low, 3 * low], high: [low + 33, 3 * low + 1] };
                assert_eq!(Pixels::of(pixels.rect(pixels_per_point), pixels_per_point, [400, 400]), pixels);
            }
        }
    }
}
