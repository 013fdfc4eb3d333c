//! What the transport does to atoms beside moving them, as the ledger takes it: filaments and points become ellipses
//! (`chart`), ellipses are refitted at the end of a cycle (`refit`). Forced, whether passes run or not.
//!
//! ```text
//! refit:  before = what the parcels carried,   after = before + event + winding
//! ```
//!
//! The motion of a cycle ends with what its parcels hold, and the event is only what the fit made of that.

use super::cycle::ended::Ended;
use crate::{
    params::Params,
    state::{Atoms, Change, Event, Kind, impulse},
};

/// Bits of atoms and vertices alone.
fn bits(atoms: &Atoms, params: &Params) -> f64 {
    params.c_atom * atoms.len() as f64 + params.c_vertex * atoms.vertex_count() as f64
}

/// Atoms that became `after`, all but the ellipses among them.
pub fn chart(step: u64, reason: &'static str, before: &Atoms, after: &Atoms, count: usize, params: &Params) -> Change {
    let (was, is) = (impulse(before), impulse(after));
    let event = Event {
        step,
        kind: Kind::Chart,
        reason,
        voluntary: false,
        count: count as u32,
        bits: bits(after, params) - bits(before, params),
        circulation: after.circulation() - before.circulation(),
        impulse: [is.impulse_x - was.impulse_x, is.impulse_y - was.impulse_y],
        enstrophy: None,
    };
    Change::new(before, vec![event], after)
}

/// Atoms at the end of a cycle; `None` where it had no steps and changed nothing.
pub fn refit(step: u64, before: &Atoms, ended: &Ended, params: &Params) -> Option<Change> {
    let after = &ended.state.atoms;
    if ended.refitted == 0 {
        return None;
    }
    let (was, is) = (impulse(before), impulse(after));
    let [x, y] = ended.carried;
    let [wx, wy] = ended.winding;
    let event = Event {
        step,
        kind: Kind::Refit,
        reason: "end of a cycle",
        voluntary: false,
        count: ended.refitted as u32,
        bits: bits(after, params) - bits(before, params),
        circulation: after.circulation() - before.circulation(),
        impulse: [is.impulse_x - was.impulse_x - x - wx, is.impulse_y - was.impulse_y - y - wy],
        enstrophy: None,
    };
    Some(Change::new(before, vec![event], after).carried(ended.carried).across(ended.winding))
}
