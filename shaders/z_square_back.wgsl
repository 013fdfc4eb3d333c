// The stored modes of z from the Hermitian square: z(k) = omega_hat(k), twice that where -k is not stored.

struct ZSquare {
    low: u32,
    kept: u32,
    cells: u32,
    pad0: u32,
}

@group(0) @binding(0) var<storage, read> params: ZSquare;
// cell of each stored mode, low modes first, and how often it counts
@group(0) @binding(1) var<storage, read> cells: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read> square: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read_write> z: array<f32>;

// The header stays, and so do kept modes that k_keep leaves out.
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let number = id.x;
    let keep = u32(clamp(round(z[2u * params.low + 3u]), 0.0, f32(params.kept)));
    if number >= params.low + keep {
        return;
    }
    let is_low = number < params.low;
    let here = select(params.low + 4u + number, number, is_low);
    let next = here + select(params.kept, params.low, is_low);
    let value = square[cells[number].x] * f32(cells[number].y);
    z[here] = value.x;
    z[next] = value.y;
}
