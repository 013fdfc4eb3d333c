// Complex Fourier transform of lines in registers and workgroup memory: Stockham, radix 8, with one
// first pass of radix 2 or 4 where N is no power of 8.
//
//   X(k) = sum_j x(j) exp(-2 pi i j k / N),     backward: swap re and im before and after
//
// A line belongs to LANES = N / 8 lanes. Before and after the transform lane l holds x(l + q LANES) in
// v[q], so lines are loaded and stored in order. Between two passes they are exchanged through `line`;
// with SPLIT real and imaginary parts take turns there, in half the room.
// The includer declares `twiddles`, entry k = exp(-2 pi i k / N) for k < N / 2.

override N: u32 = 64u;
override LANES: u32 = 8u;
// Lines of a workgroup, and its threads, LANES * SLOTS. Neighbouring threads hold the same place of
// neighbouring lines if lines are WOVEN, else neighbouring places of a line.
override SLOTS: u32 = 4u;
override THREADS: u32 = 32u;
override WOVEN: bool = true;
override SPLIT: bool = false;
// Every 2^PAD numbers one is skipped, against bank conflicts.
override PAD: u32 = 3u;
// Numbers of a part of all lines, and of `line`.
override PART: u32 = 288u;
override ROOM: u32 = 576u;

const ROOT_HALF = 0.70710678118654752;

var<workgroup> line: array<f32, ROOM>;
var<private> v: array<vec2<f32>, 8>;
// X(N - k) for k = lane + q LANES, q < 4.
var<private> mirrored: array<vec2<f32>, 4>;

fn lane_of(thread: u32) -> u32 {
    return select(thread % LANES, thread / SLOTS, WOVEN);
}

fn slot_of(thread: u32) -> u32 {
    return select(thread / LANES, thread % SLOTS, WOVEN);
}

fn spot(i: u32, slot: u32) -> u32 {
    let padded = i + (i >> PAD);
    return select(slot * (PART / SLOTS) + padded, padded * SLOTS + slot, WOVEN);
}

// z exp(-i pi/2)
fn quarter(z: vec2<f32>) -> vec2<f32> {
    return vec2<f32>(z.y, -z.x);
}

fn butterfly_2(a: u32) {
    let x = v[a];
    v[a] = x + v[a + 4u];
    v[a + 4u] = x - v[a + 4u];
}

// Of v[a], v[a + 2], v[a + 4], v[a + 6].
fn butterfly_4(a: u32) {
    let s0 = v[a] + v[a + 4u];
    let s1 = v[a] - v[a + 4u];
    let s2 = v[a + 2u] + v[a + 6u];
    let s3 = quarter(v[a + 2u] - v[a + 6u]);
    v[a] = s0 + s2;
    v[a + 2u] = s1 + s3;
    v[a + 4u] = s0 - s2;
    v[a + 6u] = s1 - s3;
}

fn butterfly_8() {
    let a0 = v[0] + v[4];
    let a1 = v[1] + v[5];
    let a2 = v[2] + v[6];
    let a3 = v[3] + v[7];
    let b0 = v[0] - v[4];
    let d1 = v[1] - v[5];
    let b1 = ROOT_HALF * vec2<f32>(d1.x + d1.y, d1.y - d1.x);
    let b2 = quarter(v[2] - v[6]);
    let d3 = v[3] - v[7];
    let b3 = ROOT_HALF * vec2<f32>(d3.y - d3.x, -d3.x - d3.y);
    let s0 = a0 + a2;
    let s1 = a0 - a2;
    let s2 = a1 + a3;
    let s3 = quarter(a1 - a3);
    let t0 = b0 + b2;
    let t1 = b0 - b2;
    let t2 = b1 + b3;
    let t3 = quarter(b1 - b3);
    v[0] = s0 + s2;
    v[1] = t0 + t2;
    v[2] = s1 + s3;
    v[3] = t1 + t3;
    v[4] = s0 - s2;
    v[5] = t0 - t2;
    v[6] = s1 - s3;
    v[7] = t1 - t3;
}

// v[j] goes to place base + the steps of j's bits; v[q] then comes from place lane + q LANES.
fn exchange(lane: u32, slot: u32, base: u32, step: vec3<u32>) {
    let p0 = spot(base, slot);
    let p1 = spot(base + step.x, slot);
    let p2 = spot(base + step.y, slot);
    let p3 = spot(base + step.x + step.y, slot);
    let p4 = spot(base + step.z, slot);
    let p5 = spot(base + step.x + step.z, slot);
    let p6 = spot(base + step.y + step.z, slot);
    let p7 = spot(base + step.x + step.y + step.z, slot);
    workgroupBarrier();
    line[p0] = v[0].x;
    line[p1] = v[1].x;
    line[p2] = v[2].x;
    line[p3] = v[3].x;
    line[p4] = v[4].x;
    line[p5] = v[5].x;
    line[p6] = v[6].x;
    line[p7] = v[7].x;
    var other = PART;
    if SPLIT {
        other = 0u;
        workgroupBarrier();
        fetch_re(lane, slot);
        workgroupBarrier();
    }
    line[other + p0] = v[0].y;
    line[other + p1] = v[1].y;
    line[other + p2] = v[2].y;
    line[other + p3] = v[3].y;
    line[other + p4] = v[4].y;
    line[other + p5] = v[5].y;
    line[other + p6] = v[6].y;
    line[other + p7] = v[7].y;
    workgroupBarrier();
    if !SPLIT {
        fetch_re(lane, slot);
    }
    v[0].y = line[other + spot(lane, slot)];
    v[1].y = line[other + spot(lane + LANES, slot)];
    v[2].y = line[other + spot(lane + 2u * LANES, slot)];
    v[3].y = line[other + spot(lane + 3u * LANES, slot)];
    v[4].y = line[other + spot(lane + 4u * LANES, slot)];
    v[5].y = line[other + spot(lane + 5u * LANES, slot)];
    v[6].y = line[other + spot(lane + 6u * LANES, slot)];
    v[7].y = line[other + spot(lane + 7u * LANES, slot)];
}

fn fetch_re(lane: u32, slot: u32) {
    v[0].x = line[spot(lane, slot)];
    v[1].x = line[spot(lane + LANES, slot)];
    v[2].x = line[spot(lane + 2u * LANES, slot)];
    v[3].x = line[spot(lane + 3u * LANES, slot)];
    v[4].x = line[spot(lane + 4u * LANES, slot)];
    v[5].x = line[spot(lane + 5u * LANES, slot)];
    v[6].x = line[spot(lane + 6u * LANES, slot)];
    v[7].x = line[spot(lane + 7u * LANES, slot)];
}

// Transforms v. All threads of the workgroup come here together.
fn transform(lane: u32, slot: u32) {
    var span = 8u;
    // Powers of two are 1, 2, 4, 1, 2, 4, ... modulo 7: N is 8^n, 2 8^n or 4 8^n.
    if N % 7u == 2u {
        span = 2u;
        for (var q = 0u; q < 4u; q++) {
            butterfly_2(q);
        }
        exchange(lane, slot, 2u * lane, vec3<u32>(2u * LANES, 4u * LANES, 1u));
    } else if N % 7u == 4u {
        span = 4u;
        butterfly_4(0u);
        butterfly_4(1u);
        exchange(lane, slot, 4u * lane, vec3<u32>(4u * LANES, 1u, 2u));
    } else {
        butterfly_8();
        if N > 8u {
            exchange(lane, slot, 8u * lane, vec3<u32>(1u, 2u, 4u));
        }
    }
    for (; span < N; span *= 8u) { // turns: 5
        let k = lane & (span - 1u);
        let turn = k * (N / 8u / span);
        let w1 = twiddles[turn];
        let w2 = twiddles[2u * turn];
        let w4 = twiddles[4u * turn];
        let w3 = cmul(w1, w2);
        v[1] = cmul(w1, v[1]);
        v[2] = cmul(w2, v[2]);
        v[3] = cmul(w3, v[3]);
        v[4] = cmul(w4, v[4]);
        v[5] = cmul(cmul(w1, w4), v[5]);
        v[6] = cmul(cmul(w2, w4), v[6]);
        v[7] = cmul(cmul(w3, w4), v[7]);
        butterfly_8();
        if span * 8u < N {
            exchange(lane, slot, ((lane - k) << 3u) + k, vec3<u32>(span, 2u * span, 4u * span));
        }
    }
}

fn swap() {
    v[0] = v[0].yx;
    v[1] = v[1].yx;
    v[2] = v[2].yx;
    v[3] = v[3].yx;
    v[4] = v[4].yx;
    v[5] = v[5].yx;
    v[6] = v[6].yx;
    v[7] = v[7].yx;
}

// exp(+2 pi i j k / N), unscaled.
fn transform_back(lane: u32, slot: u32) {
    swap();
    transform(lane, slot);
    swap();
}

// Place of X(N - k) for k = lane + q LANES, q < 4; X(0) stands for X(N).
fn opposite(lane: u32, q: u32) -> u32 {
    return (N - lane - q * LANES) & (N - 1u);
}

// Fills `mirrored` from v.
fn mirror(lane: u32, slot: u32) {
    workgroupBarrier();
    if lane == 0u {
        line[spot(0u, slot)] = v[0].x;
    }
    line[spot(lane + 4u * LANES, slot)] = v[4].x;
    line[spot(lane + 5u * LANES, slot)] = v[5].x;
    line[spot(lane + 6u * LANES, slot)] = v[6].x;
    line[spot(lane + 7u * LANES, slot)] = v[7].x;
    let p0 = spot(opposite(lane, 0u), slot);
    let p1 = spot(opposite(lane, 1u), slot);
    let p2 = spot(opposite(lane, 2u), slot);
    let p3 = spot(opposite(lane, 3u), slot);
    workgroupBarrier();
    mirrored[0].x = line[p0];
    mirrored[1].x = line[p1];
    mirrored[2].x = line[p2];
    mirrored[3].x = line[p3];
    workgroupBarrier();
    if lane == 0u {
        line[spot(0u, slot)] = v[0].y;
    }
    line[spot(lane + 4u * LANES, slot)] = v[4].y;
    line[spot(lane + 5u * LANES, slot)] = v[5].y;
    line[spot(lane + 6u * LANES, slot)] = v[6].y;
    line[spot(lane + 7u * LANES, slot)] = v[7].y;
    workgroupBarrier();
    mirrored[0].y = line[p0];
    mirrored[1].y = line[p1];
    mirrored[2].y = line[p2];
    mirrored[3].y = line[p3];
}

// Fills v[4..8] from `mirrored`, but for X(N/2), which lane 0 sets in v[4] itself afterwards.
fn unmirror(lane: u32, slot: u32) {
    let p0 = spot(opposite(lane, 0u), slot);
    let p1 = spot(opposite(lane, 1u), slot);
    let p2 = spot(opposite(lane, 2u), slot);
    let p3 = spot(opposite(lane, 3u), slot);
    workgroupBarrier();
    line[p0] = mirrored[0].x;
    line[p1] = mirrored[1].x;
    line[p2] = mirrored[2].x;
    line[p3] = mirrored[3].x;
    workgroupBarrier();
    v[4].x = line[spot(lane + 4u * LANES, slot)];
    v[5].x = line[spot(lane + 5u * LANES, slot)];
    v[6].x = line[spot(lane + 6u * LANES, slot)];
    v[7].x = line[spot(lane + 7u * LANES, slot)];
    workgroupBarrier();
    line[p0] = mirrored[0].y;
    line[p1] = mirrored[1].y;
    line[p2] = mirrored[2].y;
    line[p3] = mirrored[3].y;
    workgroupBarrier();
    v[4].y = line[spot(lane + 4u * LANES, slot)];
    v[5].y = line[spot(lane + 5u * LANES, slot)];
    v[6].y = line[spot(lane + 6u * LANES, slot)];
    v[7].y = line[spot(lane + 7u * LANES, slot)];
}
