//! A runbook: from its text to operations, each mistake with its line. Pure.

use std::collections::BTreeMap;

use ops::{Wish, selector::Selector};
use serde_json::{Map, Value};

use super::yaml::{self, Kind, Mistake, Node, mistake};

/// Longer text is no runbook.
const MAX_BYTES: usize = 64 * 1024;
const MAX_STEPS: usize = 100;
const MAX_PARAMETERS: usize = 32;
const MAX_VALUE_CHARACTERS: usize = 1_000;
const TOP: &[&str] = &["name", "summary", "parameters", "steps"];
const PARAMETER: &[&str] = &["type", "default", "about"];
const STEP: &[&str] = &["op", "input"];

/// What a parameter may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Text,
    Number,
    Flag,
    /// A selector of guests.
    Guests,
}

impl Type {
    const ALL: [(&'static str, Self); 4] = [
        ("text", Self::Text),
        ("number", Self::Number),
        ("flag", Self::Flag),
        ("guests", Self::Guests),
    ];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Flag => "flag",
            Self::Guests => "guests",
        }
    }

    /// The value if it is of this type, else why not.
    fn check(self, value: Value) -> Result<Value, String> {
        match (self, value) {
            (Self::Text | Self::Guests, Value::String(text))
                if text.chars().count() > MAX_VALUE_CHARACTERS =>
            {
                Err(format!("is longer than {MAX_VALUE_CHARACTERS} characters"))
            }
            (Self::Text, Value::String(text)) => Ok(Value::String(text)),
            (Self::Guests, Value::String(text)) => match text.parse::<Selector>() {
                Ok(_) => Ok(Value::String(text)),
                Err(why) => Err(format!("is no selector: {why}")),
            },
            // An id alone is written as a number.
            (Self::Guests, Value::Number(id)) if id.is_u64() => Ok(Value::String(id.to_string())),
            (Self::Number, value @ Value::Number(_)) | (Self::Flag, value @ Value::Bool(_)) => {
                Ok(value)
            }
            (
                _,
                Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::String(_)
                | Value::Array(_)
                | Value::Object(_),
            ) => Err(format!("is not of the type {}", self.as_str())),
        }
    }

    /// As it is typed on a command line.
    fn read(self, text: &str) -> Result<Value, String> {
        let value = match self {
            Self::Text | Self::Guests => Value::from(text),
            Self::Number | Self::Flag => {
                serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
            }
        };
        self.check(value)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) kind: Type,
    pub(super) default: Option<Value>,
    pub(super) about: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Step {
    pub(super) op: String,
    pub(super) line: usize,
    pub(super) input: Value,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Runbook {
    pub(super) name: String,
    pub(super) summary: String,
    pub(super) parameters: Vec<Parameter>,
    pub(super) steps: Vec<Step>,
}

type Result<T, E = Mistake> = std::result::Result<T, E>;

/// Fields of an operation's input, and whether they must be there.
pub(super) type Fields = Vec<(String, bool)>;

impl Runbook {
    /// Reads the text of a runbook. `fields_of` tells the fields of an operation and which of them must be
    /// there, or why it cannot be a step of a runbook.
    pub(super) fn parse(
        text: &str,
        fields_of: impl Fn(&str) -> Result<Fields, String>,
    ) -> Result<Self> {
        if text.len() > MAX_BYTES {
            return Err(mistake(
                1,
                format!("a runbook is at most {MAX_BYTES} bytes long"),
            ));
        }
        let root = yaml::parse(text)?;
        let top = map(&root, "a runbook", TOP)?;
        let name = match top.get("name") {
            Some(node) => self::text(node, "name")?,
            None => return Err(mistake(1, "a runbook has a `name`")),
        };
        let line = top.get("name").map_or(1, |node| node.line);
        if !is_name(&name) {
            return Err(mistake(
                line,
                "name: 1 to 64 small letters, digits and `-`, beginning with a letter",
            ));
        }
        let summary = match top.get("summary") {
            Some(node) => self::text(node, "summary")?,
            None => String::new(),
        };
        if summary.chars().count() > 200 {
            return Err(mistake(line, "summary: at most 200 characters"));
        }
        let parameters = match top.get("parameters") {
            Some(node) => parameters(node)?,
            None => Vec::new(),
        };
        let Some(steps) = top.get("steps") else {
            return Err(mistake(root.line, "a runbook has `steps`"));
        };
        let runbook = Self {
            name,
            summary,
            steps: self::steps(steps, &fields_of)?,
            parameters,
        };
        runbook.check_placeholders(&top, steps)?;
        Ok(runbook)
    }

    /// Every placeholder is a parameter, and every parameter is used.
    fn check_placeholders(&self, top: &BTreeMap<&str, &Node>, steps: &Node) -> Result<()> {
        let mut used: Vec<String> = Vec::new();
        each_text(steps, &mut |text, line| {
            for piece in pieces(text).map_err(|why| mistake(line, why))? {
                if let Piece::Name(name) = piece {
                    if self.parameters.iter().all(|one| one.name != name) {
                        return Err(mistake(line, format!("there is no parameter `{name}`")));
                    }
                    used.push(name.to_owned());
                }
            }
            Ok(())
        })?;
        let unused = self
            .parameters
            .iter()
            .find(|parameter| !used.contains(&parameter.name));
        if let Some(parameter) = unused {
            let line = top
                .get("parameters")
                .and_then(|node| line_of_key(node, &parameter.name))
                .unwrap_or(1);
            return Err(mistake(
                line,
                format!("the parameter `{}` is used nowhere", parameter.name),
            ));
        }
        Ok(())
    }

    /// The operations with everything filled in. `given` are typed values, `words` are `name=value` as on a
    /// command line.
    pub(super) fn wishes(
        &self,
        given: &Map<String, Value>,
        words: &[String],
    ) -> Result<Vec<Wish>, String> {
        let mut values: BTreeMap<&str, Value> = BTreeMap::new();
        let known = |name: &str| {
            self.parameters
                .iter()
                .find(|parameter| parameter.name == name)
                .ok_or_else(|| {
                    let names: Vec<&str> = self
                        .parameters
                        .iter()
                        .map(|one| one.name.as_str())
                        .collect();
                    let there = if names.is_empty() {
                        "it has none".to_owned()
                    } else {
                        format!("it has {}", names.join(", "))
                    };
                    format!(
                        "the runbook `{}` has no parameter `{}`; {there}",
                        self.name,
                        name.chars().take(60).collect::<String>()
                    )
                })
        };
        for (name, value) in given {
            let parameter = known(name)?;
            let value = parameter
                .kind
                .check(value.clone())
                .map_err(|why| format!("parameter `{name}` {why}"))?;
            values.insert(&parameter.name, value);
        }
        for word in words {
            let Some((name, text)) = word.split_once('=') else {
                return Err(format!("`{word}` is no `name=value`"));
            };
            let parameter = known(name)?;
            let value = parameter
                .kind
                .read(text)
                .map_err(|why| format!("parameter `{name}` {why}"))?;
            if values.insert(&parameter.name, value).is_some() {
                return Err(format!("parameter `{name}` is given twice"));
            }
        }
        for parameter in &self.parameters {
            if let (None, Some(default)) = (values.get(parameter.name.as_str()), &parameter.default)
            {
                values.insert(&parameter.name, default.clone());
            }
            if !values.contains_key(parameter.name.as_str()) {
                return Err(format!(
                    "the runbook `{}` needs the parameter `{}` ({})",
                    self.name,
                    parameter.name,
                    parameter.kind.as_str()
                ));
            }
        }
        self.steps
            .iter()
            .map(|step| {
                Ok(Wish {
                    op: step.op.clone(),
                    input: fill(&step.input, &values)?,
                })
            })
            .collect()
    }
}

fn is_name(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn parameters(node: &Node) -> Result<Vec<Parameter>> {
    let Kind::Map(entries) = &node.kind else {
        return Err(mistake(
            node.line,
            "parameters: names with their types are expected",
        ));
    };
    if entries.len() > MAX_PARAMETERS {
        return Err(mistake(
            node.line,
            format!("at most {MAX_PARAMETERS} parameters"),
        ));
    }
    let mut parameters = Vec::new();
    for (name, line, node) in entries {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if name.is_empty() || name.len() > 40 || !name.bytes().all(plain) {
            return Err(mistake(
                *line,
                format!("`{name}` is no name of a parameter: small letters, digits and `_`"),
            ));
        }
        // `guests: text` is short for a map with the type alone.
        let (kind, default, about) = match &node.kind {
            Kind::Scalar(Value::String(kind)) => (self::kind(kind, node.line)?, None, None),
            Kind::Map(_) => {
                let fields = map(node, "a parameter", PARAMETER)?;
                let Some(kind) = fields.get("type") else {
                    return Err(mistake(
                        *line,
                        format!("the parameter `{name}` has a `type`"),
                    ));
                };
                let kind = self::kind(&text(kind, "type")?, kind.line)?;
                let default = match fields.get("default") {
                    Some(node) => Some(kind.check(node.to_json()).map_err(|why| {
                        mistake(node.line, format!("the default of `{name}` {why}"))
                    })?),
                    None => None,
                };
                let about = match fields.get("about") {
                    Some(node) => Some(text(node, "about")?),
                    None => None,
                };
                (kind, default, about)
            }
            Kind::Scalar(_) | Kind::List(_) => {
                return Err(mistake(
                    *line,
                    format!("the parameter `{name}` has a `type`"),
                ));
            }
        };
        parameters.push(Parameter {
            name: name.clone(),
            kind,
            default,
            about,
        });
    }
    Ok(parameters)
}

fn kind(text: &str, line: usize) -> Result<Type> {
    Type::ALL
        .into_iter()
        .find(|(name, _)| *name == text)
        .map(|(_, kind)| kind)
        .ok_or_else(|| {
            mistake(
                line,
                format!("`{text}` is no type: text, number, flag or guests"),
            )
        })
}

fn steps(node: &Node, fields_of: &impl Fn(&str) -> Result<Fields, String>) -> Result<Vec<Step>> {
    let Kind::List(list) = &node.kind else {
        return Err(mistake(
            node.line,
            "steps: a list is expected, each with a dash",
        ));
    };
    if list.is_empty() || list.len() > MAX_STEPS {
        return Err(mistake(
            node.line,
            format!("a runbook has 1 to {MAX_STEPS} steps"),
        ));
    }
    list.iter()
        .map(|node| {
            let fields = map(node, "a step", STEP)?;
            let Some(op) = fields.get("op") else {
                return Err(mistake(
                    node.line,
                    "a step has an `op`, such as guests.reboot",
                ));
            };
            let (line, op) = (op.line, text(op, "op")?);
            let taken = fields_of(&op).map_err(|why| mistake(line, why))?;
            let given = fields.get("input").copied();
            check_fields(&op, line, &taken, given)?;
            let input = match given {
                None => Value::Object(Map::new()),
                Some(input) => match &input.kind {
                    Kind::Map(_) => input.to_json(),
                    Kind::Scalar(_) | Kind::List(_) => {
                        return Err(mistake(
                            input.line,
                            "input: names with their values are expected",
                        ));
                    }
                },
            };
            Ok(Step { op, line, input })
        })
        .collect()
}

/// The values may come with the parameters; the fields stand here.
fn check_fields(op: &str, line: usize, taken: &Fields, given: Option<&Node>) -> Result<()> {
    let entries: &[(String, usize, Node)] = match given.map(|node| &node.kind) {
        None => &[],
        Some(Kind::Map(entries)) => entries,
        // That it is none is told by whoever reads it.
        Some(Kind::Scalar(_) | Kind::List(_)) => return Ok(()),
    };
    for (key, line, _) in entries {
        if taken.iter().all(|(field, _)| field != key) {
            let known: Vec<&str> = taken.iter().map(|(field, _)| field.as_str()).collect();
            let key: String = key.chars().take(60).collect();
            return Err(mistake(
                *line,
                format!("`{op}` takes no `{key}`; it takes {}", known.join(", ")),
            ));
        }
    }
    let missing = taken
        .iter()
        .find(|(field, must)| *must && entries.iter().all(|(key, ..)| key != field));
    match missing {
        Some((field, _)) => Err(mistake(
            line,
            format!("`{op}` needs `{field}` in its input"),
        )),
        None => Ok(()),
    }
}

fn map<'a>(node: &'a Node, what: &str, known: &[&str]) -> Result<BTreeMap<&'a str, &'a Node>> {
    let Kind::Map(entries) = &node.kind else {
        return Err(mistake(
            node.line,
            format!("{what} has keys with values: {}", known.join(", ")),
        ));
    };
    for (key, line, _) in entries {
        if !known.contains(&key.as_str()) {
            let key: String = key.chars().take(60).collect();
            return Err(mistake(
                *line,
                format!("there is no key `{key}`; {what} has {}", known.join(", ")),
            ));
        }
    }
    Ok(entries
        .iter()
        .map(|(key, _, node)| (key.as_str(), node))
        .collect())
}

fn text(node: &Node, key: &str) -> Result<String> {
    match &node.kind {
        Kind::Scalar(Value::String(text)) => Ok(text.trim().to_owned()),
        Kind::Scalar(_) | Kind::List(_) | Kind::Map(_) => {
            Err(mistake(node.line, format!("{key}: a text is expected")))
        }
    }
}

fn line_of_key(node: &Node, key: &str) -> Option<usize> {
    match &node.kind {
        Kind::Map(entries) => entries
            .iter()
            .find(|(name, _, _)| name == key)
            .map(|(_, line, _)| *line),
        Kind::Scalar(_) | Kind::List(_) => None,
    }
}

fn each_text(node: &Node, look: &mut impl FnMut(&str, usize) -> Result<()>) -> Result<()> {
    match &node.kind {
        Kind::Scalar(Value::String(text)) => look(text, node.line),
        Kind::Scalar(_) => Ok(()),
        Kind::List(list) => list.iter().try_for_each(|node| each_text(node, look)),
        Kind::Map(entries) => entries
            .iter()
            .try_for_each(|(_, _, node)| each_text(node, look)),
    }
}

enum Piece<'a> {
    Text(&'a str),
    Name(&'a str),
}

/// `before-{{ name }}` in pieces.
fn pieces(text: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("{{") {
        let Some((name, after)) = behind.split_once("}}") else {
            return Err("`{{` is not closed by `}}`".to_owned());
        };
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        pieces.push(Piece::Name(name.trim()));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    Ok(pieces)
}

/// A text that is one placeholder becomes the value as it is; within other text it becomes text.
fn fill(value: &Value, values: &BTreeMap<&str, Value>) -> Result<Value, String> {
    Ok(match value {
        Value::String(text) => {
            let pieces = pieces(text)?;
            if let [Piece::Name(name)] = pieces.as_slice() {
                return of(values, name).cloned();
            }
            let mut filled = String::new();
            for piece in pieces {
                match piece {
                    Piece::Text(text) => filled.push_str(text),
                    Piece::Name(name) => match of(values, name)? {
                        Value::String(text) => filled.push_str(text),
                        other => filled.push_str(&other.to_string()),
                    },
                }
            }
            Value::String(filled)
        }
        Value::Array(list) => Value::Array(
            list.iter()
                .map(|value| fill(value, values))
                .collect::<Result<_, _>>()?,
        ),
        Value::Object(object) => Value::Object(
            object
                .iter()
                .map(|(key, value)| Ok((key.clone(), fill(value, values)?)))
                .collect::<Result<_, String>>()?,
        ),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    })
}

fn of<'a>(values: &'a BTreeMap<&str, Value>, name: &str) -> Result<&'a Value, String> {
    values
        .get(name)
        .ok_or_else(|| format!("there is no parameter `{name}`"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const GOOD: &str = r#"
name: restart-web
summary: Snapshot, then restart
parameters:
  guests:
    type: guests
    default: tag=web
    about: Which guests
  days: number
steps:
  - op: snapshots.create
    input:
      guests: ["{{guests}}"]
      name: "before-{{ days }}"
  - op: guests.reboot
    input: {guests: ["{{guests}}"], timeout_s: "{{days}}"}
"#;

    fn known(op: &str) -> Result<Fields, String> {
        let fields = |all: &[(&str, bool)]| {
            all.iter()
                .map(|(field, must)| ((*field).to_owned(), *must))
                .collect()
        };
        match op {
            "snapshots.create" => Ok(fields(&[("guests", true), ("name", true)])),
            "guests.reboot" => Ok(fields(&[("guests", true), ("timeout_s", false)])),
            _ => Err(format!("there is no operation `{op}`")),
        }
    }

    fn given(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn parameters_are_filled_in_with_their_types() {
        let runbook = Runbook::parse(GOOD, known).unwrap();
        assert_eq!(
            (runbook.name.as_str(), runbook.steps.len()),
            ("restart-web", 2)
        );
        let wishes = runbook.wishes(&given(&json!({ "days": 30 })), &[]).unwrap();
        let told: Vec<_> = wishes
            .into_iter()
            .map(|wish| (wish.op, wish.input))
            .collect();
        assert_eq!(
            told,
            [
                (
                    "snapshots.create".to_owned(),
                    json!({ "guests": ["tag=web"], "name": "before-30" })
                ),
                (
                    "guests.reboot".to_owned(),
                    json!({ "guests": ["tag=web"], "timeout_s": 30 })
                ),
            ]
        );
        let words = ["days=5".to_owned(), "guests=101,102".to_owned()];
        let wishes = runbook.wishes(&Map::new(), &words).unwrap();
        assert_eq!(
            wishes[1].input,
            json!({ "guests": ["101,102"], "timeout_s": 5 })
        );
    }

    #[test]
    fn a_value_cannot_become_more_than_the_value_it_is() {
        let runbook = Runbook::parse(GOOD, known).unwrap();
        let words = ["days=1".to_owned(), "guests=web\"]}".to_owned()];
        assert!(runbook.wishes(&Map::new(), &words).is_err());
        // A value that looks like a placeholder is not filled in again.
        let wishes = Runbook::parse(
            "name: a\nparameters:\n  x: text\n  y: text\nsteps:\n  - op: guests.reboot\n    input: {guests: [\"{{x}}\", \"{{y}}\"]}",
            known,
        )
        .unwrap()
        .wishes(&given(&json!({ "x": "{{y}}", "y": "z" })), &[])
        .unwrap();
        assert_eq!(wishes[0].input, json!({ "guests": ["{{y}}", "z"] }));
    }

    #[test]
    fn wrong_parameters_are_one_sentence() {
        let runbook = Runbook::parse(GOOD, known).unwrap();
        let rows: [(Value, &[&str], &str); 7] = [
            (
                json!({}),
                &[],
                "the runbook `restart-web` needs the parameter `days` (number)",
            ),
            (
                json!({ "days": "x" }),
                &[],
                "parameter `days` is not of the type number",
            ),
            (
                json!({ "days": 1, "day": 2 }),
                &[],
                "the runbook `restart-web` has no parameter `day`; it has guests, days",
            ),
            (
                json!({ "days": 1, "guests": "tag" }),
                &["guests=x"],
                "parameter `guests` is given twice",
            ),
            (
                json!({ "days": 1, "guests": "a=b" }),
                &[],
                "parameter `guests` is no selector: ",
            ),
            (json!({}), &["days"], "`days` is no `name=value`"),
            (
                json!({}),
                &["days=many"],
                "parameter `days` is not of the type number",
            ),
        ];
        for (values, words, want) in rows {
            let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
            let why = runbook.wishes(&given(&values), &words).unwrap_err();
            assert!(why.starts_with(want), "{values} {words:?}: {why}");
        }
    }

    #[test]
    fn each_fault_of_a_runbook_has_its_line_and_one_sentence() {
        let steps = "steps:\n  - op: guests.reboot\n    input: {guests: [x]}\n";
        let rows = [
            (
                "- a".to_owned(),
                "line 1: a runbook has keys with values: name, summary, parameters, steps",
            ),
            ("summary: x".to_owned(), "line 1: a runbook has a `name`"),
            (
                format!("name: Web 1\n{steps}"),
                "line 1: name: 1 to 64 small letters, digits and `-`, beginning with a letter",
            ),
            (
                "name: a\nstpes: []".to_owned(),
                "line 2: there is no key `stpes`; a runbook has name, summary, parameters, steps",
            ),
            ("name: a".to_owned(), "line 1: a runbook has `steps`"),
            (
                "name: a\nsteps: x".to_owned(),
                "line 2: steps: a list is expected, each with a dash",
            ),
            (
                "name: a\nsteps: []".to_owned(),
                "line 2: a runbook has 1 to 100 steps",
            ),
            (
                "name: a\nsteps:\n  - input: {}".to_owned(),
                "line 3: a step has an `op`, such as guests.reboot",
            ),
            (
                "name: a\nsteps:\n  - op: guests.rebot".to_owned(),
                "line 3: there is no operation `guests.rebot`",
            ),
            (
                "name: a\nsteps:\n  - op: guests.reboot\n    input: [1]".to_owned(),
                "line 4: input: names with their values are expected",
            ),
            (
                "name: a\nsteps:\n  - op: guests.reboot\n    input:\n      guest: [x]".to_owned(),
                "line 5: `guests.reboot` takes no `guest`; it takes guests, timeout_s",
            ),
            (
                "name: a\nsteps:\n  - op: guests.reboot".to_owned(),
                "line 3: `guests.reboot` needs `guests` in its input",
            ),
            (
                "name: a\nsteps:\n  - op: guests.reboot\n    words: {}".to_owned(),
                "line 4: there is no key `words`; a step has op, input",
            ),
            (
                "name: a\nsteps:\n  - op: guests.reboot\n    input:\n      guests: [\"{{x}}\"]"
                    .to_owned(),
                "line 5: there is no parameter `x`",
            ),
            (
                "name: a\nsteps:\n  - op: guests.reboot\n    input:\n      guests: [\"{{x\"]"
                    .to_owned(),
                "line 5: `{{` is not closed by `}}`",
            ),
            (
                format!("name: a\nparameters:\n  x: text\n{steps}"),
                "line 3: the parameter `x` is used nowhere",
            ),
            (
                format!("name: a\nparameters:\n  x: words\n{steps}"),
                "line 3: `words` is no type: text, number, flag or guests",
            ),
            (
                format!("name: a\nparameters:\n  X: text\n{steps}"),
                "line 3: `X` is no name of a parameter: small letters, digits and `_`",
            ),
            (
                format!("name: a\nparameters:\n  x:\n    about: y\n{steps}"),
                "line 3: the parameter `x` has a `type`",
            ),
            (
                format!("name: a\nparameters:\n  x:\n    type: number\n    default: many\n{steps}"),
                "line 5: the default of `x` is not of the type number",
            ),
        ];
        for (text, want) in rows {
            assert_eq!(
                Runbook::parse(&text, known).unwrap_err().to_string(),
                want,
                "{text}"
            );
        }
    }
}
