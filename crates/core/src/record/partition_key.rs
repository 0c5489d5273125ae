//! Partition keys of sources that take any bytes for one.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::{aggregate::PARTITION_KEY_BYTES_MAX, hex};

/// A key as a text of at most [`PARTITION_KEY_BYTES_MAX`] bytes: itself, else in base64, else its hash.
/// It tells records apart and is no more than that.
#[must_use]
pub fn partition_key(bytes: &[u8]) -> Arc<str> {
    let encoded = base64_simd::STANDARD.encoded_length(bytes.len());
    match std::str::from_utf8(bytes) {
        Ok(text) if text.len() <= PARTITION_KEY_BYTES_MAX => text.into(),
        Err(_) if encoded <= PARTITION_KEY_BYTES_MAX => {
            base64_simd::STANDARD.encode_to_string(bytes).into()
        }
        _ => format!("sha256:{}", hex(&Sha256::digest(bytes))).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::{PARTITION_KEY_BYTES_MAX, partition_key};

    #[test]
    fn any_bytes_become_a_text_that_fits() {
        assert_eq!(&*partition_key(b"user-123"), "user-123");
        assert_eq!(&*partition_key("\u{1F600}".as_bytes()), "\u{1F600}");
        assert_eq!(&*partition_key(&[0, 0, 0, 0, 255]), "AAAAAP8=");
        let empty = "sha256:e3b0c44298fc1c14";
        for long in [vec![b'x'; PARTITION_KEY_BYTES_MAX + 1], vec![255; PARTITION_KEY_BYTES_MAX]] {
            let key = partition_key(&long);
            assert!(key.starts_with("sha256:") && !key.starts_with(empty), "{key}");
            assert_eq!(key.len(), 7 + 64);
        }
    }
}
