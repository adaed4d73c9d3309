//! Whether a guest is still as it was made, so that deleting it loses nothing but the making.

use std::collections::BTreeMap;

use ops::Result;
use pve::{GuestState, TaskFilter, TaskSource};

use super::{
    effect::slot_of,
    options::{holds, is_volume, shown},
    subject::Looked,
};
use crate::{cluster_error::call_error, ctx::Ctx, snapshots::snapshots_of};

/// What PVE writes by itself into a new guest, unless told otherwise.
const BY_ITSELF: [&str; 17] = [
    "arch",
    "boot",
    "cpu",
    "cores",
    "memory",
    "meta",
    "name",
    "hostname",
    "ostype",
    "scsihw",
    "smbios1",
    "sockets",
    "swap",
    "unprivileged",
    "vmgenid",
    "numa",
    "description",
];
/// Tasks that make a guest; any other one was work on it.
const MAKING: [&str; 6] = [
    "qmclone", "vzclone", "qmcreate", "vzcreate", "imgcopy", "download",
];
/// In front of an option that a later step of the making sets.
const MAY_BE_MISSING: char = '?';
const LOOK_BACK: u32 = 50;

/// What was done with the guest since it was made with these options, in words; nothing when nothing was.
pub(super) async fn touched(
    ctx: &Ctx,
    looked: &Looked,
    expected: &BTreeMap<String, String>,
) -> Result<Option<String>> {
    if looked.status.status != GuestState::Stopped {
        return Ok(Some("it runs".to_owned()));
    }
    if let Some(difference) = difference(looked, expected) {
        return Ok(Some(difference));
    }
    if !snapshots_of(ctx, &looked.guest).await?.is_empty() {
        return Ok(Some("it has snapshots".to_owned()));
    }
    let client = looked.guest.client(ctx).await?;
    let at = looked.guest.at()?;
    let filter = TaskFilter {
        source: TaskSource::All,
        vmid: Some(at.vmid),
        limit: LOOK_BACK,
        ..TaskFilter::default()
    };
    let tasks = client
        .node_tasks(&at.node, &filter)
        .await
        .map_err(|error| call_error(&looked.guest.cluster, &error))?;
    // The newest first: what lies before its making belongs to an earlier guest of this id.
    Ok(tasks
        .iter()
        .map(|task| task.upid.kind())
        .take_while(|kind| !matches!(*kind, "qmdestroy" | "vzdestroy" | "qmcreate" | "vzcreate"))
        .find(|kind| !MAKING.contains(kind))
        .map(|kind| format!("a task `{kind}` worked on it")))
}

fn difference(looked: &Looked, expected: &BTreeMap<String, String>) -> Option<String> {
    let kind = looked.guest.kind;
    let config = &looked.config;
    for (marked, wanted) in expected {
        let key = marked.trim_start_matches(MAY_BE_MISSING);
        let found = config.get(key);
        if found.is_none() && marked != key {
            continue;
        }
        let same = if is_volume(kind, key) {
            found.is_some_and(|found| {
                size_of(wanted).is_none_or(|size| size_of(found) == Some(size))
            })
        } else {
            holds(key, &without_address(wanted), found)
        };
        if !same {
            return Some(format!("`{key}` is {}", shown(found.unwrap_or("not set"))));
        }
    }
    let more = config.values.keys().find(|key| {
        let marked = format!("{MAY_BE_MISSING}{key}");
        let is_expected = expected.contains_key(*key) || expected.contains_key(&marked);
        !is_expected && !BY_ITSELF.contains(&key.as_str())
    })?;
    Some(format!("`{more}` was set"))
}

fn size_of(value: &str) -> Option<&str> {
    value.split(',').find_map(|part| part.strip_prefix("size="))
}

/// Every copy has network addresses of its own.
fn without_address(value: &str) -> String {
    let parts: Vec<&str> = value
        .split(',')
        .filter(|part| !part.starts_with("hwaddr="))
        .map(|part| match part.split_once('=') {
            Some((model, address)) if address.matches(':').count() == 5 => model,
            _ => part,
        })
        .collect();
    parts.join(",")
}

/// The options that a copy of this guest must have to count as untouched, as `key=value`.
pub(super) fn of_copy(
    looked: &Looked,
    name: Option<&str>,
    description: Option<&str>,
) -> Vec<String> {
    const NOT_COPIED: [&str; 9] = [
        "meta",
        "smbios1",
        "vmgenid",
        "template",
        "parent",
        "lock",
        "protection",
        "snaptime",
        "tags",
    ];
    let name_key = super::rename::name_key(looked.guest.kind);
    let mut words: Vec<String> = looked
        .config
        .values
        .iter()
        .filter(|(key, _)| {
            !NOT_COPIED.contains(&key.as_str())
                && *key != name_key
                && *key != "description"
                && slot_of(key) != "unused"
        })
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    if let Some(tags) = looked.config.get("tags") {
        words.push(format!("tags={tags}"));
    }
    words.extend(name.map(|name| format!("{name_key}={name}")));
    words.extend(description.map(|text| format!("description={text}")));
    words
}
