//! The policy file and the freeze, on a cluster.

use std::path::PathBuf;

use ops::{
    Acted, Actor, Call, Code, Error, Plan, PlanState, Result, Role, Run, RunState, StepState,
    Surface, Wish, ports::Accounts as _, registry::Consented,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::{Cluster, Guest, Machine, World};

/// A world whose policy file can be written anew.
pub(crate) struct Ruled {
    pub(crate) world: World,
    file: PathBuf,
    _home: TempDir,
}

fn cluster() -> Cluster {
    Cluster::of(&["pve1", "pve2"])
        .guest(Guest::vm(101, "shop", "pve1").running().tags(&["prod"]))
        .guest(Guest::vm(102, "job-1", "pve1").running().tags(&["batch"]))
        .guest(Guest::vm(103, "job-2", "pve2").running().tags(&["batch"]))
        .guest(Guest::vm(104, "desk", "pve2").running())
}

pub(crate) async fn ruled(policy: &str) -> Ruled {
    let home = TempDir::new().unwrap();
    let file = home.path().join("policy.toml");
    std::fs::write(&file, policy).unwrap();
    let path = file.clone();
    let world = World::builder()
        .cluster(cluster())
        .on_disk()
        .settings(|settings| settings.policy_file = Some(path))
        .build()
        .await;
    for (name, role) in [
        ("anna", Role::Admin),
        ("ben", Role::Operator),
        ("carl", Role::Viewer),
    ] {
        let store = &world.app.store;
        store
            .create_user(name, role, "correct horse battery")
            .await
            .unwrap();
    }
    Ruled {
        world,
        file,
        _home: home,
    }
}

impl Ruled {
    pub(crate) fn write(&self, policy: &str) {
        std::fs::write(&self.file, policy).unwrap();
    }

    pub(crate) async fn act(&self, call: &Call, op: &str, input: Value) -> Result<Acted> {
        self.world.app.registry.act(call, op, input).await
    }

    pub(crate) async fn plan(&self, call: &Call, op: &str, input: Value) -> Result<Plan> {
        match self.act(call, op, input).await? {
            Acted::Planned(plan) => Ok(*plan),
            Acted::Done(done) => panic!("done without a plan: {done}"),
        }
    }

    pub(crate) async fn done(&self, call: &Call, op: &str, input: Value) -> Value {
        match self.act(call, op, input).await.unwrap() {
            Acted::Done(output) => output,
            Acted::Planned(plan) => panic!("a plan: {plan:?}"),
        }
    }

    pub(crate) async fn consent(&self, plan: &Plan, actor: &Actor) -> Result<Consented> {
        let consent = World::consent(plan, actor.clone());
        self.world.app.registry.consent(&plan.id, consent).await
    }

    pub(crate) async fn check(&self, input: Value) -> Value {
        self.world.query("policy.check", input).await.unwrap()
    }

    pub(crate) async fn run(&self, plan: &Plan) -> Run {
        let run = plan.run_id.as_deref().expect("a run of the plan");
        self.world.app.registry.run(run).await.unwrap()
    }

    pub(crate) async fn ends(&self, plan: &Plan) -> RunState {
        let plan = self.world.app.registry.plan(&plan.id).await.unwrap();
        let run = self.world.run_to_end(&plan.run_id.unwrap()).await;
        run.state
    }
}

pub(crate) fn call(name: &str, role: Role, surface: Surface) -> Call {
    Call::new(Actor::new(name, role, surface))
}

pub(crate) fn anna() -> Call {
    call("anna", Role::Admin, Surface::Web)
}

pub(crate) fn ben() -> Call {
    call("ben", Role::Operator, Surface::Web)
}

pub(crate) fn guests(names: &[&str]) -> Value {
    json!({ "guests": names })
}

const HOUSE_RULES: &str = r#"
[[rule]]
name = "production"
guests = "tag=prod"
decision = "ask"
people = 2

[[rule]]
name = "mcp reads"
surfaces = "mcp"
decision = "never"

[[rule]]
name = "nightly"
surfaces = "schedule"
operations = "guests.reboot"
guests = "tag=batch"
decision = "pass"
"#;

#[tokio::test]
async fn production_needs_two_different_people_and_the_second_starts_the_run() {
    let ruled = ruled(HOUSE_RULES).await;
    let plan = ruled
        .plan(&ben(), "guests.stop", guests(&["shop"]))
        .await
        .unwrap();
    let ruling = plan.ruling.clone().unwrap();
    assert_eq!(
        (ruling.people, ruling.why.as_str()),
        (2, "the rule `production` wants 2 people to agree")
    );
    assert_eq!(plan.steps[0].facts.as_ref().unwrap().tags, ["prod"]);

    let Consented::Waits(waiting) = ruled.consent(&plan, &ben().actor).await.unwrap() else {
        panic!("one person was enough");
    };
    assert_eq!(waiting.state, PlanState::Proposed);
    assert_eq!(waiting.approvals.len(), 1);
    assert_eq!(waiting.to_view()["approvals"][0]["by"], "ben");

    let error = ruled.consent(&plan, &ben().actor).await.unwrap_err();
    assert_eq!(
        (error.code, error.message),
        (
            Code::Conflict,
            format!(
                "ben has approved plan {} already: another person has to agree",
                plan.id
            )
        )
    );
    // A program of the same person is the same person.
    let token = Actor {
        owner: Some("ben".to_owned()),
        ..Actor::new("deploy", Role::Operator, Surface::Api)
    };
    let error = ruled.consent(&plan, &token).await.unwrap_err();
    assert_eq!(error.code, Code::Conflict, "{error}");
    assert_eq!(ruled.world.changes(), Vec::<String>::new());

    let Consented::Runs(run) = ruled.consent(&plan, &anna().actor).await.unwrap() else {
        panic!("two people were not enough");
    };
    assert_eq!(run.approved_by, "ben, anna");
    let run = ruled.world.run_to_end(&run.id).await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    assert_eq!(ruled.world.changes(), ["guest.stop guest/101"]);
    let records = ruled
        .world
        .app
        .registry
        .query(&anna(), "audit.list", json!({ "subject": plan.id }))
        .await
        .unwrap();
    let kinds: Vec<&str> = records["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| record["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "plan.proposed",
            "plan.consented",
            "plan.consented",
            "plan.approved"
        ]
    );
}

#[tokio::test]
async fn two_names_at_one_command_line_are_one_person() {
    let ruled = ruled(HOUSE_RULES).await;
    let plan = ruled
        .plan(&ben(), "guests.stop", guests(&["shop"]))
        .await
        .unwrap();
    let local = |name| Actor::new(name, Role::Admin, Surface::Cli);
    assert!(matches!(
        ruled.consent(&plan, &local("root")).await.unwrap(),
        Consented::Waits(_)
    ));
    let error = ruled.consent(&plan, &local("somebody")).await.unwrap_err();
    assert_eq!(error.code, Code::Conflict, "{error}");
    assert!(matches!(
        ruled.consent(&plan, &ben().actor).await.unwrap(),
        Consented::Runs(_)
    ));
}

#[tokio::test]
async fn an_approval_of_somebody_whose_account_is_gone_does_not_count() {
    let ruled = ruled(HOUSE_RULES).await;
    let plan = ruled
        .plan(&anna(), "guests.stop", guests(&["shop"]))
        .await
        .unwrap();
    ruled.consent(&plan, &ben().actor).await.unwrap();
    ruled.world.app.store.delete_user("ben").await.unwrap();
    assert!(matches!(
        ruled.consent(&plan, &anna().actor).await.unwrap(),
        Consented::Waits(_)
    ));
    assert_eq!(ruled.world.changes(), Vec::<String>::new());
}

#[tokio::test]
async fn of_simultaneous_approvals_of_two_people_exactly_one_run_comes() {
    let ruled = ruled(HOUSE_RULES).await;
    let plan = ruled
        .plan(&anna(), "guests.stop", guests(&["shop"]))
        .await
        .unwrap();
    let (anna, ben) = (anna().actor, ben().actor);
    let (one, other) = tokio::join!(ruled.consent(&plan, &anna), ruled.consent(&plan, &ben));
    let runs = [&one, &other]
        .iter()
        .filter(|answer| matches!(answer, Ok(Consented::Runs(_))))
        .count();
    assert_eq!(runs, 1, "{one:?} {other:?}");
    assert_eq!(ruled.ends(&plan).await, RunState::Succeeded);
    assert_eq!(ruled.world.changes(), ["guest.stop guest/101"]);
}

#[tokio::test]
async fn a_surface_that_may_only_read_plans_nothing_and_a_rule_lets_the_night_pass() {
    let ruled = ruled(HOUSE_RULES).await;
    let mcp = call("anna", Role::Admin, Surface::Mcp);
    let error = ruled
        .plan(&mcp, "guests.stop", guests(&["desk"]))
        .await
        .unwrap_err();
    assert_eq!(
        (error.code, error.message.as_str()),
        (Code::Forbidden, "the rule `mcp reads` forbids it")
    );
    assert!(ruled.world.query("inventory.list", json!({})).await.is_ok());

    let night = call("anna", Role::Admin, Surface::Schedule);
    let plan = ruled
        .plan(&night, "guests.reboot", guests(&["tag=batch"]))
        .await
        .unwrap();
    assert_eq!(plan.state, PlanState::Approved);
    let run = ruled.run(&plan).await;
    assert_eq!(run.approved_by, "the policy (rule `nightly`)");
    assert_eq!(ruled.ends(&plan).await, RunState::Succeeded);

    // One guest that no rule lets pass, and the whole plan waits for a person.
    let plan = ruled
        .plan(&night, "guests.reboot", guests(&["job-1", "desk"]))
        .await
        .unwrap();
    assert_eq!((plan.state, plan.run_id), (PlanState::Proposed, None));
}

#[tokio::test]
async fn a_rule_that_changes_between_planning_and_approval_counts_as_it_is_now() {
    let ruled = ruled("").await;
    let plan = ruled
        .plan(&ben(), "guests.stop", guests(&["desk"]))
        .await
        .unwrap();
    ruled.write("[[rule]]\nname = \"stop\"\nguests = \"desk\"\ndecision = \"never\"\n");
    let error = ruled.consent(&plan, &anna().actor).await.unwrap_err();
    assert_eq!(error.message, "the rule `stop` forbids it");

    ruled.write("[[rule]]\nname = \"stop\"\npersons = 2\n");
    let error = ruled.consent(&plan, &anna().actor).await.unwrap_err();
    assert_eq!(error.code, Code::Forbidden);
    assert!(
        error
            .message
            .starts_with("the policy cannot be used, so nothing may change: ")
            && error
                .message
                .contains("policy.toml: line 3: there is no key `persons`"),
        "{error}"
    );
    let error = ruled
        .plan(&ben(), "guests.stop", guests(&["desk"]))
        .await
        .unwrap_err();
    assert!(error.message.contains("line 3"), "{error}");
    assert!(ruled.world.query("inventory.list", json!({})).await.is_ok());

    std::fs::remove_file(&ruled.file).unwrap();
    let error = ruled.consent(&plan, &anna().actor).await.unwrap_err();
    assert!(error.message.contains("it cannot be read"), "{error}");

    ruled.write("");
    assert!(
        ruled
            .plan(&ben(), "guests.stop", guests(&["job-1"]))
            .await
            .is_ok(),
        "a mended file counts at once"
    );
    assert!(matches!(
        ruled.consent(&plan, &anna().actor).await.unwrap(),
        Consented::Runs(_)
    ));
}

#[tokio::test]
async fn a_rule_about_an_operation_that_there_is_not_is_a_mistake_and_no_gap() {
    let ruled =
        ruled("[[rule]]\nname = \"r\"\noperations = \"guest.stop\"\ndecision = \"never\"\n").await;
    let error = ruled
        .plan(&anna(), "guests.stop", guests(&["desk"]))
        .await
        .unwrap_err();
    assert!(
        error.message.ends_with(
            "policy.toml: line 3: the rule `r` speaks of `guest.stop`, and there is no such operation"
        ),
        "{error}"
    );
}

#[tokio::test]
async fn a_demanded_rehearsal_must_be_of_this_plan_and_without_an_error() {
    let ruled = ruled("[[rule]]\nname = \"r\"\ndecision = \"ask\"\nrehearsal = true\n").await;
    let plan = ruled
        .plan(&ben(), "guests.stop", guests(&["desk"]))
        .await
        .unwrap();
    let error = ruled.consent(&plan, &ben().actor).await.unwrap_err();
    assert_eq!(
        error.message,
        format!(
            "the rule `r` asks a person and a rehearsal without an error: plan {} has not been rehearsed",
            plan.id
        )
    );
    assert_eq!(
        error.hint.as_deref(),
        Some("rehearse the plan, then approve it")
    );
    let registry = &ruled.world.app.registry;
    let input = json!({ "plan": plan.id });
    let told = registry
        .query(&ben(), "plans.rehearse", input)
        .await
        .unwrap();
    assert_eq!(told["errors"], json!([]), "{told}");
    ruled.consent(&plan, &ben().actor).await.unwrap();
}

#[tokio::test]
async fn what_the_rules_would_say_can_be_asked_without_changing_anything() {
    let ruled = ruled(HOUSE_RULES).await;
    let said = |answer: &Value| {
        (
            answer["decision"].as_str().unwrap().to_owned(),
            answer["people"].as_u64().unwrap(),
            answer["why"].as_str().unwrap().to_owned(),
        )
    };
    let rows = [
        (
            json!({ "op": "guests.stop", "guests": ["shop"], "role": "operator", "surface": "web" }),
            ("ask", 2, "the rule `production` wants 2 people to agree"),
        ),
        (
            json!({ "op": "guests.stop", "guests": ["desk"], "role": "admin", "surface": "mcp" }),
            ("never", 1, "the rule `mcp reads` forbids it"),
        ),
        (
            json!({ "op": "guests.reboot", "guests": ["tag=batch"], "role": "admin", "surface": "schedule" }),
            ("pass", 1, "the rule `nightly` lets it pass"),
        ),
        (
            json!({ "op": "guests.stop", "guests": ["desk"], "role": "operator", "surface": "web" }),
            ("ask", 1, "no rule speaks of it, so a person is asked"),
        ),
        (
            json!({ "op": "guests.stop", "guests": ["desk"] }),
            ("never", 1, "a viewer changes nothing"),
        ),
        (
            json!({ "op": "inventory.list" }),
            ("pass", 1, "reading is free"),
        ),
    ];
    for (input, (decision, people, why)) in rows {
        let answer = ruled.check(input.clone()).await;
        assert_eq!(
            said(&answer),
            (decision.to_owned(), people, why.to_owned()),
            "{input}"
        );
    }
    let plan = ruled
        .plan(&ben(), "guests.stop", guests(&["shop"]))
        .await
        .unwrap();
    let answer = ruled.check(json!({ "plan": plan.id })).await;
    assert_eq!(answer["rules"], json!(["production"]));
    assert_eq!(answer["approver"], "operator");
    assert_eq!(ruled.world.changes(), Vec::<String>::new());

    let shown = ruled.world.query("policy.show", json!({})).await.unwrap();
    assert_eq!(shown["broken"], Value::Null);
    assert_eq!(shown["rules"][0]["name"], "production");
    assert_eq!(shown["rules"][0]["guests"], json!(["tag=prod"]));
    ruled.write("nonsense");
    let shown = ruled.world.query("policy.show", json!({})).await.unwrap();
    assert!(
        shown["broken"].as_str().unwrap().contains("line 1"),
        "{shown}"
    );
}

pub(crate) fn refused(error: &Error, words: &str) {
    assert_eq!(error.code, Code::Forbidden, "{error}");
    assert!(error.message.contains(words), "{error}");
}

#[tokio::test]
async fn a_freeze_by_a_token_is_told_as_the_tokens_and_its_person_may_thaw() {
    let ruled = ruled("").await;
    let token = |name: &str, owner: &str| {
        Call::new(Actor {
            owner: Some(owner.to_owned()),
            ..Actor::new(name, Role::Operator, Surface::Api)
        })
    };
    let freeze = json!({ "reason": "storage is full" });
    let frozen = ruled
        .done(&token("t-operator", "ben"), "incident.freeze", freeze)
        .await;
    assert_eq!(frozen["freeze"]["by"], "t-operator");
    let error = ruled
        .plan(&anna(), "guests.stop", guests(&["desk"]))
        .await
        .unwrap_err();
    refused(
        &error,
        "all changes are frozen by t-operator: storage is full",
    );
    let thaw = async |call: &Call| ruled.act(call, "incident.thaw", json!({})).await;
    let error = thaw(&token("t-other", "carl")).await.unwrap_err();
    refused(
        &error,
        "t-operator froze all changes: they or an admin may thaw",
    );
    assert!(thaw(&token("t-second", "ben")).await.is_ok());
}

#[tokio::test]
async fn selectors_of_rules_that_fit_nobody_today_are_told_with_their_line() {
    let ruled = ruled(concat!(
        "[[rule]]\nname = \"r\"\ndecision = \"never\"\n",
        "guests = [\n\"tag=prod\",\n\"node=pve9\",\n]\n",
    ))
    .await;
    let shown = ruled.world.query("policy.show", json!({})).await.unwrap();
    assert_eq!(shown["broken"], Value::Null);
    assert_eq!(shown["rules"][0]["fits_nobody"], json!(["node=pve9"]));
    assert_eq!(
        shown["notes"],
        json!(["line 6: no guest fits `node=pve9` today, so the rule `r` reaches nobody by it"])
    );
}

#[tokio::test]
async fn a_freeze_stops_every_change_in_every_process_and_says_who_and_why() {
    let ruled = ruled("").await;
    let world = &ruled.world;
    let waiting = ruled
        .plan(&ben(), "guests.stop", guests(&["desk"]))
        .await
        .unwrap();
    let frozen = ruled
        .done(
            &ben(),
            "incident.freeze",
            json!({ "reason": "storage  is \n full" }),
        )
        .await;
    assert_eq!(frozen["freeze"]["reason"], "storage is full");
    let words = "all changes are frozen by ben: storage is full";

    for surface in Surface::ALL {
        let anna = call("anna", Role::Admin, surface);
        let error = ruled
            .plan(&anna, "guests.stop", guests(&["desk"]))
            .await
            .unwrap_err();
        refused(&error, words);
    }
    refused(
        &ruled.consent(&waiting, &anna().actor).await.unwrap_err(),
        words,
    );
    let error = ruled
        .act(&anna(), "incident.freeze", json!({ "reason": "again" }))
        .await
        .unwrap_err();
    assert_eq!(error.code, Code::Conflict, "{error}");

    // Another process on the same store.
    let other = world.process(Machine::new().process(), false).await;
    let wish = Wish {
        op: "guests.stop".to_owned(),
        input: guests(&["desk"]),
    };
    let elsewhere = other.registry.plan_wishes(&anna(), vec![wish]).await;
    refused(&elsewhere.unwrap_err(), words);
    let shown = other
        .registry
        .query(&anna(), "incident.show", json!({}))
        .await
        .unwrap();
    assert_eq!(shown["freeze"]["by"], "ben");
    assert_eq!(world.changes(), Vec::<String>::new());

    // Who did not freeze and is no admin does not thaw.
    let other_operator = call("dora", Role::Operator, Surface::Web);
    let error = ruled
        .act(&other_operator, "incident.thaw", json!({}))
        .await
        .unwrap_err();
    refused(&error, "ben froze all changes: they or an admin may thaw");
    // Thawed by one process, it is thawed for the other that refused before.
    other
        .registry
        .act(&anna(), "incident.thaw", json!({}))
        .await
        .unwrap();
    assert!(
        ruled
            .plan(&ben(), "guests.stop", guests(&["job-1"]))
            .await
            .is_ok()
    );
    assert!(matches!(
        ruled.consent(&waiting, &anna().actor).await.unwrap(),
        Consented::Runs(_)
    ));
    assert_eq!(ruled.ends(&waiting).await, RunState::Succeeded);
}

#[tokio::test]
async fn a_freeze_ends_by_itself_when_the_clock_says_so() {
    let ruled = ruled("").await;
    let until = ruled.world.app.registry.clock().now() + std::time::Duration::from_mins(10);
    ruled
        .done(
            &anna(),
            "incident.freeze",
            json!({ "reason": "power works", "until": until.to_string() }),
        )
        .await;
    let stop = async || ruled.plan(&anna(), "guests.stop", guests(&["desk"])).await;
    refused(
        &stop().await.unwrap_err(),
        &format!("all changes are frozen by anna until {until}: power works"),
    );
    ruled
        .world
        .clock
        .advance(std::time::Duration::from_mins(11));
    assert!(stop().await.is_ok());
    let shown = ruled.world.query("incident.show", json!({})).await.unwrap();
    assert_eq!(shown, json!({ "frozen": false, "freeze": null }));
    let error = ruled
        .act(
            &anna(),
            "incident.freeze",
            json!({ "reason": "x", "until": until.to_string() }),
        )
        .await
        .unwrap_err();
    assert_eq!(error.code, Code::InvalidInput, "{error}");
}

#[tokio::test]
async fn a_run_stops_before_its_next_step_when_somebody_freezes_and_tells_the_truth() {
    let mut cluster = Cluster::of(&["pve1"]);
    for vmid in 101..=104 {
        cluster = cluster.guest(Guest::vm(vmid, &format!("g-{vmid}"), "pve1").running());
    }
    let world = World::builder()
        .cluster(cluster)
        .settings(|settings| settings.runs_per_node = 1)
        .time_scale(0.2)
        .build()
        .await;
    let plan = world
        .plan("guests.shutdown", json!({ "guests": ["101-104"] }))
        .await
        .unwrap();
    let run = world.approve(&plan).await.unwrap();
    world.until_changes(1).await;
    let registry = &world.app.registry;
    registry
        .act(
            &World::admin(),
            "incident.freeze",
            json!({ "reason": "smoke" }),
        )
        .await
        .unwrap();
    let run = world.run_to_end(&run.id).await;
    let done = world.changes().len();
    let count = |state| run.steps.iter().filter(|step| step.state == state).count();
    assert_eq!(count(StepState::Done), done, "{run:?}");
    assert_eq!(count(StepState::NotExecuted), 4 - done, "{run:?}");
    assert!(done < 4, "the freeze came too late to prove anything");
    assert_eq!(run.state, RunState::Partial);
    let why = run
        .steps
        .iter()
        .find(|step| step.state == StepState::NotExecuted)
        .and_then(|step| step.error.clone())
        .unwrap();
    assert_eq!(why, "all changes are frozen by admin on cli: smoke");
}

#[tokio::test]
async fn a_raw_call_on_a_guest_is_judged_as_what_it_touches() {
    let ruled = ruled(HOUSE_RULES).await;
    let stop = |vmid: u32| json!({ "path": format!("/nodes/pve1/qemu/{vmid}/status/stop") });
    for (vmid, people) in [(101, 2), (102, 1)] {
        let plan = ruled.plan(&anna(), "pve.create", stop(vmid)).await.unwrap();
        assert_eq!(plan.ruling.unwrap().people, people, "{vmid}");
    }
}
