// Between refits an ellipse rides on its parcels: it is where they carried its centre, and has the shape
// that they made of its axes. For pictures and edits; the run goes on with the parcels themselves. With REMESH the
// ellipse as it is now is what rides from here on: new parcels begin.

#import shared/torus.wgsl
#import shared/atoms.wgsl
#import shared/parcels.wgsl

override WIDEST: f32 = 1.0; // largest variance that the image sums carry
override REMESH: bool = false;

// An ellipse where its parcels began.
struct Ridden {
    place: vec2<u32>,
    // half axes at one standard deviation
    major: vec2<f32>,
    minor: vec2<f32>,
    // square of the core in fixed point then
    core: f32,
    pad0: f32,
}

@group(0) @binding(0) var<storage, read> parcels: Parcels;
@group(0) @binding(1) var<storage, read> counts: Counts;
@group(0) @binding(2) var<storage, read_write> ridden: array<Ridden>;
@group(0) @binding(3) var<storage, read> start: array<vec2<u32>>;
@group(0) @binding(4) var<storage, read_write> atoms: array<DeviceAtom>;
@group(0) @binding(5) var<storage, read_write> vertices: array<DeviceVertex>;
@group(0) @binding(6) var<storage, read_write> vertex_start: array<vec2<u32>>;
@group(0) @binding(7) var<storage, read_write> places: array<vec2<u32>>;

// Where the parcels carried the fluid of a place, between the four nodes around it.
fn carried(place: vec2<u32>) -> vec2<u32> {
    let side = parcels.side;
    let bits = firstTrailingBit(side);
    let t = vec2<f32>(place << vec2<u32>(bits)) * 2.3283064e-10;
    let low = place >> vec2<u32>(32u - bits);
    let high = (low + vec2<u32>(1u)) & vec2<u32>(side - 1u);
    let base = start[low.y * side + low.x];
    let right = offset_between(base, start[low.y * side + high.x]);
    let above = offset_between(base, start[high.y * side + low.x]);
    let both = offset_between(base, start[high.y * side + high.x]);
    return moved(base, mix(right * t.x, mix(above, both, t.x), t.y));
}

// What became of a half axis.
fn drawn(place: vec2<u32>, axis: vec2<f32>) -> vec2<f32> {
    return 0.5 * offset_between(carried(moved(place, -axis)), carried(moved(place, axis)));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.x;
    if i >= counts.atoms || atoms[i].carried == 0u {
        return;
    }
    var atom = atoms[i];
    let origin = ridden[i];
    let a = drawn(origin.place, origin.major);
    let b = drawn(origin.place, origin.minor);
    // S = a a^T + b b^T and its eigenvalues; viscosity adds what the fixed-point core has gained.
    let wider = f32(atom.eps2_high) * 9.313225746154785e-10 + f32(atom.eps2_low) * 2.168404344971009e-19;
    let gained = max(wider - origin.core, 0.0);
    let mean = 0.5 * (dot(a, a) + dot(b, b)) + gained;
    let half = 0.5 * (a.x * a.x + b.x * b.x - a.y * a.y - b.y * b.y);
    let mixed = a.x * a.y + b.x * b.y;
    let spread = sqrt(half * half + mixed * mixed);
    // Areas last: the short axis follows from the long one and the determinant.
    let long = clamp(mean + spread, 1e-8, WIDEST);
    let area = a.x * b.y - a.y * b.x;
    atom.eps2 = clamp(max(mean - spread, area * area / long), 1e-8, long);
    atom.excess = long - atom.eps2;
    if spread > 1e-6 * mean {
        atom.angle = 0.5 * atan2(mixed, half);
    }
    atoms[i] = atom;
    let v = atom.first;
    let place = carried(origin.place);
    vertices[v].winding = turned(vertices[v].winding, vertex_start[v], place);
    vertex_start[v] = place;
    places[v] = place;
    if REMESH {
        let axis = vec2<f32>(cos(atom.angle), sin(atom.angle));
        ridden[i] = Ridden(place, sqrt(long) * axis, sqrt(atom.eps2) * vec2<f32>(-axis.y, axis.x), wider, 0.0);
    }
}
