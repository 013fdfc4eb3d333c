//! Two equal vortices circle each other: the angle they turn against theory. CPU core only.
//!
//!     cargo run --release --no-default-features --example minimal_step

use std::f64::consts::PI;

use dashi_vortex::{
    error::Result,
    params::Params,
    sim::{CpuSim, Simulator},
    state::{Atom, Atoms, Background, Meta, Sign, State},
};
use glam::DVec2;

fn main() -> Result<()> {
    // Cores of a tenth of the distance: the other vortex sees a point to eleven digits.
    let (gamma, d, eps) = (1.0, 0.15, 0.015);
    // In free space a pair turns at gamma / (pi d^2); in the periodic box the uniform background that
    // balances its circulation turns against it.
    let rate = gamma / (PI * d * d) * (1.0 - d * d / (4.0 * PI));

    let at = |x: f64| DVec2::new(PI + x, PI);
    let pair = [0.5, -0.5].map(|side| Atom::point(Sign::Plus, gamma, eps, at(side * d)));
    let state = State::new(Atoms::try_from_iter(pair)?, Background::empty(), Meta::default());

    // A quarter of a turn in a hundred steps, without viscosity.
    let params = Params { dt: 0.5 * PI / rate / 100.0, nu: 0.0, ..Params::default() };
    let mut sim = CpuSim::new(&state, &params)?;
    sim.advance(100)?;

    let vertex = sim.state().atoms.view().vertex;
    let across = vertex[0] - vertex[1];
    let turned = across.y.atan2(across.x);
    println!("time      {:.6}", sim.time());
    println!("turned    {turned:.6} rad");
    println!("theory    {:.6} rad", rate * sim.time());
    println!("off by    {:.1e}", (turned / (rate * sim.time()) - 1.0).abs());
    println!("distance  {:.6} (it stays {d})", across.length());
    Ok(())
}
