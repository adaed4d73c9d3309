//! Who carries a run out, who is alive, and how a run changes hands.

use std::time::Duration;

use ops::{RunState, ports::Ledger as _};

use crate::{
    engines::{Home, on_both},
    support::{opened, owner, start},
};

async fn a_heartbeat_reaches_the_unfinished_runs_of_its_process_alone(home: Home) {
    let store = home.open().await;
    for (run, pid) in [
        ("r1", Some(1)),
        ("r2", Some(1)),
        ("r3", Some(2)),
        ("r4", None),
    ] {
        opened(&store, run, pid.map(owner).as_ref()).await;
    }
    store
        .update_run("r2", RunState::Succeeded, None, None)
        .await
        .unwrap();
    let later = start() + Duration::from_secs(2);
    store.heartbeat(&owner(1), false, later).await.unwrap();
    let mut beats = Vec::new();
    for run in ["r1", "r2", "r3", "r4"] {
        beats.push(store.run(run).await.unwrap().unwrap().heartbeat_at);
    }
    assert_eq!(beats, [Some(later), Some(start()), Some(start()), None]);
}

async fn servers_are_those_that_serve_and_were_heard_of_lately(home: Home) {
    let store = home.open().await;
    let at = |second: u64| start() + Duration::from_secs(second);
    store.heartbeat(&owner(1), true, at(0)).await.unwrap();
    store.heartbeat(&owner(2), true, at(5)).await.unwrap();
    store.heartbeat(&owner(3), false, at(5)).await.unwrap();
    store.heartbeat(&owner(4), true, at(6)).await.unwrap();
    assert_eq!(store.servers(at(0)).await.unwrap(), [owner(4), owner(2)]);
    store.heartbeat(&owner(1), true, at(7)).await.unwrap();
    assert_eq!(
        store.servers(at(0)).await.unwrap(),
        [owner(1), owner(4), owner(2)]
    );
    store.heartbeat(&owner(1), false, at(8)).await.unwrap();
    assert_eq!(store.servers(at(5)).await.unwrap(), [owner(4)]);
}

async fn a_run_changes_hands_only_from_the_owner_it_was_seen_with(home: Home) {
    let store = home.open().await;
    opened(&store, "r1", Some(&owner(1))).await;
    let now = start() + Duration::from_secs(40);
    assert!(!store.claim("r1", None, &owner(2), now).await.unwrap());
    assert!(
        !store
            .claim("r1", Some(&owner(3)), &owner(2), now)
            .await
            .unwrap()
    );
    assert!(
        store
            .claim("r1", Some(&owner(1)), &owner(2), now)
            .await
            .unwrap()
    );
    assert!(
        !store
            .claim("r1", Some(&owner(1)), &owner(3), now)
            .await
            .unwrap()
    );
    let stored = store.run("r1").await.unwrap().unwrap();
    assert_eq!(
        (stored.owner, stored.heartbeat_at),
        (Some(owner(2)), Some(now))
    );
}

async fn a_run_that_nobody_owns_can_be_claimed_and_one_that_ended_cannot(home: Home) {
    let store = home.open().await;
    opened(&store, "r1", None).await;
    assert!(store.claim("r1", None, &owner(2), start()).await.unwrap());
    store
        .update_run("r1", RunState::Failed, None, None)
        .await
        .unwrap();
    assert!(
        !store
            .claim("r1", Some(&owner(2)), &owner(3), start())
            .await
            .unwrap()
    );
}

async fn of_many_processes_that_claim_a_run_one_gets_it(home: Home) {
    let stores = [home.open().await, home.open().await];
    opened(&stores[0], "r1", Some(&owner(1))).await;
    let mut racers = tokio::task::JoinSet::new();
    for racer in 0..6 {
        let store = stores[racer % 2].clone();
        racers.spawn(async move {
            let pid = 10 + racer as u32;
            let won = store
                .claim("r1", Some(&owner(1)), &owner(pid), start())
                .await
                .unwrap();
            won.then_some(pid)
        });
    }
    let winners: Vec<u32> = racers.join_all().await.into_iter().flatten().collect();
    let [winner] = winners[..] else {
        panic!("{winners:?}")
    };
    assert_eq!(
        stores[0].run("r1").await.unwrap().unwrap().owner,
        Some(owner(winner))
    );
}

on_both!(
    one: [
        a_heartbeat_reaches_the_unfinished_runs_of_its_process_alone,
        servers_are_those_that_serve_and_were_heard_of_lately,
        a_run_changes_hands_only_from_the_owner_it_was_seen_with,
        a_run_that_nobody_owns_can_be_claimed_and_one_that_ended_cannot,
    ],
    several: [
        of_many_processes_that_claim_a_run_one_gets_it,
    ]
);
