//! An initial condition of one's own: a spiral filament and a vortex at its centre, run and saved.
//!
//!     cargo run --release --no-default-features --example custom_genesis [z0.npz]
//!
//! The file opens in NumPy, and `dashi-vortex run --z0-npz z0.npz` takes it up again.

use dashi_vortex::{
    error::Result,
    io::write_state,
    math::BOX,
    params::Params,
    sim::{CpuSim, Simulator, measure, prepared},
    state::{Atom, Atoms, Background, Meta, Sign, State, Topology},
};
use glam::DVec2;

fn main() -> Result<()> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "z0.npz".into());
    let params = Params { dt: 0.01, nu: 1e-4, ..Params::default() };

    // Curves may leave [0, 2 pi)^2: coordinates are unwrapped and the flow repeats.
    let centre = DVec2::splat(0.5 * BOX);
    let spiral = (0..60).map(|i| {
        let turn = f64::from(i) / 20.0;
        centre + (0.6 + 0.5 * turn) * DVec2::from_angle(BOX * turn)
    });
    let atoms = Atoms::try_from_iter([
        Atom::polyline(Topology::Open, Sign::Minus, 4.0, 0.12, spiral.collect()),
        Atom::point(Sign::Plus, 4.0, 0.25, centre),
    ])?;
    let meta = Meta { dt: params.dt, nu: params.nu, ..Meta::default() };
    // `prepared` inserts vertices where a segment is longer than its core allows.
    let state = prepared(&State::new(atoms, Background::empty(), meta), &params)?;

    let mut sim = CpuSim::new(&state, &params)?;
    for _ in 0..4 {
        let (kept, _) = measure(sim.state());
        println!(
            "t = {:.2}: {} vertices, circulation {:+.3e}, energy {:.6}, enstrophy {:.6}",
            sim.time(),
            sim.state().atoms.vertex_count(),
            kept.circulation,
            kept.energy.unwrap_or(f64::NAN),
            kept.enstrophy.unwrap_or(f64::NAN),
        );
        sim.advance(25)?;
    }
    write_state(path.as_ref(), sim.state())?;
    println!("t = {:.2}: saved in {path}", sim.time());
    Ok(())
}
