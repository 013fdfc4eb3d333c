// Fourier amplitudes of the atoms for ky >= 0, |kx|, ky <= radius:
//   omega_hat(k) = 1/(4 pi^2) sum_j Gamma_j exp(-eps_j^2 k^2 / 2) exp(-i k . x_j).
// Each blob is a product of one factor in kx and one in ky, so a workgroup of 16 x 16 modes
// prepares both factors of a batch of blobs once and multiplies. Launches that follow one another add their blobs.

#import shared/trig.wgsl
#import shared/atoms.wgsl
#import shared/complex.wgsl

struct AtomModes {
    radius: i32,
    // first blob of this launch, and how many it takes; the sums of those before are there
    first: u32,
    count: u32,
    pad0: u32,
}

@group(0) @binding(0) var<storage, read> atom_modes: AtomModes;
@group(0) @binding(1) var<storage, read> counts: Counts;
@group(0) @binding(2) var<storage, read> blobs: array<DeviceBlob>;
// row ky of 2 radius + 1 modes
@group(0) @binding(3) var<storage, read_write> amplitudes: array<vec2<f32>>;

const BATCH: u32 = 16u;

var<workgroup> along_x: array<array<vec2<f32>, 16>, BATCH>;
var<workgroup> along_y: array<array<vec2<f32>, 16>, BATCH>;

fn wave_factor(k: i32, place: u32, eps2: f32) -> vec2<f32> {
    let turn = cos_sin_turns(bitcast<u32>(-k) * place);
    return exp(-0.5 * eps2 * f32(k * k)) * turn;
}

@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let corner = vec2<i32>(group.xy * 16u) - vec2<i32>(atom_modes.radius, 0);
    let k = corner + vec2<i32>(local.xy);
    var sum = vec2<f32>(0.0);
    let last = min(atom_modes.first + atom_modes.count, counts.blobs);
    // The same for all lanes: nothing is left for this launch.
    if atom_modes.first > 0u && atom_modes.first >= last {
        return;
    }
    for (var first = atom_modes.first; first < last; first += BATCH) { // turns: MODE_BATCHES
        // Lane (a, b) prepares factor a of blob b.
        var blob = DeviceBlob(vec2<u32>(0u), 0.0, 1.0);
        if first + local.y < last {
            blob = blobs[first + local.y];
        }
        workgroupBarrier();
        let lead = corner + vec2<i32>(local.xx);
        along_x[local.y][local.x] = blob.circulation * wave_factor(lead.x, blob.place.x, blob.eps2);
        along_y[local.y][local.x] = wave_factor(lead.y, blob.place.y, blob.eps2);
        workgroupBarrier();
        var part = vec2<f32>(0.0);
        for (var b = 0u; b < BATCH; b += 4u) {
            part += cmul(along_x[b][local.x], along_y[b][local.y]);
            part += cmul(along_x[b + 1u][local.x], along_y[b + 1u][local.y]);
            part += cmul(along_x[b + 2u][local.x], along_y[b + 2u][local.y]);
            part += cmul(along_x[b + 3u][local.x], along_y[b + 3u][local.y]);
        }
        sum += part;
    }
    if k.x <= atom_modes.radius && k.y <= atom_modes.radius {
        let side = u32(2 * atom_modes.radius + 1);
        let at = u32(k.y) * side + u32(k.x + atom_modes.radius);
        let before = select(vec2<f32>(0.0), amplitudes[at], atom_modes.first > 0u);
        // 1 / 4 pi^2
        amplitudes[at] = before + 2.5330296e-2 * sum;
    }
}
