//! What can be watched, and what the product says of its own health.

use futures_util::StreamExt as _;
use ops::ports::{Dependency, Health as _, Readiness};
use serde_json::{Value, json};
use testkit::World;

#[tokio::test]
async fn the_inventory_is_watched_change_by_change_and_ends_when_the_caller_does() {
    let world = World::builder().without_background().build().await;
    world.query("inventory.list", json!({})).await.unwrap();
    let call = World::viewer();
    let mut items = world
        .app
        .registry
        .open(&call, "inventory.watch", json!({}))
        .unwrap();
    let first = items.next().await.unwrap();
    assert_eq!(
        (
            &first["guests"],
            &first["guests_running"],
            &first["nodes_online"],
            &first["changed"]
        ),
        (&json!(5), &json!(3), &json!(3), &json!([]))
    );
    world.outside().stop(101).await;
    world.clock.advance(std::time::Duration::from_mins(1));
    world.query("inventory.list", json!({})).await.unwrap();
    let second = items.next().await.unwrap();
    let web_01 = second["changed"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["vmid"] == 101)
        .expect("what changed is told");
    assert_eq!(
        (&web_01["status"], &second["guests_running"]),
        (&json!("stopped"), &json!(2))
    );
    call.cancel.cancel();
    assert_eq!(items.next().await, None);
}

#[tokio::test]
async fn plans_and_runs_are_heard_of_as_they_happen() {
    let world = World::builder().without_background().build().await;
    let call = World::viewer();
    let mut events = world
        .app
        .registry
        .open(&call, "events.watch", json!({}))
        .unwrap();
    let run = world
        .carry_out("guests.stop", json!({ "guests": ["web-01"] }))
        .await;
    let mut heard = Vec::new();
    while heard.last().map(String::as_str) != Some("run.finished") {
        let event = events.next().await.unwrap();
        let kind = event["type"].as_str().unwrap().to_owned();
        if kind.starts_with("run") {
            assert_eq!(event["run_id"], run.id.as_str());
        }
        if kind != "inventory.changed" {
            heard.push(kind);
        }
    }
    assert_eq!(
        heard,
        [
            "plan.proposed",
            "plan.approved",
            "run.started",
            "run.finished"
        ]
    );
}

#[tokio::test]
async fn health_names_what_is_missing_and_goes_on() {
    let ready = |name: &str| Dependency {
        name: name.to_owned(),
        state: Readiness::Ready,
        reason: None,
    };
    let mut world = World::builder()
        .without_background()
        .script(json!([]))
        .build()
        .await;
    let found = world.app.health.dependencies().await;
    assert_eq!(found[..2], [ready("store"), ready("cluster main")]);
    assert!(found[2].name.starts_with("model script:"), "{found:?}");

    world.cluster_down().await;
    world.clock.advance(std::time::Duration::from_mins(1));
    let found = world.app.health.dependencies().await;
    assert_eq!(
        (&found[0], found[1].state),
        (&ready("store"), Readiness::Degraded)
    );
    let reason = found[1].reason.as_deref().unwrap();
    assert!(
        reason.starts_with("cluster main cannot be reached"),
        "{reason}"
    );
}

#[tokio::test]
async fn the_configuration_is_shown_as_the_process_was_started_with() {
    let shown =
        json!({ "server": { "listen": "127.0.0.1:8800" }, "assistant": { "api_key": "***" } });
    let world = {
        let shown = shown.clone();
        World::builder()
            .settings(move |settings| settings.shown = shown)
            .build()
            .await
    };
    let answer: Value = world.query("config.show", json!({})).await.unwrap();
    assert!(answer.to_string().contains("127.0.0.1:8800") && answer.to_string().contains("***"));
}
