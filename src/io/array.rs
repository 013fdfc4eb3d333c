//! An array in memory: a [`Header`] and row-major little-endian bytes, and the .npy file of one.

use std::{
    io::{Read, Write},
    path::Path,
};

use super::{
    At, atomic,
    npy::{Header, Kind, Order},
    numbers::{number, row_major},
    open::Source,
};
use crate::error::{Error, Result};

/// Most bytes of an array that is held in memory (1 GiB).
pub const MAX_ARRAY_BYTES: u64 = 1 << 30;

/// An array in memory: kind, row-major shape, little-endian bytes, however the file had them. No complex numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Array {
    header: Header,
    bytes: Vec<u8>,
}

/// A Rust type with a [`Kind`].
pub trait Element: Copy {
    /// Kind of the element.
    const KIND: Kind;
    /// Appends its little-endian bytes.
    fn put(self, out: &mut Vec<u8>);
}

macro_rules! element {
    ($($rust:ty: $kind:ident),*) => {$(
        impl Element for $rust {
            const KIND: Kind = Kind::$kind;
            fn put(self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }
        }
    )*};
}
element!(i8: I8, i16: I16, i32: I32, i64: I64, u8: U8, u16: U16, u32: U32, u64: U64, f32: F32, f64: F64);

impl Element for bool {
    const KIND: Kind = Kind::Bool;
    fn put(self, out: &mut Vec<u8>) {
        out.push(u8::from(self));
    }
}

macro_rules! convert {
    ($bytes:expr, $rust:ty, $to:expr) => {
        // A whole number of elements: `read_data` and `new` see to it.
        $bytes.as_chunks::<{ size_of::<$rust>() }>().0.iter().map(|b| $to(<$rust>::from_le_bytes(*b))).collect()
    };
}

impl Array {
    /// From elements in row-major order.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the shape does not hold exactly these elements.
    pub fn new<T: Element>(shape: &[usize], data: &[T]) -> Result<Self> {
        let header = Header::new(T::KIND, shape).filter(|header| header.elements() == data.len()).ok_or_else(|| {
            Error::invalid("array", format!("{} elements for shape {shape:?}", T::KIND.name()), data.len())
        })?;
        let mut bytes = Vec::with_capacity(data.len() * T::KIND.size());
        data.iter().for_each(|x| x.put(&mut bytes));
        Ok(Self { header, bytes })
    }

    /// A vector `[len]`.
    pub fn vector<T: Element>(data: &[T]) -> Self {
        // Proof: the shape is the length of a slice that exists.
        Self::new(&[data.len()], data).expect("the shape is the length")
    }

    /// A scalar `[]`.
    pub fn scalar<T: Element>(x: T) -> Self {
        // Proof: an empty shape holds one element.
        Self::new(&[], &[x]).expect("an empty shape holds one element")
    }

    /// Type and shape.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Row-major little-endian bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Row-major shape.
    pub fn shape(&self) -> &[usize] {
        &self.header.shape
    }

    /// The elements as f64; 64-bit integers above 2^53 are rounded. In the order in which the file has them.
    pub fn to_f64(&self) -> Vec<f64> {
        match self.header.kind {
            Kind::F64 => convert!(self.bytes, f64, |x| x),
            Kind::F32 => convert!(self.bytes, f32, f64::from),
            Kind::F16 => self.reals().collect(),
            _ => self.ints().map(|x| x as f64).collect(),
        }
    }

    /// The elements as whole numbers wide enough for every integer kind; `None` for floats.
    pub fn to_int(&self) -> Option<Vec<i128>> {
        (!self.header.kind.float()).then(|| self.ints().collect())
    }

    /// The elements as whole numbers one by one, without a copy of all; nothing for floats.
    pub fn ints(&self) -> impl Iterator<Item = i128> {
        let (kind, size) = (self.header.kind, self.header.kind.size());
        let whole = !kind.float();
        let bytes = if whole { &self.bytes[..] } else { &[] };
        bytes.chunks_exact(size).map(move |bytes| {
            // Little-endian, the sign carried on.
            let signed = matches!(kind, Kind::I8 | Kind::I16 | Kind::I32 | Kind::I64);
            let fill = if signed && bytes[size - 1] & 0x80 != 0 { 0xff } else { 0 };
            let mut wide = [fill; 16];
            wide[..size].copy_from_slice(bytes);
            i128::from_le_bytes(wide)
        })
    }

    /// The elements as f64 one by one, without a copy of all.
    pub fn reals(&self) -> impl Iterator<Item = f64> {
        let (kind, size) = (self.header.kind, self.header.kind.size());
        let floats = if kind.float() { &self.bytes[..] } else { &[] };
        floats.chunks_exact(size).map(move |bytes| number(kind, false, bytes)[0]).chain(self.ints().map(|x| x as f64))
    }

    /// Header and data to a writer.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write(&self, out: &mut (impl Write + ?Sized)) -> std::io::Result<()> {
        out.write_all(&self.header.to_bytes())?;
        out.write_all(&self.bytes)
    }

    /// Reads the data that a checked header announces, and makes sure nothing follows it. Memory
    /// grows with the bytes that really arrive.
    ///
    /// # Errors
    /// [`Error::BadFile`] when the data is too large, ends early, is damaged or goes on.
    pub fn read_data(header: Header, reader: &mut (impl Read + ?Sized), at: At) -> Result<Self> {
        let length = header.data_bytes();
        if header.kind.complex() {
            return Err(at.bad("real numbers", header));
        }
        if length > MAX_ARRAY_BYTES {
            return Err(at.bad(format!("at most {MAX_ARRAY_BYTES} bytes"), format!("{header} ({length} bytes)")));
        }
        let mut bytes = Vec::with_capacity(length.min(1 << 20) as usize);
        reader.take(length).read_to_end(&mut bytes).map_err(|e| at.damaged(&e))?;
        if bytes.len() as u64 != length {
            return Err(at.bad(format!("{length} bytes of data for {header}"), format!("{} bytes", bytes.len())));
        }
        expect_end(reader, at)?;
        if let Some(i) = bytes.iter().position(|byte| header.kind == Kind::Bool && *byte > 1) {
            return Err(at.bad("booleans, 0 or 1", format!("{} at {i}", bytes[i])));
        }
        Ok(Self { header, bytes }.in_order())
    }

    /// The same array little-endian and row-major.
    fn in_order(mut self) -> Self {
        macro_rules! rows {
            ($($size:literal),*) => {
                match self.header.kind.size() {
                    $($size => {
                        let mut all = self.bytes.as_chunks::<$size>().0.to_vec();
                        if self.header.order.big {
                            all.iter_mut().for_each(|one| one.reverse());
                        }
                        self.bytes = row_major(all, &self.header).concat();
                    })*
                    _ => {}
                }
            };
        }
        if self.header.order != Order::default() {
            rows!(1, 2, 4, 8);
            self.header.order = Order::default();
        }
        self
    }
}

/// Numbers that are decoded at a time.
const CHUNK: usize = 4096;

/// `count` elements in the order of the file, handed on as they arrive: real and imaginary part.
///
/// # Errors
/// [`Error::BadFile`] when the data ends early or is damaged.
pub(super) fn each_number(
    header: &Header,
    count: u64,
    reader: &mut (impl Read + ?Sized),
    at: At,
    mut put: impl FnMut([f64; 2]),
) -> Result<()> {
    let size = header.kind.size();
    let (mut bytes, mut left) = (vec![0; CHUNK.min(count as usize) * size], count);
    while left > 0 {
        let part = left.min(CHUNK as u64);
        let bytes = &mut bytes[..part as usize * size];
        reader.read_exact(bytes).map_err(|e| at.damaged(&e))?;
        bytes.chunks_exact(size).for_each(|one| put(number(header.kind, header.order.big, one)));
        left -= part;
    }
    Ok(())
}

/// Room for a chunk of the `total` that there will be, taken as it is filled: as much again as is there, or a MiB.
///
/// # Errors
/// [`Error::BadFile`] where there is none.
pub(super) fn room<T>(all: &mut Vec<T>, total: usize, at: At) -> Result<()> {
    let (count, more) = (all.len(), total.saturating_sub(all.len()));
    let part = more.min(count.max((1 << 20) / size_of::<T>().max(1)));
    if all.capacity() - count >= part.min(CHUNK) {
        return Ok(());
    }
    all.try_reserve_exact(part).map_err(|_| at.bad("an array that fits in memory", format!("{count} numbers and more")))
}

/// The real numbers of an array, row-major, decoded as they arrive: memory is taken no faster than bytes come in.
///
/// # Errors
/// [`Error::BadFile`] when the data ends early or is damaged.
pub fn read_reals(header: &Header, reader: &mut (impl Read + ?Sized), at: At) -> Result<Vec<f64>> {
    let (mut all, count) = (Vec::new(), header.elements());
    while all.len() < count {
        let part = (count - all.len()).min(CHUNK);
        room(&mut all, count, at)?;
        each_number(header, part as u64, reader, at, |x| all.push(x[0]))?;
    }
    Ok(row_major(all, header))
}

/// Makes sure nothing follows; in an archive this also checks the entry's checksum.
///
/// # Errors
/// [`Error::BadFile`] where something follows, or the checksum does not fit.
pub fn expect_end(reader: &mut (impl Read + ?Sized), at: At) -> Result<()> {
    match reader.read(&mut [0]) {
        Ok(0) => Ok(()),
        Ok(_) => Err(at.bad("no bytes after the array", "more")),
        Err(error) => Err(at.damaged(&error)),
    }
}

/// Reads a .npy file of at most [`MAX_ARRAY_BYTES`].
///
/// # Errors
/// [`Error::Unreadable`] when it cannot be opened, [`Error::BadFile`] when it does not fit.
pub fn read_npy(path: &Path) -> Result<Array> {
    let source = Source::open(path)?;
    let array = read_npy_from(path, source.reader(), source.length())?;
    source.unchanged()?;
    Ok(array)
}

/// As [`read_npy`], from `length` bytes of anything; `path` only names them in messages.
///
/// # Errors
/// [`Error::BadFile`].
pub fn read_npy_from(path: &Path, mut reader: impl Read, length: u64) -> Result<Array> {
    let at = At { path, field: "array" };
    let header = npy_header(&mut reader, length, at)?;
    Array::read_data(header, &mut reader, at)
}

/// The header of a .npy of `length` bytes, which are as many as it announces.
pub(super) fn npy_header(reader: &mut impl Read, length: u64, at: At) -> Result<Header> {
    let mut counted = Counted { inner: reader, count: 0 };
    let header = Header::read(&mut counted, at)?;
    match counted.count.checked_add(header.data_bytes()) {
        Some(whole) if whole == length => Ok(header),
        _ => {
            let found = format!("{}", length.saturating_sub(counted.count));
            Err(at.bad(format!("{} bytes of data for {header}", header.data_bytes()), found))
        }
    }
}

/// Counts what passes, to know where a header ends.
pub(super) struct Counted<R> {
    /// The reader whose bytes are counted.
    pub inner: R,
    /// Bytes so far.
    pub count: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(bytes)?;
        self.count += read as u64;
        Ok(read)
    }
}

/// Writes a .npy file.
///
/// # Errors
/// [`Error::Unwritable`].
pub fn write_npy(path: &Path, array: &Array) -> Result<()> {
    atomic::write_io(path, |out| array.write(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_orders_are_turned_and_complex_numbers_are_refused() {
        let at = At { path: Path::new("a.npy"), field: "array" };
        let header = |kind| Header::new(kind, &[2, 3]).unwrap();
        // [[0, 1, 2], [3, 4, 5]] big-endian and column-major, as np.asfortranarray(a.astype('>i2')).
        let bytes: Vec<u8> = [0_i16, 3, 1, 4, 2, 5].iter().flat_map(|x| x.to_be_bytes()).collect();
        let order = Order { big: true, fortran: true };
        let array = Array::read_data(header(Kind::I16).lying(order), &mut bytes.as_slice(), at).unwrap();
        assert_eq!(array, Array::new(&[2, 3], &[0_i16, 1, 2, 3, 4, 5]).unwrap());
        let reals = read_reals(&header(Kind::I16).lying(order), &mut bytes.as_slice(), at).unwrap();
        assert_eq!(reals, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        let error = Array::read_data(header(Kind::C64), &mut [0; 48].as_slice(), at).unwrap_err().to_string();
        assert!(error.ends_with("array: expected real numbers, found complex64 [2, 3]"), "{error}");
    }

    #[test]
    fn numbers_of_every_kind_convert() {
        assert_eq!(Array::vector(&[-1i8, 3]).to_f64(), [-1.0, 3.0]);
        assert_eq!(Array::scalar(u64::MAX).to_int().unwrap(), [i128::from(u64::MAX)]);
        assert_eq!(Array::vector(&[0.5f32]).to_f64(), [0.5]);
        assert!(Array::vector(&[0.5f32]).to_int().is_none());
        assert!(Array::new(&[2, 2], &[1.0f64]).is_err());
    }
}
