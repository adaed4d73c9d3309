//! `memory.edit`: says a fact in other words, or to others. Its author and its birth stay.

use std::sync::Arc;

use ops::{
    Call, Code, Error, Result, Risk, Wish,
    contract::{StartError, WayBack},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    change::{Scope, scope, wording},
    find_to_change,
    model::{Data, FactKind, Kept, ScopeKind, called},
    sealed,
};
use crate::{
    ctx::Ctx,
    own_row::{Planned, RowChange, maybe_changed},
};

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The fact, such as `f_…`.
    fact: String,
    /// The new text; as it is without.
    #[arg(long)]
    text: Option<String>,
    /// The guest that it is about from now on.
    #[arg(long)]
    guest: Option<String>,
    /// The cluster that it is about from now on.
    #[arg(long)]
    cluster: Option<String>,
    /// For everybody of this installation from now on.
    #[arg(long)]
    #[serde(default)]
    team: bool,
    /// What sort of thing it says.
    #[arg(long, value_enum)]
    kind: Option<FactKind>,
    /// What it restricts from now on.
    #[arg(long)]
    #[serde(default)]
    operations: Vec<String>,
    /// When the restriction holds from now on.
    #[arg(long)]
    #[serde(default)]
    times: Vec<String>,
    /// Only if its wording is still this one: the digest that was shown.
    #[arg(long)]
    digest: Option<String>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Step {
    id: String,
    key: String,
    replaces: String,
    digest: String,
}

pub(super) struct Edit;

impl RowChange for Edit {
    const NAME: &'static str = "memory.edit";
    const SUMMARY: &'static str = "Say a kept fact in other words, or of something else";
    const PHRASES: &'static [&'static str] =
        &["(change|correct|edit) [the] fact {fact:word} to {text:text}"];
    const RISK: Risk = Risk::Reversible;
    const WAY_BACK: WayBack = WayBack::None {
        why: "the former wording is kept nowhere, so that what is deleted is gone",
    };
    const NOUN: &'static str = "fact";
    const PROMISE: (&'static str, &'static str) = ("is changed", "is not as wished");
    type Input = Input;
    type Step = Step;
    type Output = Kept;

    async fn plan(ctx: &Arc<Ctx>, call: &Call, input: Input) -> Result<Planned<Step>> {
        let row = find_to_change(ctx, call, &input.fact).await?;
        if input
            .digest
            .as_ref()
            .is_some_and(|seen| *seen != row.digest)
        {
            return Err(changed(&row.id));
        }
        let was: Data = serde_json::from_value(row.data.clone()).map_err(|error| {
            Error::internal(format!("the fact `{}` cannot be read: {error}", row.id))
        })?;
        let moved = input.guest.is_some() || input.cluster.is_some() || input.team;
        let scope = if moved {
            let wanted = Scope {
                guest: input.guest.as_deref(),
                cluster: input.cluster.as_deref(),
                team: input.team,
            };
            scope(ctx, call, &wanted).await?
        } else {
            (scope_kind(&row.scope_kind)?, row.scope.clone(), was.guest)
        };
        // The same text says the same thing, unless somebody says otherwise.
        let same_text = input.text.as_ref().is_none_or(|text| *text == row.text);
        let untold = input.operations.is_empty() && input.times.is_empty() && input.kind.is_none();
        let (operations, times) = match was.restriction {
            Some(known) if same_text && untold => (known.operations, known.times),
            _ => (input.operations, input.times),
        };
        // A purpose stays one; a note may turn out to restrict something.
        let kind = input.kind.or(match row.kind.as_str() {
            "purpose" if untold => Some(FactKind::Purpose),
            "preference" if untold => Some(FactKind::Preference),
            _ => None,
        });
        let text = input.text.unwrap_or_else(|| row.text.clone());
        let wording = wording(&text, kind, scope, operations, times)?;
        let digest = wording.digest();
        if digest == row.digest {
            return Err(Error::new(
                Code::Conflict,
                format!("the fact `{}` is so already", row.id),
            ));
        }
        Ok(Planned {
            title: format!(
                "Change {} to a {} {}{}",
                called(&row),
                wording.kind,
                wording.subject(),
                wording.effect()
            ),
            change: Vec::new(),
            step: Step {
                key: sealed::keep(&ctx.secrets, &wording, ctx.clock.now()).await?,
                id: row.id,
                replaces: row.digest,
                digest,
            },
        })
    }

    fn name(step: &Step) -> &str {
        &step.id
    }

    fn said(_step: &Step) -> String {
        "fact".to_owned()
    }

    async fn version(ctx: &Arc<Ctx>, step: &Step) -> Result<Value> {
        let row = ctx.memory.find(&step.id).await.map_err(Error::from)?;
        Ok(json!(row.map(|row| row.digest)))
    }

    async fn change(ctx: &Arc<Ctx>, step: &Step, _by: &str) -> Result<Option<Kept>, StartError> {
        let wording = sealed::read(&ctx.secrets, &step.key)
            .await
            .map_err(StartError::NotSent)?;
        let known = ctx
            .memory
            .find(&step.id)
            .await
            .map_err(|error| StartError::NotSent(error.into()))?;
        let Some(known) = known else {
            return Ok(None);
        };
        let now = ctx.clock.now();
        let row = wording
            .row(&step.id, &known.author, known.created_at, now)
            .map_err(StartError::NotSent)?;
        let changed = ctx
            .memory
            .change(&step.id, &row, &step.replaces)
            .await
            .map_err(maybe_changed)?;
        sealed::forget(&ctx.secrets, &step.key).await;
        if !changed {
            return Ok(None);
        }
        Ok(Some(Kept::of(row)))
    }

    async fn is_so(ctx: &Arc<Ctx>, step: &Step) -> Result<bool> {
        let row = ctx.memory.find(&step.id).await.map_err(Error::from)?;
        Ok(row.is_some_and(|row| row.digest == step.digest))
    }

    fn undo(_step: &Step) -> Option<Wish> {
        None
    }
}

fn changed(id: &str) -> Error {
    Error::new(
        Code::Conflict,
        format!("the fact `{id}` was changed meanwhile"),
    )
    .hint("look at it again")
}

fn scope_kind(word: &str) -> Result<ScopeKind> {
    [
        ScopeKind::User,
        ScopeKind::Team,
        ScopeKind::Cluster,
        ScopeKind::Guest,
    ]
    .into_iter()
    .find(|kind| kind.as_str() == word)
    .ok_or_else(|| Error::internal(format!("there is no scope `{word}`")))
}
