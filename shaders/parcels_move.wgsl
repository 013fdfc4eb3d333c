// One Runge-Kutta stage of the parcels: the slope is their own velocity, that of the others and the mean
// flow; the next stage starts from the step's first place plus `reach` times the slope.

#import shared/torus.wgsl
#import shared/atoms.wgsl
#import shared/parcels.wgsl

@group(0) @binding(0) var<storage, read> stage: Parcels;
@group(0) @binding(1) var<storage, read> own: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read> others: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read_write> start: array<vec2<u32>>;
@group(0) @binding(4) var<storage, read_write> places: array<vec2<u32>>;
@group(0) @binding(5) var<storage, read_write> total: array<vec2<f32>>;
// whole turns around the torus
@group(0) @binding(6) var<storage, read_write> winding: array<vec2<i32>>;
@group(0) @binding(7) var<storage, read_write> counts: Counts;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    // Before the branch, after which a software adapter would read it lane by lane.
    let parcels = stage;
    let i = id.y * parcels.row + id.x;
    let side = parcels.side;
    if i >= side * side {
        return;
    }
    let at = stencil(places[i], side);
    var slope = parcels.drift;
    for (var b = 0u; b < 4u; b++) {
        let row = ((at.first.y + b) & (side - 1u)) * side;
        for (var a = 0u; a < 4u; a++) {
            slope += at.y[b] * at.x[a] * own[row + ((at.first.x + a) & (side - 1u))];
        }
    }
    // No rounds where there are no others.
    for (var b = 0u; b < 4u * parcels.others; b++) { // turns: 4
        let row = ((at.first.y + b) & (side - 1u)) * side;
        for (var a = 0u; a < 4u; a++) {
            slope += at.y[b] * at.x[a] * others[row + ((at.first.x + a) & (side - 1u))];
        }
    }
    var sum = parcels.share * slope;
    if parcels.first == 0u {
        sum += total[i];
    }
    total[i] = sum;
    if parcels.last == 0u {
        places[i] = moved(start[i], parcels.reach * slope);
        return;
    }
    if !(abs(sum.x) < 0.5 * PI && abs(sum.y) < 0.5 * PI) {
        counts.runaway = 1u;
        return;
    }
    let after = moved(start[i], sum);
    winding[i] = turned(winding[i], start[i], after);
    start[i] = after;
    places[i] = after;
}
