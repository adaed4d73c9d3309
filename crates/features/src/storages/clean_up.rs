//! `storages.clean_up`: deletes the volumes that no guest refers to. Each of them stands in the plan.

use std::{sync::Arc, time::Duration};

use ops::{
    Because, Call, Code, Composed, Composite, Error, LeftOut, Level, Result, Risk, Signal, Wish,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    orphans::{self, Judged},
    place::Narrow,
};
use crate::ctx::Ctx;

const DAY: Duration = Duration::from_hours(24);

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Only of this storage.
    #[serde(default)]
    storage: Option<String>,
    /// Only what this node sees.
    #[arg(long)]
    node: Option<String>,
    /// Only of this cluster.
    #[arg(long)]
    cluster: Option<String>,
    /// Only what is older than so many days; what has no known age stays then.
    #[arg(long)]
    older_than_days: Option<u32>,
}

pub(super) struct CleanUp;

impl Composite for CleanUp {
    const NAME: &'static str = "storages.clean_up";
    const SUMMARY: &'static str = "Delete the disks that no guest refers to; this cannot be undone";
    const PHRASES: &'static [&'static str] = &[
        "(clean up|clean-up|cleanup) {storage:storage}",
        "(delete|remove) [the|all|all the] (orphans|orphaned disks|orphaned volumes) [(on|from) {storage:storage}]",
        "+ older than {older_than_days:days}",
    ];
    const RISK: Risk = Risk::Destructive;
    type Ctx = Ctx;
    type Input = Input;

    async fn wishes(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Composed> {
        let narrow = Narrow {
            cluster: input.cluster.as_deref(),
            node: input.node.as_deref(),
        };
        let found = orphans::find(ctx, input.storage.as_deref(), narrow).await?;
        let now = found.read_at;
        let due = |judged: &&Judged| {
            input.older_than_days.is_none_or(|days| {
                judged
                    .volume
                    .created_at
                    .is_some_and(|at| now > at + DAY * days)
            })
        };
        let going: Vec<&Judged> = found.orphans.iter().filter(due).collect();
        if going.is_empty() {
            let unsure = found.not_known.len() + found.not_read.len();
            return Err(Error::new(
                Code::Conflict,
                match unsure {
                    0 => "nothing to do: every disk belongs to a guest".to_owned(),
                    n => format!(
                        "nothing to do for sure: of {n} disks or storages it cannot be told"
                    ),
                },
            )
            .hint("`storages.orphans` tells what was found and what could not be read"));
        }
        let tell = |signal: &str, level, text: String| Signal {
            signal: signal.to_owned(),
            level,
            text,
            target: None,
        };
        let mut preflight: Vec<Signal> = going
            .iter()
            .map(|judged| {
                let text = format!("{}: {}", judged.volume.volume, judged.reason);
                tell("orphan", Level::Info, text)
            })
            .collect();
        // What is no volume for sure has no step's name: a storage that could not be read is told as a signal.
        preflight.extend(found.not_read.iter().map(|missing| {
            let text = format!("not looked at: {}: {}", missing.what, missing.reason);
            tell("check_skipped", Level::Warning, text)
        }));
        let left_out = found
            .not_known
            .iter()
            .map(|judged| LeftOut {
                target: format!(
                    "{}/{}/{}",
                    judged.volume.cluster, judged.volume.node, judged.volume.volume
                ),
                name: judged.volume.volume.clone(),
                because: Because::Unfit,
                reason: format!(
                    "stays, because it is not known whose it is: {}",
                    judged.reason
                ),
                hint: None,
            })
            .collect();
        let volumes: Vec<String> = going
            .iter()
            .map(|judged| {
                let volume = &judged.volume;
                format!("{}/{}/{}", volume.cluster, volume.node, volume.volume)
            })
            .collect();
        Ok(Composed {
            summary: format!("clean up {} disks that no guest refers to", volumes.len()),
            wishes: vec![Wish {
                op: "storages.delete_volume".to_owned(),
                input: json!({ "volumes": volumes }),
            }],
            preflight,
            left_out,
        })
    }
}
