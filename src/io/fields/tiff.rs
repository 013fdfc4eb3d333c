//! TIFF files of floats, or of whole numbers of 32 or 64 bits: their pages are frames. Those of 8 or 16 bits are
//! pictures. As with arrays, row 0 of the file is the bottom of the box.

use std::{
    io::{self, Read, Seek},
    path::{Path, PathBuf},
};

use tiff::{
    ColorType, TiffError,
    decoder::{Decoder, DecodingResult, Limits},
    tags::Tag,
};

use super::{Container, Entry};
use crate::{
    error::{Result, foreign},
    io::{
        At,
        npy::{Header, Kind},
        npz::spend,
        open::affordable,
        slab::{Pick, Plane, cost},
    },
};

/// Most pages that are counted.
const MOST: usize = 1 << 16;

/// A file.
pub struct Tiff<R: Read + Seek> {
    path: PathBuf,
    decoder: Decoder<R>,
    length: u64,
    entries: Vec<Entry>,
}

/// Kind and sides of the page at hand; `None` of one that is a picture.
fn page<R: Read + Seek>(decoder: &mut Decoder<R>) -> std::result::Result<Option<(Kind, [usize; 2])>, TiffError> {
    let format = decoder.find_tag_unsigned::<u16>(Tag::SampleFormat)?.unwrap_or(1);
    let ColorType::Gray(bits) = decoder.colortype()? else { return Ok(None) };
    let kind = match (format, bits) {
        (3, 16) => Kind::F16,
        (3, 32) => Kind::F32,
        (3, 64) => Kind::F64,
        (2, 8) => Kind::I8,
        (2, 16) => Kind::I16,
        (2, 32) => Kind::I32,
        (2, 64) => Kind::I64,
        (1, 32) => Kind::U32,
        (1, 64) => Kind::U64,
        _ => return Ok(None),
    };
    let (width, height) = decoder.dimensions()?;
    Ok(Some((kind, [height as usize, width as usize])))
}

/// Whether a file holds numbers, and no picture; the reader stands at its front before and after.
///
/// # Errors
/// What the reader says.
pub fn holds_numbers(reader: &mut (impl Read + Seek)) -> io::Result<bool> {
    let numbers = foreign(|| Decoder::new(&mut *reader).ok().and_then(|mut decoder| page(&mut decoder).ok().flatten()));
    reader.rewind()?;
    Ok(numbers.flatten().is_some())
}

/// Reads a file of numbers; `None` for one that is a picture, or no TIFF that is understood here.
pub fn open<R: Read + Seek>(path: &Path, reader: R, length: u64) -> Option<Tiff<R>> {
    foreign(|| {
        let mut decoder = Decoder::new(reader).ok()?;
        let (kind, sides) = page(&mut decoder).ok()??;
        let mut count = 1;
        while decoder.more_images() && count < MOST && decoder.next_image().is_ok() {
            if page(&mut decoder).ok().flatten() != Some((kind, sides)) {
                break;
            }
            count += 1;
        }
        let shape = if count > 1 { vec![count, sides[0], sides[1]] } else { sides.to_vec() };
        let mut entry = Entry::new("pages", Header::new(kind, &shape)?);
        // Of pages two are no velocity.
        entry.axes = if count > 1 { ["frame", "y", "x"].map(str::to_owned).to_vec() } else { vec![] };
        let most = usize::try_from(affordable(length)).unwrap_or(usize::MAX);
        let mut limits = Limits::default();
        (limits.decoding_buffer_size, limits.intermediate_buffer_size) = (most, most);
        Some(Tiff { path: path.into(), decoder: decoder.with_limits(limits), length, entries: vec![entry] })
    })
    .flatten()
}

impl<R: Read + Seek> Container for Tiff<R> {
    fn path(&self) -> &Path {
        &self.path
    }

    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn others(&self) -> &[(String, String)] {
        &[]
    }

    fn plane(&mut self, _: usize, picks: &[Pick]) -> Result<Plane> {
        let (header, at) = (self.entries[0].header.clone(), At { path: &self.path, field: "pages" });
        // The page beside its numbers.
        spend(affordable(self.length), cost(&header, picks).saturating_mul(2), &header, at)?;
        let number = match picks[0] {
            Pick::At(i) if picks.len() == 3 => i,
            _ => 0,
        };
        let decoder = &mut self.decoder;
        let read = foreign(|| decoder.seek_to_image(number).and_then(|()| decoder.read_image()));
        let broken = |e: TiffError| at.bad("a whole TIFF", e);
        let read = read.ok_or_else(|| at.bad("a whole TIFF", "one that no parser takes"))?.map_err(broken)?;
        let re: Vec<f64> = match read {
            DecodingResult::F16(all) => all.into_iter().map(f64::from).collect(),
            DecodingResult::F32(all) => all.into_iter().map(f64::from).collect(),
            DecodingResult::F64(all) => all,
            DecodingResult::U8(all) => all.into_iter().map(f64::from).collect(),
            DecodingResult::U16(all) => all.into_iter().map(f64::from).collect(),
            DecodingResult::U32(all) => all.into_iter().map(f64::from).collect(),
            DecodingResult::U64(all) => all.into_iter().map(|x| x as f64).collect(),
            DecodingResult::I8(all) => all.into_iter().map(f64::from).collect(),
            DecodingResult::I16(all) => all.into_iter().map(f64::from).collect(),
            DecodingResult::I32(all) => all.into_iter().map(f64::from).collect(),
            DecodingResult::I64(all) => all.into_iter().map(|x| x as f64).collect(),
        };
        let sides = match header.shape[..] {
            [rows, columns] | [_, rows, columns] => [rows, columns],
            _ => [0, 0],
        };
        match re.len() == sides[0] * sides[1] {
            true => Ok(Plane { sides, re, im: vec![] }),
            false => Err(at.bad(format!("{} x {} numbers", sides[0], sides[1]), re.len())),
        }
    }
}
