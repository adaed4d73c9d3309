//! What surprises about real servers and concerns transport, identity, errors and tasks, by the
//! numbers of the list of observed behaviours that this crate was written against, each with the
//! tests that show how it is met. What surprises about guests and nodes (12, 16 to 18, 20 to 22,
//! 30, 33, 35, 36, 38) is with the tests of their typed calls; 9 and 25 are for those who read the
//! answers.
//!
//! [`TESTS`] is the table; a test holds it to tests that exist.

use std::collections::BTreeSet;
use std::path::Path;

use pve::{
    ErrorClass, ErrorKind, Method, Params, TaskEffect, TaskOutcome, Transferred, UploadContent,
};
use serde_json::json;
use tokio::io::AsyncReadExt;
use tokio_util::sync::CancellationToken;

use crate::server::{Answer, Server};

/// Number, what happens, and which tests meet it.
const TESTS: [(u8, &str, &[&str]); 25] = [
    (
        1,
        "a 401 comes late, without a body, its text in the reason phrase alone",
        &[
            "every_recorded_refusal_keeps_its_status_text_and_parameters",
            "every_text_of_a_401_is_read_from_its_reason_phrase",
            "a_refused_password_is_not_tried_again_at_once",
        ],
    ),
    (
        2,
        "errors say their text twice, once with a line end",
        &["the_line_end_of_a_message_is_not_shown"],
    ),
    (
        3,
        "a refused parameter is a 400 with a map, or a 500 with the 400 in its text",
        &[
            "several_nested_parameter_errors_are_each_named",
            "both_ways_of_refusing_a_parameter_read_the_same",
        ],
    ),
    (
        4,
        "501, 506 and 500 stand for unknown paths, kinds of bodies, broken and large ones",
        &["a_call_that_cannot_be_read_is_told_with_what_to_do"],
    ),
    (
        5,
        "an unknown guest is a 500, and so is one that is at another node",
        &["a_guest_that_is_not_there_is_looked_up_again"],
    ),
    (
        6,
        "the other formatters answer 200 to everything",
        &["every_call_asks_for_the_plain_formatter"],
    ),
    (
        7,
        "some calls are not for tokens, an unknown pool is a missing right",
        &["a_call_that_is_not_for_tokens_says_to_use_a_password"],
    ),
    (
        8,
        "a missing right is named, or not, and lists are shortened instead",
        &[
            "a_missing_privilege_is_taken_apart",
            "a_missing_right_is_named_with_what_to_grant",
            "missing_privileges_are_named_with_their_path",
        ],
    ),
    (
        10,
        "a second factor is asked for with a 200 and a ticket that opens nothing",
        &[
            "an_account_with_a_second_factor_is_told_so",
            "no_answer_and_a_wrong_one_are_told_apart_and_no_half_ticket_is_used",
            "d3_a_sign_in_after_the_code_was_used_asks_for_another_instead_of_sending_it_again",
        ],
    ),
    (
        11,
        "most failures come after the 200, inside the task",
        &[
            "a_task_that_fails_after_its_200_is_a_failure",
            "a_failed_task_ends_with_its_text_and_an_ha_task_only_requested",
        ],
    ),
    (
        13,
        "the state of an unknown task is refused and its log is one line about a missing file",
        &["a_task_the_node_does_not_know_ends_as_unknown"],
    ),
    (
        14,
        "a backup with one bad guest and a task that was stopped have ends of their own",
        &[
            "a_task_that_fails_after_its_200_is_a_failure",
            "exit_texts_are_sorted_like_the_real_code_does",
        ],
    ),
    (
        15,
        "a guest that does not follow a shutdown fails the task with a time-out",
        &["a_task_that_fails_after_its_200_is_a_failure"],
    ),
    (
        19,
        "a lock that is held makes a change wait and then fail with a 500",
        &["what_another_job_holds_is_told_as_such"],
    ),
    (
        23,
        "without a majority reads work and writes fail in three different ways",
        &["a_lost_majority_is_told_in_each_of_its_disguises"],
    ),
    (
        24,
        "a node that cannot be reached is 595 or 596 without a body, an unknown one 500",
        &[
            "a_node_that_the_server_cannot_reach_is_named_and_asked_for_at_one_other",
            "a_node_that_was_not_reached_did_nothing_but_a_lost_one_may_have",
            "a_node_that_nobody_knows_is_told_from_one_that_is_down",
        ],
    ),
    (
        26,
        "rows of nodes that are offline lack most of their keys",
        &["every_recorded_inventory_is_read_row_by_row"],
    ),
    (
        27,
        "the exit codes of pvesh mean nothing but yes and no",
        &[
            "every_recorded_command_line_is_read_as_it_is_meant",
            "the_kinds_of_recorded_refusals_are_the_ones_of_https",
        ],
    ),
    (
        28,
        "pvesh ends with 0 when the task it started failed",
        &["d1_a_started_task_is_a_success_whatever_its_upid_looks_like_and_stderr_says"],
    ),
    (
        29,
        "pvesh prints lines that are no JSON, and nothing for nothing",
        &[
            "every_recorded_command_line_is_read_as_it_is_meant",
            "nothing_printed_by_pvesh_means_null",
        ],
    ),
    (
        31,
        "a backup that was broken off can end in no known state and leave its lock",
        &[
            "killed_tasks_are_unknown_and_odd_warning_counts_are_failures",
            "what_another_job_holds_is_told_as_such",
        ],
    ),
    (
        32,
        "uploads are taken without a CSRF token, and folders are cut from their names",
        &[
            "an_upload_with_a_ticket_carries_the_csrf_token_although_it_is_not_asked_for",
            "a_name_that_would_end_up_elsewhere_is_refused_before_anything_is_sent",
        ],
    ),
    (
        34,
        "the query wins over the body, bodies of reads are refused, content types are exact",
        &["each_method_has_its_parameters_in_one_place_only"],
    ),
    (
        37,
        "requests to the HA manager end well before anything has happened",
        &["a_task_of_the_ha_manager_is_a_request_and_not_yet_the_effect"],
    ),
    (
        39,
        "a backup of a guest that lives elsewhere is a 200 with a word in the place of a task",
        &[
            "a_call_without_a_task_is_done_with_its_answer_and_one_with_is_followed",
            "an_answer_without_a_task_id_is_unexpected_and_may_have_worked",
        ],
    ),
];

/// The names of all tests in the sources of this crate.
fn tests_in(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tests_in(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let mut is_test = false;
            for line in text.lines().map(str::trim) {
                let name = line.strip_prefix("async ").unwrap_or(line);
                if line.starts_with("#[") {
                    is_test |= line.contains("test");
                } else if let Some(rest) = name.strip_prefix("fn ").filter(|_| is_test) {
                    found.insert(rest.split('(').next().unwrap_or_default().to_owned());
                    is_test = false;
                } else {
                    is_test = false;
                }
            }
        }
    }
}

#[test]
fn every_surprise_names_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = BTreeSet::new();
    tests_in(&root.join("src"), &mut found);
    tests_in(&root.join("tests"), &mut found);
    assert!(found.len() > 150, "{}", found.len());
    let mut before = 0;
    for (number, what, tests) in TESTS {
        assert!(number > before && !what.is_empty() && !tests.is_empty());
        before = number;
        for test in tests {
            assert!(found.contains(*test), "{number}: no test is called {test}");
        }
    }
}

/// The error of one call to a server that always gives this answer.
async fn refused(
    method: Method,
    path: &str,
    answer: impl Fn() -> Answer + Send + 'static,
) -> pve::Error {
    let server = Server::answering(answer).await;
    let call = server
        .client()
        .call(method, &path.parse().unwrap(), &Params::new())
        .await;
    call.unwrap_err()
}

/// A refusal as PVE words it: the reason phrase and the message with a line end.
fn refusal(status: u16, text: &'static str) -> impl Fn() -> Answer + Send + 'static {
    move || {
        Answer::json(
            status,
            text,
            &json!({"data": null, "message": format!("{text}\n")}),
        )
    }
}

#[tokio::test]
async fn every_text_of_a_401_is_read_from_its_reason_phrase() {
    for text in [
        "No ticket",
        "Authentication failed!",
        "Permission denied - invalid csrf token",
    ] {
        let answer = move || Answer::with(401, text, "text/plain", b"");
        let error = refused(Method::Get, "/version", answer).await;
        let kind = ErrorKind::Unauthorized { text: text.into() };
        assert_eq!(error.kind(), &kind);
        assert!(error.hint().starts_with("check user, realm and password"));
    }
}

#[tokio::test]
async fn the_line_end_of_a_message_is_not_shown() {
    let error = refused(Method::Put, "/pools", refusal(500, "no options specified")).await;
    let end = error.to_string();
    assert!(
        end.ends_with(": no options specified (status 500)"),
        "{end}"
    );
    assert_eq!(error.text(), "no options specified");
}

#[tokio::test]
async fn both_ways_of_refusing_a_parameter_read_the_same() {
    let headline = "Parameter verification failed.";
    let map = move || {
        let body = json!({
            "data": null, "message": format!("{headline}\n"),
            "errors": {"vmid": "property is missing\n"},
        });
        Answer::json(400, headline, &body)
    };
    let nested = || {
        let text = "400 Parameter verification failed.";
        let message = format!("{text}\nvmid: property is missing\n");
        Answer::json(500, text, &json!({"data": null, "message": message}))
    };
    let expected = ErrorKind::Parameters {
        text: headline.into(),
        errors: [("vmid".to_owned(), "property is missing".to_owned())].into(),
    };
    for error in [
        refused(Method::Post, "/cluster/backup", map).await,
        refused(Method::Post, "/cluster/backup", nested).await,
    ] {
        assert_eq!(error.kind(), &expected);
        assert_eq!(error.class(), ErrorClass::Refused);
        assert_eq!(error.hint(), "correct the named parameters");
    }
}

#[tokio::test]
async fn a_call_that_cannot_be_read_is_told_with_what_to_do() {
    let unknown = refusal(501, "Method 'GET /nope' not implemented");
    let error = refused(Method::Get, "/nope", unknown).await;
    assert!(matches!(error.kind(), ErrorKind::NotImplemented { .. }));
    assert_eq!(
        error.hint(),
        "check path and method against the API viewer of this PVE version"
    );
    // The same status, and something else entirely.
    let large = || Answer::with(501, "for data too large", "text/plain", b"");
    let error = refused(Method::Post, "/cluster/sdn", large).await;
    assert_eq!(
        error.hint(),
        "send less in one request: PVE takes 512 KiB, and more only as an uploaded file"
    );
    // Headers that are too long end the connection without a word.
    let error = refused(Method::Post, "/cluster/sdn", || Answer::Close).await;
    assert!(matches!(error.kind(), ErrorKind::ConnectionLost { .. }));
    assert_eq!(error.class(), ErrorClass::MaybeSent);
    let error = refused(Method::Post, "/pools", refusal(506, "wrong type")).await;
    assert_eq!(
        (error.status(), error.class()),
        (Some(506), ErrorClass::Refused)
    );
}

#[tokio::test]
async fn a_guest_that_is_not_there_is_looked_up_again() {
    let text = "Configuration file 'nodes/pve1/qemu-server/100.conf' does not exist";
    let path = "/nodes/pve1/qemu/100/config";
    let error = refused(Method::Get, path, refusal(500, text)).await;
    assert_eq!((error.status(), error.text()), (Some(500), text.to_owned()));
    let hint = "the object is gone or on another node: look it up again";
    assert_eq!(error.hint(), hint);
}

#[tokio::test]
async fn every_call_asks_for_the_plain_formatter() {
    let server = Server::answering(|| Answer::data(&json!(null))).await;
    let client = server.client();
    for method in [Method::Get, Method::Post, Method::Put, Method::Delete] {
        let path = "/access/domains".parse().unwrap();
        client.call(method, &path, &Params::new()).await.unwrap();
    }
    for request in server.seen() {
        assert_eq!(request.target, "/api2/json/access/domains");
    }
}

#[tokio::test]
async fn a_call_that_is_not_for_tokens_says_to_use_a_password() {
    for text in [
        "Permission check failed (URI '/access/password' not available with API token, need proper \
         ticket.",
        "Permission check failed (pool 'missing' does not exist)",
    ] {
        let error = refused(Method::Put, "/access/password", refusal(403, text)).await;
        assert_eq!(error.status(), Some(403));
        assert_eq!(
            error.hint(),
            "the user or token lacks a privilege for this; some calls work with a password login only"
        );
    }
}

#[tokio::test]
async fn a_missing_right_is_named_with_what_to_grant() {
    let text = "Permission check failed (/nodes/pve1, Sys.Audit)";
    let error = refused(Method::Get, "/nodes/pve1/journal", refusal(403, text)).await;
    assert_eq!(
        error.hint(),
        "grant a role with Sys.Audit on /nodes/pve1; a token with privilege separation needs its own"
    );
    assert_eq!(error.class(), ErrorClass::Refused);
}

/// How a task ends that was started with a 200.
async fn end_of(upid: &'static str, exit: &'static str) -> pve::TaskEnd {
    let server = Server::start(move |request| {
        if request.method == "POST" {
            Answer::data(&json!(upid))
        } else if request.target.ends_with("/status") {
            Answer::data(&json!({"status": "stopped", "exitstatus": exit}))
        } else {
            Answer::json(200, "OK", &json!({"data": [], "total": 0}))
        }
    })
    .await;
    let client = server.client();
    let path = "/nodes/pve1/vzdump".parse().unwrap();
    let started = client.call(Method::Post, &path, &Params::new()).await;
    let upid = started.unwrap().data.as_str().unwrap().parse().unwrap();
    let cancel = CancellationToken::new();
    let end = client.follow_task(&upid, &mut |_| (), &cancel).await;
    end.unwrap()
}

const UPID: &str = "UPID:pve1:0000C530:001C9BEC:571E0322:vzdump:100:root@pam:";
const HA_UPID: &str = "UPID:pve1:0000C530:001C9BEC:571E0322:hastop:100:root@pam:";

#[tokio::test]
async fn a_task_that_fails_after_its_200_is_a_failure() {
    for exit in [
        "VM 100 already running",
        "VM is locked (backup)",
        "job errors",
        "interrupted by signal",
        "VM quit/powerdown failed - got timeout",
    ] {
        let end = end_of(UPID, exit).await;
        assert_eq!(end.outcome, TaskOutcome::Failed(exit.to_owned()));
        assert!(!end.outcome.is_success());
    }
}

#[tokio::test]
async fn a_task_of_the_ha_manager_is_a_request_and_not_yet_the_effect() {
    let (requested, done) = (end_of(HA_UPID, "OK").await, end_of(UPID, "OK").await);
    assert_eq!(
        (requested.outcome, requested.effect),
        (TaskOutcome::Ok, TaskEffect::OnlyRequested)
    );
    assert_eq!(
        (done.outcome, done.effect),
        (TaskOutcome::Ok, TaskEffect::Done)
    );
}

#[tokio::test]
async fn what_another_job_holds_is_told_as_such() {
    let path = "/nodes/pve1/qemu/100/config";
    for (text, hint) in [
        (
            "can't lock file '/var/lock/qemu-server/lock-100.conf' - got timeout",
            "another job holds the lock: wait for it and try again",
        ),
        (
            "VM is locked (backup)",
            "another job holds the guest: wait for it or look at the task list",
        ),
    ] {
        let error = refused(Method::Put, path, refusal(500, text)).await;
        assert_eq!(error.hint(), hint);
        assert_eq!(error.class(), ErrorClass::Refused);
    }
}

#[tokio::test]
async fn a_lost_majority_is_told_in_each_of_its_disguises() {
    for text in [
        "cfs-lock 'file-user_cfg' error: no quorum!",
        "cluster not ready - no quorum?",
        "unable to open file '/etc/pve/nodes/pve1/qemu-server/100.conf.tmp.7' - Permission denied",
    ] {
        let error = refused(Method::Put, "/cluster/options", refusal(500, text)).await;
        assert!(error.hint().contains("majority"), "{}", error.hint());
        assert!(error.hint().contains("bring nodes back"));
    }
}

#[tokio::test]
async fn a_node_that_nobody_knows_is_told_from_one_that_is_down() {
    let unknown = refusal(
        500,
        "hostname lookup 'pve9' failed - failed to get address info",
    );
    let error = refused(Method::Get, "/nodes/pve9/status", unknown).await;
    assert_eq!(error.hint(), "no node of that name is known to the cluster");
    let down = || Answer::with(595, "No route to host", "text/plain", b"");
    let error = refused(Method::Get, "/nodes/pve9/status", down).await;
    assert_eq!(
        error.hint(),
        format!(
            "check that node pve9 is up and reachable from {}",
            error.endpoint()
        )
    );
}

#[tokio::test]
async fn an_upload_with_a_ticket_carries_the_csrf_token_although_it_is_not_asked_for() {
    let server = Server::start(|request| {
        if request.target.ends_with("/access/ticket") {
            Answer::data(&json!({
                "username": "root@pam", "ticket": "PVE:root@pam:6B038830::c2ln",
                "CSRFPreventionToken": "6B038830:csrf",
            }))
        } else {
            Answer::data(&json!(UPID))
        }
    })
    .await;
    let file = pve::FileSource {
        field: "filename".to_owned(),
        file_name: "x.iso".to_owned(),
        size_bytes: 3,
        reader: Box::new(tokio::io::repeat(b'x').take(3)),
    };
    let (client, node) = (server.password_client(), "pve1".parse().unwrap());
    let mut quiet = |_: Transferred| ();
    client
        .upload(&node, "local", UploadContent::Iso, file, None, &mut quiet)
        .await
        .unwrap();
    let seen = server.seen();
    assert_eq!(seen[1].header("csrfpreventiontoken"), Some("6B038830:csrf"));
    assert_eq!(
        seen[1].header("cookie"),
        Some("PVEAuthCookie=PVE:root@pam:6B038830::c2ln")
    );
}

#[tokio::test]
async fn each_method_has_its_parameters_in_one_place_only() {
    let server = Server::answering(|| Answer::data(&json!(null))).await;
    let client = server.client();
    let params = Params::new().with("name", "a b&c").with("note", "ü");
    for method in [Method::Get, Method::Delete, Method::Post, Method::Put] {
        let path = "/pools".parse().unwrap();
        client.call(method, &path, &params).await.unwrap();
    }
    let encoded = "name=a+b%26c&note=%C3%BC";
    for request in server.seen() {
        let in_query = matches!(request.method.as_str(), "GET" | "DELETE");
        let (target, body, kind) = if in_query {
            (format!("/api2/json/pools?{encoded}"), "", None)
        } else {
            // To the letter: a blank behind it or another case is refused.
            let kind = Some("application/x-www-form-urlencoded");
            ("/api2/json/pools".to_owned(), encoded, kind)
        };
        assert_eq!((&request.target, request.body.as_str()), (&target, body));
        assert_eq!(request.header("content-type"), kind, "{}", request.method);
        assert_eq!(request.header("transfer-encoding"), None);
    }
}
