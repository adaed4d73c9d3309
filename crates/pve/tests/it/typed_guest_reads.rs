//! Typed reads of guests: every recorded answer is read, and some whole values.

use pve::{
    AgentState, ConfigView, Console, ConsoleOf, Differences, FreezeState, GuestAddress, GuestAt,
    GuestInterface, LocalDisk, NodeObstacles, PendingValue, Removal, RrdConsolidation,
    RrdTimeframe, SnapshotNames,
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::server::{Answer, Server};
use crate::typed::replay;

const NOW: Differences = Differences::of_numbers(9, 1);

pub(crate) fn guest(kind: &str) -> GuestAt {
    GuestAt {
        node: "pve1".parse().unwrap(),
        kind: kind.parse().unwrap(),
        vmid: "100".parse().unwrap(),
    }
}

/// A server that gives these data to every request.
async fn giving(data: Value) -> Server {
    Server::answering(move || Answer::data(&data)).await
}

fn keys_with(data: &Value, prefix: &str) -> usize {
    let numbered = |key: &str| {
        key.strip_prefix(prefix)
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
    };
    data.as_object()
        .unwrap()
        .keys()
        .filter(|key| numbered(key))
        .count()
}

#[tokio::test]
async fn every_recorded_answer_about_a_guest_is_read() {
    let count = replay(|client, path, data| async move {
        let rows = data.as_array().map_or(0, Vec::len);
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let ["nodes", _, kind @ ("qemu" | "lxc"), _, rest @ ..] = parts.as_slice() else {
            return false;
        };
        let guest = guest(kind);
        match rest {
            ["pending"] => {
                let pending = client.guest_pending(&guest).await.unwrap();
                assert_eq!(pending.values.len() + 1, rows);
                assert!(pending.digest.is_some());
                let changing =
                    |row: &&Value| row["pending"] != Value::Null || row["delete"] != Value::Null;
                let expected = data.as_array().unwrap().iter().filter(changing).count();
                assert_eq!(pending.changes().count(), expected);
            }
            ["config"] => {
                let config = client
                    .guest_config_view(&guest, ConfigView::Running)
                    .await
                    .unwrap();
                let nets = if *kind == "qemu" {
                    for (slot, drive) in config.drives() {
                        assert_eq!(drive.unwrap().slot(), slot);
                    }
                    config.qemu_nets().filter(|(_, net)| net.is_ok()).count()
                } else {
                    assert!(config.mount_points().all(|(_, mount)| mount.is_ok()));
                    config.lxc_nets().filter(|(_, net)| net.is_ok()).count()
                };
                assert_eq!(nets, keys_with(&data, "net"));
            }
            ["snapshot", _, "config"] => {
                let config = client.snapshot_config(&guest, "any").await.unwrap();
                assert_eq!(config.values.len(), data.as_object().unwrap().len());
                assert_eq!(config.get("snaptime"), Some(&*data["snaptime"].to_string()));
            }
            ["feature"] => {
                let feature = client.guest_feature_of(&guest, "copy", None).await.unwrap();
                assert_eq!(feature.available, data["hasFeature"] == 1);
                assert_eq!(
                    feature.nodes.len(),
                    data["nodes"].as_array().map_or(0, Vec::len)
                );
            }
            ["migrate"] => {
                let found = client
                    .migration_preconditions(&guest, None, NOW)
                    .await
                    .unwrap();
                assert_eq!(found.running, data["running"] == 1);
                let allowed = data["allowed_nodes"]
                    .as_array()
                    .or(data["allowed-nodes"].as_array());
                assert_eq!(found.allowed_nodes.unwrap().len(), allowed.unwrap().len());
                let disks = data["local_disks"].as_array().map_or(0, Vec::len);
                assert_eq!(found.local_disks.len(), disks);
            }
            ["interfaces"] => {
                let found = client.guest_interfaces(&guest).await.unwrap();
                assert_eq!(found.len(), rows);
            }
            ["rrddata"] => {
                let (hour, average) = (RrdTimeframe::Hour, RrdConsolidation::Average);
                let samples = client
                    .guest_statistics(&guest, hour, average)
                    .await
                    .unwrap();
                assert_eq!(samples.len(), rows);
                let measured = data
                    .as_array()
                    .unwrap()
                    .iter()
                    .filter(|row| row["cpu"].is_number());
                let read = samples
                    .iter()
                    .filter(|sample| sample.cpu_fraction.is_some());
                assert_eq!(read.count(), measured.count());
            }
            ["cloudinit"] => {
                let pending = client.cloud_init_pending(&guest).await.unwrap();
                assert_eq!(pending.len(), rows);
            }
            ["cloudinit", "dump"] => {
                let file = pve::CloudInitFile::User;
                let text = client.cloud_init_file(&guest, file).await.unwrap();
                assert_eq!(text, data.as_str().unwrap());
            }
            ["agent", "info"] => {
                let info = client.agent_info(&guest).await.unwrap();
                let commands = data["result"]["supported_commands"].as_array().unwrap();
                assert_eq!(info.commands.len(), commands.len());
            }
            ["agent", "get-osinfo"] => {
                let os = client.agent_os(&guest).await.unwrap();
                assert_eq!(os.id.as_deref(), data["result"]["id"].as_str());
                assert_eq!(
                    os.pretty_name.as_deref(),
                    data["result"]["pretty-name"].as_str()
                );
            }
            ["agent", "get-host-name"] => {
                let name = client.agent_host_name(&guest).await.unwrap();
                assert_eq!(name, data["result"]["host-name"].as_str().unwrap());
            }
            ["agent", "get-fsinfo"] => {
                let systems = client.agent_file_systems(&guest).await.unwrap();
                assert_eq!(systems.len(), data["result"].as_array().unwrap().len());
            }
            ["agent", "network-get-interfaces"] => {
                let found = client.guest_interfaces(&guest).await.unwrap();
                assert_eq!(found.len(), data["result"].as_array().unwrap().len());
                assert!(
                    found
                        .iter()
                        .all(|interface| !interface.addresses.is_empty())
                );
            }
            ["agent", "exec-status"] => {
                let status = client.agent_exec_status(&guest, 1).await.unwrap();
                assert!(status.exited);
                assert_eq!(status.exit_code, data["exitcode"].as_i64());
                assert_eq!(status.output.as_deref(), data["out-data"].as_str());
            }
            ["agent", "file-read"] => {
                let file = client
                    .agent_read_file(&guest, "/a", None, NOW)
                    .await
                    .unwrap();
                assert_eq!(file.content.as_deref(), data["content"].as_str());
                assert_eq!(file.bytes_read, data["bytes-read"].as_u64());
            }
            _ => return false,
        }
        true
    })
    .await;
    println!("{count} recorded answers read");
    assert!(count > 150, "{count}");
}

#[tokio::test]
async fn what_waits_for_a_restart_is_told_from_what_is_in_force() {
    let server = giving(json!([
        {"key": "vga", "value": "std", "delete": 1},
        {"key": "scsi1", "value": "big:vm-100-disk-1", "delete": "2"},
        {"key": "digest", "value": "a1"},
        {"key": "balloon", "value": 0, "pending": 512},
        {"key": "net1", "pending": "virtio,bridge=vmbr0"},
        {"key": "cores", "value": "4"},
        {"value": "without a key"},
    ]))
    .await;
    let pending = server.client().guest_pending(&guest("qemu")).await.unwrap();
    let row = |key: &str, value: Option<&str>, pending: Option<&str>, removal| PendingValue {
        key: key.into(),
        value: value.map(Into::into),
        pending: pending.map(Into::into),
        removal,
    };
    assert_eq!(pending.digest.as_deref(), Some("a1"));
    let waiting = [
        row("balloon", Some("0"), Some("512"), Removal::No),
        row("net1", None, Some("virtio,bridge=vmbr0"), Removal::No),
        row("scsi1", Some("big:vm-100-disk-1"), None, Removal::Forced),
        row("vga", Some("std"), None, Removal::Wanted),
    ];
    assert_eq!(pending.changes().cloned().collect::<Vec<_>>(), waiting);
    assert_eq!(pending.values.len(), 5);
}

#[tokio::test]
async fn a_node_without_a_reason_against_it_is_not_refused() {
    let server = giving(json!({
        "running": "1", "allowed_nodes": ["pve2"],
        "not_allowed_nodes": {
            "pve2": {},
            "pve3": {"unavailable_storages": ["fast"], "blocking-ha-resources": [{"sid": "vm:7", "cause": "resource-affinity"}]},
            "pve4": {},
        },
        "local_disks": [{"volid": "a:vm-100-disk-0", "size": "1024", "drivename": "scsi0", "referenced_in_snapshot": {"s1": 1}}],
        "local_resources": ["hostpci0"], "mapped-resources": [],
    }))
    .await;
    let found = server
        .client()
        .migration_preconditions(&guest("qemu"), None, NOW)
        .await
        .unwrap();
    assert!(found.running);
    assert_eq!(found.allowed_nodes.unwrap(), ["pve2".parse().unwrap()]);
    let blocking = pve::BlockingResource {
        sid: "vm:7".into(),
        cause: Some("resource-affinity".into()),
    };
    let obstacles = NodeObstacles {
        unavailable_storages: vec!["fast".into()],
        unavailable_resources: vec![],
        blocking_ha_resources: vec![blocking],
    };
    let nothing = NodeObstacles {
        unavailable_storages: vec![],
        unavailable_resources: vec![],
        blocking_ha_resources: vec![],
    };
    // Not allowed and no reason told: still not allowed.
    let refused = [("pve3".to_owned(), obstacles), ("pve4".to_owned(), nothing)];
    assert_eq!(found.refused_nodes, refused.into());
    let disk = LocalDisk {
        volume: "a:vm-100-disk-0".into(),
        size_bytes: Some(1024),
        drive: Some("scsi0".into()),
        cdrom: false,
        unused: false,
        cloud_init: false,
        snapshots: SnapshotNames(vec!["s1".into()]),
    };
    assert_eq!(found.local_disks, [disk]);
    assert_eq!(found.local_resources, ["hostpci0"]);
}

#[tokio::test]
async fn containers_spell_their_preconditions_otherwise_and_old_servers_have_none() {
    let server = giving(json!({
        "running": 0, "allowed-nodes": ["pve2"], "not-allowed-nodes": {"pve3": {"blocking-ha-resources": []}},
    }))
    .await;
    let client = server.client();
    let ask = |differences| {
        let (client, guest) = (client.clone(), guest("lxc"));
        async move {
            client
                .migration_preconditions(&guest, None, differences)
                .await
        }
    };
    let found = ask(NOW).await.unwrap();
    assert_eq!(found.allowed_nodes.unwrap().len(), 1);
    assert_eq!(found.refused_nodes.keys().collect::<Vec<_>>(), ["pve3"]);
    let error = ask(Differences::of_numbers(8, 4)).await.unwrap_err();
    assert!(
        matches!(error.kind(), pve::ErrorKind::NotImplemented { .. }),
        "{error}"
    );
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn addresses_of_both_kinds_and_both_versions_look_alike() {
    let interface = GuestInterface {
        name: "eth0".into(),
        mac: Some("02:00:00:00:00:01".into()),
        addresses: vec![
            GuestAddress {
                address: "192.0.2.7".into(),
                prefix: Some(24),
            },
            GuestAddress {
                address: "2001:db8::7".into(),
                prefix: Some(64),
            },
        ],
        statistics: None,
        inet: None,
        inet6: None,
    };
    let list = json!([
        {"ip-address": "192.0.2.7", "prefix": 24, "ip-address-type": "ipv4"},
        {"ip-address": "2001:db8::7", "prefix": "64", "ip-address-type": "ipv6"},
    ]);
    let mac = "02:00:00:00:00:01";
    let agent =
        json!({"result": [{"name": "eth0", "hardware-address": mac, "ip-addresses": list}]});
    let new =
        json!([{"name": "eth0", "hwaddr": mac, "hardware-address": mac, "ip-addresses": list}]);
    let old =
        json!([{"name": "eth0", "hwaddr": mac, "inet": "192.0.2.7/24", "inet6": "2001:db8::7/64"}]);
    for (kind, data) in [("qemu", agent), ("lxc", new), ("lxc", old)] {
        let server = giving(data).await;
        let found = server
            .client()
            .guest_interfaces(&guest(kind))
            .await
            .unwrap();
        assert_eq!(found, std::slice::from_ref(&interface));
    }
}

#[tokio::test]
async fn statistics_of_8_and_9_have_gaps_and_come_in_order() {
    let server = giving(json!([
        {"time": 120, "cpu": "0.5", "mem": 1e9, "netin": 1.5, "pressurecpusome": 12.5, "memhost": 2},
        {"time": 60, "maxcpu": 2, "maxmem": 4096},
        {"time": 180},
    ]))
    .await;
    let (week, most) = (RrdTimeframe::Week, RrdConsolidation::Maximum);
    let client = server.client();
    let samples = client
        .guest_statistics(&guest("lxc"), week, most)
        .await
        .unwrap();
    let times: Vec<u64> = samples.iter().map(|sample| sample.time_s).collect();
    assert_eq!(times, [60, 120, 180]);
    let [off, on, last] = samples.as_slice() else {
        panic!()
    };
    assert_eq!((off.cpu_fraction, off.cpu_count), (None, Some(2.0)));
    assert_eq!((on.cpu_fraction, on.memory_bytes), (Some(0.5), Some(1e9)));
    assert_eq!(on.pressure_cpu_some_percent, Some(12.5));
    assert_eq!((last.cpu_count, last.memory_host_bytes), (None, None));
    assert_eq!(
        server.lines(),
        ["GET /api2/json/nodes/pve1/lxc/100/rrddata?timeframe=week&cf=MAX"]
    );
}

#[tokio::test]
async fn each_configuration_of_a_guest_is_asked_for_by_its_own_words() {
    let server =
        giving(json!({"cores": 1, "scsi0": "a:vm-100-disk-0,size=1G", "net0": "a=b,=c"})).await;
    let client = server.client();
    let views = [
        ConfigView::Wanted,
        ConfigView::Running,
        ConfigView::Snapshot("before"),
    ];
    for view in views {
        let config = client
            .guest_config_view(&guest("qemu"), view)
            .await
            .unwrap();
        let drives: Vec<_> = config.drives().map(|(_, drive)| drive.unwrap()).collect();
        assert_eq!(drives[0].size_bytes(), Some(1 << 30));
        // What cannot be read is told with its key, and the rest is not lost.
        assert!(
            config
                .qemu_nets()
                .all(|(key, net)| key == "net0" && net.is_err())
        );
    }
    client.snapshot_config(&guest("qemu"), "a/b").await.unwrap();
    let base = "GET /api2/json/nodes/pve1/qemu/100";
    let expected = [
        format!("{base}/config"),
        format!("{base}/config?current=1"),
        format!("{base}/config?snapshot=before"),
        format!("{base}/snapshot/a%2Fb/config"),
    ];
    assert_eq!(server.lines(), expected);
}

#[tokio::test]
async fn an_agent_that_cannot_be_asked_is_told_by_its_state() {
    let texts = [
        ("QEMU guest agent is not running", AgentState::Silent),
        ("No QEMU guest agent configured", AgentState::NotConfigured),
        ("VM 100 is not running", AgentState::GuestStopped),
    ];
    for (text, state) in texts {
        let server = Server::answering(move || {
            let body = json!({"data": null, "message": format!("{text}\n")});
            Answer::json(500, text, &body)
        })
        .await;
        assert_eq!(
            server.client().agent_state(&guest("qemu")).await.unwrap(),
            state
        );
    }
    let server = giving(json!({"result": {}})).await;
    let client = server.client();
    assert_eq!(
        client.agent_state(&guest("qemu")).await.unwrap(),
        AgentState::Answers
    );
    assert!(client.agent_state(&guest("lxc")).await.is_err());
    assert_eq!(
        server.lines(),
        ["POST /api2/json/nodes/pve1/qemu/100/agent/ping"]
    );
}

#[tokio::test]
async fn freezing_tells_how_many_file_systems_stand_still() {
    let server = Server::start(|request| match request.target.rsplit('/').next().unwrap() {
        "fsfreeze-freeze" => Answer::data(&json!({"result": 3})),
        "fsfreeze-thaw" => Answer::data(&json!({"result": "3"})),
        "fstrim" => Answer::data(&json!({"result": {"paths": []}})),
        _ => Answer::data(&json!({"result": "frozen"})),
    })
    .await;
    let (client, guest) = (server.client(), guest("qemu"));
    assert_eq!(client.agent_freeze(&guest).await.unwrap(), 3);
    assert_eq!(
        client.agent_freeze_state(&guest).await.unwrap(),
        FreezeState::Frozen
    );
    assert_eq!(client.agent_thaw(&guest).await.unwrap(), 3);
    client.agent_trim(&guest).await.unwrap();
    assert!(server.lines().iter().all(|line| line.starts_with("POST ")));
}

#[tokio::test]
async fn a_console_has_an_address_and_prints_no_secret() {
    let server = giving(json!({
        "port": "5900", "ticket": "PVEVNC:1::a+b/c==", "user": "root@pam", "cert": "PEM",
        "password": "pass word", "upid": "UPID:pve1:0000C530:001C9BEC:571E0322:vncproxy:100:root@pam:",
    }))
    .await;
    let client = server.client();
    let of = ConsoleOf::Guest(guest("qemu"));
    let ticket = client.open_console(&of, Console::Display).await.unwrap();
    assert_eq!((ticket.port, ticket.user.as_str()), (5900, "root@pam"));
    assert_eq!(ticket.vnc_password().expose_secret(), "pass word");
    assert_eq!(
        ticket.terminal_greeting().expose_secret(),
        "root@pam:PVEVNC:1::a+b/c==\n"
    );
    let address = client.console_address(&ticket).unwrap();
    let base = format!(
        "wss://127.0.0.2:{}/api2/json/nodes/pve1/qemu/100",
        server.port
    );
    assert_eq!(
        address.expose_secret(),
        format!("{base}/vncwebsocket?port=5900&vncticket=PVEVNC%3A1%3A%3Aa%2Bb%2Fc%3D%3D")
    );
    let printed = format!("{ticket:?} {address:?}");
    assert!(
        !printed.contains("PVEVNC") && !printed.contains("pass word"),
        "{printed}"
    );
}

#[tokio::test]
async fn a_console_without_a_password_of_its_own_takes_the_ticket() {
    let server = giving(json!({"port": 5901, "ticket": "T", "user": "root@pam"})).await;
    let client = server.client();
    let consoles = [
        (ConsoleOf::Guest(guest("lxc")), Console::Display),
        (
            ConsoleOf::Guest(guest("lxc")),
            Console::Terminal { serial: None },
        ),
        (
            ConsoleOf::Guest(guest("qemu")),
            Console::Terminal { serial: Some(1) },
        ),
        (
            ConsoleOf::Node("pve1".parse().unwrap()),
            Console::Terminal { serial: None },
        ),
        (ConsoleOf::Node("pve1".parse().unwrap()), Console::Display),
    ];
    for (of, console) in consoles {
        let ticket = client.open_console(&of, console).await.unwrap();
        assert_eq!(ticket.vnc_password().expose_secret(), "T");
    }
    let wrong = ConsoleOf::Guest(guest("lxc"));
    let serial = Console::Terminal { serial: Some(0) };
    assert!(client.open_console(&wrong, serial).await.is_err());
    let lines: Vec<(String, String)> = server
        .seen()
        .iter()
        .map(|seen| (seen.line(), seen.body.clone()))
        .collect();
    let base = "POST /api2/json/nodes/pve1";
    let expected = [
        ("/lxc/100/vncproxy", "websocket=1"),
        ("/lxc/100/termproxy", ""),
        ("/qemu/100/termproxy", "serial=serial1"),
        ("/termproxy", ""),
        ("/vncshell", "websocket=1"),
    ]
    .map(|(path, body)| (format!("{base}{path}"), body.to_owned()));
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn spice_settings_become_the_file_of_the_viewer() {
    let server = giving(json!({
        "type": "spice", "host": "pvespiceproxy:1", "password": "hidden", "tls-port": 61000, "ca": "A\nB\n",
    }))
    .await;
    let client = server.client();
    let settings = client
        .open_spice(&guest("qemu"), Some("pve1.example.org"))
        .await
        .unwrap();
    assert_eq!(settings.get("tls-port"), Some("61000"));
    let file = settings.file();
    assert_eq!(
        file.expose_secret(),
        "[virt-viewer]\nca=A\\nB\\n\nhost=pvespiceproxy:1\npassword=hidden\ntls-port=61000\ntype=spice\n"
    );
    assert!(!format!("{settings:?}").contains("hidden"));
    assert_eq!(server.seen()[0].body, "proxy=pve1.example.org");
}
