// A rectangle of the torus sampled at size.x x size.y nodes. Node i lies at
// origin + floor(i span / size), span given as step * size + rest, exact in integers.
struct Window {
    origin: vec2<u32>,
    step: vec2<u32>,
    rest: vec2<u32>,
    size: vec2<u32>,
}

fn node_place(window: Window, node: vec2<u32>) -> vec2<u32> {
    return window.origin + node * window.step + (node * window.rest) / window.size;
}
