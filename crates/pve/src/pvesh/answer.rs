//! What `pvesh` printed, read the way it means it: a failure is any exit status but zero, its
//! text is on standard error, and standard output holds the JSON in its last line, if anywhere.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::de::IgnoredAny;

use super::Output;
use crate::error::ErrorKind;
use crate::refusal::classify;
use crate::reply::{RawReply, Wrapping};

/// Exit statuses of shells for a program that is not there or cannot be run.
const NOT_FOUND: i32 = 127;
const NOT_RUNNABLE: i32 = 126;

pub(super) fn judge(output: Output) -> Result<RawReply, ErrorKind> {
    let stderr = String::from_utf8_lossy(&output.stderr);
    match output.status {
        Some(0) => {
            // The failed task of a call that was accepted says why here; its UPID is on standard
            // output, and its status says the same to whoever follows it.
            if !stderr.trim().is_empty() {
                tracing::debug!(text = %stderr.trim(), "pvesh warned");
            }
            Ok(RawReply {
                json: json_of(output.stdout),
                wrapping: Wrapping::Bare,
            })
        }
        Some(status) => Err(kind_of(status, stderr.trim())),
        None => Err(ErrorKind::ConnectionLost {
            reason: "a signal ended pvesh".into(),
        }),
    }
}

/// The last line when it is JSON. Lines before it are the log of a task or remarks, also in JSON
/// mode; a call without a result prints no JSON at all.
fn json_of(stdout: Vec<u8>) -> Bytes {
    let whole = Bytes::from(stdout);
    let text = whole.trim_ascii_end();
    let start = text
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end_of_line| end_of_line + 1);
    let line = text.get(start..).unwrap_or_default();
    let readable = String::from_utf8_lossy(line);
    if serde_json::from_str::<IgnoredAny>(&readable).is_ok() {
        whole.slice(start..text.len())
    } else {
        if !line.is_empty() {
            tracing::debug!("pvesh printed text and no result");
        }
        Bytes::new()
    }
}

fn kind_of(status: i32, stderr: &str) -> ErrorKind {
    let last = stderr.lines().last().unwrap_or_default();
    if status == NOT_FOUND || status == NOT_RUNNABLE {
        let reason = format!("pvesh cannot be run there (exit status {status}): {last}");
        return ErrorKind::Unreachable { reason };
    }
    if let Some(text) = last.strip_prefix("sudo: ") {
        let text = format!("sudo does not allow it: {text}");
        return ErrorKind::Unauthorized { text };
    }
    // A refused command line ends with how it should have been.
    let lines: Vec<&str> = stderr
        .lines()
        .filter(|line| !line.starts_with("pvesh "))
        .collect();
    if let Some(kind) = unknown_options(&lines) {
        return kind;
    }
    let text = lines.join("\n");
    if text.is_empty() {
        let text = format!("pvesh ended with exit status {status} and said nothing");
        return ErrorKind::Refused { status: 500, text };
    }
    if text.starts_with("No '") && text.contains("handler defined for") {
        return ErrorKind::NotImplemented { text };
    }
    let (http_status, text) = split_status(&text);
    // The text in the place of the reason phrase: parameters are taken apart as in a nested error.
    classify(http_status, text, b"", None)
}

/// `400 Parameter verification failed.`: the status PVE meant, when it says one.
fn split_status(text: &str) -> (u16, &str) {
    text.split_once(' ')
        .filter(|(digits, _)| digits.len() == 3)
        .and_then(|(digits, rest)| Some((digits.parse().ok()?, rest)))
        .filter(|(status, _)| (400..600).contains(status))
        .unwrap_or((500, text))
}

/// `Unknown option: bogus` and then `400 unable to parse option`: a parameter the method has not.
fn unknown_options(lines: &[&str]) -> Option<ErrorKind> {
    let headline = lines.last()?.strip_prefix("400 ")?;
    let errors: BTreeMap<String, String> = lines
        .iter()
        .filter_map(|line| line.split_once(": "))
        .filter_map(|(reason, name)| match reason {
            "Unknown option" => Some((name.to_owned(), "unknown option".to_owned())),
            _ => None,
        })
        .collect();
    (!errors.is_empty()).then(|| ErrorKind::Parameters {
        text: headline.to_owned(),
        errors,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn output(status: i32, stdout: &str, stderr: &str) -> Output {
        Output {
            status: Some(status),
            stdout: stdout.as_bytes().to_vec(),
            stderr: stderr.as_bytes().to_vec(),
        }
    }

    fn data(stdout: &str) -> Value {
        let reply = judge(output(0, stdout, "")).unwrap();
        reply.read::<Value>().unwrap().data
    }

    #[test]
    fn the_result_is_the_last_line_if_it_is_json() {
        let upid = "UPID:pve1:0000237D:000692A3:6B038C13:qmclone:105:root@pam:";
        assert_eq!(data(""), Value::Null);
        assert_eq!(data("\"101\"\n"), "101");
        assert_eq!(data("update VM 105: -description x\n"), Value::Null);
        let log = format!("create full clone\ntransferred 1.0 GiB (100.00%)\n\"{upid}\"\n");
        assert_eq!(data(&log), upid);
    }

    #[test]
    fn a_failure_is_sorted_by_its_text_and_not_by_its_exit_status() {
        let kind = |status, stderr: &str| judge(output(status, "", stderr)).err().unwrap();
        let refused = |text: &str| ErrorKind::Refused {
            status: 500,
            text: text.into(),
        };
        for status in [2, 11, 255] {
            let text = "Configuration file 'nodes/pve1/qemu-server/999.conf' does not exist";
            assert_eq!(kind(status, &format!("{text}\n")), refused(text));
        }
        let text = "Permission check failed (/vms/100, VM.Audit)";
        assert!(matches!(
            kind(13, &format!("403 {text}\n")),
            ErrorKind::Forbidden { privilege: Some(privilege), .. } if privilege == "VM.Audit"
        ));
        assert_eq!(
            kind(1, ""),
            refused("pvesh ended with exit status 1 and said nothing")
        );
        assert!(matches!(
            kind(127, "sh: 1: pvesh: not found"),
            ErrorKind::Unreachable { .. }
        ));
        assert!(matches!(
            kind(1, "sudo: a password is required"),
            ErrorKind::Unauthorized { .. }
        ));
    }

    #[test]
    fn a_run_that_a_signal_ended_may_have_done_its_work() {
        let killed = Output::default();
        assert!(matches!(
            judge(killed),
            Err(ErrorKind::ConnectionLost { .. })
        ));
    }
}
