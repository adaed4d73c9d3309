//! The wording of a fact between its plan and its row: encrypted beside the plan, never in it. Plans, runs
//! and the audit chain outlive a fact that is deleted for good.

use std::time::Duration;

use jiff::Timestamp;
use ops::{Error, Result};
use secrecy::{ExposeSecret as _, SecretString};
use store::Secrets;
use uuid::Uuid;

use super::model::Wording;

const WORDING: &str = "memory.wording/";
/// No plan waits longer than a day for its consent.
const KEPT: Duration = Duration::from_hours(48);

/// Keeps a wording; answers the key that its step holds.
pub(super) async fn keep(secrets: &Secrets, wording: &Wording, now: Timestamp) -> Result<String> {
    clear_away(secrets, now).await?;
    let key = Uuid::now_v7().to_string();
    let text =
        serde_json::to_string(wording).map_err(|error| Error::internal(error.to_string()))?;
    secrets
        .put(&format!("{WORDING}{key}"), &SecretString::from(text))
        .await
        .map_err(Error::from)?;
    Ok(key)
}

pub(super) async fn read(secrets: &Secrets, key: &str) -> Result<Wording> {
    let kept = secrets
        .get(&format!("{WORDING}{key}"))
        .await
        .map_err(Error::from)?
        .ok_or_else(|| Error::internal("the wording of this fact is gone").hint("plan it again"))?;
    serde_json::from_str(kept.expose_secret())
        .map_err(|_| Error::internal("the wording of this fact cannot be read"))
}

pub(super) async fn forget(secrets: &Secrets, key: &str) {
    if let Err(error) = secrets.delete(&format!("{WORDING}{key}")).await {
        // It stays encrypted, and a later plan clears it away.
        tracing::warn!(%error, "the wording of a fact could not be deleted");
    }
}

/// Removes the wordings of plans that nobody approved.
async fn clear_away(secrets: &Secrets, now: Timestamp) -> Result<()> {
    for name in secrets.list_names().await.map_err(Error::from)? {
        let Some(key) = name.strip_prefix(WORDING) else {
            continue;
        };
        let made_at = Uuid::parse_str(key)
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
