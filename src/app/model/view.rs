//! What the canvas shows.

use glam::DVec2;

use crate::{
    app::model::range::Range,
    render::{FilamentColor, Lines, Picture, camera::Camera, canvas::CARRIER_SHARE, colormap::Colormap, kind::Sort},
};

/// What the canvas shows.
#[derive(Clone, Debug, PartialEq)]
pub struct ViewModel {
    /// Pan and zoom.
    pub camera: Camera,
    /// Which quantity; [`Self::choose`] changes it.
    pub picture: Picture,
    /// Its colour range.
    pub range: Range,
    /// Name of the colour map; it fits the picture's sort.
    pub colormap: String,
    /// The chosen map from lowest to highest value.
    pub colors: Vec<[u8; 3]>,
    /// Filament lines.
    pub filaments: bool,
    /// Curves of drawn filaments that became ellipses.
    pub strokes: bool,
    /// What their colour says.
    pub filament_color: FilamentColor,
    /// Dye particles.
    pub tracers: bool,
    /// Dye leaves trails.
    pub trails: bool,
    /// What says where the flow goes.
    pub lines: Lines,
    /// A texture of flow lines moves.
    pub lines_move: bool,
    /// Whether there is a residual to show.
    pub has_residual: bool,
    /// Ranges of the pictures that are not shown, in their order.
    ranges: [Range; Picture::ALL.len()],
    /// The map last chosen for signed quantities, and for magnitudes.
    maps: [Colormap; 2],
    /// The picture before this one.
    before: Picture,
}

impl Default for ViewModel {
    fn default() -> Self {
        let maps = [Colormap::Berlin, Colormap::Inferno];
        let ranges = Picture::ALL.map(|picture| match picture {
            // Three colours need no range.
            Picture::Carrier => Range::fixed(1.0),
            picture => Range::saturating(picture.share()),
        });
        Self {
            camera: Camera::default(),
            picture: Picture::default(),
            range: ranges[0],
            colormap: maps[0].name().into(),
            colors: maps[0].table().to_vec(),
            filaments: true,
            strokes: true,
            filament_color: FilamentColor::Sign,
            tracers: true,
            trails: false,
            lines: Lines::None,
            lines_move: true,
            has_residual: false,
            ranges,
            maps,
            before: Picture::default(),
        }
    }
}

impl ViewModel {
    /// Shows another picture, in the range and on the map that were last its own.
    pub fn choose(&mut self, picture: Picture) {
        if picture == self.picture {
            return;
        }
        self.keep();
        (self.before, self.picture) = (self.picture, picture);
        self.range = self.ranges[picture as usize];
        self.colormap = self.maps[slot(picture.sort())].name().into();
        self.fill();
    }

    /// Back to the picture before this one.
    pub fn go_back(&mut self) {
        self.choose(if self.before == self.picture { Picture::default() } else { self.before });
    }

    /// What is set now is remembered as this picture's own.
    fn keep(&mut self) {
        self.ranges[self.picture as usize] = self.range;
        if let Some(map) = self.map() {
            self.maps[slot(self.picture.sort())] = map;
        }
    }

    /// The chosen map, if it fits.
    fn map(&self) -> Option<Colormap> {
        self.picture.sort().maps().find(|map| map.name() == self.colormap)
    }

    /// The colours of the chosen map; one that does not fit gives way to the last that did.
    pub fn fill(&mut self) {
        let map = self.map().unwrap_or(self.maps[slot(self.picture.sort())]);
        if self.colormap != map.name() || self.colors != *map.table() {
            (self.colormap, self.colors) = (map.name().into(), map.table().to_vec());
        }
    }

    /// The next map that fits.
    pub fn next_map(&mut self) {
        let maps: Vec<Colormap> = self.picture.sort().maps().collect();
        let at = maps.iter().position(|map| map.name() == self.colormap).map_or(0, |at| (at + 1) % maps.len());
        self.colormap = maps[at].name().into();
        self.fill();
    }

    /// A new field begins: every range takes its next measured maximum at once.
    pub fn restart(&mut self) {
        self.range.restart();
        self.ranges.iter_mut().for_each(Range::restart);
    }

    /// Takes the largest size of what was decoded, `frame_s` after the last.
    pub fn measure(&mut self, largest: Option<f64>, frame_s: f64) {
        match self.picture {
            // Vorticity is what is decoded for these.
            Picture::Carrier | Picture::Residual => self.ranges[Picture::Vorticity as usize].measure(largest, frame_s),
            _ => self.range.measure(largest, frame_s),
        }
    }

    /// The same view of vorticity.
    pub fn of_vorticity(&self) -> Self {
        let mut view = self.clone();
        view.choose(Picture::Vorticity);
        view
    }

    /// The range of what is decoded: of vorticity under a carrier.
    pub fn decoded_limit(&self) -> f64 {
        match self.picture {
            Picture::Carrier | Picture::Residual => self.ranges[Picture::Vorticity as usize].limit,
            _ => self.range.limit,
        }
    }

    /// A decoded value as the picture shows it.
    pub fn shown(&self, value: f64) -> f64 {
        let above = value.abs() > f64::from(CARRIER_SHARE) * self.decoded_limit();
        match self.picture {
            Picture::Carrier if above => value.signum(),
            Picture::Carrier if !value.is_nan() => 0.0,
            _ => value,
        }
    }
}

fn slot(sort: Sort) -> usize {
    usize::from(sort == Sort::Magnitude)
}

/// The size of a canvas in points, as the camera uses it.
pub fn canvas_size(rect: egui::Rect) -> DVec2 {
    DVec2::new(f64::from(rect.width()), f64::from(rect.height()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_picture_keeps_its_range_and_each_sort_its_map() {
        let mut view = ViewModel::default();
        view.measure(Some(10.0), 0.02);
        let vorticity = view.range;
        view.colormap = "vik".into();
        view.choose(Picture::Speed);
        assert_eq!(view.colormap, "inferno");
        view.measure(Some(3.0), 0.02);
        assert_eq!(view.range.limit, 3.0, "the first maximum is taken at once, and no speed is cut off");
        view.next_map();
        assert_eq!(view.colormap, "viridis");
        view.choose(Picture::Stream);
        assert_eq!(view.colormap, "vik");
        view.choose(Picture::Vorticity);
        assert_eq!(view.range, vorticity);
        view.choose(Picture::Speed);
        assert_eq!((view.range.limit, view.colormap.as_str()), (3.0, "viridis"));
    }

    #[test]
    fn a_carrier_follows_the_range_of_vorticity() {
        let mut view = ViewModel::default();
        view.choose(Picture::Carrier);
        view.measure(Some(10.0), 0.02);
        assert!((view.decoded_limit() - 7.0).abs() < 1e-12 && view.range.limit == 1.0);
        assert_eq!([0.69, 0.71, -0.71].map(|x| view.shown(x)), [0.0, 1.0, -1.0]);
        assert!(view.shown(f64::NAN).is_nan());
    }

    #[test]
    fn a_map_of_the_other_sort_gives_way() {
        let mut view = ViewModel { colormap: "viridis".into(), ..ViewModel::default() };
        view.fill();
        assert_eq!(view.colormap, "berlin");
    }
}
