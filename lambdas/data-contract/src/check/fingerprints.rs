//! Which rows were there: 64 bits of each, under a key that nobody knows beforehand.
//!
//! Nine bytes a place, and between 1.1 and 2.3 places a row: 50 million rows, as many as the contract allows, take 0.6 GB, and
//! half as much again while the table grows. Two different rows have the same fingerprint once in 14,000 files of that
//! size, and once in 80 billion files of the real one's; with the next attempt's key they do not.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, BuildHasherDefault, Hasher, RandomState};

use super::Value;

#[derive(Debug, Default)]
pub(super) struct Fingerprints {
    rows: HashSet<u64, BuildHasherDefault<AsItIs>>,
    key: RandomState,
    /// The row at hand
    bytes: Vec<u8>,
}

/// A fingerprint is a hash already
#[derive(Debug, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, fingerprint: u64) {
        self.0 = fingerprint;
    }
}

impl Fingerprints {
    pub(super) fn is_new(&mut self, row: &[Value]) -> bool {
        self.bytes.clear();
        for value in row {
            let (kind, bits) = match *value {
                Value::Missing => (0, 0),
                // there are two zeros, and they are the same number
                Value::Number(number) => (1, (number + 0.0).to_bits()),
                Value::Text(place) => (2, place as u64),
            };
            self.bytes.push(kind);
            self.bytes.extend_from_slice(&bits.to_le_bytes());
        }
        self.rows.insert(self.key.hash_one(&self.bytes))
    }
}
