//! Membership of the cluster: how it is made, who is in it, and what a node needs to join.

use serde_json::{Value, json};

use super::route::{Answer, Request, Route};
use super::sections::with;
use crate::cluster::Cluster;
use crate::cluster::node::Node;
use crate::cluster::refusal::{Refusal, RefusalBody};
use crate::cluster::work::{Job, Takes, TaskContext, Work};

pub(crate) fn routes() -> Vec<Route> {
    const SEE: &[&str] = &["Sys.Audit"];
    const CHANGE: &[&str] = &["Sys.Modify"];
    vec![
        Route::post("/cluster/config", create)
            .checked("/", CHANGE)
            .records("cluster.create", "cluster"),
        Route::get("/cluster/config/nodes", nodes).checked("/", SEE),
        Route::post("/cluster/config/nodes/{node}", add)
            .anywhere()
            .checked("/", CHANGE)
            .records("cluster.add_node", "node/{node}"),
        Route::delete("/cluster/config/nodes/{node}", remove)
            .anywhere()
            .checked("/", CHANGE)
            .records("cluster.remove_node", "node/{node}"),
        Route::get("/cluster/config/totem", totem).checked("/", SEE),
        Route::get("/cluster/config/join", join_information).checked("/", SEE),
        Route::post("/cluster/config/join", join)
            .checked("/", CHANGE)
            .records("cluster.join", "cluster"),
        Route::get("/cluster/config/apiversion", |_, _| Ok(json!("1").into()))
            .checked("/", SEE)
            .constant(),
    ]
}

const CONFIG_EXISTS: &str = "cluster config '/etc/pve/corosync.conf' already exists";

fn start(
    cluster: &mut Cluster,
    request: &Request<'_>,
    (kind, id): (&str, &str),
    job: impl Job + 'static,
) -> Answer {
    let node = cluster.local_node();
    let upid = cluster.start_task(crate::cluster::NewTask {
        node: &node,
        kind,
        id,
        user: &request.who.full(),
        work: Work::job(job),
        spoil: request.spoil.clone(),
    });
    Value::from(upid).into()
}

fn create(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    if cluster.name.is_some() {
        return Err(Refusal::died(CONFIG_EXISTS));
    }
    let name = request.text("clustername").unwrap_or_default();
    let job = Create { name: name.clone() };
    Ok(start(cluster, request, ("clustercreate", &name), job))
}

/// Makes a cluster of a single node.
#[derive(Debug)]
struct Create {
    name: String,
}

impl Job for Create {
    fn begin(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<Takes, String> {
        if cluster.name.is_some() {
            return Err(CONFIG_EXISTS.to_owned());
        }
        for line in [
            "Corosync Cluster Engine Authentication key generator.",
            "Gathering 2048 bits for key from /dev/urandom.",
            "Writing corosync key to /etc/corosync/authkey.",
            "Writing corosync config to /etc/pve/corosync.conf",
            "Restart corosync and cluster filesystem",
        ] {
            cluster.tasks.say(task.number, line);
        }
        Ok(Takes::ms(1500.0))
    }

    fn finish(&self, cluster: &mut Cluster, _: &TaskContext) -> Result<(), String> {
        cluster.name = Some(self.name.clone());
        Ok(())
    }
}

fn member(node: &Node) -> Value {
    json!({
        "name": &*node.name, "nodeid": node.id.to_string(), "quorum_votes": "1", "ring0_addr": node.ip,
    })
}

fn nodes(cluster: &mut Cluster, _: &Request<'_>) -> Result<Answer, Refusal> {
    if cluster.name.is_none() {
        return Ok(json!([]).into());
    }
    let rows: Value = cluster
        .nodes
        .iter()
        .map(|node| with(member(node), "node", &*node.name))
        .collect();
    Ok(rows.into())
}

fn totem_json(cluster: &Cluster, name: &str) -> Value {
    json!({
        "cluster_name": name, "config_version": cluster.nodes.len().to_string(), "version": "2",
        "secauth": "on", "ip_version": "ipv4-6", "link_mode": "passive", "token_coefficient": "125",
        "interface": { "0": { "linknumber": "0" } },
    })
}

fn totem(cluster: &mut Cluster, _: &Request<'_>) -> Result<Answer, Refusal> {
    Ok(match &cluster.name {
        Some(name) => totem_json(cluster, name).into(),
        None => Answer::null(),
    })
}

fn join_information(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let Some(name) = &cluster.name else {
        let text = "node is not in a cluster, no join info available!\n".to_owned();
        return Err(Refusal::new(424, text, RefusalBody::Json));
    };
    let preferred = request
        .text("node")
        .unwrap_or_else(|| cluster.local_node().to_string());
    if cluster.node(&preferred).is_none() {
        return Err(Refusal::died(format!("unknown node {preferred}")));
    }
    let members: Vec<Value> = cluster
        .nodes
        .iter()
        .map(|node| {
            let row = with(member(node), "pve_addr", node.ip.as_str());
            with(row, "pve_fp", node.fingerprint.as_str())
        })
        .collect();
    let digest = super::sections::digest(members.iter().map(Value::to_string));
    Ok(json!({
        "config_digest": digest, "nodelist": members, "preferred_node": preferred,
        "totem": totem_json(cluster, name),
    })
    .into())
}

/// What is asked first of a machine that wants in; no machine of that kind exists outside the cluster.
fn add(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    if cluster.name.is_none() {
        return Err(Refusal::died("node is not in a cluster"));
    }
    let has_address = request
        .parameters
        .keys()
        .any(|name| name.starts_with("link"))
        || request.text("new_node_ip").is_some();
    if !has_address {
        return Err(Refusal::died(
            "no links and no fallback ip (new_node_ip) given, cannot join cluster",
        ));
    }
    let name = request.in_path("node");
    if cluster.node(name).is_some() && !request.flag("force") {
        return Err(Refusal::died(format!("can't add existing node '{name}'")));
    }
    Err(Refusal::not_simulated(
        "new machines in a simulated cluster are not simulated: start it from a world that has them",
    ))
}

fn remove(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.in_path("node");
    let Some(node) = cluster.node(name).filter(|_| cluster.name.is_some()) else {
        return Err(Refusal::died(format!(
            "Node/IP: {name} is not a known host of the cluster."
        )));
    };
    if node.name == cluster.local_node() {
        return Err(Refusal::died("Cannot delete myself from cluster!"));
    }
    if node.online || cluster.guests.values().any(|guest| guest.node == node.name) {
        return Err(Refusal::not_simulated(format!(
            "taking node '{name}' out of the cluster while it runs or has guests is not simulated"
        )));
    }
    cluster.forget_node(name);
    Ok(Answer::null())
}

/// A node that has guests cannot join, nor one that is a member of a cluster.
fn join(cluster: &mut Cluster, request: &Request<'_>) -> Result<Answer, Refusal> {
    let host = request.text("hostname").unwrap_or_default();
    Ok(start(cluster, request, ("clusterjoin", ""), Join { host }))
}

/// Asks another cluster to be let in.
#[derive(Debug)]
struct Join {
    host: String,
}

impl Job for Join {
    fn begin(&self, cluster: &mut Cluster, task: &TaskContext) -> Result<Takes, String> {
        let node = &task.node;
        let has_guests = cluster.guests.values().any(|guest| guest.node == *node);
        let mut problems = Vec::new();
        if cluster.name.is_some() {
            problems.push("* authentication key '/etc/corosync/authkey' already exists");
            problems.push("* cluster config '/etc/pve/corosync.conf' already exists");
        }
        if has_guests {
            problems.push("* this host already contains virtual guests");
        }
        if cluster.name.is_some() {
            problems.push("* corosync is already running, is this node already in a cluster?!");
        }
        if problems.is_empty() {
            cluster.tasks.say(
                task.number,
                format!("Establishing API connection with host '{}'", self.host),
            );
            return Err(format!(
                "500 Can't connect to {}:8006 (No route to host)",
                self.host
            ));
        }
        cluster
            .tasks
            .say(task.number, "detected the following error(s):");
        for problem in problems {
            cluster.tasks.say(task.number, problem);
        }
        Err("Check if node may join a cluster failed!".to_owned())
    }

    fn finish(&self, _: &mut Cluster, _: &TaskContext) -> Result<(), String> {
        Ok(())
    }
}
