//! Directories, files, modes, versions: everything before the first row.

use std::os::unix::fs::PermissionsExt as _;

use ops::{Code, ports::Ledger as _};
use store::{Error, OpenOptions, Store};

use crate::support::{clock, in_memory, open, opened, plan, raw, start};

fn mode(path: &std::path::Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

async fn refusal(directory: &std::path::Path) -> Error {
    Store::open(directory, OpenOptions::new(clock()))
        .await
        .unwrap_err()
}

#[tokio::test]
async fn a_new_data_directory_and_all_its_files_belong_to_the_owner_alone() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("deep/data");
    let store = open(&data).await;
    opened(&store, "r1", None).await;
    store.secrets().put("a", &"b".into()).await.unwrap();
    assert_eq!(mode(&data), 0o700);
    let mut files: Vec<(String, u32)> = std::fs::read_dir(&data)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            (
                entry.file_name().into_string().unwrap(),
                mode(&entry.path()),
            )
        })
        .collect();
    files.sort();
    let expected = [
        "proxmox-ai.db",
        "proxmox-ai.db-shm",
        "proxmox-ai.db-wal",
        "secret.key",
    ];
    assert_eq!(files, expected.map(|name| (name.to_owned(), 0o600)));
}

#[tokio::test]
async fn an_empty_directory_that_was_open_to_others_is_closed() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    open(dir.path()).await;
    assert_eq!(mode(dir.path()), 0o700);
}

#[tokio::test]
async fn a_directory_with_files_of_others_keeps_its_mode() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("letter.txt"), "dear").unwrap();
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    open(dir.path()).await;
    assert_eq!(mode(dir.path()), 0o755);
    assert_eq!(mode(&dir.path().join("proxmox-ai.db")), 0o600);
}

#[tokio::test]
async fn a_database_that_others_could_read_is_closed() {
    let dir = tempfile::tempdir().unwrap();
    open(dir.path()).await.close().await;
    let database = dir.path().join("proxmox-ai.db");
    std::fs::set_permissions(&database, std::fs::Permissions::from_mode(0o644)).unwrap();
    open(dir.path()).await;
    assert_eq!(mode(&database), 0o600);
}

#[tokio::test]
async fn a_data_directory_below_a_file_is_refused_in_one_sentence() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = refusal(&file.join("data")).await;
    assert_eq!(
        error.to_string(),
        format!(
            "cannot use `{}` as the data directory; check that it is a directory you may write and \
             that the disk is not full, or choose another one with `--data`",
            file.join("data").display()
        )
    );
    let outside = ops::Error::from(error);
    assert_eq!(outside.code, Code::StoreUnavailable);
    assert_eq!(
        outside.sentence(),
        "the store cannot be used; the log of proxmox-ai says why"
    );
}

#[tokio::test]
async fn a_directory_that_may_not_be_written_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    std::fs::create_dir(&data).unwrap();
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o500)).unwrap();
    // Permissions do not bind root, the kernel's own file system does.
    let root = std::fs::write(data.join("probe"), "").is_ok();
    let refused = if root {
        std::path::Path::new("/sys/proxmox-ai")
    } else {
        &data
    };
    let error = refusal(refused).await;
    assert!(matches!(error, Error::Directory { .. }), "{error:?}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named_as_damaged() {
    let dir = tempfile::tempdir().unwrap();
    let database = dir.path().join("proxmox-ai.db");
    std::fs::write(
        &database,
        "this is not a database, but a letter. ".repeat(200),
    )
    .unwrap();
    let error = refusal(dir.path()).await;
    assert!(matches!(error, Error::Corrupt { .. }), "{error:?}");
    assert!(
        error.to_string().contains("restore it from a backup"),
        "{error}"
    );
}

#[tokio::test]
async fn a_database_with_a_torn_page_is_named_as_damaged() {
    let dir = tempfile::tempdir().unwrap();
    open(dir.path()).await.close().await;
    let database = dir.path().join("proxmox-ai.db");
    let mut bytes = std::fs::read(&database).unwrap();
    // The header stays, so the file still looks like a database.
    bytes.iter_mut().skip(100).for_each(|byte| *byte = 0xa5);
    std::fs::write(&database, bytes).unwrap();
    let error = refusal(dir.path()).await;
    assert!(matches!(error, Error::Corrupt { .. }), "{error:?}");
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    open(dir.path()).await.close().await;
    let raw = raw(dir.path()).await;
    sqlx::query("INSERT INTO schema_version VALUES (99, 'from the future', 'x', 0)")
        .execute(&raw)
        .await
        .unwrap();
    raw.close().await;
    let error = refusal(dir.path()).await;
    assert!(
        matches!(error, Error::NewerSchema { found: 99, .. }),
        "{error:?}"
    );
    assert!(
        error.to_string().contains("start the newer version"),
        "{error}"
    );
}

#[tokio::test]
async fn a_changed_migration_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    open(dir.path()).await.close().await;
    let raw = raw(dir.path()).await;
    sqlx::query("UPDATE schema_version SET checksum = 'other'")
        .execute(&raw)
        .await
        .unwrap();
    raw.close().await;
    assert!(matches!(
        refusal(dir.path()).await,
        Error::ChangedMigration { version: 1, .. }
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_processes_may_open_a_fresh_directory_together() {
    let dir = tempfile::tempdir().unwrap();
    let mut opening = tokio::task::JoinSet::new();
    for number in 0..6 {
        let path = dir.path().join("data");
        opening.spawn(async move {
            let store = open(&path).await;
            store
                .insert_plan(&plan(&format!("p{number}")))
                .await
                .unwrap();
            store
                .secrets()
                .put(&format!("s{number}"), &"x".into())
                .await
                .unwrap();
        });
    }
    while let Some(ended) = opening.join_next().await {
        ended.unwrap();
    }
    let store = open(&dir.path().join("data")).await;
    assert_eq!(store.plans(None, 100).await.unwrap().len(), 6);
    for number in 0..6 {
        assert!(
            store
                .secrets()
                .get(&format!("s{number}"))
                .await
                .unwrap()
                .is_some()
        );
    }
}

/// The files as they lie there while the store is open are what a killed process leaves behind.
#[tokio::test]
async fn what_a_method_has_returned_from_survives_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    opened(&store, "r1", None).await;
    store
        .append_event("r1", "run.state", &"queued".into(), start())
        .await
        .unwrap();
    store.settings().set("a", &1.into()).await.unwrap();
    let thread = store.chat().create_thread("ann", "t").await.unwrap();
    store
        .chat()
        .append(&thread.id, &"hello".into())
        .await
        .unwrap();

    let after = tempfile::tempdir().unwrap();
    for name in ["proxmox-ai.db", "proxmox-ai.db-wal"] {
        std::fs::copy(dir.path().join(name), after.path().join(name)).unwrap();
    }
    let reopened = open(after.path()).await;
    assert_eq!(
        reopened.run("r1").await.unwrap(),
        store.run("r1").await.unwrap()
    );
    assert_eq!(reopened.events_after("r1", 0, 10).await.unwrap().len(), 1);
    assert_eq!(reopened.settings().get("a").await.unwrap(), Some(1.into()));
    assert_eq!(
        reopened
            .chat()
            .events_after(&thread.id, 0, 10)
            .await
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn a_store_dropped_without_closing_opens_again() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    opened(&store, "r1", None).await;
    drop(store);
    let store = open(dir.path()).await;
    assert_eq!(store.runs(10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_ping_notices_that_the_data_directory_was_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    store.ping().await.unwrap();
    std::fs::remove_file(dir.path().join("proxmox-ai.db")).unwrap();
    assert!(matches!(
        store.ping().await.unwrap_err(),
        Error::Gone { .. }
    ));
}

#[tokio::test]
async fn a_store_in_memory_answers_a_ping_and_has_no_directory() {
    let store = in_memory().await;
    store.ping().await.unwrap();
    assert_eq!(store.directory(), None);
}

#[tokio::test]
async fn what_a_caller_sees_of_a_failure_holds_no_sql_and_no_path() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let raw = raw(dir.path()).await;
    sqlx::query("DROP TABLE run_steps")
        .execute(&raw)
        .await
        .unwrap();
    sqlx::query("DROP TABLE locks").execute(&raw).await.unwrap();
    let error = store.runs(1).await.unwrap_err();
    assert_eq!(error.code, Code::StoreUnavailable);
    assert_eq!(
        error.sentence(),
        "cannot list runs: the store failed; the log of proxmox-ai says why"
    );
}
