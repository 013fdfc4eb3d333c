//! Numbers of a table: .npy, an entry of an .npz, raw bytes, or values of the manifest.

use std::path::Path;

use super::{
    Operator,
    manifest::{Buffer, Element, beside},
};
use crate::{
    error::Result,
    io::{Array, At, npz::Npz, open, read_npy},
};

/// Longest table, elements.
pub const MAX_ELEMENTS: u64 = 1 << 26;

/// The bytes of a table of `count` elements.
///
/// # Errors
/// [`crate::Error::BadFile`] for another length, or numbers that do not fit.
pub fn bytes(operator: &Operator, buffer: &Buffer, count: u64) -> Result<Vec<u8>> {
    let element = operator.manifest.element(buffer);
    let field = format!("table {}", buffer.name);
    if let Some(values) = &buffer.values {
        let at = At { path: &operator.path, field: &field };
        let numbers = values.iter().cycle().take(count as usize);
        return encoded(numbers.copied(), element).ok_or_else(|| at.bad(fitting(element), "another"));
    }
    let Some(file) = &buffer.file else { return Ok(Vec::new()) };
    let path = beside(&operator.path, file);
    let at = At { path: &path, field: &field };
    let length = |found: u64, what: &str| match found == count {
        true => Ok(()),
        false => Err(at.bad(format!("{count} numbers of type {}", element.name()), format!("{found} {what}"))),
    };
    let array = match path.extension().and_then(|e| e.to_str()) {
        Some("npy") => read_npy(&path)?,
        Some("npz") => from_npz(&path, buffer.key.as_deref(), count)?,
        _ => {
            let most = count * element.size();
            let raw = open::bytes(&path, most)?;
            length(raw.len() as u64 / element.size(), "in raw bytes")?;
            return if raw.len() as u64 == most { Ok(raw) } else { Err(at.bad(format!("{most} bytes"), raw.len())) };
        }
    };
    length(array.header().elements() as u64, "in the array")?;
    encoded(array.reals(), element).ok_or_else(|| at.bad(fitting(element), "one that is not"))
}

fn fitting(element: Element) -> String {
    format!("finite numbers that are a {}", element.name())
}

fn from_npz(path: &Path, key: Option<&str>, count: u64) -> Result<Array> {
    let mut archive = Npz::open(path)?;
    let key = match (key, archive.keys()) {
        (Some(key), _) => key.to_owned(),
        (None, [one]) => one.clone(),
        (None, keys) => {
            let at = At { path, field: "archive" };
            return Err(at.bad("one entry, or the table's key in the manifest", keys.join(", ")));
        }
    };
    use crate::io::npy::Kind::{F32, F64, I32, I64, U8, U16, U32};
    let fits = |shape: &[usize]| shape.iter().product::<usize>() as u64 == count;
    archive.array(&key, &[F32, F64, I32, I64, U8, U16, U32], fits, &format!("{count} numbers"))
}

/// Little-endian numbers; `None` for one that is not finite or not of the type.
fn encoded(numbers: impl Iterator<Item = f64>, element: Element) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    for x in numbers {
        let whole = |low: f64, high: f64| (x.fract() == 0.0 && (low..=high).contains(&x)).then_some(x);
        match element {
            Element::F64 => out.extend_from_slice(&x.is_finite().then_some(x)?.to_le_bytes()),
            Element::F32 => out.extend_from_slice(&Some(x as f32).filter(|x| x.is_finite())?.to_le_bytes()),
            Element::I32 => out.extend_from_slice(&(whole(i32::MIN.into(), i32::MAX.into())? as i32).to_le_bytes()),
            Element::U32 => out.extend_from_slice(&(whole(0.0, u32::MAX.into())? as u32).to_le_bytes()),
            // Words come as raw bytes.
            Element::Words => return None,
        }
    }
    Some(out)
}
