//! From text to terms.

use regex::{Regex, RegexBuilder};

use super::{Alternative, Comparison, Key, Number, Selector, Term, Test};

/// Longer text is no selector.
const MAX_BYTES: usize = 4096;
/// Compiled size of a regular expression in bytes: a hostile one must not take the memory.
const MAX_PATTERN_BYTES: usize = 1 << 18;
const MAX_ID: u32 = 999_999_999;

/// Why text is not a selector; one sentence that names the part.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("selector {text}: {why}")]
pub struct ParseError {
    pub text: String,
    pub why: String,
}

pub(super) fn error(text: &str, why: impl Into<String>) -> ParseError {
    ParseError {
        text: format!("`{}`", crate::registry::clip(text, 80)),
        why: why.into(),
    }
}

pub(super) fn selector(text: &str) -> Result<Selector, ParseError> {
    if text.len() > MAX_BYTES {
        return Err(error(text, format!("it is longer than {MAX_BYTES} bytes")));
    }
    let source = text.trim();
    let mut terms = Vec::new();
    for part in split(source, ' ')? {
        if !part.is_empty() {
            terms.push(term(&part)?);
        }
    }
    if terms.is_empty() {
        return Err(error(
            text,
            "it is empty; name a guest, an id or a condition such as `tag=web`",
        ));
    }
    Ok(Selector {
        source: source.to_owned(),
        terms,
    })
}

/// Splits at a separator that is not inside double quotes.
fn split(text: &str, separator: char) -> Result<Vec<String>, ParseError> {
    let (mut parts, mut current, mut quoted) = (Vec::new(), String::new(), false);
    for character in text.chars() {
        match character {
            '"' => {
                quoted = !quoted;
                current.push(character);
            }
            c if !quoted && (c == separator || (separator == ' ' && c.is_whitespace())) => {
                parts.push(std::mem::take(&mut current));
            }
            c => current.push(c),
        }
    }
    if quoted {
        return Err(error(text, "a double quote is not closed"));
    }
    parts.push(current);
    Ok(parts)
}

fn term(text: &str) -> Result<Term, ParseError> {
    let (negated, rest) = match text.strip_prefix('!') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut alternatives: Vec<Alternative> = Vec::new();
    // `status=running,paused` means two values of one key.
    let mut key: Option<String> = None;
    for part in split(rest, ',')? {
        if part.is_empty() {
            return Err(error(text, "there is nothing before or after a comma"));
        }
        let whole = match (&key, operator(&part)) {
            (Some(prefix), None) => format!("{prefix}{part}"),
            _ => part.clone(),
        };
        if let Some((name, sign, _)) = operator(&whole) {
            key = Some(format!("{name}{sign}"));
        }
        alternatives.push(alternative(text, &whole)?);
    }
    Ok(Term {
        negated,
        alternatives,
    })
}

/// Splits `key op value`; nothing when the text has no operator outside quotes.
fn operator(text: &str) -> Option<(&str, &str, &str)> {
    const SIGNS: [&str; 8] = ["!=", "!~", ">=", "<=", "=", "~", ">", "<"];
    let at = text.find(['=', '~', '>', '<', '!', '"'])?;
    let sign = SIGNS
        .into_iter()
        .find(|sign| text.get(at..).is_some_and(|rest| rest.starts_with(sign)))?;
    Some((text.get(..at)?, sign, text.get(at + sign.len()..)?))
}

fn alternative(term: &str, text: &str) -> Result<Alternative, ParseError> {
    if let Some((key, sign, value)) = operator(text) {
        return condition(term, key, sign, unquote(value));
    }
    let text = unquote(text);
    if text.is_empty() {
        return Err(error(term, "a name is empty"));
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(Alternative::Id(id(term, text)?));
    }
    if let Some((from, to)) = text.split_once('-')
        && !from.is_empty()
        && !to.is_empty()
        && [from, to]
            .iter()
            .all(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
    {
        let (from, to) = (id(term, from)?, id(term, to)?);
        if from > to {
            return Err(error(term, format!("the range {from}-{to} runs backwards")));
        }
        return Ok(Alternative::Range(from, to));
    }
    let parts: Vec<&str> = text.split('/').collect();
    match parts.as_slice() {
        [_] => Ok(Alternative::Name(text.to_owned())),
        [cluster, number] => Ok(Alternative::Path {
            cluster: (*cluster).to_owned(),
            node: None,
            id: id(term, number)?,
        }),
        [cluster, node, number] => Ok(Alternative::Path {
            cluster: (*cluster).to_owned(),
            node: Some((*node).to_owned()),
            id: id(term, number)?,
        }),
        _ => Err(error(term, "expected cluster/id or cluster/node/id")),
    }
}

fn id(term: &str, text: &str) -> Result<u32, ParseError> {
    text.parse().ok().filter(|id| *id <= MAX_ID).ok_or_else(|| {
        error(
            term,
            format!("`{}` is not a guest id", crate::registry::clip(text, 20)),
        )
    })
}

fn unquote(text: &str) -> &str {
    text.strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(text)
}

fn condition(term: &str, key: &str, sign: &str, value: &str) -> Result<Alternative, ParseError> {
    if let Some((_, number)) = Number::ALL.into_iter().find(|(name, _)| *name == key) {
        let comparison = match sign {
            "=" => Comparison::Equal,
            "!=" => Comparison::NotEqual,
            ">" => Comparison::Greater,
            ">=" => Comparison::GreaterOrEqual,
            "<" => Comparison::Less,
            "<=" => Comparison::LessOrEqual,
            _ => {
                return Err(error(
                    term,
                    format!("`{key}` is a number: compare it with = != > >= < <="),
                ));
            }
        };
        let value = quantity(value).ok_or_else(|| {
            error(
                term,
                format!(
                    "`{}` is no number; write 4, 4G, 30d or 80",
                    crate::registry::clip(value, 20)
                ),
            )
        })?;
        return Ok(Alternative::Number {
            key: number,
            comparison,
            value,
        });
    }
    let Some((_, word)) = Key::ALL.into_iter().find(|(name, _)| *name == key) else {
        let known: Vec<&str> = Key::ALL
            .iter()
            .map(|(name, _)| *name)
            .chain(Number::ALL.iter().map(|(name, _)| *name))
            .collect();
        return Err(error(
            term,
            format!(
                "there is no key `{}`; keys are {}",
                crate::registry::clip(key, 30),
                known.join(", ")
            ),
        ));
    };
    if word == Key::Id
        && matches!(sign, "=" | "!=")
        && let Ok(number) = value.parse::<u32>()
    {
        return Ok(Alternative::Word {
            key: word,
            negated: sign == "!=",
            test: Test::Glob(number.to_string()),
        });
    }
    let (negated, pattern) = match sign {
        "=" => (false, false),
        "!=" => (true, false),
        "~" => (false, true),
        "!~" => (true, true),
        _ => {
            return Err(error(
                term,
                format!("`{key}` is text: compare it with = != ~ !~"),
            ));
        }
    };
    if value.is_empty() {
        return Err(error(term, format!("`{key}` is compared with nothing")));
    }
    let test = if pattern {
        Test::Pattern(regular_expression(term, value)?)
    } else {
        Test::Glob(value.to_lowercase())
    };
    Ok(Alternative::Word {
        key: word,
        negated,
        test,
    })
}

fn regular_expression(term: &str, value: &str) -> Result<Regex, ParseError> {
    RegexBuilder::new(value)
        .case_insensitive(true)
        .size_limit(MAX_PATTERN_BYTES)
        .build()
        .map_err(|_| {
            error(
                term,
                format!(
                    "`{}` is no regular expression",
                    crate::registry::clip(value, 40)
                ),
            )
        })
}

/// `4`, `4G` (binary), `30d`, `80%`.
fn quantity(text: &str) -> Option<f64> {
    let text = text.trim();
    let split = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(text.len());
    let number: f64 = text.get(..split)?.parse().ok()?;
    let factor = match text.get(split..)?.to_ascii_lowercase().as_str() {
        "" | "%" | "s" | "b" => 1.0,
        "k" | "kib" | "kb" => 1024.0,
        "m" | "mib" | "mb" => 1024.0 * 1024.0,
        "g" | "gib" | "gb" => 1024.0 * 1024.0 * 1024.0,
        "t" | "tib" | "tb" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
        "min" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        "w" => 604_800.0,
        _ => return None,
    };
    Some(number * factor)
}
