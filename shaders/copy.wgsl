// Words from one buffer to another, eight a thread.

@group(0) @binding(0) var<storage, read> from_words: array<u32>;
@group(0) @binding(1) var<storage, read_write> to_words: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let count = min(arrayLength(&from_words), arrayLength(&to_words));
    for (var n = 0u; n < 8u; n++) {
        let i = (group.x * 8u + n) * 64u + local;
        if i < count {
            to_words[i] = from_words[i];
        }
    }
}
