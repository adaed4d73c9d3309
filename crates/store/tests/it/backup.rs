//! The whole store as a file, and back, from each engine to each.

use std::{path::Path, time::Duration};

use ops::{
    Actor, Freeze, PlanState, Role, StandingApproval, Surface,
    consent::Consents as _,
    ports::{Accounts as _, Ledger as _},
};
use secrecy::ExposeSecret as _;
use serde_json::json;
use store::{
    AuthKind, ClusterRow, FactRow, Firing, Moved, NewChunk, PageRow, RunbookRow, ScheduleRow,
    SourceRow, Store, Trust,
};

use crate::{
    engines::{Home, Server, on_both},
    support::{approval, opened, owner, plan, start},
};

/// At least one row in each table; [`every_table_has_rows`] notices a table that is forgotten here.
async fn fill(store: &Store) {
    let text = |text: &str| text.to_owned();
    opened(store, "r1", Some(&owner(1))).await;
    let waiting = plan("p2");
    store.insert_plan(&waiting).await.unwrap();
    store.add_approval(&approval(&waiting)).await.unwrap();
    store
        .append_event(
            "r1",
            "step.log",
            &json!({"text": "Ü \u{1f980} \"\\"}),
            start(),
        )
        .await
        .unwrap();
    assert!(store.lock("main/101", "r1").await.unwrap());
    store.heartbeat(&owner(1), true, start()).await.unwrap();
    store
        .create_user("ann", Role::Operator, "correct horse")
        .await
        .unwrap();
    store.login("ann", "correct horse").await.unwrap();
    store
        .create_token("ci", Role::Viewer, false, "ann")
        .await
        .unwrap();
    let cluster = ClusterRow {
        id: text("main"),
        url: text("https://192.0.2.1:8006"),
        auth: AuthKind::Token,
        identity: text("root@pam!ai"),
        trust: Trust::System,
        created_at: start(),
    };
    store
        .clusters()
        .add(&cluster, &"hidden words".into())
        .await
        .unwrap();
    let thread = store.chat().create_thread("ann", "a\tb\n").await.unwrap();
    store
        .chat()
        .append(&thread.id, &json!("hello"))
        .await
        .unwrap();
    store.settings().set("a", &json!([1, null])).await.unwrap();
    let freeze = Freeze {
        id: text("f_1"),
        reason: text("smoke"),
        by: text("ann"),
        owner: None,
        at: start(),
        until: None,
    };
    assert!(store.freeze(&freeze).await.unwrap());
    let standing = StandingApproval {
        id: text("sa_1"),
        by: Actor::new("ben", Role::Admin, Surface::Web),
        op: text("guests.stop"),
        guests: vec![text("tag=web")],
        times: Vec::new(),
        time_zone: text("UTC"),
        until: start() + Duration::from_hours(1),
        note: None,
        created_at: start(),
        revoked_at: None,
        revoked_by: None,
    };
    store.insert_standing_approval(&standing).await.unwrap();
    let schedule = ScheduleRow {
        id: text("sch_1"),
        name: text("night"),
        body: json!({ "what": "x" }),
        enabled: true,
        due_at: Some(start()),
        version: 1,
        created_at: start(),
        changed_at: start(),
    };
    store.schedules().insert(&schedule).await.unwrap();
    let firing = Firing {
        schedule_id: text("sch_1"),
        due_at: start(),
        fired_at: start(),
        outcome: text("firing"),
        plan_id: None,
        run_id: None,
        text: String::new(),
    };
    assert!(
        store
            .schedules()
            .take(&schedule, None, &firing)
            .await
            .unwrap()
    );
    let runbook = RunbookRow {
        name: text("drain"),
        summary: text("Drain a node"),
        source: text("steps:\n- one\n"),
        digest: text("d1"),
        created_by: text("ann"),
        created_at: start(),
    };
    assert!(store.runbooks().put(&runbook, None).await.unwrap());
    learn(store).await;
    let fact = FactRow {
        id: text("f1"),
        kind: text("role"),
        scope_kind: text("guest"),
        scope: text("main/101"),
        text: text("this is the payment server"),
        data: json!({ "hours": [22, 6] }),
        author: text("ann"),
        created_at: start(),
        changed_at: start(),
        digest: text("d1"),
    };
    store.memory().add(&fact).await.unwrap();
}

async fn learn(store: &Store) {
    let text = |text: &str| text.to_owned();
    let source = SourceRow {
        id: text("s1"),
        kind: text("folder"),
        name: text("Runbooks"),
        place: text("/srv/runbooks"),
        product: text("own"),
        version: None,
        refresh: None,
        state: text("ready"),
        error: None,
        created_by: text("ann"),
        created_at: start(),
        tried_at: Some(start()),
        refreshed_at: None,
    };
    store.knowledge().put_source(&source).await.unwrap();
    let page = PageRow {
        source: text("s1"),
        page: text("a.md"),
        hash: text("h"),
        title: text("A"),
        bytes: 9,
        fetched_at: start(),
    };
    // More than is read or written in one go.
    let chunks: Vec<NewChunk> = (0..451)
        .map(|number| NewChunk {
            anchor: None,
            kind: text("text"),
            path: vec![text("A")],
            text: format!("text {number}"),
            digest: format!("d{number}"),
        })
        .collect();
    store
        .knowledge()
        .replace_page(&page, &chunks)
        .await
        .unwrap();
    let passages = vec![vec![0.25, -1.0e-7, f32::MAX], vec![0.0, -0.0, 1.0]];
    let vectors = [(text("d1"), passages)];
    store.knowledge().put_vectors("m", &vectors).await.unwrap();
}

fn every_table_has_rows(moved: &Moved) {
    for (table, rows) in &moved.tables {
        assert!(*rows > 0, "the test puts nothing into the table `{table}`");
    }
    assert!(moved.tables.len() > 20, "{moved:?}");
}

/// All rows arrive, byte for byte: an export of what was imported is the same file.
async fn round_trip(from: &Home, to: &Home) {
    let files = tempfile::tempdir().unwrap();
    let (first, second) = (files.path().join("a"), files.path().join("b"));
    let store = from.open().await;
    fill(&store).await;
    let moved = store.export(&first).await.unwrap();
    every_table_has_rows(&moved);
    let content = std::fs::read_to_string(&first).unwrap();
    assert!(!content.contains("hidden words"));

    std::fs::copy(from.path().join("secret.key"), to.path().join("secret.key")).unwrap();
    let copy = to.open().await;
    assert_eq!(copy.import(&first).await.unwrap(), moved);
    assert_eq!(copy.export(&second).await.unwrap(), moved);
    assert!(content == std::fs::read_to_string(&second).unwrap());

    let secret = copy.clusters().secret("main").await.unwrap().unwrap();
    assert_eq!(secret.expose_secret(), "hidden words");
    copy.login("ann", "correct horse").await.unwrap();
    assert_eq!(
        copy.audit(0, None, 100).await.unwrap(),
        store.audit(0, None, 100).await.unwrap()
    );
    // What is new is numbered after what came in.
    copy.insert_plan(&plan("p3")).await.unwrap();
    let proposed = copy.plans(Some(PlanState::Proposed), 9).await.unwrap();
    let ids: Vec<&str> = proposed.iter().map(|plan| plan.id.as_str()).collect();
    assert_eq!(ids, ["p3", "p2"]);
    learn(&copy).await;
}

async fn a_store_goes_into_a_file_and_back(home: Home) {
    let other = home.sibling().await;
    round_trip(&home, &other).await;
    other.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_store_goes_from_sqlite_to_postgres() {
    let Some(server) = Server::start().await else {
        return;
    };
    round_trip(&Home::in_files(), &Home::on(&server)).await;
    server.drop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_store_goes_from_postgres_to_sqlite() {
    let Some(server) = Server::start().await else {
        return;
    };
    round_trip(&Home::on(&server), &Home::in_files()).await;
    server.drop().await;
}

async fn exported(home: &Home, file: &Path) -> String {
    let store = home.open().await;
    store.insert_plan(&plan("p1")).await.unwrap();
    store.export(file).await.unwrap();
    std::fs::read_to_string(file).unwrap()
}

async fn a_store_with_rows_takes_no_import(home: Home) {
    let files = tempfile::tempdir().unwrap();
    let file = files.path().join("a");
    exported(&home, &file).await;
    let error = home.open().await.import(&file).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the store is not empty (audit 1, plans 1); import into a new one: another `--data` \
         directory, or another database in `store.url`"
    );
}

async fn a_file_that_is_damaged_cut_off_or_newer_changes_nothing(home: Home) {
    let files = tempfile::tempdir().unwrap();
    let file = files.path().join("a");
    let elsewhere = Home::in_files();
    let content = exported(&elsewhere, &file).await;
    let (header, rest) = content.split_once('\n').unwrap();
    let rows_end = content.trim_end().rfind('\n').unwrap();
    let cases = [
        (String::new(), "it is no export of a store of proxmox-ai"),
        (
            "a letter\n".to_owned(),
            "it is no export of a store of proxmox-ai",
        ),
        (
            content[..rows_end].to_owned(),
            "it ends in the middle; copy it again",
        ),
        (
            content.replace("stop web-02", "stop web-03"),
            "its checksum does not fit what it holds; copy it again",
        ),
        (
            format!("{content}[1]\n"),
            "its checksum does not fit what it holds; copy it again",
        ),
        (
            format!("{header}\n[1,2]\n{rest}"),
            "line 2: a row stands before its table; copy it again",
        ),
        (
            content.replace("\"name\":\"plans\"", "\"name\":\"plants\""),
            "no table `plants` of this version; copy it again",
        ),
        (
            content.replace("\"schema\":", "\"schema\":9"),
            "it was written by a newer version of proxmox-ai",
        ),
    ];
    let store = home.open().await;
    let damaged = files.path().join("b");
    for (text, why) in cases {
        std::fs::write(&damaged, text).unwrap();
        let error = store.import(&damaged).await.unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("`{}` cannot be imported: ", damaged.display()))
                && error.contains(why),
            "{error} | {why}"
        );
        assert_eq!(store.plans(None, 9).await.unwrap(), []);
    }
    let error = store.import(&files.path().join("none")).await.unwrap_err();
    assert!(
        error.to_string().starts_with("cannot read the export"),
        "{error}"
    );
    store.import(&file).await.unwrap();
    assert_eq!(store.plans(None, 9).await.unwrap(), [plan("p1")]);
}

async fn an_export_is_for_its_owner_and_replaces_no_file(home: Home) {
    use std::os::unix::fs::PermissionsExt as _;
    let files = tempfile::tempdir().unwrap();
    let file = files.path().join("a");
    let content = exported(&home, &file).await;
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let store = home.open().await;
    let error = store.export(&file).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "cannot write the export `{}`; name a new file where you may write",
            file.display()
        )
    );
    assert!(store.export(Path::new("/proc/none/a")).await.is_err());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), content);
    assert_eq!(std::fs::read_dir(files.path()).unwrap().count(), 1);
}

on_both!(
    one: [],
    several: [
        a_store_goes_into_a_file_and_back,
        a_store_with_rows_takes_no_import,
        a_file_that_is_damaged_cut_off_or_newer_changes_nothing,
        an_export_is_for_its_owner_and_replaces_no_file,
    ]
);
