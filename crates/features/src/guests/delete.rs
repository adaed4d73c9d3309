//! `guests.delete`: removes guests with their volumes. There is no way back.

use std::{collections::BTreeMap, sync::Arc};

use ops::{BeforeState, Draft, Error, Level, Result, Risk, Signal, Verdict, WayBack, Wish};
use pve::{Client, GuestAt, GuestState, Params, RemoveGuest, ReplicationJob, Upid};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    choose::{Chosen, OneOf, choose_any, pass, rest_of},
    options::{is_volume, read_words, shown},
    subject::{GuestRef, Looked, lock_error},
    untouched,
    words::{no_way_back, signals},
    work::{Work, change, names_of, step_of, why_not},
};
use crate::{cluster_error::call_error, ctx::Ctx, snapshots::snapshots_of};

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Guests: ids, names or selectors such as `tag=web`.
    #[arg(required = true)]
    guests: Vec<String>,
    /// Takes them out of backup jobs, replication and HA too.
    #[arg(long)]
    #[serde(default)]
    purge: bool,
    /// Destroys volumes too that carry the guest's id and are in no configuration.
    #[arg(long)]
    #[serde(default)]
    destroy_unreferenced_disks: bool,
    /// Only while the guest is as it was made, with these options (`key=value`): what the way back from a
    /// clone or a creation asks for.
    #[arg(long)]
    #[serde(default)]
    only_if: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Step {
    guest: GuestRef,
    purge: bool,
    destroy_unreferenced_disks: bool,
}

/// What PVE wants of us on a guest.
const NEEDS: OneOf = &["VM.Allocate"];

pub(super) struct Delete;

const WHY: &str =
    "a deleted guest and what is on its disks are gone; only a backup brings them back";

impl Work for Delete {
    const NAME: &'static str = "guests.delete";
    const SUMMARY: &'static str = "Delete guests with their disks; this cannot be undone";
    const PHRASES: &'static [&'static str] = &[
        "(delete|destroy) {guests:guests}",
        "+ and purge (it|them) => purge=true",
        "+ from [all] jobs too => purge=true",
    ];
    const RISK: Risk = Risk::Destructive;
    const WAY_BACK: WayBack = WayBack::None { why: WHY };
    const TASKS: &'static [&'static str] = &["qmdestroy", "vzdestroy"];
    type Input = Input;
    type Step = Step;

    async fn plan(ctx: &Arc<Ctx>, input: Input) -> Result<Draft<Step>> {
        let Chosen {
            guests,
            mut sorting,
            mut preflight,
        } = choose_any(ctx, &input.guests, NEEDS).await?;
        let expected = if input.only_if.is_empty() {
            None
        } else {
            Some(read_words(&input.only_if, &[])?.set)
        };
        let mut jobs: BTreeMap<String, Vec<ReplicationJob>> = BTreeMap::new();
        let mut steps = Vec::new();
        let mut looked = Vec::new();
        for one in guests {
            let cluster = &one.guest.cluster;
            if !jobs.contains_key(cluster) {
                let found = replication(ctx, cluster).await?;
                if found.is_none() {
                    preflight.push(skipped(
                        "whether the guests are replicated: the cluster does not tell us",
                    ));
                }
                jobs.insert(cluster.clone(), found.unwrap_or_default());
            }
            let replicated = jobs
                .get(cluster)
                .into_iter()
                .flatten()
                .any(|job| job.guest.is_some_and(|id| u32::from(id) == one.guest.vmid));
            let checked = check(ctx, &one, (input.purge, replicated), expected.as_ref()).await;
            let Some(snapshots) = pass(&mut sorting, &one, checked)? else {
                continue;
            };
            preflight.extend(signals(&one, false));
            let mut changes = vec![change("guest", one.guest.name.as_str(), json!(null))];
            for (key, value) in &one.config.values {
                if is_volume(one.guest.kind, key) && !value.contains("media=cdrom") {
                    changes.push(change(key, shown(value), json!(null)));
                }
            }
            if snapshots > 0 {
                changes.push(change("snapshots", snapshots, 0));
            }
            let step = Step {
                guest: one.guest.clone(),
                purge: input.purge,
                destroy_unreferenced_disks: input.destroy_unreferenced_disks,
            };
            let title = format!("Delete {} ({})", one.guest.name, one.guest.vmid);
            steps.push(step_of(&one, title, changes, step));
            looked.push(one);
        }
        let left_out = rest_of(&steps, sorting)?;
        preflight.push(no_way_back(None, WHY));
        if looked.iter().any(|one| one.status.template) {
            preflight.push(skipped(
                "whether linked clones of the templates exist: PVE refuses then",
            ));
        }
        preflight.push(skipped("age of the newest backup"));
        Ok(Draft {
            summary: format!("delete {}", names_of(&looked)),
            steps,
            preflight,
            left_out,
        })
    }

    fn guest(step: &Step) -> &GuestRef {
        &step.guest
    }

    async fn send(
        client: &Client,
        at: &GuestAt,
        step: &Step,
        _prepared: Params,
    ) -> pve::Result<Option<Upid>> {
        let how = RemoveGuest {
            purge: step.purge,
            destroy_unreferenced_disks: step.destroy_unreferenced_disks,
            force: false,
        };
        client.remove_guest(at, how).await.map(Some)
    }

    async fn verify(ctx: &Arc<Ctx>, step: &Step, _before: &BeforeState) -> Result<Verdict> {
        let client = step.guest.client(ctx).await?;
        let is_free = client
            .vmid_is_free(step.guest.at()?.vmid)
            .await
            .map_err(|error| call_error(&step.guest.cluster, &error))?;
        let name = &step.guest.name;
        Ok(if is_free {
            Verdict::ok(format!("{name} is gone"))
        } else {
            Verdict::not_as_promised(format!("{name} is still there"))
        })
    }

    fn undo(_step: &Step, _before: &BeforeState) -> Option<Wish> {
        None
    }
}

/// How many snapshots go with the guest, where nothing stands against deleting it.
async fn check(
    ctx: &Ctx,
    one: &Looked,
    (purge, replicated): (bool, bool),
    expected: Option<&BTreeMap<String, String>>,
) -> Result<usize> {
    refuse(one, purge, replicated)?;
    if let Some(expected) = expected
        && let Some(why) = untouched::touched(ctx, one, expected).await?
    {
        return Err(why_not(
            one,
            &format!("is not as it was made: {why}"),
            "what somebody did with it since would be lost; delete it by `guests.delete` if you mean to",
        ));
    }
    if let Some(locked) = lock_error(one) {
        return Err(locked);
    }
    Ok(snapshots_of(ctx, &one.guest).await?.len())
}

fn refuse(looked: &Looked, purge: bool, replicated: bool) -> Result<()> {
    let status = &looked.status;
    let protected = looked.config.get("protection") == Some("1");
    let (why, instead) = if protected {
        (
            "is protected against deletion",
            "`guests.protect --off` ends that, if you are sure",
        )
    } else if status.is_hibernated() {
        (
            "is hibernated: the memory that it would wake up with would be lost",
            "resume it and shut it down first",
        )
    } else if status.status != GuestState::Stopped {
        (
            "is not stopped",
            "stop it first (`guests.shutdown` or `guests.stop`)",
        )
    } else if status.ha_managed && !purge {
        (
            "is managed by HA",
            "`purge` takes it out of HA, backup jobs and replication too, or `guests.ha --remove` first",
        )
    } else if replicated && !purge {
        (
            "is replicated to another node",
            "`purge` removes its replication jobs too, or remove them first",
        )
    } else {
        return Ok(());
    };
    Err(why_not(looked, why, instead))
}

/// The replication jobs, or nothing where we may not see them.
async fn replication(ctx: &Ctx, cluster: &str) -> Result<Option<Vec<ReplicationJob>>> {
    let client = ctx.inventory.client(cluster).await?;
    match client.replication_jobs().await {
        Ok(jobs) => Ok(Some(jobs)),
        Err(error) => match call_error(cluster, &error) {
            refused if refused.code == ops::Code::ClusterRefused => Ok(None),
            error => Err::<_, Error>(error),
        },
    }
}

fn skipped(what: &str) -> Signal {
    Signal {
        signal: "check_skipped".to_owned(),
        level: Level::Info,
        text: format!("not checked: {what}"),
        target: None,
    }
}
