//! The cluster as a state machine: no HTTP, no clock, no threads. Time comes in with each call
//! ([`Cluster::settle`]); the same calls at the same times give the same state and the same answers.

pub(crate) mod access;
pub(crate) mod backup_jobs;
pub(crate) mod calls;
pub(crate) mod config_change;
pub(crate) mod consoles;
pub(crate) mod disk;
pub(crate) mod effect;
pub(crate) mod failing;
pub(crate) mod faults;
pub(crate) mod figures;
pub(crate) mod firewall;
pub(crate) mod guest;
pub(crate) mod guest_config;
pub(crate) mod guest_work;
pub(crate) mod ha;
pub(crate) mod issuer;
pub(crate) mod load;
pub(crate) mod node;
pub(crate) mod notes;
pub(crate) mod openid;
pub(crate) mod privileges;
pub(crate) mod refusal;
pub(crate) mod replication;
mod replication_run;
pub(crate) mod rights;
pub(crate) mod room;
pub(crate) mod runs;
pub(crate) mod settings;
pub(crate) mod snapshot_work;
pub(crate) mod tasks;
pub(crate) mod tickets;
pub(crate) mod volumes;
pub(crate) mod web;
pub(crate) mod work;

use std::collections::BTreeMap;
use std::sync::Arc;

use access::Access;
use backup_jobs::BackupJob;
use calls::Calls;
use faults::{Faults, Spoil};
use firewall::Firewall;
use guest::{Guest, GuestKind};
use ha::HaRequest;
use node::{HaResource, Node, Pool, Storage};
use refusal::Refusal;
use tasks::{Task, TaskState, Tasks};
use volumes::{StoredVolume, VolumeKey};
use work::Work;

use crate::random::{mix, text_seed};
use crate::version::PveVersion;

/// The whole state of a simulated cluster.
#[derive(Debug)]
pub(crate) struct Cluster {
    /// `None`: a single node that never joined a cluster.
    pub(crate) name: Option<String>,
    pub(crate) quorate: bool,
    pub(crate) version: PveVersion,
    pub(crate) seed: u64,
    /// Durations are multiplied by this: 0.1 is ten times faster, 0 is at once.
    pub(crate) time_scale: f64,
    pub(crate) nodes: Vec<Node>,
    pub(crate) guests: BTreeMap<u32, Guest>,
    pub(crate) storages: Vec<Storage>,
    pub(crate) volumes: BTreeMap<VolumeKey, StoredVolume>,
    pub(crate) backup_jobs: BTreeMap<String, BackupJob>,
    /// When schedules were last looked at, in seconds since 1970.
    pub(crate) scheduled_s: i64,
    /// Disks that fail.
    pub(crate) failing: failing::Failing,
    /// How the runs of replication jobs went, by job.
    pub(crate) replication: replication::Replication,
    pub(crate) pools: BTreeMap<String, Pool>,
    pub(crate) ha: Vec<HaResource>,
    pub(crate) firewalls: BTreeMap<String, Firewall>,
    /// What the HA manager has still to do.
    pub(crate) ha_requests: Vec<HaRequest>,
    pub(crate) ha_rules: BTreeMap<String, BTreeMap<String, String>>,
    /// What PVE keeps as sections of files: notifications, networks, mappings …
    pub(crate) settings: settings::Settings,
    /// What the nodes' daemons logged besides tasks, oldest first.
    pub(crate) notes: notes::Notes,
    pub(crate) options: BTreeMap<String, String>,
    pub(crate) access: Access,
    pub(crate) tasks: Tasks,
    pub(crate) faults: Faults,
    pub(crate) calls: Calls,
    pub(crate) now_ms: i64,
    /// Consoles that wait for their clients, by port.
    pub(crate) consoles: BTreeMap<u16, consoles::Console>,
    /// The address it is reached by, without a slash at the end; empty before it listens.
    pub(crate) own_url: String,
    /// Files below the simulator's own address, by name.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    /// Where downloaded files came from.
    pub(crate) downloaded: BTreeMap<VolumeKey, String>,
    /// Browsers that were sent to an OpenID issuer.
    pub(crate) openid: openid::Pending,
    /// The simulator's own OpenID issuer.
    pub(crate) issuer: issuer::Issuer,
    /// The certificate that is shown, as PEM; empty without TLS.
    pub(crate) certificate_pem: String,
    /// The inventory shows figures of the last full such span; 0 shows those of now.
    pub(crate) inventory_lag_ms: i64,
    /// How often the certificate was changed.
    pub(crate) certificate: u64,
    /// Parts of the world's file that other programs keep there.
    pub(crate) carried: serde_json::Map<String, serde_json::Value>,
    /// The user that the world names besides root, and its grants: path and role.
    pub(crate) identity: Option<(String, Vec<(String, String)>)>,
    /// Where new worlds put the next figures of a node's process ids.
    pub(crate) boot_ms: i64,
}

/// A task to be started.
pub(crate) struct NewTask<'a> {
    pub(crate) node: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) id: &'a str,
    pub(crate) user: &'a str,
    pub(crate) work: Work,
    pub(crate) spoil: Spoil,
}

impl Cluster {
    pub(crate) fn node(&self, name: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| &*node.name == name)
    }

    pub(crate) fn node_mut(&mut self, name: &str) -> Option<&mut Node> {
        self.nodes.iter_mut().find(|node| &*node.name == name)
    }

    /// The node that answers: the first one that is online.
    pub(crate) fn local_node(&self) -> Arc<str> {
        self.nodes
            .iter()
            .find(|node| node.online)
            .or(self.nodes.first())
            .map_or_else(|| Arc::from("pve1"), |node| node.name.clone())
    }

    /// A guest of that kind on that node.
    pub(crate) fn guest_at(
        &self,
        node: &str,
        kind: GuestKind,
        vmid: u32,
    ) -> Result<&Guest, Refusal> {
        self.guests
            .get(&vmid)
            .filter(|guest| &*guest.node == node && guest.kind == kind)
            .ok_or_else(|| Refusal::died(Guest::missing(node, kind, vmid)))
    }

    pub(crate) fn guest_mut(
        &mut self,
        node: &str,
        kind: GuestKind,
        vmid: u32,
    ) -> Option<&mut Guest> {
        self.guests
            .get_mut(&vmid)
            .filter(|guest| &*guest.node == node && guest.kind == kind)
    }

    pub(crate) fn storage_mut(&mut self, id: &str) -> Option<&mut Storage> {
        self.storages.iter_mut().find(|storage| storage.id == id)
    }

    pub(crate) fn storage(&self, id: &str) -> Option<&Storage> {
        self.storages.iter().find(|storage| storage.id == id)
    }

    /// Whether all disks of a guest lie where snapshots are possible.
    pub(crate) fn can_snapshot(&self, vmid: u32) -> bool {
        self.guests.get(&vmid).is_some_and(|guest| {
            guest.disks().all(|(_, volume)| {
                self.storage(volume.storage)
                    .is_some_and(|storage| storage.can_snapshot(guest.kind, volume.id))
            })
        })
    }

    pub(crate) fn next_pid(&mut self, node: &str) -> u32 {
        let seed = self.seed;
        self.node_mut(node).map_or(1, |node| {
            let step = mix(seed, &[text_seed(&node.name), u64::from(node.next_pid)]) % 23 + 2;
            node.next_pid = (node.next_pid + step as u32) % 4_000_000;
            node.next_pid
        })
    }

    /// The instant whose figures the inventory shows.
    pub(crate) fn inventory_ms(&self) -> i64 {
        match self.inventory_lag_ms {
            0 => self.now_ms,
            lag_ms => self.now_ms.div_euclid(lag_ms) * lag_ms,
        }
    }

    /// Starts a task and lets it take its first turn. The UPID is the answer of most changing calls.
    pub(crate) fn start_task(&mut self, new: NewTask<'_>) -> String {
        let pid = self.next_pid(new.node);
        let boot_ms = self
            .node(new.node)
            .map_or(self.boot_ms, |node| node.boot_ms);
        let pstart = u64::try_from((self.now_ms - boot_ms) / 10).unwrap_or(0) & 0xF_FFFF_FFFF;
        let upid = tasks::upid(
            new.node,
            (pid, pstart),
            self.now_ms,
            (new.kind, new.id),
            new.user,
        );
        let number = self.tasks.next_number();
        let now_ms = self.now_ms;
        self.tasks.insert(Task {
            number,
            upid: upid.clone(),
            node: Arc::from(new.node),
            pid,
            pstart,
            start_ms: now_ms,
            kind: new.kind.to_owned(),
            id: new.id.to_owned(),
            user: new.user.to_owned(),
            state: TaskState::Waiting { due_ms: now_ms },
            has_begun: false,
            log: Vec::new(),
            work: new.work,
            spoil: new.spoil,
        });
        self.settle(now_ms);
        upid
    }

    /// The node loses power: its tasks die without a last line, its guests are out of reach.
    pub(crate) fn take_node_offline(&mut self, name: &str, at_ms: i64) {
        let Some(node) = self.node_mut(name) else {
            return;
        };
        node.online = false;
        for number in self.tasks.open_on(name) {
            let exit = "unexpected status".to_owned();
            self.tasks
                .set_state(number, TaskState::Ended { at_ms, exit });
        }
        for guest in self
            .guests
            .values_mut()
            .filter(|guest| &*guest.node == name)
        {
            guest.holder = None;
            guest.lock_owner = None;
        }
        self.quorate = self.has_majority();
    }

    /// The node is back; its guests go on where they were.
    pub(crate) fn bring_node_online(&mut self, name: &str) {
        if let Some(node) = self.node_mut(name) {
            node.online = true;
        }
        self.quorate = self.has_majority();
    }

    /// A node that is off and empty leaves the cluster for good.
    pub(crate) fn forget_node(&mut self, name: &str) {
        self.nodes.retain(|node| &*node.name != name);
        self.quorate = self.has_majority();
    }

    pub(crate) fn has_majority(&self) -> bool {
        let online = self.nodes.iter().filter(|node| node.online).count();
        online * 2 > self.nodes.len()
    }

    /// Guests that stand in a pool, by their number.
    pub(crate) fn pool_members<'a>(&'a self, pool: &'a str) -> impl Iterator<Item = &'a Guest> {
        self.guests
            .values()
            .filter(move |guest| guest.pool.as_deref() == Some(pool))
    }
}
