//! Changed files into every reader, a short run of examples/fuzz_readers; and files cut or changed at every byte.

#[path = "../../examples/fuzz_readers/mutate.rs"]
mod mutate;
#[path = "../../examples/fuzz_readers/readers.rs"]
pub mod readers;
#[path = "../../examples/fuzz_readers/seeds.rs"]
pub mod seeds;

use std::{fs, io::Cursor, path::Path};

use dashi_vortex::io::{propagator_file::read_propagator_from, state_file::read_state_from};
use mutate::{Random, mutated};
use proptest::prelude::*;
use readers::READERS;

/// Executions of each reader.
const EXECUTIONS: u64 = 5000;

#[test]
fn changed_files_never_panic() {
    for reader in READERS {
        let seeds = seeds::of(reader.name, None).unwrap();
        let mut accepted = 0;
        (reader.feed)(&seeds[0].bytes).unwrap_or_else(|e| panic!("{}: a valid file: {e}", reader.name));
        for i in 0..EXECUTIONS {
            let bytes = mutated(&seeds, &mut Random(i.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ 7));
            match (reader.feed)(&bytes) {
                Ok(()) => accepted += 1,
                Err(error) => assert_eq!(error.exit_code(), 5, "{} {i}: {error}", reader.name),
            }
        }
        println!("{}: {EXECUTIONS} changed files, {accepted} accepted", reader.name);
    }
}

#[test]
fn a_file_cut_at_any_byte_is_refused_by_every_reader() {
    for reader in READERS {
        // What of a text or picture is whole before its end is valid: refused or not, nothing falls.
        let strict = ["npy", "npz", "state", "propagator", "traj", "field", "netcdf"].contains(&reader.name);
        for seed in seeds::of(reader.name, None).unwrap().iter().filter(|seed| seed.bytes.len() < 8000) {
            for length in 0..seed.bytes.len() {
                let cut = (reader.feed)(&seed.bytes[..length]);
                assert!(!strict || cut.is_err(), "{} cut to {length} bytes is taken", reader.name);
            }
        }
    }
}

#[test]
fn a_changed_byte_never_gives_another_state_or_matrix() {
    let mut refused = 0;
    for seed in seeds::of("state", None).unwrap().iter().map(|seed| &seed.bytes) {
        let read = |bytes: &[u8]| read_state_from(Path::new("z0.npz"), Cursor::new(bytes));
        let state = read(seed).unwrap();
        refused += changed(seed, |bytes| read(bytes).map(|other| assert_eq!(other, state)).is_err());
    }
    for seed in seeds::of("propagator", None).unwrap().iter().map(|seed| &seed.bytes) {
        let read = |bytes: &[u8]| read_propagator_from(Path::new("A.npz"), Cursor::new(bytes));
        let matrix = read(seed).unwrap();
        refused += changed(seed, |bytes| read(bytes).map(|other| assert_eq!(other, matrix)).is_err());
    }
    assert!(refused > 1000, "{refused}");
}

/// How many of the files with one byte changed are refused.
fn changed(bytes: &[u8], refused: impl Fn(&[u8]) -> bool) -> usize {
    let mut copy = bytes.to_vec();
    let mut count = 0;
    for i in 0..bytes.len() {
        for flip in [1, 0x20, 0xff] {
            copy[i] ^= flip;
            count += usize::from(refused(&copy));
            copy[i] ^= flip;
        }
    }
    count
}

/// What is written is whole or absent, so no file is written past `io::atomic`.
#[test]
fn every_file_is_written_atomically() {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let (mut found, mut files) = (vec![], 0);
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = path.display().to_string();
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(".rs") && !name.ends_with("/tests.rs") {
                files += 1;
                let text = fs::read_to_string(&path).unwrap();
                // Tests stand at the end of a file.
                let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or("");
                let writes =
                    ["File::create", "fs::write(", "fs::copy(", "create_new(", "picture.save(", "save_with_format"];
                let reads = ["File::open(", "fs::read(", "fs::read_to_string(", "image::open(", "ImageReader::open("];
                for (i, line) in code.lines().enumerate() {
                    let holds = |list: &[&str]| list.iter().any(|word| line.contains(word));
                    // A marker is a file that is held and locked: it holds nothing that could be half written.
                    let marker = name.ends_with("src/app/tools/safety/marker.rs") && line.contains("File::create(");
                    // What another process says goes there as it says it.
                    let said = name.ends_with("src/soak/beside.rs") && line.contains("File::create(");
                    let own = name.ends_with("src/io/atomic.rs") && line.contains("create_new(") || marker || said;
                    let system = line.contains("\"/proc/") || name.ends_with("src/cli/run/picture.rs");
                    if (holds(&writes) && !own) || (holds(&reads) && !system) {
                        found.push(format!("{name}:{}: {}", i + 1, line.trim()));
                    }
                }
            }
        }
    }
    assert!(files > 100);
    let list = found.join("\n");
    assert!(found.is_empty(), "files are written through io::atomic and opened through io::open:\n{list}");
}

mod round_trips {
    use super::*;
    use dashi_vortex::{
        io::npy::Header,
        io::{
            Array,
            array::read_npy_from,
            npz::{Npz, NpzWriter},
        },
    };
    use readers::KINDS;

    /// A shape of few numbers.
    fn shape() -> impl Strategy<Value = Vec<usize>> {
        prop::collection::vec(0usize..5, 0..5)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_header_comes_back_and_a_longer_file_is_refused(shape in shape(), kind in 0..KINDS.len(), more in 0u64..3) {
            let header = Header::new(KINDS[kind], &shape).unwrap();
            let mut bytes = header.to_bytes();
            bytes.extend(std::iter::repeat_n(1u8, header.data_bytes() as usize));
            let length = bytes.len() as u64 + more;
            let read = read_npy_from(Path::new("a.npy"), bytes.as_slice(), length);
            prop_assert_eq!(read.is_ok(), more == 0);
            if let Ok(array) = read {
                prop_assert_eq!(array.header(), &header);
            }
        }

        #[test]
        fn arrays_come_back_from_an_archive(numbers in prop::collection::vec(any::<f64>(), 0..50), word in "[a-zA-Z0-9 _.é-]{1,20}") {
            let mut npz = NpzWriter::new(Cursor::new(vec![]));
            let array = Array::vector(&numbers);
            npz.array(&word, &array).unwrap();
            let bytes = npz.finish().unwrap().into_inner();
            match Npz::new(Path::new("a.npz"), Cursor::new(bytes)) {
                Ok(mut npz) => prop_assert_eq!(npz.array(&word, &KINDS, |_| true, "an array").unwrap(), array),
                Err(_) => prop_assert!(word.contains("..") || word.ends_with('.')),
            }
        }

        #[test]
        fn any_bytes_are_met_with_a_verdict(bytes in prop::collection::vec(any::<u8>(), 0..300), magic in 0usize..5) {
            let magics: [&[u8]; 5] = [b"", b"PK\x03\x04", b"\x93NUMPY\x01\x00", b"\x89PNG\r\n\x1a\n", b"dashi_session = 1\n"];
            let bytes = [magics[magic], &bytes].concat();
            for reader in READERS {
                if let Err(error) = (reader.feed)(&bytes) {
                    prop_assert_eq!(error.exit_code(), 5, "{}: {}", reader.name, error);
                }
            }
        }

        #[test]
        fn any_text_is_met_with_a_verdict(text in "\\PC{0,200}") {
            for reader in READERS {
                drop((reader.feed)(text.as_bytes()));
            }
        }

        #[test]
        fn a_number_anywhere_in_a_state_is_kept_or_refused(place in 0usize..16, number in any::<f64>()) {
            let seed = &seeds::of("state", None).unwrap()[0].bytes;
            let state = read_state_from(Path::new("z0.npz"), Cursor::new(seed)).unwrap();
            let mut z = state.background.to_z();
            z[place] = number;
            // Entries of the seed, with another z.
            let mut npz = Npz::new(Path::new("z0.npz"), Cursor::new(seed)).unwrap();
            let (changed, mut out) = (Array::vector(&z), NpzWriter::new(Cursor::new(vec![])));
            for key in npz.keys().to_vec() {
                let array = npz.array(&key, &KINDS, |_| true, "an array").unwrap();
                out.array(&key, if key == "z" { &changed } else { &array }).unwrap();
            }
            let bytes = out.finish().unwrap().into_inner();
            match read_state_from(Path::new("z0.npz"), Cursor::new(bytes)) {
                Ok(other) => prop_assert_eq!(other.background.to_z(), z),
                Err(error) => prop_assert!(error.exit_code() == 5),
            }
        }
    }
}
