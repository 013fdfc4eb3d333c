//! The integration tests, one binary.

mod imports;
