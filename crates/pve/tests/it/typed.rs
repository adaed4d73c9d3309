//! Typed calls read what a real server sends.

use std::sync::{Arc, Mutex};

use pve::{
    ClusterInfo, ClusterMember, ClusterStatus, ErrorKind, GuestAt, GuestState, MissingPrivilege,
    NewSnapshot, NodeState, Resource, Snapshot, SnapshotMemory, Snapshots, Upid,
};
use serde_json::{Value, json};

use crate::golden;
use crate::server::{Answer, Server};

fn guest(kind: &str) -> GuestAt {
    GuestAt {
        node: "pve1".parse().unwrap(),
        kind: kind.parse().unwrap(),
        vmid: "100".parse().unwrap(),
    }
}

const UPID: &str = "UPID:pve1:0000C530:001C9BEC:571E0322:qmstart:100:root@pam:";

#[tokio::test]
async fn members_and_quorum_are_read_in_a_cluster_and_without_one() {
    let server = Server::answering(|| {
        Answer::data(&json!([
            {"id": "cluster", "quorate": "1", "nodes": 2, "name": "rig", "version": "4", "type": "cluster"},
            {"id": "node/a", "ip": "10.99.0.1", "online": 1, "nodeid": 1, "name": "a", "local": true, "type": "node"},
            {"id": "node/b", "online": 0, "name": "b", "local": 0, "type": "node"},
            {"type": "news"},
        ]))
    })
    .await;
    let member = |name: &str, address: Option<&str>, up| ClusterMember {
        name: name.into(),
        address: address.map(Into::into),
        online: up,
        local: up,
    };
    assert_eq!(
        server.client().cluster_status().await.unwrap(),
        ClusterStatus {
            cluster: Some(ClusterInfo {
                name: "rig".into(),
                quorate: true,
                node_count: 2,
                config_version: 4
            }),
            members: vec![
                member("a", Some("10.99.0.1"), true),
                member("b", None, false)
            ],
        }
    );
}

#[tokio::test]
async fn both_kinds_of_guests_are_asked_by_the_same_calls() {
    let server = Server::start(|request| match request.target.rsplit('/').next().unwrap() {
        "feature?feature=snapshot" => Answer::data(&json!({"hasFeature": "1", "nodes": ["pve1"]})),
        "current" => Answer::data(&json!({
            "status": "running", "qmpstatus": "paused", "tags": "a;b", "ha": {"managed": 1, "state": "started"},
            "uptime": "77", "agent": 1, "cpus": 2, "name": "web"
        })),
        _ => Answer::data(&json!(UPID)),
    })
    .await;
    let client = server.client();
    let upid: Upid = UPID.parse().unwrap();
    for kind in ["qemu", "lxc"] {
        let guest = guest(kind);
        let wait = Some(std::time::Duration::from_millis(1500));
        assert_eq!(client.start(&guest).await.unwrap(), upid);
        assert_eq!(client.stop(&guest).await.unwrap(), upid);
        assert_eq!(client.shutdown(&guest, wait).await.unwrap(), upid);
        assert_eq!(client.reboot(&guest, None).await.unwrap(), upid);
        assert_eq!(
            client.delete_snapshot(&guest, "before/x").await.unwrap(),
            upid
        );
        assert!(client.guest_feature(&guest, "snapshot").await.unwrap());
        let status = client.guest_status(&guest).await.unwrap();
        assert_eq!(status.status, GuestState::Running);
        assert_eq!(status.qemu_state, Some(GuestState::Paused));
        assert_eq!(
            (status.ha_managed, status.ha_state.as_deref()),
            (true, Some("started"))
        );
        assert_eq!(
            (status.tags, status.uptime_s),
            (vec!["a".to_owned(), "b".to_owned()], Some(77))
        );
    }
    let expected: Vec<String> = ["qemu", "lxc"]
        .iter()
        .flat_map(|kind| {
            let base = format!("/api2/json/nodes/pve1/{kind}/100");
            [
                format!("POST {base}/status/start"),
                format!("POST {base}/status/stop"),
                format!("POST {base}/status/shutdown"),
                format!("POST {base}/status/reboot"),
                format!("DELETE {base}/snapshot/before%2Fx"),
                format!("GET {base}/feature?feature=snapshot"),
                format!("GET {base}/status/current"),
            ]
        })
        .collect();
    assert_eq!(server.lines(), expected);
    assert_eq!(server.seen()[2].body, "timeout=2");
}

#[tokio::test]
async fn a_configuration_is_text_by_key_with_its_digest_apart() {
    let server = Server::answering(|| {
        Answer::data(&json!({
            "digest": "abc", "cores": 2, "memory": "320", "onboot": true, "lxc": [["lxc.idmap", "u 0"]]
        }))
    })
    .await;
    let config = server.client().guest_config(&guest("lxc")).await.unwrap();
    assert_eq!(config.digest.as_deref(), Some("abc"));
    let values = [
        ("cores", "2"),
        ("lxc", "[[\"lxc.idmap\",\"u 0\"]]"),
        ("memory", "320"),
        ("onboot", "1"),
    ];
    assert_eq!(
        config.values,
        values.map(|(k, v)| (k.to_owned(), v.to_owned())).into()
    );
}

#[tokio::test]
async fn the_row_of_the_guest_itself_is_not_a_snapshot() {
    let server = Server::answering(|| {
        Answer::data(&json!([
            {"name": "disk1", "description": "two\nlines\n", "snaptime": 1_795_393_509, "parent": "live1", "vmstate": 0},
            {"name": "live1", "description": "", "snaptime": "1795393507", "vmstate": 1, "snapstate": "delete"},
            {"name": "current", "parent": "disk1", "running": 1, "digest": "91", "description": "You are here!"},
        ]))
    })
    .await;
    let snapshot = |name: &str, description: Option<&str>, time| Snapshot {
        name: name.into(),
        description: description.map(Into::into),
        time: Some(time),
        parent: None,
        with_memory: false,
        unfinished: None,
    };
    let disk1 = Snapshot {
        parent: Some("live1".into()),
        ..snapshot("disk1", Some("two\nlines"), 1_795_393_509)
    };
    let live1 = Snapshot {
        with_memory: true,
        unfinished: Some("delete".into()),
        ..snapshot("live1", None, 1_795_393_507)
    };
    let tree = Snapshots {
        list: vec![disk1, live1],
        current_parent: Some("disk1".into()),
        digest: Some("91".into()),
        running: true,
    };
    let client = server.client();
    assert_eq!(client.snapshot_tree(&guest("qemu")).await.unwrap(), tree);
    assert_eq!(client.snapshots(&guest("qemu")).await.unwrap(), tree.list);
}

#[tokio::test]
async fn memory_goes_into_snapshots_of_machines_only() {
    let server = Server::answering(|| Answer::data(&json!(UPID))).await;
    let client = server.client();
    let description = Some("before update".to_owned());
    let mut snapshot = NewSnapshot {
        name: "pre1".into(),
        description,
        memory: SnapshotMemory::Include,
    };
    client
        .create_snapshot(&guest("qemu"), &snapshot)
        .await
        .unwrap();
    assert!(
        client
            .create_snapshot(&guest("lxc"), &snapshot)
            .await
            .is_err()
    );
    snapshot.memory = SnapshotMemory::Exclude;
    client
        .create_snapshot(&guest("lxc"), &snapshot)
        .await
        .unwrap();
    let bodies: Vec<String> = server
        .seen()
        .into_iter()
        .map(|request| request.body)
        .collect();
    let plain = "snapname=pre1&description=before+update";
    assert_eq!(bodies, [format!("{plain}&vmstate=1"), plain.to_owned()]);
}

#[tokio::test]
async fn an_answer_without_a_task_id_is_unexpected_and_may_have_worked() {
    let server = Server::answering(|| Answer::data(&json!("OK"))).await;
    let error = server.client().start(&guest("qemu")).await.unwrap_err();
    assert!(
        matches!(error.kind(), pve::ErrorKind::Unexpected(_)),
        "{error}"
    );
    assert_eq!(error.class(), pve::ErrorClass::MaybeSent);
}

#[tokio::test]
async fn missing_privileges_are_named_with_their_path() {
    let server = Server::start(|request| {
        if request.target.ends_with("path=%2Fvms") {
            Answer::data(&json!({"/vms": {"VM.Audit": 1, "VM.PowerMgmt": 0}}))
        } else {
            Answer::data(&json!({}))
        }
    })
    .await;
    let client = server.client();
    let needed = [
        ("/vms", "VM.Audit"),
        ("/vms", "VM.Snapshot"),
        ("/nodes", "Sys.Audit"),
        ("/vms", "VM.PowerMgmt"),
    ];
    let missing = |path: &str, privilege: &str| MissingPrivilege {
        path: path.into(),
        privilege: privilege.into(),
    };
    assert_eq!(
        client.missing_privileges(&needed).await.unwrap(),
        [
            missing("/nodes", "Sys.Audit"),
            missing("/vms", "VM.Snapshot")
        ]
    );
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_server_that_answers_for_the_path_above_is_understood() {
    let server = Server::start(|_| {
        Answer::data(
            &json!({"/": {"VM.Audit": 1, "VM.PowerMgmt": 0}, "/vmsother": {"VM.Snapshot": 1}}),
        )
    })
    .await;
    let needed = [
        ("/vms", "VM.Audit"),
        ("/vms", "VM.PowerMgmt"),
        ("/vms", "VM.Snapshot"),
    ];
    let missing = |privilege: &str| MissingPrivilege {
        path: "/vms".into(),
        privilege: privilege.into(),
    };
    // What does not propagate from `/` and what another path holds is missing.
    assert_eq!(
        server.client().missing_privileges(&needed).await.unwrap(),
        [missing("VM.PowerMgmt"), missing("VM.Snapshot")]
    );
}

/// Replays each recorded answer to a path that `of` picks and hands the client's answer to it.
pub(crate) async fn replay<F: Future<Output = bool>>(
    of: impl Fn(pve::Client, String, Value) -> F,
) -> usize {
    let Some(calls) = golden::calls() else {
        return usize::MAX;
    };
    let next = Arc::new(Mutex::new(Value::Null));
    let record_to_send = Arc::clone(&next);
    let server = Server::start(move |_| Answer::recorded(&record_to_send.lock().unwrap())).await;
    let mut options = server.options();
    options.budget.foreground_per_second = 100_000;
    let client = pve::Client::connect(options).unwrap();
    let mut count = 0;
    for record in calls {
        if record["status"] != 200 || record["method"] != "GET" {
            continue;
        }
        let path = record["path"]
            .as_str()
            .unwrap()
            .trim_start_matches("/api2/json")
            .to_owned();
        *next.lock().unwrap() = record.clone();
        count += usize::from(of(client.clone(), path, record["body"]["data"].clone()).await);
    }
    count
}

#[tokio::test]
async fn every_recorded_inventory_is_read_row_by_row() {
    let count = replay(|client, path, data| async move {
        if path != "/cluster/resources" {
            return false;
        }
        let resources = client.cluster_resources().await.unwrap();
        let known = |row: &&Value| {
            ["node", "qemu", "lxc", "storage", "pool"].contains(&row["type"].as_str().unwrap())
        };
        let rows: Vec<&Value> = data.as_array().unwrap().iter().filter(known).collect();
        assert_eq!(resources.len(), rows.len());
        for (resource, row) in resources.iter().zip(rows) {
            let (id, status) = match resource {
                Resource::Node(node) => (format!("node/{}", node.node), node.status.to_string()),
                Resource::Guest(guest) => (
                    format!("{}/{}", guest.at.kind, guest.at.vmid),
                    guest.status.to_string(),
                ),
                Resource::Storage(storage) => (
                    format!("storage/{}/{}", storage.node, storage.storage),
                    storage.status.clone().unwrap(),
                ),
                Resource::Pool(pool) => (format!("/pool/{}", pool.pool), String::new()),
                _ => panic!("{resource:?}"),
            };
            assert_eq!(id, row["id"].as_str().unwrap());
            assert_eq!(status, row["status"].as_str().unwrap_or_default());
            if let Some(guest) = resource.as_guest() {
                assert_eq!(guest.memory_max_bytes, row["maxmem"].as_u64());
                assert_eq!(guest.uptime_s, row["uptime"].as_u64());
                assert_eq!(guest.name.as_deref(), row["name"].as_str());
            }
        }
        true
    })
    .await;
    assert!(count > 5, "{count}");
}

#[tokio::test]
async fn every_recorded_answer_of_a_typed_call_is_read() {
    let count = replay(|client, path, data| async move {
        let rows = data.as_array().map_or(0, Vec::len);
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        match parts.as_slice() {
            ["version"] => assert!(client.version().await.unwrap().numbers().is_some()),
            ["nodes"] => {
                let nodes = client.nodes().await.unwrap();
                assert_eq!(nodes.len(), rows);
                assert!(
                    nodes
                        .iter()
                        .all(|node| !matches!(node.status, NodeState::Other(_)))
                );
            }
            ["cluster", "status"] => {
                let status = client.cluster_status().await.unwrap();
                assert_eq!(
                    status.members.len() + usize::from(status.cluster.is_some()),
                    rows
                );
            }
            ["cluster", "tasks"] => {
                assert_eq!(client.cluster_tasks().await.unwrap().len(), rows);
            }
            ["nodes", _, "tasks"] => {
                let node = "pve1".parse().unwrap();
                let tasks = client
                    .node_tasks(&node, &pve::TaskFilter::default())
                    .await
                    .unwrap();
                assert_eq!(tasks.len(), rows);
            }
            ["nodes", _, "tasks", upid, "status"] => {
                let upid = percent_encoding::percent_decode_str(upid)
                    .decode_utf8()
                    .unwrap();
                let status = client.task_status(&upid.parse().unwrap()).await.unwrap();
                let running = status.state == pve::TaskState::Running;
                assert_eq!(running, data["status"] == "running");
            }
            ["nodes", _, "tasks", upid, "log"] if data.is_array() => {
                let upid = percent_encoding::percent_decode_str(upid)
                    .decode_utf8()
                    .unwrap();
                let log = client.task_log(&upid.parse().unwrap(), 0, 500).await;
                let only = data[0]["t"].as_str().unwrap_or_default();
                if only.starts_with("unable to open file - ") {
                    let error = log.unwrap_err();
                    assert!(
                        matches!(error.kind(), ErrorKind::Parameters { .. }),
                        "{error}"
                    );
                } else if rows == 1 && only == "no content" {
                    assert_eq!(log.unwrap(), (Vec::new(), 0));
                } else {
                    assert_eq!(log.unwrap().0.len(), rows);
                }
            }
            ["nodes", _, kind @ ("qemu" | "lxc"), _, "status", "current"] => {
                let status = client.guest_status(&guest(kind)).await.unwrap();
                assert_eq!(status.status.as_str(), data["status"].as_str().unwrap());
            }
            ["nodes", _, kind @ ("qemu" | "lxc"), _, "config"] => {
                let config = client.guest_config(&guest(kind)).await.unwrap();
                let keys = data.as_object().unwrap();
                assert_eq!(config.digest.as_deref(), data["digest"].as_str());
                let digest = usize::from(data["digest"].is_string());
                assert_eq!(config.values.len(), keys.len() - digest);
            }
            ["nodes", _, kind @ ("qemu" | "lxc"), _, "snapshot"] => {
                let tree = client.snapshot_tree(&guest(kind)).await.unwrap();
                assert_eq!(tree.list.len() + 1, rows);
                assert!(tree.digest.is_some());
            }
            ["nodes", _, kind @ ("qemu" | "lxc"), _, "feature"] => {
                let has = client
                    .guest_feature(&guest(kind), "snapshot")
                    .await
                    .unwrap();
                assert_eq!(has, data["hasFeature"] == 1);
            }
            ["access", "permissions"] => {
                let paths = client.permissions().await.unwrap().by_path;
                assert_eq!(paths.len(), data.as_object().unwrap().len());
            }
            _ => return false,
        }
        true
    })
    .await;
    println!("{count} recorded answers read");
    assert!(count > 500, "{count}");
}
