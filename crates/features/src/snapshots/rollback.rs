//! `snapshots.rollback`: puts guests back to a snapshot. What was written since is lost, unless a safety
//! snapshot is taken first.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use ops::{
    Action, Along, Approved, BeforeState, Call, Change, Code, Draft, DraftStep, Error, Found,
    Level, Observed, Result, Risk, Signal, Started, TaskRef, Verdict, WayBack, Wish,
    contract::StartError,
};
use pve::{NewSnapshot, SnapshotMemory, TaskOutcome, TaskState};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    model::{SnapshotRow, age, find, snapshots_of},
    newest_only::{refuse_older, safety_blocks},
    taking,
};
use crate::{
    cluster_error::{call_error, start_error},
    ctx::Ctx,
    guests::{
        Chosen, GuestRef, Looked, also, before_with_traces, choose, fitting, left_locked, listing,
        new_traces, observe, rest_of, signals,
    },
};

const ASK_AT_ONCE: usize = 16;
const TASK_KINDS: [&str; 2] = ["qmrollback", "vzrollback"];
/// A guest that comes back by itself is away about this long.
const AWAY: Duration = Duration::from_mins(1);
/// Keys of a configuration that always differ, or that a rollback leaves as they are, or that are secret.
const NOT_COMPARED: [&str; 14] = [
    "cipassword",
    "description",
    "digest",
    "lock",
    "meta",
    "parent",
    "runningcpu",
    "runningmachine",
    "runningnets-host-mtu",
    "snapname",
    "snapstate",
    "snaptime",
    "vmgenid",
    "vmstate",
];
/// A list that is longer nobody reads.
const CHANGES: usize = 20;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Guests: ids, names or selectors such as `tag=web`.
    #[arg(required = true)]
    guests: Vec<String>,
    /// Name of the snapshot to go back to.
    #[arg(long)]
    name: String,
    /// Start the guests afterwards; a snapshot that holds memory runs on by itself.
    #[arg(long)]
    #[serde(default)]
    start: bool,
    /// First take a snapshot of how things are, so that there is a way back.
    #[arg(long)]
    #[serde(default)]
    safety: bool,
}

/// One step on one guest.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(super) enum Step {
    /// The safety snapshot.
    Keep { guest: GuestRef, name: String },
    RollBack {
        guest: GuestRef,
        name: String,
        /// Whether the guest runs afterwards: by its memory, or because it is started.
        runs: bool,
        start: bool,
        /// The safety snapshot that was taken before.
        safety: Option<String>,
    },
}

impl Step {
    fn guest(&self) -> &GuestRef {
        match self {
            Self::Keep { guest, .. } | Self::RollBack { guest, .. } => guest,
        }
    }
}

/// What PVE wants of us on a guest.
const NEEDS: &[&str] = &["VM.Snapshot", "VM.Snapshot.Rollback"];

pub(super) struct Rollback;

impl Action for Rollback {
    const NAME: &'static str = "snapshots.rollback";
    const SUMMARY: &'static str = "Put guests back to a snapshot; what came after it is lost";
    const PHRASES: &'static [&'static str] = &[
        "(rollback|revert) {guests:guests} to [the] [snapshot] {name:snapshot}",
        "roll {guests:guests} back to [the] [snapshot] {name:snapshot}",
        "roll back {guests:guests} to [the] [snapshot] {name:snapshot}",
        "(restore|reset) {guests:guests} to [the] snapshot {name:snapshot}",
        "+ after a safety snapshot => safety=true",
        "+ with a safety snapshot => safety=true",
    ];
    const RISK: Risk = Risk::Destructive;
    const WAY_BACK: WayBack = WayBack::By {
        op: "snapshots.rollback",
        note: "only with a safety snapshot",
    };
    type Ctx = Ctx;
    type Input = Input;
    type Step = Step;
    type Output = ();

    async fn plan(ctx: &Arc<Ctx>, _call: &Call, input: Input) -> Result<Draft<Step>> {
        let Chosen {
            guests: looked,
            mut sorting,
            preflight,
        } = choose(ctx, &input.guests, NEEDS).await?;
        let safety = input.safety.then(|| safety_name(ctx.clock.now()));
        let checks: Vec<_> = looked
            .iter()
            .map(|looked| check(ctx, looked, &input.name, safety.as_deref()))
            .collect();
        let found: Vec<Result<Target>> = stream::iter(checks).buffered(ASK_AT_ONCE).collect().await;
        let fitting = fitting(looked, found, &mut sorting)?;
        let left_out = rest_of(&fitting, sorting)?;
        let names: Vec<&str> = fitting
            .iter()
            .map(|(looked, _)| looked.guest.name.as_str())
            .collect();
        let mut draft = Draft {
            summary: format!("put {} back to snapshot `{}`", listing(&names), input.name),
            steps: Vec::new(),
            preflight,
            left_out,
        };
        for (looked, target) in &fitting {
            draft.preflight.extend(signals(looked, true));
            add(ctx, &mut draft, &input, safety.as_ref(), looked, target);
        }
        Ok(draft)
    }

    fn assess(step: &Step) -> Risk {
        match step {
            Step::Keep { .. } => Risk::Reversible,
            Step::RollBack { .. } => Risk::Destructive,
        }
    }

    /// What runs is stopped hard before it is put back.
    fn along(step: &Step, observed: &Observed) -> Vec<Along> {
        let runs = observed
            .state
            .get("status")
            .is_some_and(|status| status == "running");
        match step {
            Step::RollBack { guest, .. } if runs => also(guest, &["guests.stop"]),
            Step::RollBack { .. } | Step::Keep { .. } => Vec::new(),
        }
    }

    async fn observe(ctx: &Arc<Ctx>, step: &Step) -> Result<Observed> {
        match step {
            Step::Keep { guest, .. } => observe(ctx, guest).await,
            Step::RollBack { guest, name, .. } => {
                let mut observed = observe(ctx, guest).await?;
                let row = match where_now(guest, &observed) {
                    Some(guest) => snapshots_of(ctx, &guest)
                        .await?
                        .into_iter()
                        .find(|row| &row.name == name),
                    None => None,
                };
                name_snapshot(&mut observed, row.as_ref());
                Ok(observed)
            }
        }
    }

    async fn before(ctx: &Arc<Ctx>, step: &Step, observed: &Observed) -> Result<BeforeState> {
        before_with_traces(ctx, step.guest(), observed).await
    }

    async fn start(ctx: &Arc<Ctx>, step: &Approved<Step>) -> Result<Started<()>, StartError> {
        match step.step() {
            Step::Keep { guest, name } => {
                let snapshot = NewSnapshot {
                    name: name.clone(),
                    description: Some("before a rollback".to_owned()),
                    memory: SnapshotMemory::Exclude,
                };
                taking::start(ctx, guest, &snapshot).await
            }
            Step::RollBack {
                guest, name, start, ..
            } => {
                let client = guest.client(ctx).await.map_err(StartError::NotSent)?;
                let at = guest.at().map_err(StartError::NotSent)?;
                let upid = client
                    .rollback_snapshot(&at, name, *start)
                    .await
                    .map_err(|error| start_error(&guest.cluster, &error))?;
                Ok(Started::Task(TaskRef {
                    cluster: guest.cluster.clone(),
                    id: upid.as_str().to_owned(),
                }))
            }
        }
    }

    async fn recover(
        ctx: &Arc<Ctx>,
        step: &Step,
        before: &BeforeState,
        _sent_at: Timestamp,
    ) -> Result<Found> {
        let guest = match step {
            Step::Keep { guest, name } => return taking::recover(ctx, guest, name, before).await,
            Step::RollBack { guest, .. } => guest,
        };
        let traces = new_traces(ctx, guest, &TASK_KINDS, before).await?;
        Ok(match traces.as_slice() {
            [] => Found::NotSent,
            [(task, row)] => match &row.state {
                TaskState::Running => Found::Running(task.clone()),
                TaskState::Ended(TaskOutcome::Ok | TaskOutcome::Warnings(_)) => {
                    Found::Done(Some(task.clone()))
                }
                TaskState::Ended(TaskOutcome::Failed(text)) => Found::Failed {
                    task: Some(task.clone()),
                    text: text.clone(),
                },
                TaskState::Ended(outcome) => Found::Unknown(outcome.to_string()),
            },
            several => Found::Unknown(format!(
                "{} new rollbacks run under our name on {}",
                several.len(),
                guest.subject()
            )),
        })
    }

    async fn verify(ctx: &Arc<Ctx>, step: &Step, _before: &BeforeState) -> Result<Verdict> {
        let (guest, name, runs) = match step {
            Step::Keep { guest, name } => return taking::verify(ctx, guest, name, false).await,
            Step::RollBack {
                guest, name, runs, ..
            } => (guest, name, *runs),
        };
        let client = guest.client(ctx).await?;
        let at = guest.at()?;
        let (tree, status) = tokio::try_join!(client.snapshot_tree(&at), client.guest_status(&at))
            .map_err(|error| call_error(&guest.cluster, &error))?;
        let (who, now) = (&guest.name, status.status.as_str());
        let wanted = if runs { "running" } else { "stopped" };
        Ok(if tree.current_parent.as_deref() != Some(name.as_str()) {
            Verdict::not_as_promised(format!("{who} does not stand on snapshot {name}"))
        } else if let Some(lock) = &status.lock {
            Verdict::not_as_promised(format!("{who} is still locked ({lock})"))
        } else if now != wanted {
            Verdict::not_as_promised(format!("{who} is back at snapshot {name} but {now}"))
        } else {
            Verdict::ok(format!("{who} is back at snapshot {name} and {now}"))
        })
    }

    /// Only a safety snapshot leads back to what was lost.
    async fn left_behind(
        ctx: &Arc<Ctx>,
        step: &Step,
        before: &BeforeState,
    ) -> Result<Option<String>> {
        left_locked(ctx, step.guest(), before).await
    }

    fn undo(step: &Step, before: &BeforeState) -> Option<Wish> {
        let (op, input) = match step {
            Step::Keep { guest, name } => (
                "snapshots.delete",
                json!({ "guests": [guest.reference()], "name": name }),
            ),
            Step::RollBack { guest, safety, .. } => (
                "snapshots.rollback",
                json!({
                    "guests": [guest.reference()],
                    "name": safety.as_ref()?,
                    "start": before.text("status") == Some("running"),
                }),
            ),
        };
        Some(Wish {
            op: op.to_owned(),
            input,
        })
    }
}

/// The snapshot to go back to, and what a reader of the plan has to know.
struct Target {
    row: SnapshotRow,
    /// Names of snapshots that came later.
    younger: Vec<String>,
    /// Options of the guest as they are now and as they were.
    options: Vec<Change>,
    /// Disks that the snapshot does not know: they stay, without a place in the guest.
    detached: Vec<String>,
}

async fn check(ctx: &Ctx, looked: &Looked, name: &str, safety: Option<&str>) -> Result<Target> {
    let guest = &looked.guest;
    let rows = snapshots_of(ctx, guest).await?;
    let row = find(guest, &rows, name)?.clone();
    if let Some(state) = &row.unfinished {
        return Err(Error::new(
            Code::Conflict,
            format!(
                "snapshot `{name}` of {} is unfinished ({state})",
                guest.subject()
            ),
        )
        .hint("wait for the task that works on it; if none runs, delete the snapshot"));
    }
    refuse_older(ctx, guest, &rows, &row).await?;
    if safety.is_some() {
        if let Some(storage) = safety_blocks(ctx, guest, &looked.config).await? {
            return Err(Error::new(
                Code::Conflict,
                format!(
                    "{} cannot get a safety snapshot: storage {storage} only goes back to its newest snapshot",
                    guest.subject()
                ),
            )
            .hint("clone or back up the guest first, then roll back without `safety`"));
        }
        taking::check(ctx, looked, safety.unwrap_or_default()).await?;
    }
    let then = guest
        .client(ctx)
        .await?
        .snapshot_config(&guest.at()?, name)
        .await
        .map_err(|error| call_error(&guest.cluster, &error))?;
    let younger = rows
        .iter()
        .filter(|other| other.name != row.name && other.created_at > row.created_at)
        .map(|other| other.name.clone())
        .collect();
    let (options, detached) = compare(&looked.config.values, &then.values);
    Ok(Target {
        row,
        younger,
        options,
        detached,
    })
}

/// What differs between the configuration now and then, and which volumes of now are unknown then.
fn compare(
    now: &BTreeMap<String, String>,
    then: &BTreeMap<String, String>,
) -> (Vec<Change>, Vec<String>) {
    let keys: std::collections::BTreeSet<&String> = now.keys().chain(then.keys()).collect();
    let changes: Vec<Change> = keys
        .into_iter()
        .filter(|key| !NOT_COMPARED.contains(&key.as_str()) && !key.starts_with("unused"))
        .filter(|key| now.get(*key) != then.get(*key))
        .map(|key| Change {
            field: key.clone(),
            before: json!(now.get(key)),
            after: json!(then.get(key)),
        })
        .collect();
    let volume = |text: &String| -> Option<String> {
        let first = text.split(',').next()?;
        let named = first.parse::<pve::VolumeId>().ok()?;
        matches!(named.kind(), pve::VolumeKind::Disk { .. }).then(|| first.to_owned())
    };
    let kept: Vec<String> = then.values().filter_map(volume).collect();
    let detached = now
        .iter()
        .filter(|(key, _)| !key.starts_with("unused"))
        .filter_map(|(_, text)| volume(text))
        .filter(|volume| !kept.contains(volume))
        .collect();
    (changes, detached)
}

fn add(
    ctx: &Ctx,
    draft: &mut Draft<Step>,
    input: &Input,
    safety: Option<&String>,
    looked: &Looked,
    target: &Target,
) {
    let guest = &looked.guest;
    let running = looked.status.status == pve::GuestState::Running;
    let runs = target.row.memory || input.start;
    draft
        .preflight
        .extend(told(ctx, looked, target, safety, running, runs));
    let mut depends_on = Vec::new();
    if let Some(name) = safety {
        depends_on.push(draft.steps.len());
        draft.steps.push(DraftStep {
            target: guest.target(),
            title: format!("Snapshot {} ({}) as {name}", guest.name, guest.vmid),
            depends_on: Vec::new(),
            change: vec![Change {
                field: format!("snapshot {name}"),
                before: Value::Null,
                after: json!("disks"),
            }],
            interruption: None,
            observed: looked.observed.clone(),
            step: Step::Keep {
                guest: guest.clone(),
                name: name.clone(),
            },
        });
    }
    let mut change = vec![
        Change {
            field: "disks".to_owned(),
            before: json!("as they are now"),
            after: json!(target.row.created_at.map_or_else(
                || "as at the snapshot".to_owned(),
                |at| format!("as of {at}")
            )),
        },
        Change {
            field: "status".to_owned(),
            before: json!(looked.status.status.as_str()),
            after: json!(if runs { "running" } else { "stopped" }),
        },
    ];
    change.extend(target.options.iter().take(CHANGES).cloned());
    let mut observed = looked.observed.clone();
    name_snapshot(&mut observed, Some(&target.row));
    draft.steps.push(DraftStep {
        target: guest.target(),
        title: format!(
            "Put {} ({}) back to {}",
            guest.name, guest.vmid, target.row.name
        ),
        depends_on,
        change,
        interruption: (running && runs).then_some(AWAY),
        observed,
        step: Step::RollBack {
            guest: guest.clone(),
            name: target.row.name.clone(),
            runs,
            // A snapshot that holds memory runs on by itself.
            start: input.start && !target.row.memory,
            safety: safety.cloned(),
        },
    });
}

/// What is lost, what stays, and how the guest is afterwards.
fn told(
    ctx: &Ctx,
    looked: &Looked,
    target: &Target,
    safety: Option<&String>,
    running: bool,
    runs: bool,
) -> Vec<Signal> {
    let (name, snapshot) = (&looked.guest.name, &target.row.name);
    let mut out = Vec::new();
    let mut tell = |signal: &str, level, text: String| {
        out.push(Signal {
            signal: signal.to_owned(),
            level,
            text,
            target: Some(looked.guest.reference()),
        });
    };
    let since = age(target.row.created_at, ctx.clock.now())
        .map_or_else(String::new, |age| format!(" ({age} ago)"));
    match safety {
        None => tell(
            "data_lost",
            Level::Warning,
            format!("what {name} wrote since `{snapshot}`{since} is lost for good"),
        ),
        Some(kept) => tell(
            "data_kept",
            Level::Info,
            format!("what {name} wrote since `{snapshot}`{since} stays in snapshot `{kept}`"),
        ),
    }
    if running {
        let text = match (target.row.memory, runs) {
            (true, _) => format!("{name} is stopped and goes on with the memory of the snapshot"),
            (false, true) => format!("{name} is stopped and started again"),
            (false, false) => format!("{name} is stopped and stays off: `start` starts it again"),
        };
        tell("interrupted", Level::Warning, text);
    } else if target.row.memory {
        tell(
            "starts",
            Level::Warning,
            format!("{name} is off now and runs afterwards: the snapshot holds its memory"),
        );
    }
    if !target.younger.is_empty() {
        let word = if target.younger.len() == 1 {
            "snapshot stays"
        } else {
            "snapshots stay"
        };
        tell(
            "younger_stay",
            Level::Info,
            format!(
                "{} younger {word}: {}",
                target.younger.len(),
                target.younger.join(", ")
            ),
        );
    }
    if !target.detached.is_empty() {
        tell(
            "detached",
            Level::Warning,
            format!(
                "{name} loses its place for {}, which came later and stays as an unused disk",
                target.detached.join(", ")
            ),
        );
    }
    out
}

/// The guest on the node that it is on by now; nothing when it is gone.
fn where_now(guest: &GuestRef, observed: &Observed) -> Option<GuestRef> {
    if observed.identity.get("exists") != Some(&json!(true)) {
        return None;
    }
    let text = |facts: &BTreeMap<String, Value>, field: &str| {
        facts.get(field).cloned().unwrap_or(Value::Null)
    };
    Some(GuestRef {
        node: text(&observed.state, "node").as_str()?.to_owned(),
        kind: serde_json::from_value(text(&observed.identity, "kind")).ok()?,
        ..guest.clone()
    })
}

/// Another snapshot of the same name is another snapshot.
fn name_snapshot(observed: &mut Observed, row: Option<&SnapshotRow>) {
    let created = row.map(|row| json!(row.created_at.map(Timestamp::as_second)));
    observed
        .identity
        .insert("snapshot".to_owned(), created.unwrap_or(json!("gone")));
}

/// `before-rollback-20260131-0100`.
fn safety_name(now: Timestamp) -> String {
    format!("before-rollback-{}", now.strftime("%Y%m%d-%H%M%S"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn secrets_and_what_always_differs_are_not_among_the_changes() {
        let now = map(&[
            ("memory", "4096"),
            ("cipassword", "**********"),
            ("digest", "a"),
            ("vmgenid", "1"),
            ("tags", "web"),
        ]);
        let then = map(&[
            ("memory", "2048"),
            ("cipassword", "$5$secret"),
            ("snaptime", "1"),
            ("vmgenid", "2"),
            ("tags", "web"),
        ]);
        let (changes, detached) = compare(&now, &then);
        assert_eq!(
            changes,
            [Change {
                field: "memory".to_owned(),
                before: json!("4096"),
                after: json!("2048"),
            }]
        );
        assert_eq!(detached, Vec::<String>::new());
    }

    #[test]
    fn a_disk_that_came_later_is_named_and_an_image_of_a_disc_is_not() {
        let now = map(&[
            ("scsi0", "fast:vm-101-disk-0,size=8G"),
            ("scsi1", "fast:vm-101-disk-1,size=8G"),
            ("ide2", "local:iso/debian.iso,media=cdrom"),
            ("unused0", "fast:vm-101-disk-7"),
        ]);
        let then = map(&[("scsi0", "fast:vm-101-disk-0,size=8G")]);
        let (_, detached) = compare(&now, &then);
        assert_eq!(detached, ["fast:vm-101-disk-1"]);
    }

    #[test]
    fn the_name_of_a_safety_snapshot_is_one_that_pve_takes() {
        let name = safety_name(Timestamp::UNIX_EPOCH);
        assert_eq!(name, "before-rollback-19700101-000000");
        assert_eq!(super::super::model::name_problem(&name), None);
    }
}
