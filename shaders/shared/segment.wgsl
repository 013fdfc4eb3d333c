struct DeviceSegment {
    // midpoint
    place: vec2<u32>,
    direction: vec2<f32>,
    circulation: f32,
    eps: f32,
    half_length: f32,
    // standard deviation along `direction` of an ellipse; 0 for a segment
    long_eps: f32,
}

// Beyond this many standard deviations a Gaussian is under 3e-7 of its peak.
const REACH: f32 = 5.5;

// Half extents of the box outside which the segment adds nothing.
fn reach(segment: DeviceSegment) -> vec2<f32> {
    let d = abs(segment.direction);
    let across = segment.eps;
    if segment.long_eps > 0.0 {
        return REACH * sqrt(d * d * segment.long_eps * segment.long_eps + d.yx * d.yx * across * across);
    }
    return d * segment.half_length + vec2<f32>(REACH * across);
}
