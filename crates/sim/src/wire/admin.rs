//! The simulator's own endpoints below `/sim/`, for root alone: its world, faults, clock and record of
//! calls, at run time. They answer `{"data": …}` as the API does.

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use http::request::Parts;
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use serde_json::{Value, json};

use super::identify::identify;
use super::incoming::BODY_LIMIT;
use super::reply::{self, Format, Reply};
use super::serve::Shared;
use crate::api::route::{Answer, Verb};
use crate::clock::Clock;
use crate::cluster::Cluster;
use crate::cluster::faults::{Effect, FaultRule};
use crate::cluster::refusal::{Refusal, RefusalBody};

/// The path below `/sim`, when it is one of ours.
pub(crate) fn path(head: &Parts) -> Option<String> {
    let below = head.uri.path().strip_prefix("/sim")?;
    (below.is_empty() || below.starts_with('/')).then(|| below.trim_matches('/').to_owned())
}

/// Answers one request.
pub(crate) async fn answer(shared: &Shared, head: &Parts, path: String, body: Incoming) -> Reply {
    let body = match Limited::new(body, BODY_LIMIT).collect().await {
        Ok(body) => body.to_bytes(),
        Err(_) => {
            let text = "for data too large".to_owned();
            let refusal = Refusal::new(501, text, RefusalBody::Text);
            return reply::refusal(&refusal, Format::Json);
        }
    };
    match act(shared, head, &path, &body) {
        Ok(data) => reply::answer(Answer::from(data), Format::Json),
        Err(refusal) => reply::refusal(&refusal, Format::Json),
    }
}

fn act(shared: &Shared, head: &Parts, path: &str, body: &Bytes) -> Result<Value, Refusal> {
    let mut cluster = shared.settled();
    let verb = Verb::parse(head.method.as_str()).unwrap_or(Verb::Get);
    let who = identify(&cluster, &head.headers, verb, head.uri.path())?;
    if !cluster.is_root(&who) {
        return Err(Refusal::forbidden("the simulator itself, root only"));
    }
    let is_neutral = head
        .uri
        .query()
        .is_some_and(|query| query.contains("neutral=1"));
    match (&head.method, path) {
        (&Method::GET, "") => Ok(json!([
            { "subdir": "calls" }, { "subdir": "clock" }, { "subdir": "effects" },
            { "subdir": "faults" }, { "subdir": "files" }, { "subdir": "world" },
        ])),
        (&Method::GET, "world") => Ok(cluster.to_world(is_neutral)),
        (&Method::GET, "calls") => serde_json::to_value(cluster.calls.all())
            .map_err(|cause| Refusal::died(cause.to_string())),
        (&Method::GET, "faults") => Ok(cluster
            .faults
            .all()
            .iter()
            .map(FaultRule::to_json)
            .collect()),
        (&Method::POST, "faults") => add_faults(&mut cluster, &read(body)?),
        (&Method::DELETE, "faults") => {
            cluster.faults.clear();
            Ok(Value::Null)
        }
        (&Method::POST, "effects") => {
            let effect = cluster_effect(&read(body)?)?;
            let now_ms = cluster.now_ms;
            cluster.apply_effect(&effect, now_ms);
            shared.certificates.follow(&mut cluster);
            Ok(Value::Null)
        }
        (&Method::GET, "files") => Ok(cluster
            .files
            .iter()
            .map(|(name, content)| json!({ "name": name, "size": content.len() }))
            .collect()),
        (&Method::PUT, path) if path.starts_with("files/") => put_file(&mut cluster, path, body),
        (&Method::DELETE, path) if path.starts_with("files/") => {
            let name = path.trim_start_matches("files/");
            match cluster.files.remove(name) {
                Some(_) => Ok(Value::Null),
                None => Err(bad(format!("the simulator has no file `{name}`"))),
            }
        }
        (&Method::GET, "clock") => Ok(clock_json(&shared.clock)),
        (&Method::POST, "clock") => {
            // What becomes due happens when the state is looked at again, before this answers.
            drop(cluster);
            turn(&shared.clock, &read(body)?)?;
            drop(shared.settled());
            Ok(clock_json(&shared.clock))
        }
        _ => Err(Refusal::not_implemented(
            head.method.as_str(),
            head.uri.path(),
        )),
    }
}

/// Files that are kept at most.
const MOST_FILES: usize = 100;

/// Puts a file where nodes can download it.
fn put_file(cluster: &mut Cluster, path: &str, body: &Bytes) -> Result<Value, Refusal> {
    let name = path.trim_start_matches("files/");
    let is_name = !name.is_empty()
        && name.len() <= 255
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_.+=".contains(c));
    if !is_name {
        return Err(bad(
            "a file's name has letters, digits and any of `-_.+=`, and no directory",
        ));
    }
    if cluster.files.len() >= MOST_FILES && !cluster.files.contains_key(name) {
        return Err(bad(format!(
            "there are {MOST_FILES} files already; delete one"
        )));
    }
    cluster.files.insert(name.to_owned(), body.to_vec());
    Ok(json!({ "url": format!("{}/{name}", cluster.own_files()), "size": body.len() }))
}

fn read(body: &Bytes) -> Result<Value, Refusal> {
    serde_json::from_slice(body).map_err(|cause| bad(format!("the body is no JSON: {cause}")))
}

fn bad(text: impl Into<String>) -> Refusal {
    Refusal::new(400, text.into(), RefusalBody::Json)
}

/// A rule, or a list of them.
fn add_faults(cluster: &mut Cluster, given: &Value) -> Result<Value, Refusal> {
    let list = match given {
        Value::Array(_) => given.clone(),
        one => json!([one]),
    };
    let rules = FaultRule::list_from_json(&list).map_err(|cause| bad(cause.to_string()))?;
    let count = rules.len();
    for rule in rules {
        cluster.faults.add(rule);
    }
    Ok(json!({ "added": count }))
}

fn cluster_effect(given: &Value) -> Result<Effect, Refusal> {
    let Some([(name, value)]) = given
        .as_object()
        .map(|map| map.iter().collect::<Vec<_>>())
        .and_then(|pairs| <[_; 1]>::try_from(pairs).ok())
    else {
        return Err(bad(
            "the body names one effect, such as {\"node_offline\": \"pve2\"}",
        ));
    };
    let effect = Effect::from_json(name, value).map_err(bad)?;
    if effect.is_about_the_cluster() {
        return Ok(effect);
    }
    Err(bad(format!(
        "effect `{name}` is about a call: give a rule to /sim/faults"
    )))
}

fn clock_json(clock: &Clock) -> Value {
    json!({ "now": clock.now().to_string(), "pace": clock.pace() })
}

/// `{"advance_seconds": S}` and `{"pace": P}`, together or alone.
fn turn(clock: &Clock, given: &Value) -> Result<(), Refusal> {
    let number = |key: &str| match given.get(key) {
        None => Ok(None),
        Some(value) => value
            .as_f64()
            .filter(|number| (0.0..=1e10).contains(number))
            .map(Some)
            .ok_or_else(|| bad(format!("`{key}` is not a number of at least 0"))),
    };
    let (advance, pace) = (number("advance_seconds")?, number("pace")?);
    if advance.is_none() && pace.is_none() {
        return Err(bad("give `advance_seconds`, `pace`, or both"));
    }
    if let Some(pace) = pace {
        clock.set_pace(pace);
    }
    if let Some(seconds) = advance {
        clock.advance(Duration::from_secs_f64(seconds));
    }
    Ok(())
}
