//! Checks of parameters against the answers of a real server: what it refused is refused in the
//! same words, and what it took passes.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use pve::{ApiPath, CallProblem, Method, Params, Schema};
use serde_json::Value;

use crate::{golden, schema};

fn method(row: &Value) -> Option<Method> {
    match row["method"].as_str()? {
        "GET" => Some(Method::Get),
        "POST" => Some(Method::Post),
        "PUT" => Some(Method::Put),
        "DELETE" => Some(Method::Delete),
        _ => None,
    }
}

/// The request of a row; nothing for those that are no plain calls.
fn request(row: &Value) -> Option<(Method, ApiPath, Params)> {
    let path: ApiPath = row["path"]
        .as_str()?
        .strip_prefix("/api2/json")?
        .parse()
        .ok()?;
    let in_query = row["query"].as_str().unwrap_or_default();
    let mut params = Params::new();
    let of_url = |pair: &str| {
        let plain = pair.replace('+', " ");
        percent_decode_str(&plain).decode_utf8_lossy().into_owned()
    };
    for pair in in_query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        params = params.with(of_url(name), of_url(value));
    }
    if in_query.is_empty() {
        params = add(params, &row["params"]);
    }
    Some((method(row)?, path, params))
}

fn add(mut params: Params, given: &Value) -> Params {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Bool(flag) => u8::from(*flag).to_string(),
        other => other.to_string(),
    };
    for (name, value) in given.as_object().into_iter().flatten() {
        let values = match value {
            Value::Array(values) => values.clone(),
            one => vec![one.clone()],
        };
        for value in values {
            params = params.with(name.clone(), text(&value));
        }
    }
    params
}

/// Texts of checks that the description does not hold: they look at what exists, or are in the
/// code of a method. Which of them there are is told by the test below.
const OF_METHODS: &[&str] = &[
    "unable to parse worker upid",
    "no such task",
    "No such ",
    "already exists",
    "invalid ACL path",
    "invalid privilege",
    "cannot use role ID starting",
    "unknown action",
    "wrong file extension",
    "no such template",
    "does not support",
    "unknown option",
    "at the same time",
    "target is local node.",
    "unable to hotplug",
    "hotplug problem",
    "requires special syntax",
    "explicit 'media=cdrom' is required",
    "Built-in cputype",
    "Custom cputype",
    "VM-specific CPU flags",
    "script '",
    "not in the snippets directory",
    "storage ID mismatch",
    "cannot both be set",
    "were set",
    "found unknown",
    "option conflicts with option",
    "only allowed on the command line",
    "invalid time zone",
    "property is missing",
];

fn is_of_method(text: &str) -> bool {
    let plain_missing = text == "property is missing";
    OF_METHODS
        .iter()
        .any(|part| *part != "property is missing" && text.contains(part))
        || plain_missing
}

fn refused_by(schema: &Schema, row: &Value) -> Option<BTreeMap<String, String>> {
    let (method, path, params) = request(row)?;
    match schema.check(method, &path, &params) {
        Ok(()) => Some(BTreeMap::new()),
        Err(CallProblem::Parameters(errors)) => Some(errors),
        Err(_) => None,
    }
}

#[test]
fn parameters_are_refused_as_a_real_server_refused_them() {
    let Some(rows) = golden::calls() else { return };
    let schemas = schema::real();
    let Some((_, schema)) = schemas.iter().find(|(version, _)| *version == "9.1") else {
        return;
    };
    let (mut all, mut same, mut of_methods, mut differing) = (0, 0, 0, Vec::new());
    for row in &rows {
        let Some(errors) = row["body"]["errors"].as_object() else {
            continue;
        };
        // The recordings do not hold the parts of multipart bodies.
        let content = row["req_content_type"].as_str().unwrap_or_default();
        if row["status"] != 400 || content.starts_with("multipart/") {
            continue;
        }
        let recorded: BTreeMap<String, String> = errors
            .iter()
            .map(|(name, text)| (name.clone(), text.as_str().unwrap().trim_end().to_owned()))
            .collect();
        all += 1;
        match refused_by(schema, row) {
            Some(ours) if ours == recorded => same += 1,
            Some(ours) if ours.is_empty() && recorded.values().any(|text| is_of_method(text)) => {
                of_methods += 1;
            }
            ours => differing.push(format!(
                "{} {} {}: {recorded:?} but {ours:?}",
                row["method"], row["path"], row["params"]
            )),
        }
    }
    println!("{all} refused calls: {same} in the same words, {of_methods} by checks of methods");
    println!("{}", differing.join("\n"));
    let by_description = all - of_methods;
    assert!(all > 400, "{all}");
    assert!(
        same * 100 >= by_description * 99,
        "{same} of {by_description}"
    );
}

#[test]
fn what_a_real_server_took_passes() {
    let Some(rows) = golden::calls() else { return };
    let schemas = schema::real();
    let Some((_, schema)) = schemas.iter().find(|(version, _)| *version == "9.1") else {
        return;
    };
    let mut passed = 0;
    let mut refused = Vec::new();
    for row in rows.iter().filter(|row| row["status"] == 200) {
        let content = row["req_content_type"].as_str().unwrap_or_default();
        let Some((method, path, params)) = request(row) else {
            continue;
        };
        // Of bodies in other forms the recordings do not hold the parameters.
        let has_form = matches!(content, "" | "application/x-www-form-urlencoded");
        if !has_form {
            continue;
        }
        match schema.check(method, &path, &params) {
            Ok(()) => passed += 1,
            Err(problem) => {
                refused.push(format!("{method} {path} {}: {problem}", row["params"]));
            }
        }
    }
    println!("{passed} passed");
    assert_eq!(refused, [""; 0]);
    assert!(passed > 2500, "{passed}");
}
