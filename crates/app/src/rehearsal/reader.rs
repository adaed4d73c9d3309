//! Reading a live cluster for its twin: a handful of calls for all of it, and the guests that the plan is
//! about. Every request is a `GET`, on the budget of whoever waits, and counted.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use features::{Ctx, call_error, guests::read_facts, inventory::GuestKind};
use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use ops::{Error, PlanStep, Result, Risk};
use pve::{ApiPath, Client, Method, Params};
use serde_json::{Map, Value};
use sim::{TwinDepth, TwinReadings};

use super::named::{named_guests, named_volumes, new_guests};

/// Requests side by side; the client keeps its own limit per node.
const READ_AT_ONCE: usize = 16;
/// What hardly changes is read once a minute.
const SLOW_AGE: Duration = Duration::from_mins(1);
/// Of more guests than this only the configuration is read, once a minute; the list of the cluster tells
/// their state.
const CLOSELY: usize = 16;
/// Inventory, storages and guests, snapshots; one more for what a guest found out then brings up.
const ROUNDS: usize = 6;
/// Cluster-wide answers that may be a minute old.
const SLOW: [&str; 10] = [
    "/version",
    "/storage",
    "/pools",
    "/cluster/backup",
    "/cluster/options",
    "/cluster/replication",
    "/access/users?full=1",
    "/access/groups",
    "/access/roles",
    "/access/acl",
];

/// What was read of one live cluster, for its twin.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    pub(super) readings: TwinReadings,
    pub(super) depth: TwinDepth,
    pub(super) requests: u64,
    pub(super) facts_at: Timestamp,
}

/// Answers by cluster and path, with the moment they are of.
type Slow = HashMap<(String, &'static str), (Timestamp, Value)>;

/// Reads clusters, and remembers what hardly changes.
pub(super) struct Reader {
    ctx: Arc<Ctx>,
    slow: Mutex<Slow>,
}

/// A configuration known a moment ago, or an answer of the cluster.
struct Answer {
    path: String,
    value: Result<Value, String>,
    /// Requests it took, and how old it is.
    requests: u64,
    at: Timestamp,
}

impl Reader {
    pub(super) fn new(ctx: Arc<Ctx>) -> Self {
        Self {
            ctx,
            slow: Mutex::default(),
        }
    }

    /// Reads what the twin of a cluster needs for these steps of a plan of that risk.
    pub(super) async fn read(
        &self,
        cluster: &str,
        steps: &[&PlanStep],
        risk: Risk,
    ) -> Result<Reading> {
        let client = self.ctx.inventory.client(cluster).await?;
        let now = self.ctx.clock.now();
        let identity = self.ctx.inventory.identity(cluster).await?;
        let new = new_guests(steps);
        let guests: BTreeSet<u32> = named_guests(steps).difference(&new).copied().collect();
        let closely = guests.len() <= CLOSELY;
        let storages: BTreeSet<&str> = steps.iter().filter_map(|s| s.storage.as_deref()).collect();
        let nodes: BTreeSet<&str> = steps.iter().filter_map(|s| s.node.as_deref()).collect();
        let mut depth = TwinDepth::of_guests(guests)
            .with_storages(storages, nodes)
            .naming(named_volumes(steps))
            .acted_on_by(identity);
        // Whatever else a plan does, it does not fail for those who stand on a template.
        if risk == Risk::Destructive {
            depth = depth.with_linked_clones();
        }
        let mut reading = Reading {
            readings: TwinReadings::default(),
            depth,
            requests: 0,
            facts_at: now,
        };
        self.remember(cluster, &mut reading);
        // The one call without which there is no twin, for its own error.
        let inventory = "/cluster/resources";
        reading.requests += 1;
        let (path, params) = call_of(inventory).map_err(Error::internal)?;
        let rows = ask(&client, &path, &params)
            .await
            .map_err(|error| call_error(cluster, &error))?;
        reading.readings.insert(inventory, Ok(rows));
        for _ in 0..ROUNDS {
            let wanted = wanted(&reading).await?;
            if wanted.is_empty() {
                return Ok(reading);
            }
            let asking: Vec<_> = wanted
                .into_iter()
                .map(|path| self.answer(cluster, &client, path, closely))
                .collect();
            let answers: Vec<Answer> = stream::iter(asking)
                .buffer_unordered(READ_AT_ONCE)
                .collect()
                .await;
            for answer in answers {
                reading.requests += answer.requests;
                reading.facts_at = reading.facts_at.min(answer.at);
                self.keep(cluster, &answer);
                reading.readings.insert(answer.path, answer.value);
            }
        }
        Err(Error::internal(
            "the twin asks for more and more of the cluster",
        ))
    }

    async fn answer(&self, cluster: &str, client: &Client, path: String, closely: bool) -> Answer {
        let now = self.ctx.clock.now();
        if let Some((node, kind, vmid, what)) = of_guest(&path) {
            if what == "config" {
                // What few guests are like is worth asking again; of many it may be a minute old.
                let max_age = if closely { Duration::ZERO } else { SLOW_AGE };
                return self
                    .configuration(cluster, &path, (node, kind, vmid), max_age)
                    .await;
            }
            if !closely {
                return Answer {
                    value: Err("left out: the plan is about many guests".to_owned()),
                    path,
                    requests: 0,
                    at: now,
                };
            }
        }
        let value = match call_of(&path) {
            Ok((path, params)) => ask(client, &path, &params)
                .await
                .map_err(|error| error.text()),
            Err(unreadable) => Err(unreadable),
        };
        Answer {
            path,
            value,
            requests: 1,
            at: now,
        }
    }

    async fn configuration(
        &self,
        cluster: &str,
        path: &str,
        (node, kind, vmid): (&str, GuestKind, u32),
        max_age: Duration,
    ) -> Answer {
        let facts = read_facts(&self.ctx, (cluster, node, vmid), kind, max_age).await;
        match facts {
            Ok(facts) => {
                let mut config: Map<String, Value> = facts
                    .config
                    .values
                    .iter()
                    .map(|(key, value)| (key.clone(), value.clone().into()))
                    .collect();
                if let Some(digest) = &facts.config.digest {
                    config.insert("digest".to_owned(), digest.clone().into());
                }
                Answer {
                    path: path.to_owned(),
                    value: Ok(config.into()),
                    requests: u64::from(facts.asked),
                    at: facts.at,
                }
            }
            Err(error) => Answer {
                path: path.to_owned(),
                value: Err(error.message),
                requests: 1,
                at: self.ctx.clock.now(),
            },
        }
    }

    fn remember(&self, cluster: &str, reading: &mut Reading) {
        let now = reading.facts_at;
        let slow = self.slow.lock().unwrap_or_else(PoisonError::into_inner);
        for path in SLOW {
            if let Some((at, value)) = slow.get(&(cluster.to_owned(), path))
                && *at <= now
                && now <= *at + SLOW_AGE
            {
                reading.facts_at = reading.facts_at.min(*at);
                reading.readings.insert(path, Ok(value.clone()));
            }
        }
    }

    fn keep(&self, cluster: &str, answer: &Answer) {
        let known = SLOW.into_iter().find(|path| *path == answer.path);
        if let (Some(path), Ok(value)) = (known, &answer.value) {
            self.slow
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert((cluster.to_owned(), path), (answer.at, value.clone()));
        }
    }
}

/// What is still missing. Goes through the whole inventory, so not on a thread that others wait for.
async fn wanted(reading: &Reading) -> Result<Vec<String>> {
    let (readings, depth) = (reading.readings.clone(), reading.depth.clone());
    tokio::task::spawn_blocking(move || readings.wanted(&depth))
        .await
        .map_err(|_| Error::internal("the inventory could not be gone through"))
}

async fn ask(client: &Client, path: &ApiPath, params: &Params) -> Result<Value, pve::Error> {
    let reply = client.call(Method::Get, path, params).await?;
    Ok(reply.data)
}

/// A path with its query.
fn call_of(path: &str) -> Result<(ApiPath, Params), String> {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let params = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let path = path
        .parse()
        .map_err(|error: pve::InvalidName| error.to_string())?;
    Ok((path, params))
}

/// Node, kind, number and the rest of a guest's path.
fn of_guest(path: &str) -> Option<(&str, GuestKind, u32, &str)> {
    let mut parts = path.strip_prefix("/nodes/")?.splitn(4, '/');
    let (node, kind, vmid, what) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let kind = match kind {
        "qemu" => GuestKind::Qemu,
        "lxc" => GuestKind::Lxc,
        _ => return None,
    };
    Some((node, kind, vmid.parse().ok()?, what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_a_guest_is_taken_apart() {
        assert_eq!(
            of_guest("/nodes/pve1/lxc/101/snapshot/a/config"),
            Some(("pve1", GuestKind::Lxc, 101, "snapshot/a/config"))
        );
        assert_eq!(of_guest("/nodes/pve1/storage/local/content"), None);
    }
}
