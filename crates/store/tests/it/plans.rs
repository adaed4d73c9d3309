//! Plans: what goes in comes out, and the states they may take.

use ops::{
    Actor, Code, Plan, PlanState, Role, Surface,
    ports::{Ledger as _, Opened},
};

use crate::{
    engines::{Home, on_both},
    support::{approval, plan, run, start},
};

async fn a_plan_comes_back_as_it_was_stored(home: Home) {
    let store = home.open().await;
    let plan = plan("p1");
    store.insert_plan(&plan).await.unwrap();
    assert_eq!(store.plan("p1").await.unwrap(), Some(plan));
    assert_eq!(store.plan("p2").await.unwrap(), None);
}

async fn a_plan_is_stored_once(home: Home) {
    let store = home.open().await;
    store.insert_plan(&plan("p1")).await.unwrap();
    let error = store.insert_plan(&plan("p1")).await.unwrap_err();
    assert_eq!(
        (error.code, error.message.as_str()),
        (Code::Conflict, "a plan `p1` is stored already")
    );
}

async fn plans_are_listed_newest_first_and_by_state(home: Home) {
    let store = home.open().await;
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

async fn only_a_proposed_plan_can_be_approved_rejected_or_expired(home: Home) {
    use PlanState::{Approved, Expired, Proposed, Rejected};
    let store = home.open().await;
    for from in [Proposed, Approved, Rejected, Expired] {
        for wish in [Wish::Approve, Wish::Close(Rejected), Wish::Close(Expired)] {
            let case = format!("{from:?}-{wish:?}");
            let plan = plan(&case);
            let run = |number: u8| run(&format!("r{number}-{case}"), &plan);
            store.insert_plan(&plan).await.unwrap();
            match from {
                Proposed => {}
                Approved => {
                    let opened = store
                        .open_run(&run(0), &approval(&plan), None, start())
                        .await;
                    assert_eq!(opened.unwrap(), Opened::Yes);
                }
                Rejected | Expired => {
                    assert!(store.close_plan(&plan.id, from, None).await.unwrap());
                }
            }
            let after = match wish {
                Wish::Approve => {
                    let outcome = store
                        .open_run(&run(1), &approval(&plan), None, start())
                        .await;
                    let expected = match from {
                        Proposed => Opened::Yes,
                        Approved => Opened::AlreadyApproved {
                            run_id: Some(run(0).id),
                        },
                        Rejected | Expired => Opened::NotProposed(from),
                    };
                    assert_eq!(outcome.unwrap(), expected, "{from:?} {wish:?}");
                    if from == Proposed { Approved } else { from }
                }
                Wish::Close(to) => {
                    let closed = store.close_plan(&plan.id, to, None).await.unwrap();
                    assert_eq!(closed, from == Proposed, "{from:?} {wish:?}");
                    if from == Proposed { to } else { from }
                }
            };
            let stored = store.plan(&plan.id).await.unwrap().unwrap();
            assert_eq!(stored.state, after, "{from:?} {wish:?}");
            assert_eq!(
                stored.run_id.is_some(),
                after == Approved,
                "{from:?} {wish:?}"
            );
        }
    }
}

async fn a_plan_is_never_closed_as_approved(home: Home) {
    let store = home.open().await;
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

async fn spoil(home: &Home) {
    home.execute("UPDATE plans SET body = '{\"from\": \"another version\"}'")
        .await;
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

async fn a_plan_that_this_version_cannot_read_is_expired_when_the_store_is_opened(home: Home) {
    let store = home.open().await;
    store.insert_plan(&plan("p1")).await.unwrap();
    store.close().await;
    spoil(&home).await;
    let store = home.open().await;
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

async fn a_plan_that_became_unreadable_cannot_be_approved(home: Home) {
    let store = home.open().await;
    let plan = plan("p1");
    store.insert_plan(&plan).await.unwrap();
    spoil(&home).await;
    let outcome = store
        .open_run(&run("r1", &plan), &approval(&plan), None, start())
        .await
        .unwrap();
    assert_eq!(outcome, Opened::NotProposed(PlanState::Expired));
    assert_eq!(store.run("r1").await.unwrap(), None);
    assert_eq!(store.plan("p1").await.unwrap(), Some(unreadable(plan)));
}

on_both!(
    one: [
        a_plan_comes_back_as_it_was_stored,
        a_plan_is_stored_once,
        plans_are_listed_newest_first_and_by_state,
        only_a_proposed_plan_can_be_approved_rejected_or_expired,
        a_plan_is_never_closed_as_approved,
    ],
    several: [
        a_plan_that_this_version_cannot_read_is_expired_when_the_store_is_opened,
        a_plan_that_became_unreadable_cannot_be_approved,
    ]
);
