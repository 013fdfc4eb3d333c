// Dye particles as small soft squares; their colour tells where they started, in four bands.

#import shared/torus.wgsl
#import shared/view.wgsl

@group(0) @binding(0) var<uniform> view: View;
@group(0) @binding(1) var<storage, read> places: array<vec2<u32>>;

struct Corner {
    @builtin(position) position: vec4<f32>,
    @location(0) @interpolate(flat) color: vec3<f32>,
}

@vertex
fn vertex(@builtin(vertex_index) corner: u32, @builtin(instance_index) instance: u32) -> Corner {
    let copies = view.images.x * view.images.y;
    let i = instance / copies;
    let world = offset_between(view.center, places[i]) + image_offset(instance % copies, view.images);
    let side = vec2<f32>(f32(corner & 1u), f32(corner >> 1u)) * 2.0 - 1.0;
    let at = world / view.half_extent + side * view.tracer_px / (0.5 * view.size_px);
    // The starting height of particle i on the R2 sequence.
    let start = i * 2447445413u;
    let pale = vec3<f32>(0.96, 0.95, 0.90);
    let gold = vec3<f32>(1.0, 0.80, 0.45);
    let color = select(pale, gold, ((start >> 30u) & 1u) == 1u);
    return Corner(vec4<f32>(at, 0.0, 1.0), srgb_to_target(color, view.linear_target));
}

@fragment
fn fragment(in: Corner) -> @location(0) vec4<f32> {
    return vec4<f32>(in.color, view.tracer_alpha);
}
