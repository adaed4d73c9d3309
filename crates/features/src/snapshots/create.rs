//! `snapshots.create`: one snapshot of each guest, under one name.

use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jiff::Timestamp;
use ops::{
    Action, Approved, BeforeState, Call, Change, Code, Draft, DraftStep, Error, Found, Level,
    Observed, Result, Risk, Signal, Started, TaskRef, Verdict, WayBack, Wish, contract::StartError,
};
use pve::{NewSnapshot, SnapshotMemory, TaskOutcome, TaskState};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::model::{name_problem, snapshots_of};
use crate::{
    cluster_error::{call_error, start_error},
    ctx::Ctx,
    guests::{
        GuestRef, Looked, before_with_traces, listing, look_at_all, new_traces, observe,
        refuse_locked, signals,
    },
    inventory::GuestKind,
};

const ASK_AT_ONCE: usize = 16;
/// From here on snapshots cost performance and space that people forget.
const MANY_SNAPSHOTS: usize = 8;
const TASK_KINDS: [&str; 2] = ["qmsnapshot", "vzsnapshot"];

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Guests: ids, names or selectors such as `tag=web`.
    #[arg(required = true)]
    guests: Vec<String>,
    /// Name of the snapshot: a letter, then letters, digits, `_` or `-`.
    #[arg(long)]
    name: String,
    /// A note.
    #[arg(long)]
    description: Option<String>,
    /// Keep the memory of running virtual machines too.
    #[arg(long)]
    #[serde(default)]
    memory: bool,
}

/// The step: one guest, one snapshot.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Step {
    guest: GuestRef,
    name: String,
    description: Option<String>,
    memory: bool,
}

pub(super) struct Create;

impl Action for Create {
    const NAME: &'static str = "snapshots.create";
    const SUMMARY: &'static str = "Take a snapshot of guests";
    const RISK: Risk = Risk::Reversible;
    const WAY_BACK: WayBack = WayBack::By {
        op: "snapshots.delete",
        note: "",
    };
    type Ctx = Ctx;
    type Input = Input;
    type Step = Step;
    type Output = ();

    async fn plan(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Draft<Step>> {
        if let Some(problem) = name_problem(&input.name) {
            return Err(Error::invalid(format!(
                "`{}` is no name for a snapshot: {problem}",
                input.name
            )));
        }
        let rows = ctx.inventory.choose(&input.guests).await?;
        let looked = look_at_all(ctx, &rows).await?;
        refuse_locked(&looked)?;
        let checks: Vec<_> = looked
            .iter()
            .map(|looked| check(ctx, looked, &input.name))
            .collect();
        let counts: Vec<usize> = stream::iter(checks)
            .buffered(ASK_AT_ONCE)
            .try_collect()
            .await?;
        let names: Vec<&str> = looked
            .iter()
            .map(|looked| looked.guest.name.as_str())
            .collect();
        let summary = format!("take snapshot `{}` of {}", input.name, listing(&names));
        let mut preflight = Vec::new();
        let mut steps = Vec::new();
        for (looked, count) in looked.iter().zip(counts) {
            preflight.extend(signals(looked, false));
            if count >= MANY_SNAPSHOTS {
                preflight.push(Signal {
                    signal: "many_snapshots".to_owned(),
                    level: Level::Warning,
                    text: format!("{} already has {count} snapshots", looked.guest.name),
                    target: Some(looked.guest.reference()),
                });
            }
            // PVE takes the memory of running virtual machines only.
            let memory = input.memory
                && looked.guest.kind == GuestKind::Qemu
                && looked.status.status == pve::GuestState::Running;
            steps.push(DraftStep {
                target: looked.guest.target(),
                title: format!(
                    "Snapshot {} ({}) as {}",
                    looked.guest.name, looked.guest.vmid, input.name
                ),
                depends_on: Vec::new(),
                change: vec![Change {
                    field: format!("snapshot {}", input.name),
                    before: json!(null),
                    after: json!(if memory { "disks and memory" } else { "disks" }),
                }],
                interruption: None,
                observed: looked.observed.clone(),
                step: Step {
                    guest: looked.guest.clone(),
                    name: input.name.clone(),
                    description: input.description.clone(),
                    memory,
                },
            });
        }
        Ok(Draft {
            summary,
            steps,
            preflight,
        })
    }

    async fn observe(ctx: &Arc<Ctx>, step: &Step) -> Result<Observed> {
        observe(ctx, &step.guest).await
    }

    async fn before(ctx: &Arc<Ctx>, step: &Step, observed: &Observed) -> Result<BeforeState> {
        before_with_traces(ctx, &step.guest, observed).await
    }

    async fn start(ctx: &Arc<Ctx>, step: &Approved<Step>) -> Result<Started<()>, StartError> {
        let Step {
            guest,
            name,
            description,
            memory,
        } = step.step();
        let client = guest.client(ctx).await.map_err(StartError::NotSent)?;
        let at = guest.at().map_err(StartError::NotSent)?;
        let snapshot = NewSnapshot {
            name: name.clone(),
            description: description.clone(),
            memory: if *memory {
                SnapshotMemory::Include
            } else {
                SnapshotMemory::Exclude
            },
        };
        let upid = client
            .create_snapshot(&at, &snapshot)
            .await
            .map_err(|error| start_error(&guest.cluster, &error))?;
        Ok(Started::Task(TaskRef {
            cluster: guest.cluster.clone(),
            id: upid.as_str().to_owned(),
        }))
    }

    async fn recover(
        ctx: &Arc<Ctx>,
        step: &Step,
        before: &BeforeState,
        _sent_at: Timestamp,
    ) -> Result<Found> {
        let traces = new_traces(ctx, &step.guest, &TASK_KINDS, before).await?;
        let there = snapshots_of(ctx, &step.guest)
            .await?
            .into_iter()
            .any(|row| row.name == step.name);
        Ok(match traces.as_slice() {
            [(task, row)] => match &row.state {
                TaskState::Running => Found::Running(task.clone()),
                TaskState::Ended(outcome) if outcome.is_success() => {
                    Found::Done(Some(task.clone()))
                }
                TaskState::Ended(TaskOutcome::Failed(text)) => Found::Failed {
                    task: Some(task.clone()),
                    text: text.clone(),
                },
                TaskState::Ended(_) if there => Found::Done(Some(task.clone())),
                TaskState::Ended(outcome) => Found::Unknown(outcome.to_string()),
            },
            // The name was free before: whoever made it, it is what was wished.
            [] if there => Found::Done(None),
            [] => Found::NotSent,
            several => Found::Unknown(format!(
                "{} new snapshot tasks run under our name on {}",
                several.len(),
                step.guest.subject()
            )),
        })
    }

    async fn verify(ctx: &Arc<Ctx>, step: &Step, _before: &BeforeState) -> Result<Verdict> {
        let rows = snapshots_of(ctx, &step.guest).await?;
        let (guest, name) = (&step.guest.name, &step.name);
        Ok(match rows.into_iter().find(|row| &row.name == name) {
            None => Verdict::not_as_promised(format!("{guest} has no snapshot {name}")),
            Some(row) => match row.unfinished {
                Some(state) => Verdict::not_as_promised(format!(
                    "snapshot {name} of {guest} is unfinished ({state})"
                )),
                None if step.memory && !row.memory => {
                    Verdict::not_as_promised(format!("snapshot {name} of {guest} holds no memory"))
                }
                None => Verdict::ok(format!("{guest} has snapshot {name}")),
            },
        })
    }

    fn undo(step: &Step, _before: &BeforeState) -> Option<Wish> {
        Some(Wish {
            op: "snapshots.delete".to_owned(),
            input: json!({ "guests": [step.guest.reference()], "name": step.name }),
        })
    }
}

/// Refuses what PVE would refuse later, inside the task; answers how many snapshots there are.
async fn check(ctx: &Ctx, looked: &Looked, name: &str) -> Result<usize> {
    let guest = &looked.guest;
    if looked.status.template {
        return Err(Error::new(
            Code::Conflict,
            format!(
                "{} is a template: templates have no snapshots",
                guest.subject()
            ),
        ));
    }
    let client = guest.client(ctx).await?;
    let at = guest.at()?;
    let (rows, able) = tokio::try_join!(snapshots_of(ctx, guest), async {
        client
            .guest_feature(&at, "snapshot")
            .await
            .map_err(|error| call_error(&guest.cluster, &error))
    })?;
    if rows.iter().any(|row| row.name == name) {
        return Err(Error::new(
            Code::Conflict,
            format!("{} already has a snapshot `{name}`", guest.subject()),
        )
        .hint("choose another name or delete that one first"));
    }
    if !able {
        return Err(Error::new(
            Code::Conflict,
            format!(
                "{} cannot be snapshotted: its storage does not support it",
                guest.subject()
            ),
        )
        .hint("leave it out with `!NAME`, or move its disks to a storage with snapshots"));
    }
    Ok(rows.len())
}
