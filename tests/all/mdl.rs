//! Description-length passes in a run: the book balances, runs repeat, files start without them.

use dashi_vortex::{
    genesis,
    params::{Integrator, Params, Switch},
    sim::{CpuSim, Simulator},
    state::{Kind, Ledger},
};

#[cfg(feature = "gpu")]
use crate::device::context;

fn params() -> Params {
    // Passes over filaments; those over ellipses come at the ends of long cycles.
    Params { n: 32, tracers: 0, max_vertices: 500, ellipses: Switch::Off, ..Params::default() }
}

/// Circulation, impulse and bits of a run are all in the book.
fn balanced(ledger: &Ledger, sim: &mut dyn Simulator, slack: f64) {
    let state = sim.snapshot().unwrap();
    let drift = ledger.drift(&state.atoms);
    assert!(ledger.passes() > 0 && ledger.kind(Kind::Merge).events + ledger.kind(Kind::Resample).events > 0);
    assert!(drift.unaccounted_circulation.abs() < 1e-12, "{drift:?}");
    assert!(drift.unaccounted_impulse.iter().all(|x| x.abs() < 1e-9), "{drift:?}");
    let of = |name: &str| drift.causes.iter().find(|c| c.cause == name).unwrap().circulation.abs();
    for cause in ["advection", "winding", "rounding", "resample", "merge", "split"] {
        assert!(of(cause) < slack, "{cause}: {drift:?}");
    }
    assert!(ledger.worst_voluntary_bits().unwrap() < 0.0);
    for report in ledger.pass_reports().kept() {
        assert!(report.bits_voluntary <= report.bits_before, "{report:?}");
        assert!(report.vertices <= 500 && report.atoms <= 256, "{report:?}");
    }
}

#[test]
fn the_book_of_a_run_balances_on_the_cpu() {
    let mut params = params();
    let state = genesis::make("turbulence", &mut params).unwrap();
    assert_eq!((params.mdl, params.max_atoms), (Switch::On, 256));
    (params.integrator, params.mdl_every) = (Integrator::Rk2, 4);
    let run = || {
        let mut sim = CpuSim::new(&state, &params).unwrap();
        sim.advance(24).unwrap();
        sim
    };
    let (mut a, b) = (run(), run());
    let ledger = a.ledger().unwrap().clone();
    balanced(&ledger, &mut a, 1e-12);
    assert_eq!(a.state(), b.state());
    // The order of steps in a batch does not show.
    let mut single = CpuSim::new(&state, &params).unwrap();
    (0..24).for_each(|_| single.advance(1).unwrap());
    assert_eq!(single.state(), b.state());
}

#[cfg(feature = "gpu")]
#[test]
fn the_book_of_a_run_balances_on_the_device_and_runs_repeat() {
    use dashi_vortex::sim::GpuSim;
    let mut params = params();
    let state = genesis::make("turbulence", &mut params).unwrap();
    params.integrator = Integrator::Rk2;
    let run = |batch: u64| {
        let mut sim = GpuSim::new(context(), &state, &params).unwrap();
        (0..120 / batch).for_each(|_| sim.advance(batch).unwrap());
        sim
    };
    let (mut a, mut b) = (run(120), run(5));
    let ledger = a.between().ledger().clone();
    balanced(&ledger, &mut a, 1e-5);
    assert_eq!(Simulator::snapshot(&mut a).unwrap(), Simulator::snapshot(&mut b).unwrap());
}

#[test]
fn filaments_no_longer_fill_the_budget() {
    let mut params = params();
    let state = genesis::make("turbulence", &mut params).unwrap();
    (params.integrator, params.max_vertices, params.tol) = (Integrator::Rk2, 500, 0.02);
    let mut sim = CpuSim::new(&state, &params).unwrap();
    sim.advance(160).unwrap();
    let reports = sim.ledger().unwrap().pass_reports().kept();
    let (first, last) = (reports[0].vertices, reports[reports.len() - 1].vertices);
    assert!(last < first, "{first} to {last}");
}
