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
        "picture" => &["png", "jpg", "gif", "webp", "bmp", "tif"],
        "netcdf" => &["nc"],
        "hdf5" => &["h5", "nc4"],
        "matlab" => &["mat"],
        "tiff" => &["tif"],
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
            let small: Vec<f32> = numbers().iter().map(|x| *x as f32).collect();
            let plain = Array::new(&[SIDE, SIDE], &small)?;
            let stack = Array::new(&[4, 4, 4], &numbers())?;
            let zip = [
                archive(&[("omega", &plain)])?,
                archive(&[("traj", &stack), ("t", &Array::scalar(1.0))])?,
                archive(&[
                    ("u", &plain),
                    ("v", &plain),
                    ("x", &Array::vector(&[0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5])),
                ])?,
            ];
            Ok([npy(&plain)?, npy(&stack)?].into_iter().chain(zip).collect())
        }
        "picture" => pictures(),
        "netcdf" => Ok([1, 2, 5].into_iter().map(netcdf).collect()),
        "hdf5" => hdf5(),
        "matlab" => [false, true].into_iter().map(matlab).collect(),
        "tiff" => tiff(),
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

/// Side of the field in the files below, and its numbers.
pub const SIDE: usize = 8;

/// The field.
pub fn numbers() -> Vec<f64> {
    (0..SIDE * SIDE).map(|c| (c as f64 * 0.37).sin()).collect()
}

/// NetCDF classic: x, y, and two records of omega with a fill value.
fn netcdf(version: u8) -> Vec<u8> {
    let (wide, side) = (version == 5, SIDE as u64);
    let count = |x: u64| if wide { x.to_be_bytes().to_vec() } else { (x as u32).to_be_bytes().to_vec() };
    let word = |x: u32| x.to_be_bytes().to_vec();
    let name = |text: &str| {
        let mut all = [count(text.len() as u64), text.as_bytes().to_vec()].concat();
        all.resize(all.len().next_multiple_of(4), 0);
        all
    };
    let none = || [word(0), count(0)].concat();
    let fill = [word(12), count(1), name("_FillValue"), word(5), count(1), word(9.969_21e36_f32.to_bits())].concat();
    let made = |places: [u64; 3]| {
        let begin = |x: u64| if version == 1 { word(x as u32) } else { x.to_be_bytes().to_vec() };
        let mut all = [b"CDF".to_vec(), vec![version], count(2), word(10), count(3)].concat();
        for (axis, length) in [("time", 0), ("y", side), ("x", side)] {
            all.extend([name(axis), count(length)].concat());
        }
        all.extend(none());
        all.extend([word(11), count(3)].concat());
        let place = |axis: &str, id, at| {
            [name(axis), count(1), count(id), none(), word(6), count(8 * side), begin(at)].concat()
        };
        all.extend([place("x", 2, places[0]), place("y", 1, places[1])].concat());
        let axes = [count(3), count(0), count(1), count(2)].concat();
        all.extend([name("omega"), axes, fill.clone(), word(5), count(4 * side * side), begin(places[2])].concat());
        all
    };
    let head = made([0; 3]).len() as u64;
    let mut all = made([head, head + 8 * side, head + 16 * side]);
    let line = (0..SIDE).map(|i| std::f64::consts::TAU * i as f64 / SIDE as f64);
    all.extend(line.clone().chain(line).flat_map(f64::to_be_bytes));
    for scale in [1.0, 2.0] {
        all.extend(numbers().iter().flat_map(|x| ((scale * x) as f32).to_be_bytes()));
    }
    all
}

/// HDF5: a packed array in chunks with its places, and one of MATLAB's in a group.
fn hdf5() -> Made<Vec<Vec<u8>>> {
    use hdf5_pure::{AttrValue, FileBuilder};
    let side = SIDE as u64;
    let line: Vec<f64> = (0..SIDE).map(|i| i as f64).collect();
    let mut builder = FileBuilder::new();
    builder
        .create_dataset("omega")
        .with_f64_data(&numbers())
        .with_shape(&[side, side])
        .with_chunks(&[4, 4])
        .with_deflate(6);
    builder.create_dataset("x").with_f64_data(&line);
    builder.create_dataset("y").with_f64_data(&line);
    let packed = builder.finish()?;
    let mut builder = FileBuilder::new();
    let small: Vec<f32> = numbers().iter().map(|x| *x as f32).collect();
    let data = builder.create_dataset("psi").with_f32_data(&small).with_shape(&[side, side]);
    data.set_attr("MATLAB_class", AttrValue::AsciiString("single".into()));
    Ok(vec![packed, builder.finish()?])
}

/// MATLAB 5: a matrix of doubles, plain or packed, and one stored as bytes.
fn matlab(packed: bool) -> Made<Vec<u8>> {
    let element = |code: u32, data: &[u8]| {
        let mut all = [code.to_le_bytes(), (data.len() as u32).to_le_bytes()].concat();
        all.extend(data);
        all.resize(all.len().next_multiple_of(8), 0);
        all
    };
    let matrix = |name: &str, code: u32, data: &[u8]| {
        let sides: Vec<u8> = [SIDE as u32; 2].iter().flat_map(|side| side.to_le_bytes()).collect();
        let parts = [
            element(6, &[6, 0, 0, 0, 0, 0, 0, 0]),
            element(5, &sides),
            element(1, name.as_bytes()),
            element(code, data),
        ];
        element(14, &parts.concat())
    };
    let doubles: Vec<u8> = numbers().iter().flat_map(|x| x.to_le_bytes()).collect();
    let mut all = vec![b' '; 124];
    all.extend([0, 1, b'I', b'M']);
    for one in [matrix("omega", 9, &doubles), matrix("p", 2, &[7; SIDE * SIDE])] {
        if packed {
            let mut out = flate2::write::ZlibEncoder::new(vec![], flate2::Compression::default());
            std::io::Write::write_all(&mut out, &one)?;
            let bytes = out.finish()?;
            all.extend([15_u32.to_le_bytes(), (bytes.len() as u32).to_le_bytes()].concat());
            all.extend(bytes);
        } else {
            all.extend(one);
        }
    }
    Ok(all)
}

/// TIFF: two pages of float32, one of float64, and a picture of 16 bits.
fn tiff() -> Made<Vec<Vec<u8>>> {
    use tiff::encoder::{TiffEncoder, colortype};
    let side = SIDE as u32;
    let small: Vec<f32> = numbers().iter().map(|x| *x as f32).collect();
    let grey: Vec<u16> = numbers().iter().map(|x| (30_000.0 * (1.0 + x)) as u16).collect();
    let mut all = vec![];
    for which in 0..3 {
        let mut out = Cursor::new(vec![]);
        let mut encoder = TiffEncoder::new(&mut out)?;
        match which {
            0 => {
                encoder.write_image::<colortype::Gray32Float>(side, side, &small)?;
                encoder.write_image::<colortype::Gray32Float>(side, side, &small)?;
            }
            1 => encoder.write_image::<colortype::Gray64Float>(side, side, &numbers())?,
            _ => encoder.write_image::<colortype::Gray16>(side, side, &grey)?,
        }
        all.push(out.into_inner());
    }
    Ok(all)
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
        (opaque, ImageFormat::Bmp),
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
