//! What is kept, beside the plans of the command line.

use serde_json::{Value, json};

use crate::{
    program::Program,
    store::{cluster, connect},
};

const STOP: [&str; 3] = ["guests", "stop", "web-01"];
/// The command waits for consent and nobody gives it.
const NEEDS_APPROVAL: i32 = 3;

/// The JSON of a command that ends with this code.
fn document(program: &Program, arguments: &[&str], code: i32) -> Value {
    let answer = program.run(arguments);
    assert_eq!(answer.code, Some(code), "{answer:?}");
    serde_json::from_str(&answer.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_shows_what_is_kept_about_its_guests_before_it_asks() {
    let (sim, program) = (cluster().await, Program::new().with("USER", "anna"));
    connect(&program, &sim);

    // Nothing is kept: nothing is said of it.
    let answer = program.run(&STOP);
    assert_eq!(answer.code, Some(NEEDS_APPROVAL), "{answer:?}");
    assert!(!answer.stdout.contains("kept"), "{}", answer.stdout);
    let plan = document(&program, &[&STOP[..], &["--json"]].concat(), NEEDS_APPROVAL);
    assert_eq!(plan.get("kept"), None);

    let text = "web-01 is the payment server";
    let added = program.json(&["memory", "add", text, "--guest", "web-01"]);
    let author = added["author"].as_str().unwrap();
    let answer = program.run(&STOP);
    let line = answer
        .stdout
        .lines()
        .find(|line| line.contains("kept"))
        .unwrap();
    assert!(
        line.starts_with(&format!("  kept: \"{text}\" ({author}, ")) && line.ends_with(" ago)"),
        "{line}"
    );

    // In JSON it stands beside the plan, which is the same as before.
    for (flags, code) in [
        (["--json"].as_slice(), NEEDS_APPROVAL),
        (&["--json", "--plan-only"], 0),
        (&["--json", "--yes"], 0),
    ] {
        let shown = document(&program, &[&STOP, flags].concat(), code);
        assert_eq!(
            (
                &shown["kept"]["facts"][0]["text"],
                &shown["kept"]["more"],
                shown["plan"].get("kept")
            ),
            (&json!(text), &json!(0), None),
            "{flags:?}"
        );
    }
    let other = document(
        &program,
        &["guests", "start", "web-01", "--json"],
        NEEDS_APPROVAL,
    );
    assert_eq!(other["kept"]["facts"].as_array().map(Vec::len), Some(1));

    // A turn of the assistant tells it once, in its own words.
    let turn = program.run(&["ask", "start web-01"]);
    let said = format!("{}{}", turn.stderr, turn.stdout);
    assert_eq!(said.matches(text).count(), 1, "{said}");

    sim.stop().await;
}
