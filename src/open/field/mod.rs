//! A vorticity field of any file that holds one: what was meant is read, mended where asked, and made a vorticity on a
//! square grid; what was chosen on the way is told.
//!
//! ```text
//! vorticity        omega
//! velocity         omega = dv/dx - du/dy
//! streamfunction   omega = -lap psi
//! ```
//!
//! Derivatives are those of the Fourier series through the nodes, along x and y of a box of side L (2 pi where the
//! file does not say).

mod derive;
mod grid;
mod missing;

use std::{
    io::{BufRead, Seek},
    path::Path,
    sync::Arc,
};

use crate::{
    error::{Error, Result},
    io::{
        At, Selection,
        field_file::Field,
        fields::{Choice, Quantity, Raw, choose, container, holds_numbers, raw},
        npy::Header,
        open::Source,
        picture_field::{Wish, read_picture_from},
        table::{Format, foreign, format_of},
    },
};

/// A field, and what was chosen to get it.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// The vorticity.
    pub field: Arc<Field>,
    /// Sentences on what was taken.
    pub told: Vec<String>,
    /// What the file holds; `None` of a picture.
    pub from: Option<Quantity>,
}

/// Reads a field.
///
/// # Errors
/// [`Error::Unreadable`] when the file cannot be opened, [`Error::BadFile`] when nothing in it fits,
/// [`Error::Usage`] for a selection that this kind of file does not have.
pub fn field(path: &Path, selection: &Selection) -> Result<Taken> {
    if let Some(format) = format_of(path).filter(|format| *format != Format::Tiff) {
        useful(path, Some(format), selection)?;
    }
    let (reader, source) = Source::open(path)?.split()?;
    let taken = field_from(path, reader, source.length(), selection)?;
    source.unchanged()?;
    Ok(taken)
}

/// As [`field`], from any `length` bytes; `path` gives the ending and names them in messages.
///
/// # Errors
/// As [`field`].
pub fn field_from(
    path: &Path,
    mut reader: impl BufRead + Seek + Send + 'static,
    length: u64,
    selection: &Selection,
) -> Result<Taken> {
    let format = format(path, &mut reader)?;
    useful(path, format, selection)?;
    if format == Some(Format::Picture) {
        let wish = Wish { n: selection.n, rms: selection.rms, proportions: selection.proportions };
        let field = read_picture_from(path, reader, &wish)?;
        return Ok(Taken { field: Arc::new(field), told: vec![], from: None });
    }
    let mut file = container(path, reader, length)?;
    taken(path, raw(file.as_mut(), selection)?, selection)
}

/// By the ending; a TIFF by what is in it.
fn format(path: &Path, reader: &mut (impl BufRead + Seek)) -> Result<Option<Format>> {
    let format = format_of(path);
    if format != Some(Format::Tiff) {
        return Ok(format);
    }
    let numbers = holds_numbers(reader).map_err(|e| At { path, field: "file" }.damaged(&e))?;
    Ok(Some(if numbers { Format::Tiff } else { Format::Picture }))
}

/// The arrays among which somebody has to choose; none where it is clear which is meant, or nothing is.
///
/// # Errors
/// As [`field`].
pub fn candidates(path: &Path) -> Result<Vec<(String, Header)>> {
    if matches!(format_of(path), None | Some(Format::Picture)) {
        return Ok(vec![]);
    }
    let (mut reader, source) = Source::open(path)?.split()?;
    if format(path, &mut reader)? == Some(Format::Picture) {
        return Ok(vec![]);
    }
    let file = container(path, reader, source.length())?;
    Ok(match choose(file.as_ref(), &Selection::default())? {
        Choice::Many(all) => all,
        Choice::One(_) => vec![],
    })
}

/// Refuses what this kind of file does not have, before it is opened.
fn useful(path: &Path, format: Option<Format>, selection: &Selection) -> Result<()> {
    let useless = |what: &str, why: &str| Err(Error::Usage(format!("{what}: {} {why}; leave it out", path.display())));
    let Selection { key, frame, time, from, drop_end, mask_value, n, rms, proportions } = selection;
    match format {
        None => Err(foreign(path)),
        Some(Format::Picture) => {
            let given = [
                ("--var", key.is_some()),
                ("--frame", frame.is_some()),
                ("--time", time.is_some()),
                ("--from", from.is_some()),
                ("--drop-end", *drop_end),
                ("--mask-value", mask_value.is_some()),
            ];
            given.iter().find(|(_, given)| *given).map_or(Ok(()), |(flag, _)| useless(flag, "is a picture"))
        }
        Some(_) if n.is_some() || rms.is_some() || *proportions => {
            useless("--N, --rms and --proportions", "is no picture")
        }
        Some(Format::Npy) if key.is_some() => {
            Err(Error::Usage(format!("--var: {} holds one array; leave it out", path.display())))
        }
        Some(_) => Ok(()),
    }
}

fn taken(path: &Path, raw: Raw, selection: &Selection) -> Result<Taken> {
    let Raw { name, planes, quantity, places, fill, mut told } = raw;
    let at = At { path, field: &name };
    let mut parts = derive::Parts::of(planes, quantity, at)?;
    missing::mend(&mut parts, &fill, selection, &mut told, at)?;
    let side = grid::straighten(&mut parts, &places, selection, &mut told, at)?;
    let (omega, from) = parts.vorticity(side, &mut told, at)?;
    let (omega, n) = grid::square(omega, &mut told, at);
    if let Some(first) = omega.first().filter(|first| omega.iter().all(|x| x == *first)) {
        let what = if from == Quantity::Vorticity { "a field that varies" } else { "a flow whose vorticity varies" };
        return Err(at.bad(what, format!("{first} everywhere")));
    }
    Ok(Taken { field: Arc::new(Field { n, omega }), told, from: Some(from) })
}

#[cfg(test)]
mod tests;
