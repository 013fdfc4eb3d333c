// A trial that was taken becomes the state of the fit; one thread a sample or ellipse.

#import shared/ellipse.wgsl

@group(0) @binding(0) var<storage, read> params: EllipseFit;
@group(0) @binding(1) var<storage, read> scalars: array<f32>;
@group(0) @binding(2) var<storage, read> trial: array<DeviceEllipse>;
@group(0) @binding(3) var<storage, read_write> ellipses: array<DeviceEllipse>;
@group(0) @binding(4) var<storage, read> trial_residual: array<f32>;
@group(0) @binding(5) var<storage, read_write> residual: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.y * groups.x * 64u + id.x;
    if scalars[ACCEPTED] == 0.0 {
        return;
    }
    if i < params.samples {
        residual[i] = trial_residual[i];
    }
    if i < params.count {
        ellipses[i] = trial[i];
    }
}
