//! The export holds whatever calls can change: one change of each kind is made, the world goes out and
//! comes in again, and both tell the same.

use serde_json::{Value, json};
use sim::{SimOptions, Tls, World};

use crate::client::{Answer, Rig, options, small_world};
use crate::twin::difference;

/// A call that changes something, its name in the record of calls, and a read that shows what it did.
struct Change {
    op: &'static str,
    verb: &'static str,
    path: &'static str,
    form: &'static [(&'static str, &'static str)],
    read: &'static str,
}

const fn change(
    op: &'static str,
    (verb, path): (&'static str, &'static str),
    form: &'static [(&'static str, &'static str)],
    read: &'static str,
) -> Change {
    Change {
        op,
        verb,
        path,
        form,
        read,
    }
}

fn access() -> Vec<Change> {
    vec![
        change(
            "access.create_group",
            ("POST", "/access/groups"),
            &[("groupid", "ops"), ("comment", "on call")],
            "/access/groups",
        ),
        change(
            "access.update_group",
            ("PUT", "/access/groups/ops"),
            &[("comment", "on call by day")],
            "/access/groups",
        ),
        change(
            "access.create_user",
            ("POST", "/access/users"),
            &[
                ("userid", "ann@pve"),
                ("password", "12345678"),
                ("groups", "ops"),
                ("email", "ann@example.org"),
            ],
            "/access/users?full=1",
        ),
        change(
            "access.update_user",
            ("PUT", "/access/users/ann@pve"),
            &[("firstname", "Ann"), ("expire", "1900000000")],
            "/access/users/ann@pve",
        ),
        change(
            "access.create_token",
            ("POST", "/access/users/ann@pve/token/ci"),
            &[("privsep", "1"), ("comment", "builds")],
            "/access/users/ann@pve/token",
        ),
        change(
            "access.update_token",
            ("PUT", "/access/users/ann@pve/token/ci"),
            &[("expire", "1900000001")],
            "/access/users/ann@pve/token/ci",
        ),
        change(
            "access.create_role",
            ("POST", "/access/roles"),
            &[("roleid", "Looker"), ("privs", "VM.Audit")],
            "/access/roles",
        ),
        change(
            "access.update_role",
            ("PUT", "/access/roles/Looker"),
            &[("privs", "Sys.Audit"), ("append", "1")],
            "/access/roles/Looker",
        ),
        change(
            "access.update_acl",
            ("PUT", "/access/acl"),
            &[
                ("path", "/vms"),
                ("roles", "Looker"),
                ("groups", "ops"),
                ("propagate", "0"),
            ],
            "/access/acl",
        ),
        change(
            "access.update_acl",
            ("PUT", "/access/acl"),
            &[
                ("path", "/"),
                ("roles", "PVEAuditor"),
                ("tokens", "ann@pve!ci"),
            ],
            "/access/permissions?userid=ann@pve",
        ),
        change(
            "access.create_realm",
            ("POST", "/access/domains"),
            &[
                ("realm", "sso"),
                ("type", "openid"),
                ("issuer-url", "https://id.example.org"),
                ("client-id", "pve"),
                ("username-claim", "email"),
            ],
            "/access/domains/sso",
        ),
        change(
            "access.update_realm",
            ("PUT", "/access/domains/pve"),
            &[("comment", "our own people"), ("default", "1")],
            "/access/domains",
        ),
        change(
            "pool.create",
            ("POST", "/pools"),
            &[("poolid", "extra"), ("comment", "more")],
            "/pools",
        ),
        change(
            "pool.update",
            ("PUT", "/pools/extra"),
            &[("vms", "101"), ("storage", "local")],
            "/pools/extra",
        ),
    ]
}

fn cluster() -> Vec<Change> {
    vec![
        change(
            "cluster.options",
            ("PUT", "/cluster/options"),
            &[("keyboard", "de"), ("description", "our own")],
            "/cluster/options",
        ),
        change(
            "backup_job.create",
            ("POST", "/cluster/backup"),
            &[
                ("id", "nightly"),
                ("schedule", "02:00"),
                ("storage", "local"),
                ("all", "1"),
                ("prune-backups", "keep-last=3"),
            ],
            "/cluster/backup",
        ),
        change(
            "backup_job.update",
            ("PUT", "/cluster/backup/nightly"),
            &[("enabled", "0"), ("comment", "paused")],
            "/cluster/backup/nightly",
        ),
        change(
            "ha.create",
            ("POST", "/cluster/ha/resources"),
            &[("sid", "vm:101"), ("comment", "keep it up")],
            "/cluster/ha/resources",
        ),
        change(
            "ha.update",
            ("PUT", "/cluster/ha/resources/vm:101"),
            &[("max_restart", "3")],
            "/cluster/ha/resources/vm:101",
        ),
        change(
            "ha.create_rule",
            ("POST", "/cluster/ha/rules"),
            &[
                ("rule", "home"),
                ("type", "node-affinity"),
                ("resources", "vm:101"),
                ("nodes", "pve1:2,pve2"),
            ],
            "/cluster/ha/rules",
        ),
        change(
            "ha.update_rule",
            ("PUT", "/cluster/ha/rules/home"),
            &[("type", "node-affinity"), ("comment", "by the window")],
            "/cluster/ha/rules/home",
        ),
        change(
            "replication.create",
            ("POST", "/cluster/replication"),
            &[("id", "102-0"), ("type", "local"), ("target", "pve2")],
            "/cluster/replication",
        ),
        change(
            "replication.update",
            ("PUT", "/cluster/replication/102-0"),
            &[("schedule", "*/30"), ("rate", "10")],
            "/cluster/replication/102-0",
        ),
        change(
            "replication.run",
            ("POST", "/nodes/pve1/replication/102-0/schedule_now"),
            &[],
            "/nodes/pve1/replication/102-0/status",
        ),
        change(
            "metrics.create_server",
            ("POST", "/cluster/metrics/server/graph"),
            &[
                ("type", "graphite"),
                ("server", "10.0.0.9"),
                ("port", "2003"),
            ],
            "/cluster/metrics/server",
        ),
        change(
            "notification.create_endpoint",
            ("POST", "/cluster/notifications/endpoints/gotify"),
            &[
                ("name", "push"),
                ("server", "https://push.test"),
                ("token", "abc"),
            ],
            "/cluster/notifications/targets",
        ),
        change(
            "notification.create_matcher",
            ("POST", "/cluster/notifications/matchers"),
            &[("name", "all-of-it"), ("target", "push")],
            "/cluster/notifications/matchers",
        ),
        change(
            "notification.update_endpoint",
            (
                "PUT",
                "/cluster/notifications/endpoints/sendmail/mail-to-root",
            ),
            &[("mailto", "ops@example.com")],
            "/cluster/notifications/endpoints/sendmail/mail-to-root",
        ),
        change(
            "mapping.create",
            ("POST", "/cluster/mapping/pci"),
            &[
                ("id", "nic"),
                ("map", "node=pve1,path=0000:61:00.0,id=8086:1563"),
            ],
            "/cluster/mapping/pci",
        ),
        change(
            "mapping.update",
            ("PUT", "/cluster/mapping/pci/nic"),
            &[("description", "the fast one")],
            "/cluster/mapping/pci/nic",
        ),
        change(
            "acme.create_plugin",
            ("POST", "/cluster/acme/plugins"),
            &[("id", "mydns"), ("type", "dns"), ("api", "ovh")],
            "/cluster/acme/plugins",
        ),
        change(
            "sdn.create_zone",
            ("POST", "/cluster/sdn/zones"),
            &[("zone", "lab"), ("type", "simple")],
            "/cluster/sdn/zones?pending=1",
        ),
        change(
            "sdn.create_vnet",
            ("POST", "/cluster/sdn/vnets"),
            &[("vnet", "net1"), ("zone", "lab")],
            "/cluster/sdn/vnets?pending=1",
        ),
        change(
            "sdn.create_subnet",
            ("POST", "/cluster/sdn/vnets/net1/subnets"),
            &[("subnet", "10.8.0.0/24"), ("type", "subnet")],
            "/cluster/sdn/vnets/net1/subnets?pending=1",
        ),
        change(
            "sdn.apply",
            ("PUT", "/cluster/sdn"),
            &[],
            "/nodes/pve1/sdn/zones",
        ),
        change(
            "sdn.update_vnet",
            ("PUT", "/cluster/sdn/vnets/net1"),
            &[("alias", "waits")],
            "/cluster/sdn/vnets?pending=1",
        ),
        change(
            "sdn.create_controller",
            ("POST", "/cluster/sdn/controllers"),
            &[
                ("controller", "evpn1"),
                ("type", "evpn"),
                ("asn", "65000"),
                ("peers", "10.0.0.1"),
            ],
            "/cluster/sdn/controllers?pending=1",
        ),
        change(
            "sdn.create_fabric",
            ("POST", "/cluster/sdn/fabrics/fabric"),
            &[
                ("id", "spine"),
                ("protocol", "openfabric"),
                ("ip_prefix", "10.99.0.0/24"),
            ],
            "/cluster/sdn/fabrics/all?pending=1",
        ),
        change(
            "sdn.create_fabric_node",
            ("POST", "/cluster/sdn/fabrics/node/spine"),
            &[
                ("node_id", "pve1"),
                ("protocol", "openfabric"),
                ("ip", "10.99.0.1"),
                ("interfaces", "name=ens19"),
            ],
            "/cluster/sdn/fabrics/node/spine",
        ),
        change(
            "storage.create",
            ("POST", "/storage"),
            &[
                ("storage", "more"),
                ("type", "dir"),
                ("path", "/mnt/more"),
                ("content", "iso,backup"),
                ("nodes", "pve1"),
            ],
            "/storage",
        ),
        change(
            "storage.update",
            ("PUT", "/storage/more"),
            &[("prune-backups", "keep-last=2"), ("disable", "1")],
            "/storage/more",
        ),
    ]
}

fn firewall() -> Vec<Change> {
    const RULE: &[(&str, &str)] = &[
        ("type", "in"),
        ("action", "ACCEPT"),
        ("proto", "tcp"),
        ("dport", "22"),
    ];
    let mut all = vec![
        change(
            "firewall.create_group",
            ("POST", "/cluster/firewall/groups"),
            &[("group", "web"), ("comment", "for the web")],
            "/cluster/firewall/groups",
        ),
        change(
            "firewall.create_rule",
            ("POST", "/cluster/firewall/groups/web"),
            RULE,
            "/cluster/firewall/groups/web",
        ),
        change(
            "firewall.update_options",
            ("PUT", "/nodes/pve1/firewall/options"),
            &[("log_level_in", "info")],
            "/nodes/pve1/firewall/options",
        ),
        change(
            "firewall.create_rule",
            ("POST", "/nodes/pve1/firewall/rules"),
            RULE,
            "/nodes/pve1/firewall/rules",
        ),
        change(
            "firewall.update_options",
            ("PUT", "/cluster/firewall/options"),
            &[("policy_in", "REJECT")],
            "/cluster/firewall/options",
        ),
        change(
            "firewall.update_options",
            ("PUT", "/nodes/pve1/qemu/101/firewall/options"),
            &[("enable", "1")],
            "/nodes/pve1/qemu/101/firewall/options",
        ),
    ];
    macro_rules! sets {
        ($($below:literal),+) => {$(
            all.extend([
                change(
                    "firewall.create_rule",
                    ("POST", concat!($below, "/rules")),
                    RULE,
                    concat!($below, "/rules"),
                ),
                change(
                    "firewall.update_rule",
                    ("PUT", concat!($below, "/rules/0")),
                    &[("enable", "1"), ("comment", "by hand")],
                    concat!($below, "/rules/0"),
                ),
                change(
                    "firewall.create_alias",
                    ("POST", concat!($below, "/aliases")),
                    &[("name", "office"), ("cidr", "10.1.0.0/16")],
                    concat!($below, "/aliases"),
                ),
                change(
                    "firewall.create_ipset",
                    ("POST", concat!($below, "/ipset")),
                    &[("name", "bad"), ("comment", "not ours")],
                    concat!($below, "/ipset"),
                ),
                change(
                    "firewall.add_to_ipset",
                    ("POST", concat!($below, "/ipset/bad")),
                    &[("cidr", "203.0.113.0/24"), ("nomatch", "1")],
                    concat!($below, "/ipset/bad"),
                ),
            ]);
        )+};
    }
    sets![
        "/cluster/firewall",
        "/nodes/pve1/qemu/101/firewall",
        "/nodes/pve1/lxc/102/firewall"
    ];
    all
}

fn nodes() -> Vec<Change> {
    vec![
        change(
            "node.create_network",
            ("POST", "/nodes/pve1/network"),
            &[
                ("iface", "vmbr7"),
                ("type", "bridge"),
                ("cidr", "10.7.0.1/24"),
                ("autostart", "1"),
            ],
            "/nodes/pve1/network",
        ),
        change(
            "node.apply_network",
            ("PUT", "/nodes/pve1/network"),
            &[],
            "/nodes/pve1/network",
        ),
        change(
            "node.update_network",
            ("PUT", "/nodes/pve1/network/vmbr7"),
            &[("type", "bridge"), ("comments", "waits")],
            "/nodes/pve1/network",
        ),
        change(
            "node.config",
            ("PUT", "/nodes/pve1/config"),
            &[
                ("description", "rack 4"),
                ("wakeonlan", "BC:24:11:00:00:01"),
            ],
            "/nodes/pve1/config",
        ),
        change(
            "node.dns",
            ("PUT", "/nodes/pve1/dns"),
            &[("search", "example.org"), ("dns1", "10.0.0.2")],
            "/nodes/pve1/dns",
        ),
        change(
            "node.hosts",
            ("POST", "/nodes/pve1/hosts"),
            &[("data", "127.0.0.1 localhost\n10.9.9.9 other\n")],
            "/nodes/pve1/hosts",
        ),
        change(
            "node.time",
            ("PUT", "/nodes/pve1/time"),
            &[("timezone", "Europe/Vienna")],
            "/nodes/pve1/time",
        ),
        change(
            "node.apt_update",
            ("POST", "/nodes/pve1/apt/update"),
            &[],
            "/nodes/pve1/apt/update",
        ),
        change(
            "node.apt_repository",
            ("PUT", "/nodes/pve1/apt/repositories"),
            &[("handle", "enterprise")],
            "/nodes/pve1/apt/repositories",
        ),
        change(
            "node.service_stop",
            ("POST", "/nodes/pve1/services/postfix/stop"),
            &[],
            "/nodes/pve1/services",
        ),
        change(
            "disk.create",
            ("POST", "/nodes/pve1/disks/directory"),
            &[
                ("name", "big"),
                ("device", "/dev/sdb"),
                ("add_storage", "1"),
            ],
            "/nodes/pve1/disks/list",
        ),
    ]
}

fn guests() -> Vec<Change> {
    vec![
        change(
            "guest.config",
            ("PUT", "/nodes/pve1/qemu/101/config"),
            &[("memory", "4096"), ("description", "new\nlines")],
            "/nodes/pve1/qemu/101/pending",
        ),
        change(
            "snapshot.create",
            ("POST", "/nodes/pve1/qemu/101/snapshot"),
            &[("snapname", "one"), ("vmstate", "1")],
            "/nodes/pve1/qemu/101/snapshot",
        ),
        change(
            "snapshot.config",
            ("PUT", "/nodes/pve1/qemu/101/snapshot/one/config"),
            &[("description", "before")],
            "/nodes/pve1/qemu/101/snapshot/one/config",
        ),
        change(
            "guest.resize",
            ("PUT", "/nodes/pve1/lxc/102/resize"),
            &[("disk", "rootfs"), ("size", "+1G")],
            "/nodes/pve1/lxc/102/config",
        ),
        change(
            "guest.clone",
            ("POST", "/nodes/pve1/qemu/101/clone"),
            &[("newid", "111"), ("name", "copy")],
            "/nodes/pve1/qemu/111/config",
        ),
        change(
            "guest.template",
            ("POST", "/nodes/pve1/qemu/111/template"),
            &[],
            "/nodes/pve1/storage/thin/content",
        ),
        change(
            "agent.file-write",
            ("POST", "/nodes/pve1/qemu/101/agent/file-write"),
            &[("file", "/etc/motd"), ("content", "hello")],
            "/nodes/pve1/qemu/101/agent/file-read?file=/etc/motd",
        ),
        change(
            "guest.suspend",
            ("POST", "/nodes/pve1/qemu/101/status/suspend"),
            &[],
            "/nodes/pve1/qemu/101/status/current",
        ),
        change(
            "volume.create",
            ("POST", "/nodes/pve1/storage/thin/content"),
            &[
                ("vmid", "101"),
                ("filename", "vm-101-disk-7"),
                ("size", "1G"),
            ],
            "/nodes/pve1/storage/thin/content",
        ),
        change(
            "backup.create",
            ("POST", "/nodes/pve1/vzdump"),
            &[
                ("vmid", "102"),
                ("storage", "local"),
                ("notes-template", "by hand"),
            ],
            "/nodes/pve1/storage/local/content",
        ),
        change(
            "guest.stop",
            ("POST", "/nodes/pve1/lxc/103/status/stop"),
            &[],
            "/nodes/pve1/lxc/103/status/current",
        ),
        change(
            "guest.delete",
            ("DELETE", "/nodes/pve1/lxc/103"),
            &[],
            "/cluster/resources?type=vm",
        ),
    ]
}

/// Two nodes, so that there is somewhere to go.
async fn two_nodes() -> Rig {
    let node = |name: &str| {
        json!({"name": name, "status": "online", "cores": 8, "memory_mb": 16384,
               "memory_used_mb": 2048, "cpu_load": 0.1})
    };
    let storage = |id: &str, kind: &str, content: &[&str]| {
        json!({"id": id, "type": kind, "shared": false, "nodes": null, "content": content,
               "total_gb": 500, "used_gb": 10, "enabled": true, "active": true})
    };
    let files = ["images", "rootdir", "iso", "vztmpl", "backup", "snippets"];
    let world = small_world(&json!({
        "cluster": {"name": "small", "quorate": true},
        "nodes": [node("pve1"), node("pve2")],
        "storages": [storage("thin", "zfspool", &["images", "rootdir"]), storage("local", "dir", &files)],
    }));
    Rig::start(options(World::from_json(&world).unwrap())).await
}

async fn reloaded(world: Value) -> Rig {
    let world = World::from_value(world).unwrap();
    assert_eq!(world.warnings(), [] as [&str; 0]);
    let now = world.now();
    Rig::start(SimOptions {
        now,
        tls: Tls::Off,
        ..options(world)
    })
    .await
}

/// What a read says, without what belongs to the process and not to the cluster.
fn told(answer: &Answer) -> (u16, Value) {
    (answer.status, answer.body.clone())
}

#[tokio::test]
async fn each_kind_of_change_is_in_the_export_and_comes_back() {
    let rig = two_nodes().await;
    let all: Vec<Change> = [access(), cluster(), firewall(), nodes(), guests()]
        .into_iter()
        .flatten()
        .collect();
    let mut lost: Vec<String> = Vec::new();
    let mut before = rig.sim.export(false);
    for change in &all {
        let at = format!("{} {} {}", change.op, change.verb, change.path);
        let calls = rig.sim.calls().len();
        let answer = rig.call(change.verb, change.path, change.form).await;
        assert_eq!(answer.status, 200, "{at}: {answer:?}");
        rig.wait_s(120);
        if let Some(task) = answer.data().as_str().and_then(|upid| rig.sim.task(upid)) {
            assert_eq!(task.exit.as_deref(), Some("OK"), "{at}: {task:?}");
        }
        let ops: Vec<String> = rig.sim.calls()[calls..]
            .iter()
            .map(|call| call.op.clone())
            .collect();
        assert_eq!(ops, [change.op], "{at}");
        let exported = rig.sim.export(false);
        let mut still = before.clone();
        for key in ["now", "nodes", "tasks"] {
            still[key] = exported[key].clone();
        }
        for key in ["now_ms", "task_ms", "journal"] {
            still["pve"][key] = exported["pve"][key].clone();
        }
        if still == exported {
            lost.push(format!("{at}: nothing of it is in the export"));
        }
        let again = reloaded(exported.clone()).await;
        if let Some(place) = difference(&exported, &again.sim.export(false), "$") {
            lost.push(format!("{at}: {place}"));
        }
        let (was, is) = (rig.get(change.read).await, again.get(change.read).await);
        assert_eq!(was.status, 200, "{}: {was:?}", change.read);
        if told(&was) != told(&is) {
            lost.push(format!(
                "{at}: GET {} tells {}",
                change.read,
                difference(&was.body, &is.body, "$").unwrap_or_default()
            ));
        }
        before = exported;
    }
    assert_eq!(lost, [] as [&str; 0]);
    // In the end everything is still there at once.
    let again = reloaded(before).await;
    for path in all.iter().map(|change| change.read) {
        assert_eq!(
            told(&rig.get(path).await),
            told(&again.get(path).await),
            "{path}"
        );
    }
}

#[tokio::test]
async fn what_lets_people_in_lets_them_in_after_the_export_too() {
    let mut rig = two_nodes().await;
    // Secrets of people are not changed by tokens.
    rig.sign_in_as_root().await;
    let ann = [("userid", "ann@pve"), ("password", "12345678")];
    for (verb, path, form) in [
        ("POST", "/access/users", ann.as_slice()),
        (
            "PUT",
            "/access/password",
            &[("userid", "ann@pve"), ("password", "87654321")],
        ),
    ] {
        let answer = rig.call(verb, path, form).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
    }
    let token = rig.post("/access/users/ann@pve/token/ci", &[]).await;
    let secret = token.data()["value"].as_str().unwrap().to_owned();
    let factor = [("type", "recovery")];
    let keys = rig.post("/access/tfa/ann@pve", &factor).await;
    let key = keys.data()["recovery"][0].as_str().unwrap().to_owned();
    let mut again = reloaded(rig.sim.export(false)).await;
    for rig in [&mut rig, &mut again] {
        let old = rig
            .post(
                "/access/ticket",
                &[("username", "ann@pve"), ("password", "12345678")],
            )
            .await;
        assert_eq!(old.status, 401);
        let first = rig
            .post(
                "/access/ticket",
                &[("username", "ann@pve"), ("password", "87654321")],
            )
            .await;
        assert_eq!(first.data()["NeedTFA"], 1, "{first:?}");
        let challenge = first.data()["ticket"].as_str().unwrap();
        let response = format!("recovery:{key}");
        let second = [
            ("username", "ann@pve"),
            ("password", response.as_str()),
            ("tfa-challenge", challenge),
        ];
        let inside = rig.post("/access/ticket", &second).await;
        assert_eq!(inside.status, 200, "{inside:?}");
        rig.with_headers(vec![(
            "authorization",
            format!("PVEAPIToken=ann@pve!ci={secret}"),
        )]);
        assert_eq!(rig.get("/version").await.status, 200);
    }
}

#[tokio::test]
async fn what_others_keep_in_a_world_goes_out_as_it_came_in() {
    let world = small_world(&json!({
        "policy": {"read": "auto", "change": "auto", "destroy": "never"},
        "alert_rules": [{"id": "hot"}],
        "schedules": [{"id": "nightly"}],
        "identity": {"user": "ann@pve", "grants": [{"path": "/vms", "role": "PVEVMUser"}]},
    }));
    let rig = Rig::start(options(World::from_json(&world).unwrap())).await;
    for neutral in [true, false] {
        let exported = rig.sim.export(neutral);
        for key in ["policy", "alert_rules", "schedules", "identity", "fixture"] {
            let given: Value = serde_json::from_str(&world).unwrap();
            assert_eq!(exported[key], given[key], "{key}");
        }
        let mut again = reloaded(exported).await;
        assert_eq!(again.sim.identity_token(), rig.sim.identity_token());
        let token = format!("PVEAPIToken={}", again.sim.identity_token().unwrap());
        again.with_headers(vec![("authorization", token)]);
        let rights = again.get("/access/permissions?path=/vms/101").await;
        assert_eq!(rights.data()["/vms/101"]["VM.PowerMgmt"], 1, "{rights:?}");
    }
}
