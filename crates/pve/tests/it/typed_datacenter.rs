//! Reads about the whole cluster: measurements, notifications, firewall, SDN, Ceph.

use pve::{
    CephCheck, CephHealth, EndpointKind, ErrorKind, FirewallAlias, FirewallOf, FirewallOptions,
    FirewallReference, FirewallRule, FirewallSetEntry, GuestAt, GuestKind, MetricFilter,
    MetricKind, MetricObject, MetricPoint, MetricServer, MetricServerKind, NotificationEndpoint,
    NotificationMatcher, RuleDirection, SdnItem, SdnState, SdnView, SdnZoneOnNode, SdnZoneStatus,
};
use serde_json::json;

use crate::server::{Answer, Server};
use crate::typed::replay;
use crate::typed_storage::wire;

fn node() -> pve::NodeName {
    "pve1".parse().unwrap()
}

fn texts<const N: usize>(pairs: [(&str, &str); N]) -> std::collections::BTreeMap<String, String> {
    pairs
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into()
}

#[tokio::test]
async fn every_recorded_answer_about_the_datacenter_is_read() {
    let count = replay(|client, path, data| async move {
        let rows = data.as_array().map_or(0, Vec::len);
        let cluster = FirewallOf::Cluster;
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        match parts.as_slice() {
            ["cluster", "metrics", "export"] => {
                let points = client.metrics(&MetricFilter::default()).await.unwrap();
                let recorded = data["data"].as_array().unwrap();
                assert_eq!(points.len(), recorded.len());
                for (point, row) in points.iter().zip(recorded) {
                    assert_eq!(point.object.to_string(), row["id"].as_str().unwrap());
                    assert_eq!(Some(point.value), row["value"].as_f64());
                    assert!(!matches!(point.object, MetricObject::Other(_)));
                    assert!(!matches!(point.kind, MetricKind::Other(_)));
                }
            }
            ["cluster", "metrics", "server"] => {
                assert_eq!(client.metric_servers().await.unwrap().len(), rows);
            }
            ["cluster", "metrics", "server", id] => {
                let server = client.metric_server(id).await.unwrap();
                assert_eq!(server.len(), data.as_object().unwrap().len());
            }
            ["cluster", "notifications", "targets"] => {
                let targets = client.notification_targets().await.unwrap();
                assert_eq!(targets.len(), rows);
                assert!(targets.iter().all(|target| target.kind.is_some()));
            }
            ["cluster", "notifications", "matchers"] => {
                let matchers = client.notification_matchers().await.unwrap();
                assert_eq!(matchers.len(), rows);
                assert!(matchers.iter().all(|matcher| !matcher.targets.is_empty()));
            }
            ["cluster", "notifications", "endpoints", kind] => {
                let kind = EndpointKind::from((*kind).to_owned());
                let endpoints = client.notification_endpoints(&kind).await.unwrap();
                assert_eq!(endpoints.len(), rows);
                assert!(endpoints.iter().all(|endpoint| endpoint.kind == kind));
            }
            ["cluster", "firewall", "options"] => {
                let options = client.firewall_options(&cluster).await.unwrap();
                assert_eq!(options.enabled, data.get("enable").map(|value| value != 0));
                assert_eq!(options.policy_in.as_deref(), data["policy_in"].as_str());
            }
            ["nodes", _, "firewall", "options"] => {
                let options = client.firewall_options(&FirewallOf::Node(node())).await;
                assert!(options.unwrap().digest.is_some());
            }
            ["cluster", "firewall", "rules"] => {
                let rules = client.firewall_rules(&cluster).await.unwrap();
                assert_eq!(rules.len(), rows);
                assert!(rules.iter().all(|rule| rule.enabled));
            }
            ["nodes", _, "firewall", "rules"] => {
                let rules = client.firewall_rules(&FirewallOf::Node(node())).await;
                assert_eq!(rules.unwrap().len(), rows);
            }
            ["nodes", _, kind @ ("qemu" | "lxc"), _, "firewall", what] => {
                let guest = FirewallOf::Guest(GuestAt {
                    node: node(),
                    kind: kind.parse().unwrap(),
                    vmid: "100".parse().unwrap(),
                });
                match *what {
                    "rules" => assert_eq!(client.firewall_rules(&guest).await.unwrap().len(), rows),
                    "options" => {
                        client.firewall_options(&guest).await.unwrap();
                    }
                    "refs" => {
                        assert_eq!(
                            client.firewall_references(&guest).await.unwrap().len(),
                            rows
                        );
                    }
                    _ => return false,
                }
            }
            ["cluster", "firewall", "aliases"] => {
                assert_eq!(client.firewall_aliases(&cluster).await.unwrap().len(), rows);
            }
            ["cluster", "firewall", "ipset"] => {
                assert_eq!(client.firewall_sets(&cluster).await.unwrap().len(), rows);
            }
            ["cluster", "firewall", "refs"] => {
                let references = client.firewall_references(&cluster).await.unwrap();
                assert_eq!(references.len(), rows);
            }
            ["cluster", "firewall", "groups"] => {
                assert_eq!(client.security_groups().await.unwrap().len(), rows);
            }
            ["nodes", _, "firewall", "log"] => {
                let log = client.firewall_log(&FirewallOf::Node(node()), 0, 50).await;
                assert_eq!(log.unwrap(), (Vec::new(), 0));
            }
            ["cluster", "sdn", "zones"] => {
                let zones = client.sdn_zones(SdnView::Configured).await.unwrap();
                assert_eq!(zones.len(), rows);
            }
            ["cluster", "sdn", "vnets"] => {
                let networks = client.sdn_networks(SdnView::Configured).await.unwrap();
                assert_eq!(networks.len(), rows);
            }
            ["cluster", "sdn", "controllers"] => {
                let controllers = client.sdn_controllers(SdnView::Configured).await.unwrap();
                assert_eq!(controllers.len(), rows);
            }
            ["nodes", _, "sdn", "zones"] => {
                assert_eq!(client.sdn_zones_on_node(&node()).await.unwrap().len(), rows);
            }
            _ => return false,
        }
        true
    })
    .await;
    assert!(count > 25, "{count}");
}

#[tokio::test]
async fn measurements_are_read_with_history_and_odd_rows_left_out() {
    let server = Server::answering(|| {
        Answer::data(&json!({"data": [
            {"timestamp": "1795393721", "type": "gauge", "id": "node/pve1", "metric": "cpu_current", "value": "0.5"},
            {"timestamp": 1_795_393_731, "type": "derive", "id": "qemu/100", "metric": "net_in", "value": 77},
            {"timestamp": 1_795_393_731, "type": "guess", "id": "storage/pve1/data", "metric": "disk_used", "value": 1e12},
            {"timestamp": 5, "type": "gauge", "id": "node/pve1", "metric": "uptime", "value": null},
            {"id": "node/pve1"},
        ]}))
    })
    .await;
    let filter = MetricFilter {
        with_history: true,
        after_s: Some(1_795_393_700),
        local_only: true,
        nodes: vec![node(), "pve2".parse().unwrap()],
    };
    let point = |object, metric: &str, time_s, kind, value| MetricPoint {
        object,
        metric: metric.into(),
        time_s,
        kind,
        value,
    };
    let guest = MetricObject::Guest(GuestKind::Qemu, "100".parse().unwrap());
    let storage = MetricObject::Storage(node(), "data".into());
    let guess = MetricKind::Other("guess".into());
    let (first, second) = (1_795_393_721, 1_795_393_731);
    assert_eq!(
        server.client().metrics(&filter).await.unwrap(),
        [
            point(
                MetricObject::Node(node()),
                "cpu_current",
                first,
                MetricKind::Gauge,
                0.5
            ),
            point(guest, "net_in", second, MetricKind::Derive, 77.0),
            point(storage, "disk_used", second, guess, 1e12),
        ]
    );
    assert_eq!(
        wire(&server),
        [
            "GET /cluster/metrics/export?history=1&start-time=1795393700&local-only=1&node-list=pve1%2Cpve2"
        ]
    );
}

#[tokio::test]
async fn metric_servers_of_new_kinds_keep_their_word() {
    let server = Server::answering(|| {
        Answer::data(&json!([{"id": "a", "type": "influxdb", "server": "10.0.0.9", "port": "8089", "disable": "1"},
                             {"id": "b", "type": "carrier-pigeon"}]))
    })
    .await;
    let metric_server = |id: &str, kind, server: Option<&str>, port, disabled| MetricServer {
        id: id.into(),
        kind: Some(kind),
        server: server.map(Into::into),
        port,
        disabled,
    };
    let pigeon = MetricServerKind::Other("carrier-pigeon".into());
    assert_eq!(
        server.client().metric_servers().await.unwrap(),
        [
            metric_server(
                "a",
                MetricServerKind::InfluxDb,
                Some("10.0.0.9"),
                Some(8089),
                true
            ),
            metric_server("b", pigeon, None, None, false),
        ]
    );
}

#[tokio::test]
async fn notifications_tell_their_conditions() {
    let server = Server::start(|request| {
        Answer::data(&if request.target.ends_with("matchers") {
            json!([{"name": "m1", "mode": "any", "target": ["hook1"], "match-severity": ["error,warning"], "invert-match": 1,
                    "match-field": ["exact:type=vzdump"], "match-calendar": ["mon-fri 8-17"], "disable": true, "origin": "user-created"}])
        } else {
            json!([{"name": "hook1", "url": "http://10.0.0.9/x", "method": "post", "header": ["name=A,value=Qg=="], "disable": 1}])
        })
    })
    .await;
    let client = server.client();
    let matcher = NotificationMatcher {
        name: "m1".into(),
        targets: vec!["hook1".into()],
        mode: Some("any".into()),
        inverted: true,
        fields: vec!["exact:type=vzdump".into()],
        severities: vec!["error,warning".into()],
        calendar: vec!["mon-fri 8-17".into()],
        comment: None,
        disabled: true,
        origin: Some("user-created".into()),
    };
    assert_eq!(client.notification_matchers().await.unwrap(), [matcher]);
    let endpoint = NotificationEndpoint {
        name: "hook1".into(),
        kind: EndpointKind::Webhook,
        disabled: true,
        options: texts([
            ("url", "http://10.0.0.9/x"),
            ("method", "post"),
            ("header", r#"["name=A,value=Qg=="]"#),
        ]),
    };
    let endpoints = client.notification_endpoints(&EndpointKind::Webhook).await;
    assert_eq!(endpoints.unwrap(), [endpoint]);
    assert_eq!(
        wire(&server)[1],
        "GET /cluster/notifications/endpoints/webhook"
    );
}

#[tokio::test]
async fn the_firewall_is_read_at_its_three_levels() {
    let server = Server::start(|request| {
        let (path, _) = request.target.split_once('?').unwrap_or((&request.target, ""));
        Answer::data(&match path.rsplit('/').next().unwrap() {
            "options" => json!({"enable": 1_700_000_000, "policy_in": "DROP", "digest": "91", "ebtables": 0}),
            "rules" | "web" => json!([
                {"pos": "0", "type": "in", "action": "ACCEPT", "enable": 1, "proto": "tcp", "dport": 22, "source": "+dc/admins",
                 "macro": "SSH", "log": "nolog", "comment": "ssh", "digest": "91"},
                {"pos": 1, "type": "sideways", "action": "web"},
                {"type": "in", "action": "DROP"},
            ]),
            "aliases" => json!([{"name": "gw", "cidr": "10.0.0.1", "comment": "", "digest": "91"}]),
            "ipset" => json!([{"name": "admins"}]),
            "admins" => json!([{"cidr": "10.0.0.0/24"}, {"cidr": "10.0.0.9", "nomatch": 1}]),
            "groups" => json!([{"group": "web", "comment": "x"}]),
            "refs" => json!([{"type": "ipset", "name": "admins", "ref": "+dc/admins", "scope": "dc"}]),
            _ => json!([{"n": 1, "t": "0 6 - 31/Jan DROP"}]),
        })
    })
    .await;
    let client = server.client();
    let guest = FirewallOf::Guest(GuestAt {
        node: node(),
        kind: GuestKind::Lxc,
        vmid: "200".parse().unwrap(),
    });
    let options = FirewallOptions {
        enabled: Some(true),
        policy_in: Some("DROP".into()),
        policy_out: None,
        digest: Some("91".into()),
        options: texts([("ebtables", "0")]),
    };
    let ssh = FirewallRule {
        position: 0,
        direction: RuleDirection::In,
        action: "ACCEPT".into(),
        enabled: true,
        service: Some("SSH".into()),
        protocol: Some("tcp".into()),
        source: Some("+dc/admins".into()),
        destination: None,
        source_ports: None,
        destination_ports: Some("22".into()),
        icmp_type: None,
        interface: None,
        log_level: Some("nolog".into()),
        comment: Some("ssh".into()),
        digest: Some("91".into()),
    };
    let node_firewall = FirewallOf::Node(node());
    for of in [&FirewallOf::Cluster, &node_firewall, &guest] {
        assert_eq!(client.firewall_options(of).await.unwrap(), options);
        let rules = client.firewall_rules(of).await.unwrap();
        assert_eq!((rules.len(), &rules[0]), (2, &ssh));
        assert_eq!(rules[1].direction, RuleDirection::Other("sideways".into()));
    }
    let alias = FirewallAlias {
        name: "gw".into(),
        cidr: Some("10.0.0.1".into()),
        comment: None,
        digest: Some("91".into()),
    };
    assert_eq!(client.firewall_aliases(&guest).await.unwrap(), [alias]);
    let sets = client.firewall_sets(&FirewallOf::Cluster).await.unwrap();
    assert_eq!(sets[0].name, "admins");
    let entry = |cidr: &str, excluded| FirewallSetEntry {
        cidr: cidr.into(),
        excluded,
        comment: None,
    };
    assert_eq!(
        client.firewall_set(&guest, "admins").await.unwrap(),
        [entry("10.0.0.0/24", false), entry("10.0.0.9", true)]
    );
    let reference = FirewallReference {
        kind: Some("ipset".into()),
        name: "admins".into(),
        reference: Some("+dc/admins".into()),
        scope: Some("dc".into()),
        comment: None,
    };
    assert_eq!(
        client.firewall_references(&guest).await.unwrap(),
        [reference]
    );
    assert_eq!(client.security_groups().await.unwrap()[0].name, "web");
    assert_eq!(client.security_group_rules("web").await.unwrap()[0], ssh);
    let (lines, total) = client.firewall_log(&guest, 0, 10).await.unwrap();
    assert_eq!((lines[0].text.as_str(), total), ("0 6 - 31/Jan DROP", 1));
    assert!(
        client
            .firewall_log(&FirewallOf::Cluster, 0, 10)
            .await
            .is_err()
    );
    let base = "/nodes/pve1/lxc/200/firewall";
    assert_eq!(
        wire(&server),
        [
            "GET /cluster/firewall/options".to_owned(),
            "GET /cluster/firewall/rules".to_owned(),
            "GET /nodes/pve1/firewall/options".to_owned(),
            "GET /nodes/pve1/firewall/rules".to_owned(),
            format!("GET {base}/options"),
            format!("GET {base}/rules"),
            format!("GET {base}/aliases"),
            "GET /cluster/firewall/ipset".to_owned(),
            format!("GET {base}/ipset/admins"),
            format!("GET {base}/refs"),
            "GET /cluster/firewall/groups".to_owned(),
            "GET /cluster/firewall/groups/web".to_owned(),
            format!("GET {base}/log?start=0&limit=10"),
        ]
    );
}

#[tokio::test]
async fn sdn_items_tell_what_waits_to_be_applied() {
    let server = Server::start(|request| {
        let (path, _) = request.target.split_once('?').unwrap_or((&request.target, ""));
        Answer::data(&match path.rsplit('/').next().unwrap() {
            "zones" if path.contains("/nodes/") => json!([{"zone": "lan", "status": "error"}, {"zone": "new", "status": "odd"}]),
            "zones" => json!([{"zone": "lan", "type": "vlan", "bridge": "vmbr0", "digest": "91", "state": "changed",
                               "pending": {"mtu": 9000}}, {"type": "simple"}]),
            "vnets" => json!([{"vnet": "v1", "zone": "lan", "tag": 5, "type": "vnet"}]),
            "subnets" => json!([{"subnet": "lan-10.0.0.0-24", "vnet": "v1", "zone": "lan", "cidr": "10.0.0.0/24", "type": "subnet"}]),
            _ => json!([{"controller": "evpn1", "type": "evpn", "asn": 65000}]),
        })
    })
    .await;
    let client = server.client();
    let item = |id: &str, kind: &str, zone: Option<&str>, options| SdnItem {
        id: id.into(),
        kind: Some(kind.into()),
        zone: zone.map(Into::into),
        state: None,
        pending: texts([]),
        options,
        digest: None,
    };
    let lan = SdnItem {
        state: Some(SdnState::Changed),
        pending: texts([("mtu", "9000")]),
        digest: Some("91".into()),
        ..item("lan", "vlan", None, texts([("bridge", "vmbr0")]))
    };
    assert_eq!(client.sdn_zones(SdnView::WithPending).await.unwrap(), [lan]);
    let network = item("v1", "vnet", Some("lan"), texts([("tag", "5")]));
    assert_eq!(
        client.sdn_networks(SdnView::Running).await.unwrap(),
        [network]
    );
    let options = texts([("cidr", "10.0.0.0/24"), ("vnet", "v1")]);
    let subnet = item("lan-10.0.0.0-24", "subnet", Some("lan"), options);
    let subnets = client.sdn_subnets("v1", SdnView::Configured).await;
    assert_eq!(subnets.unwrap(), [subnet]);
    let controller = item("evpn1", "evpn", None, texts([("asn", "65000")]));
    let controllers = client.sdn_controllers(SdnView::Configured).await;
    assert_eq!(controllers.unwrap(), [controller]);
    let zone = |zone: &str, status| SdnZoneOnNode {
        zone: zone.into(),
        status: Some(status),
    };
    assert_eq!(
        client.sdn_zones_on_node(&node()).await.unwrap(),
        [
            zone("lan", SdnZoneStatus::Error),
            zone("new", SdnZoneStatus::Other("odd".into()))
        ]
    );
    assert_eq!(
        wire(&server),
        [
            "GET /cluster/sdn/zones?pending=1",
            "GET /cluster/sdn/vnets?running=1",
            "GET /cluster/sdn/vnets/v1/subnets",
            "GET /cluster/sdn/controllers",
            "GET /nodes/pve1/sdn/zones",
        ]
    );
}

#[tokio::test]
async fn ceph_tells_health_checks_and_space() {
    let server = Server::answering(|| {
        Answer::data(&json!({
            "health": {"status": "HEALTH_WARN", "checks": {"OSD_DOWN": {"severity": "HEALTH_WARN", "muted": true,
                       "summary": {"message": "1 osds down", "count": 1}}}},
            "quorum_names": ["a", "b", "c"], "osdmap": {"num_osds": 3, "num_up_osds": 2, "num_in_osds": "3"},
            "pgmap": {"num_pgs": 33, "bytes_total": 100, "bytes_used": 40, "read_bytes_sec": 7}
        }))
    })
    .await;
    let client = server.client();
    let status = client.ceph_status().await.unwrap();
    let check = CephCheck {
        name: "OSD_DOWN".into(),
        severity: Some(CephHealth::Warning),
        summary: Some("1 osds down".into()),
        muted: true,
    };
    assert_eq!(
        (&status.health, &status.checks),
        (&CephHealth::Warning, &vec![check])
    );
    assert_eq!(
        (status.osd_count, status.osd_up_count, status.osd_in_count),
        (Some(3), Some(2), Some(3))
    );
    assert_eq!(
        (
            status.used_bytes,
            status.read_bytes_per_s,
            status.write_bytes_per_s
        ),
        (Some(40), Some(7), None)
    );
    assert_eq!(client.node_ceph_status(&node()).await.unwrap(), status);
}

#[tokio::test]
async fn where_ceph_is_not_installed_the_server_says_so() {
    let text = "binary not installed: /usr/bin/ceph-mon";
    let server = Server::answering(move || {
        Answer::json(
            500,
            text,
            &json!({"data": null, "message": format!("{text}\n")}),
        )
    })
    .await;
    let error = server.client().ceph_status().await.unwrap_err();
    let expected = ErrorKind::Refused {
        status: 500,
        text: text.into(),
    };
    assert_eq!(error.kind(), &expected);
}
