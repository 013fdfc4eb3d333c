// What the camera sees: shared by everything drawn on the canvas.
struct View {
    // world place in the middle of the canvas, fixed point
    center: vec2<u32>,
    // half of the world that the canvas shows
    half_extent: vec2<f32>,
    // canvas size in pixels
    size_px: vec2<f32>,
    // value at the end of the colour map
    range: f32,
    // half width of a filament of unit circulation, pixels
    filament_px: f32,
    // opacity of filaments and of one dye particle; 0 where they are not shown
    filament_alpha: f32,
    tracer_alpha: f32,
    // dye particles, and threads in a row of workgroups
    tracer_count: u32,
    tracer_row: u32,
    // what the colour of a filament says: 0 sign, 1 twist, 2 core
    filament_color: u32,
    // how values become colours: 0 zero in the middle, 1 zero at the bottom, 2 three colours about the threshold,
    // which is a share of the range
    mapping: u32,
    // copies of the box along x and y that the canvas can show
    images: vec2<u32>,
    // mean flow
    drift: vec2<f32>,
    threshold: f32,
    // particles that one unit of the dye's counts stands for
    dye_unit: f32,
    // strength of the texture of flow lines; 0 where it is not shown
    lines: f32,
    // how far its running window is, 0 to 1
    phase: f32,
    // side of the velocity's grid
    flow_side: u32,
    // pixels between arrows, and the speed of the longest
    arrow_px: f32,
    arrow_speed: f32,
    pad0: u32,
}

// Whether the target stores linear light and the colours must be converted.
override LINEAR_TARGET: bool = false;

fn srgb_to_target(color: vec3<f32>) -> vec3<f32> {
    if LINEAR_TARGET {
        let low = color / 12.92;
        let high = pow((color + 0.055) / 1.055, vec3<f32>(2.4));
        return select(high, low, color < vec3<f32>(0.04045));
    }
    return color;
}

// Offset of copy `n` of the box: -1, 0, 1 along an axis with three copies.
fn image_offset(n: u32, images: vec2<u32>) -> vec2<f32> {
    let at = vec2<u32>(n % images.x, n / images.x);
    return 6.2831853 * (vec2<f32>(at) - 0.5 * vec2<f32>(images - vec2<u32>(1u)));
}
