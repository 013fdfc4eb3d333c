//! Numbers of a file from their bytes, of every kind and either order of bytes.

use super::npy::{Header, Kind};

/// A number, and its imaginary part where it has one. `bytes` are those of one element.
pub fn number(kind: Kind, big: bool, bytes: &[u8]) -> [f64; 2] {
    // Little-endian and widened; the sign of a whole number is carried on.
    let size = if kind.complex() { kind.size() / 2 } else { kind.size() };
    let wide = |part: &[u8], fill: u8| {
        let mut wide = [fill; 8];
        wide[..part.len()].copy_from_slice(part);
        if big {
            wide[..part.len()].reverse();
        }
        wide
    };
    let one = |part: &[u8]| -> f64 {
        let top = if big { part.first() } else { part.last() };
        let negative = top.is_some_and(|byte| byte & 0x80 != 0);
        match kind {
            Kind::F16 => half(u64::from_le_bytes(wide(part, 0)) as u16),
            Kind::F32 | Kind::C64 => f64::from(f32::from_bits(u64::from_le_bytes(wide(part, 0)) as u32)),
            Kind::F64 | Kind::C128 => f64::from_le_bytes(wide(part, 0)),
            Kind::I8 | Kind::I16 | Kind::I32 | Kind::I64 => {
                i64::from_le_bytes(wide(part, if negative { 0xff } else { 0 })) as f64
            }
            Kind::Bool | Kind::U8 | Kind::U16 | Kind::U32 | Kind::U64 => u64::from_le_bytes(wide(part, 0)) as f64,
        }
    };
    let (first, second) = bytes.split_at(size.min(bytes.len()));
    [one(first), if kind.complex() { one(second) } else { 0.0 }]
}

/// A float16: sign, 5 bits of exponent, 10 of mantissa.
fn half(bits: u16) -> f64 {
    let (sign, exponent, mantissa) = (bits >> 15, i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    let size = match exponent {
        0 => libm::ldexp(mantissa, -24),
        31 if mantissa == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => libm::ldexp(mantissa + 1024.0, exponent - 25),
    };
    if sign == 1 { -size } else { size }
}

/// Numbers in the order of a file, `header.order` regarded, as row-major ones.
pub fn row_major<T: Copy + Default>(mut all: Vec<T>, header: &Header) -> Vec<T> {
    match header.shape[..] {
        _ if !header.order.fortran || all.len() != header.elements() => all,
        [rows, columns] if rows == columns => {
            for j in 0..rows {
                for i in 0..j {
                    all.swap(j * rows + i, i * rows + j);
                }
            }
            all
        }
        _ => {
            let mut out = vec![T::default(); all.len()];
            for (place, value) in fortran_places(&header.shape).zip(&all) {
                out[place] = *value;
            }
            out
        }
    }
}

/// Row-major places of the elements of a column-major array, in the order of the file.
pub fn fortran_places(shape: &[usize]) -> impl Iterator<Item = usize> {
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis].max(1);
    }
    let (shape, mut index, mut place) = (shape.to_vec(), vec![0; shape.len()], 0);
    (0..shape.iter().product()).map(move |_| {
        let here = place;
        for axis in 0..shape.len() {
            index[axis] += 1;
            place += strides[axis];
            if index[axis] < shape[axis] {
                break;
            }
            place -= strides[axis] * shape[axis];
            index[axis] = 0;
        }
        here
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::npy::Order;

    #[test]
    fn every_kind_reads_either_way() {
        let both = |kind: Kind, little: &[u8]| {
            let size = if kind == Kind::C64 || kind == Kind::C128 { kind.size() / 2 } else { kind.size() };
            let big: Vec<u8> = little.chunks(size).flat_map(|part| part.iter().rev().copied()).collect();
            let found = number(kind, false, little);
            assert_eq!(found, number(kind, true, &big), "{kind:?}");
            found
        };
        assert_eq!(both(Kind::I16, &(-2_i16).to_le_bytes())[0], -2.0);
        assert_eq!(both(Kind::I32, &7_i32.to_le_bytes())[0], 7.0);
        assert_eq!(both(Kind::I64, &i64::MIN.to_le_bytes())[0], i64::MIN as f64);
        assert_eq!(both(Kind::I8, &[255])[0], -1.0);
        assert_eq!(both(Kind::U8, &[255])[0], 255.0);
        assert_eq!(both(Kind::U64, &u64::MAX.to_le_bytes())[0], u64::MAX as f64);
        assert_eq!(both(Kind::F32, &0.1_f32.to_le_bytes())[0], f64::from(0.1_f32));
        assert_eq!(both(Kind::F64, &(-0.1_f64).to_le_bytes())[0], -0.1);
        let pair = [1.5_f32.to_le_bytes(), (-2.5_f32).to_le_bytes()].concat();
        assert_eq!(both(Kind::C64, &pair), [1.5, -2.5]);
        // As NumPy prints them: np.array([...], 'u2').view('f2').
        for (bits, value) in
            [(0x3555_u16, 0.333_251_953_125), (0xc000, -2.0), (0x0001, 5.960_464_477_539_063e-8), (0x7bff, 65504.0)]
        {
            assert_eq!(both(Kind::F16, &bits.to_le_bytes())[0], value);
        }
        assert!(half(0x7c01).is_nan() && half(0xfc00) == f64::NEG_INFINITY);
    }

    #[test]
    fn columns_become_rows() {
        for shape in [&[2, 3][..], &[3, 3], &[2, 3, 4], &[4], &[2, 0, 3]] {
            let header = Header::new(Kind::F64, shape).unwrap();
            let places: Vec<usize> = fortran_places(shape).collect();
            // The element at (a, b, c) of a column-major array is number a + A (b + B c) of the file.
            let file: Vec<usize> = places.clone();
            let out = row_major(file, &header.lying(Order { big: false, fortran: true }));
            assert_eq!(out, (0..out.len()).collect::<Vec<_>>(), "{shape:?}");
        }
        assert_eq!(fortran_places(&[2, 3]).collect::<Vec<_>>(), [0, 3, 1, 4, 2, 5]);
    }
}
