//! The connected clusters: one client each, and the last reading with its age.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex as StdMutex, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use ops::{Code, Error, EventBus, Result, bus::BusEvent, ports::Clock};
use pve::{Auth, Budget, Client, ConnectOptions, Fingerprint, Trust, parse_endpoint};
use store::{AuthKind, ClusterRow};
use tokio::sync::Mutex;

use super::{
    configs::Configs,
    model::{AsOf, Freshness},
    rights::Rights,
    snapshot::Snapshot,
};
use crate::cluster_error::call_error;

/// Clusters read side by side.
const READ_AT_ONCE: usize = 8;
/// A cluster that takes longer than this for its inventory is not waited for.
const READ_PATIENCE: Duration = Duration::from_secs(15);

/// Times and limits of the inventory.
#[derive(Clone, Debug)]
pub struct InventoryOptions {
    /// How often a server reads each cluster.
    pub tick: Duration,
    /// Requests per second, for people and for the collector.
    pub budget: Budget,
}

/// One connected cluster.
pub struct Connected {
    pub(crate) row: ClusterRow,
    pub(crate) client: Client,
    /// The same connection on the collector's own budget.
    background: Client,
    /// Reads at most one at a time.
    reading: Mutex<()>,
    state: RwLock<State>,
    /// Counts the steps of ours that ended on the cluster.
    changes: AtomicU64,
    /// Configurations that were read lately, for plans of many guests.
    pub(crate) configs: Configs,
    /// What we may do there, as it was read lately.
    pub(crate) rights: Rights,
}

#[derive(Clone, Default)]
struct State {
    snapshot: Option<Arc<Snapshot>>,
    /// Of the last try, if it failed.
    error: Option<Error>,
    tried_at: Option<Timestamp>,
    version: Option<String>,
    quorate: Option<bool>,
    counted_up: u64,
    /// How many steps of ours had ended when the snapshot was asked for.
    saw_changes: u64,
}

impl Connected {
    fn state(&self) -> State {
        self.state.read().map_or_else(
            |poisoned| poisoned.into_inner().clone(),
            |state| state.clone(),
        )
    }

    pub(crate) fn snapshot(&self) -> Option<Arc<Snapshot>> {
        self.state().snapshot
    }

    /// Whether a step of ours ended since the snapshot was read: it may show a guest where it was before.
    fn is_behind_us(&self) -> bool {
        let state = self.state();
        state.snapshot.is_some() && state.saw_changes < self.changes.load(Ordering::Acquire)
    }

    pub(crate) fn version(&self) -> Option<String> {
        self.state().version
    }

    pub(crate) fn quorate(&self) -> Option<bool> {
        self.state().quorate
    }

    pub(crate) fn error(&self) -> Option<Error> {
        self.state().error
    }
}

/// All connected clusters. Cheap to clone.
#[derive(Clone)]
pub struct Inventory {
    inner: Arc<Inner>,
}

struct Inner {
    clusters: RwLock<BTreeMap<String, Arc<Connected>>>,
    /// Rows that could not be turned into a client, with the reason.
    broken: StdMutex<BTreeMap<String, Error>>,
    store: store::Clusters,
    clock: Arc<dyn Clock>,
    bus: EventBus,
    options: InventoryOptions,
}

impl Inventory {
    pub fn new(
        store: store::Clusters,
        clock: Arc<dyn Clock>,
        bus: EventBus,
        options: InventoryOptions,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                clusters: RwLock::default(),
                broken: StdMutex::default(),
                store,
                clock,
                bus,
                options,
            }),
        }
    }

    pub fn options(&self) -> &InventoryOptions {
        &self.inner.options
    }

    /// Takes over what the store knows: another process may have connected or removed a cluster.
    pub async fn reload(&self) -> Result<()> {
        let rows = self.inner.store.list().await.map_err(Error::from)?;
        let known = self.connected();
        let mut next = BTreeMap::new();
        let mut broken = BTreeMap::new();
        for row in rows {
            if let Some(present) = known.iter().find(|connected| connected.row == row) {
                next.insert(row.id.clone(), Arc::clone(present));
                continue;
            }
            match self.connect(&row).await {
                Ok(connected) => {
                    next.insert(row.id.clone(), Arc::new(connected));
                }
                Err(error) => {
                    tracing::warn!(cluster = %row.id, %error, "cluster {} cannot be used", row.id);
                    broken.insert(row.id.clone(), error);
                }
            }
        }
        if let Ok(mut clusters) = self.inner.clusters.write() {
            *clusters = next;
        }
        if let Ok(mut slot) = self.inner.broken.lock() {
            *slot = broken;
        }
        Ok(())
    }

    async fn connect(&self, row: &ClusterRow) -> Result<Connected> {
        let secret = self
            .inner
            .store
            .secret(&row.id)
            .await
            .map_err(Error::from)?
            .ok_or_else(|| {
                Error::new(
                    Code::NoCluster,
                    format!("the secret of cluster {} is missing", row.id),
                )
                .hint("connect it again")
            })?;
        let mut options = connect_options(row, secret)?;
        options.budget = self.inner.options.budget;
        let client = Client::connect(options).map_err(|error| call_error(&row.id, &error))?;
        Ok(Connected {
            row: row.clone(),
            background: client.in_background(),
            client,
            reading: Mutex::new(()),
            state: RwLock::default(),
            changes: AtomicU64::new(0),
            configs: Configs::default(),
            rights: Rights::default(),
        })
    }

    pub(crate) fn connected(&self) -> Vec<Arc<Connected>> {
        self.inner
            .clusters
            .read()
            .map(|clusters| clusters.values().map(Arc::clone).collect())
            .unwrap_or_default()
    }

    pub(crate) fn broken(&self) -> Vec<(String, Error)> {
        self.inner
            .broken
            .lock()
            .map(|broken| {
                broken
                    .iter()
                    .map(|(id, error)| (id.clone(), error.clone()))
                    .collect()
            })
            .unwrap_or_default()
    }

    /// One cluster by its slug.
    pub(crate) async fn cluster(&self, id: &str) -> Result<Arc<Connected>> {
        let find = || {
            self.inner
                .clusters
                .read()
                .ok()
                .and_then(|clusters| clusters.get(id).cloned())
        };
        if let Some(found) = find() {
            return Ok(found);
        }
        self.reload().await?;
        find().ok_or_else(|| {
            let known: Vec<String> = self.connected().iter().map(|c| c.row.id.clone()).collect();
            Error::not_found(format!("there is no cluster `{id}`")).hint(if known.is_empty() {
                NO_CLUSTER_HINT.to_owned()
            } else {
                format!("connected are {}", known.join(", "))
            })
        })
    }

    /// The client of a cluster, on the budget of whoever waits for it.
    pub async fn client(&self, id: &str) -> Result<Client> {
        Ok(self.cluster(id).await?.client.clone())
    }

    /// As whom we act on a cluster: `user@realm` or `user@realm!token`.
    pub async fn identity(&self, id: &str) -> Result<String> {
        Ok(self.cluster(id).await?.row.identity.clone())
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// Makes sure that no reading is older than `max_age` where the cluster can be reached. Without any
    /// connected cluster, and when none has ever been read, this is an error.
    pub(crate) async fn fresh(&self, max_age: Duration) -> Result<Vec<Arc<Connected>>> {
        let mut clusters = self.connected();
        if clusters.is_empty() {
            self.reload().await?;
            clusters = self.connected();
        }
        if clusters.is_empty() {
            if let Some((_, error)) = self.broken().into_iter().next() {
                return Err(error);
            }
            return Err(
                Error::new(Code::NoCluster, "no cluster is connected").hint(NO_CLUSTER_HINT)
            );
        }
        let readings: Vec<_> = clusters
            .iter()
            .map(|connected| self.read_if_older(connected, max_age))
            .collect();
        stream::iter(readings)
            .buffer_unordered(READ_AT_ONCE)
            .collect::<Vec<()>>()
            .await;
        if clusters
            .iter()
            .all(|connected| connected.snapshot().is_none())
            && let Some(error) = clusters.iter().find_map(|connected| connected.error())
        {
            return Err(error);
        }
        Ok(clusters)
    }

    /// As [`Inventory::fresh`], and no reading is older than the last step of ours on its cluster: a plan that
    /// follows a migration at once has to find the guest where it is. One request more, for such a plan only.
    pub(crate) async fn fresh_for_a_plan(&self, max_age: Duration) -> Result<Vec<Arc<Connected>>> {
        for connected in self.connected() {
            if connected.is_behind_us() {
                let _reading = connected.reading.lock().await;
                if connected.is_behind_us() {
                    self.read(&connected, &connected.client).await;
                }
            }
        }
        self.fresh(max_age).await
    }

    /// A step of ours ended on a cluster.
    pub(crate) fn changed(&self, cluster: &str) {
        let found = self
            .inner
            .clusters
            .read()
            .ok()
            .and_then(|clusters| clusters.get(cluster).cloned());
        if let Some(connected) = found {
            connected.changes.fetch_add(1, Ordering::AcqRel);
        }
    }

    async fn read_if_older(&self, connected: &Connected, max_age: Duration) {
        let is_young = |state: &State| {
            let now = self.inner.clock.now();
            let young = |at: Timestamp| now <= at + max_age;
            state.snapshot.as_ref().is_some_and(|snapshot| young(snapshot.at))
                // A cluster that has just failed is not asked by everybody who waits.
                || (state.error.is_some() && state.tried_at.is_some_and(|at| now <= at + Duration::from_secs(1)))
        };
        if is_young(&connected.state()) {
            return;
        }
        let _reading = connected.reading.lock().await;
        if is_young(&connected.state()) {
            return;
        }
        self.read(connected, &connected.client).await;
    }

    /// Reads a cluster now, because somebody waits for it.
    pub(crate) async fn read_now(&self, connected: &Connected) {
        let _reading = connected.reading.lock().await;
        self.read(connected, &connected.client).await;
    }

    /// Reads a cluster for the collector, on the collector's budget.
    pub(crate) async fn collect(&self, connected: &Connected) {
        let _reading = connected.reading.lock().await;
        self.read(connected, &connected.background).await;
    }

    async fn read(&self, connected: &Connected, client: &Client) {
        let id = &connected.row.id;
        let changes = connected.changes.load(Ordering::Acquire);
        let reading = tokio::time::timeout(READ_PATIENCE, client.cluster_resources()).await;
        let now = self.inner.clock.now();
        let outcome = match reading {
            Ok(Ok(resources)) => Ok(Arc::new(Snapshot::read(id, resources, now))),
            Ok(Err(error)) => Err(call_error(id, &error)),
            Err(_) => Err(Error::new(
                Code::TimedOut,
                format!(
                    "cluster {id} did not tell its inventory within {} s",
                    READ_PATIENCE.as_secs()
                ),
            )),
        };
        // Version and quorum change rarely; they are asked with the first reading and then now and then.
        let state = connected.state();
        let slow_facts = if outcome.is_ok() && state.counted_up.is_multiple_of(30) {
            self.slow_facts(connected).await
        } else {
            (None, None)
        };
        let Ok(mut slot) = connected.state.write() else {
            return;
        };
        slot.tried_at = Some(now);
        slot.version = slow_facts.0.or_else(|| slot.version.take());
        slot.quorate = slow_facts.1.or(slot.quorate);
        match outcome {
            Ok(snapshot) => {
                slot.counted_up += 1;
                slot.saw_changes = changes;
                let changed = slot
                    .snapshot
                    .as_ref()
                    .is_none_or(|old| !same_objects(old, &snapshot));
                slot.snapshot = Some(snapshot);
                let was_away = slot.error.take().is_some();
                drop(slot);
                if changed || was_away {
                    self.inner.bus.emit(BusEvent {
                        cluster: Some(id.clone()),
                        ..BusEvent::new("inventory.changed")
                    });
                }
            }
            Err(error) => {
                let news = slot.error.is_none();
                slot.error = Some(error);
                drop(slot);
                if news {
                    self.inner.bus.emit(BusEvent {
                        cluster: Some(id.clone()),
                        ..BusEvent::new("inventory.changed")
                    });
                }
            }
        }
    }

    async fn slow_facts(&self, connected: &Connected) -> (Option<String>, Option<bool>) {
        let wait = Duration::from_secs(5);
        let client = &connected.background;
        let version = tokio::time::timeout(wait, client.version()).await;
        let status = tokio::time::timeout(wait, client.cluster_status()).await;
        let version = version
            .ok()
            .and_then(Result::ok)
            .map(|version| version.version);
        // A single node has no quorum to lose.
        let quorate = status
            .ok()
            .and_then(Result::ok)
            .map(|status| status.cluster.is_none_or(|cluster| cluster.quorate));
        (version, quorate)
    }

    /// Source and age of what is known about a cluster.
    pub(crate) fn as_of(&self, connected: &Connected) -> AsOf {
        let state = connected.state();
        let now = self.inner.clock.now();
        let at = state.snapshot.as_ref().map(|snapshot| snapshot.at);
        let age_s = at.map(|at| u64::try_from(now.duration_since(at).as_secs()).unwrap_or(0));
        let limit = self.inner.options.tick.as_secs().max(1) * 3;
        let freshness = match (&state.error, age_s) {
            (Some(_), _) => Freshness::Unreachable,
            (None, Some(age)) if age <= limit => Freshness::Fresh,
            (None, _) => Freshness::Stale,
        };
        AsOf {
            cluster: connected.row.id.clone(),
            at,
            age_s,
            state: freshness,
            error: state.error.map(|error| error.sentence()),
        }
    }
}

const NO_CLUSTER_HINT: &str = "connect one with `proxmox-ai connect https://NODE:8006`";

/// Whether two readings show the same objects in the same state; figures that always move do not count.
fn same_objects(old: &Snapshot, new: &Snapshot) -> bool {
    old.guests.len() == new.guests.len()
        && old.nodes.len() == new.nodes.len()
        && old.guests.iter().zip(&new.guests).all(|(a, b)| {
            (
                a.vmid, &a.node, &a.name, &a.status, &a.tags, &a.pool, &a.lock,
            ) == (
                b.vmid, &b.node, &b.name, &b.status, &b.tags, &b.pool, &b.lock,
            )
        })
        && old
            .nodes
            .iter()
            .zip(&new.nodes)
            .all(|(a, b)| (&a.node, &a.status) == (&b.node, &b.status))
}

/// How to reach a stored cluster.
pub fn connect_options(row: &ClusterRow, secret: secrecy::SecretString) -> Result<ConnectOptions> {
    let unusable = |what: String| {
        Error::new(
            Code::NoCluster,
            format!("cluster {} cannot be used: {what}", row.id),
        )
        .hint("connect it again")
    };
    let url = parse_endpoint(&row.url).map_err(|error| unusable(error.to_string()))?;
    let auth = match row.auth {
        AuthKind::Token => Auth::Token {
            id: row
                .identity
                .parse()
                .map_err(|error: pve::InvalidName| unusable(error.to_string()))?,
            secret,
        },
        AuthKind::Password => Auth::Password {
            user: row
                .identity
                .parse()
                .map_err(|error: pve::InvalidName| unusable(error.to_string()))?,
            password: secret,
        },
    };
    let trust = match &row.trust {
        store::Trust::Fingerprint(text) => Trust::Fingerprint(
            text.parse::<Fingerprint>()
                .map_err(|error| unusable(error.to_string()))?,
        ),
        store::Trust::CaPem(pem) => Trust::Ca(pem.clone().into_bytes()),
        store::Trust::System => Trust::SystemRoots,
    };
    Ok(ConnectOptions::new(url, auth, trust))
}
