//! `snapshots.apply_policy`: what a policy does when its time has come: one new snapshot of each guest, and
//! the oldest ones go. When that is, a schedule says.

use std::sync::Arc;

use ops::{Call, Code, Composed, Composite, Error, Result, Risk, Sorting, Wish};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{policy::Policies, prune::readable, pruning::Rule};
use crate::{
    ctx::Ctx,
    guests::{GuestRef, choose_rows, listing},
    inventory::GuestRow,
};

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
        let mut sorting = Sorting::default();
        let mut fitting: Vec<GuestRow> = Vec::new();
        for row in choose_rows(ctx, &policy.guests, &mut sorting).await? {
            let guest = GuestRef::of(&row);
            match unfit(&row) {
                None => fitting.push(row),
                Some(why) => sorting.unfit(&guest.target(), &guest.subject(), why),
            }
        }
        let (guests, held) = readable(ctx, fitting, &mut sorting).await?;
        if guests.is_empty() {
            return Err(Error::new(
                Code::Conflict,
                format!(
                    "nothing to do: policy `{}` fits no guest that can be snapshotted now",
                    policy.name
                ),
            )
            .left_out(sorting.left_out()));
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
            preflight: Vec::new(),
            left_out: sorting.left_out(),
        })
    }
}

/// Who is passed over without failing the others.
fn unfit(guest: &GuestRow) -> Option<String> {
    if guest.template {
        return Some("is a template: templates have no snapshots".to_owned());
    }
    guest
        .lock
        .as_ref()
        .map(|lock| format!("is locked ({lock})"))
}
