//! Disks of a node, and what stands on them: volume groups, thin pools, ZFS pools, directories.

use serde_json::{Value, json};

use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::failing::{Wear, wear};
use crate::cluster::guest::GIB;
use crate::cluster::node::Storage;
use crate::cluster::refusal::Refusal;
use crate::cluster::settings::Section;
use crate::random::{Random, mix, text_seed};

pub(crate) fn routes() -> Vec<Route> {
    const SEE: &[&str] = &["Sys.Audit"];
    vec![
        Route::get("/nodes/{node}/disks/list", list).checked("/nodes/{node}", SEE),
        Route::get("/nodes/{node}/disks/smart", smart).checked("/", SEE),
        Route::get("/nodes/{node}/disks/lvm", lvm).checked("/", SEE),
        Route::get("/nodes/{node}/disks/lvmthin", thin_pools).checked("/", SEE),
        Route::get("/nodes/{node}/disks/directory", directories).checked("/", SEE),
        Route::get("/nodes/{node}/disks/zfs", zfs_pools).checked("/", SEE),
        Route::get("/nodes/{node}/disks/zfs/{name}", zfs_pool).checked("/", SEE),
    ]
}

/// The disks of a node: their files of sections, made on first use.
pub(crate) fn disks_file(node: &str) -> String {
    format!("{node}/disks")
}

/// What was made on the disks of a node: `lvm/NAME`, `lvmthin/NAME`, `zfs/NAME`, `directory/NAME`.
pub(crate) fn made_file(node: &str) -> String {
    format!("{node}/made on disks")
}

/// Looks at the disks of a node; the first look finds them.
pub(crate) fn look(cluster: &mut Cluster, node: &str) {
    let file = disks_file(node);
    if cluster.settings.all(&file).next().is_some() {
        return;
    }
    let mut random = Random::new(mix(cluster.seed, &[text_seed(node), 31]));
    let local = |plugins: &[&str]| {
        cluster
            .storages
            .iter()
            .any(|storage| plugins.contains(&storage.plugin.as_str()) && storage.is_on(node))
    };
    let used = if local(&["lvmthin", "lvm"]) {
        "LVM"
    } else if local(&["zfspool"]) {
        "ZFS"
    } else {
        "mounted"
    };
    let models = [
        ("SAMSUNG MZ7L3960HCJR-00A07", 960_197_124_096_u64),
        ("INTEL SSDSC2KB019T8", 1_920_383_410_176),
    ];
    for (index, (model, size)) in models.into_iter().enumerate() {
        let serial: String = (0..12)
            .map(|_| char::from(b'A' + u8::try_from(random.below(26)).unwrap_or(0)))
            .collect();
        let letter = if index == 0 { 'a' } else { 'b' };
        let mut disk = Section::from_iter([
            ("type".to_owned(), Value::from("ssd")),
            ("vendor".to_owned(), "ATA     ".into()),
            ("model".to_owned(), model.replace(' ', "_").into()),
            ("serial".to_owned(), serial.into()),
            ("size".to_owned(), size.into()),
            ("rpm".to_owned(), 0.into()),
            ("gpt".to_owned(), u8::from(index == 0).into()),
            (
                "wwn".to_owned(),
                format!("0x5002538{:09x}", random.below(1 << 36)).into(),
            ),
            ("health".to_owned(), "PASSED".into()),
            ("wearout".to_owned(), (80 + random.below(20)).into()),
            ("hours".to_owned(), (2000 + random.below(30_000)).into()),
        ]);
        if index == 0 {
            disk.insert("used".to_owned(), used.into());
        }
        let path = format!("/dev/sd{letter}");
        cluster.settings.insert(&file, &path, disk);
    }
}

/// What SMART tells of a disk now.
fn wear_of(cluster: &Cluster, node: &str, path: &str, disk: &Section) -> Wear {
    let life_left = disk.get("wearout").and_then(Value::as_u64).unwrap_or(0);
    wear(cluster.decline(node, path), life_left, cluster.now_ms)
}

/// A new disk of the same kind is put in the place of one; what was on that one stays known.
pub(crate) fn replace(cluster: &mut Cluster, node: &str, path: &str) {
    look(cluster, node);
    cluster.failing.remove(&(node.to_owned(), path.to_owned()));
    let number = cluster.access.next_secret();
    let mut random = Random::new(mix(cluster.seed, &[number, text_seed(path)]));
    if let Some(disk) = cluster.settings.get_mut(&disks_file(node), path) {
        let serial: String = (0..12)
            .map(|_| char::from(b'A' + u8::try_from(random.below(26)).unwrap_or(0)))
            .collect();
        disk.insert("serial".to_owned(), serial.into());
        disk.insert("wearout".to_owned(), 100.into());
        disk.insert("hours".to_owned(), 0.into());
    }
}

fn is_used(disk: &Section) -> bool {
    disk.contains_key("used")
}

/// A disk that is there and free, or PVE's refusal.
pub(crate) fn free_disk(cluster: &mut Cluster, node: &str, path: &str) -> Result<(), String> {
    look(cluster, node);
    match cluster.settings.get(&disks_file(node), path) {
        None => Err(format!("unable to get device info for '{path}'")),
        Some(disk) if is_used(disk) => Err(format!("device '{path}' is already in use")),
        Some(_) => Ok(()),
    }
}

fn list(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    look(cluster, request.node());
    let kind = request.text("type");
    let rows: Value = cluster
        .settings
        .all(&disks_file(request.node()))
        .filter(|(_, disk)| kind.is_none() || !is_used(disk))
        .map(|(path, disk)| {
            let mut row = disk.clone();
            row.remove("hours");
            let wear = wear_of(cluster, request.node(), path, disk);
            row.insert("wearout".to_owned(), wear.life_left.into());
            if wear.has_failed {
                row.insert("health".to_owned(), "FAILED".into());
            }
            row.insert("devpath".to_owned(), path.into());
            row.insert("osdid".to_owned(), (-1).into());
            row.insert("osdid-list".to_owned(), Value::Null);
            if disk.get("used").and_then(Value::as_str) == Some("mounted") {
                row.insert("mounted".to_owned(), 1.into());
            }
            if request.flag("skipsmart") {
                row.remove("health");
                row.remove("wearout");
            }
            Value::Object(row)
        })
        .collect();
    Ok(rows.into())
}

fn smart(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    look(cluster, request.node());
    let path = request.text("disk").unwrap_or_default();
    let Some(disk) = cluster.settings.get(&disks_file(request.node()), &path) else {
        return Err(Refusal::died(format!("no such disk '{path}'")));
    };
    let wear = wear_of(cluster, request.node(), &path, disk);
    let health = match disk.get("health") {
        Some(_) if wear.has_failed => "FAILED".into(),
        Some(health) => health.clone(),
        None => "UNKNOWN".into(),
    };
    if request.flag("healthonly") {
        return Ok(json!({ "health": health }).into());
    }
    let hours = disk.get("hours").and_then(Value::as_u64).unwrap_or(0);
    let up_ms = u64::try_from(cluster.now_ms - cluster.boot_ms).unwrap_or(0);
    let attribute = |id: u8, name: &str, (normal, threshold): (u64, u64), raw: u64| {
        // A mark at its threshold or below says that the disk is failing.
        let fail = if threshold > 0 && normal <= threshold {
            "NOW"
        } else {
            "-"
        };
        json!({
            "id": format!("{id:>3}"), "name": name, "value": format!("{normal:03}"), "normalized": normal,
            "worst": format!("{normal:03}"), "threshold": format!("{threshold:03}"), "fail": fail,
            "flags": "-O--CK", "raw": raw.to_string(),
        })
    };
    let worn = (100 - wear.life_left.min(100)) * 12;
    let uncorrected = 100 - wear.uncorrected.min(99);
    Ok(json!({
        "health": health, "type": "ata", "wearout": wear.life_left,
        "attributes": [
            attribute(5, "Reallocated_Sector_Ct", (wear.reallocated_mark, 10), wear.reallocated),
            attribute(9, "Power_On_Hours", (98, 0), hours + up_ms / 3_600_000),
            attribute(12, "Power_Cycle_Count", (99, 0), 14),
            attribute(177, "Wear_Leveling_Count", (wear.life_left, 5), worn),
            attribute(187, "Reported_Uncorrect", (uncorrected, 0), wear.uncorrected),
            attribute(194, "Temperature_Celsius", (100 - wear.temperature, 0), wear.temperature),
            attribute(197, "Current_Pending_Sector", (100 - wear.pending, 0), wear.pending),
        ],
    })
    .into())
}

/// Whether a disk below a pool has failed.
fn stands_on_failed(cluster: &Cluster, node: &str, devices: &str) -> bool {
    devices.split(',').any(|device| {
        // `/dev/sda3` is on `/dev/sda`.
        let disk = device.trim_end_matches(|c: char| c.is_ascii_digit());
        wear(cluster.decline(node, disk), 100, cluster.now_ms).has_failed
    })
}

/// The devices of a pool; the node's own stands on the last part of its first disk.
fn devices_of_pool(cluster: &Cluster, node: &str, pool: &str) -> String {
    made(cluster, node, "zfs")
        .find(|(known, _)| *known == pool)
        .map_or("/dev/sda3", |(_, section)| device_of(section))
        .to_owned()
}

/// The storages of a plug-in on a node, with what they hold and are.
fn storages<'a>(
    cluster: &'a Cluster,
    node: &'a str,
    plugin: &'a str,
) -> impl Iterator<Item = (&'a Storage, u64)> {
    let id = cluster.node(node).map_or(0, |node| node.id);
    cluster
        .storages
        .iter()
        .filter(move |storage| storage.plugin == plugin && storage.is_on(node))
        .map(move |storage| (storage, storage.used_on(node, id, cluster.now_ms)))
}

fn setting<'a>(storage: &'a Storage, key: &str) -> &'a str {
    storage
        .settings
        .get(key)
        .map_or(storage.id.as_str(), String::as_str)
}

/// What was made on the disks: name, size, and the disk.
pub(super) fn made<'a>(
    cluster: &'a Cluster,
    node: &str,
    kind: &'a str,
) -> impl Iterator<Item = (&'a str, &'a Section)> {
    cluster
        .settings
        .all(&made_file(node))
        .filter_map(move |(name, section)| {
            let name = name.strip_prefix(kind)?.strip_prefix('/')?;
            Some((name, section))
        })
        .collect::<Vec<_>>()
        .into_iter()
}

pub(super) fn size_of(section: &Section) -> u64 {
    section.get("size").and_then(Value::as_u64).unwrap_or(0)
}

fn device_of(section: &Section) -> &str {
    section.get("device").and_then(Value::as_str).unwrap_or("")
}

fn lvm(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let node = request.node();
    let group = |name: &str, size: u64, free: u64, volumes: u64, device: &str| {
        json!({
            "name": name, "size": size, "free": free, "lvcount": volumes, "leaf": 0,
            "children": [{ "name": device, "size": size, "free": free, "leaf": 1 }],
        })
    };
    let mut groups: Vec<Value> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    let thin = storages(cluster, node, "lvmthin");
    for (storage, used) in thin.chain(storages(cluster, node, "lvm")) {
        let name = setting(storage, "vgname");
        if seen.contains(&name) {
            continue;
        }
        seen.push(name);
        let free = if storage.plugin == "lvm" {
            storage.total_bytes.saturating_sub(used)
        } else {
            16 * GIB
        };
        groups.push(group(
            name,
            storage.total_bytes + free,
            free,
            3,
            "/dev/sda3",
        ));
    }
    for kind in ["lvm", "lvmthin"] {
        for (name, section) in made(cluster, node, kind) {
            let is_thin = kind == "lvmthin";
            let free = if is_thin { 0 } else { size_of(section) };
            groups.push(group(
                name,
                size_of(section),
                free,
                u64::from(is_thin),
                device_of(section),
            ));
        }
    }
    Ok(json!({ "leaf": 0, "children": groups }).into())
}

fn thin_pools(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let node = request.node();
    let pool = |name: &str, group: &str, size: u64, used: u64| {
        json!({
            "lv": name, "vg": group, "lv_size": size, "used": used, "metadata_size": size / 100,
            "metadata_used": used / 400,
        })
    };
    let rows: Value = storages(cluster, node, "lvmthin")
        .map(|(storage, used)| {
            pool(
                setting(storage, "thinpool"),
                setting(storage, "vgname"),
                storage.total_bytes,
                used,
            )
        })
        .chain(
            made(cluster, node, "lvmthin")
                .map(|(name, section)| pool(name, name, size_of(section), 0)),
        )
        .collect();
    Ok(rows.into())
}

fn directories(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let rows: Value = made(cluster, request.node(), "directory")
        .map(|(name, section)| {
            json!({
                "path": format!("/mnt/pve/{name}"), "device": device_of(section), "options": "defaults",
                "type": section.get("filesystem"),
                "unitfile": format!("/etc/systemd/system/mnt-pve-{}.mount", name.replace('-', "\\x2d")),
            })
        })
        .collect();
    Ok(rows.into())
}

/// A node without a ZFS storage was installed without the tools for it.
pub(crate) fn zfs_tools(cluster: &Cluster, node: &str) -> Result<(), Refusal> {
    if storages(cluster, node, "zfspool").next().is_some() {
        return Ok(());
    }
    Err(Refusal::died("zfsutils-linux not installed"))
}

/// Pools: name, size, used bytes.
fn pools(cluster: &Cluster, node: &str) -> Vec<(String, u64, u64)> {
    let mut pools: Vec<(String, u64, u64)> = Vec::new();
    for (storage, used) in storages(cluster, node, "zfspool") {
        let name = setting(storage, "pool")
            .split('/')
            .next()
            .unwrap_or_default();
        match pools.iter_mut().find(|(known, ..)| known == name) {
            Some((_, size, sum)) => {
                *size = (*size).max(storage.total_bytes);
                *sum += used;
            }
            None => pools.push((name.to_owned(), storage.total_bytes, used)),
        }
    }
    pools.extend(
        made(cluster, node, "zfs").map(|(name, section)| (name.to_owned(), size_of(section), 0)),
    );
    pools
}

fn zfs_pools(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    zfs_tools(cluster, request.node())?;
    let rows: Value = pools(cluster, request.node())
        .into_iter()
        .map(|(name, size, used)| {
            let devices = devices_of_pool(cluster, request.node(), &name);
            let health = if stands_on_failed(cluster, request.node(), &devices) {
                "DEGRADED"
            } else {
                "ONLINE"
            };
            json!({
                "name": name, "size": size, "alloc": used, "free": size.saturating_sub(used),
                "frag": 7, "dedup": 1, "health": health,
            })
        })
        .collect();
    Ok(rows.into())
}

fn zfs_pool(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    zfs_tools(cluster, request.node())?;
    let wanted = request.in_path("name");
    let all = pools(cluster, request.node());
    let Some((name, ..)) = all.iter().find(|(name, ..)| name == wanted) else {
        return Err(Refusal::died(format!(
            "command '/sbin/zpool status -P {wanted}' failed: exit code 1"
        )));
    };
    let devices = devices_of_pool(cluster, request.node(), name);
    let has_failed = |devices: &str| stands_on_failed(cluster, request.node(), devices);
    let leaf = |device: &str| {
        let (state, errors, text) = if has_failed(device) {
            ("DEGRADED", "87", "too many errors")
        } else {
            ("ONLINE", "0", "")
        };
        json!({
            "name": device, "state": state, "read": errors, "write": "0", "cksum": errors,
            "msg": text, "leaf": 1,
        })
    };
    let children: Vec<Value> = devices.split(',').map(leaf).collect();
    let state = if has_failed(&devices) {
        "DEGRADED"
    } else {
        "ONLINE"
    };
    let mut pool = json!({
        "name": name, "state": state, "errors": "No known data errors", "leaf": 0,
        "children": [{
            "name": name, "state": state, "read": "0", "write": "0", "cksum": "0", "msg": "", "leaf": 0,
            "children": children,
        }],
    });
    if state == "DEGRADED"
        && let Some(map) = pool.as_object_mut()
    {
        for (key, text) in [
            (
                "status",
                "One or more devices are faulted in response to persistent errors.\nSufficient \
                 replicas exist for the pool to continue functioning in a degraded state.",
            ),
            (
                "action",
                "Replace the faulted device, or use 'zpool clear' to mark the device repaired.",
            ),
        ] {
            map.insert(key.to_owned(), text.into());
        }
    }
    Ok(pool.into())
}
