//! Parcels of a state that was read in the middle of their cycle.

use super::Atoms;

/// Vorticity that fluid parcels carried when a state was read, on the nodes of their lattice, and the atoms as they rode.
/// A run that begins with it goes on with the parcels instead of the ellipses, which are no more than their picture then:
/// an edit of these changes the field by what it adds and takes. No file holds it; what is saved is refitted first.
#[derive(Clone, Debug, PartialEq)]
pub struct Lattice {
    /// Nodes a side, a power of two.
    pub side: usize,
    /// `omega[j, i]`, row 0 at the bottom.
    pub values: Vec<f32>,
    /// The atoms when it was read.
    pub atoms: Atoms,
}
