// A field of the periodic grid on the nodes of a window, by Catmull-Rom's cubic along each axis. Of a velocity it takes
// |u + drift|.

#import shared/window.wgsl
#import shared/summary.wgsl

struct Sample {
    // mean flow that is added to the velocity
    drift: vec2<f32>,
    // side of the grid, a power of two
    side: u32,
    // 1 for the size of a velocity, 0 for a scalar
    speed: u32,
}

@group(0) @binding(0) var<storage, read> window: Window;
@group(0) @binding(1) var<storage, read> sampling: Sample;
@group(0) @binding(2) var<storage, read> scalar: array<f32>;
@group(0) @binding(3) var<storage, read> velocity: array<vec2<f32>>;
@group(0) @binding(4) var<storage, read_write> field: array<f32>;
// (bits of the largest size, cells not finite)
@group(0) @binding(5) var<storage, read_write> summary: array<atomic<u32>, 2>;

// Weights of the nodes at -1, 0, 1, 2 for a place f of the way from node 0 to node 1.
fn weights(f: f32) -> vec4<f32> {
    return vec4<f32>(
        0.5 * f * (-1.0 + f * (2.0 - f)),
        1.0 + 0.5 * f * f * (3.0 * f - 5.0),
        0.5 * f * (1.0 + f * (4.0 - 3.0 * f)),
        0.5 * f * f * (f - 1.0),
    );
}

fn value_at(place: vec2<u32>) -> f32 {
    let n = sampling.side;
    // Grid sides are powers of two: the top bits are the cell, the rest the fraction.
    let bits = firstTrailingBit(n);
    let cell = place >> vec2<u32>(32u - bits);
    let f = vec2<f32>(place << vec2<u32>(bits)) * 2.3283064e-10;
    let wx = weights(f.x);
    let wy = weights(f.y);
    var sum = vec2<f32>(0.0);
    for (var b = 0u; b < 4u; b++) {
        let row = ((cell.y + n + b - 1u) & (n - 1u)) * n;
        for (var a = 0u; a < 4u; a++) {
            let i = row + ((cell.x + n + a - 1u) & (n - 1u));
            let weight = wx[a] * wy[b];
            if sampling.speed != 0u {
                sum += weight * velocity[i];
            } else {
                sum.x += weight * scalar[i];
            }
        }
    }
    return select(sum.x, length(sum + sampling.drift), sampling.speed != 0u);
}

@compute @workgroup_size(16, 16)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    begin_summary(lane);
    if all(id.xy < window.size) {
        let value = value_at(node_place(window, id.xy));
        field[id.y * window.size.x + id.x] = value;
        summarise(value);
    }
    end_summary(lane);
}
