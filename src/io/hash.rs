//! BLAKE2b-256 of a background vector, the same in every precision and on every machine.
//!
//! Python gives the same string: `hashlib.blake2b(z.tobytes(), digest_size=32).hexdigest()` with
//! `z` as little-endian float64.

use blake2::{Blake2b256, Digest};

/// The hash of `z` (`[D]`) as 64 hexadecimal digits.
pub fn hash_z(z: &[f64]) -> String {
    let mut hash = Blake2b256::new();
    for x in z {
        hash.update(x.to_le_bytes());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The same of any bytes: `hashlib.blake2b(field.tobytes(), digest_size=32).hexdigest()` of an exported field.
pub fn hash_bytes(bytes: &[u8]) -> String {
    Blake2b256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_vector_has_the_published_digest() {
        assert_eq!(hash_z(&[]), "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
    }
}
