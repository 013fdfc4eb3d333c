struct Resample {
    // longest segment in core radii
    bound: f32,
    // cells in the vertex and blob buffers
    vertex_capacity: u32,
    blob_capacity: u32,
    // alternates which vertices may be dropped
    parity: u32,
}

// Gauss-Legendre nodes that keep the velocity of a segment of `ratio` core radii at 1e-5.
fn node_count(ratio: f32) -> u32 {
    return u32(clamp(ceil(ratio - 0.5), 0.0, 6.0)) + 2u;
}
