//! One line of a task's log, without knowing the lines before it.

use std::time::Duration;

use super::TaskPhase;
use super::amount::{bytes, duration, number, percent, rate};

/// The figures of a line; most lines have some of them.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Figures {
    pub(super) percent: Option<f32>,
    pub(super) done: Option<u64>,
    pub(super) total: Option<u64>,
    /// Since the phase began, by the clock of the tool.
    pub(super) elapsed: Option<Duration>,
    pub(super) rate: Option<u64>,
}

/// What a line says.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Line<'a> {
    /// A phase begins; its lines may not name the object again.
    Opens(TaskPhase, Option<&'a str>),
    /// So far it is. `Some` object only when this line names it.
    Counts(TaskPhase, Option<&'a str>, Figures),
    /// The next phase has this many bytes.
    Sized(TaskPhase, u64),
    /// The next phase has this many bytes more.
    Adds(TaskPhase, u64),
    /// `1.2 GiB in 3s`: of the memory of a snapshot, if that is what the task is doing.
    Bare(Figures),
}

/// The end of a phase.
const WHOLE: Figures = Figures {
    percent: Some(100.0),
    done: None,
    total: None,
    elapsed: None,
    rate: None,
};

/// Reads a line. Tools that write over their line with carriage returns leave several states in
/// one: the last one counts.
pub(super) fn read(line: &str) -> Option<Line<'_>> {
    let line = line
        .rsplit('\r')
        .find(|part| !part.trim().is_empty())
        .unwrap_or(line);
    let line = without_time(line);
    if let Some(rest) = line.strip_prefix("INFO: ") {
        return backup(rest);
    }
    mirror(line)
        .or_else(|| memory(line))
        .or_else(|| restore(line))
        .or_else(|| stream(line))
        .or_else(|| download(line))
        .or_else(|| opening(line))
        .or_else(|| storage(line))
        .or_else(|| saved(line))
}

/// Without the time stamp of migrations, `2026-01-31 02:00:01 `.
fn without_time(line: &str) -> &str {
    match line.split_at_checked(20) {
        Some((stamp, rest))
            if stamp.bytes().enumerate().all(|(index, byte)| match index {
                4 | 7 => byte == b'-',
                10 | 19 => byte == b' ',
                13 | 16 => byte == b':',
                _ => byte.is_ascii_digit(),
            }) =>
        {
            rest
        }
        _ => line,
    }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(inner, _)| inner)
}

/// `transferred 1.1 GiB of 2.2 GiB (50.00%)` (`qemu-img convert`), and of a block job
/// `drive-scsi0: transferred 1.2 GiB of 32.0 GiB (3.75%) in 5s, ready`.
fn mirror(line: &str) -> Option<Line<'_>> {
    let (job, rest) = match line.split_once(": transferred ") {
        Some((job, rest)) if !job.contains(' ') => (Some(job), rest),
        _ => (None, line.strip_prefix("transferred ")?),
    };
    let (done, rest) = rest.split_once(" of ")?;
    let (total, rest) = rest.split_once(" (")?;
    let (share, rest) = rest.split_once("%)")?;
    let time = rest.strip_prefix(" in ").and_then(|rest| {
        let (time, _) = rest.split_once(',').unwrap_or((rest, ""));
        duration(time)
    });
    let figures = Figures {
        percent: Some(percent(share)?),
        done: bytes(done),
        total: bytes(total),
        elapsed: time,
        rate: None,
    };
    let phase = match job {
        None => TaskPhase::Copy,
        Some(name) if name.starts_with("restore") => TaskPhase::Restore,
        Some(_) => TaskPhase::Mirror,
    };
    Some(Line::Counts(phase, job, figures))
}

/// `migration active, transferred 512.0 MiB of 4.0 GiB VM-state, 110.0 MiB/s` and
/// `migration completed, transferred 3.9 GiB VM-state`.
fn memory(line: &str) -> Option<Line<'_>> {
    if let Some(rest) = line.strip_prefix("migration active, transferred ") {
        let (done, rest) = rest.split_once(" of ")?;
        let (total, rest) = rest.split_once(" VM-state")?;
        let rate = rest
            .strip_prefix(", ")
            .and_then(|rest| rate(rest.split(',').next().unwrap_or(rest)));
        let (done, total) = (bytes(done)?, bytes(total)?);
        let figures = Figures {
            percent: share(done, total),
            done: Some(done),
            total: Some(total),
            elapsed: None,
            rate,
        };
        return Some(Line::Counts(TaskPhase::Memory, None, figures));
    }
    let done = between(line, "migration completed, transferred ", " VM-state")?;
    let figures = Figures {
        done: bytes(done),
        ..WHOLE
    };
    Some(Line::Counts(TaskPhase::Memory, None, figures))
}

/// Memory that the guest writes again is sent again, so more than all of it can be sent.
pub(super) fn share(done: u64, total: u64) -> Option<f32> {
    (total > 0).then(|| (done as f64 / total as f64 * 100.0).clamp(0.0, 100.0) as f32)
}

/// Lines of `vzdump`, without `INFO: `.
fn backup(rest: &str) -> Option<Line<'_>> {
    if let Some(rest) = rest.strip_prefix("Starting Backup of ") {
        let (_, rest) = rest.split_once(' ')?;
        let (vmid, _) = rest.split_once(' ').unwrap_or((rest, ""));
        return Some(Line::Opens(TaskPhase::Backup, Some(vmid)));
    }
    // `  3% (1.1 GiB of 32.0 GiB) in 3s, read: 375.3 MiB/s, write: 210.2 MiB/s`
    if let Some((share, rest)) = rest.split_once("% (") {
        let (amounts, rest) = rest.split_once(") in ")?;
        let (done, total) = amounts.split_once(" of ")?;
        let mut parts = rest.split(", ");
        let figures = Figures {
            percent: Some(percent(share.trim_start())?),
            done: bytes(done),
            total: bytes(total),
            elapsed: parts.next().and_then(duration),
            rate: parts
                .find_map(|part| part.strip_prefix("read: "))
                .and_then(rate),
        };
        return Some(Line::Counts(TaskPhase::Backup, None, figures));
    }
    // `transferred 32.00 GiB in 120 seconds (273.1 MiB/s)`
    if let Some(rest) = rest.strip_prefix("transferred ") {
        let (done, rest) = rest.split_once(" in ")?;
        let (time, rest) = rest.split_once(" (").unwrap_or((rest, ""));
        let done = bytes(done)?;
        let figures = Figures {
            done: Some(done),
            total: Some(done),
            elapsed: duration(time),
            rate: rest.strip_suffix(')').and_then(rate),
            ..WHOLE
        };
        return Some(Line::Counts(TaskPhase::Backup, None, figures));
    }
    // A container to a Proxmox Backup Server: `processed 1.2 GiB in 1m, uploaded 300 MiB`
    if let Some(rest) = rest.strip_prefix("processed ") {
        let (done, rest) = rest.split_once(" in ")?;
        let (time, _) = rest.split_once(", uploaded ")?;
        let figures = Figures {
            done: Some(bytes(done)?),
            elapsed: duration(time),
            ..Figures::default()
        };
        return Some(Line::Counts(TaskPhase::Backup, None, figures));
    }
    // `root.pxar: had to backup 1.2 GiB of 3.4 GiB (compressed 500 MiB) in 12.3 s (average 99 MiB/s)`
    if let Some((archive, rest)) = rest.split_once(": had to ") {
        let (_, rest) = rest.split_once(' ')?;
        let total = bytes(between(rest, " of ", " (")?)?;
        let figures = Figures {
            done: Some(total),
            total: Some(total),
            elapsed: between(rest, ") in ", " (").and_then(duration),
            rate: between(rest, "(average ", ")").and_then(rate),
            ..WHOLE
        };
        return Some(Line::Counts(TaskPhase::Backup, Some(archive), figures));
    }
    archive_total(rest, "Total bytes written: ")
        .map(|figures| Line::Counts(TaskPhase::Backup, None, figures))
}

/// The last line of `tar`: `Total bytes read: 2519040 (2.5MiB, 50MiB/s)`.
fn archive_total(line: &str, start: &str) -> Option<Figures> {
    let (done, rest) = line.strip_prefix(start)?.split_once(" (")?;
    let done = bytes(done)?;
    let (_, speed) = rest.strip_suffix(')')?.split_once(", ")?;
    Some(Figures {
        done: Some(done),
        total: Some(done),
        rate: rate(speed),
        ..WHOLE
    })
}

fn restore(line: &str) -> Option<Line<'_>> {
    // `progress 1% (read 12124160 bytes, duration 0 sec)`, from a Proxmox Backup Server
    // `progress 1% (read 4194304 bytes, zeroes = 2% (4096 bytes), duration 0 sec)`
    if let Some(rest) = line.strip_prefix("progress ") {
        let (share, rest) = rest.split_once('%')?;
        let figures = Figures {
            percent: Some(percent(share)?),
            done: between(rest, "(read ", " bytes").and_then(bytes),
            elapsed: between(rest, "duration ", ")").and_then(duration),
            ..Figures::default()
        };
        return Some(Line::Counts(TaskPhase::Restore, None, figures));
    }
    // `DEV: dev_id=1 size: 34359738368 devname: drive-scsi0`: disks of a VMA archive
    if let Some(rest) = line.strip_prefix("DEV: ") {
        let size = between(rest, "size: ", " ")?;
        return Some(Line::Adds(TaskPhase::Restore, bytes(size)?));
    }
    // `restore image complete (bytes=34359738368, duration=120.53s, speed=271.86MB/s)`
    if let Some(rest) = line.strip_prefix("restore image complete (bytes=") {
        let (done, rest) = rest.split_once(',')?;
        let done = bytes(done)?;
        let figures = Figures {
            done: Some(done),
            total: Some(done),
            elapsed: between(rest, "duration=", ",").and_then(duration),
            rate: between(rest, "speed=", ")").and_then(rate),
            ..WHOLE
        };
        return Some(Line::Counts(TaskPhase::Restore, None, figures));
    }
    archive_total(line, "Total bytes read: ")
        .map(|figures| Line::Counts(TaskPhase::Restore, None, figures))
}

/// Volumes on their way through a pipe: `dd` and `zfs send -v`, at either end.
fn stream(line: &str) -> Option<Line<'_>> {
    let (node, line) = match line
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("] "))
    {
        Some((node, rest)) => (Some(node), rest),
        None => (None, line),
    };
    // `107741184 bytes (108 MB, 103 MiB) copied, 0.60977 s, 177 MB/s`
    if let Some((done, rest)) = line.split_once(" bytes ")
        && let Some((_, rest)) = rest.split_once("copied, ")
    {
        let (time, speed) = rest.split_once(", ")?;
        let figures = Figures {
            done: Some(bytes(done)?),
            elapsed: duration(time),
            rate: rate(speed),
            ..Figures::default()
        };
        return Some(Line::Counts(TaskPhase::Transfer, node, figures));
    }
    // `total estimated size is 32.1G`
    if let Some(size) = line.strip_prefix("total estimated size is ") {
        return Some(Line::Sized(TaskPhase::Transfer, bytes(size)?));
    }
    // `00:00:01   1.2G   rpool/data/vm-100-disk-0@__migration__`
    let mut words = line.split_whitespace();
    let (time, sent, what) = (words.next()?, words.next()?, words.next()?);
    let is_clock = time.len() == 8 && time.split(':').count() == 3;
    if !is_clock || !what.contains('@') || words.next().is_some() {
        return None;
    }
    duration(time)?;
    let figures = Figures {
        done: Some(bytes(sent)?),
        ..Figures::default()
    };
    Some(Line::Counts(TaskPhase::Transfer, node, figures))
}

/// `wget` with dots: ` 32768K ........ ........ ........ ........  5%  112M 6s`, and at the end
/// `100%  112M=5.9s`.
fn download(line: &str) -> Option<Line<'_>> {
    if let Some(rest) = line.strip_prefix("Length: ") {
        let (size, _) = rest.split_once(' ').unwrap_or((rest, ""));
        return Some(Line::Sized(TaskPhase::Download, bytes(size)?));
    }
    if line.starts_with("downloading ") && line.contains("://") {
        return Some(Line::Opens(TaskPhase::Download, None));
    }
    let mut words = line.split_whitespace();
    let offset = words.next()?.strip_suffix('K')?;
    number(offset)?;
    let mut words = words.skip_while(|word| word.bytes().all(|byte| matches!(byte, b'.' | b',')));
    let share = percent(words.next()?.strip_suffix('%')?)?;
    let speed = words
        .next()
        .map(|word| word.split('=').next().unwrap_or(word));
    let figures = Figures {
        percent: Some(share),
        rate: speed.and_then(bytes),
        ..Figures::default()
    };
    Some(Line::Counts(TaskPhase::Download, None, figures))
}

/// Lines that name the object of the counting lines after them.
fn opening(line: &str) -> Option<Line<'_>> {
    for start in ["create full clone of drive ", "create full clone of "] {
        if let Some(rest) = line.strip_prefix(start) {
            let (drive, _) = rest.split_once(' ').unwrap_or((rest, ""));
            let drive = drive.split('(').next().unwrap_or(drive);
            return Some(Line::Opens(TaskPhase::Copy, Some(drive)));
        }
    }
    if let Some(rest) = line.strip_prefix("drive mirror is starting for ") {
        let (drive, _) = rest.split_once(' ').unwrap_or((rest, ""));
        return Some(Line::Opens(TaskPhase::Mirror, Some(drive)));
    }
    if line.starts_with("restore vma archive: ") || line.starts_with("extracting archive ") {
        return Some(Line::Opens(TaskPhase::Restore, None));
    }
    if let Some(rest) = line.strip_prefix("restore proxmox backup image: ") {
        let image = rest
            .split_whitespace()
            .find_map(|word| word.split_once(".img").map(|(name, _)| name));
        return Some(Line::Opens(TaskPhase::Restore, image));
    }
    if line.starts_with("saving VM state and RAM") {
        return Some(Line::Opens(TaskPhase::SaveMemory, None));
    }
    let starts_memory = line.starts_with("starting online/live migration");
    starts_memory.then_some(Line::Opens(TaskPhase::Memory, None))
}

/// `rbd`: `Removing image: 5% complete...` and `…: 100% complete...done.`
fn storage(line: &str) -> Option<Line<'_>> {
    let (words, rest) = line.split_once(": ")?;
    let (share, rest) = rest.split_once("% complete...")?;
    if !matches!(rest, "" | "done." | "failed.") {
        return None;
    }
    let figures = Figures {
        percent: Some(percent(share)?),
        ..Figures::default()
    };
    Some(Line::Counts(TaskPhase::Storage, Some(words), figures))
}

/// Memory of a snapshot: `1.2 GiB in 3s` and
/// `completed saving the VM state in 3s, saved 3.31 MiB`.
fn saved(line: &str) -> Option<Line<'_>> {
    if let Some(rest) = line.strip_prefix("completed saving the VM state in ") {
        let (time, saved) = rest.split_once(", saved ")?;
        let done = bytes(saved)?;
        let figures = Figures {
            done: Some(done),
            total: Some(done),
            elapsed: duration(time),
            ..WHOLE
        };
        return Some(Line::Counts(TaskPhase::SaveMemory, None, figures));
    }
    let (done, time) = line.split_once(" in ")?;
    let figures = Figures {
        done: Some(bytes(done)?),
        elapsed: Some(duration(time)?),
        ..Figures::default()
    };
    Some(Line::Bare(figures))
}
