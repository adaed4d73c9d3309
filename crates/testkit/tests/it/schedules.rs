//! Schedules and runbooks on a cluster: fired once, planned afresh, judged like anything else.

use std::{path::PathBuf, time::Duration};

use jiff::{Timestamp, tz::TimeZone};
use ops::ports::Accounts as _;
use ops::{Acted, Actor, Call, Code, Plan, PlanState, Result, Role, RunState, Surface};
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::{Cluster, Guest, World};

struct Calendar {
    world: World,
    file: PathBuf,
    _home: TempDir,
}

const NIGHTLY: &str = r#"
[[rule]]
name = "nightly"
surfaces = "schedule"
operations = "guests.reboot"
guests = "tag=batch"
decision = "pass"
"#;

/// No background: only what the test asks for fires.
async fn calendar(policy: &str) -> Calendar {
    let home = TempDir::new().unwrap();
    let file = home.path().join("policy.toml");
    std::fs::write(&file, policy).unwrap();
    let path = file.clone();
    let world = World::builder()
        .cluster(
            Cluster::of(&["pve1"])
                .guest(Guest::vm(101, "job-1", "pve1").running().tags(&["batch"]))
                .guest(Guest::vm(102, "desk", "pve1").running()),
        )
        .on_disk()
        .without_background()
        .settings(|settings| settings.policy_file = Some(path))
        .build()
        .await;
    world
        .app
        .store
        .create_user("anna", Role::Admin, "correct horse battery")
        .await
        .unwrap();
    Calendar {
        world,
        file,
        _home: home,
    }
}

fn anna() -> Call {
    Call::new(Actor::new("anna", Role::Admin, Surface::Web))
}

impl Calendar {
    async fn act(&self, op: &str, input: Value) -> Result<Value> {
        match self.world.app.registry.act(&anna(), op, input).await? {
            Acted::Done(output) => Ok(output),
            Acted::Planned(plan) => panic!("a plan: {plan:?}"),
        }
    }

    async fn plan(&self, op: &str, input: Value) -> Result<Plan> {
        match self.world.app.registry.act(&anna(), op, input).await? {
            Acted::Planned(plan) => Ok(*plan),
            Acted::Done(output) => panic!("no plan: {output}"),
        }
    }

    async fn create(&self, more: Value) -> Value {
        let mut input = json!({
            "name": "night", "calendar": "02:00", "op": "guests.reboot", "guests": ["tag=batch"],
        });
        for (key, value) in more.as_object().unwrap() {
            input[key] = value.clone();
        }
        self.act("schedules.create", input).await.unwrap()
    }

    /// Turns the clock to shortly behind the next time of the schedule.
    async fn turn_to_the_next_time(&self) {
        let next = self.show().await["next_at"].as_str().unwrap().to_owned();
        let next: Timestamp = next.parse().unwrap();
        let now = self.world.app.registry.clock().now();
        let ahead = Duration::try_from(next.duration_since(now)).unwrap();
        self.world.clock.advance(ahead + Duration::from_secs(1));
    }

    async fn fire(&self) -> usize {
        self.world.app.fire_schedules().await.unwrap()
    }

    async fn show(&self) -> Value {
        let input = json!({ "schedule": "night" });
        self.world.query("schedules.show", input).await.unwrap()
    }

    /// Outcome and text of the newest firing.
    async fn last(&self) -> (String, String) {
        let shown = self.show().await;
        let text = |field: &str| shown["firings"][0][field].as_str().unwrap().to_owned();
        (text("outcome"), text("text"))
    }
}

#[tokio::test]
async fn a_schedule_that_a_rule_lets_pass_runs_when_its_time_has_come_and_only_once() {
    let calendar = calendar(NIGHTLY).await;
    calendar.create(json!({})).await;
    assert_eq!(calendar.fire().await, 0, "it is not time yet");
    calendar.turn_to_the_next_time().await;
    assert_eq!(calendar.fire().await, 1);
    assert_eq!(calendar.fire().await, 0);
    let shown = calendar.show().await;
    assert_eq!(shown["firings"][0]["outcome"], "runs");
    let run = shown["firings"][0]["run_id"].as_str().unwrap();
    let run = calendar.world.run_to_end(run).await;
    assert_eq!(
        (run.state, run.approved_by.as_str()),
        (RunState::Succeeded, "the policy (rule `nightly`)")
    );
    assert_eq!(calendar.world.changes(), ["guest.reboot guest/101"]);
    assert_eq!(shown["next_times"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn of_two_processes_that_see_the_same_time_one_fires_it() {
    let calendar = calendar(NIGHTLY).await;
    calendar.create(json!({})).await;
    calendar.turn_to_the_next_time().await;
    let other = calendar.world.open(app::Role::Server).await;
    let (one, two) = tokio::join!(calendar.world.app.fire_schedules(), other.fire_schedules());
    assert_eq!(one.unwrap() + two.unwrap(), 1);
    assert_eq!(
        calendar.show().await["firings"].as_array().unwrap().len(),
        1
    );
    other.stop().await;
}

#[tokio::test]
async fn without_a_consent_beforehand_the_plan_waits_for_a_person_and_is_made_afresh_each_time() {
    let calendar = calendar("").await;
    calendar
        .create(json!({ "guests": ["tag=nightly,batch"] }))
        .await;
    let mut plans = Vec::new();
    for _ in 0..2 {
        calendar.turn_to_the_next_time().await;
        assert_eq!(calendar.fire().await, 1);
        assert_eq!(calendar.last().await.0, "waits");
        let id = calendar.show().await["firings"][0]["plan_id"].clone();
        plans.push(id.as_str().unwrap().to_owned());
    }
    assert_ne!(plans[0], plans[1]);
    let registry = &calendar.world.app.registry;
    // Nobody is to approve the same work twice.
    assert_eq!(
        registry.plan(&plans[0]).await.unwrap().state,
        PlanState::Expired
    );
    assert_eq!(calendar.show().await["firings"][1]["outcome"], "unanswered");
    let plan = registry.plan(&plans[1]).await.unwrap();
    assert_eq!(
        (
            plan.state,
            plan.created_by.surface,
            plan.created_by.name.as_str()
        ),
        (PlanState::Proposed, Surface::Schedule, "anna")
    );
    // Nobody is awake yet.
    calendar.world.clock.advance(Duration::from_hours(7));
    let consent = World::consent(&plan, anna().actor);
    let run = registry.approve(&plan.id, consent).await.unwrap();
    let run = calendar.world.run_to_end(&run.id).await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
}

#[tokio::test]
async fn a_missed_time_is_left_out_or_comes_once_as_the_schedule_says() {
    for (missed, outcome) in [("skip", "missed"), ("run_once", "runs")] {
        let calendar = calendar(NIGHTLY).await;
        calendar.create(json!({ "missed": missed })).await;
        calendar.turn_to_the_next_time().await;
        calendar
            .world
            .clock
            .advance(Duration::from_hours(3 * 24 + 5));
        assert_eq!(
            calendar.fire().await,
            1,
            "{missed}: three times went by, one is told"
        );
        assert_eq!(calendar.fire().await, 0);
        assert_eq!(calendar.last().await.0, outcome, "{missed}");
    }
}

#[tokio::test]
async fn outside_of_its_maintenance_windows_nothing_is_fired() {
    let calendar = calendar(NIGHTLY).await;
    // Of the next week only a day that is further away than the next time.
    let now = calendar.world.app.registry.clock().now();
    let day = now.to_zoned(TimeZone::UTC).date().weekday().wrapping_add(3);
    let day = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        [usize::try_from(day.to_monday_zero_offset()).unwrap()];
    let window = format!("{day} 01:00-03:00");
    calendar.create(json!({ "windows": [window] })).await;
    calendar.turn_to_the_next_time().await;
    assert_eq!(calendar.fire().await, 1);
    assert_eq!(calendar.last().await.0, "outside_window");
    assert_eq!(calendar.world.changes(), Vec::<String>::new());
    calendar
        .act(
            "schedules.set",
            json!({ "schedule": "night", "windows": ["any"] }),
        )
        .await
        .unwrap();
    calendar.turn_to_the_next_time().await;
    calendar.fire().await;
    assert_eq!(calendar.last().await.0, "runs");
}

#[tokio::test]
async fn what_could_never_run_is_not_scheduled() {
    let calendar = calendar(NIGHTLY).await;
    let base = json!({ "name": "night", "calendar": "02:00", "op": "guests.reboot" });
    for (more, told) in [
        (
            json!({}),
            "guests: say of which guests; `guests.reboot` does nothing without",
        ),
        (
            json!({ "guests": ["tag=batch"], "input": { "foo": 1 } }),
            "input of `guests.reboot`: foo: unknown field `foo`, expected ",
        ),
        (
            json!({ "guests": ["tag=batch"], "calendar": "mon..fri 99:30" }),
            "calendar: no calendar event from `99:30` on; write it as PVE does: ",
        ),
        (
            json!({ "guests": ["tag=batch"], "windows": ["mon..fri 10:00-11:00"] }),
            "windows: `02:00` never comes within mon..fri 10:00-11:00",
        ),
    ] {
        let mut input = base.clone();
        for (key, value) in more.as_object().unwrap() {
            input[key] = value.clone();
        }
        let refused = calendar.act("schedules.create", input).await.unwrap_err();
        assert!(refused.message.starts_with(told), "{}", refused.message);
    }
}

#[tokio::test]
async fn a_time_at_which_all_is_as_wished_has_nothing_to_do() {
    let calendar = calendar(NIGHTLY).await;
    let input = json!({ "op": "guests.start" });
    calendar.create(input).await;
    calendar.turn_to_the_next_time().await;
    assert_eq!(calendar.fire().await, 1);
    let (outcome, text) = calendar.last().await;
    assert_eq!(outcome, "nothing_to_do", "{text}");
}

#[tokio::test]
async fn a_schedule_comes_to_nothing_in_a_freeze_and_when_its_person_is_gone() {
    let calendar = calendar(NIGHTLY).await;
    calendar.create(json!({})).await;
    let freeze = json!({ "reason": "fire" });
    calendar.act("incident.freeze", freeze).await.unwrap();
    calendar.turn_to_the_next_time().await;
    calendar.fire().await;
    assert_eq!(
        calendar.last().await,
        (
            "refused".to_owned(),
            "all changes are frozen by anna: fire".to_owned()
        )
    );
    calendar.act("incident.thaw", json!({})).await.unwrap();

    calendar.world.app.store.delete_user("anna").await.unwrap();
    calendar.turn_to_the_next_time().await;
    calendar.fire().await;
    assert_eq!(
        calendar.last().await,
        (
            "refused".to_owned(),
            "anna, who made it, has no account any more".to_owned()
        )
    );
    std::fs::remove_file(&calendar.file).unwrap();
    assert_eq!(calendar.world.changes(), Vec::<String>::new());
}

#[tokio::test]
async fn a_schedule_is_switched_off_changed_taken_away_and_run_by_hand() {
    let calendar = calendar(NIGHTLY).await;
    let created = calendar
        .create(json!({ "jitter_s": 600, "note": "batch" }))
        .await;
    assert_eq!(created["what"], "guests.reboot");
    let off = json!({ "schedule": "night", "enabled": false });
    let shown = calendar.act("schedules.set", off.clone()).await.unwrap();
    assert_eq!(
        (shown["enabled"].clone(), shown["next_at"].clone()),
        (json!(false), Value::Null)
    );
    let error = calendar.act("schedules.set", off).await.unwrap_err();
    assert_eq!(error.message, "the schedule `night` is so already");
    calendar.world.clock.advance(Duration::from_hours(48));
    assert_eq!(calendar.fire().await, 0);

    let plan = calendar
        .plan("schedules.run", json!({ "schedule": "night" }))
        .await
        .unwrap();
    assert_eq!(
        (plan.state, plan.summary.as_str()),
        (PlanState::Proposed, "run the schedule night now")
    );
    assert_eq!(plan.steps[0].op, "guests.reboot");

    let listed = calendar
        .world
        .query("schedules.list", json!({}))
        .await
        .unwrap();
    assert_eq!(listed["schedules"].as_array().unwrap().len(), 1);
    let gone = json!({ "schedule": "night" });
    calendar
        .act("schedules.delete", gone.clone())
        .await
        .unwrap();
    let error = calendar.act("schedules.delete", gone).await.unwrap_err();
    assert_eq!(
        (error.code, error.message.as_str()),
        (Code::NotFound, "there is no schedule `night`")
    );
}

#[tokio::test]
async fn a_schedule_that_cannot_be_meant_is_refused_with_one_sentence() {
    let calendar = calendar("").await;
    let with = |more: Value| {
        let mut input =
            json!({ "name": "n", "calendar": "daily", "op": "guests.reboot", "guests": ["desk"] });
        for (key, value) in more.as_object().unwrap() {
            input[key] = value.clone();
        }
        input
    };
    let rows = [
        (
            with(json!({ "name": "Night 1" })),
            "name: 1 to 64 small letters, digits and `-`, beginning with a letter",
        ),
        (
            with(json!({ "calendar": "25:61" })),
            "calendar: no calendar event from `:61` on; write it as PVE does: ",
        ),
        (
            with(json!({ "calendar": "*-2-31" })),
            "calendar: `*-2-31` never comes",
        ),
        (
            with(json!({ "op": "guests.rebot" })),
            "there is no operation `guests.rebot`",
        ),
        (
            with(json!({ "op": "runs.undo" })),
            "op: `runs.undo` cannot be scheduled: it changes nothing by itself",
        ),
        (
            with(json!({ "op": null })),
            "give either `op`, with its `guests` and `input`, or `runbook`",
        ),
        (
            with(json!({ "runbook": "x" })),
            "give either `op`, with its `guests` and `input`, or `runbook`",
        ),
        (
            with(json!({ "guests": ["tag"  , "a=b"] })),
            "guests: selector `a=b`",
        ),
        (
            json!({ "name": "n", "calendar": "daily", "runbook": "x" }),
            "there is no runbook `x`",
        ),
    ];
    for (input, words) in rows {
        let error = calendar
            .act("schedules.create", input.clone())
            .await
            .unwrap_err();
        assert!(error.message.starts_with(words), "{input}: {error}");
    }
}

const RUNBOOK: &str = r#"name: careful-restart
summary: Snapshot, then restart
parameters:
  guests:
    type: guests
    default: tag=batch
steps:
  - op: snapshots.create
    input: {guests: ["{{guests}}"], name: before-restart}
  - op: guests.reboot
    input: {guests: ["{{guests}}"]}
"#;

#[tokio::test]
async fn a_runbook_is_saved_shown_given_back_and_run_as_one_plan() {
    let calendar = calendar("").await;
    let saved = calendar
        .act("runbooks.create", json!({ "source": RUNBOOK }))
        .await
        .unwrap();
    assert_eq!(
        saved,
        json!({ "name": "careful-restart", "replaced": false })
    );
    let error = calendar
        .act("runbooks.create", json!({ "source": RUNBOOK }))
        .await
        .unwrap_err();
    assert_eq!(error.code, Code::Conflict, "{error}");
    let name = json!({ "name": "careful-restart" });
    let query = async |op: &str| calendar.world.query(op, name.clone()).await.unwrap();
    assert_eq!(query("runbooks.export").await["source"], RUNBOOK);
    let shown = query("runbooks.show").await;
    assert_eq!(shown["parameters"][0]["type"], "guests");
    assert_eq!(
        shown["steps"][1],
        json!({ "op": "guests.reboot", "line": 10, "input": { "guests": ["{{guests}}"] } })
    );

    let plan = calendar
        .plan(
            "runbooks.run",
            json!({ "name": "careful-restart", "set": ["guests=desk"] }),
        )
        .await
        .unwrap();
    let steps: Vec<(&str, &str, usize)> = plan
        .steps
        .iter()
        .map(|step| {
            (
                step.op.as_str(),
                step.target_name.as_str(),
                step.depends_on.len(),
            )
        })
        .collect();
    assert_eq!(
        steps,
        [
            ("snapshots.create", "desk", 0),
            ("guests.reboot", "desk", 1)
        ]
    );
    assert_eq!(plan.op, "runbooks.run");
    let run = calendar.world.approve(&plan).await.unwrap();
    let run = calendar.world.run_to_end(&run.id).await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    assert_eq!(
        calendar.world.changes(),
        [
            "snapshot.create snapshot/102/before-restart",
            "guest.reboot guest/102"
        ]
    );
}

#[tokio::test]
async fn a_faulty_runbook_is_refused_with_its_line_and_nothing_is_kept() {
    let calendar = calendar("").await;
    let rows = [
        (
            RUNBOOK.replace("guests.reboot", "guests.rebot"),
            "line 10: there is no operation `guests.rebot`",
        ),
        (
            RUNBOOK.replace("guests.reboot", "inventory.list"),
            "line 10: `inventory.list` changes nothing by itself: a step is an operation with steps of its own",
        ),
        (
            RUNBOOK.replace("guests.reboot", "runbooks.run"),
            "line 10: `runbooks.run` changes nothing by itself: a step is an operation with steps of its own",
        ),
        (
            RUNBOOK.replace("steps:", "stpes:"),
            "line 7: there is no key `stpes`; a runbook has name, summary, parameters, steps",
        ),
        (
            format!("{RUNBOOK}\tx: 1\n"),
            "line 12: a tab indents nothing in YAML: use blanks",
        ),
    ];
    for (source, words) in rows {
        let error = calendar
            .act("runbooks.create", json!({ "source": source }))
            .await
            .unwrap_err();
        assert_eq!(
            (error.code, error.message.as_str()),
            (Code::InvalidInput, words)
        );
    }
    let listed = calendar
        .world
        .query("runbooks.list", json!({}))
        .await
        .unwrap();
    assert_eq!(listed, json!({ "runbooks": [] }));
}

#[tokio::test]
async fn what_is_done_to_runbooks_and_schedules_is_undone_by_the_way_back() {
    let calendar = calendar("").await;
    let undo_last = async || {
        let runs = calendar.world.query("runs.list", json!({})).await.unwrap();
        let run = runs["runs"][0]["id"].clone();
        // The product's own data is put back by the call itself.
        calendar
            .act("runs.undo", json!({ "run": run }))
            .await
            .unwrap();
    };
    let source = async || {
        let name = json!({ "name": "careful-restart" });
        let answer = calendar.world.query("runbooks.export", name).await;
        answer.map(|answer| answer["source"].as_str().unwrap().to_owned())
    };
    calendar
        .act("runbooks.create", json!({ "source": RUNBOOK }))
        .await
        .unwrap();
    let other = RUNBOOK.replace("before-restart", "earlier");
    let replace = json!({ "source": other, "replace": true });
    calendar.act("runbooks.create", replace).await.unwrap();
    undo_last().await;
    assert_eq!(source().await.unwrap(), RUNBOOK);
    calendar
        .act("runbooks.delete", json!({ "name": "careful-restart" }))
        .await
        .unwrap();
    undo_last().await;
    assert_eq!(source().await.unwrap(), RUNBOOK);

    let created = json!({ "name": "night", "calendar": "02:00", "runbook": "careful-restart", "parameters": { "guests": "desk" } });
    calendar.act("schedules.create", created).await.unwrap();
    let before = calendar.show().await;
    let set =
        json!({ "schedule": "night", "calendar": "daily", "windows": ["sat,sun"], "jitter_s": 5 });
    calendar.act("schedules.set", set).await.unwrap();
    undo_last().await;
    assert_eq!(calendar.show().await, before);
    calendar
        .act("schedules.delete", json!({ "schedule": "night" }))
        .await
        .unwrap();
    undo_last().await;
    let after = calendar.show().await;
    assert_eq!(
        (&after["does"], &after["calendar"]),
        (&before["does"], &before["calendar"])
    );
}

#[tokio::test]
async fn a_scheduled_runbook_needs_consent_for_each_of_its_operations() {
    let calendar = calendar(NIGHTLY).await;
    calendar
        .act("runbooks.create", json!({ "source": RUNBOOK }))
        .await
        .unwrap();
    let created = json!({ "name": "night", "calendar": "02:00", "runbook": "careful-restart" });
    calendar.act("schedules.create", created).await.unwrap();
    calendar.turn_to_the_next_time().await;
    calendar.fire().await;
    assert_eq!(
        calendar.last().await.0,
        "waits",
        "the rule speaks of the reboot alone"
    );

    let until = calendar.world.app.registry.clock().now() + Duration::from_hours(240);
    for op in ["snapshots.create", "guests.reboot"] {
        let input = json!({ "op": op, "guests": ["tag=batch"], "until": until.to_string() });
        calendar.act("approvals.grant", input).await.unwrap();
    }
    calendar.turn_to_the_next_time().await;
    calendar.fire().await;
    assert_eq!(calendar.last().await.0, "runs");
}
