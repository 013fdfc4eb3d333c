//! Valid files that are changed: small ones, so that many fit into a second.

use std::{fs, io::Cursor, path::Path};

use dashi_vortex::{
    io::{Array, Provenance, npy::Kind, npz::NpzWriter, write_propagator, write_state, write_traj},
    state::{Atom, Atoms, Background, Basis, Meta, Origin, Propagator, Sign, State, Topology},
};
use glam::DVec2;

use super::mutate::Seed;

/// Anything that fails here is a defect of this program.
type Made<T> = Result<T, Box<dyn std::error::Error>>;

/// How a trajectory says it was made.
const PROVENANCE: Provenance = Provenance { dt: Some(0.02), nu0: Some(5e-5), cs: Some(0.17), scheme: Some(4) };

/// The seeds of a reader, and the files of a folder that end as its files do.
pub fn of(reader: &str, corpus: Option<&Path>) -> Made<Vec<Seed>> {
    let mut all = made(reader)?;
    let endings: &[&str] = match reader {
        "npy" => &["npy"],
        "field" => &["npy", "npz"],
        "picture" => &["png", "jpg", "gif", "webp"],
        "session" | "preset" | "settings" | "manifest" => &["toml"],
        "wgsl" => &["wgsl"],
        "spirv" => &["spv"],
        _ => &["npz"],
    };
    let mut paths: Vec<_> = corpus.map(fs::read_dir).transpose()?.into_iter().flatten().flatten().collect();
    paths.sort_by_key(fs::DirEntry::path);
    for path in paths.iter().map(fs::DirEntry::path) {
        let fits = path.extension().and_then(|e| e.to_str()).is_some_and(|e| endings.contains(&e));
        if fits && path.is_file() && path.metadata()?.len() <= 1 << 15 {
            all.push(fs::read(path)?);
        }
    }
    Ok(all.into_iter().map(Seed::new).collect())
}

fn made(reader: &str) -> Made<Vec<Vec<u8>>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("seed");
    let text = |list: &[&str]| Ok(list.iter().map(|text| text.as_bytes().to_vec()).collect());
    match reader {
        "npy" => arrays().iter().map(npy).collect(),
        "npz" => Ok(vec![archive(&[("a", &arrays()[0])])?, archive(&[("b", &arrays()[1]), ("c", &arrays()[2])])?]),
        "state" => [small(Atoms::default())?, small(atoms()?)?]
            .iter()
            .map(|state| {
                write_state(&path, state)?;
                Ok(fs::read(&path)?)
            })
            .collect(),
        "propagator" => {
            let origin = Origin {
                k_cut: Some(1),
                resid_mid_cut: Some(2),
                topk_mid: Some(1),
                anchors: Some(vec![[2, 0]]),
                dt: Some(0.01),
                ..Origin::default()
            };
            let matrix: Vec<f64> = (0..256).map(|i| f64::from(i % 17) * 0.25).collect();
            [origin, Origin::default()]
                .into_iter()
                .map(|origin| {
                    write_propagator(&path, &Propagator::new(16, matrix.clone(), origin)?)?;
                    Ok(fs::read(&path)?)
                })
                .collect()
        }
        "traj" => [(Kind::F32, PROVENANCE), (Kind::F64, Provenance::default())]
            .into_iter()
            .map(|(kind, made)| {
                write_traj(&path, 2, 16, kind, &made, |out| (0..2).try_for_each(|t| out.put(&[f64::from(t); 256])))?;
                Ok(fs::read(&path)?)
            })
            .collect(),
        "field" => {
            let plain = Array::new(&[8, 8], &[0.5_f32; 64])?;
            let stack = Array::new(&[3, 4, 4], &[0.25_f64; 48])?;
            let zip = [archive(&[("omega", &plain)])?, archive(&[("traj", &stack), ("t", &Array::scalar(1.0))])?];
            Ok([npy(&plain)?, npy(&stack)?].into_iter().chain(zip).collect())
        }
        "picture" => pictures(),
        "session" => text(&[SESSION, "dashi_session = 1\nscene = \"pair\"\n"]),
        "settings" => {
            text(&["look = \"dark\"\nhint = false\nleft = true\nright = true\ntab = \"kernel\"\ncolormap = \"vik\"\n\
             follow_kernel = true\nrecent = [\"state /tmp/z0.npz\", \"kernel /tmp/A.npz\"]\n"])
        }
        "preset" => text(&["dashi_preset = 1\nabout = \"One.\"\n\n[parameters]\nintegrator = \"rk2\"\nnu = 1e-5\n"]),
        "manifest" => examples("toml", "trail"),
        "wgsl" => examples("wgsl", "trail"),
        "spirv" => spirv(),
        other => Err(format!("no reader {other}").into()),
    }
}

fn arrays() -> Vec<Array> {
    let numbers: Vec<f64> = (0..12).map(|i| f64::from(i) * 0.37).collect();
    [
        Array::new(&[3, 4], &numbers),
        Array::new(&[5], &[true, false, true, true, false]),
        Array::new(&[2, 2], &[1i64, -2, 3, i64::MIN]),
        Array::new(&[], &[7u8]),
        Array::new(&[0, 3], &[0.0f32; 0]),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn npy(array: &Array) -> Made<Vec<u8>> {
    let mut bytes = vec![];
    array.write(&mut bytes)?;
    Ok(bytes)
}

fn archive(entries: &[(&str, &Array)]) -> Made<Vec<u8>> {
    let mut npz = NpzWriter::new(Cursor::new(vec![]));
    entries.iter().try_for_each(|(key, array)| npz.array(key, array))?;
    Ok(npz.finish()?.into_inner())
}

fn small(atoms: Atoms) -> Made<State> {
    let basis = Basis::new(1, 2, 1, vec![[2, 0]])?;
    let z: Vec<f64> = (0..basis.dimension()).map(|i| i as f64 + 0.5).collect();
    let meta = Meta { n: 16, ..Meta::default() };
    Ok(State::new(atoms, Background::from_z(basis, &z)?, meta))
}

fn atoms() -> Made<Atoms> {
    let line = vec![DVec2::new(1.0, 1.0), DVec2::new(1.5, 1.0), DVec2::new(2.0, 1.25)];
    Ok(Atoms::try_from_iter([
        Atom::point(Sign::Minus, 1.0, 0.2, DVec2::new(3.0, 3.0)),
        Atom::polyline(Topology::Open, Sign::Plus, 2.0, 0.1, line),
    ])?)
}

fn pictures() -> Made<Vec<Vec<u8>>> {
    use image::{DynamicImage, ImageFormat, Luma, Rgba};
    let colour = image::RgbaImage::from_fn(24, 17, |x, y| Rgba([(x * 10) as u8, (y * 15) as u8, 99, 200 + x as u8]));
    let grey = image::ImageBuffer::from_fn(20, 20, |x, y| Luma([(x * 3000 + y) as u16]));
    let colour = DynamicImage::from(colour);
    let opaque = DynamicImage::from(colour.to_rgb8());
    let pictures = [
        (colour.clone(), ImageFormat::Png),
        (DynamicImage::from(grey), ImageFormat::Png),
        (opaque.clone(), ImageFormat::Jpeg),
        (colour.clone(), ImageFormat::Gif),
        (colour, ImageFormat::WebP),
        (DynamicImage::from(opaque.to_luma8()), ImageFormat::Png),
    ];
    let packed = |(picture, format): (DynamicImage, ImageFormat)| {
        let mut out = Cursor::new(vec![]);
        picture.write_to(&mut out, format)?;
        Ok(out.into_inner())
    };
    pictures.into_iter().map(packed).collect()
}

fn examples(ending: &str, first: &str) -> Made<Vec<Vec<u8>>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/operators");
    let mut paths: Vec<_> = fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == ending));
    // First the one that `readers` has the manifest of; the others are there for their words.
    paths.sort_by_key(|path| {
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        (stem != first, stem)
    });
    Ok(paths.into_iter().map(fs::read).collect::<Result<_, _>>()?)
}

fn spirv() -> Made<Vec<Vec<u8>>> {
    use naga::{
        back::spv,
        valid::{Capabilities, ValidationFlags, Validator},
    };
    let mut all = vec![];
    for source in examples("wgsl", "diff")? {
        let module = naga::front::wgsl::parse_str(str::from_utf8(&source)?)?;
        let Ok(info) = Validator::new(ValidationFlags::all(), Capabilities::all()).validate(&module) else { continue };
        // Overrides have no place there; a module with them is left out.
        if let Ok(words) = spv::write_vec(&module, &info, &spv::Options::default(), None) {
            all.push(words.iter().flat_map(|word| word.to_le_bytes()).collect());
        }
    }
    Ok(all)
}

const SESSION: &str = r#"dashi_session = 1
scene = "cells"
state = "evening.z0.npz"
kernel = "A.npz"
running = true

[parameters]
nu = 1e-5
kernel = "linear"
n = 256

[view]
center = [3.14, 3.14]
span = 6.28
colormap = "berlin"
range = "fixed"
limit = 5.0

[[operators]]
file = "trail.toml"
on = true
"#;
