// Stretch of segments in the step that was taken, from how far their ends moved apart:
//
//   l^2/l'^2 = 1 - (2 d.c - c^2)/d^2,     d the segment now, c what its ends moved apart
//   eps_i^2 <- max(eps_i^2 l^2/l'^2, min(eps_i^2, eps_min^2)) + 2 nu dt
//
// as a factor on the atom's core, which grows by itself afterwards. One thread a segment.

#import shared/torus.wgsl
#import shared/atoms.wgsl
#import shared/stretch.wgsl

@group(0) @binding(0) var<storage, read> stretch: Stretch;
@group(0) @binding(1) var<storage, read> counts: Counts;
@group(0) @binding(2) var<storage, read> atoms: array<DeviceAtom>;
@group(0) @binding(3) var<storage, read_write> vertices: array<DeviceVertex>;
@group(0) @binding(4) var<storage, read> start: array<vec2<u32>>;
@group(0) @binding(5) var<storage, read> total: array<vec2<f32>>;
// ln (l'/l)
@group(0) @binding(6) var<storage, read_write> elongation: array<f32>;

// A hair less than the widest core squared that the image sums carry.
const WIDEST_EPS2: f32 = 2.4673986;

// -ln(1 - q) / 2 without cancellation.
fn half_log(q: f32) -> f32 {
    let series = q * (1.0 + q * (0.5 + q * (0.33333333 + q * (0.25 + q * (0.2 + q * 0.16666667)))));
    return 0.5 * select(-log(1.0 - q), series, abs(q) < 0.1);
}

// Whether the step of a vertex was taken.
fn was_taken(step: vec2<f32>) -> bool {
    return abs(step.x) < 0.5 * PI && abs(step.y) < 0.5 * PI;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.x;
    if i >= counts.vertices {
        return;
    }
    elongation[i] = 0.0;
    let vertex = vertices[i];
    let end = vertex.next;
    if end == i || !was_taken(total[i]) || !was_taken(total[end]) {
        return;
    }
    let now = offset_between(start[i], start[end]);
    let apart = total[end] - total[i];
    let square = dot(now, now);
    var q = (2.0 * dot(now, apart) - dot(apart, apart)) / square;
    // A segment without a length, before or after, has no direction.
    if !(square > 0.0 && q < 1.0) {
        q = 0.0;
    }
    elongation[i] = half_log(q);
    if stretch.thin == 0u {
        return;
    }
    let atom = atoms[vertex.atom];
    let own = atom.eps2 * vertex.core * vertex.core;
    // What the atom's own core will gain.
    let grown = select(0.0, stretch.growth, atom.eps2 + stretch.growth <= atom.eps2_limit);
    let factor = max(1.0 - q, min(stretch.floor2 / own, 1.0)) + stretch.growth / own;
    let next = vertex.core * sqrt(factor / (1.0 + grown / atom.eps2));
    let core = min(next, sqrt(WIDEST_EPS2 / (atom.eps2 + grown)));
    vertices[i].core = core;
    // The far end of an open filament asks with the core of its last segment.
    if vertices[end].next == end {
        vertices[end].core = core;
    }
}
