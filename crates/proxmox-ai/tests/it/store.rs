//! `store export` and `store import`.

use std::ffi::OsStr;

use sim::{Sim, SimOptions, World};

use crate::program::{Program, text};

const PASSWORD: &str = "rosemary-and-thyme";

/// A cluster to connect, which outlives the command that does so.
pub(crate) async fn cluster() -> Sim {
    // An earlier test of the same process may have done so.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let options = SimOptions {
        listen: ([127, 0, 0, 1], 0).into(),
        time_scale: 0.0,
        ..SimOptions::new(World::seeded(1, 3, 1))
    };
    Sim::start(options).await.unwrap()
}

/// Connects the cluster under the name `main`.
pub(crate) fn connect(program: &Program, sim: &Sim) {
    let (url, token_id) = (sim.url(), sim.token_id());
    let connect = [
        "connect",
        &url,
        "--name",
        "main",
        "--token-id",
        &token_id,
        "--token-stdin",
        "--fingerprint",
        sim.fingerprint(),
    ];
    program
        .run_with(&connect, &format!("{}\n", sim.token_secret()))
        .done();
}

/// A connected cluster with its secret, a run, an account and a token; gives the token.
fn fill(program: &Program, sim: &Sim) -> String {
    connect(program, sim);
    program.run(&["guests", "stop", "web-01", "--yes"]).done();
    let create = [
        "users",
        "create",
        "ann",
        "--role",
        "admin",
        "--password-stdin",
    ];
    program.run_with(&create, &format!("{PASSWORD}\n")).done();
    let made = program.json(&["tokens", "create", "--name", "ci", "--role", "viewer"]);
    made["token"].as_str().unwrap().to_owned()
}

/// `store VERB FILE`
fn store<'a>(verb: &'a str, file: &'a std::path::Path) -> [&'a OsStr; 3] {
    [OsStr::new("store"), OsStr::new(verb), file.as_os_str()]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_goes_through_one_file_into_another_data_directory() {
    let sim = cluster().await;
    let (old, new) = (Program::new(), Program::new());
    let token = fill(&old, &sim);
    let file = old.file("export.jsonl");
    let written = old.json(&store("export", &file));
    assert_eq!(written["file"], file.to_str().unwrap());
    assert_eq!(written["tables"]["clusters"], 1, "{written}");
    let kept = text(&file);
    for secret in [sim.token_secret(), PASSWORD, &token] {
        assert!(!kept.contains(secret), "{secret} is in the export");
    }

    std::fs::create_dir(new.data()).unwrap();
    std::fs::copy(old.data().join("secret.key"), new.data().join("secret.key")).unwrap();
    let read = new.json(&store("import", &file));
    assert_eq!(
        (&read["rows"], &read["tables"]),
        (&written["rows"], &written["tables"])
    );
    let kept = ["tokens list", "plans list", "runs list", "audit list"];
    for words in kept.map(|words| words.split(' ').collect::<Vec<_>>()) {
        assert_eq!(old.json(&words), new.json(&words), "{words:?}");
    }
    assert_eq!(new.json(&["runs", "list"])["runs"][0]["state"], "succeeded");
    // The secret of the cluster opens there, and the cluster takes it.
    let inventory = new.json(&["inventory", "list"]);
    assert_eq!(inventory["guests"].as_array().unwrap().len(), 3);
    sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_without_the_key_of_its_secrets_is_done_and_says_so_in_one_sentence() {
    let sim = cluster().await;
    let (old, new) = (Program::new(), Program::new());
    fill(&old, &sim);
    sim.stop().await;
    let file = old.file("export.jsonl");
    let said = old.run(&store("export", &file)).done();
    assert!(said.contains("keep secret.key"), "{said}");
    let answer = new.run(&store("import", &file));
    let (said, key) = (answer.stdout.trim_end(), new.data().join("secret.key"));
    assert_eq!(
        (answer.code, answer.stderr.as_str()),
        (Some(0), ""),
        "{answer:?}"
    );
    assert!(
        said.starts_with("read ")
            && said.contains(&format!(
                "; its secrets do not open yet: secrets are stored but the key `{}` is missing; restore",
                key.display()
            ))
            && said.lines().count() == 1,
        "{said}"
    );
    // It is true: what is no secret is there, and with the key the secrets open.
    assert_eq!(new.json(&["tokens", "list"]), old.json(&["tokens", "list"]));
    std::fs::copy(old.data().join("secret.key"), &key).unwrap();
    assert_eq!(new.json(&["clusters", "list"])["clusters"][0]["id"], "main");

    // Another empty store, for programs.
    let third = Program::new();
    let read = third.json(&store("import", &file));
    let why = read["secrets_closed"].as_str().unwrap();
    assert!(why.contains("is missing"), "{read}");
}

#[test]
fn a_store_that_holds_something_is_not_imported_into_and_no_file_is_written_over() {
    let (old, new) = (Program::new(), Program::new());
    for (program, name) in [(&old, "one"), (&new, "other")] {
        program.json(&["tokens", "create", "--name", name, "--role", "viewer"]);
    }
    let file = old.file("export.jsonl");
    old.run(&store("export", &file)).done();
    let before = (text(&file), new.json(&["tokens", "list"]));

    let said = new.run(&store("import", &file)).complaint(1);
    assert!(
        said.starts_with("error: the store is not empty (")
            && said.contains("import into a new one"),
        "{said}"
    );
    let said = old.run(&store("export", &file)).complaint(2);
    assert!(
        said.starts_with("error: cannot write the export `") && said.contains("name a new file"),
        "{said}"
    );
    assert_eq!((text(&file), new.json(&["tokens", "list"])), before);
}

#[test]
fn a_file_that_is_cut_off_is_refused_and_leaves_the_store_empty() {
    let (old, new) = (Program::new(), Program::new());
    old.json(&["tokens", "create", "--name", "ci", "--role", "viewer"]);
    let file = old.file("export.jsonl");
    old.run(&store("export", &file)).done();
    let (cut, whole) = (old.file("cut.jsonl"), text(&file));
    std::fs::write(&cut, &whole[..=whole.trim_end().rfind('\n').unwrap()]).unwrap();

    let said = new.run(&store("import", &cut)).complaint(2);
    assert!(
        said.ends_with("it ends in the middle; copy it again"),
        "{said}"
    );
    let said = new.run(&store("import", &old.file("none"))).complaint(2);
    assert!(
        said.starts_with("error: cannot read the export `"),
        "{said}"
    );
    new.run(&store("import", &file)).done();
    assert_eq!(new.json(&["tokens", "list"]), old.json(&["tokens", "list"]));
}

#[test]
fn the_password_of_a_database_is_never_shown() {
    let url = "postgres://ann:rosemary@127.0.0.1:1/none";
    let program = Program::new().with("PROXMOX_AI_STORE_URL", url);
    let shown = program.run(&["config", "show"]).done();
    assert!(
        shown.contains("store.url") && !shown.contains("rosemary"),
        "{shown}"
    );
    let file = program.file("export.jsonl");
    let answer = program.run(&store("export", &file));
    assert_eq!(answer.code, Some(1), "{answer:?}");
    assert!(!file.exists());
    let said = answer.stdout + &answer.stderr;
    assert!(
        said.contains("cannot reach the database `postgres://127.0.0.1:1/none`")
            && !said.contains("rosemary"),
        "{said}"
    );
}
