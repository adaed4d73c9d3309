//! SHA-256 fingerprints of certificates, in the form PVE's web interface shows them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ids::{InvalidName, text_conversions};

/// SHA-256 over the DER of a certificate: `AA:BB:…`, 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of a certificate given as DER.
    pub fn of_der(certificate: &[u8]) -> Self {
        Self(Sha256::digest(certificate).into())
    }
}

/// Reads hex pairs with or without colons, in either case.
impl FromStr for Fingerprint {
    type Err = InvalidName;
    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let refuse = || InvalidName::new(text, "a SHA-256 fingerprint (`AA:BB:…`, 32 bytes)");
        let trimmed = text.trim();
        let digits: Vec<u8> = if trimmed.contains(':') {
            let pairs: Vec<&str> = trimmed.split(':').collect();
            if pairs.iter().any(|pair| pair.len() != 2) {
                return Err(refuse());
            }
            pairs.concat().into_bytes()
        } else {
            trimmed.as_bytes().to_vec()
        };
        if digits.len() != 64 {
            return Err(refuse());
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let mut nibbles = pair.iter().map(|digit| char::from(*digit).to_digit(16));
            *byte = nibbles
                .try_fold(0_u8, |value, nibble| {
                    nibble.map(|nibble| (value << 4) | nibble as u8)
                })
                .ok_or_else(refuse)?;
        }
        Ok(Self(bytes))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(":")?;
            }
            write!(f, "{byte:02X}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

text_conversions!(Fingerprint);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_colons_and_the_case_do_not_matter() {
        let print = Fingerprint::of_der(b"certificate");
        let text = print.to_string();
        assert_eq!(text.len(), 95);
        for spelling in [text.clone(), text.to_lowercase(), text.replace(':', "")] {
            assert_eq!(spelling.parse(), Ok(print));
        }
        for bad in [
            "",
            "AA:BB",
            &text[3..],
            &text.replacen(':', "", 1),
            &format!("{text}:00"),
        ] {
            assert!(bad.parse::<Fingerprint>().is_err(), "{bad}");
        }
    }
}
