//! Which backups a retention keeps, and removing the others.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::refusal::Refusal;
use crate::cluster::volumes::StoredVolume;
use crate::cluster::work::{Job, Takes, TaskContext};

const PATH: &str = "/nodes/{node}/storage/{storage}/prunebackups";

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get(PATH, preview).checked(
            "/storage/{storage}",
            &["Datastore.Audit", "Datastore.AllocateSpace"],
        ),
        Route::delete(PATH, prune)
            .checked(
                "/storage/{storage}",
                &["Datastore.Allocate", "Datastore.AllocateSpace"],
            )
            .records("backup.prune", "storage/{storage}"),
    ]
}

/// A backup and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) volid: String,
    pub(crate) created_s: i64,
    pub(crate) kind: String,
    pub(crate) vmid: Option<u32>,
    /// `keep`, `remove`, `protected` or `renamed`.
    pub(crate) mark: &'static str,
}

/// Marks the backups of a storage whose names begin so.
pub(crate) fn marks(
    cluster: &Cluster,
    (node, storage, start): (&str, &str, &str),
    keep: &str,
    wanted: &dyn Fn(&StoredVolume) -> bool,
) -> Vec<Row> {
    let Some(storage) = cluster.storage(storage) else {
        return Vec::new();
    };
    let mut groups: BTreeMap<(String, Option<u32>), Vec<Row>> = BTreeMap::new();
    let mut rows = Vec::new();
    for (volid, volume) in cluster.volumes_below(node, storage, start.to_owned()) {
        if volume.content != "backup" || !wanted(volume) {
            continue;
        }
        let kind = kind_of(&volid);
        let mut row = Row {
            created_s: volume.created_s,
            kind: kind.to_owned(),
            vmid: volume.vmid,
            mark: "remove",
            volid,
        };
        if volume.protected {
            row.mark = "protected";
            rows.push(row);
        } else if row.vmid.is_none() || kind == "unknown" {
            row.mark = "renamed";
            rows.push(row);
        } else {
            groups
                .entry((row.kind.clone(), row.vmid))
                .or_default()
                .push(row);
        }
    }
    for mut group in groups.into_values() {
        group.sort_by_key(|row| std::cmp::Reverse(row.created_s));
        mark_group(&mut group, keep);
        rows.append(&mut group);
    }
    rows.sort_by(|a, b| a.volid.cmp(&b.volid));
    rows
}

pub(crate) fn kind_of(volid: &str) -> &'static str {
    if volid.contains("vzdump-qemu-") || volid.contains("/vm/") {
        "qemu"
    } else if volid.contains("vzdump-lxc-") || volid.contains("/ct/") {
        "lxc"
    } else {
        "unknown"
    }
}

/// Newest first; options in PVE's order; each covers what earlier ones kept.
fn mark_group(group: &mut [Row], keep: &str) {
    let numbers: BTreeMap<&str, usize> = keep
        .split(',')
        .filter_map(|part| part.split_once('='))
        .filter_map(|(name, number)| Some((name.trim(), number.trim().parse().ok()?)))
        .collect();
    let number = |name: &str| numbers.get(name).copied().unwrap_or(0);
    let options: [(&str, &str); 6] = [
        ("keep-last", ""),
        ("keep-hourly", "%Y/%m/%d/%H"),
        ("keep-daily", "%Y/%m/%d"),
        ("keep-weekly", "%G/%V"),
        ("keep-monthly", "%Y/%m"),
        ("keep-yearly", "%Y"),
    ];
    if number("keep-all") > 0 || options.iter().all(|(name, _)| number(name) == 0) {
        for row in group {
            row.mark = "keep";
        }
        return;
    }
    let mut undecided: Vec<bool> = vec![true; group.len()];
    for (name, spelling) in options {
        let count = number(name);
        if count == 0 {
            continue;
        }
        let id_of = |row: &Row| {
            if spelling.is_empty() {
                return row.created_s.to_string();
            }
            Timestamp::from_second(row.created_s)
                .unwrap_or_default()
                .to_zoned(TimeZone::UTC)
                .strftime(spelling)
                .to_string()
        };
        let covered: BTreeSet<String> = group
            .iter()
            .zip(&undecided)
            .filter(|(row, undecided)| !**undecided && row.mark == "keep")
            .map(|(row, _)| id_of(row))
            .collect();
        let mut new: BTreeSet<String> = BTreeSet::new();
        for (row, undecided) in group.iter_mut().zip(&mut undecided) {
            let id = id_of(row);
            if !*undecided || covered.contains(&id) {
                continue;
            }
            if new.contains(&id) {
                row.mark = "remove";
                *undecided = false;
                continue;
            }
            if new.len() >= count {
                break;
            }
            new.insert(id);
            row.mark = "keep";
            *undecided = false;
        }
    }
}

fn retention(cluster: &Cluster, request: &Request<'_>) -> Result<String, Refusal> {
    let id = request.in_path("storage");
    let storage = super::storage::usable(cluster, request.node(), id)?;
    if let Some(text) = request.text("prune-backups") {
        let alone = text.split(',').all(|part| part.starts_with("keep-all"));
        if text.contains("keep-all=1") && !alone {
            return Err(Refusal::parameter(
                "prune-backups",
                "invalid format - keep-all cannot be set together with other options.\n",
            ));
        }
        return Ok(text);
    }
    storage
        .settings
        .get("prune-backups")
        .cloned()
        .ok_or_else(|| {
            Refusal::died(format!(
                "no prune-backups options configured for storage '{id}'"
            ))
        })
}

fn rows(cluster: &Cluster, request: &Request<'_>) -> Result<Vec<Row>, Refusal> {
    let keep = retention(cluster, request)?;
    let vmid = request
        .number("vmid")
        .and_then(|vmid| u32::try_from(vmid).ok());
    let kind = request.text("type");
    let place = (request.node(), request.in_path("storage"), "");
    let mut rows = marks(cluster, place, &keep, &|volume| {
        vmid.is_none() || volume.vmid == vmid
    });
    rows.retain(|row| kind.as_ref().is_none_or(|kind| row.kind == *kind));
    Ok(rows)
}

fn preview(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let rows: Value = rows(cluster, request)?
        .into_iter()
        .map(|row| {
            let mut map = Map::from_iter([
                ("volid".to_owned(), Value::from(row.volid)),
                ("ctime".to_owned(), row.created_s.into()),
                ("type".to_owned(), row.kind.into()),
                ("mark".to_owned(), row.mark.into()),
            ]);
            if let Some(vmid) = row.vmid {
                map.insert("vmid".to_owned(), vmid.into());
            }
            Value::Object(map)
        })
        .collect();
    Ok(rows.into())
}

fn prune(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let gone = match rows(cluster, request) {
        Ok(rows) => Ok(rows
            .into_iter()
            .filter(|row| row.mark == "remove")
            .map(|row| row.volid)
            .collect()),
        // That nothing says what to keep is found by the task.
        Err(refusal) if refusal.reason().starts_with("no prune-backups options") => {
            Err(refusal.reason().to_owned())
        }
        Err(refusal) => return Err(refusal),
    };
    let storage = request.in_path("storage");
    let id = match request.text("vmid") {
        Some(vmid) => format!("{vmid}@{storage}"),
        None => storage.to_owned(),
    };
    Ok(request.start(cluster, ("prunebackups", &id), Prune { gone }))
}

/// Removes backups.
#[derive(Debug)]
struct Prune {
    gone: Result<Vec<String>, String>,
}

impl Job for Prune {
    fn begin(&self, _: &mut Cluster, _: &TaskContext) -> Result<Takes, String> {
        self.gone
            .as_ref()
            .map(|_| Takes::ms(300.0))
            .map_err(Clone::clone)
    }

    fn finish(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<(), String> {
        for volid in self.gone.iter().flatten() {
            cluster
                .tasks
                .say(task.number, format!("removing backup '{volid}'"));
            cluster.remove_volume(&task.node, volid);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keeps(keep: &str, times: &[&str]) -> Vec<&'static str> {
        let mut group: Vec<Row> = times
            .iter()
            .map(|time| Row {
                volid: String::new(),
                created_s: time.parse::<Timestamp>().unwrap().as_second(),
                kind: "qemu".to_owned(),
                vmid: Some(100),
                mark: "remove",
            })
            .collect();
        mark_group(&mut group, keep);
        group.into_iter().map(|row| row.mark).collect()
    }

    #[test]
    fn a_daily_retention_keeps_the_newest_of_each_day() {
        let times = [
            "2026-01-03T10:00:00Z",
            "2026-01-03T02:00:00Z",
            "2026-01-02T02:00:00Z",
            "2026-01-01T02:00:00Z",
        ];
        assert_eq!(
            keeps("keep-daily=2", &times),
            ["keep", "remove", "keep", "remove"]
        );
        assert_eq!(
            keeps("keep-last=1,keep-daily=2", &times),
            ["keep", "remove", "keep", "keep"]
        );
        assert_eq!(keeps("keep-all=1", &times), ["keep"; 4]);
    }

    #[test]
    fn marks_are_those_of_a_real_server() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../../shared/facts/pve/golden/vectors_prune_backups.jsonl");
        let Ok(text) = std::fs::read_to_string(path) else {
            return;
        };
        for line in text.lines().filter(|line| !line.is_empty()) {
            let record: serde_json::Value = serde_json::from_str(line).unwrap();
            let Some(entries) = record["backups"].as_array() else {
                continue;
            };
            let keep: Vec<String> = record["keep"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, number)| format!("{name}={}", number.to_string().trim_matches('"')))
                .collect();
            let mut group: Vec<Row> = entries
                .iter()
                .filter(|entry| entry["mark"] != "protected")
                .map(|entry| Row {
                    volid: String::new(),
                    created_s: entry["ctime"].as_i64().unwrap(),
                    kind: "qemu".to_owned(),
                    vmid: Some(100),
                    mark: "remove",
                })
                .collect();
            group.sort_by_key(|row| std::cmp::Reverse(row.created_s));
            mark_group(&mut group, &keep.join(","));
            for entry in entries.iter().filter(|entry| entry["mark"] != "protected") {
                let row = group
                    .iter()
                    .find(|row| Some(row.created_s) == entry["ctime"].as_i64())
                    .unwrap();
                assert_eq!(Some(row.mark), entry["mark"].as_str(), "{keep:?}");
            }
        }
    }
}
