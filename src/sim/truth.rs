//! The velocity once more, in f64 and by other formulas: how far the running path is from the truth.
//!
//! The running path sums the fitted series of the kernel over few quadrature nodes. The truth sums the
//! textbook's rows ([`biot_savart::cpu::velocity_textbook`]) over many: segments in panels of at most one core
//! radius with 8 Gauss-Legendre nodes each, ellipses as an evenly spaced row, which converges faster than any
//! power for a Gaussian. Compared are the velocities that the vertices move with, without the mean flow.
//! In the middle of a cycle the ellipses are only a picture of what the parcels carry. There the truth takes the
//! vorticity of the parcels on the nodes of their lattice, wave by wave:
//!
//! ```text
//! u(x) = sum_k i (ky, -kx)/k^2 omega_hat(k) exp(-eps^2 k^2/2) exp(i k.x)
//! ```
//!
//! for a vertex of core `eps`, and the velocity on the nodes, which moves the parcels, is compared, too.

use rayon::prelude::*;

use super::{
    cpu,
    cycle::{is_carried, lattice},
};
use crate::{
    math::{BOX, Complex64, wavenumber},
    ops::{
        biot_savart::{
            self,
            cpu::{Target, velocity_textbook},
        },
        mesh::Accuracy,
        mode_velocity,
        quadrature::{self, cpu::Blob},
    },
    params::Params,
    primitives::fft::cpu::{Direction, transform},
    state::{AtomsView, Chart, Lattice, State, Topology},
};

/// Most pairs of samples and nodes: a few seconds of one core.
const MOST_PAIRS: usize = 10_000_000;
/// Fewest samples, however many nodes there are.
const FEWEST: usize = 32;
/// Most places that are compared.
const MOST: usize = 2000;
/// Reach of an ellipse's row, in standard deviations.
const REACH: f64 = 6.5;

/// How far one path is from the truth. Errors are distances of velocities over the largest true speed.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Truth {
    /// Vertices or parcels compared.
    pub samples: usize,
    /// Vertices that there are.
    pub vertices: usize,
    /// Largest true speed at the samples.
    pub top_speed: f64,
    /// Largest error; `None` where nothing moves or there is no vertex.
    pub max_error: Option<f64>,
    /// Root of the mean square error.
    pub rms_error: Option<f64>,
    /// Largest error that passes.
    #[serde(skip)]
    pub tolerance: f64,
}

/// Largest error of the direct sum that passes: quadrature and single precision, 1e-5 each, and their sum's rounding.
pub const TOLERANCE: f64 = 2.0 * biot_savart::TOLERANCE;

/// Largest error that passes for the mesh of parcels: splines on it, and vertices whose cores it sees at four corners.
pub const OF_PARCELS: f64 = 5e-3;

/// Largest error that passes for a path that may go through a mesh.
pub fn tolerance(through: Option<&Accuracy>) -> f64 {
    TOLERANCE + through.map_or(0.0, |accuracy| accuracy.error)
}

/// Velocities of one moment, `[u, v]` each.
pub struct Velocities<'a> {
    /// Of every vertex, in vertex order.
    pub vertices: &'a [[f64; 2]],
    /// On every node of the parcels' lattice, row 0 at the bottom; empty without parcels.
    pub nodes: &'a [[f64; 2]],
}

/// Compares velocities with the truth at some of the places. Atoms that are `carried` do not move with their vertices,
/// which are left out; where the state has the parcels that carry them, these stand for them.
pub fn compare(state: &State, velocity: Velocities<'_>, carried: impl Fn(usize) -> bool, tolerance: f64) -> Truth {
    let view = state.atoms.view();
    let places: Vec<[f64; 2]> = view.vertex.iter().map(|v| v.to_array()).collect();
    let left = (0..view.gamma.len()).filter(|i| !carried(*i));
    let targets = cpu::targets(view, &places);
    let vertices = left.flat_map(|i| view.start[i]..view.start[i + 1]).map(|v| (targets[v], velocity.vertices[v]));
    let nodes = state.parcels.iter().flat_map(|lattice| {
        let h = BOX / lattice.side as f64;
        let at = move |c: usize| [(c % lattice.side) as f64 * h, (c / lattice.side) as f64 * h];
        velocity.nodes.iter().enumerate().map(move |(c, v)| (Target { x: at(c), eps2: 0.0 }, *v))
    });
    let acting: Vec<bool> =
        (0..view.gamma.len()).map(|i| view.support[i] && (state.parcels.is_none() || !carried(i))).collect();
    judge(state, AtomsView { support: &acting, ..view }, &[vertices.collect(), nodes.collect()], tolerance)
}

/// Compares what moves, places and their velocities of several kinds, with the truth at some of each kind. `acting`
/// are the atoms that induce by themselves.
fn judge(state: &State, acting: AtomsView<'_>, kinds: &[Vec<(Target<f64>, [f64; 2])>], tolerance: f64) -> Truth {
    let nodes = nodes(acting);
    // A wave costs a small part of a pair.
    let waves = state.parcels.as_ref().map_or(0, |lattice| lattice.values.len() / 32);
    let room = (MOST_PAIRS / (nodes.len() + waves).max(1)).clamp(FEWEST, MOST);
    // Evenly through each list, which is in the order of the atoms or of the lattice.
    let some = |moving: &Vec<(Target<f64>, [f64; 2])>| -> Vec<_> {
        let count = room.min(moving.len());
        (0..count).map(|i| moving[i * moving.len() / count]).collect()
    };
    let chosen: Vec<_> = kinds.iter().flat_map(some).collect();
    let count = chosen.len();
    let targets: Vec<Target<f64>> = chosen.iter().map(|(target, _)| *target).collect();
    let mut truth = with_modes(velocity_textbook(&targets, &nodes), &targets, state);
    if let Some(lattice) = &state.parcels {
        add(&mut truth, &of_lattice(lattice, &targets));
    }
    let speed = |v: [f64; 2]| v[0].hypot(v[1]);
    let top_speed = truth.iter().map(|v| speed(*v)).fold(0.0, f64::max);
    let errors: Vec<f64> =
        chosen.iter().zip(&truth).map(|((_, v), t)| speed([v[0] - t[0], v[1] - t[1]]) / top_speed).collect();
    // Below it nothing moves: a vortex by itself has the speed that rounding of its images leaves.
    let cell = |lattice: &Lattice| (BOX / lattice.side as f64).powi(2);
    let carried =
        state.parcels.as_ref().map_or(0.0, |l| cell(l) * l.values.iter().map(|w| f64::from(w.abs())).sum::<f64>());
    let rest = 1e-13 * (carried + nodes.iter().map(|b| b.circulation.abs()).sum::<f64>());
    let known = top_speed > rest;
    // A NaN must show, and `f64::max` drops it.
    let worst = errors.iter().fold(0.0, |a: f64, e| if a.is_nan() || e.is_nan() { f64::NAN } else { a.max(*e) });
    let square = errors.iter().map(|e| e * e).sum::<f64>() / count.max(1) as f64;
    Truth {
        samples: count,
        vertices: kinds.iter().map(Vec::len).sum(),
        top_speed,
        max_error: known.then_some(worst),
        rms_error: known.then(|| square.sqrt()),
        tolerance,
    }
}

impl Truth {
    /// Whether the largest error is within the tolerance; `None` where there is none.
    pub fn passed(&self) -> Option<bool> {
        self.max_error.map(|error| error <= self.tolerance)
    }
}

/// The truth of the CPU's own path.
pub fn of_cpu(state: &State, params: &Params) -> Truth {
    let through = cpu::chosen(state, params);
    let tolerance = tolerance(through.as_ref().map(|pyramid| &pyramid.accuracy));
    let vertices = cpu::velocity(state, params).0;
    let velocity = Velocities { vertices: &vertices, nodes: &[] };
    compare(state, velocity, |i| is_carried(&state.atoms, i, lattice(params)), tolerance)
}

/// The truth of the parcels that carry ellipses on the CPU, at the start of their cycle; `None` without such.
/// They move through a mesh as fine as their cores ask for, and no error is promised for it.
pub fn of_parcels(state: &State, params: &Params) -> Option<Truth> {
    let (_, parcels) = cpu::velocity(state, params);
    let tracer = |(x, v): cpu::Moving| (Target { x, eps2: 0.0 }, v);
    let moving: Vec<_> = parcels.into_iter().map(tracer).collect();
    (!moving.is_empty()).then(|| judge(state, state.atoms.view(), &[moving], f64::INFINITY))
}

/// Adds the background's velocity.
fn with_modes(mut velocity: Vec<[f64; 2]>, targets: &[Target<f64>], state: &State) -> Vec<[f64; 2]> {
    if !state.background.is_zero() {
        let places: Vec<[f64; 2]> = targets.iter().map(|t| t.x).collect();
        let dense: Vec<Complex64> = state.background.dense();
        add(&mut velocity, &mode_velocity::cpu::velocity(&places, &dense, state.background.basis().radius()));
    }
    velocity
}

fn add(velocity: &mut [[f64; 2]], more: &[[f64; 2]]) {
    velocity.iter_mut().zip(more).for_each(|(a, b)| *a = [a[0] + b[0], a[1] + b[1]]);
}

/// What the vorticity on the nodes of a lattice does to targets, wave by wave.
fn of_lattice(lattice: &Lattice, targets: &[Target<f64>]) -> Vec<[f64; 2]> {
    let n = lattice.side;
    let mut waves: Vec<Complex64> = lattice.values.iter().map(|w| Complex64::new(f64::from(*w), 0.0)).collect();
    transform(&mut waves, n, Direction::Forward);
    let k: Vec<f64> = (0..n).map(|i| f64::from(wavenumber(i, n))).collect();
    for (cell, wave) in waves.iter_mut().enumerate() {
        let k2 = k[cell % n].powi(2) + k[cell / n].powi(2);
        // i omega_hat/k^2: u takes it times ky, v times -kx. The mean makes no velocity.
        *wave = if k2 == 0.0 { Complex64::default() } else { *wave * Complex64::i() / (k2 * (n * n) as f64) };
    }
    let at = |target: &Target<f64>| {
        let axis = |x: f64| -> Vec<Complex64> {
            let one = |k: &f64| Complex64::from_polar((-0.5 * target.eps2 * k * k).exp(), k * x);
            k.iter().map(one).collect()
        };
        let (across, up) = (axis(target.x[0]), axis(target.x[1]));
        let mut sum = [0.0, 0.0];
        for (j, row) in waves.chunks_exact(n).enumerate() {
            let (mut plain, mut turned) = (Complex64::default(), Complex64::default());
            for ((wave, e), kx) in row.iter().zip(&across).zip(&k) {
                let one = wave * e;
                plain += one;
                turned += one * kx;
            }
            sum[0] += k[j] * (plain * up[j]).re;
            sum[1] -= (turned * up[j]).re;
        }
        sum
    };
    targets.par_iter().map(at).collect()
}

/// Many blobs for every segment and ellipse.
fn nodes(a: AtomsView<'_>) -> Vec<Blob<f64>> {
    let legendre = quadrature::legendre(quadrature::MAX_NODES);
    let mut nodes = vec![];
    for i in (0..a.gamma.len()).filter(|i| a.support[*i]) {
        let strength = a.sign[i].value() * a.gamma[i];
        let entries = a.segment_start[i]..a.segment_start[i + 1];
        for (s, entry) in entries.enumerate() {
            let (eps, own) = (a.eps[i] * a.core[entry], strength * a.weight[entry]);
            let from = a.vertex[a.start[i] + s];
            let mut add = |x: f64, y: f64, share: f64| {
                nodes.push(Blob { x: [x, y], circulation: own * share, eps2: eps * eps });
            };
            match (a.chart[i], a.topology[i]) {
                (Chart::Ellipse, _) => {
                    let spread = eps * (a.aspect[i] * a.aspect[i] - 1.0).sqrt();
                    let axis = glam::DVec2::from_angle(a.angle[i]) * spread;
                    for (t, share) in row(spread / eps) {
                        add(from.x + t * axis.x, from.y + t * axis.y, share);
                    }
                }
                (Chart::Polyline, Topology::Point) => add(from.x, from.y, 1.0),
                (Chart::Polyline, _) => {
                    let along = a.segment_vector(i, s);
                    let panels = (along.length() / eps).ceil().max(1.0);
                    for p in 0..panels as usize {
                        for (x, w) in &legendre {
                            let at = from + along * ((p as f64 + 0.5 + x) / panels);
                            add(at.x, at.y, w / panels);
                        }
                    }
                }
            }
        }
    }
    nodes
}

/// A unit Gaussian as evenly spaced points and shares that sum to 1; `ratio` is its standard deviation over
/// the core of the points.
fn row(ratio: f64) -> Vec<(f64, f64)> {
    let h = (0.6 / ratio.max(1e-9)).min(0.5);
    let half = (REACH / h).ceil() as i32;
    let points = (-half..=half).map(|i| (f64::from(i) * h, (-0.5 * (f64::from(i) * h).powi(2)).exp()));
    let sum: f64 = points.clone().map(|(_, w)| w).sum();
    points.map(|(t, w)| (t, w / sum)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{Atom, Atoms, Background, Meta, Sign};
    use glam::DVec2;

    #[test]
    fn scenes_move_as_the_truth_does_on_the_cpu() {
        for scene in crate::genesis::scenes() {
            // Parcels have no velocity of their own to compare.
            let mut params = Params { ellipses: crate::params::Switch::Off, ..Params::default() };
            let truth = of_cpu(&crate::genesis::make(scene.name, &mut params).unwrap(), &params);
            println!("{}: {truth:?}", scene.name);
            assert_eq!(truth.passed(), Some(true), "{}", scene.name);
            assert!(truth.samples >= FEWEST.min(truth.vertices) && truth.rms_error <= truth.max_error);
        }
    }

    #[test]
    fn a_wrong_velocity_shows_and_nothing_to_compare_is_no_number() {
        let params = Params { ellipses: crate::params::Switch::Off, ..Params::default() };
        let state = crate::genesis::make("pair", &mut params.clone()).unwrap();
        let mut vertices = cpu::velocity(&state, &params).0;
        let judged = |vertices: &[[f64; 2]]| compare(&state, Velocities { vertices, nodes: &[] }, |_| false, TOLERANCE);
        vertices[0][0] += 0.01 * judged(&vertices).top_speed;
        let wrong = judged(&vertices);
        assert!((wrong.max_error.unwrap() - 0.01).abs() < 1e-4 && wrong.passed() == Some(false), "{wrong:?}");
        vertices[0][1] = f64::NAN;
        assert_eq!(judged(&vertices).passed(), Some(false));
        let empty = State::new(Atoms::default(), Background::empty(), Meta::default());
        assert_eq!(of_cpu(&empty, &params).passed(), None);
        let alone = Atoms::try_from_iter([Atom::point(Sign::Plus, 1.0, 0.1, DVec2::ONE)]).unwrap();
        assert_eq!(of_cpu(&State { atoms: alone, ..empty }, &params).max_error, None);
    }

    #[test]
    fn parcels_move_nearly_as_the_ellipses_they_carry_make_them() {
        let ellipse = |sign, x: f64| Atom::ellipse(sign, 1.0, 0.3, 2.0, 0.4, DVec2::new(x, 3.0));
        let atoms = Atoms::try_from_iter([ellipse(Sign::Plus, 2.0), ellipse(Sign::Minus, 4.5)]).unwrap();
        let state = State::new(atoms, Background::empty(), Meta::default());
        let params = Params::default();
        let truth = of_parcels(&state, &params).unwrap();
        println!("{truth:?}");
        assert!(truth.samples >= FEWEST && truth.max_error.unwrap() < 0.02, "{truth:?}");
        assert_eq!(of_cpu(&state, &params).samples, 0, "carried ellipses do not move with their vertices");
        let filaments = Params { ellipses: crate::params::Switch::Off, ..params };
        assert_eq!(of_parcels(&crate::genesis::make("ring", &mut filaments.clone()).unwrap(), &filaments), None);
    }

    /// A patch of the lattice against the Gaussian vortex that it samples, seen by a point and by a core.
    #[test]
    fn the_vorticity_of_a_lattice_makes_the_velocity_of_what_it_samples() {
        let (side, eps) = (64, 0.35);
        let atoms = Atoms::try_from_iter([Atom::point(Sign::Minus, 1.3, eps, DVec2::new(2.0, 3.0))]).unwrap();
        let state = State::new(atoms, Background::empty(), Meta::default());
        let field = crate::sim::decode::decode(&state, side as u32);
        let values = field.into_iter().map(|w| w as f32).collect();
        let lattice = Lattice { side, values, atoms: Atoms::default() };
        let targets: Vec<_> = [0.0, 0.04].map(|eps2| Target { x: [2.4, 3.3], eps2 }).into();
        let exact = velocity_textbook(&targets, &nodes(state.atoms.view()));
        for (a, b) in of_lattice(&lattice, &targets).iter().flatten().zip(exact.iter().flatten()) {
            assert!((a - b).abs() < 1e-6, "{a} {b}");
        }
    }

    #[test]
    fn a_row_of_points_has_the_moments_of_a_gaussian() {
        for ratio in [0.1, 2.0, 30.0] {
            let moment = |n: i32| row(ratio).iter().map(|(t, w)| w * t.powi(n)).sum::<f64>();
            assert!((moment(0) - 1.0).abs() < 1e-14 && (moment(2) - 1.0).abs() < 1e-8, "{ratio}: {}", moment(2));
            assert!((moment(4) - 3.0).abs() < 1e-6, "{ratio}: {}", moment(4));
        }
    }
}
