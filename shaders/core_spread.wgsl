// Viscosity widens cores: eps^2 <- eps^2 + 2 nu dt, up to the widest core the image sums carry.
// The growth of one step can be far below a unit in the last place of eps^2, so the rounding rest
// is carried along (Kahan summation).

#import shared/atoms.wgsl

struct CoreSpread {
    // 2 nu dt
    growth: f32,
    // largest eps^2
    limit: f32,
    pad0: u32,
    pad1: u32,
}

@group(0) @binding(0) var<storage, read> core_spread: CoreSpread;
@group(0) @binding(1) var<storage, read> counts: Counts;
@group(0) @binding(2) var<storage, read_write> atoms: array<DeviceAtom>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x < counts.atoms {
        let eps2 = atoms[id.x].eps2;
        let growth = core_spread.growth + atoms[id.x].eps2_rest;
        let wider = eps2 + growth;
        if wider <= core_spread.limit {
            atoms[id.x].eps2 = wider;
            atoms[id.x].eps2_rest = growth - (wider - eps2);
        }
    }
}
