//! BLAKE2b-256 of states, the same in every precision and on every machine.
//!
//! The hash of a state is that of the bytes of its arrays as `z0.npz` holds them: the atom arrays in the order of
//! the file, then `z`. Without atoms it is the hash of `z` alone. Time and configuration are left out. Python
//! gives the same string:
//!
//! ```text
//! hash = hashlib.blake2b(digest_size=32)
//! for key in file.files:                                         # file = np.load("z0.npz")
//!     if key.startswith(("atom_", "vertex_", "segment_")):
//!         hash.update(file[key].tobytes())
//! hash.update(file["z"].tobytes())
//! hash.hexdigest()
//! ```

use std::fmt;

use blake2::{Blake2b256, Digest};

use super::state_file::atom_columns;
use crate::state::State;

/// Hashes of a state: of the whole of it and of its background.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Hashes {
    /// Atoms and z; z alone where there are no atoms.
    #[serde(rename = "hash")]
    pub state: String,
    /// Hash of z alone.
    #[serde(rename = "hash_z")]
    pub z: String,
}

impl fmt::Display for Hashes {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { state, z } = self;
        if state == z { write!(f, "hash {state}, of z alone") } else { write!(f, "hash {state}, that of z alone {z}") }
    }
}

impl Hashes {
    /// Of a state, `O(vertices + D)`.
    pub fn of(state: &State) -> Self {
        let z = state.background.to_z();
        let mut hash = Blake2b256::new();
        atom_columns(&state.atoms).iter().for_each(|(_, array)| hash.update(array.bytes()));
        update(&mut hash, &z);
        Self { state: hex(hash), z: hash_z(&z) }
    }
}

/// The hash of the whole state as 64 hexadecimal digits.
pub fn hash_state(state: &State) -> String {
    Hashes::of(state).state
}

/// The hash of `z` (`[D]`) as 64 hexadecimal digits: `hashlib.blake2b(z.tobytes(), digest_size=32).hexdigest()`
/// with `z` as little-endian float64.
pub fn hash_z(z: &[f64]) -> String {
    let mut hash = Blake2b256::new();
    update(&mut hash, z);
    hex(hash)
}

/// The same of any bytes: `hashlib.blake2b(field.tobytes(), digest_size=32).hexdigest()` of an exported field.
pub fn hash_bytes(bytes: &[u8]) -> String {
    hex(Blake2b256::new_with_prefix(bytes))
}

fn update(hash: &mut Blake2b256, numbers: &[f64]) {
    numbers.iter().for_each(|x| hash.update(x.to_le_bytes()));
}

fn hex(hash: Blake2b256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        genesis,
        params::Params,
        state::{Atoms, Sign},
    };

    const EMPTY: &str = "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8";

    #[test]
    fn the_empty_vector_has_the_published_digest() {
        assert_eq!((hash_z(&[]).as_str(), hash_bytes(&[]).as_str()), (EMPTY, EMPTY));
    }

    #[test]
    fn every_number_of_an_atom_counts() {
        let state = genesis::make("dipole", &mut Params::default()).unwrap();
        let first = Hashes::of(&state);
        assert_ne!(first.state, first.z);
        let changes: [fn(&mut crate::state::Atom); 6] = [
            |a| a.gamma *= 1.0 + 1e-15,
            |a| a.eps *= 1.0 + 1e-15,
            |a| a.sign = if a.sign == Sign::Plus { Sign::Minus } else { Sign::Plus },
            |a| a.vertices[0].x += 1e-15,
            |a| a.core[0] *= 1.0 + 1e-15,
            |a| a.support = false,
        ];
        for (i, change) in changes.iter().enumerate() {
            let mut atoms: Vec<_> = state.atoms.iter().collect();
            change(&mut atoms[0]);
            let changed = State { atoms: Atoms::try_from_iter(atoms).unwrap(), ..state.clone() };
            let hashes = Hashes::of(&changed);
            assert_ne!(hashes.state, first.state, "change {i}");
            assert_eq!(hashes.z, first.z, "change {i}");
        }
    }

    #[test]
    fn without_atoms_it_is_the_hash_of_z() {
        let state = genesis::make("cells", &mut Params::default()).unwrap();
        let state = State { atoms: Atoms::default(), ..state };
        let hashes = Hashes::of(&state);
        assert_eq!(hashes.state, hashes.z);
        assert_eq!(hash_state(&state), hash_z(&state.background.to_z()));
    }
}
