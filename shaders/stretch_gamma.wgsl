// Proxy: the circulation of a segment grows by (l'/l)^alpha. Weights are brought back to sum 1 and
// the atom's circulation takes the sum, added in an order that never depends on scheduling. One
// workgroup an atom at a time.

#import shared/atoms.wgsl
#import shared/stretch.wgsl

@group(0) @binding(0) var<storage, read> stretch: Stretch;
@group(0) @binding(1) var<storage, read> counts: Counts;
@group(0) @binding(2) var<storage, read_write> atoms: array<DeviceAtom>;
@group(0) @binding(3) var<storage, read_write> vertices: array<DeviceVertex>;
@group(0) @binding(4) var<storage, read> elongation: array<f32>;

const LANES: u32 = 64u;

var<workgroup> sums: array<f32, LANES>;

// exp(x), near 1 without the error of the device's exponential.
fn power(x: f32) -> f32 {
    let series = 1.0 + x * (1.0 + x * (0.5 + x * (0.16666667 + x * 0.041666667)));
    return select(exp(x), series, abs(x) < 0.05);
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    for (var a = group.x; a < counts.atoms; a += groups.x) { // turns: LANE_ATOMS
        let atom = atoms[a];
        let filament = atom.topology != POINT;
        let last = select(atom.first, atom.first + atom.count, filament);
        var sum = 0.0;
        for (var v = atom.first + lane; v < last; v += LANES) { // turns: LANE_VERTICES each launch
            let weight = vertices[v].weight * power(stretch.alpha * elongation[v]);
            vertices[v].weight = weight;
            sum += weight;
        }
        sums[lane] = sum;
        workgroupBarrier();
        for (var half = LANES / 2u; half > 0u; half /= 2u) {
            if lane < half {
                sums[lane] += sums[lane + half];
            }
            workgroupBarrier();
        }
        let all = sums[0];
        // Before the next atom writes there.
        workgroupBarrier();
        if all > 0.0 {
            for (var v = atom.first + lane; v < last; v += LANES) { // turns: LANE_VERTICES each launch
                vertices[v].weight /= all;
            }
            if lane == 0u && filament {
                atoms[a].gamma = atom.gamma * all;
            }
        }
    }
}
