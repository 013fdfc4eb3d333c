//! The register of GPU stages: one row an entry file of [`SOURCES`].
//!
//! A stage is named once, by its file. Its title is the first sentence of that file, its bindings, their use
//! and its workgroup are read from the parsed shader. Pipelines are made from the row, and profiler, `check`,
//! metrics and panels show what it says; a shader without a row cannot be launched.

use std::collections::BTreeSet;

use naga::valid::{Capabilities, GlobalUse, ModuleInfo, ValidationFlags, Validator};

use super::shader::{SOURCES, expand};
use crate::error::{Error, Result};

/// Where every stage of the register is meant to run; a software adapter is not that.
pub const EXPECTED_DEVICE: &str = "GPU";

/// One row of the register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stage {
    /// The file's stem: pipeline, profiler label, panel row.
    pub name: &'static str,
    text: &'static str,
}

/// What a shader asks of its caller.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Interface {
    /// Threads of a workgroup of its compute entry point; `None` for a drawing shader.
    pub workgroup: Option<[u32; 3]>,
    /// Resources, by group and number.
    pub bindings: Vec<Binding>,
    /// Overridable constants.
    pub constants: Vec<String>,
}

/// A resource of a shader.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Binding {
    /// Name in the shader.
    pub name: String,
    /// `@group`.
    pub group: u32,
    /// `@binding`.
    pub binding: u32,
    /// storage, uniform, texture or sampler.
    pub kind: &'static str,
    /// Whether any entry point loads from it.
    pub read: bool,
    /// Whether any entry point stores to it.
    pub written: bool,
}

impl Binding {
    /// Bytes of memory traffic for a resource of `size` bytes: once for each way it is used.
    pub fn traffic(&self, size: u64) -> u64 {
        size * (u64::from(self.read) + u64::from(self.written))
    }
}

impl Stage {
    /// Every stage, in the order of the files.
    pub fn all() -> impl Iterator<Item = Self> {
        let entries = SOURCES.iter().filter(|(path, _)| !path.contains('/'));
        entries.filter_map(|(path, text)| Some(Self { name: path.strip_suffix(".wgsl")?, text }))
    }

    /// The stage of a name.
    ///
    /// # Errors
    /// [`Error::Run`] for a shader without a row.
    pub fn named(name: &str) -> Result<Self> {
        let found = Self::all().find(|stage| stage.name == name);
        found.ok_or_else(|| Error::Run(format!("stage {name} is not in the register of GPU stages")))
    }

    /// The operator in words: the first sentence of its file.
    pub fn title(&self) -> String {
        title(self.text)
    }

    /// The parsed shader, imports included.
    ///
    /// # Errors
    /// [`Error::Run`] where it cannot be parsed.
    pub fn module(&self) -> Result<naga::Module> {
        let source = expand(self.name)?;
        naga::front::wgsl::parse_str(&source)
            .map_err(|e| Error::Run(format!("shader {} does not parse: {}", self.name, e.emit_to_string(&source))))
    }

    /// What it asks of its caller.
    ///
    /// # Errors
    /// [`Error::Run`] where it cannot be parsed or validated.
    pub fn interface(&self) -> Result<Interface> {
        interface(self.name, &self.module()?)
    }
}

/// The first sentence of the comment that a shader begins with, up to its first semicolon.
pub(super) fn title(text: &str) -> String {
    let comment = text.lines().map_while(|line| line.strip_prefix("//")).map(str::trim);
    let comment = comment.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    let end = [". ", "; "].iter().filter_map(|mark| comment.find(mark)).min().unwrap_or(comment.len());
    comment[..end].trim_end_matches(['.', ':', ',']).to_owned()
}

/// Reads the interface off a module; `name` is for messages.
///
/// # Errors
/// [`Error::Run`] for a module that is not valid.
pub fn interface(name: &str, module: &naga::Module) -> Result<Interface> {
    let info = Validator::new(ValidationFlags::all(), Capabilities::all()).validate(module);
    let info = info.map_err(|e| Error::Run(format!("shader {name} is not valid: {}", e.into_inner())))?;
    Ok(reflect(module, &info))
}

/// Threads of a workgroup, constants that may be overridden as they stand.
fn workgroup(module: &naga::Module, entry: &naga::EntryPoint) -> [u32; 3] {
    let mut size = entry.workgroup_size;
    for (axis, expression) in entry.workgroup_size_overrides.into_iter().flatten().enumerate() {
        let naga::Expression::Override(constant) = module.global_expressions[match expression {
            Some(expression) => expression,
            None => continue,
        }] else {
            continue;
        };
        let value = module.overrides[constant].init.map(|init| &module.global_expressions[init]);
        if let Some(naga::Expression::Literal(naga::Literal::U32(threads))) = value {
            size[axis] = *threads;
        }
    }
    size
}

/// The interface of a module that is known to be valid.
pub fn reflect(module: &naga::Module, info: &ModuleInfo) -> Interface {
    let compute = module.entry_points.iter().find(|entry| entry.stage == naga::ShaderStage::Compute);
    let mut bindings: Vec<Binding> = Vec::new();
    for (handle, variable) in module.global_variables.iter() {
        let Some(place) = variable.binding else { continue };
        let used: GlobalUse = (0..module.entry_points.len())
            .map(|i| info.get_entry_point(i)[handle])
            .fold(GlobalUse::empty(), |all, one| all | one);
        let texture = matches!(module.types[variable.ty].inner, naga::TypeInner::Image { .. });
        bindings.push(Binding {
            name: variable.name.clone().unwrap_or_default(),
            group: place.group,
            binding: place.binding,
            kind: match variable.space {
                naga::AddressSpace::Storage { .. } => "storage",
                naga::AddressSpace::Uniform => "uniform",
                _ if texture => "texture",
                _ => "sampler",
            },
            read: used.contains(GlobalUse::READ),
            written: used.contains(GlobalUse::WRITE),
        });
    }
    bindings.sort_by_key(|b| (b.group, b.binding));
    let constants: BTreeSet<String> = module.overrides.iter().filter_map(|(_, o)| o.name.clone()).collect();
    Interface {
        workgroup: compute.map(|entry| workgroup(module, entry)),
        bindings,
        constants: constants.into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_the_first_sentence_of_the_file() {
        assert_eq!(title("// One thing: a = b. And more.\n// Still more."), "One thing: a = b");
        assert_eq!(title("// Begins here\n// and ends there.\n\nstruct A {}"), "Begins here and ends there");
        assert_eq!(title("struct A {}"), "");
    }

    #[test]
    fn a_stage_without_a_row_is_refused() {
        assert!(Stage::named("no_such_stage").unwrap_err().to_string().contains("register of GPU stages"));
        assert!(Stage::named("shared/atoms").is_err(), "an import is no stage");
    }

    #[test]
    fn use_is_told_from_declaration() {
        let stage = Stage::named("kernel_dense").unwrap();
        let interface = stage.interface().unwrap();
        let [a, z, next] = &interface.bindings[..] else { panic!("{interface:?}") };
        assert_eq!((next.name.as_str(), next.read, next.written, next.traffic(8)), ("next", false, true, 8));
        assert!([a, z].iter().all(|b| b.read && !b.written && b.kind == "storage"));
        assert_eq!(interface.workgroup, Some([32, 8, 1]));
        assert!(stage.title().starts_with("Linear kernel with a full matrix"), "{}", stage.title());
    }
}
