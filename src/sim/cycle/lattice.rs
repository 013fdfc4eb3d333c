//! The parcels of a cycle: what each carries, and where it is.

use super::ride::node;
use crate::ops::parcels::cpu::Mesh;

/// Parcels that began on the nodes of a square lattice.
#[derive(Clone)]
pub struct Parcels {
    pub(super) side: usize,
    pub(super) values: Vec<f32>,
    /// Places now, in cells, unwrapped.
    pub(super) places: Vec<[f64; 2]>,
    /// Made by the first who asks: on a device the parcels have another.
    mesh: Option<Mesh>,
}

impl Parcels {
    /// On the nodes, with these values.
    pub(super) fn new(values: Vec<f32>, side: usize) -> Self {
        Self { side, values, places: (0..side * side).map(|p| node(p, side)).collect(), mesh: None }
    }

    /// The mesh of their vorticity and velocity.
    pub fn mesh(&mut self) -> &mut Mesh {
        self.mesh.get_or_insert_with(|| Mesh::new(self.side))
    }

    /// Largest vorticity of one.
    pub(super) fn largest(&self) -> f64 {
        self.values.iter().fold(0.0_f32, |m, w| m.max(w.abs())).into()
    }

    /// Places of the nodes, in cells.
    pub fn nodes(&self) -> Vec<[f64; 2]> {
        (0..self.side * self.side).map(|p| node(p, self.side)).collect()
    }

    /// Vorticity of each, in the order of the lattice.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Side of the lattice.
    pub fn side(&self) -> usize {
        self.side
    }

    /// Places in cells, unwrapped.
    pub fn places(&self) -> &[[f64; 2]] {
        &self.places
    }

    /// Puts them elsewhere.
    pub fn move_to(&mut self, places: Vec<[f64; 2]>) {
        self.places = places;
    }

    /// Spreads the vorticity of parcels at these places on the mesh.
    pub fn spread(&mut self, places: &[[f64; 2]]) {
        self.mesh.get_or_insert_with(|| Mesh::new(self.side)).spread(places, &self.values);
    }

    /// New ones on the nodes, with what the old ones say there after viscosity, `nu t`.
    pub(super) fn remesh(&mut self, nu_t: f64) {
        let (places, values) = (std::mem::take(&mut self.places), std::mem::take(&mut self.values));
        self.values = self.mesh().vorticity(&places, &values, nu_t);
        self.places = self.nodes();
    }
}
