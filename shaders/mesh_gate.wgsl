// One thread a step: whether there are pairs enough for the mesh, and so how many workgroups the
// direct sum and the passes of the mesh get; the others get none.

#import shared/atoms.wgsl
#import shared/mesh.wgsl

@group(0) @binding(0) var<storage, read> mesh: Mesh;
@group(0) @binding(1) var<storage, read> counts: Counts;
// direct sum over splits, over vertices; spread; gather; a single workgroup; then the lines of each level
@group(0) @binding(2) var<storage, read_write> launches: array<vec4<u32>>;

@compute @workgroup_size(1)
fn main() {
    let on = f32(counts.vertices) * f32(counts.blobs) >= mesh.from_pairs;
    for (var n = 0u; n < 5u; n++) {
        let each = launches[n].w;
        launches[n].x = select(0u, max((counts.vertices + each - 1u) / each, 1u), on == (n > 1u));
    }
    for (var level = 0u; level < mesh.levels; level++) { // turns: LEVELS
        launches[5u + level].x = select(0u, (mesh.side >> level) / launches[5u + level].w, on);
    }
}
