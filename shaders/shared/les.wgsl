// One stage of a large-eddy simulation.
struct LesStage {
    nu0: f32,
    // (Cs Delta)^2
    eddy: f32,
    // time from the start of the step to the end of this stage
    reach: f32,
    pad0: f32,
}

// Largest |kx| and |ky| held, K; modes lie by columns of 2 K + 1, [kx][ky], ky from 0 to K and -K to -1.
override BAND: u32 = 21u;

// Place of a mode in its column, for |ky| <= K.
fn mode_of(kx: u32, ky: i32) -> u32 {
    let height = 2u * BAND + 1u;
    return kx * height + u32(select(ky + i32(height), ky, ky >= 0));
}
