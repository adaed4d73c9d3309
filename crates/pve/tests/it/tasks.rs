//! Task ids, outcomes, and following a task to its end.

use pve::{
    ErrorKind, LogLine, TaskEffect, TaskEnd, TaskEvent, TaskFilter, TaskOutcome, TaskPhase,
    TaskProgress, TaskState, Upid,
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::golden;
use crate::server::{Answer, Server};

const UPID: &str = "UPID:pve1:0000C530:001C9BEC:571E0322:qmstart:100:root@pam:";
const HA_UPID: &str = "UPID:pve1:0000C530:001C9BEC:571E0322:hastart:100:root@pam:";

fn parts_of(upid: &Upid) -> Value {
    json!({
        "node": upid.node().as_str(), "pid": upid.pid(), "pstart": upid.process_start(),
        "starttime": upid.start_time(), "type": upid.kind(), "id": upid.id(), "user": upid.user(),
    })
}

#[test]
fn task_ids_are_read_and_written_like_the_real_code_does() {
    let Some(rows) = golden::rows("vectors_upid.jsonl") else {
        return;
    };
    for row in rows {
        if let Some(input) = row["input"].as_str() {
            let parsed: Result<Upid, _> = input.parse();
            assert_eq!(
                parsed.as_ref().map_or(Value::Null, parts_of),
                row["decoded"],
                "{row}"
            );
            assert_eq!(
                parsed.map_or(input.to_owned(), |upid| upid.to_string()),
                input
            );
        } else {
            let parts = &row["encode"];
            let text = |key: &str| parts[key].as_str().unwrap().to_owned();
            let upid = Upid::from_parts(&pve::UpidParts {
                node: text("node").parse().unwrap(),
                pid: parts["pid"].as_u64().unwrap() as u32,
                process_start: parts["pstart"].as_u64().unwrap(),
                start_time: parts["starttime"].as_u64().unwrap() as u32,
                kind: text("type"),
                id: text("id"),
                user: text("user"),
            });
            assert_eq!(upid.unwrap().to_string(), row["output"].as_str().unwrap());
        }
    }
}

#[test]
fn exit_texts_are_sorted_like_the_real_code_does() {
    let Some(rows) = golden::rows("vectors_task_status.jsonl") else {
        return;
    };
    for row in rows {
        let outcome = TaskOutcome::from_exit_text(row["input"].as_str().unwrap());
        let word = match &outcome {
            TaskOutcome::Ok => "ok",
            TaskOutcome::Warnings(_) => "warning",
            TaskOutcome::Failed(_) => "error",
            TaskOutcome::Unknown(_) => "unknown",
        };
        assert_eq!(word, row["normalized"].as_str().unwrap(), "{row}");
        assert_eq!(outcome.is_success(), row["is_error"] == 0, "{row}");
    }
}

#[test]
fn killed_tasks_are_unknown_and_odd_warning_counts_are_failures() {
    let read = TaskOutcome::from_exit_text;
    assert_eq!(
        read("unexpected status"),
        TaskOutcome::Unknown("unexpected status".into())
    );
    assert_eq!(read("WARNINGS: 12"), TaskOutcome::Warnings(12));
    assert_eq!(
        read("WARNINGS: many"),
        TaskOutcome::Failed("WARNINGS: many".into())
    );
    assert_eq!(
        read("WARNINGS: +1"),
        TaskOutcome::Failed("WARNINGS: +1".into())
    );
}

/// A task that writes `lines` one by one, a line per look at its state, and then ends.
async fn task_with(lines: &'static [&'static str], exit: &'static str) -> Server {
    let mut written = 0;
    Server::start(move |request| {
        if request.target.ends_with("/status") {
            let done = written == lines.len();
            written = (written + 1).min(lines.len());
            return Answer::data(&if done {
                json!({"status": "stopped", "exitstatus": exit})
            } else {
                json!({"status": "running"})
            });
        }
        let (_, query) = request.target.split_once("log?start=").unwrap();
        let start: usize = query.split('&').next().unwrap().parse().unwrap();
        let rows: Vec<Value> = lines[..written]
            .iter()
            .enumerate()
            .skip(start)
            .map(|(index, text)| json!({"n": index + 1, "t": text}))
            .collect();
        Answer::json(200, "OK", &json!({"data": rows, "total": written}))
    })
    .await
}

async fn follow(server: &Server, upid: &str) -> (pve::Result<TaskEnd>, Vec<TaskEvent>) {
    let mut events = Vec::new();
    let mut note = |event| events.push(event);
    let cancel = CancellationToken::new();
    let end = server
        .client()
        .follow_task(&upid.parse().unwrap(), &mut note, &cancel)
        .await;
    (end, events)
}

fn line(number: u64, text: &str) -> TaskEvent {
    TaskEvent::Log(LogLine {
        number,
        text: text.into(),
    })
}

#[tokio::test]
async fn following_reports_each_line_once_with_its_progress_and_the_end() {
    let lines = &[
        "start",
        "transferred 1.0 GiB of 2.0 GiB (50.00%)",
        "TASK OK",
    ];
    let server = task_with(lines, "OK").await;
    let (end, events) = follow(&server, UPID).await;
    let upid = UPID.parse().unwrap();
    assert_eq!(
        end.unwrap(),
        TaskEnd {
            upid,
            outcome: TaskOutcome::Ok,
            effect: TaskEffect::Done
        }
    );
    let expected = [
        line(1, "start"),
        line(2, "transferred 1.0 GiB of 2.0 GiB (50.00%)"),
        TaskEvent::Progress(TaskProgress {
            phase: TaskPhase::Copy,
            object: None,
            phase_number: 1,
            percent: Some(50.0),
            done_bytes: Some(1 << 30),
            total_bytes: Some(2 << 30),
            bytes_per_s: None,
            remaining: None,
        }),
        line(3, "TASK OK"),
    ];
    assert_eq!(events, expected);
    let path = "/api2/json/nodes/pve1/tasks/UPID%3Apve1%3A0000C530%3A001C9BEC%3A571E0322%3Aqmstart%3A100%3Aroot%40pam%3A";
    assert_eq!(
        server.lines()[..2],
        [
            format!("GET {path}/status"),
            format!("GET {path}/log?start=0&limit=500")
        ]
    );
}

#[tokio::test]
async fn a_failed_task_ends_with_its_text_and_an_ha_task_only_requested() {
    let server = task_with(&[], "VM is locked (backup)").await;
    let (end, events) = follow(&server, HA_UPID).await;
    let outcome = TaskOutcome::Failed("VM is locked (backup)".into());
    let upid = HA_UPID.parse().unwrap();
    assert_eq!(
        end.unwrap(),
        TaskEnd {
            upid,
            outcome,
            effect: TaskEffect::OnlyRequested
        }
    );
    assert_eq!(events, []);
}

#[tokio::test]
async fn an_empty_log_has_no_lines_although_pve_sends_one() {
    let server = Server::answering(|| {
        Answer::json(
            200,
            "OK",
            &json!({"data": [{"n": 1, "t": "no content"}], "total": 1}),
        )
    })
    .await;
    let log = server
        .client()
        .task_log(&UPID.parse().unwrap(), 0, 50)
        .await
        .unwrap();
    assert_eq!(log, (Vec::new(), 0));
}

#[tokio::test]
async fn a_long_log_comes_in_pages_and_each_line_once() {
    let server = Server::start(|request| {
        if request.target.ends_with("/status") {
            return Answer::data(&json!({"status": "stopped", "exitstatus": "OK"}));
        }
        let (_, query) = request.target.split_once("log?start=").unwrap();
        let (start, limit) = query.split_once("&limit=").unwrap();
        let (start, limit): (u64, u64) = (start.parse().unwrap(), limit.parse().unwrap());
        let numbers = start + 1..=(start + limit).min(1200);
        let rows: Vec<Value> = numbers
            .map(|n| json!({"n": n, "t": format!("line {n}")}))
            .collect();
        Answer::json(200, "OK", &json!({"data": rows, "total": 1200}))
    })
    .await;
    let (end, events) = follow(&server, UPID).await;
    assert_eq!(end.unwrap().outcome, TaskOutcome::Ok);
    let expected: Vec<_> = (1..=1200).map(|n| line(n, &format!("line {n}"))).collect();
    assert_eq!(events, expected);
    assert_eq!(server.lines().len(), 4);
}

#[tokio::test]
async fn the_log_of_an_unknown_task_is_an_error_although_pve_sends_a_line() {
    let text = "unable to open file - No such file or directory";
    let body = json!({"data": [{"n": 1, "t": text}], "total": 1});
    let server = Server::answering(move || Answer::json(200, "OK", &body)).await;
    let log = server
        .client()
        .task_log(&UPID.parse().unwrap(), 0, 50)
        .await;
    let ErrorKind::Parameters { errors, .. } = log.unwrap_err().kind().clone() else {
        panic!("another error");
    };
    assert_eq!(errors["upid"], "no such task");
}

#[tokio::test]
async fn a_task_the_node_does_not_know_ends_as_unknown() {
    let server = Server::answering(|| {
        let text = "Parameter verification failed.";
        let body = json!({"message": "Parameter verification failed.\n", "errors": {"upid": "no such task"}, "data": null});
        Answer::json(400, text, &body)
    })
    .await;
    let (end, _) = follow(&server, UPID).await;
    assert!(matches!(end.unwrap().outcome, TaskOutcome::Unknown(_)));
}

#[tokio::test]
async fn following_survives_an_api_that_is_away_for_a_moment() {
    let mut times = 0;
    let server = Server::start(move |request| {
        times += 1;
        match times {
            1 => Answer::with(595, "Connection refused", "text/plain", b""),
            2..=3 => Answer::Close,
            _ if request.target.ends_with("/status") => {
                Answer::data(&json!({"status": "stopped", "exitstatus": "OK"}))
            }
            _ => Answer::json(200, "OK", &json!({"data": [], "total": 0})),
        }
    })
    .await;
    let (end, _) = follow(&server, UPID).await;
    assert_eq!(end.unwrap().outcome, TaskOutcome::Ok);
}

#[tokio::test]
async fn cancelling_ends_the_following_and_not_the_task() {
    let server = Server::answering(|| Answer::Silence).await;
    let cancel = CancellationToken::new();
    cancel.cancel();
    let end = server
        .client()
        .follow_task(&UPID.parse().unwrap(), &mut |_| (), &cancel)
        .await;
    assert_eq!(end.unwrap_err().kind(), &ErrorKind::Cancelled);
    assert!(server.lines().iter().all(|line| line.starts_with("GET ")));
}

#[tokio::test]
async fn lists_tell_running_tasks_from_ended_ones() {
    let server = Server::answering(|| {
        Answer::data(&json!([
            {"upid": UPID, "status": "RUNNING"},
            {"upid": UPID},
            {"upid": UPID, "endtime": "1461584675", "status": "OK", "saved": "1"},
            {"upid": UPID, "endtime": 1_461_584_675},
            {"upid": "UPID:broken"},
        ]))
    })
    .await;
    let client = server.client();
    let vmid = Some("100".parse().unwrap());
    let filter = TaskFilter {
        vmid,
        since: Some(5),
        ..TaskFilter::default()
    };
    let tasks = client
        .node_tasks(&"pve1".parse().unwrap(), &filter)
        .await
        .unwrap();
    let states: Vec<_> = tasks
        .iter()
        .map(|task| (task.state.clone(), task.end_time))
        .collect();
    let ended = |outcome| (TaskState::Ended(outcome), Some(1_461_584_675));
    let running = (TaskState::Running, None);
    let unknown = TaskOutcome::Unknown(String::new());
    assert_eq!(
        states,
        [
            running.clone(),
            running,
            ended(TaskOutcome::Ok),
            ended(unknown)
        ]
    );
    let query = "source=all&start=0&limit=50&vmid=100&since=5";
    assert_eq!(
        server.lines(),
        [format!("GET /api2/json/nodes/pve1/tasks?{query}")]
    );
    client.stop_task(&UPID.parse().unwrap()).await.unwrap();
    assert!(server.lines()[1].starts_with("DELETE /api2/json/nodes/pve1/tasks/UPID%3A"));
}
