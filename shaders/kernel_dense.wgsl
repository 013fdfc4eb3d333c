// Linear kernel with a full matrix: z'_j = sum_i z_i A_ij. A workgroup has 32 columns and sums PARTS
// ranges of rows apart, then adds the parts pairwise in a fixed order. Rows and columns are filled up
// with zeros.

// D, filled up, and its share of a part.
override SIDE: u32 = 32u;
override ROWS: u32 = 4u;
override PARTS: u32 = 8u;

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> z: array<f32>;
@group(0) @binding(2) var<storage, read_write> next: array<f32>;

const COLUMNS = 32u;
override SUMS: u32 = 32u * PARTS;

var<workgroup> sums: array<f32, SUMS>;

@compute @workgroup_size(32, PARTS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let j = group.x * COLUMNS + local.x;
    let first = local.y * ROWS;
    var sum = 0.0;
    for (var i = 0u; i < ROWS; i++) { // turns: DENSE_ROWS
        sum += z[first + i] * a[(first + i) * SIDE + j];
    }
    sums[local.y * COLUMNS + local.x] = sum;
    for (var reach = PARTS / 2u; reach > 0u; reach /= 2u) { // turns: 10
        workgroupBarrier();
        if local.y < reach {
            sums[local.y * COLUMNS + local.x] += sums[(local.y + reach) * COLUMNS + local.x];
        }
    }
    if local.y == 0u {
        next[j] = sums[local.x];
    }
}
