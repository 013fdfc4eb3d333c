// Complex Fourier transform of one line in workgroup memory: Stockham, radix 2.
// Forward: X(k) = sum x(j) exp(-2 pi i j k / N); backward conjugates the twiddles, unscaled.
// The includer declares `twiddles`, entry k = exp(-2 pi i k / N) for k < N / 2.

override N: u32 = 256u;
// One butterfly a lane, at most 256.
override LANES: u32 = 256u;
const MAX_N: u32 = 1024u;

// Two halves: one is read while the other is written.
var<workgroup> line: array<vec2<f32>, 2048>;

// Transforms line[0..N]; the result is in line[from .. from + N] for the returned `from`.
fn transform(lane: u32, backward: bool) -> u32 {
    var begin = 0u;
    for (var span = 1u; span < N; span *= 2u) {
        let to = MAX_N - begin;
        workgroupBarrier();
        for (var b = lane; b < N / 2u; b += LANES) {
            let k = b & (span - 1u);
            var w = twiddles[k * (N / 2u / span)];
            if backward {
                w.y = -w.y;
            }
            let even = line[begin + b];
            let odd = cmul(w, line[begin + b + N / 2u]);
            let out = to + 2u * (b - k) + k;
            line[out] = even + odd;
            line[out + span] = even - odd;
        }
        begin = to;
    }
    workgroupBarrier();
    return begin;
}
