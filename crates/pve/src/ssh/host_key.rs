//! Whose host keys are believed: the judgement falls before a user name or a credential is sent.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use russh::keys::{Algorithm, HashAlg, PublicKey, PublicKeyOrCertificate};

use super::known_hosts::{KnownHosts, Verdict};
use crate::error::ErrorKind;
use crate::ids::InvalidName;

/// The fingerprint of a host key, as `ssh-keygen -l` prints it: `SHA256:` and 43 characters.
///
/// ```
/// let text = "SHA256:uNiVztksCsDhcc0u9e8BrXobsSGWF0jfJdUI4iTMKWo";
/// assert_eq!(text.parse::<pve::HostKeyPin>()?.to_string(), text);
/// assert!("SHA256:short".parse::<pve::HostKeyPin>().is_err());
/// # Ok::<(), pve::InvalidName>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostKeyPin(Box<str>);

impl HostKeyPin {
    fn of(key: &PublicKey) -> Self {
        Self(key.fingerprint(HashAlg::Sha256).to_string().into())
    }
}

impl FromStr for HostKeyPin {
    type Err = InvalidName;
    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let text = text.trim();
        let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
        let fits = text
            .strip_prefix("SHA256:")
            .is_some_and(|digits| digits.len() == 43 && digits.bytes().all(is_digit));
        if fits {
            Ok(Self(text.into()))
        } else {
            let expected = "a host key's fingerprint (`SHA256:` and 43 characters)";
            Err(InvalidName::new(text, expected))
        }
    }
}

impl fmt::Display for HostKeyPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which host key is believed. There is no way to believe any: see [`crate::fetch_host_key`] for
/// asking a person about a new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostKeyTrust {
    /// The ones in these files, as OpenSSH keeps them. A file that is not there holds none.
    KnownHosts(Vec<PathBuf>),
    /// Exactly this one.
    Pin(HostKeyPin),
}

/// The rule, read once.
#[derive(Debug)]
pub(super) enum Rule {
    Known(KnownHosts),
    Pin(HostKeyPin),
    /// Looks only and refuses, so that nothing can follow.
    Look,
}

impl Rule {
    /// Reads the files.
    pub(super) fn read(trust: &HostKeyTrust) -> Result<Self, ErrorKind> {
        let files = match trust {
            HostKeyTrust::Pin(pin) => return Ok(Self::Pin(pin.clone())),
            HostKeyTrust::KnownHosts(files) => files,
        };
        let mut hosts = KnownHosts::default();
        for file in files {
            match std::fs::read(file) {
                Ok(bytes) => hosts.add(&String::from_utf8_lossy(&bytes)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    tracing::debug!(file = %file.display(), "no known hosts there");
                }
                Err(error) => {
                    let reason = format!("{} cannot be read: {error}", file.display());
                    return Err(ErrorKind::Invalid(reason));
                }
            }
        }
        Ok(Self::Known(hosts))
    }

    /// Kinds of keys to ask the host for, the best first. SHA-1 signatures are not taken.
    pub(super) fn algorithms(&self, host: &str, port: u16) -> Vec<Algorithm> {
        let known = match self {
            Self::Known(hosts) => hosts.algorithms(host, port),
            Self::Pin(_) | Self::Look => Vec::new(),
        };
        // An RSA key signs in several ways, which are algorithms of their own.
        let is_rsa = |algorithm: &Algorithm| matches!(algorithm, Algorithm::Rsa { .. });
        let is_known = |algorithm: &Algorithm| {
            known
                .iter()
                .any(|other| (is_rsa(other) && is_rsa(algorithm)) || other == algorithm)
        };
        let all = russh::Preferred::DEFAULT.key;
        let (mut first, rest): (Vec<Algorithm>, Vec<Algorithm>) = all
            .iter()
            .filter(|algorithm| **algorithm != Algorithm::Rsa { hash: None })
            .cloned()
            .partition(is_known);
        first.extend(rest);
        first
    }

    fn judge(&self, host: &str, port: u16, key: &PublicKey) -> Result<(), ErrorKind> {
        let found = HostKeyPin::of(key);
        let reason = match self {
            Self::Pin(pin) if *pin == found => return Ok(()),
            Self::Pin(pin) => format!("the host key is not the pinned one ({pin})"),
            Self::Look => "looked only".to_owned(),
            Self::Known(hosts) => match hosts.judge(host, port, key) {
                Verdict::Known => return Ok(()),
                Verdict::Unknown => "the host is not among the known ones".to_owned(),
                Verdict::Revoked => "the host key is revoked".to_owned(),
                Verdict::Changed => {
                    "the host key has changed: somebody may be in between".to_owned()
                }
            },
        };
        let found = found.to_string();
        Err(ErrorKind::HostKey { reason, found })
    }
}

/// Judges the key of one connection and keeps the reason for the one who waits for it.
pub(super) struct Verifier {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) rule: Arc<Rule>,
    pub(super) refused: Arc<Mutex<Option<ErrorKind>>>,
}

impl russh::client::Handler for Verifier {
    type Error = russh::Error;

    async fn check_server_key(
        &mut self,
        presented: &PublicKeyOrCertificate,
    ) -> Result<bool, russh::Error> {
        let verdict = match presented {
            PublicKeyOrCertificate::PublicKey { key, .. } => {
                self.rule.judge(&self.host, self.port, key)
            }
            // Not asked for, so no server that follows the protocol sends one.
            PublicKeyOrCertificate::Certificate(_) => Err(ErrorKind::HostKey {
                reason: "the server presents a certificate that was not asked for".to_owned(),
                found: "a certificate".to_owned(),
            }),
        };
        Ok(match verdict {
            Ok(()) => true,
            Err(kind) => {
                *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(kind);
                false
            }
        })
    }
}
