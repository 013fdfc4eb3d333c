// The parcels' vorticity as pictures show it: coefficients of cubic B-splines on the nodes of a lattice, in place of
// the ellipses that the parcels stand for. Side 0: none, the ellipses are shown as they are.
struct Shown {
    side: u32,
    pad0: u32,
    pad1: u32,
    pad2: u32,
    coefficients: array<f32>,
}
