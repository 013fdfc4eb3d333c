// Second pass of resampling: every vertex goes to its new place. A split puts the new vertex on
// the cubic through its four neighbours and halves the weight; a dropped vertex leaves its weight
// to the segment before it, cores by their second moment. If the budget does not hold the plan,
// everything is copied as it was.

#import shared/torus.wgsl
#import shared/atoms.wgsl
#import shared/resample.wgsl

@group(0) @binding(0) var<storage, read> resample: Resample;
@group(0) @binding(1) var<storage, read> counts: Counts;
@group(0) @binding(2) var<storage, read> atoms: array<DeviceAtom>;
@group(0) @binding(3) var<storage, read> vertices: array<DeviceVertex>;
@group(0) @binding(4) var<storage, read> start: array<vec2<u32>>;
@group(0) @binding(5) var<storage, read> plan: array<vec2<u32>>;
@group(0) @binding(6) var<storage, read> offsets: array<vec2<u32>>;
@group(0) @binding(7) var<storage, read> total: vec2<u32>;
@group(0) @binding(8) var<storage, read_write> new_vertices: array<DeviceVertex>;
@group(0) @binding(9) var<storage, read_write> new_start: array<vec2<u32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.x;
    if i >= counts.vertices {
        return;
    }
    var vertex = vertices[i];
    if total.x > resample.vertex_capacity || total.y > resample.blob_capacity {
        new_vertices[i] = vertex;
        new_start[i] = start[i];
        return;
    }
    let leaves = plan[i];
    if leaves.x == 0u {
        return;
    }
    let to = offsets[i];
    let atom = atoms[vertex.atom];
    var end = vertex.next;
    if end != i && plan[end].x == 0u {
        let gone = vertices[end];
        let weight = vertex.weight + gone.weight;
        if weight > 0.0 {
            vertex.core = sqrt((vertex.weight * vertex.core * vertex.core + gone.weight * gone.core * gone.core) / weight);
            vertex.twist = (vertex.weight * vertex.twist + gone.weight * gone.twist) / weight;
        }
        vertex.weight = weight;
        end = gone.next;
    }
    let last = offsets[end].x;
    if leaves.x == 1u {
        vertex.next = last;
        vertex.blobs = (to.y << 4u) | leaves.y;
        new_vertices[to.x] = vertex;
        new_start[to.x] = start[i];
        return;
    }
    // Catmull-Rom midpoint: 9/16 of the ends, -1/16 of their outer neighbours; relative to the start.
    let along = offset_between(start[i], start[end]);
    var before = vec2<f32>(0.0) - along;
    if i > atom.first {
        before = offset_between(start[i], start[i - 1u]);
    } else if atom.topology == CLOSED {
        before = offset_between(start[i], start[atom.first + atom.count - 1u]);
    }
    var after = 2.0 * along;
    let beyond = vertices[end].next;
    if beyond != end {
        after = along + offset_between(start[end], start[beyond]);
    }
    let place = moved(start[i], 0.5625 * along - 0.0625 * (before + after));
    let winding = turned(vertex.winding, start[i], place);
    let nodes = leaves.y / 2u;
    vertex.weight *= 0.5;
    vertex.next = to.x + 1u;
    vertex.blobs = (to.y << 4u) | nodes;
    new_vertices[to.x] = vertex;
    new_start[to.x] = start[i];
    vertex.winding = winding;
    vertex.next = last;
    vertex.blobs = ((to.y + nodes) << 4u) | nodes;
    new_vertices[to.x + 1u] = vertex;
    new_start[to.x + 1u] = place;
}
