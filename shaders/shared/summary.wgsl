// The largest size of a field and the number of cells that are not finite, as integers free of order. The includer
// declares `summary`, an array of two atomics: bits of the size, cells. Its workgroup calls all three together.

var<workgroup> tile_max: atomic<u32>;
var<workgroup> tile_bad: atomic<u32>;

fn begin_summary(lane: u32) {
    if lane == 0u {
        atomicStore(&tile_max, 0u);
        atomicStore(&tile_bad, 0u);
    }
    workgroupBarrier();
}

fn summarise(value: f32) {
    if abs(value) < 3.0e38 {
        atomicMax(&tile_max, bitcast<u32>(abs(value)));
    } else {
        atomicAdd(&tile_bad, 1u);
    }
}

fn end_summary(lane: u32) {
    workgroupBarrier();
    if lane == 0u {
        atomicMax(&summary[0], atomicLoad(&tile_max));
        atomicAdd(&summary[1], atomicLoad(&tile_bad));
    }
}
