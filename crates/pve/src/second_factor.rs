//! The second factor of a password login: what is asked for and what is answered.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;

/// How many recovery keys an account has left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum RecoveryKeys {
    /// None, or none were ever made.
    #[default]
    None,
    /// Few.
    Low,
    /// Enough.
    Available,
    /// These are left, by number; how newer servers say it.
    Numbers(Vec<u64>),
}

/// What an account can be asked for after its password was right.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SecondFactorChallenge {
    /// A code of an authenticator application.
    pub totp: bool,
    /// A recovery key.
    pub recovery: RecoveryKeys,
    /// A security key or passkey: the challenge for the browser's `navigator.credentials.get`.
    pub webauthn: Option<Value>,
    /// An older security key: its challenge.
    pub u2f: Option<Value>,
    /// A Yubico one-time password.
    pub yubico: bool,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default, deserialize_with = "crate::lenient::flag")]
    totp: bool,
    #[serde(default)]
    recovery: Value,
    #[serde(default)]
    webauthn: Option<Value>,
    #[serde(default)]
    u2f: Option<Value>,
    #[serde(default, deserialize_with = "crate::lenient::flag")]
    yubico: bool,
}

impl SecondFactorChallenge {
    /// Reads the half ticket `PVE:!tfa!{escaped JSON}:time::signature`; nothing when it is not one.
    pub(crate) fn of_ticket(ticket: &str) -> Option<Self> {
        let (_, rest) = ticket.split_once(":!tfa!")?;
        let escaped = rest.split(':').next()?;
        let json = percent_decode_str(escaped).decode_utf8().ok()?;
        let wire: Wire = serde_json::from_str(&json).ok()?;
        let recovery = match &wire.recovery {
            Value::String(text) if text == "low" => RecoveryKeys::Low,
            Value::String(text) if text == "available" => RecoveryKeys::Available,
            Value::Array(numbers) if !numbers.is_empty() => {
                RecoveryKeys::Numbers(numbers.iter().filter_map(Value::as_u64).collect())
            }
            _ => RecoveryKeys::None,
        };
        Some(Self {
            totp: wire.totp,
            recovery,
            webauthn: wire.webauthn,
            u2f: wire.u2f,
            yubico: wire.yubico,
        })
    }
}

/// The answer to a challenge. Codes and keys are used up by being sent.
#[derive(Clone)]
pub enum SecondFactorAnswer {
    /// Six digits of an authenticator application, good for one sign-in.
    Totp(SecretString),
    /// A recovery key.
    Recovery(SecretString),
    /// JSON of the browser's answer.
    WebAuthn(SecretString),
    /// JSON of an older security key's answer.
    U2f(SecretString),
    /// A Yubico one-time password.
    Yubico(SecretString),
}

impl SecondFactorAnswer {
    fn parts(&self) -> (&'static str, &SecretString) {
        match self {
            Self::Totp(secret) => ("totp", secret),
            Self::Recovery(secret) => ("recovery", secret),
            Self::WebAuthn(secret) => ("webauthn", secret),
            Self::U2f(secret) => ("u2f", secret),
            Self::Yubico(secret) => ("yubico", secret),
        }
    }

    /// `totp:123456`: servers take no answer without its kind.
    pub(crate) fn wire(&self) -> SecretString {
        let (kind, secret) = self.parts();
        format!("{kind}:{}", secret.expose_secret().trim()).into()
    }
}

/// The kind only.
impl fmt::Debug for SecondFactorAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.parts().0)
    }
}

/// Somebody who can be asked while a client signs in: a person at a terminal, a store of keys.
#[async_trait]
pub trait SecondFactor: Send + Sync {
    /// The answer, or nothing when there is none. Waited for at most five minutes.
    async fn answer(&self, challenge: &SecondFactorChallenge) -> Option<SecondFactorAnswer>;
}

/// What a password login does about the second factor.
#[derive(Clone, Default)]
pub enum SecondFactorSource {
    /// Fails with [`crate::ErrorKind::SecondFactorNeeded`] where one is wanted.
    #[default]
    None,
    /// Sends this answer together with the password, once; a later sign-in needs a new one.
    AtOnce(SecondFactorAnswer),
    /// Asks when the server does.
    Ask(Arc<dyn SecondFactor>),
}

impl fmt::Debug for SecondFactorSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::AtOnce(answer) => write!(f, "AtOnce({answer:?})"),
            Self::Ask(_) => f.write_str("Ask"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_ticket_says_what_can_be_answered() {
        let of = |json: &str| {
            let escaped =
                percent_encoding::utf8_percent_encode(json, percent_encoding::NON_ALPHANUMERIC);
            SecondFactorChallenge::of_ticket(&format!("PVE:!tfa!{escaped}:6B038830::sig"))
        };
        let webauthn = serde_json::json!({"publicKey": {"challenge": "a:b"}});
        let json = serde_json::json!({"totp": true, "recovery": [0, 3], "webauthn": webauthn});
        assert_eq!(
            of(&json.to_string()),
            Some(SecondFactorChallenge {
                totp: true,
                recovery: RecoveryKeys::Numbers(vec![0, 3]),
                webauthn: Some(webauthn),
                ..SecondFactorChallenge::default()
            })
        );
        let recovery = |json: &str| of(json).unwrap().recovery;
        assert_eq!(recovery(r#"{"recovery":"low"}"#), RecoveryKeys::Low);
        assert_eq!(
            recovery(r#"{"recovery":"available","totp":1}"#),
            RecoveryKeys::Available
        );
        assert_eq!(recovery(r#"{"recovery":[]}"#), RecoveryKeys::None);
        assert_eq!(of("not json"), None);
        assert_eq!(
            SecondFactorChallenge::of_ticket("PVE:root@pam:6B038830::sig"),
            None
        );
    }

    #[test]
    fn answers_carry_their_kind_and_are_not_printed() {
        let answer = SecondFactorAnswer::Totp(" 123456\n".into());
        assert_eq!(answer.wire().expose_secret(), "totp:123456");
        assert_eq!(format!("{answer:?}"), "totp");
        let source = SecondFactorSource::AtOnce(answer);
        assert_eq!(format!("{source:?}"), "AtOnce(totp)");
    }
}
