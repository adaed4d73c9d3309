//! The journal of a node, which `syslog` shows in another form: daemons that started, logins, and tasks.

use serde_json::{Value, json};

use super::node_facts::running_services;
use super::route::{Answer, Data, Request, Route};
use crate::cluster::Cluster;
use crate::cluster::refusal::Refusal;

pub(crate) fn routes() -> Vec<Route> {
    const MAY: &[&str] = &["Sys.Syslog"];
    vec![
        Route::get("/nodes/{node}/syslog", syslog).checked("/nodes/{node}", MAY),
        Route::get("/nodes/{node}/journal", journal).checked("/nodes/{node}", MAY),
    ]
}

/// A line with its instant and its unit.
struct Line {
    at_ms: i64,
    unit: String,
    text: String,
}

/// All lines of a node, oldest first.
fn lines(cluster: &Cluster, node: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut add = |at_ms: i64, unit: &str, who: &str, text: String| {
        let stamp = super::time_text(at_ms, "%b %d %H:%M:%S");
        lines.push(Line {
            at_ms,
            unit: unit.to_owned(),
            text: format!("{stamp} {node} {who}: {text}"),
        });
    };
    if let Some(known) = cluster.node(node) {
        let boot_ms = known.boot_ms;
        let kernel = cluster.version.kernel();
        add(
            boot_ms,
            "kernel",
            "kernel",
            format!("Linux version {kernel} (build@proxmox)"),
        );
        for (index, (service, description)) in running_services(known).enumerate() {
            let at_ms = boot_ms + 4000 + i64::try_from(index).unwrap_or(0) * 150;
            for verb in ["Starting", "Started"] {
                let end = if verb == "Starting" { "..." } else { "." };
                let text = format!("{verb} {service}.service - {description}{end}");
                add(at_ms, service, "systemd[1]", text);
            }
        }
    }
    for task in cluster
        .tasks
        .newest_first()
        .filter(|task| &*task.node == node)
    {
        let who = format!("pvedaemon[{}]", task.pid);
        let text = format!("<{}> starting task {}", task.user, task.upid);
        add(task.start_ms, "pvedaemon", &who, text);
        if let (Some(at_ms), Some(exit)) = (task.ended_ms(), task.exit()) {
            let text = format!("<{}> end task {} {exit}", task.user, task.upid);
            add(at_ms, "pvedaemon", &who, text);
        }
    }
    for note in cluster.notes.iter().filter(|note| note.node == node) {
        let text = format!("<{}> {}", note.user, note.text);
        add(note.at_ms, "pvedaemon", "pvedaemon[1212]", text);
    }
    for (at_ms, text) in cluster.disk_warnings(node) {
        add(at_ms, "smartmontools", "smartd[712]", text);
    }
    lines.sort_by_key(|line| line.at_ms);
    lines
}

/// `2026-11-24` with or without a time, in UTC, as milliseconds.
fn instant(text: &str) -> Option<i64> {
    let full = match text.len() {
        10 => format!("{text} 00:00:00"),
        16 => format!("{text}:00"),
        _ => text.to_owned(),
    };
    let parsed: jiff::civil::DateTime = full.replace(' ', "T").parse().ok()?;
    let zoned = parsed.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(zoned.timestamp().as_millisecond())
}

fn syslog(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let service = request.text("service");
    let bound = |name: &str, usual: i64| {
        request
            .text(name)
            .as_deref()
            .and_then(instant)
            .unwrap_or(usual)
    };
    let (since, until) = (bound("since", i64::MIN), bound("until", i64::MAX));
    let mut lines = lines(cluster, request.node());
    lines.retain(|line| {
        (since..=until).contains(&line.at_ms)
            && service
                .as_deref()
                .is_none_or(|service| service == line.unit)
    });
    let number = |name: &str, usual: usize| {
        request
            .number(name)
            .and_then(|number| usize::try_from(number).ok())
            .unwrap_or(usual)
    };
    let rows: Value = lines
        .iter()
        .enumerate()
        .skip(number("start", 0))
        .take(number("limit", 50))
        .map(|(index, line)| json!({ "n": index + 1, "t": line.text }))
        .collect();
    Ok(Answer::page(rows, lines.len()))
}

/// A cursor names a place in the journal.
fn cursor(at_ms: i64, index: usize) -> String {
    format!("s=sim;i={index:x};t={at_ms:x}")
}

fn place(cursor: &str) -> Option<usize> {
    let number = cursor.split(';').find_map(|part| part.strip_prefix("i="))?;
    usize::from_str_radix(number, 16).ok()
}

/// Lines between two cursors; the first and the last row are the cursors of what was found.
fn journal(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let all = lines(cluster, request.node());
    let bound_ms = |name: &str, usual: i64| {
        request
            .number(name)
            .map_or(usual, |seconds| seconds.saturating_mul(1000))
    };
    let (since, until) = (bound_ms("since", i64::MIN), bound_ms("until", i64::MAX));
    let after = request.text("startcursor").as_deref().and_then(place);
    let before = request.text("endcursor").as_deref().and_then(place);
    let mut found: Vec<(usize, &Line)> = all
        .iter()
        .enumerate()
        .filter(|(index, line)| {
            (since..=until).contains(&line.at_ms)
                && after.is_none_or(|after| *index > after)
                && before.is_none_or(|before| *index < before)
        })
        .collect();
    if let Some(last) = request
        .number("lastentries")
        .and_then(|last| usize::try_from(last).ok())
    {
        found.drain(..found.len().saturating_sub(last));
    }
    let ends = [found.first(), found.last()]
        .map(|end| end.map_or_else(String::new, |(index, line)| cursor(line.at_ms, *index)));
    let [first, last] = ends;
    let rows: Value = std::iter::once(first)
        .chain(found.iter().map(|(_, line)| line.text.clone()))
        .chain(std::iter::once(last))
        .collect();
    // The program that reads the journal writes this answer itself, and names no character set.
    Ok(Answer {
        data: Data::File(
            "application/json",
            json!({ "data": rows }).to_string().into_bytes(),
        ),
        total: None,
        task: None,
        changes: None,
    })
}
