//! The manifest: what an operator is, what it acts on, and what it is bound to.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use super::{shape::ActsOn, size::Size};
use crate::{
    error::{Error, Result},
    gpu::Stage,
    io::{lenient, open},
};

/// The only version there is.
pub const LAYOUT_VERSION: u32 = 1;
/// Longest manifest, bytes.
const MAX_BYTES: u64 = 64 * 1024;
/// Most buffers.
const MAX_BUFFERS: usize = 7;
/// Most statements that one invocation may spend in loops.
pub const MAX_BUDGET: u32 = 1 << 26;

/// Numbers of `in` and `out`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 32-bit floats.
    #[default]
    F32,
    /// 64-bit floats, where the adapter has them; on z.
    F64,
    /// Whole numbers, z in Q8.23.
    I32,
    /// Words `[plus, minus]` of 32 cells; the carrier.
    Ternary,
}

/// Type of a buffer's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Element {
    /// `f32`.
    #[serde(rename = "f32")]
    F32,
    /// `f64`.
    #[serde(rename = "f64")]
    F64,
    /// `i32`.
    #[serde(rename = "i32")]
    I32,
    /// `u32`.
    #[serde(rename = "u32")]
    U32,
    /// `vec2<u32>`.
    #[serde(rename = "vec2<u32>")]
    Words,
}

impl Element {
    /// As WGSL writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::I32 => "i32",
            Self::U32 => "u32",
            Self::Words => "vec2<u32>",
        }
    }

    /// Bytes of one element.
    pub fn size(self) -> u64 {
        match self {
            Self::F32 | Self::I32 | Self::U32 => 4,
            Self::F64 | Self::Words => 8,
        }
    }
}

impl Precision {
    /// Elements of `in` and `out`.
    pub fn element(self) -> Element {
        match self {
            Self::F32 => Element::F32,
            Self::F64 => Element::F64,
            Self::I32 => Element::I32,
            Self::Ternary => Element::Words,
        }
    }
}

/// What a buffer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// What comes in; only read.
    In,
    /// What goes out, of the same shape.
    Out,
    /// Zero at first, then as the operator left it.
    State,
    /// What came out the launch before, zero at first; only read.
    Past,
    /// Numbers from a file or from the manifest; only read.
    Table,
    /// A picture of the field, RGBA in one u32 a cell, red in the lowest byte.
    Image,
    /// Four u32: on z `D, 1, D, M`, on a field `width, height, cells, cells of a row`, on a carrier `width, height,
    /// words, words of a row`; only read.
    Shape,
}

/// A buffer, at the binding of its place in the list.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Buffer {
    /// Name of the buffer, as the shader has it.
    pub name: String,
    /// What the buffer is for.
    pub role: Role,
    /// Type of the buffer's elements; that of `in` where nothing is said.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub element: Option<Element>,
    /// How many: a product of numbers, D, N and words; as many as come in without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<Size>,
    /// Where a table comes from: .npy, .npz or raw bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// Entry of an .npz.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Numbers of a table, repeated until it is full.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<f64>>,
}

/// A whole manifest.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`LAYOUT_VERSION`].
    pub layout_version: u32,
    /// Name of the operator in lists.
    pub name: String,
    /// One line of mathematics.
    #[serde(default)]
    pub title: String,
    /// The module, beside the manifest: .wgsl or .spv.
    pub file: PathBuf,
    /// Entry point.
    #[serde(default = "main")]
    pub entry: String,
    /// What the operator acts on.
    pub acts_on: ActsOn,
    /// Numbers of `in` and `out`; ternary for a carrier.
    #[serde(default)]
    pub precision: Option<Precision>,
    /// Threads of a workgroup, as the module says.
    pub workgroup: [u32; 3],
    /// Numbers, or cells along x, that one invocation works on.
    #[serde(default = "one")]
    pub items: u32,
    /// Of a carrier: |omega| from which a cell has a sign.
    #[serde(default)]
    pub threshold: Option<f32>,
    /// Statements one invocation may spend in loops.
    #[serde(default = "budget")]
    pub budget: u32,
    /// Values of the module's `override`s.
    #[serde(default)]
    pub constants: BTreeMap<String, f64>,
    /// Buffers in the order of their bindings, in group 0.
    pub buffers: Vec<Buffer>,
}

fn main() -> String {
    "main".into()
}

fn one() -> u32 {
    1
}

fn budget() -> u32 {
    1 << 20
}

impl Manifest {
    /// Reads a manifest and checks it by itself.
    ///
    /// # Errors
    /// [`Error::Unreadable`], or [`Error::BadFile`] with the field at fault.
    pub fn read(path: &Path) -> Result<Self> {
        Self::from_text(path, &lenient::text_of(path, open::bytes(path, MAX_BYTES)?)?)
    }

    /// As [`Manifest::read`], from its text; `path` only names it in messages.
    ///
    /// # Errors
    /// [`Error::BadFile`].
    pub fn from_text(path: &Path, text: &str) -> Result<Self> {
        let manifest: Self = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| 1 + text[..span.start.min(text.len())].matches('\n').count());
            Error::bad_file(path, format!("line {line}"), "a manifest of an operator", one_line(error.message()))
        })?;
        manifest.validate().map_err(|error| match error {
            Error::Invalid { what, expected, found } => Error::bad_file(path, what, expected, found),
            other => other,
        })?;
        Ok(manifest)
    }

    /// The module's file.
    pub fn module_path(&self, manifest: &Path) -> PathBuf {
        beside(manifest, &self.file)
    }

    /// Numbers of `in` and `out`.
    pub fn numbers(&self) -> Precision {
        self.precision.unwrap_or(match self.acts_on {
            ActsOn::Carrier => Precision::Ternary,
            ActsOn::Z | ActsOn::Field => Precision::F32,
        })
    }

    /// Elements of a buffer.
    pub fn element(&self, buffer: &Buffer) -> Element {
        match buffer.role {
            Role::In | Role::Out | Role::Past => self.numbers().element(),
            Role::Shape | Role::Image => Element::U32,
            Role::State | Role::Table => buffer.element.unwrap_or(self.numbers().element()),
        }
    }

    fn validate(&self) -> Result<()> {
        let rule = |fine: bool, what: &str, expected: &str, found: String| {
            if fine { Ok(()) } else { Err(Error::invalid(what, expected, found)) }
        };
        let version = format!("{LAYOUT_VERSION}, the layout this program knows");
        rule(self.layout_version == LAYOUT_VERSION, "layout_version", &version, self.layout_version.to_string())?;
        let word = |name: &str| {
            let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
            (1..=40).contains(&name.len()) && plain
        };
        let letters = "1 to 40 letters, digits, _ or -";
        rule(word(&self.name), "name", letters, format!("{:?}", self.name))?;
        let known = Stage::named(&self.name).is_ok();
        rule(!known, "name", "one that no built-in stage has", self.name.clone())?;
        let fits = matches!(
            (self.acts_on, self.numbers()),
            (ActsOn::Z, Precision::F32 | Precision::F64 | Precision::I32)
                | (ActsOn::Field, Precision::F32)
                | (ActsOn::Carrier, Precision::Ternary)
        );
        let found = format!("{:?} on {:?}", self.numbers(), self.acts_on).to_lowercase();
        rule(fits, "precision", "f32, f64 or i32 on z, f32 on the field, ternary on the carrier", found)?;
        let threads = self.workgroup.iter().fold(1u32, |product, n| product.saturating_mul(*n));
        let fits = self.workgroup.iter().zip([1024, 1024, 64]).all(|(n, most)| (1..=most).contains(n));
        let found = format!("{:?}", self.workgroup);
        rule(fits && threads <= 1024, "workgroup", "1 to 1024, 1024 and 64 threads, at most 1024 together", found)?;
        let flat = self.workgroup[2] == 1 && (self.acts_on == ActsOn::Field || self.workgroup[1] == 1);
        let shape = "[x, 1, 1], or [x, y, 1] on a field";
        rule(flat, "workgroup", shape, format!("{:?}", self.workgroup))?;
        rule((1..=4096).contains(&self.items), "items", "1 to 4096", self.items.to_string())?;
        let most = format!("1 to {MAX_BUDGET} statements");
        rule((1..=MAX_BUDGET).contains(&self.budget), "budget", &most, self.budget.to_string())?;
        let on_carrier = self.acts_on == ActsOn::Carrier;
        let threshold = self.threshold.map_or("none".into(), |t| t.to_string());
        let fits = self.threshold.is_some_and(|t| t >= 0.0 && t.is_finite()) == on_carrier;
        rule(fits, "threshold", "a vorticity >= 0 for a carrier, none for z and field", threshold)?;
        let finite = self.constants.values().all(|x| x.is_finite());
        rule(finite, "constants", "finite numbers", format!("{:?}", self.constants))?;
        let count = format!("2 to {MAX_BUFFERS}");
        rule((2..=MAX_BUFFERS).contains(&self.buffers.len()), "buffers", &count, self.buffers.len().to_string())?;
        let names: BTreeSet<&str> = self.buffers.iter().map(|b| b.name.as_str()).collect();
        rule(names.len() == self.buffers.len(), "buffers", "a name of its own for each", "one twice".into())?;
        for (role, word) in [(Role::In, "in"), (Role::Out, "out")] {
            let count = self.buffers.iter().filter(|b| b.role == role).count();
            rule(count == 1, "buffers", &format!("one of role {word:?}"), count.to_string())?;
        }
        self.buffers.iter().try_for_each(|buffer| self.validate_buffer(buffer))
    }

    fn validate_buffer(&self, buffer: &Buffer) -> Result<()> {
        let what = format!("buffer {}", buffer.name);
        let sourced = u8::from(buffer.file.is_some()) + u8::from(buffer.values.is_some());
        let is_table = buffer.role == Role::Table;
        if sourced != u8::from(is_table) || (buffer.key.is_some() && buffer.file.is_none()) {
            return Err(Error::invalid(what, "either file or values for a table, neither for others", sourced));
        }
        if buffer.values.as_ref().is_some_and(|v| v.is_empty() || v.iter().any(|x| !x.is_finite())) {
            return Err(Error::invalid(what, "at least one finite value", "none, or one that is not finite"));
        }
        if buffer.role == Role::Image && self.acts_on != ActsOn::Field {
            return Err(Error::invalid(what, "an image of a field", "another acts_on"));
        }
        let own = matches!(buffer.role, Role::State | Role::Table);
        if !own && (buffer.size.is_some() || buffer.element.is_some_and(|e| e != self.element(buffer))) {
            return Err(Error::invalid(
                what,
                "no size and the type of its role (in and out keep the shape)",
                "another",
            ));
        }
        match &buffer.size {
            Some(size) => size.fits(self.acts_on, is_table).map_err(|(e, f)| Error::invalid(what, e, f)),
            None => Ok(()),
        }
    }
}

/// A file named in a manifest, relative to it.
pub(super) fn beside(manifest: &Path, file: &Path) -> PathBuf {
    manifest.parent().unwrap_or(Path::new("")).join(file)
}

/// Any message as one line.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
