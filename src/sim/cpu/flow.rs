//! What moves vertices and parcels in one stage.

use super::chosen;
use crate::{
    math::{BOX, Complex64},
    ops::{
        biot_savart::{self, cpu::Target},
        mesh::cpu::Mesh,
        mode_velocity,
        quadrature::{self, cpu::Blob},
        raster,
        window::Window,
    },
    params::Params,
    sim::cycle::{Cycle, acting},
    state::{AtomsView, State},
};

/// Velocity through a mesh if there is one.
pub fn through(mesh: &Option<Mesh<f64>>, targets: &[Target<f64>], blobs: &[Blob<f64>]) -> Vec<[f64; 2]> {
    match mesh {
        Some(mesh) => mesh.velocity(targets, blobs),
        None => biot_savart::cpu::velocity(targets, blobs),
    }
}

/// Place and velocity of a parcel.
pub type Moving = ([f64; 2], [f64; 2]);

/// What every vertex of a state moves with here, the mean flow left out. An ellipse that parcels carry does not
/// move with its vertex (see [`crate::sim::cycle::is_carried`]): the parcels' places and velocities follow, none without such.
pub fn velocity(state: &State, params: &Params) -> (Vec<[f64; 2]>, Vec<Moving>) {
    let view = state.atoms.view();
    let places: Vec<[f64; 2]> = view.vertex.iter().map(|v| v.to_array()).collect();
    let (modes, radius) = (state.background.dense(), state.background.basis().radius());
    let background = !state.background.is_zero();
    let mut carried = Cycle::start(state, params, true);
    let background = background && !carried.as_ref().is_some_and(Cycle::carries_background);
    let alone = acting(&state.atoms, carried.as_ref());
    let view = AtomsView { support: &alone, ..view };
    let mesh = chosen(state, params).map(Mesh::new);
    let mut velocity = through(&mesh, &targets(view, &places), &quadrature::cpu::blobs(view, &places));
    let mut parcels = vec![];
    if let Some(cycle) = &mut carried {
        let at = cycle.parcels.places().to_vec();
        let flow = ParcelFlow { view, places: &places, modes: &modes, radius };
        let (pushed, _) = flow.velocities(cycle, at.as_flattened(), &mut velocity, None, background);
        let h = BOX / cycle.parcels.side() as f64;
        parcels = at.iter().map(|x| x.map(|x| x * h)).zip(pushed).collect();
    }
    if background {
        add(&mut velocity, &mode_velocity::cpu::velocity(&places, &modes, radius));
    }
    (velocity, parcels)
}

/// What moves parcels and vertices in one stage, apart from what vertices do to one another.
pub struct ParcelFlow<'a> {
    pub view: AtomsView<'a>,
    pub places: &'a [[f64; 2]],
    pub modes: &'a [Complex64],
    pub radius: i32,
}

impl ParcelFlow<'_> {
    /// Velocity of the parcels at these flat places; adds theirs to `slope` of the vertices. With `wide` also
    /// their modes up to that radius.
    pub fn velocities(
        &self,
        cycle: &mut Cycle,
        parcels: &[f64],
        slope: &mut [[f64; 2]],
        wide: Option<i32>,
        background: bool,
    ) -> (Vec<[f64; 2]>, Option<Vec<Complex64>>) {
        let at: Vec<[f64; 2]> = parcels.chunks_exact(2).map(|p| [p[0], p[1]]).collect();
        let side = cycle.parcels.side();
        let cells = side as f64 / BOX;
        let asking = targets(self.view, self.places);
        let cores: Vec<_> = asking.iter().map(|t| (t.x.map(|x| x * cells), t.eps2.sqrt() * cells)).collect();
        cycle.parcels.spread(&at);
        let modes = wide.map(|radius| cycle.parcels.mesh().modes(radius));
        let mesh = cycle.parcels.mesh();
        mesh.solve();
        let mut pushed = mesh.at(&at);
        add(slope, &mesh.over(&cores));
        // What vertices and background do to the parcels.
        let others = self.view.support.iter().any(|s| *s);
        if others || background {
            match others {
                true => mesh.sample(&raster::cpu::field(self.view, self.places, &Window::full(side as u32))),
                false => mesh.sample(&vec![0.0; side * side]),
            }
            if background {
                mesh.add_modes(self.modes, self.radius);
            }
            mesh.solve();
            add(&mut pushed, &mesh.at(&at));
        }
        (pushed, modes)
    }
}

/// `sum += more`, vertex by vertex.
pub fn add(sum: &mut [[f64; 2]], more: &[[f64; 2]]) {
    sum.iter_mut().zip(more).for_each(|(a, b)| *a = [a[0] + b[0], a[1] + b[1]]);
}

/// Every vertex asks with its own core.
pub(crate) fn targets<R: crate::math::Real>(atoms: AtomsView<'_>, places: &[[R; 2]]) -> Vec<Target<R>> {
    let mut targets = Vec::with_capacity(places.len());
    for i in 0..atoms.gamma.len() {
        let last = atoms.segment_start[i + 1] - 1;
        for (v, place) in places[atoms.start[i]..atoms.start[i + 1]].iter().enumerate() {
            let eps = atoms.eps[i] * atoms.core[(atoms.segment_start[i] + v).min(last)];
            targets.push(Target { x: *place, eps2: R::of(eps * eps) });
        }
    }
    targets
}
