//! JSON schemas in the forms that surfaces need.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use crate::registry::SchemaFn;

/// A schema without references: what tools of models and forms get.
pub(crate) fn inline(schema: SchemaFn) -> Value {
    let mut generator = SchemaSettings::draft2020_12()
        .with(|settings| {
            settings.inline_subschemas = true;
            settings.meta_schema = None;
        })
        .into_generator();
    schema(&mut generator).to_value()
}

/// Drops what a model does not need to fill in a tool's arguments: titles, formats, defaults of nothing.
pub(super) fn compact(schema: &Value) -> Value {
    match schema {
        Value::Object(object) => Value::Object(
            object
                .iter()
                .filter(|(key, value)| match key.as_str() {
                    "title" | "format" | "$schema" | "minimum" => false,
                    "default" => !value.is_null(),
                    _ => true,
                })
                .map(|(key, value)| {
                    let value = if key == "properties" {
                        properties(value)
                    } else {
                        compact(value)
                    };
                    let value = if matches!(key.as_str(), "type" | "enum") {
                        without_null(&value)
                    } else {
                        value
                    };
                    (key.clone(), value)
                })
                .collect(),
        ),
        Value::Array(list) => Value::Array(list.iter().map(compact).collect()),
        other => other.clone(),
    }
}

/// The names of properties are data: one called `title` stays.
fn properties(value: &Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.iter()
                .map(|(name, schema)| (name.clone(), compact(schema)))
                .collect::<Map<_, _>>(),
        ),
        other => other.clone(),
    }
}

/// An optional argument may be left out; that it may be null too need not be said.
fn without_null(kind: &Value) -> Value {
    match kind {
        Value::Array(kinds) if kinds.contains(&Value::Null) => kinds
            .iter()
            .filter(|kind| !kind.is_null())
            .cloned()
            .collect(),
        Value::Array(kinds) => {
            let rest: Vec<&Value> = kinds.iter().filter(|kind| *kind != "null").collect();
            match rest.as_slice() {
                [only] => (*only).clone(),
                _ => kind.clone(),
            }
        }
        other => other.clone(),
    }
}
