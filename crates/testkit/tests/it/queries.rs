//! What is read: whole, with its age, and honest about what is not known.

use std::time::Duration;

use ops::{Code, Role, Surface};
use serde_json::{Value, json};
use testkit::{Cluster, Guest, World};

fn names(answer: &Value) -> Vec<&str> {
    answer["guests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["name"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn selectors_choose_what_the_grammar_says() {
    let cluster = Cluster::default()
        .guest(
            Guest::vm(110, "db-02", "pve3")
                .running()
                .tags(&["prod", "db"]),
        )
        .guest(Guest::vm(111, "api", "pve3").tags(&["prod"]));
    let world = World::builder().cluster(cluster).build().await;
    let rows: [(&[&str], &[&str]); 14] = [
        (
            &[],
            &[
                "web-01", "web-02", "db-01", "db-02", "api", "cache-01", "cache-02",
            ],
        ),
        (&["web-02"], &["web-02"]),
        (&["WEB-02"], &["web-02"]),
        (&["110"], &["db-02"]),
        (&["main/pve3/111"], &["api"]),
        (&["main/111"], &["api"]),
        (&["tag=web"], &["web-01", "web-02"]),
        (&["tag=web !web-01"], &["web-02"]),
        (&["name~^db-"], &["db-01", "db-02"]),
        (&["node=pve1 status=running"], &["web-01"]),
        (&["101,103-110"], &["web-01", "db-01", "db-02"]),
        (&["kind=lxc"], &["cache-01", "cache-02"]),
        (
            &["tag=prod", "tag=web node=pve2"],
            &["web-02", "db-02", "api"],
        ),
        (
            &["memory>=2G cores=2 kind=qemu status=stopped"],
            &["db-01", "api"],
        ),
    ];
    for (selectors, want) in rows {
        let answer = world
            .query("inventory.list", json!({ "guests": selectors }))
            .await
            .unwrap();
        assert_eq!(names(&answer), want, "{selectors:?}");
        assert_eq!(answer["total"], want.len());
    }
    let answer = world
        .query(
            "inventory.list",
            json!({ "kind": "qemu", "status": "running", "limit": 2 }),
        )
        .await
        .unwrap();
    assert_eq!(
        (names(&answer), answer["total"].clone()),
        (vec!["web-01", "web-02"], json!(3))
    );
}

#[tokio::test]
async fn a_guest_row_holds_what_the_interface_promises() {
    let world = World::new().await;
    let answer = world
        .query("inventory.list", json!({ "guests": ["web-01"] }))
        .await
        .unwrap();
    let row = &answer["guests"][0];
    let promised = json!({
        "cluster": row["cluster"], "node": row["node"], "vmid": row["vmid"], "name": row["name"],
        "kind": row["kind"], "status": row["status"], "template": row["template"],
        "tags": row["tags"], "lock": row["lock"],
    });
    assert_eq!(
        promised,
        json!({
            "cluster": "main", "node": "pve1", "vmid": 101, "name": "web-01", "kind": "qemu",
            "status": "running", "template": false, "tags": ["web"], "lock": null,
        })
    );
    let as_of = &answer["as_of"][0];
    assert_eq!(
        (&as_of["cluster"], &as_of["state"], &as_of["error"]),
        (&json!("main"), &json!("fresh"), &Value::Null)
    );
}

#[tokio::test]
async fn a_cluster_that_went_away_is_shown_with_its_age_and_the_reason() {
    let mut world = World::builder().without_background().build().await;
    let before = world.query("inventory.list", json!({})).await.unwrap();
    world.cluster_down().await;
    world.clock.advance(Duration::from_mins(2));

    let after = world.query("inventory.list", json!({})).await.unwrap();
    assert_eq!(
        after["guests"], before["guests"],
        "what was known is still shown"
    );
    let as_of = &after["as_of"][0];
    assert_eq!(as_of["state"], "unreachable");
    assert!(
        (120..130).contains(&as_of["age_s"].as_u64().unwrap()),
        "{as_of}"
    );
    let error = as_of["error"].as_str().unwrap();
    assert!(
        error.starts_with("cluster main cannot be reached: "),
        "{error}"
    );

    let clusters = world.query("clusters.list", json!({})).await.unwrap();
    let row = &clusters["clusters"][0];
    assert_eq!(
        (&row["id"], &row["state"]),
        (&json!("main"), &json!("unreachable"))
    );
    assert!(
        row["error"]
            .as_str()
            .unwrap()
            .starts_with("cluster main cannot be reached"),
        "{row}"
    );
    assert!(row["age_s"].as_u64().unwrap() >= 120, "{row}");
}

#[tokio::test]
async fn a_cluster_that_was_never_read_is_an_error_and_still_listed() {
    let mut world = World::builder().without_background().build().await;
    world.cluster_down().await;
    let error = world.query("inventory.list", json!({})).await.unwrap_err();
    assert_eq!(error.code, Code::ClusterUnreachable);
    let clusters = world.query("clusters.list", json!({})).await.unwrap();
    let row = &clusters["clusters"][0];
    assert_eq!(row["state"], "unreachable");
    for unknown in [
        "at",
        "age_s",
        "quorate",
        "nodes",
        "guests",
        "guests_running",
        "pve_version",
    ] {
        assert_eq!(row[unknown], Value::Null, "{unknown}");
    }
}

#[tokio::test]
async fn a_cluster_with_another_certificate_is_not_spoken_to() {
    let mut world = World::builder().without_background().build().await;
    world.query("inventory.list", json!({})).await.unwrap();
    world.replace_by_an_impostor().await;
    world.clock.advance(Duration::from_mins(1));
    let error = world
        .plan("guests.stop", json!({ "guests": ["web-01"] }))
        .await
        .unwrap_err();
    assert_eq!(error.code, Code::ClusterRefused, "{error}");
    assert!(
        error
            .message
            .starts_with("cluster main is not trusted and nothing was sent to it: ")
            && error.message.contains("fingerprint"),
        "{error}"
    );
    assert!(world.sim().calls().is_empty());
}

#[tokio::test]
async fn nodes_that_are_away_have_unknown_values_and_their_guests_an_unknown_state() {
    let world = World::new().await;
    world.sim().set_node_online("pve2", false);
    world.clock.advance(Duration::from_mins(1));
    let answer = world.query("nodes.list", json!({})).await.unwrap();
    let rows = answer["nodes"].as_array().unwrap();
    assert_eq!(rows.len(), 3);
    for row in rows {
        let away = row["node"] == "pve2";
        assert_eq!(
            row["status"],
            if away { "offline" } else { "online" },
            "{row}"
        );
        for figure in ["cpu", "memory_used_bytes", "uptime_s"] {
            assert_eq!(row[figure].is_null(), away, "{figure} of {row}");
        }
    }
    let answer = world
        .query("inventory.list", json!({ "guests": ["node=pve2"] }))
        .await
        .unwrap();
    for row in answer["guests"].as_array().unwrap() {
        assert_eq!(row["status"], "unknown", "{row}");
        for figure in ["cpu", "memory_used_bytes", "uptime_s"] {
            assert_eq!(row[figure], Value::Null, "{figure} of {row}");
        }
    }
    let clusters = world.query("clusters.list", json!({})).await.unwrap();
    assert_eq!(clusters["clusters"][0]["state"], "degraded");
    assert_eq!(clusters["clusters"][0]["nodes_online"], 2);
}

#[tokio::test]
async fn snapshots_that_cannot_be_read_are_named_and_never_left_out_in_silence() {
    let cluster = Cluster::default()
        .guest(
            Guest::vm(110, "kept", "pve1")
                .snapshot("one")
                .snapshot("two"),
        )
        .guest(Guest::vm(111, "lost", "pve3").snapshot("three"));
    let world = World::builder().cluster(cluster).build().await;
    world.query("inventory.list", json!({})).await.unwrap();
    world.sim().set_node_online("pve3", false);
    let answer = world
        .query("snapshots.list", json!({ "guests": ["kept", "lost"] }))
        .await
        .unwrap();
    let found: Vec<(&str, &str)> = answer["snapshots"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["guest"].as_str().unwrap(),
                row["name"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(found, [("kept", "one"), ("kept", "two")]);
    let not_read = answer["not_read"].as_array().unwrap();
    assert_eq!(not_read.len(), 1);
    assert_eq!(not_read[0]["guest"], "lost (main/pve3/111)");
    assert!(
        not_read[0]["reason"].as_str().unwrap().contains("pve3"),
        "{not_read:?}"
    );
}

#[tokio::test]
async fn one_guest_is_shown_with_configuration_and_snapshots() {
    let cluster = Cluster::default().guest(
        Guest::vm(110, "kept", "pve1")
            .snapshot("one")
            .with("description", "the old shop"),
    );
    let world = World::builder().cluster(cluster).build().await;
    let answer = world
        .query("guests.show", json!({ "guest": "kept" }))
        .await
        .unwrap();
    assert_eq!(answer["guest"]["vmid"], 110);
    assert_eq!(answer["description"], "the old shop");
    assert_eq!(answer["config"]["memory"], "2048");
    assert_eq!(answer["snapshots"][0]["name"], "one");
    let error = world
        .query("guests.show", json!({ "guest": "tag=web" }))
        .await
        .unwrap_err();
    assert_eq!(
        (error.code, error.message.as_str()),
        (Code::Ambiguous, "`tag=web` selects 2 guests")
    );
}

#[tokio::test]
async fn storages_are_listed_once_when_shared() {
    let world = World::new().await;
    let answer = world
        .query("storages.list", json!({ "node": "pve1" }))
        .await
        .unwrap();
    let rows: Vec<(&str, bool, usize)> = answer["storages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let nodes = row["nodes"].as_array().unwrap().len();
            (
                row["storage"].as_str().unwrap(),
                row["shared"].as_bool().unwrap(),
                nodes,
            )
        })
        .collect();
    assert_eq!(rows, [("fast", true, 3), ("plain", true, 3)]);
    let error = world
        .query("storages.list", json!({ "cluster": "other" }))
        .await
        .unwrap_err();
    assert_eq!(
        (error.code, error.hint.as_deref()),
        (Code::NotFound, Some("connected are main"))
    );
}

#[tokio::test]
async fn raw_reads_are_not_for_viewers() {
    let world = World::new().await;
    let input = json!({ "path": "/version" });
    let error = world.query("pve.get", input.clone()).await.unwrap_err();
    assert_eq!(error.code, Code::Forbidden);
    let call = World::call(Role::Operator, Surface::Api);
    let answer = world
        .app
        .registry
        .query(&call, "pve.get", input)
        .await
        .unwrap();
    assert!(answer["data"]["version"].is_string(), "{answer}");
    for hostile in ["/nodes/../access", "/nodes/%2e%2e/x", "/a b"] {
        let answer = world
            .app
            .registry
            .query(&call, "pve.get", json!({ "path": hostile }))
            .await;
        assert!(answer.is_err(), "{hostile}: {answer:?}");
    }
    assert!(world.sim().calls().is_empty());
}

#[tokio::test]
async fn plans_and_runs_are_listed_newest_first() {
    let world = World::new().await;
    let first = world
        .plan("guests.stop", json!({ "guests": ["web-01"] }))
        .await
        .unwrap();
    let second = world
        .plan("guests.start", json!({ "guests": ["db-01"] }))
        .await
        .unwrap();
    let run = world.approve(&second).await.unwrap();
    world.run_to_end(&run.id).await;
    let plans = world.query("plans.list", json!({})).await.unwrap();
    let listed: Vec<(&str, &str)> = plans["plans"]
        .as_array()
        .unwrap()
        .iter()
        .map(|plan| {
            (
                plan["id"].as_str().unwrap(),
                plan["state"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        listed,
        [
            (second.id.as_str(), "approved"),
            (first.id.as_str(), "proposed")
        ]
    );
    let open = world
        .query("plans.list", json!({ "state": "proposed" }))
        .await
        .unwrap();
    assert_eq!(open["plans"].as_array().unwrap().len(), 1);
    let runs = world.query("runs.list", json!({})).await.unwrap();
    assert_eq!(
        runs["runs"][0],
        json!({
            "id": run.id, "plan_id": second.id, "op": "guests.start", "summary": "start db-01",
            "state": "succeeded", "created_by": "admin on cli", "approved_by": "admin on cli",
            "started_at": runs["runs"][0]["started_at"],
            "finished_at": runs["runs"][0]["finished_at"],
            "targets": ["main/pve1/103"], "steps_done": 1, "steps": 1,
        })
    );
}
