//! Secrets among the parameters and in the answers of a call: plans and runs are stored in clear and shown
//! to many, so these lie encrypted beside them, under the id of the call.

use std::time::Duration;

use jiff::Timestamp;
use ops::{Error, Result};
use secrecy::{ExposeSecret as _, SecretString};
use store::Secrets;
use uuid::Uuid;

const PARAMETERS: &str = "pve.call.parameters/";
const ANSWER: &str = "pve.call.answer/";
/// No plan waits longer than a day for its consent; what is older belongs to nothing any more.
const KEPT: Duration = Duration::from_hours(48);

/// Parts of parameter names whose values are never stored or shown in clear.
const SECRET_NAMES: [&str; 11] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "privkey",
    "private",
    "keyring",
    "api_key",
    "api-key",
    "otp",
];

/// Whether the value of a parameter is a secret, as far as its name tells.
pub fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    // `key` alone is the private key of a certificate, `encryption-key` that of a backup storage;
    // `sshkeys` are public ones.
    name == "key" || name.ends_with("-key") || SECRET_NAMES.iter().any(|part| name.contains(part))
}

/// Keeps the secret parameters of a call until it is made.
pub(crate) async fn keep_parameters(
    secrets: &Secrets,
    call: &str,
    parameters: &[(String, String)],
) -> Result<()> {
    put(secrets, format!("{PARAMETERS}{call}"), &parameters).await
}

/// The secret parameters of a call.
pub(crate) async fn parameters(secrets: &Secrets, call: &str) -> Result<Vec<(String, String)>> {
    let kept = secrets
        .get(&format!("{PARAMETERS}{call}"))
        .await
        .map_err(Error::from)?
        .ok_or_else(|| {
            Error::internal("the secret parameters of this call are gone").hint("plan it again")
        })?;
    serde_json::from_str(kept.expose_secret())
        .map_err(|_| Error::internal("the secret parameters of this call cannot be read"))
}

/// Forgets the secret parameters of a call that was made.
pub(crate) async fn forget_parameters(secrets: &Secrets, call: &str) {
    if let Err(error) = secrets.delete(&format!("{PARAMETERS}{call}")).await {
        // They stay encrypted, and the next plan clears them away.
        tracing::warn!(%error, "secret parameters of a call could not be deleted");
    }
}

/// Where a call is rehearsed nobody may see its secrets: the keeper there gets others of the same form, for each
/// call that is meant.
pub async fn keep_stand_ins(
    from: &Secrets,
    to: &Secrets,
    is_meant: impl Fn(&str) -> bool,
) -> Result<()> {
    for name in from.list_names().await.map_err(Error::from)? {
        let Some(call) = name.strip_prefix(PARAMETERS).filter(|call| is_meant(call)) else {
            continue;
        };
        let kept = parameters(from, call).await?;
        let stand_ins: Vec<(String, String)> = kept
            .into_iter()
            .map(|(name, value)| (name, stand_in(&value)))
            .collect();
        keep_parameters(to, call, &stand_ins).await?;
    }
    Ok(())
}

/// As long as the secret and with its lines, and nothing else of it.
fn stand_in(secret: &str) -> String {
    let with = |letter: char| -> String {
        let line = |c: char| if c == '\n' { c } else { letter };
        secret.chars().map(line).collect()
    };
    let usual = with('x');
    if usual == secret { with('y') } else { usual }
}

/// Keeps what the cluster answered until the one who asked has read it.
pub(super) async fn keep_answer(
    secrets: &Secrets,
    call: &str,
    answer: &serde_json::Value,
) -> Result<()> {
    put(secrets, format!("{ANSWER}{call}"), answer).await
}

/// Hands the answer out, once.
pub(super) async fn take_answer(
    secrets: &Secrets,
    call: &str,
) -> Result<Option<serde_json::Value>> {
    let name = format!("{ANSWER}{call}");
    let Some(kept) = secrets.get(&name).await.map_err(Error::from)? else {
        return Ok(None);
    };
    secrets.delete(&name).await.map_err(Error::from)?;
    serde_json::from_str(kept.expose_secret())
        .map(Some)
        .map_err(|_| Error::internal("the stored answer cannot be read"))
}

/// Removes what calls left that were never made or whose answer nobody read.
pub(crate) async fn clear_away(secrets: &Secrets, now: Timestamp) -> Result<()> {
    for name in secrets.list_names().await.map_err(Error::from)? {
        let Some(call) = name
            .strip_prefix(PARAMETERS)
            .or_else(|| name.strip_prefix(ANSWER))
        else {
            continue;
        };
        let made_at = Uuid::parse_str(call)
            .ok()
            .and_then(|id| id.get_timestamp())
            .and_then(|at| i64::try_from(at.to_unix().0).ok())
            .and_then(|seconds| Timestamp::from_second(seconds).ok());
        if made_at.is_none_or(|at| now > at + KEPT) {
            secrets.delete(&name).await.map_err(Error::from)?;
        }
    }
    Ok(())
}

async fn put<T: serde::Serialize + ?Sized>(
    secrets: &Secrets,
    name: String,
    value: &T,
) -> Result<()> {
    let text = serde_json::to_string(value)
        .map_err(|error| Error::internal(format!("a call cannot be kept: {error}")))?;
    secrets
        .put(&name, &SecretString::from(text))
        .await
        .map_err(Error::from)
}

#[cfg(test)]
mod tests {
    use super::{is_secret, stand_in};

    #[test]
    fn what_stands_in_for_a_secret_has_its_length_and_nothing_else_of_it() {
        assert_eq!(stand_in("hunter2!"), "xxxxxxxx");
        assert_eq!(stand_in("one\ntwo"), "xxx\nxxx");
        assert_eq!(stand_in("xxxx"), "yyyy");
    }

    #[test]
    fn secrets_are_told_by_their_names() {
        for secret in [
            "password",
            "cipassword",
            "new-password",
            "encryption-key",
            "key",
            "keyring",
            "OTP",
            "client-secret",
        ] {
            assert!(is_secret(secret), "{secret}");
        }
        for open in [
            "memory",
            "sshkeys",
            "description",
            "tags",
            "keyboard",
            "keys",
        ] {
            assert!(!is_secret(open), "{open}");
        }
    }
}
