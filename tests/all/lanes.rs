//! What is the same for all lanes is read before any branch: a software adapter reads a storage buffer lane by lane
//! after one, and in fragment shaders everywhere.

use dashi_vortex::gpu::stage::Stage;
use naga::{
    AddressSpace, Block, Expression, Function, Handle, Module, ShaderStage, Statement, TypeInner,
    valid::{Capabilities, ValidationFlags, Validator},
};

/// Stages of every frame that have an early return or an outer branch.
const EVERY_FRAME: [&str; 14] = [
    "advect",
    "compose",
    "parcels_move",
    "parcels_push",
    "parcels_remesh",
    "parcels_show",
    "parcels_remesh_spread",
    "parcels_spread",
    "raster_segments",
    "render_filaments",
    "render_strokes",
    "render_upload",
    "tracers",
    "tracers_splat",
];

/// The name of a buffer of parameters, one that is no array, that an expression points into.
fn parameters<'a>(module: &'a Module, function: &Function, mut at: Handle<Expression>) -> Option<&'a str> {
    loop {
        match function.expressions[at] {
            Expression::AccessIndex { base, .. } | Expression::Access { base, .. } => at = base,
            Expression::GlobalVariable(variable) => {
                let variable = &module.global_variables[variable];
                let array = matches!(module.types[variable.ty].inner, TypeInner::Array { .. });
                let stored = matches!(variable.space, AddressSpace::Storage { .. });
                return variable.name.as_deref().filter(|_| stored && !array);
            }
            _ => return None,
        }
    }
}

fn returns(block: &Block) -> bool {
    block.iter().any(|statement| match statement {
        Statement::Return { .. } => true,
        Statement::If { accept, reject, .. } => returns(accept) || returns(reject),
        Statement::Block(inner) => returns(inner),
        _ => false,
    })
}

/// Buffers of parameters that are read where a branch has gone before.
fn read_late<'a>(module: &'a Module, function: &Function, block: &Block, late: bool, found: &mut Vec<&'a str>) -> bool {
    let mut late = late;
    for statement in block.iter() {
        match statement {
            Statement::Emit(range) if late => found.extend(range.clone().filter_map(|at| {
                let Expression::Load { pointer } = function.expressions[at] else { return None };
                parameters(module, function, pointer)
            })),
            Statement::If { accept, reject, .. } => {
                read_late(module, function, accept, true, found);
                read_late(module, function, reject, true, found);
                late |= returns(accept) || returns(reject);
            }
            Statement::Loop { body, continuing, .. } => {
                read_late(module, function, body, true, found);
                read_late(module, function, continuing, true, found);
            }
            Statement::Block(inner) => late = read_late(module, function, inner, late, found),
            _ => {}
        }
    }
    late
}

/// The same in every entry point of a stage for compute and vertices.
fn late(module: &Module) -> Vec<&str> {
    let mut found = vec![];
    for entry in module.entry_points.iter().filter(|entry| entry.stage != ShaderStage::Fragment) {
        read_late(module, &entry.function, &entry.function.body, false, &mut found);
    }
    found
}

/// Buffers of parameters that fragment shaders read at all.
fn in_fragments(module: &Module) -> Vec<&str> {
    let info = Validator::new(ValidationFlags::all(), Capabilities::all()).validate(module).unwrap();
    let fragments = (0..module.entry_points.len()).filter(|i| module.entry_points[*i].stage == ShaderStage::Fragment);
    let fragments: Vec<_> = fragments.map(|i| info.get_entry_point(i)).collect();
    let variables = module.global_variables.iter().filter(|(handle, variable)| {
        let array = matches!(module.types[variable.ty].inner, TypeInner::Array { .. });
        let stored = matches!(variable.space, AddressSpace::Storage { .. });
        stored && !array && fragments.iter().any(|fragment| !fragment[*handle].is_empty())
    });
    variables.filter_map(|(_, variable)| variable.name.as_deref()).collect()
}

#[test]
fn stages_of_every_frame_read_their_parameters_first() {
    for name in EVERY_FRAME {
        let module = Stage::named(name).unwrap().module().unwrap();
        assert_eq!(late(&module), [""; 0], "{name}: take it into a `let` at the top");
    }
}

#[test]
fn no_fragment_shader_reads_parameters() {
    for stage in Stage::all() {
        let module = stage.module().unwrap();
        assert_eq!(in_fragments(&module), [""; 0], "{}: hand it over from the corners, flat", stage.name);
    }
}

#[test]
fn planted_late_reads_are_caught() {
    let parse = |body: &str| {
        let head = "
            struct Params { count: u32, scale: f32 }
            @group(0) @binding(0) var<storage, read> params: Params;
            @group(0) @binding(1) var<storage, read_write> out: array<f32>;";
        naga::front::wgsl::parse_str(&format!("{head}\n{body}")).unwrap()
    };
    let main = "@compute @workgroup_size(8) fn main(@builtin(global_invocation_id) id: vec3u)";
    let after_return = parse(&format!("{main} {{ if id.x >= params.count {{ return; }} out[id.x] = params.scale; }}"));
    assert_eq!(late(&after_return), ["params"]);
    let first = parse(&format!(
        "{main} {{ let p = params; if id.x >= p.count {{ return; }} out[id.x] = p.scale * out[id.x]; }}"
    ));
    assert_eq!(late(&first), [""; 0], "arrays are read where they must be");
    let fragment = parse("@fragment fn main() -> @location(0) vec4f { return vec4f(params.scale); }");
    assert_eq!(in_fragments(&fragment), ["params"]);
}
