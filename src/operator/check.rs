//! Module against manifest, before a device sees either: syntax, entry point, workgroup, bindings, memory, loops.

use std::path::Path;

use naga::{
    AddressSpace, ArraySize, Module, Scalar, ShaderStage, TypeInner, VectorSize,
    common::wgsl::TypeContext as _,
    valid::{Capabilities, ModuleInfo, ValidationFlags, Validator},
};

use super::{
    depth, guard,
    manifest::{Element, Manifest, Precision, Role, one_line},
};
use crate::{
    error::{Result, foreign},
    gpu::stage::{Interface, reflect},
    io::{At, open},
};

/// Largest module, bytes.
const MAX_BYTES: u64 = 1 << 20;
/// Most bytes of variables that one invocation may have.
const MAX_LOCAL: u64 = 64 * 1024;
/// Most bytes that a workgroup may share: what every adapter has.
const MAX_SHARED: u64 = 16 * 1024;

/// A module that is what its manifest says.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The entry point alone, loops rewritten.
    pub module: Module,
    /// What is bound to it; `overran` last where it is guarded.
    pub interface: Interface,
    /// Whether the module has loops, and so a last binding that tells of one that overran.
    pub guarded: bool,
    /// How many loops there are, those of called functions at each call.
    pub loops: u32,
}

/// Reads and checks a module.
///
/// # Errors
/// [`crate::Error::Unreadable`], or [`crate::Error::BadFile`] that names the file, the place in it, what was expected and found.
pub fn module(path: &Path, manifest: &Manifest) -> Result<Checked> {
    module_from(path, &open::bytes(path, MAX_BYTES)?, manifest)
}

/// As [`module`], from its bytes; `path` gives the ending and names them in messages.
///
/// # Errors
/// [`crate::Error::BadFile`].
pub fn module_from(path: &Path, bytes: &[u8], manifest: &Manifest) -> Result<Checked> {
    let at = At { path, field: "module" };
    // A parser that gives up on a foreign file must not take the program with it.
    foreign(|| of_bytes(bytes, at, manifest)).unwrap_or_else(|| Err(at.bad("a module", "one that no parser takes")))
}

fn of_bytes(bytes: &[u8], at: At, manifest: &Manifest) -> Result<Checked> {
    let (mut module, source) = parse(bytes, at)?;
    entry(&mut module, at, manifest)?;
    let capabilities = match manifest.numbers() {
        Precision::F64 => Capabilities::FLOAT64,
        _ => Capabilities::empty(),
    };
    let info = validate(&module, capabilities, at, source.as_deref())?;
    let interface = reflect(&module, &info);
    memory(&module, at)?;
    bindings(&module, &interface, at, manifest)?;
    constants(&interface, at, manifest)?;
    let last = u32::try_from(manifest.buffers.len()).unwrap_or(u32::MAX);
    let loops = guard::guard(&mut module, manifest.budget, last)
        .map_err(|(expected, found)| At { field: &manifest.entry, ..at }.bad(expected, found))?;
    let info = validate(&module, capabilities, at, None)?;
    Ok(Checked { interface: reflect(&module, &info), module, guarded: loops > 0, loops })
}

/// The module, and its text where it has one.
fn parse(bytes: &[u8], at: At) -> Result<(Module, Option<String>)> {
    match at.path.extension().and_then(|e| e.to_str()) {
        Some("wgsl") => {
            let source = std::str::from_utf8(bytes).map_err(|e| at.bad("WGSL in UTF-8", e))?;
            depth::wgsl(source).map_err(|(expected, found)| at.bad(expected, found))?;
            let module = naga::front::wgsl::parse_str(source).map_err(|error| {
                let line = error.location(source).map_or(1, |l| l.line_number);
                At { field: &format!("line {line}"), ..at }.bad("valid WGSL", one_line(error.message()))
            })?;
            Ok((module, Some(source.into())))
        }
        Some("spv") => {
            depth::spirv(bytes).map_err(|(expected, found)| at.bad(expected, found))?;
            let module = naga::front::spv::parse_u8_slice(bytes, &Default::default());
            Ok((module.map_err(|error| at.bad("valid SPIR-V", one_line(&error.to_string())))?, None))
        }
        _ => Err(at.bad("a file that ends in .wgsl or .spv", at.path.display())),
    }
}

fn validate(module: &Module, capabilities: Capabilities, at: At, source: Option<&str>) -> Result<ModuleInfo> {
    Validator::new(ValidationFlags::all(), capabilities).validate(module).map_err(|error| {
        let line = source.and_then(|source| error.location(source)).map(|l| format!("line {}", l.line_number));
        let mut text = error.as_inner().to_string();
        let mut cause = std::error::Error::source(error.as_inner());
        while let Some(inner) = cause {
            text += &format!(": {inner}");
            cause = inner.source();
        }
        // What is valid with f64 alone lacks nothing else.
        let wide = Validator::new(ValidationFlags::all(), capabilities | Capabilities::FLOAT64).validate(module);
        let lacks_f64 = !capabilities.contains(Capabilities::FLOAT64) && wide.is_ok();
        let needs_f64 = lacks_f64.then_some("; precision = \"f64\" in the manifest allows f64");
        let expected = format!("a valid module{}", needs_f64.unwrap_or(""));
        At { field: line.as_deref().unwrap_or(at.field), ..at }.bad(expected, one_line(&text))
    })
}

/// Leaves the entry point alone that the manifest names.
fn entry(module: &mut Module, at: At, manifest: &Manifest) -> Result<()> {
    let at = At { field: &manifest.entry, ..at };
    let compute = module.entry_points.iter().filter(|entry| entry.stage == ShaderStage::Compute);
    let names: Vec<String> = compute.map(|entry| entry.name.clone()).collect();
    module.entry_points.retain(|entry| entry.stage == ShaderStage::Compute && entry.name == manifest.entry);
    let Some(entry) = module.entry_points.first() else {
        let found = if names.is_empty() { "none".into() } else { names.join(", ") };
        return Err(at.bad("a compute entry point of this name", found));
    };
    if entry.workgroup_size_overrides.is_some() {
        return Err(at.bad("a workgroup size in plain numbers", "one that a constant overrides"));
    }
    if entry.workgroup_size != manifest.workgroup {
        let expected = format!("workgroup {:?}, as the manifest says", manifest.workgroup);
        return Err(at.bad(expected, format!("{:?}", entry.workgroup_size)));
    }
    Ok(())
}

/// Variables that would not fit.
fn memory(module: &Module, at: At) -> Result<()> {
    let size = |ty| u64::from(module.types[ty].inner.size(module.to_ctx()));
    let globals = |space| module.global_variables.iter().filter(move |(_, v)| v.space == space);
    let shared: u64 = globals(AddressSpace::WorkGroup).map(|(_, v)| size(v.ty)).sum();
    if shared > MAX_SHARED {
        return Err(at.bad(format!("at most {MAX_SHARED} bytes of workgroup memory"), shared));
    }
    let functions = module.functions.iter().map(|(_, f)| f).chain(module.entry_points.iter().map(|e| &e.function));
    let local: u64 = functions.flat_map(|f| f.local_variables.iter()).map(|(_, v)| size(v.ty)).sum();
    let own: u64 = local + globals(AddressSpace::Private).map(|(_, v)| size(v.ty)).sum::<u64>();
    if own > MAX_LOCAL {
        return Err(at.bad(format!("at most {MAX_LOCAL} bytes of variables an invocation"), own));
    }
    Ok(())
}

/// The set of bindings is exactly the manifest's: place, kind, type and use.
fn bindings(module: &Module, interface: &Interface, at: At, manifest: &Manifest) -> Result<()> {
    for (handle, variable) in module.global_variables.iter() {
        let name = variable.name.as_deref().unwrap_or("a resource");
        let at = At { field: name, ..at };
        let Some(place) = variable.binding else {
            match variable.space {
                AddressSpace::Private | AddressSpace::WorkGroup => continue,
                other => return Err(at.bad("resources with a binding", format!("address space {other:?}"))),
            }
        };
        let listed = usize::try_from(place.binding).ok().and_then(|i| manifest.buffers.get(i));
        let Some(buffer) = listed.filter(|_| place.group == 0) else {
            let expected = format!("a binding of the manifest's, 0 to {} in group 0", manifest.buffers.len() - 1);
            return Err(at.bad(expected, format!("binding {} of group {}", place.binding, place.group)));
        };
        let twice = module.global_variables.iter().any(|(other, v)| other != handle && v.binding == variable.binding);
        let whole = format!("binding {}, {}", place.binding, buffer.name);
        let at = At { field: &whole, ..at };
        if twice {
            return Err(at.bad("one variable", "two"));
        }
        if !matches!(variable.space, AddressSpace::Storage { .. }) {
            return Err(at.bad("var<storage, ...>", format!("{:?}", variable.space).to_lowercase()));
        }
        let element = manifest.element(buffer);
        if !is_array_of(module, variable.ty, element, buffer.role) {
            let expected = format!("array<{}>, as the manifest says", element.name());
            let found = module.to_ctx().type_to_string(variable.ty);
            return Err(at.bad(expected, found));
        }
    }
    for (i, buffer) in manifest.buffers.iter().enumerate() {
        let whole = format!("binding {i}, {}", buffer.name);
        let at = At { field: &whole, ..at };
        let Some(found) = interface.bindings.iter().find(|b| b.binding as usize == i) else {
            return Err(at.bad("the buffer that the manifest lists here", "none in the module"));
        };
        let (read, written) = (found.read, found.written);
        let fits = match buffer.role {
            Role::In | Role::Past | Role::Table | Role::Shape => read && !written,
            Role::Out | Role::Image => written,
            Role::State => read || written,
        };
        if !fits {
            let expected = match buffer.role {
                Role::Out | Role::Image => "an entry point that writes it",
                Role::State => "an entry point that uses it",
                Role::In | Role::Past | Role::Table | Role::Shape => "an entry point that reads it and never writes it",
            };
            let found = match (read, written) {
                (false, false) => "one that does not use it",
                (true, false) => "one that only reads it",
                _ => "one that writes it",
            };
            return Err(at.bad(expected, found));
        }
    }
    Ok(())
}

/// `array<T>`, a struct around one (as SPIR-V has it), or a shape of four.
fn is_array_of(module: &Module, ty: naga::Handle<naga::Type>, element: Element, role: Role) -> bool {
    let scalar = |scalar: &Scalar| {
        let wanted = match element {
            Element::F32 => Scalar::F32,
            Element::F64 => Scalar::F64,
            Element::I32 => Scalar::I32,
            Element::U32 | Element::Words => Scalar::U32,
        };
        *scalar == wanted
    };
    match &module.types[ty].inner {
        TypeInner::Struct { members, .. } => match members.as_slice() {
            [one] => one.offset == 0 && is_array_of(module, one.ty, element, role),
            _ => false,
        },
        TypeInner::Array { base, size, .. } => {
            let open = *size == ArraySize::Dynamic;
            let four = matches!(size, ArraySize::Constant(n) if n.get() == 4) && role == Role::Shape;
            let item = match &module.types[*base].inner {
                TypeInner::Scalar(s) => element != Element::Words && scalar(s),
                TypeInner::Vector { size: VectorSize::Bi, scalar: s } => element == Element::Words && scalar(s),
                _ => false,
            };
            (open || four) && item
        }
        TypeInner::Vector { size: VectorSize::Quad, scalar: s } => role == Role::Shape && scalar(s),
        _ => false,
    }
}

/// Every constant of the manifest is one of the module.
fn constants(interface: &Interface, at: At, manifest: &Manifest) -> Result<()> {
    match manifest.constants.keys().find(|name| !interface.constants.contains(name)) {
        None => Ok(()),
        Some(unknown) => {
            let found = if interface.constants.is_empty() { "none".into() } else { interface.constants.join(", ") };
            Err(At { field: unknown, ..at }.bad("an override of this name", found))
        }
    }
}
