//! Locks: one run at a time, and never for ever.

use ops::{RunState, ports::Ledger as _};

use crate::{
    engines::{Home, on_both},
    support::opened,
};

async fn a_lock_is_held_until_it_is_given_back(home: Home) {
    let store = home.open().await;
    opened(&store, "r1", None).await;
    opened(&store, "r2", None).await;
    assert!(store.lock("main/101", "r1").await.unwrap());
    assert!(store.lock("main/101", "r1").await.unwrap());
    assert!(!store.lock("main/101", "r2").await.unwrap());
    assert!(store.lock("main/102", "r2").await.unwrap());
    store.unlock("main/101", "r2").await.unwrap();
    assert!(!store.lock("main/101", "r2").await.unwrap());
    store.unlock("main/101", "r1").await.unwrap();
    assert!(store.lock("main/101", "r2").await.unwrap());
}

async fn a_run_gives_back_all_its_locks_and_no_others(home: Home) {
    let store = home.open().await;
    opened(&store, "r1", None).await;
    opened(&store, "r2", None).await;
    for (key, run) in [("a", "r1"), ("b", "r1"), ("c", "r2")] {
        assert!(store.lock(key, run).await.unwrap());
    }
    store.unlock_all("r1").await.unwrap();
    assert!(store.lock("a", "r2").await.unwrap());
    assert!(store.lock("b", "r2").await.unwrap());
    assert!(!store.lock("c", "r1").await.unwrap());
}

async fn the_lock_of_a_run_that_has_ended_is_taken_over(home: Home) {
    let store = home.open().await;
    opened(&store, "r1", None).await;
    opened(&store, "r2", None).await;
    assert!(store.lock("a", "r1").await.unwrap());
    store
        .update_run("r1", RunState::Interrupted, None, None)
        .await
        .unwrap();
    assert!(store.lock("a", "r2").await.unwrap());
    assert!(!store.lock("a", "r1").await.unwrap());
}

async fn of_two_processes_that_want_a_lock_one_gets_it(home: Home) {
    let stores = [home.open().await, home.open().await];
    for run in ["r0", "r1"] {
        opened(&stores[0], run, None).await;
    }
    for round in 0..20 {
        let key = format!("main/{round}");
        let (zero, one) = tokio::join!(stores[0].lock(&key, "r0"), stores[1].lock(&key, "r1"));
        assert!(zero.unwrap() != one.unwrap(), "{key}");
    }
}

on_both!(
    one: [
        a_lock_is_held_until_it_is_given_back,
        a_run_gives_back_all_its_locks_and_no_others,
        the_lock_of_a_run_that_has_ended_is_taken_over,
    ],
    several: [
        of_two_processes_that_want_a_lock_one_gets_it,
    ]
);
