//! Memory: who sees what is kept, where it is shown, what becomes of a restriction, and that what is deleted
//! is gone.

use assistant::Outcome;
use ops::{Acted, Actor, Call, Code, Role, Surface};
use serde_json::{Value, json};
use testkit::{Cluster, Guest, World};
use tokio_util::sync::CancellationToken;

fn call(name: &str, role: Role) -> Call {
    Call::new(Actor {
        name: name.to_owned(),
        ..World::actor(role, Surface::Web)
    })
}

/// Carries out an operation on the product's own data, whose call is the consent.
async fn act(world: &World, call: &Call, op: &str, input: Value) -> ops::Result<Value> {
    match world.app.registry.act(call, op, input).await? {
        Acted::Done(answer) => Ok(answer),
        Acted::Planned(plan) => panic!("{op} was planned: {plan:?}"),
    }
}

/// The fact as its author sees it.
async fn shown(world: &World, call: &Call, id: &Value) -> Value {
    let answer = world
        .app
        .registry
        .query(call, "memory.list", json!({}))
        .await
        .unwrap();
    let facts = answer["facts"].as_array().unwrap();
    facts.iter().find(|fact| fact["id"] == *id).unwrap().clone()
}

async fn texts(world: &World, call: &Call, op: &str, input: Value) -> Vec<String> {
    let answer = world.app.registry.query(call, op, input).await.unwrap();
    answer["facts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fact| fact["text"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_users_own_facts_are_seen_by_that_user_only() {
    let world = World::new().await;
    let (anna, ben) = (call("anna", Role::Operator), call("ben", Role::Admin));
    let mine = act(
        &world,
        &anna,
        "memory.add",
        json!({ "text": "web-02 is my playground" }),
    )
    .await
    .unwrap();
    act(
        &world,
        &anna,
        "memory.add",
        json!({ "text": "we deploy on mondays", "team": true }),
    )
    .await
    .unwrap();
    assert_eq!(
        (
            mine["scope"].as_str(),
            mine["about"].as_str(),
            mine["author"].as_str()
        ),
        (Some("user"), Some("anna"), Some("anna"))
    );

    let all = texts(&world, &anna, "memory.list", json!({})).await;
    assert_eq!(all, ["we deploy on mondays", "web-02 is my playground"]);
    for op in ["memory.list", "memory.export"] {
        assert_eq!(
            texts(&world, &ben, op, json!({})).await,
            ["we deploy on mondays"]
        );
    }
    let recalled = json!({ "question": "restart web-02" });
    assert_eq!(
        texts(&world, &anna, "memory.recall", recalled.clone()).await,
        ["web-02 is my playground"]
    );
    assert_eq!(
        texts(&world, &ben, "memory.recall", recalled).await,
        [""; 0]
    );

    // An admin may change what everybody sees, and does not even learn of what is one person's.
    for op in ["memory.edit", "memory.delete"] {
        let input = json!({ "fact": mine["id"] });
        let error = act(&world, &ben, op, input).await.unwrap_err();
        assert_eq!(error.code, Code::NotFound, "{op}: {error}");
    }
    let input = json!({ "fact": mine["id"] });
    let error = world
        .app
        .registry
        .query(&ben, "memory.propose_rules", input)
        .await
        .unwrap_err();
    assert_eq!(error.code, Code::NotFound);
}

#[tokio::test]
async fn a_fact_is_changed_by_its_author_or_an_admin_and_by_nobody_who_saw_another_wording() {
    let world = World::new().await;
    let (anna, ben, cleo) = (
        call("anna", Role::Operator),
        call("ben", Role::Operator),
        call("cleo", Role::Admin),
    );
    let kept = json!({ "text": "web-02 is the shop", "guest": "web-02", "kind": "purpose" });
    let fact = act(&world, &anna, "memory.add", kept).await.unwrap();
    assert_eq!(fact["about"], json!("main/102"));

    let edit =
        json!({ "fact": fact["id"], "text": "web-02 is the old shop", "digest": fact["digest"] });
    let error = act(&world, &ben, "memory.edit", edit.clone())
        .await
        .unwrap_err();
    assert_eq!(error.code, Code::Forbidden, "{error}");
    act(&world, &anna, "memory.edit", edit.clone())
        .await
        .unwrap();
    let changed = shown(&world, &anna, &fact["id"]).await;
    assert_eq!(
        (
            changed["text"].as_str(),
            changed["kind"].as_str(),
            changed["author"].as_str(),
            &changed["guest"]
        ),
        (
            Some("web-02 is the old shop"),
            Some("purpose"),
            Some("anna"),
            &json!("web-02")
        )
    );
    let error = act(&world, &cleo, "memory.edit", edit).await.unwrap_err();
    assert_eq!(error.code, Code::Conflict, "{error}");
    let team = json!({ "fact": fact["id"], "team": true });
    let moved = act(&world, &cleo, "memory.edit", team).await.unwrap();
    assert_eq!(
        (moved["scope"].as_str(), moved["author"].as_str()),
        (Some("team"), Some("anna"))
    );
}

#[tokio::test]
async fn what_is_deleted_is_gone_from_every_file() {
    let world = World::builder().on_disk().build().await;
    let anna = call("anna", Role::Operator);
    let words = "zanzibar-quartz";
    let kept = json!({ "text": format!("the {words} stands behind web-02") });
    let fact = act(&world, &anna, "memory.add", kept).await.unwrap();
    assert!(world.is_on_disk(words));
    let edited = json!({ "fact": fact["id"], "text": format!("{words} again") });
    act(&world, &anna, "memory.edit", edited).await.unwrap();
    let gone = act(
        &world,
        &anna,
        "memory.delete",
        json!({ "fact": fact["id"] }),
    )
    .await
    .unwrap();
    assert_eq!(gone["deleted"], json!(true));
    assert_eq!(
        texts(&world, &anna, "memory.list", json!({})).await,
        [""; 0]
    );
    assert!(
        !world.is_on_disk(words),
        "plans, runs, audit chain and journal hold no wording"
    );
}

#[tokio::test]
async fn a_plan_and_an_answer_tell_what_is_kept_with_author_and_age() {
    let world = World::new().await;
    let anna = call("anna", Role::Operator);
    let kept = json!({ "text": "Never restart before 22:00.", "guest": "web-02" });
    act(&world, &anna, "memory.add", kept).await.unwrap();
    let ask = async |text: &str| {
        world
            .app
            .assistant
            .ask(
                &World::operator().actor,
                None,
                text,
                CancellationToken::new(),
            )
            .await
            .unwrap()
    };
    let turn = ask("restart web-02").await;
    assert_eq!(turn.outcome, Outcome::Plan);
    let tells = |text: &str| {
        text.contains("\n\nKept about this:\n- \"Never restart before 22:00.\" (anna, ")
            && text.ends_with(
                " ago; it stops nothing by itself: a rule of the policy made of it would)",
            )
    };
    assert!(tells(&turn.text), "{}", turn.text);
    let turn = ask("show web-02").await;
    assert!(tells(&turn.text), "{}", turn.text);
    let turn = ask("restart web-01").await;
    assert!(!turn.text.contains("Kept"), "{}", turn.text);
    let plan = turn.plan.unwrap();
    let none = texts(&world, &anna, "memory.recall", json!({ "plan": plan.id })).await;
    assert_eq!(none, [""; 0]);
}

#[tokio::test]
async fn a_restriction_becomes_a_proposed_rule_and_stops_nothing_by_itself() {
    let world = World::new().await;
    let anna = call("anna", Role::Operator);
    let kept = json!({ "text": "never restart before 22:00", "guest": "web-02" });
    let fact = act(&world, &anna, "memory.add", kept).await.unwrap();
    assert_eq!(fact["restricts"], json!(true));
    assert_eq!(
        shown(&world, &anna, &fact["id"]).await["restriction"],
        json!({
            "operations": ["guests.reboot", "guests.reset", "guests.shutdown", "guests.stop"],
            "times": ["00:00-22:00"],
        })
    );
    act(
        &world,
        &anna,
        "memory.add",
        json!({ "text": "never stop web-01" }),
    )
    .await
    .unwrap();
    let proposed = world
        .app
        .registry
        .query(&anna, "memory.propose_rules", json!({}))
        .await
        .unwrap();
    let [proposal] = proposed["proposals"].as_array().unwrap().as_slice() else {
        panic!("{proposed}");
    };
    assert_eq!(
        (
            proposal["fact"].clone(),
            proposal["in_force"].clone(),
            proposed["policy_file"].clone()
        ),
        (fact["id"].clone(), json!(false), Value::Null)
    );
    let policy = ops::policy::parse("proposed", proposed["text"].as_str().unwrap()).unwrap();
    assert_eq!(policy.rules.len(), 1);
    // It is no rule yet.
    let run = world
        .carry_out("guests.reboot", json!({ "guests": ["web-02"] }))
        .await;
    assert_eq!(run.state, ops::RunState::Succeeded, "{run:?}");
}

#[tokio::test]
async fn bad_input_gets_one_clear_sentence_and_keeps_nothing() {
    let world = World::new().await;
    let anna = call("anna", Role::Operator);
    for (input, part) in [
        (json!({ "text": "  " }), "nothing to keep"),
        (
            json!({ "text": "x".repeat(2_001) }),
            "at most 2000 characters",
        ),
        (json!({ "text": "a\u{7}b" }), "control characters"),
        (json!({ "text": "x", "guest": "nobody" }), "nobody"),
        (json!({ "text": "x", "cluster": "nowhere" }), "nowhere"),
        (
            json!({ "text": "x", "guest": "web-02", "team": true }),
            "give one of them",
        ),
        (
            json!({ "text": "be nice to it", "kind": "restriction" }),
            "plainly",
        ),
        (
            json!({ "text": "x", "operations": ["Guests.Stop!"] }),
            "write it as in",
        ),
        (
            json!({ "text": "x", "operations": ["guests.stop"], "times": ["late"] }),
            "no time",
        ),
        (
            json!({ "text": "x", "times": ["00:00-06:00"] }),
            "what is restricted",
        ),
        (
            json!({ "text": "x", "kind": "note", "operations": ["guests.stop"] }),
            "belong to a restriction",
        ),
    ] {
        let error = act(&world, &anna, "memory.add", input.clone())
            .await
            .unwrap_err();
        assert!(
            error.sentence().contains(part),
            "{input}: {}",
            error.sentence()
        );
    }
    let viewer = call("vera", Role::Viewer);
    let error = act(&world, &viewer, "memory.add", json!({ "text": "x" }))
        .await
        .unwrap_err();
    assert_eq!(error.code, Code::Forbidden);
    assert_eq!(
        texts(&world, &anna, "memory.list", json!({})).await,
        [""; 0]
    );
    let strange = "名前 🐘 \"quotes\"\n\u{202e}rtl";
    let fact = act(&world, &anna, "memory.add", json!({ "text": strange }))
        .await
        .unwrap();
    assert_eq!(
        shown(&world, &anna, &fact["id"]).await["text"],
        json!(strange)
    );
}

#[tokio::test]
async fn a_plan_on_a_node_tells_what_is_kept_about_it_and_the_guests_that_go_down_with_it() {
    let cluster = Cluster::of(&["pve1", "pve2"])
        .guest(Guest::vm(101, "web-01", "pve1").running())
        .guest(Guest::vm(102, "web-02", "pve1"))
        .guest(Guest::vm(103, "web-03", "pve2").running());
    let world = World::builder().cluster(cluster).build().await;
    let anna = call("anna", Role::Operator);
    for input in [
        json!({ "text": "never restart before 22:00", "guest": "web-01" }),
        json!({ "text": "is off and stays off", "guest": "web-02" }),
        json!({ "text": "runs elsewhere", "guest": "web-03" }),
        json!({ "text": "the fan of pve1 is loud", "team": true }),
        json!({ "text": "the fan of pve2 is quiet", "team": true }),
        json!({ "text": "is moved in May", "cluster": "main" }),
    ] {
        act(&world, &anna, "memory.add", input).await.unwrap();
    }
    for op in ["nodes.reboot", "nodes.shutdown"] {
        let plan = world.plan(op, json!({ "node": "pve1" })).await.unwrap();
        let along: Vec<&str> = plan.steps[0]
            .along
            .iter()
            .map(|guest| guest.target.as_str())
            .collect();
        assert_eq!(along, ["main/pve1/101"], "{op}");
        let kept = ops::Kept::about_plan(&world.app.registry, &anna, &plan.id).await;
        let mut told: Vec<(&str, &str)> = kept
            .facts()
            .iter()
            .map(|fact| (fact.text.as_str(), fact.why.as_str()))
            .collect();
        assert_eq!(
            told.remove(0),
            ("never restart before 22:00", "it is about web-01"),
            "what restricts comes first"
        );
        told.sort_unstable();
        assert_eq!(
            told,
            [
                ("is moved in May", "it is about the cluster main"),
                ("the fan of pve1 is loud", "it names pve1")
            ],
            "{op}"
        );
    }
}

#[tokio::test]
async fn a_rule_made_of_a_kept_fact_holds_however_the_guest_would_go_down() {
    let ruled = super::policy::ruled("").await;
    let anna = super::policy::anna();
    let kept = json!({ "text": "never restart it", "guest": "shop" });
    ruled.done(&anna, "memory.add", kept).await;
    let proposed = ruled.world.query("memory.propose_rules", json!({})).await;
    ruled.write(proposed.unwrap()["text"].as_str().unwrap());
    for (op, input) in [
        ("guests.reboot", json!({ "guests": ["shop"] })),
        ("guests.reset", json!({ "guests": ["shop"] })),
        ("guests.shutdown", json!({ "guests": ["shop"] })),
        ("guests.stop", json!({ "guests": ["shop"] })),
        ("nodes.reboot", json!({ "node": "pve1" })),
        ("nodes.shutdown", json!({ "node": "pve1" })),
    ] {
        let error = ruled.plan(&anna, op, input).await.unwrap_err();
        assert_eq!(error.code, Code::Forbidden, "{op}: {error:?}");
        assert!(error.message.contains("never restart it"), "{op}: {error}");
        assert_eq!(
            error.message.contains("takes shop (main/pve1/101) along"),
            op.starts_with("nodes."),
            "{op}: {error}"
        );
    }
    for (op, input) in [
        ("guests.reboot", json!({ "guests": ["job-1"] })),
        ("guests.start", json!({ "guests": ["shop"] })),
        ("nodes.reboot", json!({ "node": "pve2" })),
    ] {
        let planned = ruled.plan(&anna, op, input).await;
        assert!(
            !planned.is_err_and(|error| error.code == Code::Forbidden),
            "{op}"
        );
    }
}

#[tokio::test]
async fn a_rule_holds_for_what_stops_a_guest_on_its_way() {
    let cluster = Cluster::of(&["pve1", "pve2"])
        .guest(Guest::container(201, "cache", "pve1").running())
        .guest(Guest::container(202, "still", "pve1"))
        .guest(Guest::vm(101, "shop", "pve1").running().snapshot("old"));
    let home = tempfile::TempDir::new().unwrap();
    let file = home.path().join("policy.toml");
    let rule = "[[rule]]\nname = \"stays up\"\noperations = [\"guests.reboot\", \"guests.stop\"]\nguests = \"cluster=main\"\ndecision = \"never\"";
    std::fs::write(&file, rule).unwrap();
    let world = World::builder()
        .cluster(cluster)
        .settings(|settings| settings.policy_file = Some(file))
        .build()
        .await;
    for (op, input, refused) in [
        (
            "guests.migrate",
            json!({ "guests": ["cache"], "target": "pve2" }),
            Some("it does what guests.reboot does to cache (main/pve1/201)"),
        ),
        (
            "snapshots.rollback",
            json!({ "guests": ["shop"], "name": "old" }),
            Some("it does what guests.stop does to shop (main/pve1/101)"),
        ),
        (
            "guests.migrate",
            json!({ "guests": ["still"], "target": "pve2" }),
            None,
        ),
        (
            "guests.migrate",
            json!({ "guests": ["shop"], "target": "pve2" }),
            None,
        ),
    ] {
        let planned = world.plan(op, input).await;
        match (refused, planned) {
            (None, Ok(plan)) => assert!(plan.steps.iter().all(|step| step.along.is_empty())),
            (Some(words), Err(error)) => {
                assert_eq!(error.code, Code::Forbidden, "{op}: {error:?}");
                assert!(error.message.ends_with(words), "{op}: {error}");
            }
            (_, planned) => panic!("{op}: {planned:?}"),
        }
    }
}

#[tokio::test]
async fn a_rule_that_comes_after_the_plan_keeps_the_node_up() {
    let ruled = super::policy::ruled("").await;
    let anna = super::policy::anna();
    let plan = ruled.plan(&anna, "nodes.reboot", json!({ "node": "pve1" }));
    let plan = plan.await.unwrap();
    ruled.write(
        "[[rule]]\nname = \"prod stays up\"\noperations = \"guests.reboot\"\nguests = \"tag=prod\"\ndecision = \"never\"",
    );
    let error = ruled.consent(&plan, &anna.actor).await.unwrap_err();
    assert!(error.message.contains("prod stays up"), "{error}");
    assert_eq!(ruled.world.changes(), Vec::<String>::new());
}
