//! Conversations and settings.

use std::time::Duration;

use serde_json::json;
use store::{ChatEvent, Error, Thread};

use crate::{
    engines::{Home, on_both},
    support::{clock, start},
};

async fn events_of_a_thread_are_numbered_from_one_and_read_after_a_number(home: Home) {
    let store = home.open().await;
    let chat = store.chat();
    let thread = chat.create_thread("ann", "web boxes").await.unwrap();
    let other = chat.create_thread("ann", "other").await.unwrap();
    assert_eq!(chat.append_all(&thread.id, &[]).await.unwrap(), 0);
    assert_eq!(chat.append(&thread.id, &json!("a")).await.unwrap(), 1);
    assert_eq!(
        chat.append_all(&thread.id, &[json!("b"), json!({"c": 1})])
            .await
            .unwrap(),
        3
    );
    assert_eq!(chat.append(&other.id, &json!("x")).await.unwrap(), 1);
    let event = |id: u64, event| ChatEvent {
        id,
        at: start(),
        event,
    };
    assert_eq!(
        chat.events_after(&thread.id, 1, 10).await.unwrap(),
        [event(2, json!("b")), event(3, json!({"c": 1}))]
    );
    assert_eq!(
        chat.events_after(&thread.id, 0, 1).await.unwrap(),
        [event(1, json!("a"))]
    );
    let unknown = chat.append("nowhere", &json!(1)).await;
    assert!(matches!(unknown, Err(Error::NotFound { .. })));
}

async fn threads_are_listed_by_owner_with_the_latest_event_first(home: Home) {
    let clock = clock();
    let store = home.open_at(&clock).await;
    let chat = store.chat();
    let one = chat.create_thread("ann", "one").await.unwrap();
    let two = chat.create_thread("ann", "two").await.unwrap();
    let bens = chat.create_thread("ben", "three").await.unwrap();
    assert_eq!(
        chat.list_threads(None, 2).await.unwrap(),
        [bens.clone(), two.clone()]
    );
    clock.advance(Duration::from_secs(1));
    chat.append(&one.id, &json!("hello")).await.unwrap();
    let one = Thread {
        updated_at: start() + Duration::from_secs(1),
        ..one
    };
    assert_eq!(
        chat.list_threads(Some("ann"), 9).await.unwrap(),
        [one.clone(), two.clone()]
    );
    assert_eq!(chat.list_threads(Some("eve"), 9).await.unwrap(), []);
    assert!(chat.rename_thread(&one.id, "uno").await.unwrap());
    assert_eq!(
        chat.thread(&one.id).await.unwrap(),
        Some(Thread {
            title: "uno".to_owned(),
            ..one.clone()
        })
    );
    assert!(chat.delete_thread(&one.id).await.unwrap());
    assert!(!chat.delete_thread(&one.id).await.unwrap());
    assert_eq!(chat.thread(&one.id).await.unwrap(), None);
    assert_eq!(chat.events_after(&one.id, 0, 9).await.unwrap(), []);
}

async fn two_processes_that_write_into_one_thread_leave_no_holes(home: Home) {
    let stores = [home.open().await, home.open().await];
    let thread = stores[0].chat().create_thread("ann", "t").await.unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..4 {
        let (chat, id) = (stores[writer % 2].chat(), thread.id.clone());
        writers.spawn(async move {
            for _ in 0..20 {
                chat.append_all(&id, &[json!(1), json!(2)]).await.unwrap();
            }
        });
    }
    writers.join_all().await;
    let events = stores[1]
        .chat()
        .events_after(&thread.id, 0, 1000)
        .await
        .unwrap();
    let ids: Vec<u64> = events.iter().map(|event| event.id).collect();
    assert_eq!(ids, (1..=160).collect::<Vec<_>>());
}

async fn a_setting_is_stored_replaced_and_deleted(home: Home) {
    let store = home.open().await;
    let settings = store.settings();
    assert_eq!(settings.get("a").await.unwrap(), None);
    settings.set("a", &json!({"b": [1, null]})).await.unwrap();
    settings.set("a", &json!("c")).await.unwrap();
    assert_eq!(settings.get("a").await.unwrap(), Some(json!("c")));
    assert!(settings.delete("a").await.unwrap());
    assert!(!settings.delete("a").await.unwrap());
}

on_both!(
    one: [
        events_of_a_thread_are_numbered_from_one_and_read_after_a_number,
        threads_are_listed_by_owner_with_the_latest_event_first,
        a_setting_is_stored_replaced_and_deleted,
    ],
    several: [
        two_processes_that_write_into_one_thread_leave_no_holes,
    ]
);
