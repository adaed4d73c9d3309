//! What the value of a key may be.

use crate::formats::NamedFormat;
use crate::size::{format_size, parse_size};

/// What the value of a key may be.
#[derive(Debug, Clone, Copy)]
pub enum Rule {
    /// `1`, `0` and their spellings `on`, `off`, `yes`, `no`, `true`, `false`.
    Switch,
    /// A whole number within bounds, both included.
    Integer(Option<i64>, Option<i64>),
    /// Any number within bounds, both included.
    Number(Option<i64>, Option<i64>),
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A size as `32G`.
    Size,
    /// Anything.
    Text,
    /// A named format of the API.
    Named(NamedFormat),
    /// A named format of at most this many characters.
    Short(NamedFormat, usize),
    /// Text for which this holds.
    Matches(fn(&str) -> bool),
    /// Another name of this key.
    Alias(&'static str),
    /// `{key}={x}` is short for `{name}={key},{value}={x}`, as `virtio=BC:24:11:00:00:01`.
    ShortForm {
        /// The key that gets what stands behind the sign.
        value: &'static str,
        /// The key that gets what stands before it.
        name: &'static str,
    },
}

/// The spellings of a switch.
pub(crate) fn switch(text: &str) -> Option<bool> {
    if ["1", "on", "yes", "true"]
        .iter()
        .any(|on| text.eq_ignore_ascii_case(on))
    {
        Some(true)
    } else if ["0", "off", "no", "false"]
        .iter()
        .any(|off| text.eq_ignore_ascii_case(off))
    {
        Some(false)
    } else {
        None
    }
}

fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'))
        && text.parse::<f64>().is_ok_and(f64::is_finite)
}

fn out_of_bounds(value: f64, least: Option<i64>, most: Option<i64>) -> Option<String> {
    if let Some(least) = least.filter(|least| value < *least as f64) {
        return Some(format!("value must have a minimum value of {least}"));
    }
    let most = most.filter(|most| value > *most as f64)?;
    Some(format!("value must have a maximum value of {most}"))
}

impl Rule {
    /// The spelling PVE uses for a value it understands.
    pub(crate) fn as_written(&self, value: &str) -> Option<String> {
        match self {
            Self::Switch => switch(value).map(|on| if on { "1" } else { "0" }.to_owned()),
            Self::Size => parse_size(value).map(format_size),
            _ => None,
        }
    }

    /// Why PVE would refuse the value, in its words.
    pub(crate) fn refusal(&self, value: &str) -> Option<String> {
        let wrong_type = |kind: &str| Some(format!("type check ('{kind}') failed - got '{value}'"));
        match self {
            Self::Switch => {
                if switch(value).is_some() {
                    None
                } else {
                    wrong_type("boolean")
                }
            }
            Self::Integer(least, most) => {
                if is_integer(value) {
                    out_of_bounds(value.parse().ok()?, *least, *most)
                } else {
                    wrong_type("integer")
                }
            }
            Self::Number(least, most) => {
                if is_number(value) {
                    out_of_bounds(value.parse().ok()?, *least, *most)
                } else {
                    wrong_type("number")
                }
            }
            Self::OneOf(words) => (!words.contains(&value)).then(|| {
                format!(
                    "value '{value}' does not have a value in the enumeration '{}'",
                    words.join(", ")
                )
            }),
            Self::Size => named_refusal(NamedFormat::DiskSize, value),
            Self::Named(format) => named_refusal(*format, value),
            Self::Short(format, length) => named_refusal(*format, value).or_else(|| {
                (value.chars().count() > *length)
                    .then(|| format!("value may only be {length} characters long"))
            }),
            Self::Matches(fits) => {
                (!fits(value)).then(|| "value does not match the regex pattern".to_owned())
            }
            Self::Text | Self::Alias(_) | Self::ShortForm { .. } => None,
        }
    }
}

fn named_refusal(format: NamedFormat, value: &str) -> Option<String> {
    format
        .check(value)
        .err()
        .map(|error| format!("invalid format - {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_read_as_those_of_the_server() {
        let cases: [(Rule, &str, &str); 6] = [
            (
                Rule::Switch,
                "maybe",
                "type check ('boolean') failed - got 'maybe'",
            ),
            (
                Rule::Integer(None, None),
                "x",
                "type check ('integer') failed - got 'x'",
            ),
            (
                Rule::Integer(Some(16), None),
                "8",
                "value must have a minimum value of 16",
            ),
            (
                Rule::Integer(None, Some(4094)),
                "5000",
                "value must have a maximum value of 4094",
            ),
            (
                Rule::Number(Some(0), None),
                "nan",
                "type check ('number') failed - got 'nan'",
            ),
            (
                Rule::Short(NamedFormat::UrlEncoded, 2),
                "abc",
                "value may only be 2 characters long",
            ),
        ];
        for (rule, value, text) in cases {
            assert_eq!(rule.refusal(value).as_deref(), Some(text));
        }
        assert_eq!(Rule::Number(Some(0), None).refusal("0.5"), None);
        assert_eq!(Rule::Switch.as_written("Yes").as_deref(), Some("1"));
    }
}
