//! Every recorded refusal of a real server becomes the right error with PVE's own text.

use std::sync::{Arc, Mutex};

use pve::{ApiPath, ErrorClass, ErrorKind, Method, Params};
use serde_json::Value;

use crate::golden;
use crate::server::{Answer, Server};

fn method_of(record: &Value) -> Option<Method> {
    match record["method"].as_str()? {
        "GET" => Some(Method::Get),
        "POST" => Some(Method::Post),
        "PUT" => Some(Method::Put),
        "DELETE" => Some(Method::Delete),
        _ => None,
    }
}

/// The text a person should see: the message where there is one, else the reason phrase.
fn expected_text(record: &Value) -> String {
    let message = record["body"]["message"].as_str().map(str::trim_end);
    message
        .filter(|text| !text.is_empty())
        .or(record["reason"].as_str())
        .unwrap()
        .to_owned()
}

fn check(record: &Value, error: &pve::Error) {
    let (status, text) = (record["status"].as_u64().unwrap(), expected_text(record));
    let name = format!("{} {}: {error:?}", record["method"], record["path"]);
    let nested = text.starts_with("400 Parameter verification failed.");
    match (status, error.kind()) {
        (401, ErrorKind::Unauthorized { text: found })
        | (403, ErrorKind::Forbidden { text: found, .. })
        | (501, ErrorKind::NotImplemented { text: found }) => assert_eq!(*found, text, "{name}"),
        (
            595 | 596,
            ErrorKind::NodeUnreachable {
                node,
                status: found_status,
                text: found,
            },
        ) => {
            assert_eq!(
                (found.clone(), u64::from(*found_status)),
                (text, status),
                "{name}"
            );
            let path = record["path"].as_str().unwrap();
            assert_eq!(node.as_deref(), path.split('/').nth(4), "{name}");
        }
        (
            400 | 500,
            ErrorKind::Parameters {
                text: found,
                errors,
            },
        ) => {
            assert_eq!(found, "Parameter verification failed.", "{name}");
            if nested {
                assert!(!errors.is_empty(), "{name}");
                let lines: usize = errors.values().map(|text| text.lines().count()).sum();
                assert_eq!(lines, text.lines().count() - 1, "{name}");
            } else {
                let expected = record["body"]["errors"].as_object().unwrap();
                assert_eq!(errors.len(), expected.len(), "{name}");
                for (parameter, text) in errors {
                    assert_eq!(
                        text,
                        expected[parameter].as_str().unwrap().trim_end(),
                        "{name}"
                    );
                }
            }
        }
        (
            _,
            ErrorKind::Refused {
                status: found_status,
                text: found,
            },
        ) => {
            assert!(
                !nested && !matches!(status, 401 | 403 | 501 | 595 | 596),
                "{name}"
            );
            assert_eq!(
                (found.clone(), u64::from(*found_status)),
                (text, status),
                "{name}"
            );
        }
        (500, ErrorKind::Conflict { text: found }) => {
            assert!(
                text.contains("file changed by other") || text.contains("file change by other"),
                "{name}"
            );
            assert_eq!(*found, text, "{name}");
        }
        _ => panic!("{status}: {name}"),
    }
    let refused = !matches!(status, 595 | 596);
    assert_eq!(error.class() == ErrorClass::Refused, refused, "{name}");
    assert!(!error.hint().is_empty());
}

#[tokio::test]
async fn every_recorded_refusal_keeps_its_status_text_and_parameters() {
    let Some(calls) = golden::calls() else { return };
    let next = Arc::new(Mutex::new(Value::Null));
    let record_to_send = Arc::clone(&next);
    let server = Server::start(move |_| Answer::recorded(&record_to_send.lock().unwrap())).await;
    let client = {
        let mut options = server.options();
        // The recordings are replayed as fast as they can; the budget has tests of its own.
        options.budget.foreground_per_second = 100_000;
        pve::Client::connect(options).unwrap()
    };
    let mut checked = 0;
    for record in calls {
        if record["status"].as_u64().unwrap() < 400 {
            continue;
        }
        let path = record["path"]
            .as_str()
            .unwrap()
            .trim_start_matches("/api2/json");
        let (Some(method), Ok(path)) = (method_of(&record), path.parse::<ApiPath>()) else {
            continue;
        };
        *next.lock().unwrap() = record.clone();
        let error = client
            .call(method, &path, &Params::new())
            .await
            .unwrap_err();
        check(&record, &error);
        checked += 1;
    }
    println!("{checked} recorded refusals checked");
    assert!(checked > 500, "{checked}");
}
