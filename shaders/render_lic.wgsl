// Flow lines as a texture: line integral convolution of a fixed noise along the velocity, forwards and backwards from
// each cell, with a window that runs along the line where the picture moves. It shows directions, not values.

#import shared/torus.wgsl
#import shared/view.wgsl
#import shared/flow.wgsl

@group(0) @binding(0) var<storage, read> view: View;
@group(0) @binding(1) var<storage, read> velocity: array<vec2<f32>>;
@group(0) @binding(2) var lines: texture_storage_2d<rgba16float, write>;

// Steps of a cell each, both ways.
override STEPS: u32 = 14u;

// White noise on the cells, the same in every frame.
fn noise(cell: vec2<i32>) -> f32 {
    var h = bitcast<u32>(cell.x) * 374761393u + bitcast<u32>(cell.y) * 668265263u;
    h = (h ^ (h >> 13u)) * 1274126177u;
    return f32((h ^ (h >> 16u)) & 0xffffu) / 65535.0;
}

// Half of the line: the sum and the sum of its weights.
fn half_line(start: vec2<f32>, cells: vec2<f32>, direction: f32) -> vec2<f32> {
    let px = view.size_px / cells;
    var at = start;
    var sum = vec2<f32>(0.0);
    for (var n = 1u; n <= STEPS; n++) { // turns: 14
        let u = velocity_at(place_under((at - 0.5 * cells) * px));
        at += direction * u / max(length(u), 1e-20);
        let s = direction * f32(n) / f32(STEPS);
        // Hann's window over the line, and one that runs along it.
        let weight = (1.0 + cos(PI * s)) * (1.0 + cos(2.0 * PI * (s - view.phase)));
        sum += weight * vec2<f32>(noise(vec2<i32>(floor(at))), 1.0);
    }
    return sum;
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let size = textureDimensions(lines);
    if any(id.xy >= size) {
        return;
    }
    let start = vec2<f32>(id.xy) + 0.5;
    let cells = vec2<f32>(size);
    let middle = 2.0 * (1.0 + cos(2.0 * PI * view.phase));
    let sum = half_line(start, cells, 1.0) + half_line(start, cells, -1.0);
    let mean = (sum.x + middle * noise(vec2<i32>(id.xy))) / (sum.y + middle);
    // Means of many differ little from a half.
    let value = clamp(0.5 + 2.6 * (mean - 0.5), 0.0, 1.0);
    textureStore(lines, id.xy, vec4<f32>(value, 0.0, 0.0, 1.0));
}
