//! What must hold of every text that a parser of `pve` is given: it does not panic, what it reads
//! is written so that it reads the same, and writing again changes nothing.
//!
//! Shared by the fuzz targets and by the tests that replay the corpus.

use jiff::tz::TimeZone;
use pve::{
    AgentOptions, ApiPath, ArchiveName, BootOrder, CalendarEvent, ConfigFile, Coverage, Drive,
    DriveSlot, Fleecing, GuestKind, IpConfig, KeepOptions, LogProgress, LxcNet, MountPoint,
    NamedFormat, Params, Permissions, PropertyString, PruneCandidate, PruneMark, QemuNet, Schema,
    Startup, Upid, VolumeId, check_option, checksum_for, format_size, parse_size, prune_marks,
    read_checksum_file, shape_by_format,
};

/// What is done with a text.
pub(crate) type Check = fn(&str);

/// All checks by the name of their target.
pub(crate) const CHECKS: [(&str, Check); 16] = [
    ("api_schema", api_schema),
    ("calendar_event", calendar_event),
    ("checksum_file", checksum_file),
    ("config_file", config_file),
    ("drive", drive),
    ("guest_option", guest_option),
    ("mount_point", mount_point),
    ("named_format", named_format),
    ("net", net),
    ("property_string", property_string),
    ("prune", prune),
    ("size", size),
    ("small_options", small_options),
    ("task_log", task_log),
    ("upid", upid),
    ("volume", volume),
];

/// The first line and the rest.
fn head_and_rest(text: &str) -> (&str, &str) {
    text.split_once('\n').unwrap_or((text, ""))
}

/// The name of a file, then a file of checksums: what is found for the name is one of those in
/// the file.
pub(crate) fn checksum_file(text: &str) {
    let (name, rest) = head_and_rest(text);
    let sums = read_checksum_file(rest);
    if let Ok(Some(found)) = checksum_for(&sums, name) {
        assert!(sums.iter().any(|sum| sum.checksum == found));
    }
    for sum in &sums {
        let alone = std::slice::from_ref(sum);
        let own = sum.name.as_deref().unwrap_or("any");
        assert_eq!(checksum_for(alone, own), Ok(Some(sum.checksum.clone())));
        let written = format!("{}  {own}", sum.checksum.hex());
        // Names that need escapes, or begin as a marker does, are written in another way.
        if !own.starts_with([' ', '*', '.', '\t', '\r'])
            && !own.contains(['\n', '\r'])
            && own.trim_end() == own
        {
            let again = read_checksum_file(&written);
            assert_eq!(again.first().map(|sum| &sum.checksum), Some(&sum.checksum));
        }
    }
}

/// A description. Whatever it says, calls are looked up, checked and judged by it, and each method
/// is found by its own path.
pub(crate) fn api_schema(text: &str) {
    let Ok(schema) = Schema::read(text.as_bytes()) else {
        return;
    };
    for method in schema.methods() {
        let Ok(path) = method.path.replace(['{', '}'], "").parse::<ApiPath>() else {
            continue;
        };
        let mut params = Params::new();
        for parameter in &method.parameters {
            let name = parameter.display_name().replace("[n]", "0");
            let value = parameter.words.first().map_or("a=b,c", String::as_str);
            params = params.with(name.clone(), value).with(name, "1");
        }
        let _ = schema.check(method.method, &path, &params);
        if let Ok(needs) = schema.needs(method.method, &path, &params) {
            let held = Permissions::default();
            let without = needs.verdict(&held, Some("nobody@pve"));
            assert_eq!(without, needs.verdict(&held, Some("nobody@pve")));
        }
        assert!(
            schema.search([&method.path]).contains(&method)
                || method.path.contains(char::is_whitespace)
        );
    }
    assert_eq!(Coverage::of(&schema).methods.len(), schema.methods().len());
}

/// Lines: an event, a second, a zone. Later times are later, and written out the event is the same.
pub(crate) fn calendar_event(text: &str) {
    let (event, rest) = head_and_rest(text);
    let Ok(event) = event.parse::<CalendarEvent>() else {
        return;
    };
    let written: CalendarEvent = event
        .normalized()
        .parse()
        .expect("written out it is an event");
    assert_eq!(written.normalized(), event.normalized());
    let (second, zone) = head_and_rest(rest);
    let second: i64 = second.trim().parse().unwrap_or(1_700_000_000);
    let zone = TimeZone::get(zone.trim()).unwrap_or(TimeZone::UTC);
    let mut last = second;
    for next in event.iter_after(second, &zone).take(3) {
        assert!(next > last, "{next} is not after {last}");
        last = next;
    }
    assert_eq!(
        written.next_after(second, &zone),
        event.next_after(second, &zone)
    );
}

/// A configuration, read as that of a virtual machine and of a container. Writing is steady from
/// the second time on (notes with percent signs change once, as PVE's do).
pub(crate) fn config_file(text: &str) {
    for kind in [GuestKind::Qemu, GuestKind::Lxc] {
        let file = ConfigFile::read(kind, text);
        assert!(file.problems.iter().all(|problem| problem.line > 0));
        let once = file.write();
        let again = ConfigFile::read(kind, &once);
        let twice = again.write();
        if !once.contains('%') {
            assert_eq!(twice, once);
        }
    }
}

/// A place and a drive.
pub(crate) fn drive(text: &str) {
    let (slot, drive) = head_and_rest(text);
    let Ok(slot) = slot.parse::<DriveSlot>() else {
        return;
    };
    let Ok(read) = Drive::read(slot, drive) else {
        return;
    };
    let _ = (read.source(), read.is_cloud_init(), read.is_backed_up());
    let written = read.to_string();
    let again = Drive::read(slot, &written).expect("what is written can be read");
    assert_eq!(again, read);
    assert_eq!(again.to_string(), written);
    assert_eq!(again.check(), read.check());
}

/// An option and its value.
pub(crate) fn guest_option(text: &str) {
    let (key, value) = head_and_rest(text);
    for kind in [GuestKind::Qemu, GuestKind::Lxc] {
        if let Err(reason) = check_option(kind, key, value) {
            assert!(!reason.is_empty());
        }
    }
}

/// A place and a mount point.
pub(crate) fn mount_point(text: &str) {
    let (key, mount) = head_and_rest(text);
    let Ok(read) = MountPoint::read(key, mount) else {
        return;
    };
    let _ = (read.source(), read.size_bytes());
    let written = read.to_string();
    let again = MountPoint::read(key, &written).expect("what is written can be read");
    assert_eq!(again, read);
    assert_eq!(again.to_string(), written);
}

/// A format and a value.
pub(crate) fn named_format(text: &str) {
    let (name, value) = head_and_rest(text);
    let Some(format) = NamedFormat::by_name(name) else {
        return;
    };
    assert_eq!(format.name(), name);
    if let Err(error) = format.check(value) {
        assert!(!error.to_string().is_empty());
    }
    let _ = format.check_list(value);
}

/// A card, read as that of a virtual machine and of a container.
pub(crate) fn net(text: &str) {
    if let Ok(read) = QemuNet::read(text) {
        let again = QemuNet::read(&read.to_string()).expect("what is written can be read");
        assert_eq!(again, read);
    }
    if let Ok(read) = LxcNet::read(text) {
        let again = LxcNet::read(&read.to_string()).expect("what is written can be read");
        assert_eq!(again, read);
    }
}

/// A shape and a property string.
pub(crate) fn property_string(text: &str) {
    let (name, value) = head_and_rest(text);
    let Some(shape) = shape_by_format(name) else {
        return;
    };
    let Ok(read) = PropertyString::read(shape, value) else {
        return;
    };
    let written = read.to_string();
    let again = PropertyString::read(shape, &written).expect("what is written can be read");
    assert_eq!(again, read);
    assert_eq!(again.to_string(), written);
    assert_eq!(again.check(), read.check());
}

/// Retention, and backups as lines of group, second and marks (`p` protected, `r` renamed).
pub(crate) fn prune(text: &str) {
    let (keep, rest) = head_and_rest(text);
    let Ok(keep) = KeepOptions::read(keep) else {
        return;
    };
    let again = KeepOptions::read(&keep.to_string()).expect("what is written can be read");
    assert_eq!(again.counts(), keep.counts());
    let backups: Vec<PruneCandidate> = rest
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            Some(PruneCandidate {
                group: words.next()?.to_owned(),
                created_seconds: words.next()?.parse().ok()?,
                is_protected: line.ends_with(" p"),
                is_standard: !line.ends_with(" r"),
            })
        })
        .collect();
    let marks = prune_marks(&backups, &keep, &TimeZone::UTC);
    assert_eq!(marks.len(), backups.len());
    for (backup, mark) in backups.iter().zip(&marks) {
        assert!(!(backup.is_protected && *mark != PruneMark::Protected));
        let newest = backups
            .iter()
            .filter(|other| other.group == backup.group)
            .filter(|other| other.is_standard && !other.is_protected)
            .map(|other| other.created_seconds)
            .max();
        let only = backups
            .iter()
            .filter(|other| other.created_seconds == backup.created_seconds)
            .count()
            == 1;
        if only && Some(backup.created_seconds) == newest && backup.is_standard {
            assert!(*mark == PruneMark::Keep || backup.is_protected);
        }
    }
}

/// A size.
pub(crate) fn size(text: &str) {
    if let Some(bytes) = parse_size(text) {
        assert_eq!(parse_size(&format_size(bytes)), Some(bytes));
    }
}

/// Start-up, boot order, addresses, agent, fleecing.
pub(crate) fn small_options(text: &str) {
    if let Ok(read) = text.parse::<Startup>()
        && read != Startup::default()
    {
        assert_eq!(read.to_string().parse(), Ok(read));
    }
    let Ok(boot) = text.parse::<BootOrder>();
    let Ok(again) = boot.to_string().parse::<BootOrder>();
    assert_eq!(again, boot);
    if let Ok(read) = IpConfig::read(text) {
        assert_eq!(IpConfig::read(&read.to_string()), Ok(read));
    }
    if let Ok(read) = AgentOptions::read(text) {
        assert_eq!(AgentOptions::read(&read.to_string()), Ok(read));
    }
    if let Ok(read) = Fleecing::read(text) {
        assert_eq!(Fleecing::read(&read.to_string()), Ok(read));
    }
}

/// A task id.
pub(crate) fn upid(text: &str) {
    if let Ok(upid) = text.parse::<Upid>() {
        assert_eq!(upid.to_string(), text);
    }
}

/// A volume, and the name of an archive.
pub(crate) fn volume(text: &str) {
    if let Ok(volume) = text.parse::<VolumeId>() {
        let _ = volume.kind().owner();
        assert_eq!(volume.to_string(), text);
    }
    if let Ok(name) = text.parse::<ArchiveName>() {
        let again: ArchiveName = name.to_string().parse().expect("a file name is enough");
        assert_eq!(again, name);
        assert_eq!(name.is_standard(), name.created_local().is_some());
        let _ = (
            name.created_seconds(&TimeZone::UTC),
            name.log_file(),
            name.notes_file(),
        );
    }
}

/// A log of a task: percentages are some, and no phase goes back.
pub(crate) fn task_log(text: &str) {
    let mut log = LogProgress::new();
    let mut highest = std::collections::HashMap::new();
    for (second, line) in (0..).zip(text.lines()) {
        let at = std::time::Duration::from_secs(second);
        let Some(progress) = log.read(line, at) else {
            continue;
        };
        let Some(percent) = progress.percent else {
            continue;
        };
        assert!((0.0..=100.0).contains(&percent), "{percent}");
        let before = highest.insert(progress.phase_number, percent);
        assert!(before.is_none_or(|before| before <= percent), "{line}");
    }
}
