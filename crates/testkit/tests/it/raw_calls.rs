//! Any call of the API: planned with its path as the word to type, run like every other action, and what
//! is secret in it nowhere in clear.

use ops::{Code, Role, RunState, StepState, Surface, gate::Consent};
use serde_json::{Value, json};
use testkit::World;

const STOP: &str = "/nodes/pve1/qemu/101/status/stop";
const CONFIG: &str = "/nodes/pve1/qemu/101/config";

async fn set(world: &World, path: &str, params: Value) -> ops::Run {
    let input = json!({ "path": path, "params": params });
    world.carry_out("pve.set", input).await
}

fn only_error(run: &ops::Run) -> (RunState, StepState, Option<&str>) {
    let [step] = run.steps.as_slice() else {
        panic!("one step: {run:?}");
    };
    (run.state, step.state, step.error.as_deref())
}

#[tokio::test]
async fn a_call_is_a_destructive_plan_on_its_guest_and_its_path_is_to_be_typed() {
    let world = World::new().await;
    let plan = world
        .plan(
            "pve.create",
            json!({ "path": STOP, "params": ["timeout=5"] }),
        )
        .await
        .unwrap();
    let view = plan.to_view();
    assert_eq!(
        (&view["risk"], &view["confirm"]["text"], &view["summary"]),
        (
            &json!("destructive"),
            &json!(STOP),
            &json!(format!("POST {STOP} on main"))
        )
    );
    assert_eq!(
        (
            &view["steps"][0]["target"],
            &view["steps"][0]["node"],
            &view["steps"][0]["undo"],
            &view["steps"][0]["change"],
        ),
        (
            &json!("main/pve1/101"),
            &json!("pve1"),
            &json!(false),
            &json!([{ "field": "timeout", "before": "not looked at", "after": "5" }]),
        )
    );
    let notes: Vec<&str> = plan.preflight.iter().map(|s| s.text.as_str()).collect();
    assert!(
        notes.contains(&"this is web-01 (main/pve1/101), running"),
        "{notes:?}"
    );
    assert!(world.sim().calls().is_empty());

    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(
        only_error(&run),
        (RunState::Succeeded, StepState::Done, None)
    );
    assert!(run.steps[0].upid.is_some());
    assert_eq!(world.changes(), ["guest.stop guest/101"]);
    assert_eq!(world.sim().guest(101).unwrap().status, "stopped");
}

#[tokio::test]
async fn a_change_of_a_configuration_shows_what_was_there_before() {
    let world = World::new().await;
    let plan = world
        .plan(
            "pve.set",
            json!({ "path": CONFIG, "params": ["name=renamed", "tags=a;b"] }),
        )
        .await
        .unwrap();
    let change = &plan.to_view()["steps"][0]["change"];
    assert_eq!(
        change[0],
        json!({ "field": "name", "before": "web-01", "after": "renamed" })
    );
    assert_eq!(change[1]["after"], json!("a;b"));
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(
        only_error(&run),
        (RunState::Succeeded, StepState::Done, None)
    );
    let verdict = run.steps[0].verify.clone().unwrap();
    assert_eq!(
        verdict.text,
        format!("main accepted {CONFIG}; what it changed was not looked at")
    );
    assert_eq!(world.sim().guest(101).unwrap().name, "renamed");
}

#[tokio::test]
async fn without_the_path_typed_as_it_was_given_nothing_is_sent() {
    let world = World::new().await;
    let path = "nodes/pve1/qemu/101/status/stop/";
    let plan = world
        .plan("pve.create", json!({ "path": path }))
        .await
        .unwrap();
    for (typed, code) in [
        (None, Code::ConfirmRequired),
        (Some("web-01"), Code::ConfirmMismatch),
        (Some(STOP), Code::ConfirmMismatch),
    ] {
        let consent = Consent {
            actor: World::admin().actor,
            digest: plan.digest.clone(),
            confirm: typed.map(str::to_owned),
        };
        let error = world
            .app
            .registry
            .approve(&plan.id, consent)
            .await
            .unwrap_err();
        assert_eq!((error.code, error.code.exit_code()), (code, 3));
    }
    let operator = World::consent(&plan, World::operator().actor);
    let error = world
        .app
        .registry
        .approve(&plan.id, operator)
        .await
        .unwrap_err();
    assert_eq!(
        error.code,
        Code::Forbidden,
        "operators do not approve destructive work"
    );
    assert!(world.sim().calls().is_empty());
    world.approve(&plan).await.unwrap();
}

#[tokio::test]
async fn who_may_not_wish_for_changes_may_not_wish_for_these() {
    let world = World::new().await;
    for op in ["pve.create", "pve.set", "pve.delete"] {
        let input = json!({ "path": STOP });
        let error = world
            .app
            .registry
            .act(&World::viewer(), op, input)
            .await
            .unwrap_err();
        assert_eq!(error.code, Code::Forbidden, "{op}");
    }
}

#[tokio::test]
async fn paths_and_words_that_cannot_be_meant_are_refused_before_anything_is_asked() {
    let world = World::new().await;
    for (op, path, params, want) in [
        ("pve.set", "/nodes/../access", json!([]), "is no API path"),
        (
            "pve.set",
            "/cluster/options?x=1",
            json!([]),
            "is no API path",
        ),
        (
            "pve.set",
            CONFIG,
            json!(["hunter2"]),
            "word 1 is not `key=value`",
        ),
        (
            "pve.set",
            CONFIG,
            json!(["x=@/etc/hostname"]),
            "only `pve create` uploads",
        ),
        (
            "pve.create",
            CONFIG,
            json!(["x=@/no/such/file"]),
            "cannot read /no/such/file",
        ),
    ] {
        let input = json!({ "path": path, "params": params });
        let error = world.plan(op, input).await.unwrap_err();
        assert_eq!(error.code, Code::InvalidInput, "{error}");
        assert!(error.message.contains(want), "{error}");
        assert!(!error.message.contains("hunter2"), "{error}");
    }
    let input = json!({ "path": STOP, "cluster": "elsewhere" });
    let error = world.plan("pve.create", input).await.unwrap_err();
    assert_eq!(error.code, Code::NotFound);
}

#[tokio::test]
async fn only_the_command_line_may_name_a_file_of_this_machine() {
    let world = World::new().await;
    for surface in Surface::ALL {
        let call = World::call(Role::Admin, surface);
        let input = json!({
            "path": "/nodes/pve1/storage/fast/upload", "params": ["content=iso", "filename=@/etc/hostname"],
        });
        let planned = world.app.registry.act(&call, "pve.create", input).await;
        match surface {
            Surface::Cli => assert!(planned.is_ok()),
            _ => assert_eq!(planned.unwrap_err().code, Code::Forbidden, "{surface:?}"),
        }
    }
}

#[tokio::test]
async fn a_file_that_changed_after_the_consent_was_given_is_not_sent() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.iso");
    std::fs::write(&file, "first").unwrap();
    let word = format!("filename=@{}", file.display());
    let input =
        json!({ "path": "/nodes/pve1/storage/fast/upload", "params": ["content=iso", word] });
    let plan = world.plan("pve.create", input).await.unwrap();
    std::fs::write(&file, "another, longer").unwrap();
    let error = world.approve(&plan).await.unwrap_err();
    assert_eq!(error.code, Code::PreconditionChanged);
    let size = error
        .difference
        .iter()
        .find(|difference| difference.field == "file_size_bytes")
        .unwrap();
    assert_eq!((&size.planned, &size.now), (&json!(5), &json!(15)));
    assert!(world.sim().calls().is_empty());
}

#[tokio::test]
async fn what_the_cluster_refuses_is_told_in_its_words_each_parameter_on_a_line() {
    let world = World::new().await;
    let run = set(&world, CONFIG, json!(["memory=lots", "cores=0"])).await;
    let (state, step, error) = only_error(&run);
    assert_eq!((state, step), (RunState::Failed, StepState::Failed));
    let lines: Vec<&str> = error.unwrap().lines().collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(lines[0].starts_with("cluster main refused: Parameter verification failed"));
    assert!(lines[1].starts_with("  cores: "), "{lines:?}");
    assert!(
        lines[2].starts_with("  memory: ") && lines[2].contains("got 'lots'"),
        "{lines:?}"
    );
}

#[tokio::test]
async fn a_guest_that_is_not_there_is_for_the_cluster_to_refuse() {
    let world = World::new().await;
    let run = set(&world, "/nodes/pve1/qemu/999/config", json!(["memory=512"])).await;
    let (state, _, error) = only_error(&run);
    assert_eq!(state, RunState::Failed);
    assert!(error.unwrap().contains("does not exist"), "{error:?}");
}

#[tokio::test]
async fn a_task_that_fails_fails_the_call_with_its_text() {
    let world = World::new().await;
    world.fault(&json!({
        "when": { "op": "guest.stop", "target": "guest/101" },
        "effect": { "task_error": "out of luck" },
    }));
    let run = world.carry_out("pve.create", json!({ "path": STOP })).await;
    assert_eq!(
        only_error(&run),
        (RunState::Failed, StepState::Failed, Some("out of luck"))
    );
}

#[tokio::test]
async fn a_guest_that_changed_since_the_plan_is_not_called() {
    let world = World::new().await;
    let plan = world
        .plan("pve.create", json!({ "path": STOP }))
        .await
        .unwrap();
    world
        .carry_out("guests.stop", json!({ "guests": ["web-01"] }))
        .await;
    let error = world.approve(&plan).await.unwrap_err();
    assert_eq!(error.code, Code::PreconditionChanged, "{error}");
}

#[tokio::test]
async fn a_lost_answer_is_found_in_the_task_list_and_never_sent_twice() {
    for (phase, want, calls) in [
        ("after", (RunState::Succeeded, StepState::Done), 1),
        ("before", (RunState::Failed, StepState::Unknown), 0),
    ] {
        let world = World::new().await;
        world.fault(&json!({
            "when": { "op": "guest.stop", "target": "*", "phase": phase }, "effect": { "drop_connection": true }, "times": 0,
        }));
        let plan = world
            .plan("pve.create", json!({ "path": STOP }))
            .await
            .unwrap();
        let run = world.approve(&plan).await.unwrap();
        if phase == "before" {
            world
                .until(&run.id, |run| run.steps[0].state == StepState::Running)
                .await;
            world.clock.advance(std::time::Duration::from_secs(10));
        }
        let run = world.run_to_end(&run.id).await;
        assert_eq!((run.state, run.steps[0].state), want, "{phase}: {run:?}");
        assert_eq!(world.changes().len(), calls, "{phase}");
    }
}

#[tokio::test]
async fn an_unreachable_cluster_is_told_when_the_call_is_planned() {
    let mut world = World::new().await;
    world.cluster_down().await;
    let error = world
        .plan("pve.create", json!({ "path": "/cluster/options" }))
        .await
        .unwrap_err();
    assert_eq!(
        (error.code, error.code.exit_code()),
        (Code::ClusterUnreachable, 5)
    );
}

#[tokio::test]
async fn secrets_reach_the_cluster_and_are_nowhere_in_clear() {
    let world = World::builder().on_disk().build().await;
    let path = "/access/users";
    let params = json!(["userid=gardener@pve", "password=rosemary-and-thyme"]);
    let plan = world
        .plan("pve.create", json!({ "path": path, "params": params }))
        .await
        .unwrap();
    let shown = serde_json::to_string(&plan).unwrap();
    assert!(!shown.contains("rosemary"), "{shown}");
    assert_eq!(
        plan.to_view()["steps"][0]["change"][1],
        json!({ "field": "password", "before": "***", "after": "***" })
    );
    let secrets = world.app.store.secrets();
    assert!(kept(&secrets.list_names().await.unwrap(), "parameters"));
    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(
        only_error(&run),
        (RunState::Succeeded, StepState::Done, None)
    );
    assert!(
        !kept(&secrets.list_names().await.unwrap(), "parameters"),
        "forgotten"
    );

    // The new user can sign in with it, so it arrived.
    let path = "/access/users/gardener@pve/token/main";
    let plan = world
        .plan("pve.create", json!({ "path": path }))
        .await
        .unwrap();
    let run = world.approve(&plan).await.unwrap();
    world.run_to_end(&run.id).await;
    let answer = app::take_answer(&secrets, &plan).await.unwrap().unwrap();
    let value = answer["value"].as_str().unwrap();
    assert_eq!(value.len(), 36, "the new token's secret: {answer}");
    assert_eq!(
        app::take_answer(&secrets, &plan).await.unwrap(),
        None,
        "handed out once"
    );
    let run = serde_json::to_string(&world.app.registry.run(&run.id).await.unwrap()).unwrap();
    assert!(!run.contains(value));
    assert!(
        world.is_on_disk("gardener@pve"),
        "what is no secret is there"
    );
    for needle in ["rosemary-and-thyme", value] {
        assert!(
            !world.is_on_disk(needle),
            "{needle} is on the disk in clear"
        );
    }
}

fn kept(names: &[String], what: &str) -> bool {
    names
        .iter()
        .any(|name| name.starts_with(&format!("pve.call.{what}/")))
}
