//! Every reader of the program as a function of bytes.

use std::{io::Cursor, path::Path};

use dashi_vortex::{
    error::{Error, Result},
    io::{
        Selection, array::read_npy_from, lenient, npy::Kind, npz::Npz, preset::read_preset_text,
        propagator_file::read_propagator_from, session::read_session_text, state_file::read_state_from,
        traj_file::read_traj_from,
    },
    open,
};

/// A reader.
pub struct Reader {
    /// Its name on the command line.
    pub name: &'static str,
    /// Feeds it bytes.
    pub feed: fn(&[u8]) -> Result<()>,
}

/// All of them.
pub const READERS: &[Reader] = &[
    Reader { name: "npy", feed: npy },
    Reader { name: "npz", feed: npz },
    Reader { name: "state", feed: |bytes| read_state_from(Path::new("z0.npz"), Cursor::new(bytes)).map(drop) },
    Reader { name: "propagator", feed: |bytes| read_propagator_from(Path::new("A.npz"), Cursor::new(bytes)).map(drop) },
    Reader { name: "traj", feed: traj },
    Reader { name: "field", feed: field },
    Reader { name: "picture", feed: |bytes| any("x.png", bytes) },
    Reader { name: "netcdf", feed: |bytes| any("x.nc", bytes) },
    Reader { name: "hdf5", feed: |bytes| any("x.h5", bytes) },
    Reader { name: "matlab", feed: |bytes| any("x.mat", bytes) },
    Reader { name: "tiff", feed: |bytes| any("x.tif", bytes) },
    Reader { name: "session", feed: session },
    Reader { name: "preset", feed: preset },
    #[cfg(feature = "app")]
    Reader { name: "settings", feed: settings },
    #[cfg(feature = "gpu")]
    Reader { name: "manifest", feed: gpu::manifest },
    #[cfg(feature = "gpu")]
    Reader { name: "wgsl", feed: |bytes| gpu::module("op.wgsl", bytes) },
    #[cfg(feature = "gpu")]
    Reader { name: "spirv", feed: |bytes| gpu::module("op.spv", bytes) },
];

/// Every kind of element that an array in memory may have.
pub const KINDS: [Kind; 12] = [
    Kind::Bool,
    Kind::I8,
    Kind::I16,
    Kind::I32,
    Kind::I64,
    Kind::U8,
    Kind::U16,
    Kind::U32,
    Kind::U64,
    Kind::F32,
    Kind::F64,
    Kind::F16,
];

fn npy(bytes: &[u8]) -> Result<()> {
    let array = read_npy_from(Path::new("a.npy"), bytes, bytes.len() as u64)?;
    // As its users take it: number by number.
    std::hint::black_box(array.reals().fold(0.0, |sum, x| sum + x));
    Ok(())
}

fn npz(bytes: &[u8]) -> Result<()> {
    let mut npz = Npz::new(Path::new("a.npz"), Cursor::new(bytes))?;
    for key in npz.keys().to_vec() {
        npz.array(&key, &KINDS, |_| true, "an array")?;
    }
    Ok(())
}

fn traj(bytes: &[u8]) -> Result<()> {
    read_traj_from(&mut Npz::new(Path::new("traj.npz"), Cursor::new(bytes))?, |traj| {
        let mut field = vec![0.0; traj.n() * traj.n()];
        while traj.next_into(&mut field)? {}
        Ok(())
    })
}

fn any(name: &str, bytes: &[u8]) -> Result<()> {
    open::field_from(Path::new(name), Cursor::new(bytes.to_vec()), bytes.len() as u64, &Selection::default()).map(drop)
}

fn field(bytes: &[u8]) -> Result<()> {
    any(if bytes.starts_with(b"PK") { "w.npz" } else { "w.npy" }, bytes)
}

fn text(bytes: &[u8]) -> Result<String> {
    lenient::text_of(Path::new("a.toml"), bytes.to_vec())
}

fn session(bytes: &[u8]) -> Result<()> {
    let (path, text) = (Path::new("a.toml"), text(bytes)?);
    lenient::Reader::new(path, &text).parse_what_can_be_read();
    read_session_text(path, &text).map(drop)
}

/// What cannot be used is lost alone; a text with such a part counts as refused.
#[cfg(feature = "app")]
fn settings(bytes: &[u8]) -> Result<()> {
    let path = Path::new("a.toml");
    let (_, lost) = dashi_vortex::app::tools::settings::read_settings_text(path, &text(bytes)?);
    lost.into_iter().next().map_or(Ok(()), |sentence| Err(Error::bad_file(path, "settings", "values in use", sentence)))
}

fn preset(bytes: &[u8]) -> Result<()> {
    read_preset_text(Path::new("a.toml"), &text(bytes)?).map(drop)
}

/// Whether the parser of modules gave up by a panic, which the reader catches.
#[allow(dead_code, reason = "the tests share this file and do not count them")]
pub fn gave_up(error: &Error) -> bool {
    error.to_string().contains("no parser takes")
}

#[cfg(feature = "gpu")]
mod gpu {
    use std::{path::Path, sync::LazyLock};

    use dashi_vortex::{error::Result, operator::Manifest};

    pub fn manifest(bytes: &[u8]) -> Result<()> {
        Manifest::from_text(Path::new("op.toml"), &super::text(bytes)?).map(drop)
    }

    pub fn module(name: &str, bytes: &[u8]) -> Result<()> {
        // Two examples, the one of the SPIR-V without overrides, which have no place there.
        static MANIFESTS: LazyLock<[Manifest; 2]> = LazyLock::new(|| {
            [include_str!("../operators/trail.toml"), include_str!("../operators/diff.toml")]
                .map(|text| Manifest::from_text(Path::new("op.toml"), text).expect("the examples are valid"))
        });
        let manifest = &MANIFESTS[usize::from(name.ends_with("spv"))];
        dashi_vortex::operator::check::module_from(Path::new(name), bytes, manifest).map(drop)
    }
}
