//! An array in memory: a [`Header`] and row-major little-endian bytes, and the .npy file of one.

use std::{
    fs::File,
    io::{BufReader, Read, Write},
    path::Path,
};

use super::{
    At, atomic,
    npy::{Header, Kind},
};
use crate::error::{Error, Result};

/// Most bytes of an array that is held in memory (1 GiB).
pub const MAX_ARRAY_BYTES: u64 = 1 << 30;

/// An array in memory: kind, row-major shape, little-endian bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Array {
    header: Header,
    bytes: Vec<u8>,
}

/// A Rust type with a [`Kind`].
pub trait Element: Copy {
    /// Its kind.
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

    /// The elements as f64; 64-bit integers above 2^53 are rounded.
    pub fn to_f64(&self) -> Vec<f64> {
        match self.header.kind {
            Kind::F64 => convert!(self.bytes, f64, |x| x),
            Kind::F32 => convert!(self.bytes, f32, f64::from),
            _ => self.to_int().unwrap_or_default().into_iter().map(|x| x as f64).collect(),
        }
    }

    /// The elements as whole numbers wide enough for every integer kind; `None` for floats.
    pub fn to_int(&self) -> Option<Vec<i128>> {
        Some(match self.header.kind {
            Kind::Bool | Kind::U8 => convert!(self.bytes, u8, i128::from),
            Kind::I8 => convert!(self.bytes, i8, i128::from),
            Kind::I16 => convert!(self.bytes, i16, i128::from),
            Kind::I32 => convert!(self.bytes, i32, i128::from),
            Kind::I64 => convert!(self.bytes, i64, i128::from),
            Kind::U16 => convert!(self.bytes, u16, i128::from),
            Kind::U32 => convert!(self.bytes, u32, i128::from),
            Kind::U64 => convert!(self.bytes, u64, i128::from),
            Kind::F32 | Kind::F64 => return None,
        })
    }

    /// Header and data to a writer.
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
        if length > MAX_ARRAY_BYTES {
            return Err(at.bad(format!("at most {MAX_ARRAY_BYTES} bytes"), format!("{header} ({length} bytes)")));
        }
        let mut bytes = Vec::with_capacity(length.min(1 << 20) as usize);
        reader.take(length).read_to_end(&mut bytes).map_err(|e| at.damaged(&e))?;
        if bytes.len() as u64 != length {
            return Err(at.bad(format!("{length} bytes of data for {header}"), format!("{} bytes", bytes.len())));
        }
        expect_end(reader, at)?;
        Ok(Self { header, bytes })
    }
}

/// Makes sure nothing follows; in an archive this also checks the entry's checksum.
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
    let file = File::open(path).map_err(|source| Error::Unreadable { path: path.into(), source })?;
    let (mut reader, at) = (BufReader::new(file), At { path, field: "array" });
    let header = Header::read(&mut reader, at)?;
    Array::read_data(header, &mut reader, at)
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
    fn numbers_of_every_kind_convert() {
        assert_eq!(Array::vector(&[-1i8, 3]).to_f64(), [-1.0, 3.0]);
        assert_eq!(Array::scalar(u64::MAX).to_int().unwrap(), [i128::from(u64::MAX)]);
        assert_eq!(Array::vector(&[0.5f32]).to_f64(), [0.5]);
        assert!(Array::vector(&[0.5f32]).to_int().is_none());
        assert!(Array::new(&[2, 2], &[1.0f64]).is_err());
    }
}
