//! Plans: what goes in comes out, and the states they may take.

use ops::{
    Actor, Code, Plan, PlanState, Role, Surface,
    ports::{Ledger as _, Opened},
};

use crate::support::{approval, in_memory, open, plan, raw, run, start};

#[tokio::test]
async fn a_plan_comes_back_as_it_was_stored() {
    let store = in_memory().await;
    let plan = plan("p1");
    store.insert_plan(&plan).await.unwrap();
    assert_eq!(store.plan("p1").await.unwrap(), Some(plan));
    assert_eq!(store.plan("p2").await.unwrap(), None);
}

#[tokio::test]
async fn a_plan_is_stored_once() {
    let store = in_memory().await;
    store.insert_plan(&plan("p1")).await.unwrap();
    let error = store.insert_plan(&plan("p1")).await.unwrap_err();
    assert_eq!(
        (error.code, error.message.as_str()),
        (Code::Conflict, "a plan `p1` is stored already")
    );
}

#[tokio::test]
async fn plans_are_listed_newest_first_and_by_state() {
    let store = in_memory().await;
    for id in ["p1", "p2", "p3"] {
        store.insert_plan(&plan(id)).await.unwrap();
    }
    assert!(
        store
            .close_plan("p2", PlanState::Rejected, None)
            .await
            .unwrap()
    );
    let ids = |plans: Vec<Plan>| plans.into_iter().map(|plan| plan.id).collect::<Vec<_>>();
    assert_eq!(ids(store.plans(None, 2).await.unwrap()), ["p3", "p2"]);
    assert_eq!(
        ids(store.plans(Some(PlanState::Proposed), 9).await.unwrap()),
        ["p3", "p1"]
    );
    assert_eq!(
        ids(store.plans(Some(PlanState::Rejected), 9).await.unwrap()),
        ["p2"]
    );
}

/// What is asked of a plan in some state.
#[derive(Clone, Copy, Debug)]
enum Wish {
    Approve,
    Close(PlanState),
}

#[tokio::test]
async fn only_a_proposed_plan_can_be_approved_rejected_or_expired() {
    use PlanState::{Approved, Expired, Proposed, Rejected};
    for from in [Proposed, Approved, Rejected, Expired] {
        for wish in [Wish::Approve, Wish::Close(Rejected), Wish::Close(Expired)] {
            let store = in_memory().await;
            let plan = plan("p1");
            store.insert_plan(&plan).await.unwrap();
            match from {
                Proposed => {}
                Approved => {
                    let opened = store
                        .open_run(&run("r0", &plan), &approval(&plan), None, start())
                        .await;
                    assert_eq!(opened.unwrap(), Opened::Yes);
                }
                Rejected | Expired => assert!(store.close_plan("p1", from, None).await.unwrap()),
            }
            let after = match wish {
                Wish::Approve => {
                    let outcome = store
                        .open_run(&run("r1", &plan), &approval(&plan), None, start())
                        .await;
                    let expected = match from {
                        Proposed => Opened::Yes,
                        Approved => Opened::AlreadyApproved {
                            run_id: Some("r0".to_owned()),
                        },
                        Rejected | Expired => Opened::NotProposed(from),
                    };
                    assert_eq!(outcome.unwrap(), expected, "{from:?} {wish:?}");
                    if from == Proposed { Approved } else { from }
                }
                Wish::Close(to) => {
                    let closed = store.close_plan("p1", to, None).await.unwrap();
                    assert_eq!(closed, from == Proposed, "{from:?} {wish:?}");
                    if from == Proposed { to } else { from }
                }
            };
            let stored = store.plan("p1").await.unwrap().unwrap();
            assert_eq!(stored.state, after, "{from:?} {wish:?}");
            assert_eq!(
                stored.run_id.is_some(),
                after == Approved,
                "{from:?} {wish:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_plan_is_never_closed_as_approved() {
    let store = in_memory().await;
    store.insert_plan(&plan("p1")).await.unwrap();
    let error = store
        .close_plan("p1", PlanState::Approved, None)
        .await
        .unwrap_err();
    assert_eq!(error.code, Code::InvalidInput);
    assert!(
        !store
            .close_plan("p2", PlanState::Rejected, None)
            .await
            .unwrap()
    );
}

async fn spoil(directory: &std::path::Path) {
    let raw = raw(directory).await;
    sqlx::query("UPDATE plans SET body = '{\"from\": \"another version\"}'")
        .execute(&raw)
        .await
        .unwrap();
    raw.close().await;
}

fn unreadable(plan: Plan) -> Plan {
    Plan {
        state: PlanState::Expired,
        created_by: Actor {
            may_approve: false,
            ..Actor::new(plan.created_by.name, Role::Viewer, Surface::Api)
        },
        thread: None,
        steps: Vec::new(),
        ..plan
    }
}

#[tokio::test]
async fn a_plan_that_this_version_cannot_read_is_expired_when_the_store_is_opened() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    store.insert_plan(&plan("p1")).await.unwrap();
    store.close().await;
    spoil(dir.path()).await;
    let store = open(dir.path()).await;
    assert_eq!(
        store.plan("p1").await.unwrap(),
        Some(unreadable(plan("p1")))
    );
    assert_eq!(store.plans(Some(PlanState::Proposed), 9).await.unwrap(), []);
    assert_eq!(
        store.plans(Some(PlanState::Expired), 9).await.unwrap(),
        [unreadable(plan("p1"))]
    );
}

#[tokio::test]
async fn a_plan_that_became_unreadable_cannot_be_approved() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let plan = plan("p1");
    store.insert_plan(&plan).await.unwrap();
    spoil(dir.path()).await;
    let outcome = store
        .open_run(&run("r1", &plan), &approval(&plan), None, start())
        .await
        .unwrap();
    assert_eq!(outcome, Opened::NotProposed(PlanState::Expired));
    assert_eq!(store.run("r1").await.unwrap(), None);
    assert_eq!(store.plan("p1").await.unwrap(), Some(unreadable(plan)));
}
