// Sums of 32 x 32-bit signed products in 64 bits, two's complement, low word first. Each product is
// split into halves of 16 bits: x = xh 2^16 + xl, xh signed. The middle products xh yl and yh xl fit
// 32 bits; their upper and lower halves are summed apart, so 2^15 terms cannot overflow.

struct Products {
    low: u32,
    carry: u32,
    middle_low: u32,
    middle_high: u32,
    high: u32,
}

fn add_product(sum: Products, x: i32, y: i32) -> Products {
    let xh = x >> 16u;
    let yh = y >> 16u;
    let xl = x & 0xffff;
    let yl = y & 0xffff;
    let lowest = u32(xl) * u32(yl);
    let low = sum.low + lowest;
    let first = xh * yl;
    let second = yh * xl;
    return Products(
        low,
        sum.carry + u32(low < lowest),
        sum.middle_low + u32(first & 0xffff) + u32(second & 0xffff),
        sum.middle_high + u32(first >> 16u) + u32(second >> 16u),
        sum.high + u32(xh * yh),
    );
}

fn collect(sum: Products) -> vec2<u32> {
    let shifted = vec2<u32>(sum.middle_low << 16u, sum.middle_low >> 16u);
    return wide_add(vec2<u32>(sum.low, sum.high + sum.middle_high + sum.carry), shifted);
}

fn wide_add(x: vec2<u32>, y: vec2<u32>) -> vec2<u32> {
    let low = x.x + y.x;
    return vec2<u32>(low, x.y + y.y + u32(low < x.x));
}
