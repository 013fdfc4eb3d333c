// Linear kernel with a full matrix: z'_j = sum_i z_i A_ij. A workgroup has 32 columns and sums eight
// ranges of rows apart, then adds the parts in order. Rows and columns are filled up with zeros.

struct KernelDense {
    rows: u32,
    columns: u32,
    pad0: u32,
    pad1: u32,
}

@group(0) @binding(0) var<storage, read> params: KernelDense;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> z: array<f32>;
@group(0) @binding(3) var<storage, read_write> next: array<f32>;

const COLUMNS = 32u;
const PARTS = 8u;

var<workgroup> sums: array<f32, COLUMNS * PARTS>;

@compute @workgroup_size(32, 8)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let j = group.x * COLUMNS + local.x;
    let rows = params.rows / PARTS;
    let first = local.y * rows;
    var at = first * params.columns + j;
    var sum = 0.0;
    for (var i = first; i < first + rows; i += 4u) {
        sum += z[i] * a[at];
        sum += z[i + 1u] * a[at + params.columns];
        sum += z[i + 2u] * a[at + 2u * params.columns];
        sum += z[i + 3u] * a[at + 3u * params.columns];
        at += 4u * params.columns;
    }
    sums[local.y * COLUMNS + local.x] = sum;
    workgroupBarrier();
    if local.y == 0u {
        var total = 0.0;
        for (var part = 0u; part < PARTS; part++) {
            total += sums[part * COLUMNS + local.x];
        }
        next[j] = total;
    }
}
