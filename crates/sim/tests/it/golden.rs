//! Against recordings of a real server: the same statuses, reason phrases and messages for the same
//! requests, and no key or JSON type in an answer that no recording shows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::client::{Answer, Rig, options};
use sim::World;

/// A file of the reference material beside the repository; says so when it is not there.
pub(crate) fn shared(path: &str) -> Option<String> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared")
        .join(path);
    let text = std::fs::read_to_string(&file);
    if text.is_err() {
        println!("skipped: the reference material ../shared/{path} is not there");
    }
    text.ok()
}

fn recordings(name: &str) -> Option<Vec<Value>> {
    let text = shared(&format!("facts/pve/golden/{name}.jsonl"))?;
    Some(
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect(),
    )
}

/// A world like that of the recordings: `pve1` alone, a VM that is stopped, containers on raw files.
async fn rig() -> Rig {
    let guest = |vmid: u32, kind: &str| {
        json!({
            "vmid": vmid, "name": if kind == "qemu" { "web01" } else { "ct1" }, "type": kind, "node": "pve1",
            "status": if kind == "qemu" { "running" } else { "stopped" }, "template": false, "cores": 1,
            "memory_mb": 256,
            "disks": [{"key": if kind == "lxc" { "rootfs" } else { "scsi0" }, "storage": "data", "size_gb": 1}],
            "tags": ["prod", "web"], "pool": null, "onboot": false, "protection": false, "lock": null,
            "agent": true, "description": "first", "snapshots": []
        })
    };
    let storage = |id: &str, content: &[&str]| {
        json!({"id": id, "type": "dir", "shared": false, "nodes": null, "content": content,
               "total_gb": 100, "used_gb": 10, "enabled": true, "active": true})
    };
    let world = json!({
        "fixture": "", "now": "2026-11-24T12:00:00Z", "cluster": {"name": "", "quorate": true},
        "nodes": [{"name": "pve1", "status": "online", "cores": 2, "memory_mb": 24000,
                   "memory_used_mb": 4096, "cpu_load": 0.25}],
        "storages": [storage("data", &["images", "rootdir"]), storage("local", &["iso", "backup"])],
        "guests": [guest(100, "qemu"), guest(200, "lxc")],
        "pools": [], "identity": null, "faults": []
    });
    Rig::start(options(World::from_json(&world.to_string()).unwrap())).await
}

#[tokio::test]
async fn refusals_have_the_recorded_status_reason_and_texts() {
    let Some(records) = recordings("01_auth_and_errors") else {
        return;
    };
    let mut rig = rig().await;
    let token = format!(
        "PVEAPIToken={}={}",
        rig.sim.token_id(),
        rig.sim.token_secret()
    );
    let mut compared = 0;
    for record in &records {
        let text = |key: &str| record[key].as_str().unwrap_or_default();
        let (method, path, auth) = (text("method"), text("path"), text("auth"));
        let status = record["status"].as_u64().unwrap();
        let left_out = path.contains("rrddata")       // not simulated yet
            || path.contains("/cluster/backup")       // not simulated yet
            || path.ends_with("/cluster/options")     // read only yet
            || path.ends_with("/content")             // not simulated yet
            || (method, path) == ("DELETE", "/api2/json/nodes/pve1/qemu/999")
            || path.contains("/../")              // the client resolves it before it asks
            || auth.starts_with("custom")             // other tests
            || auth.contains("no CSRF")
            || !path.starts_with("/api2/");
        if status < 400 || left_out {
            continue;
        }
        rig.with_headers(match auth {
            "none" => Vec::new(),
            _ => vec![("authorization", token.clone())],
        });
        let full = match record["query"].as_str() {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        };
        let form: Vec<(String, String)> = record["params"]
            .as_object()
            .into_iter()
            .flatten()
            .filter(|_| method == "POST")
            .map(|(key, value)| {
                (
                    key.clone(),
                    value
                        .as_str()
                        .map_or_else(|| value.to_string(), str::to_owned),
                )
            })
            .collect();
        let content_type = record["req_content_type"].as_str().unwrap_or_default();
        if content_type == "application/json" || content_type == "text/plain" {
            continue;
        }
        let form: Vec<(&str, &str)> = form
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        let answer = rig.call(method, &full, &form).await;
        let seq = &record["seq"];
        assert_eq!(
            u64::from(answer.status),
            status,
            "{seq} {method} {full}: {answer:?}"
        );
        assert_eq!(answer.reason, text("reason"), "{seq} {method} {full}");
        let content_type = record["headers"]["Content-Type"].as_str();
        assert_eq!(
            answer.content_type.as_deref(),
            content_type,
            "{seq} {method} {full}"
        );
        match record.get("body") {
            Some(body) => assert_eq!(&answer.body, body, "{seq} {method} {full}"),
            None => assert_eq!(answer.text, text("body_text"), "{seq} {method} {full}"),
        }
        compared += 1;
    }
    println!("{compared} refusals compared");
    assert!(compared > 35, "{compared}");
}

/// Keys of rows, with the JSON types seen, by kind of endpoint.
#[derive(Debug, Default)]
struct Shapes(BTreeMap<String, BTreeMap<String, BTreeSet<&'static str>>>);

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}

const SERVED: &[&str] = &[
    "/version",
    "/cluster/resources",
    "/cluster/status",
    "/cluster/tasks",
    "/cluster/ha/status/current",
    "/nodes",
    "/nodes/{node}/status",
    "/nodes/{node}/version",
    "/nodes/{node}/qemu",
    "/nodes/{node}/lxc",
    "/nodes/{node}/qemu/{vmid}/status/current",
    "/nodes/{node}/lxc/{vmid}/status/current",
    "/nodes/{node}/qemu/{vmid}/config",
    "/nodes/{node}/lxc/{vmid}/config",
    "/nodes/{node}/qemu/{vmid}/pending",
    "/nodes/{node}/qemu/{vmid}/snapshot",
    "/nodes/{node}/lxc/{vmid}/snapshot",
    "/nodes/{node}/qemu/{vmid}/snapshot/{name}/config",
    "/nodes/{node}/qemu/{vmid}/feature",
    "/nodes/{node}/tasks",
    "/nodes/{node}/tasks/{upid}/status",
    "/nodes/{node}/tasks/{upid}/log",
    "/nodes/{node}/storage",
    "/nodes/{node}/storage/{storage}/status",
    "/storage",
    "/pools",
    "/access/users",
    "/access/domains",
    "/access/roles",
];

// Shown by real servers in situations that the recordings do not have.
const ALSO_REAL: &[(&str, &str)] = &[
    ("/nodes/{node}/status ", "wait"),
    ("/cluster/tasks ", "tokenid"),
    ("/nodes/{node}/tasks ", "tokenid"),
    ("/nodes/{node}/tasks/{upid}/status ", "tokenid"),
    ("/access/users ", "tokens"),
    (
        "/nodes/{node}/qemu/{vmid}/snapshot/{name}/config ",
        "onboot",
    ),
];

/// What an endpoint is, whatever node, guest, snapshot or task its path names.
fn endpoint(path: &str) -> Option<String> {
    let path = path.strip_prefix("/api2/json").unwrap_or(path);
    let mut parts = Vec::new();
    let mut before = "";
    for part in path.split('/').filter(|part| !part.is_empty()) {
        let name = match before {
            "nodes" => "{node}",
            "qemu" | "lxc" => "{vmid}",
            "snapshot" => "{name}",
            "tasks" => "{upid}",
            "storage" if parts.len() > 2 => "{storage}",
            _ => part,
        };
        parts.push(name);
        before = part;
    }
    let endpoint = format!("/{}", parts.join("/"));
    SERVED.contains(&endpoint.as_str()).then_some(endpoint)
}

impl Shapes {
    fn learn(&mut self, endpoint: &str, data: &Value) {
        let rows = match data {
            Value::Array(rows) => rows.iter().collect(),
            other => vec![other],
        };
        for row in rows {
            let kind = row.get("type").filter(|_| endpoint == "/cluster/resources");
            let kind = kind.and_then(Value::as_str).unwrap_or_default();
            let keys = self.0.entry(format!("{endpoint} {kind}")).or_default();
            for (key, value) in row.as_object().into_iter().flatten() {
                keys.entry(key.clone())
                    .or_default()
                    .insert(type_name(value));
            }
        }
    }
}

#[tokio::test]
async fn answers_have_no_key_and_no_type_that_no_recording_shows() {
    const FILES: &[&str] = &[
        "01_auth_and_errors",
        "02_access",
        "03_cluster_and_node",
        "04_storage",
        "05_qemu_lifecycle",
        "07_lxc_lifecycle",
        "08_agent_guest",
        "09_two_node_cluster",
        "20_guest_config_hotplug",
        "22_snapshots_tree",
        "25_tasks_logs",
        "26_two_node_ops",
    ];
    let mut known = Shapes::default();
    for file in FILES {
        let Some(records) = recordings(file) else {
            return;
        };
        for record in records {
            let path = record["path"].as_str().unwrap_or_default();
            let is_read = record["method"] == "GET" && record["status"] == 200;
            if let Some(endpoint) = endpoint(path).filter(|_| is_read) {
                known.learn(&endpoint, &record["body"]["data"]);
            }
        }
    }
    let rig = rig().await;
    let mut ours = Shapes::default();
    let mut read = async |path: &str| {
        let answer: Answer = rig.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        let endpoint =
            endpoint(path.split('?').next().unwrap()).unwrap_or_else(|| panic!("{path}"));
        ours.learn(&endpoint, answer.data());
    };
    let made = rig
        .post(
            "/nodes/pve1/qemu/100/snapshot",
            &[("snapname", "one"), ("vmstate", "1")],
        )
        .await;
    read("/cluster/resources").await;
    rig.wait_s(60);
    let task = format!("/nodes/pve1/tasks/{}", made.upid().replace(':', "%3A"));
    rig.put("/nodes/pve1/qemu/100/config", &[("memory", "512")])
        .await;
    rig.post("/nodes/pve1/lxc/200/status/start", &[]).await;
    rig.wait_s(60);
    for path in [
        "/version",
        "/cluster/resources",
        "/cluster/status",
        "/cluster/tasks",
        "/cluster/ha/status/current",
        "/nodes",
        "/nodes/pve1/status",
        "/nodes/pve1/version",
        "/nodes/pve1/qemu",
        "/nodes/pve1/qemu?full=1",
        "/nodes/pve1/lxc",
        "/nodes/pve1/qemu/100/status/current",
        "/nodes/pve1/lxc/200/status/current",
        "/nodes/pve1/qemu/100/config",
        "/nodes/pve1/lxc/200/config",
        "/nodes/pve1/qemu/100/pending",
        "/nodes/pve1/qemu/100/snapshot",
        "/nodes/pve1/lxc/200/snapshot",
        "/nodes/pve1/qemu/100/snapshot/one/config",
        "/nodes/pve1/qemu/100/feature?feature=snapshot",
        "/nodes/pve1/tasks",
        &format!("{task}/status"),
        &format!("{task}/log"),
        "/nodes/pve1/storage",
        "/nodes/pve1/storage/local/status",
        "/storage",
        "/pools",
        "/access/users",
        "/access/users?full=1",
        "/access/domains",
        "/access/roles",
    ] {
        read(path).await;
    }
    let mut strange = Vec::new();
    for (endpoint, keys) in &ours.0 {
        for (key, types) in keys {
            let seen = known.0.get(endpoint).and_then(|keys| keys.get(key));
            let is_real = ALSO_REAL.contains(&(endpoint.as_str(), key.as_str()));
            match seen {
                None if !is_real => {
                    strange.push(format!("{endpoint}: key {key} is in no recording"));
                }
                Some(seen) if !types.is_subset(seen) && !is_real => {
                    strange.push(format!(
                        "{endpoint}: {key} is {types:?}, recorded as {seen:?}"
                    ));
                }
                _ => {}
            }
        }
    }
    assert!(strange.is_empty(), "{strange:#?}");
    println!("{} endpoints compared", ours.0.len());
}
