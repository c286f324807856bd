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

    /// Reads what `Debug` writes: 32 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(text, &mut bytes).ok().map(|()| Self(bytes))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_survives_as_text_and_other_text_is_none() {
        let hash = ContentHash::of(b"content", 1);
        assert_eq!(ContentHash::from_hex(&format!("{hash:?}")), Some(hash));
        for text in ["", "00", "zz", &"0".repeat(33), &"é".repeat(16)] {
            assert_eq!(ContentHash::from_hex(text), None, "{text}");
        }
    }
}
