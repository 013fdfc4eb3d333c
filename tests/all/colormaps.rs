//! Colour maps, byte for byte: each table is the one that its package publishes.
//!
//! The digests were taken from the packages themselves, not from the files; `scripts/colormaps.py --check` does it again
//! where Python has them.

use blake2::{Blake2b256, Digest};
use dashi_vortex::render::{
    Picture,
    colormap::{Colormap, NAN_COLOR},
    kind::Sort,
};

/// Map, package with its version, BLAKE2b-256 of its 256 RGB triples.
#[rustfmt::skip]
const PUBLISHED: [(&str, &str, &str); 7] = [
    ("RdBu_r", "matplotlib 3.11.2", "661ab13ee9bae16670075235751f63b9f7ffa2eebeb99bcb635a87356725e53f"),
    ("vik", "cmcrameri 1.10", "c509c7fcc9cabcca175e0d08ee57608c95193918f593c73cfdb5fb865b1fe00e"),
    ("balance", "cmocean 4.0.3", "83fef39be05999383c06c111d25917dc8c57b92c480428414b9efead9a4d5de8"),
    ("berlin", "cmcrameri 1.10", "1f9ca91f9eebd96ddc90ec189562fe62780d9f4ce4dfb966b4a6e33f702f3e79"),
    ("vanimo", "cmcrameri 1.10", "4d8b474b2f82e58553ca1d4d0f221402037044346931c8ccc2ed7d9d989b0a52"),
    ("viridis", "matplotlib 3.11.2", "66125da98b3e1018cb146c3362ca63ff7e1d2d6191aba72c57eb6bcd97094bfd"),
    ("inferno", "matplotlib 3.11.2", "3b6ef8018a427ef384c887a67272dd0ecf3f5cc8959edae8667154fd0f98bb8a"),
];

#[test]
fn every_table_is_its_packages_own() {
    for map in Colormap::ALL {
        let row = PUBLISHED.iter().find(|(name, ..)| *name == map.name());
        let (name, package, digest) = row.unwrap_or_else(|| panic!("{} has no published digest", map.name()));
        let bytes = map.table().as_flattened();
        let found: String = Blake2b256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(found, *digest, "{name} is not the table of {package}: run scripts/colormaps.py --check");
    }
    let readme = include_str!("../../assets/colormaps/README.md");
    for (name, package, _) in PUBLISHED {
        assert!(readme.contains(&format!("| {name} | {package} |")), "assets/colormaps/README.md: {name}, {package}");
    }
}

#[test]
fn diverging_maps_have_a_middle_and_sequential_ones_rise() {
    let light = |rgb: [u8; 3]| 0.2126 * f64::from(rgb[0]) + 0.7152 * f64::from(rgb[1]) + 0.0722 * f64::from(rgb[2]);
    for map in Sort::Signed.maps() {
        let [low, middle, high] = [0, 128, 255].map(|i| light(map.table()[i]));
        assert!((middle > low && middle > high) || (middle < low && middle < high), "{}", map.name());
    }
    for map in Sort::Magnitude.maps() {
        let rises = map.table().windows(2).filter(|pair| light(pair[1]) >= light(pair[0])).count();
        assert!(rises >= 250, "{}: {rises} of 255 steps rise", map.name());
    }
    for map in Colormap::ALL {
        assert!(!map.table().contains(&NAN_COLOR), "{}", map.name());
    }
    assert!(Picture::ALL.iter().filter(|picture| picture.sort() == Sort::Magnitude).eq([&Picture::Speed]));
}
