//! From a status, a reason phrase and a body to the reason of an error.
//!
//! PVE's text is in the JSON key `message` since 8.4; before that, and for every 401 of the HTTP
//! layer, it is only in the reason phrase. 595 and 596 have empty bodies.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::ErrorKind;

/// The parts of an error body; everything may be missing.
#[derive(Debug, Default, Deserialize)]
struct ErrorBody {
    #[serde(default, deserialize_with = "crate::lenient::text")]
    message: Option<String>,
    #[serde(default, deserialize_with = "crate::lenient::text_map")]
    errors: BTreeMap<String, String>,
}

/// Sorts an answer that is not a success. `reason` is the reason phrase as it came, `node` the
/// node the path names.
pub(crate) fn classify(status: u16, reason: &str, body: &[u8], node: Option<&str>) -> ErrorKind {
    let parsed: ErrorBody = serde_json::from_slice(body).unwrap_or_default();
    let message = parsed
        .message
        .as_deref()
        .map(str::trim_end)
        .filter(|text| !text.is_empty());
    let text = message.unwrap_or(reason.trim()).to_owned();
    let errors = trimmed(parsed.errors);
    match status {
        401 => ErrorKind::Unauthorized { text },
        403 => forbidden(text),
        501 => ErrorKind::NotImplemented { text },
        595 | 596 | 599 => ErrorKind::NodeUnreachable {
            node: node.map(ToOwned::to_owned),
            status,
            text,
        },
        400 if !errors.is_empty() => ErrorKind::Parameters { text, errors },
        // A check inside a method: status 500, the real status in the text, no `errors` map.
        400 | 500 => match nested_parameters(&text) {
            Some((text, errors)) => ErrorKind::Parameters { text, errors },
            None if is_conflict(&text) => ErrorKind::Conflict { text },
            None => ErrorKind::Refused { status, text },
        },
        _ => ErrorKind::Refused { status, text },
    }
}

/// The two texts of a digest that does not match: of virtual machines, and of everything else.
fn is_conflict(text: &str) -> bool {
    text.contains("checksum mismatch (file change")
        || text.contains("detected modified configuration")
}

fn trimmed(errors: BTreeMap<String, String>) -> BTreeMap<String, String> {
    errors
        .into_iter()
        .map(|(name, text)| (name, text.trim_end().to_owned()))
        .collect()
}

/// `400 Parameter verification failed.\nvmid: property is missing\n`
fn nested_parameters(text: &str) -> Option<(String, BTreeMap<String, String>)> {
    let (headline, rest) = text.split_once('\n').unwrap_or((text, ""));
    let headline = headline.trim().trim_start_matches("400 ");
    if headline != "Parameter verification failed." {
        return None;
    }
    let mut errors: BTreeMap<String, String> = BTreeMap::new();
    let mut last = String::new();
    for line in rest
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
    {
        match line.split_once(": ") {
            Some((name, reason)) if !name.contains(' ') => {
                errors.insert(name.to_owned(), reason.to_owned());
                name.clone_into(&mut last);
            }
            Some(_) | None => {
                let entry = errors.entry(last.clone()).or_default();
                if !entry.is_empty() {
                    entry.push('\n');
                }
                entry.push_str(line);
            }
        }
    }
    Some((headline.to_owned(), errors))
}

/// `Permission check failed (/vms/100, VM.PowerMgmt)`; other texts stay without parts.
fn forbidden(text: String) -> ErrorKind {
    let parts = text
        .strip_prefix("Permission check failed (")
        .map(|rest| rest.strip_suffix(')').unwrap_or(rest))
        .and_then(|inner| inner.rsplit_once(", "))
        .filter(|(object, privilege)| object.starts_with('/') && !privilege.contains(' '))
        .map(|(object, privilege)| (object.to_owned(), privilege.to_owned()));
    let (object, privilege) = parts.unzip();
    ErrorKind::Forbidden {
        text,
        object,
        privilege,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_privilege_is_taken_apart() {
        let reason = "Permission check failed (/vms/100, VM.Audit|VM.PowerMgmt)";
        assert_eq!(
            classify(403, reason, b"", None),
            ErrorKind::Forbidden {
                text: reason.into(),
                object: Some("/vms/100".into()),
                privilege: Some("VM.Audit|VM.PowerMgmt".into()),
            }
        );
        for whole in [
            "Permission check failed",
            "Permission check failed (pool 'nosuch' does not exist)",
            "Permission check failed (URI '/access/password' not available with API token, need proper ticket.",
        ] {
            assert_eq!(
                classify(403, whole, b"", None),
                ErrorKind::Forbidden {
                    text: whole.into(),
                    object: None,
                    privilege: None
                }
            );
        }
    }

    #[test]
    fn several_nested_parameter_errors_are_each_named() {
        let body = br#"{"data":null,"message":"400 Parameter verification failed.\nall: option conflicts\nvmid: first\nsecond line\n"}"#;
        let errors = [("all", "option conflicts"), ("vmid", "first\nsecond line")]
            .map(|(name, text)| (name.to_owned(), text.to_owned()))
            .into();
        assert_eq!(
            classify(500, "400 Parameter verification failed.", body, None),
            ErrorKind::Parameters {
                text: "Parameter verification failed.".into(),
                errors
            }
        );
    }

    #[test]
    fn older_servers_say_it_in_the_reason_phrase_alone() {
        assert_eq!(
            classify(500, "VM 100 not running", br#"{"data":null}"#, None),
            ErrorKind::Refused {
                status: 500,
                text: "VM 100 not running".into()
            }
        );
    }
}
