// Second half of the separable decode: omega(x_i, y_j) = Re sum_{kx >= 0} F(kx, y_j) exp(i kx x_i).

#import shared/trig.wgsl
#import shared/window.wgsl

struct LowK {
    radius: i32,
    pad0: u32,
    pad1: u32,
    pad2: u32,
}

@group(0) @binding(0) var<storage, read> window: Window;
@group(0) @binding(1) var<storage, read> low_k: LowK;
@group(0) @binding(2) var<storage, read> rows: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read_write> field: array<f32>;

@compute @workgroup_size(16, 16)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if any(id.xy >= window.size) {
        return;
    }
    let x = node_place(window, id.xy).x;
    var sum = 0.0;
    for (var kx = 0; kx <= low_k.radius; kx++) { // turns: HALF_SQUARE
        let turn = cos_sin_turns(bitcast<u32>(kx) * x);
        let row = rows[u32(kx) * window.size.y + id.y];
        sum += row.x * turn.x - row.y * turn.y;
    }
    field[id.y * window.size.x + id.x] = sum;
}
