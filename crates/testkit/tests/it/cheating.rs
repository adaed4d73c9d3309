//! Everything that must not work: changes without the right person's consent to this very plan.

use std::time::Duration;

use ops::{
    Actor, Code, Error, Plan, PlanState, Risk, Role, RunState, StepState, Surface, gate::Consent,
    ports::Ledger as _,
};
use serde_json::{Value, json};
use testkit::{Cluster, Guest, Machine, World};

const DESTRUCTIVE: &str = "snapshots.delete";

fn input() -> Value {
    json!({ "guests": ["web-01"], "name": "before" })
}

fn cluster() -> Cluster {
    Cluster::default().without(101).guest(
        Guest::vm(101, "web-01", "pve1")
            .running()
            .tags(&["web"])
            .snapshot("before"),
    )
}

async fn world() -> World {
    World::builder().cluster(cluster()).build().await
}

/// What a cheat gets, while the cluster is asked for nothing.
async fn refused(world: &World, plan: &str, consent: Consent) -> Error {
    let error = world
        .app
        .registry
        .approve(plan, consent)
        .await
        .expect_err("must be refused");
    assert!(
        world.sim().calls().is_empty(),
        "{error}: {:?}",
        world.sim().calls()
    );
    assert_eq!(world.app.store.runs(10).await.unwrap(), [], "{error}");
    error
}

fn admin() -> Actor {
    World::admin().actor
}

#[tokio::test]
async fn only_an_admin_on_a_persons_surface_consents_to_destructive_work() {
    let world = world().await;
    let plan = world.plan(DESTRUCTIVE, input()).await.unwrap();
    assert_eq!(plan.risk, Risk::Destructive);
    for role in Role::ALL {
        for surface in Surface::ALL {
            if role == Role::Admin && surface.is_a_persons() {
                continue;
            }
            let consent = World::consent(&plan, World::actor(role, surface));
            let error = refused(&world, &plan.id, consent).await;
            assert_eq!(
                error.code,
                Code::Forbidden,
                "{role:?} on {surface:?}: {error}"
            );
        }
    }
    let planner = Actor {
        may_approve: false,
        ..World::actor(Role::Admin, Surface::Api)
    };
    let error = refused(&world, &plan.id, World::consent(&plan, planner)).await;
    assert_eq!(
        error.message,
        "the token of admin on api may plan but not approve"
    );

    let run = world.approve(&plan).await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(
        run.state,
        RunState::Succeeded,
        "and the right person can: {run:?}"
    );
    assert_eq!(world.changes(), ["snapshot.delete snapshot/101/before"]);
}

#[tokio::test]
async fn an_operators_consent_counts_up_to_disruptive() {
    let world = world().await;
    let plan = world
        .plan("guests.stop", json!({ "guests": ["web-01"] }))
        .await
        .unwrap();
    for surface in [Surface::Chat, Surface::Mcp, Surface::Schedule] {
        let consent = World::consent(&plan, World::actor(Role::Operator, surface));
        assert_eq!(
            refused(&world, &plan.id, consent).await.code,
            Code::Forbidden
        );
    }
    let consent = World::consent(&plan, World::operator().actor);
    let run = world.app.registry.approve(&plan.id, consent).await.unwrap();
    assert_eq!(world.run_to_end(&run.id).await.state, RunState::Succeeded);
    assert_eq!(world.changes(), ["guest.stop guest/101"]);
}

#[tokio::test]
async fn a_viewer_cannot_even_wish() {
    let world = world().await;
    for surface in Surface::ALL {
        let call = World::call(Role::Viewer, surface);
        let error = world
            .app
            .registry
            .act(&call, "guests.start", json!({ "guests": ["db-01"] }))
            .await
            .unwrap_err();
        assert_eq!(error.code, Code::Forbidden, "{surface:?}");
    }
    assert_eq!(world.app.store.plans(None, 10).await.unwrap(), []);
    assert!(world.sim().calls().is_empty());
}

#[tokio::test]
async fn consent_is_to_the_digest_of_this_plan_and_to_nothing_else() {
    let world = world().await;
    let plan = world.plan(DESTRUCTIVE, input()).await.unwrap();
    let other = world
        .plan("guests.stop", json!({ "guests": ["web-02"] }))
        .await
        .unwrap();

    let digest = |digest: &str| Consent {
        digest: digest.to_owned(),
        ..World::consent(&plan, admin())
    };
    for wrong in [
        "",
        &"0".repeat(64),
        &other.digest,
        &plan.digest.to_uppercase(),
    ] {
        let error = refused(&world, &plan.id, digest(wrong)).await;
        assert_eq!(error.code, Code::DigestMismatch, "{wrong}: {error}");
    }
    let error = refused(&world, &other.id, World::consent(&plan, admin())).await;
    assert_eq!(
        error.code,
        Code::DigestMismatch,
        "consent to one plan, id of another"
    );
    for foreign in ["p_0", "", "../../etc/passwd", &"x".repeat(100_000)] {
        let error = refused(&world, foreign, World::consent(&plan, admin())).await;
        assert_eq!(error.code, Code::NotFound, "{error}");
        assert!(error.message.len() < 200, "{}", error.message.len());
    }
}

#[tokio::test]
async fn destructive_work_needs_the_name_typed() {
    let world = world().await;
    let plan = world.plan(DESTRUCTIVE, input()).await.unwrap();
    let typed = |confirm: Option<&str>| Consent {
        confirm: confirm.map(str::to_owned),
        ..World::consent(&plan, admin())
    };
    let error = refused(&world, &plan.id, typed(None)).await;
    assert_eq!(
        (error.code, error.message.as_str()),
        (
            Code::ConfirmRequired,
            "this cannot be taken back: type `web-01` to confirm"
        )
    );
    for wrong in ["", "yes", "WEB-01", "web-02", "web-01 web-02"] {
        let error = refused(&world, &plan.id, typed(Some(wrong))).await;
        assert_eq!(error.code, Code::ConfirmMismatch, "{wrong}");
    }
}

/// The plan, altered on its way through the ledger, under an id of its own.
async fn smuggle(world: &World, plan: &Plan, alter: impl FnOnce(&mut Plan)) -> Plan {
    let mut altered = plan.clone();
    altered.id = format!("{}x", plan.id);
    alter(&mut altered);
    world.app.store.insert_plan(&altered).await.unwrap();
    altered
}

type Alteration = fn(&mut Plan);

#[tokio::test]
async fn a_plan_that_was_altered_in_the_store_is_not_carried_out() {
    let alterations: [(&str, Alteration); 6] = [
        ("another guest", |plan| {
            plan.steps[0].input["guest"]["vmid"] = json!(102);
            plan.steps[0].input["guest"]["node"] = json!("pve2");
        }),
        ("another snapshot", |plan| {
            plan.steps[0].input["name"] = json!("other");
        }),
        ("one step more", |plan| {
            let mut more = plan.steps[0].clone();
            more.id = "s2".to_owned();
            plan.steps.push(more);
        }),
        ("milder facts", |plan| {
            plan.steps[0].preconditions.state.clear();
        }),
        ("another title", |plan| {
            plan.steps[0].title = "Nothing much".to_owned();
        }),
        ("no dependencies", |plan| {
            plan.steps[0].depends_on = vec!["s9".to_owned()];
        }),
    ];
    for (what, alter) in alterations {
        let world = world().await;
        let plan = world.plan(DESTRUCTIVE, input()).await.unwrap();
        let altered = smuggle(&world, &plan, alter).await;
        let error = refused(&world, &altered.id, World::consent(&plan, admin())).await;
        assert_eq!(error.code, Code::DigestMismatch, "{what}: {error}");
    }
}

#[tokio::test]
async fn a_milder_label_does_not_help_an_operator_nor_fool_an_admin() {
    let world = world().await;
    let plan = world.plan(DESTRUCTIVE, input()).await.unwrap();
    // Even with a digest that fits: the risk is judged again from the steps.
    let altered = smuggle(&world, &plan, |plan| {
        plan.risk = Risk::Reversible;
        plan.confirm = None;
        plan.digest = plan.compute_digest();
    })
    .await;
    let consent = World::consent(&altered, World::operator().actor);
    assert_eq!(
        refused(&world, &altered.id, consent).await.code,
        Code::Forbidden
    );
    let error = refused(&world, &altered.id, World::consent(&altered, admin())).await;
    assert_eq!(
        (error.code, error.message),
        (
            Code::DigestMismatch,
            format!(
                "plan {} is labelled reversible but is destructive",
                altered.id
            )
        )
    );
}

#[tokio::test]
async fn typing_a_name_cannot_be_removed_from_a_stored_plan() {
    let world = world().await;
    let plan = world.plan(DESTRUCTIVE, input()).await.unwrap();
    let altered = smuggle(&world, &plan, |plan| plan.confirm = None).await;
    let error = refused(&world, &altered.id, World::consent(&altered, admin())).await;
    assert!(
        matches!(error.code, Code::ConfirmRequired | Code::DigestMismatch),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_plan_of_somebody_who_may_not_wish_cannot_be_approved() {
    let world = world().await;
    let plan = world.plan(DESTRUCTIVE, input()).await.unwrap();
    let altered = smuggle(&world, &plan, |plan| {
        plan.created_by = World::viewer().actor;
    })
    .await;
    let error = refused(&world, &altered.id, World::consent(&altered, admin())).await;
    assert_eq!(error.code, Code::Forbidden, "{error}");
}

#[tokio::test]
async fn an_expired_plan_stays_expired() {
    let world = world().await;
    let plan = world.plan(DESTRUCTIVE, input()).await.unwrap();
    world.clock.advance(Duration::from_mins(15));
    let error = refused(&world, &plan.id, World::consent(&plan, admin())).await;
    assert_eq!(
        (error.code, error.message, error.hint.as_deref()),
        (
            Code::PlanExpired,
            format!("plan {} expired at {}", plan.id, plan.expires_at),
            Some("plan again: the cluster may have changed since")
        )
    );
    assert_eq!(
        world.app.registry.plan(&plan.id).await.unwrap().state,
        PlanState::Expired
    );
    let error = world
        .app
        .registry
        .reject(&plan.id, &admin())
        .await
        .unwrap_err();
    assert_eq!(error.code, Code::PlanExpired);
}

#[tokio::test]
async fn a_plan_is_good_until_the_last_second() {
    let world = world().await;
    let plan = world.plan(DESTRUCTIVE, input()).await.unwrap();
    world.clock.advance(Duration::from_secs(15 * 60 - 30));
    let run = world.approve(&plan).await.unwrap();
    assert_eq!(world.run_to_end(&run.id).await.state, RunState::Succeeded);
}

#[tokio::test]
async fn a_rejected_plan_cannot_be_approved_and_only_people_who_may_can_reject() {
    let world = world().await;
    let plan = world.plan(DESTRUCTIVE, input()).await.unwrap();
    for (role, surface) in [
        (Role::Viewer, Surface::Web),
        (Role::Admin, Surface::Chat),
        (Role::Operator, Surface::Mcp),
    ] {
        let actor = World::actor(role, surface);
        let error = world
            .app
            .registry
            .reject(&plan.id, &actor)
            .await
            .unwrap_err();
        assert_eq!(error.code, Code::Forbidden);
    }
    let rejected = world
        .app
        .registry
        .reject(&plan.id, &World::operator().actor)
        .await
        .unwrap();
    assert_eq!(rejected.state, PlanState::Rejected);
    let error = refused(&world, &plan.id, World::consent(&plan, admin())).await;
    assert_eq!(error.code, Code::PlanRejected);
    let error = world
        .app
        .registry
        .reject(&plan.id, &admin())
        .await
        .unwrap_err();
    assert_eq!(error.code, Code::PlanRejected);
}

#[tokio::test]
async fn an_approval_counts_once_however_often_it_is_sent() {
    let world = world().await;
    let plan = world
        .plan("guests.stop", json!({ "guests": ["web-01"] }))
        .await
        .unwrap();
    let (a, b, c, d) = tokio::join!(
        world.approve(&plan),
        world.approve(&plan),
        world.approve(&plan),
        world.approve(&plan)
    );
    let all = [a, b, c, d];
    let run = all
        .iter()
        .find_map(|answer| answer.as_ref().ok())
        .expect("one got it")
        .clone();
    for answer in &all {
        match answer {
            Ok(same) => assert_eq!(same.id, run.id),
            Err(error) => assert_eq!(error.code, Code::PlanAlreadyApproved, "{error}"),
        }
    }
    assert_eq!(all.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert_eq!(world.run_to_end(&run.id).await.state, RunState::Succeeded);

    let error = world.approve(&plan).await.unwrap_err();
    assert_eq!(
        (error.code, error.hint),
        (
            Code::PlanAlreadyApproved,
            Some(format!("its run is {}", run.id))
        )
    );
    assert_eq!(world.changes(), ["guest.stop guest/101"]);
}

#[tokio::test]
async fn a_row_that_is_edited_between_approval_and_execution_is_not_carried_out() {
    let world = World::builder()
        .cluster(cluster())
        .on_disk()
        .without_background()
        .build()
        .await;
    // A server lives, so the command only writes the run.
    let machine = Machine::new();
    let server = world.process(machine.process(), true).await;
    server.registry.supervise_once().await.unwrap();
    let command = world.process(machine.process(), false).await;
    let plan = world
        .plan("guests.stop", json!({ "guests": ["web-01"] }))
        .await
        .unwrap();
    let consent = World::consent(&plan, admin());
    let run = command.registry.approve(&plan.id, consent).await.unwrap();
    assert_eq!(run.state, RunState::Queued);

    let edited = world.edit_rows(&[
        "UPDATE plans SET body = replace(replace(body, '101', '102'), 'pve1', 'pve2')",
    ]);
    assert_eq!(edited.await, 1);
    server.registry.supervise_once().await.unwrap();
    let run = world.run_to_end(&run.id).await;
    assert_eq!(run.steps[0].state, StepState::NotExecuted, "{run:?}");
    assert_eq!(world.sim().calls(), []);
    assert!(
        matches!(run.state, RunState::Failed | RunState::Refused),
        "{run:?}"
    );
}
