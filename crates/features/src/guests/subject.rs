//! Which guest a step is about, and how it is right now.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::{StreamExt as _, stream};
use ops::{BeforeState, BusEvent, Code, Error, Observed, Result, Sorting, Target};
use pve::{Client, ErrorKind, GuestAt, GuestConfig, GuestState, GuestStatus, Vmid};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    cluster_error::call_error,
    ctx::Ctx,
    inventory::{GuestKind, GuestRow, Known},
};

/// Guests looked at side by side; the client keeps its own limit per node.
const LOOK_AT_ONCE: usize = 32;
/// From so many guests on a plan rests on the list of the cluster and on configurations that are a minute
/// old at most. Each guest is read again at approval and before its step in any case.
const MANY: usize = 17;
pub(super) const CONFIG_AGE: Duration = Duration::from_mins(1);
/// While many configurations are read this is told so often at most.
const TELL_EVERY: Duration = Duration::from_millis(100);
/// Of the bus: `state` is `{done, of}`.
pub const LOOKING: &str = "plan.looking";
/// What the HA manager calls a guest that it is to leave alone.
const HA_IGNORES: &str = "ignored";
/// The fact that changes with every change of the configuration.
pub const CONFIGURATION: &str = "configuration";

/// A guest as a stored step names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GuestRef {
    pub(crate) cluster: String,
    pub(crate) node: String,
    pub(crate) kind: GuestKind,
    pub(crate) vmid: u32,
    pub(crate) name: String,
}

impl GuestRef {
    pub(crate) fn of(row: &GuestRow) -> Self {
        Self {
            cluster: row.cluster.clone(),
            node: row.node.clone(),
            kind: row.kind,
            vmid: row.vmid,
            name: row.name.clone(),
        }
    }

    pub(crate) fn reference(&self) -> String {
        format!("{}/{}/{}", self.cluster, self.node, self.vmid)
    }

    /// The guest wherever it is by then: `main/101`.
    pub(crate) fn anywhere(&self) -> String {
        format!("{}/{}", self.cluster, self.vmid)
    }

    /// `web-02 (main/pve1/101)`.
    pub(crate) fn subject(&self) -> String {
        format!("{} ({})", self.name, self.reference())
    }

    pub(crate) fn target(&self) -> Target {
        Target {
            reference: self.reference(),
            name: self.name.clone(),
            node: Some(self.node.clone()),
            storage: None,
        }
    }

    pub(crate) fn at(&self) -> Result<GuestAt> {
        let unreadable = |error: pve::InvalidName| {
            Error::internal(format!("a stored step is unreadable: {error}"))
        };
        Ok(GuestAt {
            node: self.node.parse().map_err(unreadable)?,
            kind: self.kind.into(),
            vmid: Vmid::try_from(self.vmid).map_err(unreadable)?,
        })
    }

    pub(crate) async fn client(&self, ctx: &Ctx) -> Result<Client> {
        ctx.inventory.client(&self.cluster).await
    }

    /// Its present status, asked from its node.
    pub(crate) async fn status(&self, ctx: &Ctx) -> Result<GuestStatus> {
        let client = self.client(ctx).await?;
        client
            .guest_status(&self.at()?)
            .await
            .map_err(|error| call_error(&self.cluster, &error))
    }
}

/// A guest with everything a plan needs to know of it.
#[derive(Clone, Debug)]
pub(crate) struct Looked {
    pub(crate) guest: GuestRef,
    pub(crate) status: GuestStatus,
    pub(crate) config: GuestConfig,
    pub(crate) observed: Observed,
}

/// Asks a guest's node for status and configuration.
pub(crate) async fn look_at(ctx: &Ctx, guest: GuestRef) -> Result<Looked> {
    let client = guest.client(ctx).await?;
    let at = guest.at()?;
    let said = |error: pve::Error| call_error(&guest.cluster, &error);
    let (status, config) = tokio::try_join!(
        async { client.guest_status(&at).await.map_err(said) },
        async { client.guest_config(&at).await.map_err(said) },
    )?;
    let observed = facts(&guest, &status, &config);
    let connected = ctx.inventory.cluster(&guest.cluster).await?;
    let now = ctx.inventory.now();
    connected.configs.keep(at, Arc::new(config.clone()), now);
    Ok(Looked {
        guest,
        status,
        config,
        observed,
    })
}

/// Looks at the guests of a plan. Few are asked one by one; of many the list of the cluster tells the state,
/// and only configurations that were not read within the last minute are asked for. Those that cannot be
/// looked at are left out.
pub(crate) async fn look_at_all(
    ctx: &Arc<Ctx>,
    rows: &[GuestRow],
    sorting: &mut Sorting,
) -> Result<Vec<Looked>> {
    let told = (rows.len() >= MANY).then(|| Told::new(ctx, rows.len()));
    let looks: Vec<_> = rows
        .iter()
        .map(|row| async {
            match &told {
                Some(told) => look_over(ctx, row, told).await,
                None => {
                    let mut looked = look_at(ctx, GuestRef::of(row)).await?;
                    // A node tells what HA is asked for; the list tells what the manager makes of it.
                    if row.ha_state.is_some() {
                        looked.status.ha_state.clone_from(&row.ha_state);
                    }
                    Ok(looked)
                }
            }
        })
        .collect();
    let seen: Vec<Result<Looked>> = stream::iter(looks).buffered(LOOK_AT_ONCE).collect().await;
    let mut looked = Vec::with_capacity(rows.len());
    for (row, seen) in rows.iter().zip(seen) {
        let guest = GuestRef::of(row);
        looked.extend(sorting.pass(&guest.target(), &guest.subject(), seen)?);
    }
    Ok(looked)
}

async fn look_over(ctx: &Ctx, row: &GuestRow, told: &Told<'_>) -> Result<Looked> {
    let guest = GuestRef::of(row);
    let known = config_of(ctx, &guest, CONFIG_AGE).await?.0;
    told.one_more();
    let status = listed_status(row);
    let config = known.config.as_ref().clone();
    let observed = facts(&guest, &status, &config);
    Ok(Looked {
        guest,
        status,
        config,
        observed,
    })
}

/// What the list of the cluster says of a guest's state; what it does not say is not known.
pub(super) fn listed_status(row: &GuestRow) -> GuestStatus {
    let listed = GuestState::from(row.status.clone());
    // QEMU's own states show through in the list; a node asked for one guest says `running` beside them.
    let (status, qemu_state) = match listed {
        GuestState::Running | GuestState::Stopped | GuestState::Unknown => (listed, None),
        other => (GuestState::Running, Some(other)),
    };
    GuestStatus {
        status,
        qemu_state,
        name: Some(row.name.clone()),
        lock: row.lock.clone(),
        tags: row.tags.clone(),
        template: row.template,
        // HA keeps its hands off what it is told to ignore.
        ha_managed: row
            .ha_state
            .as_deref()
            .is_some_and(|state| state != HA_IGNORES),
        ha_state: row.ha_state.clone(),
        agent_enabled: false,
        uptime_s: row.uptime_s,
        pid: None,
        cpu_fraction: row.cpu,
        cpu_count: row.cores,
        memory_bytes: row.memory_used_bytes,
        memory_max_bytes: row.memory_bytes,
    }
}

/// A guest's configuration as it was read no longer ago than `max_age`, and whether the cluster had to be
/// asked for it.
pub(crate) async fn config_of(
    ctx: &Ctx,
    guest: &GuestRef,
    max_age: Duration,
) -> Result<(Known, bool)> {
    let connected = ctx.inventory.cluster(&guest.cluster).await?;
    let at = guest.at()?;
    if let Some(known) = connected.configs.get(&at, ctx.inventory.now(), max_age) {
        return Ok((known, false));
    }
    let config = connected
        .client
        .guest_config(&at)
        .await
        .map_err(|error| call_error(&guest.cluster, &error))?;
    let known = Known {
        at: ctx.inventory.now(),
        config: Arc::new(config),
    };
    connected
        .configs
        .keep(at, Arc::clone(&known.config), known.at);
    Ok((known, true))
}

/// How far the reading of many configurations is, for whoever listens.
struct Told<'a> {
    ctx: &'a Ctx,
    of: usize,
    done: AtomicUsize,
    last: Mutex<jiff::Timestamp>,
}

impl<'a> Told<'a> {
    fn new(ctx: &'a Ctx, of: usize) -> Self {
        Self {
            ctx,
            of,
            done: AtomicUsize::new(0),
            last: Mutex::new(ctx.inventory.now()),
        }
    }

    fn one_more(&self) {
        let done = self.done.fetch_add(1, Ordering::AcqRel) + 1;
        let now = self.ctx.inventory.now();
        {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            if now < *last + TELL_EVERY {
                return;
            }
            *last = now;
        }
        self.ctx.bus.emit(BusEvent {
            summary: Some(format!("looked at {done} of {} guests", self.of)),
            state: Some(json!({ "done": done, "of": self.of })),
            ..BusEvent::new(LOOKING)
        });
    }
}

/// The facts a consent rests on, read now. A guest that moved is found on its new node; one that is gone
/// is a fact too.
pub(crate) async fn observe(ctx: &Ctx, guest: &GuestRef) -> Result<Observed> {
    let connected = ctx.inventory.cluster(&guest.cluster).await?;
    let client = connected.client.clone();
    let at = guest.at()?;
    // Whoever asks this is about to change the guest.
    connected.configs.forget(&at);
    let (status, config) =
        match tokio::try_join!(client.guest_status(&at), client.guest_config(&at)) {
            Ok(both) => both,
            Err(error) if is_not_there(&error) => return observe_elsewhere(ctx, guest).await,
            Err(error) => return Err(call_error(&guest.cluster, &error)),
        };
    Ok(facts(guest, &status, &config))
}

/// PVE says for an unknown guest, and for one on another node, that its file does not exist.
fn is_not_there(error: &pve::Error) -> bool {
    matches!(error.kind(), ErrorKind::Refused { .. }) && error.text().contains("does not exist")
}

async fn observe_elsewhere(ctx: &Ctx, guest: &GuestRef) -> Result<Observed> {
    let Some(row) = ctx.inventory.find(&guest.cluster, guest.vmid).await? else {
        let mut gone = Observed {
            subject: guest.subject(),
            ..Observed::default()
        };
        gone.identity.insert("exists".to_owned(), json!(false));
        return Ok(gone);
    };
    let moved = GuestRef::of(&row);
    if moved.node == guest.node && moved.kind == guest.kind {
        return Err(Error::new(
            Code::ClusterRefused,
            format!(
                "{} is listed but its node does not know it",
                guest.subject()
            ),
        )
        .hint("the list of the cluster is some seconds behind: try again"));
    }
    Ok(look_at(ctx, moved).await?.observed)
}

pub(super) fn facts(guest: &GuestRef, status: &GuestStatus, config: &GuestConfig) -> Observed {
    let name = config.values.get(match guest.kind {
        GuestKind::Qemu => "name",
        GuestKind::Lxc => "hostname",
    });
    let identity = BTreeMap::from([
        ("exists".to_owned(), json!(true)),
        ("cluster".to_owned(), json!(guest.cluster)),
        ("vmid".to_owned(), json!(guest.vmid)),
        ("kind".to_owned(), json!(guest.kind)),
        (
            "incarnation".to_owned(),
            json!(incarnation(guest.kind, config)),
        ),
    ]);
    // An earlier step of the same run may have given it another name.
    let state = BTreeMap::from([
        ("name".to_owned(), json!(name)),
        ("node".to_owned(), json!(guest.node)),
        ("status".to_owned(), json!(status.status.as_str())),
        ("lock".to_owned(), json!(status.lock)),
        (CONFIGURATION.to_owned(), json!(config.digest)),
    ]);
    Observed {
        subject: guest.subject(),
        identity,
        state,
    }
}

/// What tells this guest from another one that gets the same id later.
fn incarnation(kind: GuestKind, config: &GuestConfig) -> Value {
    let value = |key: &str| config.values.get(key).map(String::as_str);
    match kind {
        GuestKind::Qemu => {
            let created = value("meta")
                .and_then(|meta| meta.split(',').find_map(|part| part.strip_prefix("ctime=")));
            // A rollback makes up a new generation id; the UUID of the BIOS stays.
            json!([created, value("smbios1").or_else(|| value("vmgenid"))])
        }
        // A container's file holds no birth certificate; its root volume is its own.
        GuestKind::Lxc => json!([value("rootfs").and_then(|rootfs| rootfs.split(',').next())]),
    }
}

/// What a step that was not done left of itself: a worker that was killed gives no lock back, and nothing can
/// be done with the guest until somebody does.
pub(crate) async fn left_locked(
    ctx: &Ctx,
    guest: &GuestRef,
    before: &BeforeState,
) -> Result<Option<String>> {
    if before.text("lock").is_some() {
        return Ok(None);
    }
    let client = guest.client(ctx).await?;
    match client.guest_status(&guest.at()?).await {
        Ok(status) => Ok(status.lock.map(|lock| locked_words(guest, &lock))),
        Err(error) if is_not_there(&error) => Ok(None),
        Err(error) => Err(call_error(&guest.cluster, &error)),
    }
}

fn locked_words(guest: &GuestRef, lock: &str) -> String {
    format!(
        "{} is left locked ({lock}): when no task of it runs any more, {} removes the lock",
        guest.name,
        unlock(guest)
    )
}

/// How a person takes a lock away.
pub(super) fn unlock(guest: &GuestRef) -> String {
    let tool = match guest.kind {
        GuestKind::Qemu => "qm",
        GuestKind::Lxc => "pct",
    };
    format!("`{tool} unlock {}` on node {}", guest.vmid, guest.node)
}

/// A lock means that something else works on the guest right now.
pub(crate) fn lock_error(looked: &Looked) -> Option<Error> {
    let lock = looked.status.lock.as_deref()?;
    let guest = &looked.guest;
    Some(
        Error::new(
            Code::Conflict,
            format!("{} is locked ({lock})", guest.subject()),
        )
        .hint(format!(
            "wait for the task that holds the lock; if none runs, {} removes it",
            unlock(guest)
        )),
    )
}
