//! Colour maps: `index = floor(256 t)`, clamped to 0..=255, with `t = (1 + v/range) / 2` for a
//! diverging map (zero in the middle) and `t = v/range` for a sequential one (zero at the bottom).
//! Both rules are matplotlib's, so pictures can be compared with it.
//!
//! Tables come from matplotlib, cmcrameri and cmocean: `assets/colormaps/README.md` names source
//! and licence, `scripts/colormaps.py` writes them.

/// Colour of NaN: in none of the tables.
pub const NAN_COLOR: [u8; 3] = [255, 0, 255];

/// A colour map of 256 entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colormap {
    /// Blue, white, red: matplotlib's reversed ColorBrewer map, the default for vorticity.
    #[default]
    RdBuR,
    /// Blue, white, red, evenly perceived (Crameri).
    Vik,
    /// Blue, white, red with dark ends (cmocean).
    Balance,
    /// Blue, black, red (Crameri).
    Berlin,
    /// Pink, black, green (Crameri).
    Vanimo,
    /// Sequential, dark blue to yellow.
    Viridis,
    /// Sequential, black to pale yellow.
    Inferno,
}

macro_rules! asset {
    ($name:literal) => {
        bytemuck::cast_ref::<[u8; 768], [[u8; 3]; 256]>(include_bytes!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/assets/colormaps/",
            $name,
            ".rgb"
        )))
    };
}

impl Colormap {
    /// All maps, diverging ones first.
    pub const ALL: [Self; 7] =
        [Self::RdBuR, Self::Vik, Self::Balance, Self::Berlin, Self::Vanimo, Self::Viridis, Self::Inferno];

    /// The name its own package gives it.
    pub fn name(self) -> &'static str {
        match self {
            Self::RdBuR => "RdBu_r",
            Self::Vik => "vik",
            Self::Balance => "balance",
            Self::Berlin => "berlin",
            Self::Vanimo => "vanimo",
            Self::Viridis => "viridis",
            Self::Inferno => "inferno",
        }
    }

    /// The map of that name, upper or lower case.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|map| map.name().eq_ignore_ascii_case(name))
    }

    /// Whether zero lies in the middle; sequential maps are for magnitudes.
    pub fn diverging(self) -> bool {
        !matches!(self, Self::Viridis | Self::Inferno)
    }

    /// `[256]` RGB triples, low value first.
    pub fn table(self) -> &'static [[u8; 3]; 256] {
        match self {
            Self::RdBuR => asset!("RdBu_r"),
            Self::Vik => asset!("vik"),
            Self::Balance => asset!("balance"),
            Self::Berlin => asset!("berlin"),
            Self::Vanimo => asset!("vanimo"),
            Self::Viridis => asset!("viridis"),
            Self::Inferno => asset!("inferno"),
        }
    }

    /// The colour of one value; `range <= 0` or not finite shows every finite value as zero.
    pub fn color(self, value: f32, range: f32) -> [u8; 3] {
        if value.is_nan() {
            return NAN_COLOR;
        }
        let v = if range > 0.0 && range.is_finite() { value / range } else { 0.0 };
        let t = if self.diverging() { 0.5 + 0.5 * v } else { v };
        // The cast saturates: below 0 gives 0, infinity gives the largest.
        self.table()[((t * 256.0) as usize).min(255)]
    }

    /// A field as RGBA, opaque, in the field's own order; stops at the shorter of the two.
    /// `range` is the largest magnitude shown, symmetric about zero.
    pub fn apply(self, field: &[f32], range: f32, rgba: &mut [u8]) {
        for (value, pixel) in field.iter().zip(rgba.as_chunks_mut::<4>().0) {
            let [r, g, b] = self.color(*value, range);
            *pixel = [r, g, b, 255];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_find_their_maps_and_no_table_holds_the_nan_colour() {
        for map in Colormap::ALL {
            assert_eq!(Colormap::by_name(map.name()), Some(map));
            assert!(!map.table().contains(&NAN_COLOR), "{}", map.name());
        }
        assert_eq!(Colormap::by_name("rdbu_r"), Some(Colormap::RdBuR));
        assert_eq!(Colormap::by_name("jet"), None);
    }

    #[test]
    fn zero_is_the_middle_of_a_diverging_map_and_the_bottom_of_a_sequential_one() {
        for map in Colormap::ALL {
            let zero = if map.diverging() { 128 } else { 0 };
            assert_eq!(map.color(0.0, 2.0), map.table()[zero]);
            assert_eq!(map.color(0.0, 0.0), map.table()[zero]);
            assert_eq!(map.color(2.0, 2.0), map.table()[255]);
            assert_eq!(map.color(f32::INFINITY, 2.0), map.table()[255]);
            assert_eq!(map.color(-9.0, 2.0), map.table()[0]);
            assert_eq!(map.color(f32::NAN, 2.0), NAN_COLOR);
        }
    }

    #[test]
    fn tables_match_matplotlib_where_its_values_are_known() {
        assert_eq!(Colormap::RdBuR.table()[0], [5, 48, 97]);
        assert_eq!(Colormap::RdBuR.table()[255], [103, 0, 31]);
        assert_eq!(Colormap::Viridis.table()[0], [68, 1, 84]);
        assert_eq!(Colormap::Viridis.table()[255], [253, 231, 37]);
    }

    #[test]
    fn vorticity_of_opposite_sign_shows_opposite_colours() {
        let mut rgba = [0; 8];
        Colormap::RdBuR.apply(&[-1.0, 1.0], 1.0, &mut rgba);
        assert!(rgba[2] > rgba[0] && rgba[4] > rgba[6], "blue below zero, red above: {rgba:?}");
    }
}
