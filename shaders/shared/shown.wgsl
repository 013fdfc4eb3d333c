// The parcels' vorticity as pictures show it, in place of the ellipses that the parcels stand for: a word with the side
// of a lattice, 0 where ellipses are shown as they are, and from the fourth on the bits of coefficients of cubic
// B-splines on its nodes.
const SHOWN_FIRST: u32 = 4u;
