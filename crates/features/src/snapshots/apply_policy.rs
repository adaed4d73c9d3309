//! `snapshots.apply_policy`: what a policy does when its time has come: one new snapshot of each guest, and
//! the oldest ones go. When that is, a schedule says.

use std::sync::Arc;

use ops::{Call, Code, Composed, Composite, Error, Level, Result, Risk, Signal, Wish};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{policy::Policies, prune::rows_of, pruning::Rule};
use crate::{ctx::Ctx, guests::listing, inventory::GuestRow};

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Name of the policy.
    policy: String,
}

pub(super) struct ApplyPolicy;

impl Composite for ApplyPolicy {
    const NAME: &'static str = "snapshots.apply_policy";
    const SUMMARY: &'static str = "Take and prune the snapshots of a policy now";
    const PHRASES: &'static [&'static str] = &["(apply|run) [the] snapshot policy {policy:word}"];
    const RISK: Risk = Risk::Destructive;
    type Ctx = Ctx;
    type Input = Input;

    async fn wishes(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Composed> {
        let policies = Policies::read(ctx).await?;
        let policy = policies.find(&input.policy)?;
        let mut preflight = Vec::new();
        let guests: Vec<GuestRow> = ctx
            .inventory
            .choose(&policy.guests)
            .await?
            .into_iter()
            .filter(|guest| match unfit(guest) {
                None => true,
                Some((level, why)) => {
                    preflight.push(Signal {
                        signal: "left_out".to_owned(),
                        level,
                        text: format!("left out: {} {why}", guest.name),
                        target: Some(guest.reference()),
                    });
                    false
                }
            })
            .collect();
        if guests.is_empty() {
            return Err(Error::new(
                Code::Conflict,
                format!(
                    "nothing to do: policy `{}` fits no guest that can be snapshotted now",
                    policy.name
                ),
            ));
        }
        let references: Vec<String> = guests.iter().map(GuestRow::reference).collect();
        let mut wishes = vec![Wish {
            op: "snapshots.create".to_owned(),
            input: json!({
                "guests": references,
                "name": policy.snapshot_name(ctx.clock.now()),
                "description": format!("policy {}", policy.name),
                "memory": policy.memory,
                "quiesce": policy.quiesce,
            }),
        }];
        // The new one counts among those that stay.
        let rule = Rule {
            prefix: policy.prefix.clone(),
            keep_last: Some(policy.keep.saturating_sub(1)),
            older_than_days: None,
        };
        let held = rows_of(ctx, &guests).await?;
        let full: Vec<String> = guests
            .iter()
            .zip(&held)
            .filter(|(_, rows)| !rule.judge(rows, ctx.clock.now()).go.is_empty())
            .map(|(guest, _)| guest.reference())
            .collect();
        if !full.is_empty() {
            wishes.push(Wish {
                op: "snapshots.prune".to_owned(),
                input: json!({
                    "guests": full, "keep_last": rule.keep_last, "prefix": rule.prefix,
                }),
            });
        }
        let names: Vec<&str> = guests.iter().map(|guest| guest.name.as_str()).collect();
        Ok(Composed {
            summary: format!(
                "apply snapshot policy {} to {}",
                policy.name,
                listing(&names)
            ),
            wishes,
            preflight,
        })
    }
}

/// Who is passed over without failing the others.
fn unfit(guest: &GuestRow) -> Option<(Level, String)> {
    if guest.template {
        return Some((
            Level::Info,
            "is a template: templates have no snapshots".to_owned(),
        ));
    }
    guest
        .lock
        .as_ref()
        .map(|lock| (Level::Warning, format!("is locked ({lock})")))
}
