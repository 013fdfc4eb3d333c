use super::*;
use crate::math::BOX;

#[test]
fn a_field_is_its_own_truth_on_any_grid() {
    let field = |n: usize| -> Vec<f64> {
        let x = |i: usize| BOX * i as f64 / n as f64;
        (0..n * n).map(|c| (3.0 * x(c % n)).sin() + (2.0 * x(c / n) - x(c % n)).cos()).collect()
    };
    let (fields, times) = ([field(64)], [1.0]);
    let truth = Truth { n: 64, times: &times, fields: &fields };
    for side in [32, 64, 128] {
        let (corr, rel_l2) = truth.near(&[field(side)], side).unwrap();
        assert!((corr[0].unwrap() - 1.0).abs() < 1e-12 && rel_l2[0].unwrap() < 1e-12, "{side}");
    }
    let (corr, _) = truth.near(&[vec![0.0; 64 * 64]], 64).unwrap();
    assert_eq!(corr, [None], "a constant field has no correlation");
}

/// Numbers that hold a start: atoms, vertices, floats, circulation of one sign, energy and enstrophy on 128 nodes.
type Print = (&'static str, usize, usize, usize, f64, f64, f64);

/// The starts that the figures were set for.
const STARTS: [Print; 18] = [];

#[test]
fn the_starts_are_those_that_the_figures_were_set_for() {
    let mut told = String::new();
    let mut off = vec![];
    for (i, scene) in genesis::scenes().iter().enumerate() {
        let case = From::Scene(scene.name.into()).open(&Given::default(), None).unwrap();
        let (atoms, view) = (&case.state.atoms, case.state.atoms.view());
        let circulation: f64 = view.gamma.iter().sum();
        let (energy, enstrophy) = sim::Transforms::Cpu.energies(&sim::decode(&case.state, 128), 128).unwrap();
        let now = (scene.name, atoms.len(), atoms.vertex_count(), case.state.floats(), circulation, energy, enstrophy);
        told += &format!("    {now:?},\n");
        let same = STARTS.get(i).is_some_and(|then| {
            let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * b.abs().max(1e-9);
            (then.0, then.1, then.2, then.3) == (now.0, now.1, now.2, now.3)
                && near(now.4, then.4)
                && near(now.5, then.5)
                && near(now.6, then.6)
        });
        if !same {
            off.push(scene.name);
        }
    }
    assert!(off.is_empty(), "{off:?} start otherwise than their figures say; keep the old start as a case\n{told}");
}
