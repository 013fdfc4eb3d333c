// Last pass of resampling: atoms learn where their vertices went, the counts are updated, and
// insertion is held back while the budget is full.

#import shared/atoms.wgsl
#import shared/resample.wgsl

@group(0) @binding(0) var<storage, read> resample: Resample;
@group(0) @binding(1) var<storage, read_write> counts: Counts;
@group(0) @binding(2) var<storage, read_write> atoms: array<DeviceAtom>;
@group(0) @binding(3) var<storage, read> plan: array<vec2<u32>>;
@group(0) @binding(4) var<storage, read> offsets: array<vec2<u32>>;
@group(0) @binding(5) var<storage, read> total: vec2<u32>;
// Launches over vertices: workgroups along x, y, z and vertices of one workgroup. Only x changes.
@group(0) @binding(6) var<storage, read_write> launches: array<vec4<u32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let refused = total.x > resample.vertex_capacity || total.y > resample.blob_capacity;
    if id.x < counts.atoms && !refused {
        let last = atoms[id.x].first + atoms[id.x].count - 1u;
        let first = offsets[atoms[id.x].first].x;
        atoms[id.x].first = first;
        atoms[id.x].count = offsets[last].x + plan[last].x - first;
    }
    if id.x == 0u {
        counts.wanted = total.x;
        if refused {
            counts.held = 1u;
        } else {
            counts.vertices = total.x;
            counts.blobs = total.y;
            for (var n = 0u; n < arrayLength(&launches); n++) { // turns: LAUNCH_ROWS
                launches[n].x = max((total.x + launches[n].w - 1u) / launches[n].w, 1u);
            }
            // Insertion resumes once a tenth of the budget is free again.
            if counts.held == 1u && total.x < resample.vertex_capacity - resample.vertex_capacity / 10u {
                counts.held = 0u;
            }
        }
    }
}
