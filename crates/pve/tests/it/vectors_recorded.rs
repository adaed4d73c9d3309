//! The grammars against what recorded servers hold and answer.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use pve::{
    AgentOptions, BootOrder, CalendarEvent, ConfigFile, Drive, DriveSlot, GuestKind, IpConfig,
    KeepOptions, LxcNet, MountPoint, PruneCandidate, QemuNet, Startup, VolumeId, VolumeKind,
    check_option, prune_marks, split_drive_map,
};
use serde_json::Value;

use crate::golden;

fn kind_of(path: &str) -> Option<GuestKind> {
    if path.contains("/qemu/") {
        Some(GuestKind::Qemu)
    } else {
        path.contains("/lxc/").then_some(GuestKind::Lxc)
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Options that the server stores as they were sent are only read.
fn is_understood(kind: GuestKind, key: &str, value: &str) -> bool {
    let name = key.trim_end_matches(|c: char| c.is_ascii_digit());
    match (kind, name) {
        (_, "startup") => value.parse::<Startup>().is_ok(),
        (GuestKind::Qemu, "agent") => value.parse::<AgentOptions>().is_ok(),
        (GuestKind::Qemu, "ipconfig") => value.parse::<IpConfig>().is_ok(),
        _ => true,
    }
}

/// What the option is written as after reading; nothing for options without a type of their own.
fn written(kind: GuestKind, key: &str, value: &str) -> Option<String> {
    let name = key.trim_end_matches(|c: char| c.is_ascii_digit());
    match (kind, name) {
        (GuestKind::Qemu, "net") => value.parse::<QemuNet>().map(|x| x.to_string()).ok(),
        (GuestKind::Lxc, "net") => value.parse::<LxcNet>().map(|x| x.to_string()).ok(),
        (GuestKind::Lxc, "rootfs" | "mp" | "unused") => {
            MountPoint::parse(key, value).map(|x| x.to_string()).ok()
        }
        (GuestKind::Qemu, "boot") => value.parse::<BootOrder>().map(|x| x.to_string()).ok(),
        (GuestKind::Qemu, _) => {
            let slot: DriveSlot = key.parse().ok()?;
            Drive::parse(slot, value).map(|x| x.to_string()).ok()
        }
        (GuestKind::Lxc, _) => None,
    }
}

#[test]
fn options_of_recorded_guests_are_taken_and_written_the_same() {
    let Some(calls) = golden::calls() else {
        return;
    };
    let mut seen = BTreeSet::new();
    let mut typed = 0;
    for call in calls {
        let path = call["path"].as_str().unwrap();
        let Some(kind) = kind_of(path) else { continue };
        if call["method"] != "GET" || !path.ends_with("/config") || path.contains("/snapshot/") {
            continue;
        }
        let Some(data) = call["body"]["data"].as_object() else {
            continue;
        };
        for (key, value) in data {
            if matches!(key.as_str(), "digest" | "lxc") || value == "**********" {
                continue;
            }
            let value = text(value);
            if !seen.insert((kind, key.clone(), value.clone())) {
                continue;
            }
            assert_eq!(
                check_option(kind, key, &value),
                Ok(()),
                "{kind} {key}: {value}"
            );
            assert!(is_understood(kind, key, &value), "{kind} {key}: {value}");
            // A cleared option is kept as a blank.
            if let Some(written) = written(kind, key, &value).filter(|_| !value.trim().is_empty()) {
                assert_eq!(written, value, "{kind} {key}");
                typed += 1;
            }
        }
    }
    assert!(typed > 80, "{typed} options of {}", seen.len());
}

#[test]
fn recorded_refusals_of_guest_options_are_foretold() {
    let Some(calls) = golden::calls() else {
        return;
    };
    let mut foretold = 0;
    let mut differences = Vec::new();
    for call in calls {
        let path = call["path"].as_str().unwrap();
        let Some(kind) = kind_of(path) else { continue };
        let writes = matches!(call["method"].as_str(), Some("PUT" | "POST"));
        if call["status"] != 400 || !writes || !path.ends_with("/config") {
            continue;
        }
        let (Some(errors), Some(params)) = (
            call["body"]["errors"].as_object(),
            call["params"].as_object(),
        ) else {
            continue;
        };
        for (key, refusal) in errors {
            // Not options but parameters of the call, or options only the server itself sets.
            let of_the_call = [
                "delete",
                "revert",
                "digest",
                "vmid",
                "node",
                "background_delay",
                "snapname",
                "parent",
                "vmstate",
                "snapstate",
            ];
            if of_the_call.contains(&key.as_str()) {
                continue;
            }
            let Some(value) = params.get(key).filter(|value| !value.is_array()) else {
                continue;
            };
            let refusal = refusal.as_str().unwrap().trim_end();
            let Err(told) = check_option(kind, key, &text(value)) else {
                // Some only the server can know: what exists, what the guest is doing now.
                continue;
            };
            // PVE puts a line feed behind each nested text, and says of a property string that
            // its format is wrong before it says where.
            let squeeze = |text: &str| {
                text.replace("invalid format - format error", "format error")
                    .replace("\n\n", "\n")
            };
            let bare = |text: &str| {
                squeeze(text)
                    .trim_start_matches("invalid format - ")
                    .to_owned()
            };
            if bare(&told) != bare(refusal) {
                differences.push(format!("{kind} {key} {value}: {told} | {refusal}"));
            }
            foretold += 1;
        }
    }
    assert_eq!(differences, [""; 0]);
    assert!(foretold > 20, "{foretold}");
}

#[test]
fn recorded_configurations_of_backups_are_written_as_they_were() {
    let Some(calls) = golden::calls() else {
        return;
    };
    let mut read = 0;
    for call in calls {
        let path = call["path"].as_str().unwrap();
        let Some(text) = call["body"]["data"].as_str() else {
            continue;
        };
        if !path.ends_with("/vzdump/extractconfig") {
            continue;
        }
        let kind = if call["query"].to_string().contains("vzdump-lxc") {
            GuestKind::Lxc
        } else {
            GuestKind::Qemu
        };
        let (config, map) = split_drive_map(text);
        let file = ConfigFile::read(kind, &config);
        assert_eq!(file.problems, []);
        assert_eq!(
            file.write(),
            config.trim_end_matches('\n').to_owned() + "\n"
        );
        assert_eq!(map.is_empty(), kind == GuestKind::Lxc);
        read += 1;
    }
    assert!(read >= 4, "{read}");
}

#[test]
fn recorded_volumes_tell_their_owner_and_content() {
    let Some(calls) = golden::calls() else {
        return;
    };
    let mut read = 0;
    for call in calls {
        let path = call["path"].as_str().unwrap();
        if call["method"] != "GET" || !path.ends_with("/content") {
            continue;
        }
        let Some(rows) = call["body"]["data"].as_array() else {
            continue;
        };
        for row in rows {
            let volume: VolumeId = text(&row["volid"]).parse().unwrap();
            let kind = volume.kind();
            let content = match &kind {
                VolumeKind::Iso { .. } => "iso",
                VolumeKind::ContainerTemplate { .. } => "vztmpl",
                VolumeKind::Backup { .. } | VolumeKind::PbsSnapshot { .. } => "backup",
                VolumeKind::Snippet { .. } => "snippets",
                VolumeKind::Import { .. } => "import",
                _ => "images",
            };
            let told = text(&row["content"]);
            assert_ne!(kind, VolumeKind::Other, "{volume}");
            let same = told == content || (content == "images" && told == "rootdir");
            assert!(same, "{volume}: {told}");
            if let Some(owner) = kind.owner() {
                assert_eq!(row["vmid"].to_string().trim_matches('"'), owner.to_string());
            }
            read += 1;
        }
    }
    assert!(read > 50, "{read}");
}

#[test]
fn recorded_schedules_come_when_the_server_says() {
    let Some(calls) = golden::calls() else {
        return;
    };
    let mut compared = 0;
    for call in calls {
        let path = call["path"].as_str().unwrap();
        let Some(rows) = call["body"]["data"].as_array() else {
            continue;
        };
        if !path.ends_with("/schedule-analyze") {
            continue;
        }
        let times: Vec<i64> = rows
            .iter()
            .map(|r| r["timestamp"].as_i64().unwrap())
            .collect();
        let query = call["query"].as_str().unwrap();
        let value = |name: &str| {
            url::form_urlencoded::parse(query.as_bytes())
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
        };
        let event: CalendarEvent = value("schedule").unwrap().parse().unwrap();
        // Without a start the server began at its own clock: begin right before its first answer.
        let start = value("starttime").map_or(times[0] - 1, |start| start.parse().unwrap());
        let ours: Vec<i64> = event
            .iter_after(start, &TimeZone::UTC)
            .take(times.len())
            .collect();
        assert_eq!(ours, times, "{event}");
        compared += 1;
    }
    assert!(compared >= 5, "{compared}");
}

#[test]
fn recorded_prune_previews_are_marked_the_same() {
    let Some(calls) = golden::calls() else {
        return;
    };
    let mut compared = 0;
    for call in calls {
        let path = call["path"].as_str().unwrap();
        let Some(rows) = call["body"]["data"].as_array() else {
            continue;
        };
        if call["method"] != "GET" || !path.ends_with("/prunebackups") {
            continue;
        }
        let query = call["query"].as_str().unwrap_or_default();
        let Some(keep) = url::form_urlencoded::parse(query.as_bytes())
            .find(|(key, _)| key == "prune-backups")
            .map(|(_, value)| value.parse::<KeepOptions>().unwrap())
        else {
            // By the options of the storage, which this answer does not tell.
            continue;
        };
        let backups: Vec<PruneCandidate> = rows
            .iter()
            .map(|row| PruneCandidate {
                group: format!("{}/{}", row["type"], row["vmid"]),
                created_seconds: row["ctime"].as_i64().unwrap_or_default(),
                is_protected: row["mark"] == "protected",
                is_standard: row["mark"] != "renamed",
            })
            .collect();
        let ours: Vec<String> = prune_marks(&backups, &keep, &TimeZone::UTC)
            .iter()
            .map(ToString::to_string)
            .collect();
        let theirs: Vec<String> = rows.iter().map(|row| text(&row["mark"])).collect();
        assert_eq!(ours, theirs, "{keep}");
        compared += 1;
    }
    assert!(compared >= 5, "{compared}");
}
