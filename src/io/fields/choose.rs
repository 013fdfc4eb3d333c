//! Which array of a file is the field that is meant: names first, then shapes.
//!
//! ```text
//! [N, N]              a field, rows y, columns x
//! [T, N, N]           frames; [N, N, T] where only the first two sides are alike
//! [2, N, N] [N, N, 2] u and v; also with frames in front. An array of a name that says nothing, [2, N, N], may be
//!                     two frames: divergence decides
//! complex             u + i v, or a real field whose imaginary parts are rounding
//! ```

use super::{
    Container, Entry, Quantity, Selection, listed,
    names::{self, Axis},
};
use crate::{
    error::{Error, Result},
    io::{At, npy::Header, slab::Pick},
};

/// Which planes of which arrays.
#[derive(Clone, Debug)]
pub struct Meant {
    /// Arrays, one for each plane.
    pub planes: Vec<Part>,
    /// What they are; `None` where two planes may be two frames, or a complex array is not looked at yet.
    pub quantity: Option<Quantity>,
}

/// A plane of an array before its frame is known.
#[derive(Clone, Debug)]
pub struct Part {
    /// Which array.
    pub entry: usize,
    /// What is taken of each axis; the frame is 0.
    pub picks: Vec<Pick>,
    /// Which axis counts frames.
    pub frames: Option<usize>,
    /// The axis of x stands before that of y.
    pub turned: bool,
}

/// What a selection comes to.
#[derive(Clone, Debug)]
pub enum Choice {
    /// This.
    One(Meant),
    /// Somebody has to say which.
    Many(Vec<(String, Header)>),
}

/// The axes of an array by their use.
struct Axes {
    rows: usize,
    columns: usize,
    frames: Option<usize>,
    /// Of length 2, u and v.
    parts: Option<usize>,
    /// The sides alone do not tell frames from u and v.
    unsure: bool,
}

impl Axes {
    fn of(entry: &Entry) -> Option<Self> {
        let shape = &entry.header.shape;
        let n = shape.len();
        if !(2..=6).contains(&n) || entry.header.elements() == 0 {
            return None;
        }
        let mut axes = Self { rows: n - 2, columns: n - 1, frames: None, parts: None, unsure: false };
        if entry.axes.len() == n {
            let find = |what| entry.axes.iter().position(|name| names::axis(name) == what);
            if let (Some(rows), Some(columns)) = (find(Axis::Y), find(Axis::X)) {
                (axes.rows, axes.columns) = (rows, columns);
            }
            axes.frames = find(Axis::Time);
        } else if n >= 3 && shape[n - 1] == 2 && shape[n - 2] > 2 && shape[n - 3] > 2 {
            (axes.rows, axes.columns, axes.parts) = (n - 3, n - 2, Some(n - 1));
        } else if n == 3 && shape[0] == shape[1] && shape[1] != shape[2] {
            // As MATLAB keeps them: frames last.
            (axes.rows, axes.columns, axes.frames) = (0, 1, Some(2));
        }
        let rest: Vec<usize> = (0..n).filter(|i| ![axes.rows, axes.columns].contains(i)).collect();
        let free = |i: &&usize| axes.frames != Some(**i) && axes.parts != Some(**i);
        if axes.parts.is_none() {
            axes.parts = rest.iter().rev().find(|i| free(i) && shape[**i] == 2).copied();
            axes.unsure = axes.parts.is_some() && n == 3;
        }
        let free = |i: &&usize| axes.parts != Some(**i) && (entry.axes.len() != n || shape[**i] == 1);
        axes.frames = axes.frames.or_else(|| rest.iter().find(free).copied());
        Some(axes)
    }

    /// The plane of one component, or of the array where it has none.
    fn part(&self, entry: usize, shape: &[usize], part: usize) -> Part {
        let pick = |axis| match axis {
            axis if axis == self.rows || axis == self.columns => Pick::All,
            axis if self.parts == Some(axis) => Pick::At(part),
            _ => Pick::At(0),
        };
        let picks = (0..shape.len()).map(pick).collect();
        Part { entry, picks, frames: self.frames, turned: self.columns < self.rows }
    }

    fn sides(&self, entry: &Entry) -> [usize; 2] {
        [self.rows, self.columns].map(|axis| entry.header.shape[axis])
    }
}

/// What is meant.
///
/// # Errors
/// [`Error::BadFile`] where nothing fits, with what there is.
pub fn choose(file: &dyn Container, selection: &Selection) -> Result<Choice> {
    if let Some(key) = &selection.key {
        return named(file, key, selection).map(Choice::One);
    }
    let (entries, from) = (file.entries(), selection.from);
    let may = |quantity| from.is_none_or(|from| from == quantity);
    let fits = |entry: &Entry| Axes::of(entry).is_some();
    let surest = |rank: fn(&str) -> Option<usize>, fits: &dyn Fn(&Entry) -> bool| {
        let ranked = entries.iter().enumerate().filter(|(_, entry)| fits(entry));
        ranked.filter_map(|(i, entry)| Some((rank(&entry.name)?, i))).min().map(|(_, i)| i)
    };
    if may(Quantity::Vorticity)
        && let Some(i) = surest(names::vorticity, &fits)
    {
        return one(file, i, Some(Quantity::Vorticity), selection).map(Choice::One);
    }
    if may(Quantity::Velocity) {
        if let Some([u, v]) = pair(entries) {
            return two(file, [u, v]).map(Choice::One);
        }
        let both =
            |entry: &Entry| entry.header.kind.complex() || Axes::of(entry).is_some_and(|axes| axes.parts.is_some());
        if let Some(i) = surest(names::velocity, &|entry| fits(entry) && both(entry)) {
            return one(file, i, Some(Quantity::Velocity), selection).map(Choice::One);
        }
    }
    if may(Quantity::Streamfunction)
        && let Some(i) = surest(names::streamfunction, &fits)
    {
        return one(file, i, Some(Quantity::Streamfunction), selection).map(Choice::One);
    }
    by_shape(file, selection)
}

/// Two arrays that are the components of a velocity.
fn pair(entries: &[Entry]) -> Option<[usize; 2]> {
    let real = |entry: &&Entry| !entry.header.kind.complex() && Axes::of(entry).is_some();
    entries.iter().enumerate().filter(|(_, entry)| real(entry)).find_map(|(u, entry)| {
        let other = |(name, along_x): &(&str, bool)| {
            let is = |other: &Entry| names::same(name, &other.name) && other.header.shape == entry.header.shape;
            entries.iter().position(is).filter(|_| *along_x)
        };
        names::component(&entry.name).iter().find_map(other).map(|v| [u, v])
    })
}

/// The only array that could be it.
fn by_shape(file: &dyn Container, selection: &Selection) -> Result<Choice> {
    let entries = file.entries();
    let at = At { path: file.path(), field: if entries.len() == 1 { &entries[0].name } else { "arrays" } };
    let velocity = selection.from == Some(Quantity::Velocity);
    // An only array may be called what it likes.
    let told = |entry: &Entry| {
        let component = selection.from.is_none() && !names::component(&entry.name).is_empty();
        !names::coordinate(&entry.name) && !component || entries.len() == 1
    };
    let both = |entry: &Entry, axes: &Axes| entry.header.kind.complex() || axes.parts.is_some();
    let all: Vec<(usize, Axes)> = (0..entries.len()).filter_map(|i| Some((i, Axes::of(&entries[i])?))).collect();
    let mut all: Vec<(usize, Axes)> =
        all.into_iter().filter(|(i, axes)| told(&entries[*i]) && (!velocity || both(&entries[*i], axes))).collect();
    // Squares before oblong ones, plain fields before stacks.
    let square = |(i, axes): &(usize, Axes)| axes.sides(&entries[*i])[0] == axes.sides(&entries[*i])[1];
    let large = |(i, axes): &(usize, Axes)| axes.sides(&entries[*i]).iter().all(|side| *side >= 16);
    let plain = |(i, _): &(usize, Axes)| entries[*i].header.shape.len() == 2;
    if all.iter().any(square) {
        all.retain(square);
    } else {
        all.retain(large);
    }
    if all.iter().any(plain) {
        all.retain(plain);
    }
    match all.as_slice() {
        [(only, _)] => one(file, *only, selection.from, selection).map(Choice::One),
        [] => Err(at.bad(nothing(file, selection), listed(file))),
        many => {
            Ok(Choice::Many(many.iter().map(|(i, _)| (entries[*i].name.clone(), entries[*i].header.clone())).collect()))
        }
    }
}

/// What would have been a field.
fn nothing(file: &dyn Container, selection: &Selection) -> String {
    let alone = file.entries().iter().find_map(|entry| Some((&entry.name, names::component(&entry.name).first()?.0)));
    match (selection.from, alone) {
        (Some(Quantity::Velocity), _) => "a velocity: u and v, [2, N, N], [N, N, 2] or complex u + i v".into(),
        (None, Some((name, other))) => {
            format!("a field; {name} is one component of a velocity, and {other} is missing")
        }
        _ => "a field of numbers [N, N], a stack [T, N, N], or a velocity [2, N, N]".into(),
    }
}

/// One array, whatever its name says.
fn one(file: &dyn Container, i: usize, quantity: Option<Quantity>, selection: &Selection) -> Result<Meant> {
    let entry = &file.entries()[i];
    let at = At { path: file.path(), field: &entry.name };
    let Some(mut axes) = Axes::of(entry) else {
        return Err(at.bad("numbers [N, N], or a stack of such fields [T, N, N]", &entry.header));
    };
    // A vorticity has no components, and who asks for a frame says that there are frames.
    let scalar = quantity.is_some_and(|quantity| quantity != Quantity::Velocity);
    let asked = (selection.frame.is_some() || selection.time.is_some()) && axes.unsure && axes.frames.is_none();
    let frames = scalar || quantity.is_none() && (asked || !entry.axes.is_empty());
    if let Some(parts) = axes.parts.take_if(|_| frames) {
        axes.frames = axes.frames.or(Some(parts));
    }
    let shape = &entry.header.shape;
    if entry.header.kind.complex() {
        return Ok(Meant { planes: vec![axes.part(i, shape, 0)], quantity });
    }
    match axes.parts {
        None if quantity == Some(Quantity::Velocity) => {
            Err(at.bad("a velocity: u and v, [2, N, N], [N, N, 2] or complex u + i v", &entry.header))
        }
        None => Ok(Meant { planes: vec![axes.part(i, shape, 0)], quantity: quantity.or(Some(Quantity::Vorticity)) }),
        Some(_) => {
            let quantity = if axes.unsure { quantity } else { Some(Quantity::Velocity) };
            Ok(Meant { planes: [0, 1].map(|part| axes.part(i, shape, part)).to_vec(), quantity })
        }
    }
}

/// u and v.
fn two(file: &dyn Container, both: [usize; 2]) -> Result<Meant> {
    let mut planes = vec![];
    for i in both {
        let entry = &file.entries()[i];
        let at = At { path: file.path(), field: &entry.name };
        let real = !entry.header.kind.complex();
        let Some(mut axes) = Axes::of(entry).filter(|_| real) else {
            return Err(at.bad("real numbers [N, N], or a stack of such fields [T, N, N]", &entry.header));
        };
        axes.frames = axes.frames.or(axes.parts.take());
        planes.push(axes.part(i, &entry.header.shape, 0));
    }
    Ok(Meant { planes, quantity: Some(Quantity::Velocity) })
}

/// The array, or the two arrays, that somebody named.
fn named(file: &dyn Container, key: &str, selection: &Selection) -> Result<Meant> {
    let find = |key: &str| {
        let exact = file.entries().iter().position(|entry| entry.name == key);
        let found =
            exact.or_else(|| file.entries().iter().position(|entry| names::same(&key.to_lowercase(), &entry.name)));
        found.ok_or_else(|| match file.others().iter().find(|(name, _)| name == key) {
            Some((name, why)) => Error::bad_file(file.path(), name.as_str(), "an array of numbers", why),
            None => Error::bad_file(file.path(), key, "an array of this name", format!("only {}", listed(file))),
        })
    };
    if let Ok(i) = find(key) {
        let entry = &file.entries()[i];
        let by_name = match () {
            () if names::vorticity(&entry.name).is_some() => Some(Quantity::Vorticity),
            () if names::velocity(&entry.name).is_some() => Some(Quantity::Velocity),
            () if names::streamfunction(&entry.name).is_some() => Some(Quantity::Streamfunction),
            () => None,
        };
        return one(file, i, selection.from.or(by_name), selection);
    }
    match key.split_once(',') {
        Some(_) if selection.from.is_some_and(|from| from != Quantity::Velocity) => {
            Err(Error::Usage(format!("--var {key}: two arrays are a velocity; leave --from out, or name one")))
        }
        Some((u, v)) => {
            let both = [find(u.trim())?, find(v.trim())?];
            let [a, b] = both.map(|i| &file.entries()[i]);
            if a.header.shape != b.header.shape {
                let expected = format!("the shape of {}, {}", a.name, a.header);
                return Err(Error::bad_file(file.path(), b.name.as_str(), expected, &b.header));
            }
            two(file, both)
        }
        None => find(key).map(|_| Meant { planes: vec![], quantity: None }),
    }
}
