//! `guests.migrate`: moves guests to another node, with what stands against it told first.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use ops::{BeforeState, Draft, Error, Level, Result, Risk, Signal, Verdict, WayBack, Wish};
use pve::{
    Client, ErrorKind, GuestAt, GuestState, Migration, MigrationMode, MigrationPreconditions,
    NodeName, Params, TargetStorage, Upid,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    bridges::Bridges,
    choose::{Chosen, OneOf, already, choose, pass, rest_of},
    ha_state::ha_takes_it,
    options::shown,
    places::{disk_content, need_node, need_storage, volumes_of},
    spread::Spread,
    subject::{GuestRef, Looked},
    words::{no_way_back, signals},
    work::{Work, change, names_of, step_of, warning, why_not},
};
use crate::{cluster_error::call_error, ctx::Ctx, inventory::GuestKind};

/// A container that is restarted is away about this long.
const RESTART_ESTIMATE: Duration = Duration::from_mins(1);

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Guests: ids, names or selectors such as `node=pve1`.
    #[arg(required = true)]
    guests: Vec<String>,
    /// The node they go to.
    #[arg(long)]
    target: Option<String>,
    /// Spreads them over the other nodes by free memory instead.
    #[arg(long)]
    #[serde(default)]
    spread: bool,
    /// Copies disks too that only the present node has, of running virtual machines.
    #[arg(long)]
    #[serde(default)]
    with_local_disks: bool,
    /// Storage for the disks: one name, or pairs `from:to`; by default the one of the same name.
    #[arg(long)]
    #[serde(default)]
    target_storage: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Step {
    guest: GuestRef,
    target: String,
    running: bool,
    with_local_disks: bool,
    /// Pairs `from:to`.
    storages: Vec<(String, String)>,
}

/// What PVE wants of us on a guest.
const NEEDS: OneOf = &["VM.Migrate"];

pub(super) struct Migrate;

impl Work for Migrate {
    const NAME: &'static str = "guests.migrate";
    const SUMMARY: &'static str = "Migrate guests to another node";
    const PHRASES: &'static [&'static str] = &[
        "(migrate|live-migrate|relocate|move) {guests:guests} to {target:node}",
        "(migrate|move) {guests:guests} (away|to other nodes|to the other nodes) => spread=true",
        "(spread|distribute) {guests:guests} over the other nodes => spread=true",
        "+ with [its|their|the] local disks => with_local_disks=true",
        "+ using {target_storage:storages}",
    ];
    const RISK: Risk = Risk::Disruptive;
    const WAY_BACK: WayBack = WayBack::By {
        op: "guests.migrate",
        note: "not where disks of several storages were put on one",
    };
    const TASKS: &'static [&'static str] = &["qmigrate", "vzmigrate", "hamigrate"];
    type Input = Input;
    type Step = Step;

    async fn plan(ctx: &Arc<Ctx>, input: Input) -> Result<Draft<Step>> {
        if input.target.is_some() == input.spread {
            return Err(Error::invalid("give either `target` or `spread`")
                .hint("`spread` chooses nodes by free memory"));
        }
        let Chosen {
            guests,
            mut sorting,
            mut preflight,
        } = choose(ctx, &input.guests, NEEDS).await?;
        let mut steps = Vec::new();
        let mut fitting = Vec::new();
        let mut bridges = Bridges::default();
        let mut spread = Spread::default();
        for one in guests {
            if input.target.as_deref() == Some(one.guest.node.as_str()) {
                let why = format!("is on {} already", one.guest.node);
                already(&mut sorting, &one, &why);
                continue;
            }
            let way = way(ctx, &input, &one, &mut spread).await;
            let Some((target, found, storages)) = pass(&mut sorting, &one, way)? else {
                continue;
            };
            preflight.extend(match &found {
                Some(found) => company(&one, found),
                None => Some(skipped(&one)),
            });
            let config = one.config.values.iter();
            preflight.extend(bridges.missing(ctx, &one.guest, config, &target).await?);
            let step = Step {
                guest: one.guest.clone(),
                target: target.as_str().to_owned(),
                running: one.status.status == GuestState::Running,
                with_local_disks: input.with_local_disks,
                storages,
            };
            let restarts = step.running && one.guest.kind == GuestKind::Lxc;
            preflight.extend(signals(&one, restarts));
            if back(&step).is_none() {
                let why = "disks of several storages are put on one";
                preflight.push(no_way_back(Some(&one.guest), why));
            }
            let title = format!(
                "Migrate {} ({}) to {target}",
                one.guest.name, one.guest.vmid
            );
            let changes = vec![change("node", one.guest.node.as_str(), target.as_str())];
            let mut drafted = step_of(&one, title, changes, step);
            drafted.interruption = restarts.then_some(RESTART_ESTIMATE);
            steps.push(drafted);
            fitting.push(one);
        }
        let left_out = rest_of(&steps, sorting)?;
        let names = names_of(&fitting);
        Ok(Draft {
            summary: match &input.target {
                Some(target) => format!("migrate {names} to {target}"),
                None => format!("spread {names} over the other nodes"),
            },
            steps,
            preflight,
            left_out,
        })
    }

    fn guest(step: &Step) -> &GuestRef {
        &step.guest
    }

    /// PVE moves no container while it runs: it is shut down and started on the other node.
    fn also(step: &Step) -> &'static [&'static str] {
        if step.running && step.guest.kind == GuestKind::Lxc {
            &["guests.shutdown", "guests.reboot"]
        } else {
            &[]
        }
    }

    /// A guest that is off does not notice.
    fn assess(step: &Step) -> Risk {
        if step.running {
            Risk::Disruptive
        } else {
            Risk::Reversible
        }
    }

    async fn prepare(_ctx: &Arc<Ctx>, step: &Step) -> Result<Params> {
        step.target
            .parse::<NodeName>()
            .map_err(|error| Error::internal(format!("a stored step is unreadable: {error}")))?;
        Ok(Params::new())
    }

    async fn send(
        client: &Client,
        at: &GuestAt,
        step: &Step,
        _prepared: Params,
    ) -> pve::Result<Option<Upid>> {
        let Ok(target) = step.target.parse::<NodeName>() else {
            unreachable!("the name was read when the step was prepared");
        };
        let mode = match (step.running, step.guest.kind) {
            (false, _) => MigrationMode::Offline,
            (true, GuestKind::Qemu) => MigrationMode::Online,
            (true, GuestKind::Lxc) => MigrationMode::Restart(None),
        };
        let migration = Migration {
            // Offline they are always copied.
            with_local_disks: step.with_local_disks && step.running,
            target_storage: (!step.storages.is_empty())
                .then(|| TargetStorage::Map(step.storages.clone())),
            ..Migration::new(target, mode)
        };
        let differences = client.differences_at(&at.node).await?;
        client
            .migrate_guest(at, &migration, differences)
            .await
            .map(Some)
    }

    async fn verify(ctx: &Arc<Ctx>, step: &Step, _before: &BeforeState) -> Result<Verdict> {
        is_there(ctx, step).await
    }

    fn undo(step: &Step, _before: &BeforeState) -> Option<Wish> {
        back(step)
    }
}

/// Where the guest goes, what PVE says of it, and which storage each of its storages becomes.
async fn way(
    ctx: &Ctx,
    input: &Input,
    one: &Looked,
    spread: &mut Spread,
) -> Result<(
    NodeName,
    Option<MigrationPreconditions>,
    Vec<(String, String)>,
)> {
    ha_takes_it(one)?;
    let storages = storages(input, one)?;
    refuse_bind_mounts(one)?;
    let (target, found) = match &input.target {
        Some(target) => {
            let target = need_node(ctx, &one.guest.cluster, target).await?;
            let found = preconditions(ctx, one, Some(&target)).await?;
            (target, found)
        }
        None => {
            let found = preconditions(ctx, one, None).await?;
            (spread.place(ctx, one, found.as_ref()).await?, found)
        }
    };
    if let Some(found) = &found {
        refuse(input, one, &target, found)?;
    }
    for (_, to) in &storages {
        let content = disk_content(one.guest.kind);
        need_storage(ctx, &one.guest.cluster, &target, to, &content).await?;
    }
    Ok((target, found, storages))
}

async fn is_there(ctx: &Ctx, step: &Step) -> Result<Verdict> {
    let there = GuestRef {
        node: step.target.clone(),
        ..step.guest.clone()
    };
    let name = &step.guest.name;
    let client = there.client(ctx).await?;
    let status = match client.guest_status(&there.at()?).await {
        Ok(status) => status,
        Err(error)
            if matches!(error.kind(), ErrorKind::Refused { .. })
                && error.text().contains("does not exist") =>
        {
            return Ok(Verdict::not_as_promised(format!(
                "{name} is not on {}",
                step.target
            )));
        }
        Err(error) => return Err(call_error(&there.cluster, &error)),
    };
    let runs = status.status == GuestState::Running;
    Ok(if runs == step.running {
        Verdict::ok(format!(
            "{name} is on {} and {}",
            step.target,
            status.status.as_str()
        ))
    } else {
        Verdict::not_as_promised(format!(
            "{name} is on {} but {}",
            step.target,
            status.status.as_str()
        ))
    })
}

fn back(step: &Step) -> Option<Wish> {
    let mut targets: Vec<&str> = step.storages.iter().map(|(_, to)| to.as_str()).collect();
    targets.sort_unstable();
    targets.dedup();
    if targets.len() < step.storages.len() {
        return None;
    }
    let storages: Vec<String> = step
        .storages
        .iter()
        .map(|(from, to)| format!("{to}:{from}"))
        .collect();
    Some(Wish {
        op: "guests.migrate".to_owned(),
        input: json!({
            "guests": [step.guest.anywhere()], "target": step.guest.node,
            "with_local_disks": step.with_local_disks, "target_storage": storages,
        }),
    })
}

/// Which storage each of the guest's storages becomes.
fn storages(input: &Input, looked: &Looked) -> Result<Vec<(String, String)>> {
    let mut own: Vec<String> = volumes_of(looked)
        .into_values()
        .filter(|volume| !volume.cdrom)
        .map(|volume| volume.storage)
        .collect();
    own.sort();
    own.dedup();
    let mut pairs = BTreeMap::new();
    for word in &input.target_storage {
        match word.split_once(':') {
            Some((from, to)) if !from.is_empty() && !to.is_empty() => {
                pairs.insert(from.to_owned(), to.to_owned());
            }
            None if !word.is_empty() && input.target_storage.len() == 1 => {
                pairs.extend(own.iter().map(|from| (from.clone(), word.clone())));
            }
            _ => {
                return Err(Error::invalid(format!(
                    "`{}` is neither a storage nor a pair `from:to`",
                    shown(word)
                )));
            }
        }
    }
    Ok(pairs
        .into_iter()
        .filter(|(from, _)| own.contains(from))
        .collect())
}

/// What PVE says stands against it; nothing where it cannot be asked.
async fn preconditions(
    ctx: &Ctx,
    looked: &Looked,
    target: Option<&NodeName>,
) -> Result<Option<MigrationPreconditions>> {
    let client = looked.guest.client(ctx).await?;
    let at = looked.guest.at()?;
    let said = |error: pve::Error| call_error(&looked.guest.cluster, &error);
    let differences = client.differences_at(&at.node).await.map_err(said)?;
    if looked.guest.kind == GuestKind::Lxc
        && !differences.has(pve::Feature::LxcMigratePreconditions)
    {
        return Ok(None);
    }
    client
        .migration_preconditions(&at, target, differences)
        .await
        .map(Some)
        .map_err(said)
}

fn skipped(looked: &Looked) -> Signal {
    Signal {
        signal: "check_skipped".to_owned(),
        level: Level::Info,
        text: format!(
            "{}: what stands against moving a container can be asked from PVE 9.0 on",
            looked.guest.name
        ),
        target: Some(looked.guest.reference()),
    }
}

fn refuse(
    input: &Input,
    looked: &Looked,
    target: &NodeName,
    found: &MigrationPreconditions,
) -> Result<()> {
    if let Some(device) = found.local_resources.first() {
        return Err(why_not(
            looked,
            &format!("uses a device of node {} (`{device}`)", looked.guest.node),
            "map the device in the cluster's resource mappings, or remove it, before it is moved",
        ));
    }
    if let Some(medium) = found
        .local_disks
        .iter()
        .find(|disk| disk.cdrom && !disk.cloud_init)
    {
        return Err(why_not(
            looked,
            &format!(
                "holds the medium {}, which only {} has",
                medium.volume, looked.guest.node
            ),
            &format!(
                "eject it: `guests.config --set {}=none,media=cdrom`",
                medium.drive.as_deref().unwrap_or("ide2")
            ),
        ));
    }
    let local = found
        .local_disks
        .iter()
        .find(|disk| !disk.cdrom && !disk.cloud_init);
    if let Some(local) = local
        && found.running
        && !input.with_local_disks
    {
        return Err(why_not(
            looked,
            &format!(
                "runs and has the disk {}, which only {} has",
                local.volume, looked.guest.node
            ),
            "`with_local_disks` copies it while it runs",
        ));
    }
    let Some(obstacles) = found.refused_nodes.get(target.as_str()) else {
        return Ok(());
    };
    if let Some(device) = obstacles.unavailable_resources.first() {
        return Err(why_not(
            looked,
            &format!("needs the mapped device `{device}`, which {target} has not"),
            "map a device of that node too, or choose another node",
        ));
    }
    if let Some(other) = obstacles.blocking_ha_resources.first() {
        return Err(why_not(
            looked,
            &format!(
                "must not be on the same node as {} by a rule of HA",
                other.sid
            ),
            "choose another node, or change the rule",
        ));
    }
    if let Some(storage) = obstacles.unavailable_storages.iter().find(|storage| {
        !input
            .target_storage
            .iter()
            .any(|word| goes_elsewhere(word, storage))
    }) {
        return Err(why_not(
            looked,
            &format!("has disks on {storage}, which {target} has not"),
            "`target_storage` puts them on another one, or choose another node",
        ));
    }
    Ok(())
}

/// Whether a word of `target_storage` says where volumes of that storage go.
fn goes_elsewhere(word: &str, storage: &str) -> bool {
    word.split_once(':').is_none_or(|(from, _)| from == storage)
}

/// A folder of the node is not on the other one, unless somebody says so.
fn refuse_bind_mounts(looked: &Looked) -> Result<()> {
    let bound = looked.config.values.iter().find(|(key, value)| {
        looked.guest.kind == GuestKind::Lxc
            && super::effect::slot_of(key) == "mp"
            && value.starts_with('/')
            && !value.contains("shared=1")
    });
    match bound {
        None => Ok(()),
        Some((key, value)) => Err(why_not(
            looked,
            &format!(
                "mounts {} of its node (`{key}`)",
                shown(value.split(',').next().unwrap_or_default())
            ),
            "mark the mount `shared=1` if the other node has the same folder",
        )),
    }
}

fn company(looked: &Looked, found: &MigrationPreconditions) -> Option<Signal> {
    (!found.dependent_ha_resources.is_empty()).then(|| {
        warning(
            looked,
            "comes_along",
            format!(
                "{} takes along, by a rule of HA: {}",
                looked.guest.name,
                found.dependent_ha_resources.join(", ")
            ),
        )
    })
}
