//! Random secrets of ours and the fingerprints under which they are stored.

use std::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// Random bytes of the operating system.
pub(crate) fn bytes<const N: usize>() -> Result<Zeroizing<[u8; N]>> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(bytes.as_mut_slice()).map_err(Error::Random)?;
    Ok(bytes)
}

/// 256 random bits as 43 characters that are safe in cookies, headers and URLs.
pub(crate) fn word() -> Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(bytes::<32>()?.as_slice()))
}

/// Lower-case hex SHA-256. Enough for secrets of 256 random bits: there is nothing to guess.
pub(crate) fn fingerprint(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}
