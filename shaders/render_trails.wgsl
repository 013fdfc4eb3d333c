// Trails of the dye: what was counted before fades, and what is counted now is added. Sixteen bits a colour, in
// fractions of a particle.

@group(0) @binding(0) var<storage, read> fade: f32;
// particles of two colours on each pixel of the canvas
@group(0) @binding(1) var<storage, read> counts: array<u32>;
// the same in TRAIL_UNITS of a particle, faded
@group(0) @binding(2) var<storage, read_write> trails: array<u32>;

override TRAIL_UNITS: f32 = 64.0;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.y * groups.x * 64u + id.x;
    if i >= arrayLength(&trails) {
        return;
    }
    let old = trails[i];
    let new_ones = counts[i];
    if (old | new_ones) == 0u {
        return;
    }
    let before = vec2<f32>(f32(old & 0xffffu), f32(old >> 16u));
    let added = vec2<f32>(f32(new_ones & 0xffffu), f32(new_ones >> 16u));
    let sum = vec2<u32>(min(floor(before * fade) + added * TRAIL_UNITS, vec2<f32>(65535.0)));
    trails[i] = sum.x | (sum.y << 16u);
}
