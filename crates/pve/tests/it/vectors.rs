//! The test vectors of a real server, where they are present: every row of every file.

use jiff::tz::TimeZone;
use pve::{
    ArchiveFormat, ArchiveName, CalendarEvent, ConfigFile, ConfigSection, Drive, DriveSlot,
    GuestKind, KeepOptions, NamedFormat, PruneCandidate, QemuNet, TaskOutcome, Upid, UpidParts,
    config_digest, format_size, parse_size, prune_marks,
};
use serde_json::{Map, Value, json};

use crate::golden;

/// Calls the check with each row, and makes sure that there were as many as expected.
fn each(name: &str, count: usize, mut check: impl FnMut(&Value)) {
    let Some(rows) = golden::rows(&format!("vectors_{name}.jsonl")) else {
        return;
    };
    assert_eq!(rows.len(), count, "{name}");
    for row in &rows {
        check(row);
    }
}

/// A value as it would stand in a configuration file.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn input(row: &Value) -> &str {
    row["input"].as_str().unwrap()
}

#[test]
fn sizes_are_read_as_in_the_vectors() {
    each("parse_size", 7, |row| {
        assert_eq!(json!(parse_size(input(row))), row["bytes"], "{row}");
    });
}

#[test]
fn sizes_are_written_as_in_the_vectors() {
    each("format_size", 6, |row| {
        let bytes = row["bytes"].as_u64().unwrap();
        assert_eq!(format_size(bytes), text(&row["output"]), "{row}");
    });
}

#[test]
fn named_formats_take_and_refuse_as_in_the_vectors() {
    each("formats", 74, |row| {
        let name = row["format"].as_str().unwrap();
        let format = NamedFormat::by_name(name).unwrap_or_else(|| panic!("no format {name}"));
        let refused = format.check(&text(&row["value"])).err();
        assert_eq!(row["ok"], json!(refused.is_none()), "{row}");
        assert_eq!(json!(refused.map(|error| error.to_string())), row["error"]);
    });
}

#[test]
fn calendar_events_come_as_in_the_vectors() {
    each("calendar_events", 41, |row| {
        let zone = TimeZone::get(row["tz"].as_str().unwrap()).unwrap();
        match input(row).parse::<CalendarEvent>() {
            Err(error) => assert_eq!(row["error"], json!(error.to_string()), "{row}"),
            Ok(event) => {
                assert_eq!(row["error"], Value::Null, "{row}");
                assert_eq!(event.to_string(), input(row));
                let start = row["start"].as_i64().unwrap();
                let next: Vec<i64> = event.iter_after(start, &zone).take(4).collect();
                assert_eq!(json!(next), row["next"], "{row}");
                let normalized: CalendarEvent = event.normalized().parse().unwrap();
                let next: Vec<i64> = normalized.iter_after(start, &zone).take(4).collect();
                assert_eq!(json!(next), row["next"], "{row}");
            }
        }
    });
}

#[test]
fn backups_are_marked_as_in_the_vectors() {
    each("prune_backups", 10, |row| {
        let keep: KeepOptions = serde_json::from_value(row["keep"].clone()).unwrap();
        let zone = TimeZone::get(row["tz"].as_str().unwrap()).unwrap();
        let backups = row["backups"].as_array().unwrap();
        let candidates: Vec<PruneCandidate> = backups
            .iter()
            .map(|backup| PruneCandidate {
                group: "qemu/100".to_owned(),
                created_seconds: backup["ctime"].as_i64().unwrap(),
                is_protected: backup["mark"] == "protected",
                is_standard: true,
            })
            .collect();
        let marks: Vec<Value> = prune_marks(&candidates, &keep, &zone)
            .into_iter()
            .map(|mark| json!(mark.as_str()))
            .collect();
        let expected: Vec<Value> = backups.iter().map(|b| b["mark"].clone()).collect();
        assert_eq!(marks, expected, "{}", row["keep"]);
    });
}

#[test]
fn retention_is_read_as_in_the_vectors() {
    each("prune_property_string", 8, |row| {
        match input(row).parse::<KeepOptions>() {
            Err(error) => {
                assert_eq!(row["error"], json!(error.to_string()), "{row}");
                assert_eq!(row["parsed"], Value::Null);
            }
            Ok(keep) => {
                assert_eq!(row["error"], Value::Null, "{row}");
                let parsed = row["parsed"].as_object().unwrap();
                let expected: Vec<String> = parsed
                    .iter()
                    .map(|(key, value)| format!("{key}={}", text(value)))
                    .collect();
                assert_eq!(keep.to_string(), expected.join(","));
            }
        }
    });
}

#[test]
fn drives_are_read_and_written_as_in_the_vectors() {
    each("drive_strings", 8, |row| {
        let slot: DriveSlot = row["key"].as_str().unwrap().parse().unwrap();
        let Ok(drive) = Drive::parse(slot, input(row)) else {
            assert_eq!(
                (&row["parsed"], &row["printed"]),
                (&Value::Null, &Value::Null)
            );
            return;
        };
        assert_eq!(json!(drive.to_string()), row["printed"]);
        let mut parsed = row["parsed"].as_object().unwrap().clone();
        assert_eq!(parsed.remove("interface"), Some(json!(slot.bus().as_str())));
        assert_eq!(
            parsed.remove("index"),
            Some(json!(slot.index().to_string()))
        );
        assert_eq!(
            parsed.remove("size").map(|size| size.as_u64()),
            drive.size_bytes().map(Some)
        );
        let options: Vec<(String, String)> = drive
            .options()
            .iter()
            .filter(|(key, _)| *key != "size")
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        let expected: Vec<(String, String)> = parsed
            .iter()
            .map(|(key, value)| (key.clone(), text(value)))
            .collect();
        assert_eq!(options, expected);
    });
}

#[test]
fn cards_are_read_and_written_as_in_the_vectors() {
    each("net_strings", 5, |row| {
        let Ok(mut net) = input(row).parse::<QemuNet>() else {
            assert_eq!(
                (&row["parsed"], &row["printed"]),
                (&Value::Null, &Value::Null)
            );
            return;
        };
        // The server makes up an address where there is none; the row says which.
        if net.mac().is_none() {
            let made_up = text(&row["parsed"]["macaddr"]);
            net.options_mut().set("macaddr", &made_up).unwrap();
        }
        assert_eq!(json!(net.to_string()), row["printed"]);
        let parsed: Vec<(String, String)> = row["parsed"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(key, value)| (key.clone(), text(value)))
            .collect();
        let options: Vec<(String, String)> = net
            .options()
            .iter()
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        assert_eq!(options, parsed);
    });
}

#[test]
fn archive_names_tell_what_is_in_the_vectors() {
    each("archive_info", 5, |row| {
        let name: ArchiveName = match input(row).parse() {
            Ok(name) => name,
            Err(error) => {
                let error: pve::VolumeError = error;
                assert_eq!(row["error"], json!(error.to_string()));
                return;
            }
        };
        let mut info = Map::new();
        info.insert("filename".into(), json!(name.file()));
        info.insert("type".into(), json!(name.owner().as_str()));
        info.insert("format".into(), json!(name.format().as_str()));
        info.insert("is_std_name".into(), json!(i32::from(name.is_standard())));
        info.insert("decompressor".into(), json!(name.decompressor()));
        if let Some(compression) = name.compression() {
            info.insert("compression".into(), json!(compression.as_str()));
        }
        if let Some(vmid) = name.vmid() {
            info.insert("vmid".into(), json!(vmid.get()));
            info.insert("ctime".into(), json!(name.created_seconds(&TimeZone::UTC)));
            info.insert("logfilename".into(), json!(name.log_file()));
            info.insert("notesfilename".into(), json!(name.notes_file()));
        }
        assert_eq!(Value::Object(info), row["info"], "{row}");
        let is_tar = name.file().contains(".tar") || name.file().contains(".tgz");
        assert_eq!(name.format() == ArchiveFormat::Tar, is_tar);
    });
}

#[test]
fn task_ends_are_told_apart_as_in_the_vectors() {
    each("task_status", 5, |row| {
        let outcome = TaskOutcome::from_exit_text(input(row));
        let normalized = match outcome {
            TaskOutcome::Ok => "ok",
            TaskOutcome::Warnings(_) => "warning",
            TaskOutcome::Failed(_) => "error",
            TaskOutcome::Unknown(_) => "unknown",
        };
        assert_eq!(json!(normalized), row["normalized"], "{row}");
        assert_eq!(
            json!(i32::from(!outcome.is_success())),
            row["is_error"],
            "{row}"
        );
    });
}

#[test]
fn task_ids_are_read_and_written_as_in_the_vectors() {
    let decoded = |upid: &Upid| {
        json!({
            "id": upid.id(), "node": upid.node().as_str(), "pid": upid.pid(),
            "pstart": upid.process_start(), "starttime": upid.start_time(),
            "type": upid.kind(), "user": upid.user(),
        })
    };
    each("upid", 8, |row| {
        if let Some(parts) = row.get("encode") {
            let upid = Upid::from_parts(&UpidParts {
                node: text(&parts["node"]).parse().unwrap(),
                pid: u32::try_from(parts["pid"].as_u64().unwrap()).unwrap(),
                process_start: parts["pstart"].as_u64().unwrap(),
                start_time: u32::try_from(parts["starttime"].as_u64().unwrap()).unwrap(),
                kind: text(&parts["type"]),
                id: text(&parts["id"]),
                user: text(&parts["user"]),
            });
            assert_eq!(json!(upid.unwrap().as_str()), row["output"]);
            return;
        }
        match input(row).parse::<Upid>() {
            Ok(upid) => {
                assert_eq!(row["decoded"], decoded(&upid));
                assert_eq!(upid.to_string(), input(row));
            }
            Err(_) => assert_eq!(
                row["error"],
                json!(format!("unable to parse worker upid '{}'", input(row)))
            ),
        }
    });
}

/// A section as the server shows it.
fn shown(section: &ConfigSection) -> Map<String, Value> {
    let mut shown: Map<String, Value> = section
        .options
        .iter()
        .map(|(key, value)| (key.clone(), json!(value)))
        .collect();
    if let Some(description) = &section.description {
        shown.insert("description".into(), json!(description));
    }
    if !section.lxc.is_empty() {
        shown.insert("lxc".into(), json!(section.lxc));
    }
    shown
}

/// The same with every number as text: the server is not steady about them.
fn numbers_as_text(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.to_string()),
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), numbers_as_text(value)))
            .collect(),
        other => other.clone(),
    }
}

fn configuration_files(name: &str, kind: GuestKind) {
    each(name, 1, |row| {
        let raw = row["raw"].as_str().unwrap();
        let file = ConfigFile::read(kind, raw);
        let mut parsed = shown(&file.current);
        parsed.insert("digest".into(), json!(config_digest(raw)));
        parsed.insert("pending".into(), Value::Object(shown(&file.pending)));
        let snapshots: Map<String, Value> = file
            .snapshots
            .iter()
            .map(|(name, section)| (name.clone(), Value::Object(shown(section))))
            .collect();
        parsed.insert("snapshots".into(), Value::Object(snapshots));
        if kind == GuestKind::Qemu {
            parsed.insert("special-sections".into(), json!({}));
        }
        assert_eq!(Value::Object(parsed), numbers_as_text(&row["parsed"]));
        assert_eq!(json!(file.write()), row["written"]);
    });
}

#[test]
fn configurations_of_virtual_machines_are_those_of_the_vectors() {
    configuration_files("vm_config_file", GuestKind::Qemu);
}

#[test]
fn configurations_of_containers_are_those_of_the_vectors() {
    configuration_files("ct_config_file", GuestKind::Lxc);
}
