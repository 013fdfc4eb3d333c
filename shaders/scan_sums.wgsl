// Exclusive prefix sum of pairs, pass 2 of 3: one workgroup scans the block sums, 256 at a time,
// and leaves the total.

@group(0) @binding(0) var<storage, read_write> sums: array<vec2<u32>>;
@group(0) @binding(1) var<storage, read_write> total: vec2<u32>;

const BLOCK: u32 = 256u;

var<workgroup> line: array<vec2<u32>, BLOCK>;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) lane: u32) {
    let count = arrayLength(&sums);
    var carried = vec2<u32>(0u);
    for (var first = 0u; first < count; first += BLOCK) { // turns: SCAN_BLOCKS
        var mine = vec2<u32>(0u);
        if first + lane < count {
            mine = sums[first + lane];
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
        workgroupBarrier();
        if first + lane < count {
            sums[first + lane] = carried + sum - mine;
        }
        carried += line[BLOCK - 1u];
        workgroupBarrier();
    }
    if lane == 0u {
        total = carried;
    }
}
