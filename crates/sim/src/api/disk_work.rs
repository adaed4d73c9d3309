//! Work on the disks of a node: wipe them, make volume groups, thin pools, ZFS pools and directories on
//! them, and take those away again.

use std::collections::BTreeMap;

use serde_json::Value;

use super::node_disks::{disks_file, free_disk, look, made_file, zfs_tools};
use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::node::Storage;
use crate::cluster::refusal::Refusal;
use crate::cluster::settings::Section;
use crate::cluster::work::{Job, Takes, TaskContext};
use crate::schema::check::list_items;

pub(crate) fn routes() -> Vec<Route> {
    const MAY: &[&str] = &["Sys.Modify"];
    let made = |create: &'static str, remove: &'static str, make, drop| {
        [
            Route::post(create, make)
                .checked("/", MAY)
                .records("disk.create", "node/{node}"),
            Route::delete(remove, drop)
                .checked("/", MAY)
                .records("disk.remove", "node/{node}"),
        ]
    };
    let mut all = [
        made(
            "/nodes/{node}/disks/directory",
            "/nodes/{node}/disks/directory/{name}",
            |c, r| create(c, r, "directory"),
            |c, r| remove(c, r, "directory"),
        ),
        made(
            "/nodes/{node}/disks/lvm",
            "/nodes/{node}/disks/lvm/{name}",
            |c, r| create(c, r, "lvm"),
            |c, r| remove(c, r, "lvm"),
        ),
        made(
            "/nodes/{node}/disks/lvmthin",
            "/nodes/{node}/disks/lvmthin/{name}",
            |c, r| create(c, r, "lvmthin"),
            |c, r| remove(c, r, "lvmthin"),
        ),
        made(
            "/nodes/{node}/disks/zfs",
            "/nodes/{node}/disks/zfs/{name}",
            |c, r| create(c, r, "zfs"),
            |c, r| remove(c, r, "zfs"),
        ),
    ]
    .concat();
    all.extend([
        Route::put("/nodes/{node}/disks/wipedisk", |c, r| {
            touch(c, r, "wipedisk")
        })
        .checked("/", MAY)
        .records("disk.wipe", "node/{node}"),
        Route::post("/nodes/{node}/disks/initgpt", |c, r| {
            touch(c, r, "diskinit")
        })
        .checked("/", MAY)
        .records("disk.initialize", "node/{node}"),
    ]);
    all
}

/// What is made on a disk and the type of its task; `directory` is called `dir` there.
fn task_kind(kind: &str, end: &str) -> String {
    let start = if kind == "directory" { "dir" } else { kind };
    format!("{start}{end}")
}

fn create(
    cluster: &mut Cluster,
    request: &Request<'_>,
    kind: &'static str,
) -> Result<Answer, Refusal> {
    let node = request.node();
    let name = request.text("name").unwrap_or_default();
    if kind == "zfs" {
        zfs_tools(cluster, node)?;
    }
    let given = request.text(if kind == "zfs" { "devices" } else { "device" });
    let devices: Vec<String> = list_items(&given.unwrap_or_default())
        .map(str::to_owned)
        .collect();
    for device in &devices {
        free_disk(cluster, node, device).map_err(Refusal::died)?;
    }
    let add_storage = request.flag("add_storage");
    if add_storage {
        if !cluster.may(request.who, "/storage", "Datastore.Allocate") {
            return Err(Refusal::forbidden("/storage, Datastore.Allocate"));
        }
        if cluster.storage(&name).is_some() {
            return Err(Refusal::died(format!(
                "storage ID '{name}' already defined"
            )));
        }
    }
    let make = Make {
        kind,
        name: name.clone(),
        devices,
        filesystem: request
            .text("filesystem")
            .unwrap_or_else(|| "ext4".to_owned()),
        add_storage,
    };
    make.check(cluster, node).map_err(Refusal::died)?;
    Ok(request.start(cluster, (&task_kind(kind, "create"), &name), make))
}

/// Makes something on free disks.
#[derive(Debug)]
struct Make {
    kind: &'static str,
    name: String,
    devices: Vec<String>,
    filesystem: String,
    add_storage: bool,
}

impl Make {
    fn key(&self) -> String {
        format!("{}/{}", self.kind, self.name)
    }

    fn check(&self, cluster: &mut Cluster, node: &str) -> Result<(), String> {
        let name = &self.name;
        let is_there = cluster
            .settings
            .get(&made_file(node), &self.key())
            .is_some();
        if is_there {
            return Err(match self.kind {
                "directory" => format!("directory path '/mnt/pve/{name}' is already mounted"),
                "zfs" => format!("pool '{name}' already exists"),
                _ => format!("volume group with name '{name}' already exists on node '{node}'"),
            });
        }
        self.devices
            .iter()
            .try_for_each(|device| free_disk(cluster, node, device))
    }

    fn storage(&self, node: &str, size_bytes: u64) -> Storage {
        let (plugin, content, settings): (&str, &[&str], Vec<(&str, String)>) = match self.kind {
            "directory" => (
                "dir",
                &["images", "rootdir", "vztmpl", "iso", "backup", "snippets"],
                vec![
                    ("path", format!("/mnt/pve/{}", self.name)),
                    ("is_mountpoint", "1".to_owned()),
                ],
            ),
            "zfs" => (
                "zfspool",
                &["images", "rootdir"],
                vec![("pool", self.name.clone())],
            ),
            "lvmthin" => (
                "lvmthin",
                &["images", "rootdir"],
                vec![
                    ("thinpool", self.name.clone()),
                    ("vgname", self.name.clone()),
                ],
            ),
            _ => (
                "lvm",
                &["images", "rootdir"],
                vec![("vgname", self.name.clone())],
            ),
        };
        Storage {
            id: self.name.clone(),
            plugin: plugin.to_owned(),
            content: content.iter().map(|kind| (*kind).to_owned()).collect(),
            shared: false,
            nodes: Some(vec![node.to_owned()]),
            enabled: true,
            active: true,
            total_bytes: size_bytes,
            used_bytes: 0,
            grown_bytes: BTreeMap::new(),
            growth: crate::cluster::node::Growth::default(),
            on_nodes: BTreeMap::new(),
            settings: settings
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect(),
        }
    }
}

impl Job for Make {
    fn begin(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<Takes, String> {
        self.check(cluster, &task.node)?;
        Ok(Takes::ms(3500.0))
    }

    fn finish(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<(), String> {
        let file = disks_file(&task.node);
        let used = match self.kind {
            "directory" => "mounted",
            "zfs" => "ZFS",
            _ => "LVM",
        };
        let mut size_bytes = 0;
        for device in &self.devices {
            if let Some(disk) = cluster.settings.get_mut(&file, device) {
                size_bytes += disk.get("size").and_then(Value::as_u64).unwrap_or(0);
                disk.insert("used".to_owned(), used.into());
            }
        }
        let section = Section::from_iter([
            ("device".to_owned(), Value::from(self.devices.join(","))),
            ("size".to_owned(), size_bytes.into()),
            ("filesystem".to_owned(), self.filesystem.as_str().into()),
        ]);
        cluster
            .settings
            .insert(&made_file(&task.node), &self.key(), section);
        if self.add_storage {
            let storage = self.storage(&task.node, size_bytes);
            cluster.storages.push(storage);
        }
        Ok(())
    }
}

fn remove(
    cluster: &mut Cluster,
    request: &Request<'_>,
    kind: &'static str,
) -> Result<Answer, Refusal> {
    let name = request.in_path("name").to_owned();
    let take = Take {
        kind,
        name: name.clone(),
        config_too: request.flag("cleanup-config"),
        disks_too: request.flag("cleanup-disks"),
    };
    Ok(request.start(cluster, (&task_kind(kind, "remove"), &name), take))
}

/// Takes away what was made on disks.
#[derive(Debug)]
struct Take {
    kind: &'static str,
    name: String,
    config_too: bool,
    disks_too: bool,
}

impl Take {
    fn key(&self) -> String {
        format!("{}/{}", self.kind, self.name)
    }
}

impl Job for Take {
    fn begin(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<Takes, String> {
        let is_there = cluster
            .settings
            .get(&made_file(&task.node), &self.key())
            .is_some();
        if !is_there {
            return Err(format!(
                "'{}' was not made on a disk of this node",
                self.name
            ));
        }
        let mounted = cluster
            .volumes
            .keys()
            .any(|(_, storage, _)| *storage == self.name);
        if mounted {
            return Err(format!("'{}' is in use: it holds volumes", self.name));
        }
        Ok(Takes::ms(1500.0))
    }

    fn finish(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<(), String> {
        let made = cluster.settings.remove(&made_file(&task.node), &self.key());
        let devices = made
            .as_ref()
            .and_then(|section| section.get("device"))
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let file = disks_file(&task.node);
        for device in list_items(&devices) {
            if let Some(disk) = cluster.settings.get_mut(&file, device) {
                if self.disks_too {
                    disk.remove("used");
                } else if self.kind == "directory" {
                    disk.insert("used".to_owned(), "ext4".into());
                }
            }
        }
        if self.config_too {
            cluster.storages.retain(|storage| storage.id != self.name);
        }
        Ok(())
    }
}

fn touch(
    cluster: &mut Cluster,
    request: &Request<'_>,
    kind: &'static str,
) -> Result<Answer, Refusal> {
    let node = request.node();
    let disk = request.text("disk").unwrap_or_default();
    look(cluster, node);
    let Some(found) = cluster.settings.get(&disks_file(node), &disk) else {
        return Err(Refusal::died(format!("no such disk '{disk}'")));
    };
    let used = found.get("used").and_then(Value::as_str).unwrap_or("");
    // What is in use is not wiped; what only has old data on it may be.
    if matches!(used, "mounted" | "LVM" | "ZFS") || (kind == "diskinit" && !used.is_empty()) {
        return Err(Refusal::died(format!("device '{disk}' is already in use")));
    }
    let name = disk.trim_start_matches("/dev/").to_owned();
    Ok(request.start(cluster, (kind, &name), Touch { disk, kind }))
}

/// Wipes a disk or writes an empty partition table.
#[derive(Debug)]
struct Touch {
    disk: String,
    kind: &'static str,
}

impl Job for Touch {
    fn begin(&self, _: &mut Cluster, _: &TaskContext) -> Result<Takes, String> {
        Ok(Takes::ms(1200.0))
    }

    fn finish(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<(), String> {
        let file = disks_file(&task.node);
        let Some(disk) = cluster.settings.get_mut(&file, &self.disk) else {
            return Err(format!("no such disk '{}'", self.disk));
        };
        let gpt = u8::from(self.kind == "diskinit");
        disk.insert("gpt".to_owned(), gpt.into());
        disk.remove("used");
        Ok(())
    }
}
