//! Worlds made up from a seed.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{FIRST, MORE, Role};
use super::{GuestSpec, NodeSpec, Power, SnapshotSpec, StorageSpec, TaskSpec, World};
use crate::cluster::disk::size_text;
use crate::cluster::guest::{GIB, GuestKind};
use crate::cluster::node::Growth;
use crate::random::{Random, mix};

/// First guest number of a seeded world.
const FIRST_VMID: u32 = 100;
const TIB: u64 = 1024 * GIB;

impl World {
    /// A cluster of that many nodes and guests. With 20 guests or more, `web-01` to `web-03` run in it.
    ///
    /// The same numbers and seed give the same world.
    pub fn seeded(nodes: usize, guests: usize, seed: u64) -> Self {
        let nodes = nodes.max(1);
        let mut random = Random::new(mix(seed, &[nodes as u64, guests as u64]));
        let node_names: Vec<String> = (1..=nodes).map(|number| format!("pve{number}")).collect();
        let per_node = guests.div_ceil(nodes);
        let mut world = Self {
            cluster: (nodes > 1).then(|| "demo".to_owned()),
            quorate: true,
            nodes: node_names
                .iter()
                .map(|name| node(name, per_node, &mut random))
                .collect(),
            storages: storages(guests, Random::new(mix(seed, &[guests as u64, 9]))),
            ..Self::default()
        };
        let mut taken = BTreeMap::new();
        let mut pools = BTreeSet::new();
        for index in 0..guests {
            let template = is_template(index, guests);
            let role = match FIRST.get(index) {
                Some(role) => Some(role),
                None if template => MORE.iter().find(|role| role.kind == GuestKind::Qemu),
                None => random.pick(MORE),
            };
            let Some(role) = role else { break };
            let vmid = FIRST_VMID + u32::try_from(index).unwrap_or(u32::MAX / 2);
            // Neighbours in the list stand on different nodes, as people place them.
            let node = node_names.get(index % nodes).cloned().unwrap_or_default();
            let is_first = index < FIRST.len();
            let mut spec = guest(role, vmid, node, &mut taken, &mut random);
            if is_first && index < 5 {
                spec.power = Power::Running;
            }
            if template {
                make_template(&mut spec);
            }
            pools.extend(spec.pool.clone());
            world.guests.push(spec);
        }
        world.pools = pools
            .into_iter()
            .map(|id| {
                let comment = format!("{} systems", capitalized(&id));
                (id, comment)
            })
            .collect();
        world
    }

    /// Gives a seeded world the past that belongs to its instant: old tasks and snapshots.
    pub(crate) fn with_past(mut self, now_ms: i64, seed: u64) -> Self {
        if self.now.is_some() {
            return self;
        }
        let mut random = Random::new(mix(seed, &[self.guests.len() as u64, 5]));
        let now_s = now_ms.div_euclid(1000);
        for (index, guest) in self.guests.iter_mut().enumerate() {
            for snapshot in &mut guest.snapshots {
                // Held as an age until the instant is known.
                snapshot.time_s += now_s;
            }
            if let Some(meta) = guest.config.get_mut("meta") {
                let age_s = 86_400 * (30 + random.below(600)) as i64;
                *meta = format!("{meta},ctime={}", now_s - age_s);
            }
            if index % 3 == 0 && index < 60 {
                let start_ms = now_ms - (1 + random.below(300)) as i64 * 60_000;
                let running = guest.power == Power::Running;
                let action = if running { "start" } else { "shutdown" };
                self.tasks.push(TaskSpec {
                    upid: None,
                    node: guest.node.clone(),
                    kind: format!("{}{action}", guest.kind.task_prefix()),
                    id: guest.vmid.to_string(),
                    user: "root@pam".to_owned(),
                    start_ms,
                    end: Some((start_ms + 2000 + random.below(5000) as i64, "OK".to_owned())),
                    log: vec!["TASK OK".to_owned()],
                });
            }
        }
        self.tasks.sort_by_key(|task| task.start_ms);
        self
    }
}

fn node(name: &str, guests: usize, random: &mut Random) -> NodeSpec {
    let cores = match guests {
        0..=24 => 32,
        25..=60 => 64,
        _ => 128,
    };
    NodeSpec {
        name: name.to_owned(),
        online: true,
        cores,
        memory_bytes: cores * 8 * GIB,
        fixed: None,
        line: None,
        uptime_s: (3 + random.below(90)) as i64 * 86_400 + random.below(80_000) as i64,
    }
}

fn storages(guests: usize, mut random: Random) -> Vec<StorageSpec> {
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let mut spec =
        |id: &str, plugin: &str, content: &str, shared, total_bytes, used_bytes| StorageSpec {
            id: id.to_owned(),
            plugin: plugin.to_owned(),
            content: words(content),
            shared,
            nodes: None,
            enabled: true,
            active: true,
            total_bytes,
            used_bytes,
            // From hardly at all to full within a year.
            growth: Growth {
                bytes_per_day: total_bytes as f64 * random.between(0.0002, 0.0018),
                right_at_ms: 0,
                days: 200.0,
                goes_on: true,
            },
        };
    let size = (guests as u64).max(20) * 200 * GIB;
    vec![
        spec(
            "local",
            "dir",
            "iso vztmpl backup snippets import",
            false,
            94 * GIB,
            31 * GIB,
        ),
        spec(
            "local-lvm",
            "lvmthin",
            "images rootdir",
            false,
            2 * TIB,
            700 * GIB,
        ),
        spec(
            "ceph-vm",
            "rbd",
            "images rootdir",
            true,
            size,
            size / 100 * 46,
        ),
        spec(
            "nfs-backup",
            "nfs",
            "backup iso vztmpl",
            true,
            size / 2,
            size / 100 * 21,
        ),
    ]
}

fn guest(
    role: &Role,
    vmid: u32,
    node: String,
    taken: &mut BTreeMap<&'static str, u32>,
    random: &mut Random,
) -> GuestSpec {
    let count = taken.entry(role.name).or_default();
    *count += 1;
    let name = if role.numbered && !role.name.contains("anna") && !is_single(role.name) {
        format!("{}-{count:02}", role.name)
    } else if *count > 1 {
        format!("{}-{count}", role.name)
    } else {
        role.name.to_owned()
    };
    let storage = if random.below(4) == 0 {
        "local-lvm"
    } else {
        "ceph-vm"
    };
    let power = if random.below(9) == 0 {
        Power::Stopped
    } else {
        Power::Running
    };
    let mut config = BTreeMap::new();
    let mut set = |key: &str, value: String| config.insert(key.to_owned(), value);
    set(role.kind.name_key(), name);
    set("cores", role.cores.to_string());
    set("memory", role.memory_mib.to_string());
    set("ostype", role.os.to_owned());
    set("onboot", u8::from(random.below(10) < 8).to_string());
    set("tags", role.tags.join(";"));
    let size = size_text(role.disk_gib);
    match role.kind {
        GuestKind::Qemu => {
            set(
                "scsi0",
                format!("{storage}:vm-{vmid}-disk-0,discard=on,iothread=1,size={size}"),
            );
            set(
                "net0",
                format!("virtio={},bridge=vmbr0,firewall=1", random.mac()),
            );
            set("boot", "order=scsi0;net0".to_owned());
            set("scsihw", "virtio-scsi-single".to_owned());
            set("cpu", "x86-64-v2-AES".to_owned());
            set("agent", "1".to_owned());
            set("numa", "0".to_owned());
            set("sockets", "1".to_owned());
            set("smbios1", format!("uuid={}", random.uuid()));
            set("vmgenid", random.uuid());
            set("meta", "creation-qemu=10.0.2".to_owned());
        }
        GuestKind::Lxc => {
            set("rootfs", format!("{storage}:vm-{vmid}-disk-0,size={size}"));
            set(
                "net0",
                format!(
                    "name=eth0,bridge=vmbr0,firewall=1,hwaddr={},ip=dhcp,type=veth",
                    random.mac()
                ),
            );
            set("swap", "512".to_owned());
            set("arch", "amd64".to_owned());
            set("unprivileged", "1".to_owned());
            set("features", "nesting=1".to_owned());
        }
    }
    if !role.notes.is_empty() {
        set("description", role.notes.to_owned());
    }
    let (cpu, memory) = role.load;
    let snapshots = if random.below(7) == 0 {
        vec![SnapshotSpec {
            name: "before-upgrade".to_owned(),
            time_s: -86_400 * (1 + random.below(60)) as i64,
            with_ram: false,
            description: "before the upgrade".to_owned(),
        }]
    } else {
        Vec::new()
    };
    GuestSpec {
        vmid,
        kind: role.kind,
        node,
        power,
        uptime_s: 600 + random.below(40 * 86_400) as i64,
        config,
        pool: role.pool.map(str::to_owned),
        lock: None,
        agent_answers: role.kind == GuestKind::Qemu && random.below(5) > 0,
        snapshots,
        load: (
            cpu * random.between(0.6, 1.5),
            (memory * random.between(0.85, 1.15)).min(0.93),
        ),
        load_is_fixed: false,
        line: None,
        running_qemu: None,
    }
}

/// One of a kind: the name has no number.
fn is_single(name: &str) -> bool {
    matches!(
        name,
        "gitlab" | "mail" | "jenkins" | "homeassistant" | "shop-test"
    )
}

/// One template in small worlds, two in larger ones: the last guests.
fn is_template(index: usize, guests: usize) -> bool {
    (guests > FIRST.len() && index + 1 == guests) || (guests >= 40 && index + 2 == guests)
}

fn make_template(spec: &mut GuestSpec) {
    let name = format!("tpl-debian13-{}", spec.vmid);
    spec.power = Power::Stopped;
    spec.pool = None;
    spec.snapshots.clear();
    spec.config.insert(spec.kind.name_key().to_owned(), name);
    spec.config.insert("template".to_owned(), "1".to_owned());
    spec.config.insert("tags".to_owned(), "template".to_owned());
    spec.config.insert("onboot".to_owned(), "0".to_owned());
    for value in spec.config.values_mut() {
        if value.contains(":vm-") {
            *value = value.replace(":vm-", ":base-");
        }
    }
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
