//! Runs: one per plan, whoever races; what is remembered; what is final.

use std::collections::BTreeMap;

use ops::{
    BeforeState, Code, RunState, StepState, TaskRef, Verdict,
    ports::{Ledger as _, Opened, StoredRun},
    run::StepMemory,
};
use serde_json::json;

use crate::{
    engines::{Home, on_both},
    support::{approval, opened, owner, plan, run, start},
};

async fn an_opened_run_comes_back_with_its_approval_owner_and_steps(home: Home) {
    let store = home.open().await;
    let plan = plan("p1");
    store.insert_plan(&plan).await.unwrap();
    let run = run("r1", &plan);
    store
        .open_run(&run, &approval(&plan), Some(&owner(1)), start())
        .await
        .unwrap();
    let expected = StoredRun {
        run,
        approval: approval(&plan),
        memory: vec![StepMemory::default(); 2],
        owner: Some(owner(1)),
        heartbeat_at: Some(start()),
        cancel_requested: false,
    };
    assert_eq!(store.run("r1").await.unwrap(), Some(expected.clone()));
    assert_eq!(store.unfinished_runs().await.unwrap(), [expected]);
    assert_eq!(store.run("r2").await.unwrap(), None);
}

async fn a_run_of_a_plan_that_does_not_exist_is_not_opened(home: Home) {
    let store = home.open().await;
    let plan = plan("p1");
    let outcome = store
        .open_run(&run("r1", &plan), &approval(&plan), None, start())
        .await
        .unwrap();
    assert_eq!(outcome, Opened::NoSuchPlan);
    assert_eq!(store.runs(10).await.unwrap(), []);
}

async fn the_approval_of_another_plan_opens_nothing(home: Home) {
    let store = home.open().await;
    let (one, two) = (plan("p1"), plan("p2"));
    store.insert_plan(&one).await.unwrap();
    let error = store
        .open_run(&run("r1", &one), &approval(&two), None, start())
        .await
        .unwrap_err();
    assert_eq!(error.code, Code::Conflict);
    assert_eq!(store.plan("p1").await.unwrap(), Some(one));
}

async fn a_run_id_that_is_taken_leaves_the_plan_proposed(home: Home) {
    let store = home.open().await;
    opened(&store, "r1", None).await;
    let plan = plan("p1");
    store.insert_plan(&plan).await.unwrap();
    store
        .open_run(&run("r1", &plan), &approval(&plan), None, start())
        .await
        .unwrap_err();
    assert_eq!(store.plan("p1").await.unwrap(), Some(plan));
}

async fn of_many_approvals_at_once_in_two_processes_one_opens_the_run(home: Home) {
    let stores = [home.open().await, home.open().await];
    for round in 0..5 {
        let plan = plan(&format!("p{round}"));
        stores[0].insert_plan(&plan).await.unwrap();
        let mut racers = tokio::task::JoinSet::new();
        for racer in 0..8 {
            let (store, plan) = (stores[racer % 2].clone(), plan.clone());
            racers.spawn(async move {
                let run = run(&format!("r{round}-{racer}"), &plan);
                let outcome = store
                    .open_run(&run, &approval(&plan), None, start())
                    .await
                    .unwrap();
                (run.id, outcome)
            });
        }
        let outcomes = racers.join_all().await;
        let winners: Vec<&String> = outcomes
            .iter()
            .filter(|(_, outcome)| *outcome == Opened::Yes)
            .map(|(run_id, _)| run_id)
            .collect();
        let [winner] = winners[..] else {
            panic!("{outcomes:?}")
        };
        for (_, outcome) in outcomes.iter().filter(|(run_id, _)| run_id != winner) {
            assert_eq!(
                *outcome,
                Opened::AlreadyApproved {
                    run_id: Some(winner.clone())
                }
            );
        }
        assert_eq!(
            stores[1]
                .plan(&plan.id)
                .await
                .unwrap()
                .unwrap()
                .run_id
                .as_ref(),
            Some(winner)
        );
    }
    assert_eq!(stores[1].runs(100).await.unwrap().len(), 5);
}

async fn runs_are_listed_newest_first_with_their_own_steps(home: Home) {
    let store = home.open().await;
    let mut runs = Vec::new();
    for id in ["r1", "r2", "r3"] {
        runs.insert(0, opened(&store, id, None).await);
    }
    assert_eq!(store.runs(2).await.unwrap(), runs[..2]);
}

async fn a_step_keeps_what_the_engine_remembers_of_it(home: Home) {
    let store = home.open().await;
    let run = opened(&store, "r1", None).await;
    let task = TaskRef {
        cluster: "main".to_owned(),
        id: "UPID:pve1:0:".to_owned(),
    };
    let mut step = run.steps[1].clone();
    step.state = StepState::Done;
    step.upid = Some(task.id.clone());
    step.error = Some("none to speak of".to_owned());
    step.verify = Some(Verdict::ok("web-02 is stopped"));
    step.started_at = Some(start());
    step.finished_at = Some(start() + std::time::Duration::from_nanos(1));
    let memory = StepMemory {
        sent_at: Some(start()),
        task: Some(task),
        before: Some(BeforeState(BTreeMap::from([(
            "status".to_owned(),
            json!("running"),
        )]))),
        output: Some(json!({"exit": null})),
        ..StepMemory::default()
    };
    store.update_step("r1", &step, &memory).await.unwrap();
    let stored = store.run("r1").await.unwrap().unwrap();
    assert_eq!(stored.run.steps, [run.steps[0].clone(), step.clone()]);
    assert_eq!(stored.memory, [StepMemory::default(), memory.clone()]);
    "s9".clone_into(&mut step.id);
    let error = store.update_step("r1", &step, &memory).await.unwrap_err();
    assert_eq!(
        (error.code, error.message.as_str()),
        (Code::NotFound, "there is no step `s9` in run `r1`")
    );
}

async fn times_that_are_not_given_stay_as_they_are(home: Home) {
    let store = home.open().await;
    opened(&store, "r1", None).await;
    let later = start() + std::time::Duration::from_secs(5);
    store
        .update_run("r1", RunState::Running, Some(start()), None)
        .await
        .unwrap();
    store
        .update_run("r1", RunState::Succeeded, None, Some(later))
        .await
        .unwrap();
    let run = store.run("r1").await.unwrap().unwrap().run;
    assert_eq!(
        (run.state, run.started_at, run.finished_at),
        (RunState::Succeeded, Some(start()), Some(later))
    );
    assert_eq!(store.unfinished_runs().await.unwrap(), []);
}

async fn a_final_run_stays_as_it_ended(home: Home) {
    let store = home.open().await;
    opened(&store, "r1", None).await;
    store
        .update_run("r1", RunState::Failed, None, None)
        .await
        .unwrap();
    store
        .update_run("r1", RunState::Failed, None, None)
        .await
        .unwrap();
    let error = store
        .update_run("r1", RunState::Running, None, None)
        .await
        .unwrap_err();
    assert_eq!(
        (error.code, error.message.as_str()),
        (
            Code::Conflict,
            "run `r1` has ended as `failed` and cannot become `running`"
        )
    );
    let error = store
        .update_run("r2", RunState::Running, None, None)
        .await
        .unwrap_err();
    assert_eq!(error.code, Code::NotFound);
    assert_eq!(
        store.run("r1").await.unwrap().unwrap().run.state,
        RunState::Failed
    );
}

async fn the_end_of_a_run_can_be_asked_for_until_it_has_ended(home: Home) {
    let store = home.open().await;
    opened(&store, "r1", None).await;
    assert!(store.request_cancel("r1").await.unwrap());
    assert!(store.run("r1").await.unwrap().unwrap().cancel_requested);
    store
        .update_run("r1", RunState::Cancelled, None, None)
        .await
        .unwrap();
    assert!(!store.request_cancel("r1").await.unwrap());
    assert!(!store.request_cancel("r2").await.unwrap());
}

on_both!(
    one: [
        an_opened_run_comes_back_with_its_approval_owner_and_steps,
        a_run_of_a_plan_that_does_not_exist_is_not_opened,
        the_approval_of_another_plan_opens_nothing,
        a_run_id_that_is_taken_leaves_the_plan_proposed,
        runs_are_listed_newest_first_with_their_own_steps,
        a_step_keeps_what_the_engine_remembers_of_it,
        times_that_are_not_given_stay_as_they_are,
        a_final_run_stays_as_it_ended,
        the_end_of_a_run_can_be_asked_for_until_it_has_ended,
    ],
    several: [
        of_many_approvals_at_once_in_two_processes_one_opens_the_run,
    ]
);
