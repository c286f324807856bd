//! The content hash: 16 bytes by which a pass knows that a record did not change, without reading it.

use std::fmt;

use xxhash_rust::xxh3::xxh3_128_with_seed;

/// Hash of a record's content under one version of a connector's mapping.
///
/// Not cryptographic: it is compared with hashes of the same tenant's same record only.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContentHash([u8; 16]);

impl ContentHash {
    /// Hashes serialised content. `map_version` is the connector's: raising it makes every record look changed once.
    pub fn of(content: &[u8], map_version: u32) -> Self {
        Self(xxh3_128_with_seed(content, u64::from(map_version)).to_be_bytes())
    }

    /// Reads a hash from a page item.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes kept in a page item.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}
