// The doubly periodic box in fixed point: a coordinate is a 32-bit share of a turn,
// x = 2 pi q / 2^32. Wrapping is integer overflow, the nearest image is integer subtraction,
// and the difference of two near points loses no digits.

const RADIANS_PER_UNIT: f32 = 1.4629180792671596e-9; // 2 pi / 2^32
const UNITS_PER_RADIAN: f32 = 683565275.5764316;     // 2^32 / 2 pi
const PI: f32 = 3.14159265358979;

// Nearest-image vector from `origin` to `point`, each component in [-pi, pi).
fn offset_between(origin: vec2<u32>, point: vec2<u32>) -> vec2<f32> {
    return vec2<f32>(bitcast<vec2<i32>>(point - origin)) * RADIANS_PER_UNIT;
}

// A displacement shorter than half the box, rounded to units.
fn units(displacement: vec2<f32>) -> vec2<i32> {
    return vec2<i32>(round(displacement * UNITS_PER_RADIAN));
}

fn moved(point: vec2<u32>, displacement: vec2<f32>) -> vec2<u32> {
    return point + bitcast<vec2<u32>>(units(displacement));
}

// Whole turns after a move to `after`, the image nearest to `before`: an overflow is a turn.
fn turned(winding: vec2<i32>, before: vec2<u32>, after: vec2<u32>) -> vec2<i32> {
    let step = bitcast<vec2<i32>>(after - before);
    let up = vec2<i32>(step > vec2<i32>(0)) * vec2<i32>(after < before);
    let down = vec2<i32>(step < vec2<i32>(0)) * vec2<i32>(after > before);
    return winding + up - down;
}

fn is_finite(v: vec2<f32>) -> bool {
    // NaN fails every comparison, infinity fails this one.
    return abs(v.x) < 3.0e38 && abs(v.y) < 3.0e38;
}
