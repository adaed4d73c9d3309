//! `guests.clone`: copies guests, full or linked, under ids that the plan chooses and is bound to.

use std::sync::Arc;

use ops::{
    BeforeState, Claims, Draft, Error, Observed, Result, Risk, Signal, Verdict, WayBack, Wish,
};
use pve::{Client, CloneGuest, CloneMode, GuestAt, GuestState, NodeName, Params, Upid, Vmid};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    choose::{Chosen, OneOf, choose, pass, rest_of},
    options::shown,
    places::{about, disk_content, free_ids, need_node, need_storage, volumes_of},
    pool::refuse_unknown,
    rename::check_name,
    subject::{GuestRef, Looked, left_locked, observe, unlock},
    untouched::of_copy,
    words::signals,
    work::{Work, change, names_of, step_of, warning, why_not},
};
use crate::{cluster_error::call_error, ctx::Ctx, inventory::GuestKind, snapshots::snapshots_of};

/// More copies in one plan are a mistake.
const MOST_COPIES: usize = 100;

#[derive(Serialize, Deserialize, JsonSchema, clap::Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The guests to copy: ids, names or selectors.
    #[arg(required = true)]
    guests: Vec<String>,
    /// Name of the copy; `{id}` becomes its id, `{name}` the name of the original, `{n}` its number.
    #[arg(long)]
    name: Option<String>,
    /// Id of the copy; the next free one without.
    #[arg(long)]
    id: Option<u32>,
    /// How many copies of each.
    #[arg(long)]
    copies: Option<u32>,
    /// Shares the disks of a template, which then cannot be deleted, instead of copying them.
    #[arg(long)]
    #[serde(default)]
    linked: bool,
    /// Copies this snapshot instead of the present state.
    #[arg(long)]
    snapshot: Option<String>,
    /// Storage of the disks of a full copy.
    #[arg(long)]
    storage: Option<String>,
    /// raw, qcow2 or vmdk (full copies of virtual machines).
    #[arg(long)]
    format: Option<String>,
    /// Node of the copy; its disks must be on shared storages.
    #[arg(long)]
    target: Option<String>,
    /// Pool of the copy.
    #[arg(long)]
    pool: Option<String>,
    /// Notes of the copy.
    #[arg(long)]
    description: Option<String>,
}

/// What is said of one copy.
pub(super) struct Copy {
    pub(super) name: Option<String>,
    pub(super) id: Option<u32>,
    pub(super) linked: bool,
    pub(super) storage: Option<String>,
    pub(super) target: Option<String>,
    pub(super) pool: Option<String>,
    pub(super) description: Option<String>,
}

impl Input {
    /// One copy of one guest.
    pub(super) fn one(guest: String, copy: Copy) -> Self {
        Self {
            guests: vec![guest],
            name: copy.name,
            id: copy.id,
            copies: None,
            linked: copy.linked,
            snapshot: None,
            storage: copy.storage,
            format: None,
            target: copy.target,
            pool: copy.pool,
            description: copy.description,
        }
    }
}

/// The step: one copy of one guest.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Step {
    guest: GuestRef,
    new_id: u32,
    name: Option<String>,
    linked: bool,
    snapshot: Option<String>,
    storage: Option<String>,
    format: Option<String>,
    target: Option<String>,
    pool: Option<String>,
    description: Option<String>,
    /// Options of a copy that nobody touched.
    untouched: Vec<String>,
}

impl Step {
    pub(super) fn untouched(&self) -> &[String] {
        &self.untouched
    }

    pub(super) fn copy(&self) -> GuestRef {
        GuestRef {
            vmid: self.new_id,
            node: self
                .target
                .clone()
                .unwrap_or_else(|| self.guest.node.clone()),
            name: self.name.clone().unwrap_or_else(|| self.new_id.to_string()),
            ..self.guest.clone()
        }
    }
}

/// What PVE wants of us on a guest.
const NEEDS: OneOf = &["VM.Clone"];

pub(super) struct Clone;

impl Work for Clone {
    const NAME: &'static str = "guests.clone";
    const SUMMARY: &'static str = "Copy guests, in full or linked to a template";
    const PHRASES: &'static [&'static str] = &[
        "(clone|copy|duplicate) {guests:guest}",
        "(make|create) (a|one) (clone|copy) of {guests:guest}",
        "(make|create) a linked clone of {guests:guest} => linked=true",
        "(make|create) {copies:number} (clones|copies) of {guests:guest}",
        "+ (as|called|named|and call it) {name:name}",
        "+ to [node] {target:node}",
        "+ with [the] (id|vmid) {id:id}",
        "+ from [the] snapshot {snapshot:snapshot}",
        "+ into {pool:pool}",
        "+ as a linked clone => linked=true",
    ];
    const RISK: Risk = Risk::Reversible;
    const WAY_BACK: WayBack = WayBack::By {
        op: "guests.delete",
        note: "only while the copy is as it was made",
    };
    const TASKS: &'static [&'static str] = &["qmclone", "vzclone"];
    type Input = Input;
    type Step = Step;

    async fn plan(ctx: &Arc<Ctx>, input: Input) -> Result<Draft<Step>> {
        Self::plan_beside(ctx, input, &Claims::default()).await
    }

    async fn plan_beside(ctx: &Arc<Ctx>, input: Input, claims: &Claims) -> Result<Draft<Step>> {
        let copies = usize::try_from(input.copies.unwrap_or(1)).unwrap_or(usize::MAX);
        let Chosen {
            guests,
            mut sorting,
            mut preflight,
        } = choose(ctx, &input.guests, NEEDS).await?;
        check_input(&input, copies, guests.len() + sorting.len())?;
        let mut looked = Vec::new();
        let mut targets = Vec::new();
        for one in guests {
            let found = placed(ctx, &input, &one, copies).await;
            if let Some((target, space)) = pass(&mut sorting, &one, found)? {
                preflight.extend(signals(&one, false));
                preflight.extend(space);
                targets.push(target);
                looked.push(one);
            }
        }
        let left_out = rest_of(&looked, sorting)?;
        let mut steps: Vec<ops::DraftStep<Step>> = Vec::new();
        let mut rest = Vec::new();
        for (at, (one, target)) in looked.iter().zip(&targets).enumerate() {
            let cluster = &one.guest.cluster;
            let new = looked
                .iter()
                .skip(at)
                .take_while(|other| other.guest.cluster == *cluster);
            if rest.is_empty() {
                rest = free_ids(ctx, cluster, input.id, new.count() * copies, claims).await?;
                rest.reverse();
            }
            for n in 1..=copies {
                let Some(new_id) = rest.pop() else {
                    return Err(Error::internal("there are fewer ids than copies"));
                };
                let step = step(&input, one, (new_id, n), target)?;
                steps.push(drafted(one, step));
            }
        }
        let summary = match steps.as_slice() {
            [only] => format!(
                "clone {} as {} ({})",
                names_of(&looked),
                only.step.copy().name,
                only.step.new_id
            ),
            all => format!("clone {} {} times", names_of(&looked), all.len()),
        };
        Ok(Draft {
            summary,
            steps,
            preflight,
            left_out,
        })
    }

    fn guest(step: &Step) -> &GuestRef {
        &step.guest
    }

    async fn observe(ctx: &Arc<Ctx>, step: &Step) -> Result<Observed> {
        let mut observed = observe(ctx, &step.guest).await?;
        let client = step.guest.client(ctx).await?;
        let is_free = client
            .vmid_is_free(step.copy().at()?.vmid)
            .await
            .map_err(|error| call_error(&step.guest.cluster, &error))?;
        free_fact(&mut observed, step.new_id, is_free);
        Ok(observed)
    }

    async fn send(
        client: &Client,
        at: &GuestAt,
        step: &Step,
        _prepared: Params,
    ) -> pve::Result<Option<Upid>> {
        // They were read from a free id and a node's name when this was planned.
        let (Ok(new_vmid), target) = (
            Vmid::try_from(step.new_id),
            step.target
                .as_ref()
                .and_then(|node| node.parse::<NodeName>().ok()),
        ) else {
            unreachable!("a stored step holds an id that was free");
        };
        let clone = CloneGuest {
            name: step.name.clone(),
            mode: if step.linked {
                CloneMode::Linked
            } else {
                CloneMode::Full
            },
            snapshot: step.snapshot.clone(),
            storage: step.storage.clone(),
            format: step.format.clone(),
            target,
            pool: step.pool.clone(),
            description: step.description.clone(),
            ..CloneGuest::new(new_vmid)
        };
        client.clone_guest(at, &clone).await.map(Some)
    }

    async fn verify(ctx: &Arc<Ctx>, step: &Step, _before: &BeforeState) -> Result<Verdict> {
        is_made(ctx, &step.copy(), &step.guest.name).await
    }

    async fn left_behind(
        ctx: &Arc<Ctx>,
        step: &Step,
        before: &BeforeState,
    ) -> Result<Option<String>> {
        let original = left_locked(ctx, &step.guest, before).await?;
        let copy = left_unfinished(ctx, &step.copy()).await?;
        Ok(match (copy, original) {
            (Some(copy), Some(original)) => Some(format!("{copy}; {original}")),
            (one, other) => one.or(other),
        })
    }

    fn undo(step: &Step, _before: &BeforeState) -> Option<Wish> {
        Some(Wish {
            op: "guests.delete".to_owned(),
            input: json!({ "guests": [step.copy().anywhere()], "only_if": step.untouched }),
        })
    }
}

/// Binds a consent to an id: who else takes it stops the step.
pub(super) fn free_fact(observed: &mut Observed, id: u32, is_free: bool) {
    observed.identity.insert(
        format!("id {id}"),
        json!(if is_free { "free" } else { "taken" }),
    );
}

/// Whether the new guest is there and nothing works on it any more.
pub(super) async fn is_made(ctx: &Ctx, new: &GuestRef, of: &str) -> Result<Verdict> {
    let client = new.client(ctx).await?;
    let said = |error: pve::Error| call_error(&new.cluster, &error);
    let at = new.at()?;
    if client.vmid_is_free(at.vmid).await.map_err(said)? {
        return Ok(Verdict::not_as_promised(format!(
            "there is no guest {}",
            new.vmid
        )));
    }
    let status = client.guest_status(&at).await.map_err(said)?;
    let (name, id) = (&new.name, new.vmid);
    Ok(match status.lock {
        Some(lock) => Verdict::not_as_promised(format!("{name} ({id}) is locked ({lock})")),
        None => Verdict::ok(format!("{name} ({id}) is there, made of {of}")),
    })
}

/// Half of a guest that was to be made: a worker that was killed leaves its file, and what it had of the disks.
pub(super) async fn left_unfinished(ctx: &Ctx, new: &GuestRef) -> Result<Option<String>> {
    let client = new.client(ctx).await?;
    let said = |error: pve::Error| call_error(&new.cluster, &error);
    let at = new.at()?;
    if client.vmid_is_free(at.vmid).await.map_err(said)? {
        return Ok(None);
    }
    let Some(lock) = client.guest_status(&at).await.map_err(said)?.lock else {
        return Ok(None);
    };
    Ok(Some(format!(
        "guest {} is left behind unfinished and is left locked ({lock}): when no task of it runs any more, \
         {} removes the lock, and then it can be deleted",
        new.vmid,
        unlock(new)
    )))
}

fn check_input(input: &Input, copies: usize, guests: usize) -> Result<()> {
    let all = copies.saturating_mul(guests);
    if all == 0 || all > MOST_COPIES {
        return Err(Error::invalid(format!(
            "a plan makes 1 to {MOST_COPIES} copies, not {all}"
        )));
    }
    if input.id.is_some() && all > 1 {
        return Err(Error::invalid("an `id` is for one copy only").hint("leave it out for several"));
    }
    if let Some(name) = &input.name
        && all > 1
        && !["{id}", "{n}", "{name}"]
            .iter()
            .any(|part| name.contains(part))
    {
        return Err(Error::invalid(format!(
            "several copies cannot all be called `{}`",
            shown(name)
        ))
        .hint("write `{id}` or `{n}` into the name"));
    }
    if input.linked && (input.storage.is_some() || input.format.is_some()) {
        return Err(Error::invalid(
            "a linked copy shares its disks: it takes neither `storage` nor `format`",
        ));
    }
    Ok(())
}

/// What PVE would refuse, sometimes only inside the task; answers the node of the copy.
async fn check(ctx: &Ctx, input: &Input, looked: &Looked) -> Result<NodeName> {
    let guest = &looked.guest;
    let running = looked.status.status == GuestState::Running;
    if guest.kind == GuestKind::Lxc {
        if input.format.is_some() {
            return Err(why_not(
                looked,
                "is a container: its copies take no format",
                "leave `format` out",
            ));
        }
        if running && !input.linked && input.snapshot.is_none() {
            return Err(why_not(
                looked,
                "is a running container: PVE copies it from a snapshot only",
                "take a snapshot and name it with `snapshot`, or stop it first",
            ));
        }
    }
    if input.linked && !looked.status.template {
        return Err(why_not(
            looked,
            "is no template: only templates have linked copies",
            "make a full copy, or convert it with `guests.template` first",
        ));
    }
    if let Some(snapshot) = &input.snapshot
        && !snapshots_of(ctx, guest)
            .await?
            .iter()
            .any(|row| &row.name == snapshot)
    {
        return Err(why_not(
            looked,
            &format!("has no snapshot `{}`", shown(snapshot)),
            "`snapshots.list` shows what there is",
        ));
    }
    let client = guest.client(ctx).await?;
    let feature = if input.linked { "clone" } else { "copy" };
    let able = client
        .guest_feature_of(&guest.at()?, feature, input.snapshot.as_deref())
        .await
        .map_err(|error| call_error(&guest.cluster, &error))?;
    if !able.available {
        return Err(why_not(
            looked,
            &format!("cannot be copied so: its storage has no `{feature}`"),
            if input.linked {
                "make a full copy"
            } else {
                "move its disks to another storage first"
            },
        ));
    }
    if let Some(pool) = &input.pool {
        refuse_unknown(ctx, &guest.cluster, pool).await?;
    }
    let node = input.target.as_deref().unwrap_or(&guest.node);
    let target = need_node(ctx, &guest.cluster, node).await?;
    if node != guest.node {
        let here = need_node(ctx, &guest.cluster, &guest.node).await?;
        for (key, volume) in volumes_of(looked)
            .iter()
            .filter(|(_, volume)| !volume.cdrom)
        {
            let content = disk_content(guest.kind);
            let storage =
                need_storage(ctx, &guest.cluster, &here, &volume.storage, &content).await?;
            if !storage.shared {
                return Err(why_not(
                    looked,
                    &format!(
                        "cannot be copied to {node}: `{key}` is on {}, which only {} has",
                        volume.storage, guest.node
                    ),
                    "copy it to its own node and migrate the copy",
                ));
            }
        }
    }
    Ok(target)
}

/// The node of the copies, where nothing stands against them, and what is to be said of their room.
async fn placed(
    ctx: &Ctx,
    input: &Input,
    looked: &Looked,
    copies: usize,
) -> Result<(NodeName, Option<Signal>)> {
    let target = check(ctx, input, looked).await?;
    let space = space(ctx, input, looked, &target, copies).await?;
    Ok((target, space))
}

/// Whether the disks find room; volumes that grow with their content may need less.
async fn space(
    ctx: &Ctx,
    input: &Input,
    looked: &Looked,
    target: &NodeName,
    copies: usize,
) -> Result<Option<Signal>> {
    if input.linked {
        return Ok(None);
    }
    let volumes = volumes_of(looked);
    let disks = volumes.values().filter(|volume| !volume.cdrom);
    let bytes: u64 = disks.clone().filter_map(|volume| volume.size_bytes).sum();
    let content = disk_content(looked.guest.kind);
    let Some(storage) = input
        .storage
        .as_ref()
        .or_else(|| disks.clone().map(|volume| &volume.storage).next())
    else {
        return Ok(None);
    };
    let status = need_storage(ctx, &looked.guest.cluster, target, storage, &content).await?;
    if *target.as_str() != *looked.guest.node && !status.shared {
        return Err(why_not(
            looked,
            &format!("cannot be copied to {target} onto {storage}: that storage is not shared"),
            "choose a shared storage, or copy it to its own node and migrate the copy",
        ));
    }
    let needed = bytes.saturating_mul(u64::try_from(copies).unwrap_or(u64::MAX));
    Ok(match status.available_bytes {
        Some(free) if free < needed => Some(warning(
            looked,
            "space",
            format!(
                "the copies need up to {} and storage {storage} has {} left",
                pve::format_size(needed),
                about(free)
            ),
        )),
        _ => None,
    })
}

fn step(
    input: &Input,
    looked: &Looked,
    (new_id, n): (Vmid, usize),
    target: &NodeName,
) -> Result<Step> {
    let guest = &looked.guest;
    let name = match &input.name {
        None => None,
        Some(pattern) => {
            let name = pattern
                .replace("{id}", &new_id.to_string())
                .replace("{n}", &n.to_string())
                .replace("{name}", &guest.name);
            check_name(guest.kind, &name)?;
            Some(name)
        }
    };
    if let Some(text) = &input.description {
        let notes = super::options::Wanted::default().set("description", text.as_str());
        super::options::check(guest, &notes)?;
    }
    Ok(Step {
        guest: guest.clone(),
        new_id: new_id.into(),
        untouched: of_copy(looked, name.as_deref(), input.description.as_deref()),
        name,
        linked: input.linked,
        snapshot: input.snapshot.clone(),
        storage: input.storage.clone(),
        format: input.format.clone(),
        target: (target.as_str() != guest.node).then(|| target.as_str().to_owned()),
        pool: input.pool.clone(),
        description: input.description.clone(),
    })
}

fn drafted(looked: &Looked, step: Step) -> ops::DraftStep<Step> {
    let how = if step.linked {
        "linked copy"
    } else {
        "full copy"
    };
    let copy = step.copy();
    let title = format!(
        "Clone {} ({}) as {} ({})",
        looked.guest.name, looked.guest.vmid, copy.name, copy.vmid
    );
    let what = format!("{how} {} on {}", copy.name, copy.node);
    let changes = vec![change(&format!("guest {}", step.new_id), json!(null), what)];
    let id = step.new_id;
    let storage = step.storage.clone();
    let mut drafted = step_of(looked, title, changes, step);
    free_fact(&mut drafted.observed, id, true);
    drafted.target.storage = storage;
    drafted
}
