//! Parameters checked as the server checks them, with its texts.
//!
//! What cannot be decided here passes: the server still looks.

use std::collections::BTreeMap;

use crate::error::ErrorKind;
use crate::params::Params;
use crate::path::ApiPath;
use crate::property::{NOT_DEFINED, PropertyError};
use crate::schema::Schema;
use crate::schema::model::{Format, Kind, Parameter, find_parameter};
use crate::schema::{named, pattern, property};
use crate::transport::Method;

const MISSING: &str = "property is missing and it is not optional";
const IN_PATH_TOO: &str = "duplicate parameter (already defined in URI) with conflicting values!";

/// Why a call would be refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallProblem {
    /// There is no such path or method.
    #[error("Method '{method} {path}' not implemented")]
    NotOffered {
        /// What was to be called.
        method: Method,
        /// Where.
        path: ApiPath,
    },
    /// Parameters and the reasons against them, as the server would give them.
    #[error("{}", refused(.0))]
    Parameters(BTreeMap<String, String>),
}

fn refused(errors: &BTreeMap<String, String>) -> ErrorKind {
    ErrorKind::Parameters {
        text: HEADLINE.to_owned(),
        errors: errors.clone(),
    }
}

const HEADLINE: &str = "Parameter verification failed.";

impl From<CallProblem> for ErrorKind {
    /// The error that the server's answer would be.
    fn from(problem: CallProblem) -> Self {
        match problem {
            CallProblem::NotOffered { .. } => Self::NotImplemented {
                text: problem.to_string(),
            },
            CallProblem::Parameters(errors) => refused(&errors),
        }
    }
}

impl Schema {
    /// Would the server take these parameters? It looks at more than its description says: what
    /// passes here can be refused there, for what exists and what does not.
    pub fn check(
        &self,
        method: Method,
        path: &ApiPath,
        params: &Params,
    ) -> Result<(), CallProblem> {
        if method == Method::Get && path.segments().next().is_none() {
            // The list of the sections, which the description does not have.
            return Ok(());
        }
        let found = self
            .find(method, path)
            .ok_or_else(|| CallProblem::NotOffered {
                method,
                path: path.clone(),
            })?;
        let mut given = Values::default();
        for (name, value) in params.iter() {
            // Browsers send it against caches; the server drops it.
            if name != "_dc" {
                given.add(name, value);
            }
        }
        let mut problems = Problems::default();
        for (name, value) in found.in_path {
            match given.0.get(name) {
                Some(Value::One(same)) if *same == value => {}
                Some(_) => problems.add(name, IN_PATH_TOO),
                // Some paths have names that their methods do not have.
                None if found.method.parameter(name).is_some() => given.add(name, &value),
                None => {}
            }
        }
        if problems.0.is_empty() {
            members(
                &found.method.parameters,
                &given,
                None,
                found.method.additional_parameters,
                &mut problems,
            );
        }
        if problems.0.is_empty() {
            return Ok(());
        }
        Err(CallProblem::Parameters(problems.trimmed()))
    }
}

/// A value as it was given.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    One(String),
    Several(Vec<String>),
}

/// Names and values.
#[derive(Debug, Clone, Default)]
pub(super) struct Values(pub(super) BTreeMap<String, Value>);

impl Values {
    /// A name that comes again makes a list.
    fn add(&mut self, name: &str, value: &str) {
        let value = value.to_owned();
        match self.0.get_mut(name) {
            None => {
                self.0.insert(name.to_owned(), Value::One(value));
            }
            Some(Value::Several(values)) => values.push(value),
            Some(one) => {
                let Value::One(first) = one.clone() else {
                    return;
                };
                *one = Value::Several(vec![first, value]);
            }
        }
    }
}

/// Reasons by name.
#[derive(Debug, Clone, Default)]
pub(super) struct Problems(pub(super) BTreeMap<String, String>);

impl Problems {
    pub(super) fn add(&mut self, name: &str, text: impl AsRef<str>) {
        match self.0.get_mut(name) {
            Some(before) => {
                // The two characters, not a line feed: that is what the server writes.
                before.push_str("\\n");
                before.push_str(text.as_ref());
            }
            None => {
                self.0.insert(name.to_owned(), text.as_ref().to_owned());
            }
        }
    }

    /// As the client reads answers: without line feeds at the end.
    fn trimmed(self) -> BTreeMap<String, String> {
        self.0
            .into_iter()
            .map(|(name, text)| (name, text.trim_end().to_owned()))
            .collect()
    }
}

/// The members of an object: the parameters of a call, or the keys of a property string.
pub(super) fn members(
    known: &[Parameter],
    given: &Values,
    within: Option<&str>,
    more: bool,
    problems: &mut Problems,
) {
    let full = |name: &str| match within {
        Some(within) => format!("{within}.{name}"),
        None => name.to_owned(),
    };
    for parameter in known.iter().filter(|parameter| !parameter.numbered) {
        let required = !parameter.optional && parameter.alias.is_none();
        if required && !given.0.contains_key(&parameter.name) {
            problems.add(&full(&parameter.name), MISSING);
        }
    }
    for (name, value) in &given.0 {
        let Some(parameter) = find_parameter(known, name) else {
            if !more {
                problems.add(&full(name), NOT_DEFINED);
            }
            continue;
        };
        of_parameter(parameter, value, &full(name), problems);
        if let Some(other) = parameter
            .requires
            .as_deref()
            .filter(|other| !given.0.contains_key(*other))
        {
            let text = format!("missing property required by '{}'", full(name));
            problems.add(&full(other), text);
        }
    }
}

fn of_parameter(rule: &Parameter, value: &Value, name: &str, problems: &mut Problems) {
    if !rule.one_of.is_empty() {
        let mut first = None;
        for alternative in &rule.one_of {
            let mut tried = Problems::default();
            of_parameter(alternative, value, name, &mut tried);
            if tried.0.is_empty() {
                return;
            }
            first.get_or_insert(tried);
        }
        if let Some(first) = first {
            first
                .0
                .iter()
                .for_each(|(name, text)| problems.add(name, text));
        }
        return;
    }
    match (rule.kind, value) {
        (Kind::Array, value) => {
            let items = match value {
                Value::One(item) => std::slice::from_ref(item),
                Value::Several(items) => items,
            };
            let Some(rule) = &rule.items else { return };
            for (number, item) in items.iter().enumerate() {
                of_value(rule, item, &format!("{name}[{number}]"), problems);
            }
        }
        (Kind::Other, _) => {}
        (_, Value::One(value)) => of_value(rule, value, name, problems),
        (_, Value::Several(items)) => {
            let joins =
                matches!(&rule.format, Some(Format::Named(format)) if format.ends_with("-list"));
            if rule.kind == Kind::String && joins {
                of_value(rule, &items.join(","), name, problems);
            } else {
                let kind = kind_name(rule.kind);
                problems.add(name, format!("type check ('{kind}') failed - got ARRAY"));
            }
        }
    }
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::String | Kind::Other => "string",
        Kind::Integer => "integer",
        Kind::Number => "number",
        Kind::Boolean => "boolean",
        Kind::Array => "array",
    }
}

/// One text, in the order of the server's checks; the first that fails is told.
pub(super) fn of_value(rule: &Parameter, value: &str, name: &str, problems: &mut Problems) {
    if let Some(text) = refusal(rule, value, name) {
        problems.add(name, text);
    }
}

fn refusal(rule: &Parameter, value: &str, name: &str) -> Option<String> {
    let fits = match rule.kind {
        Kind::Integer => is_integer(value),
        Kind::Number => is_number(value),
        Kind::Boolean => matches!(value, "0" | "1"),
        Kind::String | Kind::Array | Kind::Other => true,
    };
    if !fits {
        let kind = kind_name(rule.kind);
        return Some(format!("type check ('{kind}') failed - got '{value}'"));
    }
    let refused = match &rule.format {
        Some(Format::Named(format)) => named::refusal(format, value, name),
        Some(Format::Properties(keys)) => property::refusal(keys, false, value, name),
        None => None,
    };
    if let Some(reason) = refused {
        return Some(format!("invalid format - {reason}"));
    }
    if let Some(pattern) = &rule.pattern
        && pattern::matches(pattern, value) == Some(false)
    {
        return Some("value does not match the regex pattern".to_owned());
    }
    let length = value.chars().count();
    if let Some(most) = rule.max_length.filter(|most| length > *most) {
        return Some(format!("value may only be {most} characters long"));
    }
    if let Some(least) = rule.min_length.filter(|least| length < *least) {
        return Some(format!("value must be at least {least} characters long"));
    }
    out_of_bounds(rule, value).or_else(|| not_in_list(rule, value))
}

/// Also a text that looks like a number is held against the bounds.
fn out_of_bounds(rule: &Parameter, value: &str) -> Option<String> {
    let number: f64 = if is_number(value) {
        value.parse().ok()?
    } else {
        return None;
    };
    if let Some(most) = rule.maximum.as_ref().filter(|most| number > most.value) {
        return Some(format!("value must have a maximum value of {}", most.text));
    }
    let least = rule.minimum.as_ref().filter(|least| number < least.value)?;
    Some(format!("value must have a minimum value of {}", least.text))
}

fn not_in_list(rule: &Parameter, value: &str) -> Option<String> {
    if rule.words.is_empty() || rule.words.iter().any(|word| word == value) {
        return None;
    }
    let words = rule.words.join(", ");
    Some(format!(
        "value '{value}' does not have a value in the enumeration '{words}'"
    ))
}

fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// `-1.5e3`; not `inf` and `nan`, which Rust would read.
fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        && text.parse::<f64>().is_ok()
}

/// The text of a property error as the server writes it, where a reason can end with a line feed
/// of its own.
pub(super) fn of_property_error(error: PropertyError, name: &str) -> String {
    match error.within(name) {
        PropertyError::Format(reasons) => {
            let mut text = "format error\n".to_owned();
            for (key, reason) in reasons {
                text.push_str(&key);
                text.push_str(": ");
                text.push_str(&reason);
                if reason.starts_with("invalid format - ") {
                    text.push('\n');
                }
                text.push('\n');
            }
            text
        }
        other => format!("{other}\n"),
    }
}
