//! Parameter checks with PVE's own texts.

use std::collections::BTreeMap;

use super::route::{Form, Given, Parameters, Route};
use crate::cluster::guest::GuestKind;

const MISSING: &str = "property is missing and it is not optional";
const UNKNOWN: &str =
    "property is not defined in schema and the schema does not allow additional properties";
const CONFLICT: &str = "duplicate parameter (already defined in URI) with conflicting values!";

/// Checks parameters and path parameters; the map holds one text per bad one. Values that may be written
/// in several ways are brought into one spelling.
pub(crate) fn check(
    route: &Route,
    path: &BTreeMap<&'static str, String>,
    parameters: &mut Parameters,
) -> BTreeMap<String, String> {
    let mut errors = BTreeMap::new();
    let kind = path.get("kind").and_then(|kind| GuestKind::parse(kind));
    let known = || {
        route
            .parameters
            .iter()
            .filter(|parameter| parameter.only.is_none() || parameter.only == kind)
    };
    for (name, value) in path {
        let form = match *name {
            "vmid" => Form::Vmid,
            "snapname" => Form::ConfigId { max: 40 },
            _ => continue,
        };
        if let Err(text) = check_one(form, value) {
            errors.insert((*name).to_owned(), text);
        }
    }
    parameters.retain(|name, given| match path.get(name.as_str()) {
        Some(in_path) => {
            if given.text() != *in_path {
                errors.insert(name.clone(), CONFLICT.to_owned());
            }
            false
        }
        None => true,
    });
    for (name, given) in parameters.iter_mut() {
        let Some(parameter) = known().find(|parameter| fits(parameter.name, name)) else {
            errors.insert(name.clone(), UNKNOWN.to_owned());
            continue;
        };
        match check_one(parameter.form, &given.text()) {
            Ok(Some(spelling)) => *given = Given::One(spelling),
            Ok(None) => {}
            Err(text) => {
                errors.insert(name.clone(), text);
            }
        }
    }
    for parameter in known().filter(|parameter| parameter.required) {
        if !parameters.contains_key(parameter.name) && !errors.contains_key(parameter.name) {
            errors.insert(parameter.name.to_owned(), MISSING.to_owned());
        }
    }
    errors
}

/// `net[n]` stands for `net0`, `net1` …
fn fits(declared: &str, name: &str) -> bool {
    match declared.strip_suffix("[n]") {
        Some(start) => name.strip_prefix(start).is_some_and(|number| {
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
        }),
        None => declared == name,
    }
}

/// `Ok(Some(…))` is another spelling of the same value.
fn check_one(form: Form, text: &str) -> Result<Option<String>, String> {
    match form {
        Form::Integer { min, max } => {
            let number = integer(text)?;
            if let Some(min) = min.filter(|min| number < *min) {
                return Err(format!("value must have a minimum value of {min}"));
            }
            if let Some(max) = max.filter(|max| number > *max) {
                return Err(format!("value must have a maximum value of {max}"));
            }
            Ok(None)
        }
        Form::Number { min, max } => {
            let number: f64 = text
                .parse()
                .map_err(|_| format!("type check ('number') failed - got '{text}'"))?;
            if number < min {
                return Err(format!("value must have a minimum value of {min}"));
            }
            if number > max {
                return Err(format!("value must have a maximum value of {max}"));
            }
            Ok(None)
        }
        Form::Boolean => match text {
            "0" | "1" => Ok(None),
            "true" => Ok(Some("1".to_owned())),
            "false" => Ok(Some("0".to_owned())),
            _ => Err(format!("type check ('boolean') failed - got '{text}'")),
        },
        Form::Text { max } => {
            if text.chars().count() > max {
                return Err(format!("value may only be {max} characters long"));
            }
            Ok(None)
        }
        Form::OneOf(words) => {
            if words.contains(&text) {
                return Ok(None);
            }
            let words = words.join(", ");
            Err(format!(
                "value '{text}' does not have a value in the enumeration '{words}'"
            ))
        }
        Form::Vmid => {
            integer(text)?;
            let fits = text.len() <= 9
                && text.len() >= 3
                && text.bytes().all(|byte| byte.is_ascii_digit())
                && !text.starts_with('0');
            if fits {
                return Ok(None);
            }
            Err("invalid format - value does not look like a valid VM ID\n".to_owned())
        }
        Form::ConfigId { max } => {
            if !is_config_id(text) {
                return Err(format!(
                    "invalid format - invalid configuration ID '{text}'\n"
                ));
            }
            if text.len() > max {
                return Err(format!("value may only be {max} characters long"));
            }
            Ok(None)
        }
        Form::DnsName => {
            if is_dns_name(text) {
                return Ok(None);
            }
            Err("invalid format - value does not look like a valid DNS name\n".to_owned())
        }
        Form::StatusList => {
            for word in list_items(text) {
                if !matches!(word, "ok" | "warning" | "error" | "unknown") {
                    return Err(format!("invalid format - invalid status '{word}'\n"));
                }
            }
            Ok(None)
        }
        Form::TagList => {
            for tag in list_items(text) {
                if !is_tag(tag) {
                    return Err(format!(
                        "invalid format - invalid characters in tag '{tag}'\n"
                    ));
                }
            }
            Ok(None)
        }
        Form::VmMemory => {
            let number = integer(text).map_err(|text| {
                format!("invalid format - format error\nmemory.current: {text}\n")
            })?;
            if number < 16 {
                return Err(
                    "invalid format - format error\nmemory.current: value must have a minimum value of 16\n"
                        .to_owned(),
                );
            }
            Ok(None)
        }
    }
}

fn integer(text: &str) -> Result<i64, String> {
    text.parse()
        .map_err(|_| format!("type check ('integer') failed - got '{text}'"))
}

/// Items of a `-list` value.
pub(crate) fn list_items(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ';', ' ', '\0'])
        .filter(|item| !item.is_empty())
}

/// A letter, then letters, digits, `_` and `-`; two characters at least.
fn is_config_id(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic())
        && text.len() >= 2
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

fn is_dns_name(text: &str) -> bool {
    !text.is_empty()
        && text.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
}

fn is_tag(tag: &str) -> bool {
    let mut bytes = tag.bytes();
    bytes
        .next()
        .is_some_and(|first| first.is_ascii_alphanumeric() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"_+.-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_those_of_pve() {
        let text = |form, value: &str| check_one(form, value).unwrap_err();
        assert_eq!(
            text(Form::Vmid, "abc"),
            "type check ('integer') failed - got 'abc'"
        );
        assert_eq!(
            text(Form::Vmid, "99"),
            "invalid format - value does not look like a valid VM ID\n"
        );
        assert_eq!(
            text(Form::ConfigId { max: 40 }, "1bad"),
            "invalid format - invalid configuration ID '1bad'\n"
        );
        assert_eq!(
            text(Form::ConfigId { max: 40 }, &"a".repeat(41)),
            "value may only be 40 characters long"
        );
        assert_eq!(
            text(Form::Boolean, "maybe"),
            "type check ('boolean') failed - got 'maybe'"
        );
        assert_eq!(
            text(Form::OneOf(&["vm", "storage"]), "foo"),
            "value 'foo' does not have a value in the enumeration 'vm, storage'"
        );
        assert_eq!(
            text(Form::VmMemory, "lots"),
            "invalid format - format error\nmemory.current: type check ('integer') failed - got 'lots'\n"
        );
    }

    #[test]
    fn names_of_snapshots_may_end_in_a_dash_and_have_capitals() {
        for good in ["x-", "SNAPSHOT", "ab", "rm_1"] {
            assert_eq!(
                check_one(Form::ConfigId { max: 40 }, good),
                Ok(None),
                "{good}"
            );
        }
        for bad in ["a", "_x", "-x", "a b", "ä", "snap.1", ""] {
            assert!(check_one(Form::ConfigId { max: 40 }, bad).is_err(), "{bad}");
        }
    }
}
