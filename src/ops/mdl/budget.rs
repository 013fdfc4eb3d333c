//! Budget: no more atoms than `max_atoms`, and room for vertices to be inserted.
//!
//! While either is passed the price of an atom and of a vertex is raised fourfold and the voluntary edits run
//! again under it; what they do then is forced and logged as that, with its change of L at the plain price.
//! What is still too much goes, the weakest gain first.

use glam::DVec2;

use super::{
    gauss::Gauss,
    nodes,
    weigh::{Edit, Pass},
};
use crate::state::Kind;

/// Rounds of raised prices.
const ROUNDS: usize = 6;
/// Share of the vertex budget that a pass leaves in use at most.
const FULL: f64 = 0.85;

fn fits(pass: &Pass<'_>) -> bool {
    pass.work.atoms <= pass.rules.max_atoms && pass.work.vertices as f64 <= FULL * pass.rules.max_vertices as f64
}

/// Makes the atoms fit; `edits` are the voluntary edits of a pass.
pub fn run(pass: &mut Pass<'_>, edits: impl Fn(&mut Pass<'_>)) {
    pass.forced = true;
    let plain = pass.rules;
    for _ in 0..ROUNDS {
        if fits(pass) {
            break;
        }
        // Only what is short becomes dearer.
        pass.rules.c_vertex *= 4.0;
        if pass.work.atoms > pass.rules.max_atoms {
            pass.rules.c_atom *= 4.0;
        }
        edits(pass);
    }
    pass.rules = plain;
    if !fits(pass) {
        weakest(pass);
    }
}

/// Takes the weakest away until the rest fits.
fn weakest(pass: &mut Pass<'_>) {
    let gain = |id: usize| pass.rules.error_bits(pass.work.norm(id)) - pass.rules.bits(pass.work.len(id));
    let mut ids: Vec<(f64, usize)> = pass.work.ids().map(|id| (gain(id), id)).collect();
    ids.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    for (_, id) in ids {
        let crowded = pass.work.atoms > pass.rules.max_atoms;
        if fits(pass) {
            break;
        }
        // One vertex less does not make room for filaments.
        if !crowded && !pass.work.is_filament(id) {
            continue;
        }
        let delta: Vec<Gauss> = nodes::of(&pass.work.get(id)).into_iter().map(Gauss::negated).collect();
        pass.force(
            Edit { take: vec![id], give: vec![], delta, fed: true, shift: DVec2::ZERO },
            Kind::Budget,
            "weakest gain",
        );
    }
}
