// Velocity of the whole box on a square grid whose side is a power of two; the includer declares `velocity` and
// `view`, and imports torus.wgsl and view.wgsl.

// u at a place, bilinear, mean flow included; in lengths over times.
fn velocity_at(place: vec2<u32>) -> vec2<f32> {
    let n = view.flow_side;
    let bits = firstTrailingBit(n);
    let cell = place >> vec2<u32>(32u - bits);
    let f = vec2<f32>(place << vec2<u32>(bits)) * 2.3283064e-10;
    let next = (cell + vec2<u32>(1u)) & vec2<u32>(n - 1u);
    let low = mix(velocity[cell.y * n + cell.x], velocity[cell.y * n + next.x], f.x);
    let high = mix(velocity[next.y * n + cell.x], velocity[next.y * n + next.x], f.x);
    return mix(low, high, f.y) + view.drift;
}

// The place of the box under a pixel of the canvas, counted from its middle, y upwards.
fn place_under(offset_px: vec2<f32>) -> vec2<u32> {
    return moved(view.center, offset_px * (2.0 * view.half_extent / view.size_px));
}
