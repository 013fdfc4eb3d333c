// One thread before each launch of the near pairs: whether there is one to come, and so how many workgroups it gets.

// number of the launch, whether one more is needed
@group(0) @binding(0) var<storage, read_write> pending: array<u32>;
// workgroups over all vertices, in row ROW
@group(0) @binding(1) var<storage, read> launches: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> launch: array<vec4<u32>>;

override ROW: u32 = 3u;
// Whether it is the first.
override BEGIN: bool = false;

@compute @workgroup_size(1)
fn main() {
    let full = launches[ROW];
    let wanted = BEGIN || pending[1] != 0u;
    pending[0] = select(pending[0] + 1u, 0u, BEGIN);
    pending[1] = 0u;
    launch[0] = vec4<u32>(select(0u, full.x, wanted), full.yzw);
}
