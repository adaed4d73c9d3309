//! One request through all its gates, in PVE's order: login, path, permission, node, parameters, then
//! the handler; with faults before and after, and the record of accepted changes.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use pve::Schema;

use super::batch;
use super::described;
use super::identify::identify;
use super::incoming::{Incoming, read_parameters};
use super::reply::{self, Reply};
use crate::api::route::{Answer, Parameters, Permission, Request, Route, fill};
use crate::api::table::Routes;
use crate::cluster::Cluster;
use crate::cluster::access::{Identity, ROOT};
use crate::cluster::calls::Call;
use crate::cluster::faults::{Effect, Phase, Spoil};
use crate::cluster::guest::GuestKind;
use crate::cluster::node::Node;
use crate::cluster::refusal::{Refusal, RefusalBody};
use crate::cluster::tasks::upid_node;
use crate::schema::check::check;

/// What happens to a request.
#[derive(Debug)]
pub(crate) struct Decision {
    /// `None`: the connection is closed without an answer.
    pub(crate) reply: Option<Reply>,
    /// Time before the answer goes out, before the time scale.
    pub(crate) delay: Duration,
    pub(crate) is_refused_login: bool,
    /// Over which the body comes, before the time scale.
    pub(crate) body_time: Duration,
    /// What the answering node's clock shows.
    pub(crate) wall_ms: i64,
}

/// What faults do to this request besides its outcome.
#[derive(Debug, Default)]
struct Disturbance {
    delay: Duration,
    /// Over which the body comes.
    body_time: Duration,
    drop: bool,
    answer_is_lost: bool,
}

/// Decides one request on the state as it is now.
pub(crate) fn decide(
    cluster: &mut Cluster,
    api: (&Routes, Option<&Schema>),
    head: &Parts,
    incoming: &Incoming,
    body: &Bytes,
) -> Decision {
    let mut disturbance = Disturbance::default();
    let outcome = answer(cluster, api, head, incoming, body, &mut disturbance);
    let delay = disturbance.delay
        + outcome
            .as_ref()
            .err()
            .map_or(Duration::ZERO, |refusal| refusal.delay);
    let is_refused_login = outcome.as_ref().is_err_and(|refusal| refusal.status == 401);
    if disturbance.drop || disturbance.answer_is_lost {
        return Decision {
            reply: None,
            delay,
            is_refused_login,
            body_time: Duration::ZERO,
            wall_ms: cluster.wall_ms(),
        };
    }
    let reply = match outcome {
        Ok(answer) => reply::answer(answer, incoming.format),
        Err(refusal) => reply::refusal(&refusal, incoming.format),
    };
    Decision {
        reply: Some(reply),
        delay,
        is_refused_login,
        body_time: disturbance.body_time,
        wall_ms: cluster.wall_ms(),
    }
}

fn answer(
    cluster: &mut Cluster,
    api: (&Routes, Option<&Schema>),
    head: &Parts,
    incoming: &Incoming,
    body: &Bytes,
    disturbance: &mut Disturbance,
) -> Result<Answer, Refusal> {
    let (routes, description) = api;
    let found = routes.find(incoming.verb, &incoming.path);
    let is_public = found
        .as_ref()
        .is_some_and(|(route, _)| matches!(route.permission, Permission::World));
    let who = if is_public {
        Identity {
            user: String::new(),
            token: None,
        }
    } else {
        identify(cluster, &head.headers, incoming.verb, &incoming.shown_path)?
    };
    let is_upload = found
        .as_ref()
        .is_some_and(|(route, _)| route.template.ends_with("/upload"));
    let (mut parameters, upload) = read_parameters(head, incoming.verb, body, is_upload)?;
    let Some((route, mut path)) = found else {
        return Err(described::refuse(
            description,
            (head.method.as_str(), incoming.verb),
            &incoming.shown_path,
            &parameters,
        ));
    };
    if path.get("node").is_some_and(|node| node == "localhost") {
        path.insert("node", cluster.local_node().to_string());
    }
    if route.needs_ticket && who.token.is_some() {
        return Err(Refusal::forbidden(&format!(
            "URI '{}' not available with API token, need proper ticket.\n",
            incoming.shown_path
        )));
    }
    permit(cluster, route, &who, (&path, &parameters))?;
    if route.is_proxied {
        reach(cluster, path.get("node").map_or("", String::as_str))?;
    }
    let kind = path.get("kind").and_then(|kind| GuestKind::parse(kind));
    let known = route.parameters(kind.unwrap_or(GuestKind::Qemu)).clone();
    let errors = check(&known, &path, &mut parameters);
    if !errors.is_empty() {
        return Err(Refusal::parameters(errors));
    }
    let mut request = Request {
        who: &who,
        path,
        parameters,
        spoil: Spoil::default(),
        known,
        upload,
    };
    if request.flag("skiplock") && (who.user != ROOT || who.token.is_some()) {
        return Err(Refusal::parameter(
            "skiplock",
            "Only root may use this option.",
        ));
    }
    let (op, target) = match &route.operation {
        Some(operation) => operation.of(&request),
        None => ("read", incoming.shown_path.clone()),
    };
    if route.template != "/access/ticket" {
        before(cluster, op, &target, &mut request, disturbance)?;
        if disturbance.drop {
            return Ok(Answer::null());
        }
    }
    if route.template == batch::TEMPLATE {
        let mut rows = Vec::new();
        for one in batch::calls(head, request.node(), &request.parameters)? {
            rows.push(match one {
                Err(refusal) => batch::row(Err(refusal), ""),
                // A batch in a batch would have no end.
                Ok(one) if one.shown_path.ends_with("/execute") => {
                    let refusal = Refusal::died("a batch cannot hold another");
                    batch::row(Err(refusal), &one.shown_path)
                }
                Ok(one) => {
                    let outcome = answer(
                        cluster,
                        api,
                        &one.head,
                        &one.incoming,
                        &one.body,
                        disturbance,
                    );
                    batch::row(outcome, &one.shown_path)
                }
            });
        }
        return Ok(serde_json::Value::from(rows).into());
    }
    let answered = (route.handler)(cluster, &request);
    let has_changed = match &answered {
        Ok(_) => true,
        Err(refusal) => refusal.has_changed,
    };
    if route.operation.is_some() && has_changed {
        let call = Call {
            at: crate::api::time_text(cluster.now_ms, "%Y-%m-%dT%H:%M:%S%.3fZ"),
            user: who.full(),
            op: op.to_owned(),
            target: target.clone(),
            args: request.arguments(),
            upid: answered
                .as_ref()
                .ok()
                .and_then(|answer| answer.upid().map(str::to_owned)),
            outcome: "accepted".to_owned(),
        };
        cluster.calls.record(call);
    }
    let answer = answered?;
    // What comes after a task was given to it and takes place when it has ended.
    if answer.upid().is_none() {
        let now_ms = cluster.now_ms;
        for effect in std::mem::take(&mut request.spoil.after) {
            cluster.apply_effect(&effect, now_ms);
        }
    }
    Ok(answer)
}

/// Faults that fire instead of the call or are given to its task.
fn before(
    cluster: &mut Cluster,
    op: &str,
    target: &str,
    request: &mut Request<'_>,
    disturbance: &mut Disturbance,
) -> Result<(), Refusal> {
    let now_ms = cluster.now_ms;
    for effect in cluster.faults.take(op, target, Phase::Before) {
        match effect {
            Effect::TaskError(text) if op == "read" => return Err(Refusal::died(text)),
            Effect::TaskError(text) => request.spoil.error = Some(text),
            Effect::TaskFails { text, .. } if op == "read" => return Err(Refusal::died(text)),
            Effect::TaskFails { percent, text } => {
                request.spoil.error = Some(text);
                request.spoil.after_part = Some(percent / 100.0);
            }
            Effect::TaskKilled(percent) => {
                request.spoil.killed = true;
                request.spoil.after_part = Some(percent / 100.0);
            }
            Effect::SlowBody(time) => disturbance.body_time += time,
            Effect::TaskSeconds(seconds) => request.spoil.seconds = Some(seconds),
            Effect::NodeOffline(_) => {
                cluster.apply_effect(&effect, now_ms);
                reach(cluster, request.node())?;
            }
            Effect::StorageUnavailable(ref id) => {
                request.spoil.error = Some(format!("storage '{id}' is not online"));
                cluster.apply_effect(&effect, now_ms);
            }
            Effect::Error { status, text } => {
                return Err(Refusal {
                    status,
                    ..Refusal::died(text)
                });
            }
            Effect::Drop => disturbance.drop = true,
            Effect::Latency(delay) => disturbance.delay += delay,
            Effect::QuorumLost(_)
            | Effect::NodeOnline(_)
            | Effect::StorageAvailable(_)
            | Effect::CertificateChanged
            | Effect::ClockSkew { .. }
            | Effect::DiskFailing { .. }
            | Effect::DiskReplaced { .. } => cluster.apply_effect(&effect, now_ms),
            Effect::TokenRevoked(ref id) => {
                let is_own = request.who.full() == *id;
                cluster.apply_effect(&effect, now_ms);
                if is_own {
                    return Err(Refusal::unauthorized("Authentication failed!"));
                }
            }
        }
    }
    if disturbance.drop {
        return Ok(());
    }
    for effect in cluster.faults.take(op, target, Phase::After) {
        match effect {
            // The call is carried out, only its answer is lost.
            Effect::Drop => disturbance.answer_is_lost = true,
            Effect::Latency(delay) => disturbance.delay += delay,
            Effect::SlowBody(time) => disturbance.body_time += time,
            other => request.spoil.after.push(other),
        }
    }
    Ok(())
}

fn permit(
    cluster: &Cluster,
    route: &Route,
    who: &Identity,
    (path, parameters): (&BTreeMap<&'static str, String>, &Parameters),
) -> Result<(), Refusal> {
    let node = path.get("node").map_or("", String::as_str);
    match route.permission {
        Permission::World | Permission::User => Ok(()),
        Permission::Check {
            path: template,
            any_of,
        } => cluster.need_any(who, &fill(template, path, parameters), any_of),
        Permission::TaskOwner(privilege) => {
            let upid = path.get("upid").map_or("", String::as_str);
            let owner = upid_node(upid).and_then(|_| upid.split(':').nth(7));
            let is_own = owner.is_some_and(|owner| owner == who.user || owner == who.full());
            let at = format!("/nodes/{node}");
            // A text that is no UPID is told so before rights are looked at.
            if owner.is_none() || is_own || cluster.may(who, &at, privilege) {
                return Ok(());
            }
            Err(Refusal::forbidden(&format!("{at}, {privilege}")))
        }
    }
}

/// The answering node forwards to the node of the path.
fn reach(cluster: &Cluster, node: &str) -> Result<(), Refusal> {
    match cluster.node(node) {
        Some(node) if node.online => Ok(()),
        Some(_) => Err(Refusal::unreachable(
            "No route to host",
            Duration::from_secs(3),
        )),
        None if cluster.nodes.iter().any(|known| leads_to(known, node)) => Err(Refusal::new(
            500,
            "proxy loop detected".to_owned(),
            RefusalBody::Text,
        )),
        None => {
            let is_label = !node.starts_with('-') && node.len() <= 63;
            let could_be_a_name = is_label
                && node
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.');
            let cause = if could_be_a_name {
                "Temporary failure in name resolution"
            } else {
                "Name or service not known"
            };
            Err(Refusal::died(format!(
                "hostname lookup '{node}' failed - failed to get address info for: {node}: {cause}"
            )))
        }
    }
}

/// Whether a name that is not a node's leads to it all the same: its address, its full name, its name in
/// capitals. Its server then gets a request for a node that it is not, and sends it on to itself.
fn leads_to(node: &Node, name: &str) -> bool {
    let short = name.split('.').next().unwrap_or_default();
    name == node.ip || short.eq_ignore_ascii_case(&node.name)
}
