//! `snapshots.create`: one snapshot of each guest, under one name.

use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use ops::{
    Action, Approved, BeforeState, Call, Change, Draft, DraftStep, Error, Found, Level, Observed,
    Result, Risk, Signal, Started, Verdict, WayBack, Wish, contract::StartError,
};
use pve::{NewSnapshot, SnapshotMemory};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    model::name_problem,
    taking::{self, check, demand_quiet, quiet},
};
use crate::{
    ctx::Ctx,
    guests::{
        Chosen, GuestRef, Looked, before_with_traces, choose, fitting, left_locked, listing,
        observe, rest_of, signals,
    },
    inventory::GuestKind,
};

const ASK_AT_ONCE: usize = 16;
/// From here on snapshots cost performance and space that people forget.
const MANY_SNAPSHOTS: usize = 8;

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
    /// Refuse running virtual machines whose file systems cannot be frozen by their agent.
    #[arg(long)]
    #[serde(default)]
    quiesce: bool,
}

/// The step: one guest, one snapshot.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Step {
    guest: GuestRef,
    name: String,
    description: Option<String>,
    memory: bool,
}

/// What PVE wants of us on a guest.
const NEEDS: &[&str] = &["VM.Snapshot"];

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
        let Chosen {
            guests: looked,
            mut sorting,
            mut preflight,
        } = choose(ctx, &input.guests, NEEDS).await?;
        let checks: Vec<_> = looked
            .iter()
            .map(|looked| async {
                if input.quiesce {
                    demand_quiet(ctx, looked, with_memory(&input, looked)).await?;
                }
                check(ctx, looked, &input.name).await
            })
            .collect();
        let checked: Vec<Result<usize>> =
            stream::iter(checks).buffered(ASK_AT_ONCE).collect().await;
        let fitting = fitting(looked, checked, &mut sorting)?;
        let left_out = rest_of(&fitting, sorting)?;
        let names: Vec<&str> = fitting
            .iter()
            .map(|(looked, _)| looked.guest.name.as_str())
            .collect();
        let summary = format!("take snapshot `{}` of {}", input.name, listing(&names));
        let mut steps = Vec::new();
        for (looked, count) in &fitting {
            preflight.extend(signals(looked, false));
            if *count >= MANY_SNAPSHOTS {
                preflight.push(Signal {
                    signal: "many_snapshots".to_owned(),
                    level: Level::Warning,
                    text: format!("{} already has {count} snapshots", looked.guest.name),
                    target: Some(looked.guest.reference()),
                });
            }
            let memory = with_memory(&input, looked);
            preflight.extend(quiet(looked, memory));
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
            left_out,
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
        let snapshot = NewSnapshot {
            name: name.clone(),
            description: description.clone(),
            memory: if *memory {
                SnapshotMemory::Include
            } else {
                SnapshotMemory::Exclude
            },
        };
        taking::start(ctx, guest, &snapshot).await
    }

    async fn recover(
        ctx: &Arc<Ctx>,
        step: &Step,
        before: &BeforeState,
        _sent_at: Timestamp,
    ) -> Result<Found> {
        taking::recover(ctx, &step.guest, &step.name, before).await
    }

    async fn verify(ctx: &Arc<Ctx>, step: &Step, _before: &BeforeState) -> Result<Verdict> {
        taking::verify(ctx, &step.guest, &step.name, step.memory).await
    }

    async fn left_behind(
        ctx: &Arc<Ctx>,
        step: &Step,
        before: &BeforeState,
    ) -> Result<Option<String>> {
        left_locked(ctx, &step.guest, before).await
    }

    fn undo(step: &Step, _before: &BeforeState) -> Option<Wish> {
        Some(Wish {
            op: "snapshots.delete".to_owned(),
            input: json!({ "guests": [step.guest.reference()], "name": step.name }),
        })
    }
}

/// PVE takes the memory of running virtual machines only.
fn with_memory(input: &Input, looked: &Looked) -> bool {
    input.memory
        && looked.guest.kind == GuestKind::Qemu
        && looked.status.status == pve::GuestState::Running
}
