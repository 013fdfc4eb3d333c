//! `dashi-vortex bench mdl`: the time of one description-length pass.

use std::time::Instant;

use glam::DVec2;
use rand::{RngExt, SeedableRng};

use crate::{
    cli::{print, print_json},
    error::Result,
    math::BOX,
    ops::mdl,
    params::{Params, Switch},
    state::{Atom, Atoms, Background, Meta, Sign, State, Topology},
};

const ABOUT: &str = "\
Random wavy filaments of both signs, segments at two thirds of their bound; half of them once more as blobs. The
pass runs on the CPU, off the frame's critical path; its work is bounded, so the time grows with reading and
writing the state. Median of all repeats.";

/// Arguments of `bench mdl`.
#[derive(clap::Args)]
#[command(after_help = ABOUT)]
pub struct MdlArgs {
    /// Vertices of the state
    #[arg(long, value_name = "COUNT", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    vertices: u32,
    /// Passes
    #[arg(long, value_name = "COUNT", default_value_t = 9, value_parser = clap::value_parser!(u32).range(1..=1000))]
    repeats: u32,
    /// Seed of the state
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u64,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
}

/// What was measured.
#[derive(serde::Serialize)]
struct Row {
    vertices: usize,
    atoms: usize,
    threads: usize,
    events: usize,
    median_ms: f64,
    slowest_ms: f64,
    bits_before: f64,
    bits_after: f64,
}

fn state(vertices: u32, seed: u64) -> Result<State> {
    let mut r = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    let (mut atoms, eps) = (Atoms::default(), 0.01);
    while atoms.vertex_count() + 101 < vertices as usize {
        let at = DVec2::new(r.random_range(0.0..BOX), r.random_range(0.0..BOX));
        let sign = if r.random_bool(0.5) { Sign::Plus } else { Sign::Minus };
        let (heading, bend) = (r.random_range(0.0..BOX), r.random_range(-4.0..4.0));
        let mut place = at;
        let path: Vec<DVec2> = (0..100)
            .map(|i| {
                place += DVec2::from_angle(heading + bend * f64::from(i) / 100.0) * (1.5 * eps);
                place
            })
            .collect();
        atoms.push(Atom::polyline(Topology::Open, sign, r.random_range(0.01..0.1), eps, path))?;
        atoms.push(Atom::point(sign, 0.01, 2.0 * eps, at))?;
    }
    Ok(State { step: 1, ..State::new(atoms, Background::empty(), Meta::default()) })
}

/// Measures.
///
/// # Errors
/// Anything of [`crate::Error`].
pub fn mdl(args: &MdlArgs) -> Result<()> {
    let mut state = state(args.vertices, args.seed)?;
    let params =
        Params { mdl: Switch::On, mdl_every: 1, max_vertices: 1 << 20, max_atoms: 1 << 20, ..Params::default() };
    let mut times = vec![];
    let mut last = None;
    for step in 0..args.repeats {
        // Each pass starts where the one before ended.
        state.step = u64::from(step) + 1;
        let begun = Instant::now();
        last = Some(mdl::cpu::pass(&state, &params)?);
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    let Some(last) = last else { return Ok(()) };
    let row = Row {
        vertices: state.atoms.vertex_count(),
        atoms: state.atoms.len(),
        threads: rayon::current_num_threads(),
        events: last.events.len(),
        median_ms: times[times.len() / 2],
        slowest_ms: times[times.len() - 1],
        bits_before: last.report.bits_before,
        bits_after: last.report.bits_after,
    };
    if args.json {
        return print_json(&row);
    }
    print(&format!(
        "{} vertices in {} atoms, {} threads: {:.2} ms a pass (median of {}, slowest {:.2}), {} edits\n",
        row.vertices, row.atoms, row.threads, row.median_ms, args.repeats, row.slowest_ms, row.events
    ))
}
