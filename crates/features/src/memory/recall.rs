//! `memory.recall`: what is kept that matters for some guests, a plan or a question.

use std::sync::Arc;

use ops::{Call, Error, Query, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    model::Fact,
    relevance::{Guests, concerns, words},
    visible,
};
use crate::{ctx::Ctx, inventory::GuestRow};

/// As much as the assistant reads of a message.
const LONGEST_QUESTION: usize = 8_000;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Guests: ids, names or selectors such as `tag=web`.
    #[serde(default)]
    guests: Vec<String>,
    /// A plan: the guests of its steps and those that they take along, such as `p_…`.
    #[arg(long)]
    plan: Option<String>,
    /// A question or an order in words: the guests that it names.
    #[arg(long)]
    question: Option<String>,
}

/// A fact that matters.
#[derive(Serialize, JsonSchema)]
pub(super) struct Recalled {
    #[serde(flatten)]
    fact: Fact,
    /// Why it matters here.
    why: String,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Output {
    /// What restricts something first, then the newest.
    facts: Vec<Recalled>,
}

pub(super) struct Recall;

impl Query for Recall {
    const NAME: &'static str = "memory.recall";
    const SUMMARY: &'static str =
        "Find the kept facts that matter for guests, a plan or a question";
    const PHRASES: &'static [&'static str] =
        &["what (do you remember|do you know|is known|is kept|do we know) about {guests:guests}"];
    type Ctx = Ctx;
    type Input = Input;
    type Output = Output;

    async fn run(ctx: &Arc<Ctx>, call: &Call, input: Input) -> Result<Output> {
        if input.guests.is_empty() && input.plan.is_none() && input.question.is_none() {
            return Err(Error::invalid("nothing is named")
                .hint("give guests, `plan` or `question`; `memory.list` has everything"));
        }
        let facts = visible(ctx, call).await?;
        // Most turns have nothing to remember: the guests need not be looked up for that.
        if facts.is_empty() {
            return Ok(Output { facts: Vec::new() });
        }
        let guests = guests(ctx, call, &input).await?;
        let mut recalled: Vec<Recalled> = facts
            .into_iter()
            .filter_map(|fact| {
                let why = concerns(&fact, &guests)?;
                Some(Recalled { fact, why })
            })
            .collect();
        recalled.sort_by(|one, other| {
            let key = |recalled: &Recalled| {
                recalled.fact.restriction.is_none() && recalled.fact.no_rule.is_none()
            };
            key(one)
                .cmp(&key(other))
                .then_with(|| other.fact.changed_at.cmp(&one.fact.changed_at))
        });
        Ok(Output { facts: recalled })
    }
}

async fn guests(ctx: &Arc<Ctx>, call: &Call, input: &Input) -> Result<Guests> {
    let mut rows: Vec<GuestRow> = Vec::new();
    if !input.guests.is_empty() {
        rows.extend(ctx.inventory.look(&input.guests).await?.guests);
    }
    let planned = match &input.plan {
        Some(plan) => targets(ctx, call, plan).await?,
        None => Planned::default(),
    };
    let wanted = planned.guests;
    let asked: Vec<String> = match &input.question {
        Some(question) if question.len() > LONGEST_QUESTION => {
            return Err(Error::invalid(format!(
                "question: at most {LONGEST_QUESTION} bytes"
            )));
        }
        Some(question) => words(question).collect(),
        None => Vec::new(),
    };
    if !wanted.is_empty() || !asked.is_empty() {
        let all = ctx.inventory.look(&[]).await?.guests;
        rows.extend(all.into_iter().filter(|guest| {
            let name = guest.name.to_lowercase();
            wanted.contains(&(guest.cluster.clone(), guest.vmid)) || asked.contains(&name)
        }));
    }
    let mut guests = Guests::of(&rows);
    for (cluster, node) in planned.nodes {
        guests.add_node(&cluster, &node);
    }
    Ok(guests)
}

/// What the steps of a plan touch.
#[derive(Default)]
struct Planned {
    /// Cluster and id of the guests: targets, and those that a step takes along.
    guests: Vec<(String, u32)>,
    /// Cluster and name of the nodes that are targets themselves.
    nodes: Vec<(String, String)>,
}

async fn targets(ctx: &Arc<Ctx>, call: &Call, plan: &str) -> Result<Planned> {
    let registry = ctx.registry.get()?;
    let shown = registry
        .query(call, "plans.show", json!({ "plan": plan }))
        .await?;
    let steps = shown.pointer("/plan/steps").and_then(Value::as_array);
    let mut planned = Planned::default();
    for step in steps.into_iter().flatten() {
        let along = step.get("along").and_then(Value::as_array);
        let references = std::iter::once(step)
            .chain(along.into_iter().flatten())
            .filter_map(|one| one.get("target")?.as_str());
        for reference in references {
            match reference.split('/').collect::<Vec<_>>().as_slice() {
                [cluster, _, vmid] => {
                    if let Ok(vmid) = vmid.parse() {
                        planned.guests.push(((*cluster).to_owned(), vmid));
                    }
                }
                [cluster, node] => {
                    let node = ((*cluster).to_owned(), (*node).to_owned());
                    planned.nodes.push(node);
                }
                _ => {}
            }
        }
    }
    Ok(planned)
}
