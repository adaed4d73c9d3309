//! `memory.add`: keeps a fact.

use std::sync::Arc;

use ops::{
    Call, Error, Result, Risk, Wish,
    contract::{StartError, WayBack},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    change::{Scope, scope, wording},
    delete,
    model::{FactKind, Kept},
    person, sealed,
};
use crate::{
    ctx::Ctx,
    own_row::{Planned, RowChange, not_inserted},
};

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// What is to be kept, in words: `web-03 is the payment server`.
    text: String,
    /// The guest that it is about: everybody sees it.
    #[arg(long)]
    guest: Option<String>,
    /// The cluster that it is about: everybody sees it.
    #[arg(long)]
    cluster: Option<String>,
    /// For everybody of this installation; without guest, cluster and team only you see it.
    #[arg(long)]
    #[serde(default)]
    team: bool,
    /// What sort of thing it says; found out from the text without.
    #[arg(long, value_enum)]
    kind: Option<FactKind>,
    /// What a restriction restricts: `guests.reboot`, `guests.*`.
    #[arg(long)]
    #[serde(default)]
    operations: Vec<String>,
    /// When a restriction holds: `mon..fri 06:00-22:00`; always without.
    #[arg(long)]
    #[serde(default)]
    times: Vec<String>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Step {
    id: String,
    /// Under which the wording lies sealed.
    key: String,
    digest: String,
    author: String,
}

pub(super) struct Add;

impl RowChange for Add {
    const NAME: &'static str = "memory.add";
    const SUMMARY: &'static str =
        "Keep a fact about a guest or a cluster, for the team or for yourself";
    const PHRASES: &'static [&'static str] = &[
        "remember that {text:rest}",
        "remember for (me|myself) that {text:rest}",
        "keep in mind that {text:rest}",
        "remember for the team that {text:rest} => team=true",
        "remember (about|of) {guest:guest} that {text:rest}",
        "remember (about|of) {guest:guest}: {text:rest}",
    ];
    const RISK: Risk = Risk::Reversible;
    const WAY_BACK: WayBack = WayBack::By {
        op: "memory.delete",
        note: "",
    };
    const NOUN: &'static str = "fact";
    const PROMISE: (&'static str, &'static str) = ("is kept", "is not there");
    type Input = Input;
    type Step = Step;
    type Output = Kept;

    async fn plan(ctx: &Arc<Ctx>, call: &Call, input: Input) -> Result<Planned<Step>> {
        let wanted = Scope {
            guest: input.guest.as_deref(),
            cluster: input.cluster.as_deref(),
            team: input.team,
        };
        let scope = scope(ctx, call, &wanted).await?;
        let wording = wording(
            &input.text,
            input.kind,
            scope,
            input.operations,
            input.times,
        )?;
        Ok(Planned {
            title: format!(
                "Keep a {} {}{}",
                wording.kind,
                wording.subject(),
                wording.effect()
            ),
            change: Vec::new(),
            step: Step {
                id: format!("f_{}", Uuid::now_v7().simple()),
                key: sealed::keep(&ctx.secrets, &wording, ctx.clock.now()).await?,
                digest: wording.digest(),
                author: person(call).to_owned(),
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
        let now = ctx.clock.now();
        let row = wording
            .row(&step.id, &step.author, now, now)
            .map_err(StartError::NotSent)?;
        ctx.memory.add(&row).await.map_err(not_inserted)?;
        sealed::forget(&ctx.secrets, &step.key).await;
        Ok(Some(Kept::of(row)))
    }

    async fn is_so(ctx: &Arc<Ctx>, step: &Step) -> Result<bool> {
        let row = ctx.memory.find(&step.id).await.map_err(Error::from)?;
        Ok(row.is_some_and(|row| row.digest == step.digest))
    }

    fn undo(step: &Step) -> Option<Wish> {
        Some(Wish {
            op: delete::Delete::NAME.to_owned(),
            input: json!({ "fact": step.id }),
        })
    }
}
