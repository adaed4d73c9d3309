//! Events of runs: numbered from one, without holes, whoever writes.

use ops::{RunEvent, ports::Ledger as _};
use proptest::prelude::*;
use serde_json::json;
use store::Store;

use crate::{
    engines::{Home, on_both, on_postgres},
    support::{opened, start},
};

async fn numbers(store: &Store, run_id: &str) -> Vec<u64> {
    store
        .events_after(run_id, 0, 10_000)
        .await
        .unwrap()
        .iter()
        .map(|event| event.id)
        .collect()
}

async fn events_come_back_in_order_after_a_number_and_up_to_a_limit(home: Home) {
    let store = home.open().await;
    opened(&store, "r1", None).await;
    for number in 1..=5_u64 {
        let data = json!({"n": number});
        assert_eq!(
            store
                .append_event("r1", "step.log", &data, start())
                .await
                .unwrap(),
            number
        );
    }
    let event = |id: u64| RunEvent {
        id,
        kind: "step.log".to_owned(),
        data: json!({"n": id}),
    };
    assert_eq!(
        store.events_after("r1", 2, 2).await.unwrap(),
        [event(3), event(4)]
    );
    assert_eq!(store.events_after("r1", u64::MAX, 2).await.unwrap(), []);
    assert_eq!(store.events_after("r2", 0, 2).await.unwrap(), []);
}

async fn an_event_of_an_unknown_run_is_refused(home: Home) {
    let store = home.open().await;
    let error = store
        .append_event("r1", "step.log", &json!(1), start())
        .await
        .unwrap_err();
    assert_eq!(error.message, "there is no run `r1`");
}

async fn two_processes_that_write_at_once_leave_no_holes_and_no_doubles(home: Home) {
    let stores = [home.open().await, home.open().await];
    opened(&stores[0], "r1", None).await;
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..4 {
        let store = stores[writer % 2].clone();
        writers.spawn(async move {
            let mut given = Vec::new();
            for number in 0..25 {
                let data = json!([writer, number]);
                given.push(
                    store
                        .append_event("r1", "step.log", &data, start())
                        .await
                        .unwrap(),
                );
            }
            given
        });
    }
    let mut given: Vec<u64> = writers.join_all().await.into_iter().flatten().collect();
    given.sort_unstable();
    assert_eq!(given, (1..=100).collect::<Vec<_>>());
    assert_eq!(numbers(&stores[1], "r1").await, given);
}

/// Any mixture of two handles, three runs, and writers that lose patience half-way.
type Writes = Vec<(usize, usize, bool)>;

fn writes() -> impl Strategy<Value = Writes> {
    prop::collection::vec((0..2_usize, 0..3_usize, prop::bool::weighted(0.2)), 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn numbers_count_from_one_in_each_run_on_sqlite(writes in writes()) {
        block_on(count_from_one(Home::in_files(), writes));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn numbers_count_from_one_in_each_run_on_postgres(writes in writes()) {
        block_on(on_postgres(|home| count_from_one(home, writes)));
    }
}

fn block_on(work: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(work);
}

async fn count_from_one(home: Home, writes: Writes) {
    let stores = [home.open().await, home.open().await];
    let runs = ["r0", "r1", "r2"];
    for run in runs {
        opened(&stores[0], run, None).await;
    }
    let mut at_least = [0_u64; 3];
    for (store, run, gives_up) in writes {
        let data = json!(null);
        let write = stores[store].append_event(runs[run], "step.log", &data, start());
        if gives_up {
            let mut write = std::pin::pin!(write);
            for _ in 0..3 {
                if futures_poll(write.as_mut()).await {
                    break;
                }
                tokio::task::yield_now().await;
            }
        } else {
            let number = write.await.unwrap();
            assert!(number > at_least[run]);
            at_least[run] = number;
        }
    }
    for (run, at_least) in runs.iter().zip(at_least) {
        let numbers = numbers(&stores[1], run).await;
        assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
        assert!(numbers.len() as u64 >= at_least);
    }
}

/// Polls once and says whether the future is done.
async fn futures_poll<F: Future>(mut future: std::pin::Pin<&mut F>) -> bool {
    std::future::poll_fn(|context| std::task::Poll::Ready(future.as_mut().poll(context).is_ready()))
        .await
}

on_both!(
    one: [
        events_come_back_in_order_after_a_number_and_up_to_a_limit,
        an_event_of_an_unknown_run_is_refused,
    ],
    several: [
        two_processes_that_write_at_once_leave_no_holes_and_no_doubles,
    ]
);
