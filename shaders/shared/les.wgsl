// One stage of a large-eddy simulation.
struct LesStage {
    nu0: f32,
    // (Cs Delta)^2
    eddy: f32,
    // time that the slope moves the modes by, and the share of the stage's own modes in what it is added to
    reach: f32,
    mix: f32,
    // the same two of the sum that rk4 carries beside a stage
    sum_reach: f32,
    sum_mix: f32,
    pad0: f32,
    pad1: f32,
}

// Largest |kx| and |ky| held, K; modes lie by columns of 2 K + 1, [kx][ky], ky from 0 to K and -K to -1.
override BAND: u32 = 21u;

// All of them.
override MODES: u32 = 946u;

// Place of a mode in its column, for |ky| <= K.
fn mode_of(kx: u32, ky: i32) -> u32 {
    let height = 2u * BAND + 1u;
    return kx * height + u32(select(ky + i32(height), ky, ky >= 0));
}
