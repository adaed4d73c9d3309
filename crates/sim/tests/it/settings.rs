//! Settings of the cluster and of nodes: what is written is what others read, and what is waiting waits.

use serde_json::{Value, json};

use crate::client::{Answer, Rig, noon, options, small_world};
use sim::{ClockMode, PveVersion, SimOptions, World};

async fn rig() -> Rig {
    Rig::start(options(World::from_json(&small_world(&json!({}))).unwrap())).await
}

fn ok(answer: &Answer) {
    assert_eq!(answer.status, 200, "{answer:?}");
}

/// The call is accepted, and its task ends well.
fn done(rig: &Rig, answer: &Answer) {
    ok(answer);
    rig.wait_s(120);
    let task = rig.sim.task(&answer.upid()).unwrap();
    assert_eq!(task.exit.as_deref(), Some("OK"), "{task:?}");
}

/// One key of all rows.
async fn column(rig: &Rig, path: &str, key: &str) -> Vec<String> {
    let answer = rig.get(path).await;
    ok(&answer);
    answer
        .data()
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row[key].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[tokio::test]
async fn an_endpoint_becomes_a_target_and_stays_while_a_matcher_uses_it() {
    let rig = rig().await;
    let endpoints = "/cluster/notifications/endpoints/gotify";
    let gotify = [
        ("name", "push"),
        ("server", "https://push.test"),
        ("token", "abc"),
    ];
    ok(&rig.post(endpoints, &gotify).await);
    let again = rig.post(endpoints, &gotify).await;
    assert_eq!(
        (again.status, again.reason.as_str()),
        (
            400,
            "Cannot create 'push', an entity with the same name already exists"
        )
    );
    assert_eq!(
        column(&rig, "/cluster/notifications/targets", "name").await,
        ["push", "mail-to-root"]
    );
    let matcher = [("name", "all-of-it"), ("target", "push")];
    ok(&rig.post("/cluster/notifications/matchers", &matcher).await);
    let in_use = rig.delete(&format!("{endpoints}/push")).await;
    assert_eq!(
        in_use.reason,
        "cannot delete 'push', referenced by: all-of-it"
    );
    ok(&rig
        .delete("/cluster/notifications/matchers/all-of-it")
        .await);
    ok(&rig.delete(&format!("{endpoints}/push")).await);
    assert_eq!(
        column(&rig, "/cluster/notifications/targets", "name").await,
        ["mail-to-root"]
    );
}

#[tokio::test]
async fn a_secret_of_an_endpoint_is_shown_to_nobody() {
    let rig = rig().await;
    let path = "/cluster/notifications/endpoints/gotify";
    let gotify = [
        ("name", "push"),
        ("server", "https://a.test"),
        ("token", "abc"),
    ];
    ok(&rig.post(path, &gotify).await);
    let shown = rig.get(&format!("{path}/push")).await;
    assert_eq!(shown.data()["server"], "https://a.test");
    assert_eq!(shown.data()["token"], Value::Null);
}

#[tokio::test]
async fn a_changed_built_in_endpoint_comes_back_when_it_is_deleted() {
    let rig = rig().await;
    let path = "/cluster/notifications/endpoints/sendmail/mail-to-root";
    ok(&rig
        .put(path, &[("mailto", "ops@example.com"), ("comment", "ours")])
        .await);
    assert_eq!(rig.get(path).await.data()["origin"], "modified-builtin");
    ok(&rig
        .post("/cluster/notifications/targets/mail-to-root/test", &[])
        .await);
    ok(&rig.delete(path).await);
    assert_eq!(rig.get(path).await.data()["origin"], "builtin");
}

#[tokio::test]
async fn a_metric_server_is_listed_until_it_is_deleted() {
    let rig = rig().await;
    let path = "/cluster/metrics/server/graph";
    let server = [
        ("type", "graphite"),
        ("server", "10.0.0.9"),
        ("port", "2003"),
    ];
    ok(&rig.post(path, &server).await);
    assert_eq!(
        rig.get("/cluster/metrics/server").await.data(),
        &json!([{"id": "graph", "type": "graphite", "server": "10.0.0.9", "port": 2003, "disable": 0}])
    );
    ok(&rig
        .put(path, &[("server", "10.0.0.8"), ("port", "2003")])
        .await);
    assert_eq!(rig.get(path).await.data()["server"], "10.0.0.8");
    ok(&rig.delete(path).await);
    assert_eq!(rig.get("/cluster/metrics/server").await.data(), &json!([]));
}

#[tokio::test]
async fn the_export_holds_nodes_guests_and_storages_at_one_instant() {
    let rig = rig().await;
    let answer = rig.get("/cluster/metrics/export").await;
    let rows = answer.data()["data"].as_array().unwrap().clone();
    let mut ids: Vec<&str> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(
        ids,
        [
            "lxc/102",
            "lxc/103",
            "node/pve1",
            "qemu/101",
            "storage/pve1/local",
            "storage/pve1/thin"
        ]
    );
    assert!(
        rows.iter()
            .all(|row| row["timestamp"] == rows[0]["timestamp"])
    );
    let history = rig.get("/cluster/metrics/export?history=1").await;
    let instants = history.data()["data"].as_array().unwrap().len() / rows.len();
    assert_eq!(instants, 180);
}

#[tokio::test]
async fn a_mapping_says_what_is_wrong_with_it_on_a_node() {
    let rig = rig().await;
    let map = "node=pve1,path=0000:61:00.0,id=8086:1563";
    ok(&rig
        .post("/cluster/mapping/pci", &[("id", "nic"), ("map", map)])
        .await);
    let bad = "node=pve1,path=0000:99:00.0,id=8086:1563";
    ok(&rig
        .post("/cluster/mapping/pci", &[("id", "gone"), ("map", bad)])
        .await);
    let rows = rig.get("/cluster/mapping/pci?check-node=pve1").await;
    assert_eq!(rows.data()[0]["checks"][0]["severity"], "error");
    assert_eq!(rows.data()[1]["checks"], json!([]));
    ok(&rig.delete("/cluster/mapping/pci/gone").await);
    assert_eq!(column(&rig, "/cluster/mapping/pci", "id").await, ["nic"]);
}

#[tokio::test]
async fn a_network_waits_until_it_is_applied() {
    let rig = rig().await;
    let network = "/nodes/pve1/network";
    let bridge = [
        ("iface", "vmbr7"),
        ("type", "bridge"),
        ("cidr", "10.7.0.1/24"),
        ("autostart", "1"),
    ];
    ok(&rig.post(network, &bridge).await);
    let listed = rig.get(network).await;
    assert!(
        listed.body["changes"]
            .as_str()
            .unwrap()
            .contains("+iface vmbr7 inet static"),
        "{listed:?}"
    );
    assert_eq!(listed.data()[1]["iface"], "vmbr7");
    assert_eq!(listed.data()[1]["active"], Value::Null);
    ok(&rig.delete(network).await);
    assert_eq!(column(&rig, network, "iface").await, ["vmbr0"]);
    ok(&rig.post(network, &bridge).await);
    done(&rig, &rig.put(network, &[]).await);
    let listed = rig.get(network).await;
    assert_eq!(listed.data()[1]["active"], 1);
    assert_eq!(listed.body["changes"], Value::Null);
    assert_eq!(
        rig.post(network, &bridge).await.error("iface"),
        "interface already exists"
    );
}

#[tokio::test]
async fn a_directory_on_a_free_disk_becomes_a_storage() {
    let rig = rig().await;
    let unused = column(&rig, "/nodes/pve1/disks/list?type=unused", "devpath").await;
    assert_eq!(unused, ["/dev/sdb"]);
    let make = [
        ("name", "big"),
        ("device", "/dev/sdb"),
        ("add_storage", "1"),
    ];
    done(&rig, &rig.post("/nodes/pve1/disks/directory", &make).await);
    assert_eq!(
        column(&rig, "/nodes/pve1/disks/directory", "path").await,
        ["/mnt/pve/big"]
    );
    assert!(
        column(&rig, "/storage", "storage")
            .await
            .contains(&"big".to_owned())
    );
    assert_eq!(
        rig.get("/nodes/pve1/disks/list?type=unused").await.data(),
        &json!([])
    );
    let again = rig
        .post(
            "/nodes/pve1/disks/lvm",
            &[("name", "vg"), ("device", "/dev/sdb")],
        )
        .await;
    assert_eq!(again.reason, "device '/dev/sdb' is already in use");
    let gone = rig
        .delete("/nodes/pve1/disks/directory/big?cleanup-config=1&cleanup-disks=1")
        .await;
    done(&rig, &gone);
    assert!(
        !column(&rig, "/storage", "storage")
            .await
            .contains(&"big".to_owned())
    );
    let smart = rig.get("/nodes/pve1/disks/smart?disk=/dev/sdb").await;
    assert_eq!(smart.data()["health"], "PASSED");
}

#[tokio::test]
async fn package_lists_know_more_after_they_were_fetched() {
    let rig = rig().await;
    let before = rig
        .get("/nodes/pve1/apt/update")
        .await
        .data()
        .as_array()
        .unwrap()
        .len();
    done(&rig, &rig.post("/nodes/pve1/apt/update", &[]).await);
    let after = rig
        .get("/nodes/pve1/apt/update")
        .await
        .data()
        .as_array()
        .unwrap()
        .len();
    assert_eq!((before, after), (2, 4));
    ok(&rig
        .put("/nodes/pve1/apt/repositories", &[("handle", "enterprise")])
        .await);
    let listed = rig.get("/nodes/pve1/apt/repositories").await;
    assert_eq!(listed.data()["standard-repos"][0]["status"], 1);
}

#[tokio::test]
async fn hosts_and_time_zone_are_those_that_were_set() {
    let rig = rig().await;
    let hosts = rig.get("/nodes/pve1/hosts").await;
    let digest = hosts.data()["digest"].as_str().unwrap().to_owned();
    let text = "127.0.0.1 localhost\n10.9.9.9 other\n";
    ok(&rig
        .post("/nodes/pve1/hosts", &[("data", text), ("digest", &digest)])
        .await);
    assert_eq!(rig.get("/nodes/pve1/hosts").await.data()["data"], text);
    let late = rig
        .post("/nodes/pve1/hosts", &[("data", "x"), ("digest", &digest)])
        .await;
    assert_eq!(late.status, 500);
    ok(&rig
        .put("/nodes/pve1/time", &[("timezone", "Europe/Vienna")])
        .await);
    let time = rig.get("/nodes/pve1/time").await;
    let (utc, local) = (&time.data()["time"], &time.data()["localtime"]);
    assert_eq!(local.as_i64().unwrap() - utc.as_i64().unwrap(), 3600);
}

#[tokio::test]
async fn the_journal_ends_with_what_happened_last() {
    let rig = rig().await;
    let login = [("username", "root@pam"), ("password", "wrong")];
    assert_eq!(rig.post("/access/ticket", &login).await.status, 401);
    let journal = rig.get("/nodes/pve1/journal?lastentries=1").await;
    let lines = journal.data().as_array().unwrap().clone();
    assert_eq!(lines.len(), 3);
    assert!(
        lines[1]
            .as_str()
            .unwrap()
            .contains("authentication failure"),
        "{lines:?}"
    );
    let cursor = lines[0].as_str().unwrap().to_owned();
    let after = rig
        .get(&format!("/nodes/pve1/journal?startcursor={cursor}"))
        .await;
    assert_eq!(after.data().as_array().unwrap().len(), 2);
    let log = rig.get("/cluster/log").await;
    assert_eq!(log.data()[0]["pri"], 3);
}

#[tokio::test]
async fn a_single_node_becomes_a_cluster_once() {
    let rig = rig().await;
    assert_eq!(rig.get("/cluster/config/join").await.status, 424);
    done(
        &rig,
        &rig.post("/cluster/config", &[("clustername", "home")])
            .await,
    );
    let status = rig.get("/cluster/status").await;
    assert_eq!(status.data()[0]["name"], "home");
    let join = rig.get("/cluster/config/join").await;
    assert_eq!(join.data()["totem"]["cluster_name"], "home");
    assert_eq!(
        rig.post("/cluster/config", &[("clustername", "home")])
            .await
            .reason,
        "cluster config '/etc/pve/corosync.conf' already exists"
    );
}

#[tokio::test]
async fn a_zone_is_on_the_nodes_after_it_was_applied_and_a_used_one_stays() {
    let rig = rig().await;
    ok(&rig
        .post("/cluster/sdn/zones", &[("zone", "lab"), ("type", "simple")])
        .await);
    ok(&rig
        .post("/cluster/sdn/vnets", &[("vnet", "net1"), ("zone", "lab")])
        .await);
    assert_eq!(rig.get("/nodes/pve1/sdn/zones").await.data(), &json!([]));
    let waiting = rig.get("/cluster/sdn/zones?pending=1").await;
    assert_eq!(waiting.data()[0]["state"], "new");
    done(&rig, &rig.put("/cluster/sdn", &[]).await);
    assert_eq!(column(&rig, "/nodes/pve1/sdn/zones", "zone").await, ["lab"]);
    let used = rig.delete("/cluster/sdn/zones/lab").await;
    assert_eq!(used.reason, "zone lab is used by vnet net1");
    ok(&rig.delete("/cluster/sdn/vnets/net1").await);
    assert_eq!(
        column(&rig, "/cluster/sdn/vnets?running=1", "vnet").await,
        ["net1"]
    );
    ok(&rig.post("/cluster/sdn/rollback", &[]).await);
    assert_eq!(column(&rig, "/cluster/sdn/vnets", "vnet").await, ["net1"]);
}

#[tokio::test]
async fn a_fabric_and_its_nodes_wait_like_other_networks_and_go_together() {
    let rig = rig().await;
    let fabric = "/cluster/sdn/fabrics/fabric";
    let spine = [
        ("id", "spine"),
        ("protocol", "ospf"),
        ("area", "0"),
        ("ip_prefix", "10.99.0.0/24"),
    ];
    ok(&rig.post(fabric, &spine).await);
    assert_eq!(
        rig.post(fabric, &spine).await.reason,
        "fabric 'spine' already exists in configuration"
    );
    let of_spine = "/cluster/sdn/fabrics/node/spine";
    let node = |protocol: &'static str| {
        [
            ("node_id", "pve1"),
            ("protocol", protocol),
            ("ip", "10.99.0.1"),
            ("interfaces", "name=ens19"),
        ]
    };
    assert_eq!(
        rig.post(of_spine, &node("openfabric")).await.reason,
        "node has a different protocol than the referenced fabric"
    );
    ok(&rig.post(of_spine, &node("ospf")).await);
    let all = "/cluster/sdn/fabrics/all";
    assert_eq!(
        rig.get(&format!("{all}?running=1")).await.data(),
        &json!({"fabrics": [], "nodes": []})
    );
    let waiting = rig.get(&format!("{all}?pending=1")).await;
    assert_eq!(waiting.data()["fabrics"][0]["state"], "new");
    assert_eq!(waiting.data()["nodes"][0]["node_id"], "pve1");
    done(&rig, &rig.put("/cluster/sdn", &[]).await);
    let change = [("protocol", "ospf"), ("ip", "10.99.0.2")];
    ok(&rig.put(&format!("{of_spine}/pve1"), &change).await);
    let running = rig.get(&format!("{all}?running=1")).await;
    assert_eq!(running.data()["nodes"][0]["ip"], "10.99.0.1");
    ok(&rig.delete(&format!("{fabric}/spine")).await);
    assert_eq!(
        rig.get(all).await.data(),
        &json!({"fabrics": [], "nodes": []})
    );
    assert_eq!(
        rig.get(of_spine).await.reason,
        "fabric 'spine' does not exist in configuration"
    );
}

#[tokio::test]
async fn names_of_the_firewall_are_references_and_a_full_group_stays() {
    let rig = rig().await;
    let firewall = "/cluster/firewall";
    ok(&rig
        .post(
            &format!("{firewall}/aliases"),
            &[("name", "office"), ("cidr", "10.1.0.0/16")],
        )
        .await);
    ok(&rig
        .post(&format!("{firewall}/ipset"), &[("name", "bad")])
        .await);
    ok(&rig
        .post(
            &format!("{firewall}/ipset/bad"),
            &[("cidr", "203.0.113.0/24")],
        )
        .await);
    assert_eq!(
        column(&rig, &format!("{firewall}/refs"), "ref").await,
        ["dc/office", "+dc/bad"]
    );
    assert_eq!(
        column(&rig, &format!("{firewall}/ipset/bad"), "cidr").await,
        ["203.0.113.0/24"]
    );
    ok(&rig
        .post(&format!("{firewall}/groups"), &[("group", "web")])
        .await);
    let rule = [
        ("type", "in"),
        ("action", "ACCEPT"),
        ("proto", "tcp"),
        ("dport", "443"),
    ];
    ok(&rig.post(&format!("{firewall}/groups/web"), &rule).await);
    let full = rig.delete(&format!("{firewall}/groups/web")).await;
    assert_eq!(full.reason, "Security group 'web' is not empty");
    ok(&rig.delete(&format!("{firewall}/groups/web/0")).await);
    ok(&rig.delete(&format!("{firewall}/groups/web")).await);
    assert_eq!(
        rig.get(&format!("{firewall}/groups")).await.data(),
        &json!([])
    );
}

#[tokio::test]
async fn a_plug_in_for_certificates_is_kept_and_an_authority_is_out_of_reach() {
    let rig = rig().await;
    let plugin = [("id", "mydns"), ("type", "dns"), ("api", "ovh")];
    ok(&rig.post("/cluster/acme/plugins", &plugin).await);
    assert_eq!(
        column(&rig, "/cluster/acme/plugins", "plugin").await,
        ["standalone", "mydns"]
    );
    let asked = rig
        .post("/cluster/acme/account", &[("contact", "a@example.com")])
        .await;
    rig.wait_s(60);
    let task = rig.sim.task(&asked.upid()).unwrap();
    assert!(task.exit.unwrap().contains("Can't connect to"));
    assert_eq!(rig.get("/cluster/acme/account").await.data(), &json!([]));
}

#[tokio::test]
async fn an_agent_keeps_files_and_runs_programs_until_the_file_systems_are_frozen() {
    let rig = rig().await;
    let agent = "/nodes/pve1/qemu/101/agent";
    ok(&rig
        .post(
            &format!("{agent}/file-write"),
            &[("file", "/tmp/x"), ("content", "abc\n")],
        )
        .await);
    let read = rig.get(&format!("{agent}/file-read?file=/tmp/x")).await;
    assert_eq!(read.data(), &json!({"content": "abc\n", "bytes-read": 4}));
    let ran = rig
        .post(
            &format!("{agent}/exec"),
            &[("command", "echo"), ("command", "hello")],
        )
        .await;
    let pid = ran.data()["pid"].as_u64().unwrap();
    let ended = rig.get(&format!("{agent}/exec-status?pid={pid}")).await;
    assert_eq!(
        ended.data(),
        &json!({"exited": 1, "exitcode": 0, "out-data": "hello\n", "out-truncated": 0})
    );
    let forgotten = rig.get(&format!("{agent}/exec-status?pid={pid}")).await;
    assert_eq!(forgotten.status, 500);
    ok(&rig.post(&format!("{agent}/fsfreeze-freeze"), &[]).await);
    let state = rig.post(&format!("{agent}/fsfreeze-status"), &[]).await;
    assert_eq!(state.data()["result"], "frozen");
    let refused = rig
        .post(
            &format!("{agent}/file-write"),
            &[("file", "/tmp/y"), ("content", "z")],
        )
        .await;
    assert_eq!(refused.status, 500);
    ok(&rig.post(&format!("{agent}/fsfreeze-thaw"), &[]).await);
    ok(&rig.post(&format!("{agent}/shutdown"), &[]).await);
    let current = rig.get("/nodes/pve1/qemu/101/status/current").await;
    assert_eq!(current.data()["status"], "stopped");
}

#[tokio::test]
async fn a_node_that_restarts_brings_back_the_guests_that_start_with_it() {
    let rig = rig().await;
    ok(&rig
        .put("/nodes/pve1/lxc/102/config", &[("onboot", "0")])
        .await);
    ok(&rig
        .post("/nodes/pve1/status", &[("command", "reboot")])
        .await);
    rig.wait_s(120);
    assert!(
        rig.get("/nodes/pve1/status").await.data()["uptime"]
            .as_u64()
            .unwrap()
            < 120
    );
    let state = |vmid: u32| {
        let rig = &rig;
        async move {
            let kind = if vmid == 101 { "qemu" } else { "lxc" };
            let path = format!("/nodes/pve1/{kind}/{vmid}/status/current");
            rig.get(&path).await.data()["status"]
                .as_str()
                .unwrap()
                .to_owned()
        }
    };
    assert_eq!(state(101).await, "running");
    assert_eq!(state(102).await, "stopped");
}

#[tokio::test]
async fn an_older_release_does_not_have_what_came_later() {
    let rig = Rig::start(SimOptions {
        pve_version: PveVersion::V8_4,
        clock: ClockMode::Manual,
        now: Some(noon()),
        ..SimOptions::new(World::from_json(&small_world(&json!({}))).unwrap())
    })
    .await;
    let missing = rig.get("/nodes/pve1/capabilities/qemu/migration").await;
    assert_eq!(
        (missing.status, missing.reason.as_str()),
        (
            501,
            "Method 'GET /nodes/pve1/capabilities/qemu/migration' not implemented"
        )
    );
    assert_eq!(
        rig.get("/nodes/pve1/capabilities/qemu/machines")
            .await
            .status,
        200
    );
}
