//! `pvesh` on this node, in front of a stand-in that plays recorded command lines.

use std::time::Duration;

use pve::{Budget, Client, ErrorClass, ErrorKind, Method, Params, Phase, PveshOptions};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::golden;
use crate::stand_in::{Does, Row, StandIn};

pub(crate) const UPID: &str = "UPID:pve1:0000237B:0006922B:6B038C12:qmstart:999:root@pam:";

/// A recorded command line of `pvesh` in JSON mode, as a call.
pub(crate) struct Recorded {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) params: Params,
    words: Vec<String>,
    pub(crate) status: u8,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Splits at blanks outside of double quotes.
fn split(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for character in command.chars() {
        match character {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            other => words.last_mut().unwrap().push(other),
        }
    }
    words
}

/// All of them, or nothing with a printed reason.
pub(crate) fn recorded() -> Option<Vec<Recorded>> {
    let all = golden::rows("11_pvesh_cli.jsonl")?;
    let calls = all.iter().filter_map(|row| {
        let words = split(row["command"].as_str()?);
        let [program, verb, path, options @ ..] = words.as_slice() else {
            return None;
        };
        let method = match (program.as_str(), verb.as_str()) {
            ("pvesh", "get") => Method::Get,
            ("pvesh", "create") => Method::Post,
            ("pvesh", "set") => Method::Put,
            ("pvesh", "delete") => Method::Delete,
            _ => return None,
        };
        // What is left are pairs of names and values; options of pvesh itself are no parameters.
        let (params, format) = options.split_at_checked(options.len().checked_sub(2)?)?;
        let json = format == ["--output-format", "json"];
        let own = ["--quiet", "--noproxy"];
        if !json || params.iter().any(|word| own.contains(&word.as_str())) {
            return None;
        }
        let text = |key: &str| row[key].as_str().unwrap().to_owned();
        Some(Recorded {
            method,
            path: path.clone(),
            params: params
                .chunks(2)
                .map(|pair| (pair[0].trim_start_matches('-'), pair[1].as_str()))
                .collect(),
            words: words[1..].to_vec(),
            status: row["rc"].as_u64().unwrap() as u8,
            stdout: text("stdout"),
            stderr: text("stderr"),
        })
    });
    let calls: Vec<Recorded> = calls.collect();
    assert!(calls.len() >= 25, "{}", calls.len());
    Some(calls)
}

/// A stand-in that plays them.
pub(crate) fn player(calls: &[Recorded]) -> StandIn {
    let rows: Vec<Row> = calls
        .iter()
        .map(|call| Row {
            words: call.words.clone(),
            does: Does::Prints {
                stdout: call.stdout.clone(),
                stderr: call.stderr.clone(),
                status: call.status,
            },
        })
        .collect();
    StandIn::new(&rows)
}

/// Makes each recorded call and compares: data of the last line or none, errors by their text.
pub(crate) async fn replay(client: &Client, calls: &[Recorded]) {
    for call in calls {
        let path = call.path.parse().unwrap();
        let result = client.call(call.method, &path, &call.params).await;
        let name = call.words.join(" ");
        if call.status == 0 {
            let last = call.stdout.trim_end().lines().last().unwrap_or_default();
            let data: Value = serde_json::from_str(last).unwrap_or_default();
            assert_eq!(result.unwrap().data, data, "{name}");
            continue;
        }
        let error = result.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Refused, "{name}: {error}");
        assert!(
            call.stderr.contains(error.text().lines().next().unwrap()),
            "{name}: {error}"
        );
        // The line that tells how to use the program is no reason.
        assert!(!error.to_string().contains("pvesh"), "{name}: {error}");
        if let ErrorKind::Parameters { errors, .. } = error.kind() {
            for parameter in errors.keys() {
                assert!(call.stderr.contains(parameter), "{name}: {error}");
            }
        }
    }
}

fn client(stand_in: &StandIn) -> Client {
    let options = PveshOptions {
        program: stand_in.program(),
        ..PveshOptions::default()
    };
    Client::on_this_node(options, Budget::default())
}

#[tokio::test]
async fn every_recorded_command_line_is_read_as_it_is_meant() {
    let Some(calls) = recorded() else { return };
    let stand_in = player(&calls);
    let client = client(&stand_in);
    replay(&client, &calls).await;
    let asked: Vec<Vec<String>> = calls.iter().map(|call| call.words.clone()).collect();
    assert_eq!(stand_in.calls(), asked);
    let counters = client.requests();
    assert_eq!(counters.count, calls.len() as u64);
    let refused = calls.iter().filter(|call| call.status != 0).count();
    assert_eq!(counters.failed, refused as u64);
}

#[tokio::test]
async fn the_kinds_of_recorded_refusals_are_the_ones_of_https() {
    let Some(calls) = recorded() else { return };
    let stand_in = player(&calls);
    let client = client(&stand_in);
    let mut kinds = [0; 3];
    for call in calls.iter().filter(|call| call.status != 0) {
        let path = call.path.parse().unwrap();
        let error = client
            .call(call.method, &path, &call.params)
            .await
            .unwrap_err();
        match error.kind() {
            ErrorKind::Parameters { text, errors } => {
                assert!(!errors.is_empty(), "{text}");
                kinds[0] += 1;
            }
            ErrorKind::NotImplemented { .. } => kinds[1] += 1,
            ErrorKind::Refused { status: 500, .. } => kinds[2] += 1,
            other => panic!("{other}"),
        }
    }
    assert_eq!(kinds, [5, 2, 3]);
}

#[tokio::test]
async fn d1_a_started_task_is_a_success_whatever_its_upid_looks_like_and_stderr_says() {
    let upids = [
        UPID,
        "UPID:pve1:0000237B:0006922B:6B038C12:imgcopy::root@pam:",
        "UPID:pve1:0000237B:0006922B:6B038C12:aptupdate::root@pam!tok:",
        "UPID:pve1:0000237B:1234567890:6B038C12:qmstart:100:root@pam:",
        "UPID:pve1:0000237B:123456789:6B038C12:qmstart:100:root@pam:",
    ];
    let rows: Vec<Row> = upids
        .iter()
        .enumerate()
        .map(|(number, upid)| {
            let words =
                format!("create /nodes/pve1/qemu/{number}00/status/start --output-format json");
            Row::prints(&words, &format!("\"{upid}\"\n"), "it did not work\n", 0)
        })
        .collect();
    let stand_in = StandIn::new(&rows);
    let client = client(&stand_in);
    for (number, upid) in upids.iter().enumerate() {
        let path = format!("/nodes/pve1/qemu/{number}00/status/start")
            .parse()
            .unwrap();
        let reply = client
            .call(Method::Post, &path, &Params::new())
            .await
            .unwrap();
        assert_eq!(reply.data, *upid);
        // Nine digits are the most that a real one has.
        assert_eq!(upid.parse::<pve::Upid>().is_ok(), number != 3, "{upid}");
    }
}

#[tokio::test]
async fn d7_json_is_asked_for_in_every_call_and_tables_are_no_data() {
    let table = "┌─────┬───────┐\n│ key │ value │\n└─────┴───────┘\n";
    let stand_in = StandIn::new(&[
        Row::prints("get /version --output-format json", table, "", 0),
        Row::prints(
            "get /cluster/nextid --output-format json",
            "\"101\"\n",
            "",
            0,
        ),
    ]);
    let client = client(&stand_in);
    let call = async |path: &str| {
        let path = path.parse().unwrap();
        client.call(Method::Get, &path, &Params::new()).await
    };
    assert_eq!(call("/cluster/nextid").await.unwrap().data, json!("101"));
    assert_eq!(call("/version").await.unwrap().data, Value::Null);
    let error = client.version().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unexpected(_)), "{error}");
    for words in stand_in.calls() {
        assert_eq!(words[words.len() - 2..], ["--output-format", "json"]);
    }
}

#[tokio::test]
async fn a_node_without_pvesh_is_unreachable_and_nothing_was_done() {
    let options = PveshOptions {
        program: "/nowhere/pvesh".to_owned(),
        ..PveshOptions::default()
    };
    let client = Client::on_this_node(options, Budget::default());
    let path = "/nodes/pve1/qemu".parse().unwrap();
    let error = client
        .call(Method::Post, &path, &Params::new())
        .await
        .unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Unreachable { .. }),
        "{error}"
    );
    assert_eq!(error.class(), ErrorClass::NotSent);
    assert!(
        error
            .to_string()
            .starts_with("cannot POST /nodes/pve1/qemu at this node: ")
    );
}

#[tokio::test]
async fn a_secret_is_refused_before_anything_is_run() {
    let stand_in = StandIn::new(&[]);
    let params = Params::new()
        .with("userid", "a@pve")
        .with("password", "hunter2hunter2");
    let path = "/access/users".parse().unwrap();
    let error = client(&stand_in)
        .call(Method::Post, &path, &params)
        .await
        .unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Invalid(_)), "{error}");
    assert!(!format!("{error} {error:?}").contains("hunter2"));
    assert_eq!(stand_in.calls(), Vec::<Vec<String>>::new());
}

#[tokio::test]
async fn an_answer_over_the_limit_is_refused_with_the_limit() {
    let long = format!("\"{}\"\n", "x".repeat(3000));
    let stand_in = StandIn::new(&[Row::prints("get /x --output-format json", &long, "", 0)]);
    let options = PveshOptions {
        program: stand_in.program(),
        body_limit_bytes: 2000,
        ..PveshOptions::default()
    };
    let client = Client::on_this_node(options, Budget::default());
    let path = "/x".parse().unwrap();
    let error = client
        .call(Method::Get, &path, &Params::new())
        .await
        .unwrap_err();
    assert_eq!(
        error.kind(),
        &ErrorKind::Body(pve::BodyProblem::TooLarge { limit_bytes: 2000 })
    );
}

/// Opens a named pipe for reading and gives the line that comes.
async fn line_from(pipe: std::path::PathBuf) -> String {
    let reading = tokio::task::spawn_blocking(move || std::fs::read_to_string(pipe).unwrap());
    timeout(Duration::from_secs(20), reading)
        .await
        .unwrap()
        .unwrap()
        .trim()
        .to_owned()
}

#[tokio::test]
async fn a_read_that_is_too_late_is_ended_with_its_process() {
    let does = Does::Runs("exec 9> \"$folder/held\"; exec sleep 600".to_owned());
    let stand_in = StandIn::new(&[Row::new("get /x --output-format json", does)]);
    // Ends when nobody holds the other side any more.
    let held = line_from(stand_in.pipe("held"));
    let options = PveshOptions {
        program: stand_in.program(),
        read_limit: Duration::from_secs(1),
        ..PveshOptions::default()
    };
    let client = Client::on_this_node(options, Budget::default());
    let (path, none) = ("/x".parse().unwrap(), Params::new());
    let (result, said) = tokio::join!(client.call(Method::Get, &path, &none), held);
    assert_eq!(said, "");
    let error = result.unwrap_err();
    assert!(
        matches!(
            error.kind(),
            ErrorKind::Timeout {
                phase: Phase::Body,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(error.class(), ErrorClass::NotSent);
}

#[tokio::test]
async fn a_write_goes_on_when_its_caller_has_gone() {
    let does = Does::Runs(format!(
        "echo $$ > \"$folder/started\"; read word < \"$folder/go\"; echo log; echo '\"{UPID}\"'; \
         echo \"$word\" > \"$folder/done\""
    ));
    let stand_in = StandIn::new(&[Row::new("create /x --output-format json", does)]);
    let (started, go, done) = (
        stand_in.pipe("started"),
        stand_in.pipe("go"),
        stand_in.pipe("done"),
    );
    let client = client(&stand_in);
    let (path, none) = ("/x".parse().unwrap(), Params::new());
    // The one that ends first is the event; the call is dropped there.
    tokio::select! {
        result = client.call(Method::Post, &path, &none) => panic!("{result:?}"),
        process = line_from(started) => assert!(!process.is_empty()),
    }
    tokio::task::spawn_blocking(move || std::fs::write(go, "on\n").unwrap())
        .await
        .unwrap();
    assert_eq!(line_from(done).await, "on");
}
