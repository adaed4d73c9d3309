//! What people want kept.

use std::time::Duration;

use serde_json::json;
use store::{Error, FactFilter, FactRow};

use crate::support::{in_memory, open, start};

fn fact(id: &str, scope: &str) -> FactRow {
    FactRow {
        id: id.to_owned(),
        kind: "role".to_owned(),
        scope_kind: "guest".to_owned(),
        scope: scope.to_owned(),
        text: "this is the payment server".to_owned(),
        data: json!({ "hours": [22, 6] }),
        author: "ann".to_owned(),
        created_at: start(),
        changed_at: start(),
        digest: "d1".to_owned(),
    }
}

#[tokio::test]
async fn facts_are_found_by_id_and_listed_by_what_is_asked() {
    let store = in_memory().await;
    let memory = store.memory();
    let one = fact("f1", "main/101");
    let two = FactRow {
        kind: "restriction".to_owned(),
        author: "ben".to_owned(),
        ..fact("f2", "main/101")
    };
    let three = FactRow {
        scope_kind: "user".to_owned(),
        ..fact("f3", "ann")
    };
    for fact in [&one, &two, &three] {
        memory.add(fact).await.unwrap();
    }
    assert!(matches!(
        memory.add(&one).await,
        Err(Error::Conflict { what }) if what == "there is already a fact `f1`"
    ));
    assert_eq!(memory.find("f2").await.unwrap(), Some(two.clone()));
    assert_eq!(memory.find("f9").await.unwrap(), None);
    let listed = async |filter: FactFilter| memory.list(&filter).await.unwrap();
    let word = |word: &str| Some(word.to_owned());
    assert_eq!(
        listed(FactFilter::default()).await,
        [one.clone(), two.clone(), three.clone()]
    );
    let of_guest = FactFilter {
        scope_kind: word("guest"),
        scope: word("main/101"),
        ..FactFilter::default()
    };
    assert_eq!(listed(of_guest).await, [one.clone(), two.clone()]);
    let by_ben = FactFilter {
        kind: word("restriction"),
        author: word("ben"),
        ..FactFilter::default()
    };
    assert_eq!(listed(by_ben).await, [two]);
    let nobody = FactFilter {
        scope_kind: word("user"),
        scope: word("ben"),
        ..FactFilter::default()
    };
    assert_eq!(listed(nobody).await, []);
}

#[tokio::test]
async fn a_fact_is_changed_only_by_who_has_seen_it_and_keeps_its_author() {
    let store = in_memory().await;
    let memory = store.memory();
    memory.add(&fact("f1", "main/101")).await.unwrap();
    let changed = FactRow {
        text: "this was the payment server".to_owned(),
        author: "eve".to_owned(),
        changed_at: start() + Duration::from_secs(1),
        digest: "d2".to_owned(),
        ..fact("f1", "main/102")
    };
    assert!(!memory.change("f1", &changed, "d0").await.unwrap());
    assert!(!memory.change("f2", &changed, "d1").await.unwrap());
    assert!(memory.change("f1", &changed, "d1").await.unwrap());
    assert!(!memory.change("f1", &changed, "d1").await.unwrap());
    assert_eq!(
        memory.find("f1").await.unwrap(),
        Some(FactRow {
            author: "ann".to_owned(),
            ..changed
        })
    );
}

#[tokio::test]
async fn a_deleted_fact_lies_in_none_of_the_files_any_more() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    store.memory().add(&fact("f1", "main/101")).await.unwrap();
    let secret = b"this is the payment server";
    let lies_there = || {
        ["proxmox-ai.db", "proxmox-ai.db-wal"].iter().any(|name| {
            let bytes = std::fs::read(dir.path().join(name)).unwrap();
            bytes.windows(secret.len()).any(|window| window == secret)
        })
    };
    assert!(lies_there());
    assert!(store.memory().delete("f1").await.unwrap());
    assert!(!store.memory().delete("f1").await.unwrap());
    assert!(!lies_there());
    assert_eq!(store.memory().find("f1").await.unwrap(), None);
}
