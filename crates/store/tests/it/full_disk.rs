//! What a disk without room does to the one connection that writes: nothing that outlasts it.

#![expect(
    clippy::disallowed_methods,
    reason = "a small disk is mounted by a program of the system"
)]

use std::{path::Path, process::Command};

use ops::{Code, ports::Ledger as _};
use store::{NewChunk, OpenOptions, PageRow, SourceRow, Store};

use crate::support::{clock, open, opened, raw, start};

/// A small disk of its own, which is gone with this.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// Nothing where this user may mount none.
    fn mount() -> Option<Self> {
        let place = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=2m", "none"])
            .arg(place.path())
            .output()
            .is_ok_and(|done| done.status.success());
        mounted.then_some(Self(place))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

fn house() -> SourceRow {
    SourceRow {
        id: "house".to_owned(),
        kind: "folder".to_owned(),
        name: "House".to_owned(),
        place: "/srv/house".to_owned(),
        product: "pve".to_owned(),
        version: None,
        refresh: None,
        state: "new".to_owned(),
        error: None,
        created_by: "ann".to_owned(),
        created_at: start(),
        tried_at: None,
        refreshed_at: None,
    }
}

fn page(name: &str) -> PageRow {
    PageRow {
        source: "house".to_owned(),
        page: name.to_owned(),
        hash: "1".to_owned(),
        title: "A page".to_owned(),
        bytes: 9,
        fetched_at: start(),
    }
}

fn chunk(text: String) -> NewChunk {
    NewChunk {
        anchor: None,
        kind: "section".to_owned(),
        path: vec!["A page".to_owned()],
        digest: text.chars().take(16).collect(),
        text,
    }
}

/// Everything that a process writes on its way, each in a transaction of its own.
async fn writes_again(store: &Store) {
    let rows = store.knowledge();
    let marked = rows.mark("house", "failed", Some("no room"), None, None, None);
    assert!(marked.await.unwrap());
    opened(store, "r1", None).await;
    store
        .settings()
        .set("a", &serde_json::json!(1))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_transaction_that_the_database_ended_by_itself_leaves_a_store_that_writes() {
    let home = tempfile::tempdir().unwrap();
    let store = open(home.path()).await;
    let rows = store.knowledge();
    rows.put_source(&house()).await.unwrap();
    // As on a full disk: the transaction is gone before anybody takes it back.
    let outside = raw(home.path()).await;
    sqlx::query(
        "CREATE TRIGGER no_room BEFORE INSERT ON knowledge_chunks \
         BEGIN SELECT RAISE(ROLLBACK, 'no room'); END",
    )
    .execute(&outside)
    .await
    .unwrap();
    let (one, text) = (page("a"), [chunk("text".to_owned())]);
    rows.replace_page(&one, &text).await.unwrap_err();
    writes_again(&store).await;
    assert_eq!(rows.pages("house").await.unwrap(), []);
    sqlx::query("DROP TRIGGER no_room")
        .execute(&outside)
        .await
        .unwrap();
    rows.replace_page(&one, &text).await.unwrap();
    assert_eq!(rows.pages("house").await.unwrap(), [one]);
}

#[tokio::test]
async fn a_full_disk_is_said_and_what_was_written_before_and_after_is_kept() {
    let Some(disk) = SmallDisk::mount() else {
        eprintln!("skipped: no small file system can be mounted here");
        return;
    };
    let store = Store::open(&disk.path().join("data"), OpenOptions::new(clock()))
        .await
        .unwrap();
    let rows = store.knowledge();
    rows.put_source(&house()).await.unwrap();
    let (small, text) = (page("small"), [chunk("text".to_owned())]);
    rows.replace_page(&small, &text).await.unwrap();
    let large: Vec<NewChunk> = (0..400)
        .map(|n| chunk(format!("{n:016} {}", "word ".repeat(2_000))))
        .collect();
    let error: ops::Error = rows
        .replace_page(&page("large"), &large)
        .await
        .unwrap_err()
        .into();
    assert_eq!(error.code, Code::StoreUnavailable);
    assert!(
        error
            .message
            .ends_with("the disk of the data directory is full"),
        "{}",
        error.message
    );
    writes_again(&store).await;
    assert_eq!(rows.pages("house").await.unwrap(), [small]);
    assert!(store.run("r1").await.unwrap().is_some());
    store.close().await;
    // Whoever opens it next finds all of it.
    let store = Store::open(&disk.path().join("data"), OpenOptions::new(clock()))
        .await
        .unwrap();
    let house = store.knowledge().source("house").await.unwrap().unwrap();
    assert_eq!(
        (house.state.as_str(), house.error.as_deref()),
        ("failed", Some("no room"))
    );
    store.close().await;
}
