//! One door for files that are opened: what a file is, told by what is in it, and read once.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    Source,
    field::{Taken, candidates, field},
};
#[cfg(feature = "gpu")]
use crate::operator::Operator;
use crate::{
    error::Result,
    genesis,
    io::{
        Provenance, Selection,
        npy::Header,
        npz::Npz,
        read_propagator, read_provenance, read_session, read_state,
        session::{SessionFile, is_session},
        table::{Format, format_of},
    },
    state::{Propagator, State},
};

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A state, z0.npz.
    State,
    /// A linear kernel, A.npz.
    Kernel,
    /// A vorticity field, a trajectory of them, or a picture.
    Field,
    /// The manifest of a user's operator.
    Operator,
    /// A session.
    Session,
}

/// What was read.
#[derive(Debug)]
pub enum Opened {
    /// A state.
    State(Box<State>),
    /// A linear kernel.
    Kernel(Arc<Propagator>),
    /// A field, what was chosen to get it, and what its file says of how it was made.
    Field(Box<Taken>, Provenance),
    /// Arrays among which somebody has to choose: names, types and shapes.
    Choice(Vec<(String, Header)>),
    /// A user's operator, its module checked.
    #[cfg(feature = "gpu")]
    Operator(Box<Operator>),
    /// A session with the files that it names.
    Session(Box<Session>),
}

/// A session and the files that it names, all of them read.
#[derive(Debug)]
pub struct Session {
    /// What it says.
    pub file: SessionFile,
    /// Sentences of what could not be understood in it.
    pub lost: Vec<String>,
    /// Its state and where that lies; `None` for the start of a scene.
    pub state: Option<(PathBuf, State)>,
    /// Its kernel and where that lies, or why it cannot be read.
    pub kernel: Option<(PathBuf, Result<Arc<Propagator>>)>,
    /// Its operators, whether each is on, or why one cannot be read.
    #[cfg(feature = "gpu")]
    pub operators: Vec<Result<(Operator, bool)>>,
}

impl Session {
    /// Where it starts: from its state, its scene, or the first scene there is.
    pub fn source(&self) -> Source {
        match (&self.state, &self.file.scene) {
            (Some((path, state)), _) => Source::state(state.clone(), path),
            (None, Some(scene)) => Source::scene(scene),
            (None, None) => Source::scene(genesis::first()),
        }
    }
}

impl Kind {
    /// What a file holds: by its entries where it is an archive, else by its ending. Where it was chosen as `expected`
    /// that holds, but that sessions and operators share an ending.
    ///
    /// # Errors
    /// [`crate::Error::Unreadable`], [`crate::Error::BadFile`] for an archive that is none.
    pub fn of(path: &Path, expected: Option<Self>) -> Result<Self> {
        let ends = |ending: &str| path.extension().is_some_and(|e| e.eq_ignore_ascii_case(ending));
        if ends("toml") && expected.is_none_or(|kind| matches!(kind, Self::State | Self::Operator)) {
            return Ok(if is_session(path) { Self::Session } else { Self::Operator });
        }
        if let Some(kind) = expected {
            return Ok(kind);
        }
        if format_of(path) != Some(Format::Npz) {
            return Ok(Self::Field);
        }
        // A depth may be called z, a matrix A: a state says which modes its z is of; a kernel is a square matrix beside
        // numbers and lists, or beside what says which modes it is of.
        let mut npz = Npz::open(path)?;
        let keys = npz.keys().to_vec();
        let mut sides = |key: &str| npz.header(key).map_or(vec![], |header| header.shape);
        let square = matches!(sides("A")[..], [n, m] if n == m);
        let alone = keys.iter().all(|key| key == "A" || sides(key).len() < 2);
        let kernel = square && (alone || npz.has("k_cut") || npz.has("anchor_k"));
        Ok(match () {
            () if npz.has("z") && npz.has("mask_low") => Self::State,
            () if kernel && !npz.has("omega") => Self::Kernel,
            () => Self::Field,
        })
    }
}

/// Reads a file, whatever it is; `expected` where somebody said what.
///
/// # Errors
/// [`crate::Error::Unreadable`] and [`crate::Error::BadFile`], which name file, entry, what was expected and what was found.
pub fn open(path: &Path, expected: Option<Kind>) -> Result<Opened> {
    Ok(match Kind::of(path, expected)? {
        Kind::State => Opened::State(Box::new(read_state(path)?)),
        Kind::Kernel => Opened::Kernel(Arc::new(read_propagator(path)?)),
        Kind::Field => {
            let many = candidates(path)?;
            match many.is_empty() {
                true => field_of(path, &Selection::default())?,
                false => Opened::Choice(many),
            }
        }
        #[cfg(feature = "gpu")]
        Kind::Operator => Opened::Operator(Box::new(Operator::open(path)?)),
        #[cfg(not(feature = "gpu"))]
        Kind::Operator => return Err(crate::Error::Run(format!("{}: this build runs no operators", path.display()))),
        Kind::Session => Opened::Session(Box::new(session(path)?)),
    })
}

/// A field, as it is selected.
///
/// # Errors
/// As [`field`].
pub fn field_of(path: &Path, selection: &Selection) -> Result<Opened> {
    Ok(Opened::Field(Box::new(field(path, selection)?), read_provenance(path)?))
}

/// Reads a session and what it names. A kernel or an operator that cannot be read does not keep the rest away; its
/// state does.
///
/// # Errors
/// For a file that is no session, and a state that cannot be read.
pub fn session(path: &Path) -> Result<Session> {
    let (file, lost) = read_session(path)?;
    let state = file.state.clone().map(|from| read_state(&from).map(|state| (from, state))).transpose()?;
    let kernel = file.kernel.clone().map(|from| {
        let read = read_propagator(&from).map(Arc::new);
        (from, read)
    });
    #[cfg(feature = "gpu")]
    let operators = file.operators.iter().map(|part| Ok((Operator::open(&part.file)?, part.on))).collect();
    Ok(Session {
        file,
        lost,
        state,
        kernel,
        #[cfg(feature = "gpu")]
        operators,
    })
}
