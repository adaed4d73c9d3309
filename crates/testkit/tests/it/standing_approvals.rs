//! Consent that a person gives beforehand, on a cluster.

use ops::{
    Actor, Call, Code, PlanState, Role, RunState, Surface, ports::Accounts as _,
    registry::Consented,
};
use serde_json::{Value, json};
use testkit::World;

use crate::policy::{Ruled, anna, ben, call, guests, refused, ruled};

fn standing(until: &impl ToString) -> Value {
    json!({ "op": "guests.reboot", "guests": ["tag=batch"], "until": until.to_string() })
}

fn tomorrow(ruled: &Ruled) -> jiff::Timestamp {
    ruled.world.app.registry.clock().now() + std::time::Duration::from_hours(24)
}

#[tokio::test]
async fn a_standing_approval_counts_as_its_persons_yes_until_it_is_revoked() {
    let ruled = ruled("").await;
    let granted = ruled
        .done(&ben(), "approvals.grant", standing(&tomorrow(&ruled)))
        .await;
    let id = granted["id"].as_str().unwrap();
    assert_eq!(granted["by"], "ben");
    let night = call("anna", Role::Admin, Surface::Schedule);
    let reboot = |names: &'static [&str]| ruled.plan(&night, "guests.reboot", guests(names));

    let plan = reboot(&["tag=batch"]).await.unwrap();
    assert_eq!(plan.state, PlanState::Approved);
    let run = ruled.run(&plan).await;
    assert_eq!(run.approved_by, format!("standing approval {id} of ben"));
    assert_eq!(ruled.ends(&plan).await, RunState::Succeeded);
    // Another guest, another operation: somebody is asked.
    assert_eq!(
        reboot(&["job-1", "desk"]).await.unwrap().state,
        PlanState::Proposed
    );
    let stop = ruled.plan(&night, "guests.stop", guests(&["job-1"])).await;
    assert_eq!(stop.unwrap().state, PlanState::Proposed);

    let revoked = ruled
        .done(&anna(), "approvals.revoke", json!({ "id": id }))
        .await;
    assert_eq!(revoked, json!({ "id": id, "revoked": true }));
    assert_eq!(reboot(&["job-1"]).await.unwrap().state, PlanState::Proposed);
    let list = ruled
        .world
        .query("approvals.list", json!({}))
        .await
        .unwrap();
    assert_eq!(list["approvals"][0]["why_not"], "revoked by anna");
}

#[tokio::test]
async fn a_standing_approval_ends_with_its_persons_rights_and_its_time() {
    let ruled = ruled("").await;
    let reboot = async || {
        let night = call("anna", Role::Admin, Surface::Schedule);
        ruled
            .plan(&night, "guests.reboot", guests(&["job-1"]))
            .await
    };
    ruled
        .done(&ben(), "approvals.grant", standing(&tomorrow(&ruled)))
        .await;
    ruled.world.app.store.delete_user("ben").await.unwrap();
    assert_eq!(reboot().await.unwrap().state, PlanState::Proposed);
    ruled
        .world
        .app
        .store
        .create_user("ben", Role::Viewer, "correct horse battery")
        .await
        .unwrap();
    assert_eq!(
        reboot().await.unwrap().state,
        PlanState::Proposed,
        "a viewer approves nothing, now or beforehand"
    );

    ruled
        .done(&anna(), "approvals.grant", standing(&tomorrow(&ruled)))
        .await;
    ruled
        .world
        .clock
        .advance(std::time::Duration::from_hours(25));
    assert_eq!(reboot().await.unwrap().state, PlanState::Proposed);
}

#[tokio::test]
async fn what_loses_data_is_approved_beforehand_only_where_the_policy_says_so() {
    let ruled = ruled("").await;
    let grant = async || {
        let input = json!({
            "op": "snapshots.delete", "guests": ["tag=batch"], "until": tomorrow(&ruled).to_string(),
        });
        ruled.act(&anna(), "approvals.grant", input).await
    };
    let error = grant().await.unwrap_err();
    refused(&error, "what loses data is not approved beforehand");
    ruled.write("standing_approvals.destructive = true\n");
    assert!(grant().await.is_ok());
    // What was written is worth nothing once the policy says no again.
    let night = call("ben", Role::Operator, Surface::Schedule);
    let input = json!({ "guests": ["job-1"], "name": "old" });
    ruled
        .world
        .carry_out("snapshots.create", input.clone())
        .await;
    ruled.write("");
    let plan = ruled
        .plan(&night, "snapshots.delete", input.clone())
        .await
        .unwrap();
    assert_eq!(plan.state, PlanState::Proposed);
    ruled.write("standing_approvals.destructive = true\n");
    let plan = ruled.plan(&night, "snapshots.delete", input).await.unwrap();
    assert_eq!(plan.state, PlanState::Approved);
    assert_eq!(ruled.ends(&plan).await, RunState::Succeeded);
}

/// A token that was made at the command line: it is nobody's account.
fn stranger() -> Call {
    Call::new(Actor {
        owner: Some("local".to_owned()),
        ..Actor::new("deploy", Role::Admin, Surface::Api)
    })
}

#[tokio::test]
async fn the_command_line_grants_as_the_owner_of_the_machine_until_it_is_revoked() {
    let ruled = ruled("").await;
    let local = call("local", Role::Admin, Surface::Cli);
    let granted = ruled
        .done(&local, "approvals.grant", standing(&tomorrow(&ruled)))
        .await;
    let id = granted["id"].as_str().unwrap();
    assert_eq!(
        (&granted["by"], &granted["in_force"]),
        (&json!("local"), &json!(true))
    );
    let reboot = async || {
        let night = call("anna", Role::Admin, Surface::Schedule);
        ruled
            .plan(&night, "guests.reboot", guests(&["job-1"]))
            .await
    };
    let plan = reboot().await.unwrap();
    let run = ruled.run(&plan).await;
    assert_eq!(run.approved_by, format!("standing approval {id} of local"));
    assert_eq!(ruled.ends(&plan).await, RunState::Succeeded);
    ruled
        .done(&anna(), "approvals.revoke", json!({ "id": id }))
        .await;
    assert_eq!(reboot().await.unwrap().state, PlanState::Proposed);
}

#[tokio::test]
async fn a_name_at_the_command_line_brings_no_account_of_that_name_back() {
    let ruled = ruled("").await;
    ruled
        .done(&ben(), "approvals.grant", standing(&tomorrow(&ruled)))
        .await;
    ruled.world.app.store.delete_user("ben").await.unwrap();
    // Somebody of the same name grants something else at the command line.
    let mut other = standing(&tomorrow(&ruled));
    other["op"] = json!("guests.stop");
    ruled
        .done(
            &call("ben", Role::Admin, Surface::Cli),
            "approvals.grant",
            other,
        )
        .await;
    let night = call("anna", Role::Admin, Surface::Schedule);
    let reboot = ruled
        .plan(&night, "guests.reboot", guests(&["job-1"]))
        .await;
    assert_eq!(reboot.unwrap().state, PlanState::Proposed);
    let stop = ruled.plan(&night, "guests.stop", guests(&["job-1"])).await;
    assert_eq!(stop.unwrap().state, PlanState::Approved);
}

#[tokio::test]
async fn a_standing_approval_that_cannot_be_meant_is_refused_with_one_sentence() {
    let ruled = ruled("").await;
    let until = tomorrow(&ruled).to_string();
    let with = |field: &str, value: Value| {
        let mut input = standing(&until);
        input[field] = value;
        input
    };
    let rows = [
        (
            anna(),
            with("op", json!("inventory.list")),
            "`inventory.list` changes no cluster: there is nothing to approve beforehand",
        ),
        (
            anna(),
            with("op", json!("runs.undo")),
            "`runs.undo` is made of other operations and has no steps of its own",
        ),
        (
            anna(),
            with("guests", json!([])),
            "guests: a standing approval names its guests",
        ),
        (
            anna(),
            with("guests", json!(["status=running"])),
            "guests: a standing approval cannot rest on `status`, which changes by itself or is not known of every guest",
        ),
        (
            anna(),
            with("times", json!(["noon"])),
            "times: `noon` is no time: `noon` is no day; write days and hours as in `mon..fri 22:00-06:00`",
        ),
        (
            anna(),
            with("time_zone", json!("Moon")),
            "time_zone: there is no time zone `Moon`",
        ),
        (
            anna(),
            with("until", json!("2999-01-01T00:00:00Z")),
            "until: a standing approval ends within 366 days",
        ),
        (
            call("anna", Role::Viewer, Surface::Web),
            standing(&until),
            "anna is viewer and may not use `approvals.grant`",
        ),
        (
            World::admin(),
            with("guests", json!(["tag=="])),
            "guests: selector `tag==`: there is one `=` too many; `key=value` compares, as in `tag=prod`",
        ),
        (
            World::admin(),
            with("guests", json!(["tag=batch or tag=web"])),
            "guests: selector `tag=batch or tag=web`: `or` is read as the name of a guest; a blank means and, a comma between values or a list of selectors means or, `!` means not (`name=or` is a guest of that name)",
        ),
        // The mistake is told, also to who may not grant it in the end.
        (
            stranger(),
            with("times", json!(["noon"])),
            "times: `noon` is no time: `noon` is no day; write days and hours as in `mon..fri 22:00-06:00`",
        ),
        (
            stranger(),
            standing(&until),
            "there is no account `local`: a standing approval is of a person whose rights can end",
        ),
    ];
    for (call, input, words) in rows {
        let error = ruled
            .act(&call, "approvals.grant", input.clone())
            .await
            .unwrap_err();
        assert_eq!(error.message, words, "{input}");
    }
}

#[tokio::test]
async fn under_a_rule_for_two_a_standing_approval_is_one_of_them() {
    let ruled = ruled(
        "[[rule]]\nname = \"batch\"\nguests = \"tag=batch\"\ndecision = \"ask\"\npeople = 2\n",
    )
    .await;
    ruled
        .done(&ben(), "approvals.grant", standing(&tomorrow(&ruled)))
        .await;
    let night = call("anna", Role::Admin, Surface::Schedule);
    let plan = ruled
        .plan(&night, "guests.reboot", guests(&["job-1"]))
        .await
        .unwrap();
    assert_eq!(plan.state, PlanState::Proposed);
    assert_eq!(plan.approvals.len(), 1);
    let error = ruled.consent(&plan, &ben().actor).await.unwrap_err();
    assert_eq!(error.code, Code::Conflict, "{error}");
    let Consented::Runs(run) = ruled.consent(&plan, &anna().actor).await.unwrap() else {
        panic!("two people agreed");
    };
    assert!(
        run.approved_by.ends_with("of ben, anna"),
        "{}",
        run.approved_by
    );
    assert_eq!(ruled.ends(&plan).await, RunState::Succeeded);
}
