// First pass of resampling: how many vertices and blobs each vertex leaves behind. 0 drops the
// vertex (the chord past it stays within tolerance), 2 splits the segment that starts at it (it
// is longer than its bound, or turns too sharply for its length), 1 keeps both.

#import shared/torus.wgsl
#import shared/atoms.wgsl
#import shared/resample.wgsl

@group(0) @binding(0) var<storage, read> resample: Resample;
@group(0) @binding(1) var<storage, read> counts: Counts;
@group(0) @binding(2) var<storage, read> atoms: array<DeviceAtom>;
@group(0) @binding(3) var<storage, read> vertices: array<DeviceVertex>;
@group(0) @binding(4) var<storage, read> start: array<vec2<u32>>;
@group(0) @binding(5) var<storage, read_write> plan: array<vec2<u32>>;

const ELLIPSE_NODES: u32 = 8u;
// A closed filament keeps at least this many vertices.
const FEWEST: u32 = 8u;

fn previous(i: u32, atom: DeviceAtom) -> u32 {
    if i > atom.first {
        return i - 1u;
    }
    return select(i, atom.first + atom.count - 1u, atom.topology == CLOSED);
}

fn may_drop(i: u32, atom: DeviceAtom) -> bool {
    let place = i - atom.first;
    if place == 0u || (place + resample.parity) % 2u == 0u || vertices[i].next == i || atom.count <= FEWEST {
        return false;
    }
    let a = offset_between(start[i - 1u], start[i]);
    let b = offset_between(start[i], start[vertices[i].next]);
    let eps = sqrt(atom.eps2) * min(vertices[i - 1u].core, vertices[i].core);
    let chord = length(a + b);
    let sagitta = abs(a.x * b.y - a.y * b.x) / max(chord, 1e-9);
    return dot(a, b) > 0.0 && length(a) + length(b) < 0.8 * resample.bound * eps && sagitta < 0.02 * eps;
}

fn must_split(i: u32, atom: DeviceAtom, along: vec2<f32>, eps: f32) -> bool {
    let l = length(along);
    if l > resample.bound * eps {
        return true;
    }
    if l < 0.75 * eps {
        return false;
    }
    // A turn of more than about 0.5 rad at either end asks for shorter segments.
    var sharp = false;
    let before = previous(i, atom);
    if before != i {
        let a = offset_between(start[before], start[i]);
        sharp = dot(a, along) < 0.88 * length(a) * l;
    }
    let end = vertices[i].next;
    let after = vertices[end].next;
    if after != end {
        let b = offset_between(start[end], start[after]);
        sharp = sharp || dot(along, b) < 0.88 * length(b) * l;
    }
    return sharp;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.x;
    if i >= arrayLength(&plan) {
        return;
    }
    if i >= counts.vertices {
        plan[i] = vec2<u32>(0u);
        return;
    }
    let vertex = vertices[i];
    let atom = atoms[vertex.atom];
    if atom.topology == POINT {
        plan[i] = vec2<u32>(1u, select(1u, ELLIPSE_NODES, atom.chart == ELLIPSE) * (1u - atom.carried));
        return;
    }
    if may_drop(i, atom) {
        plan[i] = vec2<u32>(0u);
        return;
    }
    if vertex.next == i {
        plan[i] = vec2<u32>(1u, 0u);
        return;
    }
    let eps = sqrt(atom.eps2) * vertex.core;
    let end = vertex.next;
    var along = offset_between(start[i], start[end]);
    if end != atom.first && may_drop(end, atom) {
        along += offset_between(start[end], start[vertices[end].next]);
        plan[i] = vec2<u32>(1u, node_count(length(along) / eps));
    } else if counts.held == 0u && must_split(i, atom, along, eps) {
        plan[i] = vec2<u32>(2u, 2u * node_count(0.5 * length(along) / eps));
    } else {
        plan[i] = vec2<u32>(1u, node_count(length(along) / eps));
    }
}
