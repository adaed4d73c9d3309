//! `pve methods` and `pve coverage`: what an API offers, and what of it the client has typed calls for.

use std::fmt::Write as _;

use app::Role;
use pve::{ApiMethod, Coverage, ErrorClass, Kind, Parameter, Schema};
use serde_json::{Value, json};
use store::ClusterRow;

use super::{Session, connect};
use crate::{
    arguments::{PveCoverageArgs, PveMethodsArgs, Reach, SchemaSource},
    failure::Failure,
    output,
};

pub(super) async fn coverage(session: &Session, arguments: PveCoverageArgs) -> Result<u8, Failure> {
    let (schema, _) = read(session, arguments.source).await?;
    let coverage = Coverage::of(&schema);
    if session.json() {
        output::say_json(&coverage_json(&coverage));
    } else {
        output::say(coverage_text(&coverage).trim_end());
    }
    Ok(0)
}

pub(super) async fn methods(session: &Session, arguments: PveMethodsArgs) -> Result<u8, Failure> {
    let (schema, from) = read(session, arguments.source).await?;
    let found = schema.search(&arguments.words);
    if session.json() {
        let rows: Vec<Value> = found.iter().map(|method| method_json(method)).collect();
        output::say_json(&json!({ "methods": rows }));
    } else if let [only] = found.as_slice() {
        output::say(details(only).trim_end());
    } else {
        for method in &found {
            output::say(&line(method));
        }
        if found.is_empty() {
            output::note(&format!(
                "no method of {from} has all of these words; try fewer"
            ));
        }
    }
    Ok(0)
}

/// The description and where it is from.
async fn read(session: &Session, source: SchemaSource) -> Result<(Schema, String), Failure> {
    if let Some(path) = source.schema {
        let from = path.display().to_string();
        let text = std::fs::read(&path)
            .map_err(|error| Failure::new(2, format!("cannot read {from}: {error}")))?;
        let schema = Schema::read(&text)
            .map_err(|error| Failure::new(2, format!("cannot use {from}: {error}")))?;
        return Ok((schema, from));
    }
    let (url, trust) = match source.url {
        Some(url) => {
            let reach = Reach {
                token_id: None,
                token_stdin: false,
                user: None,
                password_stdin: false,
                fingerprint: source.fingerprint,
                ca: source.ca,
            };
            let trust = connect::trust(&url, &reach).await?;
            (url, trust)
        }
        None => {
            let row = connected(session, source.cluster.as_deref()).await?;
            (row.url, row.trust)
        }
    };
    let endpoint = pve::parse_endpoint(&url).map_err(|error| Failure::new(2, error.to_string()))?;
    let schema = pve::fetch_schema(endpoint, trust_of(trust)?)
        .await
        .map_err(|error| {
            let code = if error.class() == ErrorClass::NotSent {
                5
            } else {
                1
            };
            Failure::new(code, format!("{error}; {}", error.hint()))
        })?;
    Ok((schema, url))
}

fn trust_of(trust: store::Trust) -> Result<pve::Trust, Failure> {
    Ok(match trust {
        store::Trust::Fingerprint(text) => pve::Trust::Fingerprint(
            text.parse()
                .map_err(|error| Failure::new(2, format!("the stored fingerprint: {error}")))?,
        ),
        store::Trust::CaPem(pem) => pve::Trust::Ca(pem.into_bytes()),
        store::Trust::System => pve::Trust::SystemRoots,
    })
}

/// The named cluster, or the only one.
async fn connected(session: &Session, name: Option<&str>) -> Result<ClusterRow, Failure> {
    let app = session.app(Role::Command).await?;
    let rows = app.store.clusters().list().await;
    app.stop().await;
    let mut rows = rows.map_err(ops::Error::from)?;
    if let Some(name) = name {
        rows.retain(|row| row.id == name);
    }
    let first = rows.pop().ok_or_else(|| {
        Failure::new(
            2,
            match name {
                Some(name) => format!("no cluster {name} is connected"),
                None => "no cluster is connected: give --schema FILE, --url URL, or connect one"
                    .to_owned(),
            },
        )
    })?;
    if rows.is_empty() {
        Ok(first)
    } else {
        let text = "several clusters are connected: choose one with --cluster";
        Err(Failure::new(2, text))
    }
}

fn coverage_json(coverage: &Coverage) -> Value {
    let methods: Vec<Value> = coverage
        .methods
        .iter()
        .map(|method| {
            json!({ "method": method.method.as_str(), "path": method.path, "typed_by": method.typed_by })
        })
        .collect();
    let sections: Vec<Value> = coverage
        .sections()
        .into_iter()
        .map(|section| json!({ "section": section.section, "typed": section.typed, "all": section.all }))
        .collect();
    json!({
        "all": coverage.methods.len(),
        "typed": coverage.typed(),
        "sections": sections,
        "methods": methods,
        "typed_but_not_described": coverage.elsewhere,
    })
}

fn coverage_text(coverage: &Coverage) -> String {
    let (all, typed) = (coverage.methods.len(), coverage.typed());
    let mut text = format!(
        "{all} methods: {typed} have a typed call, {} are called by path only\n\n",
        all - typed
    );
    let sections = coverage.sections();
    let widest = sections
        .iter()
        .map(|section| section.section.len())
        .max()
        .unwrap_or(0);
    let _ = writeln!(text, "{:widest$}  TYPED  ALL", "SECTION");
    for section in sections {
        let _ = writeln!(
            text,
            "{:widest$}  {:>5}  {:>3}",
            section.section, section.typed, section.all
        );
    }
    text.push_str("\nTyped\n");
    for method in coverage
        .methods
        .iter()
        .filter(|method| !method.typed_by.is_empty())
    {
        let _ = writeln!(
            text,
            "  {:6} {}  {}",
            method.method.as_str(),
            method.path,
            method.typed_by.join(", ")
        );
    }
    text.push_str("\nBy path only\n");
    for method in coverage
        .methods
        .iter()
        .filter(|method| method.typed_by.is_empty())
    {
        let _ = writeln!(text, "  {:6} {}", method.method.as_str(), method.path);
    }
    if !coverage.elsewhere.is_empty() {
        text.push_str("\nTyped, but not in this description\n");
        for call in &coverage.elsewhere {
            let _ = writeln!(text, "  {call}");
        }
    }
    text
}

fn line(method: &ApiMethod) -> String {
    let about = method.description.lines().next().unwrap_or_default();
    format!("{:6} {}  {about}", method.method.as_str(), method.path)
}

fn details(method: &ApiMethod) -> String {
    let mut text = format!(
        "{} {}\n{}\n",
        method.method,
        method.path,
        method.description.trim()
    );
    for parameter in &method.parameters {
        let optional = if parameter.optional {
            ""
        } else {
            " (required)"
        };
        let about = parameter.description.lines().next().unwrap_or_default();
        let _ = writeln!(
            text,
            "  {}: {}{optional}  {about}",
            parameter.display_name(),
            kind(parameter)
        );
    }
    if let Some(access) = &method.access.description {
        let _ = writeln!(text, "Permissions: {}", access.trim());
    }
    text
}

fn kind(parameter: &Parameter) -> String {
    if let Some(short) = &parameter.typetext {
        return short.clone();
    }
    if !parameter.words.is_empty() {
        return parameter.words.join(" | ");
    }
    name_of(parameter.kind).to_owned()
}

fn name_of(kind: Kind) -> &'static str {
    match kind {
        Kind::String => "string",
        Kind::Integer => "integer",
        Kind::Number => "number",
        Kind::Boolean => "boolean",
        Kind::Array => "array",
        Kind::Other => "other",
    }
}

fn method_json(method: &ApiMethod) -> Value {
    let parameters: Vec<Value> = method
        .parameters
        .iter()
        .map(|parameter| {
            json!({
                "name": parameter.display_name(), "type": name_of(parameter.kind),
                "optional": parameter.optional, "default": parameter.default,
                "description": parameter.description, "form": kind(parameter),
            })
        })
        .collect();
    json!({
        "method": method.method.as_str(), "path": method.path, "name": method.name,
        "description": method.description, "parameters": parameters,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> Schema {
        Schema::read(
            br#"[{"path":"/version","info":{"GET":{"name":"version","description":"The version."}}},
            {"path":"/brand/{new}","info":{"PUT":{"name":"change","description":"Changes it.\nReally.",
              "permissions":{"user":"all","description":"Some privilege."},
              "parameters":{"properties":{"new":{"type":"string","description":"Which."},
                "size":{"type":"integer","optional":1,"typetext":"<integer> (1 - N)"},
                "mode":{"type":"string","optional":1,"enum":["a","b"]}}}}}}]"#,
        )
        .unwrap()
    }

    #[test]
    fn coverage_names_each_method_and_counts_by_section() {
        let text = coverage_text(&Coverage::of(&small()));
        let (head, rest) = text
            .split_once("\nTyped, but not in this description\n")
            .unwrap();
        assert_eq!(
            head,
            "2 methods: 1 have a typed call, 1 are called by path only\n\n\
             SECTION   TYPED  ALL\n\
             /brand        0    1\n\
             /version      1    1\n\n\
             Typed\n  GET    /version  version\n\n\
             By path only\n  PUT    /brand/{new}\n"
        );
        assert!(rest.contains("  cluster_resources (GET /cluster/resources)\n"));
        let json = coverage_json(&Coverage::of(&small()));
        assert_eq!(
            (
                &json["all"],
                &json["typed"],
                &json["methods"][0]["typed_by"]
            ),
            (&json!(2), &json!(1), &json!([]))
        );
    }

    #[test]
    fn the_only_method_found_is_told_with_its_parameters() {
        let schema = small();
        let found = schema.search(["changes"]);
        assert_eq!(
            details(found[0]),
            "PUT /brand/{new}\nChanges it.\nReally.\n  mode: a | b  \n  new: string (required)  Which.\n\
             \x20 size: <integer> (1 - N)  \nPermissions: Some privilege.\n"
        );
        assert_eq!(line(found[0]), "PUT    /brand/{new}  Changes it.");
    }
}
