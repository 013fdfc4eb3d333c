//! Files of fields in every format, read to the number; bombs and large photographs at the guards.

use std::{fs, io::Cursor, io::Write, path::Path, time::Instant};

use dashi_vortex::{
    error::Result,
    io::{Selection, fields::Quantity, npy::Header, npy::Kind, open::affordable, table},
    open::{self, Taken, field_from},
};
use tempfile::tempdir;
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::{
    cli::{refuses, succeeds},
    fuzz::seeds::{SIDE, numbers, of},
};

fn read(name: &str, bytes: &[u8], selection: &Selection) -> Result<Taken> {
    field_from(Path::new(name), Cursor::new(bytes.to_vec()), bytes.len() as u64, selection)
}

fn seeds(reader: &str) -> Vec<Vec<u8>> {
    of(reader, None).unwrap().into_iter().map(|seed| seed.bytes).collect()
}

fn narrow(all: &[f64]) -> Vec<f64> {
    all.iter().map(|x| f64::from(*x as f32)).collect()
}

#[test]
fn every_format_gives_the_numbers_that_are_in_it() {
    let (wide, plain) = (numbers(), Selection::default());
    let small = narrow(&wide);
    let double: Vec<f64> = small.iter().map(|x| 2.0 * x).collect();
    // NetCDF of three versions: y, x, and frames over a record dimension.
    for bytes in seeds("netcdf") {
        let taken = read("w.nc", &bytes, &plain).unwrap();
        assert_eq!((taken.field.n, &taken.field.omega, taken.from), (SIDE, &small, Some(Quantity::Vorticity)));
        let last = Selection { frame: Some(-1), ..Selection::default() };
        assert_eq!(read("w.nc", &bytes, &last).unwrap().field.omega, narrow(&double));
    }
    let [packed, matlab] = &seeds("hdf5")[..] else { panic!("two files") };
    let told = read("w.h5", packed, &plain).unwrap().told.join("; ");
    assert!(told.contains("rows y and columns x") && told.contains("its box of side 8"), "{told}");
    assert_eq!(read("w.h5", packed, &plain).unwrap().field.omega, wide);
    // MATLAB's arrays lie the other way round; this one is a streamfunction.
    let key = Selection { from: Some(Quantity::Vorticity), key: Some("psi".into()), ..Selection::default() };
    let turned: Vec<f64> = (0..SIDE * SIDE).map(|c| small[(c % SIDE) * SIDE + c / SIDE]).collect();
    assert_eq!(read("w.mat.h5", matlab, &key).unwrap().field.omega, turned);
    let turned: Vec<f64> = (0..SIDE * SIDE).map(|c| wide[(c % SIDE) * SIDE + c / SIDE]).collect();
    for bytes in seeds("matlab") {
        assert_eq!(read("w.mat", &bytes, &plain).unwrap().field.omega, turned);
        let error = read("w.mat", &bytes, &Selection { key: Some("q".into()), ..Selection::default() }).unwrap_err();
        assert!(error.to_string().contains("omega float64 [8, 8] in Fortran order; p uint8 [8, 8]"), "{error}");
    }
    let [pages, one, picture] = &seeds("tiff")[..] else { panic!("three files") };
    for frame in [0, 1] {
        let frame = Selection { frame: Some(frame), ..Selection::default() };
        assert_eq!(read("w.tif", pages, &frame).unwrap().field.omega, small);
    }
    assert_eq!(read("w.tiff", one, &plain).unwrap().field.omega, wide);
    let picture = read("w.tif", picture, &plain).unwrap();
    assert!(picture.from.is_none() && picture.field.n == 64);
}

/// What a table row promises: its endings are known, and what is none says how it becomes one.
#[test]
fn help_and_messages_come_from_the_table() {
    let folder = tempdir().unwrap();
    let help = succeeds(folder.path(), "encode --help");
    for ending in table::endings() {
        assert!(help.contains(&format!(".{ending}")), "{ending}");
    }
    for (name, python) in
        [("w.vti", "import pyvista"), ("w.csv", "loadtxt"), ("w.zarr", "zarr.open"), ("w", "numpy.save")]
    {
        fs::write(folder.path().join(name), "text").unwrap();
        refuses(folder.path(), &format!("encode {name} --out z.npz"), 5, python);
    }
}

/// An archive of one array of zeros, packed to a thousandth.
fn zeros(header: &Header) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(vec![]));
    zip.start_file("omega.npy", SimpleFileOptions::default()).unwrap();
    zip.write_all(&header.to_bytes()).unwrap();
    let block = vec![0_u8; 1 << 20];
    let mut left = header.data_bytes();
    while left > 0 {
        let part = left.min(1 << 20) as usize;
        zip.write_all(&block[..part]).unwrap();
        left -= part as u64;
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn packed_files_are_judged_by_what_they_take_and_not_by_their_ratio() {
    // 1 GiB in a few MB: told before anything is unpacked.
    let bomb = zeros(&Header::new(Kind::F32, &[16_384, 16_384]).unwrap());
    assert!(bomb.len() < 32 << 20 && affordable(bomb.len() as u64) <= 1_000_000_000);
    let begun = Instant::now();
    let error = read("bomb.npz", &bomb, &Selection::default()).unwrap_err();
    println!("a bomb of 1 GiB in {} bytes is refused in {:?}", bomb.len(), begun.elapsed());
    assert!(error.to_string().contains("of memory for what is packed") && error.exit_code() == 5, "{error}");
    // A sparse field of 4096 x 4096 packs as tightly, and opens.
    let mut sparse = vec![0.0_f32; 4096 * 4096];
    sparse[4096 * 7 + 5] = 1.5;
    let mut zip = ZipWriter::new(Cursor::new(vec![]));
    zip.start_file("omega.npy", SimpleFileOptions::default()).unwrap();
    zip.write_all(&Header::new(Kind::F32, &[4096, 4096]).unwrap().to_bytes()).unwrap();
    let bytes: Vec<u8> = sparse.iter().flat_map(|x| x.to_le_bytes()).collect();
    zip.write_all(&bytes).unwrap();
    let packed = zip.finish().unwrap().into_inner();
    assert!(packed.len() < 1 << 20);
    let field = read("sparse.npz", &packed, &Selection::default()).unwrap().field;
    assert!(field.n == 4096 && field.omega[4096 * 7 + 5] == 1.5);
}

#[test]
fn photographs_and_scans_open() {
    let folder = tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    // A camera's 12 megapixels and a page at 600 dots an inch, of few colours: they pack well.
    let photo =
        image::RgbImage::from_fn(4032, 3024, |x, y| image::Rgb([if (x / 64 + y / 64) % 2 == 0 { 200 } else { 40 }; 3]));
    photo.save(at("photo.jpg")).unwrap();
    let scan = image::RgbImage::from_fn(4960, 7016, |x, y| {
        image::Rgb([if x / 99 % 9 == 0 && y / 50 % 3 == 0 { 0 } else { 255 }; 3])
    });
    scan.save(at("scan.png")).unwrap();
    for name in ["photo.jpg", "scan.png"] {
        assert!(fs::metadata(at(name)).unwrap().len() < 3 << 20, "{name}");
        let field = open::field(&at(name), &Selection { n: Some(128), ..Selection::default() }).unwrap().field;
        assert_eq!(field.n, 128);
    }
}

#[test]
fn a_trajectory_that_is_nowhere_different_is_a_sentence() {
    let folder = tempdir().unwrap();
    let at = folder.path();
    let made = dashi_vortex::io::Provenance { dt: Some(0.1), ..Default::default() };
    for (name, value) in [("zero.npz", 0.0), ("even.npz", 2.5)] {
        dashi_vortex::io::write_traj(&at.join(name), 4, 32, Kind::F64, &made, |traj| {
            (0..4).try_for_each(|_| traj.put(&[value; 1024]))
        })
        .unwrap();
        let says = format!("{name}: traj: expected fields that vary from place to place, found {value} everywhere");
        refuses(at, &format!("learn --traj-npz {name} --steps 3 --out-dir out --quiet"), 5, &says);
        refuses(at, &format!("encode {name} --frame 0 --out z.npz --quiet"), 5, "expected a field that varies");
    }
}
