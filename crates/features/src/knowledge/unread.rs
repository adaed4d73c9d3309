//! Which pages could not be read at the last reading of a source, and why: the first ones, for whoever mends them.

use ops::{Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ctx::Ctx;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct UnreadPage {
    page: String,
    reason: String,
}

fn name(source: &str) -> String {
    format!("knowledge.unread.{source}")
}

pub(super) async fn keep(ctx: &Ctx, source: &str, problems: &[(String, String)]) -> Result<()> {
    if problems.is_empty() {
        return forget(ctx, source).await;
    }
    let pages: Vec<UnreadPage> = problems
        .iter()
        .map(|(page, reason)| UnreadPage {
            page: page.chars().take(400).collect(),
            reason: reason.clone(),
        })
        .collect();
    let value = serde_json::to_value(pages).map_err(|error| Error::internal(error.to_string()))?;
    ctx.settings
        .set(&name(source), &value)
        .await
        .map_err(Error::from)
}

pub(super) async fn forget(ctx: &Ctx, source: &str) -> Result<()> {
    ctx.settings
        .delete(&name(source))
        .await
        .map(drop)
        .map_err(Error::from)
}

pub(super) async fn of(ctx: &Ctx, source: &str) -> Result<Vec<UnreadPage>> {
    let kept = ctx.settings.get(&name(source)).await.map_err(Error::from)?;
    Ok(kept
        .and_then(|value| serde_json::from_value(value).ok())
        .unwrap_or_default())
}
