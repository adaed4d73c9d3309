//! Checks that a job runs by itself: what they find is in their exit code.

use serde_json::{Value, json};

use crate::{
    program::Program,
    store::{cluster, connect},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_check_of_the_audit_chain_that_finds_something_wrong_does_not_exit_with_zero() {
    let outside = tempfile::tempdir().unwrap();
    let anchor = outside.path().join("ends.jsonl");
    let program = Program::new().with("PROXMOX_AI_AUDIT_ANCHOR", anchor.to_str().unwrap());
    let sim = cluster().await;
    connect(&program, &sim);
    program.run(&["guests", "stop", "web-01", "--yes"]).done();
    let told = program.json(&["audit", "verify"]);
    assert_eq!((&told["ok"], &told["differs"]), (&json!(true), &json!([])));

    // Nothing that the check itself does makes up for a file that is gone.
    std::fs::remove_file(&anchor).unwrap();
    for _ in 0..2 {
        let answer = program.run(&["audit", "verify", "--json"]);
        let told: Value = serde_json::from_str(&answer.stdout).unwrap();
        assert_eq!(
            (answer.code, &told["ok"]),
            (Some(1), &json!(false)),
            "{told}"
        );
        let text = told["text"].as_str().unwrap();
        assert!(text.contains("the anchor could not be read"), "{text}");
    }
    sim.stop().await;
}

#[test]
fn the_check_of_the_configuration_knows_the_operations_that_a_rule_may_speak_of() {
    let program = Program::new();
    let policy = program.file("policy.toml");
    let program = program.with("PROXMOX_AI_POLICY_FILE", policy.to_str().unwrap());
    let rule = "[[rule]]\nname = \"r\"\ndecision = \"never\"\n";
    std::fs::write(&policy, format!("{rule}operations = \"guests.foo\"\n")).unwrap();
    assert_eq!(
        program.run(&["config", "check"]).complaint(2),
        format!(
            "error: {}: line 4: the rule `r` speaks of `guests.foo`, and there is no such operation",
            policy.display()
        )
    );
    std::fs::write(&policy, format!("{rule}operations = \"guests.*\"\n")).unwrap();
    program.run(&["config", "check"]).done();
}
