//! Reference: see the module above.

use super::{hermite, legendre, node_count};
use crate::{
    math::{Real, nearest},
    state::{AtomsView, Chart, Topology},
};

/// A Gaussian vortex blob.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Blob<R> {
    /// Centre.
    pub x: [R; 2],
    /// Signed circulation.
    pub circulation: R,
    /// Core radius squared.
    pub eps2: R,
}

/// How many blobs segment `s` of atom `i` becomes; `vertex` are the places of all vertices. They stand in the order
/// of `atoms.vertex`.
pub fn count<R: Real>(atoms: AtomsView<'_>, vertex: &[[R; 2]], i: usize, s: usize) -> usize {
    match (atoms.chart[i], atoms.topology[i]) {
        (Chart::Ellipse, _) => super::ELLIPSE_NODES,
        (Chart::Polyline, Topology::Point) => 1,
        (Chart::Polyline, _) => {
            let d = along(atoms, vertex, i, s);
            let eps = atoms.eps[i] * atoms.core[atoms.segment_start[i] + s];
            node_count((d[0] * d[0] + d[1] * d[1]).sqrt().f64() / eps)
        }
    }
}

/// Vector of segment `s` of atom `i` to the nearest image of its end. `vertex` holds the places of all vertices in
/// the order of `atoms.vertex`.
pub fn along<R: Real>(atoms: AtomsView<'_>, vertex: &[[R; 2]], i: usize, s: usize) -> [R; 2] {
    let (first, count) = (atoms.start[i], atoms.start[i + 1] - atoms.start[i]);
    let (a, b) = (vertex[first + s], vertex[first + (s + 1) % count]);
    [nearest(b[0] - a[0]), nearest(b[1] - a[1])]
}

/// All blobs, in vertex order. `vertex` are the places of all vertices, wrapped or not.
pub fn blobs<R: Real>(atoms: AtomsView<'_>, vertex: &[[R; 2]]) -> Vec<Blob<R>> {
    let tables: Vec<Vec<(f64, f64)>> = (1..=super::MAX_NODES).map(legendre).collect();
    let mut blobs = Vec::new();
    for i in 0..atoms.gamma.len() {
        let strength = if atoms.support[i] { atoms.sign[i].value() * atoms.gamma[i] } else { 0.0 };
        for s in 0..atoms.segment_count(i) {
            let entry = atoms.segment_start[i] + s;
            let circulation = strength * atoms.weight[entry];
            let eps = atoms.eps[i] * atoms.core[entry];
            let n = count(atoms, vertex, i, s);
            let (nodes, axis, half) = match atoms.chart[i] {
                Chart::Ellipse => {
                    let spread = eps * (atoms.aspect[i] * atoms.aspect[i] - 1.0).sqrt();
                    (
                        &hermite(),
                        [R::of(spread * atoms.angle[i].cos()), R::of(spread * atoms.angle[i].sin())],
                        R::zero(),
                    )
                }
                Chart::Polyline => (&tables[n - 1], along(atoms, vertex, i, s), R::of(0.5)),
            };
            let from = vertex[atoms.start[i] + s];
            for (node, weight) in nodes {
                let t = half + R::of(*node);
                blobs.push(Blob {
                    x: [from[0] + t * axis[0], from[1] + t * axis[1]],
                    circulation: R::of(circulation * weight),
                    eps2: R::of(eps * eps),
                });
            }
        }
    }
    blobs
}
