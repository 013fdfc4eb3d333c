// Viscosity widens cores: eps^2 <- eps^2 + 2 nu dt, up to the widest core the image sums carry.
// The growth of one step can be far below a unit in the last place of eps^2, so the sum is kept in
// 64-bit fixed point: whole numbers, which no compiler reorders (a compensated float sum it may).

#import shared/atoms.wgsl

struct CoreSpread {
    // 2 nu dt in units of 2^-62
    growth_high: u32,
    growth_low: u32,
    pad0: u32,
    pad1: u32,
}

@group(0) @binding(0) var<storage, read> core_spread: CoreSpread;
@group(0) @binding(1) var<storage, read> counts: Counts;
@group(0) @binding(2) var<storage, read_write> atoms: array<DeviceAtom>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x < counts.atoms {
        let low = atoms[id.x].eps2_low + core_spread.growth_low;
        let high = atoms[id.x].eps2_high + core_spread.growth_high + select(0u, 1u, low < core_spread.growth_low);
        let wider = f32(high) * 9.313225746154785e-10 + f32(low) * 2.168404344971009e-19;
        if wider <= atoms[id.x].eps2_limit {
            atoms[id.x].eps2 = wider;
            atoms[id.x].eps2_high = high;
            atoms[id.x].eps2_low = low;
        }
    }
}
