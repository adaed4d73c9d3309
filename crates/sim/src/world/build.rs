//! From a world to the state machine that lives it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{GuestSpec, NodeSpec, Power, StorageSpec, World};
use crate::cluster::Cluster;
use crate::cluster::access::{Access, AclEntry, ROOT, Token, User, Who};
use crate::cluster::backup_jobs::BackupJob;
use crate::cluster::calls::Calls;
use crate::cluster::faults::{Faults, Spoil};
use crate::cluster::guest::{GIB, Guest, GuestKind, RunState, Snapshot};
use crate::cluster::load::Load;
use crate::cluster::node::{Growth, HaResource, Node, Pool, Storage};
use crate::cluster::tasks::{Task, TaskState, Tasks, upid};
use crate::cluster::work::Work;
use crate::random::{Random, mix, text_seed};
use crate::version::PveVersion;

/// What a cluster needs besides its world.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub(crate) version: PveVersion,
    pub(crate) seed: u64,
    pub(crate) time_scale: f64,
    pub(crate) now_ms: i64,
    pub(crate) password: String,
    pub(crate) token_name: String,
    pub(crate) token_secret: String,
    /// Secret of the token of the world's own user.
    pub(crate) identity_secret: String,
}

impl World {
    /// Brings the world to life.
    pub(crate) fn into_cluster(self, setting: &Setting) -> Cluster {
        let mut access = Access::default();
        access.users.insert(
            ROOT.to_owned(),
            user(
                &setting.password,
                &setting.token_name,
                &setting.token_secret,
            ),
        );
        if let Some((name, grants)) = &self.identity {
            if name != ROOT {
                access.users.insert(
                    name.clone(),
                    user("secret", "demo", &setting.identity_secret),
                );
            }
            access
                .acl
                .extend(grants.iter().map(|(path, role)| AclEntry {
                    path: path.clone(),
                    role: role.clone(),
                    propagate: true,
                    who: Who::User(name.clone()),
                }));
        }
        self.accounts.settle_in(&mut access, setting.seed);
        // Its token is made anew at each start, as root's is.
        if let Some((name, _)) = &self.identity
            && let Some(token) = access
                .users
                .get_mut(name)
                .and_then(|user| user.tokens.get_mut("demo"))
            && name != ROOT
        {
            token.secret.clone_from(&setting.identity_secret);
        }
        let mut exact = self.exact;
        if let Some(actor) = exact.actor.take() {
            actor.settle_in(&mut access, &setting.token_name, &setting.identity_secret);
        }
        let mut cluster = Cluster {
            name: self.cluster,
            quorate: self.quorate,
            version: setting.version,
            seed: setting.seed,
            time_scale: setting.time_scale,
            nodes: Vec::new(),
            guests: BTreeMap::new(),
            storages: self
                .storages
                .into_iter()
                .map(|spec| storage(spec, setting))
                .collect(),
            volumes: BTreeMap::new(),
            backup_jobs: self
                .backup_jobs
                .into_iter()
                .map(|(id, options)| (id, BackupJob { options }))
                .collect(),
            scheduled_s: setting.now_ms.div_euclid(1000),
            failing: self.failing,
            replication: BTreeMap::new(),
            pools: self
                .pools
                .into_iter()
                .map(|(id, comment)| {
                    (
                        id,
                        Pool {
                            comment,
                            ..Pool::default()
                        },
                    )
                })
                .collect(),
            ha: self
                .ha
                .into_iter()
                .map(|(sid, state)| HaResource::told(sid, state, BTreeMap::new()))
                .collect(),
            firewalls: BTreeMap::new(),
            ha_requests: Vec::new(),
            ha_rules: BTreeMap::new(),
            settings: crate::cluster::settings::Settings::default(),
            notes: crate::cluster::notes::Notes::default(),
            options: BTreeMap::from([
                ("keyboard".to_owned(), "en-us".to_owned()),
                ("mac_prefix".to_owned(), "BC:24:11".to_owned()),
            ]),
            access,
            tasks: Tasks::default(),
            faults: Faults::new(self.faults),
            calls: Calls::default(),
            now_ms: setting.now_ms,
            consoles: BTreeMap::new(),
            own_url: String::new(),
            files: BTreeMap::new(),
            downloaded: BTreeMap::new(),
            openid: crate::cluster::openid::Pending::default(),
            issuer: crate::cluster::issuer::Issuer::default(),
            certificate_pem: String::new(),
            inventory_lag_ms: 0,
            certificate: 0,
            carried: self.carried,
            identity: self.identity.clone(),
            boot_ms: setting.now_ms - 86_400_000,
        };
        cluster.nodes = self
            .nodes
            .into_iter()
            .enumerate()
            .map(|(index, spec)| node(index, spec, setting))
            .collect();
        let names: BTreeMap<String, Arc<str>> = cluster
            .nodes
            .iter()
            .map(|node| (node.name.to_string(), node.name.clone()))
            .collect();
        for spec in self.guests {
            let Some(node) = names.get(&spec.node) else {
                continue;
            };
            let mut guest = guest(spec, node.clone(), setting);
            if guest.run.is_running() {
                guest.pid = cluster.next_pid(node);
            }
            cluster.guests.insert(guest.vmid, guest);
        }
        cluster.fill_storages(self.volumes);
        // What came out of a simulator tells of its boots itself.
        if exact.now_ms.is_none() {
            cluster.tell_of_boots();
        }
        for spec in self.tasks {
            let pid = cluster.next_pid(&spec.node);
            let boot_ms = cluster
                .node(&spec.node)
                .map_or(cluster.boot_ms, |node| node.boot_ms);
            let pstart = u64::try_from((spec.start_ms - boot_ms) / 10).unwrap_or(0);
            let number = cluster.tasks.next_number();
            let state = match spec.end {
                Some((at_ms, exit)) => TaskState::Ended { at_ms, exit },
                None => TaskState::Working {
                    due_ms: i64::MAX,
                    error: None,
                },
            };
            let named = spec.upid.as_deref().and_then(|upid| {
                let mut parts = upid.split(':').skip(2);
                let pid = u32::from_str_radix(parts.next()?, 16).ok()?;
                let pstart = u64::from_str_radix(parts.next()?, 16).ok()?;
                Some((upid.to_owned(), pid, pstart))
            });
            let (upid, pid, pstart) = named.unwrap_or_else(|| {
                let made = upid(
                    &spec.node,
                    (pid, pstart),
                    spec.start_ms,
                    (&spec.kind, &spec.id),
                    &spec.user,
                );
                (made, pid, pstart)
            });
            cluster.tasks.insert(Task {
                number,
                upid,
                node: Arc::from(spec.node.as_str()),
                pid,
                pstart,
                start_ms: spec.start_ms,
                work: if matches!(state, TaskState::Ended { .. }) {
                    Work::Past
                } else {
                    Work::Endless
                },
                kind: spec.kind,
                id: spec.id,
                user: spec.user,
                state,
                has_begun: false,
                log: spec.log,
                spoil: Spoil::default(),
            });
        }
        let is_export = exact.now_ms.is_some();
        exact.settle_in(&mut cluster);
        cluster.take_replication(self.replication, is_export);
        // The first inventory shall not take longer than the next.
        for guest in cluster.guests.values() {
            guest.summary();
        }
        cluster
    }
}

impl Cluster {
    /// Every node started the guests that start with it: its oldest task.
    fn tell_of_boots(&mut self) {
        let boots: Vec<(Arc<str>, i64)> = self
            .nodes
            .iter()
            .map(|node| (node.name.clone(), node.boot_ms + 30_000))
            .collect();
        for (node, start_ms) in boots {
            let number = self.tasks.next_number();
            let (pid, pstart) = (1500, 3000);
            self.tasks.insert(Task {
                number,
                upid: upid(&node, (pid, pstart), start_ms, ("startall", ""), ROOT),
                node,
                pid,
                pstart,
                start_ms,
                kind: "startall".to_owned(),
                id: String::new(),
                user: ROOT.to_owned(),
                state: TaskState::Ended {
                    at_ms: start_ms + 2000,
                    exit: "OK".to_owned(),
                },
                has_begun: true,
                log: vec!["TASK OK".to_owned()],
                work: Work::Past,
                spoil: Spoil::default(),
            });
        }
    }
}

fn user(password: &str, token: &str, secret: &str) -> User {
    let token_of = Token {
        secret: secret.to_owned(),
        separated: false,
        expire_s: 0,
        comment: Some("made with the world".to_owned()),
    };
    User {
        password: Some(password.to_owned()),
        tokens: BTreeMap::from([(token.to_owned(), token_of)]),
        ..User::default()
    }
}

fn node(index: usize, spec: NodeSpec, setting: &Setting) -> Node {
    let seed = mix(setting.seed, &[text_seed(&spec.name)]);
    let mut random = Random::new(seed);
    let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
    let fingerprint: Vec<String> = (0..32)
        .map(|_| format!("{:02X}", random.below(256)))
        .collect();
    Node {
        id: number,
        ip: format!("10.0.{}.{}", number / 200, 10 + number % 200),
        online: spec.online,
        cores: spec.cores,
        memory_bytes: spec.memory_bytes,
        disk_bytes: 94 * GIB,
        load: Load::around(0.02, 0.05, seed).growing_from(setting.now_ms),
        fixed: spec.fixed,
        line: spec.line,
        skew_ms: 0,
        boot_ms: setting.now_ms - spec.uptime_s * 1000,
        runs: crate::cluster::runs::Runs::default(),
        next_pid: 1000 + random.below(800_000) as u32,
        fingerprint: fingerprint.join(":"),
        facts: BTreeMap::new(),
        name: Arc::from(spec.name),
    }
}

fn storage(spec: StorageSpec, setting: &Setting) -> Storage {
    let settings: &[(&str, String)] = match spec.plugin.as_str() {
        "dir" if spec.id == "local" => &[
            ("path", "/var/lib/vz".to_owned()),
            ("prune-backups", "keep-all=1".to_owned()),
        ],
        "dir" | "cephfs" => &[("path", format!("/mnt/pve/{}", spec.id))],
        "lvmthin" => &[
            ("vgname", "pve".to_owned()),
            ("thinpool", "data".to_owned()),
        ],
        "lvm" => &[("vgname", spec.id.clone())],
        "zfspool" => &[("pool", format!("rpool/{}", spec.id))],
        "nfs" => &[
            ("path", format!("/mnt/pve/{}", spec.id)),
            ("server", "10.0.0.5".to_owned()),
            ("export", format!("/export/{}", spec.id)),
        ],
        "cifs" => &[
            ("path", format!("/mnt/pve/{}", spec.id)),
            ("server", "10.0.0.5".to_owned()),
            ("share", spec.id.clone()),
        ],
        "rbd" => &[("pool", spec.id.clone()), ("krbd", "0".to_owned())],
        "pbs" => &[
            ("server", "10.0.0.6".to_owned()),
            ("datastore", spec.id.clone()),
            ("username", "backup@pbs".to_owned()),
        ],
        _ => &[],
    };
    Storage {
        settings: settings
            .iter()
            .map(|(key, value)| ((*key).to_owned(), value.clone()))
            .collect(),
        id: spec.id,
        plugin: spec.plugin,
        content: spec.content,
        shared: spec.shared,
        nodes: spec.nodes,
        enabled: spec.enabled,
        active: spec.active,
        total_bytes: spec.total_bytes,
        used_bytes: spec.used_bytes,
        grown_bytes: BTreeMap::new(),
        growth: Growth {
            // A world without an instant of its own begins now.
            right_at_ms: if spec.growth.right_at_ms == 0 {
                setting.now_ms
            } else {
                spec.growth.right_at_ms
            },
            ..spec.growth
        },
        on_nodes: BTreeMap::new(),
    }
}

fn guest(spec: GuestSpec, node: Arc<str>, setting: &Setting) -> Guest {
    let since_ms = setting.now_ms - spec.uptime_s * 1000;
    let seed = mix(setting.seed, &[u64::from(spec.vmid), 11]);
    let run = match spec.power {
        Power::Running => RunState::Running { since_ms },
        Power::Paused => RunState::Paused { since_ms },
        Power::Stopped => RunState::Stopped,
    };
    let mut without_notes = spec.config.clone();
    without_notes.remove("description");
    let mut snapshots = BTreeMap::new();
    let mut parent: Option<String> = None;
    let mut in_order = spec.snapshots;
    in_order.sort_by_key(|snapshot| snapshot.time_s);
    for snapshot in in_order {
        snapshots.insert(
            snapshot.name.clone(),
            Snapshot {
                description: snapshot.description,
                time_s: snapshot.time_s,
                parent: parent.clone(),
                with_ram: snapshot.with_ram,
                state_volume: None,
                running: None,
                state: None,
                config: without_notes.clone(),
            },
        );
        parent = Some(snapshot.name);
    }
    let (cpu, memory) = spec.load;
    let load = if spec.load_is_fixed {
        match spec.line {
            Some(line) => Load::fixed(cpu, memory, seed).along(line),
            None => Load::fixed(cpu, memory, seed),
        }
    } else {
        Load::around(cpu, memory, seed).growing_from(setting.now_ms)
    };
    Guest {
        vmid: spec.vmid,
        kind: spec.kind,
        node,
        config: spec.config.into(),
        pending: BTreeMap::new(),
        snapshots,
        parent,
        lock: spec.lock,
        lock_owner: None,
        holder: None,
        run,
        was: None,
        runs: crate::cluster::runs::Runs::default(),
        pid: 0,
        pool: spec.pool,
        load,
        agent_answers: spec.agent_answers,
        has_system: true,
        running_qemu: match (spec.kind, run.is_running()) {
            (GuestKind::Qemu, true) => Some(
                spec.running_qemu
                    .unwrap_or_else(|| setting.version.qemu().to_owned()),
            ),
            _ => None,
        },
        digest_shown: None,
    }
}
