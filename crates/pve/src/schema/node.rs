//! From the tree of the description to methods. Anything of an unexpected shape is left out: a
//! newer server may describe more than is known here.

use serde_json::{Map, Value};

use crate::lenient::value_text;
use crate::schema::model::{ApiMethod, Bound, Format, Kind, Parameter};
use crate::schema::permission::MethodAccess;
use crate::transport::Method;

type Object = Map<String, Value>;

pub(super) fn methods_of(tree: &[Value]) -> Vec<ApiMethod> {
    let mut methods = Vec::new();
    let mut rest: Vec<&Value> = tree.iter().collect();
    while let Some(node) = rest.pop() {
        if let Some(Value::Array(children)) = node.get("children") {
            rest.extend(children);
        }
        let Some(path) = node.get("path").and_then(Value::as_str) else {
            continue;
        };
        let Some(Value::Object(info)) = node.get("info") else {
            continue;
        };
        methods.extend(
            info.iter()
                .filter_map(|(verb, about)| method(path, verb, about.as_object()?)),
        );
    }
    methods
}

fn method(path: &str, verb: &str, about: &Object) -> Option<ApiMethod> {
    let method = match verb {
        "GET" => Method::Get,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "DELETE" => Method::Delete,
        _ => return None,
    };
    let parameters = about.get("parameters").and_then(Value::as_object);
    Some(ApiMethod {
        path: path.to_owned(),
        method,
        name: text(about, "name").unwrap_or_default(),
        description: text(about, "description").unwrap_or_default(),
        access: MethodAccess::of(about.get("permissions")),
        protected: flag(about, "protected").unwrap_or(false),
        proxied_to: text(about, "proxyto"),
        allows_token: flag(about, "allowtoken").unwrap_or(true),
        parameters: parameters
            .and_then(|parameters| parameters.get("properties"))
            .map(parameters_of)
            .unwrap_or_default(),
        additional_parameters: parameters
            .and_then(|parameters| flag(parameters, "additionalProperties"))
            .unwrap_or(false),
        returns: about.get("returns").cloned(),
    })
}

fn parameters_of(properties: &Value) -> Vec<Parameter> {
    let Value::Object(properties) = properties else {
        // Perl writes an empty map as a list now and then.
        return Vec::new();
    };
    let mut all: Vec<Parameter> = properties
        .iter()
        .filter_map(|(name, about)| Some(parameter(name, about.as_object()?)))
        .collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

fn parameter(name: &str, about: &Object) -> Parameter {
    let (name, numbered) = match name.strip_suffix("[n]") {
        Some(family) => (family, true),
        None => (name, false),
    };
    let length = |key: &str| bound(about, key).map(|bound| bound.value.max(0.0) as usize);
    Parameter {
        name: name.to_owned(),
        numbered,
        kind: kind(about),
        optional: flag(about, "optional").unwrap_or(false),
        description: text(about, "description").unwrap_or_default(),
        default: about.get("default").map(value_text),
        default_key: flag(about, "default_key").unwrap_or(false),
        alias: text(about, "alias"),
        key_alias: text(about, "keyAlias"),
        format: match about.get("format") {
            Some(Value::String(name)) => Some(Format::Named(name.clone())),
            Some(keys @ Value::Object(_)) => Some(Format::Properties(parameters_of(keys))),
            _ => None,
        },
        words: match about.get("enum") {
            Some(Value::Array(words)) => words.iter().map(value_text).collect(),
            _ => Vec::new(),
        },
        minimum: bound(about, "minimum"),
        maximum: bound(about, "maximum"),
        min_length: length("minLength"),
        max_length: length("maxLength"),
        pattern: text(about, "pattern"),
        requires: text(about, "requires"),
        typetext: text(about, "typetext"),
        items: about
            .get("items")
            .and_then(Value::as_object)
            .map(|items| Box::new(parameter("", items))),
        one_of: match about.get("oneOf") {
            Some(Value::Array(alternatives)) => alternatives
                .iter()
                .filter_map(|alternative| Some(parameter("", alternative.as_object()?)))
                .collect(),
            _ => Vec::new(),
        },
    }
}

fn kind(about: &Object) -> Kind {
    match about.get("type").and_then(Value::as_str) {
        Some("string") | None => Kind::String,
        Some("integer") => Kind::Integer,
        Some("number") => Kind::Number,
        Some("boolean") => Kind::Boolean,
        Some("array") => Kind::Array,
        Some(_) => Kind::Other,
    }
}

fn text(about: &Object, key: &str) -> Option<String> {
    Some(about.get(key)?.as_str()?.to_owned())
}

/// Flags come as numbers, texts and booleans.
fn flag(about: &Object, key: &str) -> Option<bool> {
    match about.get(key)? {
        Value::Bool(flag) => Some(*flag),
        Value::Number(number) => Some(number.as_f64() != Some(0.0)),
        Value::String(text) => Some(!matches!(text.as_str(), "" | "0")),
        // Rules for further keys: there may be some.
        Value::Object(_) => Some(true),
        _ => None,
    }
}

/// Bounds come as numbers and as texts.
fn bound(about: &Object, key: &str) -> Option<Bound> {
    let text = match about.get(key)? {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        _ => return None,
    };
    let value = text.parse().ok().filter(|value: &f64| value.is_finite())?;
    Some(Bound { value, text })
}
