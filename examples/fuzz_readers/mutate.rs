//! Changes to files: blind ones, and ones that know the format and put checksums right again, so that what lies behind
//! a checksum is reached, too.

use std::io::{Cursor, Read, Write};

use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

/// Numbers without end from a seed (SplitMix64).
pub struct Random(pub u64);

impl Random {
    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    /// A number below `n`; 0 for 0.
    pub fn below(&mut self, n: usize) -> usize {
        if n == 0 { 0 } else { (self.next() % n as u64) as usize }
    }

    /// One of a list.
    pub fn of<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }
}

/// A valid file, taken apart once.
pub struct Seed {
    /// The whole.
    pub bytes: Vec<u8>,
    /// Entries of an archive.
    entries: Vec<(String, Vec<u8>)>,
}

impl Seed {
    /// Takes a file apart as far as it is an archive.
    pub fn new(bytes: Vec<u8>) -> Self {
        let mut entries = vec![];
        if let Ok(mut zip) = ZipArchive::new(Cursor::new(&bytes)) {
            for i in 0..zip.len().min(64) {
                let Ok(entry) = zip.by_index(i) else { continue };
                let (name, mut data) = (String::from_utf8_lossy(entry.name_raw()).into_owned(), vec![]);
                if entry.take(1 << 20).read_to_end(&mut data).is_ok() {
                    entries.push((name, data));
                }
            }
        }
        Self { bytes, entries }
    }
}

/// Longest file that is made.
const MOST: usize = 1 << 16;

/// A changed file: one of the seeds with one to four changes.
pub fn mutated(seeds: &[Seed], random: &mut Random) -> Vec<u8> {
    let seed = &seeds[random.below(seeds.len())];
    let other = &seeds[random.below(seeds.len())].bytes;
    let mut bytes = seed.bytes.clone();
    if !seed.entries.is_empty() && random.below(4) > 0 {
        bytes = rebuilt(seed, other, random);
        if random.below(2) == 0 {
            return bytes;
        }
        zip_fields(&mut bytes, random);
    } else if bytes.starts_with(b"\x89PNG") && random.below(4) > 0 {
        png(&mut bytes, random);
    } else if bytes.starts_with(b"\x93NUMPY") && random.below(2) > 0 {
        header(&mut bytes, random);
    } else if bytes.starts_with(&[3, 2, 0x23, 7]) && random.below(4) > 0 {
        words(&mut bytes, random);
    } else if str::from_utf8(&bytes).is_ok() && random.below(4) > 0 {
        text(&mut bytes, other, random);
    }
    for _ in 0..random.below(4) {
        blind(&mut bytes, other, random);
    }
    bytes.truncate(MOST);
    bytes
}

/// A change that knows nothing.
fn blind(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    if bytes.is_empty() {
        bytes.push(random.next() as u8);
        return;
    }
    let at = random.below(bytes.len());
    let most = random_size(random).min(bytes.len() - at);
    let length = 1 + random.below(most);
    match random.below(9) {
        0 | 1 => bytes[at] ^= 1 << random.below(8),
        2 => bytes[at] = *random.of(&[&0, &1, &0x7f, &0x80, &0xff]),
        3 => {
            // A number of 1, 2, 4 or 8 bytes that is often an edge.
            let edge = edge(random);
            let width = *random.of(&[&1, &2, &4, &8]);
            let room = width.min(bytes.len() - at);
            let little = edge.to_le_bytes();
            let big: Vec<u8> = little[..width].iter().rev().copied().collect();
            let from = if random.below(2) == 0 { &little[..] } else { &big };
            bytes[at..at + room].copy_from_slice(&from[..room]);
        }
        4 => drop(bytes.drain(at..at + length)),
        5 => {
            let part = bytes[at..at + length].to_vec();
            let to = random.below(bytes.len());
            bytes.splice(to..to, part);
        }
        6 if !other.is_empty() => {
            let from = random.below(other.len());
            let end = (from + random_size(random)).min(other.len());
            bytes.splice(at..at + length, other[from..end].iter().copied());
        }
        7 => bytes.truncate(at),
        _ => bytes[at..at + length].iter_mut().for_each(|byte| *byte = random.next() as u8),
    }
}

fn random_size(random: &mut Random) -> usize {
    1 << random.below(9)
}

/// A number at which sizes go wrong.
fn edge(random: &mut Random) -> u64 {
    let power = 1u64 << random.below(64);
    match random.below(5) {
        0 => power,
        1 => power - 1,
        2 => power.wrapping_neg(),
        3 => random.below(300) as u64,
        _ => u64::MAX,
    }
}

/// An archive of changed entries with true sizes and checksums.
fn rebuilt(seed: &Seed, other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut entries = seed.entries.clone();
    for _ in 0..1 + random.below(3) {
        let i = random.below(entries.len());
        match random.below(12) {
            0 if entries.len() > 1 => drop(entries.remove(i)),
            1 => {
                entries[i].0 =
                    random.of(&["z.npy", "A.npy", "../z.npy", "N.npy", "k_cut.npy", "", "atom_start.npy"]).into()
            }
            2 => {
                let j = random.below(entries.len());
                entries[i].1 = entries[j].1.clone();
            }
            3..=6 => header(&mut entries[i].1, random),
            7 | 8 => data(&mut entries[i].1, random),
            _ => blind(&mut entries[i].1, other, random),
        }
    }
    let mut zip = ZipWriter::new(Cursor::new(vec![]));
    for (name, data) in &entries {
        let method = if random.below(2) == 0 { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .last_modified_time(zip::DateTime::default())
            .large_file(random.below(8) == 0);
        // A name that is there already is refused; then the entry is missing.
        if zip.start_file(name.as_str(), options).is_ok() && zip.write_all(data).is_err() {
            return seed.bytes.clone();
        }
    }
    zip.finish().map_or_else(|_| seed.bytes.clone(), Cursor::into_inner)
}

/// Sizes, offsets, flags, methods and counts of the two tables of an archive.
fn zip_fields(bytes: &mut [u8], random: &mut Random) {
    let magics: [(&[u8; 4], usize); 5] =
        [(b"PK\x03\x04", 30), (b"PK\x01\x02", 46), (b"PK\x05\x06", 22), (b"PK\x06\x06", 56), (b"PK\x06\x07", 20)];
    let places: Vec<(usize, usize)> = (0..bytes.len().saturating_sub(22))
        .filter_map(|i| {
            let (_, length) = magics.iter().find(|(magic, _)| bytes[i..].starts_with(*magic))?;
            Some((i, (*length).min(bytes.len() - i)))
        })
        .collect();
    let Some((at, length)) = (!places.is_empty()).then(|| places[random.below(places.len())]) else { return };
    for _ in 0..1 + random.below(2) {
        let place = at + 4 + random.below(length - 4);
        match random.below(3) {
            0 => bytes[place] ^= 1 << random.below(8),
            1 => bytes[place] = bytes[place].wrapping_add(1),
            _ => {
                let edge = edge(random).to_le_bytes();
                let width = (*random.of(&[&1, &2, &4])).min(bytes.len() - place);
                bytes[place..place + width].copy_from_slice(&edge[..width]);
            }
        }
    }
}

/// Another word or number in the header of an array, its length put right.
fn header(bytes: &mut Vec<u8>, random: &mut Random) {
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n').filter(|end| *end > 10 && bytes[6] == 1) else {
        return;
    };
    let mut text = String::from_utf8_lossy(&bytes[10..end]).trim_end().to_owned();
    let number = || ["0", "1", "2", "16", "17", "255", "65536", "4294967296", "18446744073709551615", "-1", "03", "3L"];
    match random.below(6) {
        0 => {
            let kind =
                random.of(&["<f8", "<f4", "|b1", "<i8", "<u2", "|u1", ">f8", "|O", "<U4", "<c16", "|i1", "<M8[s]"]);
            if let Some(i) = text.find("': '").map(|i| i + 4) {
                let end = text[i..].find('\'').map_or(text.len(), |j| i + j);
                text.replace_range(i..end, kind);
            }
        }
        1 => text = text.replace("False", random.of(&["True", "0", "None", "False, 'x': 1"])),
        2..=4 => {
            if let Some(i) = text.find('(') {
                let end = text[i..].find(')').map_or(text.len(), |j| i + j + 1);
                let sides: Vec<&str> = (0..random.below(5)).map(|_| random.of(&number())).collect();
                text.replace_range(i..end, &format!("({},)", sides.join(", ")));
            }
        }
        _ => {
            let i = random.below(text.len());
            if text.is_char_boundary(i) {
                text.insert_str(i, random.of(&["{", "}", "(", ",", "'", "\\", "\n", "\0", " ", "'descr': 1, "]));
            }
        }
    }
    let padded = (10 + text.len() + 1).next_multiple_of(if random.below(4) > 0 { 64 } else { 1 });
    text.extend(std::iter::repeat_n(' ', padded - 11 - text.len()));
    text.push('\n');
    let mut whole = bytes[..8].to_vec();
    whole.extend((text.len() as u16).to_le_bytes());
    whole.extend(text.as_bytes());
    whole.extend(&bytes[end + 1..]);
    *bytes = whole;
}

/// Another number in the data of an array.
fn data(bytes: &mut [u8], random: &mut Random) {
    let start = bytes.iter().position(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let count = (bytes.len() - start) / 8;
    let special = [f64::NAN, f64::INFINITY, -0.0, -1.0, 0.5, 1e308, 5e-324, f64::MAX];
    let value = match random.below(3) {
        0 => special[random.below(special.len())].to_bits(),
        1 => edge(random),
        _ => random.next(),
    };
    if count > 0 {
        let at = start + 8 * random.below(count);
        bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
    } else if let Some(last) = bytes.last_mut() {
        *last = value as u8;
    }
}

/// Another byte or number in a chunk of a picture, or a chunk more or less; its checksum put right.
fn png(bytes: &mut Vec<u8>, random: &mut Random) {
    let mut chunks: Vec<Vec<u8>> = vec![];
    let mut at = 8;
    while let Some(head) = bytes.get(at..at + 8) {
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let Some(chunk) = bytes.get(at + 4..at + 8 + length) else { break };
        chunks.push(chunk.to_vec());
        at += 12 + length;
    }
    if chunks.is_empty() {
        return;
    }
    for _ in 0..1 + random.below(3) {
        let i = random.below(chunks.len());
        match random.below(8) {
            0 => chunks.insert(i, chunks[random.below(chunks.len())].clone()),
            1 if chunks.len() > 1 => drop(chunks.remove(i)),
            2..=4 if chunks[0].len() >= 17 => {
                let edge =
                    *random.of(&[&0u32, &1, &2, &3, &64, &255, &4096, &32_768, &32_769, &0x7fff_ffff, &u32::MAX]);
                match random.below(3) {
                    0 => chunks[0][4..8].copy_from_slice(&edge.to_be_bytes()),
                    1 => chunks[0][8..12].copy_from_slice(&edge.to_be_bytes()),
                    _ => chunks[0][12 + random.below(5)] = *random.of(&[&0, &1, &2, &3, &4, &6, &8, &16, &255]),
                }
            }
            5 => chunks[i][..4]
                .copy_from_slice(random.of(&[b"acTL", b"fdAT", b"PLTE", b"tRNS", b"iCCP", b"eXIf", b"zTXt", b"IDAT"])),
            _ => {
                let mut body = chunks[i].split_off(4);
                blind(&mut body, &[], random);
                chunks[i].extend(body);
            }
        }
    }
    bytes.truncate(8);
    for chunk in chunks {
        bytes.extend((chunk.len() as u32 - 4).to_be_bytes());
        bytes.extend(&chunk);
        bytes.extend(crc32fast::hash(&chunk).to_be_bytes());
    }
}

/// Another word of a SPIR-V module.
fn words(bytes: &mut Vec<u8>, random: &mut Random) {
    let count = bytes.len() / 4;
    for _ in 0..1 + random.below(3) {
        let at = 4 * random.below(count);
        let from = 4 * random.below(count);
        match random.below(5) {
            0 => bytes.copy_within(from..from + 4, at),
            1 => bytes[at] = bytes[at].wrapping_add(1),
            2 => bytes[at] = bytes[at].wrapping_sub(1),
            3 => bytes[at..at + 4].copy_from_slice(&(edge(random) as u32).to_le_bytes()),
            _ => {
                let part = bytes[from..(from + 4 * random_size(random)).min(4 * count)].to_vec();
                bytes.splice(at..at, part);
            }
        }
    }
}

/// Words and lines of a text moved about, numbers and brackets made extreme.
fn text(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let mut text = String::from_utf8_lossy(bytes).into_owned();
    let other = String::from_utf8_lossy(other).into_owned();
    for _ in 0..1 + random.below(3) {
        let mut at = random.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let end = text[at..].find(['\n', ' ', ',', ')']).map_or(text.len(), |i| at + i + 1);
        match random.below(6) {
            0 => {
                let lines: Vec<&str> = other.lines().collect();
                if !lines.is_empty() {
                    text.insert_str(at, lines[random.below(lines.len())]);
                }
            }
            1 => text.replace_range(at..end, ""),
            2 => {
                let number = random.of(&[
                    "nan",
                    "inf",
                    "-1",
                    "0",
                    "1e999",
                    "9223372036854775808",
                    "0x7fff",
                    "1_0",
                    "''",
                    "true",
                ]);
                text.replace_range(at..end, number);
            }
            3 => {
                let open = random.of(&["[", "{", "(", "a.", "[[", "-", "\"\"\"", "{a=", "array<", "if(x){", "/*"]);
                text.insert_str(at, &open.repeat(1 + random.below(300)));
            }
            4 => {
                let part = text[at..end].repeat(1 + random.below(40));
                text.insert_str(at, &part);
            }
            _ => text.insert_str(
                at,
                random.of(&["\n", "\r\n", "=", "\u{202e}", "\u{1b}[2J", "\0", "\u{feff}", "é", "#", "]"]),
            ),
        }
        text.truncate((0..=MOST.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0));
    }
    *bytes = text.into_bytes();
}
