//! The .npy format (NumPy enhancement proposal 1), written little-endian and row-major, read in either order of bytes
//! and of axes ([`Order`]):
//!
//! ```text
//! "\x93NUMPY" | major, minor: u8 | header length: u16 (version 1) or u32 (2, 3) | header | data
//! header = {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }   padded to a multiple of 64
//! ```
//!
//! ndarray-npy allocates from the header alone; here the header is a value of its own
//! ([`Header`]) that a caller checks before any data is read, so a hostile shape costs nothing.

use std::{fmt, io::Read};

use super::At;
use crate::error::Result;

/// Longest header that is read; NumPy's own limit.
pub const MAX_HEADER_BYTES: usize = 10_000;
/// Most dimensions of an array; NumPy's own limit is 64, no file of ours has more than 3.
pub const MAX_DIMENSIONS: usize = 8;

const MAGIC: &[u8; 6] = b"\x93NUMPY";

/// Element type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `|b1`, one byte, 0 or 1
    Bool,
    /// `|i1`
    I8,
    /// `<i2`
    I16,
    /// `<i4`
    I32,
    /// `<i8`
    I64,
    /// `|u1`
    U8,
    /// `<u2`
    U16,
    /// `<u4`
    U32,
    /// `<u8`
    U64,
    /// `<f4`
    F32,
    /// `<f8`
    F64,
    /// `<f2`
    F16,
    /// `<c8`, two float32
    C64,
    /// `<c16`, two float64
    C128,
}

/// Kind, its characters in a header, NumPy's name, bytes of an element.
const KINDS: [(Kind, &str, &str, usize); 14] = [
    (Kind::Bool, "b1", "bool", 1),
    (Kind::I8, "i1", "int8", 1),
    (Kind::I16, "i2", "int16", 2),
    (Kind::I32, "i4", "int32", 4),
    (Kind::I64, "i8", "int64", 8),
    (Kind::U8, "u1", "uint8", 1),
    (Kind::U16, "u2", "uint16", 2),
    (Kind::U32, "u4", "uint32", 4),
    (Kind::U64, "u8", "uint64", 8),
    (Kind::F32, "f4", "float32", 4),
    (Kind::F64, "f8", "float64", 8),
    (Kind::F16, "f2", "float16", 2),
    (Kind::C64, "c8", "complex64", 8),
    (Kind::C128, "c16", "complex128", 16),
];

impl Kind {
    /// NumPy's name.
    pub fn name(self) -> &'static str {
        KINDS[self as usize].2
    }

    /// Bytes of one element.
    pub fn size(self) -> usize {
        KINDS[self as usize].3
    }

    /// Whether an element is two numbers, real and imaginary part.
    pub fn complex(self) -> bool {
        matches!(self, Self::C64 | Self::C128)
    }

    /// Whether an element has a binary point.
    pub fn float(self) -> bool {
        matches!(self, Self::F16 | Self::F32 | Self::F64)
    }

    /// From a header's `descr`, and whether its bytes run the other way.
    fn parse(descr: &str, at: At) -> Result<(Self, bool)> {
        let code = descr.strip_prefix(['<', '|', '>']).unwrap_or("");
        let kind = KINDS.iter().find(|row| row.1 == code).map(|row| row.0).ok_or_else(|| {
            let expected = match code {
                "f16" | "c32" | "f12" | "c24" => "numbers of at most 64 bits; save a.astype('f8')",
                _ => "numbers or booleans (no objects, text, times or records)",
            };
            at.bad(expected, format!("dtype {descr:?}"))
        })?;
        // The bytes of one that is several of them run one way or the other, and say so.
        match kind.size() > 1 && descr.starts_with('|') {
            true => Err(at.bad("numbers that say how their bytes run, '<' or '>'", format!("dtype {descr:?}"))),
            false => Ok((kind, kind.size() > 1 && descr.starts_with('>'))),
        }
    }
}

/// How the numbers of a file lie there; the default is little-endian and row-major, as they are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// The first byte of a number is its largest.
    pub big: bool,
    /// The first axis runs fastest: column-major.
    pub fortran: bool,
}

/// Type and shape of an array, its size checked against overflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Element type.
    pub kind: Kind,
    /// Shape, the slowest axis of a row-major array first; empty for a scalar.
    pub shape: Vec<usize>,
    /// How the numbers lie.
    pub order: Order,
    elements: usize,
}

impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} {:?}", self.kind.name(), self.shape)?;
        if self.order.fortran { f.write_str(" in Fortran order") } else { Ok(()) }
    }
}

impl Header {
    /// From a type and a shape; `None` when the size in bytes overflows.
    pub fn new(kind: Kind, shape: &[usize]) -> Option<Self> {
        // As NumPy counts: an empty side does not make the others any size.
        let most = shape.iter().try_fold(kind.size(), |bytes, side| bytes.checked_mul((*side).max(1)))?;
        isize::try_from(most).ok()?;
        Some(Self { kind, shape: shape.into(), order: Order::default(), elements: shape.iter().product() })
    }

    /// The same numbers lying another way. Column-major is the same as row-major where there is one axis.
    #[must_use]
    pub fn lying(mut self, order: Order) -> Self {
        self.order = Order { big: order.big && self.kind.size() > 1, fortran: order.fortran && self.shape.len() > 1 };
        self
    }

    /// Number of elements.
    pub fn elements(&self) -> usize {
        self.elements
    }

    /// Bytes of data that follow the header.
    pub fn data_bytes(&self) -> u64 {
        // Cannot overflow: `new` checked the same product.
        (self.elements * self.kind.size()) as u64
    }

    /// Reads magic, version and header, and nothing of the data.
    ///
    /// # Errors
    /// [`crate::Error::BadFile`] for a foreign or damaged header, a type that is no number, or a size that overflows.
    pub fn read(reader: &mut (impl Read + ?Sized), at: At) -> Result<Self> {
        let mut start = [0; 8];
        reader.read_exact(&mut start).map_err(|e| at.damaged(&e))?;
        if start[..6] != *MAGIC || !(1..=3).contains(&start[6]) || start[7] != 0 {
            return Err(at.bad("a .npy header of version 1.0, 2.0 or 3.0", "other bytes"));
        }
        let mut length = [0; 4];
        let width = if start[6] == 1 { 2 } else { 4 };
        reader.read_exact(&mut length[..width]).map_err(|e| at.damaged(&e))?;
        let length = u32::from_le_bytes(length) as usize;
        if length > MAX_HEADER_BYTES {
            return Err(at.bad(format!("a .npy header of at most {MAX_HEADER_BYTES} bytes"), length));
        }
        let mut text = vec![0; length];
        reader.read_exact(&mut text).map_err(|e| at.damaged(&e))?;
        let plain = |byte: &u8| matches!(byte, b'\n' | b' '..=b'~');
        let text = str::from_utf8(&text).ok().filter(|text| text.as_bytes().iter().all(plain));
        let text = text.ok_or_else(|| at.bad("a .npy header in plain text", "other bytes"))?;
        let (descr, fortran, shape) = parse_header(text, start[6] < 3).ok_or_else(|| {
            let shown: String = text.chars().take(80).collect();
            at.bad("a .npy header {'descr': ..., 'fortran_order': ..., 'shape': ...}", format!("{:?}", shown.trim()))
        })?;
        let (kind, big) = Kind::parse(descr, at)?;
        if shape.len() > MAX_DIMENSIONS {
            return Err(at.bad(format!("at most {MAX_DIMENSIONS} dimensions"), shape.len()));
        }
        let header = Self::new(kind, &shape).map(|header| header.lying(Order { big, fortran }));
        header.ok_or_else(|| at.bad("a shape that fits in memory", format!("{shape:?}")))
    }

    /// The bytes NumPy writes before such data lying little-endian and row-major (version 1.0).
    pub fn to_bytes(&self) -> Vec<u8> {
        let order = if self.kind.size() == 1 { '|' } else { '<' };
        header_bytes(&format!("{order}{}", KINDS[self.kind as usize].1), &self.shape)
    }
}

/// The header of any `descr`, magic and version in front.
pub(super) fn header_bytes(descr: &str, shape: &[usize]) -> Vec<u8> {
    let shape = match shape {
        [one] => format!("({one},)"),
        many => format!("({})", many.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")),
    };
    let mut text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    let padded = (MAGIC.len() + 4 + text.len() + 1).next_multiple_of(64);
    text.extend(std::iter::repeat_n(' ', padded - MAGIC.len() - 4 - text.len() - 1));
    text.push('\n');
    let mut bytes = MAGIC.to_vec();
    bytes.extend([1, 0]);
    // At most 8 numbers of 20 digits: far below 65536.
    bytes.extend((text.len() as u16).to_le_bytes());
    bytes.extend(text.as_bytes());
    bytes
}

/// `descr`, `fortran_order` and `shape` of a Python dictionary with exactly these keys; `old` for versions that
/// Python 2 wrote, too.
fn parse_header(text: &str, old: bool) -> Option<(&str, bool, Vec<usize>)> {
    // Python takes a line that begins with spaces for something else, but not the first.
    let mut rest =
        text.trim_start_matches(' ').trim_end_matches([' ', '\n']).strip_prefix('{')?.strip_suffix('}')?.trim();
    let (mut descr, mut fortran, mut shape) = (None, None, None);
    while !rest.is_empty() {
        let (key, after) = quoted(rest)?;
        let value = after.trim_start().strip_prefix(':')?.trim_start();
        let after = match key {
            "descr" if descr.is_none() => {
                let (code, after) = quoted(value)?;
                descr = Some(code);
                after
            }
            "fortran_order" if fortran.is_none() => {
                let yes = value.strip_prefix("True");
                fortran = Some(yes.is_some());
                yes.or_else(|| value.strip_prefix("False"))?
            }
            "shape" if shape.is_none() => {
                let (inside, after) = value.strip_prefix('(')?.split_once(')')?;
                shape = Some(parse_shape(inside, old)?);
                after
            }
            _ => return None,
        };
        rest = after.trim_start();
        match rest.strip_prefix(',') {
            Some(after) => rest = after.trim_start(),
            None if rest.is_empty() => {}
            None => return None,
        }
    }
    Some((descr?, fortran?, shape?))
}

/// A Python string without escapes, and what follows it.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    text[1..].split_once(quote)
}

/// `3, 4` or `3,`; Python 2 wrote `3L`. A number in brackets alone is no tuple, and `03` no number.
fn parse_shape(inside: &str, old: bool) -> Option<Vec<usize>> {
    let inside = inside.trim();
    if inside.is_empty() {
        return Some(vec![]);
    }
    let whole = inside.strip_suffix(',');
    if whole.is_none() && !inside.contains(',') {
        return None;
    }
    let side = |side: &str| {
        let side = side.trim();
        let digits = if old { side.strip_suffix('L').unwrap_or(side) } else { side };
        let plain = digits.bytes().all(|b| b.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
        digits.parse().ok().filter(|_| plain)
    };
    whole.unwrap_or(inside).split(',').map(side).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn read(text: &str) -> Result<Header> {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((text.len() as u16).to_le_bytes());
        bytes.extend(text.as_bytes());
        Header::read(&mut bytes.as_slice(), At { path: Path::new("x.npy"), field: "array" })
    }

    #[test]
    fn headers_read_back() {
        for (kind, shape) in [(Kind::F64, &[][..]), (Kind::Bool, &[7]), (Kind::U16, &[2, 0, 3]), (Kind::I8, &[1])] {
            let header = Header::new(kind, shape).unwrap();
            let bytes = header.to_bytes();
            assert!(bytes.len().is_multiple_of(64) && bytes.ends_with(b"\n"));
            assert_eq!(Header::read(&mut bytes.as_slice(), At { path: Path::new("x"), field: "y" }).unwrap(), header);
        }
    }

    #[test]
    fn every_order_of_bytes_and_axes_is_told() {
        for (text, order, words) in [
            (
                "{'descr': '>f8', 'fortran_order': True, 'shape': (3, 2), }",
                [true, true],
                "float64 [3, 2] in Fortran order",
            ),
            ("{'descr': '>c16', 'fortran_order': True, 'shape': (3,), }", [true, false], "complex128 [3]"),
            ("{'descr': '|u1', 'fortran_order': False, 'shape': (3, 2), }", [false, false], "uint8 [3, 2]"),
            (
                "{'descr': '<f2', 'fortran_order': True, 'shape': (3, 2), }",
                [false, true],
                "float16 [3, 2] in Fortran order",
            ),
        ] {
            let header = read(text).unwrap();
            assert_eq!(
                (header.order, header.to_string().as_str()),
                (Order { big: order[0], fortran: order[1] }, words)
            );
        }
    }

    #[test]
    fn foreign_headers_are_refused_in_one_sentence() {
        let cases = [
            ("{'descr': '|f8', 'fortran_order': False, 'shape': (3,), }", "how their bytes run"),
            ("{'descr': '<f16', 'fortran_order': False, 'shape': (3,), }", "at most 64 bits"),
            ("{'descr': '|O', 'fortran_order': False, 'shape': (3,), }", "no objects"),
            ("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (3,), }", "'descr': ..."),
            ("{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", "fits in memory"),
            ("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,), }", "'shape': ..."),
            ("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }", "'shape': ..."),
            ("{'descr': '<f8', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1), }", "dimensions"),
            ("{'descr': '<f8', 'fortran_order': False, }", "'shape': ..."),
            ("{'descr': '<f8', 'fortran_order': False, 'shape': (3), }", "'shape': ..."),
            ("{'descr': '<f8', 'fortran_order': False, 'shape': (03,), }", "'shape': ..."),
            ("{'descr': '<f8', 'fortran_order': False, 'shape': (3LL,), }", "'shape': ..."),
            ("{'descr': '<f8', 'fortran_order': False, 'shape': (0, 4611686018427387904), }", "fits in memory"),
            ("\n {'descr': '<f8', 'fortran_order': False, 'shape': (3,), }", "'shape': ..."),
            ("{'descr': '<f8',\u{a0}'fortran_order': False, 'shape': (3,), }", "plain text"),
            ("", "'shape': ..."),
        ];
        for (text, expected) in cases {
            let error = read(text).unwrap_err();
            assert!(error.to_string().contains(expected) && error.exit_code() == 5, "{text}: {error}");
        }
    }
}
