//! `policy.show`, `policy.check`: what the rules are, and what they would say.

use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Ctx;
use crate::{
    actor::{Actor, Call, Role, Surface},
    consent::Freeze,
    contract::{Query, Wish},
    error::{Error, Result},
    policy::{Decision, Policy, Rule, Ruling, TargetFacts, needed_role},
    risk::Risk,
    selector::Selector,
};

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// One rule as it is shown; an absent list means "any".
#[derive(Serialize, JsonSchema)]
pub(super) struct RuleRow {
    name: String,
    line: usize,
    decision: Decision,
    people: u32,
    rehearsal: bool,
    risks: Vec<Risk>,
    roles: Vec<Role>,
    surfaces: Vec<Surface>,
    operations: Vec<String>,
    guests: Vec<String>,
    times: Vec<String>,
    /// Of `guests`: what fits no guest today; null where not every cluster could be asked.
    fits_nobody: Option<Vec<String>>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Shown {
    /// The file; null when none is configured and the built-in table decides.
    file: Option<String>,
    /// Why the file cannot be used; then every change is refused.
    broken: Option<String>,
    time_zone: String,
    /// Whether a standing approval may stand for destructive work.
    standing_destructive: bool,
    rules: Vec<RuleRow>,
    /// What is allowed and perhaps not meant: selectors that fit no guest today, each with its line.
    notes: Vec<String>,
    freeze: Option<Freeze>,
    /// What holds where no rule speaks.
    built_in: Vec<String>,
}

pub(super) struct Show;

impl Query for Show {
    const NAME: &'static str = "policy.show";
    const SUMMARY: &'static str = "Show the rules in force: who may change what, and who is asked";
    const PHRASES: &'static [&'static str] = &["show [me] the (policy|rules)"];
    type Ctx = Ctx;
    type Input = Nothing;
    type Output = Shown;

    async fn run(ctx: &Arc<Ctx>, _call: &Call, _input: Nothing) -> Result<Shown> {
        let policy = ctx.registry()?.gate().policy().await;
        let freeze = ctx.ledger.frozen(ctx.clock.now()).await?;
        // Guests are looked at only where a rule speaks of them.
        let guests = if policy.rules.iter().any(|rule| !rule.guests.is_empty()) {
            ctx.registry()?.gate().all_guests().await
        } else {
            None
        };
        Ok(shown(&policy, guests.as_deref(), freeze))
    }
}

/// The selectors of a rule that fit none of these guests, with their lines.
fn fits_nobody<'a>(rule: &'a Rule, guests: &[TargetFacts]) -> Vec<(usize, &'a Selector)> {
    rule.guests
        .iter()
        .enumerate()
        .filter(|(_, selector)| {
            let selector = std::slice::from_ref(*selector);
            !guests.iter().any(|guest| guest.fit_as_it_is(selector))
        })
        .map(|(at, selector)| {
            (
                rule.guest_lines.get(at).copied().unwrap_or(rule.line),
                selector,
            )
        })
        .collect()
}

fn shown(policy: &Policy, guests: Option<&[TargetFacts]>, freeze: Option<Freeze>) -> Shown {
    let notes = guests
        .into_iter()
        .flat_map(|guests| {
            policy.rules.iter().flat_map(move |rule| {
                fits_nobody(rule, guests).into_iter().map(|(line, selector)| {
                    format!(
                        "line {line}: no guest fits `{selector}` today, so the rule `{}` reaches nobody by it",
                        rule.name
                    )
                })
            })
        })
        .collect();
    let texts = |list: &[&dyn ToString]| list.iter().map(|one| one.to_string()).collect();
    Shown {
        file: policy.place.clone(),
        broken: policy.broken.clone(),
        time_zone: policy.zone.iana_name().unwrap_or("UTC").to_owned(),
        standing_destructive: policy.standing_destructive,
        rules: policy
            .rules
            .iter()
            .map(|rule| RuleRow {
                name: rule.name.clone(),
                line: rule.line,
                decision: rule.verdict.decision,
                people: rule.verdict.people,
                rehearsal: rule.verdict.rehearsal,
                risks: rule.risks.clone(),
                roles: rule.roles.clone(),
                surfaces: rule.surfaces.clone(),
                operations: rule.operations.clone(),
                guests: rule.guests.iter().map(ToString::to_string).collect(),
                times: rule.times.iter().map(ToString::to_string).collect(),
                fits_nobody: guests.map(|guests| {
                    let found = fits_nobody(rule, guests);
                    found
                        .iter()
                        .map(|(_, selector)| selector.to_string())
                        .collect()
                }),
            })
            .collect(),
        notes,
        freeze,
        built_in: texts(&[
            &"reading is free",
            &"a viewer changes nothing",
            &"on the command line, in the web console and with an own token the call itself is the consent to change the product's own data; the command line asks where something would be lost",
            &"every other change asks a person: operators approve up to disruptive work, admins also what loses data",
        ]),
    }
}

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckInput {
    /// A stored plan.
    #[arg(long)]
    plan: Option<String>,
    /// Or an operation, such as guests.stop.
    #[arg(long)]
    op: Option<String>,
    /// Its guests: ids, names or selectors such as `tag=web`.
    #[arg(long)]
    #[serde(default)]
    guests: Vec<String>,
    /// The rest of its input as JSON, where it needs more than guests.
    #[arg(long, value_parser = parse_json)]
    input: Option<Value>,
    /// Where it is wished: cli, web, api, chat, mcp or schedule (default: here).
    #[arg(long, value_parser = parse_word::<Surface>)]
    surface: Option<Surface>,
    /// Who wishes: viewer, operator or admin (default: your role).
    #[arg(long, value_parser = parse_word::<Role>)]
    role: Option<Role>,
}

fn parse_word<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(Value::from(text)).map_err(|error| error.to_string())
}

fn parse_json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Checked {
    decision: Decision,
    /// The rule that decides, and what it wants.
    why: String,
    rules: Vec<String>,
    people: u32,
    rehearsal: bool,
    risk: Option<Risk>,
    /// The least role whose approval counts.
    approver: Option<Role>,
    /// What would be done; nothing was.
    steps: Vec<String>,
    #[schemars(with = "String")]
    at: Timestamp,
}

pub(super) struct Check;

impl Query for Check {
    const NAME: &'static str = "policy.check";
    const SUMMARY: &'static str =
        "Ask which rule would decide on a change, and why; nothing changes";
    type Ctx = Ctx;
    type Input = CheckInput;
    type Output = Checked;

    async fn run(ctx: &Arc<Ctx>, call: &Call, input: CheckInput) -> Result<Checked> {
        let registry = ctx.registry()?;
        let at = ctx.clock.now();
        let surface = input.surface.unwrap_or(call.actor.surface);
        let role = input.role.unwrap_or(call.actor.role);
        let (wisher, plan) = match (&input.plan, &input.op) {
            (Some(id), None) if input.guests.is_empty() && input.input.is_none() => {
                let plan = registry.plan(id).await?;
                let wisher = (
                    input.role.unwrap_or(plan.created_by.role),
                    input.surface.unwrap_or(plan.created_by.surface),
                );
                (wisher, plan)
            }
            (None, Some(op)) => {
                // A No of the first look needs no cluster, and a No on planning says why.
                let actor = Actor {
                    role,
                    surface,
                    ..call.actor.clone()
                };
                let entry = registry.entry(op)?;
                let risk = entry.risk.min(Risk::Reversible);
                let first = registry
                    .gate()
                    .first_look(entry.name, risk, entry.scope, &actor)
                    .await?;
                if first.decision == Decision::Never || entry.risk == Risk::Read {
                    return Ok(checked(first, None, Vec::new(), at));
                }
                let wish = Wish {
                    op: op.clone(),
                    input: with_guests(input.input, &input.guests)?,
                };
                // Planned as somebody who may: what is asked is what the rules say, not what stops the asking.
                let call = Call {
                    actor,
                    ..call.clone()
                };
                (
                    (role, surface),
                    registry.draft_unjudged(&call, vec![wish]).await?,
                )
            }
            _ => {
                return Err(Error::invalid(
                    "give either `plan`, or `op` with `guests` and what else it needs as `input`",
                ));
            }
        };
        let (ruling, risk) = registry.rule_on(wisher, &plan).await?;
        let steps = plan.steps.into_iter().map(|step| step.title).collect();
        Ok(checked(ruling, Some(risk), steps, at))
    }
}

fn with_guests(input: Option<Value>, guests: &[String]) -> Result<Value> {
    let mut input = input.unwrap_or_else(|| json!({}));
    let Some(object) = input.as_object_mut() else {
        return Err(Error::invalid("input: a JSON object is expected"));
    };
    if !guests.is_empty() {
        object.insert("guests".to_owned(), json!(guests));
    }
    Ok(input)
}

fn checked(ruling: Ruling, risk: Option<Risk>, steps: Vec<String>, at: Timestamp) -> Checked {
    Checked {
        decision: ruling.decision,
        approver: risk
            .filter(|_| ruling.decision == Decision::Ask)
            .map(needed_role),
        why: ruling.why,
        rules: ruling.rules,
        people: ruling.people,
        rehearsal: ruling.rehearsal,
        risk,
        steps,
        at,
    }
}
