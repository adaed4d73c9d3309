//! What backups are about and what they may be told; the usual options, and the configuration that a
//! backup holds.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::route::{Answer, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::guest::Guest;
use crate::cluster::refusal::Refusal;
use crate::schema::check::list_items;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("/nodes/{node}/vzdump/defaults", defaults),
        Route::get("/nodes/{node}/vzdump/extractconfig", extract),
    ]
}

/// Which guests a backup is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Choice {
    These(Vec<u32>),
    Pool(String),
    AllBut(Vec<u32>),
    Nothing,
}

impl Choice {
    /// From the options of a job or of a call.
    pub(crate) fn read(option: impl Fn(&str) -> Option<String>) -> Self {
        let numbers = |text: String| list_items(&text).filter_map(|id| id.parse().ok()).collect();
        if let Some(list) = option("vmid") {
            return Self::These(numbers(list));
        }
        if let Some(pool) = option("pool") {
            return Self::Pool(pool);
        }
        if option("all").as_deref() == Some("1") || option("exclude").is_some() {
            return Self::AllBut(option("exclude").map(numbers).unwrap_or_default());
        }
        Self::Nothing
    }
}

/// Numbers of the chosen guests on a node; unknown ones are kept, for their error.
pub(crate) fn selected(cluster: &Cluster, choice: &Choice, node: &str) -> Vec<u32> {
    let here = |guest: &&Guest| &*guest.node == node;
    match choice {
        Choice::These(vmids) => vmids
            .iter()
            .copied()
            .filter(|vmid| {
                cluster
                    .guests
                    .get(vmid)
                    .is_none_or(|guest| &*guest.node == node)
            })
            .collect(),
        Choice::Pool(pool) => cluster
            .pool_members(pool)
            .filter(here)
            .map(|guest| guest.vmid)
            .collect(),
        Choice::AllBut(but) => cluster
            .guests
            .values()
            .filter(here)
            .map(|guest| guest.vmid)
            .filter(|vmid| !but.contains(vmid))
            .collect(),
        Choice::Nothing => Vec::new(),
    }
}

/// Checks that backups and backup jobs share.
pub(crate) fn check_options(options: &BTreeMap<String, String>) -> Result<(), Refusal> {
    let has = |name: &str| options.contains_key(name);
    if has("vmid") {
        for other in ["all", "exclude", "pool"] {
            if has(other) && options.get(other).is_none_or(|value| value != "0") {
                return Err(Refusal::parameter(
                    other,
                    "option conflicts with option 'vmid'",
                ));
            }
        }
    }
    if let Some(fleecing) = options.get("fleecing")
        && fleecing
            .split(',')
            .any(|part| matches!(part, "1" | "enabled=1"))
        && !fleecing.contains("storage=")
    {
        return Err(Refusal::parameter(
            "fleecing",
            "invalid format - 'storage' parameter is required when 'enabled' is set\n",
        ));
    }
    if let Some(text) = options.get("notes-template") {
        let mut rest = text.as_str();
        while let Some((_, after)) = rest.split_once("{{") {
            let name = after.split("}}").next().unwrap_or_default();
            if !matches!(name.trim(), "cluster" | "guestname" | "node" | "vmid") {
                let at = text.len() - after.len() + 2;
                return Err(Refusal::parameter(
                    "notes-template",
                    format!("found unknown: variable '{name}' at char {at}\n"),
                ));
            }
            rest = after;
        }
    }
    Ok(())
}

fn defaults(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let mut map = json!({
        "all": 0, "bwlimit": 0, "compress": "0", "fleecing": { "enabled": 0 },
        "ionice": 7, "lockwait": 180, "mailnotification": "always", "mode": "snapshot",
        "notification-mode": "auto", "performance": { "max-workers": 16, "pbs-entries-max": 1_048_576 },
        "pigz": 0, "prune-backups": "keep-all=1", "quiet": 0, "remove": 1,
        "stdexcludes": 1, "stop": 0, "stopwait": 10, "storage": "local", "zstd": 1,
    });
    let asked = request.text("storage");
    let id = asked.clone().unwrap_or_else(|| "local".to_owned());
    let storage = match super::storage::usable(cluster, request.node(), &id) {
        Err(refusal) if asked.is_some() => return Err(refusal),
        usable => usable.ok(),
    };
    if let (Some(storage), Some(map)) = (storage, map.as_object_mut()) {
        map.insert("storage".to_owned(), id.into());
        if let Some(keep) = storage.settings.get("prune-backups") {
            map.insert("prune-backups".to_owned(), keep.as_str().into());
        }
        if storage.is_file_based() {
            map.insert(
                "dumpdir".to_owned(),
                format!("{}/dump", storage.directory()).into(),
            );
        }
    }
    Ok(map.into())
}

fn extract(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let volid = request.text("volume").unwrap_or_default();
    let Some((id, name)) = volid.split_once(':') else {
        return Err(Refusal::died(format!(
            "unable to parse volume ID '{volid}'"
        )));
    };
    let Some(storage) = cluster.storage(id) else {
        return Err(Refusal::died(format!("storage '{id}' does not exist")));
    };
    storage.parse_name(name).map_err(Refusal::died)?;
    let missing = || Refusal::died(format!("volume '{volid}' does not exist"));
    let volume = cluster.volume(request.node(), &volid).ok_or_else(missing)?;
    let Some(archive) = &volume.archive else {
        return Err(Refusal::died(format!(
            "unable to extract configuration from '{volid}'"
        )));
    };
    let mut text = String::new();
    for line in archive
        .config
        .get("description")
        .into_iter()
        .flat_map(|text| text.lines())
    {
        text.push('#');
        text.push_str(line);
        text.push('\n');
    }
    for (key, value) in archive
        .config
        .iter()
        .filter(|(key, _)| *key != "description")
    {
        for word in [key.as_str(), ": ", value.as_str(), "\n"] {
            text.push_str(word);
        }
    }
    Ok(Value::from(text).into())
}
