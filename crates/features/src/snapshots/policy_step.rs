//! The step that changes a policy: what setting and deleting one share.

use std::collections::BTreeMap;

use ops::{
    BeforeState, Change, DraftStep, Found, Observed, Result, Started, Target, Verdict,
    contract::StartError,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::policy::{Policies, Policy, TARGET};
use crate::ctx::Ctx;

/// How a policy is to be.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Step {
    pub(super) name: String,
    /// Nothing: it is to be gone.
    pub(super) policy: Option<Policy>,
}

pub(super) fn draft(title: String, step: Step, present: Option<&Policy>) -> DraftStep<Step> {
    let change = changes(present, step.policy.as_ref());
    DraftStep {
        target: Target {
            reference: TARGET.to_owned(),
            name: step.name.clone(),
            node: None,
            storage: None,
        },
        title,
        depends_on: Vec::new(),
        change,
        interruption: None,
        observed: facts(&step.name, present),
        step,
    }
}

/// Field by field.
fn changes(present: Option<&Policy>, wished: Option<&Policy>) -> Vec<Change> {
    let fields = |policy: Option<&Policy>| match json!(policy) {
        Value::Object(fields) => fields,
        _ => serde_json::Map::new(),
    };
    let (before, after) = (fields(present), fields(wished));
    let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name))
        .map(|name| Change {
            field: name.clone(),
            before: before.get(name).cloned().unwrap_or(Value::Null),
            after: after.get(name).cloned().unwrap_or(Value::Null),
        })
        .collect()
}

fn facts(name: &str, present: Option<&Policy>) -> Observed {
    Observed {
        subject: format!("snapshot policy {name}"),
        identity: BTreeMap::new(),
        state: BTreeMap::from([("policy".to_owned(), json!(present))]),
    }
}

pub(super) async fn observe(ctx: &Ctx, step: &Step) -> Result<Observed> {
    let policies = Policies::read(ctx).await?;
    Ok(facts(&step.name, policies.0.get(&step.name)))
}

pub(super) async fn start(ctx: &Ctx, step: &Step) -> Result<Started<()>, StartError> {
    let mut policies = Policies::read(ctx).await.map_err(StartError::NotSent)?;
    match &step.policy {
        Some(policy) => policies.0.insert(step.name.clone(), policy.clone()),
        None => policies.0.remove(&step.name),
    };
    policies.write(ctx).await.map_err(StartError::MaybeSent)?;
    Ok(Started::Done(()))
}

pub(super) async fn recover(ctx: &Ctx, step: &Step) -> Result<Found> {
    Ok(if is_so(ctx, step).await? {
        Found::Done(None)
    } else {
        Found::NotSent
    })
}

pub(super) async fn verify(ctx: &Ctx, step: &Step) -> Result<Verdict> {
    let name = &step.name;
    Ok(match (is_so(ctx, step).await?, &step.policy) {
        (true, Some(_)) => Verdict::ok(format!("snapshot policy {name} is set")),
        (true, None) => Verdict::ok(format!("there is no snapshot policy {name} any more")),
        (false, _) => Verdict::not_as_promised(format!("snapshot policy {name} is another one")),
    })
}

async fn is_so(ctx: &Ctx, step: &Step) -> Result<bool> {
    let policies = Policies::read(ctx).await?;
    Ok(policies.0.get(&step.name) == step.policy.as_ref())
}

/// The policy before the step.
pub(super) fn earlier(before: &BeforeState) -> Option<Policy> {
    before
        .0
        .get("policy")
        .and_then(|value| serde_json::from_value(value.clone()).ok())
}
