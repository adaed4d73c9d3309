//! Changes of the product's own data: what is done at once, what asks, and what a person reads of it.

use crate::{
    program::{Answer, Program},
    store::{cluster, connect},
};

/// The command waits for consent and nobody gives it.
const NEEDS_APPROVAL: i32 = 3;

fn keep(program: &Program, fact: &str) -> String {
    let added = program.json(&["memory", "add", fact]);
    added["id"].as_str().unwrap().to_owned()
}

fn facts(program: &Program) -> usize {
    let listed = program.json(&["memory", "list"]);
    listed["facts"].as_array().unwrap().len()
}

/// It ended with this code, having shown a plan.
fn planned(answer: Answer, code: i32) -> Answer {
    assert_eq!(answer.code, Some(code), "{answer:?}");
    assert!(answer.stdout.starts_with("Plan p_"), "{answer:?}");
    assert!(answer.stderr.contains("nothing was done"), "{answer:?}");
    answer
}

#[test]
fn a_plan_that_is_only_looked_at_changes_none_of_the_products_own_data() {
    let program = Program::new();
    let fact = keep(&program, "call bert at night");
    let note = program.json(&["knowledge", "note_add", "Call bert."])["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let folder = program.file("docs");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("a.md"), "# Night\n\nCall bert.\n").unwrap();
    let folder = folder.to_str().unwrap();
    let everything = || {
        [
            ["memory", "list"],
            ["knowledge", "notes"],
            ["incident", "show"],
            ["runs", "list"],
        ]
        .map(|words| {
            let mut kept = program.json(&words);
            if let Some(facts) = kept["facts"].as_array_mut() {
                for fact in facts {
                    fact["age_s"] = 0.into();
                }
            }
            kept
        })
    };
    let sources = || {
        program.json(&["knowledge", "sources"])["sources"]
            .as_array()
            .unwrap()
            .len()
    };
    let (before, sources_before) = (everything(), sources());
    let commands: [&[&str]; 8] = [
        &["memory", "add", "another"],
        &["memory", "edit", &fact, "--text", "call carla"],
        &["memory", "delete", &fact],
        &["knowledge", "note_add", "Another."],
        &["knowledge", "note_delete", &note],
        &["knowledge", "add_source", folder],
        &["knowledge", "refresh"],
        &["incident", "freeze", "a fire"],
    ];
    for words in commands {
        for flags in [&["--plan-only"][..], &["--plan-only", "--yes"]] {
            let said = planned(program.run(&[words, flags].concat()), 0);
            assert!(said.stderr.contains("proxmox-ai approve p_"), "{said:?}");
        }
    }
    assert_eq!((everything(), sources()), (before, sources_before));
}

#[test]
fn what_is_lost_for_good_is_asked_for_and_what_can_be_taken_back_is_not() {
    let program = Program::new();
    let fact = keep(&program, "call bert at night");
    let said = planned(program.run(&["memory", "delete", &fact]), NEEDS_APPROVAL);
    assert!(said.stdout.contains("cannot be undone"), "{said:?}");
    assert!(
        said.stderr.contains("repeat the command with --yes"),
        "{said:?}"
    );
    planned(
        program.run(&["memory", "edit", &fact, "--text", "call carla"]),
        NEEDS_APPROVAL,
    );
    assert_eq!(facts(&program), 1);

    let said = program.run(&["memory", "delete", &fact, "--yes"]).done();
    let begins = "Done: delete for good the note for local alone that local kept on ";
    assert!(said.starts_with(begins), "{said}");
    let ends = format!(" UTC\ndeleted: yes\nfact: {fact}\n");
    assert!(said.ends_with(&ends), "{said}");
    assert_eq!(facts(&program), 0);

    // A note is back with one command, but as somebody else's.
    let note = program.json(&["knowledge", "note_add", "Call bert."])["id"]
        .as_str()
        .unwrap()
        .to_owned();
    planned(
        program.run(&["knowledge", "note_delete", &note]),
        NEEDS_APPROVAL,
    );
    program
        .run(&["knowledge", "note_delete", &note, "--yes"])
        .done();
    assert_eq!(program.run(&["knowledge", "notes"]).done(), "none\n");
}

#[test]
fn the_help_says_of_each_operation_whether_it_asks() {
    let program = Program::new();
    let help = |words: [&str; 2]| {
        let said = program.run(&[words[0], words[1], "--help"]).done();
        said.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    for words in [
        ["memory", "delete"],
        ["memory", "edit"],
        ["knowledge", "remove_source"],
        ["guests", "start"],
    ] {
        assert!(
            help(words).ends_with("Shows the plan and asks; without a terminal it needs --yes."),
            "{words:?}"
        );
    }
    for words in [
        ["memory", "add"],
        ["knowledge", "add_source"],
        ["incident", "freeze"],
    ] {
        let help = help(words);
        assert!(
            help.contains("Done at once, without asking")
                && help.contains("`runs undo last` takes it back"),
            "{help}"
        );
    }
}

#[test]
fn a_command_without_a_plan_is_not_done_instead_of_being_shown() {
    let program = Program::new();
    let file = program.file("export.jsonl");
    let file = file.to_str().unwrap();
    let commands: [&[&str]; 4] = [
        &["tokens", "create", "--name", "ci", "--role", "viewer"],
        &["users", "create", "ann", "--role", "admin"],
        &["store", "export", file],
        &["cancel", "r_1"],
    ];
    for words in commands {
        let said = program
            .run(&[words, &["--plan-only"]].concat())
            .complaint(2);
        assert!(said.contains("makes no plan"), "{said}");
    }
    assert_eq!(program.run(&["tokens", "list", "--plan-only"]).done(), "");
    assert!(!program.file("export.jsonl").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_rule_lets_pass_is_still_only_shown_where_only_the_plan_is_wished_for() {
    let sim = cluster().await;
    let rules = "[[rule]]\nname = \"power is free\"\noperations = [\"guests.*\"]\nsurfaces = [\"cli\", \"chat\"]\ndecision = \"pass\"\n";
    let home = tempfile::tempdir().unwrap();
    let policy = home.path().join("policy.toml");
    std::fs::write(&policy, rules).unwrap();
    let program = Program::new().with("PROXMOX_AI_POLICY_FILE", policy.to_str().unwrap());
    connect(&program, &sim);

    planned(program.run(&["guests", "stop", "web-01", "--plan-only"]), 0);
    let turn = program.run(&["ask", "stop web-01", "--plan-only"]);
    assert!(turn.stdout.starts_with("Plan p_"), "{turn:?}");
    assert_eq!(
        program.json(&["runs", "list"])["runs"],
        serde_json::json!([])
    );

    // Without the flag the rule is enough.
    program.run(&["guests", "stop", "web-01"]).done();
    let runs = program.json(&["runs", "list"]);
    assert_eq!(runs["runs"].as_array().map(Vec::len), Some(1), "{runs}");
    sim.stop().await;
}

#[test]
fn answers_are_sentences_and_lines_for_people_and_json_where_it_is_asked_for() {
    let program = Program::new().with("USER", "anna");
    let said = program
        .run(&["knowledge", "note_add", "Call bert at night."])
        .done();
    assert!(
        said.starts_with("Done: write down: Call bert at night.\nid: note_"),
        "{said}"
    );
    let said = program
        .run(&["memory", "add", "never restart before 22:00", "--team"])
        .done();
    assert!(
        said.starts_with("Done: ") && said.contains("\nid: f_"),
        "{said}"
    );
    let listed = program.run(&["memory", "list"]).done();
    let (heading, row) = listed.split_once('\n').unwrap();
    assert_eq!(
        heading.split_whitespace().collect::<Vec<_>>(),
        [
            "FACT", "KIND", "ABOUT", "GUEST", "AUTHOR", "CHANGED", "TEXT"
        ]
    );
    assert!(
        row.trim_end().ends_with("never restart before 22:00")
            && !row.contains('Z')
            && row.contains(" UTC "),
        "{row}"
    );
    let rules = program.run(&["memory", "propose_rules"]).done();
    assert!(
        rules.starts_with("# ") && rules.contains("\n[[rule]]\n"),
        "{rules}"
    );

    let folder = program.file("docs");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("a.md"), "# Night\n\nCall bert.\n").unwrap();
    let said = program
        .run(&[
            "knowledge",
            "add_source",
            folder.to_str().unwrap(),
            "--id",
            "docs",
        ])
        .done();
    assert!(said.starts_with("Done: add "), "{said}");
    let said = program.run(&["knowledge", "refresh", "docs"]).done();
    assert!(said.starts_with("Done: read "), "{said}");
    let said = program.run(&["policy", "show"]).done();
    assert!(
        !said.contains('{') && said.contains("\n  reading is free\n"),
        "{said}"
    );
    for words in [["policy", "show"], ["memory", "list"], ["runs", "list"]] {
        assert!(program.json(&words).is_object());
    }
}

#[test]
fn options_with_a_value_may_stand_before_any_command() {
    let program = Program::new();
    let other = Program::new();
    let data = other.data();
    let data = data.to_str().unwrap();
    other.json(&[
        "tokens",
        "create",
        "--name",
        "elsewhere",
        "--role",
        "viewer",
    ]);
    let commands: [&[&str]; 6] = [
        &["tokens", "list"],
        &["config", "show"],
        &["memory", "list"],
        &["users", "list"],
        &["mcp"],
        &["knowledge", "sources"],
    ];
    for words in commands {
        let before = [&["--data", data, "--log-format", "text"], words].concat();
        let after = [words, &["--data", data, "--log-format", "text"]].concat();
        let (before, after) = (program.run(&before), program.run(&after));
        assert_eq!(
            (before.code, &before.stdout),
            (after.code, &after.stdout),
            "{words:?}: {before:?}"
        );
        assert_eq!(before.code, Some(0), "{words:?}: {before:?}");
    }
    let said = program.run(&["--data", data, "tokens", "list"]).done();
    assert!(said.contains("elsewhere"), "{said}");
}
