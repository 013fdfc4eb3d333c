use super::*;
use crate::math::Nearness;

fn run(method: &'static str, seed: u64, rel_l2: f64) -> Run {
    let near = Nearness { rel_l2, corr: 0.9 };
    Run::new(Table::Representation, method, seed, 6.0, 256, floats(0.10)).near(near)
}

fn judged(runs: Vec<Run>, seeds: u64) -> Report {
    let mut report = Report { runs, ..Default::default() };
    report.judge(seeds);
    report
}

#[test]
fn atoms_must_meet_the_threshold_and_beat_every_other_basis_on_every_seed() {
    let three = |atoms: [f64; 3]| {
        let seeds = atoms.iter().zip(0..);
        let all = seeds.flat_map(|(x, s)| [run("Fourier", s, 0.29), run("db6 wavelets", s, 0.2), run("atoms", s, *x)]);
        judged(all.collect(), 3)
    };
    let good = three([0.17, 0.18, 0.19]);
    assert_eq!((good.rows.len(), good.passed, good.rows[2].median), (3, Some(true), Some(0.18)));
    assert_eq!(good.rows[2].worst, Some(0.19));
    assert!(good.verdict().is_ok() && good.rows[0].passed.is_none());
    assert_eq!(three([0.17, 0.19, 0.185]).passed, Some(false));
    // One seed where wavelets are better.
    let error = three([0.1, 0.1, 0.21]).verdict().unwrap_err();
    assert!(error.exit_code() == 3 && error.to_string() == "missed: atoms, t = 6, 10 %", "{error}");
}

#[test]
fn growth_is_the_largest_change_beyond_512() {
    let at = |n, rel_l2| {
        let near = Nearness { rel_l2, corr: 0.9 };
        Run::new(Table::Growth, "atoms", 0, 24.0, n, 654).near(near)
    };
    let steady = judged(vec![at(256, 0.5), at(512, 0.4), at(1024, 0.401), at(2048, 0.395)], 1);
    assert!((steady.rows[0].median.unwrap() - 0.0125).abs() < 1e-12 && steady.passed == Some(true));
    assert_eq!(judged(vec![at(512, 0.4), at(2048, 0.41)], 1).passed, Some(false));
    // Nothing to compare with is no verdict.
    assert_eq!(judged(vec![at(256, 0.4)], 1).passed, None);
}

#[test]
fn larger_correlations_are_better_and_missing_numbers_are_null() {
    let at = |seed, corr| ahead("atoms", seed, corr, None);
    let report = judged(vec![at(0, 0.99), at(1, 0.986), at(2, 0.9)], 3);
    assert_eq!((report.rows[0].median, report.rows[0].worst, report.passed), (Some(0.986), Some(0.9), Some(true)));
    let json = serde_json::to_value(&report).unwrap();
    let (run, cell) = (&json["runs"][0], &json["cells"][0]);
    assert!(run["relL2"].is_null() && run["pieces"].is_null() && run["seconds"].is_null());
    // Without the LES beside it there is no verdict on it.
    assert!(cell["above_equal_floats"].is_null() && cell["seconds_equal_floats"].is_null(), "{cell}");
    assert!(report.text().contains("forecast from t = 20, 10 %, atoms, +1"));
}

fn ahead(method: &'static str, seed: u64, corr: f64, seconds: Option<f64>) -> Run {
    let run = Run::new(Table::Forecast, method, seed, 1.0, 256, floats(0.10));
    Run { from: Some(20.0), seconds, ..run }.near(Nearness { rel_l2: f64::NAN, corr })
}

#[test]
fn every_seed_of_a_cell_must_be_above_the_les_of_as_many_numbers() {
    let of = |ours: [f64; 3], peer: [f64; 3]| {
        let seeds = ours.iter().zip(peer).zip(0..);
        let runs = seeds.flat_map(|((ours, peer), seed)| {
            [ahead(EQUAL_FLOATS, seed, peer, Some(0.5)), ahead("atoms", seed, *ours, Some(0.25))]
        });
        judged(runs.collect(), 3)
    };
    let good = of([0.995, 0.99, 0.986], [0.985, 0.97, 0.96]);
    assert_eq!((good.cells.len(), good.cells[0].above_equal_floats, good.passed), (1, Some(true), Some(true)));
    assert_eq!((good.cells[0].seconds_equal_floats, good.cells[0].seconds_atoms), (Some(0.5), Some(0.25)));
    assert!(good.cells[0].seconds_les.is_none() && good.text().contains("  0.5000    0.2500"), "{}", good.text());
    // The median is above, one seed is not.
    let bad = of([0.995, 0.99, 0.986], [0.985, 0.97, 0.986]);
    assert_eq!((bad.cells[0].above_equal_floats, bad.passed), (Some(false), Some(false)));
    let error = bad.verdict().unwrap_err();
    assert_eq!(error.to_string(), "missed: forecast from t = 20, 10 %, atoms, +1");
    // One seed whose atoms came to nothing.
    let lost = of([0.995, f64::NAN, 0.986], [0.9; 3]);
    assert_eq!((lost.cells[0].above_equal_floats, lost.passed), (Some(false), Some(false)));
    // Above, but under the threshold.
    assert_eq!(of([0.9; 3], [0.8; 3]).passed, Some(false));
}
