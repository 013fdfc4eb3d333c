// Linear kernel in whole numbers: next_j = floor((bias_j + sum_i z_i A_ij + half) / 2^bits), exactly.
// A workgroup has 32 columns and sums eight ranges of rows apart; integer sums need no order. Rows and
// columns are filled up with zeros; behind its last row z counts the steps.

#import shared/wide.wgsl

struct KernelFixed {
    rows: u32,
    columns: u32,
    bits: u32,
    pad0: u32,
}

@group(0) @binding(0) var<storage, read> params: KernelFixed;
@group(0) @binding(1) var<storage, read> a: array<i32>;
@group(0) @binding(2) var<storage, read> bias: array<vec2<u32>>;
@group(0) @binding(3) var<storage, read> z: array<i32>;
@group(0) @binding(4) var<storage, read_write> next: array<i32>;
@group(0) @binding(5) var<storage, read_write> report: atomic<u32>;

const COLUMNS = 32u;
const PARTS = 8u;

var<workgroup> sums: array<vec2<u32>, COLUMNS * PARTS>;

@compute @workgroup_size(32, 8)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let j = group.x * COLUMNS + local.x;
    let rows = params.rows / PARTS;
    let first = local.y * rows;
    var at = first * params.columns + j;
    var sum = Products(0u, 0u, 0u, 0u, 0u);
    for (var i = first; i < first + rows; i += 4u) { // turns: FIXED_ROWS
        sum = add_product(sum, z[i], a[at]);
        sum = add_product(sum, z[i + 1u], a[at + params.columns]);
        sum = add_product(sum, z[i + 2u], a[at + 2u * params.columns]);
        sum = add_product(sum, z[i + 3u], a[at + 3u * params.columns]);
        at += 4u * params.columns;
    }
    sums[local.y * COLUMNS + local.x] = collect(sum);
    workgroupBarrier();
    if local.y == 0u {
        var total = wide_add(bias[j], vec2<u32>(1u << (params.bits - 1u), 0u));
        for (var part = 0u; part < PARTS; part++) {
            total = wide_add(total, sums[part * COLUMNS + local.x]);
        }
        let value = i32((total.y << (32u - params.bits)) | (total.x >> params.bits));
        let rest = i32(total.y) >> params.bits;
        let taken = z[params.rows];
        if rest != (value >> 31u) {
            atomicMin(&report, (u32(taken) << 14u) | j);
        }
        next[j] = value;
        if j == 0u {
            next[params.rows] = taken + 1;
        }
    }
}
