//! Volumes, backups and backup jobs as the neutral JSON of a world lists them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::VolumeSpec;
use crate::cluster::guest::{GIB, GuestKind};

#[derive(Deserialize)]
pub(super) struct VolumeJson {
    volid: String,
    content: String,
    #[serde(default)]
    size_gb: f64,
    vmid: Option<u32>,
}

#[derive(Deserialize)]
pub(super) struct BackupJson {
    volid: String,
    vmid: u32,
    guest_type: String,
    time: Timestamp,
    #[serde(default)]
    size_gb: f64,
    #[serde(default)]
    protected: bool,
    #[serde(default)]
    notes: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct JobJson {
    id: String,
    schedule: String,
    storage: String,
    mode: String,
    enabled: bool,
    #[serde(default)]
    selection: SelectionJson,
    #[serde(default)]
    retention: BTreeMap<String, Value>,
}

#[derive(Deserialize, Default)]
struct SelectionJson {
    #[serde(default)]
    all: bool,
    #[serde(default)]
    pool: Option<String>,
    #[serde(default)]
    exclude: Vec<u32>,
    #[serde(default)]
    vmids: Vec<u32>,
}

fn bytes(gb: f64) -> u64 {
    (gb * GIB as f64) as u64
}

pub(super) fn volumes(volumes: Vec<VolumeJson>, backups: Vec<BackupJson>) -> Vec<VolumeSpec> {
    let listed = volumes.into_iter().map(|volume| VolumeSpec {
        content: match volume.content.as_str() {
            "iso" => "iso",
            "vztmpl" => "vztmpl",
            "snippets" => "snippets",
            "import" => "import",
            "backup" => "backup",
            "rootdir" => "rootdir",
            _ => "images",
        },
        size_bytes: bytes(volume.size_gb),
        vmid: volume.vmid,
        kind: None,
        created_s: None,
        notes: None,
        protected: false,
        volid: volume.volid,
    });
    let backups = backups.into_iter().map(|backup| VolumeSpec {
        content: "backup",
        size_bytes: bytes(backup.size_gb),
        vmid: Some(backup.vmid),
        kind: GuestKind::parse(&backup.guest_type),
        created_s: Some(backup.time.as_second()),
        notes: backup.notes.filter(|notes| !notes.is_empty()),
        protected: backup.protected,
        volid: backup.volid,
    });
    listed.chain(backups).collect()
}

/// A backup job: its id and its options.
pub(super) fn job(job: JobJson) -> (String, BTreeMap<String, String>) {
    let mut options = BTreeMap::from([
        ("schedule".to_owned(), job.schedule),
        ("storage".to_owned(), job.storage),
        ("mode".to_owned(), job.mode),
        ("enabled".to_owned(), u8::from(job.enabled).to_string()),
    ]);
    let numbers = |vmids: &[u32]| {
        vmids
            .iter()
            .map(u32::to_string)
            .collect::<Vec<_>>()
            .join(",")
    };
    if !job.selection.vmids.is_empty() {
        options.insert("vmid".to_owned(), numbers(&job.selection.vmids));
    } else if let Some(pool) = job.selection.pool {
        options.insert("pool".to_owned(), pool);
    } else if job.selection.all || !job.selection.exclude.is_empty() {
        options.insert("all".to_owned(), "1".to_owned());
    }
    if !job.selection.exclude.is_empty() {
        options.insert("exclude".to_owned(), numbers(&job.selection.exclude));
    }
    let keep: Vec<String> = job
        .retention
        .iter()
        .filter_map(|(name, number)| {
            let number = number.as_u64()?;
            let name = name.strip_prefix("keep-").unwrap_or(name).replace('_', "-");
            Some(format!(
                "keep-{}={number}",
                name.trim_start_matches("keep-")
            ))
        })
        .collect();
    if !keep.is_empty() {
        options.insert("prune-backups".to_owned(), keep.join(","));
    }
    (job.id, options)
}
