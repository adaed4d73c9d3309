//! Questions about nodes, storages and clusters.

use serde_json::{Value, json};

use super::cursor::Cursor;
use super::doubt::{Reading, left_over};
use super::filters::filters;
use super::items::hit;
use super::measures::Measure;
use super::questions::{EXISTENCE, LIST, SHOW, STATUS, ask};
use super::vocabulary::Kind;
use super::{Answer, Question};

const FREE: &[&str] = &[
    "how much free space is on",
    "how much free space is there on",
    "how much free space does",
    "how much space is free on",
    "how much space is left on",
    "how much space is left in",
    "how much space is available on",
    "how much space does",
    "how much disk space is left on",
    "how much disk space is free on",
    "free space on",
    "free space of",
    "space left on",
];
const PLACE_ASPECTS: &[&str] = &[
    "status",
    "state",
    "health",
    "overview",
    "list",
    "usage",
    "doing",
    "utilization",
];

/// Nodes, storages and clusters.
pub(super) fn places(cursor: &mut Cursor<'_>) -> Reading<Option<Question>> {
    if cursor
        .take_longest(&["status", "overview", "summary", "show status"])
        .is_some()
    {
        if cursor.clone().finish() {
            let answer = Answer::Status {
                expected: None,
                about: Vec::new(),
            };
            return Ok(Some(ask(
                "clusters.list",
                json!({}),
                answer,
                "all clusters",
            )));
        }
        cursor.at -= 1;
        if cursor.word_at(1) != "of" {
            return Ok(None);
        }
    }
    let count = cursor.take("how many");
    let which = !count && cursor.take_any(&["which", "what"]).is_some();
    let mut yes_no = false;
    let mut state_asked = false;
    if !count && !which {
        state_asked = cursor.take_longest(STATUS).is_some();
        yes_no = !state_asked && cursor.take_any(&["is", "are"]).is_some();
        if !state_asked && !yes_no && cursor.take_longest(LIST).is_none() {
            cursor.take_longest(SHOW);
        }
    }
    cursor.take_longest(&[
        "all the",
        "all my",
        "all of the",
        "all",
        "the",
        "my",
        "our",
        "any",
        "every",
    ]);
    let before = place_state(cursor.word()).inspect(|_| cursor.at += 1);
    let Some((kind, named)) = place_subject(cursor)? else {
        return Ok(None);
    };
    let mut about = named;
    while !about.is_empty() && cursor.take("and") {
        let Some(entry) = place_entry(cursor, kind) else {
            return Err(left_over(cursor));
        };
        about.push(entry);
    }
    let after = cursor.take_any(PLACE_ASPECTS);
    cursor.take_longest(EXISTENCE);
    let mut input = json!({});
    let from = cursor.at;
    let conditions = filters(cursor)?;
    for condition in &conditions {
        let place = condition.term.split_once('=').filter(|(key, value)| {
            !value.contains(',')
                && (*key == "cluster" || (*key == "node" && kind == Kind::Storage))
                && kind != Kind::Cluster
        });
        let (Some((key, value)), Some(fields)) = (place, input.as_object_mut()) else {
            cursor.at = from;
            return Err(left_over(cursor));
        };
        fields.insert(key.to_owned(), Value::from(value));
    }
    if which || count {
        cursor.take_any(&["are", "is"]);
    }
    cursor.take_any(&["currently", "still", "all"]);
    let expected = place_state(cursor.word()).inspect(|_| cursor.at += 1);
    let op = match kind {
        Kind::Node => "nodes.list",
        Kind::Storage => "storages.list",
        Kind::Cluster => "clusters.list",
        Kind::Pool | Kind::Tag => return Ok(None),
    };
    let expected = expected.or(before).map(str::to_owned);
    let status = state_asked
        || yes_no
        || !about.is_empty()
        || expected.is_some()
        || after.is_some_and(|word| word != "list");
    let said = if about.is_empty() {
        format!("all {}s", kind.key())
    } else {
        format!("{} {}", kind.key(), about.join(", "))
    };
    let answer = match (count, status) {
        (true, _) if expected.is_none() => Answer::Count,
        (_, false) => Answer::List,
        _ => Answer::Status { expected, about },
    };
    Ok(Some(ask(op, input, answer, said)))
}

fn place_state(word: &str) -> Option<&'static str> {
    Some(match word {
        "online" | "up" | "alive" | "running" | "reachable" | "ok" | "okay" | "healthy"
        | "fine" => "online",
        "offline" | "down" | "unreachable" | "dead" => "offline",
        "degraded" => "degraded",
        "full" => "full",
        _ => return None,
    })
}

/// "nodes", "node pve1", "pve1": the kind and the names that follow.
fn place_subject(cursor: &mut Cursor<'_>) -> Reading<Option<(Kind, Vec<String>)>> {
    let (kind, plural) = match cursor.word() {
        "node" | "host" | "hypervisor" => (Kind::Node, false),
        "nodes" | "hosts" | "hypervisors" => (Kind::Node, true),
        "storage" | "storages" | "datastores" => (Kind::Storage, true),
        "datastore" => (Kind::Storage, false),
        "cluster" | "clusters" => (Kind::Cluster, true),
        _ => {
            if hit(cursor).is_some() {
                return Ok(None);
            }
            let found = [Kind::Node, Kind::Cluster, Kind::Storage]
                .into_iter()
                .find_map(|kind| Some((kind, place_entry(cursor, kind)?)));
            return Ok(found.map(|(kind, entry)| (kind, vec![entry])));
        }
    };
    cursor.at += 1;
    match place_entry(cursor, kind) {
        Some(entry) => Ok(Some((kind, vec![entry]))),
        None if plural => Ok(Some((kind, Vec::new()))),
        None => Err(left_over(cursor)),
    }
}

pub(super) fn place_entry(cursor: &mut Cursor<'_>, kind: Kind) -> Option<String> {
    let entry = cursor
        .vocabulary
        .entry(kind, &cursor.token()?.raw)?
        .to_owned();
    cursor.at += 1;
    Some(entry)
}

/// "how full is local-lvm", "how much space is left on ceph"
pub(super) fn space(cursor: &mut Cursor<'_>) -> Reading<Option<Question>> {
    let full = cursor
        .take_longest(&["how full is", "how full are"])
        .is_some();
    let measure = if full { Measure::Used } else { Measure::Free };
    if !full && cursor.take_longest(FREE).is_none() {
        return Ok(None);
    }
    cursor.take("the");
    cursor.take_any(&["storage", "storages", "datastore"]);
    let about: Vec<String> = place_entry(cursor, Kind::Storage).into_iter().collect();
    if about.is_empty() && !full {
        return Err(left_over(cursor));
    }
    cursor.take("storage");
    cursor.take_longest(&["have left", "have free", "have", "left"]);
    let said = if about.is_empty() {
        "all storages".to_owned()
    } else {
        format!("storage {}", about.join(", "))
    };
    Ok(Some(ask(
        "storages.list",
        json!({}),
        Answer::Field { measure, about },
        said,
    )))
}
