// Known answers of long loops: how many turns they make on this device, and the number that so many turns of a chain
// x' = a x + c come to. A workgroup for each kind: they share no count.

// turns of a long loop; of two nested ones
@group(0) @binding(0) var<storage, read> asked: array<u32>;
// turns made and the end of the chain, of the long loop and of the nested ones
@group(0) @binding(1) var<storage, read_write> found: array<u32>;

fn next(x: u32) -> u32 {
    return x * 1664525u + 1013904223u;
}

@compute @workgroup_size(1)
fn main(@builtin(workgroup_id) group: vec3<u32>) {
    var turns = 0u;
    var x = 1u;
    if group.x == 0u {
        for (var n = 0u; n < asked[0]; n++) { // turns: ASKED
            turns += 1u;
            x = next(x);
        }
    } else {
        for (var n = 0u; n < asked[1]; n++) { // turns: NESTED
            for (var m = 0u; m < asked[2]; m++) { // turns: NESTED_INNER
                turns += 1u;
                x = next(x);
            }
        }
    }
    found[2u * group.x] = turns;
    found[2u * group.x + 1u] = x;
}
