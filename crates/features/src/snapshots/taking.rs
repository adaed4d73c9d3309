//! What every operation shares that takes a snapshot: whether it can be, asking for it, finding a lost answer,
//! looking at the outcome.

use ops::{
    BeforeState, Code, Error, Found, Level, Result, Signal, Started, TaskRef, Verdict,
    contract::StartError,
};
use pve::{AgentState, NewSnapshot, TaskOutcome, TaskState};

use super::model::snapshots_of;
use crate::{
    cluster_error::{call_error, start_error},
    ctx::Ctx,
    guests::{GuestRef, Looked, new_traces},
    inventory::GuestKind,
};

const TASK_KINDS: [&str; 2] = ["qmsnapshot", "vzsnapshot"];

/// Refuses what PVE would refuse later, inside the task; answers how many snapshots there are.
pub(super) async fn check(ctx: &Ctx, looked: &Looked, name: &str) -> Result<usize> {
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

/// What a snapshot of the disks of this guest holds of files that are being written. PVE freezes the file
/// systems by itself: of a container always, of a virtual machine through its agent.
pub(super) fn quiet(looked: &Looked, memory: bool) -> Option<Signal> {
    let running = looked.status.status == pve::GuestState::Running;
    if looked.guest.kind == GuestKind::Lxc || !running || memory || looked.status.agent_enabled {
        return None;
    }
    Some(Signal {
        signal: "not_frozen".to_owned(),
        level: Level::Info,
        text: format!(
            "{} has no guest agent: its file systems are not frozen, the snapshot is as after a power cut",
            looked.guest.name
        ),
        target: Some(looked.guest.reference()),
    })
}

/// Refuses a guest whose file systems would not be frozen.
pub(super) async fn demand_quiet(ctx: &Ctx, looked: &Looked, memory: bool) -> Result<()> {
    let guest = &looked.guest;
    let running = looked.status.status == pve::GuestState::Running;
    if guest.kind == GuestKind::Lxc || !running || memory {
        return Ok(());
    }
    let state = if looked.status.agent_enabled {
        guest
            .client(ctx)
            .await?
            .agent_state(&guest.at()?)
            .await
            .map_err(|error| call_error(&guest.cluster, &error))?
    } else {
        AgentState::NotConfigured
    };
    let why = match state {
        AgentState::Answers | AgentState::GuestStopped => return Ok(()),
        AgentState::Silent => "its guest agent does not answer",
        AgentState::NotConfigured => "it has no guest agent",
    };
    Err(Error::new(
        Code::Conflict,
        format!(
            "the file systems of {} cannot be frozen: {why}",
            guest.subject()
        ),
    )
    .hint("install and start the agent in the guest and set `agent: 1`, or take the snapshot without `quiesce`"))
}

pub(super) async fn start(
    ctx: &Ctx,
    guest: &GuestRef,
    snapshot: &NewSnapshot,
) -> Result<Started<()>, StartError> {
    let client = guest.client(ctx).await.map_err(StartError::NotSent)?;
    let at = guest.at().map_err(StartError::NotSent)?;
    let upid = client
        .create_snapshot(&at, snapshot)
        .await
        .map_err(|error| start_error(&guest.cluster, &error))?;
    Ok(Started::Task(TaskRef {
        cluster: guest.cluster.clone(),
        id: upid.as_str().to_owned(),
    }))
}

pub(super) async fn recover(
    ctx: &Ctx,
    guest: &GuestRef,
    name: &str,
    before: &BeforeState,
) -> Result<Found> {
    let traces = new_traces(ctx, guest, &TASK_KINDS, before).await?;
    let there = snapshots_of(ctx, guest)
        .await?
        .into_iter()
        .any(|row| row.name == name);
    Ok(match traces.as_slice() {
        [(task, row)] => match &row.state {
            TaskState::Running => Found::Running(task.clone()),
            TaskState::Ended(outcome) if outcome.is_success() => Found::Done(Some(task.clone())),
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
            guest.subject()
        )),
    })
}

pub(super) async fn verify(
    ctx: &Ctx,
    guest: &GuestRef,
    name: &str,
    memory: bool,
) -> Result<Verdict> {
    let rows = snapshots_of(ctx, guest).await?;
    let guest = &guest.name;
    Ok(match rows.into_iter().find(|row| row.name == name) {
        None => Verdict::not_as_promised(format!("{guest} has no snapshot {name}")),
        Some(row) => match row.unfinished {
            Some(state) => Verdict::not_as_promised(format!(
                "snapshot {name} of {guest} is unfinished ({state})"
            )),
            None if memory && !row.memory => {
                Verdict::not_as_promised(format!("snapshot {name} of {guest} holds no memory"))
            }
            None => Verdict::ok(format!("{guest} has snapshot {name}")),
        },
    })
}
