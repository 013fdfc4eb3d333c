//! A vorticity field from any file that holds one: .npy, .npz, a trajectory's frame, a picture.

use std::{
    io::{self, BufRead, Read, Seek},
    path::Path,
};

use super::{
    At,
    array::{npy_header, read_reals},
    field_file::{Field, finite, length, of_archive, read_field_from},
    npy::{Header, Kind},
    npz::{Limits, Npz, spend},
    open::Source,
    picture_field::{ENDINGS, is_picture, read_picture_from},
};
use crate::error::{Error, Result};

/// Most bytes of an archive, 1 TiB: of a stack of fields only one is held.
const LIMITS: Limits = Limits { entry: 1 << 40, total: 1 << 40 };
const EXPECTED: &str = "float32 or float64 [N, N], or a stack of such fields [T, N, N]";

/// Which field of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// Entry of an .npz; else `omega`, `traj`, or the only one that fits.
    pub key: Option<String>,
    /// Which of a stack; negative ones count from its end. Else the first.
    pub frame: Option<i64>,
    /// Side that a picture becomes.
    pub n: Option<u32>,
    /// Root mean square of the vorticity that a picture becomes.
    pub rms: Option<f64>,
}

/// Reads a field.
///
/// # Errors
/// [`Error::Unreadable`] when the file cannot be opened, [`Error::BadFile`] when nothing in it fits,
/// [`Error::Usage`] for a selection that this kind of file does not have.
pub fn read_any(path: &Path, selection: &Selection) -> Result<Field> {
    useful(path, selection)?;
    let source = Source::open(path)?;
    let field = read_any_from(path, source.reader(), selection)?;
    source.unchanged()?;
    Ok(field)
}

/// Refuses what this kind of file does not have, before it is opened.
fn useful(path: &Path, selection: &Selection) -> Result<()> {
    let Selection { key, frame, n, rms } = selection;
    let useless = |what: &str, why: &str| Err(Error::Usage(format!("{what}: {} {why}; leave it out", path.display())));
    let picture = is_picture(path);
    match (key, frame, n.is_some() || rms.is_some()) {
        (Some(_), ..) if picture => useless("--key", "is a picture"),
        (_, Some(_), _) if picture => useless("--frame", "is a picture"),
        (.., true) if !picture => useless("--N and --rms", "is no picture"),
        _ if picture || matches!(path.extension().and_then(|e| e.to_str()), Some("npy" | "npz")) => Ok(()),
        _ => Err(foreign(path)),
    }
}

fn foreign(path: &Path) -> Error {
    let expected = format!("a field as .npy or .npz, or a picture ({})", ENDINGS.join(", "));
    Error::bad_file(path, "name", expected, "another ending")
}

/// As [`read_any`], from any bytes; `path` gives the ending and names them in messages.
///
/// # Errors
/// As [`read_any`].
pub fn read_any_from(path: &Path, mut reader: impl BufRead + Seek, selection: &Selection) -> Result<Field> {
    useful(path, selection)?;
    let Selection { key, frame, n, rms } = selection;
    if is_picture(path) {
        return read_picture_from(path, reader, *n, *rms);
    }
    let no_stack = || Err(Error::Usage(format!("--frame: {} holds no stack [T, N, N]; leave it out", path.display())));
    match path.extension().and_then(|e| e.to_str()) {
        Some("npy") if key.is_none() => {
            let at = At { path, field: "array" };
            let length = length(&mut reader, at)?;
            let header = npy_header(&mut reader, length, at)?;
            if header.shape.len() == 3 {
                return one_of(&header, &mut reader, *frame, u64::MAX, at);
            }
            reader.rewind().map_err(|e| at.damaged(&e))?;
            if frame.is_some() { no_stack() } else { read_field_from(path, reader, None) }
        }
        Some("npz") => {
            let mut npz = Npz::new_within(path, reader, LIMITS)?;
            match stack_key(&mut npz, key.as_deref()) {
                Some(key) => from_stack(&mut npz, &key, *frame),
                None if frame.is_some() => no_stack(),
                None => of_archive(&mut npz, key.as_deref()),
            }
        }
        Some("npy") => read_field_from(path, reader, key.as_deref()),
        _ => Err(foreign(path)),
    }
}

/// The entry that holds a stack, if that is what is asked for: the key, else `traj`, else the only stack of an
/// archive without a plain field.
fn stack_key<R: Read + Seek>(npz: &mut Npz<R>, key: Option<&str>) -> Option<String> {
    let mut sides = |key: &String| npz.header(key).map_or(0, |header| header.shape.len());
    if let Some(key) = key {
        return Some(key.to_owned()).filter(|key| sides(key) == 3);
    }
    let keys = npz.keys().to_vec();
    let mut sides = |key: &String| npz.header(key).map_or(0, |header| header.shape.len());
    if keys.iter().any(|key| sides(key) == 2) {
        return None;
    }
    let stacks: Vec<String> = keys.into_iter().filter(|key| sides(key) == 3).collect();
    match stacks.as_slice() {
        [only] => Some(only.clone()),
        many => many.iter().find(|key| *key == "traj").cloned(),
    }
}

/// One field of a stack, the others passed over.
fn from_stack<R: Read + Seek>(npz: &mut Npz<R>, key: &str, frame: Option<i64>) -> Result<Field> {
    let left = npz.left();
    npz.stream(key, |header, data, at| one_of(header, data, frame, left, at))
}

/// One field of the stack that follows in `data`, which may take `left` bytes of memory.
fn one_of(header: &Header, data: &mut dyn Read, frame: Option<i64>, left: u64, at: At) -> Result<Field> {
    let (side, frame) = place(header, frame, at)?;
    let bytes = (side * side * header.kind.size()) as u64;
    spend(left, 8 * (side * side) as u64, header, at)?;
    skip(data, frame as u64 * bytes, at)?;
    let omega = read_reals(header.kind, side * side, data, at)?;
    // To the end, which in an archive is verified with the checksum.
    skip(data, (header.shape[0] - frame - 1) as u64 * bytes, at)?;
    finite(side, omega, at)
}

fn skip(data: &mut dyn Read, count: u64, at: At) -> Result<()> {
    match io::copy(&mut data.take(count), &mut io::sink()).map_err(|e| at.damaged(&e))? == count {
        true => Ok(()),
        false => Err(at.bad("as many bytes as its header announces", "an early end")),
    }
}

/// Side and number of the field that is meant.
fn place(header: &Header, frame: Option<i64>, at: At) -> Result<(usize, usize)> {
    let [frames, n, m] = header.shape[..] else { return Err(at.bad(EXPECTED, header)) };
    if n != m || n == 0 || frames == 0 || !matches!(header.kind, Kind::F32 | Kind::F64) {
        return Err(at.bad(EXPECTED, header));
    }
    let wanted = frame.unwrap_or(0);
    let from_start = if wanted < 0 { wanted + frames as i64 } else { wanted };
    match usize::try_from(from_start) {
        Ok(frame) if frame < frames => Ok((n, frame)),
        _ => Err(Error::invalid("--frame", format!("0 to {}, or -{frames} to -1", frames - 1), wanted)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{Array, Provenance, atomic, npz::NpzWriter, write_npy, write_traj};

    fn of(frame: Option<i64>, key: Option<&str>) -> Selection {
        Selection { frame, key: key.map(str::to_owned), ..Default::default() }
    }

    #[test]
    fn a_frame_of_a_trajectory_is_read_alone() {
        let folder = tempfile::tempdir().unwrap();
        let field = |t: usize| (0..256).map(|i| (1000 * t + i) as f64).collect::<Vec<_>>();
        let path = folder.path().join("traj.npz");
        write_traj(&path, 4, 16, Kind::F32, &Provenance::default(), |traj| {
            (0..4).try_for_each(|t| traj.put(&field(t)))
        })
        .unwrap();
        for (frame, t) in [(None, 0), (Some(2), 2), (Some(-1), 3), (Some(3), 3)] {
            assert_eq!(read_any(&path, &of(frame, None)).unwrap(), Field { n: 16, omega: field(t) });
        }
        assert!(read_any(&path, &of(Some(1), Some("traj"))).is_ok());
        let message = read_any(&path, &of(Some(4), None)).unwrap_err().to_string();
        assert_eq!(message, "--frame: expected 0 to 3, or -4 to -1, found 4");
        // Damage behind the frame is noticed.
        let bytes = std::fs::read(&path).unwrap();
        let mut damaged = bytes.clone();
        let end = bytes.len() - 400;
        damaged[end] ^= 0x55;
        std::fs::write(&path, damaged).unwrap();
        assert_eq!(read_any(&path, &of(Some(0), None)).unwrap_err().exit_code(), 5);

        let path = folder.path().join("stack.npy");
        let all: Vec<f64> = (0..3).flat_map(field).collect();
        write_npy(&path, &Array::new(&[3, 16, 16], &all).unwrap()).unwrap();
        assert_eq!(read_any(&path, &of(Some(-2), None)).unwrap().omega, field(1));
    }

    #[test]
    fn plain_fields_stand_before_stacks_and_useless_flags_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("both.npz");
        let (plain, stack) = (vec![1.0; 256], vec![2.0; 512]);
        atomic::write_io(&path, |out| {
            let mut npz = NpzWriter::new(out);
            npz.array("w", &Array::new(&[16, 16], &plain).expect("sizes agree"))?;
            npz.array("history", &Array::new(&[2, 16, 16], &stack).expect("sizes agree"))?;
            npz.finish().map(|_| ())
        })
        .unwrap();
        assert_eq!(read_any(&path, &of(None, None)).unwrap().omega, plain);
        assert_eq!(read_any(&path, &of(Some(1), Some("history"))).unwrap().omega, stack[..256]);
        for (selection, path, expected) in [
            (of(Some(1), None), path.clone(), "--frame: "),
            (Selection { n: Some(64), ..Default::default() }, path.clone(), "--N and --rms: "),
            (of(None, Some("w")), folder.path().join("a.png"), "--key: "),
        ] {
            let error = read_any(&path, &selection).unwrap_err();
            assert!(error.exit_code() == 2 && error.to_string().starts_with(expected), "{error}");
        }
        let error = read_any(&folder.path().join("a.txt"), &of(None, None)).unwrap_err();
        assert!(error.exit_code() == 5 && error.to_string().contains("png, jpg"), "{error}");
    }
}
