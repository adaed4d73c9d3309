//! Typed calls about many guests: HA, pools, replication, options, log, bulk actions.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use pve::{
    BulkGuests, Client, ClusterBulkAction, ClusterOptionsChange, Differences, Error, ErrorKind,
    HaAffinity, HaDisarmMode, HaGroupChange, HaMove, HaMoveAnswer, HaNode, HaRequest,
    HaResourceChange, HaRuleKind, HaRuleSpec, HaSid, NewReplicationJob, NodeBulkAction, Params,
    PoolChange, RemoveReplication, ReplicationChange, Resource, Vmid,
};
use serde_json::{Value, json};

use crate::golden;
use crate::server::{Answer, Server};
use crate::typed::replay;
use crate::typed_guest_writes::wire;

const NOW: Differences = Differences::of_numbers(9, 1);
const OLD: Differences = Differences::of_numbers(8, 4);
const UPID: &str = "UPID:pve1:0000C530:001C9BEC:571E0322:bulk-start::root@pam:";

async fn giving(data: Value) -> Server {
    Server::answering(move || Answer::data(&data)).await
}

fn vmid(text: &str) -> Vmid {
    text.parse().unwrap()
}

fn sid(text: &str) -> HaSid {
    HaSid::from(text.to_owned())
}

fn needs_another_version<T: std::fmt::Debug>(result: Result<T, Error>) -> bool {
    matches!(result.unwrap_err().kind(), ErrorKind::NotImplemented { .. })
}

#[tokio::test]
async fn every_recorded_answer_about_the_cluster_is_read() {
    let count = replay(|client, path, data| async move {
        let rows = data.as_array().map_or(0, Vec::len);
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        match parts.as_slice() {
            ["pools"] => {
                let pools = client.pools().await.unwrap();
                assert_eq!(pools.len(), rows);
                let members = |pool: &Value| pool["members"].as_array().map_or(0, Vec::len);
                for (pool, row) in pools.iter().zip(data.as_array().unwrap()) {
                    assert_eq!(pool.id, row["poolid"].as_str().unwrap());
                    assert_eq!(pool.members.0.len(), members(row));
                }
                if rows == 1 {
                    let pool = client.pool("any").await.unwrap();
                    assert_eq!(pool, pools[0]);
                }
            }
            ["cluster", "nextid"] => {
                // Asked for a given number PVE repeats it.
                let number = client.next_vmid().await.unwrap();
                assert_eq!(Some(&*number.to_string()), data.as_str());
                assert!(client.vmid_is_free(number).await.unwrap());
            }
            ["cluster", "options"] => {
                let options = client.cluster_options().await.unwrap();
                assert_eq!(options.values.len(), data.as_object().unwrap().len());
                let tags = data["allowed-tags"].as_array().unwrap();
                assert_eq!(options.allowed_tags().len(), tags.len());
            }
            ["cluster", "log"] => {
                let entries = client.cluster_log(None).await.unwrap();
                assert_eq!(entries.len(), rows);
                assert!(entries.iter().all(|entry| entry.message.is_some()));
            }
            ["cluster", "replication"] => {
                assert_eq!(client.replication_jobs().await.unwrap().len(), rows);
            }
            ["nodes", _, "replication"] => {
                let node = "pve1".parse().unwrap();
                let status = client.replication_status(&node, None).await.unwrap();
                assert_eq!(status.len(), rows);
            }
            ["nodes", _, "version"] => {
                let node = "pve1".parse().unwrap();
                assert_eq!(client.differences_at(&node).await.unwrap(), NOW);
            }
            ["cluster", "ha", "resources"] => {
                let resources = client.ha_resources().await.unwrap();
                assert_eq!(resources.len(), rows);
                for (resource, row) in resources.iter().zip(data.as_array().unwrap()) {
                    assert!(matches!(resource.sid, HaSid::Guest { .. }));
                    assert_eq!(resource.sid.to_string(), row["sid"].as_str().unwrap());
                    assert_eq!(resource.max_restart, row["max_restart"].as_u64());
                }
            }
            ["cluster", "ha", "resources", _] => {
                let resource = client.ha_resource(&sid("vm:100")).await.unwrap();
                assert_eq!(resource.sid.to_string(), data["sid"].as_str().unwrap());
                let state = resource.state.unwrap();
                assert!(!matches!(state, HaRequest::Other(_)), "{state}");
                assert!(resource.digest.is_some());
            }
            ["cluster", "ha", "rules"] => {
                let rules = client.ha_rules(None, NOW).await.unwrap();
                assert_eq!(rules.len(), rows);
                for (rule, row) in rules.iter().zip(data.as_array().unwrap()) {
                    assert!(!matches!(rule.kind, HaRuleKind::Other(_)));
                    assert!(!rule.resources.is_empty());
                    assert_eq!(rule.nodes.is_empty(), row["nodes"].is_null());
                    assert_eq!(rule.disabled, row["disable"] == 1);
                }
            }
            ["cluster", "ha", "rules", _] => {
                let rule = client.ha_rule("any", NOW).await.unwrap();
                assert_eq!(rule.rule, data["rule"].as_str().unwrap());
            }
            ["cluster", "ha", "status", "current"] => {
                let status = client.ha_status().await.unwrap();
                assert_eq!(status.rows.len(), rows);
                let row = data
                    .as_array()
                    .unwrap()
                    .iter()
                    .find(|row| row["type"] == "quorum");
                assert_eq!(status.is_quorate(), row.unwrap()["quorate"] == 1);
                let services = |row: &&Value| row["type"] == "service";
                for row in data.as_array().unwrap().iter().filter(services) {
                    let service = status.service(&sid(row["sid"].as_str().unwrap())).unwrap();
                    assert_eq!(service.state.as_deref(), row["state"].as_str());
                }
            }
            ["cluster", "ha", "status", "manager_status"] => {
                let status = client.ha_manager_status().await.unwrap();
                let manager = &data["manager_status"];
                assert_eq!(status.master.as_deref(), manager["master_node"].as_str());
                assert_eq!(
                    status.nodes.len(),
                    manager["node_status"].as_object().unwrap().len()
                );
                let services = manager["service_status"]
                    .as_object()
                    .map_or(0, serde_json::Map::len);
                assert_eq!(status.services.len(), services);
                let lrm = data["lrm_status"]
                    .as_object()
                    .map_or(0, serde_json::Map::len);
                assert_eq!(status.lrm.len(), lrm);
                assert!(status.quorate);
            }
            _ => return false,
        }
        true
    })
    .await;
    println!("{count} recorded answers read");
    assert!(count > 70, "{count}");
}

#[tokio::test]
async fn a_pool_is_named_by_a_parameter_so_that_it_can_be_within_another() {
    let server = giving(json!([{
        "poolid": "prod/web", "comment": "", "members": [
            {"type": "qemu", "id": "qemu/100", "vmid": 100, "node": "pve1", "status": "running"},
            {"type": "storage", "id": "storage/pve1/fast", "storage": "fast", "node": "pve1"},
            {"type": "news"},
        ],
    }]))
    .await;
    let client = server.client();
    let pool = client.pool("prod/web").await.unwrap();
    assert_eq!((pool.id.as_str(), pool.comment), ("prod/web", None));
    let [Resource::Guest(guest), Resource::Storage(storage)] = pool.members.0.as_slice() else {
        panic!("{:?}", pool.members);
    };
    assert_eq!(
        (guest.at.to_string().as_str(), storage.storage.as_str()),
        ("pve1/qemu/100", "fast")
    );
    client.create_pool("prod/web", Some("x")).await.unwrap();
    let change = PoolChange {
        guests: vec![vmid("100"), vmid("101")],
        storages: vec!["fast".into()],
        allow_move: true,
        ..PoolChange::default()
    };
    client.update_pool("prod/web", &change).await.unwrap();
    let change = PoolChange {
        comment: Some(String::new()),
        guests: vec![vmid("100")],
        remove: true,
        ..PoolChange::default()
    };
    client.update_pool("prod/web", &change).await.unwrap();
    client.delete_pool("prod/web").await.unwrap();
    let id = "poolid=prod%2Fweb";
    assert_eq!(
        wire(&server),
        [
            format!("GET /pools?{id}"),
            format!("POST /pools {id}&comment=x"),
            format!("PUT /pools {id}&vms=100%2C101&storage=fast&allow-move=1"),
            format!("PUT /pools {id}&comment=&vms=100&delete=1"),
            format!("DELETE /pools?{id}"),
        ]
    );
}

#[tokio::test]
async fn a_guest_number_in_use_is_no_error_and_a_wrong_one_is() {
    let answer = |text: &'static str| {
        Server::answering(move || {
            let body = json!({"data": null, "errors": {"vmid": text}, "message": "Parameter verification failed.\n"});
            Answer::json(400, "Parameter verification failed.", &body)
        })
    };
    let server = answer("VM 100 already exists").await;
    assert!(!server.client().vmid_is_free(vmid("100")).await.unwrap());
    assert_eq!(server.lines(), ["GET /api2/json/cluster/nextid?vmid=100"]);
    let server = answer("invalid format - value does not look like a valid VM ID\n").await;
    assert!(server.client().vmid_is_free(vmid("100")).await.is_err());
}

#[tokio::test]
async fn a_free_number_is_a_number_however_it_is_written() {
    for data in [json!("107"), json!(107)] {
        let server = giving(data).await;
        assert_eq!(server.client().next_vmid().await.unwrap(), vmid("107"));
    }
    let server = giving(json!({"odd": 1})).await;
    assert!(server.client().next_vmid().await.is_err());
}

#[tokio::test]
async fn options_that_come_taken_apart_are_kept_whole() {
    let server = giving(json!({
        "migration": {"type": "secure"}, "max_workers": 4, "keyboard": "de", "allowed-tags": ["a", "b"],
    }))
    .await;
    let client = server.client();
    let options = client.cluster_options().await.unwrap();
    assert_eq!(options.get("migration"), Some("{\"type\":\"secure\"}"));
    assert_eq!(options.get("max_workers"), Some("4"));
    assert_eq!(options.allowed_tags(), ["a", "b"]);
    let change = ClusterOptionsChange {
        set: Params::new().with("migration", "type=secure"),
        delete: vec!["keyboard".into(), "max_workers".into()],
    };
    client.set_cluster_options(&change).await.unwrap();
    client.cluster_log(Some(5)).await.unwrap_err();
    assert_eq!(
        wire(&server),
        [
            "GET /cluster/options",
            "PUT /cluster/options migration=type%3Dsecure&delete=keyboard%2Cmax_workers",
            "GET /cluster/log?max=5",
        ]
    );
}

#[tokio::test]
async fn ha_resources_are_made_changed_moved_and_given_up() {
    let server = giving(json!({"sid": "vm:100", "requested-node": "pve2", "comigrated-resources": ["vm:101", "ct:7x"]})).await;
    let client = server.client();
    let vm = sid("vm:100");
    let wanted = HaResourceChange {
        state: Some(HaRequest::Started),
        max_restart: Some(2),
        failback: Some(false),
        comment: Some("x".into()),
        ..HaResourceChange::default()
    };
    client.create_ha_resource(&vm, &wanted, NOW).await.unwrap();
    let change = HaResourceChange {
        state: Some(HaRequest::Stopped),
        delete: vec!["comment".into()],
        digest: Some("a1".into()),
        ..HaResourceChange::default()
    };
    client.update_ha_resource(&vm, &change, OLD).await.unwrap();
    client
        .delete_ha_resource(&vm, Some(false), NOW)
        .await
        .unwrap();
    client
        .delete_ha_resource(&sid("ct:200"), None, OLD)
        .await
        .unwrap();
    let moved = client
        .move_ha_resource(&vm, &"pve2".parse().unwrap(), HaMove::Migrate)
        .await
        .unwrap();
    let expected = HaMoveAnswer {
        sid: Some(vm.clone()),
        requested_node: Some("pve2".parse().unwrap()),
        comigrated: vec![sid("vm:101"), HaSid::Other("ct:7x".into())],
        blocking: vec![],
    };
    assert_eq!(moved, expected);
    let to = "pve2".parse().unwrap();
    client
        .move_ha_resource(&vm, &to, HaMove::Relocate)
        .await
        .unwrap();
    let base = "/cluster/ha/resources";
    assert_eq!(
        wire(&server),
        [
            format!("POST {base} sid=vm%3A100&state=started&max_restart=2&failback=0&comment=x"),
            format!("PUT {base}/vm%3A100 state=stopped&delete=comment&digest=a1"),
            format!("DELETE {base}/vm%3A100?purge=0"),
            format!("DELETE {base}/ct%3A200"),
            format!("POST {base}/vm%3A100/migrate node=pve2"),
            format!("POST {base}/vm%3A100/relocate node=pve2"),
        ]
    );
}

#[tokio::test]
async fn what_a_version_does_not_have_is_refused_before_it_is_sent() {
    let server = giving(json!([])).await;
    let client = server.client();
    let vm = sid("vm:100");
    let with = |change: HaResourceChange, differences| {
        let (client, vm) = (client.clone(), vm.clone());
        async move { client.update_ha_resource(&vm, &change, differences).await }
    };
    let failback = HaResourceChange {
        failback: Some(true),
        ..HaResourceChange::default()
    };
    let group = HaResourceChange {
        group: Some("g".into()),
        ..HaResourceChange::default()
    };
    let rebalance = HaResourceChange {
        auto_rebalance: Some(true),
        ..HaResourceChange::default()
    };
    assert!(needs_another_version(with(failback, OLD).await));
    assert!(needs_another_version(with(group, NOW).await));
    assert!(needs_another_version(with(rebalance, NOW).await));
    assert!(needs_another_version(
        client.delete_ha_resource(&vm, Some(true), OLD).await
    ));
    assert!(needs_another_version(client.ha_groups(NOW).await));
    assert!(needs_another_version(client.ha_rules(None, OLD).await));
    assert!(needs_another_version(client.arm_ha(OLD).await));
    let start = ClusterBulkAction::Start { timeout: None };
    let bulk = client
        .bulk_in_cluster(&BulkGuests::All, &start, None, OLD)
        .await;
    let error = bulk.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("BulkActions exists from 9.1, this is 8.4"),
        "{error}"
    );
    assert_eq!(server.seen().len(), 0);
}

#[tokio::test]
async fn a_wish_to_move_is_answered_by_nothing_on_old_servers() {
    let server = giving(Value::Null).await;
    let to = "pve2".parse().unwrap();
    let answer = server
        .client()
        .move_ha_resource(&sid("ct:200"), &to, HaMove::Migrate)
        .await;
    assert_eq!(
        answer.unwrap(),
        HaMoveAnswer {
            sid: None,
            requested_node: None,
            comigrated: vec![],
            blocking: vec![],
        }
    );
}

fn node(name: &str, priority: Option<u32>) -> HaNode {
    HaNode {
        node: name.parse().unwrap(),
        priority,
    }
}

#[tokio::test]
async fn groups_of_8_are_read_and_written() {
    let server =
        giving(json!([{"group": "g", "nodes": "pve1:2,pve2", "restricted": "1", "type": "group"}]))
            .await;
    let client = server.client();
    let groups = client.ha_groups(OLD).await.unwrap();
    assert_eq!(groups[0].nodes, [node("pve1", Some(2)), node("pve2", None)]);
    assert_eq!((groups[0].restricted, groups[0].nofailback), (true, false));
    let values = HaGroupChange {
        nodes: groups[0].nodes.clone(),
        restricted: Some(true),
        ..HaGroupChange::default()
    };
    client.create_ha_group("g", &values, OLD).await.unwrap();
    let change = HaGroupChange {
        nofailback: Some(true),
        delete: vec!["restricted".into()],
        ..HaGroupChange::default()
    };
    client.update_ha_group("g", &change, OLD).await.unwrap();
    client.delete_ha_group("g", OLD).await.unwrap();
    assert_eq!(
        wire(&server),
        [
            "GET /cluster/ha/groups",
            "POST /cluster/ha/groups group=g&nodes=pve1%3A2%2Cpve2&restricted=1",
            "PUT /cluster/ha/groups/g nofailback=1&delete=restricted",
            "DELETE /cluster/ha/groups/g",
        ]
    );
}

#[tokio::test]
async fn rules_of_9_are_read_and_written_with_their_kind() {
    let server = giving(json!([
        {"rule": "a", "type": "node-affinity", "nodes": "pve1:2,pve2", "resources": "vm:100,ct:200", "strict": 1, "order": 1},
        {"rule": "b", "type": "new-kind", "resources": "vm:100", "affinity": "sideways", "disable": "1"},
    ]))
    .await;
    let client = server.client();
    let rules = client.ha_rules(Some(&sid("vm:100")), NOW).await.unwrap();
    assert_eq!(rules[0].resources, [sid("vm:100"), sid("ct:200")]);
    assert_eq!(rules[0].nodes, [node("pve1", Some(2)), node("pve2", None)]);
    assert!(rules[0].strict && !rules[0].disabled && rules[1].disabled);
    assert_eq!(rules[1].kind, HaRuleKind::Other("new-kind".into()));
    assert_eq!(
        rules[1].affinity,
        Some(HaAffinity::Other("sideways".into()))
    );
    let spec = HaRuleSpec {
        resources: vec![sid("vm:100")],
        nodes: vec![node("pve1", Some(2))],
        strict: Some(true),
        ..HaRuleSpec::new(HaRuleKind::NodeAffinity)
    };
    client.create_ha_rule("c", &spec, NOW).await.unwrap();
    let change = HaRuleSpec {
        affinity: Some(HaAffinity::Negative),
        disabled: Some(false),
        comment: Some("x".into()),
        digest: Some("a1".into()),
        ..HaRuleSpec::new(HaRuleKind::ResourceAffinity)
    };
    client.update_ha_rule("c", &change, NOW).await.unwrap();
    client.delete_ha_rule("c", NOW).await.unwrap();
    client.disarm_ha(HaDisarmMode::Freeze, NOW).await.unwrap();
    client.arm_ha(NOW).await.unwrap();
    let base = "/cluster/ha";
    assert_eq!(
        wire(&server),
        [
            format!("GET {base}/rules?resource=vm%3A100"),
            format!(
                "POST {base}/rules rule=c&type=node-affinity&resources=vm%3A100&nodes=pve1%3A2&strict=1"
            ),
            format!(
                "PUT {base}/rules/c type=resource-affinity&affinity=negative&disable=0&comment=x&digest=a1"
            ),
            format!("DELETE {base}/rules/c"),
            format!("POST {base}/status/disarm-ha resource-mode=freeze"),
            format!("POST {base}/status/arm-ha"),
        ]
    );
}

#[tokio::test]
async fn replication_is_configured_for_the_cluster_and_watched_on_a_node() {
    let server = Server::start(|request| match request.target.rsplit('/').next().unwrap() {
        "status" => Answer::data(&json!({"id": "100-0", "guest": "100", "target": "pve2", "fail_count": "3", "error": "no route", "duration": 1.5, "last_sync": 0})),
        "schedule_now" => Answer::data(&json!(UPID)),
        last if last.starts_with("log?") => {
            Answer::json(200, "OK", &json!({"data": [{"n": 1, "t": "start"}, {"n": "2"}], "total": 9}))
        }
        _ => Answer::data(&json!({"id": "100-0", "guest": 100, "target": "pve2", "rate": "10", "disable": 1, "type": "local"})),
    })
    .await;
    let client = server.client();
    let pve1 = "pve1".parse().unwrap();
    let job = client.replication_job("100-0").await.unwrap();
    assert_eq!(
        (job.guest, job.rate_mb_s, job.disabled),
        (Some(vmid("100")), Some(10.0), true)
    );
    let new = NewReplicationJob {
        guest: vmid("100"),
        number: 1,
        target: "pve2".parse().unwrap(),
        schedule: Some("*/15".into()),
        rate_mb_s: Some(12.5),
        comment: None,
        disabled: false,
    };
    client.create_replication_job(&new).await.unwrap();
    let change = ReplicationChange {
        disabled: Some(false),
        delete: vec!["rate".into()],
        digest: Some("a1".into()),
        ..ReplicationChange::default()
    };
    client
        .update_replication_job("100-1", &change)
        .await
        .unwrap();
    for how in [
        RemoveReplication::WithCopies,
        RemoveReplication::KeepCopies,
        RemoveReplication::EntryOnly,
    ] {
        client.delete_replication_job("100-1", how).await.unwrap();
    }
    let status = client.replication_job_status(&pve1, "100-0").await.unwrap();
    assert_eq!(
        (status.fail_count, status.error.as_deref()),
        (Some(3), Some("no route"))
    );
    assert_eq!(
        (status.last_sync_s, status.duration_s),
        (Some(0), Some(1.5))
    );
    let (lines, total) = client.replication_log(&pve1, "100-0", 0, 50).await.unwrap();
    assert_eq!(
        (lines[1].number, lines[1].text.as_str(), total),
        (2, "", Some(9))
    );
    client
        .run_replication_now(&pve1, "100-0")
        .await
        .unwrap()
        .unwrap();
    let base = "/cluster/replication";
    assert_eq!(
        wire(&server),
        [
            format!("GET {base}/100-0"),
            format!("POST {base} id=100-1&type=local&target=pve2&schedule=*%2F15&rate=12.5"),
            format!("PUT {base}/100-1 disable=0&delete=rate&digest=a1"),
            format!("DELETE {base}/100-1"),
            format!("DELETE {base}/100-1?keep=1"),
            format!("DELETE {base}/100-1?force=1"),
            "GET /nodes/pve1/replication/100-0/status".into(),
            "GET /nodes/pve1/replication/100-0/log?start=0&limit=50".into(),
            "POST /nodes/pve1/replication/100-0/schedule_now".into(),
        ]
    );
}

#[tokio::test]
async fn bulk_actions_of_a_node_take_their_guests_as_one_text() {
    let server = giving(json!(UPID)).await;
    let client = server.client();
    let pve1 = "pve1".parse().unwrap();
    let two = BulkGuests::These(vec![vmid("100"), vmid("101")]);
    let stop = NodeBulkAction::Stop {
        timeout: Some(Duration::from_secs(5)),
        force_stop: Some(false),
    };
    let migrate = NodeBulkAction::Migrate {
        target: "pve2".parse().unwrap(),
        with_local_disks: true,
    };
    let (start, forced) = (
        NodeBulkAction::Start { force: false },
        NodeBulkAction::Start { force: true },
    );
    let bulk = |guests: &BulkGuests, action: &NodeBulkAction, workers, differences| {
        let (client, pve1) = (client.clone(), &pve1);
        let (guests, action) = (guests.clone(), action.clone());
        async move {
            client
                .bulk_on_node(pve1, &guests, &action, workers, differences)
                .await
        }
    };
    bulk(&BulkGuests::All, &start, None, OLD).await.unwrap();
    bulk(&two, &forced, Some(3), NOW).await.unwrap();
    bulk(&two, &stop, None, OLD).await.unwrap();
    bulk(&two, &NodeBulkAction::Suspend, None, OLD)
        .await
        .unwrap();
    bulk(&two, &migrate, Some(2), OLD).await.unwrap();
    bulk(&two, &migrate, Some(2), NOW).await.unwrap();
    assert!(needs_another_version(bulk(&two, &stop, Some(2), OLD).await));
    let base = "POST /nodes/pve1";
    let vms = "vms=100%2C101";
    assert_eq!(
        wire(&server),
        [
            format!("{base}/startall"),
            format!("{base}/startall force=1&{vms}&max-workers=3"),
            format!("{base}/stopall timeout=5&force-stop=0&{vms}"),
            format!("{base}/suspendall {vms}"),
            format!("{base}/migrateall target=pve2&with-local-disks=1&{vms}&maxworkers=2"),
            format!("{base}/migrateall target=pve2&with-local-disks=1&{vms}&max-workers=2"),
        ]
    );
}

#[tokio::test]
async fn bulk_actions_of_the_cluster_take_their_guests_one_by_one() {
    let server = giving(json!(UPID)).await;
    let client = server.client();
    let two = BulkGuests::These(vec![vmid("100"), vmid("101")]);
    let actions = [
        ClusterBulkAction::Start { timeout: None },
        ClusterBulkAction::Shutdown {
            timeout: Some(Duration::from_secs(5)),
            force_stop: Some(true),
        },
        ClusterBulkAction::Suspend {
            to_disk: true,
            storage: Some("fast".into()),
        },
        ClusterBulkAction::Migrate {
            target: "pve2".parse().unwrap(),
            online: true,
            with_local_disks: true,
        },
    ];
    for action in &actions {
        client
            .bulk_in_cluster(&two, action, Some(2), NOW)
            .await
            .unwrap();
    }
    let base = "POST /cluster/bulk-action/guest";
    let vms = "vms=100&vms=101&max-workers=2";
    assert_eq!(
        wire(&server),
        [
            format!("{base}/start {vms}"),
            format!("{base}/shutdown timeout=5&force-stop=1&{vms}"),
            format!("{base}/suspend to-disk=1&statestorage=fast&{vms}"),
            format!("{base}/migrate target=pve2&online=1&with-local-disks=1&{vms}"),
        ]
    );
}

async fn repeat(client: &Client, method: &str, parts: &[&str]) -> Option<Result<(), Error>> {
    let task = |result: Result<pve::Upid, Error>| result.map(|_| ());
    let vm = sid("vm:100");
    let pve2 = "pve2".parse().unwrap();
    let change = HaResourceChange::default();
    let spec = HaRuleSpec::new(HaRuleKind::NodeAffinity);
    let all = BulkGuests::All;
    Some(match (method, parts) {
        ("POST", ["cluster", "ha", "resources"]) => {
            client.create_ha_resource(&vm, &change, NOW).await
        }
        ("PUT", ["cluster", "ha", "resources", _]) => {
            client.update_ha_resource(&vm, &change, NOW).await
        }
        ("DELETE", ["cluster", "ha", "resources", _]) => {
            client.delete_ha_resource(&vm, None, NOW).await
        }
        ("POST", ["cluster", "ha", "resources", _, "migrate"]) => {
            let moved = client.move_ha_resource(&vm, &pve2, HaMove::Migrate).await;
            moved.map(|answer| assert!(answer.requested_node.is_some()))
        }
        ("POST", ["cluster", "ha", "resources", _, "relocate"]) => {
            let moved = client.move_ha_resource(&vm, &pve2, HaMove::Relocate).await;
            moved.map(|_| ())
        }
        ("POST", ["cluster", "ha", "rules"]) => client.create_ha_rule("a", &spec, NOW).await,
        ("PUT", ["cluster", "ha", "rules", _]) => client.update_ha_rule("a", &spec, NOW).await,
        ("DELETE", ["cluster", "ha", "rules", _]) => client.delete_ha_rule("a", NOW).await,
        ("GET" | "POST", ["cluster", "ha", "groups"]) => client.ha_groups(OLD).await.map(|_| ()),
        ("GET", ["pools"]) => client.pool("a").await.map(|_| ()),
        ("POST", ["pools"]) => client.create_pool("a", None).await,
        ("PUT", ["pools", ..]) => client.update_pool("a", &PoolChange::default()).await,
        ("DELETE", ["pools", ..]) => client.delete_pool("a").await,
        ("PUT", ["cluster", "options"]) => {
            client
                .set_cluster_options(&ClusterOptionsChange::default())
                .await
        }
        ("POST", ["cluster", "bulk-action", "guest", _]) => {
            let start = ClusterBulkAction::Start { timeout: None };
            task(client.bulk_in_cluster(&all, &start, None, NOW).await)
        }
        (
            "POST",
            [
                "nodes",
                _,
                "startall" | "stopall" | "suspendall" | "migrateall",
            ],
        ) => {
            let suspend = NodeBulkAction::Suspend;
            task(client.bulk_on_node(&pve2, &all, &suspend, None, NOW).await)
        }
        _ => return None,
    })
}

#[tokio::test]
async fn every_recorded_answer_to_a_write_of_the_cluster_is_understood() {
    let Some(calls) = golden::calls() else { return };
    let next = Arc::new(Mutex::new(Value::Null));
    let record_to_send = Arc::clone(&next);
    let server = Server::start(move |_| Answer::recorded(&record_to_send.lock().unwrap())).await;
    let mut options = server.options();
    options.budget.foreground_per_second = 100_000;
    let client = Client::connect(options).unwrap();
    let (mut accepted, mut refused) = (0, 0);
    for record in calls {
        let path = record["path"]
            .as_str()
            .unwrap()
            .trim_start_matches("/api2/json/");
        let parts: Vec<&str> = path.split('/').collect();
        let method = record["method"].as_str().unwrap();
        // Lists of several pools are read elsewhere.
        if method == "GET" && record["status"] == 200 {
            continue;
        }
        *next.lock().unwrap() = record.clone();
        let Some(outcome) = repeat(&client, method, &parts).await else {
            continue;
        };
        let name = format!("{method} {path} {}: {outcome:?}", record["reason"]);
        match outcome {
            Ok(()) => {
                assert_eq!(record["status"], 200, "{name}");
                accepted += 1;
            }
            // A 400 inside a 500 is told as what it is.
            Err(error) => {
                let status = record["status"].as_u64().unwrap();
                let found = u64::from(error.status().unwrap());
                assert!(found == status || (found, status) == (400, 500), "{name}");
                refused += 1;
            }
        }
    }
    println!("{accepted} accepted and {refused} refused writes understood");
    assert!(accepted > 40 && refused > 30, "{accepted} {refused}");
}
