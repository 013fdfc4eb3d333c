//! A scene as an animated PNG, on the GPU when there is one, else on the CPU.
//!
//!     cargo run --release --example headless_movie [scene] [file.apng]
//!
//! Each frame is simulated when the encoder asks for it, so only one is ever in memory.

use dashi_vortex::{
    error::Result,
    genesis,
    io::image::write_apng,
    params::Params,
    render::{
        colormap::Colormap,
        picture::{picture, symmetric_range},
    },
    sim::{CpuSim, Simulator},
    state::State,
};

const FRAMES: usize = 48;
const STEPS_PER_FRAME: u64 = 5;
const N: u32 = 128;
const SIDE: usize = 512;

fn simulator(state: &State, params: &Params) -> Result<Box<dyn Simulator>> {
    #[cfg(feature = "gpu")]
    match dashi_vortex::gpu::Context::headless(None) {
        Ok(context) => {
            println!("on {}", context.report.name);
            return Ok(Box::new(dashi_vortex::sim::GpuSim::new(&context, state, params)?));
        }
        Err(why) => println!("{why}"),
    }
    println!("on the CPU");
    Ok(Box::new(CpuSim::new(state, params)?))
}

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let scene = args.next().unwrap_or_else(|| "sheet".into());
    let path = args.next().unwrap_or_else(|| format!("{scene}.apng"));

    let mut params = Params { n: N, tracers: 0, ..Params::default() };
    let state = genesis::make(&scene, &mut params)?;
    let mut sim = simulator(&state, &params)?;

    // One colour range for the whole movie: a range that follows the field would flicker.
    let range = symmetric_range(&sim.decode(N)?);
    let frames = (0..FRAMES).map(|i| {
        sim.advance(if i == 0 { 0 } else { STEPS_PER_FRAME })?;
        picture(&sim.decode(N)?, N as usize, Colormap::Berlin, range, SIDE, SIDE)
    });
    let title = format!("{scene}, one frame every {STEPS_PER_FRAME} steps");
    write_apng(path.as_ref(), SIDE as u32, SIDE as u32, frames, (1, 24), &[("Title", &title)])?;
    println!("{FRAMES} frames up to t = {:.2} in {path}", sim.time());
    Ok(())
}
