//! Calls about nodes: what a real server sends is read, what is asked is asked exactly.

use std::sync::{Arc, Mutex};

use pve::{
    AptPackage, Disk, DiskFilter, GuestTraffic, IscsiTarget, JournalPage, JournalRange, LogLine,
    MemoryUse, NetworkInterface, NfsExport, NodeCommand, NodeName, NodePoint, NodeStatus,
    PhysicalVolume, RrdConsolidation, RrdTimeframe, ServiceAction, ServiceState, SmartAttribute,
    StoragePoint, SubscriptionStatus, SyslogFilter, ThinPool, VolumeGroup,
};
use serde_json::{Value, json};

use crate::golden;
use crate::server::{Answer, Server};
use crate::typed::replay;
use crate::typed_storage::wire;

const UPID: &str = "UPID:pve1:0000C530:001C9BEC:571E0322:srvrestart:pvestatd:root@pam:";

fn node() -> NodeName {
    "pve1".parse().unwrap()
}

#[tokio::test]
async fn every_recorded_answer_about_nodes_is_read() {
    let count = replay(|client, path, data| async move {
        let rows = data.as_array().map_or(0, Vec::len);
        let node = &node();
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let ["nodes", _, rest @ ..] = parts.as_slice() else {
            return false;
        };
        match rest {
            ["status"] => {
                let status = client.node_status(node).await.unwrap();
                assert_eq!(status.uptime_s, data["uptime"].as_u64());
                assert_eq!(status.cpu_fraction, data["cpu"].as_f64());
                let memory = status.memory.unwrap();
                assert_eq!(memory.total_bytes, data["memory"]["total"].as_u64());
                assert!(memory.available_bytes.is_some() && status.load_average.is_some());
                assert_eq!(
                    status.root.unwrap().used_bytes,
                    data["rootfs"]["used"].as_u64()
                );
                assert_eq!(
                    status.cpu.unwrap().cpu_count,
                    data["cpuinfo"]["cpus"].as_u64()
                );
                assert!(status.kernel.is_some() && status.boot.is_some());
            }
            ["version"] => {
                let version = client.node_version(node).await.unwrap();
                assert!(version.numbers().is_some());
            }
            ["subscription"] => {
                let subscription = client.node_subscription(node).await.unwrap();
                assert_eq!(subscription.status, SubscriptionStatus::NotFound);
            }
            ["time"] => {
                let time = client.node_time(node).await.unwrap();
                assert_eq!(Some(time.time_s), data["time"].as_u64());
            }
            ["dns"] => {
                let dns = client.node_dns(node).await.unwrap();
                assert_eq!(dns.server_1.as_deref(), data["dns1"].as_str());
            }
            ["hosts"] => {
                let hosts = client.node_hosts(node).await.unwrap();
                assert_eq!(hosts.text.as_deref(), data["data"].as_str());
            }
            ["config"] => {
                let config = client.node_config(node).await.unwrap();
                assert_eq!(config.len(), data.as_object().unwrap().len());
            }
            ["report"] => {
                let report = client.node_report(node).await.unwrap();
                assert_eq!(Some(report.as_str()), data.as_str());
            }
            ["services"] => {
                let services = client.services(node).await.unwrap();
                assert_eq!(services.len(), rows);
                assert!(services.iter().all(|service| service.state.is_some()));
            }
            ["services", name, "state"] => {
                let service = client.service(node, name).await.unwrap();
                assert_eq!(service.service, *name);
            }
            ["syslog"] => {
                let filter = SyslogFilter::default();
                let (lines, total) = client.syslog(node, &filter).await.unwrap();
                assert_eq!(lines.len(), rows);
                assert!(total >= rows as u64);
            }
            ["apt", "update"] => {
                let updates = client.apt_updates(node).await.unwrap();
                assert_eq!(updates.len(), rows);
            }
            ["apt", "versions"] => {
                let versions = client.apt_versions(node).await.unwrap();
                assert_eq!(versions.len(), rows);
                assert!(versions.iter().all(|package| package.state.is_some()));
            }
            ["apt", "repositories"] => {
                let repositories = client.apt_repositories(node).await.unwrap();
                let count = |key: &str| data[key].as_array().unwrap().len();
                assert_eq!(repositories.files.len(), count("files"));
                assert_eq!(repositories.notes.len(), count("infos"));
                assert_eq!(repositories.standard.len(), count("standard-repos"));
                let first = &repositories.files[0].repositories[0];
                assert!(first.enabled && first.types == ["deb"] && first.uris.len() == 1);
            }
            ["disks", "list"] => {
                let disks = client.disks(node, &DiskFilter::default()).await.unwrap();
                assert_eq!(disks.len(), rows);
                assert_eq!(disks[0].size_bytes, data[0]["size"].as_u64());
                assert_eq!((disks[0].life_left_percent, disks[0].mounted), (None, true));
            }
            ["disks", "lvm"] => assert_eq!(client.volume_groups(node).await.unwrap(), []),
            ["disks", "lvmthin"] => {
                assert_eq!(client.thin_pools(node).await.unwrap().len(), rows);
            }
            ["disks", "directory"] => {
                assert_eq!(client.directory_mounts(node).await.unwrap().len(), rows);
            }
            ["certificates", "info"] => {
                let certificates = client.certificates(node).await.unwrap();
                assert_eq!(certificates.len(), rows);
                assert!(certificates.iter().all(|one| one.fingerprint.is_some()
                    && one.not_after_s > one.not_before_s
                    && one.subject.is_some()));
            }
            ["hardware", "pci"] => {
                assert_eq!(client.pci_devices(node, true).await.unwrap().len(), rows);
            }
            ["hardware", "usb"] => {
                assert_eq!(client.usb_devices(node).await.unwrap().len(), rows);
            }
            ["capabilities", "qemu", "cpu"] => {
                let models = client.cpu_models(node).await.unwrap();
                assert_eq!(models.len(), rows);
                assert!(models.iter().any(|model| model.name == "host"));
            }
            ["capabilities", "qemu", "machines"] => {
                let machines = client.machine_types(node).await.unwrap();
                assert_eq!(machines.len(), rows);
                assert!(machines.iter().all(|machine| machine.version.is_some()));
            }
            ["network"] => {
                let network = client.node_network(node).await.unwrap();
                assert_eq!(network.interfaces.len(), rows);
                assert!(network.interfaces.iter().all(|one| one.kind.is_some()));
            }
            ["network", name] => {
                let interface = client.node_interface(node, name).await.unwrap();
                assert_eq!(interface.name, *name);
                assert_eq!(interface.cidr.as_deref(), data["cidr"].as_str());
            }
            ["netstat"] => assert_eq!(client.guest_traffic(node).await.unwrap().len(), rows),
            ["scan", "lvm"] => {
                assert_eq!(client.scan_volume_groups(node).await.unwrap().len(), rows);
            }
            ["rrddata"] => {
                let (frame, average) = (RrdTimeframe::Hour, RrdConsolidation::Average);
                let points = client.node_history(node, frame, average).await.unwrap();
                assert_eq!(points.len(), rows);
                for (point, row) in points.iter().zip(data.as_array().unwrap()) {
                    assert_eq!(Some(point.time_s), row["time"].as_u64());
                    assert_eq!(point.cpu_fraction, row["cpu"].as_f64());
                    assert_eq!(point.memory_available_bytes, row["memavailable"].as_f64());
                    let pressure = point.cpu_pressure_some_percent;
                    assert_eq!(pressure, row["pressurecpusome"].as_f64());
                }
            }
            _ => return false,
        }
        true
    })
    .await;
    assert!(count > 60, "{count}");
}

#[tokio::test]
async fn a_node_without_a_journal_answers_with_nothing() {
    let recorded = golden::calls().into_iter().flatten();
    let of_journal = |call: &Value| call["path"].as_str().unwrap().ends_with("/journal");
    let mut read = 0;
    // The recordings hold the text of compressed bytes; uncompressed they are none.
    for call in recorded.filter(of_journal) {
        assert_eq!(call["headers"]["Content-Length"], "20");
        let server = Server::answering(|| Answer::with(200, "OK", "application/json", b"")).await;
        let page = server
            .client()
            .journal(&node(), &JournalRange::Last(5))
            .await;
        assert_eq!(page.unwrap(), JournalPage::default());
        read += 1;
    }
    assert!(golden::files().is_none() || read == 3, "{read}");
}

#[tokio::test]
async fn the_journal_is_read_page_by_page_with_cursors() {
    let server = Server::answering(|| {
        Answer::data(&json!([
            "s=a1;i=1",
            "Jan 31 02:00:01 pve1 kernel: x",
            "s=a1;i=2"
        ]))
    })
    .await;
    let client = server.client();
    let last = JournalRange::Last(1);
    let page = client.journal(&node(), &last).await.unwrap();
    let expected = JournalPage {
        lines: vec!["Jan 31 02:00:01 pve1 kernel: x".into()],
        first_cursor: Some("s=a1;i=1".into()),
        last_cursor: Some("s=a1;i=2".into()),
    };
    assert_eq!(page, expected);
    for range in [
        JournalRange::After(page.last_cursor.unwrap()),
        JournalRange::Before(page.first_cursor.unwrap()),
        JournalRange::Between {
            since_s: Some(5),
            until_s: None,
        },
    ] {
        client.journal(&node(), &range).await.unwrap();
    }
    assert_eq!(
        wire(&server),
        [
            "GET /nodes/pve1/journal?lastentries=1",
            "GET /nodes/pve1/journal?startcursor=s%3Da1%3Bi%3D2",
            "GET /nodes/pve1/journal?endcursor=s%3Da1%3Bi%3D1",
            "GET /nodes/pve1/journal?since=5",
        ]
    );
}

#[tokio::test]
async fn a_log_that_is_not_there_has_no_lines() {
    let texts = Arc::new(Mutex::new(vec![
        "unable to open file - No such file or directory",
        "no content",
    ]));
    let server = Server::start(move |_| {
        let text = texts.lock().unwrap().pop().unwrap();
        Answer::json(
            200,
            "OK",
            &json!({"data": [{"n": 1, "t": text}], "total": 1}),
        )
    })
    .await;
    let client = server.client();
    let filter = SyslogFilter {
        service: Some("pvedaemon".into()),
        since: Some("2026-01-31 02:00".into()),
        until: Some("2026-02-01".into()),
        start: 0,
        limit: Some(10),
    };
    for _ in 0..2 {
        assert_eq!(
            client.syslog(&node(), &filter).await.unwrap(),
            (Vec::new(), 0)
        );
    }
    assert_eq!(
        wire(&server)[0],
        "GET /nodes/pve1/syslog?start=0&limit=10&since=2026-01-31+02%3A00&until=2026-02-01&service=pvedaemon"
    );
}

#[tokio::test]
async fn log_lines_keep_their_numbers_and_the_number_of_all() {
    let server = Server::answering(|| {
        let rows = json!([{"n": "51", "t": "a"}, {"n": 52, "t": ""}]);
        Answer::json(200, "OK", &json!({"data": rows, "total": "2628"}))
    })
    .await;
    let filter = SyslogFilter {
        start: 50,
        ..SyslogFilter::default()
    };
    let line = |number, text: &str| LogLine {
        number,
        text: text.into(),
    };
    let page = server.client().syslog(&node(), &filter).await.unwrap();
    assert_eq!(page, (vec![line(51, "a"), line(52, "")], 2628));
}

#[tokio::test]
async fn a_node_of_8_tells_less_memory_and_nothing_is_made_up() {
    let server = Server::answering(|| {
        Answer::data(&json!({
            "uptime": "77", "cpu": "0.25", "loadavg": ["0.10", "0.20"], "memory": {"total": 8, "used": 4, "free": 4}
        }))
    })
    .await;
    let status = server.client().node_status(&node()).await.unwrap();
    let memory = MemoryUse {
        total_bytes: Some(8),
        used_bytes: Some(4),
        free_bytes: Some(4),
        available_bytes: None,
    };
    assert_eq!(
        status,
        NodeStatus {
            uptime_s: Some(77),
            cpu_fraction: Some(0.25),
            io_wait_fraction: None,
            load_average: None,
            cpu: None,
            memory: Some(memory),
            swap: None,
            root: None,
            shared_memory_bytes: None,
            manager_version: None,
            kernel: None,
            boot: None,
        }
    );
}

#[tokio::test]
async fn history_has_gaps_where_nothing_was_measured() {
    let server = Server::start(|request| {
        Answer::data(&if request.target.contains("/storage/") {
            json!([{"time": 60, "total": 5, "used": "2.5"}, {"time": 120}])
        } else {
            json!([{"time": "60", "cpu": 0.5, "memfree": 7, "netin": 1.5}, {"time": 120}, {"cpu": 1}])
        })
    })
    .await;
    let client = server.client();
    let (frame, maximum) = (RrdTimeframe::Day, RrdConsolidation::Maximum);
    let points = client.node_history(&node(), frame, maximum).await.unwrap();
    let gap = NodePoint {
        time_s: 120,
        cpu_fraction: None,
        io_wait_fraction: None,
        cpu_count: None,
        load_average: None,
        memory_total_bytes: None,
        memory_used_bytes: None,
        memory_available_bytes: None,
        zfs_cache_bytes: None,
        swap_total_bytes: None,
        swap_used_bytes: None,
        root_total_bytes: None,
        root_used_bytes: None,
        net_in_bytes_per_s: None,
        net_out_bytes_per_s: None,
        cpu_pressure_some_percent: None,
        io_pressure_some_percent: None,
        io_pressure_full_percent: None,
        memory_pressure_some_percent: None,
        memory_pressure_full_percent: None,
    };
    let measured = NodePoint {
        time_s: 60,
        cpu_fraction: Some(0.5),
        memory_available_bytes: Some(7.0),
        net_in_bytes_per_s: Some(1.5),
        ..gap.clone()
    };
    assert_eq!(points, [measured, gap]);
    let average = RrdConsolidation::Average;
    let decade = RrdTimeframe::Decade;
    let points = client
        .storage_history(&node(), "data", decade, average)
        .await;
    let point = |time_s, total_bytes, used_bytes| StoragePoint {
        time_s,
        total_bytes,
        used_bytes,
    };
    assert_eq!(
        points.unwrap(),
        [point(60, Some(5.0), Some(2.5)), point(120, None, None)]
    );
    assert_eq!(
        wire(&server),
        [
            "GET /nodes/pve1/rrddata?timeframe=day&cf=MAX",
            "GET /nodes/pve1/storage/data/rrddata?timeframe=decade&cf=AVERAGE",
        ]
    );
    assert!(!decade.is_known_to(8) && decade.is_known_to(9) && frame.is_known_to(8));
}

#[tokio::test]
async fn disks_tell_the_life_that_is_left() {
    let server = Server::start(|request| {
        Answer::data(&if request.target.contains("/smart?") {
            json!({"health": "PASSED", "type": "ata", "wearout": "87", "attributes": [
                {"id": "  5", "name": "Reallocated_Sector_Ct", "value": "100", "worst": "99", "threshold": "10",
                 "fail": "-", "flags": "PO--CK", "raw": "0"}]})
        } else {
            json!([{"devpath": "/dev/nvme0n1", "type": "nvme", "wearout": 96, "size": "512", "health": "OK", "rpm": 0,
                    "used": "ZFS", "gpt": "1"},
                   {"devpath": "/dev/sda", "wearout": "N/A", "rpm": -1, "parent": ""}])
        })
    })
    .await;
    let client = server.client();
    let filter = DiskFilter {
        unused_only: true,
        with_partitions: true,
        without_health: true,
    };
    let blank = Disk {
        device: "/dev/sda".into(),
        kind: None,
        size_bytes: None,
        vendor: None,
        model: None,
        serial: None,
        wwn: None,
        stable_path: None,
        rotation_per_minute: Some(-1),
        used_by: None,
        mounted: false,
        gpt: false,
        health: None,
        life_left_percent: None,
        parent: None,
    };
    let nvme = Disk {
        device: "/dev/nvme0n1".into(),
        kind: Some("nvme".into()),
        size_bytes: Some(512),
        rotation_per_minute: Some(0),
        used_by: Some("ZFS".into()),
        gpt: true,
        health: Some("OK".into()),
        life_left_percent: Some(96.0),
        ..blank.clone()
    };
    assert_eq!(client.disks(&node(), &filter).await.unwrap(), [nvme, blank]);
    let report = client.smart(&node(), "/dev/sda").await.unwrap();
    assert_eq!(report.life_left_percent, Some(87.0));
    let attribute = SmartAttribute {
        id: Some(5),
        name: "Reallocated_Sector_Ct".into(),
        normalized: Some(100),
        worst: Some(99),
        threshold: Some(10),
        raw: Some("0".into()),
        failed: Some("-".into()),
        flags: Some("PO--CK".into()),
    };
    assert_eq!(report.attributes, [attribute]);
    assert_eq!(
        wire(&server),
        [
            "GET /nodes/pve1/disks/list?type=unused&include-partitions=1&skipsmart=1",
            "GET /nodes/pve1/disks/smart?disk=%2Fdev%2Fsda",
        ]
    );
}

#[tokio::test]
async fn pools_and_volume_groups_are_trees() {
    let server = Server::start(|request| match request.target.rsplit('/').next().unwrap() {
        "tank" => Answer::data(&json!({
            "name": "tank", "state": "DEGRADED", "scan": "scrub repaired 0B", "errors": "No known data errors",
            "action": "Replace", "status": "One or more", "leaf": 0, "children": [
                {"name": "mirror-0", "state": "DEGRADED", "msg": "", "leaf": 0, "children": [
                    {"name": "sda", "state": "FAULTED", "read": 3, "write": "0", "cksum": 12, "msg": "too many errors", "leaf": 1}]}]
        })),
        "zfs" => Answer::data(&json!([{"name": "tank", "health": "ONLINE", "frag": 12, "dedup": 1, "alloc": 4, "size": 10, "free": 6}])),
        "lvm" => Answer::data(&json!({"leaf": 0, "children": [{"name": "pve", "size": 10, "free": "2", "lvcount": 3, "leaf": 0,
            "children": [{"name": "/dev/sda3", "size": 10, "free": 2, "leaf": 1}]}]})),
        _ => Answer::data(&json!([{"lv": "data", "vg": "pve", "lv_size": 9, "used": 3, "metadata_size": 2, "metadata_used": 1}])),
    })
    .await;
    let client = server.client();
    let pools = client.zfs_pools(&node()).await.unwrap();
    assert_eq!(
        (pools[0].free_bytes, pools[0].fragmentation_percent),
        (Some(6), Some(12.0))
    );
    let tank = client.zfs_pool(&node(), "tank").await.unwrap();
    let disk = &tank.devices[0].children[0];
    assert_eq!(tank.devices[0].message, None);
    assert_eq!(
        (disk.name.as_str(), disk.checksum_errors),
        ("sda", Some(12))
    );
    assert_eq!((disk.read_errors, disk.write_errors), (Some(3), Some(0)));
    let disk = PhysicalVolume {
        name: "/dev/sda3".into(),
        size_bytes: Some(10),
        free_bytes: Some(2),
    };
    let group = VolumeGroup {
        name: "pve".into(),
        size_bytes: Some(10),
        free_bytes: Some(2),
        volume_count: Some(3),
        disks: vec![disk],
    };
    assert_eq!(client.volume_groups(&node()).await.unwrap(), [group]);
    let thin = ThinPool {
        name: "data".into(),
        volume_group: Some("pve".into()),
        size_bytes: Some(9),
        used_bytes: Some(3),
        metadata_size_bytes: Some(2),
        metadata_used_bytes: Some(1),
    };
    assert_eq!(client.thin_pools(&node()).await.unwrap(), [thin]);
}

#[tokio::test]
async fn networks_come_with_the_changes_that_wait() {
    let server = Server::answering(|| {
        let rows = json!([
            {"iface": "vmbr0", "type": "bridge", "active": 1, "autostart": "1", "method": "static", "cidr": "10.0.0.1/24",
             "address": "10.0.0.1", "netmask": "24", "gateway": "10.0.0.254", "bridge_ports": "eno1 eno2", "bridge_fd": "0",
             "bridge_vlan_aware": 1, "mtu": "9000", "comments": "uplink\n", "priority": 3, "families": ["inet"]},
            {"type": "eth"},
        ]);
        Answer::json(200, "OK", &json!({"data": rows, "changes": "--- a\n+++ b\n"}))
    })
    .await;
    let network = server.client().node_network(&node()).await.unwrap();
    let bridge = NetworkInterface {
        name: "vmbr0".into(),
        kind: Some("bridge".into()),
        active: true,
        autostart: true,
        exists: false,
        method: Some("static".into()),
        cidr: Some("10.0.0.1/24".into()),
        gateway: Some("10.0.0.254".into()),
        method6: None,
        cidr6: None,
        gateway6: None,
        ports: vec!["eno1".into(), "eno2".into()],
        vlan_aware: true,
        mtu_bytes: Some(9000),
        comment: Some("uplink".into()),
        options: [("bridge_fd".to_owned(), "0".to_owned())].into(),
    };
    assert_eq!(network.interfaces, [bridge]);
    assert_eq!(network.pending_changes.as_deref(), Some("--- a\n+++ b\n"));
}

#[tokio::test]
async fn services_packages_and_power_are_told_by_these_requests() {
    let server = Server::start(|request| match request.target.rsplit('/').next().unwrap() {
        "status" => Answer::data(&json!(null)),
        "wakeonlan" => Answer::data(&json!("00:11:22:33:44:55")),
        "changelog?name=tzdata&version=2026f" => Answer::data(&json!("tzdata (2026f)")),
        _ => Answer::data(&json!(UPID)),
    })
    .await;
    let client = server.client();
    for action in [
        ServiceAction::Start,
        ServiceAction::Stop,
        ServiceAction::Restart,
        ServiceAction::Reload,
    ] {
        let upid = client.act_on_service(&node(), "pvestatd", action).await;
        assert_eq!(upid.unwrap().to_string(), UPID);
    }
    client.refresh_apt_updates(&node(), false).await.unwrap();
    client.refresh_apt_updates(&node(), true).await.unwrap();
    let changes = client.apt_changelog(&node(), "tzdata", Some("2026f")).await;
    assert_eq!(changes.unwrap(), "tzdata (2026f)");
    client
        .command_node(&node(), NodeCommand::Reboot)
        .await
        .unwrap();
    client
        .command_node(&node(), NodeCommand::Shutdown)
        .await
        .unwrap();
    assert_eq!(
        client.wake_node(&node()).await.unwrap(),
        "00:11:22:33:44:55"
    );
    assert_eq!(
        wire(&server),
        [
            "POST /nodes/pve1/services/pvestatd/start",
            "POST /nodes/pve1/services/pvestatd/stop",
            "POST /nodes/pve1/services/pvestatd/restart",
            "POST /nodes/pve1/services/pvestatd/reload",
            "POST /nodes/pve1/apt/update",
            "POST /nodes/pve1/apt/update notify=1",
            "GET /nodes/pve1/apt/changelog?name=tzdata&version=2026f",
            "POST /nodes/pve1/status command=reboot",
            "POST /nodes/pve1/status command=shutdown",
            "POST /nodes/pve1/wakeonlan",
        ]
    );
}

#[tokio::test]
async fn what_a_node_sees_could_become_a_storage() {
    let server = Server::start(|request| match request.target.rsplit('/').next().unwrap() {
        "nfs?server=nas" => Answer::data(&json!([{"path": "/srv", "options": "*"}])),
        "iscsi?portal=san" => {
            Answer::data(&json!([{"target": "iqn.x", "portal": "10.0.0.9:3260"}]))
        }
        "lvm" => Answer::data(&json!([{"vg": "pve"}, {"size": 5}])),
        "lvmthin?vg=pve" => Answer::data(&json!([{"lv": "data"}])),
        "netstat" => Answer::data(&json!([{"vmid": "100", "dev": "net0", "in": "5", "out": 6}])),
        _ => Answer::data(&json!([{"pool": "tank"}, {"pool": "tank/data"}])),
    })
    .await;
    let client = server.client();
    let export = NfsExport {
        path: "/srv".into(),
        options: Some("*".into()),
    };
    assert_eq!(client.scan_nfs(&node(), "nas").await.unwrap(), [export]);
    let target = IscsiTarget {
        target: "iqn.x".into(),
        portal: Some("10.0.0.9:3260".into()),
    };
    assert_eq!(client.scan_iscsi(&node(), "san").await.unwrap(), [target]);
    assert_eq!(client.scan_volume_groups(&node()).await.unwrap(), ["pve"]);
    assert_eq!(
        client.scan_thin_pools(&node(), "pve").await.unwrap(),
        ["data"]
    );
    assert_eq!(
        client.scan_zfs(&node()).await.unwrap(),
        ["tank", "tank/data"]
    );
    let traffic = GuestTraffic {
        vmid: "100".parse().unwrap(),
        device: "net0".into(),
        in_bytes: Some(5),
        out_bytes: Some(6),
    };
    assert_eq!(client.guest_traffic(&node()).await.unwrap(), [traffic]);
}

#[tokio::test]
async fn odd_rows_leave_the_good_ones_readable() {
    let server = Server::start(|request| match request.target.rsplit('/').next().unwrap() {
        "services" => Answer::data(
            &json!([{"name": "cron"}, 5, {"desc": "nameless"}, {"service": "ssh", "state": {}}]),
        ),
        _ => Answer::data(&json!([{"Package": "tzdata", "Version": {"a": 1}}, null])),
    })
    .await;
    let client = server.client();
    let service = |service: &str, unit: Option<&str>| ServiceState {
        service: service.into(),
        unit: unit.map(Into::into),
        description: None,
        state: None,
        active_state: None,
        unit_state: None,
    };
    assert_eq!(
        client.services(&node()).await.unwrap(),
        [service("cron", Some("cron")), service("ssh", None)]
    );
    let packages: Vec<AptPackage> = client.apt_versions(&node()).await.unwrap();
    let told: Vec<_> = packages
        .iter()
        .map(|one| (one.package.as_str(), one.version.as_deref()))
        .collect();
    assert_eq!(told, [("tzdata", None)]);
}

#[tokio::test]
async fn a_node_that_is_not_reached_is_named() {
    let server =
        Server::answering(|| Answer::with(595, "No route to host", "text/plain", b"")).await;
    let error = server.client().node_status(&"pve9".parse().unwrap()).await;
    let error = error.unwrap_err();
    let expected = pve::ErrorKind::NodeUnreachable {
        node: Some("pve9".into()),
        status: 595,
        text: "No route to host".into(),
    };
    assert_eq!(error.kind(), &expected);
}
