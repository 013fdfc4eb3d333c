use super::*;
use crate::{
    params::{Params, Switch},
    sim,
};

/// Numbers that hold a start: atoms, vertices, sum of all |Gamma|, energy and enstrophy on 128 nodes.
type Print = (&'static str, usize, usize, f64, f64, f64);

/// The starts that the figures were set for.
const STARTS: [Print; 18] = [
    ("default", 12, 243, 28.90164710337695, 0.3922110163029723, 1.061359101858851),
    ("dipole", 4, 4, 16.0, 0.1503809325381596, 4.470732545160173),
    ("pair", 4, 52, 11.2, 0.270254635495065, 2.5538067596338325),
    ("sheet", 2, 96, 15.079644737231007, 0.16815248751395012, 0.7968809421648437),
    ("street", 12, 12, 18.0, 0.0548394216627735, 2.2462358216366383),
    ("lattice", 64, 64, 102.39999999999999, 0.23225367140007847, 8.409654232246966),
    ("ring", 9, 48, 16.0, 0.07519020312521077, 1.623761571189422),
    ("turbulence", 40, 368, 35.292842810049464, 0.11034154856802494, 1.4459487227403387),
    ("cells", 2, 42, 4.0, 0.3651353682445799, 0.8504218207281302),
    ("galaxy", 5, 189, 9.200000000000001, 0.03646344427290868, 0.21242590285781376),
    ("merger", 8, 136, 13.6, 0.2526609590553482, 0.819828708603944),
    ("jet", 4, 160, 25.132741228718345, 0.09996904372434492, 0.9244258759426817),
    ("wing", 2, 40, 10.0, 0.18994977376585054, 3.2261512843458613),
    ("leapfrog", 8, 120, 10.200000000000001, 0.1254580924612515, 5.45464871884233),
    ("tripole", 5, 101, 14.0, 0.08346540487752793, 0.8006284769604681),
    ("ellipse", 6, 124, 8.6026542216873, 0.11143178608740617, 0.32331785234281407),
    ("collapse", 5, 187, 9.899999999999999, 0.09826782952111107, 2.521690801401901),
    ("gas", 72, 72, 39.599999999999994, 0.230761657125154, 3.720461569456926),
];

#[test]
fn the_starts_are_those_that_the_figures_were_set_for() {
    let mut told = String::new();
    let mut off = vec![];
    for (i, scene) in genesis::scenes().iter().enumerate() {
        // As filaments: rows of ellipses are within 2 % of them.
        let state = genesis::make(scene.name, &mut Params { ellipses: Switch::Off, ..Params::default() }).unwrap();
        let (atoms, view) = (&state.atoms, state.atoms.view());
        let circulation: f64 = view.gamma.iter().sum();
        let (energy, enstrophy) = sim::Transforms::Cpu.energies(&sim::decode(&state, 128), 128).unwrap();
        let now = (scene.name, atoms.len(), atoms.vertex_count(), circulation, energy, enstrophy);
        told += &format!("    {now:?},\n");
        let same = STARTS.get(i).is_some_and(|then| {
            let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * b.abs().max(1e-9);
            (then.0, then.1, then.2) == (now.0, now.1, now.2)
                && near(now.3, then.3)
                && near(now.4, then.4)
                && near(now.5, then.5)
        });
        if !same {
            off.push(scene.name);
        }
    }
    assert!(off.is_empty(), "{off:?} start otherwise than their figures say; keep the old start as a case\n{told}");
}
