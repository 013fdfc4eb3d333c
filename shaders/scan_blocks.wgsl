// Exclusive prefix sum of pairs, pass 1 of 3: each workgroup scans 256 of them and leaves its sum.

@group(0) @binding(0) var<storage, read> items: array<vec2<u32>>;
@group(0) @binding(1) var<storage, read_write> prefix: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read_write> sums: array<vec2<u32>>;

const BLOCK: u32 = 256u;

var<workgroup> line: array<vec2<u32>, BLOCK>;

@compute @workgroup_size(256)
fn main(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    var mine = vec2<u32>(0u);
    if id.x < arrayLength(&items) {
        mine = items[id.x];
    }
    var sum = mine;
    line[lane] = sum;
    for (var reach = 1u; reach < BLOCK; reach *= 2u) {
        workgroupBarrier();
        var left = vec2<u32>(0u);
        if lane >= reach {
            left = line[lane - reach];
        }
        workgroupBarrier();
        sum += left;
        line[lane] = sum;
    }
    if id.x < arrayLength(&items) {
        prefix[id.x] = sum - mine;
    }
    if lane == BLOCK - 1u {
        sums[group.x] = sum;
    }
}
